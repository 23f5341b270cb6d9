/* SPDX-License-Identifier: GPL-2.0-only */
/* The recorder: what came is there to its last byte, bounded, and whatever happens to the disk it reads on. */
#include "base/base.h"
#include "run/record.h"

#include <poll.h>
#include <sys/ioctl.h>
#include <sys/resource.h>

#include "test_record.h"

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

/* Numbers, as test_record.h has them. */
static void
say_numbers(struct run *r, uint64_t from, uint64_t to)
{
	_cleanup_(buf_release) struct buf b = BUF_INIT;

	for (; from < to; from++)
		buf_addch(&b, stream_at(from));
	say_to(r, b.p);
}

static void
wait_for_bytes(uint64_t n)
{
	for (int i = 0; i < 2000 && disk_used() < n; i++)
		(void)poll(NULL, 0, 5);
	assert_int_equal(disk_used(), n);
}

/* The first turns its files when the second has pane.log open: the second holds the older one then, and its lock. */
static struct run first;

static void
turn_now(void)
{
	disk.on_lock = NULL;
	say_numbers(&first, 30000, 45000);
	wait_for(TEST_EP RECORD_OLDER, PROBE_FREE);
	wait_for_bytes(45000);
}

static void
test_a_second_that_opens_what_the_first_gives_up(void **state)
{
	_cleanup_(buf_release) struct buf all = BUF_INIT;

	(void)state;
	first = record("65536");
	say_numbers(&first, 0, 30000);
	wait_for_bytes(30000);
	disk_init();
	disk.on_lock = turn_now;
	assert_int_equal(stream_record(&disk.io, 1000, 2000, 65536, 1000, 1), RUN_BUSY);
	assert_null(disk.on_lock);
	say_numbers(&first, 45000, 50000);
	assert_int_equal(end(&first), RUN_OK);
	stream_read(&all);
	assert_int_equal(stream_check(buf_str(&all), 50000), 0);
}

static void
test_a_second_goes_on_after_one_that_was_killed(void **state)
{
	_cleanup_(buf_release) struct buf all = BUF_INIT;
	int status;

	(void)state;
	first = record("65536");
	say_numbers(&first, 0, 20000);
	wait_for_bytes(20000);
	assert_int_equal(kill(first.pid, SIGKILL), 0);
	assert_int_equal(waitpid(first.pid, &status, 0), first.pid);
	(void)close(first.to);
	disk_init();
	assert_int_equal(stream_record(&disk.io, 20000, 50000, 65536, 5000, 1), RUN_OK);
	stream_read(&all);
	assert_int_equal(stream_check(buf_str(&all), 50000), 0);
}

/* Killed before its n-th step; what the next recorder finds, without a gap and nothing twice: its end. */
static uint64_t
killed_at(uint32_t n, bool *ret_is_over)
{
	static const char *const names[] = { RECORD_LOG, RECORD_OLDER, RECORD_NEXT, RECORD_SPARE };
	_cleanup_(buf_release) struct buf all = BUF_INIT;
	uint64_t begin;
	int status;
	pid_t pid;

	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		char path[64];

		snprintf(path, sizeof path, TEST_EP "%s", names[i]);
		(void)unlinkat(place, path, 0);
	}
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0)
		_exit((int)stream_record(io_crash(n), 0, 90000, 65536, 9000, 1));
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	*ret_is_over = WEXITSTATUS(status) == RUN_OK;
	assert_true(*ret_is_over || WEXITSTATUS(status) == IO_CRASH_EXIT);
	disk_init();
	assert_int_equal(stream_record(&disk.io, 0, 0, 65536, 1, 1), RUN_OK);
	stream_read(&all);
	assert_false(there_is(TEST_EP RECORD_SPARE));
	if (all.len < 16)
		return 0;
	/* Numbers tell where it begins. */
	begin = all.p[7] == '\n' ? strtoull(all.p, NULL, 10) * 8 : 0;
	for (size_t i = 0; i < 8 && all.p[7] != '\n'; i++)
		if (all.p[i] == '\n')
			begin = strtoull(all.p + i + 1, NULL, 10) * 8 - i - 1;
	assert_int_equal(stream_check(buf_str(&all), begin + all.len), begin);
	return begin + all.len;
}

static void
test_killed_at_each_step_nothing_that_was_there_is_lost(void **state)
{
	uint64_t was = 0;
	bool is_over = false;

	(void)state;
	for (uint32_t n = 1; !is_over; n++) {
		uint64_t now = killed_at(n, &is_over);

		assert_true(now >= was);
		was = now;
	}
	assert_int_equal(was, 90000);
}

/* Who waits for the close asks for the lock then. */
static enum probe at_close;

static void
probe_at_close(int fd)
{
	struct stat open, named;

	if (fstat(fd, &open) == 0 && fstatat(place, TEST_EP RECORD_LOG, &named, 0) == 0 &&
	    open.st_ino == named.st_ino)
		at_close = lock_probe(TEST_EP RECORD_LOG);
}

static void
test_the_lock_is_free_before_the_close(void **state)
{
	(void)state;
	disk_init();
	disk.on_close = probe_at_close;
	assert_int_equal(stream_record(&disk.io, 0, 1000, 65536, 100, 1), RUN_OK);
	assert_int_equal(at_close, PROBE_FREE);
}

static void
test_each_file_begins_with_the_size(void **state)
{
	const struct winsize size = { .ws_row = 33, .ws_col = 77 };
	_cleanup_(buf_release) struct buf log = BUF_INIT;
	int pty = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);

	(void)state;
	assert_true(pty >= 0 && unlockpt(pty) == 0 && ioctl(pty, TIOCSWINSZ, &size) == 0);
	disk_init();
	disk.tty = ptsname(pty);
	assert_int_equal(stream_record(&disk.io, 0, 100000, 65536, 5000, 1), RUN_OK);
	read_log(TEST_EP RECORD_LOG, &log);
	assert_true(str_starts(buf_str(&log), "\033[8;33;77t"));
	read_log(TEST_EP RECORD_OLDER, &log);
	assert_true(str_starts(buf_str(&log), "\033[8;33;77t"));
	assert_true(str_find(str_n(log.p + 1, log.len - 1), STR("\033")) < 0);
	(void)close(pty);
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
	assert_true(str_starts(buf_str(&log), "first\030\r\n[reeve: "));
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
		in_state(test_a_second_that_opens_what_the_first_gives_up),
		in_state(test_a_second_goes_on_after_one_that_was_killed),
		in_state(test_killed_at_each_step_nothing_that_was_there_is_lost),
		in_state(test_the_lock_is_free_before_the_close),
		in_state(test_each_file_begins_with_the_size),
		in_state(test_a_full_disk_X_12),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
