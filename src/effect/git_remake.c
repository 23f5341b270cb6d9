/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * LANDING_REBASE: what passed, commit by commit, on top of the target.  Trees first, in memory; commits are
 * made only when all of them fit.
 */
#include "base/base.h"

#include "effect/git_merging.h"

struct git_remade {
	git_commit *of;
	git_oid tree;
};

struct git_series {
	struct git_remade *v;
	size_t n;
	size_t cap;
};

static void
git_series_release(struct git_series *s)
{
	for (size_t i = 0; i < s->n; i++)
		git_commit_free(s->v[i].of);
	free(s->v);
}

/* A merge cannot be made again: what was decided in it is in none of the other commits. */
static bool
git_remake_refuse(struct git_merging *m, const git_commit *merge)
{
	git_util_say(m->ret, GIT_ANSWER_CONFLICT,
	    "%.12s is a merge commit: this repository lands a line of commits, and a merge cannot "
	    "be "
	    "made again on \"%s\"; rebase the branch onto it (git rebase %s) and report again",
	    git_util_oid_of(git_commit_id(merge)).hex, m->how->target, m->how->target);
	m->ret->flag = true;
	return false;
}

/* The tree of `commit` on top of *tree.  False: *m->ret is the answer. */
static bool
git_remake_tree(struct git_merging *m, git_commit *commit, git_oid *tree)
{
	AUTO_GIT(git_tree) *ours = NULL;
	AUTO_GIT(git_tree) *theirs = NULL;
	AUTO_GIT(git_tree) *before = NULL;
	AUTO_GIT(git_commit) *parent = NULL;
	AUTO_GIT(git_index) *index = NULL;
	git_merge_options opts = GIT_MERGE_OPTIONS_INIT;

	if (git_commit_parentcount(commit) > 0 &&
	    (git_commit_parent(&parent, commit, 0) < 0 || git_commit_tree(&before, parent) < 0))
		return git_merging_fail(m, "reading a commit to make again for");
	if (git_tree_lookup(&ours, m->repo, tree) < 0 || git_commit_tree(&theirs, commit) < 0 ||
	    git_merge_trees(&index, m->repo, before, ours, theirs, &opts) < 0)
		return git_merging_fail(m, "making a commit again for");
	if (git_index_has_conflicts(index))
		return git_merging_conflicts(m, index, commit);
	if (git_index_write_tree_to(tree, index, m->repo) < 0)
		return git_merging_fail(m, "writing a tree for");
	return true;
}

/* What changes nothing any more (the target has it already) is left out. */
static bool
git_remake_plan(struct git_merging *m, struct git_series *series)
{
	AUTO_GIT(git_revwalk) *walk = NULL;
	git_oid id, tree = *git_commit_tree_id(m->ours);
	int code = git_merging_walk(m, &walk);

	while (code == 0 && (code = git_revwalk_next(&id, walk)) == 0) {
		git_commit *commit = NULL;
		git_oid before = tree;

		code = git_commit_lookup(&commit, m->repo, &id);
		if (code < 0)
			break;
		*VEC_PUSH(series) = (struct git_remade){ .of = commit };
		if (git_commit_parentcount(commit) > 1)
			return git_remake_refuse(m, commit);
		if (!git_remake_tree(m, commit, &tree))
			return false;
		series->v[series->n - 1].tree = tree;
		if (git_oid_equal(&before, &tree)) {
			git_commit_free(commit);
			series->n--;
		}
	}
	return code == GIT_ITEROVER || git_merging_fail(m, "listing the commits to make again for");
}

/* Author, message and encoding are kept; the last one says what it is the landing of. */
static bool
git_remake_commit(
    struct git_merging *m, const struct git_remade *r, bool is_last, git_oid *ret_parent)
{
	_cleanup_(buf_release) struct buf message = BUF_INIT;
	AUTO_GIT(git_commit) *parent = NULL;
	AUTO_GIT(git_signature) *who = NULL;
	AUTO_GIT(git_tree) *tree = NULL;
	const git_commit *parents[1];

	buf_adds(&message, git_commit_message(r->of));
	if (is_last)
		git_merge_add_trailers(m, &message);
	if (git_commit_lookup(&parent, m->repo, ret_parent) < 0 ||
	    git_tree_lookup(&tree, m->repo, &r->tree) < 0 ||
	    git_util_signature(m->repo, m->how->when_ms, &who) < 0)
		return git_merging_fail(m, "making a commit again for");
	parents[0] = parent;
	if (git_commit_create(ret_parent, m->repo, NULL, git_commit_author(r->of), who,
		git_commit_message_encoding(r->of), message.p ? message.p : "", tree, 1,
		parents) < 0)
		return git_merging_fail(m, "writing a commit for");
	return true;
}

bool
git_remake_is_empty(struct git_merging *m)
{
	_cleanup_(git_series_release) struct git_series series = { NULL, 0, 0 };

	return git_remake_plan(m, &series) && series.n == 0;
}

void
git_remake(struct git_merging *m)
{
	_cleanup_(git_series_release) struct git_series series = { NULL, 0, 0 };
	git_oid at = m->tip;

	if (git_oid_equal(&m->base, &m->tip)) { /* it stands there already */
		git_merging_done(m, &m->passed);
		return;
	}
	if (!git_remake_plan(m, &series))
		return;
	if (series.n == 0) {
		git_merging_contained(m);
		return;
	}
	for (size_t i = 0; i < series.n; i++)
		if (!git_remake_commit(m, &series.v[i], i + 1 == series.n, &at))
			return;
	git_merging_done(m, &at);
}
