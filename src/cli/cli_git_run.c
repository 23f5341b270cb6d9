/* SPDX-License-Identifier: GPL-2.0-only */
#include "base/base.h"

#include "cli/cli_git_run.h"

#include "base/buf.h"
#include "sys/git_env.h"
#include "sys/proc.h"

void
git_run_environment(void)
{
	git_env_forget();
	(void)setenv("GIT_OPTIONAL_LOCKS", "0", 1); /* looking writes nothing; no memory: it may */
	/* what a partial clone lacks is fetched by programs that the repository names: by no protocol at all */
	(void)setenv("GIT_ALLOW_PROTOCOL", "none", 1);
}

int
git_run(const struct git_run *run, const char *const *words, struct buf *ret, int *ret_status,
    struct err *err)
{
	static const char *const safe[] = { "git", "--no-pager", "--no-optional-locks",
		"--no-replace-objects", "-c", "core.fsmonitor=false", "-c",
		"core.hooksPath=/dev/null" };
	_cleanup_(strvec_release) struct strvec argv = STRVEC_INIT;
	int64_t ms = run->timeout_ms > 0 ? run->timeout_ms : GIT_RUN_MS;
	size_t max = run->max > 0 ? run->max : GIT_RUN_BYTES_MAX;

	git_run_environment();
	for (size_t i = 0; i < ARRAY_LEN(safe); i++)
		strvec_push(&argv, safe[i]);
	for (; *words != NULL; words++)
		strvec_push(&argv, *words);
	if (run->input.len == 0)
		return proc_run(&argv, run->path, ms, max, ret, ret_status, err);
	return proc_run_input(&argv, run->path, run->input, ms, max, ret, ret_status, err);
}

int
git_read(const char *path, const char *const *words, struct buf *ret, struct err *err)
{
	int status = 0, e = git_run(&(struct git_run){ .path = path }, words, ret, &status, err);

	if (e == 0 && status != 0)
		e = ERR_EXTERNAL; /* err has the words */
	if (e == 0 && ret->len >= GIT_RUN_BYTES_MAX)
		e = err_set(err, ERR_LIMIT, "git says more than can be read");
	return e;
}

int
git_read_ref(const char *path, const char *ref, struct oid *ret, struct err *err)
{
	const char *words[] = { "rev-parse", "--verify", "--quiet", "--end-of-options", NULL,
		NULL };
	_cleanup_(buf_release) struct buf name = BUF_INIT, out = BUF_INIT;
	struct str rest, hex;
	int e;

	buf_addf(&name, "%s^{commit}", ref);
	words[4] = name.p;
	e = git_read(path, words, &out, err);
	if (e < 0)
		return e;
	rest = buf_str(&out);
	(void)str_cut(&rest, '\n', &hex);
	if (!oid_parse(hex, ret))
		return err_set(err, ERR_EXTERNAL, "%s is no one commit", ref);
	return 0;
}
