/* SPDX-License-Identifier: GPL-2.0-only */
/* What a terminal showed: its last words are kept, and nothing in them can act on another terminal. */
#include "base/base.h"

#include "codec/pane_text.h"

#include <setjmp.h>

#include <cmocka.h>

static void
expect(struct str screen, size_t lines, size_t bytes, const char *want)
{
	_cleanup_(buf_release) struct buf b = BUF_INIT;

	buf_adds(&b, "> ");
	pane_text_add(&b, screen, lines, bytes);
	assert_string_equal(b.p + 2, want);
	assert_true(b.len - 2 <= bytes);
}

static void
test_lines(void **state)
{
	(void)state;
	expect(STR(""), 9, 99, "");
	expect(STR("\n \n\t\n"), 9, 99, "");
	expect(STR("a"), 9, 99, "a\n");
	expect(STR("a\n"), 9, 99, "a\n");
	expect(STR("\n \n  a  \n\n b\t \r\n\n \n"), 9, 99, "  a\n\n b\n");
	expect(STR("a\nb\nc\n\n\n"), 2, 99, "b\nc\n");
	expect(STR("a\nb\n\n\nc\n"), 3, 99, "c\n");
	expect(STR("a\nb"), 0, 99, "");
	expect(STR("a\nb"), SIZE_MAX, SIZE_MAX, "a\nb\n");
}

static void
test_bytes_E_16(void **state)
{
	(void)state;
	expect(STR("abc\ndef"), 9, 8, "abc\ndef\n");
	expect(STR("abc\ndef"), 9, 7, "def\n");
	expect(STR("abc\n\ndef"), 9, 7, "def\n");
	expect(STR("abc\ndef"), 9, 4, "def\n");
	expect(STR("abc\ndef"), 9, 3, "ef\n");
	expect(STR("abc\ndef"), 9, 2, "f\n");
	expect(STR("abc\ndef"), 9, 1, "");
	expect(STR("abc\ndef"), 9, 0, "");
	expect(STR("abc\xc3\xa4\n"), 9, 3, "\xc3\xa4\n");
	expect(STR("abc\xc3\xa4\n"), 9, 2, "");
}

static void
test_nothing_acts_X_10_E_16(void **state)
{
	_cleanup_(buf_release) struct buf noise = BUF_INIT, b = BUF_INIT;

	(void)state;
	expect(STR("\x1b[31mred\x1b]0;title\a\nspin |\rspin /\rlast words\n\xff\xe2\x80\xae"
		   "x\0y\t.\n"),
	    9, 999,
	    "\\x1b[31mred\\x1b]0;title\\x07\nspin |\\rspin /\\rlast "
	    "words\n\\xff\\u202ex\\x00y\t.\n");
	srandom(2);
	for (int i = 0; i < 200000; i++)
		buf_addch(&noise, (char)random());
	buf_adds(&noise, "\x1b[2J\r|\r/\r-\nlast words");
	pane_text_add(&b, buf_str(&noise), 200, 65536);
	assert_true(b.len <= 65536);
	assert_true(str_is_utf8(buf_str(&b)));
	for (size_t i = 0; i < b.len; i++)
		assert_true(b.p[i] == '\n' || b.p[i] == '\t' || (unsigned char)b.p[i] >= ' ');
	assert_string_equal(b.p + b.len - 12, "\nlast words\n");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lines),
		cmocka_unit_test(test_bytes_E_16),
		cmocka_unit_test(test_nothing_acts_X_10_E_16),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
