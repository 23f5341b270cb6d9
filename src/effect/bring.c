/* SPDX-License-Identifier: GPL-2.0-only */
#include "base/base.h"

#include "effect/bring.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/fs.h>
#include <linux/openat2.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#define BRING_DEPTH 200 /* directories in directories; each takes two descriptors */
#define BRING_STEP  ((size_t)64 * 1024)

static int bring_any(int from_dir, int to_dir, const char *name, unsigned depth, struct bring *b);

static void
bring_close(int *fd)
{
	if (*fd >= 0)
		(void)close(*fd); /* what was written is asked for by a sync of the file system */
}

int
bring_parent(int root, const char *path, bool may_make, const char **ret_name)
{
	struct open_how how = { .flags = O_PATH | O_DIRECTORY | O_CLOEXEC,
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS };
	int dir = fcntl(root, F_DUPFD_CLOEXEC, 3);

	for (const char *end; dir >= 0 && (end = strchr(path, '/')) != NULL; path = end + 1) {
		_cleanup_(free_charp) char *name = xstrndup(path, (size_t)(end - path));
		int above = dir, errnum;

		if (may_make && mkdirat(above, name, 0777) < 0 && errno != EEXIST)
			dir = -1;
		else
			dir = (int)syscall(SYS_openat2, above, name, &how, sizeof how);
		errnum = errno;
		(void)close(above);
		errno = errnum;
	}
	if (dir < 0)
		return -errno;
	*ret_name = path;
	return dir;
}

/* By reading and writing, from where both are. */
static int
bring_slowly(int from, int to)
{
	char step[BRING_STEP];

	for (;;) {
		ssize_t n = read(from, step, sizeof step), done = 0;

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n < 0 ? errno : 0;
		while (done < n) {
			ssize_t w = write(to, step + done, (size_t)(n - done));

			if (w < 0 && errno != EINTR)
				return errno;
			done += w > 0 ? w : 0;
		}
	}
}

static int
bring_data(int from, int to, struct bring *b)
{
	bool has_begun = false;
	ssize_t n;

	if (!b->has_copied && ioctl(to, FICLONE, from) == 0)
		return 0;
	b->has_copied = true; /* the next one is not asked: it is the same file system, mostly */
	while ((n = copy_file_range(from, NULL, to, NULL, SSIZE_MAX / 2, 0)) > 0 ||
	       (n < 0 && errno == EINTR))
		has_begun |= n > 0;
	if (n < 0 && (has_begun || errno == ENOSPC || errno == EDQUOT || errno == EIO))
		return errno;
	return bring_slowly(from, to); /* what is left, which is nothing if that was the end */
}

static int
bring_file(int from_dir, int to_dir, const char *name, struct bring *b)
{
	_cleanup_(bring_close) int from =
	    openat(from_dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	_cleanup_(bring_close) int to = -1;
	struct stat st;
	int errnum;

	if (from < 0 || fstat(from, &st) < 0)
		return errno;
	if (!S_ISREG(st.st_mode)) /* it was one a moment ago */
		return EAGAIN;
	to = openat(to_dir, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (to < 0)
		return errno;
	errnum = bring_data(from, to, b);
	if (errnum == 0 && fchmod(to, st.st_mode & 0777) < 0)
		errnum = errno;
	if (errnum == 0 && futimens(to, (struct timespec[]){ st.st_mtim, st.st_mtim }) < 0)
		errnum = errno;
	b->files++;
	b->bytes += (uint64_t)st.st_size;
	return errnum;
}

static int
bring_link(int from_dir, int to_dir, const char *name, struct bring *b)
{
	char target[PATH_MAX + 1];
	ssize_t n = readlinkat(from_dir, name, target, sizeof target - 1);

	if (n < 0)
		return errno;
	target[n] = '\0';
	b->links++;
	return symlinkat(target, to_dir, name) < 0 ? errno : 0;
}

/* from is taken over. */
static int
bring_entries(int from, int to, unsigned depth, struct bring *b)
{
	DIR *d = fdopendir(from);
	struct dirent *de;
	int errnum = 0;

	if (!d) {
		errnum = errno;
		(void)close(from);
		return errnum;
	}
	while (errnum == 0 && (errno = 0, (de = readdir(d)) != NULL)) {
		size_t len = b->at.len;

		if (strcmp(de->d_name, ".") == 0 || strcmp(de->d_name, "..") == 0)
			continue;
		buf_addf(&b->at, "/%s", de->d_name);
		errnum = bring_any(from, to, de->d_name, depth + 1, b);
		if (errnum == 0)
			buf_truncate(&b->at, len);
	}
	if (errnum == 0)
		errnum = errno;
	(void)closedir(d);
	return errnum;
}

static int
bring_directory(int from_dir, int to_dir, const char *name, unsigned depth, struct bring *b)
{
	int from = openat(from_dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC), errnum;
	_cleanup_(bring_close) int to = -1;
	struct stat st;

	if (from < 0)
		return errno;
	if (depth == BRING_DEPTH || fstat(from, &st) < 0 || mkdirat(to_dir, name, 0700) < 0 ||
	    (to = openat(to_dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)) < 0) {
		errnum = depth == BRING_DEPTH ? ENAMETOOLONG : errno;
		(void)close(from);
		return errnum;
	}
	b->directories++;
	errnum = bring_entries(from, to, depth, b);
	if (errnum == 0 && fchmod(to, st.st_mode & 0777) < 0)
		errnum = errno;
	if (errnum == 0 && futimens(to, (struct timespec[]){ st.st_mtim, st.st_mtim }) < 0)
		errnum = errno;
	return errnum;
}

static int
bring_any(int from_dir, int to_dir, const char *name, unsigned depth, struct bring *b)
{
	struct stat st;

	if (fstatat(from_dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return errno;
	if (S_ISREG(st.st_mode))
		return bring_file(from_dir, to_dir, name, b);
	if (S_ISLNK(st.st_mode))
		return bring_link(from_dir, to_dir, name, b);
	if (S_ISDIR(st.st_mode))
		return bring_directory(from_dir, to_dir, name, depth, b);
	b->skipped++;
	return 0;
}

int
bring_copy(int from_dir, int to_dir, const char *name, struct bring *b)
{
	return bring_any(from_dir, to_dir, name, 0, b);
}
