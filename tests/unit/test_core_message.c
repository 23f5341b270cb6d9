/* SPDX-License-Identifier: GPL-2.0-only */
/* Which revisions are messages: every event from every phase to every phase, counted against what is said here. */
#include "test_core.h"

#include "core/message.h"

static enum message_kind
say(enum event_kind kind, enum phase from, enum phase to)
{
	struct ticket t = { .phase = to, .merge = MERGE_AUTO };

	return message_of(kind, from, &t);
}

static void
test_message_whoever_needs_somebody_or_is_over_B_7(void **state)
{
	(void)state;
	assert_int_equal(say(EVENT_QUESTION, PHASE_WORKING, PHASE_ASKING), MESSAGE_QUESTION);
	assert_int_equal(say(EVENT_QUESTION, PHASE_ASKING, PHASE_ASKING), MESSAGE_QUESTION);
	assert_int_equal(say(EVENT_ROUTE, PHASE_DELIVERED, PHASE_HUMAN_REVIEW), MESSAGE_REVIEW);
	assert_int_equal(say(EVENT_CLOSED, PHASE_WORKING, PHASE_ATTENTION), MESSAGE_ATTENTION);
	assert_int_equal(say(EVENT_MERGED, PHASE_MERGING, PHASE_DONE), MESSAGE_DONE);
	assert_int_equal(say(EVENT_CANCEL, PHASE_READY, PHASE_CANCELLED), MESSAGE_CANCELLED);
	assert_int_equal(say(EVENT_CLOSED, PHASE_WORKING, PHASE_CANCELLED), MESSAGE_CANCELLED);
	assert_int_equal(say(EVENT_HELD, PHASE_MERGING, PHASE_APPROVED), MESSAGE_HELD);
	assert_int_equal(say(EVENT_HELD, PHASE_APPROVED, PHASE_APPROVED), MESSAGE_HELD);
	assert_int_equal(say(EVENT_HELD, PHASE_APPROVED, PHASE_CANCELLED), MESSAGE_CANCELLED);
	assert_int_equal(say(EVENT_REMIND, PHASE_WORKING, PHASE_WORKING), MESSAGE_REMINDER);
	assert_int_equal(say(EVENT_REMIND, PHASE_ASKING, PHASE_ASKING), MESSAGE_REMINDER);
	assert_int_equal(say(EVENT_UNPARK, PHASE_PARKED, PHASE_ASKING), MESSAGE_QUESTION);
}

/* What moves by itself, or was done by whoever would read it, is none. */
static void
test_message_what_moves_by_itself_is_none(void **state)
{
	(void)state;
	assert_int_equal(say(EVENT_CREATE, PHASE_UNBORN, PHASE_READY), MESSAGE_NONE);
	assert_int_equal(say(EVENT_DONE, PHASE_WORKING, PHASE_DELIVERED), MESSAGE_NONE);
	assert_int_equal(say(EVENT_NOTE, PHASE_ASKING, PHASE_ASKING), MESSAGE_NONE);
	assert_int_equal(say(EVENT_PRUNED, PHASE_DONE, PHASE_DONE), MESSAGE_NONE);
	assert_int_equal(say(EVENT_ACCEPT, PHASE_HUMAN_REVIEW, PHASE_APPROVED), MESSAGE_NONE);
	assert_int_equal(say(EVENT_PARK, PHASE_ASKING, PHASE_PARKED), MESSAGE_NONE);
	for (unsigned k = 1; k < EVENT_COUNT; k++)
		for (unsigned p = 1; p < PHASE_COUNT; p++) {
			enum message_kind m = say(k, p, p);
			bool is_named = k == EVENT_QUESTION || k == EVENT_REMIND || k == EVENT_HELD;

			assert_true(m == MESSAGE_NONE || is_named);
			assert_true(m < MESSAGE_TOLD); /* those are a worker's */
		}
}

static void
test_message_merge_by_hand_and_a_hook_that_was_given_up(void **state)
{
	struct ticket t = { .phase = PHASE_APPROVED, .merge = MERGE_MANUAL };

	(void)state;
	assert_int_equal(message_of(EVENT_ACCEPT, PHASE_HUMAN_REVIEW, &t), MESSAGE_APPROVED);
	t = (struct ticket){ .phase = PHASE_DONE, .hook = HOOK_OWED };
	assert_int_equal(message_of(EVENT_HOOK_FAILED, PHASE_DONE, &t), MESSAGE_NONE);
	t.hook = HOOK_FAILED;
	assert_int_equal(message_of(EVENT_HOOK_FAILED, PHASE_DONE, &t), MESSAGE_HOOK);
}

/* What is told while nobody works is in the next brief, and so is an answer. */
static void
test_message_to_a_worker_is_a_tell_that_found_it_at_work_E_11(void **state)
{
	struct ticket t = { .phase = PHASE_WORKING };

	(void)state;
	for (unsigned s = 0; s < EPISODE_COUNT; s++) {
		bool is_at_work = s == EPISODE_OPEN || s == EPISODE_RUN;

		t.episode.state = s;
		assert_int_equal(
		    message_of_worker(EVENT_TELL, &t), is_at_work ? MESSAGE_TOLD : MESSAGE_NONE);
		assert_int_equal(message_of_worker(EVENT_ANSWER, &t), MESSAGE_NONE);
		assert_int_equal(message_of_worker(EVENT_NOTE, &t), MESSAGE_NONE);
	}
}

/* What they say is constant, but for the number. */
static void
test_message_words_are_constant_X_8_X_9(void **state)
{
	(void)state;
	for (unsigned v = 1; v < MESSAGE_COUNT; v++) {
		_cleanup_(buf_release) struct buf next = BUF_INIT;
		enum message_kind back = MESSAGE_NONE;

		assert_true(message_parse(str_of(message_name(v)), &back) && back == v);
		assert_true(message_text(v)[0] != '\0');
		message_next(v, (struct ticket_id){ 12 }, &next);
		assert_true(next.len == 0 || strstr(next.p, "12"));
		assert_true(next.len == 0 || !strpbrk(next.p, "%#$<>&\"\\"));
	}
	assert_string_equal(message_name(MESSAGE_NONE), "");
	assert_string_equal(message_text(MESSAGE_COUNT), "");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_message_whoever_needs_somebody_or_is_over_B_7),
		cmocka_unit_test(test_message_what_moves_by_itself_is_none),
		cmocka_unit_test(test_message_merge_by_hand_and_a_hook_that_was_given_up),
		cmocka_unit_test(test_message_to_a_worker_is_a_tell_that_found_it_at_work_E_11),
		cmocka_unit_test(test_message_words_are_constant_X_8_X_9),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
