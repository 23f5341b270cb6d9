/* SPDX-License-Identifier: GPL-2.0-only */
/* One command of a gate: what its end means, its limits, its output, and that nothing of it is left. */
#include "base/base.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <setjmp.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "codec/words.h"
#include "effect/gate.h"
#include "sys/clock.h"
#include "sys/file.h"

static char dir[] = "/tmp/reeve-gate-XXXXXX";
static struct buf said = BUF_INIT; /* the log of the last command, without our own lines */
static struct buf quoted = BUF_INIT;

static struct gate_ended
run_with(const char *command, struct gate_limits limits, uint64_t output)
{
	_cleanup_(strvec_release) struct strvec argv = STRVEC_INIT, env = STRVEC_INIT;
	struct gate_log log = GATE_LOG_INIT;
	struct gate_ended ended;
	char path[64];

	(void)snprintf(path, sizeof path, "%s/log", dir);
	(void)unlink(path);
	assert_int_equal(words_split(str_of(command), &argv, NULL), 0);
	strvec_push(&env, "PATH=/usr/bin:/bin");
	assert_int_equal(gate_log_open(path, output, &log, NULL), 0);
	gate_run(&argv, dir, &env, &limits, &log, &ended);
	buf_clear(&quoted);
	gate_log_quote(&log, 3, 100, &quoted);
	gate_log_close(&log);
	buf_clear(&said);
	assert_int_equal(file_read(io_real(), IO_CWD, path, 1u << 24, &said, NULL), 0);
	/* the kernel says so: no child, of any kind */
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
	assert_int_equal(errno, ECHILD);
	return ended;
}

static struct gate_ended
run(const char *command)
{
	return run_with(command, (struct gate_limits){ 20000, 500, 0 }, 65536);
}

static void
test_gate_end_means_X_37(void **state)
{
	static const struct {
		const char *command;
		enum gate_end end;
		const char *why;
	} cases[] = {
		{ "true", GATE_PASSED, "passed" },
		{ "false", GATE_FAILED, "exit status 1" },
		{ "sh -c 'exit 125'", GATE_FAILED, "exit status 125" },
		{ "sh -c 'exit 126'", GATE_UNRUN, "exit status 126" },
		{ "sh -c no-such-program", GATE_UNRUN, "exit status 127" },
		{ "no-such-program", GATE_UNRUN, "No such file" },
		{ "./log", GATE_UNRUN, "Permission denied" }, /* is there, and no program */
		{ "sh -c 'exit 134'", GATE_FAILED, "exit status 134" }, /* of a shell: SIGABRT */
		{ "sh -c 'exit 137'", GATE_LOST, "SIGKILL" },
		{ "sh -c 'exit 143'", GATE_LOST, "SIGTERM" },
		{ "sh -c 'exit 255'", GATE_FAILED, "exit status 255" },
		{ "sh -c 'kill -ABRT $$'", GATE_FAILED, "SIGABRT" },
		{ "sh -c 'kill -SEGV $$'", GATE_FAILED, "SIGSEGV" },
		{ "sh -c 'kill -KILL $$'", GATE_LOST, "SIGKILL" },
		{ "sh -c 'kill -HUP $$'", GATE_LOST, "SIGHUP" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct gate_ended e = run(cases[i].command);

		if (e.end != cases[i].end || strstr(e.why, cases[i].why) == NULL)
			fail_msg("%s: %d, %s", cases[i].command, (int)e.end, e.why);
	}
}

static void
test_gate_time_is_over_X_37(void **state)
{
	const struct gate_limits limits = { 300, 200, 0 };
	int64_t began = clock_boot_ms();
	struct gate_ended e;

	(void)state;
	e = run_with("sh -c 'trap \"\" TERM; sleep infinity & while :; do sleep infinity; done'",
	    limits, 4096);
	assert_int_equal(e.end, GATE_OVER);
	assert_true(clock_boot_ms() - began >= 500);
	/* one that heeds SIGTERM has the time to tidy up, and its exit status 0 is no pass */
	e = run_with(
	    "sh -c 'trap \"echo tidied; exit 0\" TERM; sleep infinity & wait'", limits, 4096);
	assert_int_equal(e.end, GATE_OVER);
	assert_string_equal(said.p, "tidied\n");
}

/* A daemon, in a session of its own, with an environment of its own, deaf to SIGTERM. */
static void
test_gate_nothing_is_left_X_37(void **state)
{
	struct gate_ended e;

	(void)state;
	e = run("sh -c 'env -i setsid sh -c \"exec 2>&-; trap : TERM; echo >fifo; sleep infinity; "
		"sleep infinity\" & read -r _ <fifo; echo done'");
	assert_int_equal(e.end, GATE_PASSED);
	assert_string_equal(said.p, "done\n");
}

static void
test_gate_memory_X_37(void **state)
{
	const struct gate_limits limits = { 20000, 500, 64u << 20 };
	struct gate_ended e;

	(void)state;
	/* sort keeps what it reads; of one line it has to keep all */
	e = run_with("sh -c 'head -c 200000000 /dev/zero | sort -S 150M >/dev/null'", limits, 4096);
	assert_int_equal(e.end, GATE_FAILED);
	e = run("sh -c 'head -c 200000000 /dev/zero | sort -S 150M >/dev/null'");
	assert_int_equal(e.end, GATE_PASSED);
}

static void
test_gate_output_is_kept_X_37(void **state)
{
	(void)state;
	assert_int_equal(run_with("sh -c 'echo a; echo b >&2; printf c'",
			     (struct gate_limits){ 20000, 500, 0 }, 4096)
			     .end,
	    GATE_PASSED);
	assert_string_equal(said.p, "a\nb\nc\n");
	/* just at the limit nothing is left out; one more byte is */
	(void)run_with("sh -c 'yes 123 | head -c 4096'", (struct gate_limits){ 0, 500, 0 }, 4096);
	assert_int_equal(said.len, 4096);
	(void)run_with("sh -c 'echo first; yes 123 | head -c 900000; echo last'",
	    (struct gate_limits){ 0, 500, 0 }, 4096);
	assert_true(str_starts(buf_str(&said), "first\n123\n"));
	assert_true(said.len < 4096 + 100);
	assert_true(strcmp(said.p + said.len - 9, "123\nlast\n") == 0);
	assert_non_null(strstr(said.p, "\n--- 895915 bytes are left out here\n"));
	(void)run_with("sh -c 'yes | head -c 100000'", (struct gate_limits){ 0, 500, 0 }, 0);
	assert_string_equal(said.p, "--- 100000 bytes are left out here\n");
}

static void
test_gate_quote_is_clean(void **state)
{
	(void)state;
	(void)run("sh -c 'seq 1 9; printf \"\\033[31mred\\377\\n\\n\"'");
	assert_string_equal(quoted.p, "8\n9\n\\x1b[31mred\\xff");
	(void)run("sh -c 'yes 1234567890 | head -c 100000 | tr -d \"\\n\"'"); /* no line at all */
	assert_int_equal(quoted.len, 100);
	(void)run("true");
	assert_int_equal(quoted.len, 0);
}

static void
test_gate_environment_is_bare(void **state)
{
	(void)state;
	(void)run("sh -c 'readlink /proc/self/fd/0; pwd; ls /proc/self/fd | wc -l; ulimit -c'");
	assert_true(str_starts(buf_str(&said), "/dev/null\n/tmp/reeve-gate-"));
	assert_non_null(strstr(said.p, "\n4\n0\n")); /* 0, 1, 2, and that of ls */
	(void)run("env");
	assert_string_equal(said.p, "PATH=/usr/bin:/bin\n");
}

/* SIGTERM to the helper, or the end of its own parent: the command ends, and what it started. */
static void
test_gate_is_stopped_X_37(void **state)
{
	struct gate_ended e;
	pid_t child;

	(void)state;
	child = fork();
	if (child == 0) { /* tells its parent to stop, once the command is there */
		char path[64], byte;
		int fd;

		(void)snprintf(path, sizeof path, "%s/fifo", dir);
		fd = open(path, O_RDONLY | O_CLOEXEC);
		while (read(fd, &byte, 1) < 0 && errno == EINTR)
			;
		(void)kill(getppid(), SIGTERM);
		_exit(0);
	}
	assert_true(child > 0);
	e = run("sh -c 'setsid sleep infinity & echo >fifo; sleep infinity'");
	assert_int_equal(e.end, GATE_STOPPED);
}

static int
setup(void **state)
{
	char path[64];

	(void)state;
	(void)close_range(3, ~0U, CLOSE_RANGE_CLOEXEC); /* what make left open */
	if (mkdtemp(dir) == NULL)
		return -1;
	(void)snprintf(path, sizeof path, "%s/fifo", dir);
	return mkfifo(path, 0600) == 0 && gate_setup(NULL) == 0 ? 0 : -1;
}

static int
teardown(void **state)
{
	char path[64];

	(void)state;
	(void)snprintf(path, sizeof path, "%s/log", dir);
	(void)unlink(path);
	(void)snprintf(path, sizeof path, "%s/fifo", dir);
	(void)unlink(path);
	buf_release(&said);
	buf_release(&quoted);
	return rmdir(dir);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_gate_end_means_X_37),
		cmocka_unit_test(test_gate_time_is_over_X_37),
		cmocka_unit_test(test_gate_nothing_is_left_X_37),
		cmocka_unit_test(test_gate_memory_X_37),
		cmocka_unit_test(test_gate_output_is_kept_X_37),
		cmocka_unit_test(test_gate_quote_is_clean),
		cmocka_unit_test(test_gate_environment_is_bare),
		cmocka_unit_test(test_gate_is_stopped_X_37),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
