/* SPDX-License-Identifier: GPL-2.0-only */
#include "base/base.h"

#include "store/spool.h"

#include <errno.h>

#include "codec/signal_json.h"
#include "codec/stamp.h"
#include "store/spool_file.h"
#include "sys/clock.h"
#include "sys/file.h"
#include "sys/rand.h"

#define SPOOL_TMP_AGE_MS ((int64_t)36 * 3600 * 1000)

void
spool_new_id(struct episode_id ep, struct signal_id *ret)
{
	_cleanup_(buf_release) struct buf stamp = BUF_INIT, id = BUF_INIT;
	unsigned char random[8];

	stamp_add(&stamp, clock_wall_ms());
	for (size_t i = 0; i < stamp.len; i++)
		if (stamp.p[i] != '-' && stamp.p[i] != ':')
			buf_addch(&id, stamp.p[i]);
	if (ep.n != 0)
		buf_addf(&id, ".%u.%u.%d.", ep.ticket.n, ep.n, (int)getpid());
	else
		buf_addf(&id, ".cmd.%d.", (int)getpid());
	rand_bytes(random, sizeof random);
	for (size_t i = 0; i < sizeof random; i++)
		buf_addf(&id, "%02x", random[i]);
	if (!signal_id_parse(buf_str(&id), ret))
		BUG("%s is no name of a signal", id.p);
}

int
spool_publish(struct root *r, const struct signal_id *id, struct str bytes, struct err *err)
{
	_cleanup_(buf_release) struct buf tmp = BUF_INIT, name = BUF_INIT;
	int e;

	if (bytes.len > SIGNAL_BYTES_MAX)
		return err_set(err, ERR_INVALID,
		    "the signal has %zu bytes; at most %u are taken. Put long texts into a file "
		    "of the branch and name it",
		    bytes.len, SIGNAL_BYTES_MAX);
	/* A crash may have left a file of this id. */
	buf_addf(&tmp, "%s.%d-%u", id->s, (int)getpid(), rand_serial());
	buf_addf(&name, "%s" SPOOL_JSON, id->s);
	e = file_write_new(r->io, r->spool_tmp, tmp.p, bytes, err);
	if (e < 0) {
		(void)err_prefix(err, "nothing was recorded: spool/tmp");
		return e;
	}
	e = file_rename(r->io, r->spool_tmp, tmp.p, r->spool_new, name.p, false, err);
	if (e < 0) {
		(void)r->io->ops->unlink(r->io, r->spool_tmp, tmp.p, false); /* swept otherwise */
		(void)err_prefix(err, "nothing was recorded: spool/new");
		return e;
	}
	e = file_sync_dir(r->io, r->spool_new, err);
	if (e < 0)
		(void)err_prefix(err, "signal %s may be lost in a power cut: spool/new", id->s);
	return e;
}

bool
spool_ends(const char *name, const char *suffix)
{
	size_t n = strlen(name), s = strlen(suffix);

	return n > s && strcmp(name + n - s, suffix) == 0;
}

bool
spool_is_same(struct io *io, int dir, const char *name, const struct io_stat *st)
{
	struct io_stat other;

	return io->ops->stat(io, dir, name, &other) == 0 && other.dev == st->dev &&
	       other.inode == st->inode;
}

bool
spool_cannot_link(int r)
{
	return r == -EPERM || r == -EMLINK || r == -EOPNOTSUPP || r == -ENOSYS;
}

enum filing { FILING_FAILED, FILING_LINKED, FILING_MOVED };

/* The same signal may have been published twice: then the bytes are the same.  ERR_INVALID: they differ;
 * another code: that cannot be told just now. */
static int
spool_same_bytes(struct root *r, const char *name)
{
	_cleanup_(buf_release) struct buf a = BUF_INIT, b = BUF_INIT;
	int e = file_read(r->io, r->spool_new, name, SIGNAL_BYTES_MAX, &a, NULL);

	if (e == 0)
		e = file_read(r->io, r->spool_done, name, SIGNAL_BYTES_MAX, &b, NULL);
	if (e == 0 && !str_eq(buf_str(&a), buf_str(&b)))
		e = ERR_INVALID;
	return e;
}

bool
spool_is_used(struct root *r, const char *name)
{
	struct io_stat st;

	return file_exists(r->io, r->spool_done, name) &&
	       r->io->ops->stat(r->io, r->spool_new, name, &st) == 0 &&
	       !spool_is_same(r->io, r->spool_done, name, &st) &&
	       spool_same_bytes(r, name) == ERR_INVALID;
}

static int
spool_done_exists(struct root *r, const char *name, enum filing *ret, struct err *err)
{
	struct io_stat st;
	int e = r->io->ops->stat(r->io, r->spool_new, name, &st);

	if (e < 0 && e != -ENOENT)
		return err_sys(err, -e, "cannot look at spool/new/%s", name);
	*ret = e == -ENOENT ? FILING_MOVED : FILING_LINKED;
	if (e == -ENOENT || spool_is_same(r->io, r->spool_done, name, &st) ||
	    spool_same_bytes(r, name) == 0)
		return 0;
	return err_set(err, ERR_CONFLICT,
	    "cannot file away spool/new/%s: spool/done has another file of that name", name);
}

/* The first half: the name in done/. */
static int
spool_done_link(struct root *r, const char *name, enum filing *ret, struct err *err)
{
	struct signal_id id;
	struct io_stat st;
	int e;

	*ret = FILING_FAILED;
	if (!spool_ends(name, SPOOL_JSON) ||
	    !signal_id_parse(str_n(name, strlen(name) - strlen(SPOOL_JSON)), &id))
		return err_set(err, ERR_INVALID, "cannot file away a name that is no signal's");
	e = r->io->ops->link(r->io, r->spool_new, name, r->spool_done, name);
	*ret = FILING_LINKED;
	if (spool_cannot_link(e)) {
		e = r->io->ops->rename(r->io, r->spool_new, name, r->spool_done, name, false);
		*ret = FILING_MOVED;
	}
	if (e == -ENOENT && r->io->ops->stat(r->io, r->spool_done, name, &st) == 0)
		e = -EEXIST; /* done before; its sync may have failed */
	if (e == -EEXIST)
		e = spool_done_exists(r, name, ret, err);
	else if (e < 0)
		e = err_sys(err, -e, "cannot move spool/new/%s to spool/done", name);
	if (e < 0)
		*ret = FILING_FAILED;
	return e;
}

int
spool_done_many(struct root *r, const char *const *names, size_t n, struct err *err)
{
	enum filing *how = xcalloc(n + 1, sizeof *how);
	int result = 0, e;

	for (size_t i = 0; i < n; i++) {
		e = spool_done_link(r, names[i], &how[i], result == 0 ? err : NULL);
		if (result == 0)
			result = e;
	}
	e = file_sync_dir(r->io, r->spool_done, result == 0 ? err : NULL);
	if (e < 0 && result == 0)
		result = e;
	/* Only what is in done/ for good leaves new/.  What cannot be removed is seen and known again. */
	for (size_t i = 0; e == 0 && i < n; i++)
		if (how[i] == FILING_LINKED)
			(void)r->io->ops->unlink(r->io, r->spool_new, names[i], false);
	free(how);
	return result;
}

int
spool_done(struct root *r, const char *name, struct err *err)
{
	return spool_done_many(r, &name, 1, err);
}

enum spool_place
spool_find(struct root *r, const struct signal_id *id)
{
	_cleanup_(buf_release) struct buf name = BUF_INIT;
	struct io_stat st;
	bool is_new;

	buf_addf(&name, "%s" SPOOL_JSON, id->s);
	/* new/ first: whoever is moved in the meantime is found at the other end. */
	is_new = r->io->ops->stat(r->io, r->spool_new, name.p, &st) == 0;
	if (r->io->ops->stat(r->io, r->spool_done, name.p, &st) == 0)
		return SPOOL_DONE;
	if (r->io->ops->stat(r->io, r->spool_refused, name.p, &st) == 0)
		return SPOOL_REFUSED;
	return is_new ? SPOOL_NEW : SPOOL_NOWHERE;
}

bool
spool_is_filed(struct root *r, const char *name)
{
	struct io_stat st;

	if (r->io->ops->stat(r->io, r->spool_new, name, &st) < 0)
		return false;
	return spool_is_same(r->io, r->spool_done, name, &st) ||
	       spool_in_refused(r, name, &st, NULL);
}

int
spool_is_from_tmp(struct root *r, const char *name, const struct io_stat *st, struct err *err)
{
	_cleanup_(strvec_release) struct strvec names = STRVEC_INIT;
	size_t len = strlen(name) - (spool_ends(name, SPOOL_JSON) ? strlen(SPOOL_JSON) : 0);

	int e = file_list(r->io, r->spool_tmp, &names, err);
	struct io_stat tmp;

	for (size_t i = 0; e == 0 && i < names.n; i++) {
		if (strncmp(names.v[i], name, len) != 0 || names.v[i][len] != '.')
			continue;
		e = r->io->ops->stat(r->io, r->spool_tmp, names.v[i], &tmp);
		if (e == 0 && tmp.dev == st->dev && tmp.inode == st->inode)
			return 1;
		e = e == 0 || e == -ENOENT ? 0 : err_sys(err, -e, "cannot look at spool/tmp");
	}
	return e;
}

static int
spool_sweep_new(struct root *r, struct err *err)
{
	_cleanup_(strvec_release) struct strvec names = STRVEC_INIT;
	int e = file_list(r->io, r->spool_new, &names, err);
	struct io_stat st;

	if (e < 0)
		return e;
	for (size_t i = 0; i < names.n; i++) {
		if (r->io->ops->stat(r->io, r->spool_new, names.v[i], &st) < 0)
			continue; /* gone meanwhile: nothing to sweep */
		if (!st.is_regular || st.links < 2 || !spool_is_filed(r, names.v[i]))
			continue;
		/* Its other name may not be durable: the sync was not reached. */
		e = file_sync_dir(r->io, r->spool_done, err);
		if (e == 0)
			e = file_sync_dir(r->io, r->spool_refused, err);
		if (e < 0)
			return e;
		(void)r->io->ops->unlink(r->io, r->spool_new, names.v[i], false); /* or next time */
	}
	return 0;
}

/* What somebody began to write long ago; prefix: only names that begin so.  A second name of what was
 * published goes at once: a power cut kept both ends of the rename, and with two names it would not be
 * read. */
static int
spool_sweep_old(struct root *r, int dir, const char *prefix, int64_t now_wall_ms, struct err *err)
{
	_cleanup_(strvec_release) struct strvec names = STRVEC_INIT;
	int e = file_list(r->io, dir, &names, err);
	struct io_stat st;

	if (e < 0)
		return e;
	for (size_t i = 0; i < names.n; i++) {
		if (!str_starts(str_of(names.v[i]), prefix) ||
		    r->io->ops->stat(r->io, dir, names.v[i], &st) < 0 || st.is_dir)
			continue; /* gone meanwhile, or nothing of ours */
		if (now_wall_ms - st.mtime_ms > SPOOL_TMP_AGE_MS || st.links > 1)
			(void)r->io->ops->unlink(r->io, dir, names.v[i], false); /* or next time */
	}
	return 0;
}

int
spool_sweep(struct root *r, int64_t now_wall_ms, struct err *err)
{
	int e = spool_sweep_old(r, r->spool_tmp, "", now_wall_ms, err);

	/* Not of the spool, but written by whoever comes, as well. */
	if (e == 0)
		e = spool_sweep_old(r, r->control, FILE_TMP_PREFIX, now_wall_ms, err);
	if (e == 0)
		e = spool_sweep_old(r, r->dir, FILE_TMP_PREFIX, now_wall_ms, err);
	if (e == 0)
		e = spool_sweep_new(r, err);
	if (e == 0)
		e = spool_sweep_refused(r, err);
	if (e < 0)
		(void)err_prefix(err, "cannot tidy up the spool of %s", r->path);
	return e;
}
