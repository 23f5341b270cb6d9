/* SPDX-License-Identifier: GPL-2.0-only */
/* Plain files and directories of a repository and of what workers leave in it: synced, removed, read, written. */
#include "base/base.h"

#include "effect/git_util.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

static int
git_util_sync_by(int (*sync)(int fd), const char *path)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int errnum = 0;

	if (fd < 0)
		return errno;
	if (sync(fd) < 0)
		errnum = errno;
	(void)close(fd);
	return errnum;
}

int
git_util_sync(const char *path)
{
	return git_util_sync_by(syncfs, path);
}

int
git_util_sync_dir(const char *path)
{
	return git_util_sync_by(fsync, path);
}

int
git_util_open_dir(int dir, const char *name)
{
	int fd = openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	char self[40];
	int place;

	if (fd >= 0 || errno != EACCES)
		return fd;
	place = openat(dir, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (place < 0)
		return place;
	(void)snprintf(self, sizeof self, "/proc/self/fd/%d", place);
	if (chmod(self, 0700) == 0)
		fd = openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	(void)close(place);
	return fd;
}

static int
git_util_remove_below(int dir, const char *name, const dev_t *device)
{
	struct dirent *de;
	struct stat st;
	int fd, errnum = 0;
	DIR *d;

	if (unlinkat(dir, name, 0) == 0 || errno == ENOENT)
		return 0;
	if (errno != EISDIR && errno != EPERM)
		return errno;
	errnum = errno;
	fd = git_util_open_dir(dir, name);
	if (fd < 0)
		return errno == ENOTDIR ? errnum : errno;
	errnum = 0;
	if (fstat(fd, &st) < 0)
		errnum = errno;
	else if (device && *device != st.st_dev)
		errnum = EXDEV; /* something is mounted there: it is no part of the tree */
	(void)fchmod(fd, 0700);
	d = errnum == 0 ? fdopendir(fd) : NULL;
	if (!d) {
		errnum = errnum ? errnum : errno;
		(void)close(fd);
		return errnum;
	}
	while (errnum == 0 && (de = readdir(d)) != NULL)
		if (strcmp(de->d_name, ".") != 0 && strcmp(de->d_name, "..") != 0)
			errnum = git_util_remove_below(fd, de->d_name, &st.st_dev);
	(void)closedir(d);
	if (errnum == 0 && unlinkat(dir, name, AT_REMOVEDIR) < 0 && errno != ENOENT)
		errnum = errno;
	return errnum;
}

int
git_util_remove_tree(int dir, const char *name)
{
	return git_util_remove_below(dir, name, NULL);
}

bool
git_util_read(const char *path, size_t max, struct buf *ret)
{
	int fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	struct stat st;
	ssize_t n = -1;

	if (fd < 0)
		return false;
	buf_clear(ret);
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && (uint64_t)st.st_size <= max) {
		char chunk[4096];

		while ((n = read(fd, chunk, sizeof chunk)) > 0 && ret->len <= max)
			buf_add(ret, chunk, (size_t)n);
	}
	(void)close(fd);
	return n == 0;
}

bool
git_util_line(const char *dir, const char *name, const char *prefix, struct buf *ret)
{
	_cleanup_(free_charp) char *file = git_util_join(dir, name);
	_cleanup_(buf_release) struct buf text = BUF_INIT;
	struct str s;

	if (!git_util_read(file, 65536, &text))
		return false;
	s = buf_str(&text);
	while (s.len > 0 && (s.p[s.len - 1] == '\n' || s.p[s.len - 1] == '\r'))
		s.len--;
	if (!str_starts(s, prefix) || s.len == strlen(prefix))
		return false;
	buf_clear(ret);
	buf_add(ret, s.p + strlen(prefix), s.len - strlen(prefix));
	return true;
}

int
git_util_write_all(int fd, const char *bytes, size_t n)
{
	while (n > 0) {
		ssize_t k = write(fd, bytes, n);

		if (k < 0 && errno != EINTR)
			return errno;
		if (k > 0) {
			bytes += k;
			n -= (size_t)k;
		}
	}
	return 0;
}

int
git_util_write(const char *path, const char *tmp, struct str bytes)
{
	_cleanup_(buf_release) struct buf beside = BUF_INIT;
	int fd, errnum;

	if (!tmp) {
		buf_addf(&beside, "%s.reeve-tmp", path);
		tmp = beside.p;
	}
	(void)unlink(tmp); /* of a killed attempt; one that stays stops open() */
	fd = open(tmp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
	if (fd < 0)
		return errno;
	errnum = git_util_write_all(fd, bytes.p, bytes.len);
	if (errnum == 0 && fsync(fd) < 0)
		errnum = errno;
	if (close(fd) < 0 && errnum == 0)
		errnum = errno;
	if (errnum == 0 && rename(tmp, path) < 0)
		errnum = errno;
	if (errnum != 0)
		(void)unlink(tmp);
	return errnum;
}

char *
git_util_join(const char *dir, const char *name)
{
	struct buf b = BUF_INIT;

	buf_addf(&b, "%s/%s", dir, name);
	return buf_take(&b);
}
