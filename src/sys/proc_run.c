/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * proc_run.c: a program, its output and its end, within a time.
 *
 * The program leads a process group of its own, so that the deadline ends what it started too.  We stop
 * listening when it has ended, not when the pipes are closed: a daemon that it left behind may keep them
 * open for ever.
 */
#include "base/base.h"
#include "sys/proc.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/pidfd.h>
#include <sys/wait.h>

#include "base/clean.h"
#include "sys/file.h"

#define RUN_STDERR_TAIL ((size_t)4096)
#define RUN_STEP        ((size_t)16 * 1024)

struct run {
	const char *program;
	pid_t pid;
	int pidfd, out, err; /* -1: closed */
	int in;              /* its stdin; -1: /dev/null */
	struct buf *ret_out; /* may be NULL */
	size_t out_start, max;
	struct buf tail; /* the end of stderr */
};

/* Time that stands still while the machine sleeps, for the program sleeps as well. */
static int64_t
run_now_ms(void)
{
	struct timespec ts;

	if (clock_gettime(CLOCK_MONOTONIC, &ts) < 0)
		BUG("the kernel has no monotonic clock");
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

/* Out of the way of 0, 1 and 2, which are free when our own parent closed them, and which the program
 * gets anew one after the other. */
static int
run_lift(int *fd)
{
	int higher;

	if (*fd > STDERR_FILENO)
		return 0;
	higher = fcntl(*fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
	if (higher < 0)
		return -errno;
	close_fd(fd);
	*fd = higher;
	return 0;
}

/* Our end does not block; the program's does, as programs expect. */
static int
run_pipe(int *ret_read, int *ret_write)
{
	int fds[2], r;

	if (pipe2(fds, O_CLOEXEC) < 0)
		return -errno;
	*ret_read = fds[0];
	*ret_write = fds[1];
	r = run_lift(ret_write);
	if (r == 0 && fcntl(*ret_read, F_SETFL, O_NONBLOCK) < 0)
		r = -errno;
	return r;
}

/* posix_spawn and its helpers return error numbers; they fail for want of memory only. */
static void
run_must(int errnum)
{
	if (errnum != 0)
		BUG("cannot prepare the start of a program: %s", strerror(errnum));
}

static int
run_spawn(struct run *run, const struct strvec *argv, const char *cwd, int out, int err)
{
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attr;
	sigset_t none, all;
	int r;

	run_must(posix_spawn_file_actions_init(&actions));
	if (run->in >= 0)
		run_must(posix_spawn_file_actions_adddup2(&actions, run->in, 0));
	else
		run_must(posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0));
	run_must(posix_spawn_file_actions_adddup2(&actions, out, 1));
	run_must(posix_spawn_file_actions_adddup2(&actions, err, 2));
	if (cwd != NULL)
		run_must(posix_spawn_file_actions_addchdir_np(&actions, cwd));
	run_must(posix_spawnattr_init(&attr));
	sigemptyset(&none);
	sigfillset(&all);
	/* What we ignore or block is no business of the program. */
	run_must(posix_spawnattr_setsigmask(&attr, &none));
	run_must(posix_spawnattr_setsigdefault(&attr, &all));
	run_must(posix_spawnattr_setpgroup(&attr, 0));
	run_must(posix_spawnattr_setflags(
	    &attr, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP));
	r = posix_spawnp(&run->pid, argv->v[0], &actions, &attr, argv->v, environ);
	(void)posix_spawnattr_destroy(&attr);
	(void)posix_spawn_file_actions_destroy(&actions);
	return -r;
}

/* The bare errno says neither which of three things is missing, nor the truth when a directory of PATH
 * may not be read. */
static int
run_explain_start(const struct run *run, const char *cwd, int errnum, struct err *err)
{
	_cleanup_(buf_release) struct buf path = BUF_INIT;
	bool is_missing = errnum == ENOENT || errnum == EACCES;
	int r;

	if (is_missing && cwd != NULL && access(cwd, X_OK) < 0)
		return err_sys(err, errno, "cannot run %s in the directory %s", run->program, cwd);
	if (is_missing) {
		r = proc_find_program(run->program, getenv("PATH"), &path, err);
		if (r < 0)
			return r;
	}
	if (errnum == ENOENT)
		return err_set(err, ERR_NOTFOUND,
		    "cannot run %s: the interpreter that its first line names is missing", path.p);
	return err_sys(err, errnum, "cannot run %s", run->program);
}

static int
run_start(struct run *run, const struct strvec *argv, const char *cwd, struct err *err)
{
	_cleanup_(close_fd) int out = -1;
	_cleanup_(close_fd) int errors = -1;
	int r = run_pipe(&run->out, &out);

	if (r == 0)
		r = run_pipe(&run->err, &errors);
	if (r < 0)
		return err_sys(err, -r, "cannot make the pipes to run %s", run->program);
	r = run_spawn(run, argv, cwd, out, errors);
	return r < 0 ? run_explain_start(run, cwd, -r, err) : 0;
}

static void
run_take_out(struct run *run, const char *p, size_t n)
{
	size_t have, room;

	if (run->ret_out == NULL)
		return;
	have = run->ret_out->len - run->out_start;
	room = run->max > have ? run->max - have : 0;
	buf_add(run->ret_out, p, n < room ? n : room);
}

static void
run_take_err(struct run *run, const char *p, size_t n)
{
	struct buf *tail = &run->tail;

	buf_add(tail, p, n);
	if (tail->len > RUN_STDERR_TAIL) {
		size_t drop = tail->len - RUN_STDERR_TAIL;

		memmove(tail->p, tail->p + drop, RUN_STDERR_TAIL);
		buf_truncate(tail, RUN_STDERR_TAIL);
	}
}

/* Reads once.  False: nothing there now, or at the end (then *fd is closed). */
static bool
run_read(struct run *run, int *fd)
{
	char step[RUN_STEP];
	ssize_t n;

	if (*fd < 0)
		return false;
	n = read(*fd, step, sizeof step);
	if (n < 0 && errno == EINTR)
		return true;
	if (n < 0 && errno == EAGAIN)
		return false;
	if (n <= 0) {
		close_fd(fd);
		return false;
	}
	if (fd == &run->out)
		run_take_out(run, step, (size_t)n);
	else
		run_take_err(run, step, (size_t)n);
	return true;
}

/* Listens until the program ends or the time is over.  True: it has ended. */
static bool
run_listen(struct run *run, int64_t deadline_ms)
{
	for (;;) {
		struct pollfd p[] = {
			{ .fd = run->pidfd, .events = POLLIN },
			{ .fd = run->out, .events = POLLIN },
			{ .fd = run->err, .events = POLLIN },
		};
		int64_t left_ms = deadline_ms - run_now_ms();
		int n;

		if (left_ms <= 0)
			return proc_is_gone(run->pidfd);
		n = poll(p, ARRAY_LEN(p), left_ms > 3600 * 1000 ? 3600 * 1000 : (int)left_ms);
		if (n < 0 && errno != EINTR)
			BUG("cannot wait for %s: %s", run->program, strerror(errno));
		if (n <= 0)
			continue;
		if (p[1].revents != 0)
			(void)run_read(run, &run->out); /* the next round asks again */
		if (p[2].revents != 0)
			(void)run_read(run, &run->err);
		if (p[0].revents != 0)
			return true;
	}
}

/* What was written before the end is in the pipes.  Bounded by their size (1 MiB at most by default):
 * a left-over process may write for ever. */
static void
run_drain(struct run *run)
{
	for (int i = 0; i < 1024 && run_read(run, &run->out); i++)
		;
	for (int i = 0; i < 1024 && run_read(run, &run->err); i++)
		;
}

static int
run_reap(struct run *run, int *ret_status, struct err *err)
{
	pid_t got;

	do
		got = waitpid(run->pid, ret_status, 0);
	while (got < 0 && errno == EINTR);
	if (got < 0)
		return err_set(err, ERR_EXTERNAL,
		    "%s has ended, but how is unknown: another part of this program waited for it",
		    run->program);
	return 0;
}

/* The last words of stderr that are not blank. */
static struct str
run_last_line(const struct run *run)
{
	struct str rest = buf_str(&run->tail), line, last = STR("");

	while (str_cut(&rest, '\n', &line) || line.len > 0) {
		line = str_trim(line);
		if (line.len > 0)
			last = line;
	}
	return last;
}

static void
run_explain(const struct run *run, int status, struct err *err)
{
	_cleanup_(buf_release) struct buf words = BUF_INIT;
	struct str last = run_last_line(run);

	if (WIFSIGNALED(status))
		buf_addf(&words, "ended by signal %d", WTERMSIG(status));
	else
		buf_addf(&words, "exit status %d", WEXITSTATUS(status));
	if (last.len > 0) {
		buf_adds(&words, ": ");
		clean_add_line(&words, last, 400);
	}
	(void)err_set(err, ERR_EXTERNAL, "%s: %s", run->program, words.p);
}

static int
run_finish(struct run *run, int64_t timeout_ms, int *ret_status, struct err *err)
{
	int64_t deadline_ms = run_now_ms() + timeout_ms;
	int status = 0, r, reaped;
	bool ended;

	run->pidfd = pidfd_open(run->pid, 0);
	if (run->pidfd < 0)
		r = err_sys(err, errno, "cannot watch %s", run->program);
	else
		r = 0;
	ended = r == 0 && run_listen(run, deadline_ms);
	/* Not reaped yet, so neither the pid nor the group can be anybody else's. */
	if (!ended) {
		/* Either fails only when there is nothing left to kill.  It may have left its group. */
		(void)kill(-run->pid, SIGKILL);
		(void)kill(run->pid, SIGKILL);
	}
	reaped = run_reap(run, &status, r == 0 ? err : NULL);
	run_drain(run);
	if (r < 0 || reaped < 0)
		return r < 0 ? r : reaped;
	if (!ended)
		return err_set(err, ERR_EXTERNAL, "%s did not end within %lld ms and was killed",
		    run->program, (long long)timeout_ms);
	if (status != 0)
		run_explain(run, status, err);
	if (ret_status != NULL)
		*ret_status = status;
	return 0;
}

/* What it is to read, whole, at its beginning: it may end without reading, and nobody waits for it. */
static int
run_feed(struct run *run, struct str input, struct err *err)
{
	size_t done = 0;
	ssize_t n;
	int r;

	run->in = memfd_create("input", MFD_CLOEXEC);
	r = run->in < 0 ? -errno : run_lift(&run->in);
	while (r == 0 && done < input.len) {
		n = write(run->in, input.p + done, input.len - done);
		if (n < 0 && errno != EINTR)
			r = -errno;
		done += n > 0 ? (size_t)n : 0;
	}
	if (r == 0 && lseek(run->in, 0, SEEK_SET) < 0)
		r = -errno;
	if (r == 0)
		return 0;
	return err_set(
	    err, ERR_LIMIT, "cannot keep what %s is to read: %s", run->program, strerror(-r));
}

static int
run_whole(struct run *run, const struct strvec *argv, const char *cwd, int64_t timeout_ms,
    int *ret_status, struct err *err)
{
	int r = run_start(run, argv, cwd, err);

	if (r == 0)
		r = run_finish(run, timeout_ms, ret_status, err);
	if (r < 0 && run->ret_out != NULL)
		buf_truncate(run->ret_out, run->out_start);
	close_fd(&run->in);
	close_fd(&run->out);
	close_fd(&run->err);
	close_fd(&run->pidfd);
	buf_release(&run->tail);
	return r;
}

static void
run_init(struct run *run, const struct strvec *argv, size_t max, struct buf *ret_out)
{
	if (argv->n == 0)
		BUG("a program without a name");
	*run = (struct run){ .program = argv->v[0],
		.pidfd = -1,
		.in = -1,
		.out = -1,
		.err = -1,
		.ret_out = ret_out,
		.out_start = ret_out != NULL ? ret_out->len : 0,
		.max = max,
		.tail = BUF_INIT };
}

int
proc_run(const struct strvec *argv, const char *cwd, int64_t timeout_ms, size_t max,
    struct buf *ret_out, int *ret_status, struct err *err)
{
	struct run run;

	run_init(&run, argv, max, ret_out);
	return run_whole(&run, argv, cwd, timeout_ms, ret_status, err);
}

int
proc_run_input(const struct strvec *argv, const char *cwd, struct str input, int64_t timeout_ms,
    size_t max, struct buf *ret_out, int *ret_status, struct err *err)
{
	struct run run;
	int r;

	run_init(&run, argv, max, ret_out);
	r = run_feed(&run, input, err);
	if (r < 0) {
		close_fd(&run.in);
		return r;
	}
	return run_whole(&run, argv, cwd, timeout_ms, ret_status, err);
}
