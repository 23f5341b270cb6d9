/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * reeve diff: what a ticket changes, shown by git itself, with git's own pager on a terminal.
 *
 * git gets full names of refs and whole commit ids, so that no name can be read as an option; the ticket's
 * branch is a worker's, so what it or its attributes say about diff programs is not run.
 */
#include "base/base.h"

#include "cli/cmds.h"

#include <errno.h>
#include <unistd.h>

#include "cli/cli_options.h"
#include "cli/cli_pager.h"
#include "cli/cli_work.h"

/* "base...what": from where the two parted.  Of what has landed: from where the target stood. */
static void
diff_range(const struct record *r, struct oid commit, struct buf *ret)
{
	const struct ticket *t = &r->ticket;

	if (oid_is_set(t->merge_commit) && oid_is_set(t->merge_from))
		buf_adds(ret, t->merge_from.hex);
	else
		buf_addf(ret, "refs/heads/%s", r->spec.base ? r->spec.base : "");
	buf_adds(ret, "...");
	buf_adds(ret, commit.hex);
}

static int
diff_exec(const struct config_repo *repo, const struct record *r, struct oid commit, bool is_stat)
{
	_cleanup_(strvec_release) struct strvec args = STRVEC_INIT;
	_cleanup_(buf_release) struct buf range = BUF_INIT, pager = BUF_INIT;

	diff_range(r, commit, &range);
	git_run_environment();
	if (isatty(STDOUT_FILENO)) {
		pager_find(&pager);
		(void)setenv("GIT_PAGER", pager.p, 1); /* and none that the repository names */
	}
	strvec_push(&args, "git");
	strvec_push(&args, "-C");
	strvec_push(&args, repo->path);
	strvec_push(&args, "diff");
	strvec_push(&args, "--no-ext-diff");
	strvec_push(&args, "--no-textconv");
	strvec_push(&args, "--submodule=short");
	if (is_stat)
		strvec_push(&args, "--stat");
	strvec_push(&args, "--end-of-options");
	strvec_push_str(&args, buf_str(&range));
	strvec_push(&args, "--");
	(void)execvp("git", args.v);
	cli_say("cannot run git: %s", strerror(errno));
	return EXIT_IO;
}

int
cmd_diff(struct cli *c, int argc, char **argv)
{
	_cleanup_(record_release) struct record r = { .history = BUF_INIT };
	bool is_stat = false;
	const struct cli_option options[] = {
		{ .name = "stat", .flag = &is_stat },
		{ 0 },
	};
	const struct config_repo *repo = NULL;
	struct oid commit;
	struct operands id;
	int status;

	if (!options_parse("diff", options, argc, argv, 1, 1, &id, &status))
		return status;
	status = cli_ticket(c, id.v[0], &r);
	if (status == EXIT_OK)
		status = work_repo(c, &r, &repo);
	if (status == EXIT_OK)
		status = work_commit(repo, &r, &commit);
	return status == EXIT_OK ? diff_exec(repo, &r, commit, is_stat) : status;
}
