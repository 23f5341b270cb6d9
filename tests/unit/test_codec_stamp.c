/* SPDX-License-Identifier: GPL-2.0-only */
#include "base/base.h"

#include "codec/stamp.h"

#include <setjmp.h>

#include <cmocka.h>

#define NOW INT64_C(1795242205123) /* 2026-11-21T06:23:25.123Z */

static void
check_add(int64_t ms, const char *want)
{
	_cleanup_(buf_release) struct buf b = BUF_INIT;

	stamp_add(&b, ms);
	assert_string_equal(b.p, want);
}

/* Always UTC with a Z. */
static void
test_add_E_15(void **state)
{
	(void)state;
	assert_int_equal(setenv("TZ", "Africa/Johannesburg", 1), 0);
	check_add(0, "1970-01-01T00:00:00Z");
	check_add(NOW, "2026-11-21T06:23:25Z");
	check_add(INT64_C(951782399999), "2000-02-28T23:59:59Z");
	check_add(INT64_C(951782400000), "2000-02-29T00:00:00Z");
	check_add(INT64_C(4107542400000), "2100-03-01T00:00:00Z");
	check_add(INT64_C(253402300799999), "9999-12-31T23:59:59Z");
	check_add(INT64_MAX, "9999-12-31T23:59:59Z");
	check_add(-1, "1970-01-01T00:00:00Z");
}

/* Every day, against a calendar that only counts. */
static void
test_every_day_round_trip(void **state)
{
	static const int lengths[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	int64_t day = 0;

	(void)state;
	for (int year = 1970; year <= 9999; year++)
		for (int month = 0; month < 12; month++) {
			bool is_leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
			int n = lengths[month] + (month == 1 && is_leap);

			for (int d = 1; d <= n; d++, day++) {
				char want[40];
				int64_t ms = -1;

				if (d != 1 && d != n && year % 100 > 3)
					continue; /* the edges are enough */
				(void)snprintf(want, sizeof want, "%04d-%02d-%02dT23:59:59Z", year,
				    month + 1, d);
				check_add(day * 86400000 + 86399000, want);
				assert_true(stamp_parse(str_of(want), &ms));
				assert_true(ms == day * 86400000 + 86399000);
			}
		}
}

static void
test_parse_is_strict(void **state)
{
	static const char *const bad[] = { "", "2026-11-21", "2026-11-21T06:23:25",
		"2026-11-21 06:23:25Z", "2026-11-21T06:23:25z", "2026-11-21T06:23:25+02:00",
		"2026-11-21T06:23:25.000Z", "2026-02-29T00:00:00Z", "2100-02-29T00:00:00Z",
		"2026-04-31T00:00:00Z", "2026-00-01T00:00:00Z", "2026-13-01T00:00:00Z",
		"2026-01-00T00:00:00Z", "2026-01-32T00:00:00Z", "2026-01-01T24:00:00Z",
		"2026-01-01T00:60:00Z", "2026-01-01T00:00:60Z", "1969-12-31T23:59:59Z",
		"+026-01-01T00:00:00Z", "2026- 1-01T00:00:00Z", "2026-01-01T00:00:00Z ",
		"2026-01-01T-1:00:00Z" };
	int64_t ms = 42;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		if (stamp_parse(str_of(bad[i]), &ms) || ms != 42)
			fail_msg("accepted: '%s'", bad[i]);
	assert_true(stamp_parse(STR("2000-02-29T12:00:00Z"), &ms));
}

static void
test_age(void **state)
{
	static const struct {
		int64_t ms;
		const char *want;
	} rows[] = { { -5, "0s" }, { 0, "0s" }, { 999, "0s" }, { 12345, "12s" }, { 59999, "59s" },
		{ 60000, "1m" }, { 299999, "4m" }, { 3599999, "59m" }, { 3600000, "1h" },
		{ 86399999, "23h" }, { 86400000, "1d" }, { INT64_C(864000000), "10d" },
		{ INT64_MAX, "106751991167d" } };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		_cleanup_(buf_release) struct buf b = BUF_INIT;

		stamp_add_age(&b, rows[i].ms);
		assert_string_equal(b.p, rows[i].want);
	}
}

static void
test_until(void **state)
{
	static const struct {
		const char *text, *want;
	} rows[] = { { "+90m", "2026-11-21T07:53:25Z" }, { "+2h", "2026-11-21T08:23:25Z" },
		{ "+3d", "2026-11-24T06:23:25Z" }, { "14:30", "2026-11-21T14:30:00Z" },
		{ "06:23", "2026-11-22T06:23:00Z" }, { "06:24", "2026-11-21T06:24:00Z" },
		{ "00:00", "2026-11-22T00:00:00Z" },
		{ "2030-01-01T00:00:00Z", "2030-01-01T00:00:00Z" } };
	static const char *const bad[] = { "", "+", "+m", "+5", "+5s", "5m", "-5m", "+-5m", "+ 5m",
		"+99999999999m", "+4294967295d", "24:00", "12:60", "1:30", "14:30:00", "14.30",
		" 14:30", "tomorrow", "2026-02-30T00:00:00Z" };
	int64_t ms = 42;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		if (stamp_parse_until(str_of(bad[i]), NOW, &ms) || ms != 42)
			fail_msg("accepted: '%s'", bad[i]);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		assert_true(stamp_parse_until(str_of(rows[i].text), NOW, &ms));
		check_add(ms, rows[i].want);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_add_E_15),
		cmocka_unit_test(test_every_day_round_trip),
		cmocka_unit_test(test_parse_is_strict),
		cmocka_unit_test(test_age),
		cmocka_unit_test(test_until),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
