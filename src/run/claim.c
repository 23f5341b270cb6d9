/* SPDX-License-Identifier: GPL-2.0-only */
#include "base/base.h"
#include "run/claim.h"

#include "sys/file.h"
#include "sys/lock.h"

#define CLAIM_SPEC_MAX ((size_t)4 << 20)

void
claim_release(struct claim *c)
{
	io_close(c->io, c->lock);
	io_close(c->io, c->ticket_lock);
	io_close(c->io, c->dir);
	io_close(c->io, c->state_dir);
	launch_release(&c->launch);
	free(c->ticket_lock_name);
	free(c->state);
	explicit_bzero(c->nonce, sizeof c->nonce);
	*c = (struct claim)CLAIM_INIT;
}

void
claim_brief_path(const struct claim *c, struct buf *ret)
{
	buf_addf(ret, "%s/tickets/%u/episodes/%u/" CLAIM_BRIEF, c->state, c->episode.ticket.n,
	    c->episode.n);
}

enum run_exit
claim_open(struct claim *c, struct io *io, const char *state, const char *episode, struct err *err)
{
	_cleanup_(buf_release) struct buf name = BUF_INIT;
	size_t len = strlen(state);

	c->io = io;
	/* The agent is told this path, and works elsewhere. */
	if (state[0] != '/') {
		(void)err_set(err, ERR_INVALID,
		    "the state directory must be given as an absolute path, not \"%s\"", state);
		return RUN_USAGE;
	}
	if (!episode_id_parse(str_of(episode), &c->episode)) {
		(void)err_set(err, ERR_INVALID,
		    "\"%s\" names no episode; one is written as ticket.number, such as 12.3",
		    episode);
		return RUN_USAGE;
	}
	while (len > 1 && state[len - 1] == '/')
		len--;
	c->state = xstrndup(state, len);
	c->state_dir = file_open_dir(io, IO_CWD, c->state, err);
	if (c->state_dir < 0)
		return RUN_IO;
	buf_addf(&name, "tickets/%u/" CLAIM_LOCK, c->episode.ticket.n);
	c->ticket_lock_name = buf_take(&name);
	buf_addf(&name, "tickets/%u/episodes/%u", c->episode.ticket.n, c->episode.n);
	c->dir = file_open_dir(io, c->state_dir, name.p, err);
	if (c->dir < 0)
		return c->dir == ERR_NOTFOUND ? RUN_NOTHING : RUN_IO;
	return RUN_OK;
}

enum run_exit
claim_read_spec(struct claim *c, struct err *err)
{
	_cleanup_(buf_release) struct buf text = BUF_INIT;
	int r = file_read(c->io, c->dir, CLAIM_SPEC, CLAIM_SPEC_MAX, &text, err);

	if (r < 0)
		return r == ERR_IO ? RUN_IO : RUN_BAD;
	if (launch_load(buf_str(&text), &c->launch, err) < 0) {
		(void)err_prefix(err, CLAIM_SPEC);
		return RUN_BAD;
	}
	if (c->launch.argv.n == 0 || c->launch.argv.v[0][0] == '\0') {
		(void)err_set(err, ERR_INVALID, CLAIM_SPEC ": argv names no program");
		return RUN_BAD;
	}
	if (c->launch.worktree == NULL || c->launch.worktree[0] != '/') {
		(void)err_set(err, ERR_INVALID, CLAIM_SPEC ": worktree is no absolute path");
		return RUN_BAD;
	}
	return RUN_OK;
}

static enum run_exit
claim_is_gone(const struct claim *c, struct err *err)
{
	(void)err_set(err, ERR_NOTFOUND,
	    "there is nothing to start: the token of this episode was %s; a new episode is started "
	    "with `reeve start %u`",
	    file_exists(c->io, c->dir, CLAIM_CLAIMED) ? "used before" : "taken back",
	    c->episode.ticket.n);
	return RUN_NOTHING;
}

static enum run_exit
claim_lock(struct claim *c, int dir, const char *name, int *ret_fd, struct err *err)
{
	_cleanup_(buf_release) struct buf note = BUF_INIT;
	int fd;

	lock_note(&note);
	fd = lock_take(c->io, dir, name, note.p, NULL, err);
	if (fd < 0) {
		(void)err_prefix(err,
		    fd == ERR_BUSY ? "something of ticket %u still lives" : "ticket %u",
		    c->episode.ticket.n);
		return fd == ERR_BUSY ? RUN_BUSY : RUN_IO;
	}
	*ret_fd = fd;
	return RUN_OK;
}

enum run_exit
claim_ask_switch(struct claim *c, struct err *err)
{
	static const char *const names[] = { "kill", "stop" };
	struct err why = ERR_INIT;
	int control = file_open_dir(c->io, c->state_dir, "control", &why);
	enum run_exit answer = RUN_OK;

	if (control < 0) {
		(void)err_set(err, ERR_BUSY,
		    "nothing is started: the kill switch cannot be looked at: %s", why.text);
		return RUN_PAUSED;
	}
	for (size_t i = 0; i < ARRAY_LEN(names) && answer == RUN_OK; i++) {
		if (!file_exists(c->io, control, names[i]))
			continue;
		(void)err_set(err, ERR_BUSY,
		    "nothing is started: control/%s is set; `reeve resume` clears it", names[i]);
		answer = RUN_PAUSED;
	}
	io_close(c->io, control);
	return answer;
}

/* L5: afterwards the nonce is in this process and nowhere in the store. */
static enum run_exit
claim_read_nonce(struct claim *c, struct err *err)
{
	_cleanup_(buf_release) struct buf text = BUF_INIT;
	struct nonce nonce;
	int fd = c->io->ops->open(c->io, c->dir, CLAIM_CLAIMED, IO_READ | IO_WRITE), r;
	bool is_good;

	if (fd < 0) {
		(void)err_sys(err, -fd, "cannot open " CLAIM_CLAIMED);
		return RUN_IO;
	}
	r = file_read_fd(c->io, fd, sizeof c->nonce, &text, err);
	is_good = r == 0 && text.len == sizeof c->nonce && text.p[text.len - 1] == '\n' &&
		  nonce_parse(str_n(text.p, text.len - 1), &nonce);
	if (is_good)
		memcpy(c->nonce, text.p, sizeof c->nonce - 1);
	nonce_wipe(&nonce);
	if (text.cap > 0)
		explicit_bzero(text.p, text.cap);
	if (r < 0) {
		io_close(c->io, fd);
		(void)err_prefix(err, CLAIM_CLAIMED);
		return r == ERR_LIMIT ? RUN_BAD : RUN_IO;
	}
	r = c->io->ops->truncate(c->io, fd, 0);
	if (r == 0)
		r = c->io->ops->fsync(c->io, fd);
	io_close(c->io, fd);
	if (r == 0)
		r = c->io->ops->fsync(c->io, c->dir);
	if (r < 0) {
		(void)err_sys(err, -r, "cannot empty " CLAIM_CLAIMED " for good");
		return RUN_IO;
	}
	if (!is_good) {
		(void)err_set(err, ERR_INVALID,
		    "the token holds no nonce (64 hex digits and a newline); the episode is spent");
		return RUN_BAD;
	}
	return RUN_OK;
}

/* L4, L5: the rename decides who starts it. */
static enum run_exit
claim_token(struct claim *c, struct err *err)
{
	int r = file_rename(c->io, c->dir, CLAIM_TOKEN, c->dir, CLAIM_CLAIMED, false, err);

	if (r == ERR_NOTFOUND || r == ERR_CONFLICT)
		return claim_is_gone(c, err);
	if (r < 0)
		return RUN_IO;
	return claim_read_nonce(c, err);
}

enum run_exit
claim_take(struct claim *c, struct err *err)
{
	enum run_exit r = RUN_OK;

	/* A session restorer runs old command lines again: it is sent away before it takes a lock that a
	 * new episode may want in this moment.  Only a hint: L4 decides. */
	if (!file_exists(c->io, c->dir, CLAIM_TOKEN))
		return claim_is_gone(c, err);
	r = claim_lock(c, c->state_dir, c->ticket_lock_name, &c->ticket_lock, err); /* L1 */
	if (r == RUN_OK)
		r = claim_lock(c, c->dir, CLAIM_LOCK, &c->lock, err); /* L2 */
	if (r == RUN_OK)
		r = claim_read_spec(c, err);
	if (r == RUN_OK)
		r = claim_ask_switch(c, err); /* L3 */
	if (r == RUN_OK)
		r = claim_token(c, err); /* L4, L5 */
	return r;
}
