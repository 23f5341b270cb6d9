/* SPDX-License-Identifier: GPL-2.0-only */
#include "base/base.h"
#include "run/record.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/ioctl.h>

#include "sys/file.h"

struct recorder {
	struct io *io;
	int dir, fd;
	uint64_t size, half; /* of pane.log, and what it may have */
	const char *tty;
	struct winsize shown; /* the size that the file says */
	struct buf kept;      /* not written yet */
	uint64_t missing;     /* bytes before kept that are given up */
};

/* Opens or makes the file under this name, locked.  -EAGAIN: another recorder has it. */
static int
record_open(struct recorder *r, const char *name, unsigned how)
{
	struct io_stat st;
	int fd = r->io->ops->open(r->io, r->dir, name, IO_WRITE | IO_APPEND | IO_UNTRUSTED | how);
	int e = fd < 0 ? fd : r->io->ops->fstat(r->io, fd, &st);

	if (e >= 0 && !st.is_regular)
		e = -EINVAL;
	if (e >= 0)
		e = r->io->ops->lock(r->io, fd);
	if (e < 0) {
		io_close(r->io, fd);
		return e;
	}
	r->size = st.size;
	return fd;
}

/* Under its own name only when it is locked: whoever finds it unlocked may say that it is complete. */
static int
record_first(struct recorder *r)
{
	int fd = record_open(r, RECORD_LOG, 0), e;

	if (fd != -ENOENT)
		return fd;
	(void)r->io->ops->unlink(r->io, r->dir, RECORD_NEXT, false);
	fd = record_open(r, RECORD_NEXT, IO_CREATE);
	if (fd < 0)
		return fd;
	e = r->io->ops->rename(r->io, r->dir, RECORD_NEXT, r->dir, RECORD_LOG, false);
	if (e == 0)
		return fd;
	io_close(r->io, fd);
	return e == -EEXIST ? -EAGAIN : e; /* another recorder was first */
}

/* pane.log is full: a new one takes its name, and is locked before that. */
static void
record_turn(struct recorder *r)
{
	const struct io_ops *ops = r->io->ops;
	uint64_t was = r->size;
	int fd;

	(void)ops->unlink(r->io, r->dir, RECORD_NEXT, false);
	fd = record_open(r, RECORD_NEXT, IO_CREATE);
	(void)ops->unlink(r->io, r->dir, RECORD_OLDER, false); /* a full disk wants it anyway */
	if (fd < 0) {
		r->size = was; /* the next bytes try again */
		return;
	}
	(void)ops->link(r->io, r->dir, RECORD_LOG, r->dir, RECORD_OLDER);
	if (ops->rename(r->io, r->dir, RECORD_NEXT, r->dir, RECORD_LOG, true) < 0) {
		io_close(r->io, fd);
		r->size = was;
		return;
	}
	io_close(r->io, r->fd);
	r->fd = fd;
	memset(&r->shown, 0, sizeof r->shown);
}

/* Writes all that is kept, or as much as there is room for. */
static void
record_flush(struct recorder *r)
{
	size_t done = 0;
	ssize_t n = 0;

	if (r->missing > 0) {
		_cleanup_(buf_release) struct buf b = BUF_INIT;

		buf_addf(&b,
		    "\r\n[reeve: %llu bytes are missing here: they could not be written]\r\n",
		    (unsigned long long)r->missing);
		buf_add_str(&b, buf_str(&r->kept));
		buf_clear(&r->kept);
		buf_add_str(&r->kept, buf_str(&b));
		r->missing = 0;
	}
	while (done < r->kept.len &&
	       (n = r->io->ops->write(r->io, r->fd, r->kept.p + done, r->kept.len - done)) > 0)
		done += (size_t)n;
	r->size += done;
	if (r->kept.len - done > RECORD_KEEP) {
		r->missing = r->kept.len - done - RECORD_KEEP;
		done = r->kept.len - RECORD_KEEP;
	}
	memmove(r->kept.p, r->kept.p + done, r->kept.len - done);
	buf_truncate(&r->kept, r->kept.len - done);
}

/* The terminal is opened for a moment only: who holds it keeps tmux from seeing the end of the pane. */
static void
record_size(struct recorder *r)
{
	struct winsize now = { 0 };
	int fd = r->tty ? open(r->tty, O_RDONLY | O_NOCTTY | O_NONBLOCK | O_CLOEXEC) : -1;

	if (fd >= 0 && ioctl(fd, TIOCGWINSZ, &now) == 0 && now.ws_row > 0 && now.ws_col > 0 &&
	    (now.ws_row != r->shown.ws_row || now.ws_col != r->shown.ws_col)) {
		buf_addf(&r->kept, "\033[8;%u;%ut", now.ws_row, now.ws_col);
		r->shown = now;
	}
	close_fd(&fd);
}

static void
record_add(struct recorder *r, const char *bytes, size_t n)
{
	if (r->size + r->kept.len + n + 64 > r->half) /* 64: of our own, at most */
		record_turn(r);
	record_size(r);
	buf_add(&r->kept, bytes, n);
	record_flush(r);
}

/* What ends others does not end us: the last words come when they are gone. */
static void
record_ignore_signals(void)
{
	static const int ignored[] = { SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGPIPE, SIGXFSZ };

	for (size_t i = 0; i < ARRAY_LEN(ignored); i++)
		(void)signal(ignored[i], SIG_IGN);
}

enum run_exit
record_run(const struct claim *c, int fd, uint64_t max, const char *tty, struct err *err)
{
	struct recorder r = { .io = c->io, .dir = c->dir, .half = max / 2, .tty = tty };
	char *bytes = xmalloc(RECORD_STEP);
	ssize_t n;

	buf_init(&r.kept);
	r.fd = record_first(&r);
	if (r.fd < 0) {
		free(bytes);
		(void)err_sys(err, -r.fd, "cannot record to " RECORD_LOG);
		return r.fd == -EAGAIN ? RUN_BUSY : RUN_IO;
	}
	while ((n = read(fd, bytes, RECORD_STEP)) > 0 || (n < 0 && errno == EINTR))
		if (n > 0)
			record_add(&r, bytes, (size_t)n);
	record_flush(&r);
	io_close(r.io, r.fd);
	buf_release(&r.kept);
	free(bytes);
	return RUN_OK;
}

enum run_exit
record_main(int argc, char **argv, struct err *err)
{
	struct claim c = CLAIM_INIT;
	enum run_exit r;
	uint64_t max;

	if (argc < 3 || argc > 4 || !str_u64(str_of(argv[2]), &max) || max < RECORD_MIN) {
		(void)err_set(err, ERR_INVALID, "--record: STATE EPISODE BYTES [TTY]");
		return RUN_USAGE;
	}
	record_ignore_signals();
	r = claim_open(&c, io_real(), argv[0], argv[1], err);
	if (r == RUN_OK)
		r = record_run(&c, STDIN_FILENO, max, argc == 4 ? argv[3] : NULL, err);
	claim_release(&c);
	return r;
}
