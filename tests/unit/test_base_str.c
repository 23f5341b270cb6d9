/* SPDX-License-Identifier: GPL-2.0-only */
#include "base/base.h"
#include <setjmp.h> /* cmocka.h wants this one first */
#include "base/str.h"

#include <cmocka.h>

static void
test_str_compare(void **state)
{
	struct str none = { NULL, 0 };

	(void)state;
	assert_true(str_eq(none, STR("")));
	assert_true(str_eq(str_of(NULL), none));
	assert_true(str_eq(STR("abc"), str_n("abcd", 3)));
	assert_false(str_eq(STR("abc"), STR("abd")));
	assert_false(str_eq(STR("abc"), STR("ab")));
	assert_false(str_eq(str_n("a\0b", 3), str_n("a\0c", 3)));
	assert_true(str_is(STR("abc"), "abc"));
	assert_false(str_is(str_n("abc\0", 4), "abc"));
	assert_true(str_starts(STR("abc"), "ab"));
	assert_true(str_starts(STR("abc"), ""));
	assert_true(str_starts(none, ""));
	assert_false(str_starts(STR("ab"), "abc"));
	assert_false(str_starts(none, "a"));
}

static void
test_str_trim(void **state)
{
	(void)state;
	assert_true(str_is(str_trim(STR(" \t a b \r")), "a b"));
	assert_true(str_is(str_trim(STR(" \t\r ")), ""));
	assert_true(str_is(str_trim(STR("")), ""));
	assert_true(str_is(str_trim(STR("x\n")), "x\n"));
}

/* The loop of the header, over everything that ends a text. */
static void
check_cut(struct str s, const char *expect)
{
	char joined[100] = "";
	size_t len = 0;
	struct str line;

	while (str_cut(&s, '\n', &line) || line.len > 0)
		len += (size_t)snprintf(joined + len, sizeof joined - len, "[%.*s]", STR_FMT(line));
	assert_string_equal(joined, expect);
	assert_int_equal(s.len, 0);
}

static void
test_str_cut(void **state)
{
	struct str s = STR("key: value"), head;

	(void)state;
	assert_true(str_cut(&s, ':', &head));
	assert_true(str_is(head, "key"));
	assert_true(str_is(s, " value"));
	assert_false(str_cut(&s, ':', &head));
	assert_true(str_is(head, " value"));
	assert_int_equal(s.len, 0);
	assert_false(str_cut(&s, ':', &head));
	assert_int_equal(head.len, 0);

	check_cut(STR("a\nb\n"), "[a][b]");
	check_cut(STR("a\nb"), "[a][b]");
	check_cut(STR("\n\na\n\n"), "[][][a][]");
	check_cut(STR(""), "");
	check_cut((struct str){ NULL, 0 }, "");
}

static void
test_str_numbers(void **state)
{
	static const char *const bad[] = { "", "-1", "+1", " 1", "1 ", "0x1", "1.", "a",
		"18446744073709551616", "99999999999999999999999", "1\n" };
	uint64_t big = 7;
	uint32_t small = 7;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		assert_false(str_u64(str_of(bad[i]), &big));
		assert_false(str_u32(str_of(bad[i]), &small));
	}
	assert_false(str_u64(str_n("1\0", 2), &big));
	assert_false(str_u32(STR("4294967296"), &small));
	assert_int_equal(big, 7); /* untouched on failure */
	assert_int_equal(small, 7);
	assert_true(str_u64(STR("18446744073709551615"), &big));
	assert_true(big == UINT64_MAX);
	assert_true(str_u64(STR("0"), &big) && big == 0);
	assert_true(str_u64(STR("00012"), &big) && big == 12);
	assert_true(str_u32(STR("4294967295"), &small) && small == UINT32_MAX);
}

static size_t
utf8_encode(uint32_t c, size_t n, char *p)
{
	static const unsigned char lead[] = { 0, 0, 0xc0, 0xe0, 0xf0 };

	if (n == 1) {
		p[0] = (char)c;
		return 1;
	}
	for (size_t i = n - 1; i > 0; i--, c >>= 6)
		p[i] = (char)(0x80 | (c & 0x3f));
	p[0] = (char)(lead[n] | c);
	return n;
}

/* Every code point in every length that can hold it: valid exactly in the shortest, never a surrogate. */
static void
test_str_utf8_is_strict(void **state)
{
	char p[4];

	(void)state;
	for (uint32_t c = 0; c <= 0x1fffff; c++) {
		size_t shortest = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
		bool legal = c <= 0x10ffff && !(c >= 0xd800 && c <= 0xdfff);

		for (size_t n = shortest; n <= 4; n++) {
			size_t len = utf8_encode(c, n, p);
			uint32_t back = 0;

			if (str_is_utf8(str_n(p, len)) != (legal && n == shortest))
				fail_msg("U+%04X in %zu bytes", (unsigned)c, n);
			if (legal && n == shortest) {
				assert_int_equal(str_utf8(str_n(p, len), &back), n);
				assert_int_equal(back, c);
				/* cut short anywhere it is no character */
				assert_false(n > 1 && str_is_utf8(str_n(p, n - 1)));
			}
		}
	}
}

static void
test_str_utf8_broken(void **state)
{
	static const char *const bad[] = { "\x80", "\xbf", "\xc0\x80", "\xc1\xbf", "\xc3", "\xc3(",
		"\xe2\x82", "\xe2(\xa1", "\xe0\x9f\xbf", "\xed\xa0\x80", "\xf0\x8f\xbf\xbf",
		"\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xf8\x88\x80\x80\x80", "\xfe", "\xff",
		"ok\xff" };
	uint32_t ignored;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		assert_false(str_is_utf8(str_of(bad[i])));
	assert_true(str_is_utf8(STR("")));
	assert_true(str_is_utf8(STR("gr\u00fc\u00df \u20ac \U0001f600")));
	assert_true(str_is_utf8(str_n("a\0b", 3)));
	assert_int_equal(str_utf8(STR(""), &ignored), 0);
}

static void
test_str_find(void **state)
{
	(void)state;
	assert_int_equal(str_find(STR("hello"), STR("l")), 2);
	assert_int_equal(str_find(STR("hello"), STR("llo")), 2);
	assert_int_equal(str_find(STR("hello"), STR("hellos")), -1);
	assert_int_equal(str_find(STR("hello"), STR("x")), -1);
	assert_int_equal(str_find(STR("hello"), STR("")), 0);
	assert_int_equal(str_find((struct str){ NULL, 0 }, STR("x")), -1);
	assert_int_equal(str_find(str_n("a\0b", 3), STR("b")), 2);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_str_compare),
		cmocka_unit_test(test_str_trim),
		cmocka_unit_test(test_str_cut),
		cmocka_unit_test(test_str_numbers),
		cmocka_unit_test(test_str_utf8_is_strict),
		cmocka_unit_test(test_str_utf8_broken),
		cmocka_unit_test(test_str_find),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
