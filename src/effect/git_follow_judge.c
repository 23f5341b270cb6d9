/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The judgement: where do the files and the index of this worktree stand between the two commits?  It
 * only reads.
 */
#include "base/base.h"

#include "effect/git_follow.h"

#include <dirent.h>
#include <errno.h>
#include <unistd.h>

#include "base/clean.h"
#include "effect/git_filter.h"
#include "effect/git_sparse.h"

static enum git_side
git_change_side(const struct git_change *c, uint32_t mode, const git_oid *id, bool any_mode)
{
	bool from =
	    mode == 0 ? c->from_mode == 0 : c->from_mode != 0 && git_oid_equal(id, &c->from_id);
	bool to = mode == 0 ? c->to_mode == 0 : c->to_mode != 0 && git_oid_equal(id, &c->to_id);

	if (mode != 0) {
		bool plain = any_mode && mode != GIT_FILEMODE_LINK;

		from =
		    from && (mode == c->from_mode || (plain && c->from_mode != GIT_FILEMODE_LINK));
		to = to && (mode == c->to_mode || (plain && c->to_mode != GIT_FILEMODE_LINK));
	}
	if (from && to)
		return GIT_SIDE_BOTH;
	return to ? GIT_SIDE_TO : from ? GIT_SIDE_FROM : GIT_SIDE_OTHER;
}

/* Is every file below this directory one that goes away?  Then a file may take its place; empty directories
 * are nobody's, as in git. */
static bool
git_follow_dir_goes(struct git_follow *f, const char *rel)
{
	_cleanup_(free_charp) char *full = git_util_join(f->workdir, rel);
	DIR *d = opendir(full);
	struct dirent *de;
	bool goes = true;

	if (!d)
		return false;
	while (goes && (de = readdir(d)) != NULL) {
		_cleanup_(free_charp) char *below = NULL;
		_cleanup_(free_charp) char *path = NULL;
		struct git_change *c;
		struct stat st;

		if (strcmp(de->d_name, ".") == 0 || strcmp(de->d_name, "..") == 0)
			continue;
		below = git_util_join(rel, de->d_name);
		path = git_util_join(f->workdir, below);
		c = git_follow_find(f, below, strlen(below));
		if (lstat(path, &st) < 0)
			goes = false;
		else if (S_ISDIR(st.st_mode))
			goes = git_follow_dir_goes(f, below);
		else
			goes = c && c->to_mode == 0;
	}
	(void)closedir(d);
	return goes;
}

/* A parent that is no directory: the path does not exist; fine only when the merge changes that parent,
 * which is then judged by itself. */
static bool
git_follow_parents(struct git_follow *f, const char *rel, bool *ret_absent)
{
	*ret_absent = false;
	for (const char *s = strchr(rel, '/'); s; s = strchr(s + 1, '/')) {
		_cleanup_(buf_release) struct buf parent = BUF_INIT;
		struct git_change *c;
		struct stat st;

		buf_addf(&parent, "%s/%.*s", f->workdir, (int)(s - rel), rel);
		if (lstat(parent.p, &st) < 0) {
			*ret_absent = true;
			return errno == ENOENT || errno == ENOTDIR;
		}
		if (S_ISDIR(st.st_mode))
			continue;
		*ret_absent = true;
		c = git_follow_find(f, rel, (size_t)(s - rel));
		return c != NULL;
	}
	return true;
}

static int
git_follow_hash(struct git_follow *f, const char *rel, const struct stat *st, git_oid *ret)
{
	_cleanup_(free_charp) char *full = git_util_join(f->workdir, rel);

	if (S_ISLNK(st->st_mode)) {
		char target[4096];
		ssize_t n = readlink(full, target, sizeof target);

		if (n < 0 || n == (ssize_t)sizeof target)
			return -1;
		return git_odb_hash(ret, target, (size_t)n, GIT_OBJECT_BLOB);
	}
	return git_repository_hashfile(ret, f->repo, full, GIT_OBJECT_BLOB, rel);
}

static enum git_side
git_follow_file_side(struct git_follow *f, struct git_change *c, bool any_mode)
{
	_cleanup_(free_charp) char *full = git_util_join(f->workdir, c->path);
	bool absent;
	uint32_t mode;
	git_oid id;

	memset(&c->seen, 0, sizeof c->seen);
	if (!git_follow_parents(f, c->path, &absent))
		return GIT_SIDE_OTHER;
	if (absent || lstat(full, &c->seen) < 0) {
		bool gone = absent || errno == ENOENT || errno == ENOTDIR;

		memset(&c->seen, 0, sizeof c->seen);
		return gone ? git_change_side(c, 0, NULL, false) : GIT_SIDE_OTHER;
	}
	if (S_ISDIR(c->seen.st_mode)) {
		memset(&c->seen, 0, sizeof c->seen);
		if (c->to_mode ==
		    0) /* the file has gone; what is in the directory is judged by itself */
			return git_change_side(c, 0, NULL, false);
		return c->from_mode == 0 && git_follow_dir_goes(f, c->path) ? GIT_SIDE_FROM
									    : GIT_SIDE_OTHER;
	}
	if (S_ISLNK(c->seen.st_mode))
		mode = GIT_FILEMODE_LINK;
	else if (S_ISREG(c->seen.st_mode))
		mode = c->seen.st_mode & S_IXUSR ? GIT_FILEMODE_BLOB_EXECUTABLE : GIT_FILEMODE_BLOB;
	else
		return GIT_SIDE_OTHER;
	if (git_follow_hash(f, c->path, &c->seen, &id) < 0)
		return GIT_SIDE_OTHER;
	return git_change_side(c, mode, &id, any_mode);
}

/* libgit2 would write other bytes than git: by the attributes as they are now, or as they will be. */
static bool
git_follow_needs_program(
    struct git_follow *f, const char *path, git_config *config, struct buf *why)
{
	git_attr_options now = GIT_ATTR_OPTIONS_INIT, then;

	git_filter_at(&f->to, &then);
	return git_filter_needs(f->repo, config, &now, path, why) ||
	       git_filter_needs(f->repo, config, &then, path, why);
}

static void
git_follow_hold(struct git_follow *f, struct buf *held, const char *path)
{
	if (!f->is_main) {
		clean_add(held, str_of(f->workdir), false);
		buf_addch(held, '/');
	}
	clean_add(held, str_of(path), false);
	buf_addch(held, '\n');
}

void
git_follow_reason(struct buf *held, const char *path, const char *reason)
{
	buf_addch(held, '(');
	clean_add(held, str_of(path), false);
	buf_adds(held, ": ");
	clean_add(
	    held, str_of(reason), false); /* names of a worker's .gitattributes may be in it */
	buf_adds(held, ")\n");
}

/* Where does one path stand?  False: it is in the way (told in held). */
static bool
git_follow_judge(struct git_follow *f, struct git_change *c, git_index *index, git_config *config,
    bool any_mode, struct buf *held)
{
	const git_index_entry *e = git_index_get_bypath(index, c->path, 0);
	bool is_link = c->from_mode == GIT_FILEMODE_COMMIT || c->to_mode == GIT_FILEMODE_COMMIT;
	_cleanup_(buf_release) struct buf why = BUF_INIT;

	c->entry =
	    e ? git_change_side(c, e->mode, &e->id, false) : git_change_side(c, 0, NULL, false);
	if (c->entry == GIT_SIDE_OTHER ||
	    (e && (e->flags_extended & GIT_INDEX_ENTRY_INTENT_TO_ADD) != 0)) {
		git_follow_hold(f, held, c->path);
		return false;
	}
	if (is_link) {
		_cleanup_(free_charp) char *full = git_util_join(f->workdir, c->path);
		bool pure = (c->from_mode == GIT_FILEMODE_COMMIT || c->from_mode == 0) &&
			    (c->to_mode == GIT_FILEMODE_COMMIT || c->to_mode == 0);
		struct stat st;

		/* as git merge: the entry follows, the submodule's own files are left to the person */
		if (!pure || (lstat(full, &st) == 0 && !S_ISDIR(st.st_mode))) {
			git_follow_hold(f, held, c->path);
			return false;
		}
		c->index_only = true;
		return true;
	}
	buf_adds(&why, "needs ");
	if (git_follow_needs_program(f, c->path, config, &why)) {
		buf_adds(
		    &why, ", which a landing does not run: git merge by hand, then reeve merge");
		git_follow_reason(held, c->path, why.p);
		return false;
	}
	c->file = git_follow_file_side(f, c, any_mode);
	if (c->seen.st_mode == 0 &&
	    (e ? (e->flags_extended & GIT_INDEX_ENTRY_SKIP_WORKTREE) != 0
	       : c->to_mode != 0 && git_sparse_leaves_out(&f->sparse, c->path))) {
		c->index_only = true;
		return true;
	}
	/* staged as in the merge, but the file is not: somebody is at work on it */
	if (c->file == GIT_SIDE_OTHER ||
	    (c->file == GIT_SIDE_FROM && c->entry == GIT_SIDE_TO && !f->is_back)) {
		git_follow_hold(f, held, c->path);
		return false;
	}
	c->write = c->file == GIT_SIDE_FROM;
	return true;
}

bool
git_follow_survey(struct git_follow *f, struct buf *held, struct git_result *ret)
{
	git_index *index = NULL;
	git_config *config = NULL;
	int filemode = 1;
	bool ok = false;

	if (git_repository_index(&index, f->repo) < 0 || git_index_read(index, 1) < 0 ||
	    git_repository_config_snapshot(&config, f->repo) < 0) {
		git_util_fail(ret, "reading the index of %s", f->workdir);
		goto out;
	}
	git_sparse_release(&f->sparse);
	if (!git_sparse_open(&f->sparse, f->repo)) {
		git_util_fail(ret, "reading what %s leaves out (%sinfo/sparse-checkout)",
		    f->workdir, git_repository_path(f->repo));
		goto out;
	}
	(void)git_attr_cache_flush(f->repo); /* it only makes it forget */
	if (git_config_get_bool(&filemode, config, "core.filemode") < 0)
		filemode = 1;
	if (git_index_has_conflicts(index))
		git_follow_reason(held, f->workdir, "the index holds unresolved conflicts");
	for (size_t i = 0; i < f->n; i++)
		(void)git_follow_judge(
		    f, &f->v[i], index, config, filemode == 0, held); /* held tells */
	ok = true;
out:
	git_config_free(config);
	git_index_free(index);
	return ok;
}
