/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * lock.h: a lock file that one process holds for its life.
 *
 * The lock is an OFD lock: it goes with the open file description, is inherited through fork and exec
 * when the descriptor is (lock_inherit), and is freed by the kernel when the last copy is closed,
 * however the holders end.  The text of the file says who took it last, for people; it proves nothing.
 */
#ifndef SYS_LOCK_H
#define SYS_LOCK_H

#include "base/buf.h"
#include "base/err.h"
#include "sys/io.h"

/* Takes the lock on dir/name (made when missing) and writes note into it.  Returns the descriptor, or
 * ERR_BUSY; then *ret_owner (may be NULL) holds the owner's note. */
int lock_take(struct io *io, int dir, const char *name, const char *note, struct buf *ret_owner,
    struct err *err);

/* Sleeps until nobody holds the lock on the file that dir/name is now, at most so long, and takes nothing.  False: the
 * time is over, or there is no such file, or no telling.  For one thread; SIGALRM is used. */
bool lock_await(struct io *io, int dir, const char *name, int64_t ms);

/* Lets the descriptor live through exec. */
int lock_inherit(int fd, struct err *err);

/* "pid 123 start 4567 boot ID time UTC": the note of this process. */
void lock_note(struct buf *b);

/* Reads pid and start time from such a note; false when it is none of this boot. */
bool lock_note_parse(struct str note, pid_t *ret_pid, uint64_t *ret_start);

#endif
