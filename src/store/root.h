/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * root.h: the state directory.
 *
 *	root_path()	where it is: $REEVE_STATE, else $XDG_STATE_HOME/reeve, else ~/.local/state/reeve
 *	root_init()	makes it (mode 0700) with its skeleton; on one that exists: adds what is missing
 *	root_open()	for readers and writers alike: descriptors of its directories
 *	root_lock()	the one writer (LOCK); ERR_BUSY names the owner
 *
 * Failures of root_open(): ERR_NOTFOUND (not there: "run `reeve init`"), ERR_INVALID (no VERSION, another
 * version, not a directory, not ours, readable or writable by others: says the chmod), ERR_IO.
 * A read-only directory opens; writing fails then.
 *
 * Whoever writes (the holder of LOCK) calls root_settle(), tickets_sweep() and spool_sweep() right after
 * root_lock(): they finish and remove what a crash left.  root_init() is repeatable; VERSION comes last, so a half-made
 * directory is no store yet.
 */
#ifndef STORE_ROOT_H
#define STORE_ROOT_H

#include "base/buf.h"
#include "base/err.h"
#include "sys/io.h"

#define ROOT_VERSION 1

struct root {
	struct io *io;
	char *path; /* absolute, without a slash at the end */
	char uuid[37];
	int dir, tickets, spool_tmp, spool_new, spool_done, spool_refused, control;
	int lock; /* -1: not held */
};
#define ROOT_INIT                                                                                  \
	{                                                                                          \
		NULL, NULL, "", -1, -1, -1, -1, -1, -1, -1, -1                                     \
	}

int root_path(struct buf *ret, struct err *err); /* absolute; need not exist */

/* ERR_CONFLICT: there is something else in that directory.  ERR_EXTERNAL: its file system cannot do what
 * we need (a lock, a rename that replaces nothing, a second name, the sync of a directory). */
int root_init(struct io *io, const char *path, struct err *err);
int root_open(struct io *io, const char *path, struct root *ret, struct err *err);
void root_release(struct root *r); /* frees LOCK, too */

/* is_passing: the holder decides what there is, and ends. */
int root_lock(struct root *r, bool is_passing, struct err *err);

/* A directory was moved away and made anew, perhaps with the spool around it: descriptors follow the names.
 * 1: at least one did; 0: all are as they were; below 0: one is missing, its descriptor is the old one. */
int root_follow(struct root *r, struct err *err);

/* What an earlier writer renamed, but did not live to sync, is read like everything else; before anything is
 * done because of it, it is made durable.  The new writer, right after root_lock(); it may take as
 * long as the disk needs for all that is waiting. */
int root_settle(struct root *r, struct err *err);

/* Is there a writer?  ret_note (may be NULL): the text of LOCK. */
enum probe root_owner(struct root *r, struct buf *ret_note);

/*
 * By the text of LOCK, which proves nothing: its holder is gone in a moment.  That is a command that decides without a
 * supervisor, what a killed supervisor has left running, and whoever has not written his text yet.
 */
bool root_is_passing(struct str note);

/* For who would rather wait for LOCK than be told that it is held.  False: it still is, by somebody who will keep it, or
 * after so long.  Who is passing is waited for, and everybody for a moment: he may be just being killed. */
bool root_await(struct root *r, int64_t ms);

/* control/kill: absent -> 0; there -> 1; cannot tell -> 1 and *ret_errno (may be NULL; 0 otherwise) says
 * why.  A missing control/ counts as "cannot tell".  name is "kill" or "stop". */
int root_control(struct root *r, const char *name, int *ret_errno);

/* Sets (with a line "<stamp> <note>") or clears a control file; durable, and repeatable.  Setting works
 * on a full disk, too: then without the line. */
int root_set_control(struct root *r, const char *name, const char *note, struct err *err);
int root_clear_control(struct root *r, const char *name, struct err *err);

#endif
