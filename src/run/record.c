/* SPDX-License-Identifier: GPL-2.0-only */
#include "base/base.h"
#include "run/record.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/ioctl.h>

#include "sys/file.h"

/* All that waits fits into a new file. */
_Static_assert(RECORD_MIN / 8 + RECORD_STEP + 4 * RECORD_MARK <= RECORD_MIN / 2, "room for a turn");

struct recorder {
	struct io *io;
	int dir, fd;
	uint64_t size, half; /* of pane.log, and what it may have */
	const char *tty;
	struct winsize now, shown; /* the size of the terminal; what the file says of it */
	size_t keep;               /* so much of kept may wait */
	struct buf kept;           /* the worker's bytes, not written yet */
	uint64_t missing;          /* before them, given up, and in no mark yet */
	struct {                   /* what of ours is to stand before kept */
		struct buf text;
		size_t done;   /* of it is in the file */
		uint64_t told; /* missing bytes of its mark */
		bool has_size;
	} own;
	struct {                    /* of the file's end */
		uint64_t bytes;     /* the worker's */
		uint64_t own, told; /* what of ours is before them, and missing bytes of its mark */
	} end;
};

/* What of ours is to stand before kept, made anew: but what is in the file in part is ended as it is. */
static void
record_compose(struct recorder *r)
{
	if (r->own.done > 0)
		return;
	buf_clear(&r->own.text);
	r->missing += r->own.told;
	r->own.told = 0;
	r->own.has_size = r->now.ws_row > 0 &&
			  (r->now.ws_row != r->shown.ws_row || r->now.ws_col != r->shown.ws_col);
	if (r->own.has_size)
		buf_addf(&r->own.text, "\033[8;%u;%ut", r->now.ws_row, r->now.ws_col);
	if (r->missing == 0)
		return;
	/* CAN: whatever sequence the bytes before it have begun. */
	buf_addf(&r->own.text,
	    "\030\r\n[reeve: %llu bytes are missing here: they could not be written]\r\n",
	    (unsigned long long)r->missing);
	r->own.told = r->missing;
	r->missing = 0;
}

static size_t
record_waiting(const struct recorder *r)
{
	return r->own.text.len - r->own.done + r->kept.len;
}

/* Writes what waits, or as much as there is room for.  Nothing counts as written yet. */
static size_t
record_put(struct recorder *r, int fd)
{
	_cleanup_(buf_release) struct buf all = BUF_INIT;
	size_t done = 0;
	ssize_t n;

	buf_add(&all, r->own.text.p + r->own.done, r->own.text.len - r->own.done);
	if (r->missing == 0) /* else another mark comes between */
		buf_add_str(&all, buf_str(&r->kept));
	while (
	    done < all.len && (n = r->io->ops->write(r->io, fd, all.p + done, all.len - done)) > 0)
		done += (size_t)n;
	return done;
}

static void
record_drop(struct recorder *r, size_t n)
{
	memmove(r->kept.p, r->kept.p + n, r->kept.len - n);
	buf_truncate(&r->kept, r->kept.len - n);
}

/* So many bytes of what waits are in pane.log. */
static void
record_took(struct recorder *r, size_t n)
{
	size_t rest = r->own.text.len - r->own.done, own = n < rest ? n : rest;

	r->size += n;
	r->own.done += own;
	if (own > 0 && own == rest) {
		r->shown = r->own.has_size ? r->now : r->shown;
		r->end.own = r->own.text.len;
		r->end.told = r->own.told;
		r->end.bytes = r->own.done = r->own.told = 0;
		buf_clear(&r->own.text);
	}
	r->end.bytes += n - own;
	record_drop(r, n - own);
}

/* pane.log is full: a new one takes its name, locked and with something in it.  False: there is no room. */
static bool
record_turn(struct recorder *r)
{
	int next = record_files_new(r->io, r->dir);
	struct winsize shown = r->shown;
	size_t n = 0;

	r->shown = (struct winsize){ 0 };
	record_compose(r);
	if (next >= 0)
		n = record_put(r, next);
	if (n == 0 || !record_files_turn(r->io, r->dir, r->fd, next)) {
		record_files_drop(r->io, r->dir, next);
		r->shown = shown;
		return false;
	}
	io_close(r->io, r->fd);
	r->fd = next;
	r->size = 0;
	memset(&r->end, 0, sizeof r->end);
	r->own.has_size &= r->own.done == 0; /* or it is in the other file */
	record_took(r, n);
	return true;
}

/* Writes all that waits, or as much as there is room for; of the rest the last bytes stay. */
static void
record_flush(struct recorder *r)
{
	size_t n = 1;

	while (n > 0) {
		record_compose(r);
		if (record_waiting(r) == 0 ||
		    (r->size + record_waiting(r) > r->half && !record_turn(r)))
			break;
		n = record_put(r, r->fd);
		record_took(r, n);
	}
	if (r->kept.len > r->keep) {
		r->missing += r->kept.len - r->keep;
		record_drop(r, r->kept.len - r->keep);
	}
}

/* Writes ours over the last bytes of the file: they have their room, which nobody can take. */
static void
record_put_over(struct recorder *r, uint64_t cut)
{
	size_t n;

	if (r->own.text.len > cut) /* a mark in the place of another: its number is there */
		buf_truncate(&r->own.text, cut);
	if (fcntl(r->fd, F_SETFL, 0) < 0 || lseek(r->fd, (off_t)(r->size - cut), SEEK_SET) < 0)
		return;
	n = record_put(r, r->fd);
	if (n > 0)
		(void)r->io->ops->truncate(r->io, r->fd, r->size - cut + n);
}

/* The last that came.  Where there is no room for it, the end of the file makes room for the word of that. */
static void
record_end(struct recorder *r)
{
	uint64_t cut, lost = RECORD_MARK;
	bool has_mark = false;

	record_flush(r);
	if (r->kept.len == 0)
		return;
	cut = r->own.done + lost;
	if (r->end.bytes < lost) { /* what is before them goes, too */
		lost = r->end.bytes + r->end.told;
		cut = r->own.done + r->end.bytes + r->end.own;
		has_mark = r->end.told > 0;
	}
	r->missing += lost + r->own.told + r->kept.len;
	r->own.told = r->own.done = 0;
	buf_clear(&r->kept);
	record_compose(r);
	if (r->own.text.len <= cut || has_mark)
		record_put_over(r, cut);
}

/* The terminal is opened for a moment only: who holds it keeps tmux from seeing the end of the pane. */
static void
record_size(struct recorder *r)
{
	struct winsize now = { 0 };
	int fd = r->tty ? open(r->tty, O_RDONLY | O_NOCTTY | O_NONBLOCK | O_CLOEXEC) : -1;

	if (fd >= 0 && ioctl(fd, TIOCGWINSZ, &now) == 0 && now.ws_row > 0 && now.ws_col > 0)
		r->now = now;
	close_fd(&fd);
}

static void
record_add(struct recorder *r, const char *bytes, size_t n)
{
	if (r->kept.len == 0) /* what waits was written for the size that was */
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

static int
record_begin(struct recorder *r)
{
	struct io_stat st;
	int e;

	r->fd = record_files_first(r->io, r->dir);
	e = r->fd < 0 ? r->fd : r->io->ops->fstat(r->io, r->fd, &st);
	if (e < 0) {
		io_close(r->io, r->fd);
		return e;
	}
	r->size = st.size;
	r->end.bytes =
	    st.size; /* of one before us: its own few bytes among them count as a worker's */
	buf_init(&r->own.text);
	buf_init(&r->kept);
	return 0;
}

/* The kernel tells of a close before it frees the lock that goes with it. */
static void
record_close(struct recorder *r)
{
	struct flock none = { .l_type = F_UNLCK, .l_whence = SEEK_SET };

	(void)fcntl(r->fd, F_OFD_SETLK, &none); /* at the latest the close frees it */
	io_close(r->io, r->fd);
	buf_release(&r->own.text);
	buf_release(&r->kept);
}

enum run_exit
record_run(const struct claim *c, int fd, uint64_t max, const char *tty, struct err *err)
{
	struct recorder r = { .io = c->io, .dir = c->dir, .half = max / 2, .tty = tty };
	int e = record_begin(&r);
	char *bytes;
	ssize_t n;

	if (e < 0) {
		(void)err_sys(err, -e, "cannot record to " RECORD_LOG);
		return e == -EAGAIN ? RUN_BUSY : RUN_IO;
	}
	r.keep = max / 8 < RECORD_KEEP ? (size_t)max / 8 : RECORD_KEEP;
	bytes = xmalloc(RECORD_STEP);
	while ((n = read(fd, bytes, RECORD_STEP)) > 0 || (n < 0 && errno == EINTR))
		if (n > 0)
			record_add(&r, bytes, (size_t)n);
	free(bytes);
	record_end(&r);
	record_close(&r);
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
