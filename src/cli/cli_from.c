/* SPDX-License-Identifier: GPL-2.0-only */
#include "base/base.h"

#include "cli/cli_from.h"

#include "base/clean.h"
#include "cli/cli_git_run.h"

#define FROM_NAME_MAX 200 /* of what was said, as the ticket keeps it */

bool
from_resolve(struct cli *c, const char *command, const char *repo_name, const char *base,
    const char *name, char **ret, int *ret_status)
{
	const struct config_repo *repo = config_repo(&c->config, repo_name);
	_cleanup_(buf_release) struct buf shown = BUF_INIT, branch = BUF_INIT, out = BUF_INIT;
	struct err err = ERR_INIT;
	struct oid id;

	*ret_status = EXIT_REFUSED;
	if (repo == NULL) {
		cli_say("%s: --from: no repository \"%s\" is configured", command, repo_name);
		return false;
	}
	clean_add_line(&shown, str_of(name), FROM_NAME_MAX);
	if (git_read_ref(repo->path, name, &id, &err) < 0) { /* any name of a commit will do */
		cli_say("%s: --from: \"%s\" is no branch, tag or commit of %s; git -C %s branch -a "
			"lists "
			"the branches",
		    command, shown.p, repo->path, repo->path);
		return false;
	}
	buf_addf(&branch, "refs/heads/%s", base);
	if (git_read(repo->path,
		(const char *const[]){ "merge-base", "--end-of-options", id.hex, branch.p, NULL },
		&out, &err) < 0) {
		cli_say("%s: --from: %s shares no history with the branch \"%s\", which the ticket "
			"is to "
			"land in",
		    command, shown.p, base);
		return false;
	}
	buf_clear(&out);
	buf_addf(&out, "%s %s", id.hex, shown.p);
	*ret = buf_take(&out);
	*ret_status = EXIT_OK;
	return true;
}

void
from_warn_base(struct cli *c, const char *repo_name, const char *base)
{
	const struct config_repo *repo = config_repo(&c->config, repo_name);
	_cleanup_(buf_release) struct buf branch = BUF_INIT;
	struct oid id;

	buf_addf(&branch, "refs/heads/%s", base);
	if (repo == NULL || git_read_ref(repo->path, branch.p, &id, NULL) != ERR_EXTERNAL)
		return;
	cli_say("warning: repository %s has no branch \"%s\": nobody starts before it has one",
	    repo_name, base);
}
