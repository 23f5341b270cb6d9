/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * record_files.h: the names of what a worker's terminal was sent, and who may write to it; for record.c.
 *
 *	log = record_files_first(io, dir)		pane.log, locked
 *	next = record_files_new(io, dir)		a new file, locked; something is written to it
 *	record_files_turn(io, dir, log, next)		it is pane.log, and what was that is pane.log.1
 *	record_files_drop(io, dir, next)		or it goes
 *
 * The directory is the worker's own: whatever lies there under one of these names is possible, and nothing is
 * followed or written to but plain files that this recorder has locked.
 */
#ifndef RUN_RECORD_FILES_H
#define RUN_RECORD_FILES_H

#include "sys/io.h"

#define RECORD_LOG   "pane.log"
#define RECORD_OLDER "pane.log.1"
#define RECORD_NEXT  "pane.log.new" /* before it is pane.log */
#define RECORD_SPARE "pane.log.old" /* on its way to pane.log.1 */

/* Opens or makes pane.log, to append to it.  -EAGAIN: another recorder has it. */
int record_files_first(struct io *io, int dir);

/* What lies under RECORD_NEXT goes, unless another recorder is at it (-EAGAIN). */
int record_files_new(struct io *io, int dir);
void record_files_drop(struct io *io, int dir, int next); /* closes it; next < 0 is fine */

/* Closes neither.  False: it cannot be, and all is as it was: something is in the way, or log is pane.log no more. */
bool record_files_turn(struct io *io, int dir, int log, int next);

#endif
