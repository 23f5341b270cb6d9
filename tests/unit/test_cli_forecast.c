/* SPDX-License-Identifier: GPL-2.0-only */
/* What git says of the changes of several tickets, and which of them are near each other. */
#include "base/base.h"
#include <setjmp.h> /* cmocka.h wants this one first */

#include "cli/cli_forecast.h"

#include <cmocka.h>

#define A "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define B "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
#define C "cccccccccccccccccccccccccccccccccccccccc"
#define M ":100644 100644 " A " " B " M"

static void
add(struct forecast_sides *s, const char *head)
{
	assert_true(oid_parse(str_of(head), &VEC_PUSH(s)->head));
}

static void
check(const struct forecast_side *side, const char *want)
{
	_cleanup_(buf_release) struct buf b = BUF_INIT;

	for (size_t i = 0; i < side->paths.n; i++)
		buf_addf(&b, "%s|", side->paths.v[i]);
	assert_string_equal(b.p, want);
}

static void
test_forecast_reads_who_changes_what(void **state)
{
	_cleanup_(forecast_sides_release) struct forecast_sides s = { 0 };
	static const char out[] = A "\0" M "\0z\0" M "\0a\0" C "\0" M "\0z\0";

	(void)state;
	add(&s, A);
	add(&s, B); /* which git does not know */
	add(&s, C);
	forecast_read(str_n(out, sizeof out - 1), &s);
	check(&s.v[0], "a|z|");
	check(&s.v[1], "");
	check(&s.v[2], "z|");
	assert_true(forecast_is_near(&s.v[0], &s.v[2]));
	assert_false(forecast_is_near(&s.v[0], &s.v[1]));
}

/* A file may be called as a commit is, or hold a line break. */
static void
test_forecast_is_not_misled_by_names_X_10(void **state)
{
	_cleanup_(forecast_sides_release) struct forecast_sides s = { 0 };
	static const char out[] = A "\0" M "\0" B "\0" M "\0:b\0" B "\0" M "\0x\ny\0";

	(void)state;
	add(&s, A);
	add(&s, B);
	forecast_read(str_n(out, sizeof out - 1), &s);
	check(&s.v[0], ":b|" B "|");
	check(&s.v[1], "x\ny|");
	assert_false(forecast_is_near(&s.v[0], &s.v[1]));
}

static void
test_forecast_of_the_same_head_twice_and_of_torn_output(void **state)
{
	_cleanup_(forecast_sides_release) struct forecast_sides s = { 0 };
	static const char out[] = A "\0" M "\0f\0" A "\0" M "\0f\0" M "\0g";

	(void)state;
	add(&s, A);
	add(&s, A);
	forecast_read(str_n(out, sizeof out - 1), &s);
	check(&s.v[0], "f|");
	check(&s.v[1], "f|");
	forecast_read(STR(""), &s);
	forecast_read(str_n(M "\0", 30), &s);
	check(&s.v[0], "f|");
}

static void
test_forecast_names_some_paths_inert_X_10(void **state)
{
	struct report_conflict c = { .n_more = 3 };
	_cleanup_(buf_release) struct buf b = BUF_INIT;

	(void)state;
	strvec_push(&c.paths, "a\033[2J");
	strvec_push(&c.paths, "b\nc");
	forecast_paths(&c, &b);
	assert_string_equal(b.p, "a\\x1b[2J, b\\nc and 3 more");
	strvec_release(&c.paths);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_forecast_reads_who_changes_what),
		cmocka_unit_test(test_forecast_is_not_misled_by_names_X_10),
		cmocka_unit_test(test_forecast_of_the_same_head_twice_and_of_torn_output),
		cmocka_unit_test(test_forecast_names_some_paths_inert_X_10),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
