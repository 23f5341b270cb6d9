/* SPDX-License-Identifier: GPL-2.0-only */
#include "base/base.h"

#include "codec/config_text.h"

void
config_worktree(const struct config *c, const char *state, const char *repo_name,
    const char *branch, struct buf *ret)
{
	const struct config_repo *repo = config_repo(c, repo_name);
	const char *slash = strchr(branch, '/');

	if (repo != NULL && repo->worktrees != NULL)
		buf_adds(ret, repo->worktrees);
	else if (c->worktrees != NULL)
		buf_addf(ret, "%s/%s", c->worktrees, repo_name);
	else
		buf_addf(ret, "%s/worktrees/%s", state, repo_name);
	if (branch[0] != '\0')
		buf_addf(ret, "/%s", slash != NULL ? slash + 1 : branch);
}
