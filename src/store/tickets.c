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

/* --- sweep --- */

static void
ticket_sweep(struct root *r, const char *name)
{
	_cleanup_(strvec_release) struct strvec names = STRVEC_INIT;
	int dir = file_open_dir(r->io, r->tickets, name, NULL);

	/* What cannot be listed or removed is fsck's to tell of. */
	if (dir >= 0 && r->io->ops->list(r->io, dir, &names) == 0)
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
