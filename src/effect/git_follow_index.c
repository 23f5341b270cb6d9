/* SPDX-License-Identifier: GPL-2.0-only */
/* The index follows: a changed copy of it replaces it by one rename. */
#include "base/base.h"

#include "effect/git_follow.h"

#include <errno.h>
#include <fcntl.h>
#include <git2/sys/repository.h>
#include <unistd.h>

/* A copy with the time of the original: by that time libgit2 knows which entries it may not trust. */
static int
git_follow_copy_index(const char *from, const char *to)
{
	struct stat st;
	char chunk[65536];
	ssize_t n = 0;
	int in, out, errnum = 0;

	(void)unlink(to);
	in = open(from, O_RDONLY | O_CLOEXEC);
	if (in < 0)
		return errno == ENOENT ? 0 : errno;
	out = open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (out < 0)
		errnum = errno;
	while (errnum == 0 && (n = read(in, chunk, sizeof chunk)) > 0)
		errnum = git_util_write_all(out, chunk, (size_t)n);
	if (errnum == 0 && n < 0)
		errnum = errno;
	if (errnum == 0 && fstat(in, &st) == 0) {
		struct timespec times[2] = { st.st_atim, st.st_mtim };

		(void)fchmod(out, st.st_mode & 0777); /* libgit2 writes it anew anyway */
		if (futimens(out, times) < 0)
			errnum = errno;
	}
	(void)close(in);
	if (out >= 0)
		(void)close(out);
	return errnum;
}

static int
git_follow_entry(struct git_follow *f, git_index *index, const struct git_change *c)
{
	const git_index_entry *old = git_index_get_bypath(index, c->path, 0);
	_cleanup_(free_charp) char *full = git_util_join(f->workdir, c->path);
	git_index_entry e;
	struct stat st;
	int code;

	if (c->to_mode == 0) {
		code = git_index_remove(index, c->path, 0);
		return code == GIT_ENOTFOUND ? 0 : code;
	}
	memset(&e, 0, sizeof e);
	e.path = c->path;
	e.mode = c->to_mode;
	git_oid_cpy(&e.id, &c->to_id);
	if (old)
		e.flags_extended = old->flags_extended & GIT_INDEX_ENTRY_SKIP_WORKTREE;
	else if (c->index_only && c->to_mode != GIT_FILEMODE_COMMIT)
		e.flags_extended = GIT_INDEX_ENTRY_SKIP_WORKTREE;
	/* an entry without these is compared by content: right for a file that holds something else */
	if (!c->index_only && (c->write || c->file == GIT_SIDE_TO || c->file == GIT_SIDE_BOTH) &&
	    lstat(full, &st) == 0 && git_change_is_same(&c->seen, &st)) {
		e.ctime.seconds = (int32_t)st.st_ctim.tv_sec;
		e.ctime.nanoseconds = (uint32_t)st.st_ctim.tv_nsec;
		e.mtime.seconds = (int32_t)st.st_mtim.tv_sec;
		e.mtime.nanoseconds = (uint32_t)st.st_mtim.tv_nsec;
		e.dev = (uint32_t)st.st_dev;
		e.ino = (uint32_t)st.st_ino;
		e.uid = st.st_uid;
		e.gid = st.st_gid;
		e.file_size = (uint32_t)st.st_size;
	}
	return git_index_add(index, &e);
}

/* The copy at `next` becomes the index of `to`. */
static bool
git_follow_change_index(struct git_follow *f, const char *next, struct git_result *ret)
{
	AUTO_GIT(git_index) *index = NULL;
	int code = 0;

	/* libgit2 would take index.lock, which is ours: it writes a file of another name */
	if (git_index_open(&index, next) < 0 || git_repository_set_index(f->repo, index) < 0) {
		git_util_fail(ret, "opening %s", next);
		return false;
	}
	for (int adding = 0; adding < 2; adding++)
		for (size_t i = 0; i < f->n && code == 0; i++) {
			bool gone = f->v[i].to_mode == 0;

			if (gone == (adding == 0) && (f->v[i].entry == GIT_SIDE_FROM ||
							 (f->v[i].entry == GIT_SIDE_TO && !gone)))
				code = git_follow_entry(f, index, &f->v[i]);
		}
	if (code == 0)
		code = git_index_write(index);
	if (code < 0)
		git_util_fail(ret, "writing the index of %s", f->workdir);
	(void)git_repository_set_index(f->repo, NULL); /* the next reader opens the real one */
	return code == 0;
}

static bool
git_follow_replace_index(struct git_follow *f, struct git_result *ret)
{
	_cleanup_(free_charp) char *now = git_util_join(f->gitdir, "index");
	_cleanup_(free_charp) char *next = git_util_join(f->gitdir, GIT_FOLLOW_NEW_INDEX);
	int errnum = git_follow_copy_index(now, next);
	bool ok = errnum == 0;

	if (!ok)
		git_util_fail_sys(ret, errnum, "copying %s", now);
	ok = ok && git_follow_change_index(f, next, ret);
	if (ok && rename(next, now) < 0) {
		ok = false;
		git_util_fail_sys(ret, errno, "replacing %s", now);
	}
	if (!ok)
		(void)unlink(next); /* one that stays is swept by the next landing */
	return ok;
}

/* Entries that name the right content already, and only have old times, can wait for git status: on the
 * way back with a full disk that must not be a failure. */
bool
git_follow_write_index(struct git_follow *f, struct git_result *ret)
{
	_cleanup_(git_result_release) struct git_result r = GIT_RESULT_INIT;

	for (size_t i = 0; i < f->n; i++)
		if (f->v[i].entry == GIT_SIDE_FROM)
			return git_follow_replace_index(f, ret);
	(void)git_follow_replace_index(f, &r);
	return true;
}
