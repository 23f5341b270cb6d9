/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Bytes into a new file: shared with another one where the file system can (FICLONE), copied in the
 * kernel when they are many, else by read and write, which is the fastest for the usual source file.
 *
 * That the bytes are the blob is proved by hashing them: for a source file that costs a third of what it
 * takes to read so much as the blob's size out of a delta or a loose object.  What was read for the proof
 * is then what is written.
 */
#include "base/base.h"

#include "effect/git_fill.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/fs.h>
#include <nettle/sha1.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define LARGE (256 * 1024)

bool
git_fill_fail(struct git_fill_hand *h, const struct git_fill_file *f, int errnum)
{
	git_util_fail_sys(&h->ret, errnum, "checking out %s in %s", f->want->path, h->c->path);
	return false;
}

/* A descriptor of the new file, or -errno. */
static int
git_fill_make(struct git_fill_hand *h, const struct git_fill_file *f, const char *name)
{
	int fd = openat(h->to, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
	    (f->want->mode & 0100) != 0 ? 0777 : 0666);

	return fd < 0 ? -errno : fd;
}

/* Closes it.  0 or errno. */
static int
git_fill_seal(struct git_fill_hand *h, struct git_fill_file *f, int fd)
{
	const struct timespec times[2] = { h->c->stamp, h->c->stamp };
	int errnum = 0;

	(void)futimens(fd, times); /* without it git reads the file once more */
	if (fstat(fd, &f->st) < 0)
		errnum = errno;
	if (close(fd) < 0 && errnum == 0)
		errnum = errno;
	return errnum;
}

/* 0 or errno; *ret_n = how many bytes there were, `size` at most. */
static int
git_fill_read_write(struct git_fill_hand *h, int in, int out, uint64_t size, uint64_t *ret_n)
{
	while (*ret_n < size) {
		ssize_t n = read(in, h->chunk, GIT_FILL_CHUNK);
		int errnum = n < 0 ? errno : 0;

		if (n == 0)
			return 0;
		if (n < 0 && errnum == EINTR)
			continue;
		if (n > 0) {
			errnum = git_util_write_all(out, h->chunk, (size_t)n);
			*ret_n += (uint64_t)n;
		}
		if (errnum != 0)
			return errnum;
	}
	return 0; /* a byte more shows in the size, which is looked at afterwards */
}

static int
git_fill_bytes(struct git_fill_hand *h, int in, int out, uint64_t size, uint64_t *ret_n)
{
	*ret_n = 0;
	if (size == 0)
		return 0;
	if (!atomic_load(&h->c->no_clone)) {
		if (ioctl(out, FICLONE, in) == 0) {
			*ret_n = size;
			return 0;
		}
		atomic_store(&h->c->no_clone, true);
	}
	while (size >= LARGE && *ret_n < size) {
		ssize_t n = copy_file_range(in, NULL, out, NULL, (size_t)(size - *ret_n), 0);

		if (n <= 0 && *ret_n == 0)
			break; /* not between these two: the other way tells why, if it is more than that */
		if (n < 0)
			return errno;
		if (n == 0)
			return 0;
		*ret_n += (uint64_t)n;
	}
	return *ret_n < size ? git_fill_read_write(h, in, out, size, ret_n) : 0;
}

static bool
git_fill_is_untouched(const struct stat *a, const struct stat *b)
{
	return a->st_size == b->st_size && a->st_mtim.tv_sec == b->st_mtim.tv_sec &&
	       a->st_mtim.tv_nsec == b->st_mtim.tv_nsec && a->st_ctim.tv_sec == b->st_ctim.tv_sec &&
	       a->st_ctim.tv_nsec == b->st_ctim.tv_nsec;
}

/* As the results of git_fill_from_main().  `in` is as `seen`. */
static int
git_fill_copy(struct git_fill_hand *h, struct git_fill_file *f, const char *name, int in,
    const struct stat *seen)
{
	uint64_t size = (uint64_t)seen->st_size, n = 0;
	struct stat now;
	int out = git_fill_make(h, f, name);
	int errnum;

	if (out < 0)
		return git_fill_fail(h, f, -out) ? 1 : -1;
	errnum = git_fill_bytes(h, in, out, size, &n);
	if (errnum == 0 && fstat(in, &now) < 0)
		errnum = errno;
	if (errnum == 0 && (n != size || !git_fill_is_untouched(seen, &now))) {
		/* somebody is writing it */
		(void)close(out);
		if (unlinkat(h->to, name, 0) < 0)
			return git_fill_fail(h, f, errno) ? 1 : -1;
		return 0;
	}
	if (errnum != 0) {
		(void)close(out);
		return git_fill_fail(h, f, errnum) ? 1 : -1;
	}
	errnum = git_fill_seal(h, f, out);
	return errnum == 0 || git_fill_fail(h, f, errnum) ? 1 : -1;
}

/* Is the file as its index entry says?  All of it: what git was told to ignore costs a copy here. */
static bool
git_fill_is_clean(const struct stat *st, const git_index_entry *e)
{
	return S_ISREG(st->st_mode) && (uint32_t)st->st_size == e->file_size &&
	       (uint32_t)st->st_ino == e->ino && (int32_t)st->st_mtim.tv_sec == e->mtime.seconds &&
	       (uint32_t)st->st_mtim.tv_nsec == e->mtime.nanoseconds &&
	       (int32_t)st->st_ctim.tv_sec == e->ctime.seconds &&
	       (uint32_t)st->st_ctim.tv_nsec == e->ctime.nanoseconds;
}

/* The clean copy of the main worktree, or -1. */
static int
git_fill_open_main(
    struct git_fill_hand *h, const struct git_fill_file *f, const char *name, struct stat *ret_st)
{
	int in;

	if (!f->have || h->from < 0)
		return -1;
	in = openat(h->from, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (in < 0 || (fstat(in, ret_st) == 0 && git_fill_is_clean(ret_st, f->have)))
		return in;
	(void)close(in);
	return -1;
}

int
git_fill_from_main(
    struct git_fill_hand *h, struct git_fill_file *f, const char *name, uint64_t size)
{
	struct stat st;
	int in = git_fill_open_main(h, f, name, &st);
	int code = 0;

	if (in < 0)
		return 0;
	if (size == GIT_FILL_ANY || (uint64_t)st.st_size == size)
		code = git_fill_copy(h, f, name, in, &st);
	(void)close(in);
	return code;
}

/* Are the bytes those of the blob?  When they are not more than a chunk, h->chunk holds them afterwards. */
static bool
git_fill_is_blob(struct git_fill_hand *h, const struct git_fill_file *f, int in, uint64_t size)
{
	uint8_t id[SHA1_DIGEST_SIZE];
	struct sha1_ctx sha;
	uint64_t left = size;
	size_t have = 0;
	char head[32];
	int len = snprintf(head, sizeof head, "blob %" PRIu64, size);

	sha1_init(&sha);
	sha1_update(&sha, (size_t)len + 1, (const uint8_t *)head); /* with its NUL */
	while (left > 0) {
		ssize_t n = read(in, h->chunk + have, GIT_FILL_CHUNK - have);

		if (n <= 0 || (uint64_t)n > left)
			return false;
		have += (size_t)n;
		left -= (uint64_t)n;
		if (left > 0 && have < GIT_FILL_CHUNK)
			continue;
		sha1_update(&sha, have, (const uint8_t *)h->chunk);
		have = 0;
	}
	sha1_digest(&sha, sizeof id, id);
	return memcmp(id, f->want->id.id, sizeof id) == 0;
}

int
git_fill_blob_from_main(struct git_fill_hand *h, struct git_fill_file *f, const char *name)
{
	struct stat st;
	int in = git_fill_open_main(h, f, name, &st);
	int code = 0;

	if (in < 0)
		return 0;
	if (git_fill_is_blob(h, f, in, (uint64_t)st.st_size)) {
		if (st.st_size <= GIT_FILL_CHUNK && atomic_load(&h->c->no_clone))
			code = git_fill_from_bytes(h, f, name, str_n(h->chunk, (size_t)st.st_size))
				   ? 1
				   : -1;
		else if (lseek(in, 0, SEEK_SET) == 0)
			code = git_fill_copy(h, f, name, in, &st);
	}
	(void)close(in);
	return code;
}

int
git_fill_from_path(struct git_fill_hand *h, struct git_fill_file *f, const char *name,
    const char *path, uint64_t size)
{
	int in = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	struct stat st;
	int code = 0;

	if (in < 0)
		return 0;
	if (fstat(in, &st) == 0 && S_ISREG(st.st_mode) && (uint64_t)st.st_size == size)
		code = git_fill_copy(h, f, name, in, &st);
	(void)close(in);
	return code;
}

bool
git_fill_from_bytes(
    struct git_fill_hand *h, struct git_fill_file *f, const char *name, struct str bytes)
{
	int out = git_fill_make(h, f, name);
	int errnum = out < 0 ? -out : git_util_write_all(out, bytes.p, bytes.len);

	if (out >= 0 && errnum != 0)
		(void)close(out);
	else if (out >= 0)
		errnum = git_fill_seal(h, f, out);
	return errnum == 0 || git_fill_fail(h, f, errnum);
}
