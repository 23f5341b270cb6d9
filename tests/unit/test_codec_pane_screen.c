/* SPDX-License-Identifier: GPL-2.0-only */
/* What a terminal was sent, as it was seen: the words that stayed, in order, and nothing that acts. */
#include "base/base.h"

#include "codec/pane_screen.h"

#include "codec/pane_grid.h"

#include <setjmp.h>

#include <cmocka.h>

#define BYTES_MAX ((size_t)65536)

/* The last lines, whatever pieces the bytes come in. */
static void
expect_last(struct str in, const char *want)
{
	for (size_t step = 1; step <= 64; step *= 8) {
		_cleanup_(buf_release) struct buf b = BUF_INIT;
		struct pane_screen *s = pane_screen_new(true);

		for (size_t i = 0; i < in.len; i += step)
			pane_screen_feed(s, str_n(in.p + i, in.len - i < step ? in.len - i : step));
		pane_screen_last(s, 200, BYTES_MAX, &b);
		assert_string_equal(b.p, want);
		pane_screen_free(s);
	}
}

/* Pieces, each ending with a NUL; the list ends with "". */
static void
expect_news(const char *const *pieces, const char *want)
{
	_cleanup_(buf_release) struct buf b = BUF_INIT;
	struct pane_screen *s = pane_screen_new(true);

	for (; *pieces != NULL; pieces++) {
		pane_screen_feed(s, str_of(*pieces));
		pane_screen_news(s, &b);
		buf_addch(&b, '|');
	}
	pane_screen_rest(s, &b);
	assert_string_equal(b.p, want);
	pane_screen_free(s);
}
#define EXPECT_NEWS(want, ...) expect_news((const char *const[]){ __VA_ARGS__, NULL }, want)

static void
test_lines(void **state)
{
	(void)state;
	expect_last(STR(""), "");
	expect_last(STR("one\r\ntwo\r\nthree"), "one\ntwo\nthree\n");
	expect_last(STR("\033[1;31mred\033[0m\033]0;title\a words\r\n\r\n"), "red words\n");
	expect_last(STR("caf\xc3\xa9 \xe4\xb8\xad\xe6\x96\x87 e\xcc\x81"),
	    "caf\xc3\xa9 \xe4\xb8\xad\xe6\x96\x87 e\xcc\x81\n");
}

static void
test_what_was_drawn_over_is_gone_E_16(void **state)
{
	(void)state;
	expect_last(STR("|\r/\r-\r\\\rdone   \r\n"), "done\n");
	expect_last(STR("10%\r\033[K100%\r\n"), "100%\n");
	expect_last(STR("a\r\nb\r\n\033[2Ax\r\n\r\nc"), "x\nb\nc\n");
	expect_last(STR("abc\b\bX"), "aXc\n");
	expect_last(STR("old\r\n\033[2J\033[Hnew"), "new\n");
}

static void
test_lines_above_the_screen_stay(void **state)
{
	_cleanup_(buf_release) struct buf in = BUF_INIT, want = BUF_INIT, b = BUF_INIT;
	struct pane_screen *s = pane_screen_new(true);

	(void)state;
	for (int i = 0; i < 100; i++) {
		buf_addf(&in, "line %d\r\n", i);
		buf_addf(&want, "line %d\n", i);
	}
	expect_last(buf_str(&in), want.p);
	buf_clear(&in);
	for (int i = 0; i < 2 * PANE_HISTORY; i++)
		buf_addf(&in, "%d\r\n", i);
	pane_screen_feed(s, buf_str(&in));
	pane_screen_last(s, 2, BYTES_MAX, &b);
	assert_string_equal(b.p, "19998\n19999\n");
	buf_clear(&b);
	pane_screen_last(s, SIZE_MAX, SIZE_MAX, &b);
	assert_true(str_starts(buf_str(&b), "9977\n"));
	pane_screen_free(s);
}

/* Seven bytes a time: it goes to the end of the line, and not ten thousand cells on. */
static void
test_repetition_ends_with_the_line(void **state)
{
	(void)state;
	expect_last(STR("a\033[3b\r\nb"), "aaaa\nb\n");
	expect_last(STR("\033[8;5;10tx\033[9999b"), "xxxxxxxxxx\n");
}

static void
test_its_own_screen_and_back(void **state)
{
	(void)state;
	expect_last(STR("shell\r\n\033[?1049h\033[H\033[2Jeditor"), "editor\n");
	expect_last(STR("shell\r\n\033[?1049h\033[H\033[2Jeditor\033[?1049lback"), "shell\nback\n");
	EXPECT_NEWS("shell\n||back\n|and more\n|", "shell\r\n",
	    "\033[?1049h\033[2J\033[Hed\r\nit\r\n", "\033[?1049lback\r\n", "and more\r\n");
	EXPECT_NEWS("||ed\nit\n", "\033[?1049h\033[2J\033[H", "ed\r\nit");
}

static void
test_its_size_is_told_within(void **state)
{
	_cleanup_(buf_release) struct buf in = BUF_INIT, b = BUF_INIT;
	struct pane_screen *s = pane_screen_new(true);

	(void)state;
	expect_last(STR("\033[8;5;10t0123456789abc"), "0123456789\nabc\n");
	expect_last(STR("\033[8;5;20t0123456789abc\r\n\033[999;1Hlow\033[8;3;10t"),
	    "0123456789abc\n\n\n\nlow\n");
	expect_last(STR("shell\033[?1049h\033[8;3;10tedit\033[?1049l"), "shell\n");
	expect_last(STR("shell\r\n\033[?1049hed\033[8;3;10tit"), "edit\n");
	expect_last(STR("\033[8;0;0t\033[8;99999;99999t\033[8t\033[18t\033[>8;1;1tx"), "x\n");
	EXPECT_NEWS("a\nb\nlong line\n||c\n|", "a\r\nb\r\nlong line\r\n", "\033[8;10;6t", "c\r\n");
	for (int i = 0; i < 5000; i++)
		buf_addf(&in, "\033[8;%d;%dtx\r\n", 1 + i % 299, 1 + i * 7 % 599);
	pane_screen_feed(s, buf_str(&in));
	pane_screen_last(s, 2, 10, &b);
	assert_string_equal(b.p, "x\nx\n");
	pane_screen_free(s);
}

static void
test_news_of_plain_lines_come_at_once(void **state)
{
	(void)state;
	EXPECT_NEWS(
	    "one\n||two\nthree\nfour\n|end\n", "one\r\n", "tw", "o\r\nthree\r\nfour\r\nend");
}

static void
test_news_of_a_spinner_are_what_it_left(void **state)
{
	(void)state;
	/* As the libraries of today draw: some lines, up again, anew. */
	EXPECT_NEWS("* think 1\n> _\n|||did one\n|||did two\nall done\n", "* think 1\r\n> _\r\n",
	    "\033[2A\033[J* think 2\r\n> _\r\n", "\033[2A\033[Jdid one\r\n* think 3\r\n> _\r\n",
	    "\033[2A\033[J* think 4\r\n> _\r\n", "\033[2A\033[J* think 5\r\n> _\r\n",
	    "\033[2A\033[Jdid two\r\nall done\r\n");
}

static void
test_what_changed_before_a_new_size_is_told(void **state)
{
	_cleanup_(buf_release) struct buf in = BUF_INIT;

	(void)state;
	EXPECT_NEWS("a\nb\n||c\n", "a\r\nb\r\n", "\033[1;1Hc\033[8;10;20t\033[3;1H");
	/* However often it changes. */
	for (int i = 0; i < 3000; i++)
		buf_addf(&in, "\033[8;%d;20t", 5 + i % 2);
	buf_adds(&in, "\033[8;5;4tabcdef");
	expect_last(buf_str(&in), "abcd\nef\n");
}

static void
test_deleting_before_a_wide_character(void **state)
{
	(void)state;
	expect_last(STR("\033[8;2;3ta\xe4\xb8\xad\r\033[P"), "\xe4\xb8\xad\n");
	expect_last(STR("\033[8;2;4ta\xe4\xb8\xad"
			"b\r\033[P"),
	    "\xe4\xb8\xad"
	    "b\n");
	expect_last(STR("\033[8;2;4ta\xe4\xb8\xad"
			"b\r\033[2P"),
	    " b\n");
	expect_last(STR("\033[8;2;4tab\xe4\xb8\xad\r\033[@"), " ab\n");
	expect_last(STR("\033[8;2;4tabcd\r\033[9P"), "");
	expect_last(STR("\033[8;2;4tabcd\r\033[C\033[9@"), "a\n");
}

/* On a screen as large as one can be, full or blank: sequences that ask for all of it, again and again. */
static void
check_work(const char *before, const char *sequence, bool is_full)
{
	_cleanup_(buf_release) struct buf in = BUF_INIT, flood = BUF_INIT;
	struct pane_screen *s = pane_screen_new(true);
	const uint64_t screen = (uint64_t)PANE_ROWS_MAX * PANE_COLS_MAX;
	uint64_t work;

	buf_addf(&in, "\033[8;%d;%dt", PANE_ROWS_MAX, PANE_COLS_MAX);
	for (uint64_t i = 0; is_full && i < screen; i++)
		buf_addch(&in, 'x');
	buf_adds(&in, before);
	pane_screen_feed(s, buf_str(&in));
	work = pane_screen_work(s);
	while (flood.len < 20000)
		buf_adds(&flood, sequence);
	pane_screen_feed(s, buf_str(&flood));
	work = pane_screen_work(s) - work;
	assert_true(work > 0);
	/* What is there is read and cleared once. */
	if (work > PANE_WORK * flood.len + 3 * screen)
		fail_msg(
		    "%s: %llu for a byte", sequence + 1, (unsigned long long)(work / flood.len));
	pane_screen_free(s);
}

static void
test_no_byte_is_dear_whatever_it_asks_for_X_10(void **state)
{
	static const char *const dear[][2] = {
		{ "", "\033[?47h\033[?47l" },
		{ "", "\033[?1047hx\033[?1047l" },
		{ "", "\033[?1049h\033[J\033[?1049l" },
		{ "", "\033[S" },
		{ "", "\033[300S" },
		{ "", "\033[T" },
		{ "", "\033[300T" },
		{ "", "\033[;600Hx\033[99S" },
		{ "\033[2;299r", "\033[99S\033[99T" },
		{ "\033[H", "\033[J" },
		{ "\033[300;600H", "\033[1J" },
		{ "", "\033[2J" },
		{ "", "\033c" },
		{ "\033[H", "\033[L" },
		{ "\033[H", "\033[300L" },
		{ "\033[H", "\033[M" },
		{ "\033[H", "\033[300M" },
		{ "\033[H", "\033[@" },
		{ "\033[H", "x\r\033[599@" },
		{ "\033[H", "\033[P" },
		{ "\033[H", "\033[K\r" },
		{ "\033[;599H", "\033[1K" },
		{ "", "x\r\033[999b" },
		{ "", "\xe4\xb8\xad\r\033[999b" },
		{ "\033[300;300H", "x\b\n" },
		{ "", "\n" },
		{ "\033[H", "\033M" },
		{ "", "\033[8;300;599t\033[8;300;600t" },
		{ "", "\033[8;1;600t\033[8;300;600t" },
		{ "", "\033[8;300;1tx\033[8;300;600t\033[;600Hx" },
		{ "\033[8;300;1t", "x" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(dear); i++) {
		check_work(dear[i][0], dear[i][1], false);
		check_work(dear[i][0], dear[i][1], true);
	}
}

/* Sequences of all kinds, whole and torn: what comes out is text, and the last words are there. */
static void
test_noise_comes_out_as_text_X_10_E_16(void **state)
{
	static const char *const bits[] = { "\033[", "\033]", "\033P", "\033\\", "\a",
		"\033[?1049h", "\033[?1049l", "\033[8;", ";", "7", "99", "4294967295", "-", "?",
		"H", "J", "K", "L", "M", "P", "@", "S", "T", "X", "r", "t", "m", "\r", "\n", "\b",
		"\t", "\033M", "\033c", "\033#8", "\xe2\x80\xae", "\xc2\x9b", "\xff",
		"\xe4\xb8\xad", "word ", "\016", "\033(0" };
	_cleanup_(buf_release) struct buf b = BUF_INIT;

	(void)state;
	srandom(7);
	for (int round = 0; round < 20; round++) {
		_cleanup_(buf_release) struct buf in = BUF_INIT;
		struct pane_screen *s = pane_screen_new(true);

		for (int i = 0; i < 5000; i++)
			if (random() % 8 == 0)
				buf_addch(&in, (char)random());
			else
				buf_adds(&in, bits[(size_t)random() % ARRAY_LEN(bits)]);
		buf_adds(&in, "\030\033\\\033c\033[2J\r|\r/\r-\rlast words");
		for (size_t at = 0, n; at < in.len; at += n) {
			n = 1 + (size_t)random() % 999;
			n = n < in.len - at ? n : in.len - at;
			pane_screen_feed(s, str_n(in.p + at, n));
			if (round % 2 == 0)
				pane_screen_news(s, &b);
		}
		pane_screen_rest(s, &b);
		pane_screen_last(s, 200, BYTES_MAX, &b);
		pane_screen_free(s);
		assert_true(str_is_utf8(buf_str(&b)));
		for (size_t i = 0; i < b.len; i++)
			assert_true(b.p[i] == '\n' || (unsigned char)b.p[i] >= ' ');
		assert_true(str_find(buf_str(&b), STR("\xe2\x80\xae")) < 0);
		assert_string_equal(b.p + b.len - 11, "last words\n");
		buf_clear(&b);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lines),
		cmocka_unit_test(test_what_was_drawn_over_is_gone_E_16),
		cmocka_unit_test(test_lines_above_the_screen_stay),
		cmocka_unit_test(test_its_own_screen_and_back),
		cmocka_unit_test(test_its_size_is_told_within),
		cmocka_unit_test(test_repetition_ends_with_the_line),
		cmocka_unit_test(test_news_of_plain_lines_come_at_once),
		cmocka_unit_test(test_news_of_a_spinner_are_what_it_left),
		cmocka_unit_test(test_what_changed_before_a_new_size_is_told),
		cmocka_unit_test(test_deleting_before_a_wide_character),
		cmocka_unit_test(test_no_byte_is_dear_whatever_it_asks_for_X_10),
		cmocka_unit_test(test_noise_comes_out_as_text_X_10_E_16),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
