/* SPDX-License-Identifier: GPL-2.0-only */
#include "base/base.h"

#include "effect/gate.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "effect/gate_log.h"
#include "sys/clock.h"
#include "sys/file.h"
#include "sys/proc.h"

#define GATE_STEP_MS     5 /* between two looks at what is left, at first */
#define GATE_STEP_MAX_MS 100
#define GATE_GIVE_UP_MS  10000 /* after SIGKILL: what lives on cannot be ended */

struct gate {
	pid_t pid;
	int out;     /* what it says; -1: closed */
	int signals; /* signalfd */
	int status;  /* valid with has_ended */
	bool has_ended, has_nobody;
	bool is_over, is_stopped; /* why it has to end */
	bool is_ending;
	int64_t began, ended, due, kill_at, step_ms; /* boot time; due 0: none */
	struct gate_output output;
	struct gate_ended *ret;
};

static void
gate_signals(sigset_t *set)
{
	sigemptyset(set);
	sigaddset(set, SIGTERM);
	sigaddset(set, SIGCHLD);
}

int
gate_setup(struct err *err)
{
	pid_t parent = getppid();
	sigset_t set;

	gate_signals(&set);
	if (sigprocmask(SIG_BLOCK, &set, NULL) < 0 || prctl(PR_SET_CHILD_SUBREAPER, 1) < 0 ||
	    prctl(PR_SET_PDEATHSIG, SIGTERM) < 0)
		return err_sys(err, errno, "cannot prepare a process for gates");
	if (getppid() != parent) /* it ended before it could be watched */
		(void)kill(getpid(), SIGTERM);
	return 0;
}

/* --- start --- */

static void
gate_limit(int resource, uint64_t max)
{
	struct rlimit now, want = { max, max };

	if (getrlimit(resource, &now) == 0 && now.rlim_max < want.rlim_max)
		want = (struct rlimit){ now.rlim_max, now.rlim_max };
	(void)setrlimit(resource, &want); /* lower than the hard limit: always allowed */
}

/* In the child.  An errno value goes through the pipe `say` when it could not be executed. */
noreturn_ static void
gate_child(const struct strvec *argv, const char *dir, const struct strvec *env,
    const struct gate_limits *limits, int out, int say, pid_t parent)
{
	struct strvec words = *argv, all = *env;
	sigset_t none;
	int null, errnum;

	sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || getppid() != parent)
		_exit(127);
	(void)setsid();
	gate_limit(RLIMIT_CORE, 0);
	if (limits->memory > 0)
		gate_limit(RLIMIT_DATA, limits->memory);
	null = open("/dev/null", O_RDONLY | O_CLOEXEC);
	if (null >= 0 && dup2(null, 0) >= 0 && dup2(out, 1) >= 0 && dup2(out, 2) >= 0 &&
	    chdir(dir) == 0) {
		environ = all.v;
		(void)execvp(words.v[0], words.v);
	}
	errnum = errno;
	(void)!write(say, &errnum, sizeof errnum); /* nobody listens: it has ended */
	_exit(127);
}

/* 0, or the errno value of what failed; *ret_exec: it was the exec. */
static int
gate_start(struct gate *g, const struct strvec *argv, const char *dir, const struct strvec *env,
    const struct gate_limits *limits, bool *ret_exec)
{
	_cleanup_(close_fd) int out_read = -1, out_write = -1, say_read = -1, say_write = -1;
	int out[2], say[2], errnum = 0;
	pid_t parent = getpid();

	if (pipe2(out, O_CLOEXEC) < 0)
		return errno;
	out_read = out[0], out_write = out[1];
	if (pipe2(say, O_CLOEXEC) < 0)
		return errno;
	say_read = say[0], say_write = say[1];
	g->pid = fork();
	if (g->pid == 0)
		gate_child(argv, dir, env, limits, out_write, say_write, parent);
	if (g->pid < 0)
		return errno;
	close_fd(&say_write);
	while (read(say_read, &errnum, sizeof errnum) < 0 && errno == EINTR)
		; /* the exec, or its end, closes the pipe */
	*ret_exec = errnum != 0;
	(void)fcntl(out_read, F_SETFL, O_NONBLOCK);
	g->out = out_read;
	out_read = -1;
	return errnum;
}

/* --- until nothing of it is left --- */

static bool
gate_has(const struct pids *p, pid_t pid)
{
	for (size_t i = 0; i < p->n; i++)
		if (p->v[i] == pid)
			return true;
	return false;
}

/* Everybody below us, found, opened, and found once more: then it is the same process. */
static void
gate_signal(int sig)
{
	_cleanup_(pids_release) struct pids found = { NULL, 0, 0 }, again = { NULL, 0, 0 };
	int *fds;

	if (proc_descendants(getpid(), &found, NULL) < 0 || found.n == 0)
		return;
	fds = xcalloc(found.n, sizeof *fds);
	for (size_t i = 0; i < found.n; i++)
		fds[i] = proc_open(found.v[i], proc_start_time(found.v[i]), NULL);
	if (proc_descendants(getpid(), &again, NULL) == 0)
		for (size_t i = 0; i < found.n; i++)
			if (fds[i] >= 0 && gate_has(&again, found.v[i])) {
				(void)proc_signal(fds[i], sig, NULL); /* gone: fine */
				if (sig == SIGTERM) /* one that is stopped cannot act on it */
					(void)proc_signal(fds[i], SIGCONT, NULL);
			}
	for (size_t i = 0; i < found.n; i++)
		close_fd(&fds[i]);
	free(fds);
}

static void
gate_begin_end(struct gate *g, int64_t grace_ms)
{
	if (g->is_ending)
		return;
	g->is_ending = true;
	g->kill_at = clock_boot_ms() + grace_ms;
	g->step_ms = GATE_STEP_MS;
	gate_signal(SIGTERM);
}

static void
gate_collect(struct gate *g)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
		if (pid == g->pid) {
			g->has_ended = true;
			g->ended = clock_boot_ms();
			g->status = status;
		}
	g->has_nobody = pid < 0 && errno == ECHILD;
}

static void
gate_read(struct gate *g)
{
	char chunk[65536];
	ssize_t n = read(g->out, chunk, sizeof chunk);

	if (n > 0)
		gate_output_add(&g->output, chunk, (size_t)n);
	else if (n == 0 || (errno != EAGAIN && errno != EINTR))
		close_fd(&g->out);
}

/* What is there to read, and not what is still being written by whom nothing ends. */
static void
gate_drain(struct gate *g)
{
	for (unsigned i = 0; g->out >= 0 && i < 64; i++) {
		struct pollfd p = { .fd = g->out, .events = POLLIN };

		if (poll(&p, 1, 0) <= 0)
			return;
		gate_read(g);
	}
}

static void
gate_pause(struct gate *g)
{
	struct pollfd p[2] = { { .fd = g->signals, .events = POLLIN },
		{ .fd = g->out, .events = POLLIN } };
	int64_t now = clock_boot_ms(), left = -1;
	struct signalfd_siginfo si;

	if (g->is_ending) {
		left = g->step_ms;
		if (g->step_ms < GATE_STEP_MAX_MS)
			g->step_ms *= 2;
	} else if (g->due > 0) {
		left = g->due > now ? g->due - now : 0;
	}
	if (left > 3600000)
		left = 3600000; /* and look again */
	if (poll(p, 2, (int)left) < 0)
		return; /* EINTR: nothing is lost */
	if (p[1].revents != 0)
		gate_read(g);
	while (p[0].revents != 0 && read(g->signals, &si, sizeof si) == (ssize_t)sizeof si)
		g->is_stopped |= si.ssi_signo == SIGTERM;
}

static void
gate_wait(struct gate *g, int64_t grace_ms)
{
	for (;;) {
		gate_collect(g);
		if (g->has_ended && g->has_nobody)
			return;
		if (g->has_ended || g->is_stopped) {
			gate_begin_end(g, grace_ms);
		} else if (g->due > 0 && clock_boot_ms() >= g->due) {
			g->is_over = true;
			gate_begin_end(g, grace_ms);
		}
		if (g->is_ending && clock_boot_ms() >= g->kill_at)
			gate_signal(SIGKILL);
		if (g->is_ending && clock_boot_ms() >= g->kill_at + GATE_GIVE_UP_MS)
			return; /* it has the tag and the lock: the next attempt meets it */
		gate_pause(g);
	}
}

/* --- what it means --- */

static bool
gate_is_foreign(int sig)
{
	return sig == SIGKILL || sig == SIGTERM || sig == SIGINT || sig == SIGHUP || sig == SIGQUIT;
}

static void
gate_say(struct gate_ended *r, enum gate_end end, const char *fmt, ...) printf_like(3, 4);
static void
gate_say(struct gate_ended *r, enum gate_end end, const char *fmt, ...)
{
	va_list ap;

	r->end = end;
	va_start(ap, fmt);
	(void)vsnprintf(r->why, sizeof r->why, fmt, ap); /* cut is fine */
	va_end(ap);
}

static void
gate_judge(const struct gate *g, const struct gate_limits *limits)
{
	int code = WIFEXITED(g->status) ? WEXITSTATUS(g->status) : -1;
	int sig = WIFSIGNALED(g->status) ? WTERMSIG(g->status) : code > 128 ? code - 128 : 0;

	if (g->is_stopped)
		gate_say(g->ret, GATE_STOPPED, "stopped, because it is not wanted any more");
	else if (g->is_over)
		gate_say(
		    g->ret, GATE_OVER, "took longer than %lld s", (long long)(limits->ms / 1000));
	else if (!g->has_ended)
		gate_say(g->ret, GATE_LOST, "cannot be ended");
	else if (code == 0)
		gate_say(g->ret, GATE_PASSED, "passed");
	else if (code == 126 || code == 127)
		gate_say(g->ret, GATE_UNRUN,
		    "exit status %d: there was nothing that could be executed", code);
	else if (gate_is_foreign(sig))
		gate_say(g->ret, GATE_LOST, "was ended from outside by SIG%s", sigabbrev_np(sig));
	else if (code >= 0)
		gate_say(g->ret, GATE_FAILED, "exit status %d", code);
	else
		gate_say(g->ret, GATE_FAILED, "died of SIG%s",
		    sigabbrev_np(sig) ? sigabbrev_np(sig) : "?");
}

void
gate_run(const struct strvec *argv, const char *dir, const struct strvec *env,
    const struct gate_limits *limits, struct gate_log *log, struct gate_ended *ret)
{
	struct gate g = { .out = -1, .signals = -1, .ret = ret };
	bool is_exec = false;
	sigset_t set;
	int errnum = 0;

	*ret = (struct gate_ended){ .end = GATE_LOST };
	gate_signals(&set);
	g.signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	g.began = g.ended = clock_boot_ms();
	g.due = limits->ms > 0 ? g.began + limits->ms : 0;
	gate_output_begin(&g.output, log);
	if (g.signals < 0)
		errnum = errno;
	else
		errnum = gate_start(&g, argv, dir, env, limits, &is_exec);
	if (g.pid > 0)
		gate_wait(&g, limits->grace_ms);
	gate_drain(&g);
	gate_output_end(&g.output);
	ret->ms = g.ended - g.began;
	if (g.is_stopped)
		gate_judge(&g, limits);
	else if (errnum != 0)
		gate_say(ret, is_exec ? GATE_UNRUN : GATE_LOST, "cannot be executed: %s",
		    strerror(errnum));
	else
		gate_judge(&g, limits);
	close_fd(&g.out);
	close_fd(&g.signals);
}
