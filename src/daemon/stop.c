/* SPDX-License-Identifier: GPL-2.0-only */
#include "base/base.h"

#include "daemon/stop.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/stat.h>

#include "engine/world.h"
#include "sys/clock.h"
#include "sys/file.h"
#include "sys/lock.h"
#include "sys/proc.h"

#define STOP_ROUNDS                                                                                \
	20 /* of SIGKILL: each ends all that it finds; what forks meanwhile is in the next */
#define STOP_ROUND_MS 500
#define STOP_NOTE_MAX 4096

/* Waits until each has ended, or the time is over. */
static void
stop_wait(const struct pids *p, int64_t until_boot_ms)
{
	for (size_t i = 0; i < p->n; i++) {
		uint64_t start = proc_start_time(p->v[i]);
		_cleanup_(close_fd) int fd = start > 0 ? proc_open(p->v[i], start, NULL) : -1;
		struct pollfd pfd = { .fd = fd, .events = POLLIN };
		int64_t left = until_boot_ms - clock_boot_ms();

		if (fd >= 0 && left > 0)
			(void)poll(&pfd, 1, (int)left); /* looked at again by the caller */
	}
}

/* The launcher that the lock's note names, as a pidfd; it must still hold the lock file open. */
static int
stop_launcher(const struct work *w)
{
	_cleanup_(buf_release) struct buf note = BUF_INIT;
	_cleanup_(pids_release) struct pids holders = { NULL, 0, 0 };
	struct stat st;
	uint64_t start;
	pid_t pid;

	if (file_read(io_real(), IO_CWD, w->launcher_lock, STOP_NOTE_MAX, &note, NULL) < 0 ||
	    !lock_note_parse(buf_str(&note), &pid, &start) || stat(w->launcher_lock, &st) < 0 ||
	    proc_holders(st.st_dev, st.st_ino, &holders, NULL, NULL) < 0)
		return -1;
	for (size_t i = 0; i < holders.n; i++)
		if (holders.v[i] == pid)
			return proc_open(pid, start, NULL);
	return -1;
}

static bool
stop_is_held(const struct work *w)
{
	struct io *io = io_real();
	struct io_stat st;
	int errnum;

	return io->ops->stat(io, IO_CWD, w->ticket_lock, &st) != -ENOENT &&
	       io->ops->probe(io, IO_CWD, w->ticket_lock, &errnum) != PROBE_FREE;
}

/* Everybody of this episode; signalled unless sig is 0.  Who the lock's holders are is asked of all of
 * /proc, so only when somebody holds it.  False: not all could be asked or signalled. */
static bool
stop_signal(const struct work *w, int sig, struct pids *ret, struct err *err)
{
	struct stat st;
	int held = 0, tagged;

	if (stop_is_held(w) && stat(w->ticket_lock, &st) == 0)
		held = sig ? proc_kill_holders(st.st_dev, st.st_ino, sig, ret, err)
			   : proc_holders(st.st_dev, st.st_ino, ret, NULL, err);
	tagged = sig ? proc_kill_tagged(w->tag, sig, ret, err) : proc_tagged(w->tag, ret, err);
	return held >= 0 && tagged >= 0;
}

void
stop_politely(const struct work *w)
{
	_cleanup_(close_fd) int launcher = stop_launcher(w);
	_cleanup_(pids_release) struct pids all = { NULL, 0, 0 };
	int64_t until = clock_boot_ms() + w->grace_ms;

	if (launcher >= 0 && proc_signal(launcher, SIGTERM, NULL) == 0) {
		struct pollfd pfd = { .fd = launcher, .events = POLLIN };

		/* it gives its agent the grace period itself */
		(void)poll(&pfd, 1, (int)(w->grace_ms + 2000));
		return;
	}
	(void)stop_signal(w, SIGTERM, &all, NULL); /* SIGKILL follows */
	stop_wait(&all, until);
}

bool
stop_is_over(const struct work *w, struct buf *ret)
{
	_cleanup_(pids_release) struct pids left = { NULL, 0, 0 };
	struct err err = ERR_INIT;
	bool is_sure = stop_signal(w, 0, &left, &err);

	if (left.n > 0) {
		buf_adds(ret, "these processes live on:");
		for (size_t i = 0; i < left.n; i++)
			buf_addf(ret, " %d", (int)left.v[i]);
	} else if (!is_sure) {
		buf_addf(ret, "cannot tell whether a process lives on: %s", err.text);
	} else if (stop_is_held(w)) {
		buf_addf(ret, "a process that cannot be seen holds %s", w->ticket_lock);
	} else {
		return true;
	}
	return false;
}

bool
stop_all(const struct work *w, struct buf *ret)
{
	_cleanup_(buf_release) struct buf words = BUF_INIT;

	/* Mostly nobody is: then that is known after one look at all of /proc.  Not so after a look that signals,
	 * and signals none: whom it found may have left a child before it went. */
	if (stop_is_over(w, &words))
		return true;
	for (unsigned i = 0; i < STOP_ROUNDS; i++) {
		_cleanup_(pids_release) struct pids all = { NULL, 0, 0 };

		(void)stop_signal(w, SIGKILL, &all, NULL); /* judged below */
		if (all.n == 0)
			break;
		stop_wait(&all, clock_boot_ms() + STOP_ROUND_MS);
	}
	return stop_is_over(w, ret);
}
