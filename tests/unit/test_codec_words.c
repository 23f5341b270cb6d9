/* SPDX-License-Identifier: GPL-2.0-only */
/* Command lines become argument vectors as a shell quotes, and no value can make another word. */
#include "base/base.h"

#include "codec/words.h"

#include "base/buf.h"

#include <setjmp.h>

#include <cmocka.h>

/* The words with a bar behind each. */
static void
show(const struct strvec *words, struct buf *b)
{
	for (size_t i = 0; i < words->n; i++) {
		buf_adds(b, words->v[i]);
		buf_addch(b, '|');
	}
	if (words->n > 0)
		assert_null(words->v[words->n]);
}

static void
test_split(void **state)
{
	static const struct {
		const char *line, *want;
	} rows[] = {
		{ "sh", "sh|" },
		{ "  sh \t -c   x ", "sh|-c|x|" },
		{ "sh -c 'exec \"$@\" \\n'", "sh|-c|exec \"$@\" \\n|" },
		{ "a \"b c\" d", "a|b c|d|" },
		{ "a \"\\\"\\\\\\n$x`y`\"", "a|\"\\\\n$x`y`|" },
		{ "a\\ b \\'c\\\" \\\\", "a b|'c\"|\\|" },
		{ "'' \"\" x''y\"\"z", "||xyz|" },
		{ "--a='b c'\"d e\"f", "--a=b cd ef|" },
		{ "$HOME ~ *.c $(x) `y` ; & | > <", "$HOME|~|*.c|$(x)|`y`|;|&|||>|<|" },
		{ "a#b #c", "a#b|#c|" },
		{ "\xc3\xa4 '\xff'", "\xc3\xa4|\xff|" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		_cleanup_(strvec_release) struct strvec words = STRVEC_INIT;
		_cleanup_(buf_release) struct buf b = BUF_INIT;
		struct err err = ERR_INIT;

		assert_int_equal(words_split(str_of(rows[i].line), &words, &err), 0);
		show(&words, &b);
		assert_string_equal(b.p, rows[i].want);
		assert_string_equal(err.text, "");
	}
}

static void
test_splice(void **state)
{
	static const struct {
		const char *line, *with, *want;
	} rows[] = {
		{ "a {o} b", "x 'y z'", "a|x|y z|b|" }, { "a {o} b {o}", NULL, "a|b|" },
		{ "a x{o} {o}y '{o }'", "z", "a|x{o}|{o}y|{o }|" },
		{ "{o}", "{o} {o}", "{o}|{o}|" }, /* once, and not again */
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		_cleanup_(strvec_release) struct strvec words = STRVEC_INIT, with = STRVEC_INIT;
		_cleanup_(buf_release) struct buf b = BUF_INIT;

		assert_int_equal(words_split(str_of(rows[i].line), &words, NULL), 0);
		assert_true(words_have(&words, "{o"));
		assert_false(words_have(&words, "{p}"));
		if (rows[i].with)
			assert_int_equal(words_split(str_of(rows[i].with), &with, NULL), 0);
		words_splice(&words, "{o}", &with);
		show(&words, &b);
		assert_string_equal(b.p, rows[i].want);
	}
}

static void
test_split_refuses(void **state)
{
	const struct {
		struct str line;
		const char *want;
	} rows[] = {
		{ STR(""), "no word" },
		{ STR(" \t "), "no word" },
		{ STR("sh -c 'x"), "single quote is opened" },
		{ STR("sh -c \"x\\\""), "double quote is opened" },
		{ STR("sh \"'"), "double quote is opened" },
		{ STR("sh x\\"), "ends with a backslash" },
		{ STR("sh x\0y"), "NUL" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		_cleanup_(strvec_release) struct strvec words = STRVEC_INIT;
		struct err err = ERR_INIT;

		assert_int_equal(words_split(rows[i].line, &words, &err), ERR_INVALID);
		assert_non_null(strstr(err.text, rows[i].want));
		assert_int_equal(words.n, 0);
	}
}

static const struct words_value values[] = {
	{ "text", "fix 'it' \"now\" ; touch pwned $(touch pwned) {ticket}" },
	{ "ticket", "12" },
	{ "session-id", "s1" },
	{ "void", "" },
	{ NULL, NULL },
};

/* A value stays inside of its word, whatever it holds, and is not looked at again. */
static void
test_fill_values_stay_in_their_word_X_8(void **state)
{
	_cleanup_(strvec_release) struct strvec words = STRVEC_INIT;
	struct err err = ERR_INIT;

	(void)state;
	assert_int_equal(
	    words_split(STR("sh -c {text} t{ticket}.{ticket} {session-id} {void}"), &words, &err),
	    0);
	assert_int_equal(words_fill(&words, values, &err), 0);
	assert_int_equal(words.n, 6);
	assert_string_equal(words.v[0], "sh");
	assert_string_equal(words.v[1], "-c");
	assert_string_equal(words.v[2], values[0].value);
	assert_string_equal(words.v[3], "t12.12");
	assert_string_equal(words.v[4], "s1");
	assert_string_equal(words.v[5], "");
	assert_null(words.v[6]);
}

static void
test_fill_braces(void **state)
{
	static const struct {
		const char *word, *want;
	} rows[] = {
		{ "{{ticket}", "{ticket}" },
		{ "{{{{", "{{" },
		{ "{{{ticket}}", "{12}" },
		{ "{\"a\":{\"b\":1}}", "{\"a\":{\"b\":1}}" },
		{ "${HOME}", "${HOME}" },
		{ "{}", "{}" },
		{ "{ticket", "{ticket" },
		{ "ticket}", "ticket}" },
		{ "{ ticket }", "{ ticket }" },
		{ "{Ticket}", "{Ticket}" },
		{ "{a{ticket}", "{a12" },
		{ "{", "{" },
		{ "{A {ticket}", "{A 12" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		_cleanup_(strvec_release) struct strvec words = STRVEC_INIT;
		struct err err = ERR_INIT;

		strvec_push(&words, rows[i].word);
		assert_int_equal(words_fill(&words, values, &err), 0);
		assert_string_equal(words.v[0], rows[i].want);
	}
}

static void
test_fill_names_the_unknown(void **state)
{
	_cleanup_(strvec_release) struct strvec words = STRVEC_INIT;
	struct err err = ERR_INIT;

	(void)state;
	strvec_push(&words, "{ticket}");
	strvec_push(&words, "x{promt}y");
	assert_int_equal(words_fill(&words, values, &err), ERR_INVALID);
	assert_non_null(strstr(err.text, "{promt} is not known"));
	assert_non_null(strstr(err.text, "{ticket}"));
	assert_string_equal(words.v[0], "{ticket}"); /* as before */
	assert_int_equal(words.n, 2);
	assert_int_equal(words_fill(&words, values, NULL), ERR_INVALID);
}

/* Whatever the words hold: quoted and split they are the same again. */
static void
test_split_round_trip(void **state)
{
	static const char bytes[] = "ab '\"\\{}\t$;\xc3\xa4";

	(void)state;
	srandom(7);
	for (int round = 0; round < 2000; round++) {
		_cleanup_(strvec_release) struct strvec words = STRVEC_INIT, again = STRVEC_INIT;
		_cleanup_(buf_release) struct buf line = BUF_INIT, a = BUF_INIT, b = BUF_INIT;
		struct err err = ERR_INIT;

		for (long n = random() % 5 + 1; n > 0; n--) {
			_cleanup_(buf_release) struct buf word = BUF_INIT;
			long style = random() % 3;

			for (long k = random() % 8; k > 0; k--)
				buf_addch(&word, bytes[(size_t)random() % (sizeof bytes - 1)]);
			strvec_push(&words, word.p);
			if (style == 0 && word.len > 0) {
				for (size_t i = 0; i < word.len; i++)
					buf_addf(&line, "\\%c", word.p[i]);
			} else if (style == 1 && strchr(word.p, '\'') == NULL) {
				buf_addf(&line, "'%s'", word.p);
			} else {
				buf_addch(&line, '"');
				for (size_t i = 0; i < word.len; i++)
					buf_addf(&line, "%s%c",
					    strchr("\"\\", word.p[i]) != NULL ? "\\" : "",
					    word.p[i]);
				buf_addch(&line, '"');
			}
			buf_addch(&line, ' ');
		}
		assert_int_equal(words_split(buf_str(&line), &again, &err), 0);
		show(&words, &a);
		show(&again, &b);
		assert_int_equal(words.n, again.n);
		assert_string_equal(a.p, b.p);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_split),
		cmocka_unit_test(test_splice),
		cmocka_unit_test(test_split_refuses),
		cmocka_unit_test(test_fill_values_stay_in_their_word_X_8),
		cmocka_unit_test(test_fill_braces),
		cmocka_unit_test(test_fill_names_the_unknown),
		cmocka_unit_test(test_split_round_trip),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
