/* SPDX-License-Identifier: GPL-2.0-only */
/* The rows of the life of an episode, one by one, each guard on both sides: T01 to T05, T15 to T17, T22,
 * T30, T31, T70, T71, T80. */
#include "test_core.h"

static const enum episode_state still_ending[] = { EPISODE_TERM, EPISODE_STOP };

static struct event
closed_by(const struct ticket *t, enum ending ending)
{
	struct event e = test_event(t, EVENT_CLOSED);

	e.ending = ending;
	return e;
}

static struct event
not_started_by(const struct ticket *t, enum ending ending)
{
	struct event e = test_event(t, EVENT_NEVER_STARTED);

	e.ending = ending;
	return e;
}

static void
check_wait(const struct ticket *t, int64_t ms)
{
	assert_int_equal(t->backoff_boot_ms, ms > 0 ? TEST_BOOT_MS + ms : 0);
	assert_string_equal(t->backoff_boot.s, ms > 0 ? TEST_BOOT : "");
}

static void
test_lifecycle_T01_opens_one_fresh_episode_D_36_D_65_D_72(void **state)
{
	struct ticket t = test_ticket(PHASE_READY, EPISODE_NONE);
	struct event e = test_event(&t, EVENT_START);

	(void)state;
	t.question_rev = 7;
	t.episode.review = test_oid(5);
	t.backoff_boot_ms = TEST_BOOT_MS;
	t.backoff_boot = test_boot(TEST_BOOT);
	t = test_apply(&t, &e, 1);
	test_stands(&t, PHASE_STARTING, EPISODE_OPEN);
	assert_int_equal(t.episode.n, 4);
	assert_int_equal(t.episode.role, ROLE_AUTHOR);
	assert_int_equal(t.episode.generation, 2);
	assert_true(digest_eq(&t.episode.nonce, &e.fresh));
	assert_true(oid_eq(t.episode.base, e.base));
	assert_false(oid_is_set(t.episode.review));
	assert_string_equal(t.episode.boot.s, TEST_BOOT);
	assert_int_equal(t.question_rev, 0);
	check_wait(&t, 0);
}

static void
test_lifecycle_T01_waits_for_the_older_worker_D_80_D_82(void **state)
{
	(void)state;
	for (unsigned i = 0; i < ARRAY_LEN(still_ending); i++) {
		struct ticket t = test_ticket(PHASE_READY, still_ending[i]);

		test_refuse_kind(&t, EVENT_START, REFUSAL_ILLEGAL);
		t = test_apply_kind(&t, EVENT_CLOSED, still_ending[i] == EPISODE_TERM ? 70 : 31);
		(void)test_apply_kind(&t, EVENT_START, 1);
	}
}

static void
test_lifecycle_T01_twice_is_refused_D_12_D_81(void **state)
{
	struct ticket t = test_ticket(PHASE_READY, EPISODE_NONE);

	(void)state;
	t = test_apply_kind(&t, EVENT_START, 1);
	test_refuse_kind(&t, EVENT_START, REFUSAL_ILLEGAL);
	t = test_apply_kind(&t, EVENT_CLAIMED, 2);
	test_refuse_kind(&t, EVENT_START, REFUSAL_ILLEGAL);
}

static void
test_lifecycle_T01_needs_want_and_a_nonce_E_1_E_7(void **state)
{
	struct ticket t = test_ticket(PHASE_READY, EPISODE_NONE);
	struct event e = test_event(&t, EVENT_START);

	(void)state;
	t.want = WANT_PARK;
	test_refuse(&t, &e, REFUSAL_ILLEGAL);
	t.want = WANT_CANCEL;
	test_refuse(&t, &e, REFUSAL_ILLEGAL);
	t.want = WANT_RUN;
	memset(&e.fresh, 0, sizeof e.fresh);
	test_refuse(&t, &e, REFUSAL_ILLEGAL);
	e.fresh = test_digest(4);
	(void)test_apply(&t, &e, 1);
}

static void
test_lifecycle_T02_the_claim_makes_it_working_D_31_D_90(void **state)
{
	struct ticket t = test_ticket(PHASE_STARTING, EPISODE_OPEN);

	(void)state;
	t.env_failures = 4;
	t.start_failures = 2;
	(void)snprintf(t.cause, sizeof t.cause, "no tmux");
	t = test_apply_kind(&t, EVENT_CLAIMED, 2);
	test_stands(&t, PHASE_WORKING, EPISODE_RUN);
	assert_int_equal(
	    t.env_failures, 4); /* whether the agent can be executed is not known yet */
	assert_int_equal(t.start_failures, 2); /* a start is not a success */
	assert_string_equal(t.cause, "");
	test_refuse_kind(&t, EVENT_CLAIMED, REFUSAL_ILLEGAL);
	t = test_ticket(PHASE_STARTING, EPISODE_STOP); /* too late: it is being stopped */
	test_refuse_kind(&t, EVENT_CLAIMED, REFUSAL_ILLEGAL);
}

static void
test_lifecycle_T02_report_is_faster_than_the_claim_E_12(void **state)
{
	struct ticket t = test_ticket(PHASE_STARTING, EPISODE_OPEN);
	struct event e = test_event(&t, EVENT_DONE);

	(void)state;
	test_nothing(&t, &e, VERDICT_NEEDS_CLAIM, REFUSAL_NONE);
	t = test_apply_kind(&t, EVENT_CLAIMED, 2);
	t = test_apply(&t, &e, 10);
	test_stands(&t, PHASE_DELIVERED, EPISODE_TERM);
}

static void
test_lifecycle_T03_start_failures_wait_longer_then_ask_D_56_D_76_E_24(void **state)
{
	static const enum ending endings[] = { ENDING_DEADLINE, ENDING_NOT_STARTED };
	struct ticket t;

	(void)state;
	for (unsigned i = 0; i < ARRAY_LEN(endings); i++) {
		t = test_ticket(PHASE_READY, EPISODE_NONE);
		for (uint32_t n = 1; n <= TICKET_STARTS_MAX; n++) {
			struct event e;

			t = test_apply_kind(&t, EVENT_START, 1);
			e = not_started_by(&t, endings[i]);
			t = test_apply(&t, &e, 3);
			assert_int_equal(t.start_failures, n);
			assert_int_equal(t.deaths, 0);
			assert_string_equal(t.cause, "because");
			if (n == TICKET_STARTS_MAX)
				break;
			test_stands(&t, PHASE_READY, EPISODE_NONE);
			check_wait(&t, INT64_C(5000) << (n - 1));
		}
		test_stands(&t, PHASE_ATTENTION, EPISODE_NONE);
	}
}

/* The launcher was there and ended before the agent was. */
static void
test_lifecycle_T03_claimed_but_never_executed_D_18(void **state)
{
	struct ticket t = test_ticket(PHASE_WORKING, EPISODE_RUN);
	struct event e = closed_by(&t, ENDING_NOT_STARTED);

	(void)state;
	t = test_apply(&t, &e, 3);
	test_stands(&t, PHASE_READY, EPISODE_NONE);
	assert_int_equal(t.start_failures, 1);
	assert_int_equal(t.deaths, 0);
}

static void
test_lifecycle_T04_an_abandoned_start_costs_nothing_D_7_X_34(void **state)
{
	struct ticket t = test_ticket(PHASE_STARTING, EPISODE_OPEN);
	struct event e = not_started_by(&t, ENDING_ABANDONED);

	(void)state;
	t = test_apply(&t, &e, 4);
	test_stands(&t, PHASE_READY, EPISODE_NONE);
	assert_int_equal(t.start_failures + t.deaths + t.reboots + t.env_failures, 0);
	check_wait(&t, 0);
}

static void
test_lifecycle_T05_the_environment_costs_no_budget_D_3_D_27_D_41(void **state)
{
	static const int64_t waits[] = { 10000, 20000, 40000, 80000, 160000, 320000, 600000,
		600000 };
	static const enum phase phases[] = { PHASE_READY, PHASE_APPROVED, PHASE_MERGING };
	struct ticket t;

	(void)state;
	for (unsigned p = 0; p < ARRAY_LEN(phases); p++) {
		t = test_ticket(phases[p], EPISODE_NONE);
		for (unsigned i = 0; i < ARRAY_LEN(waits); i++) {
			t = test_apply_kind(&t, EVENT_ENV_FAILED, 5);
			test_stands(&t, phases[p], EPISODE_NONE);
			check_wait(&t, waits[i]);
			assert_int_equal(t.env_failures, i + 1);
			assert_int_equal(t.start_failures + t.deaths + t.merge_tries, 0);
			assert_string_equal(t.cause, "because");
		}
		t.env_failures = UINT32_MAX / 2; /* the wait does not overflow */
		t = test_apply_kind(&t, EVENT_ENV_FAILED, 5);
		check_wait(&t, 600000);
	}
	t = test_ticket(PHASE_STARTING, EPISODE_OPEN);
	t = test_apply_kind(&t, EVENT_ENV_FAILED, 5);
	test_stands(&t, PHASE_READY, EPISODE_NONE);
}

/* It does not mend itself, and nobody else finds it out. */
static void
test_lifecycle_T05_what_is_its_own_comes_to_a_person_E_24(void **state)
{
	struct ticket t = test_ticket(PHASE_APPROVED, EPISODE_NONE);
	struct event e = test_event(&t, EVENT_ENV_FAILED);

	(void)state;
	t = test_apply(&t, &e, 5); /* of the repository: another count */
	t = test_apply(&t, &e, 5);
	e.blame = BLAME_TICKET;
	e.streak = 7; /* others' */
	for (uint32_t i = 1; i < TICKET_OWN_FAULTS_MAX; i++) {
		t = test_apply(&t, &e, 5);
		test_stands(&t, PHASE_APPROVED, EPISODE_NONE);
		assert_int_equal(t.env_failures, i);
		check_wait(&t, i == 1 ? 10000 : 20000);
	}
	e.blame = BLAME_GATE; /* the others' gates can be run */
	t = test_apply(&t, &e, 5);
	test_stands(&t, PHASE_ATTENTION, EPISODE_NONE);
	assert_int_equal(t.blame, BLAME_TICKET);
	assert_string_equal(t.cause, "because");
	t = test_apply_kind(&t, EVENT_RETRY, 90);
	test_stands(&t, PHASE_APPROVED, EPISODE_NONE);
	assert_int_equal(t.env_failures + t.blame, 0);
	t.phase = PHASE_MERGING; /* its target may have moved: nothing but the proof ends that */
	e.blame = BLAME_TICKET;
	for (uint32_t i = 0; i <= TICKET_OWN_FAULTS_MAX; i++)
		t = test_apply(&t, &e, 5);
	test_stands(&t, PHASE_MERGING, EPISODE_NONE);
}

static void
test_lifecycle_T05_a_program_that_cannot_run_is_no_death_D_58(void **state)
{
	struct ticket t = test_ticket(PHASE_STARTING, EPISODE_OPEN);
	struct event e = not_started_by(&t, ENDING_NO_EXEC);

	(void)state;
	t = test_apply(&t, &e, 5);
	test_stands(&t, PHASE_READY, EPISODE_NONE);
	t = test_ticket(PHASE_WORKING, EPISODE_RUN);
	e = closed_by(&t, ENDING_NO_EXEC);
	t = test_apply(&t, &e, 5);
	test_stands(&t, PHASE_READY, EPISODE_NONE);
	assert_int_equal(t.deaths + t.start_failures, 0);
	assert_int_equal(t.env_failures, 1);
	check_wait(&t, 10000);
}

static void
test_lifecycle_T15_first_death_retries_A_7_A_11_C_5_C_6_D_50_D_83(void **state)
{
	struct ticket t = test_ticket(PHASE_WORKING, EPISODE_RUN);

	(void)state;
	assert_int_equal(TICKET_DEATHS_MAX, 2);
	t = test_apply_kind(&t, EVENT_CLOSED, 15);
	test_stands(&t, PHASE_READY, EPISODE_NONE);
	assert_int_equal(t.deaths, 1);
	assert_string_equal(t.cause, "because");
	check_wait(&t, 2000);
	assert_false(oid_is_set(t.pinned)); /* an exit is no report, whatever its status was */
}

static void
test_lifecycle_T16_second_death_asks_C_7_E_24(void **state)
{
	struct ticket t = test_ticket(PHASE_WORKING, EPISODE_RUN);

	(void)state;
	t.deaths = TICKET_DEATHS_MAX - 1;
	t = test_apply_kind(&t, EVENT_CLOSED, 16);
	test_stands(&t, PHASE_ATTENTION, EPISODE_NONE);
	assert_int_equal(t.deaths, TICKET_DEATHS_MAX);
	assert_string_equal(t.cause, "because");
	check_wait(&t, 0);
}

/* start, claim, die; a retried start and a claim are not a success: only a report is. */
static void
test_lifecycle_T16_deaths_add_up_over_starts_C_8_D_48(void **state)
{
	struct ticket t = test_ticket(PHASE_WORKING, EPISODE_RUN);
	struct ticket u;

	(void)state;
	t = test_apply_kind(&t, EVENT_CLOSED, 15);
	t = test_apply_kind(&t, EVENT_START, 1);
	t = test_apply_kind(&t, EVENT_CLAIMED, 2);
	assert_int_equal(t.deaths, 1);
	u = test_apply_kind(&t, EVENT_CLOSED, 16);
	test_stands(&u, PHASE_ATTENTION, EPISODE_NONE);
	t = test_apply_kind(&t, EVENT_DONE, 10);
	assert_int_equal(t.deaths, 0);
}

static void
test_lifecycle_T17_a_reboot_is_no_death_X_16(void **state)
{
	struct ticket t = test_ticket(PHASE_WORKING, EPISODE_RUN);
	struct event e = closed_by(&t, ENDING_REBOOTED);

	(void)state;
	t.reboots = TICKET_REBOOTS_MAX - 2;
	t = test_apply(&t, &e, 17);
	test_stands(&t, PHASE_READY, EPISODE_NONE);
	assert_int_equal(t.deaths + t.start_failures, 0);
	assert_int_equal(t.reboots, TICKET_REBOOTS_MAX - 1);
	check_wait(&t, 0);
	t = test_apply_kind(&t, EVENT_START, 1);
	e = not_started_by(&t, ENDING_REBOOTED);
	t = test_apply(&t, &e, 17);
	test_stands(&t, PHASE_ATTENTION, EPISODE_NONE);
	assert_int_equal(t.deaths + t.start_failures, 0);
}

static void
test_lifecycle_T22_who_asked_may_end_C_11_A_14(void **state)
{
	struct ticket t = test_ticket(PHASE_ASKING, EPISODE_RUN);

	(void)state;
	t = test_apply_kind(&t, EVENT_CLOSED, 22);
	test_stands(&t, PHASE_ASKING, EPISODE_NONE);
	assert_int_equal(t.deaths, 0);
	assert_int_equal(t.question_rev, 39);
	check_wait(&t, 0);
}

static void
test_lifecycle_T30_what_must_end_is_stopped_E_4_E_8(void **state)
{
	static const struct {
		enum phase phase;
		enum episode_state episode;
		unsigned row;
	} cases[] = {
		{ PHASE_STARTING, EPISODE_OPEN, 30 },
		{ PHASE_WORKING, EPISODE_RUN, 30 },
		{ PHASE_ASKING, EPISODE_RUN, 30 },
		{ PHASE_DELIVERED, EPISODE_TERM, 71 },
	};
	struct ticket t;

	(void)state;
	for (unsigned i = 0; i < ARRAY_LEN(cases); i++) {
		t = test_ticket(cases[i].phase, cases[i].episode);
		t = test_apply_kind(&t, EVENT_EXPIRED, cases[i].row);
		test_stands(&t, cases[i].phase, EPISODE_STOP);
		test_refuse_kind(&t, EVENT_EXPIRED, REFUSAL_ILLEGAL);
	}
	t = test_ticket(PHASE_READY, EPISODE_NONE);
	test_refuse_kind(&t, EVENT_EXPIRED, REFUSAL_ILLEGAL);
}

/* Parking, cancelling and editing stop who works; who has reported may end its turn. */
static void
test_lifecycle_T30_by_commands_A_2_E_4_D_63(void **state)
{
	static const struct {
		enum event_kind kind;
		unsigned row;
	} commands[] = { { EVENT_PARK, 34 }, { EVENT_CANCEL, 91 }, { EVENT_EDIT, 36 } };

	(void)state;
	for (unsigned i = 0; i < ARRAY_LEN(commands); i++) {
		struct ticket t = test_ticket(PHASE_STARTING, EPISODE_OPEN);

		t = test_apply_kind(&t, commands[i].kind, commands[i].row);
		test_stands(&t, PHASE_STARTING, EPISODE_STOP);
		t = test_ticket(PHASE_WORKING, EPISODE_RUN);
		t = test_apply_kind(&t, commands[i].kind, commands[i].row);
		test_stands(&t, PHASE_WORKING, EPISODE_STOP);
		t = test_ticket(PHASE_DELIVERED, EPISODE_TERM);
		t = test_apply_kind(&t, commands[i].kind, commands[i].row);
		test_stands(&t, PHASE_DELIVERED, EPISODE_TERM);
	}
}

static void
test_lifecycle_T31_stopped_goes_where_it_is_wanted_A_1_D_8_D_34(void **state)
{
	static const struct {
		enum want want;
		enum phase phase, to, resume;
	} cases[] = {
		{ WANT_RUN, PHASE_WORKING, PHASE_READY, PHASE_UNBORN },
		{ WANT_PARK, PHASE_WORKING, PHASE_PARKED, PHASE_READY },
		{ WANT_CANCEL, PHASE_WORKING, PHASE_CANCELLED, PHASE_UNBORN },
		{ WANT_RUN, PHASE_STARTING, PHASE_READY, PHASE_UNBORN },
		{ WANT_PARK, PHASE_STARTING, PHASE_PARKED, PHASE_READY },
		{ WANT_RUN, PHASE_ASKING, PHASE_ASKING, PHASE_UNBORN },
		{ WANT_PARK, PHASE_ASKING, PHASE_PARKED, PHASE_ASKING },
		{ WANT_RUN, PHASE_HUMAN_REVIEW, PHASE_HUMAN_REVIEW, PHASE_UNBORN },
		{ WANT_PARK, PHASE_APPROVED, PHASE_PARKED, PHASE_APPROVED },
	};

	(void)state;
	for (unsigned i = 0; i < ARRAY_LEN(cases); i++) {
		struct ticket t = test_ticket(cases[i].phase, EPISODE_STOP);

		t.want = cases[i].want;
		t = test_apply_kind(&t, EVENT_CLOSED, 31);
		test_stands(&t, cases[i].to, EPISODE_NONE);
		assert_int_equal(t.resume, cases[i].resume);
		assert_int_equal(t.deaths, 0); /* we ended it */
		check_wait(&t, 0);
	}
}

/* A token that was taken back while its episode was being stopped: whatever the ending says. */
static void
test_lifecycle_T31_stopped_before_its_claim_D_18(void **state)
{
	struct ticket t = test_ticket(PHASE_STARTING, EPISODE_STOP);

	(void)state;
	t.want = WANT_PARK;
	t = test_apply_kind(&t, EVENT_NEVER_STARTED, 31);
	test_stands(&t, PHASE_PARKED, EPISODE_NONE);
	assert_int_equal(t.resume, PHASE_READY);
	assert_int_equal(t.start_failures, 0);
}

static void
test_lifecycle_T70_the_turn_has_ended_D_79_D_80(void **state)
{
	struct ticket t = test_ticket(PHASE_DELIVERED, EPISODE_TERM);

	(void)state;
	t = test_apply_kind(&t, EVENT_CLOSED, 70);
	test_stands(&t, PHASE_DELIVERED, EPISODE_NONE);
	assert_int_equal(t.deaths, 0); /* it had reported before it died */
	t = test_ticket(PHASE_APPROVED, EPISODE_TERM);
	t.merge = MERGE_NONE;
	t = test_apply_kind(&t, EVENT_CLOSED, 70);
	test_stands(&t, PHASE_DONE, EPISODE_NONE);
}

static void
test_lifecycle_T71_a_turn_without_end_is_stopped_D_79(void **state)
{
	struct ticket t = test_ticket(PHASE_HUMAN_REVIEW, EPISODE_TERM);

	(void)state;
	t = test_apply_kind(&t, EVENT_EXPIRED, 71);
	test_stands(&t, PHASE_HUMAN_REVIEW, EPISODE_STOP);
	t = test_apply_kind(&t, EVENT_CLOSED, 31);
	test_stands(&t, PHASE_HUMAN_REVIEW, EPISODE_NONE);
}

static void
test_lifecycle_T80_the_kill_switch_costs_nothing_C_13(void **state)
{
	struct ticket t = test_ticket(PHASE_STARTING, EPISODE_OPEN);
	struct event e = not_started_by(&t, ENDING_PAUSED);

	(void)state;
	t = test_apply(&t, &e, 80);
	test_stands(&t, PHASE_READY, EPISODE_NONE);
	assert_int_equal(t.start_failures + t.deaths, 0);
	check_wait(&t, 0);
}

/* An end without a reason, or with one that cannot be, decides nothing. */
static void
test_lifecycle_endings_that_cannot_be_D_84(void **state)
{
	struct ticket t = test_ticket(PHASE_WORKING, EPISODE_RUN);
	struct event e = closed_by(&t, ENDING_UNSET);

	(void)state;
	test_refuse(&t, &e, REFUSAL_ILLEGAL);
	t = test_ticket(PHASE_STARTING, EPISODE_OPEN);
	e = not_started_by(&t, ENDING_UNSET);
	test_refuse(&t, &e, REFUSAL_ILLEGAL);
	e = not_started_by(&t, ENDING_DIED); /* it never lived */
	test_refuse(&t, &e, REFUSAL_ILLEGAL);
	test_refuse_kind(&t, EVENT_CLOSED, REFUSAL_ILLEGAL); /* its token is still out */
	t = test_ticket(PHASE_DELIVERED, EPISODE_NONE);
	test_refuse_kind(&t, EVENT_CLOSED, REFUSAL_ILLEGAL); /* it is closed */
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lifecycle_T01_opens_one_fresh_episode_D_36_D_65_D_72),
		cmocka_unit_test(test_lifecycle_T01_waits_for_the_older_worker_D_80_D_82),
		cmocka_unit_test(test_lifecycle_T01_twice_is_refused_D_12_D_81),
		cmocka_unit_test(test_lifecycle_T01_needs_want_and_a_nonce_E_1_E_7),
		cmocka_unit_test(test_lifecycle_T02_the_claim_makes_it_working_D_31_D_90),
		cmocka_unit_test(test_lifecycle_T02_report_is_faster_than_the_claim_E_12),
		cmocka_unit_test(
		    test_lifecycle_T03_start_failures_wait_longer_then_ask_D_56_D_76_E_24),
		cmocka_unit_test(test_lifecycle_T03_claimed_but_never_executed_D_18),
		cmocka_unit_test(test_lifecycle_T04_an_abandoned_start_costs_nothing_D_7_X_34),
		cmocka_unit_test(test_lifecycle_T05_the_environment_costs_no_budget_D_3_D_27_D_41),
		cmocka_unit_test(test_lifecycle_T05_what_is_its_own_comes_to_a_person_E_24),
		cmocka_unit_test(test_lifecycle_T05_a_program_that_cannot_run_is_no_death_D_58),
		cmocka_unit_test(test_lifecycle_T15_first_death_retries_A_7_A_11_C_5_C_6_D_50_D_83),
		cmocka_unit_test(test_lifecycle_T16_second_death_asks_C_7_E_24),
		cmocka_unit_test(test_lifecycle_T16_deaths_add_up_over_starts_C_8_D_48),
		cmocka_unit_test(test_lifecycle_T17_a_reboot_is_no_death_X_16),
		cmocka_unit_test(test_lifecycle_T22_who_asked_may_end_C_11_A_14),
		cmocka_unit_test(test_lifecycle_T30_what_must_end_is_stopped_E_4_E_8),
		cmocka_unit_test(test_lifecycle_T30_by_commands_A_2_E_4_D_63),
		cmocka_unit_test(test_lifecycle_T31_stopped_goes_where_it_is_wanted_A_1_D_8_D_34),
		cmocka_unit_test(test_lifecycle_T31_stopped_before_its_claim_D_18),
		cmocka_unit_test(test_lifecycle_T70_the_turn_has_ended_D_79_D_80),
		cmocka_unit_test(test_lifecycle_T71_a_turn_without_end_is_stopped_D_79),
		cmocka_unit_test(test_lifecycle_T80_the_kill_switch_costs_nothing_C_13),
		cmocka_unit_test(test_lifecycle_endings_that_cannot_be_D_84),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
