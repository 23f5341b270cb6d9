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

#include "cli/cli_git_run.h"
#include "cli/cli_options.h"
#include "cli/cli_pager.h"
#include "cli/cli_state.h"

/* "base...what": from where the two parted.  Of what has landed: from where the target stood. */
static void
diff_range(const struct record *r, struct buf *ret)
{
	const struct ticket *t = &r->ticket;

	if (oid_is_set(t->merge_commit) && oid_is_set(t->merge_from))
		buf_adds(ret, t->merge_from.hex);
	else
		buf_addf(ret, "refs/heads/%s", r->spec.base ? r->spec.base : "");
	buf_adds(ret, "...");
	if (oid_is_set(t->pinned))
		buf_adds(ret, t->pinned.hex);
	else
		buf_addf(ret, "refs/heads/%s", r->spec.branch ? r->spec.branch : "");
}

static int
diff_exec(const struct config_repo *repo, const struct record *r, bool is_stat)
{
	_cleanup_(strvec_release) struct strvec args = STRVEC_INIT;
	_cleanup_(buf_release) struct buf range = BUF_INIT, pager = BUF_INIT;

	diff_range(r, &range);
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
	const struct config_repo *repo;
	struct operands id;
	int status;

	if (!options_parse("diff", options, argc, argv, 1, 1, &id, &status))
		return status;
	status = cli_ticket(c, id.v[0], &r);
	if (status == EXIT_OK)
		status = cli_config(c);
	if (status != EXIT_OK)
		return status;
	repo = r.spec.repo ? config_repo(&c->config, r.spec.repo) : NULL;
	if (repo == NULL) {
		cli_say("ticket %u belongs to the repository \"%s\", which is not in the "
			"configuration (any more); see `reeve repo ls`",
		    r.ticket.id.n, r.spec.repo ? r.spec.repo : "");
		return EXIT_REFUSED;
	}
	if (!oid_is_set(r.ticket.pinned) && r.ticket.episode.n == 0) {
		cli_say("ticket %u has no work yet: no worker was ever started", r.ticket.id.n);
		return EXIT_REFUSED;
	}
	if (access(repo->path, X_OK) < 0) {
		cli_say(
		    "cannot look into %s, the repository of ticket %u: %s. Put it back, or name "
		    "its new place (path of [repo \"%s\"] in %s/config)",
		    repo->path, r.ticket.id.n, strerror(errno), repo->name, c->root.path);
		return EXIT_IO;
	}
	return diff_exec(repo, &r, is_stat);
}
