/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The order of a landing, for every worktree that follows:
 *
 *	1  token		<common>/reeve-land.lock under an OFD lock: one landing a repository
 *	2  index.lock		of each worktree: a link to the token
 *	3  check		reads only; HELD ends here
 *	4  marker, copies	durable; no file of the worktree touched yet
 *	5  renames, index	the files follow
 *	6  syncfs		files and objects before the name that promises them
 *	7  compare-and-swap	O -> M
 *	8  marker, locks gone
 *
 * A failure in 4 to 7 puts the files back.  A kill in 4 to 7 leaves the marker: the next call goes on
 * from there, or, when the branch has moved elsewhere, puts back.
 */
#include "base/base.h"

#include "effect/git_merge.h"

#include <errno.h>

#include "effect/git_land.h"

#define GIT_LAND_TOKEN "reeve-land.lock"

static void
git_land_release(struct git_land *l)
{
	for (size_t i = 0; i < l->follow.n; i++)
		git_follow_release(&l->follow.v[i]);
	free(l->follow.v);
	git_repository_free(l->repo);
	git_token_release(&l->token);
}

static bool
git_land_take_token(struct git_land *l)
{
	int errnum = git_token_take(&l->token, l->repo, GIT_LAND_TOKEN, false);

	if (errnum == EAGAIN)
		git_util_say(l->ret, GIT_ANSWER_ENVIRONMENT,
		    "another merge is landing in %s (it holds %s); try again when it is done",
		    l->path, l->token.path);
	else if (errnum != 0)
		git_util_fail_sys(l->ret, errnum, "locking %s", l->token.path);
	return errnum == 0;
}

void
git_land_say_moved(struct git_land *l, const git_oid *tip)
{
	git_util_say(l->ret, GIT_ANSWER_MOVED, "\"%s\" is at %s now: the merge is computed again",
	    l->target, git_util_oid_of(tip).hex);
	git_land_back(l, tip);
}

/* HELD: local changes are in the way.  Reads only. */
static bool
git_land_check(struct git_land *l, struct buf *held)
{
	for (size_t i = 0; i < l->follow.n; i++)
		if (!git_follow_check(&l->follow.v[i], &l->from, &l->merge, held, l->ret))
			return false;
	if (held->len > 0) {
		l->ret->answer = GIT_ANSWER_HELD;
		buf_clear(&l->ret->text);
		buf_add_str(&l->ret->text, buf_str(held));
		return false;
	}
	return true;
}

/* The files follow.  False: *ret is the answer, and nothing is left half done. */
static bool
git_land_follow(struct git_land *l, struct buf *held)
{
	if (!git_land_check(l, held))
		return false;
	for (size_t i = 0; i < l->follow.n; i++) {
		if (!git_follow_write(&l->follow.v[i], l->ret)) {
			git_land_back(l, NULL);
			return false;
		}
	}
	return true;
}

static bool
git_land_sync(struct git_land *l)
{
	int errnum = git_util_sync(git_repository_commondir(l->repo));

	for (size_t i = 0; i < l->follow.n && errnum == 0; i++)
		errnum = git_util_sync(l->follow.v[i].workdir);
	if (errnum != 0) {
		git_util_fail_sys(l->ret, errnum, "syncing the file system of %s", l->path);
		git_land_back(l, NULL);
	}
	return errnum == 0;
}

static void
git_land_ok(struct git_land *l, const git_oid *tip)
{
	l->ret->answer = GIT_ANSWER_OK;
	l->ret->a = git_util_oid_of(tip);
	l->ret->b = git_util_oid_of(&l->merge);
}

/* Steps 7 and 8. */
static void
git_land_swap(struct git_land *l)
{
	_cleanup_(buf_release) struct buf name = BUF_INIT, log = BUF_INIT;
	git_oid tip;
	int code;

	buf_addf(&name, "refs/heads/%s", l->target);
	buf_addf(&log, "reeve: merge %s", git_util_oid_of(&l->passed).hex);
	code = git_util_ref_set(l->repo, name.p, &l->merge, &l->from, log.p);
	if (code < 0 && code != GIT_EMODIFIED) {
		git_util_fail_ref(l->ret, l->repo, code, name.p);
		git_land_back(l, NULL);
		return;
	}
	if (git_util_tip(l->repo, l->target, &tip) < 0) {
		git_util_fail(l->ret, "reading \"%s\" of %s after the merge", l->target, l->path);
		if (code < 0)
			git_land_back(l, NULL);
		return;
	}
	if (git_util_contains(l->repo, &tip, &l->merge) != 1) {
		git_land_say_moved(l, &tip);
		return;
	}
	for (size_t i = 0; i < l->follow.n; i++)
		git_follow_done(l->follow.v[i].gitdir);
	git_land_ok(l, &tip);
}

static void
git_land_run(struct git_land *l)
{
	_cleanup_(buf_release) struct buf held = BUF_INIT, name = BUF_INIT;
	bool landed;
	git_oid tip;

	if (git_util_tip(l->repo, l->target, &tip) < 0) {
		git_util_fail(l->ret, "reading the target branch \"%s\" of %s", l->target, l->path);
		return;
	}
	if (!git_land_is_honest(l, &tip) || !git_land_contains(l, &tip, &l->merge, &landed))
		return;
	if (l->mode != LAND_PROVE)
		git_land_sweep_all(l, &tip);
	buf_addf(&name, "refs/heads/%s", l->target);
	if (git_util_ref_settle(l->repo, name.p) < 0) {
		git_util_fail(l->ret, "syncing \"%s\" of %s", l->target, l->path);
		return;
	}
	if (landed) {
		git_land_ok(l, &tip);
		return;
	}
	if (l->mode == LAND_PROVE) {
		git_land_say_moved(l, &tip);
		return;
	}
	if (!git_land_gather(l, &held) || !git_land_lock(l) || !git_land_settle_others(l, &tip))
		return;
	if (!git_oid_equal(&tip, &l->from)) {
		git_land_say_moved(l, &tip);
		return;
	}
	if (l->mode == LAND_CHECK) {
		if (git_land_check(l, &held))
			git_land_ok(l, &tip);
	} else if (git_land_follow(l, &held) && git_land_sync(l)) {
		git_land_swap(l);
	}
}

static void
git_land_start(const char *repo_path, const char *target, struct oid from, struct oid merge,
    struct oid passed, enum git_land_mode mode, struct git_result *ret)
{
	_cleanup_(git_land_release) struct git_land l = {
		.path = repo_path, .target = target, .mode = mode, .ret = ret
	};
	AUTO_GIT(git_repository) *repo = NULL;
	AUTO_GIT(git_commit) *commit = NULL;
	int code;

	if (!git_util_open(repo_path, &repo, ret) ||
	    !git_util_open(
		git_repository_is_worktree(repo) ? git_repository_commondir(repo) : repo_path,
		&l.repo, ret))
		return;
	if (!git_util_oid(from, &l.from) || !git_util_oid(merge, &l.merge) ||
	    !git_util_oid(passed, &l.passed)) {
		git_util_say(ret, GIT_ANSWER_ENVIRONMENT,
		    "the ids of the merge into \"%s\" are not ids of %s", target, repo_path);
		return;
	}
	if (!git_land_take_token(&l))
		return;
	code = git_commit_lookup(&commit, l.repo, &l.merge);
	if (code == GIT_ENOTFOUND) {
		/* never named by a ref, collected as garbage: it is as good as not computed */
		git_util_say(ret, GIT_ANSWER_MOVED,
		    "the merge %s is not in %s any more: it is computed again", merge.hex,
		    repo_path);
		return;
	}
	if (code < 0) {
		git_util_fail(ret, "reading the merge %s in %s", merge.hex, repo_path);
		return;
	}
	git_land_run(&l);
}

void
git_merge_check(const char *repo_path, const char *target, struct oid from, struct oid merge,
    struct oid passed, struct git_result *ret)
{
	git_land_start(repo_path, target, from, merge, passed, LAND_CHECK, ret);
}

void
git_merge_land(const char *repo_path, const char *target, struct oid from, struct oid merge,
    struct oid passed, struct git_result *ret)
{
	git_land_start(repo_path, target, from, merge, passed, LAND_DO, ret);
}

void
git_merge_prove(const char *repo_path, const char *target, struct oid from, struct oid merge,
    struct oid passed, struct git_result *ret)
{
	git_land_start(repo_path, target, from, merge, passed, LAND_PROVE, ret);
}
