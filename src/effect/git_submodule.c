/* SPDX-License-Identifier: GPL-2.0-only */
#include "base/base.h"

#include "effect/git_submodule.h"

#include <dirent.h>
#include <errno.h>
#include <sys/stat.h>

#define GIT_SUBMODULE_DEPTH 16 /* of names with slashes, and of submodules in submodules */

/* Is a remote-tracking branch at this commit?  Then a shallow clone, which cannot be walked, is fine, too. */
static int
git_submodule_is_at_remote(git_repository *sub, const git_oid *id)
{
	git_reference_iterator *it = NULL;
	git_reference *ref = NULL;
	int code = git_reference_iterator_glob_new(&it, sub, "refs/remotes/*");
	bool found = false;

	while (code == 0 && !found && (code = git_reference_next(&ref, it)) == 0) {
		const git_oid *target = git_reference_target(ref);

		found = target && git_oid_equal(target, id);
		git_reference_free(ref);
	}
	git_reference_iterator_free(it);
	return found;
}

/* 1: every commit of HEAD, of the branches and of the stash was pushed or fetched; 0; negative: unknown. */
static int
git_submodule_is_pushed(git_repository *sub)
{
	AUTO_GIT(git_revwalk) *walk = NULL;
	git_reference_iterator *it = NULL;
	git_reference *ref = NULL;
	git_oid id;
	size_t n = 0;
	int code = git_revwalk_new(&walk, sub);

	if (code < 0)
		return code;
	code = git_reference_name_to_id(&id, sub, "HEAD");
	if (code == 0 && !git_submodule_is_at_remote(sub, &id) && ++n > 0)
		code = git_revwalk_push(walk, &id);
	if (code < 0 && code != GIT_ENOTFOUND)
		return code;
	code = git_reference_iterator_new(&it, sub);
	while (code == 0 && (code = git_reference_next(&ref, it)) == 0) {
		struct str name = str_of(git_reference_name(ref));
		const git_oid *target = git_reference_target(ref);

		if (target && (str_starts(name, "refs/heads/") || str_is(name, "refs/stash")) &&
		    !git_submodule_is_at_remote(sub, target) && ++n > 0)
			code = git_revwalk_push(walk, target);
		git_reference_free(ref);
	}
	git_reference_iterator_free(it);
	if (code != GIT_ITEROVER || n == 0)
		return code == GIT_ITEROVER ? 1 : code;
	code = git_revwalk_hide_glob(walk, "refs/remotes/*");
	if (code == 0)
		code = git_revwalk_next(&id, walk);
	return code == GIT_ITEROVER ? 1 : code;
}

static bool
git_submodule_is_kept(const char *at, const char *name, struct buf *ret)
{
	AUTO_GIT(git_repository) *sub = NULL;

	if (git_repository_open_ext(&sub, at, GIT_REPOSITORY_OPEN_NO_SEARCH, NULL) == 0 &&
	    git_submodule_is_pushed(sub) == 1)
		return false;
	buf_clear(ret);
	buf_adds(ret, name);
	return true;
}

/* <admin>/modules/NAME, where a name may have slashes, and modules of its own. */
static bool
git_submodule_scan(const char *dir, const char *name, unsigned depth, struct buf *ret)
{
	_cleanup_(free_charp) char *head = git_util_join(dir, "HEAD");
	_cleanup_(free_charp) char *modules = git_util_join(dir, "modules");
	struct dirent *de;
	struct stat st;
	bool found = false;
	DIR *d;

	if (lstat(head, &st) == 0)
		return git_submodule_is_kept(dir, name, ret) ||
		       (lstat(modules, &st) == 0 && depth > 0 &&
			   git_submodule_scan(modules, name, depth - 1, ret));
	d = opendir(dir);
	if (!d)
		return errno != ENOENT && errno != ENOTDIR;
	while (!found && (de = readdir(d)) != NULL) {
		_cleanup_(free_charp) char *below = git_util_join(dir, de->d_name);

		if (strcmp(de->d_name, ".") != 0 && strcmp(de->d_name, "..") != 0 &&
		    lstat(below, &st) == 0 && S_ISDIR(st.st_mode))
			found = depth == 0 || git_submodule_scan(below, de->d_name, depth - 1, ret);
	}
	(void)closedir(d);
	return found;
}

/* Those whose repository is in the worktree: git knows such, too. */
static bool
git_submodule_in_files(const char *path, struct buf *ret)
{
	AUTO_GIT(git_repository) *repo = NULL;
	AUTO_GIT(git_index) *index = NULL;

	if (git_repository_open_ext(&repo, path, GIT_REPOSITORY_OPEN_NO_SEARCH, NULL) < 0 ||
	    git_repository_index(&index, repo) < 0)
		return false; /* whoever removes it opens it, too, and tells */
	for (size_t i = 0; i < git_index_entrycount(index); i++) {
		const git_index_entry *e = git_index_get_byindex(index, i);
		_cleanup_(buf_release) struct buf at = BUF_INIT, git = BUF_INIT;
		struct stat st;

		if (e->mode != GIT_FILEMODE_COMMIT)
			continue;
		buf_addf(&at, "%s/%s", path, e->path);
		buf_addf(&git, "%s/.git", at.p);
		if (lstat(git.p, &st) == 0 && S_ISDIR(st.st_mode) &&
		    git_submodule_is_kept(at.p, e->path, ret))
			return true;
	}
	return false;
}

bool
git_submodule_is_needed(const char *path, const char *admin, struct buf *ret)
{
	_cleanup_(free_charp) char *modules = git_util_join(admin, "modules");

	buf_clear(ret);
	return git_submodule_scan(modules, "modules", GIT_SUBMODULE_DEPTH, ret) ||
	       git_submodule_in_files(path, ret);
}
