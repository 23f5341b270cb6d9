/* SPDX-License-Identifier: GPL-2.0-only */
/* io_crash.c: the kernel, up to a chosen step. */
#include "base/base.h"
#include "sys/io.h"

static uint64_t crash_at;
static uint64_t crash_steps;

/* Counts a step; does not come back from the chosen one. */
static const struct io_ops *
crash_step(void)
{
	crash_steps++;
	if (crash_steps == crash_at)
		_exit(IO_CRASH_EXIT);
	return io_real()->ops;
}

static int
crash_open(struct io *io, int dir, const char *name, unsigned how)
{
	(void)io;
	if (how & (IO_CREATE | IO_ENSURE))
		(void)crash_step(); /* only counted: the call below is the same for both */
	return io_real()->ops->open(io_real(), dir, name, how);
}

static int
crash_close(struct io *io, int fd)
{
	(void)io;
	return io_real()->ops->close(io_real(), fd);
}

static ssize_t
crash_read(struct io *io, int fd, void *p, size_t n)
{
	(void)io;
	return io_real()->ops->read(io_real(), fd, p, n);
}

static ssize_t
crash_write(struct io *io, int fd, const void *p, size_t n)
{
	(void)io;
	return crash_step()->write(io_real(), fd, p, n);
}

static int
crash_fsync(struct io *io, int fd)
{
	(void)io;
	return crash_step()->fsync(io_real(), fd);
}

static int
crash_truncate(struct io *io, int fd, uint64_t size)
{
	(void)io;
	return crash_step()->truncate(io_real(), fd, size);
}

static int
crash_fstat(struct io *io, int fd, struct io_stat *ret)
{
	(void)io;
	return io_real()->ops->fstat(io_real(), fd, ret);
}

static int
crash_stat(struct io *io, int dir, const char *name, struct io_stat *ret)
{
	(void)io;
	return io_real()->ops->stat(io_real(), dir, name, ret);
}

static int
crash_rename(
    struct io *io, int dir_from, const char *from, int dir_to, const char *to, bool replace)
{
	(void)io;
	return crash_step()->rename(io_real(), dir_from, from, dir_to, to, replace);
}

static int
crash_link(struct io *io, int dir_from, const char *from, int dir_to, const char *to)
{
	(void)io;
	return crash_step()->link(io_real(), dir_from, from, dir_to, to);
}

static int
crash_unlink(struct io *io, int dir, const char *name, bool is_dir)
{
	(void)io;
	return crash_step()->unlink(io_real(), dir, name, is_dir);
}

static int
crash_mkdir(struct io *io, int dir, const char *name)
{
	(void)io;
	return crash_step()->mkdir(io_real(), dir, name);
}

static int
crash_list(struct io *io, int dir, struct strvec *ret)
{
	(void)io;
	return io_real()->ops->list(io_real(), dir, ret);
}

static int
crash_lock(struct io *io, int fd)
{
	(void)io;
	return io_real()->ops->lock(io_real(), fd);
}

static enum probe
crash_probe(struct io *io, int dir, const char *name, int *ret_errno)
{
	(void)io;
	return io_real()->ops->probe(io_real(), dir, name, ret_errno);
}

static int
crash_quiet(struct io *io, int fd)
{
	(void)io;
	return io_real()->ops->quiet(io_real(), fd);
}

static const struct io_ops crash_ops = {
	.open = crash_open,
	.close = crash_close,
	.read = crash_read,
	.write = crash_write,
	.fsync = crash_fsync,
	.truncate = crash_truncate,
	.fstat = crash_fstat,
	.stat = crash_stat,
	.rename = crash_rename,
	.link = crash_link,
	.unlink = crash_unlink,
	.mkdir = crash_mkdir,
	.list = crash_list,
	.lock = crash_lock,
	.probe = crash_probe,
	.quiet = crash_quiet,
};

struct io *
io_crash(uint64_t n)
{
	static struct io io = { &crash_ops };

	crash_at = n;
	crash_steps = 0;
	return &io;
}

uint64_t
io_crash_steps(void)
{
	return crash_steps;
}

#ifdef REEVE_TEST_HOOKS
struct io *
io_default(void)
{
	static struct io *chosen; /* asked for many times, but the steps are counted once */
	const char *at = getenv("REEVE_CRASH_AT");
	uint64_t n;

	if (chosen != NULL)
		return chosen;
	if (at == NULL)
		chosen = io_real();
	else if (str_u64(str_of(at), &n))
		chosen = io_crash(n);
	else
		BUG("REEVE_CRASH_AT=%s is no number: the test would crash nothing", at);
	return chosen;
}
#else
struct io *
io_default(void)
{
	return io_real();
}
#endif
