/* SPDX-License-Identifier: GPL-2.0-only */
#include "base/base.h"
#include <setjmp.h> /* cmocka.h wants this one first */

#include "core/event.h"
#include "core/state.h"

#include <cmocka.h>

/* Every word of a list is read back as itself, once, and nothing else is. */
#define CHECK_WORDS(prefix, type, count)                                                           \
	static void test_state_##prefix##_round_trip(void **state)                                 \
	{                                                                                          \
		static const char *const bad[] = { "", " ", "nosuch", "ready ", " run", "run\n" }; \
		type v;                                                                            \
                                                                                                   \
		(void)state;                                                                       \
		for (unsigned i = 1; i < (count); i++) {                                           \
			const char *name = prefix##_name((type)i);                                 \
                                                                                                   \
			assert_true(name[0] != '\0');                                              \
			v = (type)0;                                                               \
			assert_true(prefix##_parse(str_of(name), &v));                             \
			assert_int_equal(v, i);                                                    \
			assert_false(prefix##_parse(str_n(name, strlen(name) + 1), &v));           \
			assert_int_equal(v, i); /* untouched */                                    \
		}                                                                                  \
		for (unsigned i = 0; i < ARRAY_LEN(bad); i++)                                      \
			assert_false(prefix##_parse(str_of(bad[i]), &v));                          \
		assert_string_equal(prefix##_name((type)0), "");                                   \
		assert_string_equal(prefix##_name((type)(count)), "");                             \
		assert_string_equal(prefix##_name((type)-1), "");                                  \
	}

CHECK_WORDS(phase, enum phase, PHASE_COUNT)
CHECK_WORDS(episode_state, enum episode_state, EPISODE_COUNT)
CHECK_WORDS(role, enum role, ROLE_COUNT)
CHECK_WORDS(want, enum want, WANT_COUNT)
CHECK_WORDS(review, enum review, REVIEW_COUNT)
CHECK_WORDS(merge, enum merge, MERGE_COUNT)
CHECK_WORDS(event, enum event_kind, EVENT_COUNT)
CHECK_WORDS(ending, enum ending, ENDING_COUNT)

static void
test_state_case_tells_who_speaks_A_19(void **state)
{
	enum event_kind v;

	(void)state;
	assert_true(event_parse(STR("PASS"), &v));
	assert_int_equal(v, EVENT_PASS);
	assert_true(event_parse(STR("pass"), &v));
	assert_int_equal(v, EVENT_ACCEPT);
	assert_true(event_parse(STR("FAIL"), &v));
	assert_int_equal(v, EVENT_FAIL);
	assert_true(event_parse(STR("fail"), &v));
	assert_int_equal(v, EVENT_REJECT);
	assert_false(event_parse(STR("done"), &v));
	assert_false(event_parse(STR("Done"), &v));
	assert_false(event_parse(STR("CREATE"), &v));
	assert_true(event_parse(STR("merge"), &v)); /* a command */
	assert_int_equal(v, EVENT_LAND);
	assert_true(event_parse(STR("merged"), &v)); /* a fact */
	assert_int_equal(v, EVENT_MERGED);
}

/* Each event is of one class; which, is written out: facts are never to be had through the spool. */
static void
test_state_every_event_is_of_one_class_A_19_E_42(void **state)
{
	static const enum event_kind reports[] = { EVENT_DONE, EVENT_REVIEW, EVENT_QUESTION,
		EVENT_PASS, EVENT_FAIL, EVENT_NOTE };
	static const enum event_kind commands[] = { EVENT_CREATE, EVENT_PARK, EVENT_UNPARK,
		EVENT_EDIT, EVENT_ASSIGN, EVENT_RETRY, EVENT_CANCEL, EVENT_REOPEN, EVENT_ANSWER,
		EVENT_TELL, EVENT_ACCEPT, EVENT_REJECT, EVENT_LAND, EVENT_ADOPT, EVENT_AMEND,
		EVENT_PRUNE };
	unsigned classes[EVENT_COUNT] = { 0 };

	(void)state;
	for (unsigned i = 0; i < ARRAY_LEN(reports); i++)
		classes[reports[i]] = 1;
	for (unsigned i = 0; i < ARRAY_LEN(commands); i++)
		classes[commands[i]] = 2;
	for (unsigned i = 1; i < EVENT_COUNT; i++) {
		enum event_kind k = (enum event_kind)i;

		assert_int_equal(event_is_report(k), classes[i] == 1);
		assert_int_equal(event_is_command(k), classes[i] == 2);
		assert_int_equal(event_is_fact(k), classes[i] == 0);
		/* upper case: an agent's word */
		assert_int_equal(
		    event_name(k)[0] >= 'A' && event_name(k)[0] <= 'Z', classes[i] == 1);
	}
	assert_false(event_is_report(EVENT_UNSET) || event_is_command(EVENT_UNSET) ||
		     event_is_fact(EVENT_UNSET));
	assert_false(event_is_report(EVENT_COUNT) || event_is_command(EVENT_COUNT) ||
		     event_is_fact(EVENT_COUNT));
}

static void
test_state_final_phases(void **state)
{
	(void)state;
	for (unsigned p = 0; p <= PHASE_COUNT; p++)
		assert_int_equal(
		    phase_is_final((enum phase)p), p == PHASE_DONE || p == PHASE_CANCELLED);
}

/* What outcome.json says, and fsck expects it to say. */
static void
test_state_status_of_an_end(void **state)
{
	(void)state;
	assert_string_equal(ending_status(EPISODE_TERM, PHASE_ASKING, ENDING_DIED), "reported");
	assert_string_equal(ending_status(EPISODE_STOP, PHASE_WORKING, ENDING_DIED), "stopped");
	assert_string_equal(ending_status(EPISODE_RUN, PHASE_ASKING, ENDING_DIED), "asked");
	assert_string_equal(ending_status(EPISODE_RUN, PHASE_WORKING, ENDING_DIED), "died");
	assert_string_equal(
	    ending_status(EPISODE_OPEN, PHASE_STARTING, ENDING_DEADLINE), "never-started");
}

static void
test_state_signal_release_leaves_nothing(void **state)
{
	struct signal s;

	(void)state;
	memset(&s, 0, sizeof s);
	signal_release(&s); /* a zeroed one */
	s.event.kind = EVENT_CREATE;
	s.spec.title = xstrdup("a title");
	s.spec.text = xstrdup("a text");
	s.summary = xstrdup("a summary");
	s.body = xstrdup("a body");
	signal_release(&s);
	assert_null(s.spec.title);
	assert_null(s.spec.text);
	assert_null(s.summary);
	assert_null(s.body);
	assert_int_equal(s.event.kind, EVENT_UNSET);
	signal_release(&s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_state_phase_round_trip),
		cmocka_unit_test(test_state_episode_state_round_trip),
		cmocka_unit_test(test_state_role_round_trip),
		cmocka_unit_test(test_state_want_round_trip),
		cmocka_unit_test(test_state_review_round_trip),
		cmocka_unit_test(test_state_merge_round_trip),
		cmocka_unit_test(test_state_event_round_trip),
		cmocka_unit_test(test_state_ending_round_trip),
		cmocka_unit_test(test_state_case_tells_who_speaks_A_19),
		cmocka_unit_test(test_state_every_event_is_of_one_class_A_19_E_42),
		cmocka_unit_test(test_state_final_phases),
		cmocka_unit_test(test_state_status_of_an_end),
		cmocka_unit_test(test_state_signal_release_leaves_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
