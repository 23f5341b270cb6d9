/* SPDX-License-Identifier: GPL-2.0-only */
/* git_worktree_remove(), git_worktree_discard(), and the steps of git_remove.h.  All judging comes first. */
#include "base/base.h"

#include "effect/git_remove.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/ticket.h"
#include "effect/git_submodule.h"
#include "effect/git_worktree.h"
#include "effect/teardown.h"

void
git_remove_keep(struct git_result *ret, const char *fmt, ...)
{
	_cleanup_(buf_release) struct buf why = BUF_INIT;
	va_list ap;

	va_start(ap, fmt);
	buf_addv(&why, fmt, ap);
	va_end(ap);
	git_util_say(ret, GIT_ANSWER_OK, "%s", why.p);
	ret->flag = false;
}

bool
git_remove_is_locked(const struct git_place *p)
{
	_cleanup_(free_charp) char *lock = git_util_join(p->admin, "locked");
	struct stat st;

	return lstat(lock, &st) == 0;
}

int
git_remove_branch(
    struct git_place *p, const char *branch, git_reference **ret_ref, struct git_result *ret)
{
	AUTO_GIT(git_reference) *ref = NULL;
	_cleanup_(buf_release) struct buf name = BUF_INIT, other = BUF_INIT;
	int code;

	if (*branch == '\0')
		return 1;
	buf_addf(&name, "refs/heads/%s", branch);
	code = git_reference_lookup(&ref, p->repo, name.p);
	if (code < 0 && code != GIT_ENOTFOUND) {
		git_util_fail(ret, "reading branch \"%s\" of %s", branch, p->repo_path);
		return -1;
	}
	(void)git_util_ref_settle(p->repo, name.p); /* what stays is told by the next change */
	if (!ref)
		return 1;
	if (git_reference_type(ref) != GIT_REFERENCE_DIRECT) {
		git_remove_keep(ret, "its branch is a symbolic ref, which reeve has not made");
		return 0;
	}
	if (git_place_branch_user(p, branch, &other)) {
		git_remove_keep(ret, "another worktree has its branch: %s", other.p);
		return 0;
	}
	*ret_ref = ref;
	ref = NULL;
	return 1;
}

char *
git_remove_gone(const char *path)
{
	_cleanup_(buf_release) struct buf gone = BUF_INIT;
	const char *name = strrchr(path, '/') + 1;

	buf_addf(&gone, "%.*s" TICKET_WORKTREE_GONE "%s", (int)(name - path), path, name);
	return buf_take(&gone);
}

bool
git_remove_has_rest(const char *path)
{
	_cleanup_(free_charp) char *gone = git_remove_gone(path);
	struct stat st;

	return lstat(gone, &st) == 0;
}

bool
git_remove_rest(const char *path, struct git_result *ret)
{
	_cleanup_(free_charp) char *gone = git_remove_gone(path);
	int errnum = git_util_remove_tree(AT_FDCWD, gone);

	if (errnum == EXDEV)
		git_util_say(ret, GIT_ANSWER_ENVIRONMENT,
		    "removing %s: something is mounted in it; unmount that", gone);
	else if (errnum != 0)
		git_util_fail_sys(ret, errnum, "removing %s", gone);
	return errnum == 0;
}

static char *
git_remove_above(const struct git_place *p)
{
	return xstrndup(p->path, (size_t)(strrchr(p->path, '/') - p->path));
}

static int
git_remove_mark(struct git_place *p, const char *line)
{
	_cleanup_(free_charp) char *tmp = git_util_join(p->admin, GIT_PLACE_GONE ".reeve-tmp");
	int errnum = git_util_remove_tree(AT_FDCWD, tmp); /* whatever a worker called so */

	if (errnum == 0)
		errnum = git_place_write(p, GIT_PLACE_GONE, line);
	return errnum == 0 ? git_util_sync_dir(p->admin) : errnum; /* before PATH is renamed */
}

/* What is judged anew by the next attempt, if there is one.  A mark that stays says nothing while PATH is there. */
static void
git_remove_back(struct git_place *p)
{
	_cleanup_(free_charp) char *gone = git_remove_gone(p->path);
	_cleanup_(free_charp) char *mark = git_util_join(p->admin, GIT_PLACE_GONE);
	_cleanup_(free_charp) char *above = git_remove_above(p);

	if (rename(gone, p->path) == 0 && git_util_sync_dir(above) == 0) /* nothing goes for it */
		(void)unlink(mark);
}

/* Out of the way in one step, however big it is. */
static int
git_remove_path(struct git_place *p)
{
	_cleanup_(free_charp) char *gone = git_remove_gone(p->path);
	_cleanup_(free_charp) char *mark = git_util_join(p->admin, GIT_PLACE_GONE);
	_cleanup_(free_charp) char *above = git_remove_above(p);
	int errnum;

	if (rename(p->path, gone) < 0) {
		errnum = errno;
		(void)unlink(mark);
		return errnum;
	}
	/* before the branch and the administrative directory go: a worktree without them is a riddle */
	errnum = git_util_sync_dir(above);
	if (errnum != 0)
		git_remove_back(p);
	return errnum;
}

bool
git_remove_away(struct git_place *p, const char *line, struct git_result *ret)
{
	_cleanup_(free_charp) char *gone = git_remove_gone(p->path);
	int errnum = 0;

	if (p->has_path)
		errnum =
		    git_util_remove_tree(AT_FDCWD, gone); /* of an earlier worktree of this name */
	if (errnum != 0) {
		git_util_fail_sys(ret, errnum, "removing %s", gone);
		return false;
	}
	if (p->has_admin)
		errnum = git_remove_mark(p, line ? line : "reeve is removing this worktree\n");
	if (errnum != 0) {
		git_util_fail_sys(ret, errnum, "writing %s/" GIT_PLACE_GONE, p->admin);
		return false;
	}
	if (p->has_path)
		errnum = git_remove_path(p);
	if (errnum != 0)
		git_util_fail_sys(ret, errnum, "renaming %s to %s", p->path, gone);
	return errnum == 0;
}

bool
git_remove_ref(struct git_place *p, git_reference *ref, struct git_result *ret)
{
	git_oid id;
	int code;

	if (!ref)
		return true;
	code = git_util_ref_delete(p->repo, git_reference_name(ref), git_reference_target(ref));
	if (code == 0)
		return true;
	git_util_fail_ref(ret, p->repo, code, git_reference_name(ref));
	/* it may be gone all the same, and only not synced: nothing could judge PATH then */
	if (p->has_path &&
	    git_reference_name_to_id(&id, p->repo, git_reference_name(ref)) != GIT_ENOTFOUND)
		git_remove_back(p);
	return false;
}

bool
git_remove_record(struct git_place *p, struct git_result *ret)
{
	int errnum = p->has_admin ? git_util_remove_tree(AT_FDCWD, p->admin) : 0;

	if (errnum != 0)
		git_util_fail_sys(ret, errnum, "removing %s", p->admin);
	return errnum == 0;
}

bool
git_remove_all(struct git_place *p, git_reference *ref, struct git_result *ret)
{
	return git_remove_away(p, NULL, ret) && git_remove_ref(p, ref, ret) &&
	       git_remove_record(p, ret);
}

int
git_remove_prepare(const struct git_place *p, struct git_result *ret)
{
	int did = 0;

	if (!p->has_path)
		return 0;
	if (git_remove_has_rest(p->path)) { /* of an earlier worktree of this name */
		if (!git_remove_rest(p->path, ret))
			return -1;
		did = 1;
	}
	return !p->is_new && teardown_run(p->path) ? 1 : did;
}

bool
git_remove_files(struct git_place *p, git_reference *ref, struct git_result *ret)
{
	return git_remove_prepare(p, ret) >= 0 && git_remove_all(p, ref, ret);
}

bool
git_remove_admin(const char *repo_path, const char *path, struct git_result *ret)
{
	_cleanup_(git_place_release) struct git_place p = GIT_PLACE_INIT;

	if (!git_place_open(&p, repo_path, path, false, ret) || !git_place_look(&p, ret))
		return false;
	return p.has_path || !p.has_admin || git_remove_all(&p, NULL, ret);
}

/* --- one worktree, all of it in `landed` --- */

/* 1: everything of `id` is in landed; 0: not (told); -1: *ret is the answer. */
static int
git_remove_is_landed(struct git_place *p, const git_oid *id, struct oid landed, const char *what,
    struct git_result *ret)
{
	git_oid there;
	int code;

	if (!oid_is_set(landed)) {
		git_remove_keep(ret, "%s is kept: nothing of it has landed", p->path);
		return 0;
	}
	code =
	    git_util_oid(landed, &there) ? git_util_contains(p->repo, &there, id) : GIT_ENOTFOUND;
	if (code < 0) {
		git_util_fail(ret, "comparing %s of %s with %s", what, p->path, landed.hex);
		return -1;
	}
	if (code == 0)
		git_remove_keep(ret, "%s is kept: %s holds commits that are not in %s", p->path,
		    what, landed.hex);
	return code;
}

/* May the files go?  1, 0 (told), -1.  is_saved: what is not committed was kept elsewhere. */
static int
git_remove_judge_files(
    struct git_place *p, struct oid landed, bool is_saved, struct git_result *ret)
{
	AUTO_GIT(git_repository) *repo = NULL;
	_cleanup_(buf_release) struct buf module = BUF_INIT;
	git_oid head;
	int code;

	if (git_remove_is_locked(p)) {
		git_remove_keep(
		    ret, "%s is kept: the worktree is locked (git worktree unlock)", p->path);
		return 0;
	}
	if (p->is_new || p->is_going)
		return 1;
	if (git_submodule_is_needed(p->path, p->admin, &module)) {
		git_remove_keep(ret, "%s is kept: " GIT_REMOVE_MODULE, p->path, module.p);
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
		git_remove_keep(
		    ret, "%s is kept: it holds uncommitted or untracked files", p->path);
	return code == 0;
}

static void
git_remove(const char *repo_path, const char *path, const char *branch, struct oid landed,
    bool is_saved, struct git_result *ret)
{
	_cleanup_(git_place_release) struct git_place p = GIT_PLACE_INIT;
	AUTO_GIT(git_reference) *ref = NULL;

	if (!git_place_open(&p, repo_path, path, false, ret) || !git_place_look(&p, ret) ||
	    git_remove_branch(&p, branch, &ref, ret) <= 0)
		return;
	if (ref &&
	    git_remove_is_landed(&p, git_reference_target(ref), landed, "the branch", ret) <= 0)
		return;
	if (git_remove_judge_files(&p, landed, is_saved, ret) <= 0 ||
	    !git_remove_files(&p, ref, ret) || !git_remove_rest(p.path, ret))
		return;
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
	    !git_remove_all(&p, NULL, ret) || !git_remove_rest(p.path, ret))
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
