/* SPDX-License-Identifier: GPL-2.0-only */
#include "base/base.h"
#include "sys/lock.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/time.h>

#include "base/clean.h"
#include "sys/clock.h"
#include "sys/file.h"
#include "sys/proc.h"

#define LOCK_NOTE_MAX 512
#define LOCK_TRIES    100

/* The owner's note, as far as it is written: it is not guarded by the lock that we did not get. */
static int
lock_busy(struct io *io, int fd, const char *name, struct buf *ret_owner, struct err *err)
{
	_cleanup_(buf_release) struct buf note = BUF_INIT, shown = BUF_INIT;
	struct str owner, line;

	if (file_read_fd(io, fd, LOCK_NOTE_MAX, &note, NULL) < 0)
		buf_clear(&note); /* who it is, is a courtesy; that it is held, is the answer */
	owner = buf_str(&note);
	(void)str_cut(&owner, '\n', &line); /* one line or the whole: both are the note */
	line = str_trim(line);
	if (ret_owner != NULL)
		buf_add_str(ret_owner, line);
	clean_add_line(&shown, line, 200);
	if (shown.len == 0)
		buf_adds(&shown, "another process");
	return err_set(err, ERR_BUSY, "cannot lock %s: held by %s; wait until it ends, or end it",
	    name, shown.p);
}

/* True when dir/name is still the file that was locked: a lock on a file that somebody removed or
 * replaced meanwhile would exclude nobody. */
static int
lock_is_current(struct io *io, int dir, const char *name, int fd, bool *ret, struct err *err)
{
	struct io_stat named, held;
	int r = io->ops->fstat(io, fd, &held);

	if (r < 0)
		return err_sys(err, -r, "cannot look at the lock %s after taking it", name);
	r = io->ops->stat(io, dir, name, &named);
	if (r == -ENOENT) {
		*ret = false;
		return 0;
	}
	if (r < 0)
		return err_sys(err, -r, "cannot look at the lock %s after taking it", name);
	if (named.is_link)
		return err_set(err, ERR_INVALID,
		    "cannot lock %s: it is a symbolic link; remove it, then try again", name);
	*ret = named.dev == held.dev && named.inode == held.inode;
	return 0;
}

static void
lock_write_note(struct io *io, int fd, const char *note)
{
	_cleanup_(buf_release) struct buf line = BUF_INIT;

	/* The lock is held whether or not its note can be written (the disk may be full). */
	if (io->ops->truncate(io, fd, 0) < 0)
		return;
	buf_addf(&line, "%s\n", note);
	(void)io->ops->write(io, fd, line.p, line.len);
}

int
lock_take(struct io *io, int dir, const char *name, const char *note, struct buf *ret_owner,
    struct err *err)
{
	for (int i = 0; i < LOCK_TRIES; i++) {
		bool current = false;
		int fd = io->ops->open(io, dir, name, IO_READ | IO_WRITE | IO_ENSURE), r;

		if (fd < 0)
			return err_sys(err, -fd, "cannot open the lock %s", name);
		r = io->ops->lock(io, fd);
		if (r == -EAGAIN)
			r = lock_busy(io, fd, name, ret_owner, err);
		else if (r < 0)
			r = err_sys(err, -r, "cannot lock %s", name);
		else
			r = lock_is_current(io, dir, name, fd, &current, err);
		if (r == 0 && current) {
			lock_write_note(io, fd, note);
			return fd;
		}
		io_close(io, fd);
		if (r < 0)
			return r;
	}
	return err_set(
	    err, ERR_BUSY, "cannot lock %s: somebody replaces the file all the time", name);
}

static void
lock_on_alarm(int sig)
{
	(void)sig; /* it ends the call that waits */
}

/* Again and again: one alarm may come before the call that it is to end. */
static void
lock_alarm(int64_t ms)
{
	struct itimerval t = { .it_value = { ms / 1000, (suseconds_t)(ms % 1000) * 1000 } };

	t.it_interval.tv_usec = ms > 0 ? 10000 : 0;
	(void)setitimer(ITIMER_REAL, &t, NULL);
}

bool
lock_await(struct io *io, int dir, const char *name, int64_t ms)
{
	struct flock lock = { .l_type = F_RDLCK, .l_whence = SEEK_SET };
	struct sigaction on = { .sa_handler = lock_on_alarm }, was;
	int fd = io->ops->open(io, dir, name, IO_READ | IO_UNTRUSTED), r;
	sigset_t alarm_only, mask;

	if (fd < 0)
		return false;
	sigemptyset(&alarm_only);
	sigaddset(&alarm_only, SIGALRM);
	(void)sigprocmask(SIG_UNBLOCK, &alarm_only, &mask);
	(void)sigaction(SIGALRM, &on, &was);
	lock_alarm(ms > 0 ? ms : 1);
	r = fcntl(fd, F_OFD_SETLKW, &lock);
	lock_alarm(0);
	(void)sigaction(SIGALRM, &was, NULL);
	(void)sigprocmask(SIG_SETMASK, &mask, NULL);
	io_close(io, fd); /* and what was taken goes */
	return r == 0;
}

int
lock_inherit(int fd, struct err *err)
{
	int flags = fcntl(fd, F_GETFD);

	if (flags < 0 || fcntl(fd, F_SETFD, flags & ~FD_CLOEXEC) < 0)
		return err_sys(err, errno, "cannot hand the lock (descriptor %d) to programs", fd);
	return 0;
}

void
lock_note(struct buf *b)
{
	time_t now = (time_t)(clock_wall_ms() / 1000);
	char text[sizeof "-2147483648-12-31T23:59:60Z"];
	pid_t pid = getpid();
	struct tm tm;

	if (gmtime_r(&now, &tm) == NULL || strftime(text, sizeof text, "%FT%TZ", &tm) == 0)
		snprintf(text, sizeof text, "unknown");
	buf_addf(b, "pid %d start %llu boot %s time %s", (int)pid,
	    (unsigned long long)proc_start_time(pid), clock_boot_id(), text);
}

/* Cuts "word value" off *s. */
static bool
lock_note_cut(struct str *s, const char *word, struct str *ret_value)
{
	struct str head;

	if (!str_cut(s, ' ', &head) || !str_is(head, word))
		return false;
	(void)str_cut(s, ' ', ret_value); /* the last value has no blank behind it */
	return ret_value->len > 0;
}

bool
lock_note_parse(struct str note, pid_t *ret_pid, uint64_t *ret_start)
{
	struct str line, pid_text, start_text, boot;
	uint64_t pid, start;

	(void)str_cut(&note, '\n', &line);
	if (!lock_note_cut(&line, "pid", &pid_text) ||
	    !lock_note_cut(&line, "start", &start_text) || !lock_note_cut(&line, "boot", &boot))
		return false;
	if (!str_u64(pid_text, &pid) || !str_u64(start_text, &start))
		return false;
	if (pid == 0 || pid > INT32_MAX || start == 0)
		return false;
	/* "unknown" is equal to itself, but says nothing. */
	if (!str_is(boot, clock_boot_id()) || str_is(boot, "unknown"))
		return false;
	*ret_pid = (pid_t)pid;
	*ret_start = start;
	return true;
}
