/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * lock_end.h: be told that nobody holds a lock any more, by a descriptor for poll(2).
 *
 * An event of the file is not enough: the kernel sends IN_CLOSE_WRITE of a last close before it frees the lock (Linux
 * fs/file_table.c, __fput: fsnotify_close, then locks_remove_file), so who looks at once may find it held, and no other
 * event follows.  What waits is a thread without signals, which ends with the lock or with the process: for programs
 * that show, never for the supervisor.
 */
#ifndef SYS_LOCK_END_H
#define SYS_LOCK_END_H

#include "sys/io.h"

/* A descriptor that becomes readable (it hangs up) once nobody holds the lock on the file that dir/name is now; the
 * caller closes it, at any time.  The waiter has a read lock for a moment then, which no probe shows, but who takes
 * the lock just then finds it busy: only for locks that are not taken again.  -1: there is no such file, or no
 * telling. */
int lock_end_open(struct io *io, int dir, const char *name);

#endif
