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
	struct inbox_place p;

	if (!id_is_name(str_of(name)))
		BUG("\"%s\" is no name of an inbox", name);
	(void)snprintf(p.s, sizeof p.s, "inbox/%s", name);
	return p;
}

struct inbox_place
inbox_of_episode(struct episode_id ep)
{
	struct inbox_place p;

	(void)snprintf(p.s, sizeof p.s, "tickets/%u/episodes/%u/inbox", ep.ticket.n, ep.n);
	return p;
}

static struct inbox_place
inbox_below(const struct inbox_place *place, const char *name)
{
	struct inbox_place p;

	(void)snprintf(p.s, sizeof p.s, "%.100s/%s", place->s, name);
	return p;
}

int
inbox_open(struct root *r, const struct inbox_place *place, struct inbox *ret, struct err *err)
{
	*ret = (struct inbox){ r, *place, -1, -1 };
	ret->dir_new = file_open_dir(r->io, r->dir, inbox_below(place, "new").s, err);
	if (ret->dir_new < 0)
		return ret->dir_new;
	ret->dir_read = file_open_dir(r->io, r->dir, inbox_below(place, "read").s, err);
	if (ret->dir_read < 0) {
		io_close(r->io, ret->dir_new);
		ret->dir_new = -1;
		return ret->dir_read;
	}
	return 0;
}

void
inbox_close(struct inbox *b)
{
	if (b->root == NULL)
		return;
	io_close(b->root->io, b->dir_new);
	io_close(b->root->io, b->dir_read);
	b->root = NULL;
	b->dir_new = b->dir_read = -1;
}

int
inbox_ensure(struct root *r, const struct inbox_place *place, struct err *err)
{
	int rc = file_ensure_dir(r->io, r->dir, place->s, err);

	if (rc == 0)
		rc = file_ensure_dir(r->io, r->dir, inbox_below(place, "new").s, err);
	if (rc == 0)
		rc = file_ensure_dir(r->io, r->dir, inbox_below(place, "read").s, err);
	return rc;
}

/* --- the writer --- */

static int
inbox_sync(struct root *r, const char *name, struct err *err)
{
	int dir = file_open_dir(r->io, r->dir, name, err), rc;

	if (dir < 0)
		return dir;
	rc = file_sync_dir(r->io, dir, err);
	io_close(r->io, dir);
	return rc;
}

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

/* In this order: a reader takes it from new/ to read/, and never back. */
int
inbox_has(struct root *r, const struct inbox_place *place, const char *name, struct err *err)
{
	static const char *const parts[] = { "new", "read" };

	for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
		_cleanup_(buf_release) struct buf path = BUF_INIT;
		struct io_stat st;
		int rc;

		buf_addf(&path, "%s/%s/%s", place->s, parts[i], name);
		rc = r->io->ops->stat(r->io, r->dir, path.p, &st);
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
	struct root *r = b->root;
	struct inbox_place above = b->place;
	int rc = file_sync_dir(r->io, b->dir_new, err);

	*strrchr(above.s, '/') = '\0';
	if (rc == 0)
		rc = file_sync_dir(r->io, b->dir_read, err);
	if (rc == 0)
		rc = inbox_sync(r, b->place.s, err);
	if (rc == 0)
		rc = inbox_sync(r, above.s, err);
	return rc;
}

int
inbox_put(struct root *r, const struct inbox_place *place, const char *name, struct str bytes,
    struct err *err)
{
	struct inbox b = INBOX_INIT;
	int rc = inbox_ensure(r, place, err);

	if (rc == 0)
		rc = inbox_open(r, place, &b, err);
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
