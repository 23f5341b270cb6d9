/* SPDX-License-Identifier: GPL-2.0-only */
#include "base/base.h"

#include "cli/cli_pane_reader.h"

#include <unistd.h>

#include "cli/cli_pane.h"
#include "store/episode.h"
#include "sys/file.h"

#define READER_TRIES                                                                               \
	100 /* names that change while we look: one turn is many reads for the recorder */

enum probe
pane_record_probe(struct io *io, int dir)
{
	for (int i = 0; i < READER_TRIES; i++) {
		struct io_stat before, after;
		enum probe probe;
		int errnum;

		if (io->ops->stat(io, dir, EPISODE_LOG, &before) < 0)
			return PROBE_UNKNOWN;
		probe = io->ops->probe(io, dir, EPISODE_LOG, &errnum);
		if (probe != PROBE_FREE)
			return probe;
		if (io->ops->stat(io, dir, EPISODE_LOG, &after) == 0 && after.dev == before.dev &&
		    after.inode == before.inode)
			return PROBE_FREE;
	}
	return PROBE_HELD; /* somebody is at work there */
}

int
pane_reader_open(struct root *root, struct episode_id ep, struct pane_reader *ret, struct err *err)
{
	_cleanup_(buf_release) struct buf path = BUF_INIT;

	*ret = (struct pane_reader){ .root = root, .ep = ep, .fd = -1, .then = -1 };
	episode_path(root, ep, NULL, &path);
	ret->dir = file_open_dir(root->io, IO_CWD, path.p, err);
	return ret->dir < 0 ? ret->dir : 0;
}

void
pane_reader_close(struct pane_reader *r)
{
	io_close(r->root->io, r->then);
	io_close(r->root->io, r->fd);
	io_close(r->root->io, r->dir);
	r->then = r->fd = r->dir = -1;
}

/* Is the name that of the open file? */
static bool
reader_is_named(const struct pane_reader *r, int fd, const char *name)
{
	struct io *io = r->root->io;
	struct io_stat open, named;

	return fd >= 0 && io->ops->fstat(io, fd, &open) == 0 &&
	       io->ops->stat(io, r->dir, name, &named) == 0 && open.dev == named.dev &&
	       open.inode == named.inode;
}

/* A plain file of this name; -1.  The first ones may be large: only their end is read. */
static int
reader_open_file(const struct pane_reader *r, const char *name)
{
	struct io *io = r->root->io;
	int fd = io->ops->open(io, r->dir, name, IO_READ | IO_UNTRUSTED);
	struct io_stat st;

	if (fd < 0)
		return -1;
	if (io->ops->fstat(io, fd, &st) < 0 || !st.is_regular) {
		io_close(io, fd);
		return -1;
	}
	if (r->fd < 0 && st.size > PANE_READ_MAX)
		(void)lseek(fd, (off_t)(st.size - PANE_READ_MAX), SEEK_SET);
	return fd;
}

static bool
reader_is_same(const struct pane_reader *r, int a, int b)
{
	struct io *io = r->root->io;
	struct io_stat x, y;

	return a >= 0 && b >= 0 && io->ops->fstat(io, a, &x) == 0 &&
	       io->ops->fstat(io, b, &y) == 0 && x.dev == y.dev && x.inode == y.inode;
}

/* The file before pane.log, which has two names on its way: first both, then the second, then pane.log.1
 * (run/record_files.h).  Asked in this order, and true as long as pane.log is the same afterwards. */
static int
reader_open_before(const struct pane_reader *r, int log)
{
	int spare = reader_open_file(r, EPISODE_SPARE);

	if (spare >= 0 && !reader_is_same(r, spare, log))
		return spare;
	io_close(r->root->io, spare);
	return reader_open_file(r, EPISODE_OLDER);
}

/* Both files, as they were at one moment. */
static void
reader_look(const struct pane_reader *r, int *ret_older, int *ret_log)
{
	for (int i = 0; i < READER_TRIES; i++) {
		*ret_log = reader_open_file(r, EPISODE_LOG);
		*ret_older = reader_open_before(r, *ret_log);
		if (*ret_log < 0 || reader_is_named(r, *ret_log, EPISODE_LOG))
			return;
		io_close(r->root->io, *ret_log);
		io_close(r->root->io, *ret_older);
	}
	*ret_log = *ret_older = -1; /* at the next look */
}

static void
reader_take(struct pane_reader *r, int fd, int then)
{
	io_close(r->root->io, r->fd);
	r->fd = fd;
	r->then = then;
	r->is_left = false;
}

/* The file was read to its end.  False: nothing is behind that, so far. */
static bool
reader_next(struct pane_reader *r)
{
	int older, log;

	if (r->then >= 0) {
		reader_take(r, r->then, -1);
		return true;
	}
	if (reader_is_named(r, r->fd, EPISODE_LOG))
		return false;
	if (r->fd >= 0 && !r->is_left) {
		r->is_left = true; /* its last bytes may have come since */
		return true;
	}
	reader_look(r, &older, &log);
	if (log < 0) {
		io_close(r->root->io, older);
		return false;
	}
	if (reader_is_same(r, r->fd, older)) {
		io_close(r->root->io, older); /* it is the one that was read */
		older = -1;
	} else if (r->fd >= 0) {
		r->has_gap = true;
	}
	reader_take(r, older >= 0 ? older : log, older >= 0 ? log : -1);
	return true;
}

ssize_t
pane_reader_read(struct pane_reader *r, void *p, size_t n)
{
	struct io *io = r->root->io;

	for (;;) {
		ssize_t done = r->fd >= 0 ? io->ops->read(io, r->fd, p, n) : 0;

		if (done > 0)
			return done;
		/* what cannot be read has come to its end, too */
		if (!reader_next(r))
			return 0;
	}
}

bool
pane_reader_is_over(const struct pane_reader *r)
{
	struct io *io = r->root->io;
	struct episode_seen seen;

	switch (pane_record_probe(io, r->dir)) {
	case PROBE_HELD:
		return false;
	case PROBE_FREE:
		if (r->fd >= 0)
			return true;
		break;
	case PROBE_UNKNOWN: /* there is none, or it is no plain file */
		break;
	}
	episode_look(r->root, r->ep, &seen);
	return seen.has_exit || file_exists(io, r->dir, EPISODE_OUTCOME) ||
	       (seen.has_claimed && seen.launcher == PROBE_FREE);
}
