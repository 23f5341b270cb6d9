/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Every ticket has somebody whose turn it is, and what is done for it is not asked for again: over all
 * legal pairs of phase and episode, and all yes-or-no facts.
 */
#include "test_core.h"

#include "core/blocker.h"
#include "core/reconcile.h"

#define FACT_BITS 13

/* One world for each number; nothing is under way in it. */
static struct facts
facts_of(unsigned bits)
{
	return (struct facts){ .wall_ms = TEST_WALL_MS,
		.boot_ms = TEST_BOOT_MS,
		.boot_id = bits & 1 ? "another-boot" : TEST_BOOT,
		.is_killed = bits & 2,
		.is_stopped = (bits & 2) && (bits & 4),
		.has_slot = bits & 8,
		.has_deps = bits & 16,
		.has_token = (bits & 32) && !(bits & 64),
		.has_claimed = bits & 64,
		.has_revoked = (bits & 128) && !(bits & (64 | 32)), /* I7 */
		.launcher_held = (bits & 256) && (bits & 64),
		.ticket_held = bits & 512,
		.has_worktree = bits & 1024,
		.needs_gate = bits & 4096,
		.due_boot_ms = TEST_BOOT_MS + (bits & 2048 ? 5000 : 0) };
}

/* The files of an episode as its state promises them (I6, I7). */
static bool
is_consistent(const struct ticket *t, const struct facts *f)
{
	if (t->episode.state == EPISODE_RUN || t->episode.state == EPISODE_TERM)
		return f->has_claimed;
	if (!ticket_is_open(t))
		return !f->has_token && !f->launcher_held &&
		       (!f->ticket_held || t->phase == PHASE_READY);
	return true;
}

static struct event
event_of(const struct ticket *t, const struct facts *f, enum event_kind kind, enum ending ending)
{
	struct event e = test_event(t, kind);

	e.ending = ending;
	e.boot = test_boot(f->boot_id);
	e.boot_ms = f->boot_ms;
	return e;
}

static bool
step(struct ticket *t, const struct facts *f, enum event_kind kind, enum ending ending)
{
	struct event e = event_of(t, f, kind, ending);
	struct decision d = lifecycle_step(t, &e, f->wall_ms);

	if (d.verdict == VERDICT_APPLY)
		*t = d.next;
	return d.verdict == VERDICT_APPLY;
}

/* What was asked for is done, and succeeds.  False: there is no such step (yet). */
static bool
do_action(struct ticket *t, struct facts *f, const struct action *a)
{
	switch (a->kind) {
	case ACTION_EVENT:
		return step(t, f, a->event, a->ending);
	case ACTION_START:
		f->has_claimed = f->has_revoked = false;
		f->has_token = true;
		return step(t, f, EVENT_START, ENDING_UNSET);
	case ACTION_REVOKE:
		f->has_token = false;
		f->has_revoked = true;
		return true;
	case ACTION_STOP:
		f->launcher_held = f->ticket_held = false;
		return true;
	case ACTION_JUDGE:
		return step(t, f, EVENT_CLOSED,
		    strcmp(t->episode.boot.s, f->boot_id) != 0 ? ENDING_REBOOTED : ENDING_DIED);
	case ACTION_GATE:
		f->needs_gate = false;
		return step(t, f, EVENT_GATED, ENDING_UNSET);
	case ACTION_COMPUTE:
		return step(t, f, EVENT_INTENT, ENDING_UNSET);
	case ACTION_PROVE:
		return step(t, f, EVENT_WITHDRAWN, ENDING_UNSET);
	case ACTION_LAND:
		return step(t, f, EVENT_MERGED, ENDING_UNSET);
	case ACTION_HOOK:
		return step(t, f, EVENT_HOOK_RUN, ENDING_UNSET);
	case ACTION_SEND:
		f->is_unsent = false;
		return true;
	case ACTION_CLEAN:
		f->has_worktree = false;
		return true;
	case ACTION_NONE:
	case ACTION_WAIT:
		break;
	}
	return false;
}

struct tally {
	unsigned asked, done;
};

static void
once_pair(const struct ticket *ticket, void *arg)
{
	struct tally *n = arg;

	for (unsigned bits = 0; ticket->rev > 0 && bits < 1u << FACT_BITS; bits++) {
		struct ticket t = *ticket;
		struct facts f = facts_of(bits);
		struct action a, b;

		if (!is_consistent(&t, &f))
			continue;
		a = reconcile_next(&t, &f);
		n->asked++;
		if (!do_action(&t, &f, &a))
			continue;
		n->done++;
		b = reconcile_next(&t, &f);
		if (a.kind == b.kind && a.event == b.event)
			fail_msg("%s/%s, facts %x: action %d (event \"%s\") is asked for again "
				 "after it was done",
			    phase_name(ticket->phase), episode_state_name(ticket->episode.state),
			    bits, (int)a.kind, event_name(a.event));
	}
}

static void
test_owner_what_was_done_is_not_asked_for_again_D_17(void **state)
{
	struct tally n = { 0, 0 };

	(void)state;
	test_each_pair(once_pair, &n);
	assert_true(n.asked > 20000 && n.done > n.asked / 10);
}

/* Each yes-or-no fact of what is shown, from the same world. */
static void
blocker_in(const struct ticket *t, const struct facts *f, struct blocker *ret)
{
	struct blocker_facts b = { .wall_ms = f->wall_ms,
		.boot_ms = f->boot_ms,
		.boot_id = f->boot_id,
		.has_supervisor = true,
		.is_killed = f->is_killed,
		.launcher_held = f->launcher_held,
		.ticket_held = f->ticket_held,
		.undone = f->has_deps ? NULL : "3",
		.slots_used = f->has_slot ? 0 : 4,
		.slots = 4 };

	blocker_of(t, &b, ret);
}

static void
owner_pair(const struct ticket *ticket, void *arg)
{
	struct blocker b = BLOCKER_INIT;
	struct tally *n = arg;

	for (unsigned bits = 0; ticket->rev > 0 && bits < 1u << (FACT_BITS + 2); bits++) {
		struct ticket t = *ticket;
		struct facts f = facts_of(bits);
		struct action a;

		t.merge = bits & 1u << FACT_BITS ? MERGE_MANUAL : MERGE_AUTO;
		if (bits & 2u << FACT_BITS)
			t.review = t.review == REVIEW_AGENT ? REVIEW_HUMAN : REVIEW_AGENT;
		if (!is_consistent(&t, &f))
			continue;
		a = reconcile_next(&t, &f);
		blocker_in(&t, &f, &b);
		n->asked++;
		if (a.kind != ACTION_NONE && a.kind != ACTION_WAIT)
			continue;
		n->done++;
		/* nobody of ours does anything: then it is over, or put away, or a living worker's or
		 * a person's turn, or it waits for what is named */
		if (phase_is_final(t.phase) || t.phase == PHASE_PARKED || b.needs_person ||
		    f.launcher_held)
			continue;
		if (a.kind == ACTION_WAIT &&
		    (a.until_boot_ms > 0 || f.is_killed || !f.has_deps || !f.has_slot))
			continue;
		fail_msg("%s/%s, facts %x: nobody's turn; \"%s\"", phase_name(t.phase),
		    episode_state_name(t.episode.state), bits, b.text.p);
	}
	blocker_release(&b);
}

static void
test_owner_it_is_always_somebodys_turn_D_44_D_51(void **state)
{
	struct tally n = { 0, 0 };

	(void)state;
	test_each_pair(owner_pair, &n);
	assert_true(n.asked > 80000 && n.done > n.asked / 10);
}

/* --- ticket and episode move together --- */

static bool
is_about_an_episode(enum phase p)
{
	return p == PHASE_STARTING || p == PHASE_WORKING || p == PHASE_REV_STARTING ||
	       p == PHASE_REVIEWING;
}

static void
together_pair(const struct ticket *t, void *arg)
{
	unsigned *closed = arg;

	for (unsigned k = 1; k < EVENT_COUNT; k++)
		for (unsigned ending = 0; ending < ENDING_COUNT; ending++) {
			struct event e = test_event(t, (enum event_kind)k);
			struct decision d;

			e.ending = (enum ending)ending;
			d = lifecycle_step(t, &e, TEST_WALL_MS);
			if (d.verdict != VERDICT_APPLY)
				continue;
			if (!lifecycle_pair_is_legal(
				d.next.phase, d.next.episode.state, d.next.episode.role))
				fail_msg("%s in %s/%s leads to %s/%s", event_name(e.kind),
				    phase_name(t->phase), episode_state_name(t->episode.state),
				    phase_name(d.next.phase),
				    episode_state_name(d.next.episode.state));
			assert_int_equal(d.next.rev, t->rev + 1);
			if (!ticket_is_open(t) || ticket_is_open(&d.next))
				continue;
			if (is_about_an_episode(d.next.phase))
				fail_msg("%s leaves %s without its episode", event_name(e.kind),
				    phase_name(d.next.phase));
			*closed += is_about_an_episode(t->phase);
		}
}

/* One revision closes an episode and moves the ticket out of the phase that was about it. */
static void
test_owner_ticket_and_episode_move_in_one_revision_D_2_D_78(void **state)
{
	struct ticket t = test_ticket(PHASE_REVIEWING, EPISODE_RUN);
	struct facts f = facts_of(64); /* claimed, and both locks free */
	struct action a = reconcile_next(&t, &f);
	unsigned closed = 0;

	(void)state;
	assert_int_equal(a.kind, ACTION_JUDGE);
	assert_true(do_action(&t, &f, &a));
	assert_false(ticket_is_open(&t) || t.phase == PHASE_REVIEWING);
	for (unsigned p = 0; p < PHASE_COUNT; p++)
		for (unsigned r = 0; r < ROLE_COUNT; r++)
			if (is_about_an_episode((enum phase)p))
				assert_false(lifecycle_pair_is_legal(
				    (enum phase)p, EPISODE_NONE, (enum role)r));
	test_each_pair(together_pair, &closed);
	assert_true(closed > 5);
}

/* --- what has no say --- */

/* A judged ticket: what a worker, a tool or the supervisor itself reports about it cannot send it back. */
static void
test_owner_nobody_reopens_what_is_judged_but_a_person_C_3(void **state)
{
	static const enum phase judged[] = { PHASE_APPROVED, PHASE_DONE, PHASE_CANCELLED };

	(void)state;
	for (unsigned i = 0; i < ARRAY_LEN(judged); i++)
		for (unsigned s = 0; s < EPISODE_COUNT; s++)
			for (unsigned k = 1; k < EVENT_COUNT; k++) {
				struct ticket t = test_ticket(judged[i], (enum episode_state)s);
				struct event e = test_event(&t, (enum event_kind)k);
				struct decision d;

				if (!lifecycle_pair_is_legal(
					t.phase, t.episode.state, t.episode.role))
					continue;
				(void)snprintf(e.reason, sizeof e.reason, "weak completion");
				if (event_is_command(e.kind)) /* of somebody who is none */
					(void)snprintf(e.actor, sizeof e.actor, "agent:audit");
				d = lifecycle_step(&t, &e, TEST_WALL_MS);
				if (d.verdict != VERDICT_APPLY)
					continue;
				if (e.kind == EVENT_NOTE) {
					assert_int_equal(d.next.phase, t.phase);
					assert_string_equal(d.next.passed.hex, t.passed.hex);
				}
				/* what is left of it may go */
				if (d.row >= 95 && d.row <= 97 && d.next.phase == t.phase &&
				    oid_eq(d.next.passed, t.passed))
					continue;
				if (phase_is_final(t.phase))
					fail_msg("%s changes a ticket that is %s",
					    event_name(e.kind), phase_name(t.phase));
				/* passed: only git itself sends it back, by a conflict or a gate */
				if (!event_is_command(e.kind) && d.next.phase == PHASE_READY)
					assert_true(e.kind == EVENT_CONFLICT ||
						    e.kind == EVENT_GATE_FAILED);
			}
}

static void
stamps_pair(const struct ticket *ticket, void *arg)
{
	static const int64_t stamps[] = { 0, 1, TEST_WALL_MS, TEST_WALL_MS + INT64_C(1000000000) };
	unsigned *asked = arg;

	for (unsigned bits = 0; ticket->rev > 0 && bits < 1u << FACT_BITS; bits++) {
		struct facts f = facts_of(bits);
		struct action a = reconcile_next(ticket, &f);

		for (unsigned i = 0; i < ARRAY_LEN(stamps); i++) {
			struct ticket t = *ticket;
			struct action b;

			t.created_wall_ms = t.updated_wall_ms = stamps[i];
			f.wall_ms = stamps[ARRAY_LEN(stamps) - 1 - i]; /* the clock is set, too */
			b = reconcile_next(&t, &f);
			assert_int_equal(a.kind, b.kind);
			assert_int_equal(a.event, b.event);
			assert_int_equal(a.ending, b.ending);
			assert_int_equal(a.until_boot_ms, b.until_boot_ms);
			*asked += 1;
		}
	}
}

/* A ticket that is shown, annotated or polled is as old or young as it likes: no decision reads that. */
static void
test_owner_no_recovery_reads_a_stamp_D_87(void **state)
{
	unsigned asked = 0;

	(void)state;
	test_each_pair(stamps_pair, &asked);
	assert_true(asked > 4u * 100000);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_owner_what_was_done_is_not_asked_for_again_D_17),
		cmocka_unit_test(test_owner_it_is_always_somebodys_turn_D_44_D_51),
		cmocka_unit_test(test_owner_ticket_and_episode_move_in_one_revision_D_2_D_78),
		cmocka_unit_test(test_owner_nobody_reopens_what_is_judged_but_a_person_C_3),
		cmocka_unit_test(test_owner_no_recovery_reads_a_stamp_D_87),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
