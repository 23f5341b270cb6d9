/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * tickets.h: the ticket files: reading, and the one way to change them (PROTOCOLS P5).
 *
 *	tickets_list()		ids in the directory, ascending
 *	ticket_read()		load, and replay: what the file says is what its history says
 *	ticket_create()		the whole directory appears under its name, or does not
 *	ticket_commit()		one rename replaces the file
 *
 * Only the holder of LOCK creates, commits and sweeps; without it that is a bug.  A failed write leaves the old file in place.
 * ticket_read(): ERR_NOTFOUND; ERR_INVALID (unknown version, damaged, header and history differ): the
 * caller sets it aside, names it, and goes on with the others.
 */
#ifndef STORE_TICKETS_H
#define STORE_TICKETS_H

#include "core/ticket.h"
#include "store/root.h"

#define TICKET_FILE_MAX ((size_t)16 * 1024 * 1024)

struct ticket_ids {
	struct ticket_id *v;
	size_t n;
	size_t cap;
};
#define TICKET_IDS_INIT                                                                            \
	{                                                                                          \
		NULL, 0, 0                                                                         \
	}
void ticket_ids_release(struct ticket_ids *ids);

/* Names that are no id are left out (fsck tells of them). */
int tickets_list(struct root *r, struct ticket_ids *ret, struct err *err);

int ticket_read(struct root *r, struct ticket_id id, struct record *ret, struct err *err);

/* The ticket file, an empty lock and episodes/.  ERR_CONFLICT: the id is taken. */
int ticket_create(struct root *r, const struct record *rec, struct err *err);

/* The caller has compared the revision in memory: nothing is read.  A write that the disk refused is tried
 * once more with a new file; ERR_IO: that failed, too, and what the disk holds is the old or the new
 * revision.  Stop then: nothing that was acknowledged is lost. */
int ticket_commit(struct root *r, const struct record *rec, struct err *err);

/* A descriptor of tickets/N; ERR_NOTFOUND. */
int ticket_open_dir(struct root *r, struct ticket_id id, struct err *err);

/* Removes what a crash left: tickets/.new-*, tickets/N/.tmp-*.  Writer only, at start. */
int tickets_sweep(struct root *r, struct err *err);

#endif
