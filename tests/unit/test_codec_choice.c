/* SPDX-License-Identifier: GPL-2.0-only */
/* A question's choices come back as they were asked, whatever the question itself looks like. */
#include "base/base.h"

#include "codec/choice.h"
#include "codec/escape.h"
#include "codec/signal_json.h"

#include <setjmp.h>

#include <cmocka.h>

#define HEX64 "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"
#define ASKED "{\"ticket\":12,\"nonce\":\"" HEX64 "\",\"kind\":\"QUESTION\""

static void
refused(const char *text, enum refusal want, const char *words)
{
	struct err err = ERR_INIT;
	enum refusal why;
	struct signal s;

	assert_int_equal(signal_json_parse(str_of(text), &s, &why, NULL, &err), ERR_INVALID);
	assert_int_equal(why, want);
	if (strstr(err.text, words) == NULL)
		fail_msg("%s was expected in: %s", words, err.text);
}

static void
test_what_can_be_a_choice(void **state)
{
	_cleanup_(buf_release) struct buf many = BUF_INIT, longest = BUF_INIT;

	(void)state;
	assert_null(choice_wrong(STR("b")));
	assert_null(choice_wrong(STR("the \xc3\xa4 way: 2.")));
	assert_non_null(choice_wrong(STR("")));
	assert_non_null(choice_wrong(STR(" \t")));
	assert_non_null(choice_wrong(STR("a\nb")));
	assert_non_null(choice_wrong(STR("a\033[2J")));
	assert_non_null(choice_wrong(STR("\xff")));
	while (longest.len < CHOICE_MAX)
		buf_addch(&longest, 'x');
	assert_null(choice_wrong(buf_str(&longest)));
	buf_addch(&longest, 'x');
	assert_non_null(choice_wrong(buf_str(&longest)));
	refused(ASKED ",\"body\":\"x\",\"choices\":\"a\"}", REFUSAL_MALFORMED, "array");
	refused(ASKED ",\"body\":\"x\",\"choices\":[1]}", REFUSAL_MALFORMED, "strings");
	refused(ASKED ",\"body\":\"x\",\"choices\":[]}", REFUSAL_INVALID, "1 to 9");
	refused(ASKED ",\"body\":\"x\",\"choices\":[\"a\",\"\"]}", REFUSAL_INVALID, "short");
	refused(ASKED ",\"body\":\"x\",\"choices\":[\"a\\nb\"]}", REFUSAL_INVALID, "one line");
	buf_adds(&many, ASKED ",\"body\":\"x\",\"choices\":[\"0\"");
	for (int i = 0; i < 9; i++)
		buf_adds(&many, ",\"a\"");
	buf_adds(&many, "]}");
	refused(many.p, REFUSAL_INVALID, "not 10");
	refused("{\"ticket\":12,\"nonce\":\"" HEX64 "\",\"kind\":\"NOTE\",\"choices\":[\"a\"]}",
	    REFUSAL_MALFORMED, "no meaning with kind NOTE");
}

static void
check_fold(const char *body, const char *const *choices)
{
	_cleanup_(strvec_release) struct strvec got = STRVEC_INIT;
	_cleanup_(signal_release) struct signal s = { .event = { .kind = EVENT_QUESTION } };
	_cleanup_(buf_release) struct buf store = BUF_INIT;
	struct history_entry e = { .rev = 7 };
	size_t n = 0;

	s.body = xstrdup(body);
	for (; choices[n] != NULL; n++)
		strvec_push(&s.choices, choices[n]);
	s.event.choices = (uint32_t)n;
	choices_fold(&s);
	e.event = s.event;
	escape_add_text(&store, "\t", str_of(s.body));
	e.text = buf_str(&store);
	choices_of(&e, &got);
	assert_int_equal(got.n, n);
	for (size_t i = 0; i < n; i++)
		assert_string_equal(got.v[i], choices[i]);
	assert_true(str_starts(str_of(s.body), body));
}
#define FOLD(body, ...) check_fold(body, (const char *const[]){ __VA_ARGS__, NULL })

static void
test_choices_come_back(void **state)
{
	_cleanup_(strvec_release) struct strvec got = STRVEC_INIT;
	struct history_entry e = { .rev = 7, .text = STR("\t| a\n\t| 1. b\n") };

	(void)state;
	FOLD("Which one?", "a");
	FOLD("Which one?", "the old table", "a new one", "2. both");
	FOLD("Which?\n\n1. a list of\n2. its own", "1", "2");
	FOLD("", "a", "b", "c", "d", "e", "f", "g", "h", "i");
	/* A question without choices is no list, whatever it looks like. */
	choices_of(&e, &got);
	assert_int_equal(got.n, 0);
	/* A number that its text does not have, by a hand in the file: no harm. */
	e.event.choices = 9;
	choices_of(&e, &got);
	assert_int_equal(got.n, 9);
}

static void
test_an_answer_names_its_choice(void **state)
{
	_cleanup_(strvec_release) struct strvec choices = STRVEC_INIT;
	_cleanup_(buf_release) struct buf b = BUF_INIT;

	(void)state;
	strvec_push(&choices, "a");
	strvec_push(&choices, "b");
	choice_answer(&choices, 2, &b);
	assert_string_equal(b.p, "choice 2: b");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_can_be_a_choice),
		cmocka_unit_test(test_choices_come_back),
		cmocka_unit_test(test_an_answer_names_its_choice),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
