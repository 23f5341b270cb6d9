/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * ticket_text_read() says of every file what ticket_text_load() and history_replay_hand() say of it: of good ones, of
 * those that were cut anywhere, and of those in which a bit is another one, a line is gone or stands twice.
 */
#include "base/base.h"

#include "codec/ticket_text.h"

#include "test_codec_record.h"

/* Is it taken?  Both ways have to say the same, and to read the same out of it. */
static bool
is_taken(struct str bytes)
{
	_cleanup_(record_release) struct record r = { .history = BUF_INIT };
	_cleanup_(record_release) struct record one = { .history = BUF_INIT };
	struct hand_edit edit = { 0 }, edit_one = { 0 };
	struct err err = ERR_INIT;
	bool is_good =
	    ticket_text_load(bytes, &r, &err) == 0 && history_replay_hand(&r, &edit, &err) == 0;

	if (ticket_text_read(bytes, &one, &edit_one) != is_good)
		fail_msg("%s in two steps (%s), but not in one:\n%.*s", is_good ? "good" : "bad",
		    err.text, STR_FMT(bytes));
	if (!is_good) {
		assert_true(one.ticket.id.n == 0 && one.spec.title == NULL && one.history.len == 0);
		return false;
	}
	same_ticket(&r.ticket, &one.ticket);
	same_spec(&r.spec, &one.spec);
	assert_true(str_eq(buf_str(&r.history), buf_str(&one.history)));
	assert_true(edit.has_words == edit_one.has_words &&
		    edit.has_priority == edit_one.has_priority &&
		    edit.priority == edit_one.priority);
	assert_true(digest_eq(&edit.words, &edit_one.words));
	same_ticket(&edit.before, &edit_one.before);
	return true;
}

static void
slurp(const char *path, struct buf *ret)
{
	char chunk[4096];
	size_t n;
	FILE *f = fopen(path, "r");

	if (!f)
		fail_msg("%s is gone", path);
	while ((n = fread(chunk, 1, sizeof chunk, f)) > 0)
		buf_add(ret, chunk, n);
	(void)fclose(f);
}

/* Cuts one ticket file off; no text of one has a line "end". */
static bool
cut(struct str *rest, struct str *ret)
{
	ssize_t at = str_find(*rest, STR("\nend\n"));

	if (at < 0)
		return false;
	*ret = str_n(rest->p, (size_t)at + 5);
	*rest = str_n(rest->p + at + 5, rest->len - (size_t)at - 5);
	return true;
}

static void
test_one_look_says_what_two_say_X_14_D_94(void **state)
{
	static const char *const files[] = { "tests/golden/history-1.txt",
		"tests/golden/history-1-run.txt", "tests/golden/history-2.txt" };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(files); i++) {
		_cleanup_(buf_release) struct buf all = BUF_INIT;
		struct str rest, one;
		unsigned n = 0;

		slurp(files[i], &all);
		for (rest = buf_str(&all); cut(&rest, &one); n++)
			assert_true(is_taken(one));
		assert_true(n > 0);
	}
}

/* A file with all that there is in one: a description, texts, words of a hand, several episodes. */
static void
sample(struct buf *ret)
{
	_cleanup_(buf_release) struct buf all = BUF_INIT;
	struct str rest, one;

	slurp("tests/golden/history-1-run.txt", &all);
	rest = buf_str(&all);
	assert_true(cut(&rest, &one));
	buf_add_str(ret, one);
}

static void
test_of_every_damage_both_say_the_same_X_14_I_10(void **state)
{
	_cleanup_(buf_release) struct buf file = BUF_INIT;
	unsigned taken = 0, refused = 0;

	(void)state;
	sample(&file);
	for (size_t n = 0; n < file.len; n++) {
		char *exact = xstrndup(file.p, n);

		assert_false(is_taken(str_n(exact, n)));
		free_charp(&exact);
	}
	for (size_t i = 0; i < file.len; i++) {
		char was = file.p[i];

		file.p[i] = (char)(was ^ (1 << rnd(8)));
		if (is_taken(buf_str(&file)))
			taken++; /* another title, say */
		else
			refused++;
		file.p[i] = was;
	}
	assert_true(taken > 10 && refused > 1000);
}

/* A line that is gone, stands twice, or is another one. */
static void
test_of_every_line_both_say_the_same_X_14_I_10(void **state)
{
	static const char *const others[] = { "", "end\n", "history\n", "text\n", "\t| a text\n",
		"| a text\n", "Priority: 5\n", "Title: another\n", "x\n", "\n" };
	_cleanup_(buf_release) struct buf file = BUF_INIT, other = BUF_INIT;
	struct str rest, line;
	size_t at = 0;

	(void)state;
	sample(&file);
	for (rest = buf_str(&file); str_cut(&rest, '\n', &line); at += line.len + 1) {
		for (size_t i = 0; i < ARRAY_LEN(others); i++)
			for (int is_more = 0; is_more < 2; is_more++) {
				buf_clear(&other);
				buf_add(&other, file.p, at);
				buf_adds(&other, others[i]);
				if (is_more)
					buf_add(&other, line.p, line.len + 1);
				buf_add_str(&other, rest);
				(void)is_taken(buf_str(&other));
			}
		buf_clear(&other);
		buf_add(&other, file.p, at + line.len + 1);
		buf_add(&other, line.p, line.len + 1);
		buf_add_str(&other, rest);
		(void)is_taken(buf_str(&other));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_one_look_says_what_two_say_X_14_D_94),
		cmocka_unit_test(test_of_every_damage_both_say_the_same_X_14_I_10),
		cmocka_unit_test(test_of_every_line_both_say_the_same_X_14_I_10),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
