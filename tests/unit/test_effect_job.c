/* SPDX-License-Identifier: GPL-2.0-only */
/* A function in a child, with a deadline. */
#include "base/base.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include <cmocka.h>

#include "effect/git_repo.h"
#include "effect/job.h"

static void
put(int fd, const char *s)
{
	if (write(fd, s, strlen(s)) < 0)
		_exit(50);
}

/* As the loop does it: wait for the descriptor, never longer than ten seconds. */
static void
drain(struct job *j)
{
	struct pollfd p = { .fd = j->fd, .events = POLLIN };

	do
		assert_int_equal(poll(&p, 1, 10000), 1);
	while (!job_on_readable(j));
}

static void
fn_hello(void *arg, int fd)
{
	put(fd, arg);
}

static void
test_the_output_comes_back(void **state)
{
	_cleanup_(job_release) struct job j = JOB_INIT;
	char text[] = "hello";
	int status = -1;

	(void)state;
	assert_int_equal(job_start(fn_hello, text, 10000, &j, NULL), 0);
	assert_false(job_is_due(&j));
	drain(&j);
	assert_int_equal(job_finish(&j, &status, NULL), 0);
	assert_int_equal(status, 0);
	assert_string_equal(j.out.p, "hello");
	/* no zombie, no child at all */
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
	assert_int_equal(errno, ECHILD);
}

static void
fn_forever(void *arg, int fd)
{
	(void)arg;
	/* a grandchild in the same group goes with it */
	if (fork() == 0)
		for (;;)
			(void)pause();
	put(fd, "part");
	for (;;)
		(void)pause();
}

static void
test_a_job_past_its_deadline_is_killed_with_its_children(void **state)
{
	_cleanup_(job_release) struct job j = JOB_INIT;
	struct err err = ERR_INIT;
	struct pollfd p;
	int status;

	(void)state;
	assert_int_equal(job_start(fn_forever, NULL, 0, &j, NULL), 0);
	assert_true(job_is_due(&j));
	p = (struct pollfd){ .fd = j.fd, .events = POLLIN };
	assert_int_equal(poll(&p, 1, 10000), 1);
	assert_false(job_on_readable(&j)); /* does not block, and is not at the end */
	job_kill(&j);
	/* the end of the pipe comes only when the grandchild has gone, too */
	drain(&j);
	assert_int_equal(job_finish(&j, &status, &err), ERR_EXTERNAL);
	assert_non_null(strstr(err.text, "too long"));
	assert_true(WIFSIGNALED(status));
	assert_string_equal(j.out.p, "part");
}

static void
fn_abort(void *arg, int fd)
{
	struct rlimit none = { 0, 0 };

	(void)arg;
	(void)fd;
	(void)setrlimit(RLIMIT_CORE, &none);
	abort();
}

static void
fn_fail(void *arg, int fd)
{
	(void)arg;
	(void)fd;
	_exit(7);
}

static void
test_a_crash_is_an_error_in_words(void **state)
{
	_cleanup_(job_release) struct job j = JOB_INIT, k = JOB_INIT;
	struct err err = ERR_INIT;
	int status;

	(void)state;
	assert_int_equal(job_start(fn_abort, NULL, 10000, &j, NULL), 0);
	drain(&j);
	assert_int_equal(job_finish(&j, &status, &err), ERR_EXTERNAL);
	assert_non_null(strstr(err.text, "signal 6"));
	assert_int_equal(job_start(fn_fail, NULL, 10000, &k, NULL), 0);
	drain(&k);
	assert_int_equal(job_finish(&k, &status, &err), ERR_EXTERNAL);
	assert_non_null(strstr(err.text, "exit code 7"));
}

static void
fn_much(void *arg, int fd)
{
	static char block[4096];
	size_t n = *(size_t *)arg;

	memset(block, 'x', sizeof block);
	for (size_t done = 0; done < n;) {
		ssize_t k = write(fd, block, n - done < sizeof block ? n - done : sizeof block);

		if (k < 0)
			_exit(51);
		done += (size_t)k;
	}
}

static void
test_output_up_to_the_cap_and_not_beyond(void **state)
{
	_cleanup_(job_release) struct job j = JOB_INIT, k = JOB_INIT;
	struct err err = ERR_INIT;
	size_t n = JOB_OUTPUT_MAX;
	int status;

	(void)state;
	assert_int_equal(job_start(fn_much, &n, 10000, &j, NULL), 0);
	drain(&j);
	assert_int_equal(job_finish(&j, &status, NULL), 0);
	assert_int_equal(j.out.len, n);
	n++;
	assert_int_equal(job_start(fn_much, &n, 10000, &k, NULL), 0);
	drain(&k);
	assert_int_equal(job_finish(&k, &status, &err), ERR_EXTERNAL);
	assert_non_null(strstr(err.text, "more than"));
	assert_true(k.out.len <= JOB_OUTPUT_MAX);
}

/* What the child is: its descriptors, its mask, its handlers, its group. */
static void
fn_look(void *arg, int out)
{
	char line[256];
	struct sigaction sa;
	sigset_t mask;
	DIR *d = opendir("/proc/self/fd");
	struct dirent *de;
	int count = 0;

	(void)arg;
	while (d && (de = readdir(d)) != NULL)
		if (de->d_name[0] != '.' && atoi(de->d_name) != dirfd(d))
			count++;
	(void)sigprocmask(SIG_BLOCK, NULL, &mask);
	(void)sigaction(SIGUSR1, NULL, &sa);
	(void)snprintf(line, sizeof line, "fds %d out %d usr1 %s %s group %s", count, out,
	    sigismember(&mask, SIGUSR1) ? "blocked" : "open",
	    sa.sa_handler == SIG_DFL ? "default" : "handled",
	    getpgrp() == getpid() ? "own" : "shared");
	put(out, line);
}

static void
on_usr1(int sig)
{
	(void)sig;
}

static int
count_fds(void)
{
	DIR *d = opendir("/proc/self/fd");
	int n = 0;

	while (readdir(d))
		n++;
	(void)closedir(d);
	return n;
}

static void
test_the_child_inherits_nothing(void **state)
{
	int before = count_fds(), status;
	int leak = open("/dev/null", O_RDONLY),
	    far = dup2(leak, 200); /* not close-on-exec, on purpose */
	struct job j = JOB_INIT;
	sigset_t set, old;

	(void)state;
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	(void)signal(SIGUSR1, on_usr1);
	(void)sigprocmask(SIG_BLOCK, &set, NULL);
	assert_int_equal(job_start(fn_look, NULL, 10000, &j, NULL), 0);
	drain(&j);
	assert_int_equal(job_finish(&j, &status, NULL), 0);
	assert_string_equal(j.out.p, "fds 4 out 3 usr1 open default group own");
	/* and the parent's own mask is as it was */
	(void)sigprocmask(SIG_UNBLOCK, &set, &old);
	assert_int_equal(sigismember(&old, SIGUSR1), 1);
	(void)signal(SIGUSR1, SIG_DFL);
	(void)close(leak);
	(void)close(far);
	job_release(&j);
	assert_int_equal(count_fds(), before);
}

static void
test_somebody_else_may_have_reaped_it(void **state)
{
	_cleanup_(job_release) struct job j = JOB_INIT;
	char text[] = "x";
	int status = -1;

	(void)state;
	assert_int_equal(job_start(fn_hello, text, 10000, &j, NULL), 0);
	drain(&j);
	assert_int_equal(waitpid(j.pid, NULL, 0), j.pid);
	job_kill(&j); /* hits nobody */
	j.was_killed = false;
	assert_int_equal(job_finish(&j, &status, NULL), 0);
	assert_int_equal(status, 0);
	assert_string_equal(j.out.p, "x");
}

static void
test_release_ends_a_running_job(void **state)
{
	struct job j = JOB_INIT;
	pid_t pid;

	(void)state;
	assert_int_equal(job_start(fn_forever, NULL, 10000, &j, NULL), 0);
	pid = j.pid;
	job_release(&j);
	job_release(&j);
	assert_int_equal(kill(pid, 0), -1);
	assert_int_equal(errno, ESRCH);
}

/* A parent that is killed: its job must not go on alone. */
static void
fn_parent(void *arg, int out)
{
	struct job j = JOB_INIT;

	(void)arg;
	if (job_start(fn_forever, NULL, 10000, &j, NULL) < 0)
		_exit(52);
	put(out, "started");
	/* the grandchild holds only its own pipe; ours is closed by our death alone */
	(void)kill(getpid(), SIGKILL);
}

static void
test_a_job_dies_with_its_parent(void **state)
{
	_cleanup_(job_release) struct job j = JOB_INIT;
	int status;

	(void)state;
	assert_int_equal(job_start(fn_parent, NULL, 10000, &j, NULL), 0);
	drain(&j);
	assert_int_equal(job_finish(&j, &status, NULL), ERR_EXTERNAL);
	assert_string_equal(j.out.p, "started");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_output_comes_back),
		cmocka_unit_test(test_a_job_past_its_deadline_is_killed_with_its_children),
		cmocka_unit_test(test_a_crash_is_an_error_in_words),
		cmocka_unit_test(test_output_up_to_the_cap_and_not_beyond),
		cmocka_unit_test(test_the_child_inherits_nothing),
		cmocka_unit_test(test_somebody_else_may_have_reaped_it),
		cmocka_unit_test(test_release_ends_a_running_job),
		cmocka_unit_test(test_a_job_dies_with_its_parent),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
