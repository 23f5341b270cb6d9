/* SPDX-License-Identifier: GPL-2.0-only */
#include "base/base.h"

#include "effect/teardown.h"

#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "base/clean.h"
#include "codec/words.h"
#include "sys/file.h"
#include "sys/git_env.h"
#include "sys/log.h"
#include "sys/proc.h"

#define TEARDOWN_OUTPUT  ((size_t)256 * 1024)
#define TEARDOWN_SHOWN   ((size_t)2000) /* bytes of its end, in the log */
#define TEARDOWN_ROUNDS  20             /* of SIGKILL */
#define TEARDOWN_WAIT_MS 500

static const struct teardown *teardown;

void
teardown_set(const struct teardown *t)
{
	teardown = t;
}

static void
teardown_env(const char *name, const char *value)
{
	if (setenv(name, value, 1) < 0)
		BUG("cannot set %s", name); /* out of memory */
}

static void
teardown_environment(const struct teardown *t, const char *worktree)
{
	/* of whoever started the supervisor */
	static const char *const foreign[] = { "REEVE_NONCE", "REEVE_EPISODE", "REEVE_BRIEF",
		"REEVE_PORT" };
	const char *value = t->tag ? strchr(t->tag, '=') : NULL;
	char number[16];

	git_env_forget();
	for (size_t i = 0; i < ARRAY_LEN(foreign); i++)
		(void)unsetenv(foreign[i]);
	teardown_env("REEVE_STATE", t->state);
	teardown_env("REEVE_WORKTREE", worktree);
	teardown_env("REEVE_ROLE", t->is_reviewer ? "reviewer" : "author");
	(void)snprintf(number, sizeof number, "%u", t->ticket.n);
	teardown_env("REEVE_TICKET", number);
	(void)snprintf(number, sizeof number, "%u", t->port);
	if (t->port > 0)
		teardown_env("REEVE_PORT", number);
	if (value) { /* so that everybody who looks for left-overs finds these, too */
		_cleanup_(free_charp) char *name = xstrndup(t->tag, (size_t)(value - t->tag));

		teardown_env(name, value + 1);
	}
}

/* Whatever it started is a child of ours by now, or carries the tag. */
static void
teardown_end(const struct teardown *t)
{
	for (unsigned i = 0; i < TEARDOWN_ROUNDS; i++) {
		_cleanup_(pids_release) struct pids left = { NULL, 0, 0 };

		while (waitpid(-1, NULL, WNOHANG) > 0)
			;
		(void)proc_descendants(
		    getpid(), &left, NULL); /* none seen: the tag is looked for */
		for (size_t k = 0; k < left.n; k++) {
			_cleanup_(close_fd) int fd =
			    proc_open(left.v[k], proc_start_time(left.v[k]), NULL);
			struct pollfd p = { .fd = fd, .events = POLLIN };

			if (fd >= 0 && proc_signal(fd, SIGKILL, NULL) == 0)
				(void)poll(&p, 1, TEARDOWN_WAIT_MS);
		}
		if (left.n == 0 && (!t->tag || proc_kill_tagged(t->tag, SIGKILL, NULL, NULL) <= 0))
			return;
	}
}

static void
teardown_say(const struct teardown *t, const char *worktree, const char *why, struct str out)
{
	_cleanup_(buf_release) struct buf shown = BUF_INIT, line = BUF_INIT;

	while (out.len > 0 && out.p[out.len - 1] == '\n')
		out.len--;
	if (out.len > TEARDOWN_SHOWN)
		out = str_n(out.p + out.len - TEARDOWN_SHOWN, TEARDOWN_SHOWN);
	clean_add_line(&shown, out, 0);
	clean_add_line(&line, str_of(t->command), 200);
	log_line(LOG_WARN, "ticket %u: the teardown of %s (%s) failed, and it goes without: %s%s%s",
	    t->ticket.n, worktree, line.p, why, shown.len > 0 ? "; it printed: " : "",
	    shown.len > 0 ? shown.p : "");
}

bool
teardown_run(const char *worktree)
{
	const struct teardown *t = teardown;
	_cleanup_(strvec_release) struct strvec argv = STRVEC_INIT;
	_cleanup_(buf_release) struct buf out = BUF_INIT;
	struct err err = ERR_INIT;
	int status = 0;

	if (!t || !t->command)
		return false;
	(void)prctl(PR_SET_CHILD_SUBREAPER, 1); /* without it the tag has to do */
	teardown_environment(t, worktree);
	if (words_split(str_of(t->command), &argv, &err) < 0 ||
	    proc_run(&argv, worktree, TEARDOWN_MS, TEARDOWN_OUTPUT, &out, &status, &err) < 0 ||
	    status != 0)
		teardown_say(t, worktree, err.text, buf_str(&out));
	teardown_end(t);
	return true;
}
