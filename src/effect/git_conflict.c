/* SPDX-License-Identifier: GPL-2.0-only */
#include "base/base.h"

#include "effect/git_conflict.h"

#include "base/clean.h"

#define CONFLICT_PATHS_MAX   200  /* that are named, */
#define CONFLICT_DETAILS_MAX 20   /* that are told in detail, */
#define CONFLICT_BYTES_MAX   8192 /* in so many bytes, about */
#define CONFLICT_LINES_MAX   40   /* of one file */
#define CONFLICT_LINE_MAX    160
#define CONFLICT_BLOB_MAX    (1024 * 1024)
#define CONFLICT_COMMITS_MAX 3   /* of one side that touched a file, */
#define CONFLICT_WALK_MAX    300 /* among the last so many */
#define CONFLICT_PASSED      "what passed"

struct git_clash {
	const git_index_entry *base, *ours, *theirs; /* any of them may be NULL; borrowed */
	const char *path;
};

struct git_clashes {
	struct git_clash *v; /* by path, each once */
	size_t n;
	size_t cap;
};

static int
git_clash_compare(const void *a, const void *b)
{
	const struct git_clash *x = a, *y = b;

	return strcmp(x->path, y->path);
}

/* The entries belong to the index. */
static int
git_conflict_list(git_index *index, struct git_clashes *ret)
{
	git_index_conflict_iterator *it = NULL;
	struct git_clash c;
	int code = git_index_conflict_iterator_new(&it, index);

	if (code < 0)
		return code;
	while ((code = git_index_conflict_next(&c.base, &c.ours, &c.theirs, it)) == 0) {
		const git_index_entry *e = c.ours ? c.ours : c.theirs ? c.theirs : c.base;

		if (!e)
			continue;
		c.path = e->path;
		*VEC_PUSH(ret) = c;
	}
	git_index_conflict_iterator_free(it);
	if (ret->n > 0)
		qsort(ret->v, ret->n, sizeof *ret->v, git_clash_compare);
	return code == GIT_ITEROVER ? 0 : code;
}

/* --- who touched it --- */

/* The id of what a commit has at path; zero: nothing. */
static git_oid
git_conflict_at(const git_commit *commit, const char *path)
{
	AUTO_GIT(git_tree) *tree = NULL;
	AUTO_GIT(git_tree_entry) *entry = NULL;
	git_oid none = { { 0 } };

	if (git_commit_tree(&tree, commit) < 0 || git_tree_entry_bypath(&entry, tree, path) < 0)
		return none;
	return *git_tree_entry_id(entry);
}

static bool
git_conflict_touches(const git_commit *commit, const char *path)
{
	AUTO_GIT(git_commit) *parent = NULL;
	git_oid before = { { 0 } }, after = git_conflict_at(commit, path);

	if (git_commit_parentcount(commit) > 1)
		return false;
	if (git_commit_parentcount(commit) == 1) {
		if (git_commit_parent(&parent, commit, 0) < 0)
			return false;
		before = git_conflict_at(parent, path);
	}
	return !git_oid_equal(&before, &after);
}

static void
git_conflict_name(git_commit *commit, const char *side, struct buf *ret)
{
	buf_addf(ret, "  %s: %.9s ", side, git_util_oid_of(git_commit_id(commit)).hex);
	clean_add_line(ret, str_of(git_commit_summary(commit)), CONFLICT_LINE_MAX);
	buf_addch(ret, '\n');
}

/* The last commits of a side, since the sides parted, that touched the path. */
static void
git_conflict_side(const struct git_conflict *c, const char *path, const git_oid *tip,
    const char *side, struct buf *ret)
{
	AUTO_GIT(git_revwalk) *walk = NULL;
	unsigned found = 0;
	git_oid id;

	if (git_revwalk_new(&walk, c->repo) < 0 ||
	    git_revwalk_sorting(walk, GIT_SORT_TOPOLOGICAL) < 0 ||
	    git_revwalk_push(walk, tip) < 0 || git_revwalk_hide(walk, &c->base) < 0)
		return; /* what is told is a help, and no proof */
	for (unsigned n = 0; n < CONFLICT_WALK_MAX && git_revwalk_next(&id, walk) == 0; n++) {
		AUTO_GIT(git_commit) *commit = NULL;

		if (git_commit_lookup(&commit, c->repo, &id) < 0 ||
		    !git_conflict_touches(commit, path))
			continue;
		if (found++ == CONFLICT_COMMITS_MAX) {
			buf_addf(ret, "  %s: and others\n", side);
			return;
		}
		git_conflict_name(commit, side, ret);
	}
}

/* --- what they made of it --- */

static bool
git_conflict_is_text(git_repository *repo, const git_index_entry *e)
{
	AUTO_GIT(git_blob) *blob = NULL;

	if (!e)
		return true;
	return git_blob_lookup(&blob, repo, &e->id) == 0 && !git_blob_is_binary(blob) &&
	       git_blob_rawsize(blob) <= CONFLICT_BLOB_MAX;
}

static const char *
git_conflict_kind(uint32_t mode)
{
	return mode == GIT_FILEMODE_LINK     ? "a symbolic link"
	       : mode == GIT_FILEMODE_COMMIT ? "a submodule"
					     : "a file";
}

/* In words.  True: the lines tell more. */
static bool
git_conflict_words(const struct git_conflict *c, const struct git_clash *k, struct buf *ret)
{
	uint32_t ours = k->ours ? k->ours->mode : 0, theirs = k->theirs ? k->theirs->mode : 0;
	bool is_file = (ours | theirs) != 0 &&
		       git_conflict_kind(ours) == git_conflict_kind(theirs) &&
		       ours != GIT_FILEMODE_LINK && ours != GIT_FILEMODE_COMMIT;

	if (!k->ours && !k->theirs) {
		buf_adds(ret, "renamed or removed on both sides, in different ways");
	} else if (!k->theirs) {
		buf_addf(ret,
		    k->base ? "changed in %s, removed or renamed by what passed"
			    : "in %s, where what passed has something else",
		    c->target);
	} else if (!k->ours) {
		buf_addf(ret,
		    k->base ? "removed or renamed in %s, changed by what passed"
			    : "in what passed, where %s has something else",
		    c->target);
	} else if (!is_file && ours != theirs) {
		buf_addf(ret, "%s in %s, %s in what passed", git_conflict_kind(ours), c->target,
		    git_conflict_kind(theirs));
	} else if (!is_file) {
		buf_addf(ret, "%s, changed on both sides", git_conflict_kind(ours));
	} else {
		buf_adds(ret, k->base ? "changed on both sides" : "added on both sides");
		if (ours != theirs)
			buf_addf(ret, "; executable only in %s",
			    ours == GIT_FILEMODE_BLOB_EXECUTABLE ? c->target : CONFLICT_PASSED);
		if (git_conflict_is_text(c->repo, k->base) &&
		    git_conflict_is_text(c->repo, k->ours) &&
		    git_conflict_is_text(c->repo, k->theirs))
			return true;
		buf_adds(ret, "; it is no text, or a large one");
	}
	return false;
}

/* The lines between the marks, and these. */
static void
git_conflict_hunks(struct str all, struct buf *ret)
{
	unsigned lines = 0;
	bool is_inside = false;
	struct str line;

	while (str_cut(&all, '\n', &line) || line.len > 0) {
		bool is_first = str_starts(line, "<<<<<<< ");

		is_inside |= is_first;
		if (!is_inside)
			continue;
		if (lines++ == CONFLICT_LINES_MAX) {
			buf_adds(ret, "    ...\n");
			return;
		}
		buf_adds(ret, "    ");
		clean_add_line(ret, line, CONFLICT_LINE_MAX);
		buf_addch(ret, '\n');
		is_inside = !str_starts(line, ">>>>>>> ");
	}
}

static void
git_conflict_lines(const struct git_conflict *c, const struct git_clash *k, struct buf *ret)
{
	git_merge_file_options opts = GIT_MERGE_FILE_OPTIONS_INIT;
	git_merge_file_result r = { 0 };

	opts.flags = GIT_MERGE_FILE_STYLE_DIFF3;
	opts.our_label = c->target;
	opts.their_label = CONFLICT_PASSED;
	opts.ancestor_label = "before";
	if (git_merge_file_from_index(&r, c->repo, k->base, k->ours, k->theirs, &opts) == 0)
		git_conflict_hunks(str_n(r.ptr, r.len), ret);
	git_merge_file_result_free(&r);
}

static void
git_conflict_detail(const struct git_conflict *c, const struct git_clash *k, struct buf *ret)
{
	_cleanup_(buf_release) struct buf side = BUF_INIT;
	bool has_lines;

	buf_addf(&side, "in %s", c->target);
	clean_add_line(ret, str_of(k->path), CONFLICT_LINE_MAX);
	buf_adds(ret, ": ");
	has_lines = git_conflict_words(c, k, ret);
	buf_addch(ret, '\n');
	git_conflict_side(c, k->path, &c->ours, side.p, ret);
	if (c->at)
		git_conflict_name(c->at, CONFLICT_PASSED, ret);
	else
		git_conflict_side(c, k->path, &c->theirs, CONFLICT_PASSED, ret);
	if (has_lines)
		git_conflict_lines(c, k, ret);
}

int
git_conflict_tell(const struct git_conflict *c, struct buf *ret)
{
	struct git_clashes all = { NULL, 0, 0 };
	const char *last = "";
	size_t named = 0, told = 0, start;
	int code = git_conflict_list(c->index, &all);

	for (size_t i = 0; i < all.n && code == 0; i++) {
		if (strcmp(all.v[i].path, last) == 0 || named++ >= CONFLICT_PATHS_MAX)
			continue;
		last = all.v[i].path;
		clean_add(ret, str_of(last), false);
		buf_addch(ret, '\n');
	}
	if (named > CONFLICT_PATHS_MAX)
		buf_addf(ret, "and %zu more\n", named - CONFLICT_PATHS_MAX);
	buf_addch(ret, '\n');
	start = ret->len;
	if (c->at) {
		buf_adds(ret,
		    "Made again on the target, one commit after another, this one does not fit:\n");
		git_conflict_name(c->at, "commit", ret);
	}
	for (size_t i = 0; i < all.n && code == 0; i++) {
		if (told++ == CONFLICT_DETAILS_MAX || ret->len - start > CONFLICT_BYTES_MAX) {
			buf_adds(ret, "(the others are left out here)\n");
			break;
		}
		git_conflict_detail(c, &all.v[i], ret);
	}
	free(all.v);
	return code;
}
