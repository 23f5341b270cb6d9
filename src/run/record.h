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
 * The recorder holds a lock on pane.log (sys/lock.h).  Nobody holds it: nothing will be added any more.  It is
 * freed before the file is closed, so that who is woken by the close finds it free.
 *
 * One recorder an episode: while one lives, a second ends with RUN_BUSY and has changed nothing.  After one that
 * was killed, a second goes on behind what is there; what the first had in memory is lost, untold.
 *
 * No room: a full disk, or something in the way of a new file (the directory is the worker's own: a directory
 * named as one of the below, a pane.log that is not the recorder's any more).  Then
 *
 *	1	nothing is given up that is in a file: pane.log.1 goes only when some of what comes is in the new
 *		pane.log
 *	2	nothing grows: the last bytes (RECORD_KEEP, and an eighth of BYTES, at most) wait in memory, and
 *		are tried again with what comes next, and at the end
 *	3	all that is given up is told: a line of ours, where it would stand, says how many bytes of the
 *		worker's are missing; these and the worker's bytes in the files are all that came
 *
 * 3 holds for the last bytes, too: when there is no room up to the end, the end of pane.log makes room for the
 * line and counts as missing.  (A file that has fewer bytes than the line tells nothing.)
 */
#ifndef RUN_RECORD_H
#define RUN_RECORD_H

#include "run/claim.h"
#include "run/record_files.h"

#define RECORD_STEP ((size_t)16 << 10) /* is read at once */
#define RECORD_KEEP ((size_t)128 << 10)
#define RECORD_MARK 96                   /* more than such a line of ours has */
#define RECORD_MIN  ((uint64_t)64 << 10) /* BYTES are no fewer */

/* fd: what to record, to its end.  max: bytes of both files.  tty NULL: the size is not known.  RUN_BUSY: another
 * recorder has this episode; RUN_IO: there is no place to record to. */
enum run_exit
record_run(const struct claim *c, int fd, uint64_t max, const char *tty, struct err *err);

/* The arguments behind --record; RUN_USAGE when they are none. */
enum run_exit record_main(int argc, char **argv, struct err *err);

#endif
