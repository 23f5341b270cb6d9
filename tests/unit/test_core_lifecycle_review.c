/* SPDX-License-Identifier: GPL-2.0-only */
/* Rows of reviewers, corrections and the environment: T37, T40, T42 to T46, T49, T54, T55, T67, T83. */
#include "test_core.h"

#include "core/breaker.h"

static struct ticket
reviewing(void)
{
	return test_ticket(PHASE_REVIEWING, EPISODE_RUN);
}

static void
test_lifecycle_T40_a_reviewer_of_what_is_pinned_B_7_D_38_D_51(void **state)
{
	struct ticket t = test_ticket(PHASE_DELIVERED, EPISODE_NONE), u;

	(void)state;
	test_refuse_kind(&t, EVENT_START, REFUSAL_ILLEGAL); /* a person reviews */
	t.review = REVIEW_AGENT;
	u = test_apply_kind(&t, EVENT_START, 40);
	test_stands(&u, PHASE_REV_STARTING, EPISODE_OPEN);
	assert_int_equal(u.episode.role, ROLE_REVIEWER);
	assert_true(oid_eq(u.episode.review, t.pinned));
	assert_int_equal(u.pinned_by, t.pinned_by);
	u = test_apply_kind(&u, EVENT_CLAIMED, 2);
	test_stands(&u, PHASE_REVIEWING, EPISODE_RUN);
	t = test_ticket(PHASE_DELIVERED, EPISODE_TERM); /* the author finishes its turn */
	t.review = REVIEW_AGENT;
	test_refuse_kind(&t, EVENT_START, REFUSAL_ILLEGAL);
}

static void
test_lifecycle_T42_pass_is_about_one_commit_X_29_D_13(void **state)
{
	struct ticket t = reviewing(), u;
	struct event e = test_event(&t, EVENT_PASS);

	(void)state;
	u = test_apply(&t, &e, 42);
	test_stands(&u, PHASE_APPROVED, EPISODE_TERM);
	assert_true(oid_eq(u.passed, t.pinned));
	e.commit = (struct oid){ "" }; /* its nonce is of the episode that reviews it */
	u = test_apply(&t, &e, 42);
	e.commit = test_oid(0xc7);
	test_refuse(&t, &e, REFUSAL_WRONG_COMMIT);
	t.pinned = test_oid(0xc7); /* meanwhile it is another one */
	test_refuse(&t, &e, REFUSAL_WRONG_COMMIT);
}

static void
test_lifecycle_T43_fail_needs_words_and_goes_back_C_10_D_30_D_89(void **state)
{
	struct ticket t = reviewing(), u;
	struct event e = test_event(&t, EVENT_FAIL);

	(void)state;
	e.has_text = false;
	test_refuse(&t, &e, REFUSAL_NEEDS_TEXT);
	e.has_text = true;
	t.deaths = t.reviewer_deaths = 1;
	u = test_apply(&t, &e, 43);
	test_stands(&u, PHASE_READY, EPISODE_TERM);
	assert_int_equal(u.cycles, 1);
	assert_int_equal(u.deaths + u.reviewer_deaths, 0);
	assert_int_equal(u.pinned_by, 0);
	t.cycles = TICKET_CYCLES_MAX - 1;
	u = test_apply(&t, &e, 44);
	test_stands(&u, PHASE_ATTENTION, EPISODE_TERM);
	assert_string_equal(u.cause, "because");
	u = test_apply_kind(&u, EVENT_CLOSED, 70);
	u = test_apply_kind(&u, EVENT_RETRY, 90); /* rework, not the same review again */
	test_stands(&u, PHASE_READY, EPISODE_NONE);
}

static void
test_lifecycle_T45_a_dead_reviewer_costs_the_author_nothing_A_4_A_18_D_1_D_2_D_6(void **state)
{
	struct ticket t = reviewing(), u;

	(void)state;
	t.deaths = 1;
	u = test_apply_kind(&t, EVENT_CLOSED, 45);
	test_stands(&u, PHASE_DELIVERED, EPISODE_NONE);
	assert_int_equal(u.deaths, 1);
	assert_int_equal(u.reviewer_deaths, 1);
	assert_true(u.backoff_boot_ms > TEST_BOOT_MS);
	t.reviewer_deaths = TICKET_DEATHS_MAX - 1;
	u = test_apply_kind(&t, EVENT_CLOSED, 45);
	test_stands(&u, PHASE_HUMAN_REVIEW, EPISODE_NONE);
	assert_string_equal(u.cause, "because");
	u = test_apply_kind(&u, EVENT_ACCEPT, 47);
	assert_int_equal(u.reviewer_deaths, 0);
}

static void
test_lifecycle_T46_a_reviewer_asks_A_14(void **state)
{
	struct ticket t = reviewing(), u;

	(void)state;
	t = test_apply_kind(&t, EVENT_QUESTION, 46);
	test_stands(&t, PHASE_ASKING, EPISODE_RUN);
	test_refuse_kind(&t, EVENT_DONE, REFUSAL_WRONG_ROLE);
	u = test_apply_kind(&t, EVENT_PASS, 42); /* somebody answered in the pane */
	assert_int_equal(u.question_rev, 0);
	u = test_apply_kind(&t, EVENT_ANSWER, 23);
	test_stands(&u, PHASE_DELIVERED, EPISODE_STOP);
}

static void
test_lifecycle_T47_a_person_does_not_wait_for_a_reviewer_A_16(void **state)
{
	struct ticket t = reviewing(), u;
	struct event late = test_event(&t, EVENT_FAIL);

	(void)state;
	u = test_apply_kind(&t, EVENT_ACCEPT, 47);
	test_stands(&u, PHASE_APPROVED, EPISODE_STOP);
	test_refuse(&u, &late, REFUSAL_SUPERSEDED);
	t = test_ticket(PHASE_REV_STARTING, EPISODE_OPEN);
	u = test_apply_kind(&t, EVENT_REJECT, 47);
	test_stands(&u, PHASE_READY, EPISODE_STOP); /* its token is still out */
	u = test_apply_kind(&u, EVENT_NEVER_STARTED, 31);
	test_stands(&u, PHASE_READY, EPISODE_NONE);
}

static const enum phase correctable[] = { PHASE_READY, PHASE_STARTING, PHASE_WORKING, PHASE_ASKING,
	PHASE_DELIVERED, PHASE_REV_STARTING, PHASE_REVIEWING, PHASE_HUMAN_REVIEW, PHASE_APPROVED,
	PHASE_ATTENTION };

static enum episode_state
busiest(enum phase phase)
{
	static const enum episode_state states[] = { EPISODE_OPEN, EPISODE_RUN, EPISODE_TERM };

	for (size_t i = 0; i < ARRAY_LEN(states); i++) {
		struct ticket t = test_ticket(phase, states[i]);

		if (lifecycle_pair_is_legal(phase, states[i], t.episode.role))
			return states[i];
	}
	return EPISODE_NONE;
}

static void
check_superseded(const struct ticket *before, const struct ticket *after)
{
	enum event_kind late = before->episode.role == ROLE_REVIEWER ? EVENT_PASS : EVENT_DONE;

	assert_int_equal(after->generation, before->generation + 1);
	assert_false(oid_is_set(after->passed));
	assert_int_equal(after->question_rev, 0);
	if (before->episode.state == EPISODE_OPEN || before->episode.state == EPISODE_RUN) {
		assert_int_equal(after->episode.state, EPISODE_STOP);
		test_refuse_kind(after, late, REFUSAL_SUPERSEDED);
	}
}

static void
test_lifecycle_T37_assign_supersedes_A_3_A_5_A_12_A_15_A_16(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(correctable); i++) {
		struct ticket t = test_ticket(correctable[i], busiest(correctable[i])), u;
		struct event e = test_event(&t, EVENT_ASSIGN);

		e.expect_rev = t.rev - 1;
		test_refuse(&t, &e, REFUSAL_CONFLICT);
		e.expect_rev = t.rev;
		u = test_apply(&t, &e, 37);
		assert_int_equal(u.phase, PHASE_READY);
		check_superseded(&t, &u);
		assert_int_equal(u.deaths, 0); /* another agent has its own */
		e.has_spec = false;
		test_refuse(&t, &e, REFUSAL_INVALID);
	}
}

static void
test_lifecycle_T37_adopt_supersedes_A_20_A_21_E_13(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(correctable); i++) {
		struct ticket t = test_ticket(correctable[i], busiest(correctable[i])), u;
		struct event e = test_event(&t, EVENT_ADOPT);

		e.expect_rev = t.rev - 1;
		test_refuse(&t, &e, REFUSAL_CONFLICT);
		e.expect_rev = t.rev;
		e.artifact = ARTIFACT_BAD;
		test_refuse(&t, &e, REFUSAL_BAD_ARTIFACT);
		e.artifact = ARTIFACT_UNKNOWN;
		assert_int_equal(
		    lifecycle_step(&t, &e, TEST_WALL_MS).verdict, VERDICT_NEEDS_ARTIFACT);
		e.artifact = ARTIFACT_GOOD;
		u = test_apply(&t, &e, 37);
		assert_int_equal(u.phase, PHASE_DELIVERED);
		assert_true(oid_eq(u.pinned, e.commit));
		assert_int_equal(u.pinned_by, TICKET_BY_PERSON);
		check_superseded(&t, &u);
		(void)snprintf(e.adopts.s, sizeof e.adopts.s, "x");
		u = test_apply(&t, &e, 67);
	}
}

static void
test_lifecycle_T37_parked_and_merging_A_2(void **state)
{
	struct ticket t = test_ticket(PHASE_PARKED, EPISODE_NONE), u;

	(void)state;
	u = test_apply_kind(&t, EVENT_ADOPT, 37);
	test_stands(&u, PHASE_PARKED, EPISODE_NONE);
	assert_int_equal(u.resume, PHASE_DELIVERED);
	u = test_apply_kind(&u, EVENT_ASSIGN, 37);
	assert_int_equal(u.resume, PHASE_READY);
	t = test_ticket(PHASE_MERGING, EPISODE_NONE);
	test_refuse_kind(&t, EVENT_ADOPT, REFUSAL_ILLEGAL);
	test_refuse_kind(&t, EVENT_ASSIGN, REFUSAL_ILLEGAL);
	test_refuse_kind(&t, EVENT_TELL, REFUSAL_ILLEGAL);
}

/* The gate is another one: nobody waits for the old one any more. */
static void
test_lifecycle_T36_another_reviewer_A_5_A_9_A_15(void **state)
{
	struct ticket t = reviewing(), u;
	struct event e = test_event(&t, EVENT_EDIT), late = test_event(&t, EVENT_PASS);

	(void)state;
	e.has_spec = false;
	e.review = REVIEW_HUMAN;
	u = test_apply(&t, &e, 36);
	test_stands(&u, PHASE_REVIEWING, EPISODE_STOP);
	test_refuse(&u, &late, REFUSAL_SUPERSEDED);
	u = test_apply_kind(&u, EVENT_CLOSED, 31);
	test_stands(&u, PHASE_DELIVERED, EPISODE_NONE);
	u = test_apply_kind(&u, EVENT_ROUTE, 41);
	e.review = REVIEW_AGENT;
	u = test_apply(&u, &e, 36);
	test_stands(&u, PHASE_DELIVERED, EPISODE_NONE);
	e.review = REVIEW_NONE;
	u = test_apply(&u, &e, 36); /* no gate at all */
	test_stands(&u, PHASE_APPROVED, EPISODE_NONE);
	assert_true(oid_eq(u.passed, u.pinned));
	e.review = REVIEW_NONE; /* also while a reviewer is at work: nobody is asked any more */
	u = test_apply(&t, &e, 36);
	test_stands(&u, PHASE_APPROVED, EPISODE_STOP);
	assert_true(oid_eq(u.passed, u.pinned));
	u = test_apply_kind(&u, EVENT_CLOSED, 31);
	test_stands(&u, PHASE_APPROVED, EPISODE_NONE);
	t = test_ticket(PHASE_ASKING, EPISODE_RUN);
	t.review = REVIEW_AGENT;
	t.episode.role = ROLE_REVIEWER;
	e.review = REVIEW_HUMAN;
	u = test_apply(&t, &e, 36);
	test_stands(&u, PHASE_DELIVERED, EPISODE_STOP);
	assert_int_equal(u.question_rev, 0);
}

static void
test_lifecycle_T49_amend_voids_the_verdict_D_13(void **state)
{
	static const enum phase phases[] = { PHASE_DELIVERED, PHASE_HUMAN_REVIEW, PHASE_APPROVED };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(phases); i++) {
		struct ticket t = test_ticket(phases[i], EPISODE_NONE), u;
		struct event verdict = test_event(&t, EVENT_ACCEPT);

		(void)snprintf(t.cause, sizeof t.cause, "local changes are in the way");
		u = test_apply_kind(&t, EVENT_AMEND, 49);
		assert_string_equal(u.cause, ""); /* the reviewer is not told to have said it */
		test_stands(&u, PHASE_DELIVERED, EPISODE_NONE);
		assert_false(oid_eq(u.pinned, t.pinned));
		assert_false(oid_is_set(u.passed));
		test_refuse(&u, &verdict, REFUSAL_WRONG_COMMIT); /* of the old commit */
	}
}

/* Why a person was asked stays on the ticket, whatever works again meanwhile. */
static void
test_lifecycle_T83_mended_leaves_what_is_a_persons_E_24(void **state)
{
	struct ticket t = test_ticket(PHASE_ATTENTION, EPISODE_NONE), u;

	(void)state;
	t.env_failures = 2;
	t.blame = BLAME_MACHINE;
	(void)snprintf(t.cause, sizeof t.cause, "six starts failed");
	u = test_apply_kind(&t, EVENT_MENDED, 83);
	assert_int_equal(u.env_failures, 0);
	assert_string_equal(u.cause, t.cause);
	t = test_apply_kind(&t, EVENT_PARK, 34);
	u = test_apply_kind(&t, EVENT_MENDED, 83);
	assert_string_equal(u.cause, t.cause);
}

static void
test_lifecycle_T54_gate_and_base_D_4_E_33_X_37(void **state)
{
	struct ticket t = test_ticket(PHASE_APPROVED, EPISODE_NONE), u;
	struct event e = test_event(&t, EVENT_GATE_FAILED);

	(void)state;
	u = test_apply(&t, &e, 54);
	test_stands(&u, PHASE_READY, EPISODE_NONE);
	assert_false(oid_is_set(u.passed));
	t.cycles = TICKET_CYCLES_MAX - 1;
	u = test_apply(&t, &e, 54);
	test_stands(&u, PHASE_ATTENTION, EPISODE_NONE);
	e.is_preexisting = true; /* not the author's: no cycle, and what passed has passed */
	u = test_apply(&t, &e, 54);
	test_stands(&u, PHASE_ATTENTION, EPISODE_NONE);
	assert_int_equal(u.cycles, t.cycles);
	/* a person lets just that tree land, or wants it tried again */
	assert_true(oid_eq(u.gated, e.tree));
	t = test_apply_kind(&u, EVENT_ACCEPT, 47);
	test_stands(&t, PHASE_APPROVED, EPISODE_NONE);
	assert_true(oid_eq(t.gated, e.tree));
	u = test_apply_kind(&u, EVENT_RETRY, 90);
	test_stands(&u, PHASE_APPROVED, EPISODE_NONE);
	assert_false(oid_is_set(u.gated));
}

/* A gate before the review: its failures go the way of those before the landing, and cost no reviewer. */
static void
test_lifecycle_T54_early_gate_D_4_E_33(void **state)
{
	struct ticket t = test_ticket(PHASE_DELIVERED, EPISODE_NONE), u;
	struct event e = test_event(&t, EVENT_GATE_FAILED);

	(void)state;
	u = test_apply(&t, &e, 54);
	test_stands(&u, PHASE_READY, EPISODE_NONE);
	assert_int_equal(u.pinned_by, 0);
	u = test_apply_kind(&t, EVENT_CONFLICT, 53);
	test_stands(&u, PHASE_READY, EPISODE_NONE);
	t.cycles = TICKET_CYCLES_MAX - 1;
	u = test_apply(&t, &e, 54);
	test_stands(&u, PHASE_ATTENTION, EPISODE_NONE);
	e.is_preexisting = true;
	u = test_apply(&t, &e, 54);
	test_stands(&u, PHASE_ATTENTION, EPISODE_NONE);
	u = test_apply_kind(&u, EVENT_RETRY, 90);
	test_stands(&u, PHASE_DELIVERED, EPISODE_NONE);
}

/* What passed is about the commit that is pinned, and about no other. */
static void
test_lifecycle_T58_gated_is_of_one_commit_D_4(void **state)
{
	static const enum event_kind voids[] = { EVENT_ADOPT, EVENT_AMEND, EVENT_ASSIGN, EVENT_EDIT,
		EVENT_CONFLICT, EVENT_GATE_FAILED };
	struct ticket t = test_ticket(PHASE_APPROVED, EPISODE_NONE), u, w;
	struct event e = test_event(&t, EVENT_GATED);

	(void)state;
	t.env_failures = 2;
	t.blame = BLAME_GATE;
	u = test_apply(&t, &e, 58);
	test_stands(&u, PHASE_APPROVED, EPISODE_NONE);
	assert_true(oid_eq(u.gated, e.tree) && digest_eq(&u.gated_by, &e.gates));
	assert_true(u.env_failures == 0 && u.blame == BLAME_UNSET && u.merge_tries == 0);
	for (size_t i = 0; i < ARRAY_LEN(voids); i++) {
		struct event v = test_event(&u, voids[i]);
		struct decision d = lifecycle_step(&u, &v, TEST_WALL_MS);

		assert_int_equal(d.verdict, VERDICT_APPLY);
		assert_false(oid_is_set(d.next.gated) || digest_is_set(&d.next.gated_by));
	}
	w = test_apply_kind(&u, EVENT_HELD, 50); /* no other commit: nothing is run again */
	assert_true(oid_eq(w.gated, e.tree));
	w = test_apply_kind(&u, EVENT_INTENT, 50);
	w = test_apply_kind(&w, EVENT_MOVED, 52);
	assert_true(oid_eq(w.gated, e.tree));
	t = test_ticket(PHASE_WORKING, EPISODE_RUN);
	t.gated = e.tree;
	w = test_apply_kind(&t, EVENT_DONE, 10);
	assert_false(oid_is_set(w.gated));
	e.tree = (struct oid){ "" }; /* which one? */
	assert_int_equal(lifecycle_step(&u, &e, TEST_WALL_MS).verdict, VERDICT_REFUSE);
}

static void
test_lifecycle_T55_withdrawn_C_13(void **state)
{
	struct ticket t = test_ticket(PHASE_MERGING, EPISODE_NONE);

	(void)state;
	t = test_apply_kind(&t, EVENT_WITHDRAWN, 55);
	test_stands(&t, PHASE_APPROVED, EPISODE_NONE);
	assert_false(oid_is_set(t.merge_commit));
	assert_true(oid_eq(t.passed, t.pinned));
	assert_int_equal(t.merge_tries, 0);
	assert_string_equal(t.cause, "");
}

static void
test_lifecycle_T15_maybe_done_is_not_done_again_E_17(void **state)
{
	struct ticket t = test_ticket(PHASE_WORKING, EPISODE_RUN), u;
	struct event e = test_event(&t, EVENT_CLOSED);

	(void)state;
	e.commit = test_oid(0xc5);
	u = test_apply(&t, &e, 15);
	test_stands(&u, PHASE_ATTENTION, EPISODE_NONE);
	assert_non_null(strstr(u.cause, e.commit.hex));
	assert_int_equal(u.deaths, 1);
}

static void
test_lifecycle_T83_the_environment_is_counted_for_all_C_7(void **state)
{
	struct record failed = { .ticket = test_ticket(PHASE_READY, EPISODE_NONE) };
	struct record other = { .ticket = test_ticket(PHASE_READY, EPISODE_NONE) };
	struct event e = test_event(&failed.ticket, EVENT_ENV_FAILED);
	struct breaker b = { 0 };

	(void)state;
	other.ticket.id.n = 13;
	failed.spec.repo = other.spec.repo = (char[]){ "app" };
	failed.spec.agent = (char[]){ "a" };
	other.spec.agent = (char[]){ "b" };
	e.streak = 1;
	failed.ticket = test_apply(&failed.ticket, &e, 5);
	assert_int_equal(failed.ticket.env_failures, 2);
	breaker_add(&b, &failed, &other, BREAKER_START, TEST_BOOT);
	assert_false(breaker_is_open(&b));
	failed.ticket = test_apply(&failed.ticket, &e, 5);
	breaker_add(&b, &failed, &other, BREAKER_START, TEST_BOOT);
	assert_true(breaker_is_open(&b));
	assert_int_equal(b.until_boot_ms, failed.ticket.backoff_boot_ms);
	b = (struct breaker){ 0 };
	failed.ticket.blame = BLAME_AGENT; /* which the other one does not need */
	breaker_add(&b, &failed, &other, BREAKER_START, TEST_BOOT);
	assert_int_equal(b.failures, 0);
	failed.ticket.blame = BLAME_MACHINE;
	breaker_add(&b, &failed, &other, BREAKER_START, "another boot");
	assert_true(breaker_is_open(&b) && b.until_boot_ms == 0); /* probed at once */
	failed.ticket = test_apply_kind(&failed.ticket, EVENT_MENDED, 83);
	assert_int_equal(failed.ticket.env_failures + failed.ticket.backoff_boot_ms, 0);
	test_refuse_kind(&failed.ticket, EVENT_MENDED, REFUSAL_ILLEGAL);
}

/* The gates of others can be run: no breaker, no pause, and what comes counts against this one. */
static void
test_lifecycle_T83_a_gate_that_others_can_run_is_its_own_fault_X_12(void **state)
{
	struct record failed = { .ticket = test_ticket(PHASE_APPROVED, EPISODE_NONE) };
	struct record other = { .ticket = test_ticket(PHASE_APPROVED, EPISODE_NONE) };
	struct event e = test_event(&failed.ticket, EVENT_ENV_FAILED);

	(void)state;
	other.ticket.id.n = 13;
	failed.spec.repo = other.spec.repo = (char[]){ "app" };
	e.blame = BLAME_GATE;
	e.streak = 5;
	failed.ticket = test_apply(&failed.ticket, &e, 5);
	assert_true(breaker_covers(&failed, &other, BREAKER_GATE));
	failed.ticket = test_apply_kind(&failed.ticket, EVENT_MENDED, 83);
	assert_true(failed.ticket.blame == BLAME_TICKET && failed.ticket.env_failures == 1);
	assert_int_equal(failed.ticket.backoff_boot_ms, 0);
	for (enum breaker_use use = BREAKER_START; use <= BREAKER_LANDING; use++)
		assert_false(breaker_covers(&failed, &other, use));
	failed.ticket = test_apply(&failed.ticket, &e, 5);
	assert_true(failed.ticket.blame == BLAME_TICKET && failed.ticket.env_failures == 2);
}

/* No gate and no reviewer come any more: nothing of what they failed for is said of it. */
static void
test_lifecycle_T41_routed_without_the_gate_that_failed_E_33(void **state)
{
	struct ticket t = test_ticket(PHASE_DELIVERED, EPISODE_NONE);
	struct event e = test_event(&t, EVENT_ENV_FAILED);

	(void)state;
	t.review = REVIEW_HUMAN;
	e.blame = BLAME_GATE;
	t = test_apply(&t, &e, 5);
	t = test_apply_kind(&t, EVENT_ROUTE, 41);
	test_stands(&t, PHASE_HUMAN_REVIEW, EPISODE_NONE);
	assert_string_equal(t.cause, "");
	assert_true(t.env_failures == 0 && t.blame == BLAME_UNSET && t.backoff_boot_ms == 0);
}

static void
test_lifecycle_T14_words_change_nothing_A_6(void **state)
{
	struct ticket t = test_ticket(PHASE_WORKING, EPISODE_RUN), u;
	struct event e = test_event(&t, EVENT_TELL);

	(void)state;
	u = test_apply(&t, &e, 14);
	test_stands(&u, PHASE_WORKING, EPISODE_RUN);
	assert_int_equal(u.generation, t.generation);
	e.has_text = false;
	test_refuse(&t, &e, REFUSAL_NEEDS_TEXT);
}

int
main(void)
{
#define T(f) cmocka_unit_test(f)
	const struct CMUnitTest tests[] = {
		T(test_lifecycle_T40_a_reviewer_of_what_is_pinned_B_7_D_38_D_51),
		T(test_lifecycle_T42_pass_is_about_one_commit_X_29_D_13),
		T(test_lifecycle_T43_fail_needs_words_and_goes_back_C_10_D_30_D_89),
		T(test_lifecycle_T45_a_dead_reviewer_costs_the_author_nothing_A_4_A_18_D_1_D_2_D_6),
		T(test_lifecycle_T46_a_reviewer_asks_A_14),
		T(test_lifecycle_T47_a_person_does_not_wait_for_a_reviewer_A_16),
		T(test_lifecycle_T37_assign_supersedes_A_3_A_5_A_12_A_15_A_16),
		T(test_lifecycle_T37_adopt_supersedes_A_20_A_21_E_13),
		T(test_lifecycle_T37_parked_and_merging_A_2),
		T(test_lifecycle_T36_another_reviewer_A_5_A_9_A_15),
		T(test_lifecycle_T49_amend_voids_the_verdict_D_13),
		T(test_lifecycle_T83_mended_leaves_what_is_a_persons_E_24),
		T(test_lifecycle_T54_gate_and_base_D_4_E_33_X_37),
		T(test_lifecycle_T54_early_gate_D_4_E_33),
		T(test_lifecycle_T58_gated_is_of_one_commit_D_4),
		T(test_lifecycle_T55_withdrawn_C_13),
		T(test_lifecycle_T15_maybe_done_is_not_done_again_E_17),
		T(test_lifecycle_T83_the_environment_is_counted_for_all_C_7),
		T(test_lifecycle_T83_a_gate_that_others_can_run_is_its_own_fault_X_12),
		T(test_lifecycle_T41_routed_without_the_gate_that_failed_E_33),
		T(test_lifecycle_T14_words_change_nothing_A_6),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
