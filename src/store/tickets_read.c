/* SPDX-License-Identifier: GPL-2.0-only */
/* Tickets are found and read; without LOCK, while another process may replace them. */
#include "base/base.h"

#include "store/tickets.h"

#include <errno.h>

#include "codec/ticket_text.h"
#include "sys/file.h"

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

void
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
	e = file_read_fd_sized(r->io, fd, before.size, TICKET_FILE_MAX, ret, err);
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
ticket_parse(struct ticket_id id, struct str text, struct record *ret, struct hand_edit *ret_edit,
    struct err *err)
{
	_cleanup_(record_release) struct record rec = { 0 };
	int e;

	/* Mostly all is well.  What is not, is told of by those who look at one thing after the other. */
	if (ticket_text_read(text, ret, ret_edit)) {
		if (ret->ticket.id.n == id.n)
			return 0;
		record_release(ret);
	}
	e = ticket_text_load(text, &rec, err);
	if (e == 0 && rec.ticket.id.n != id.n)
		e = err_set(
		    err, ERR_INVALID, "its file says that it is ticket %u", rec.ticket.id.n);
	if (e == 0)
		e = history_replay_hand(&rec, ret_edit, err);
	if (e == 0) {
		*ret = rec;
		rec = (struct record){ 0 };
	}
	return e;
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
		e = ticket_parse(id, buf_str(&text), &rec, ret_edit, err);
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
