/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * tickets.c: what a crash leaves.
 *
 *	ticket_create()		in	tickets/.new-N/ whole and synced	-> swept: there was no ticket
 *				rename	tickets/N, whole			-> it is there or not
 *				fsync	tickets/				-> it stays
 *	ticket_commit()		write	tickets/N/.tmp-... synced		-> swept: the old revision
 *				rename	over tickets/N/ticket			-> the old or the new one
 *				fsync	tickets/N				-> the new one
 */
#include "base/base.h"

#include "store/tickets.h"

#include <errno.h>

#include "codec/ticket_text.h"
#include "sys/file.h"

#define TICKET_NEW_PREFIX ".new-"

void
ticket_ids_release(struct ticket_ids *ids)
{
	free(ids->v);
	*ids = (struct ticket_ids)TICKET_IDS_INIT;
}

static int
ticket_id_cmp(const void *ap, const void *bp)
{
	const struct ticket_id *a = ap, *b = bp;

	return a->n < b->n ? -1 : a->n > b->n;
}

int
tickets_list(struct root *r, struct ticket_ids *ret, struct err *err)
{
	_cleanup_(strvec_release) struct strvec names = STRVEC_INIT;
	int e = r->io->ops->list(r->io, r->tickets, &names);
	struct ticket_id id;

	if (e < 0)
		return err_sys(err, -e, "cannot list the tickets in %s/tickets", r->path);
	for (size_t i = 0; i < names.n; i++)
		if (ticket_id_parse(str_of(names.v[i]), &id))
			*VEC_PUSH(ret) = id;
	if (ret->n > 1)
		qsort(ret->v, ret->n, sizeof *ret->v, ticket_id_cmp);
	return 0;
}

static int
ticket_read_missing(struct root *r, struct ticket_id id, struct err *err)
{
	char name[20];

	snprintf(name, sizeof name, "%u", id.n);
	if (!file_exists(r->io, r->tickets, name))
		return err_set(err, ERR_NOTFOUND, "there is no ticket %u. See `reeve ls`", id.n);
	/* Never by us: a ticket appears with its file. */
	return err_set(err, ERR_INVALID,
	    "ticket %u is damaged: its directory %s/tickets/%u holds no file `ticket`. Restore it "
	    "from a copy, or move the directory away",
	    id.n, r->path, id.n);
}

static void
ticket_mark_of(const struct io_stat *st, struct ticket_mark *ret)
{
	*ret = (struct ticket_mark){ st->dev, st->inode, st->size, st->mtime_ms };
}

bool
ticket_mark_eq(const struct ticket_mark *a, const struct ticket_mark *b)
{
	return a->dev == b->dev && a->inode == b->inode && a->size == b->size &&
	       a->mtime_ms == b->mtime_ms;
}

bool
ticket_mark_is_set(const struct ticket_mark *m)
{
	return m->inode != 0;
}

int
ticket_mark(struct root *r, struct ticket_id id, struct ticket_mark *ret)
{
	struct io_stat st;
	char name[40];
	int e;

	*ret = (struct ticket_mark){ 0 };
	snprintf(name, sizeof name, "%u/ticket", id.n);
	e = r->io->ops->stat(r->io, r->tickets, name, &st);
	if (e < 0)
		return e == -ENOENT || e == -ENOTDIR ? ERR_NOTFOUND : ERR_IO;
	ticket_mark_of(&st, ret);
	return 0;
}

static int
ticket_refuse_kind(const struct io_stat *st, struct err *err)
{
	const char *kind = st->is_dir ? "a directory" : "a pipe, socket or device";

	return err_set(
	    err, ERR_INVALID, "its file `ticket` is %s; put the plain file itself there", kind);
}

/* The bytes of an open file; is_strict: of one that nobody is writing. */
static int
ticket_slurp_fd(struct root *r, int fd, bool is_strict, struct buf *ret,
    struct ticket_mark *ret_mark, struct err *err)
{
	struct io_stat before, after;
	int e = r->io->ops->fstat(r->io, fd, &before);

	if (e < 0)
		return err_sys(err, -e, "cannot look at its file");
	ticket_mark_of(&before, ret_mark);
	if (!before.is_regular)
		return ticket_refuse_kind(&before, err);
	if (before.size > TICKET_FILE_MAX)
		return err_set(err, ERR_INVALID,
		    "its file has %llu bytes; a ticket has at most %zu MiB",
		    (unsigned long long)before.size, TICKET_FILE_MAX >> 20);
	if (is_strict && r->io->ops->quiet(r->io, fd) == -EAGAIN)
		return err_set(err, ERR_BUSY, "somebody is writing its file just now");
	e = file_read_fd(r->io, fd, TICKET_FILE_MAX, ret, err);
	if (e < 0)
		return e;
	/* The lease was for a moment: a writer may have come since. */
	if (is_strict &&
	    (r->io->ops->quiet(r->io, fd) == -EAGAIN || r->io->ops->fstat(r->io, fd, &after) < 0 ||
		after.mtime_ms != before.mtime_ms || after.size != before.size))
		return err_set(err, ERR_BUSY, "somebody is writing its file just now");
	return 0;
}

static int
ticket_slurp(struct root *r, struct ticket_id id, bool is_strict, struct buf *ret,
    struct ticket_mark *ret_mark, struct err *err)
{
	struct io_stat st;
	char name[40];
	int fd, e;

	*ret_mark = (struct ticket_mark){ 0 };
	snprintf(name, sizeof name, "%u/ticket", id.n);
	fd = r->io->ops->open(r->io, r->tickets, name, IO_READ | IO_UNTRUSTED);
	if (fd == -ENOENT)
		return ticket_read_missing(r, id, err);
	if (fd == -ELOOP || fd == -EXDEV || fd == -ENXIO) { /* or a kernel that cannot tell */
		e = r->io->ops->stat(r->io, r->tickets, name, &st);
		if (e == 0)
			ticket_mark_of(&st, ret_mark);
		if (e == 0 && !st.is_regular && !st.is_link)
			return ticket_refuse_kind(&st, err);
		if (e < 0 || st.is_link || fd == -ELOOP)
			return err_set(err, ERR_INVALID,
			    "tickets/%s is behind a symbolic link; put the plain file itself there",
			    name);
		fd = r->io->ops->open(r->io, r->tickets, name, IO_READ);
	}
	if (fd < 0)
		return err_sys(err, -fd, "cannot open tickets/%s for reading", name);
	e = ticket_slurp_fd(r, fd, is_strict, ret, ret_mark, err);
	io_close(r->io, fd);
	return e;
}

int
ticket_read_bytes(struct root *r, struct ticket_id id, struct buf *ret, struct err *err)
{
	struct ticket_mark mark;

	return ticket_slurp(r, id, false, ret, &mark, err);
}

static int
ticket_read_any(struct root *r, struct ticket_id id, bool is_strict, struct record *ret,
    struct hand_edit *ret_edit, struct ticket_mark *ret_mark, struct err *err)
{
	_cleanup_(record_release) struct record rec = { 0 };
	_cleanup_(buf_release) struct buf text = BUF_INIT;
	int e = ticket_slurp(r, id, is_strict, &text, ret_mark, err);

	if (e == ERR_NOTFOUND)
		return e; /* the sentence names it */
	if (e == 0)
		e = ticket_text_load(buf_str(&text), &rec, err);
	if (e == 0 && rec.ticket.id.n != id.n)
		e = err_set(
		    err, ERR_INVALID, "its file says that it is ticket %u", rec.ticket.id.n);
	if (e == 0)
		e = history_replay_hand(&rec, ret_edit, err);
	if (e < 0) {
		(void)err_prefix(err, "ticket %u", id.n);
		return e;
	}
	*ret = rec;
	rec = (struct record){ 0 };
	return 0;
}

int
ticket_read(struct root *r, struct ticket_id id, struct record *ret, struct err *err)
{
	struct ticket_mark mark;
	struct hand_edit edit;

	return ticket_read_any(r, id, false, ret, &edit, &mark, err);
}

int
ticket_read_hand(struct root *r, struct ticket_id id, struct record *ret,
    struct hand_edit *ret_edit, struct ticket_mark *ret_mark, struct err *err)
{
	int e = ticket_read_any(r, id, true, ret, ret_edit, ret_mark, err);

	if (e == 0)
		ret->ticket = ret_edit->before;
	return e;
}

/* --- create --- */

static void
ticket_must_own(struct root *r)
{
	if (r->lock < 0)
		BUG("the tickets are changed without holding LOCK");
}

/* Everything in dir/name but directories in directories; as far as it is possible. */
static void
ticket_remove_new(struct root *r, const char *name)
{
	_cleanup_(strvec_release) struct strvec names = STRVEC_INIT;
	int dir = file_open_dir(r->io, r->tickets, name, NULL);

	if (dir >= 0 && file_list(r->io, dir, &names, NULL) == 0) {
		for (size_t i = 0; i < names.n; i++) {
			int e = r->io->ops->unlink(r->io, dir, names.v[i], false);

			if (e < 0) /* or left for the next time */
				(void)r->io->ops->unlink(r->io, dir, names.v[i], true);
		}
	}
	io_close(r->io, dir);
	(void)r->io->ops->unlink(r->io, r->tickets, name, true); /* as above */
}

static int
ticket_fill_new(struct root *r, const char *name, struct str text, struct err *err)
{
	int e = r->io->ops->mkdir(r->io, r->tickets, name), dir;

	if (e < 0)
		return err_sys(err, -e, "cannot make the directory tickets/%s", name);
	dir = file_open_dir(r->io, r->tickets, name, err);
	if (dir < 0)
		return dir;
	e = file_write_new(r->io, dir, "ticket", text, err);
	if (e == 0)
		e = file_write_new(r->io, dir, "lock", STR(""), err);
	if (e == 0)
		e = file_ensure_dir(r->io, dir, "episodes", err);
	if (e == 0)
		e = file_sync_dir(r->io, dir, err);
	io_close(r->io, dir);
	return e;
}

int
ticket_create(struct root *r, const struct record *rec, struct err *err)
{
	_cleanup_(buf_release) struct buf text = BUF_INIT;
	char name[20], tmp[40];
	int e;

	ticket_must_own(r);
	snprintf(name, sizeof name, "%u", rec->ticket.id.n);
	snprintf(tmp, sizeof tmp, TICKET_NEW_PREFIX "%s", name);
	if (file_exists(r->io, r->tickets, name))
		return err_set(err, ERR_CONFLICT, "ticket %s is there already", name);
	if (file_exists(r->io, r->tickets, tmp))
		ticket_remove_new(r, tmp); /* there is one writer: it is a dead one's */
	ticket_text_dump(rec, &text);
	e = ticket_fill_new(r, tmp, buf_str(&text), err);
	if (e == 0)
		e = file_rename(r->io, r->tickets, tmp, r->tickets, name, false, err);
	if (e < 0)
		ticket_remove_new(r, tmp);
	else
		e = file_sync_dir(r->io, r->tickets, err);
	if (e < 0)
		(void)err_prefix(err, "cannot create ticket %s", name);
	return e;
}

/* --- commit --- */

/* Is it still the file that we know?  Asked at the last moment before the rename. */
static int
ticket_compare(struct root *r, int dir, const struct ticket_mark *mark, struct err *err)
{
	struct ticket_mark now;
	struct io_stat st;

	if (r->io->ops->stat(r->io, dir, "ticket", &st) == 0) {
		ticket_mark_of(&st, &now);
		if (ticket_mark_eq(&now, mark))
			return 0;
	}
	return err_set(err, ERR_CONFLICT, "its file was changed by hand");
}

static int
ticket_replace(struct root *r, int dir, struct str text, struct ticket_mark *mark, struct err *err)
{
	static unsigned count; /* a failed one is not used again */
	struct io_stat st = { 0 };
	char tmp[60];
	int e;

	snprintf(tmp, sizeof tmp, FILE_TMP_PREFIX "%d-%u-ticket", (int)getpid(), count++);
	e = file_write_new(r->io, dir, tmp, text, err);
	if (e < 0)
		return e;
	if (mark != NULL) {
		int s = r->io->ops->stat(r->io, dir, tmp, &st);

		e = s < 0 ? err_sys(err, -s, "cannot look at %s", tmp)
			  : ticket_compare(r, dir, mark, err);
	}
	if (e == 0)
		e = file_rename(r->io, dir, tmp, dir, "ticket", true, err);
	if (e < 0) {
		(void)r->io->ops->unlink(r->io, dir, tmp, false); /* swept at start otherwise */
		return e;
	}
	if (mark != NULL)
		ticket_mark_of(&st, mark);
	return file_sync_dir(r->io, dir, err);
}

int
ticket_commit(struct root *r, const struct record *rec, struct ticket_mark *mark, struct err *err)
{
	_cleanup_(buf_release) struct buf text = BUF_INIT;
	struct err why = ERR_INIT;
	int dir, e;

	ticket_must_own(r);
	dir = ticket_open_dir(r, rec->ticket.id, err);
	if (dir < 0)
		return dir;
	ticket_text_dump(rec, &text);
	e = ticket_replace(r, dir, buf_str(&text), mark, &why);
	if (e == ERR_IO)
		e = ticket_replace(r, dir, buf_str(&text), mark, &why);
	io_close(r->io, dir);
	if (e < 0)
		return err_set(err, e, "cannot commit revision %llu of ticket %u: %s",
		    (unsigned long long)rec->ticket.rev, rec->ticket.id.n, why.text);
	return 0;
}

int
ticket_keep(struct root *r, const struct record *rec, struct err *err)
{
	_cleanup_(buf_release) struct buf text = BUF_INIT;
	int dir = ticket_open_dir(r, rec->ticket.id, err), e;

	if (dir < 0)
		return dir;
	ticket_text_dump(rec, &text);
	e = file_replace(r->io, dir, TICKET_LAST_GOOD, buf_str(&text), err);
	io_close(r->io, dir);
	return e;
}

void
ticket_unkeep(struct root *r, struct ticket_id id)
{
	char name[60];

	snprintf(name, sizeof name, "%u/" TICKET_LAST_GOOD, id.n);
	(void)r->io->ops->unlink(r->io, r->tickets, name, false); /* mostly it is not there */
}

int
ticket_open_dir(struct root *r, struct ticket_id id, struct err *err)
{
	char name[20];
	int dir;

	snprintf(name, sizeof name, "%u", id.n);
	dir = r->io->ops->open(r->io, r->tickets, name, IO_READ | IO_DIR);
	if (dir == -ENOENT)
		return err_set(err, ERR_NOTFOUND, "there is no ticket %u. See `reeve ls`", id.n);
	if (dir < 0)
		return err_sys(err, -dir, "cannot open %s/tickets/%u", r->path, id.n);
	return dir;
}

/* --- sweep --- */

static void
ticket_sweep(struct root *r, const char *name)
{
	_cleanup_(strvec_release) struct strvec names = STRVEC_INIT;
	int dir = file_open_dir(r->io, r->tickets, name, NULL);

	/* What cannot be listed or removed is fsck's to tell of. */
	if (dir >= 0 && file_list(r->io, dir, &names, NULL) == 0)
		for (size_t i = 0; i < names.n; i++)
			if (str_starts(str_of(names.v[i]), FILE_TMP_PREFIX))
				(void)r->io->ops->unlink(r->io, dir, names.v[i], false);
	io_close(r->io, dir);
}

int
tickets_sweep(struct root *r, struct err *err)
{
	_cleanup_(strvec_release) struct strvec names = STRVEC_INIT;
	struct ticket_id id;
	int e;

	ticket_must_own(r);
	e = r->io->ops->list(r->io, r->tickets, &names);
	if (e < 0)
		return err_sys(err, -e, "cannot list the tickets in %s/tickets", r->path);
	for (size_t i = 0; i < names.n; i++) {
		if (str_starts(str_of(names.v[i]), TICKET_NEW_PREFIX))
			ticket_remove_new(r, names.v[i]);
		else if (ticket_id_parse(str_of(names.v[i]), &id))
			ticket_sweep(r, names.v[i]);
	}
	return 0;
}
