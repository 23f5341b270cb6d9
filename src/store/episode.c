/* SPDX-License-Identifier: GPL-2.0-only */
#include "base/base.h"

#include "store/episode.h"

#include <errno.h>

#include "sys/file.h"
#include "sys/lock.h"

void
episode_path(struct root *r, struct episode_id ep, const char *name, struct buf *ret)
{
	buf_addf(ret, "%s/tickets/%u/episodes/%u", r->path, ep.ticket.n, ep.n);
	if (name != NULL)
		buf_addf(ret, "/%s", name);
}

/* A name below tickets/; `name` is of the episode's directory, NULL: the directory. */
struct episode_name {
	char s[120];
};

static struct episode_name
episode_name(struct episode_id ep, const char *name)
{
	struct episode_name n;
	int len = snprintf(n.s, sizeof n.s, "%u/episodes/%u%s%s", ep.ticket.n, ep.n,
	    name != NULL ? "/" : "", name != NULL ? name : "");

	if (len < 0 || (size_t)len >= sizeof n.s)
		BUG("an episode has no file of such a long name");
	return n;
}

static bool
episode_has(struct root *r, struct episode_id ep, const char *name)
{
	return file_exists(r->io, r->tickets, episode_name(ep, name).s);
}

static int
episode_open(struct root *r, struct episode_id ep, struct err *err)
{
	return file_open_dir(r->io, r->tickets, episode_name(ep, NULL).s, err);
}

static int
episode_sync(struct root *r, const char *name, struct err *err)
{
	int dir = file_open_dir(r->io, r->tickets, name, err), e;

	if (dir < 0)
		return dir;
	e = file_sync_dir(r->io, dir, err);
	io_close(r->io, dir);
	return e;
}

/* The directory, and those above it up to the ticket's. */
static int
episode_make_dir(struct root *r, struct episode_id ep, struct err *err)
{
	char ticket[20], episodes[40];
	int e;

	snprintf(ticket, sizeof ticket, "%u", ep.ticket.n);
	snprintf(episodes, sizeof episodes, "%u/episodes", ep.ticket.n);
	if (!file_exists(r->io, r->tickets, ticket))
		return err_set(
		    err, ERR_NOTFOUND, "there is no ticket %u. See `reeve ls`", ep.ticket.n);
	e = file_ensure_dir(r->io, r->tickets, episodes, err);
	if (e == 0)
		e = file_ensure_dir(r->io, r->tickets, episode_name(ep, NULL).s, err);
	if (e == 0)
		e = episode_sync(r, episodes, err);
	if (e == 0)
		e = episode_sync(r, ticket, err);
	return e;
}

static int
episode_check_fresh(struct root *r, struct episode_id ep, struct err *err)
{
	const char *const names[] = { EPISODE_TOKEN, EPISODE_CLAIMED, EPISODE_REVOKED };

	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (episode_has(r, ep, names[i]))
			return err_set(err, ERR_CONFLICT,
			    "episode %u.%u has the file `%s` already; it cannot begin again",
			    ep.ticket.n, ep.n, names[i]);
	return 0;
}

/* A lock file is made once and stays: its inode is what is locked. */
static int
episode_make_lock(struct root *r, const char *name, struct err *err)
{
	int fd;

	if (file_exists(r->io, r->tickets, name))
		return 0;
	fd = r->io->ops->open(r->io, r->tickets, name, IO_WRITE | IO_ENSURE);
	if (fd < 0)
		return err_sys(err, -fd, "cannot make the lock file tickets/%s", name);
	io_close(r->io, fd);
	return 0;
}

/* What a crash left, perhaps of a token, under a temporary name. */
static void
episode_sweep(struct root *r, int dir)
{
	_cleanup_(strvec_release) struct strvec names = STRVEC_INIT;

	if (file_list(r->io, dir, &names, NULL) < 0)
		return; /* courtesy only: no launcher looks for such a name */
	for (size_t i = 0; i < names.n; i++)
		if (str_starts(str_of(names.v[i]), FILE_TMP_PREFIX))
			(void)r->io->ops->unlink(r->io, dir, names.v[i], false);
}

static int
episode_sweep_name(struct root *r, struct episode_id ep, struct err *err)
{
	int dir = episode_open(r, ep, err);

	if (dir < 0)
		return dir;
	episode_sweep(r, dir);
	io_close(r->io, dir);
	return 0;
}

int
episode_prepare(
    struct root *r, struct episode_id ep, struct str spec_json, struct str brief, struct err *err)
{
	char lock[40];
	int e = episode_check_fresh(r, ep, err);

	snprintf(lock, sizeof lock, "%u/lock", ep.ticket.n);
	if (e == 0)
		e = episode_make_dir(r, ep, err);
	if (e == 0)
		e = episode_sweep_name(r, ep, err);
	if (e == 0)
		e = episode_write(r, ep, EPISODE_SPEC, spec_json, err);
	if (e == 0)
		e = episode_write(r, ep, EPISODE_BRIEF, brief, err);
	if (e == 0)
		e = episode_make_lock(r, episode_name(ep, EPISODE_LOCK).s, err);
	if (e == 0)
		e = episode_make_lock(r, lock, err);
	if (e == 0)
		e = episode_sync(r, episode_name(ep, NULL).s, err);
	if (e < 0)
		(void)err_prefix(err, "cannot prepare episode %u.%u", ep.ticket.n, ep.n);
	return e;
}

int
episode_arm(struct root *r, struct episode_id ep, const struct nonce *nonce, struct err *err)
{
	_cleanup_(buf_release) struct buf text = BUF_INIT;
	int e = episode_check_fresh(r, ep, err);

	if (e < 0)
		return e;
	buf_grow(
	    &text, (size_t)2 * NONCE_BYTES + 2); /* at once: no copy stays behind in the heap */
	nonce_add_hex(&text, nonce);
	buf_addch(&text, '\n');
	e = file_create(r->io, r->tickets, episode_name(ep, EPISODE_TOKEN).s, buf_str(&text), err);
	explicit_bzero(text.p, text.len);
	if (e < 0)
		(void)err_prefix(err, "cannot let episode %u.%u start", ep.ticket.n, ep.n);
	return e;
}

/* --- revoke --- */

/* The nonce of a revoked token is worth nothing; nobody is to wonder. */
static void
episode_empty(struct root *r, int dir)
{
	int fd = r->io->ops->open(r->io, dir, EPISODE_REVOKED, IO_WRITE);

	if (fd < 0)
		return;
	(void)r->io->ops->truncate(r->io, fd, 0);
	io_close(r->io, fd);
}

static int
episode_is_claimed(struct episode_id ep, struct err *err)
{
	return err_set(
	    err, ERR_CONFLICT, "episode %u.%u cannot be revoked: it is claimed", ep.ticket.n, ep.n);
}

/* There was no token to rename. */
static int
episode_revoke_bare(struct root *r, int dir, struct episode_id ep, struct err *err)
{
	int fd;

	if (file_exists(r->io, dir, EPISODE_CLAIMED))
		return episode_is_claimed(ep, err);
	if (file_exists(r->io, dir, EPISODE_REVOKED))
		return 0;
	fd = r->io->ops->open(r->io, dir, EPISODE_REVOKED, IO_WRITE | IO_CREATE);
	if (fd < 0)
		return err_sys(err, -fd, "cannot make the file `revoked`");
	io_close(r->io, fd);
	return 0;
}

static int
episode_revoke_in(struct root *r, int dir, struct episode_id ep, struct err *err)
{
	int e = r->io->ops->rename(r->io, dir, EPISODE_TOKEN, dir, EPISODE_REVOKED, false);

	if (e == -EEXIST) {
		/* Both are there, which we never make: the rename is decided by removing. */
		e = r->io->ops->unlink(r->io, dir, EPISODE_TOKEN, false);
		if (e == 0 && file_exists(r->io, dir, EPISODE_CLAIMED))
			return episode_is_claimed(ep, err);
	}
	if (e == -ENOENT)
		e = episode_revoke_bare(r, dir, ep, err);
	else if (e < 0)
		e = err_sys(err, -e, "cannot rename the token");
	if (e == 0)
		e = file_sync_dir(r->io, dir, err);
	if (e < 0)
		return e;
	episode_empty(r, dir);
	episode_sweep(r, dir);
	return 0;
}

int
episode_revoke(struct root *r, struct episode_id ep, struct err *err)
{
	struct err why = ERR_INIT;
	int dir = episode_open(r, ep, &why), e = dir;

	if (dir == ERR_NOTFOUND) {
		e = episode_make_dir(r, ep, &why);
		if (e == 0)
			e = dir = episode_open(r, ep, &why);
	}
	if (dir >= 0) {
		e = episode_revoke_in(r, dir, ep, &why);
		io_close(r->io, dir);
	}
	if (e == ERR_CONFLICT)
		return err_set(err, e, "%s", why.text);
	if (e < 0)
		return err_set(
		    err, e, "cannot revoke episode %u.%u: %s", ep.ticket.n, ep.n, why.text);
	return 0;
}

/* --- look --- */

static enum probe
episode_probe(struct root *r, const char *name, int *errnum)
{
	int why = 0;
	enum probe p = r->io->ops->probe(r->io, r->tickets, name, &why);

	if (p != PROBE_UNKNOWN)
		return p;
	if (why == ENOENT)
		return PROBE_FREE; /* whoever takes it makes it first */
	*errnum = why;
	return p;
}

static bool
episode_see(struct root *r, struct episode_id ep, const char *name, struct episode_seen *seen)
{
	struct io_stat st;
	int e = r->io->ops->stat(r->io, r->tickets, episode_name(ep, name).s, &st);

	seen->is_unclear |= e < 0 && e != -ENOENT;
	return e != -ENOENT;
}

void
episode_look(struct root *r, struct episode_id ep, struct episode_seen *ret)
{
	struct io_stat st;
	char lock[40];

	*ret = (struct episode_seen){ 0 };
	snprintf(lock, sizeof lock, "%u/lock", ep.ticket.n);
	ret->has_dir = episode_see(r, ep, NULL, ret);
	ret->has_token = episode_see(r, ep, EPISODE_TOKEN, ret);
	ret->has_claimed = episode_see(r, ep, EPISODE_CLAIMED, ret);
	ret->has_revoked = episode_see(r, ep, EPISODE_REVOKED, ret);
	/* Renamed between the two looks: not both. */
	if (ret->has_token && (ret->has_claimed || ret->has_revoked))
		ret->has_token = episode_see(r, ep, EPISODE_TOKEN, ret);
	ret->launcher = episode_probe(r, episode_name(ep, EPISODE_LOCK).s, &ret->probe_errno);
	ret->ticket = episode_probe(r, lock, &ret->probe_errno);
	/* Somebody removed the name of the lock under a launcher; that holds the ticket's lock, too.  One that was
	 * revoked never had a launcher: who holds that lock is of another episode. */
	if (ret->launcher == PROBE_FREE && !ret->has_revoked &&
	    !episode_see(r, ep, EPISODE_LOCK, ret))
		ret->launcher = ret->ticket;
	ret->has_started = episode_see(r, ep, EPISODE_STARTED, ret);
	ret->has_running = episode_see(r, ep, EPISODE_RUNNING, ret);
	ret->has_exit = episode_see(r, ep, EPISODE_EXIT, ret);
	if (r->io->ops->stat(r->io, r->tickets, lock, &st) == 0) {
		ret->lock_dev = st.dev;
		ret->lock_inode = st.inode;
	}
}

int
episode_settle(struct root *r, struct episode_id ep, struct err *err)
{
	int e = episode_sync(r, episode_name(ep, NULL).s, err);

	if (e < 0)
		(void)err_prefix(err, "episode %u.%u", ep.ticket.n, ep.n);
	return e;
}

int
episode_read(struct root *r, struct episode_id ep, const char *name, size_t max, struct buf *ret,
    struct err *err)
{
	int dir = file_open_dir(r->io, r->tickets, episode_name(ep, NULL).s, err), e = dir;

	if (dir >= 0) { /* its worker can put anything there */
		e = file_read_plain(r->io, dir, name, max, ret, err);
		io_close(r->io, dir);
	}
	if (e < 0)
		(void)err_prefix(err, "episode %u.%u", ep.ticket.n, ep.n);
	return e;
}

int
episode_write(
    struct root *r, struct episode_id ep, const char *name, struct str bytes, struct err *err)
{
	int e = file_replace(r->io, r->tickets, episode_name(ep, name).s, bytes, err);

	if (e == ERR_NOTFOUND && episode_make_dir(r, ep, err) == 0) /* removed by hand */
		e = file_replace(r->io, r->tickets, episode_name(ep, name).s, bytes, err);
	if (e < 0)
		(void)err_prefix(err, "episode %u.%u", ep.ticket.n, ep.n);
	return e;
}

int
episode_add_file(
    struct root *r, struct episode_id ep, const char *name, struct str bytes, struct err *err)
{
	struct episode_name dir = episode_name(ep, EPISODE_FILES);
	_cleanup_(buf_release) struct buf path = BUF_INIT;
	int e = file_ensure_dir(r->io, r->tickets, dir.s, err);

	if (e == 0)
		e = episode_sync(r, episode_name(ep, NULL).s, err);
	buf_addf(&path, "%s/%s", dir.s, name);
	if (e == 0)
		e = file_replace(r->io, r->tickets, path.p, bytes, err);
	if (e < 0)
		(void)err_prefix(err, "episode %u.%u", ep.ticket.n, ep.n);
	return e;
}

int
episode_launcher(struct root *r, struct episode_id ep, pid_t *ret_pid, uint64_t *ret_start)
{
	_cleanup_(buf_release) struct buf note = BUF_INIT;
	int e = episode_read(r, ep, EPISODE_LOCK, 512, &note, NULL);

	if (e < 0)
		return e;
	return lock_note_parse(buf_str(&note), ret_pid, ret_start) ? 0 : ERR_NOTFOUND;
}
