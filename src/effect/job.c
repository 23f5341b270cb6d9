/* SPDX-License-Identifier: GPL-2.0-only */
#include "base/base.h"

#include "effect/job.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sys/clock.h"

/* After fork.  Whatever fails here ends the child; the parent tells it from the exit code. */
noreturn_ static void
job_child(void (*fn)(void *arg, int out_fd), void *arg, pid_t parent, int out_fd)
{
	struct sigaction dfl = { .sa_handler = SIG_DFL };
	sigset_t none;
	int null;

	for (int sig = 1; sig < NSIG; sig++)
		(void)sigaction(sig, &dfl, NULL); /* SIGKILL, SIGSTOP and libc's own refuse */
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || getppid() != parent)
		_exit(120);
	(void)setpgid(0, 0); /* the parent does it, too: whoever comes first */
	sigemptyset(&none);
	null = open("/dev/null", O_RDWR | O_CLOEXEC);
	if (null < 0 || dup2(null, 0) < 0 || dup2(null, 1) < 0)
		_exit(121);
	/* out_fd becomes 3, so that everything above can go in one call */
	if (out_fd != 3 && dup2(out_fd, 3) < 0)
		_exit(121);
	if (close_range(4, ~0U, 0) < 0)
		_exit(121);
	(void)fcntl(
	    3, F_SETFD, FD_CLOEXEC); /* a program that fn starts does not hold the answer open */
	if (sigprocmask(SIG_SETMASK, &none, NULL) < 0)
		_exit(121);
	fn(arg, 3);
	_exit(0);
}

static int
job_pipe(int fds[2], struct err *err)
{
	int flags;

	if (pipe2(fds, O_CLOEXEC) < 0)
		return err_sys(err, errno, "starting a helper process: making its pipe");
	for (int i = 0; i < 2; i++) {
		/* not among 0, 1, 2: the child puts its own there */
		int fd = fcntl(fds[i], F_DUPFD_CLOEXEC, 3);
		int errnum = errno;

		(void)close(fds[i]);
		fds[i] = fd;
		if (fd < 0) {
			(void)close(fds[i == 0 ? 1 : 0]);
			return err_sys(err, errnum, "starting a helper process: making its pipe");
		}
	}
	flags = fcntl(fds[0], F_GETFL);
	(void)fcntl(fds[0], F_SETFL, flags | O_NONBLOCK); /* only our end; a pipe takes it always */
	return 0;
}

int
job_start(void (*fn)(void *arg, int out_fd), void *arg, int64_t timeout_ms, struct job *ret,
    struct err *err)
{
	struct job j = JOB_INIT;
	pid_t parent = getpid();
	sigset_t all, old;
	int fds[2], code;
	int errnum;

	code = job_pipe(fds, err);
	if (code < 0)
		return code;
	/* no handler of ours may run in the child before it has taken the default ones */
	sigfillset(&all);
	(void)sigprocmask(SIG_SETMASK, &all, &old);
	j.pid = fork();
	errnum = errno;
	if (j.pid == 0)
		job_child(fn, arg, parent, fds[1]);
	(void)sigprocmask(SIG_SETMASK, &old, NULL);
	(void)close(fds[1]);
	if (j.pid < 0) {
		(void)close(fds[0]);
		return err_sys(err, errnum, "starting a helper process");
	}
	(void)setpgid(j.pid, j.pid); /* fails when it has ended already */
	j.fd = fds[0];
	/* our own child, not reaped yet: the number cannot be another's */
	j.pidfd = (int)syscall(SYS_pidfd_open, j.pid, 0);
	if (j.pidfd < 0) {
		code = err_sys(err, errno, "watching a helper process");
		job_release(&j);
		return code;
	}
	j.due_boot_ms = clock_boot_ms() + timeout_ms;
	*ret = j;
	return 0;
}

static void
job_close(int *fd)
{
	if (*fd >= 0)
		(void)close(*fd);
	*fd = -1;
}

bool
job_on_readable(struct job *j)
{
	char chunk[16384];

	while (j->fd >= 0) {
		ssize_t n = read(j->fd, chunk, sizeof chunk);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN)
			return false;
		if (n <= 0) {
			job_close(&j->fd);
			break;
		}
		if (j->out.len + (size_t)n > JOB_OUTPUT_MAX) {
			j->is_over = true;
			job_kill(j);
			job_close(&j->fd);
			break;
		}
		buf_add(&j->out, chunk, (size_t)n);
	}
	return true;
}

bool
job_is_due(const struct job *j)
{
	return j->pid > 0 && clock_boot_ms() >= j->due_boot_ms;
}

void
job_kill(struct job *j)
{
	if (j->pid <= 0)
		return;
	j->was_killed = true;
	/* through the pidfd: never another process; then what it may have started, while it is unreaped
	 * the group's number is taken */
	if (j->pidfd < 0) {
		(void)kill(j->pid, SIGKILL);
		return;
	}
	if (syscall(SYS_pidfd_send_signal, j->pidfd, SIGKILL, NULL, 0) == 0)
		(void)kill(-j->pid, SIGKILL);
}

void
job_end(struct job *j)
{
	if (j->pid > 0 && j->pidfd >= 0)
		(void)syscall(SYS_pidfd_send_signal, j->pidfd, SIGTERM, NULL, 0); /* gone: fine */
}

void
job_leave(struct job *j)
{
	job_end(j);
	j->pid = 0;
	job_release(j);
}

int
job_finish(struct job *j, int *ret_status, struct err *err)
{
	int status = 0;
	pid_t got;

	*ret_status = 0;
	if (j->pid > 0) {
		do
			got = waitpid(j->pid, &status, 0);
		while (got < 0 && errno == EINTR);
		if (got < 0)
			status = 0; /* ECHILD: the loop's SIGCHLD handler was first */
	}
	j->pid = 0;
	job_close(&j->pidfd);
	*ret_status = status;
	if (j->is_over)
		return err_set(err, ERR_EXTERNAL,
		    "a helper process wrote more than %u bytes and was ended", JOB_OUTPUT_MAX);
	if (j->was_killed)
		return err_set(err, ERR_EXTERNAL, "a helper process took too long and was ended");
	if (WIFSIGNALED(status))
		return err_set(err, ERR_EXTERNAL, "a helper process was ended by signal %d (%s)",
		    WTERMSIG(status), strsignal(WTERMSIG(status)));
	if (status != 0)
		return err_set(err, ERR_EXTERNAL, "a helper process failed with exit code %d",
		    WEXITSTATUS(status));
	return 0;
}

void
job_release(struct job *j)
{
	int status;

	if (j->pid > 0) {
		job_kill(j);
		(void)job_finish(j, &status, NULL); /* it was ended on purpose */
	}
	job_close(&j->fd);
	job_close(&j->pidfd);
	buf_release(&j->out);
	j->is_over = j->was_killed = false;
}
