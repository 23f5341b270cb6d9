/* SPDX-License-Identifier: GPL-2.0-only */
#include "base/base.h"

#include "effect/git_land.h"

#include <errno.h>
#include <unistd.h>

/* The gitdir of a linked worktree, without a slash at the end. */
static void
git_land_admin(struct git_land *l, const char *name, struct buf *ret)
{
	git_util_common_path(l->repo, "worktrees/", ret);
	buf_adds(ret, name);
}

static void
git_land_sweep(struct git_land *l, const char *gitdir, const git_oid *tip)
{
	git_oid from, to;

	git_follow_sweep(gitdir, &l->token);
	if (git_follow_marker(gitdir, &from, &to, NULL) &&
	    git_util_contains(l->repo, tip, &to) == 1)
		git_follow_done(gitdir);
}

void
git_land_sweep_all(struct git_land *l, const git_oid *tip)
{
	git_strarray names = { NULL, 0 };

	git_land_sweep(l, git_repository_commondir(l->repo), tip);
	if (git_worktree_list(&names, l->repo) == 0)
		for (size_t i = 0; i < names.count; i++) {
			_cleanup_(buf_release) struct buf admin = BUF_INIT;

			git_land_admin(l, names.strings[i], &admin);
			git_land_sweep(l, admin.p, tip);
		}
	git_strarray_dispose(&names);
}

/* A linked worktree follows when its HEAD names the target and it is there.  Its files are read here:
 * libgit2 tells the HEAD only of those that are there. */
static bool
git_land_add_linked(struct git_land *l, const char *name, struct buf *held)
{
	_cleanup_(buf_release) struct buf admin = BUF_INIT, head = BUF_INIT, where = BUF_INIT;
	git_repository *repo = NULL;
	struct stat st;

	git_land_admin(l, name, &admin);
	if (!git_util_line(admin.p, "HEAD", "ref: refs/heads/", &head) ||
	    !str_is(str_trim(buf_str(&head)), l->target) ||
	    !git_util_line(admin.p, "gitdir", "", &where))
		return true;
	if (where.len > 5 && strcmp(where.p + where.len - 5, "/.git") == 0)
		buf_truncate(&where, where.len - 5);
	if (stat(where.p, &st) < 0 && (errno == ENOENT || errno == ENOTDIR)) {
		_cleanup_(free_charp) char *locked = git_util_join(admin.p, "locked");

		if (lstat(locked, &st) == 0)
			git_follow_reason(held, where.p,
			    "this worktree has the branch, is locked and not there now; bring it "
			    "back, "
			    "or git worktree unlock and prune");
		return true;
	}
	if (!git_util_open(where.p, &repo, l->ret))
		return false;
	git_follow_open(VEC_PUSH(&l->follow), repo, false);
	return true;
}

/* By its worktree: from a git directory that lies elsewhere (git init --separate-git-dir) libgit2 guesses that
 * the files are beside it, which is somebody else's directory. */
static bool
git_land_open_main(struct git_land *l, git_repository **ret)
{
	const char *workdir = git_repository_workdir(l->repo);

	if (!git_util_open(workdir, ret, l->ret))
		return false;
	if (strcmp(git_repository_path(*ret), git_repository_path(l->repo)) == 0)
		return true;
	git_util_say(l->ret, GIT_ANSWER_ENVIRONMENT,
	    "cannot tell where the main worktree of %s is: %s belongs to another repository; "
	    "configure the main worktree itself as the path",
	    git_repository_path(l->repo), workdir);
	git_repository_free(*ret);
	*ret = NULL;
	return false;
}

bool
git_land_gather(struct git_land *l, struct buf *held)
{
	_cleanup_(buf_release) struct buf head = BUF_INIT;
	git_strarray names = { NULL, 0 };
	git_repository *repo = NULL;
	bool ok = true;

	if (!git_repository_is_bare(l->repo) && git_repository_workdir(l->repo)) {
		if (git_util_head_branch(l->repo, &head) < 0) {
			git_util_fail(l->ret, "reading HEAD of %s", l->path);
			return false;
		}
		if (str_is(buf_str(&head), l->target)) {
			if (!git_land_open_main(l, &repo))
				return false;
			git_follow_open(VEC_PUSH(&l->follow), repo, true);
		}
	}
	if (git_worktree_list(&names, l->repo) < 0) {
		git_util_fail(l->ret, "listing the worktrees of %s", l->path);
		return false;
	}
	for (size_t i = 0; i < names.count && ok; i++)
		ok = git_land_add_linked(l, names.strings[i], held);
	git_strarray_dispose(&names);
	return ok;
}

bool
git_land_lock(struct git_land *l)
{
	for (size_t i = 0; i < l->follow.n; i++)
		if (!git_follow_lock(&l->follow.v[i], &l->token, l->ret))
			return false;
	return true;
}

bool
git_land_settle_others(struct git_land *l, const git_oid *now)
{
	for (size_t i = 0; i < l->follow.n; i++) {
		struct git_follow *f = &l->follow.v[i];
		git_oid from, to;

		if (!git_follow_marker(f->gitdir, &from, &to, NULL) ||
		    (git_oid_equal(&from, &l->from) && git_oid_equal(&to, &l->merge)))
			continue;
		if (!git_follow_back(f, &from, &to, now, l->ret))
			return false;
	}
	return true;
}

void
git_land_back(struct git_land *l, const git_oid *now)
{
	for (size_t i = 0; i < l->follow.n; i++) {
		_cleanup_(git_result_release) struct git_result r = GIT_RESULT_INIT;

		if (!git_follow_back(&l->follow.v[i], &l->from, &l->merge, now, &r)) {
			_cleanup_(buf_release) struct buf why = BUF_INIT;

			buf_add_str(&why, buf_str(&l->ret->text));
			git_util_say(l->ret, GIT_ANSWER_ENVIRONMENT,
			    "%s%sputting back the files of %s: %s; the next attempt tries again",
			    why.p, why.len ? "; " : "", l->follow.v[i].workdir, r.text.p);
		}
	}
}
