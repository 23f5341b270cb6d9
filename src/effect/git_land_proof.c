/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * That M is a landing of P on O is read from the objects, whoever wrote the intent and whatever the configuration
 * says by now.
 */
#include "base/base.h"

#include "effect/git_land.h"
#include "effect/git_merging.h"

#define PROOF_COMMITS_MAX 100000

bool
git_land_contains(struct git_land *l, const git_oid *a, const git_oid *b, bool *ret_yes)
{
	int code = git_util_contains(l->repo, a, b);

	if (code < 0)
		git_util_fail(l->ret, "comparing commits of \"%s\" in %s", l->target, l->path);
	*ret_yes = code > 0;
	return code >= 0;
}

/* 1: only commits with one parent lie between O and M, O being the last; 0; negative. */
static int
git_land_is_line(struct git_land *l)
{
	git_oid at = l->merge;

	for (unsigned n = 0; n < PROOF_COMMITS_MAX; n++) {
		AUTO_GIT(git_commit) *commit = NULL;
		int code;

		if (git_oid_equal(&at, &l->from))
			return 1;
		code = git_commit_lookup(&commit, l->repo, &at);
		if (code < 0)
			return code;
		if (git_commit_parentcount(commit) != 1)
			return 0;
		at = *git_commit_parent_id(commit, 0);
	}
	return 0;
}

/* A squash or a rebase: M says what it is of, and nothing of anybody else's comes with it. */
static int
git_land_is_remade(struct git_land *l)
{
	AUTO_GIT(git_commit) *commit = NULL;
	int code = git_commit_lookup(&commit, l->repo, &l->merge);

	if (code < 0)
		return code;
	return git_merge_is_landing_of(commit, &l->passed) ? git_land_is_line(l) : 0;
}

/* 1: M is that; 0; negative. */
static int
git_land_judge(struct git_land *l)
{
	int code = git_util_contains(l->repo, &l->merge, &l->from);

	if (code <= 0)
		return code;
	code = git_util_contains(l->repo, &l->merge, &l->passed);
	if (code != 0)
		return code;
	if (git_oid_equal(&l->merge, &l->from))
		return git_merging_is_contained(l->repo, l->path, &l->from, &l->passed);
	return git_land_is_remade(l);
}

bool
git_land_is_honest(struct git_land *l, const git_oid *tip)
{
	int code = git_land_judge(l);

	if (code < 0)
		git_util_fail(l->ret, "comparing commits of \"%s\" in %s", l->target, l->path);
	else if (code == 0 && git_oid_equal(&l->merge, &l->from))
		git_land_say_moved(
		    l, tip); /* the target had it all, and this library sees it otherwise */
	else if (code == 0)
		git_util_say(l->ret, GIT_ANSWER_ENVIRONMENT,
		    "%s is not a landing of the passed commit on \"%s\": nothing was done; it must "
		    "be computed again",
		    git_util_oid_of(&l->merge).hex, l->target);
	return code > 0;
}
