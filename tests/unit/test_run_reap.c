/* SPDX-License-Identifier: GPL-2.0-only */
#include "base/base.h"
#include "run/reap.h"

#include "test_sys.h"

/*
 * Each test runs in a process of its own, which becomes a subreaper and changes its signals, and says
 * what came out with its exit status: 0 good, else the number of the check that failed.
 */
#define CHECK(n, condition)                                                                        \
	do {                                                                                       \
		if (!(condition))                                                                  \
			return (n);                                                                \
	} while (0)

#define TAG "REEVE_NONCE=00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"

/* Runs body as a child. */
static pid_t
start(void (*body)(int pipe), int pipe)
{
	pid_t pid = fork();

	if (pid == 0) {
		sigset_t none;

		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		(void)setpgid(0, 0);
		sigemptyset(&none);
		(void)sigprocmask(SIG_SETMASK, &none, NULL);
		for (int sig = 1; sig < 32; sig++)
			(void)signal(sig, SIG_DFL);
		body(pipe);
		_exit(0);
	}
	return pid;
}

noreturn_ static void
stay(void)
{
	for (;;)
		(void)pause();
}

static void
ends_with_3(int pipe)
{
	(void)pipe;
	_exit(3);
}

static int
in_plain_end(void *arg)
{
	struct reaped end;
	pid_t agent;

	(void)arg;
	CHECK(1, reap_prepare(NULL) == 0);
	agent = start(ends_with_3, -1);
	CHECK(2, reap_wait(agent, TAG, 1000, &end, NULL) == 0);
	CHECK(3, WIFEXITED(end.status) && WEXITSTATUS(end.status) == 3);
	CHECK(4, end.leftovers == 0 && end.stuck.n == 0 && !end.was_stopped);
	return 0;
}

static void
test_reap_end_of_the_agent(void **state)
{
	(void)state;
	assert_int_equal(child_run(in_plain_end, NULL), 0);
}

/* A grandchild that is orphaned, in a session of its own, deaf to SIGTERM; its pid goes into the pipe. */
static void
leaves_a_daemon(int out)
{
	pid_t pid = fork();

	if (pid == 0) {
		(void)setsid();
		if (fork() != 0)
			_exit(0);
		(void)signal(SIGTERM, SIG_IGN);
		pid = getpid();
		(void)!write(out, &pid, sizeof pid);
		stay();
	}
	(void)waitpid(pid, NULL, 0);
	_exit(0);
}

static int
in_daemon(void *arg)
{
	struct reaped end;
	pid_t agent, pid;
	int fds[2];

	(void)arg;
	CHECK(1, reap_prepare(NULL) == 0 && pipe(fds) == 0);
	agent = start(leaves_a_daemon, fds[1]);
	CHECK(2, read(fds[0], &pid, sizeof pid) == sizeof pid);
	CHECK(3, reap_wait(agent, TAG, 50, &end, NULL) == 0);
	CHECK(4, WIFEXITED(end.status) && WEXITSTATUS(end.status) == 0);
	CHECK(5, end.leftovers == 1);
	CHECK(6, kill(pid, 0) < 0 && errno == ESRCH);
	return 0;
}

static void
test_reap_ends_what_hides_X_19(void **state)
{
	(void)state;
	assert_int_equal(child_run(in_daemon, NULL), 0);
}

static void
waits(int out)
{
	(void)!write(out, "x", 1);
	stay();
}

static void
waits_deaf(int out)
{
	(void)signal(SIGTERM, SIG_IGN);
	waits(out);
}

/* Stops itself: SIGTERM alone would not be acted upon. */
static void
waits_stopped(int out)
{
	(void)!write(out, "x", 1);
	(void)raise(SIGSTOP);
	stay();
}

struct stop {
	void (*body)(int);
	int send, want_signal;
	int64_t grace_ms;
};

static int
in_stop(void *arg)
{
	const struct stop *s = arg;
	struct reaped end;
	pid_t agent;
	int fds[2];
	char byte;

	CHECK(1, reap_prepare(NULL) == 0 && pipe(fds) == 0);
	agent = start(s->body, fds[1]);
	CHECK(2, read(fds[0], &byte, 1) == 1);
	CHECK(3, kill(getpid(), s->send) == 0); /* blocked, and waited for */
	CHECK(4, reap_wait(agent, TAG, s->grace_ms, &end, NULL) == 0);
	CHECK(5, WIFSIGNALED(end.status));
	CHECK(6, WTERMSIG(end.status) == s->want_signal);
	CHECK(7, end.was_stopped);
	CHECK(8, end.leftovers == 0);
	return 0;
}

static void
test_reap_stop_request_E_8(void **state)
{
	static struct stop cases[] = {
		{ waits, SIGTERM, SIGTERM, 60000 },
		{ waits, SIGHUP, SIGTERM, 60000 },
		{ waits_stopped, SIGTERM, SIGTERM, 60000 },
		{ waits_deaf, SIGTERM, SIGKILL, 30 },
		{ waits_deaf, SIGHUP, SIGKILL, 0 },
		{ waits_deaf, SIGHUP, SIGKILL, -1 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		assert_int_equal(child_run(in_stop, &cases[i]), 0);
}

static void
types_ctrl_z(int pipe)
{
	(void)pipe;
	(void)raise(SIGTSTP);
	_exit(5);
}

static int
in_ctrl_z(void *arg)
{
	struct reaped end;

	(void)arg;
	CHECK(1, reap_prepare(NULL) == 0);
	CHECK(2, reap_wait(start(types_ctrl_z, -1), TAG, 0, &end, NULL) == 0);
	CHECK(3, WIFEXITED(end.status) && WEXITSTATUS(end.status) == 5);
	return 0;
}

static void
test_reap_resumes_after_ctrl_z(void **state)
{
	(void)state;
	assert_int_equal(child_run(in_ctrl_z, NULL), 0);
}

/* A parent that ignores SIGCHLD hands that down; a blocked signal may be pending. */
static int
in_bad_inheritance(void *arg)
{
	struct reaped end;

	(void)arg;
	(void)signal(SIGCHLD, SIG_IGN);
	(void)signal(SIGTERM, SIG_IGN);
	CHECK(1, reap_prepare(NULL) == 0);
	CHECK(2, reap_wait(start(ends_with_3, -1), TAG, 0, &end, NULL) == 0);
	CHECK(3, WIFEXITED(end.status) && WEXITSTATUS(end.status) == 3);
	return 0;
}

static void
test_reap_whatever_was_inherited(void **state)
{
	(void)state;
	assert_int_equal(child_run(in_bad_inheritance, NULL), 0);
}

static void
test_reap_tagged_strangers_only(void **state)
{
	int ours[2], its[2];
	pid_t tagged, other;

	(void)state;
	program_socket(&ours[0], &its[0]);
	program_socket(&ours[1], &its[1]);
	tagged = fork();
	if (tagged == 0)
		program_exec(its[0], TAG);
	other = fork();
	if (other == 0)
		program_exec(its[1], TAG "0");
	program_wait(ours[0]);
	program_wait(ours[1]);
	assert_int_equal(child_run(in_plain_end, NULL), 4); /* one left-over */
	assert_int_equal(child_end(tagged), 1000 + SIGTERM);
	assert_int_equal(kill(other, 0), 0);
	child_kill(other);
	for (int i = 0; i < 2; i++) {
		(void)close(ours[i]);
		(void)close(its[i]);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_reap_end_of_the_agent),
		cmocka_unit_test(test_reap_ends_what_hides_X_19),
		cmocka_unit_test(test_reap_stop_request_E_8),
		cmocka_unit_test(test_reap_resumes_after_ctrl_z),
		cmocka_unit_test(test_reap_whatever_was_inherited),
		cmocka_unit_test(test_reap_tagged_strangers_only),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
