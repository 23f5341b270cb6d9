/* SPDX-License-Identifier: GPL-2.0-only */
#include "base/base.h"

#include "effect/git_kind.h"

/* --- the place --- */

static bool
git_kind_config(git_repository *repo, const char *name)
{
	AUTO_GIT(git_config) *config = NULL;
	int value = 0;

	return git_repository_config_snapshot(&config, repo) == 0 &&
	       git_config_get_bool(&value, config, name) == 0 && value != 0;
}

/* Does its .git lead back to this repository?  Where it does not, libgit2 has guessed a directory. */
static bool
git_kind_workdir(git_repository *repo, struct git_result *ret)
{
	const char *workdir = git_repository_workdir(repo);
	AUTO_GIT(git_repository) *again = NULL;

	if (git_repository_open_ext(&again, workdir, GIT_REPOSITORY_OPEN_NO_SEARCH, NULL) == 0 &&
	    strcmp(git_repository_path(again), git_repository_path(repo)) == 0)
		return true;
	git_util_say(ret, GIT_ANSWER_ENVIRONMENT,
	    "cannot tell where the main worktree of %s is: %s has no .git that leads there; name "
	    "the main worktree itself, with a .git file in it",
	    git_repository_path(repo), workdir);
	return false;
}

bool
git_kind_of_place(git_repository *repo, struct git_result *ret)
{
	AUTO_GIT(git_index) *index = NULL;
	const char *workdir = git_repository_workdir(repo);

	if (git_repository_is_bare(repo) || !workdir) {
		git_util_say(ret, GIT_ANSWER_ENVIRONMENT,
		    "the repository at %s is bare: reeve needs one with a main worktree; clone it "
		    "first (git clone %s DIRECTORY) and name the clone",
		    git_repository_path(repo), git_repository_path(repo));
		return false;
	}
	if (!git_kind_workdir(repo, ret))
		return false;
	if (git_repository_index(&index, repo) < 0 || git_index_read(index, 1) < 0) {
		git_util_fail(ret, "reading the index of %s", workdir);
		return false;
	}
	/* the worker's git would split the index of its worktree at the next chance */
	if (git_kind_config(repo, "core.splitIndex")) {
		git_util_say(ret, GIT_ANSWER_ENVIRONMENT, "%s: " GIT_UTIL_SPLIT, workdir);
		return false;
	}
	if (git_kind_config(repo, "core.sparseCheckout") && git_kind_config(repo, "index.sparse")) {
		git_util_say(ret, GIT_ANSWER_ENVIRONMENT, "%s: " GIT_UTIL_SPARSE_INDEX, workdir);
		return false;
	}
	return true;
}

/* --- the tree --- */

struct git_kind {
	git_odb *odb;         /* NULL: all objects are here */
	bool is_case_blind;   /* core.ignoreCase */
	struct strvec folded; /* is_case_blind: every path in lower case */
	size_t missing;
};

static void
git_kind_release(struct git_kind *k)
{
	strvec_release(&k->folded);
	git_odb_free(k->odb);
}

static int
git_kind_see(const char *root, const git_tree_entry *e, void *arg)
{
	struct git_kind *k = arg;

	if (k->is_case_blind) {
		_cleanup_(buf_release) struct buf path = BUF_INIT;

		buf_addf(&path, "%s%s", root, git_tree_entry_name(e));
		for (size_t i = 0; i < path.len; i++)
			if (path.p[i] >= 'A' && path.p[i] <= 'Z')
				path.p[i] = (char)(path.p[i] - 'A' + 'a');
		strvec_push(&k->folded, path.p);
	}
	if (k->odb && git_tree_entry_type(e) == GIT_OBJECT_BLOB &&
	    !git_odb_exists(k->odb, git_tree_entry_id(e)))
		k->missing++;
	return 0;
}

/* The first name that another one differs from in case only; NULL: none. */
static const char *
git_kind_twice(struct git_kind *k)
{
	strvec_sort(&k->folded);
	for (size_t i = 1; i < k->folded.n; i++)
		if (strcmp(k->folded.v[i - 1], k->folded.v[i]) == 0)
			return k->folded.v[i];
	return NULL;
}

/* A remote that promises to hand over later what it left out. */
static bool
git_kind_is_partial(git_repository *repo)
{
	AUTO_GIT(git_config) *config = NULL;
	git_config_iterator *it = NULL;
	git_config_entry *e;
	bool found = false;

	if (git_repository_config_snapshot(&config, repo) < 0 ||
	    git_config_iterator_glob_new(&it, config,
		"^(remote\\..*\\.(promisor|partialclonefilter)|extensions\\.partialclone)$") < 0)
		return true; /* looking for what may be missing costs little */
	found = git_config_next(&e, it) == 0;
	git_config_iterator_free(it);
	return found;
}

static int
git_kind_walk(git_repository *repo, const git_oid *base, struct git_kind *k)
{
	AUTO_GIT(git_commit) *commit = NULL;
	AUTO_GIT(git_tree) *tree = NULL;
	int code = git_commit_lookup(&commit, repo, base);

	if (code == 0)
		code = git_commit_tree(&tree, commit);
	return code < 0 ? code : git_tree_walk(tree, GIT_TREEWALK_PRE, git_kind_see, k);
}

bool
git_kind_of_tree(
    git_repository *repo, const git_oid *base, const char *branch, struct git_result *ret)
{
	_cleanup_(git_kind_release) struct git_kind k = {
		.is_case_blind = git_kind_config(repo, "core.ignoreCase"),
	};
	const char *workdir = git_repository_workdir(repo), *twice;
	int code = git_kind_is_partial(repo) ? git_repository_odb(&k.odb, repo) : 0;

	if (code == 0 && (k.odb || k.is_case_blind))
		code = git_kind_walk(repo, base, &k);
	if (code < 0) {
		git_util_fail(ret, "reading the files of branch \"%s\" of %s", branch, workdir);
		return false;
	}
	if (k.missing > 0) {
		git_util_say(ret, GIT_ANSWER_ENVIRONMENT,
		    "%s is a partial clone: %zu files of branch \"%s\" are not "
		    "here; " GIT_UTIL_REFETCH,
		    workdir, k.missing, branch);
		return false;
	}
	twice = git_kind_twice(&k);
	if (twice) {
		git_util_say(ret, GIT_ANSWER_ENVIRONMENT,
		    "names on \"%s\" of %s differ only in case (%s), and core.ignoreCase is set: "
		    "workers would commit the loss of one; git config core.ignoreCase false, or "
		    "rename one",
		    branch, workdir, twice);
		return false;
	}
	return true;
}
