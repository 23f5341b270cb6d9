/* SPDX-License-Identifier: GPL-2.0-only */
#include "base/base.h"

#include "effect/git_repo.h"

#include "effect/git_util.h"

void
git_repo_preflight_from(
    const char *repo_path, struct oid tip, struct oid from, struct git_result *ret)
{
	AUTO_GIT(git_repository) *repo = NULL;
	AUTO_GIT(git_commit) *commit = NULL;
	git_oid base, begin, common;
	int code;

	if (!git_util_open(repo_path, &repo, ret))
		return;
	if (!git_util_oid(tip, &base) || !git_util_oid(from, &begin) ||
	    git_commit_lookup(&commit, repo, &begin) < 0) {
		git_util_fail(ret,
		    "the commit %s, which the ticket is to begin from, cannot be read in %s",
		    from.hex, repo_path);
		return;
	}
	code = git_util_merge_base(repo, &base, &begin, &common);
	if (code == GIT_ENOTFOUND)
		git_util_say(ret, GIT_ANSWER_ENVIRONMENT,
		    "the commit %s, which the ticket is to begin from, shares no history with its "
		    "base "
		    "in %s: reeve edit --from another",
		    from.hex, repo_path);
	else if (code < 0)
		git_util_fail(ret, "looking for the merge base of %s and %s in %s", tip.hex,
		    from.hex, repo_path);
	if (code == 0) {
		ret->answer = GIT_ANSWER_OK;
		ret->a = git_util_oid_of(&common);
	}
}
