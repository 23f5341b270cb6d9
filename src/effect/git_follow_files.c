/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The writing.  All copies are made and synced beside the worktree before the first file of the
 * worktree is touched, so a full disk is noticed while nothing has changed; then each file is replaced
 * by one rename; the index follows last.
 */
#include "base/base.h"

#include "effect/git_follow.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

/* Files that say how other files are written come first. */
static bool
git_change_is_attributes(const struct git_change *c)
{
	const char *slash = strrchr(c->path, '/');

	return strcmp(slash ? slash + 1 : c->path, ".gitattributes") == 0;
}

/* A directory on the same file system as the worktree: in the gitdir when that is. */
static bool
git_follow_make_stage(struct git_follow *f, struct git_result *ret)
{
	_cleanup_(buf_release) struct buf path = BUF_INIT;
	struct stat work, git;
	int errnum;

	if (f->stage)
		return true;
	if (stat(f->workdir, &work) < 0 || stat(f->gitdir, &git) < 0) {
		git_util_fail_sys(ret, errno, "looking at %s", f->workdir);
		return false;
	}
	if (work.st_dev == git.st_dev)
		buf_addf(&path, "%s/" GIT_FOLLOW_STAGE, f->gitdir);
	else
		buf_addf(&path, "%s/." GIT_FOLLOW_STAGE, f->workdir);
	errnum = git_util_remove_tree(AT_FDCWD, path.p);
	if (errnum == 0 && mkdir(path.p, 0700) < 0)
		errnum = errno;
	if (errnum != 0) {
		git_util_fail_sys(ret, errnum, "making %s", path.p);
		return false;
	}
	f->stage = buf_take(&path);
	return true;
}

static int
git_follow_put(const char *name, const char *bytes, size_t n, uint32_t mode)
{
	int fd, errnum;

	if (mode == GIT_FILEMODE_LINK) {
		_cleanup_(free_charp) char *target = xstrndup(bytes, n);

		return symlink(target, name) < 0 ? errno : 0;
	}
	/* the umask of the supervisor decides the rest, as it would for git */
	fd = open(name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC,
	    mode == GIT_FILEMODE_BLOB_EXECUTABLE ? 0777 : 0666);
	if (fd < 0)
		return errno;
	errnum = git_util_write_all(fd, bytes, n);
	if (close(fd) < 0 && errnum == 0)
		errnum = errno;
	return errnum;
}

static bool
git_follow_stage_one(struct git_follow *f, size_t i, struct git_result *ret)
{
	const struct git_change *c = &f->v[i];
	_cleanup_(buf_release) struct buf name = BUF_INIT;
	AUTO_GIT(git_blob) *blob = NULL;
	git_blob_filter_options opts = GIT_BLOB_FILTER_OPTIONS_INIT;
	git_buf bytes = GIT_BUF_INIT;
	int errnum;

	opts.flags = 0; /* the default answers nothing at all for a binary file */
	buf_addf(&name, "%s/%zu", f->stage, i);
	if (git_blob_lookup(&blob, f->repo, &c->to_id) < 0 ||
	    (c->to_mode != GIT_FILEMODE_LINK &&
		git_blob_filter(&bytes, blob, c->path, &opts) < 0)) {
		git_util_fail(ret, "reading %s as it is in the merge, for %s", c->path, f->workdir);
		return false;
	}
	if (c->to_mode == GIT_FILEMODE_LINK)
		errnum = git_follow_put(
		    name.p, git_blob_rawcontent(blob), (size_t)git_blob_rawsize(blob), c->to_mode);
	else
		errnum = git_follow_put(name.p, bytes.ptr, bytes.size, c->to_mode);
	git_buf_dispose(&bytes);
	if (errnum != 0)
		git_util_fail_sys(ret, errnum, "writing %s for %s", name.p, f->workdir);
	return errnum == 0;
}

/* Is the file still the one that was judged? */
static bool
git_change_is_as_seen(const struct git_change *c, const char *full)
{
	struct stat st;

	if (lstat(full, &st) < 0 || S_ISDIR(st.st_mode))
		return c->seen.st_mode == 0;
	return git_change_is_same(&c->seen, &st) && c->seen.st_ctim.tv_sec == st.st_ctim.tv_sec &&
	       c->seen.st_ctim.tv_nsec == st.st_ctim.tv_nsec;
}

static bool
git_follow_say_changed(struct git_follow *f, const struct git_change *c, struct git_result *ret)
{
	git_util_say(ret, GIT_ANSWER_ENVIRONMENT,
	    "%s/%s changed while the merge was being carried out; try again", f->workdir, c->path);
	return false;
}

/* The directories above a removed file, as far as they are empty.  full is cut. */
static void
git_follow_remove_empty(struct git_follow *f, char *full)
{
	size_t top = strlen(f->workdir);

	for (char *slash = strrchr(full, '/'); slash > full + top; slash = strrchr(full, '/')) {
		*slash = '\0';
		if (rmdir(full) < 0) /* ENOTEMPTY ends it */
			return;
	}
}

static bool
git_follow_remove(struct git_follow *f, const struct git_change *c, struct git_result *ret)
{
	_cleanup_(free_charp) char *full = git_util_join(f->workdir, c->path);

	if (!git_change_is_as_seen(c, full))
		return git_follow_say_changed(f, c, ret);
	if (c->seen.st_mode != 0 && unlink(full) < 0) {
		git_util_fail_sys(ret, errno, "removing %s", full);
		return false;
	}
	git_follow_remove_empty(f, full);
	return true;
}

/* A directory goes when it holds nothing but directories. */
static void
git_follow_remove_dirs(const char *path)
{
	struct stat st;
	struct dirent *de;
	DIR *d = lstat(path, &st) == 0 && S_ISDIR(st.st_mode) ? opendir(path) : NULL;

	if (!d)
		return;
	while ((de = readdir(d)) != NULL) {
		_cleanup_(free_charp) char *below = git_util_join(path, de->d_name);

		if (strcmp(de->d_name, ".") != 0 && strcmp(de->d_name, "..") != 0)
			git_follow_remove_dirs(below);
	}
	(void)closedir(d);
	(void)rmdir(path); /* what stays is told by what takes its place */
}

static int
git_follow_make_parents(struct git_follow *f, const char *rel)
{
	_cleanup_(buf_release) struct buf full = BUF_INIT;

	for (const char *s = strchr(rel, '/'); s; s = strchr(s + 1, '/')) {
		struct stat st;

		buf_clear(&full);
		buf_addf(&full, "%s/%.*s", f->workdir, (int)(s - rel), rel);
		if (mkdir(full.p, 0777) < 0 && errno != EEXIST)
			return errno;
		if (lstat(full.p, &st) < 0)
			return errno;
		if (!S_ISDIR(st.st_mode))
			return ENOTDIR;
	}
	return 0;
}

static bool
git_follow_replace(struct git_follow *f, size_t i, struct git_result *ret)
{
	struct git_change *c = &f->v[i];
	_cleanup_(free_charp) char *full = git_util_join(f->workdir, c->path);
	_cleanup_(buf_release) struct buf staged = BUF_INIT;
	int errnum = git_follow_make_parents(f, c->path);
	struct stat st;

	buf_addf(&staged, "%s/%zu", f->stage, i);
	if (errnum == 0 && !git_change_is_as_seen(c, full))
		return git_follow_say_changed(f, c, ret);
	if (errnum == 0 && lstat(staged.p, &st) < 0)
		errnum = errno;
	if (errnum == 0 && c->seen.st_mode == 0) {
		/* a new name, over nobody's file; directories that the removals emptied go first */
		git_follow_remove_dirs(full);
		if (linkat(AT_FDCWD, staged.p, AT_FDCWD, full, 0) < 0 || unlink(staged.p) < 0)
			errnum = errno;
	} else if (errnum == 0 && rename(staged.p, full) < 0) {
		errnum = errno;
	}
	if (errnum == EEXIST)
		return git_follow_say_changed(f, c, ret);
	if (errnum != 0)
		git_util_fail_sys(ret, errnum, "writing %s", full);
	else
		c->seen = st;
	return errnum == 0;
}

/* One round: attributes, or everything else. */
static bool
git_follow_round(struct git_follow *f, bool attributes, struct git_result *ret)
{
	bool any = false;
	int errnum;

	for (size_t i = 0; i < f->n; i++) {
		if (!f->v[i].write || f->v[i].to_mode == 0 ||
		    git_change_is_attributes(&f->v[i]) != attributes)
			continue;
		any = true;
		if (!git_follow_make_stage(f, ret) || !git_follow_stage_one(f, i, ret))
			return false;
	}
	errnum = any ? git_util_sync(f->stage) : 0;
	if (errnum != 0) {
		git_util_fail_sys(ret, errnum, "syncing the file system of %s", f->workdir);
		return false;
	}
	for (size_t i = f->n; i-- > 0;)
		if (f->v[i].write && f->v[i].to_mode == 0 &&
		    git_change_is_attributes(&f->v[i]) == attributes &&
		    !git_follow_remove(f, &f->v[i], ret))
			return false;
	for (size_t i = 0; i < f->n; i++)
		if (f->v[i].write && f->v[i].to_mode != 0 &&
		    git_change_is_attributes(&f->v[i]) == attributes &&
		    !git_follow_replace(f, i, ret))
			return false;
	return true;
}

/* The directory of a submodule that came or went; its content is the person's. */
static void
git_follow_submodule_dir(struct git_follow *f, const struct git_change *c)
{
	_cleanup_(free_charp) char *full = git_util_join(f->workdir, c->path);

	if (c->from_mode == 0 && git_follow_make_parents(f, c->path) == 0)
		(void)mkdir(full, 0777); /* git submodule update makes it, too */
	else if (c->to_mode == 0)
		(void)rmdir(full); /* stays when there is something in it, as git merge leaves it */
}

bool
git_follow_apply(struct git_follow *f, struct git_result *ret)
{
	if (!git_follow_round(f, true, ret))
		return false;
	(void)git_attr_cache_flush(f->repo); /* it only makes it forget */
	if (!git_follow_round(f, false, ret))
		return false;
	for (size_t i = 0; i < f->n; i++)
		if (f->v[i].index_only && (f->v[i].from_mode == GIT_FILEMODE_COMMIT ||
					      f->v[i].to_mode == GIT_FILEMODE_COMMIT))
			git_follow_submodule_dir(f, &f->v[i]);
	return git_follow_write_index(f, ret);
}
