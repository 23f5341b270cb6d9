/* SPDX-License-Identifier: GPL-2.0-only */
/* The recorder: what came is there to its last byte, bounded, and whatever happens to the disk it reads on. */
#include "base/base.h"
#include "run/record.h"

#include <poll.h>
#include <sys/resource.h>

#include "test_run.h"

/* Room for what the recorder adds of its own. */
#define SOME 128

struct run {
	pid_t pid;
	int to; /* its input */
};

static int
recorder(void *arg)
{
	char *argv[] = { place_path, (char[]){ "12.3" }, arg };
	struct err err = ERR_INIT;
	enum run_exit r = record_main(3, argv, &err);

	if (r != RUN_OK)
		fprintf(stderr, "%s\n", err.text);
	return (int)r;
}

static struct run
record(const char *max)
{
	struct run r;
	int fds[2], in;

	assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
	in = dup(STDIN_FILENO);
	assert_true(in >= 0 && dup2(fds[0], STDIN_FILENO) == STDIN_FILENO);
	(void)close(fds[0]);
	(void)fcntl(fds[1], F_SETFD, FD_CLOEXEC);
	r.to = fds[1];
	r.pid = fork();
	assert_true(r.pid >= 0);
	if (r.pid == 0) {
		char words[32];

		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		(void)close(fds[1]);
		snprintf(words, sizeof words, "%s", max);
		_exit(recorder(words));
	}
	assert_int_equal(dup2(in, STDIN_FILENO), STDIN_FILENO);
	(void)close(in);
	return r;
}

static void
say_to(struct run *r, const char *text)
{
	size_t n = strlen(text);

	while (n > 0) {
		ssize_t done = write(r->to, text, n);

		assert_true(done > 0);
		text += done;
		n -= (size_t)done;
	}
}

static int
end(struct run *r)
{
	(void)close(r->to);
	return child_end(r->pid);
}

static void
read_log(const char *name, struct buf *ret)
{
	buf_clear(ret);
	assert_int_equal(file_read(io_real(), place, name, 1 << 22, ret, NULL), 0);
}

static void
wait_for(const char *name, enum probe want)
{
	for (int i = 0; i < 2000 && (!there_is(name) || lock_probe(name) != want); i++)
		(void)poll(NULL, 0, 5);
	assert_int_equal(lock_probe(name), want);
}

static void
test_all_bytes_are_there(void **state)
{
	_cleanup_(buf_release) struct buf log = BUF_INIT;
	struct run r = record("65536");
	struct stat st;

	(void)state;
	say_to(&r, "first \033[31mred\xff");
	wait_for(TEST_EP RECORD_LOG, PROBE_HELD);
	/* Others who would end it do not. */
	assert_int_equal(kill(r.pid, SIGTERM), 0);
	assert_int_equal(kill(r.pid, SIGHUP), 0);
	say_to(&r, "\r\nlast words");
	assert_int_equal(end(&r), RUN_OK);
	assert_int_equal(lock_probe(TEST_EP RECORD_LOG), PROBE_FREE);
	assert_int_equal(fstatat(place, TEST_EP RECORD_LOG, &st, 0), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	read_log(TEST_EP RECORD_LOG, &log);
	assert_string_equal(log.p, "first \033[31mred\xff\r\nlast words");
	/* Another window of the same episode: behind it. */
	r = record("65536");
	say_to(&r, "!");
	assert_int_equal(end(&r), RUN_OK);
	read_log(TEST_EP RECORD_LOG, &log);
	assert_string_equal(log.p, "first \033[31mred\xff\r\nlast words!");
	assert_false(there_is(TEST_EP RECORD_OLDER));
}

static void
test_two_files_of_half_the_size_each(void **state)
{
	_cleanup_(buf_release) struct buf log = BUF_INIT, older = BUF_INIT;
	struct run r = record("65536");
	char line[32];

	(void)state;
	for (int i = 0; i < 20000; i++) {
		snprintf(line, sizeof line, "line %d\n", i);
		say_to(&r, line);
	}
	say_to(&r, "last words");
	assert_int_equal(end(&r), RUN_OK);
	read_log(TEST_EP RECORD_LOG, &log);
	read_log(TEST_EP RECORD_OLDER, &older);
	assert_false(there_is(TEST_EP RECORD_NEXT));
	assert_true(log.len <= 32768 && older.len <= 32768);
	assert_true(older.len > 32768 - RECORD_STEP - SOME);
	assert_string_equal(log.p + log.len - 10, "last words");
	/* They follow each other without a gap. */
	buf_add_str(&older, buf_str(&log));
	for (int i = 19999; i > 18600; i--) {
		snprintf(line, sizeof line, "line %d\n", i);
		if (str_find(buf_str(&older), str_of(line)) < 0)
			fail_msg("no %s", line);
	}
}

static void
test_one_recorder_an_episode(void **state)
{
	struct run first = record("65536"), second;

	(void)state;
	wait_for(TEST_EP RECORD_LOG, PROBE_HELD);
	second = record("65536");
	assert_int_equal(end(&second), RUN_BUSY);
	assert_int_equal(end(&first), RUN_OK);
	second = record("65535");
	assert_int_equal(end(&second), RUN_USAGE);
	assert_int_equal(unlinkat(place, TEST_EP RECORD_LOG, 0), 0);
	assert_int_equal(symlinkat("lock", place, TEST_EP RECORD_LOG), 0);
	second = record("65536");
	assert_int_equal(end(&second), RUN_IO);
	check_file(TEST_EP CLAIM_LOCK, "");
}

/* No room any more: it reads on, and has the last words when there is room again. */
static void
test_a_full_disk_X_12(void **state)
{
	const struct rlimit none = { 5, RLIM_INFINITY }, room = { RLIM_INFINITY, RLIM_INFINITY };
	_cleanup_(buf_release) struct buf log = BUF_INIT;
	struct run r = record("8388608");

	(void)state;
	wait_for(TEST_EP RECORD_LOG, PROBE_HELD);
	assert_int_equal(prlimit(r.pid, RLIMIT_FSIZE, &none, NULL), 0);
	say_to(&r, "first line\n");
	for (int i = 0; i < 50000; i++)
		say_to(&r, "0123456789\n");
	assert_int_equal(prlimit(r.pid, RLIMIT_FSIZE, &room, NULL), 0);
	say_to(&r, "last words");
	assert_int_equal(end(&r), RUN_OK);
	read_log(TEST_EP RECORD_LOG, &log);
	assert_true(str_starts(buf_str(&log), "first\r\n[reeve: "));
	assert_non_null(strstr(log.p, "bytes are missing here"));
	assert_true(log.len > RECORD_KEEP && log.len < 2 * RECORD_KEEP);
	assert_string_equal(log.p + log.len - 10, "last words");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		in_state(test_all_bytes_are_there),
		in_state(test_two_files_of_half_the_size_each),
		in_state(test_one_recorder_an_episode),
		in_state(test_a_full_disk_X_12),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
