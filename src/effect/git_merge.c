/* SPDX-License-Identifier: GPL-2.0-only */
#include "base/base.h"

#include "effect/git_merge.h"

#include "effect/git_conflict.h"
#include "effect/git_merging.h"

bool
git_merging_fail(struct git_merging *m, const char *what)
{
	git_util_fail(m->ret, "%s \"%s\" of %s", what, m->how->target, m->path);
	return false;
}

bool
git_merging_conflicts(struct git_merging *m, git_index *index, git_commit *at)
{
	const struct git_conflict c = {
		.repo = m->repo,
		.index = index,
		.target = m->how->target,
		.base = m->base,
		.ours = m->tip,
		.theirs = m->passed,
		.at = at,
	};

	buf_clear(&m->ret->text);
	if (git_conflict_tell(&c, &m->ret->text) < 0)
		return git_merging_fail(m, "listing the conflicts with");
	m->ret->answer = GIT_ANSWER_CONFLICT;
	return false;
}

void
git_merging_done(struct git_merging *m, const git_oid *id)
{
	AUTO_GIT(git_commit) *made = NULL;

	if (git_commit_lookup(&made, m->repo, id) < 0) {
		(void)git_merging_fail(m, "reading what was made for");
		return;
	}
	m->ret->answer = GIT_ANSWER_OK;
	m->ret->a = git_util_oid_of(&m->tip);
	m->ret->b = git_util_oid_of(id);
	m->ret->c = git_util_oid_of(git_commit_tree_id(made));
}

void
git_merging_contained(struct git_merging *m)
{
	m->ret->answer = GIT_ANSWER_CONTAINED;
	m->ret->a = m->ret->b = git_util_oid_of(&m->tip);
	m->ret->c = git_util_oid_of(git_commit_tree_id(m->ours));
}

int
git_merging_walk(const struct git_merging *m, git_revwalk **ret)
{
	git_revwalk *walk = NULL;
	int code = git_revwalk_new(&walk, m->repo);

	if (code == 0)
		code = git_revwalk_sorting(walk, GIT_SORT_TOPOLOGICAL | GIT_SORT_REVERSE);
	if (code == 0)
		code = git_revwalk_push(walk, &m->passed);
	if (code == 0)
		code = git_revwalk_hide(walk, &m->tip);
	if (code < 0)
		git_revwalk_freep(&walk);
	*ret = walk;
	return code;
}

/* Both sides in one tree.  False: *m->ret is the answer. */
static bool
git_merge_tree(struct git_merging *m, git_tree **ret)
{
	AUTO_GIT(git_index) *index = NULL;
	git_merge_options opts = GIT_MERGE_OPTIONS_INIT;
	git_oid id;

	if (git_merge_commits(&index, m->repo, m->ours, m->theirs, &opts) < 0) {
		git_util_fail(m->ret, "merging %s into \"%s\" of %s", m->how->passed.hex,
		    m->how->target, m->path);
		return false;
	}
	if (git_index_has_conflicts(index))
		return git_merging_conflicts(m, index, NULL);
	if (git_index_write_tree_to(&id, index, m->repo) < 0 ||
	    git_tree_lookup(ret, m->repo, &id) < 0)
		return git_merging_fail(m, "writing the merged tree for");
	return true;
}

int
git_merging_is_contained(
    git_repository *repo, const char *path, const git_oid *from, const git_oid *passed)
{
	_cleanup_(git_result_release) struct git_result r = GIT_RESULT_INIT;
	struct git_landing how = { .target = "", .way = LANDING_SQUASH };
	struct git_merging m = { .repo = repo, .path = path, .how = &how, .ret = &r };
	AUTO_GIT(git_tree) *tree = NULL;
	int code;

	m.tip = *from;
	m.passed = *passed;
	code = git_util_merge_base(repo, from, passed, &m.base);
	if (code == 0)
		code = git_commit_lookup(&m.ours, repo, from);
	if (code == 0)
		code = git_commit_lookup(&m.theirs, repo, passed);
	if (code == 0)
		code = (git_merge_tree(&m, &tree) &&
			   git_oid_equal(git_tree_id(tree), git_commit_tree_id(m.ours))) ||
		       git_remake_is_empty(&m);
	git_commit_free(m.ours);
	git_commit_free(m.theirs);
	return code;
}

static void
git_merge_build(struct git_merging *m)
{
	const git_commit *parents[2] = { m->ours, m->theirs };
	bool is_squash = m->how->way == LANDING_SQUASH;
	_cleanup_(buf_release) struct buf message = BUF_INIT;
	AUTO_GIT(git_tree) *tree = NULL;
	AUTO_GIT(git_signature) *who = NULL;
	AUTO_GIT(git_signature) *author = NULL;
	git_oid id;

	if (!git_merge_tree(m, &tree))
		return;
	if (is_squash && git_oid_equal(git_tree_id(tree), git_commit_tree_id(m->ours))) {
		git_merging_contained(m); /* no commit without a change */
		return;
	}
	git_merge_message(m, &message);
	if (git_util_signature(m->repo, m->how->when_ms, &who) < 0 ||
	    (is_squash && git_merge_author(m, &author) < 0) ||
	    git_commit_create(&id, m->repo, NULL, author ? author : who, who, NULL, message.p, tree,
		is_squash ? 1 : 2, parents) < 0) {
		(void)git_merging_fail(m, "writing the commit for");
		return;
	}
	git_merging_done(m, &id);
}

/* What is read of the repository before anything is made.  False: *m->ret is the answer. */
static bool
git_merge_read(struct git_merging *m)
{
	const char *target = m->how->target, *passed = m->how->passed.hex;
	int code;

	if (git_util_tip(m->repo, target, &m->tip) < 0)
		return git_merging_fail(m, "reading the target branch");
	if (!git_util_oid(m->how->passed, &m->passed) ||
	    git_commit_lookup(&m->theirs, m->repo, &m->passed) < 0 ||
	    git_commit_lookup(&m->ours, m->repo, &m->tip) < 0) {
		git_util_fail(m->ret, "reading the commits to merge, %s into \"%s\" of %s", passed,
		    target, m->path);
		return false;
	}
	code = git_util_contains(m->repo, &m->tip, &m->passed);
	if (code > 0) {
		git_merging_contained(m);
		return false;
	}
	if (code == 0)
		code = git_util_merge_base(m->repo, &m->tip, &m->passed, &m->base);
	if (code < 0)
		git_util_fail(m->ret, "looking for what %s and \"%s\" of %s have in common", passed,
		    target, m->path);
	return code >= 0;
}

void
git_merge_compute(const char *repo_path, const struct git_landing *how, struct git_result *ret)
{
	AUTO_GIT(git_repository) *repo = NULL;
	struct git_merging m = { .path = repo_path, .how = how, .ret = ret };

	if (!git_util_open(repo_path, &repo, ret))
		return;
	m.repo = repo;
	if (git_merge_read(&m)) {
		if (how->way == LANDING_REBASE)
			git_remake(&m);
		else
			git_merge_build(&m);
	}
	git_commit_free(m.ours);
	git_commit_free(m.theirs);
}
