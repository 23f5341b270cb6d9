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
 */
#ifndef STORE_ROOT_H
#define STORE_ROOT_H

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
int root_init(struct io *io, const char *path, struct err *err);
int root_open(struct io *io, const char *path, struct root *ret, struct err *err);
void root_release(struct root *r); /* frees LOCK, too */

int root_lock(struct root *r, struct err *err);

/* Is there a writer?  ret_note (may be NULL): the text of LOCK. */
enum probe root_owner(struct root *r, struct buf *ret_note);

/* control/kill: absent -> 0; there -> 1; cannot tell -> 1 and *ret_errno (may be NULL) says why.
 * name is "kill" or "stop". */
int root_control(struct root *r, const char *name, int *ret_errno);

/* Sets (with a line of who and when) or clears a control file; durable. */
int root_set_control(struct root *r, const char *name, const char *note, struct err *err);
int root_clear_control(struct root *r, const char *name, struct err *err);

#endif
