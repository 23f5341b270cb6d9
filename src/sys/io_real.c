/* SPDX-License-Identifier: GPL-2.0-only */
/* io_real.c: struct io over the kernel. */
#include "base/base.h"
#include "sys/io.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/syscall.h>

_Static_assert(IO_CWD == AT_FDCWD, "IO_CWD is handed to the kernel as it is");

#define REAL_LIST_BYTES ((size_t)32 * 1024) /* of names at once */

/* EINTR means only that the call has not been made; nobody above wants to hear of it. */
#define RETRY(result, call)                                                                        \
	do                                                                                         \
		(result) = (call);                                                                 \
	while ((result) < 0 && errno == EINTR)

static int
real_result(ssize_t n)
{
	return n < 0 ? -errno : (int)n;
}

static int
real_flags(unsigned how)
{
	int flags = O_CLOEXEC;

	if (how & (IO_WRITE | IO_APPEND))
		flags |= how & IO_READ ? O_RDWR : O_WRONLY;
	else
		flags |= O_RDONLY;
	if (how & IO_CREATE)
		flags |= O_CREAT | O_EXCL;
	if (how & IO_ENSURE)
		flags |= O_CREAT;
	if (how & IO_DIR)
		flags |= O_DIRECTORY;
	if (how & IO_APPEND)
		flags |= O_APPEND;
	if (how & IO_UNTRUSTED)
		flags |= O_NOFOLLOW | O_NONBLOCK | O_NOCTTY;
	return flags;
}

static int
real_open_untrusted(int dir, const char *name, int flags)
{
	struct open_how how = {
		.flags = (uint64_t)flags,
		.mode = flags & O_CREAT ? 0600 : 0,
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_XDEV,
	};
	int fd;

	RETRY(fd, (int)syscall(SYS_openat2, dir, name, &how, sizeof how));
	if (fd >= 0 || errno != ENOSYS)
		return real_result(fd);
	/* A kernel or sandbox without openat2: O_NOFOLLOW guards the last component, so there may be
	 * no other. */
	if (strchr(name, '/') != NULL || strcmp(name, "..") == 0)
		return -EXDEV;
	RETRY(fd, openat(dir, name, flags, 0600));
	return real_result(fd);
}

static int
real_open(struct io *io, int dir, const char *name, unsigned how)
{
	int flags = real_flags(how), fd;

	(void)io;
	if (how & IO_UNTRUSTED)
		return real_open_untrusted(dir, name, flags);
	RETRY(fd, openat(dir, name, flags, 0600));
	return real_result(fd);
}

static int
real_close(struct io *io, int fd)
{
	(void)io;
	/* Not repeated on EINTR: Linux has freed the number by then, and it may be another file's. */
	if (close(fd) < 0 && errno != EINTR)
		return -errno;
	return 0;
}

static ssize_t
real_read(struct io *io, int fd, void *p, size_t n)
{
	ssize_t got;

	(void)io;
	RETRY(got, read(fd, p, n));
	return got < 0 ? -errno : got;
}

static ssize_t
real_write(struct io *io, int fd, const void *p, size_t n)
{
	ssize_t put;

	(void)io;
	RETRY(put, write(fd, p, n));
	return put < 0 ? -errno : put;
}

static int
real_fsync(struct io *io, int fd)
{
	int r;

	(void)io;
	RETRY(r, fsync(fd));
	return real_result(r);
}

static int
real_truncate(struct io *io, int fd, uint64_t size)
{
	int r;

	(void)io;
	if (size > INT64_MAX)
		return -EFBIG;
	RETRY(r, ftruncate(fd, (off_t)size));
	return real_result(r);
}

static void
real_fill(const struct stat *st, struct io_stat *ret)
{
	*ret = (struct io_stat){
		.is_regular = S_ISREG(st->st_mode),
		.is_dir = S_ISDIR(st->st_mode),
		.is_link = S_ISLNK(st->st_mode),
		.size = (uint64_t)st->st_size,
		.links = st->st_nlink,
		.uid = st->st_uid,
		.dev = st->st_dev,
		.inode = st->st_ino,
		.mode = st->st_mode & 07777,
		.mtime_ms = (int64_t)st->st_mtim.tv_sec * 1000 + st->st_mtim.tv_nsec / 1000000,
	};
}

static int
real_fstat(struct io *io, int fd, struct io_stat *ret)
{
	struct stat st;

	(void)io;
	if (fstat(fd, &st) < 0)
		return -errno;
	real_fill(&st, ret);
	return 0;
}

static int
real_stat(struct io *io, int dir, const char *name, struct io_stat *ret)
{
	struct stat st;
	int r;

	(void)io;
	RETRY(r, fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW));
	if (r < 0)
		return -errno;
	real_fill(&st, ret);
	return 0;
}

/*
 * rename without replacing, for file systems that know no RENAME_NOREPLACE.  Removing the old name
 * decides: of two that move the same file to different names, one finds it gone and takes its own
 * new name back.
 */
static int
real_move_by_link(int dir_from, const char *from, int dir_to, const char *to)
{
	int r;

	RETRY(r, linkat(dir_from, from, dir_to, to, 0));
	if (r < 0)
		return -errno;
	RETRY(r, unlinkat(dir_from, from, 0));
	if (r < 0) {
		r = -errno;
		(void)unlinkat(dir_to, to, 0); /* the first failure is the one to report */
		return r;
	}
	return 0;
}

static int
real_rename(struct io *io, int dir_from, const char *from, int dir_to, const char *to, bool replace)
{
	int r;

	(void)io;
	if (replace) {
		RETRY(r, renameat(dir_from, from, dir_to, to));
		return real_result(r);
	}
	RETRY(r, renameat2(dir_from, from, dir_to, to, RENAME_NOREPLACE));
	if (r < 0 && (errno == EINVAL || errno == ENOSYS))
		return real_move_by_link(dir_from, from, dir_to, to);
	return real_result(r);
}

static int
real_link(struct io *io, int dir_from, const char *from, int dir_to, const char *to)
{
	int r;

	(void)io;
	RETRY(r, linkat(dir_from, from, dir_to, to, 0));
	return real_result(r);
}

static int
real_unlink(struct io *io, int dir, const char *name, bool is_dir)
{
	int r;

	(void)io;
	RETRY(r, unlinkat(dir, name, is_dir ? AT_REMOVEDIR : 0));
	return real_result(r);
}

static int
real_mkdir(struct io *io, int dir, const char *name)
{
	int r;

	(void)io;
	RETRY(r, mkdirat(dir, name, 0700));
	return real_result(r);
}

static void
real_list_names(const char *entries, size_t n, struct strvec *ret)
{
	const struct dirent64 *entry;

	for (size_t at = 0; at < n; at += entry->d_reclen) {
		entry = (const struct dirent64 *)(const void *)(entries + at);
		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
			strvec_push(ret, entry->d_name);
	}
}

static int
real_list(struct io *io, int dir, struct strvec *ret)
{
	_Alignas(struct dirent64) char entries[REAL_LIST_BYTES];
	struct strvec names = STRVEC_INIT;
	ssize_t n;
	int fd, r;

	(void)io;
	/* A description of its own: the calls move the position, which copies of `dir` share.  And no DIR: of a small
	 * directory, of which there is one a ticket, that costs more than its names. */
	RETRY(fd, openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
	if (fd < 0)
		return -errno;
	while ((n = getdents64(fd, entries, sizeof entries)) > 0)
		real_list_names(entries, (size_t)n, &names);
	/* ENOENT: it was removed, and is still open.  There is nothing in it, and it is no failure (POSIX, readdir). */
	r = n < 0 && errno != ENOENT ? -errno : 0;
	(void)close(fd); /* nothing was written through it */
	for (size_t i = 0; r == 0 && i < names.n; i++)
		strvec_push_take(ret, take_charp(&names.v[i]));
	strvec_release(&names);
	return r;
}

static int
real_lock(struct io *io, int fd)
{
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	int r;

	(void)io;
	RETRY(r, fcntl(fd, F_OFD_SETLK, &lock));
	if (r < 0)
		return errno == EACCES ? -EAGAIN : -errno;
	return 0;
}

static enum probe
real_probe(struct io *io, int dir, const char *name, int *ret_errno)
{
	/* Would a reader be kept out?  Who only waits for an end takes a read lock for a moment, and holds nothing. */
	struct flock lock = { .l_type = F_RDLCK, .l_whence = SEEK_SET };
	struct stat st;
	int fd, r, errnum = 0;

	(void)io;
	/* Only for reading, which is enough to ask: the close of a writable descriptor would wake
	 * everyone who watches the file for the end of its holder. */
	RETRY(fd, openat(dir, name, O_RDONLY | O_NONBLOCK | O_NOFOLLOW | O_NOCTTY | O_CLOEXEC));
	if (fd < 0) {
		*ret_errno = errno;
		return PROBE_UNKNOWN;
	}
	if (fstat(fd, &st) < 0)
		errnum = errno;
	else if (!S_ISREG(st.st_mode))
		errnum = EINVAL; /* nobody could hold it: something else lies in its place */
	if (errnum == 0) {
		RETRY(r, fcntl(fd, F_OFD_GETLK, &lock));
		if (r < 0)
			errnum = errno;
	}
	(void)close(fd); /* opened for reading; an OFD lock of ours on another description stays */
	if (errnum != 0) {
		*ret_errno = errnum;
		return PROBE_UNKNOWN;
	}
	return lock.l_type == F_UNLCK ? PROBE_FREE : PROBE_HELD;
}

static int
real_quiet(struct io *io, int fd)
{
	int r;

	(void)io;
	/* Whoever opens the file for writing in the moment of our lease makes the kernel signal us:
	 * by default SIGIO, which kills.  SIGURG is ignored unless somebody asks for it. */
	if (fcntl(fd, F_SETSIG, SIGURG) < 0)
		return 0;
	RETRY(r, fcntl(fd, F_SETLEASE, F_RDLCK));
	if (r < 0) {
		/* EAGAIN: open for writing somewhere.  Everything else (EACCES: not our file; EINVAL:
		 * no regular file, or a file system without leases; ENOLCK) says nothing about
		 * writers and would say so for ever.  The lease only spares a reader half a file: the
		 * parser refuses that anyway, so no answer counts as quiet. */
		return errno == EAGAIN ? -EAGAIN : 0;
	}
	/* Unreachable failure: the lease is ours; and it ends with the descriptor at the latest. */
	(void)fcntl(fd, F_SETLEASE, F_UNLCK);
	return 0;
}

static const struct io_ops real_ops = {
	.open = real_open,
	.close = real_close,
	.read = real_read,
	.write = real_write,
	.fsync = real_fsync,
	.truncate = real_truncate,
	.fstat = real_fstat,
	.stat = real_stat,
	.rename = real_rename,
	.link = real_link,
	.unlink = real_unlink,
	.mkdir = real_mkdir,
	.list = real_list,
	.lock = real_lock,
	.probe = real_probe,
	.quiet = real_quiet,
};

struct io *
io_real(void)
{
	static struct io io = { &real_ops };

	return &io;
}
