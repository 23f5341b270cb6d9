/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * record.h: what a worker's terminal was sent, kept while it runs: pane.log in the episode's directory.
 *
 *	tmux (effect/tmux.h) runs `reeve-run --record STATE EPISODE BYTES [TTY]`, with what the pane prints
 *	as its standard input; it ends when tmux closes that, and at nothing else.
 *
 * A process of its own, a child of tmux: it holds no lock of the ticket or of the episode, knows no nonce, and
 * whatever becomes of it, tmux and the agent go on.  It never lets tmux wait: it reads, always.
 *
 *	pane.log	the bytes as they came.  CSI 8 ; rows ; columns t (which sets the size of a terminal) at
 *			its head, and where the size changed; TTY is asked for it
 *	pane.log.1	what came before it
 *
 * Each is at most half of BYTES; a full pane.log becomes pane.log.1, and the old one of that name goes.  There
 * is a pane.log at any moment.
 *
 * The recorder holds a lock on pane.log (sys/lock.h).  Nobody holds it: nothing will be added any more.
 *
 * A full disk: the last RECORD_KEEP bytes wait in memory and are tried again with what comes next, and at the
 * end; a line of ours in the file says how many bytes are missing before them.
 */
#ifndef RUN_RECORD_H
#define RUN_RECORD_H

#include "run/claim.h"

#define RECORD_LOG   "pane.log"
#define RECORD_OLDER "pane.log.1"
#define RECORD_NEXT  "pane.log.new"

#define RECORD_STEP ((size_t)16 << 10) /* is read at once */
#define RECORD_KEEP ((size_t)128 << 10)
#define RECORD_MIN  ((uint64_t)64 << 10) /* BYTES are no fewer */

/* fd: what to record, to its end.  max: bytes of both files.  tty NULL: the size is not known.  RUN_BUSY: another
 * recorder has this episode; RUN_IO: there is no place to record to. */
enum run_exit
record_run(const struct claim *c, int fd, uint64_t max, const char *tty, struct err *err);

/* The arguments behind --record; RUN_USAGE when they are none. */
enum run_exit record_main(int argc, char **argv, struct err *err);

#endif
