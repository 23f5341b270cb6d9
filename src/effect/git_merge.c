/* SPDX-License-Identifier: GPL-2.0-only */
#include "base/base.h"

#include "effect/git_merge.h"

#include "base/clean.h"
#include "effect/git_util.h"

/* The paths of the conflicts, each once, one a line, cleaned: a file name may hold a newline. */
static int
git_merge_conflicts(git_index *index, struct buf *ret)
{
	git_index_conflict_iterator *it = NULL;
	const git_index_entry *ours, *theirs, *base;
	struct strvec paths = STRVEC_INIT;
	int code = git_index_conflict_iterator_new(&it, index);

	if (code < 0)
		return code;
	while ((code = git_index_conflict_next(&base, &ours, &theirs, it)) == 0) {
		const git_index_entry *e = ours ? ours : theirs ? theirs : base;

		if (e && (paths.n == 0 || strcmp(paths.v[paths.n - 1], e->path) != 0))
			strvec_push(&paths, e->path);
	}
	git_index_conflict_iterator_free(it);
	strvec_sort(&paths);
	buf_clear(ret);
	for (size_t i = 0; i < paths.n; i++) {
		clean_add(ret, str_of(paths.v[i]), false);
		buf_addch(ret, '\n');
	}
	strvec_release(&paths);
	return code == GIT_ITEROVER ? 0 : code;
}

struct git_merging {
	git_repository *repo;
	const char *path;
	const char *target;
	git_oid tip, passed;
	git_commit *ours, *theirs;
};

static void
git_merge_build(struct git_merging *m, const char *message, int64_t when_ms, struct git_result *ret)
{
	AUTO_GIT(git_index) *index = NULL;
	AUTO_GIT(git_tree) *tree = NULL;
	AUTO_GIT(git_signature) *who = NULL;
	git_merge_options opts = GIT_MERGE_OPTIONS_INIT;
	const git_commit *parents[2] = { m->ours, m->theirs };
	git_oid tree_id, id;

	if (git_merge_commits(&index, m->repo, m->ours, m->theirs, &opts) < 0) {
		git_util_fail(ret, "merging %s into \"%s\" of %s", git_util_oid_of(&m->passed).hex,
		    m->target, m->path);
		return;
	}
	if (git_index_has_conflicts(index)) {
		if (git_merge_conflicts(index, &ret->text) < 0)
			git_util_fail(
			    ret, "listing the conflicts with \"%s\" of %s", m->target, m->path);
		else
			ret->answer = GIT_ANSWER_CONFLICT;
		return;
	}
	if (git_index_write_tree_to(&tree_id, index, m->repo) < 0 ||
	    git_tree_lookup(&tree, m->repo, &tree_id) < 0 ||
	    git_util_signature(m->repo, when_ms, &who) < 0 ||
	    git_commit_create(&id, m->repo, NULL, who, who, NULL, message, tree, 2, parents) < 0) {
		git_util_fail(ret, "writing the merge commit for \"%s\" of %s", m->target, m->path);
		return;
	}
	ret->answer = GIT_ANSWER_OK;
	ret->a = git_util_oid_of(&m->tip);
	ret->b = git_util_oid_of(&id);
}

void
git_merge_compute(const char *repo_path, const char *target, struct oid passed, const char *message,
    int64_t when_ms, struct git_result *ret)
{
	AUTO_GIT(git_repository) *repo = NULL;
	AUTO_GIT(git_commit) *ours = NULL;
	AUTO_GIT(git_commit) *theirs = NULL;
	struct git_merging m = { .path = repo_path, .target = target };
	git_oid common;
	int code;

	if (!git_util_open(repo_path, &repo, ret))
		return;
	m.repo = repo;
	code = git_util_tip(repo, target, &m.tip);
	if (code < 0) {
		git_util_fail(ret, "reading the target branch \"%s\" of %s", target, repo_path);
		return;
	}
	if (!git_util_oid(passed, &m.passed) || git_commit_lookup(&theirs, repo, &m.passed) < 0 ||
	    git_commit_lookup(&ours, repo, &m.tip) < 0) {
		git_util_fail(ret, "reading the commits to merge, %s into \"%s\" of %s", passed.hex,
		    target, repo_path);
		return;
	}
	code = git_util_contains(repo, &m.tip, &m.passed);
	if (code > 0) {
		ret->answer = GIT_ANSWER_CONTAINED;
		ret->a = ret->b = git_util_oid_of(&m.tip);
		return;
	}
	if (code == 0)
		code = git_util_merge_base(repo, &m.tip, &m.passed, &common);
	if (code < 0) {
		git_util_fail(ret, "looking for what %s and \"%s\" of %s have in common",
		    passed.hex, target, repo_path);
		return;
	}
	m.ours = ours;
	m.theirs = theirs;
	git_merge_build(&m, message, when_ms, ret);
}
