/* SPDX-License-Identifier: GPL-2.0-only */
/* The control protocol of tmux: what tmux 3.3a was seen to write, and what it might. */
#include "base/base.h"

#include "codec/tmux_control.h"

#include <setjmp.h>

#include <cmocka.h>

/* One line per item: kind, flags, length, text. */
static void
describe(struct buf *b, const struct tmux_item *item)
{
	buf_adds(b, item->kind == TMUX_ITEM_NOTICE ? "notice" : item->is_error ? "error" : "block");
	buf_adds(b, item->is_own ? " own" : "");
	buf_adds(b, item->is_cut ? " cut" : "");
	buf_addf(b, " %zu:", item->text.len);
	buf_add_str(b, item->text);
	buf_addch(b, '|');
}

/* Feeds s in pieces: one ends at cut, the rest have at most step bytes. */
static void
parse(struct buf *b, struct str s, size_t cut, size_t step)
{
	struct tmux_control tc = TMUX_CONTROL_INIT;
	struct tmux_item item;

	for (size_t at = 0; at < s.len;) {
		size_t n = s.len - at < step ? s.len - at : step;
		struct str piece;

		if (at < cut && at + n > cut)
			n = cut - at;
		piece = str_n(s.p + at, n);
		at += n;
		while (tmux_control_next(&tc, &piece, &item))
			describe(b, &item);
		assert_int_equal(piece.len, 0);
	}
	tmux_control_release(&tc);
}

/* The same items, wherever the input is cut. */
static void
expect(struct str s, const char *want)
{
	for (size_t cut = 0; cut <= s.len; cut++) {
		_cleanup_(buf_release) struct buf b = BUF_INIT;

		parse(&b, s, cut, s.len > 0 ? s.len : 1);
		assert_string_equal(b.p, want);
	}
	for (size_t step = 1; step <= 3; step++) {
		_cleanup_(buf_release) struct buf b = BUF_INIT;

		parse(&b, s, 0, step);
		assert_string_equal(b.p, want);
	}
}

static void
test_next_attach_then_answers(void **state)
{
	(void)state;
	expect(STR("%begin 1795232739 260 0\n%end 1795232739 260 0\n"
		   "%window-add @0\n%sessions-changed\n%session-changed $0 reeve\n"
		   "%begin 1795232739 267 1\n@1\n%end 1795232739 267 1\n"
		   "%begin 1795232739 268 1\n%end 1795232739 268 1\n"
		   "%window-renamed @1 slug\n%exit\n"),
	    "block 0:|notice 14:%window-add @0|notice 17:%sessions-changed|"
	    "notice 25:%session-changed $0 reeve|block own 3:@1\n|block own 0:|"
	    "notice 23:%window-renamed @1 slug|notice 5:%exit|");
}

static void
test_next_own_answer_before_attach(void **state)
{
	(void)state;
	expect(STR("%begin 1 281 1\n%end 1 281 1\n%begin 1 282 0\n%end 1 282 0\n"),
	    "block own 0:|block 0:|");
}

static void
test_next_error(void **state)
{
	(void)state;
	expect(STR("%begin 1 2 1\nparse error: unknown command: nosuch\n%error 1 2 1\n"),
	    "error own 37:parse error: unknown command: nosuch\n|");
}

/* Seen: the value of an option was printed verbatim inside a block. */
static void
test_next_body_is_raw_X_8(void **state)
{
	(void)state;
	expect(
	    STR("%begin 7 20 1\nx\n%end 1 2 1\n%exit\n%begin 7 21 1\n%error 7 20 0\n%end 7 20 1 \n"
		" %end 7 20 1\n%end 7 20 11\n%end 7 20 1\n%exit\n"),
	    "block own 86:x\n%end 1 2 1\n%exit\n%begin 7 21 1\n%error 7 20 0\n%end 7 20 1 \n"
	    " %end 7 20 1\n%end 7 20 11\n|notice 5:%exit|");
}

static void
test_next_nothing_is_refused(void **state)
{
	(void)state;
	expect(STR("\n%begin\n%begin 1 2\n%begin 1 x 3\n%begin 1 2 3 4\n%begin  1 2 3\n%end 1 2 "
		   "1\nwords\n"
		   "%begin 1 99999999999999999999999 1\n"),
	    "notice 0:|notice 6:%begin|notice 10:%begin 1 2|notice 12:%begin 1 x 3|"
	    "notice 14:%begin 1 2 3 4|notice 13:%begin  1 2 3|notice 10:%end 1 2 1|notice 5:words|"
	    "notice 34:%begin 1 99999999999999999999999 1|");
	expect(STR(""), "");
	expect(STR("%begin 1 2 1\nno end"), "");
}

static void
test_next_keeps_nul_and_blank_lines(void **state)
{
	struct tmux_control tc = TMUX_CONTROL_INIT;
	struct str in = STR("%begin 1 2 1\n\na\0b\n\n%end 1 2 1\n");
	struct tmux_item item;

	(void)state;
	assert_true(tmux_control_next(&tc, &in, &item));
	assert_int_equal(item.text.len, 6);
	assert_memory_equal(item.text.p, "\na\0b\n\n", 6);
	tmux_control_release(&tc);
}

/* A line, or a block, that does not end may not eat the memory; what follows is understood. */
static void
test_next_is_bounded(void **state)
{
	_cleanup_(buf_release) struct buf s = BUF_INIT;
	struct tmux_control tc = TMUX_CONTROL_INIT;
	struct tmux_item item;
	struct str in;

	(void)state;
	buf_adds(&s, "%begin 1 2 1\n");
	for (int i = 0; i < 3 * TMUX_CONTROL_MAX; i++)
		buf_addch(&s, 'x');
	buf_adds(&s, "\n%end 1 2 1\n%begin 1 3 1\n");
	for (int i = 0; i < TMUX_CONTROL_MAX; i++)
		buf_adds(&s, "x\n");
	buf_adds(&s, "%end 1 3 1\n%output ");
	for (int i = 0; i < 3 * TMUX_CONTROL_MAX; i++)
		buf_addch(&s, 'x');
	buf_adds(&s, "\n%exit\n");
	in = buf_str(&s);
	for (int i = 0; i < 3; i++) {
		assert_true(tmux_control_next(&tc, &in, &item));
		assert_true(item.is_cut);
		assert_int_equal(item.kind, i < 2 ? TMUX_ITEM_BLOCK : TMUX_ITEM_NOTICE);
		assert_int_equal(item.text.len, TMUX_CONTROL_MAX);
	}
	assert_true(tmux_control_next(&tc, &in, &item));
	assert_false(item.is_cut);
	assert_true(tmux_item_is_exit(&item));
	assert_false(tmux_control_next(&tc, &in, &item));
	tmux_control_release(&tc);
}

static void
test_is_exit(void **state)
{
	static const struct {
		const char *text;
		bool want;
	} rows[] = {
		{ "%exit", true },
		{ "%exit server exited", true },
		{ "%exited", false },
		{ "%window-add @1", false },
		{ "", false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct tmux_item item = { .kind = TMUX_ITEM_NOTICE, .text = str_of(rows[i].text) };

		assert_int_equal(tmux_item_is_exit(&item), rows[i].want);
		item.kind = TMUX_ITEM_BLOCK;
		assert_false(tmux_item_is_exit(&item));
	}
}

/* Reads a quoted word as tmux does: inside "..." a backslash and three octal digits are one byte. */
static void
unquote(struct str s, struct buf *ret)
{
	assert_true(str_starts(s, " \"") && s.p[s.len - 1] == '"' && s.len >= 3);
	for (size_t i = 2; i < s.len - 1; i++) {
		if (s.p[i] == '\\') {
			char digits[4] = { s.p[i + 1], s.p[i + 2], s.p[i + 3], '\0' };

			/* tmux refuses a first digit above 3. */
			assert_true(digits[0] >= '0' && digits[0] <= '3');
			buf_addch(ret, (char)strtoul(digits, NULL, 8));
			i += 3;
		} else {
			assert_null(strchr("\"$~\\", s.p[i]));
			assert_true(s.p[i] >= ' ' && s.p[i] < 0x7f);
			buf_addch(ret, s.p[i]);
		}
	}
}

static void
check_quote(struct str word)
{
	_cleanup_(buf_release) struct buf quoted = BUF_INIT;
	_cleanup_(buf_release) struct buf back = BUF_INIT;

	tmux_quote(&quoted, word);
	unquote(buf_str(&quoted), &back);
	assert_true(str_eq(buf_str(&back), word));
}

static void
test_quote_round_trip_X_8(void **state)
{
	static const char *const words[] = { "", "plain", "#(touch x)", "#{l:#(touch x)}", "$HOME",
		"${HOME}", "\"", "\\", "\\\"", "a\nb", "\n", "'", "~", "~root/x", "; kill-server",
		"%if 1", "{ kill-server }", "\x1b]2;x\x07", "\r\t", "caf\xc3\xa9", "\xff\xfe\x80",
		"\\1011", "-x" };
	_cleanup_(buf_release) struct buf every = BUF_INIT;
	_cleanup_(buf_release) struct buf large = BUF_INIT;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		check_quote(str_of(words[i]));
	for (int c = 1; c < 256; c++)
		buf_addch(&every, (char)c);
	check_quote(buf_str(&every));
	for (int i = 0; i < 10240; i++)
		buf_addch(&large, (char)(1 + i * 7 % 255));
	check_quote(buf_str(&large));
}

static void
test_quote_stops_at_nul(void **state)
{
	_cleanup_(buf_release) struct buf b = BUF_INIT;

	(void)state;
	tmux_quote(&b, STR("ab\0cd"));
	assert_string_equal(b.p, " \"ab\"");
}

static void
test_version(void **state)
{
	static const struct {
		const char *printed;
		bool want;
	} rows[] = {
		{ "tmux 3.3a\n", true },
		{ "tmux 3.3", true },
		{ "tmux 3.3-rc\n", true },
		{ "tmux 3.4\n", true },
		{ "tmux 3.10\n", true },
		{ "tmux 4.0\n", true },
		{ "tmux next-3.6\n", true },
		{ "tmux master\n", true },
		{ "tmux openbsd-7.4\n", true },
		{ "tmux 3.2a\n", false },
		{ "tmux 2.9\n", false },
		{ "tmux 1.8\n", false },
		{ "tmux next-3.2\n", false },
		{ "tmux 3\n", false },
		{ "tmux 3.x\n", false },
		{ "tmux \n", false },
		{ "tmux", false },
		{ "3.3", false },
		{ "screen 4.9\n", false },
		{ "", false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		assert_int_equal(tmux_version_is(str_of(rows[i].printed), 3, 3), rows[i].want);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_next_attach_then_answers),
		cmocka_unit_test(test_next_own_answer_before_attach),
		cmocka_unit_test(test_next_error),
		cmocka_unit_test(test_next_body_is_raw_X_8),
		cmocka_unit_test(test_next_nothing_is_refused),
		cmocka_unit_test(test_next_keeps_nul_and_blank_lines),
		cmocka_unit_test(test_next_is_bounded),
		cmocka_unit_test(test_is_exit),
		cmocka_unit_test(test_quote_round_trip_X_8),
		cmocka_unit_test(test_quote_stops_at_nul),
		cmocka_unit_test(test_version),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
