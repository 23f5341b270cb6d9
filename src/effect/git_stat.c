/* SPDX-License-Identifier: GPL-2.0-only */
#include "base/base.h"

#include "effect/git_stat.h"

#include "base/clean.h"
#include "effect/git_util.h"

GIT_UTIL_FREEP(git_patch)

#define GIT_STAT_NAME 160 /* columns */

struct stat_sum {
	size_t added, removed;
};

static void
stat_line(const git_diff_delta *delta, git_patch *patch, struct stat_sum *sum, struct buf *ret)
{
	const char *name = delta->new_file.path ? delta->new_file.path : delta->old_file.path;
	size_t added = 0, removed = 0;
	char plus[32], minus[32];

	/* Without a patch it is a submodule, or its bytes cannot be had. */
	if (!patch || (delta->flags & GIT_DIFF_FLAG_BINARY) ||
	    git_patch_line_stats(NULL, &added, &removed, patch) < 0) {
		buf_addf(ret, "%12s  ", delta->flags & GIT_DIFF_FLAG_BINARY ? "binary" : "?");
	} else {
		(void)snprintf(plus, sizeof plus, "+%zu", added);
		(void)snprintf(minus, sizeof minus, "-%zu", removed);
		buf_addf(ret, "%6s%6s  ", plus, minus);
	}
	clean_add_line(ret, str_of(name), GIT_STAT_NAME);
	if (delta->status == GIT_DELTA_ADDED)
		buf_adds(ret, " (new)");
	else if (delta->status == GIT_DELTA_DELETED)
		buf_adds(ret, " (deleted)");
	buf_addch(ret, '\n');
	sum->added += added;
	sum->removed += removed;
}

static void
stat_files(git_diff *diff, struct buf *ret)
{
	size_t n = git_diff_num_deltas(diff);
	struct stat_sum sum = { 0, 0 };
	struct buf unseen = BUF_INIT;

	for (size_t i = 0; i < n && i < GIT_STAT_COUNTED; i++) {
		AUTO_GIT(git_patch) *patch = NULL;

		if (git_patch_from_diff(&patch, diff, i) < 0)
			patch = NULL;
		buf_clear(&unseen);
		stat_line(
		    git_diff_get_delta(diff, i), patch, &sum, i < GIT_STAT_SHOWN ? ret : &unseen);
	}
	buf_release(&unseen);
	if (n > GIT_STAT_SHOWN)
		buf_addf(ret, "and %zu more files\n", n - GIT_STAT_SHOWN);
	buf_addf(ret, "%zu file%s changed: ", n, n == 1 ? "" : "s");
	buf_addf(ret, "%zu line%s added, %zu removed", sum.added, sum.added == 1 ? "" : "s",
	    sum.removed);
	if (n > GIT_STAT_COUNTED)
		buf_addf(ret, " in the first %u of them", GIT_STAT_COUNTED);
	buf_addch(ret, '\n');
}

/* The two trees to compare; *base is where the commit parted from `from`.  It is looked up first: git_merge_base()
 * of libgit2 1.5 leaks when a commit is not there. */
static int
stat_trees(git_repository *repo, const git_oid *from, const git_oid *to, git_oid *base,
    git_tree **ret_from, git_tree **ret_to)
{
	AUTO_GIT(git_commit) *start = NULL;
	AUTO_GIT(git_commit) *parted = NULL;
	AUTO_GIT(git_commit) *commit = NULL;
	int code = git_commit_lookup(&commit, repo, to);

	if (code == 0)
		code = git_commit_lookup(&start, repo, from);
	if (code == 0)
		code = git_util_merge_base(repo, from, to, base);
	if (code == 0)
		code = git_commit_lookup(&parted, repo, base);
	if (code == 0)
		code = git_commit_tree(ret_from, parted);
	return code < 0 ? code : git_commit_tree(ret_to, commit);
}

void
git_stat_read(const char *path, const char *target, struct oid from, struct oid commit,
    struct git_result *ret)
{
	_cleanup_(git_result_release) struct git_result open = GIT_RESULT_INIT;
	AUTO_GIT(git_repository) *repo = NULL;
	AUTO_GIT(git_tree) *tree_from = NULL;
	AUTO_GIT(git_tree) *tree_to = NULL;
	AUTO_GIT(git_diff) *diff = NULL;
	git_diff_options opts = GIT_DIFF_OPTIONS_INIT;
	git_oid a, b, base;
	int code;

	opts.max_size = GIT_STAT_BYTES;
	opts.ignore_submodules = GIT_SUBMODULE_IGNORE_NONE; /* of trees: no submodule is opened */
	buf_clear(&ret->text);
	if (!git_util_open(path, &repo, &open)) {
		buf_add_str(&ret->text, buf_str(&open.text));
		return;
	}
	code = !git_util_oid(commit, &b) ? GIT_ENOTFOUND
	       : oid_is_set(from)        ? (git_util_oid(from, &a) ? 0 : GIT_ENOTFOUND)
					 : git_util_tip(repo, target, &a);
	if (code == 0)
		code = stat_trees(repo, &a, &b, &base, &tree_from, &tree_to);
	if (code == 0)
		code = git_diff_tree_to_tree(&diff, repo, tree_from, tree_to, &opts);
	if (code < 0) {
		buf_adds(&ret->text, "how much it changes cannot be told: see git diff\n");
		return;
	}
	if (!oid_is_set(from))
		ret->a = git_util_oid_of(&base);
	stat_files(diff, &ret->text);
}
