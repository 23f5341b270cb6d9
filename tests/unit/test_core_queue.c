/* SPDX-License-Identifier: GPL-2.0-only */
/* Whose turn it is to land. */
#include "test_core.h"

#include "core/queue.h"

static void
test_queue_is_of_those_that_are_to_land(void **state)
{
	struct ticket t = test_ticket(PHASE_APPROVED, EPISODE_NONE);

	(void)state;
	assert_true(queue_has(&t));
	t.merge = MERGE_MANUAL;
	assert_false(queue_has(&t));
	t = test_ticket(PHASE_APPROVED, EPISODE_TERM); /* it still finishes its turn */
	assert_false(queue_has(&t));
	t = test_ticket(PHASE_MERGING, EPISODE_NONE);
	assert_true(queue_has(&t));
	for (enum phase p = PHASE_PARKED; p < PHASE_COUNT; p++) {
		t = test_ticket(p, EPISODE_NONE);
		t.episode.state = EPISODE_NONE;
		assert_int_equal(queue_has(&t), p == PHASE_APPROVED || p == PHASE_MERGING);
	}
}

static void
test_queue_is_a_total_order_oldest_first_D_66(void **state)
{
	struct ticket a = test_ticket(PHASE_APPROVED, EPISODE_NONE), b = a;

	(void)state;
	assert_false(queue_is_before(&a, &a));
	b.id.n = a.id.n + 1;
	assert_true(queue_is_before(&a, &b));
	assert_false(queue_is_before(&b, &a));
	b.passed_wall_ms = a.passed_wall_ms - 1000; /* a later number, an earlier verdict */
	assert_true(queue_is_before(&b, &a));
	assert_false(queue_is_before(&a, &b));
	b.env_failures = 3; /* it had its tries */
	assert_true(queue_is_before(&a, &b));
	assert_false(queue_is_before(&b, &a));
	a.env_failures = 4;
	assert_true(queue_is_before(&b, &a));
}

static void
test_queue_is_of_one_branch_of_one_repository(void **state)
{
	char app[] = "app", lib[] = "lib", main_[] = "main", next[] = "next";
	struct spec a = { .repo = app, .base = main_ }, b = a, none = { NULL };

	(void)state;
	assert_true(queue_is_shared(&a, &b));
	b.base = next;
	assert_false(queue_is_shared(&a, &b));
	b = a;
	b.repo = lib;
	assert_false(queue_is_shared(&a, &b));
	assert_false(queue_is_shared(&a, &none));
}

static void
test_queue_passes_over_who_backs_off_in_this_boot(void **state)
{
	struct ticket t = test_ticket(PHASE_APPROVED, EPISODE_NONE);

	(void)state;
	assert_false(queue_is_delayed(&t, TEST_BOOT, TEST_BOOT_MS));
	t.backoff_boot = test_boot(TEST_BOOT);
	t.backoff_boot_ms = TEST_BOOT_MS + 1;
	assert_true(queue_is_delayed(&t, TEST_BOOT, TEST_BOOT_MS));
	assert_false(queue_is_delayed(&t, TEST_BOOT, TEST_BOOT_MS + 1));
	assert_false(queue_is_delayed(&t, "another", TEST_BOOT_MS));
}

/* A place is that of the verdict: what happens on the way to the target keeps it. */
static void
test_queue_keeps_the_place_of_who_has_to_try_again_X_28(void **state)
{
	static const enum event_kind again[] = { EVENT_MOVED, EVENT_HELD, EVENT_WITHDRAWN,
		EVENT_ENV_FAILED };
	int64_t late = TEST_WALL_MS + 3600000;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(again); i++) {
		struct ticket t = test_ticket(PHASE_HUMAN_REVIEW, EPISODE_NONE);
		struct event e = test_event(&t, EVENT_ACCEPT);
		struct decision d = lifecycle_step(&t, &e, TEST_WALL_MS);

		assert_int_equal(d.next.passed_wall_ms, TEST_WALL_MS);
		e = test_event(&d.next, EVENT_INTENT);
		d = lifecycle_step(&d.next, &e, late);
		assert_int_equal(d.next.phase, PHASE_MERGING);
		e = test_event(&d.next, again[i]);
		d = lifecycle_step(&d.next, &e, late);
		assert_int_equal(d.verdict, VERDICT_APPLY);
		assert_int_equal(d.next.passed_wall_ms, TEST_WALL_MS);
	}
}

static void
test_queue_place_is_void_with_the_verdict_D_13(void **state)
{
	static const enum event_kind over[] = { EVENT_CONFLICT, EVENT_AMEND, EVENT_ADOPT,
		EVENT_ASSIGN };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(over); i++) {
		struct ticket t = test_ticket(PHASE_APPROVED, EPISODE_NONE);
		struct event e = test_event(&t, over[i]);
		struct decision d;

		t.passed_wall_ms = TEST_WALL_MS;
		d = lifecycle_step(&t, &e, TEST_WALL_MS);
		assert_int_equal(d.verdict, VERDICT_APPLY);
		assert_int_equal(d.next.passed_wall_ms, 0);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_queue_is_of_those_that_are_to_land),
		cmocka_unit_test(test_queue_is_a_total_order_oldest_first_D_66),
		cmocka_unit_test(test_queue_is_of_one_branch_of_one_repository),
		cmocka_unit_test(test_queue_passes_over_who_backs_off_in_this_boot),
		cmocka_unit_test(test_queue_keeps_the_place_of_who_has_to_try_again_X_28),
		cmocka_unit_test(test_queue_place_is_void_with_the_verdict_D_13),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
