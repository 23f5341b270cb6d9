/* SPDX-License-Identifier: GPL-2.0-only */
#include "base/base.h"
#include "sys/file.h"

#include <errno.h>

#include "sys/rand.h"

#define FILE_READ_STEP  ((size_t)16 * 1024)
#define FILE_READ_LEAST ((size_t)512) /* less room than that is not worth a call */
#define FILE_READ_LAST  ((size_t)256 * 1024)
#define FILE_TMP_TRIES  1000

void
close_fd(int *fd)
{
	if (*fd >= 0)
		(void)close(*fd); /* what mattered was synced before */
	*fd = -1;
}

void
io_close(struct io *io, int fd)
{
	if (fd >= 0)
		(void)io->ops->close(io, fd); /* as above */
}

/* size: of a plain file, by fstat; SIZE_MAX: not known. */
static int
file_read_all(struct io *io, int fd, size_t size, size_t max, struct buf *ret, struct err *err)
{
	size_t start = ret->len, step = FILE_READ_STEP;

	for (;;) {
		size_t left = max - (ret->len - start), room, asked;
		ssize_t n;

		/* Room that was not filled is asked for first: mostly nothing more comes. */
		room = ret->cap > ret->len ? ret->cap - ret->len - 1 : 0;
		if (room < FILE_READ_LEAST) {
			buf_grow(ret, step <= left ? step : left + 1);
			room = ret->cap - ret->len - 1;
			if (step < 16 * FILE_READ_STEP)
				step *= 2;
		}
		/* One byte more than allowed is asked for: that is how too much is noticed. */
		asked = room <= left ? room : left + 1;
		n = io->ops->read(io, fd, ret->p + ret->len, asked);
		if (n == 0)
			return 0;
		if (n < 0) {
			buf_truncate(ret, start);
			return err_sys(err, (int)-n, "cannot read");
		}
		if ((size_t)n > left) {
			buf_truncate(ret, start);
			return err_set(
			    err, ERR_LIMIT, "cannot read: it is longer than %zu bytes", max);
		}
		ret->len += (size_t)n;
		ret->p[ret->len] = '\0';
		/* More was asked for than there was, and it is as long as it was: that is its end. */
		if ((size_t)n < asked && ret->len - start == size)
			return 0;
	}
}

int
file_read_fd(struct io *io, int fd, size_t max, struct buf *ret, struct err *err)
{
	return file_read_all(io, fd, SIZE_MAX, max, ret, err);
}

int
file_read_fd_sized(
    struct io *io, int fd, uint64_t size, size_t max, struct buf *ret, struct err *err)
{
	if (size <= max)
		buf_grow(ret, (size_t)size + FILE_READ_LEAST);
	return file_read_all(io, fd, size <= max ? (size_t)size : SIZE_MAX, max, ret, err);
}

int
file_read(struct io *io, int dir, const char *name, size_t max, struct buf *ret, struct err *err)
{
	int fd = io->ops->open(io, dir, name, IO_READ), r;

	if (fd < 0)
		return err_sys(err, -fd, "cannot open %s for reading", name);
	r = file_read_fd(io, fd, max, ret, err);
	io_close(io, fd);
	if (r < 0)
		(void)err_prefix(
		    err, "%s", name); /* adds to the words; the code is r, with or without err */
	return r;
}

int
file_read_plain(
    struct io *io, int dir, const char *name, size_t max, struct buf *ret, struct err *err)
{
	int fd = io->ops->open(io, dir, name, IO_READ | IO_UNTRUSTED), r;
	struct io_stat st = { 0 };

	if (fd < 0)
		return err_sys(err, -fd, "cannot open %s for reading", name);
	r = io->ops->fstat(io, fd, &st);
	if (r < 0)
		r = err_sys(err, -r, "cannot look at %s", name);
	else if (!st.is_regular)
		r = err_set(err, ERR_INVALID, "%s is no plain file", name);
	else if ((r = file_read_fd(io, fd, max, ret, err)) < 0)
		(void)err_prefix(err, "%s", name); /* adds to the words */
	io_close(io, fd);
	return r;
}

int
file_read_last(
    struct io *io, int dir, const char *name, size_t max, struct buf *ret, struct err *err)
{
	int fd = io->ops->open(io, dir, name, IO_READ | IO_UNTRUSTED), r;
	size_t start = ret->len;
	struct io_stat st;
	ssize_t n = 0;

	if (fd < 0)
		return err_sys(err, -fd, "cannot open %s for reading", name);
	r = io->ops->fstat(io, fd, &st);
	if (r >= 0 && !st.is_regular)
		r = -EINVAL;
	if (r >= 0 && st.size > max && lseek(fd, (off_t)(st.size - max), SEEK_SET) < 0)
		r = -errno;
	/* It may grow meanwhile: what is there when this began, is read. */
	while (r >= 0 && ret->len - start < max) {
		size_t step = max - (ret->len - start);

		step = step < FILE_READ_LAST ? step : FILE_READ_LAST;
		buf_grow(ret, step);
		n = io->ops->read(io, fd, ret->p + ret->len, step);
		if (n <= 0)
			break;
		ret->len += (size_t)n;
		ret->p[ret->len] = '\0';
	}
	io_close(io, fd);
	if (r < 0 || n < 0) {
		buf_truncate(ret, start);
		return err_sys(err, r < 0 ? -r : (int)-n, "cannot read %s", name);
	}
	return 0;
}

static int
file_write_all(struct io *io, int fd, struct str bytes)
{
	while (bytes.len > 0) {
		ssize_t n = io->ops->write(io, fd, bytes.p, bytes.len);

		if (n < 0)
			return (int)n;
		if (n == 0)
			return -EIO; /* no progress and no reason: not to be tried for ever */
		bytes.p += n;
		bytes.len -= (size_t)n;
	}
	return 0;
}

int
file_write_new(struct io *io, int dir, const char *name, struct str bytes, struct err *err)
{
	const char *doing = "write";
	int fd = io->ops->open(io, dir, name, IO_WRITE | IO_CREATE), r;

	if (fd < 0)
		return err_sys(err, -fd, "cannot create %s", name);
	r = file_write_all(io, fd, bytes);
	if (r == 0) {
		doing = "sync";
		r = io->ops->fsync(io, fd);
	}
	io_close(io, fd);
	if (r == 0)
		return 0;
	/* Never synced again: the kernel may have dropped the dirty pages and would say "done". */
	(void)io->ops->unlink(
	    io, dir, name, false); /* left-over temporary files are swept at start */
	return err_sys(err, -r, "cannot %s %s (%zu bytes)", doing, name, bytes.len);
}

/* A directory to work in and a plain name in it; for names that hold a '/', the directory is opened. */
struct file_place {
	int dir;
	bool is_ours;
	const char *base;
};

static int
file_place_open(struct io *io, int dir, const char *name, struct file_place *ret, struct err *err)
{
	_cleanup_(free_charp) char *parent = NULL;
	const char *slash = strrchr(name, '/');

	*ret = (struct file_place){ dir, false, name };
	if (slash == NULL && dir != IO_CWD)
		return 0;
	/* "." stands for IO_CWD, which cannot be synced. */
	if (slash == NULL)
		parent = xstrdup(".");
	else
		parent = slash == name ? xstrdup("/") : xstrndup(name, (size_t)(slash - name));
	ret->dir = file_open_dir(io, dir, parent, err);
	if (ret->dir < 0)
		return ret->dir;
	ret->is_ours = true;
	ret->base = slash != NULL ? slash + 1 : name;
	return 0;
}

static void
file_place_close(struct io *io, struct file_place *place)
{
	if (place->is_ours)
		io_close(io, place->dir);
}

/* Writes the bytes to a new temporary file; its name is appended to ret. */
static int
file_write_tmp(struct io *io, const struct file_place *place, struct str bytes, struct buf *ret,
    struct err *err)
{
	struct err why = ERR_INIT;
	int r = ERR_CONFLICT;

	for (int i = 0; i < FILE_TMP_TRIES && r == ERR_CONFLICT; i++) {
		buf_clear(ret);
		/* Names differ within the process, O_EXCL sees to the rest.  Cut, so that any legal
		 * name has a legal temporary name. */
		buf_addf(
		    ret, FILE_TMP_PREFIX "%d-%u-%.100s", (int)getpid(), rand_serial(), place->base);
		r = file_write_new(io, place->dir, ret->p, bytes, &why);
	}
	return r < 0 ? err_set(err, r, "%s", why.text) : 0;
}

static int
file_publish(
    struct io *io, int dir, const char *name, struct str bytes, bool replace, struct err *err)
{
	_cleanup_(buf_release) struct buf tmp = BUF_INIT;
	struct file_place place;
	int r = file_place_open(io, dir, name, &place, err);

	if (r < 0)
		return r;
	r = file_write_tmp(io, &place, bytes, &tmp, err);
	if (r == 0) {
		r = file_rename(io, place.dir, tmp.p, place.dir, place.base, replace, err);
		if (r < 0)
			(void)io->ops->unlink(
			    io, place.dir, tmp.p, false); /* swept at start otherwise */
	}
	if (r == 0)
		r = file_sync_dir(io, place.dir, err);
	file_place_close(io, &place);
	return r;
}

int
file_replace(struct io *io, int dir, const char *name, struct str bytes, struct err *err)
{
	return file_publish(io, dir, name, bytes, true, err);
}

int
file_create(struct io *io, int dir, const char *name, struct str bytes, struct err *err)
{
	return file_publish(io, dir, name, bytes, false, err);
}

int
file_append(struct io *io, int dir, const char *name, struct str bytes, struct err *err)
{
	int fd = io->ops->open(io, dir, name, IO_WRITE | IO_APPEND | IO_ENSURE);
	ssize_t n;

	if (fd < 0)
		return err_sys(err, -fd, "cannot open %s for appending", name);
	n = io->ops->write(io, fd, bytes.p, bytes.len);
	io_close(io, fd);
	if (n < 0)
		return err_sys(err, (int)-n, "cannot append to %s", name);
	if ((size_t)n < bytes.len)
		return err_set(err, ERR_LIMIT,
		    "cannot append to %s: only %zd of %zu bytes were taken; make room on the disk",
		    name, n, bytes.len);
	return 0;
}

int
file_rename(struct io *io, int dir_from, const char *from, int dir_to, const char *to, bool replace,
    struct err *err)
{
	int r = io->ops->rename(io, dir_from, from, dir_to, to, replace);

	if (r < 0)
		return err_sys(err, -r, "cannot rename %s to %s", from, to);
	return 0;
}

int
file_unlink(struct io *io, int dir, const char *name, struct err *err)
{
	int r = io->ops->unlink(io, dir, name, false);

	return r < 0 ? err_sys(err, -r, "cannot remove %s", name) : 0;
}

int
file_sync_dir(struct io *io, int dir, struct err *err)
{
	int fd = dir == IO_CWD ? io->ops->open(io, dir, ".", IO_READ | IO_DIR) : dir;
	int r = fd < 0 ? fd : io->ops->fsync(io, fd);

	if (dir == IO_CWD)
		io_close(io, fd);
	return r < 0 ? err_sys(err, -r, "cannot sync the directory") : 0;
}

int
file_ensure_dir(struct io *io, int dir, const char *name, struct err *err)
{
	int r = io->ops->mkdir(io, dir, name), fd;

	if (r == 0)
		return 0;
	if (r != -EEXIST)
		return err_sys(err, -r, "cannot make the directory %s", name);
	/* Opened and not only looked at: a link to a directory will do. */
	fd = io->ops->open(io, dir, name, IO_READ | IO_DIR);
	if (fd == -ENOTDIR)
		return err_set(err, ERR_CONFLICT,
		    "cannot make the directory %s: something else has that name; move it away",
		    name);
	if (fd < 0)
		return err_sys(err, -fd, "cannot use the directory %s", name);
	io_close(io, fd);
	return 0;
}

int
file_open_dir(struct io *io, int dir, const char *name, struct err *err)
{
	int fd = io->ops->open(io, dir, name, IO_READ | IO_DIR);

	return fd < 0 ? err_sys(err, -fd, "cannot open the directory %s", name) : fd;
}

int
file_open_dir_plain(struct io *io, int dir, const char *name, struct err *err)
{
	int fd = io->ops->open(io, dir, name, IO_READ | IO_DIR | IO_UNTRUSTED);

	if (fd == -ELOOP || fd == -ENOTDIR || fd == -EXDEV)
		return err_set(err, ERR_CONFLICT,
		    "cannot use the directory %s: a link or something else has that name; move it "
		    "away",
		    name);
	return fd < 0 ? err_sys(err, -fd, "cannot open the directory %s", name) : fd;
}

int
file_make_dir_plain(struct io *io, int dir, const char *name, struct err *err)
{
	int r = io->ops->mkdir(io, dir, name);

	if (r < 0 && r != -EEXIST)
		return err_sys(err, -r, "cannot make the directory %s", name);
	return file_open_dir_plain(io, dir, name, err);
}

bool
file_exists(struct io *io, int dir, const char *name)
{
	struct io_stat st;

	return io->ops->stat(io, dir, name, &st) != -ENOENT;
}

int
file_list(struct io *io, int dir, struct strvec *ret, struct err *err)
{
	_cleanup_(strvec_release) struct strvec names = STRVEC_INIT;
	int r = io->ops->list(io, dir, &names);

	if (r < 0)
		return err_sys(err, -r, "cannot list the directory");
	strvec_sort(&names);
	for (size_t i = 0; i < names.n; i++)
		strvec_push_take(ret, take_charp(&names.v[i]));
	return 0;
}
