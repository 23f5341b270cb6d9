/* SPDX-License-Identifier: GPL-2.0-only */
/* The rows of reports, merges and commands, one by one, each guard on both sides: T10 to T14, T20, T23,
 * T24, T33 to T36, T41, T47, T50 to T53, T65, T90 to T92. */
#include "test_core.h"

static void
check_forgiven(const struct ticket *t)
{
	assert_int_equal(t->deaths + t->start_failures + t->reboots + t->merge_tries, 0);
	assert_string_equal(t->cause, "");
}

static void
burden(struct ticket *t)
{
	t->deaths = t->start_failures = t->reboots = t->merge_tries = 1;
	(void)snprintf(t->cause, sizeof t->cause, "old");
}

static void
test_lifecycle_T10_done_is_pinned_and_delivered_B_1_B_6_C_8_A_21(void **state)
{
	static const enum phase phases[] = { PHASE_WORKING, PHASE_ASKING };

	(void)state;
	for (unsigned i = 0; i < ARRAY_LEN(phases); i++) {
		struct ticket t = test_ticket(phases[i], EPISODE_RUN);

		burden(&t);
		t.passed = test_oid(0xc0); /* of an older round */
		t = test_apply_kind(&t, EVENT_DONE, 10);
		test_stands(&t, PHASE_DELIVERED, EPISODE_TERM);
		assert_true(oid_eq(t.pinned, test_oid(0xc9)));
		assert_int_equal(t.pinned_by, 3);
		assert_false(oid_is_set(t.passed));
		assert_int_equal(t.question_rev, 0);
		check_forgiven(&t);
	}
}

static void
test_lifecycle_T11_without_review_done_is_passed_E_9_E_29(void **state)
{
	struct ticket t = test_ticket(PHASE_WORKING, EPISODE_RUN), u;

	(void)state;
	t.review = REVIEW_NONE;
	u = test_apply_kind(&t, EVENT_DONE, 11);
	test_stands(&u, PHASE_APPROVED, EPISODE_TERM);
	assert_true(oid_eq(u.passed, u.pinned));
	/* but who asks for a review gets one */
	u = test_apply_kind(&t, EVENT_REVIEW, 12);
	test_stands(&u, PHASE_DELIVERED, EPISODE_TERM);
	assert_false(oid_is_set(u.passed));
}

static void
test_lifecycle_T12_review_is_delivered_A_14(void **state)
{
	struct ticket t = test_ticket(PHASE_WORKING, EPISODE_RUN);

	(void)state;
	t = test_apply_kind(&t, EVENT_REVIEW, 12);
	test_stands(&t, PHASE_DELIVERED, EPISODE_TERM);
	assert_true(oid_eq(t.pinned, test_oid(0xc9)));
}

static void
test_lifecycle_T13_T24_questions_A_14_E_19(void **state)
{
	struct ticket t = test_ticket(PHASE_WORKING, EPISODE_RUN);
	struct event e = test_event(&t, EVENT_QUESTION);

	(void)state;
	e.has_text = false;
	test_refuse(&t, &e, REFUSAL_NEEDS_TEXT);
	e.has_text = true;
	t = test_apply(&t, &e, 13);
	test_stands(&t, PHASE_ASKING, EPISODE_RUN); /* it lives on */
	assert_int_equal(t.question_rev, t.rev);
	e.has_text = false;
	test_refuse(&t, &e, REFUSAL_NEEDS_TEXT);
	e.has_text = true;
	t = test_apply(&t, &e, 24);
	test_stands(&t, PHASE_ASKING, EPISODE_RUN);
	assert_int_equal(t.question_rev, t.rev);
	(void)test_apply_kind(&t, EVENT_DONE, 10);
}

static void
test_lifecycle_T14_a_note_decides_nothing_A_6_A_19_E_42(void **state)
{
	static const enum phase phases[] = { PHASE_WORKING, PHASE_ASKING };

	(void)state;
	for (unsigned i = 0; i < ARRAY_LEN(phases); i++) {
		struct ticket t = test_ticket(phases[i], EPISODE_RUN), u;
		struct event e = test_event(&t, EVENT_NOTE);

		burden(&t);
		u = test_apply(&t, &e, 14);
		u.rev = t.rev;
		u.updated_wall_ms = t.updated_wall_ms;
		assert_memory_equal(&u, &t, sizeof t);
		e.has_text = false;
		test_refuse(&t, &e, REFUSAL_NEEDS_TEXT);
	}
}

static void
test_lifecycle_T20_the_commit_is_looked_at_first_B_12_E_38(void **state)
{
	static const enum event_kind kinds[] = { EVENT_DONE, EVENT_REVIEW };
	struct ticket t = test_ticket(PHASE_WORKING, EPISODE_RUN);

	(void)state;
	for (unsigned i = 0; i < ARRAY_LEN(kinds); i++) {
		struct event e = test_event(&t, kinds[i]);

		e.artifact = ARTIFACT_UNKNOWN;
		test_nothing(&t, &e, VERDICT_NEEDS_ARTIFACT, REFUSAL_NONE);
		e.artifact = ARTIFACT_BAD;
		test_refuse(&t, &e, REFUSAL_BAD_ARTIFACT);
		e.artifact = ARTIFACT_GOOD;
		e.commit = (struct oid){ "" };
		test_refuse(&t, &e, REFUSAL_BAD_ARTIFACT);
	}
	(void)test_apply_kind(&t, EVENT_DONE, 10); /* after a refusal it may report again */
}

static void
test_lifecycle_T23_an_answer_resumes_B_8_E_30(void **state)
{
	struct ticket t = test_ticket(PHASE_ASKING, EPISODE_NONE);
	struct event e = test_event(&t, EVENT_ANSWER);

	(void)state;
	e.has_text = false;
	test_refuse(&t, &e, REFUSAL_NEEDS_TEXT);
	e.has_text = true;
	t = test_apply(&t, &e, 23);
	test_stands(&t, PHASE_READY, EPISODE_NONE);
	assert_int_equal(t.question_rev, 0);
	test_refuse(&t, &e, REFUSAL_ILLEGAL);       /* it is answered */
	t = test_ticket(PHASE_ASKING, EPISODE_RUN); /* who waits makes way */
	t = test_apply(&t, &e, 23);
	test_stands(&t, PHASE_READY, EPISODE_STOP);
	test_refuse_kind(&t, EVENT_START, REFUSAL_ILLEGAL);
	t = test_apply_kind(&t, EVENT_CLOSED, 31);
	(void)test_apply_kind(&t, EVENT_START, 1);
}

static void
test_lifecycle_T33_T34_park_and_back_E_2_E_7_E_10(void **state)
{
	static const enum phase phases[] = { PHASE_READY, PHASE_ASKING, PHASE_DELIVERED,
		PHASE_HUMAN_REVIEW, PHASE_APPROVED, PHASE_ATTENTION };

	(void)state;
	for (unsigned i = 0; i < ARRAY_LEN(phases); i++) {
		struct ticket t = test_ticket(phases[i], EPISODE_NONE);

		test_refuse_kind(&t, EVENT_UNPARK, REFUSAL_ILLEGAL); /* it is not parked */
		t = test_apply_kind(&t, EVENT_PARK, 34);
		test_stands(&t, PHASE_PARKED, EPISODE_NONE);
		assert_int_equal(t.resume, phases[i]);
		test_refuse_kind(&t, EVENT_START, REFUSAL_ILLEGAL);
		t = test_apply_kind(&t, EVENT_PARK, 34); /* twice is once */
		assert_int_equal(t.resume, phases[i]);
		t = test_apply_kind(&t, EVENT_UNPARK, 33);
		test_stands(&t, phases[i], EPISODE_NONE);
		assert_int_equal(t.resume, PHASE_UNBORN);
		assert_int_equal(t.want, WANT_RUN);
	}
}

/* Wanted again before it came to rest: it is stopped all the same, and then goes on. */
static void
test_lifecycle_T33_wanted_again_while_it_stops_E_6(void **state)
{
	struct ticket t = test_ticket(PHASE_WORKING, EPISODE_RUN);
	struct event done = test_event(&t, EVENT_DONE);

	(void)state;
	t = test_apply_kind(&t, EVENT_PARK, 34);
	test_stands(&t, PHASE_WORKING, EPISODE_STOP);
	test_refuse(&t, &done, REFUSAL_SUPERSEDED);
	t = test_apply_kind(&t, EVENT_UNPARK, 33);
	test_stands(&t, PHASE_WORKING, EPISODE_STOP);
	t = test_apply_kind(&t, EVENT_CLOSED, 31);
	test_stands(&t, PHASE_READY, EPISODE_NONE);
	t = test_ticket(PHASE_WORKING, EPISODE_RUN);
	t = test_apply_kind(&t, EVENT_CANCEL, 91); /* a cancelled one is not to be unparked */
	test_refuse_kind(&t, EVENT_UNPARK, REFUSAL_ILLEGAL);
}

static void
test_lifecycle_T35_create_parked_or_ready_E_1_E_3(void **state)
{
	struct ticket none = test_ticket(PHASE_UNBORN, EPISODE_NONE), t;
	struct event e = test_event(&none, EVENT_CREATE);

	(void)state;
	t = test_apply(&none, &e, 35);
	test_stands(&t, PHASE_READY, EPISODE_NONE);
	assert_int_equal(t.id.n, 12);
	assert_int_equal(t.rev, 1);
	assert_int_equal(t.generation, 1);
	assert_int_equal(t.want, WANT_RUN);
	assert_int_equal(t.review, REVIEW_HUMAN);
	assert_int_equal(t.merge, MERGE_AUTO);
	assert_int_equal(t.created_wall_ms, TEST_WALL_MS);
	e.want = WANT_PARK;
	e.review = REVIEW_NONE;
	e.merge_policy = MERGE_MANUAL;
	e.priority = 7;
	e.not_before_wall_ms = TEST_WALL_MS + 5999;
	t = test_apply(&none, &e, 35);
	test_stands(&t, PHASE_PARKED, EPISODE_NONE);
	assert_int_equal(t.resume, PHASE_READY);
	assert_int_equal(t.want, WANT_PARK);
	assert_int_equal(t.review, REVIEW_NONE);
	assert_int_equal(t.merge, MERGE_MANUAL);
	assert_int_equal(t.priority, 7);
	assert_int_equal(t.not_before_wall_ms, TEST_WALL_MS + 5000);
	test_refuse(&t, &e, REFUSAL_ILLEGAL); /* the id is used */
}

static void
test_lifecycle_T36_edit_leaves_the_phase_A_3_E_2(void **state)
{
	struct ticket t = test_ticket(PHASE_PARKED, EPISODE_NONE);
	struct event e = test_event(&t, EVENT_EDIT);

	(void)state;
	e.has_spec = false;
	e.review = REVIEW_NONE;
	e.merge_policy = MERGE_NONE;
	e.has_priority = true;
	e.priority = 0;
	t = test_apply(&t, &e, 36);
	test_stands(&t, PHASE_PARKED, EPISODE_NONE);
	assert_int_equal(t.want, WANT_PARK);
	assert_int_equal(t.review, REVIEW_NONE);
	assert_int_equal(t.merge, MERGE_NONE);
	assert_int_equal(t.priority, 0);
	assert_int_equal(t.generation, 2); /* the task is the same */
	e.has_priority = false;
	e.priority = 9;
	e.has_not_before = true;
	e.not_before_wall_ms = TEST_WALL_MS + 1;
	t = test_apply(&t, &e, 36);
	assert_int_equal(t.priority, 0);
	assert_int_equal(t.not_before_wall_ms, TEST_WALL_MS);
}

static void
test_lifecycle_T36_another_task_voids_the_worker_A_1_A_2_A_12(void **state)
{
	struct ticket t = test_ticket(PHASE_WORKING, EPISODE_RUN);
	struct event done = test_event(&t, EVENT_DONE);
	struct event edit = test_event(&t, EVENT_EDIT);

	(void)state;
	edit.has_spec = false;
	t = test_apply(&t, &edit, 36);
	test_stands(&t, PHASE_WORKING, EPISODE_RUN); /* a priority disturbs nobody */
	edit.has_spec = true;
	t = test_apply(&t, &edit, 36);
	test_stands(&t, PHASE_WORKING, EPISODE_STOP);
	assert_int_equal(t.generation, 3);
	test_refuse(&t, &done, REFUSAL_SUPERSEDED);
}

/* The question was about the older task, asked aloud or put away. */
static void
test_lifecycle_T36_another_task_drops_the_question_A_5_A_12(void **state)
{
	struct ticket t = test_ticket(PHASE_ASKING, EPISODE_NONE);

	(void)state;
	t = test_apply_kind(&t, EVENT_EDIT, 36);
	test_stands(&t, PHASE_READY, EPISODE_NONE);
	assert_int_equal(t.question_rev, 0);
	t = test_ticket(PHASE_ASKING, EPISODE_NONE);
	t = test_apply_kind(&t, EVENT_PARK, 34);
	t = test_apply_kind(&t, EVENT_EDIT, 36);
	t = test_apply_kind(&t, EVENT_UNPARK, 33);
	test_stands(&t, PHASE_READY, EPISODE_NONE);
	assert_int_equal(t.question_rev, 0);
}

static void
test_lifecycle_T36_task_and_want_in_one_command_A_3_E_2(void **state)
{
	struct ticket t = test_ticket(PHASE_PARKED, EPISODE_NONE);
	struct event e = test_event(&t, EVENT_EDIT);

	(void)state;
	e.want = WANT_RUN;
	t = test_apply(&t, &e, 36);
	test_stands(&t, PHASE_READY, EPISODE_NONE);
	assert_int_equal(t.want, WANT_RUN);
	assert_int_equal(t.resume, PHASE_UNBORN);
	t = test_apply(&t, &e, 36); /* wanted already */
	test_stands(&t, PHASE_READY, EPISODE_NONE);
	e.want = WANT_PARK;
	t = test_apply(&t, &e, 36);
	test_stands(&t, PHASE_PARKED, EPISODE_NONE);
	t = test_ticket(PHASE_WORKING, EPISODE_RUN);
	e.has_spec = false;
	t = test_apply(&t, &e, 36);
	test_stands(&t, PHASE_WORKING, EPISODE_STOP);
	t = test_apply_kind(&t, EVENT_CANCEL, 91);
	e.want = WANT_RUN;
	test_refuse(&t, &e, REFUSAL_ILLEGAL); /* as unpark */
}

static void
test_lifecycle_T41_waits_for_a_person_D_14_D_19(void **state)
{
	struct ticket t = test_ticket(PHASE_DELIVERED, EPISODE_TERM), u;

	(void)state;
	u = test_apply_kind(&t, EVENT_ROUTE, 41);
	test_stands(&u, PHASE_HUMAN_REVIEW, EPISODE_TERM);
	t.review = REVIEW_AGENT;
	test_refuse_kind(&t, EVENT_ROUTE, REFUSAL_ILLEGAL);
}

static const enum phase judged[] = { PHASE_DELIVERED, PHASE_HUMAN_REVIEW, PHASE_ATTENTION };

static void
test_lifecycle_T47_pass_is_about_the_pinned_commit_A_16_C_14_D_13(void **state)
{
	(void)state;
	for (unsigned i = 0; i < ARRAY_LEN(judged); i++) {
		struct ticket t = test_ticket(judged[i], EPISODE_NONE), u;
		struct event e = test_event(&t, EVENT_ACCEPT);

		burden(&t);
		e.commit = test_oid(0xc8);
		test_refuse(&t, &e, REFUSAL_WRONG_COMMIT);
		e.commit = (struct oid){ "" }; /* whatever is pinned */
		u = test_apply(&t, &e, 47);
		e.commit = t.pinned;
		u = test_apply(&t, &e, 47);
		test_stands(&u, PHASE_APPROVED, EPISODE_NONE);
		assert_true(oid_eq(u.passed, t.pinned));
		check_forgiven(&u);
		t.pinned = (struct oid){ "" };
		test_refuse(&t, &e, REFUSAL_ILLEGAL);
		t = test_ticket(judged[i], EPISODE_NONE);
		t.merge = MERGE_NONE;
		u = test_apply(&t, &e, 47);
		test_stands(&u, PHASE_DONE, EPISODE_NONE);
	}
}

static void
test_lifecycle_T47_fail_goes_back_with_words_D_30_D_89(void **state)
{
	(void)state;
	for (unsigned i = 0; i < ARRAY_LEN(judged); i++) {
		struct ticket t = test_ticket(judged[i], EPISODE_NONE), u;
		struct event e = test_event(&t, EVENT_REJECT);

		burden(&t);
		t.passed = t.pinned;
		e.has_text = false;
		test_refuse(&t, &e, REFUSAL_NEEDS_TEXT);
		e.has_text = true;
		e.commit = test_oid(0xc8);
		test_refuse(&t, &e, REFUSAL_WRONG_COMMIT);
		e.commit = t.pinned;
		u = test_apply(&t, &e, 47);
		test_stands(&u, PHASE_READY, EPISODE_NONE);
		assert_false(oid_is_set(u.passed));
		assert_int_equal(u.cycles, 1);
		check_forgiven(&u);
	}
}

static void
test_lifecycle_T50_only_what_was_passed_lands_E_9_X_29(void **state)
{
	struct ticket good = test_ticket(PHASE_APPROVED, EPISODE_NONE), t;
	struct event e = test_event(&good, EVENT_INTENT);

	(void)state;
	good.env_failures = 2;
	good.backoff_boot_ms = 1;
	good.backoff_boot = test_boot(TEST_BOOT);
	t = test_apply(&good, &e, 50);
	test_stands(&t, PHASE_MERGING, EPISODE_NONE);
	assert_true(oid_eq(t.merge_from, e.from));
	assert_true(oid_eq(t.merge_commit, e.merge));
	assert_int_equal(t.env_failures, 0);
	assert_int_equal(t.backoff_boot_ms, 0);
	t = good;
	t.passed = test_oid(0xc8); /* the pin moved after the verdict */
	test_refuse(&t, &e, REFUSAL_ILLEGAL);
	t.passed = (struct oid){ "" };
	test_refuse(&t, &e, REFUSAL_ILLEGAL);
	t.pinned = (struct oid){ "" };
	test_refuse(&t, &e, REFUSAL_ILLEGAL);
	t = good;
	t.want = WANT_PARK;
	test_refuse(&t, &e, REFUSAL_ILLEGAL);
	t = test_ticket(PHASE_APPROVED, EPISODE_TERM);
	test_refuse(&t, &e, REFUSAL_ILLEGAL);
	e.merge = (struct oid){ "" };
	test_refuse(&good, &e, REFUSAL_ILLEGAL);
	e = test_event(&good, EVENT_INTENT);
	e.from = (struct oid){ "" };
	test_refuse(&good, &e, REFUSAL_ILLEGAL);
}

static void
test_lifecycle_T50_held_by_local_changes_X_36(void **state)
{
	static const enum phase phases[] = { PHASE_APPROVED, PHASE_MERGING };

	(void)state;
	for (unsigned i = 0; i < ARRAY_LEN(phases); i++) {
		struct ticket t = test_ticket(phases[i], EPISODE_NONE);

		t.env_failures = 2; /* it could be looked at: the environment is well */
		t = test_apply_kind(&t, EVENT_HELD, 50);
		test_stands(&t, PHASE_APPROVED, EPISODE_NONE);
		assert_string_equal(t.cause, "because");
		assert_true(oid_is_set(t.passed));
		assert_false(oid_is_set(t.merge_commit));
		assert_int_equal(t.env_failures, 0);
		t.merge = MERGE_MANUAL;
		t = test_apply_kind(&t, EVENT_LAND, 50);
		assert_int_equal(t.merge, MERGE_AUTO);
		assert_string_equal(t.cause, ""); /* it is tried again: no old reason */
	}
}

static void
test_lifecycle_T51_merged_is_done_D_66(void **state)
{
	struct ticket t = test_ticket(PHASE_MERGING, EPISODE_NONE);

	(void)state;
	t = test_apply_kind(&t, EVENT_MERGED, 51);
	test_stands(&t, PHASE_DONE, EPISODE_NONE);
	assert_true(oid_is_set(t.merge_commit)); /* what landed stays known */
}

static void
test_lifecycle_T52_the_target_moved_X_28(void **state)
{
	struct ticket t = test_ticket(PHASE_APPROVED, EPISODE_NONE);

	(void)state;
	for (uint32_t n = 1; n <= TICKET_MERGE_TRIES_MAX; n++) {
		t = test_apply_kind(&t, EVENT_INTENT, 50);
		t = test_apply_kind(&t, EVENT_MOVED, 52);
		assert_int_equal(t.merge_tries, n);
		assert_false(oid_is_set(t.merge_commit));
		assert_true(oid_is_set(t.passed)); /* the verdict stays */
		if (n == TICKET_MERGE_TRIES_MAX)
			break;
		test_stands(&t, PHASE_APPROVED, EPISODE_NONE);
		assert_string_equal(t.cause, ""); /* nobody has to do anything */
	}
	test_stands(&t, PHASE_ATTENTION, EPISODE_NONE);
	assert_string_equal(t.cause, "because");
}

static void
test_lifecycle_T53_a_conflict_goes_back_then_asks_X_36_E_24(void **state)
{
	struct ticket t = test_ticket(PHASE_APPROVED, EPISODE_NONE), u;

	(void)state;
	t.cycles = TICKET_CYCLES_MAX - 2;
	u = test_apply_kind(&t, EVENT_CONFLICT, 53);
	test_stands(&u, PHASE_READY, EPISODE_NONE);
	assert_int_equal(u.cycles, TICKET_CYCLES_MAX - 1);
	assert_false(oid_is_set(u.passed));
	assert_string_equal(u.cause, "because");
	t.cycles = TICKET_CYCLES_MAX - 1;
	u = test_apply_kind(&t, EVENT_CONFLICT, 53);
	test_stands(&u, PHASE_ATTENTION, EPISODE_NONE);
	assert_false(oid_is_set(u.passed));
}

static void
test_lifecycle_T65_roles_and_kinds_A_19_E_9(void **state)
{
	struct ticket t = test_ticket(PHASE_WORKING, EPISODE_RUN);

	(void)state;
	test_refuse_kind(&t, EVENT_PASS, REFUSAL_WRONG_ROLE); /* no author judges itself */
	test_refuse_kind(&t, EVENT_FAIL, REFUSAL_WRONG_ROLE);
	test_refuse_kind(&t, EVENT_ACCEPT, REFUSAL_ILLEGAL);
	t = test_ticket(PHASE_ASKING, EPISODE_RUN);
	test_refuse_kind(&t, EVENT_PASS, REFUSAL_WRONG_ROLE);
	t = test_ticket(PHASE_REVIEWING, EPISODE_RUN);
	test_refuse_kind(&t, EVENT_DONE, REFUSAL_WRONG_ROLE);
	test_refuse_kind(&t, EVENT_REVIEW, REFUSAL_WRONG_ROLE);
	t = test_ticket(PHASE_ASKING, EPISODE_RUN);
	t.episode.role = ROLE_REVIEWER;
	test_refuse_kind(&t, EVENT_DONE, REFUSAL_WRONG_ROLE);
}

static void
test_lifecycle_T90_retry_goes_on_from_where_it_was_E_24_D_9(void **state)
{
	struct ticket t = test_ticket(PHASE_ATTENTION, EPISODE_NONE), u;

	(void)state;
	burden(&t);
	t.cycles = t.env_failures = 3;
	t.backoff_boot_ms = 1;
	t.backoff_boot = test_boot(TEST_BOOT);
	u = test_apply_kind(&t, EVENT_RETRY, 90);
	test_stands(&u, PHASE_DELIVERED, EPISODE_NONE); /* the last episode had reported */
	check_forgiven(&u);
	assert_int_equal(u.cycles + u.env_failures, 0);
	assert_int_equal(u.backoff_boot_ms, 0);
	assert_string_equal(u.backoff_boot.s, "");
	t.pinned_by = 0; /* it was sent back, or another author has begun */
	u = test_apply_kind(&t, EVENT_RETRY, 90);
	test_stands(&u, PHASE_READY, EPISODE_NONE);
	t.pinned_by = 3;
	t.pinned = (struct oid){ "" };
	u = test_apply_kind(&t, EVENT_RETRY, 90);
	test_stands(&u, PHASE_READY, EPISODE_NONE);
	t = test_ticket(PHASE_READY, EPISODE_NONE); /* now, not at the end of its wait */
	t.backoff_boot_ms = 1;
	t.backoff_boot = test_boot(TEST_BOOT);
	u = test_apply_kind(&t, EVENT_RETRY, 90);
	test_stands(&u, PHASE_READY, EPISODE_NONE);
	assert_int_equal(u.backoff_boot_ms, 0);
}

static void
test_lifecycle_T91_cancel_ends_it_once_nothing_runs_E_4(void **state)
{
	struct ticket t = test_ticket(PHASE_WORKING, EPISODE_RUN);

	(void)state;
	t = test_apply_kind(&t, EVENT_CANCEL, 91);
	test_stands(&t, PHASE_WORKING, EPISODE_STOP);
	t = test_apply_kind(&t, EVENT_CLOSED, 31);
	test_stands(&t, PHASE_CANCELLED, EPISODE_NONE);
	t = test_ticket(PHASE_PARKED, EPISODE_NONE);
	t = test_apply_kind(&t, EVENT_CANCEL, 91);
	test_stands(&t, PHASE_CANCELLED, EPISODE_NONE);
	assert_int_equal(t.resume, PHASE_UNBORN);
	t = test_ticket(PHASE_MERGING, EPISODE_NONE);
	test_refuse_kind(&t, EVENT_CANCEL, REFUSAL_ILLEGAL);
}

static void
test_lifecycle_T92_only_a_person_reopens_C_2_D_21(void **state)
{
	static const enum phase phases[] = { PHASE_DONE, PHASE_CANCELLED };

	(void)state;
	for (unsigned i = 0; i < ARRAY_LEN(phases); i++) {
		struct ticket t = test_ticket(phases[i], EPISODE_NONE), u;
		struct event e = test_event(&t, EVENT_REOPEN);

		t.cycles = 3;
		t.deaths = 2;
		(void)snprintf(e.actor, sizeof e.actor, "reeve");
		test_refuse(&t, &e, REFUSAL_ILLEGAL);
		(void)snprintf(e.actor, sizeof e.actor, "agent:x");
		test_refuse(&t, &e, REFUSAL_ILLEGAL);
		(void)snprintf(e.actor, sizeof e.actor, "person:ann");
		e.has_text = false;
		test_refuse(&t, &e, REFUSAL_NEEDS_TEXT);
		e.has_text = true;
		u = test_apply(&t, &e, 92);
		test_stands(&u, PHASE_READY, EPISODE_NONE);
		assert_int_equal(u.generation, 3);
		assert_int_equal(u.want, WANT_RUN);
		assert_int_equal(u.cycles + u.deaths, 0);
		assert_false(
		    oid_is_set(u.passed) || oid_is_set(u.merge_from) || oid_is_set(u.merge_commit));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lifecycle_T10_done_is_pinned_and_delivered_B_1_B_6_C_8_A_21),
		cmocka_unit_test(test_lifecycle_T11_without_review_done_is_passed_E_9_E_29),
		cmocka_unit_test(test_lifecycle_T12_review_is_delivered_A_14),
		cmocka_unit_test(test_lifecycle_T13_T24_questions_A_14_E_19),
		cmocka_unit_test(test_lifecycle_T14_a_note_decides_nothing_A_6_A_19_E_42),
		cmocka_unit_test(test_lifecycle_T20_the_commit_is_looked_at_first_B_12_E_38),
		cmocka_unit_test(test_lifecycle_T23_an_answer_resumes_B_8_E_30),
		cmocka_unit_test(test_lifecycle_T33_T34_park_and_back_E_2_E_7_E_10),
		cmocka_unit_test(test_lifecycle_T33_wanted_again_while_it_stops_E_6),
		cmocka_unit_test(test_lifecycle_T35_create_parked_or_ready_E_1_E_3),
		cmocka_unit_test(test_lifecycle_T36_edit_leaves_the_phase_A_3_E_2),
		cmocka_unit_test(test_lifecycle_T36_another_task_voids_the_worker_A_1_A_2_A_12),
		cmocka_unit_test(test_lifecycle_T36_another_task_drops_the_question_A_5_A_12),
		cmocka_unit_test(test_lifecycle_T36_task_and_want_in_one_command_A_3_E_2),
		cmocka_unit_test(test_lifecycle_T41_waits_for_a_person_D_14_D_19),
		cmocka_unit_test(test_lifecycle_T47_pass_is_about_the_pinned_commit_A_16_C_14_D_13),
		cmocka_unit_test(test_lifecycle_T47_fail_goes_back_with_words_D_30_D_89),
		cmocka_unit_test(test_lifecycle_T50_only_what_was_passed_lands_E_9_X_29),
		cmocka_unit_test(test_lifecycle_T50_held_by_local_changes_X_36),
		cmocka_unit_test(test_lifecycle_T51_merged_is_done_D_66),
		cmocka_unit_test(test_lifecycle_T52_the_target_moved_X_28),
		cmocka_unit_test(test_lifecycle_T53_a_conflict_goes_back_then_asks_X_36_E_24),
		cmocka_unit_test(test_lifecycle_T65_roles_and_kinds_A_19_E_9),
		cmocka_unit_test(test_lifecycle_T90_retry_goes_on_from_where_it_was_E_24_D_9),
		cmocka_unit_test(test_lifecycle_T91_cancel_ends_it_once_nothing_runs_E_4),
		cmocka_unit_test(test_lifecycle_T92_only_a_person_reopens_C_2_D_21),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
