/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * git_worktree_remove().  All judging comes first; then reeve-gone is written into the administrative
 * directory, so that an attempt which was killed half-way is finished by the next one instead of being
 * taken for a worktree full of deleted files.
 */
#include "base/base.h"

#include "effect/git_worktree.h"

#include <fcntl.h>
#include <sys/stat.h>

#include "effect/git_place.h"
#include "effect/git_submodule.h"
#include "effect/git_util.h"
#include "effect/teardown.h"

static void
git_remove_keep(struct git_result *ret, const char *path, const char *why)
{
	git_util_say(ret, GIT_ANSWER_OK, "%s is kept: %s", path, why);
	ret->flag = false;
}

/* 1: everything of `id` is in landed; 0: not (told); -1: *ret is the answer. */
static int
git_remove_is_landed(struct git_place *p, const git_oid *id, struct oid landed, const char *what,
    struct git_result *ret)
{
	git_oid there;
	int code;

	if (!oid_is_set(landed)) {
		git_remove_keep(ret, p->path, "nothing of it has landed");
		return 0;
	}
	code =
	    git_util_oid(landed, &there) ? git_util_contains(p->repo, &there, id) : GIT_ENOTFOUND;
	if (code < 0) {
		git_util_fail(ret, "comparing %s of %s with %s", what, p->path, landed.hex);
		return -1;
	}
	if (code == 0) {
		_cleanup_(buf_release) struct buf why = BUF_INIT;

		buf_addf(&why, "%s holds commits that are not in %s", what, landed.hex);
		git_remove_keep(ret, p->path, why.p);
	}
	return code;
}

/* May the files go?  1, 0 (told), -1.  is_saved: what is not committed was kept elsewhere. */
static int
git_remove_judge_files(
    struct git_place *p, struct oid landed, bool is_saved, struct git_result *ret)
{
	AUTO_GIT(git_repository) *repo = NULL;
	_cleanup_(buf_release) struct buf lock = BUF_INIT, module = BUF_INIT, why = BUF_INIT;
	struct stat st;
	git_oid head;
	int code;

	buf_addf(&lock, "%s/locked", p->admin);
	if (lstat(lock.p, &st) == 0) {
		git_remove_keep(ret, p->path, "the worktree is locked (git worktree unlock)");
		return 0;
	}
	if (p->is_new || p->is_going)
		return 1;
	if (git_submodule_is_needed(p->path, p->admin, &module)) {
		buf_addf(&why, "its submodule %s holds commits that are only there; push them",
		    module.p);
		git_remove_keep(ret, p->path, why.p);
		return 0;
	}
	if (!p->has_path)
		return 1;
	if (!git_util_open(p->path, &repo, ret))
		return -1;
	code = git_reference_name_to_id(&head, repo, "HEAD");
	if (code == 0)
		code = git_remove_is_landed(p, &head, landed, "HEAD", ret);
	else if (code == GIT_ENOTFOUND)
		code = 1;
	else
		git_util_fail(ret, "reading HEAD of %s", p->path);
	if (code <= 0)
		return code < 0 ? -1 : 0;
	if (is_saved)
		return 1;
	code = git_util_is_dirty(repo);
	if (code < 0) {
		git_util_fail(ret, "reading the status of %s", p->path);
		return -1;
	}
	if (code > 0)
		git_remove_keep(ret, p->path, "it holds uncommitted or untracked files");
	return code == 0;
}

static bool
git_remove_files(struct git_place *p, struct git_result *ret)
{
	int errnum = 0;

	if (p->has_path && !p->is_new && !p->is_going)
		teardown_run(p->path);
	if (p->has_admin)
		errnum = git_place_write(p, GIT_PLACE_GONE, "reeve is removing this worktree\n");
	/* the administrative directory last: it is what tells the next attempt */
	if (errnum == 0 && p->has_path)
		errnum = git_util_remove_tree(AT_FDCWD, p->path);
	if (errnum == 0 && p->has_admin)
		errnum = git_util_remove_tree(AT_FDCWD, p->admin);
	if (errnum != 0)
		git_util_fail_sys(ret, errnum, "removing %s", p->path);
	return errnum == 0;
}

static void
git_remove(const char *repo_path, const char *path, const char *branch, struct oid landed,
    bool is_saved, struct git_result *ret)
{
	_cleanup_(git_place_release) struct git_place p = GIT_PLACE_INIT;
	_cleanup_(buf_release) struct buf name = BUF_INIT, other = BUF_INIT;
	AUTO_GIT(git_reference) *ref = NULL;
	int code;

	if (!git_place_open(&p, repo_path, path, false, ret) || !git_place_look(&p, ret))
		return;
	buf_addf(&name, "refs/heads/%s", branch);
	code = *branch ? git_reference_lookup(&ref, p.repo, name.p) : GIT_ENOTFOUND;
	if (code < 0 && code != GIT_ENOTFOUND) {
		git_util_fail(ret, "reading branch \"%s\" of %s", branch, repo_path);
		return;
	}
	if (*branch)
		(void)git_util_ref_settle(
		    p.repo, name.p); /* what stays is told by the next change */
	if (ref && git_reference_type(ref) != GIT_REFERENCE_DIRECT) {
		git_remove_keep(
		    ret, p.path, "its branch is a symbolic ref, which reeve has not made");
		return;
	}
	if (ref &&
	    git_remove_is_landed(&p, git_reference_target(ref), landed, "the branch", ret) <= 0)
		return;
	if (ref && git_place_branch_user(&p, branch, &other)) {
		git_remove_keep(ret, p.path, "another worktree has its branch");
		return;
	}
	if (git_remove_judge_files(&p, landed, is_saved, ret) <= 0 || !git_remove_files(&p, ret))
		return;
	code = ref ? git_util_ref_delete(p.repo, name.p, git_reference_target(ref)) : 0;
	if (code < 0) {
		git_util_fail_ref(ret, p.repo, code, name.p);
		return;
	}
	ret->answer = GIT_ANSWER_OK;
	ret->flag = true;
	buf_clear(&ret->text);
}

void
git_worktree_remove(const char *repo_path, const char *path, const char *branch, struct oid landed,
    struct git_result *ret)
{
	git_remove(repo_path, path, branch, landed, false, ret);
}

void
git_worktree_drop(const char *repo_path, const char *path, struct git_result *ret)
{
	_cleanup_(git_place_release) struct git_place p = GIT_PLACE_INIT;

	if (!git_place_open(&p, repo_path, path, false, ret) || !git_place_look(&p, ret) ||
	    !git_remove_files(&p, ret))
		return;
	ret->answer = GIT_ANSWER_OK;
	ret->flag = true;
	buf_clear(&ret->text);
}

void
git_worktree_discard(
    const char *repo_path, const char *path, struct oid head, struct git_result *ret)
{
	git_remove(repo_path, path, "", head, true, ret);
}
