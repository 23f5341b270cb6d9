/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * tickets.h: the ticket files: reading, and the one way to change them (PROTOCOLS P5).
 *
 *	tickets_list()		ids in the directory, ascending
 *	ticket_read()		load, and replay: what the file says is what its history says
 *	ticket_create()		the whole directory appears under its name, or does not
 *	ticket_commit()		one rename replaces the file
 *
 * A person may edit Title, Priority and description of a ticket file with an editor.  A reader shows such a
 * file as it stands; the writer reads it with ticket_read_hand(), which tells what is new in it, and commits
 * an `edit` that says so.  `struct ticket_mark` is how it knows the file that it wrote itself from another.
 *
 * Only the holder of LOCK creates, commits and sweeps; without it that is a bug.  A failed write leaves the old file in place.
 * ticket_read(): ERR_NOTFOUND; ERR_INVALID (unknown version, damaged, header and history differ): the
 * caller sets it aside, names it, and goes on with the others.
 */
#ifndef STORE_TICKETS_H
#define STORE_TICKETS_H

#include "codec/ticket_text.h"
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

/* The bytes of its file, whatever they say. */
int ticket_read_bytes(struct root *r, struct ticket_id id, struct buf *ret, struct err *err);

/* Which file it is, and in which state.  Zeroed: none. */
struct ticket_mark {
	uint64_t dev, inode, size;
	int64_t mtime_ms;
};
void ticket_mark_of(const struct io_stat *st, struct ticket_mark *ret);
bool ticket_mark_eq(const struct ticket_mark *a, const struct ticket_mark *b);
bool ticket_mark_is_set(const struct ticket_mark *m);

/* One stat.  ERR_NOTFOUND: no such file (or no such directory); else it cannot be told. */
int ticket_mark(struct root *r, struct ticket_id id, struct ticket_mark *ret);

/* For the writer: ret->ticket is where the history leads, ret->spec what the file says, *ret_edit the
 * difference, *ret_mark the file that was read.  ERR_BUSY: somebody is writing it just now; *ret_mark is set
 * then, too, and with ERR_INVALID. */
int ticket_read_hand(struct root *r, struct ticket_id id, struct record *ret,
    struct hand_edit *ret_edit, struct ticket_mark *ret_mark, struct err *err);

/* The ticket file, an empty lock and episodes/.  ERR_CONFLICT: the id is taken. */
int ticket_create(struct root *r, const struct record *rec, struct err *err);

/* The caller has compared the revision in memory: nothing is read.  A write that the disk refused is tried
 * once more with a new file; ERR_IO: that failed, too, and what the disk holds is the old or the new
 * revision.  Stop then: nothing that was acknowledged is lost.
 * mark (may be NULL): the file that is replaced, and then the new one.  ERR_CONFLICT: another file is there
 * by now, which was left as it is; ERR_NOTFOUND: the directory is gone.  Nothing was written then. */
int
ticket_commit(struct root *r, const struct record *rec, struct ticket_mark *mark, struct err *err);

/* Writes rec beside the ticket file, for the person who has to mend that; and takes it away again. */
#define TICKET_LAST_GOOD "ticket.last-good"
int ticket_keep(struct root *r, const struct record *rec, struct err *err);
void ticket_unkeep(struct root *r, struct ticket_id id);

/* A descriptor of tickets/N; ERR_NOTFOUND. */
int ticket_open_dir(struct root *r, struct ticket_id id, struct err *err);

/* Removes what a crash left: tickets/.new-*, tickets/N/.tmp-*.  Writer only, at start. */
int tickets_sweep(struct root *r, struct err *err);

#endif
