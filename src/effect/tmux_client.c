/* SPDX-License-Identifier: GPL-2.0-only */
#include "base/base.h"

#include "effect/tmux_client.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clean.h"
#include "codec/tmux_control.h"
#include "effect/tmux.h"
#include "sys/file.h"
#include "sys/proc.h"

#define TMUX_MAJOR 3
#define TMUX_MINOR 3

int
tmux_check(struct err *err)
{
	_cleanup_(strvec_release) struct strvec argv = STRVEC_INIT;
	_cleanup_(buf_release) struct buf out = BUF_INIT;
	_cleanup_(buf_release) struct buf shown = BUF_INIT;
	int status, r;

	strvec_push(&argv, "tmux");
	strvec_push(&argv, "-V");
	r = proc_run(&argv, NULL, TMUX_OPEN_MS, 200, &out, &status, err);
	if (r < 0)
		return r;
	if (status != 0)
		return ERR_EXTERNAL; /* proc_run() has written the sentence */
	if (tmux_version_is(buf_str(&out), TMUX_MAJOR, TMUX_MINOR))
		return 0;
	while (out.len > 0 && out.p[out.len - 1] == '\n')
		buf_truncate(&out, out.len - 1);
	clean_add_line(&shown, buf_str(&out), 60);
	return err_set(err, ERR_INVALID,
	    "`tmux -V` says \"%s\", but reeve needs tmux %d.%d; install it, or put it first in "
	    "PATH",
	    shown.p, TMUX_MAJOR, TMUX_MINOR);
}

void
tmux_client_argv(const struct tmux_config *config, struct strvec *ret)
{
	strvec_push(ret, "tmux");
	strvec_push(ret, strchr(config->socket, '/') != NULL ? "-S" : "-L");
	strvec_push(ret, config->socket);
	if (config->conf != NULL) {
		strvec_push(ret, "-f");
		strvec_push(ret, config->conf);
	}
	strvec_push(ret, "-u"); /* UTF-8, whatever the locale */
	strvec_push(ret, "-C");
	strvec_push(ret, "new-session");
	strvec_push(ret, "-A");
	/* Without no-output every byte that any worker prints would come to us. */
	strvec_push(ret, "-f");
	strvec_push(ret, "no-output,ignore-size");
	strvec_push(ret, "-s");
	strvec_push(ret, "reeve");
	strvec_push(ret, "-n");
	strvec_push(ret, "keeper");
	strvec_push(ret, "-c");
	strvec_push(ret, "/");
	strvec_push(ret, "--");
	strvec_push(ret, config->run);
	strvec_push(ret, "--keeper"); /* a second word also keeps the shell out */
}

/* The child's ends, until it has them. */
struct far_ends {
	int in, out;
};

static void
close_far_ends(struct far_ends *far)
{
	close_fd(&far->in);
	close_fd(&far->out);
}

static int
open_ends(struct tmux_client *c, struct far_ends *far, struct err *err)
{
	int fds[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) < 0)
		return err_sys(err, errno, "cannot make a socket pair for tmux");
	c->in = fds[0];
	far->in = fds[1];
	if (pipe2(fds, O_CLOEXEC) < 0)
		return err_sys(err, errno, "cannot make a pipe for tmux");
	c->out = fds[0];
	far->out = fds[1];
	/* Only our ends: the flag belongs to an end, and tmux does as it likes with its own. */
	if (fcntl(c->in, F_SETFL, O_NONBLOCK) < 0 || fcntl(c->out, F_SETFL, O_NONBLOCK) < 0)
		return err_sys(err, errno, "cannot prepare the pipes for tmux");
	c->err = memfd_create("tmux-stderr", MFD_CLOEXEC);
	if (c->err < 0)
		return err_sys(err, errno, "cannot make a file in memory for tmux");
	return 0;
}

/* TMUX and TMUX_PANE would make tmux believe that it is called from one of its own panes. */
static void
client_environment(struct strvec *ret)
{
	for (char **e = environ; e != NULL && *e != NULL; e++) {
		struct str s = str_of(*e);

		if (!str_starts(s, "REEVE_") && !str_starts(s, "TMUX=") &&
		    !str_starts(s, "TMUX_PANE="))
			strvec_push(ret, *e);
	}
}

noreturn_ static void
client_exec(
    const struct strvec *argv, const struct strvec *env, int in, int out, int errors, pid_t parent)
{
	int fds[3] = { in, out, errors };
	sigset_t none;

	/* Our own standard descriptors may be closed: first out of the way of 0, 1 and 2. */
	for (int i = 0; i < 3; i++)
		fds[i] = fcntl(fds[i], F_DUPFD, 3);
	for (int i = 0; i < 3; i++)
		if (fds[i] < 0 || dup2(fds[i], i) < 0)
			_exit(126);
	/* A library may have opened one without O_CLOEXEC, and a lock may be meant to be inherited: the
	 * server would hold it for ever. */
	if (close_range(3, ~0U, 0) < 0)
		_exit(126);
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || getppid() != parent)
		_exit(126); /* the second: it died before we asked */
	/* Not the terminal's Ctrl-C, which is for the supervisor; not a mounted file system. */
	if (setsid() < 0 || chdir("/") < 0)
		_exit(126);
	for (int sig = 1; sig < NSIG; sig++)
		(void)signal(sig, SIG_DFL); /* fails for those that cannot be changed */
	sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL); /* cannot fail with these arguments */
	(void)execvpe(argv->v[0], argv->v, env->v);
	dprintf(STDERR_FILENO, "cannot run %s: %s\n", argv->v[0], strerror(errno));
	_exit(127);
}

int
tmux_client_start(struct tmux_client *c, const struct strvec *argv, struct err *err)
{
	_cleanup_(close_far_ends) struct far_ends far = { -1, -1 };
	_cleanup_(strvec_release) struct strvec env = STRVEC_INIT;
	pid_t parent = getpid();
	sigset_t all, old;
	int r = open_ends(c, &far, err);

	if (r < 0) {
		tmux_client_stop(c);
		return r;
	}
	client_environment(&env);
	/* No handler of ours may run in the child. */
	sigfillset(&all);
	(void)sigprocmask(SIG_SETMASK, &all, &old); /* cannot fail with these arguments */
	c->pid = fork();
	if (c->pid == 0)
		client_exec(argv, &env, far.in, far.out, c->err, parent);
	r = errno;
	(void)sigprocmask(SIG_SETMASK, &old, NULL);
	if (c->pid < 0) {
		c->pid = 0;
		tmux_client_stop(c);
		return err_sys(err, r, "cannot start a process for tmux");
	}
	c->pidfd = pidfd_open(c->pid, 0);
	if (c->pidfd < 0) {
		r = err_sys(err, errno, "cannot watch the tmux client");
		(void)kill(c->pid, SIGKILL); /* our child, not reaped yet: it is there */
		(void)waitpid(c->pid, NULL, 0);
		c->pid = 0;
		tmux_client_stop(c);
		return r;
	}
	return 0;
}

void
tmux_client_complaint(const struct tmux_client *c, struct buf *b)
{
	char text[400];
	ssize_t n = c->err >= 0 ? pread(c->err, text, sizeof text, 0) : 0;
	struct str s = str_n(text, n > 0 ? (size_t)n : 0);

	while (s.len > 0 && s.p[s.len - 1] == '\n')
		s.len--;
	clean_add_line(b, s, 0);
}

void
tmux_client_stop(struct tmux_client *c)
{
	/* Through the pidfd: the owner may have reaped it already, and the pid be somebody else's. */
	if (c->pidfd >= 0)
		(void)pidfd_send_signal(c->pidfd, SIGKILL, NULL, 0); /* fails when it has ended */
	close_fd(&c->pidfd);
	close_fd(&c->in);
	close_fd(&c->out);
	close_fd(&c->err);
}
