/* SPDX-License-Identifier: GPL-2.0-only */
/* T95 to T97: what is left of a ticket that is over. */
#include "test_core.h"

static struct ticket
asked(enum phase phase, enum prune what)
{
	struct ticket t = test_ticket(phase, EPISODE_NONE);
	struct event e = test_event(&t, EVENT_PRUNE);

	e.prune = what;
	return test_apply(&t, &e, 95);
}

static void
test_prune_is_kept_until_it_was_carried_out_D_81(void **state)
{
	static const enum phase over[] = { PHASE_DONE, PHASE_CANCELLED };

	(void)state;
	for (unsigned i = 0; i < ARRAY_LEN(over); i++) {
		struct ticket t = asked(over[i], PRUNE_WORK), u;

		test_stands(&t, over[i], EPISODE_NONE);
		assert_int_equal(t.prune, PRUNE_WORK);
		assert_int_equal(t.prune_rev, 41);
		u = test_apply_kind(&t, EVENT_PRUNED, 96);
		test_stands(&u, over[i], EPISODE_NONE);
		assert_int_equal(u.prune, PRUNE_UNSET);
		assert_int_equal(u.prune_rev, 0);
		u = test_apply_kind(&t, EVENT_KEPT, 97);
		test_stands(&u, over[i], EPISODE_NONE);
		assert_string_equal(u.cause, "because");
		assert_int_equal(u.prune, PRUNE_UNSET);
		u = test_apply_kind(&u, EVENT_PRUNED, 96);
		assert_string_equal(u.cause, "");
	}
}

/* What a person named is more than what is proved; and what work may be parked under goes with no other order. */
static void
test_prune_orders_do_not_add_up_to_a_loss(void **state)
{
	struct ticket t = asked(PHASE_DONE, PRUNE_LANDED);
	struct event e = test_event(&t, EVENT_PRUNE);

	(void)state;
	e.prune = PRUNE_REFS;
	test_refuse(&t, &e, REFUSAL_ILLEGAL);
	e.prune = PRUNE_WORK;
	t = test_apply(&t, &e, 95);
	assert_int_equal(t.prune, PRUNE_WORK);
	assert_int_equal(t.prune_rev, 41); /* what was parked by it is found under that name */
	e.prune = PRUNE_LANDED;
	t = test_apply(&t, &e, 95);
	assert_int_equal(t.prune, PRUNE_WORK);
	e.prune = PRUNE_UNSET;
	test_refuse(&t, &e, REFUSAL_INVALID);

	t = asked(PHASE_CANCELLED, PRUNE_REFS);
	e = test_event(&t, EVENT_PRUNE);
	test_refuse(&t, &e, REFUSAL_ILLEGAL);
	t = test_ticket(
	    PHASE_CANCELLED, EPISODE_NONE); /* what nobody can get back is a person's to remove */
	e.prune = PRUNE_REFS;
	(void)snprintf(e.actor, sizeof e.actor, "orchestrator");
	test_refuse(&t, &e, REFUSAL_ILLEGAL);
	e.prune = PRUNE_WORK;
	(void)test_apply(&t, &e, 95);
}

/* The live are not pruned; and one that was opened again while a helper was at it only learns of it. */
static void
test_prune_is_for_what_is_over(void **state)
{
	(void)state;
	for (unsigned p = 1; p < PHASE_COUNT; p++) {
		struct ticket t = test_ticket((enum phase)p, EPISODE_NONE), u;

		if (phase_is_final(t.phase) || !lifecycle_pair_is_legal(t.phase, EPISODE_NONE, 0))
			continue;
		test_refuse_kind(&t, EVENT_PRUNE, REFUSAL_ILLEGAL);
		test_refuse_kind(&t, EVENT_KEPT, REFUSAL_ILLEGAL);
		u = test_apply_kind(&t, EVENT_PRUNED, 96);
		test_stands(&u, t.phase, EPISODE_NONE);
		assert_string_equal(u.cause, t.cause);
	}
}

static void
test_reopen_takes_a_prune_back_C_2(void **state)
{
	struct ticket t = asked(PHASE_CANCELLED, PRUNE_WORK);

	(void)state;
	t.pinned = test_oid(0xc1);
	t.pinned_by = 2;
	(void)snprintf(t.cause, sizeof t.cause, "worktree kept");
	t = test_apply_kind(&t, EVENT_REOPEN, 92);
	test_stands(&t, PHASE_READY, EPISODE_NONE);
	assert_int_equal(t.prune, PRUNE_UNSET);
	assert_int_equal(t.prune_rev, 0);
	assert_string_equal(t.cause, "");
	assert_int_equal(t.pinned_by, 0); /* `retry` must not deliver what nobody reported since */
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_prune_is_kept_until_it_was_carried_out_D_81),
		cmocka_unit_test(test_prune_orders_do_not_add_up_to_a_loss),
		cmocka_unit_test(test_prune_is_for_what_is_over),
		cmocka_unit_test(test_reopen_takes_a_prune_back_C_2),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
