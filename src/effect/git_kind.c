/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One walk over the trees of the base branch finds what the names alone tell; only when an attributes file
 * speaks of filters or encodings does a second one ask for each path.  A walk over 3,000 trees takes some
 * 10 ms.
 */
#include "base/base.h"

#include "effect/git_kind.h"

#include "effect/git_filter.h"

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
	git_repository *repo;
	git_odb *odb;
	const char *branch;
	git_config *config;
	git_attr_options attributes;
	bool is_partial;      /* objects may be missing */
	bool is_case_blind;   /* core.ignoreCase */
	bool has_attributes;  /* that speak of filters or encodings */
	struct strvec folded; /* is_case_blind: every path in lower case */
	size_t missing;
	struct git_result *ret;
};

static void
git_kind_release(struct git_kind *k)
{
	strvec_release(&k->folded);
	git_odb_free(k->odb);
	git_config_free(k->config);
}

static void
git_kind_attributes(struct git_kind *k, const git_oid *id)
{
	AUTO_GIT(git_blob) *blob = NULL;

	if (git_blob_lookup(&blob, k->repo, id) < 0)
		return; /* is told as missing */
	if (git_filter_is_named(git_blob_rawcontent(blob), (size_t)git_blob_rawsize(blob)))
		k->has_attributes = true;
}

/* First walk. */
static int
git_kind_see(const char *root, const git_tree_entry *e, void *arg)
{
	struct git_kind *k = arg;
	git_object_t type = git_tree_entry_type(e);
	const char *name = git_tree_entry_name(e);

	if (k->is_case_blind) {
		_cleanup_(buf_release) struct buf path = BUF_INIT;

		buf_addf(&path, "%s%s", root, name);
		for (size_t i = 0; i < path.len; i++)
			if (path.p[i] >= 'A' && path.p[i] <= 'Z')
				path.p[i] = (char)(path.p[i] - 'A' + 'a');
		strvec_push(&k->folded, path.p);
	}
	if (type != GIT_OBJECT_BLOB)
		return 0; /* trees are entered; a submodule's commit is not ours */
	if (k->is_partial && !git_odb_exists(k->odb, git_tree_entry_id(e)))
		k->missing++;
	if (strcmp(name, ".gitattributes") == 0)
		git_kind_attributes(k, git_tree_entry_id(e));
	return 0;
}

/* Second walk: GIT_EUSER and an answer at the first path that is not worked with. */
static int
git_kind_filtered(const char *root, const git_tree_entry *e, void *arg)
{
	struct git_kind *k = arg;
	_cleanup_(buf_release) struct buf path = BUF_INIT, why = BUF_INIT;

	if (git_tree_entry_type(e) != GIT_OBJECT_BLOB ||
	    git_tree_entry_filemode(e) == GIT_FILEMODE_LINK)
		return 0;
	buf_addf(&path, "%s%s", root, git_tree_entry_name(e));
	if (!git_filter_needs(k->repo, k->config, &k->attributes, path.p, &why))
		return 0;
	git_util_say(k->ret, GIT_ANSWER_ENVIRONMENT,
	    "%s on \"%s\" of %s needs %s, which reeve does not run: workers would see what is "
	    "stored, not what you see; take it out of the branch (git lfs migrate export), or use "
	    "a "
	    "clone without it",
	    path.p, k->branch, git_repository_workdir(k->repo), why.p);
	return GIT_EUSER;
}

static bool
git_kind_case(struct git_kind *k)
{
	strvec_sort(&k->folded);
	for (size_t i = 1; i < k->folded.n; i++)
		if (strcmp(k->folded.v[i - 1], k->folded.v[i]) == 0) {
			git_util_say(k->ret, GIT_ANSWER_ENVIRONMENT,
			    "names on \"%s\" of %s differ only in case (%s), and core.ignoreCase "
			    "is "
			    "set: workers would commit the loss of one; git config core.ignoreCase "
			    "false, or rename one",
			    k->branch, git_repository_workdir(k->repo), k->folded.v[i]);
			return false;
		}
	return true;
}

static bool
git_kind_walk(struct git_kind *k, const git_oid *base)
{
	AUTO_GIT(git_commit) *commit = NULL;
	AUTO_GIT(git_tree) *tree = NULL;
	int code = git_commit_lookup(&commit, k->repo, base);

	if (code == 0)
		code = git_commit_tree(&tree, commit);
	if (code == 0)
		code = git_tree_walk(tree, GIT_TREEWALK_PRE, git_kind_see, k);
	if (code < 0) {
		git_util_fail(k->ret, "reading the files of branch \"%s\" of %s", k->branch,
		    git_repository_workdir(k->repo));
		return false;
	}
	if (k->missing > 0) {
		git_util_say(k->ret, GIT_ANSWER_ENVIRONMENT,
		    "%s is a partial clone: %zu files of branch \"%s\" are not "
		    "here; " GIT_UTIL_REFETCH,
		    git_repository_workdir(k->repo), k->missing, k->branch);
		return false;
	}
	if (!git_kind_case(k))
		return false;
	if (!k->has_attributes && !git_filter_is_named_outside(k->repo, k->config))
		return true;
	git_filter_at(base, &k->attributes);
	code = git_tree_walk(tree, GIT_TREEWALK_PRE, git_kind_filtered, k);
	if (code < 0 && code != GIT_EUSER)
		git_util_fail(k->ret, "reading the attributes of branch \"%s\" of %s", k->branch,
		    git_repository_workdir(k->repo));
	return code == 0;
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

bool
git_kind_of_tree(
    git_repository *repo, const git_oid *base, const char *branch, struct git_result *ret)
{
	_cleanup_(git_kind_release) struct git_kind k = {
		.repo = repo,
		.branch = branch,
		.is_partial = git_kind_is_partial(repo),
		.is_case_blind = git_kind_config(repo, "core.ignoreCase"),
		.ret = ret,
	};

	if (git_repository_odb(&k.odb, repo) < 0 ||
	    git_repository_config_snapshot(&k.config, repo) < 0) {
		git_util_fail(
		    ret, "opening objects and configuration of %s", git_repository_workdir(repo));
		return false;
	}
	return git_kind_walk(&k, base);
}
