/* SPDX-License-Identifier: GPL-2.0-only */
/* The small ones: log, clock, rand. */
#include "base/base.h"
#include "sys/log.h"

#include <regex.h>

#include "sys/clock.h"
#include "sys/rand.h"
#include "test_sys.h"

/* What one log line puts on stderr. */
static void
capture(enum log_level limit, enum log_level level, const char *text, char *ret, size_t size)
{
	int saved = dup(STDERR_FILENO), fds[2];
	ssize_t n;

	assert_return_code(pipe2(fds, O_CLOEXEC), 0);
	assert_true(dup2(fds[1], STDERR_FILENO) >= 0);
	(void)close(fds[1]);
	log_set_level(limit);
	log_line(level, "%s %d", text, 5);
	log_set_level(LOG_INFO);
	assert_true(dup2(saved, STDERR_FILENO) >= 0);
	(void)close(saved);
	n = read(fds[0], ret, size - 1);
	assert_true(n >= 0);
	ret[n] = '\0';
	(void)close(fds[0]);
}

static void
check_matches(const char *text, const char *pattern)
{
	regex_t re;

	assert_int_equal(regcomp(&re, pattern, REG_EXTENDED | REG_NOSUB), 0);
	if (regexec(&re, text, 0, NULL, 0) != 0)
		fail_msg("\"%s\" does not match %s", text, pattern);
	regfree(&re);
}

static void
test_log_line(void **state)
{
	char out[1000];

	(void)state;
	capture(LOG_INFO, LOG_WARN, "disk", out, sizeof out);
	check_matches(out,
	    "^20[0-9]{2}-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-5][0-9]:[0-6][0-9]\\.[0-9]{3}Z "
	    "warning: disk 5\n$");
	capture(LOG_INFO, LOG_DEBUG, "quiet", out, sizeof out);
	assert_string_equal(out, "");
	capture(LOG_DEBUG, LOG_DEBUG, "loud", out, sizeof out);
	check_matches(out, " debug: loud 5\n$");
	capture(LOG_ERROR, LOG_WARN, "quiet", out, sizeof out);
	assert_string_equal(out, "");
}

static void
test_log_cleans_X_10(void **state)
{
	char out[1000];

	(void)state;
	capture(LOG_INFO, LOG_ERROR, "a\x1b[31m\n2026 fake line\u202e", out, sizeof out);
	check_matches(out, " error: a\\\\x1b\\[31m\\\\n2026 fake line\\\\u202e 5\n$");
}

static void
test_clock_X_15(void **state)
{
	int64_t wall = clock_wall_ms(), boot = clock_boot_ms(), last = boot;

	(void)state;
	assert_true(wall > 1600000000000); /* 2020 */
	assert_true(boot > 0 && boot < wall);
	for (int i = 0; i < 1000; i++) {
		int64_t now = clock_boot_ms();

		assert_true(now >= last);
		last = now;
	}
	assert_int_equal(strlen(clock_boot_id()), 36);
	assert_ptr_equal(clock_boot_id(), clock_boot_id());
}

static void
test_rand_bytes(void **state)
{
	unsigned char a[32] = { 0 }, b[32] = { 0 }, guard[34] = { 0 };
	bool seen[256] = { false };
	size_t distinct = 0;

	(void)state;
	rand_bytes(a, sizeof a);
	rand_bytes(b, sizeof b);
	assert_memory_not_equal(a, b, sizeof a);
	rand_bytes(guard + 1, 32);
	assert_int_equal(guard[0], 0);
	assert_int_equal(guard[33], 0);
	rand_bytes(a, 0);
	for (int i = 0; i < 1000; i++) {
		rand_bytes(a, 32);
		for (size_t k = 0; k < 32; k++)
			seen[a[k]] = true;
	}
	for (size_t i = 0; i < 256; i++)
		distinct += seen[i];
	assert_int_equal(distinct, 256);
}

static int
draw_in_child(void *arg)
{
	unsigned char bytes[32];
	int *out = arg;

	rand_bytes(bytes, sizeof bytes);
	return write(*out, bytes, sizeof bytes) == sizeof bytes ? 0 : 1;
}

/* two processes of one parent never draw the same secret. */
static void
test_rand_differs_after_fork_X_31(void **state)
{
	unsigned char a[32], b[32];
	int fds[2];

	(void)state;
	rand_bytes(a, sizeof a);
	assert_return_code(pipe2(fds, O_CLOEXEC), 0);
	assert_int_equal(child_run(draw_in_child, &fds[1]), 0);
	assert_int_equal(read(fds[0], a, sizeof a), sizeof a);
	assert_int_equal(child_run(draw_in_child, &fds[1]), 0);
	assert_int_equal(read(fds[0], b, sizeof b), sizeof b);
	assert_memory_not_equal(a, b, sizeof a);
	rand_bytes(b, sizeof b);
	assert_memory_not_equal(a, b, sizeof a);
	(void)close(fds[0]);
	(void)close(fds[1]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_log_line),
		cmocka_unit_test(test_log_cleans_X_10),
		cmocka_unit_test(test_clock_X_15),
		cmocka_unit_test(test_rand_bytes),
		cmocka_unit_test(test_rand_differs_after_fork_X_31),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
