/* SPDX-License-Identifier: GPL-2.0-only */
#include "base/base.h"
#include "run/handover.h"

#include <errno.h>
#include <fcntl.h>

#include "sys/lock.h"

#define HANDOVER_SELF "/proc/self/exe"

const char *const handover_names[] = { "REEVE_STATE", "REEVE_TICKET", "REEVE_EPISODE", "REEVE_ROLE",
	"REEVE_NONCE", "REEVE_BRIEF", "REEVE_WORKTREE", NULL };

static void
handover_set(const char *name, const char *value)
{
	if (setenv(name, value, 1) < 0)
		BUG("cannot set %s: %s", name, strerror(errno)); /* out of memory */
}

/* The role is the supervisor's to say: it is among the variables of spec.json. */
const char *
handover_role(const struct launch *l)
{
	static const char name[] = "REEVE_ROLE=";
	const char *role = "";

	for (size_t i = 0; i < l->env.n; i++) {
		if (str_starts(str_of(l->env.v[i]), name))
			role = l->env.v[i] + sizeof name - 1;
	}
	return role;
}

void
handover_identity(const struct claim *c)
{
	_cleanup_(buf_release) struct buf brief = BUF_INIT;
	char text[64];

	handover_set("REEVE_STATE", c->state);
	snprintf(text, sizeof text, "%u", c->episode.ticket.n);
	handover_set("REEVE_TICKET", text);
	snprintf(text, sizeof text, "%u.%u", c->episode.ticket.n, c->episode.n);
	handover_set("REEVE_EPISODE", text);
	handover_set("REEVE_ROLE", handover_role(&c->launch));
	(void)unsetenv("REEVE_NONCE"); /* one that leaked from another launcher */
	claim_brief_path(c, &brief);
	handover_set("REEVE_BRIEF", brief.p);
	handover_set("REEVE_WORKTREE", c->launch.worktree);
}

static void
handover_environment(const struct claim *c)
{
	char text[64];

	handover_identity(c);
	handover_set("REEVE_NONCE", c->nonce);
	snprintf(text, sizeof text, "%d %d %d", (int)getpid(), c->ticket_lock, c->lock);
	handover_set(HANDOVER_MARK, text);
#ifdef REEVE_TEST_HOOKS
	{
		/* The steps are counted through both images. */
		const char *at = getenv("REEVE_CRASH_AT");
		uint64_t n;

		if (at != NULL && str_u64(str_of(at), &n) && n > io_crash_steps()) {
			snprintf(
			    text, sizeof text, "%llu", (unsigned long long)(n - io_crash_steps()));
			handover_set("REEVE_CRASH_AT", text);
		}
	}
#endif
}

enum run_exit
handover_exec(struct claim *c, char **argv, struct err *err)
{
	handover_environment(c);
	if (lock_inherit(c->ticket_lock, err) < 0 || lock_inherit(c->lock, err) < 0)
		return RUN_IO;
	(void)execv(HANDOVER_SELF, argv);
	(void)err_sys(err, errno, "cannot execute " HANDOVER_SELF " again; is /proc mounted?");
	return RUN_IO;
}

/* The three numbers of the marker. */
static bool
handover_parse(struct str mark, uint32_t ret[3])
{
	for (int i = 0; i < 3; i++) {
		struct str word;

		(void)str_cut(&mark, ' ', &word);
		if (!str_u32(word, &ret[i]) || ret[i] > INT32_MAX)
			return false;
	}
	return mark.len == 0;
}

bool
handover_is_due(void)
{
	const char *mark = getenv(HANDOVER_MARK);
	uint32_t number[3];

	if (mark == NULL)
		return false;
	if (handover_parse(str_of(mark), number) && (pid_t)number[0] == getpid())
		return true;
	/* It leaked from another launcher, and means nothing here. */
	(void)unsetenv(HANDOVER_MARK);
	return false;
}

static int
handover_lock(struct claim *c, int fd, int dir, const char *name, struct err *err)
{
	struct io_stat held, named;
	int r = c->io->ops->fstat(c->io, fd, &held);

	if (r == 0)
		r = c->io->ops->stat(c->io, dir, name, &named);
	if (r < 0)
		return err_sys(err, -r, "cannot look at the lock %s that was handed over", name);
	if (held.dev != named.dev || held.inode != named.inode)
		return err_set(err, ERR_CONFLICT,
		    "descriptor %d is not the lock %s; somebody replaced the file", fd, name);
	if (fcntl(fd, F_SETFD, FD_CLOEXEC) < 0)
		return err_sys(err, errno, "cannot keep the lock %s to this process", name);
	return 0;
}

enum run_exit
handover_take(struct claim *c, struct err *err)
{
	const char *mark = getenv(HANDOVER_MARK), *nonce = getenv("REEVE_NONCE");
	struct nonce parsed;
	uint32_t number[3];

	if (mark == NULL || !handover_parse(str_of(mark), number))
		BUG("handover_take() without handover_is_due()");
	(void)unsetenv(HANDOVER_MARK);
	c->ticket_lock = (int)number[1];
	c->lock = (int)number[2];
	if (handover_lock(c, c->ticket_lock, c->state_dir, c->ticket_lock_name, err) < 0 ||
	    handover_lock(c, c->lock, c->dir, CLAIM_LOCK, err) < 0)
		return RUN_IO;
	if (nonce == NULL || !nonce_parse(str_of(nonce), &parsed)) {
		(void)err_set(err, ERR_INVALID, "the nonce was lost on the way");
		return RUN_BAD;
	}
	nonce_wipe(&parsed);
	memcpy(c->nonce, nonce, sizeof c->nonce);
	return claim_read_spec(c, err);
}
