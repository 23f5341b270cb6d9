/* SPDX-License-Identifier: GPL-2.0-only */
/*
 *	put		written into spool/tmp/, synced; renamed, never over another; new/, and the directories above, synced
 *	take		a second name in read/; read/ synced; the first name goes	(never in neither place)
 *
 * What a dead writer leaves in spool/tmp/ is swept with the rest there: nobody may owe that message any more (what
 * it tells of was discarded), so no later put would find it.
 */
#include "base/base.h"

#include "store/inbox.h"

#include <errno.h>
#include <unistd.h>

#include "codec/message_json.h"
#include "sys/file.h"
#include "sys/rand.h"

struct inbox_place
inbox_of_name(const char *name)
{
	struct inbox_place p = { .is_worker = false };

	if (!id_is_name(str_of(name)))
		BUG("\"%s\" is no name of an inbox", name);
	(void)snprintf(p.s, sizeof p.s, "inbox/%s", name);
	return p;
}

struct inbox_place
inbox_of_episode(struct episode_id ep)
{
	struct inbox_place p = { .is_worker = true };

	(void)snprintf(p.s, sizeof p.s, "tickets/%u/episodes/%u/inbox", ep.ticket.n, ep.n);
	return p;
}

/* --- its directories --- */

static const char *
inbox_base(const struct inbox_place *place)
{
	return strrchr(place->s, '/') + 1;
}

/* A descriptor of what holds the inbox, or a code. */
static int
inbox_open_above(struct root *r, const struct inbox_place *place, struct err *err)
{
	struct str rest = str_of(place->s), step;
	int dir = r->dir;

	while (dir >= 0 && str_cut(&rest, '/', &step)) {
		char name[16];
		int at = dir;

		(void)snprintf(name, sizeof name, "%.*s", STR_FMT(step));
		dir = at == r->dir ? file_open_dir(r->io, at, name, err)
				   : file_open_dir_plain(r->io, at, name, err);
		if (at != r->dir)
			io_close(r->io, at);
	}
	return dir;
}

/* A descriptor of the inbox, or a code. */
static int
inbox_enter(struct root *r, int above, const struct inbox_place *place, bool makes, struct err *err)
{
	const char *name = inbox_base(place);
	int rc;

	if (place->is_worker)
		return makes ? file_make_dir_plain(r->io, above, name, err)
			     : file_open_dir_plain(r->io, above, name, err);
	rc = makes ? file_ensure_dir(r->io, above, name, err) : 0;
	return rc < 0 ? rc : file_open_dir(r->io, above, name, err);
}

static int
inbox_enter_part(struct inbox *b, const char *part, bool makes, struct err *err)
{
	struct io *io = b->root->io;

	return makes ? file_make_dir_plain(io, b->dir, part, err)
		     : file_open_dir_plain(io, b->dir, part, err);
}

static int
inbox_open_all(
    struct root *r, const struct inbox_place *place, bool makes, struct inbox *ret, struct err *err)
{
	struct inbox b = { r, *place, -1, -1, -1, -1 };
	int rc;

	rc = b.above = inbox_open_above(r, place, err);
	if (rc >= 0)
		rc = b.dir = inbox_enter(r, b.above, place, makes, err);
	if (rc >= 0)
		rc = b.dir_new = inbox_enter_part(&b, "new", makes, err);
	if (rc >= 0)
		rc = b.dir_read = inbox_enter_part(&b, "read", makes, err);
	if (rc < 0) {
		inbox_close(&b);
		return rc;
	}
	*ret = b;
	return 0;
}

int
inbox_open(struct root *r, const struct inbox_place *place, struct inbox *ret, struct err *err)
{
	int rc = inbox_open_all(r, place, false, ret, err);

	if (rc < 0)
		(void)err_prefix(err, "%s", place->s);
	return rc;
}

void
inbox_close(struct inbox *b)
{
	if (b->root == NULL)
		return;
	io_close(b->root->io, b->above);
	io_close(b->root->io, b->dir);
	io_close(b->root->io, b->dir_new);
	io_close(b->root->io, b->dir_read);
	*b = (struct inbox)INBOX_INIT;
}

int
inbox_open_part(struct root *r, const struct inbox_place *place, const char *part, struct err *err)
{
	int above = inbox_open_above(r, place, err);
	int dir = above < 0 ? above : inbox_enter(r, above, place, false, err), fd = dir;

	if (dir >= 0 && part != NULL) {
		fd = file_open_dir_plain(r->io, dir, part, err);
		io_close(r->io, dir);
	}
	io_close(r->io, above);
	return fd;
}

int
inbox_ensure(struct root *r, const struct inbox_place *place, struct err *err)
{
	struct inbox b = INBOX_INIT;
	int rc = inbox_open_all(r, place, true, &b, err);

	if (rc < 0)
		(void)err_prefix(err, "%s", place->s);
	inbox_close(&b);
	return rc;
}

/* --- the writer --- */

/* Is that name taken?  1, 0, or a code. */
static int
inbox_holds(struct inbox *b, int dir, const char *name, struct err *err)
{
	struct io_stat st;
	int rc = b->root->io->ops->stat(b->root->io, dir, name, &st);

	if (rc == 0)
		return 1;
	return rc == -ENOENT ? 0 : err_sys(err, -rc, "cannot look at %s", name);
}

/* In this order: a reader takes it from new/ to read/, and never back.  At a start this is asked for every ticket
 * that is over: by its path, where that is the user's own. */
int
inbox_has(struct root *r, const struct inbox_place *place, const char *name, struct err *err)
{
	static const char *const parts[] = { "new", "read" };

	for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
		_cleanup_(buf_release) struct buf path = BUF_INIT;
		int dir = place->is_worker ? inbox_open_part(r, place, parts[i], err) : r->dir, rc;
		struct io_stat st;

		if (dir == ERR_NOTFOUND)
			continue;
		if (dir < 0)
			return dir;
		if (!place->is_worker)
			buf_addf(&path, "%s/%s/", place->s, parts[i]);
		buf_adds(&path, name);
		rc = r->io->ops->stat(r->io, dir, path.p, &st);
		if (place->is_worker)
			io_close(r->io, dir);
		if (rc == 0)
			return 1;
		if (rc != -ENOENT)
			return err_sys(err, -rc, "cannot look at %s", path.p);
	}
	return 0;
}

static int
inbox_write(struct inbox *b, const char *name, struct str bytes, struct err *err)
{
	struct root *r = b->root;
	_cleanup_(buf_release) struct buf tmp = BUF_INIT;
	int rc;

	buf_addf(&tmp, "%s.%d-%u", name, (int)getpid(), rand_serial());
	rc = file_write_new(r->io, r->spool_tmp, tmp.p, bytes, err);
	if (rc < 0)
		return rc;
	rc = file_rename(r->io, r->spool_tmp, tmp.p, b->dir_new, name, false, err);
	if (rc < 0)
		(void)r->io->ops->unlink(r->io, r->spool_tmp, tmp.p, false); /* swept otherwise */
	return rc;
}

/* Also of what is there already: whoever put or took it may have died before this.  The directories may be as
 * new as the message. */
static int
inbox_settle(struct inbox *b, struct err *err)
{
	const int dirs[] = { b->dir_new, b->dir_read, b->dir, b->above };
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < ARRAY_LEN(dirs); i++)
		rc = file_sync_dir(b->root->io, dirs[i], err);
	return rc;
}

int
inbox_put(struct root *r, const struct inbox_place *place, const char *name, struct str bytes,
    struct err *err)
{
	struct inbox b = INBOX_INIT;
	int rc = inbox_open_all(r, place, true, &b, err);

	if (rc == 0) /* in the order of inbox_has() */
		rc = inbox_holds(&b, b.dir_new, name, err);
	if (rc == 0)
		rc = inbox_holds(&b, b.dir_read, name, err);
	if (rc == 0)
		rc = inbox_write(&b, name, bytes, err);
	if (rc >= 0)
		rc = inbox_settle(&b, err);
	inbox_close(&b);
	if (rc < 0)
		(void)err_prefix(err, "the message %s/new/%s", place->s, name);
	return rc;
}

/* --- readers --- */

int
inbox_list(struct inbox *b, struct strvec *ret, struct err *err)
{
	_cleanup_(strvec_release) struct strvec names = STRVEC_INIT;
	struct io *io = b->root->io;
	int rc = file_list(io, b->dir_new, &names, err);

	for (size_t i = 0; rc == 0 && i < names.n; i++) {
		struct ticket_id id;
		struct io_stat st;
		uint64_t rev;

		if (!message_file_parse(str_of(names.v[i]), &id, &rev))
			continue;
		if (io->ops->stat(io, b->dir_read, names.v[i], &st) == 0)
			continue; /* read; inbox_take() of it was not carried to its end */
		strvec_push(ret, names.v[i]);
	}
	return rc;
}

int
inbox_read(struct inbox *b, const char *name, struct buf *ret, struct err *err)
{
	int rc = file_read_plain(b->root->io, b->dir_new, name, MESSAGE_BYTES_MAX, ret, err);

	if (rc < 0)
		(void)err_prefix(err, "the message");
	return rc;
}

int
inbox_take(struct inbox *b, const char *name, struct err *err)
{
	struct io *io = b->root->io;
	int rc = io->ops->link(io, b->dir_new, name, b->dir_read, name);

	if (rc == -ENOENT) /* by another reader, whole */
		return inbox_holds(b, b->dir_read, name, err) == 1
			   ? 0
			   : err_set(err, ERR_NOTFOUND, "the message %s is gone", name);
	if (rc < 0 && rc != -EEXIST)
		return err_sys(err, -rc, "the message %s cannot be marked as read", name);
	rc = file_sync_dir(io, b->dir_read, err);
	if (rc < 0)
		return err_prefix(err, "the message %s cannot be marked as read", name);
	rc = io->ops->unlink(io, b->dir_new, name, false);
	return rc < 0 && rc != -ENOENT ? err_sys(err, -rc, "cannot remove new/%s", name) : 0;
}
