/* SPDX-License-Identifier: GPL-2.0-only */
#include "base/base.h"
#include "run/record_files.h"

#include <errno.h>

#include "sys/file.h"

/* Is it this file that has the name?  1, 0; or why there is no telling. */
static int
record_files_is(struct io *io, int dir, const char *name, int fd)
{
	struct io_stat named, open;
	int e = io->ops->stat(io, dir, name, &named);

	if (e >= 0)
		e = io->ops->fstat(io, fd, &open);
	return e < 0 ? e : named.dev == open.dev && named.inode == open.inode;
}

static int
record_files_open(struct io *io, int dir, const char *name, unsigned how)
{
	struct io_stat st;
	int fd = io->ops->open(io, dir, name, IO_WRITE | IO_APPEND | IO_UNTRUSTED | how);
	int e = fd < 0 ? fd : io->ops->fstat(io, fd, &st);

	if (e >= 0 && !st.is_regular)
		e = -EINVAL;
	if (e >= 0)
		e = io->ops->lock(io, fd);
	/* Another recorder may have turned the files since: then it is pane.log.1 that was opened. */
	if (e >= 0 && record_files_is(io, dir, name, fd) != 1)
		e = -EAGAIN;
	if (e >= 0)
		return fd;
	io_close(io, fd);
	return e;
}

int
record_files_new(struct io *io, int dir)
{
	int errnum;

	if (io->ops->probe(io, dir, RECORD_NEXT, &errnum) == PROBE_HELD)
		return -EAGAIN;
	(void)io->ops->unlink(
	    io, dir, RECORD_NEXT, false); /* what stays makes the next line fail */
	return record_files_open(io, dir, RECORD_NEXT, IO_CREATE);
}

void
record_files_drop(struct io *io, int dir, int next)
{
	if (next >= 0 && record_files_is(io, dir, RECORD_NEXT, next) == 1)
		(void)io->ops->unlink(io, dir, RECORD_NEXT, false);
	io_close(io, next);
}

/* Under its own name only when it is locked: whoever finds it unlocked may say that it is complete. */
static int
record_files_name(struct io *io, int dir, int next, bool replace)
{
	if (record_files_is(io, dir, RECORD_NEXT, next) != 1)
		return -EAGAIN;
	return io->ops->rename(io, dir, RECORD_NEXT, dir, RECORD_LOG, replace);
}

/* A recorder that was killed has left the file before this one without its name. */
static void
record_files_finish(struct io *io, int dir, int log)
{
	if (record_files_is(io, dir, RECORD_SPARE, log) != 0 ||
	    io->ops->rename(io, dir, RECORD_SPARE, dir, RECORD_OLDER, true) < 0)
		(void)io->ops->unlink(io, dir, RECORD_SPARE, false);
}

int
record_files_first(struct io *io, int dir)
{
	int fd = record_files_open(io, dir, RECORD_LOG, 0), e;

	if (fd >= 0)
		record_files_finish(io, dir, fd);
	if (fd != -ENOENT)
		return fd;
	fd = record_files_new(io, dir);
	if (fd < 0)
		return fd;
	e = record_files_name(io, dir, fd, false);
	if (e == 0)
		return fd;
	record_files_drop(io, dir, fd);
	return e == -EEXIST ? -EAGAIN : e; /* another recorder was first */
}

/*
 *	step				fails					killed behind it
 *	look at older			it is a directory: nothing has changed
 *	link log to spare		nothing has changed			one file has two names, F
 *	rename next to log		the spare name goes			spare is before log, F
 *	rename spare to older		log takes its name back			done
 *
 * F: record_files_finish() of the next recorder.
 */
bool
record_files_turn(struct io *io, int dir, int log, int next)
{
	const struct io_ops *ops = io->ops;
	int e = record_files_is(io, dir, RECORD_LOG, log);
	struct io_stat older;

	if (e != 1) /* taken away: only where nothing lies now comes a new one */
		return e == -ENOENT && record_files_name(io, dir, next, false) == 0;
	/* the one thing that no rename replaces: seen before a follower sees the new file come and go */
	if (ops->stat(io, dir, RECORD_OLDER, &older) == 0 && older.is_dir)
		return false;
	(void)ops->unlink(io, dir, RECORD_SPARE, false);
	if (ops->link(io, dir, RECORD_LOG, dir, RECORD_SPARE) < 0)
		return false;
	if (record_files_name(io, dir, next, true) < 0) {
		(void)ops->unlink(io, dir, RECORD_SPARE, false);
		return false;
	}
	if (ops->rename(io, dir, RECORD_SPARE, dir, RECORD_OLDER, true) == 0)
		return true;
	/* The new file goes with this: what was written to it still waits in memory. */
	(void)ops->rename(io, dir, RECORD_SPARE, dir, RECORD_LOG, true);
	return false;
}
