/* SPDX-License-Identifier: GPL-2.0-only */
#include "base/base.h"
#include <setjmp.h> /* cmocka.h wants this one first */

#include "codec/comment.h"

#include <cmocka.h>

static void
check(const char *file, uint32_t from, uint32_t to, const char *lines, const char *words,
    const char *want)
{
	_cleanup_(buf_release) struct buf b = BUF_INIT;
	struct comment c;

	comment_dump(str_of(file), from, to, str_of(lines), str_of(words), &b);
	assert_string_equal(b.p, want);
	assert_true(comment_parse(buf_str(&b), &c));
	assert_int_equal(c.from, from);
	assert_int_equal(c.to, to);
	assert_true(str_is(c.words, words));
}

static void
test_comment_is_a_place_a_quote_and_words(void **state)
{
	(void)state;
	check("src/main.c", 12, 13, "int\nmain(void)\n", "why?\nreally",
	    "src/main.c:12-13\n> int\n> main(void)\n\nwhy?\nreally");
	check("README", 0, 0, "", "good", "README:\n\ngood");
	check("a:b:3", 7, 7, "x", "> not a quote", "a:b:3:7\n> x\n\n> not a quote");
	check("empty", 1, 1, "", "why is it empty?", "empty:1\n\nwhy is it empty?");
}

static void
test_comment_of_a_hostile_name_and_line_is_inert_X_10(void **state)
{
	_cleanup_(buf_release) struct buf b = BUF_INIT;
	struct comment c;

	(void)state;
	comment_dump(STR("a\n> b\x1b[2J"), 2, 2, STR("\x1b]0;x\a\ttab\n"), STR("w"), &b);
	assert_string_equal(b.p, "a\\n> b\\x1b[2J:2\n> \\x1b]0;x\\x07\ttab\n\nw");
	assert_true(comment_parse(buf_str(&b), &c));
	assert_true(str_is(c.file, "a\\n> b\\x1b[2J"));
}

static void
test_comment_quotes_only_so_much(void **state)
{
	_cleanup_(buf_release) struct buf lines = BUF_INIT, b = BUF_INIT;
	struct comment c;
	size_t n = 0;

	(void)state;
	for (int i = 0; i < 299; i++)
		buf_addch(&lines, 'x');
	for (int i = 0; i < 100; i++)
		buf_adds(&lines, "\xc3\xa4\n"); /* the first one lies across the limit */
	comment_dump(STR("f"), 1, 100, buf_str(&lines), STR("w"), &b);
	assert_true(comment_parse(buf_str(&b), &c));
	for (size_t i = 0; i < c.quote.len; i++)
		n += c.quote.p[i] == '\n';
	assert_int_equal(n, COMMENT_LINES_MAX + 1);
	assert_non_null(strstr(b.p, "xxx...\n> \xc3\xa4\n"));
}

static void
test_comment_is_nothing_else(void **state)
{
	static const char *const bad[] = { "", "f", "f:", "f:3", "f:3\nx", "f:3\n> x",
		"f:3\n> x\nw", ":3\n\nw", "f:0\n\nw", "f:3-2\n\nw", "f:3-3\n\nw", "f:-3\n\nw",
		"f:x\n\nw", "just\n\nwords", "f:4294967296\n\nw" };
	struct comment c;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		if (comment_parse(str_of(bad[i]), &c))
			fail_msg("taken: %s", bad[i]);
}

/* ---- lists ---- */

static void
add(struct buf *history, uint64_t rev, enum event_kind kind, const char *commit, const char *text)
{
	struct ticket t = { .id = { 7 }, .rev = rev - 1, .phase = PHASE_HUMAN_REVIEW };
	struct event e = { .kind = kind, .actor = "person:ann" };
	struct decision d = { .verdict = VERDICT_APPLY, .row = 14, .next = t };

	if (commit[0])
		assert_true(oid_parse(str_of(commit), &e.commit));
	d.next.rev = rev;
	d.next.updated_wall_ms = 1700000000000;
	history_add(history, &t, &e, &d, text);
}

#define ONE "1111111111111111111111111111111111111111"
#define TWO "2222222222222222222222222222222222222222"

static void
test_comments_for_a_brief_stand_by_commit_and_file(void **state)
{
	_cleanup_(comments_release) struct comments l = { 0 };
	_cleanup_(buf_release) struct buf history = BUF_INIT, b = BUF_INIT;
	struct history_entry h;
	struct str rest;
	size_t n = 0;

	(void)state;
	add(&history, 1, EVENT_TELL, ONE, "b.c:3\n> x\n\nfirst");
	add(&history, 2, EVENT_TELL, "", "a.c:3\n> x\n\nno commit: words like others");
	add(&history, 3, EVENT_TELL, ONE, "a.c:\n\nsecond");
	add(&history, 4, EVENT_REJECT, ONE, "b.c:3\n> x\n\na verdict");
	add(&history, 5, EVENT_TELL, ONE, "b.c:9-10\n> y\n> z\n\nthird");
	add(&history, 6, EVENT_TELL, TWO, "b.c:1\n> q\n\nfourth");
	rest = buf_str(&history);
	while (history_next(&rest, &h, NULL) == 0)
		n += comments_add(&l, &h);
	assert_int_equal(n, 4);
	comments_add_brief(&l, &b);
	assert_string_equal(b.p,
	    "\n**A person commented on files of the commit " ONE
	    "** (revisions 1 to 5; lines are counted as in that commit):\n"
	    "\n### b.c\n\nOn line 3:\n\n> x\n\nfirst\n\nOn lines 9-10:\n\n> y\n> z\n\nthird\n"
	    "\n### a.c\n\nOn the whole file:\n\nsecond\n"
	    "\n**A person commented on files of the commit " TWO
	    "** (revision 6; lines are counted as in that commit):\n"
	    "\n### b.c\n\nOn line 1:\n\n> q\n\nfourth\n");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_comment_is_a_place_a_quote_and_words),
		cmocka_unit_test(test_comment_of_a_hostile_name_and_line_is_inert_X_10),
		cmocka_unit_test(test_comment_quotes_only_so_much),
		cmocka_unit_test(test_comment_is_nothing_else),
		cmocka_unit_test(test_comments_for_a_brief_stand_by_commit_and_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
