/* SPDX-License-Identifier: GPL-2.0-only */
#include "base/base.h"

#include "daemon/task_hook.h"

#include <sys/wait.h>

#include "base/clean.h"
#include "sys/git_env.h"
#include "sys/proc.h"

/* Of whoever started the supervisor: a worker's, maybe. */
static const char *const foreign[] = { "REEVE_NONCE", "REEVE_EPISODE", "REEVE_ROLE", "REEVE_TAG",
	"REEVE_BRIEF", "REEVE_WORKTREE", "REEVE_PORT" };

/* The process is ours alone: it ends with this work. */
static void
task_hook_env(const struct strvec *env)
{
	git_env_forget();
	for (size_t i = 0; i < ARRAY_LEN(foreign); i++)
		(void)unsetenv(foreign[i]);
	for (size_t i = 0; i < env->n; i++)
		if (putenv(env->v[i]) != 0)
			BUG("no room for a variable");
}

/* Both outputs in one, in the order in which they were written.  The words of the command are arguments here, and
 * nothing in them is read by the shell. */
static void
task_hook_argv(const struct strvec *argv, struct strvec *ret)
{
	strvec_push(ret, "/bin/sh");
	strvec_push(ret, "-c");
	strvec_push(ret, "exec \"$@\" 2>&1");
	strvec_push(ret, "landed");
	for (size_t i = 0; i < argv->n; i++)
		strvec_push(ret, argv->v[i]);
}

static void
task_hook_end(const char *program, int status, struct str output, struct buf *ret)
{
	struct str rest = output, line, last = STR("");

	while (str_cut(&rest, '\n', &line) || line.len > 0)
		if (str_trim(line).len > 0)
			last = str_trim(line);
	if (WIFSIGNALED(status))
		buf_addf(ret, "%s was ended by signal %d", program, WTERMSIG(status));
	else
		buf_addf(ret, "%s: exit status %d", program, WEXITSTATUS(status));
	if (status != 0 && last.len > 0) {
		buf_adds(ret, ": ");
		clean_add_line(ret, last, 200);
	}
	buf_addch(ret, '\n');
}

void
task_hook(const struct work *w, struct git_result *r)
{
	_cleanup_(strvec_release) struct strvec argv = STRVEC_INIT;
	_cleanup_(buf_release) struct buf output = BUF_INIT;
	struct err why = ERR_INIT;
	int status = 0;

	task_hook_env(w->env);
	task_hook_argv(w->argv, &argv);
	r->answer = GIT_ANSWER_BAD;
	if (proc_run(&argv, w->repo, TASK_HOOK_MS, TASK_HOOK_OUTPUT, &output, &status, &why) < 0) {
		buf_adds(&r->text, why.text);
		return;
	}
	if (status == 0)
		r->answer = GIT_ANSWER_OK;
	task_hook_end(w->argv->v[0], status, buf_str(&output), &r->text);
	clean_add(&r->text, buf_str(&output), true);
}
