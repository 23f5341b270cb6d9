/* SPDX-License-Identifier: GPL-2.0-only */
#include "base/base.h"
#include <setjmp.h> /* cmocka.h wants this one first */
#include "base/clean.h"

#include <cmocka.h>

#define CHECK(in, keep, out) check_clean(STR(in), keep, out)

static void
check_clean(struct str in, bool keep_lines, const char *expect)
{
	_cleanup_(buf_release) struct buf b = BUF_INIT;

	buf_adds(&b, ">");
	clean_add(&b, in, keep_lines);
	assert_string_equal(b.p + 1, expect);
	assert_true(str_is_utf8(buf_str(&b)));
}

static void
test_clean_escapes_X_10(void **state)
{
	(void)state;
	CHECK("\x1b[31mred\x1b[0m", false, "\\x1b[31mred\\x1b[0m");
	CHECK("\x1b]0;title\x07", false, "\\x1b]0;title\\x07");
	CHECK("a\xc2\x9b"
	      "b",
	    false, "a\\u009bb"); /* CSI in one character */
	CHECK("\x7f\x08", false, "\\x7f\\x08");
	CHECK("abc\u202edcba", false, "abc\\u202edcba");
	CHECK("\u2066x\u2069", true, "\\u2066x\\u2069");
	CHECK("a\u200bb\u200d\ufeff", false, "a\\u200bb\\u200d\\ufeff");
	CHECK("a\u2028b\u2029", true, "a\\u2028b\\u2029");
	CHECK("\U000e0041", false, "\\U000e0041");
	CHECK("a\0b", false, "a\\x00b");
}

/* Of all code points, exactly the controls and the unseen ones are escaped; the rest is kept. */
static void
test_clean_every_code_point_X_10(void **state)
{
	(void)state;
	for (uint32_t c = 0; c <= 0x10ffff; c++) {
		_cleanup_(buf_release) struct buf in = BUF_INIT, out = BUF_INIT;
		bool must = c < 0x20 || (c >= 0x7f && c <= 0x9f) || c == 0x61c || c == 0x200e ||
			    c == 0x200f || (c >= 0x202a && c <= 0x202e) ||
			    (c >= 0x2066 && c <= 0x2069) || (c >= 0x200b && c <= 0x200d) ||
			    c == 0x2060 || c == 0xfeff || c == 0x2028 || c == 0x2029;
		bool may = c == 0xad || c == 0x180e || (c >= 0x2061 && c <= 0x206f) ||
			   (c >= 0xfff9 && c <= 0xfffb) || (c >= 0xe0000 && c <= 0xe007f);
		bool kept;

		if (c >= 0xd800 && c <= 0xdfff)
			continue;
		if (c < 0x80)
			buf_addch(&in, (char)c);
		else if (c < 0x800)
			buf_addf(&in, "%c%c", 0xc0 | c >> 6, 0x80 | (c & 63));
		else if (c < 0x10000)
			buf_addf(
			    &in, "%c%c%c", 0xe0 | c >> 12, 0x80 | (c >> 6 & 63), 0x80 | (c & 63));
		else
			buf_addf(&in, "%c%c%c%c", 0xf0 | c >> 18, 0x80 | (c >> 12 & 63),
			    0x80 | (c >> 6 & 63), 0x80 | (c & 63));
		clean_add(&out, buf_str(&in), false);
		kept = str_eq(buf_str(&in), buf_str(&out));
		if (must ? kept : !kept && !may)
			fail_msg("U+%04X is shown as %s", (unsigned)c, out.p);
		if (!kept && out.p[0] != '\\')
			fail_msg("U+%04X has no escape", (unsigned)c);
	}
}

static void
test_clean_broken_bytes_X_10(void **state)
{
	(void)state;
	CHECK("a\xff\xfe", false, "a\\xff\\xfe");
	CHECK("\xc0\x80", false, "\\xc0\\x80");
	CHECK("\xed\xa0\x80", false, "\\xed\\xa0\\x80");
	CHECK("\xe2\x82", false, "\\xe2\\x82");
	CHECK("\x9b"
	      "31m",
	    false, "\\x9b31m"); /* CSI for a terminal that is not in UTF-8 */
	CHECK("\xc3\xc3\xbc", false, "\\xc3\u00fc");
	CHECK("\xe2\x82\x1b[m", false, "\\xe2\\x82\\x1b[m"); /* the escape is not swallowed */
}

static void
test_clean_lines(void **state)
{
	(void)state;
	CHECK("a\nb\tc\r\n", false, "a\\nb\\tc\\r\\n");
	CHECK("a\nb\tc\r\n", true, "a\nb\tc\\r\n");
	CHECK("gr\u00fc\u00df \u20ac \U0001f600", false, "gr\u00fc\u00df \u20ac \U0001f600");
	CHECK("", false, "");
}

static void
check_line(struct str in, size_t width, const char *expect)
{
	_cleanup_(buf_release) struct buf b = BUF_INIT;

	buf_adds(&b, "before ");
	clean_add_line(&b, in, width);
	assert_string_equal(b.p + 7, expect);
}

static void
test_clean_line_is_cut(void **state)
{
	(void)state;
	check_line(STR("abcdef"), 0, "abcdef");
	check_line(STR("abcdef"), 6, "abcdef");
	check_line(STR("abcdefg"), 6, "abc...");
	check_line(STR("abcdefg"), 3, "...");
	check_line(STR("abcdefg"), 2, "..");
	check_line(STR("a"), 1, "a");
	check_line(STR("ab"), 1, ".");
	check_line(STR("a\nb"), 0, "a\\nb");
	check_line(STR("\u00e4\u00f6\u00fc\u00df"), 4, "\u00e4\u00f6\u00fc\u00df");
	check_line(STR("\u00e4\u00f6\u00fc\u00df\u20ac"), 4, "\u00e4...");
	check_line(STR("ab\x1b[mcd"), 7, "ab..."); /* an escape is never cut in two */
	check_line(STR("\u4e2d\u6587\u4e2d\u6587"), 8, "\u4e2d\u6587\u4e2d\u6587");
	check_line(STR("\u4e2d\u6587\u4e2d\u6587"), 7, "\u4e2d\u6587...");
	check_line(STR("\u4e2d\u6587\u4e2d\u6587"), 6, "\u4e2d...");
	check_line(STR(""), 5, "");
}

static void
check_slug(struct str in, size_t max, const char *expect)
{
	_cleanup_(buf_release) struct buf b = BUF_INIT;

	buf_adds(&b, "12-");
	clean_slug(&b, in, max);
	assert_string_equal(b.p + 3, expect);
}

/* X-10, R23: a title never reaches a ref name, a path or a tmux argument. */
static void
test_clean_slug(void **state)
{
	(void)state;
	check_slug(STR("Fix the Login page"), 40, "fix-the-login-page");
	check_slug(STR("  --a//b..c--  "), 40, "a-b-c");
	check_slug(STR("#(touch /tmp/x) ; rm -rf ~"), 40, "touch-tmp-x-rm-rf");
	check_slug(STR("../../etc/passwd"), 40, "etc-passwd");
	check_slug(STR("gr\u00fcn"), 40, "gr-n");
	check_slug(STR("x.lock"), 40, "x-lock");
	check_slug(STR("@{-1}~^:?*["), 40, "1");
	check_slug(STR("\u4e2d\u6587"), 40, "ticket");
	check_slug(STR(""), 40, "ticket");
	check_slug(STR("..."), 3, "tic");
	check_slug(STR("abc def"), 3, "abc");
	check_slug(STR("abc def"), 4, "abc");
	check_slug(STR("abc def"), 5, "abc-d");
	check_slug(str_n("a\0b", 3), 5, "a-b");
}

/* Any bytes at all: the slug keeps its promises. */
static void
test_clean_slug_of_anything(void **state)
{
	uint32_t seed = 1;

	(void)state;
	for (int round = 0; round < 20000; round++) {
		_cleanup_(buf_release) struct buf b = BUF_INIT;
		char bytes[24];
		size_t max;

		for (size_t i = 0; i < sizeof bytes; i++) {
			seed = seed * 1664525 + 1013904223;
			bytes[i] = (char)(seed >> 24);
		}
		max = 1 + (seed >> 16) % 30;
		clean_slug(&b, str_n(bytes, sizeof bytes), max);
		assert_true(b.len >= 1 && b.len <= max);
		assert_int_equal(strspn(b.p, "abcdefghijklmnopqrstuvwxyz0123456789-"), b.len);
		assert_true(b.p[0] != '-' && b.p[b.len - 1] != '-');
		assert_null(strstr(b.p, "--"));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_clean_escapes_X_10),
		cmocka_unit_test(test_clean_every_code_point_X_10),
		cmocka_unit_test(test_clean_broken_bytes_X_10),
		cmocka_unit_test(test_clean_lines),
		cmocka_unit_test(test_clean_line_is_cut),
		cmocka_unit_test(test_clean_slug),
		cmocka_unit_test(test_clean_slug_of_anything),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
