/* SPDX-License-Identifier: GPL-2.0-only */
#include "base/base.h"

#include "cli/cli_identity.h"

#include "sys/file.h"
#include "sys/proc.h"

#define LAUNCHER       "reeve-run"
#define NONCE_FILE_MAX 200

/* From the environment, else from the launcher's; false: neither has it. */
static bool
identity_variable(const char *name, struct buf *ret)
{
	const char *own = getenv(name);

	if (own != NULL && own[0] != '\0') {
		buf_adds(ret, own);
		return true;
	}
	return proc_ancestor_env(LAUNCHER, name, ret, NULL) == 0 && ret->len > 0;
}

static int
identity_missing(const char *name, const char *option, struct err *err)
{
	return err_set(err, ERR_NOTFOUND,
	    "no worker is speaking: $%s is not set, and no reeve-run is above this process. "
	    "Reports "
	    "are made inside a worker; from elsewhere give %s",
	    name, option);
}

static int
identity_nonce(const struct identity_options *o, struct nonce *ret, struct err *err)
{
	_cleanup_(buf_release) struct buf b = BUF_INIT;
	bool is_good;
	int e = 0;

	if (o->nonce_file == NULL) {
		if (!identity_variable("REEVE_NONCE", &b))
			return identity_missing("REEVE_NONCE", "--ticket and --nonce-file", err);
	} else if (strcmp(o->nonce_file, "-") == 0) {
		e = file_read_fd(io_real(), STDIN_FILENO, NONCE_FILE_MAX, &b, err);
	} else {
		e = file_read(io_real(), IO_CWD, o->nonce_file, NONCE_FILE_MAX, &b, err);
	}
	if (e < 0) {
		(void)err_prefix(err, "the nonce from %s", o->nonce_file);
		return e;
	}
	while (b.len > 0 && (b.p[b.len - 1] == '\n' || b.p[b.len - 1] == '\r'))
		buf_truncate(&b, b.len - 1);
	is_good = nonce_parse(str_trim(buf_str(&b)), ret);
	explicit_bzero(b.p, b.len);
	return is_good
		   ? 0
		   : err_set(err, ERR_INVALID,
			 "the nonce is damaged: it has to be 64 hex digits, as $REEVE_NONCE was "
			 "given to the worker");
}

int
identity_find(const struct identity_options *o, struct identity *ret, struct err *err)
{
	_cleanup_(buf_release) struct buf ticket = BUF_INIT, episode = BUF_INIT, state = BUF_INIT;
	struct identity id = { 0 };
	int e;

	if (o->ticket != NULL)
		buf_adds(&ticket, o->ticket);
	else if (!identity_variable("REEVE_TICKET", &ticket))
		return identity_missing("REEVE_TICKET", "--ticket and --nonce-file", err);
	if (!ticket_id_parse(buf_str(&ticket), &id.ticket))
		return err_set(err, ERR_INVALID,
		    "\"%s\" is no number of a ticket, such as $REEVE_TICKET was given to the "
		    "worker",
		    ticket.p);
	if (o->episode != NULL)
		buf_adds(&episode, o->episode);
	else if (o->ticket == NULL)
		(void)identity_variable("REEVE_EPISODE", &episode); /* the nonce will tell */
	if (episode.len > 0 && !episode_id_parse(buf_str(&episode), &id.episode))
		return err_set(err, ERR_INVALID,
		    "\"%s\" is no episode, such as $REEVE_EPISODE was given to the worker "
		    "(\"12.3\")",
		    episode.p);
	e = identity_nonce(o, &id.nonce, err);
	(void)unsetenv("REEVE_NONCE"); /* EINVAL is impossible */
	if (e < 0)
		return e;
	if (getenv("REEVE_STATE") == NULL && identity_variable("REEVE_STATE", &state))
		(void)setenv("REEVE_STATE", state.p, 1); /* no memory: the default is tried */
	*ret = id;
	nonce_wipe(&id.nonce);
	return 0;
}

int
identity_episode(struct episode_id *ret, struct err *err)
{
	_cleanup_(buf_release) struct buf episode = BUF_INIT, state = BUF_INIT;

	if (!identity_variable("REEVE_EPISODE", &episode))
		return err_set(err, ERR_NOTFOUND, "this process is of no worker of reeve");
	if (!episode_id_parse(buf_str(&episode), ret))
		return err_set(err, ERR_INVALID, "$REEVE_EPISODE is no episode");
	if (getenv("REEVE_STATE") == NULL && identity_variable("REEVE_STATE", &state))
		(void)setenv("REEVE_STATE", state.p, 1); /* no memory: the default is tried */
	return 0;
}

void
identity_worktree(struct buf *ret)
{
	if (!identity_variable("REEVE_WORKTREE", ret))
		buf_adds(ret, ".");
}
