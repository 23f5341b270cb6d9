/* SPDX-License-Identifier: GPL-2.0-only */
#include "base/base.h"

#include "effect/git_token.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

int
git_token_take(struct git_token *t, git_repository *repo, const char *name, bool wait)
{
	static const char note[] = "reeve is changing this repository\n";
	struct flock whole = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	struct buf path = BUF_INIT;
	int got;

	git_util_common_path(repo, name, &path);
	t->path = buf_take(&path);
	t->fd = open(t->path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0644);
	if (t->fd < 0)
		return errno;
	/* the deadline of our own process ends a wait */
	do
		got = fcntl(t->fd, wait ? F_OFD_SETLKW : F_OFD_SETLK, &whole);
	while (got < 0 && errno == EINTR);
	if (got < 0)
		return errno == EACCES ? EAGAIN : errno;
	if (fstat(t->fd, &t->st) < 0)
		return errno;
	/* for a person who finds it as a lock; it works without, too */
	(void)!pwrite(t->fd, note, sizeof note - 1, 0);
	return 0;
}

void
git_token_release(struct git_token *t)
{
	if (t->path && t->fd >= 0)
		(void)close(t->fd);
	free(t->path);
	memset(t, 0, sizeof *t);
}

int
git_token_lock(const struct git_token *t, const char *lock)
{
	return link(t->path, lock) < 0 ? errno : 0;
}

void
git_token_sweep(const struct git_token *t, const char *lock)
{
	struct stat st;

	/* one that stays is told by git_token_lock() */
	if (lstat(lock, &st) == 0 && st.st_ino == t->st.st_ino && st.st_dev == t->st.st_dev)
		(void)unlink(lock);
}
