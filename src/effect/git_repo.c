/* SPDX-License-Identifier: GPL-2.0-only */
#include "base/base.h"

#include "effect/git_repo.h"

#include <errno.h>

#include "effect/git_kind.h"
#include "effect/git_util.h"

int
git_setup(struct err *err)
{
	/* worktreeconfig: git_util_open() reads it; partialclone: git_kind.c looks for what is missing;
	 * preciousobjects: nothing is ever pruned here */
	static const char worktree_config[] = "worktreeconfig", partial_clone[] = "partialclone",
			  precious_objects[] = "preciousobjects";
	const char *extensions[] = { worktree_config, partial_clone, precious_objects };

	if (git_libgit2_init() < 0 || git_libgit2_opts(GIT_OPT_ENABLE_FSYNC_GITDIR, 1) < 0 ||
	    git_libgit2_opts(GIT_OPT_SET_EXTENSIONS, extensions, ARRAY_LEN(extensions)) < 0) {
		const git_error *e = git_error_last();

		return err_set(err, ERR_EXTERNAL, "setting up libgit2: %s",
		    e && e->message ? e->message : "no reason given");
	}
	return 0;
}

/* A worktree's repository was found: the answer is the main worktree of the same repository. */
static bool
git_probe_main(git_repository **repo, struct git_result *ret)
{
	git_repository *found = NULL;

	if (git_repository_is_worktree(*repo)) {
		_cleanup_(free_charp) char *common = xstrdup(git_repository_commondir(*repo));

		if (!git_util_open(common, &found, ret))
			return false;
		git_repository_free(*repo);
		*repo = found;
	}
	return true;
}

void
git_repo_probe(
    const char *path, const char *want_base, struct buf *ret_base, struct git_result *ret)
{
	AUTO_GIT(git_repository) *repo = NULL;
	_cleanup_(buf_release) struct buf base = BUF_INIT;
	git_repository *found = NULL;
	git_oid tip;
	size_t len;
	int code;

	/* upwards from path, as git does; from there on by the exact place */
	code = git_repository_open_ext(&found, path, 0, NULL);
	if (code < 0) {
		git_util_say_not_open(ret, path, code);
		return;
	}
	repo = found;
	if (!git_probe_main(&repo, ret))
		return;
	git_util_add_config(repo);
	if (!git_kind_of_place(repo, ret))
		return;
	if (git_repository_is_shallow(repo) == 1) {
		git_util_say(ret, GIT_ANSWER_ENVIRONMENT, "%s: %s", git_repository_workdir(repo),
		    GIT_UTIL_SHALLOW);
		return;
	}
	if (want_base && *want_base) {
		buf_adds(&base, want_base);
	} else {
		code = git_util_head_branch(repo, &base);
		if (code < 0) {
			git_util_fail(ret, "reading HEAD of %s", git_repository_workdir(repo));
			return;
		}
		if (base.len == 0) {
			git_util_say(ret, GIT_ANSWER_ENVIRONMENT,
			    "HEAD of %s is detached: say with --base which branch tickets start "
			    "from and land on",
			    git_repository_workdir(repo));
			return;
		}
	}
	code = git_util_tip(repo, base.p, &tip);
	if (code == GIT_ENOTFOUND && git_repository_head_unborn(repo) == 1) {
		git_util_say(ret, GIT_ANSWER_ENVIRONMENT,
		    "the repository at %s has no commit yet: make the first one (git commit "
		    "--allow-empty -m start)",
		    git_repository_workdir(repo));
		return;
	}
	if (code == GIT_ENOTFOUND) {
		git_util_say(ret, GIT_ANSWER_ENVIRONMENT,
		    "the repository at %s has no commit on a branch \"%s\": name another with "
		    "--base, or make "
		    "it (git branch %s)",
		    git_repository_workdir(repo), base.p, base.p);
		return;
	}
	if (code < 0) {
		git_util_fail(
		    ret, "reading branch \"%s\" of %s", base.p, git_repository_workdir(repo));
		return;
	}
	if (!git_kind_of_tree(repo, &tip, base.p, ret))
		return;
	ret->answer = GIT_ANSWER_OK;
	buf_clear(&ret->text);
	buf_adds(&ret->text, git_repository_workdir(repo));
	len = ret->text.len;
	if (len > 1 && ret->text.p[len - 1] == '/')
		buf_truncate(&ret->text, len - 1);
	if (ret_base) {
		buf_clear(ret_base);
		buf_add_str(ret_base, buf_str(&base));
	}
}

/* Tip of a branch that must be there; else *ret is the answer. */
static bool
git_repo_need_tip(git_repository *repo, const char *path, const char *branch, git_oid *tip,
    struct git_result *ret)
{
	int code = git_util_tip(repo, branch, tip);

	ret->flag = code == GIT_ENOTFOUND;
	if (code == GIT_ENOTFOUND)
		git_util_say(ret, GIT_ANSWER_ENVIRONMENT,
		    "the repository at %s has no branch \"%s\": make it, or give the ticket "
		    "another "
		    "base (reeve edit --base)",
		    path, branch);
	else if (code < 0)
		git_util_fail(ret, "reading branch \"%s\" of %s", branch, path);
	return code == 0;
}

void
git_repo_preflight(
    const char *repo_path, const char *base, const char *branch, struct git_result *ret)
{
	AUTO_GIT(git_repository) *repo = NULL;
	AUTO_GIT(git_commit) *commit = NULL;
	git_oid base_tip, tip, common;
	int code;

	if (!git_util_open(repo_path, &repo, ret) ||
	    !git_repo_need_tip(repo, repo_path, base, &base_tip, ret) ||
	    !git_kind_of_place(repo, ret) || !git_kind_of_tree(repo, &base_tip, base, ret))
		return;
	if (git_commit_lookup(&commit, repo, &base_tip) < 0) {
		git_util_fail(ret, "reading the tip of branch \"%s\" of %s", base, repo_path);
		return;
	}
	code = branch && *branch ? git_util_tip(repo, branch, &tip) : GIT_ENOTFOUND;
	if (code == GIT_ENOTFOUND) {
		ret->answer = GIT_ANSWER_OK;
		ret->a = git_util_oid_of(&base_tip);
		return;
	}
	if (code < 0) {
		git_util_fail_branch(ret, repo, repo_path, code, branch);
		return;
	}
	code = git_util_merge_base(repo, &base_tip, &tip, &common);
	if (code == GIT_ENOTFOUND) {
		git_util_say(ret, GIT_ANSWER_OWN,
		    "branch \"%s\" of %s shares no history with \"%s\": rename or delete it, then "
		    "retry",
		    branch, repo_path, base);
		return;
	}
	if (code < 0) {
		git_util_fail(ret, "looking for the merge base of \"%s\" and \"%s\" in %s", base,
		    branch, repo_path);
		return;
	}
	ret->answer = GIT_ANSWER_OK;
	ret->a = git_util_oid_of(&common);
	ret->b = git_util_oid_of(&tip);
}

void
git_repo_library(struct buf *ret)
{
	int major, minor, rev;

	git_libgit2_version(&major, &minor, &rev);
	buf_addf(ret, "libgit2 %d.%d.%d", major, minor, rev);
}
