/* SPDX-License-Identifier: GPL-2.0-only */
/* What a ticket needs now: each branch on both sides, then a small world in which everything that is asked
 * for is done, and which has to come to rest. */
#include "test_core.h"

#include "core/reconcile.h"

/* A supervisor at work, nothing in its way, nothing alive. */
static struct facts
plain_facts(void)
{
	return (struct facts){ .wall_ms = TEST_WALL_MS,
		.boot_ms = TEST_BOOT_MS,
		.boot_id = TEST_BOOT,
		.has_slot = true,
		.has_deps = true,
		.due_boot_ms = TEST_BOOT_MS + 5000 };
}

static struct facts
claimed_facts(bool is_alive)
{
	struct facts f = plain_facts();

	f.has_claimed = true;
	f.launcher_held = f.ticket_held = is_alive;
	return f;
}

static struct action
ask(const struct ticket *t, const struct facts *f, enum action_kind kind)
{
	struct action a = reconcile_next(t, f);

	if (a.kind != kind)
		fail_msg("%s/%s: action %d (event \"%s\"), not %d", phase_name(t->phase),
		    episode_state_name(t->episode.state), (int)a.kind, event_name(a.event),
		    (int)kind);
	return a;
}

static void
ask_event(const struct ticket *t, const struct facts *f, enum event_kind kind, enum ending ending)
{
	struct action a = ask(t, f, ACTION_EVENT);

	assert_string_equal(event_name(a.event), event_name(kind));
	assert_string_equal(ending_name(a.ending), ending_name(ending));
}

static void
ask_wait(const struct ticket *t, const struct facts *f, int64_t until_boot_ms)
{
	struct action a = ask(t, f, ACTION_WAIT);

	assert_int_equal(a.until_boot_ms, until_boot_ms);
}

static void
ask_revoke(const struct ticket *t, const struct facts *f, enum ending ending)
{
	struct action a = ask(t, f, ACTION_REVOKE);

	assert_string_equal(ending_name(a.ending), ending_name(ending));
}

/* A message waits for nothing, and nothing waits for it: neither the kill switch nor work under way holds it
 * back, and one that cannot be delivered is tried again later. */
static void
test_reconcile_delivers_messages_whatever_else_B_3(void **state)
{
	struct ticket t = test_ticket(PHASE_READY, EPISODE_NONE);
	struct facts f = plain_facts();

	(void)state;
	f.is_unsent = true;
	(void)ask(&t, &f, ACTION_SEND);
	f.is_busy = f.is_killed = f.is_observer = true;
	(void)ask(&t, &f, ACTION_SEND);
	f.send_boot_ms = f.boot_ms + 7;
	ask_wait(&t, &f, f.boot_ms + 7);
	f.is_busy = f.is_killed = f.is_observer = false;
	(void)ask(&t, &f, ACTION_START);
	t = test_ticket(PHASE_DONE, EPISODE_NONE);
	ask_wait(&t, &f, f.boot_ms + 7);
	f.boot_ms += 7;
	(void)ask(&t, &f, ACTION_SEND);
	f.is_unsent = false;
	(void)ask(&t, &f, ACTION_NONE);
}

static void
test_reconcile_busy_comes_first_D_40_D_71(void **state)
{
	struct ticket t = test_ticket(PHASE_READY, EPISODE_NONE);
	struct facts f = plain_facts();

	(void)state;
	(void)ask(&t, &f, ACTION_START);
	f.is_busy = true;
	(void)ask(&t, &f, ACTION_NONE);
	t = test_ticket(PHASE_DELIVERED, EPISODE_NONE);
	(void)ask(&t, &f, ACTION_NONE);
}

static void
test_reconcile_ready_starts_or_says_what_it_waits_for_D_65_D_96_E_40(void **state)
{
	struct ticket t = test_ticket(PHASE_READY, EPISODE_NONE);
	struct facts f = plain_facts();

	(void)state;
	(void)ask(&t, &f, ACTION_START);
	f.has_slot = false;
	ask_wait(&t, &f, 0);
	f = plain_facts();
	f.has_deps = false;
	ask_wait(&t, &f, 0);
	f = plain_facts();
	f.ticket_held = true; /* something of an older episode lives */
	ask_wait(&t, &f, f.boot_ms + 1000);
	f = plain_facts();
	t.not_before_wall_ms = f.wall_ms + 1;
	ask_wait(&t, &f, f.boot_ms + 1);
	t.not_before_wall_ms = f.wall_ms;
	(void)ask(&t, &f, ACTION_START);
}

/* Waits are in the time of one boot: a step of the wall clock or a reboot never holds them up. */
static void
test_reconcile_back_off_of_this_boot_only_X_15_X_16(void **state)
{
	static const enum phase phases[] = { PHASE_READY, PHASE_APPROVED, PHASE_MERGING };
	static const enum action_kind kinds[] = { ACTION_START, ACTION_COMPUTE, ACTION_LAND };

	(void)state;
	for (unsigned i = 0; i < ARRAY_LEN(phases); i++) {
		struct ticket t = test_ticket(phases[i], EPISODE_NONE);
		struct facts f = plain_facts();

		(void)ask(&t, &f, kinds[i]);
		t.backoff_boot = test_boot(TEST_BOOT);
		t.backoff_boot_ms = f.boot_ms + 1;
		ask_wait(&t, &f, f.boot_ms + 1);
		f.wall_ms += INT64_C(3600000) * 24 * 3650;
		ask_wait(&t, &f, f.boot_ms + 1);
		f.boot_ms++;
		(void)ask(&t, &f, kinds[i]);
		t.backoff_boot = test_boot("another");
		t.backoff_boot_ms = f.boot_ms + 1000;
		(void)ask(&t, &f, kinds[i]);
		f.retry_boot_ms = f.boot_ms + 7;
		ask_wait(&t, &f, f.boot_ms + 7);
		t.backoff_boot = test_boot(TEST_BOOT); /* the later of both */
		ask_wait(&t, &f, f.boot_ms + 1000);
		f.is_killed = true;
		ask_wait(&t, &f, 0);
		f.is_killed = false;
		f.is_observer = true;
		ask_wait(&t, &f, 0);
	}
}

static void
test_reconcile_open_waits_for_its_claim_D_12_D_29_D_61(void **state)
{
	struct ticket t = test_ticket(PHASE_STARTING, EPISODE_OPEN);
	struct facts f = plain_facts();

	(void)state;
	f.has_token = true;
	ask_wait(&t, &f, f.due_boot_ms);
	f.boot_ms = f.due_boot_ms - 1;
	ask_wait(&t, &f, f.due_boot_ms);
	f.boot_ms = f.due_boot_ms;
	ask_revoke(&t, &f, ENDING_DEADLINE);
	f.has_claimed = true; /* whoever claims, however late, has won */
	ask_event(&t, &f, EVENT_CLAIMED, ENDING_UNSET);
	t.episode.boot = test_boot("another"); /* claimed in an earlier boot: judged as that next */
	ask_event(&t, &f, EVENT_CLAIMED, ENDING_UNSET);
}

static void
test_reconcile_open_token_gone_or_never_out_D_7_D_18_X_34(void **state)
{
	struct ticket t = test_ticket(PHASE_STARTING, EPISODE_OPEN);
	struct facts f = plain_facts();

	(void)state;
	ask_revoke(&t, &f, ENDING_ABANDONED); /* no token, nobody prepares one */
	f.is_fresh = true;
	(void)ask(&t, &f, ACTION_NONE); /* this process is about to put it out */
	f.has_revoked = true;
	ask_event(&t, &f, EVENT_NEVER_STARTED, ENDING_ABANDONED);
	f = plain_facts();
	f.has_revoked = true;
	ask_event(&t, &f, EVENT_NEVER_STARTED, ENDING_ABANDONED);
	f.is_observer = true; /* what is a fact anybody may say */
	ask_event(&t, &f, EVENT_NEVER_STARTED, ENDING_ABANDONED);
	f.has_revoked = false;
	(void)ask(&t, &f, ACTION_NONE);
}

static void
test_reconcile_open_after_a_reboot_X_16(void **state)
{
	struct ticket t = test_ticket(PHASE_STARTING, EPISODE_OPEN);
	struct facts f = plain_facts();

	(void)state;
	f.boot_id = "another";
	f.has_token = true;
	ask_revoke(&t, &f, ENDING_REBOOTED);
	f.is_fresh = true;
	ask_revoke(&t, &f, ENDING_REBOOTED);
	f.has_revoked = true;
	ask_event(&t, &f, EVENT_NEVER_STARTED, ENDING_REBOOTED);
}

static void
test_reconcile_kill_takes_tokens_back_C_13_C_16(void **state)
{
	struct ticket t = test_ticket(PHASE_STARTING, EPISODE_OPEN);
	struct facts f = plain_facts();

	(void)state;
	f.is_killed = true;
	f.has_token = true;
	ask_revoke(&t, &f, ENDING_PAUSED);
	f.is_observer = true;
	(void)ask(&t, &f, ACTION_NONE);
	f.has_claimed = true;
	ask_event(&t, &f, EVENT_CLAIMED, ENDING_UNSET);
	/* and leaves alone who works */
	t = test_ticket(PHASE_WORKING, EPISODE_RUN);
	f = claimed_facts(true);
	f.is_killed = true;
	(void)ask(&t, &f, ACTION_NONE);
}

static void
test_reconcile_working_is_left_alone_D_6_D_39_D_55_E_39(void **state)
{
	struct ticket t = test_ticket(PHASE_WORKING, EPISODE_RUN);
	struct facts f = claimed_facts(true);

	(void)state;
	(void)ask(&t, &f, ACTION_NONE);
	f.boot_ms += INT64_C(3600000) * 24 * 365; /* however long it takes */
	(void)ask(&t, &f, ACTION_NONE);
	f.has_signals = true;
	(void)ask(&t, &f, ACTION_NONE);
}

static void
test_reconcile_control_stop_ends_everybody_E_8(void **state)
{
	static const enum phase phases[] = { PHASE_WORKING, PHASE_ASKING };

	(void)state;
	for (unsigned i = 0; i < ARRAY_LEN(phases); i++) {
		struct ticket t = test_ticket(phases[i], EPISODE_RUN);
		struct facts f = claimed_facts(true);

		f.is_stopped = true;
		ask_event(&t, &f, EVENT_EXPIRED, ENDING_UNSET);
		t = test_apply_kind(&t, EVENT_EXPIRED, 30);
		(void)ask(&t, &f, ACTION_STOP);
	}
}

static void
test_reconcile_a_free_lock_is_judged_last_A_7_D_9_D_23_D_63(void **state)
{
	struct ticket t = test_ticket(PHASE_WORKING, EPISODE_RUN);
	struct facts f = claimed_facts(false);

	(void)state;
	(void)ask(&t, &f, ACTION_JUDGE);
	f.has_signals = true; /* what it said before it ended comes first */
	(void)ask(&t, &f, ACTION_NONE);
	f.ticket_held = true;
	(void)ask(&t, &f, ACTION_NONE);
	f.has_signals = false;
	(void)ask(&t, &f, ACTION_STOP); /* what it left behind, X-19 */
	f.is_observer = true;
	(void)ask(&t, &f, ACTION_NONE);
	f.ticket_held = false;
	(void)ask(&t, &f, ACTION_JUDGE);
	f.launcher_held = true; /* an unknown probe counts as held, D-8 */
	(void)ask(&t, &f, ACTION_NONE);
}

static void
test_reconcile_a_turn_may_end_by_itself_D_79_D_80(void **state)
{
	struct ticket t = test_ticket(PHASE_HUMAN_REVIEW, EPISODE_TERM);
	struct facts f = claimed_facts(true);

	(void)state;
	ask_wait(&t, &f, f.due_boot_ms);
	f.boot_ms = f.due_boot_ms;
	ask_event(&t, &f, EVENT_EXPIRED, ENDING_UNSET);
	t = test_ticket(PHASE_READY, EPISODE_TERM); /* failed already: it has to end first */
	f = claimed_facts(true);
	ask_wait(&t, &f, f.due_boot_ms);
	f = claimed_facts(false);
	(void)ask(&t, &f, ACTION_JUDGE);
}

static void
test_reconcile_stop_ends_or_takes_back_E_4_D_18(void **state)
{
	struct ticket t = test_ticket(PHASE_WORKING, EPISODE_STOP);
	struct facts f = claimed_facts(true);

	(void)state;
	(void)ask(&t, &f, ACTION_STOP);
	f.is_observer = true;
	(void)ask(&t, &f, ACTION_NONE);
	f = claimed_facts(false);
	(void)ask(&t, &f, ACTION_JUDGE);
	t = test_ticket(PHASE_STARTING, EPISODE_STOP);
	f = plain_facts();
	f.has_token = true;
	ask_revoke(&t, &f, ENDING_PAUSED);
	f.is_observer = true;
	(void)ask(&t, &f, ACTION_NONE);
	f.has_revoked = true;
	ask_event(&t, &f, EVENT_NEVER_STARTED, ENDING_PAUSED);
	f = claimed_facts(true); /* claimed first */
	(void)ask(&t, &f, ACTION_STOP);
}

static void
test_reconcile_delivered_goes_to_a_person_D_19_D_37(void **state)
{
	struct ticket t = test_ticket(PHASE_DELIVERED, EPISODE_NONE);
	struct facts f = plain_facts();

	(void)state;
	ask_event(&t, &f, EVENT_ROUTE, ENDING_UNSET);
	f.is_killed = f.is_observer = true; /* it is no work, only a word */
	ask_event(&t, &f, EVENT_ROUTE, ENDING_UNSET);
	t.review = REVIEW_AGENT;
	(void)ask(&t, &f, ACTION_WAIT);
	t = test_ticket(PHASE_DELIVERED, EPISODE_TERM);
	f = claimed_facts(true);
	ask_event(&t, &f, EVENT_ROUTE, ENDING_UNSET);
	t.want = WANT_PARK;
	ask_wait(&t, &f, f.due_boot_ms);
}

/* Once an interval, for who waits for a person and for a worker that is quiet; nothing else changes. */
static void
test_reconcile_reminds_once_an_interval_D_19_D_39_E_14_A_10(void **state)
{
	struct ticket t = test_ticket(PHASE_HUMAN_REVIEW, EPISODE_NONE);
	struct facts f = plain_facts();
	struct event e = test_event(&t, EVENT_REMIND);

	(void)state;
	f.wall_ms = TEST_WALL_MS;
	t.updated_wall_ms = TEST_WALL_MS - 5000;
	(void)ask(&t, &f, ACTION_NONE); /* not wanted */
	f.remind_ms = 6000;
	ask_wait(&t, &f, f.boot_ms + 1000);
	f.remind_ms = 5000;
	ask_event(&t, &f, EVENT_REMIND, ENDING_UNSET);
	t = test_apply(&t, &e, 48);
	test_stands(&t, PHASE_HUMAN_REVIEW, EPISODE_NONE);
	ask_wait(&t, &f, f.boot_ms + 5000);
	f.wall_ms += 700;
	f.remind_ms = 250; /* the ticket knows whole seconds: not at once again */
	ask_wait(&t, &f, f.boot_ms + 300);
	f.is_observer = true;
	(void)ask(&t, &f, ACTION_NONE);
	t = test_ticket(PHASE_WORKING, EPISODE_RUN);
	f = claimed_facts(true);
	f.wall_ms = t.updated_wall_ms + 5000;
	f.remind_ms = 5000;
	ask_event(&t, &f, EVENT_REMIND, ENDING_UNSET);
	t = test_apply(&t, &e, 18);
	test_stands(&t, PHASE_WORKING, EPISODE_RUN);
}

static void
test_reconcile_merging_D_65_X_29(void **state)
{
	struct ticket t = test_ticket(PHASE_APPROVED, EPISODE_NONE);
	struct facts f = plain_facts();

	(void)state;
	(void)ask(&t, &f, ACTION_COMPUTE);
	f.has_slot = f.has_deps = false; /* of no concern to a merge */
	(void)ask(&t, &f, ACTION_COMPUTE);
	t.merge = MERGE_MANUAL;
	(void)ask(&t, &f, ACTION_NONE);
	t = test_ticket(PHASE_APPROVED, EPISODE_TERM);
	f = claimed_facts(true);
	ask_wait(&t, &f, f.due_boot_ms); /* its worker ends first */
	t = test_ticket(PHASE_MERGING, EPISODE_NONE);
	f = plain_facts();
	(void)ask(&t, &f, ACTION_LAND);
	t.merge = MERGE_MANUAL; /* the intent is written: it is brought to its end */
	(void)ask(&t, &f, ACTION_LAND);
}

static void
test_reconcile_done_cleans_up_once_D_79_C_22(void **state)
{
	struct ticket t = test_ticket(PHASE_DONE, EPISODE_NONE);
	struct facts f = plain_facts();

	(void)state;
	(void)ask(&t, &f, ACTION_NONE);
	f.has_worktree = true;
	(void)ask(&t, &f, ACTION_CLEAN);
	f.is_killed = true;
	(void)ask(&t, &f, ACTION_NONE);
	f.is_killed = false;
	f.is_observer = true;
	(void)ask(&t, &f, ACTION_NONE);
	f.is_observer = false;
	t = test_ticket(PHASE_CANCELLED, EPISODE_NONE); /* unlanded work is a person's to remove */
	(void)ask(&t, &f, ACTION_NONE);
}

/* The hook is run before the branch goes; who waits for it is not asked again at once. */
static void
test_reconcile_done_runs_its_hook_C_13(void **state)
{
	struct ticket t = test_ticket(PHASE_DONE, EPISODE_NONE), failed;
	struct facts f = plain_facts();

	(void)state;
	f.has_worktree = true;
	t.hook = HOOK_OWED;
	(void)ask(&t, &f, ACTION_HOOK);
	f.is_killed = true;
	(void)ask(&t, &f, ACTION_NONE);
	f.is_killed = false;
	f.is_observer = true;
	(void)ask(&t, &f, ACTION_NONE);
	f.is_observer = false;
	failed = test_apply_kind(&t, EVENT_HOOK_FAILED, 57);
	(void)ask(&failed, &f, ACTION_WAIT);
	f.boot_ms = failed.backoff_boot_ms;
	(void)ask(&failed, &f, ACTION_HOOK);
	t = test_apply_kind(&t, EVENT_HOOK_RUN, 56);
	(void)ask(&t, &f, ACTION_CLEAN);
	for (unsigned i = 1; i < TICKET_HOOK_TRIES_MAX; i++)
		failed = test_apply_kind(&failed, EVENT_HOOK_FAILED, 57);
	assert_int_equal(failed.hook, HOOK_FAILED); /* a person's turn */
	(void)ask(&failed, &f, ACTION_CLEAN);
	test_refuse_kind(&failed, EVENT_HOOK_RUN, REFUSAL_ILLEGAL);
	failed = test_apply_kind(&failed, EVENT_RETRY, 90);
	(void)ask(&failed, &f, ACTION_HOOK);
	test_refuse_kind(&t, EVENT_RETRY, REFUSAL_ILLEGAL); /* it was run */
}

/* A person says what is to go; what has begun is brought to its end; the kill switch holds both (C-13). */
static void
test_reconcile_what_is_over_is_pruned_when_asked_C_13_X_34(void **state)
{
	static const enum phase over[] = { PHASE_DONE, PHASE_CANCELLED };

	(void)state;
	for (unsigned i = 0; i < 2 * ARRAY_LEN(over); i++) {
		struct ticket t = test_ticket(over[i / 2], EPISODE_NONE);
		struct facts f = plain_facts();

		t.prune = i % 2 ? PRUNE_WORK : PRUNE_UNSET;
		f.has_rest = i % 2 == 0;
		(void)ask(&t, &f, ACTION_CLEAN);
		f.is_killed = true;
		(void)ask(&t, &f, ACTION_NONE);
		f.is_killed = false;
		f.is_observer = true;
		(void)ask(&t, &f, ACTION_NONE);
	}
	for (unsigned p = 1; p < PHASE_COUNT; p++) { /* nothing of what is not over */
		struct ticket t = test_ticket((enum phase)p, EPISODE_NONE);
		struct facts f = plain_facts();

		f.has_rest = f.has_worktree = true;
		if (!phase_is_final(t.phase) && lifecycle_pair_is_legal(t.phase, EPISODE_NONE, 0))
			assert_true(reconcile_next(&t, &f).kind != ACTION_CLEAN);
	}
}

static void
test_reconcile_people_are_waited_for_D_14(void **state)
{
	static const enum phase phases[] = { PHASE_PARKED, PHASE_ASKING, PHASE_HUMAN_REVIEW,
		PHASE_ATTENTION, PHASE_CANCELLED, PHASE_DONE };
	struct facts f = plain_facts();

	(void)state;
	for (unsigned i = 0; i < ARRAY_LEN(phases); i++) {
		struct ticket t = test_ticket(phases[i], EPISODE_NONE);

		(void)ask(&t, &f, ACTION_NONE);
	}
}

static void
rights_pair(const struct ticket *ticket, void *arg)
{
	unsigned *asked = arg;

	if (ticket->rev == 0)
		return;
	/* every combination of the facts that are yes or no, and both sides of each time */
	for (unsigned bits = 0; bits < 1u << 16; bits++) {
		struct ticket t = *ticket;
		struct facts f = plain_facts();
		struct action a;

		f.is_killed = bits & 1;
		f.is_observer = !f.is_killed || (bits & 2);
		f.is_stopped = bits & 4;
		f.has_slot = bits & 8;
		f.has_deps = bits & 16;
		f.has_token = bits & 32;
		f.has_claimed = bits & 64;
		f.has_revoked = bits & 128;
		f.launcher_held = bits & 256;
		f.ticket_held = bits & 512;
		f.is_fresh = bits & 1024;
		f.has_signals = bits & 2048;
		f.has_worktree = f.has_rest = bits & 4096;
		f.boot_id = bits & 8192 ? TEST_BOOT : "another";
		f.due_boot_ms = f.boot_ms + (bits & 16384 ? 1 : 0);
		t.merge = bits & 32768 ? MERGE_AUTO : MERGE_MANUAL;
		a = reconcile_next(&t, &f);
		assert_true(a.kind != ACTION_START && a.kind != ACTION_COMPUTE &&
			    a.kind != ACTION_LAND && a.kind != ACTION_CLEAN);
		if (f.is_observer)
			assert_true(a.kind != ACTION_STOP && a.kind != ACTION_REVOKE);
		if (a.kind == ACTION_WAIT) /* never in the past: the loop would not rest */
			assert_true(a.until_boot_ms == 0 || a.until_boot_ms > f.boot_ms);
		if (a.kind == ACTION_JUDGE) /* R7, R8 */
			assert_true(!f.launcher_held && !f.ticket_held && !f.has_signals);
		*asked += 1;
	}
}

/* All facts, all tickets: who only looks takes nothing in hand, and nor does anybody under the kill switch. */
static void
test_reconcile_rights_of_observers_and_under_kill_C_4_C_13_D_8(void **state)
{
	unsigned asked = 0;

	(void)state;
	test_each_pair(rights_pair, &asked);
	assert_true(asked > 30u << 16);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_reconcile_delivers_messages_whatever_else_B_3),
		cmocka_unit_test(test_reconcile_busy_comes_first_D_40_D_71),
		cmocka_unit_test(
		    test_reconcile_ready_starts_or_says_what_it_waits_for_D_65_D_96_E_40),
		cmocka_unit_test(test_reconcile_back_off_of_this_boot_only_X_15_X_16),
		cmocka_unit_test(test_reconcile_open_waits_for_its_claim_D_12_D_29_D_61),
		cmocka_unit_test(test_reconcile_open_token_gone_or_never_out_D_7_D_18_X_34),
		cmocka_unit_test(test_reconcile_open_after_a_reboot_X_16),
		cmocka_unit_test(test_reconcile_kill_takes_tokens_back_C_13_C_16),
		cmocka_unit_test(test_reconcile_working_is_left_alone_D_6_D_39_D_55_E_39),
		cmocka_unit_test(test_reconcile_control_stop_ends_everybody_E_8),
		cmocka_unit_test(test_reconcile_a_free_lock_is_judged_last_A_7_D_9_D_23_D_63),
		cmocka_unit_test(test_reconcile_a_turn_may_end_by_itself_D_79_D_80),
		cmocka_unit_test(test_reconcile_stop_ends_or_takes_back_E_4_D_18),
		cmocka_unit_test(test_reconcile_delivered_goes_to_a_person_D_19_D_37),
		cmocka_unit_test(test_reconcile_reminds_once_an_interval_D_19_D_39_E_14_A_10),
		cmocka_unit_test(test_reconcile_merging_D_65_X_29),
		cmocka_unit_test(test_reconcile_done_cleans_up_once_D_79_C_22),
		cmocka_unit_test(test_reconcile_done_runs_its_hook_C_13),
		cmocka_unit_test(test_reconcile_what_is_over_is_pruned_when_asked_C_13_X_34),
		cmocka_unit_test(test_reconcile_people_are_waited_for_D_14),
		cmocka_unit_test(test_reconcile_rights_of_observers_and_under_kill_C_4_C_13_D_8),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
