/* SPDX-License-Identifier: GPL-2.0-only */
/* A clean store has no finding; each damage of the spool and the histories has exactly its own. */
#include "base/base.h"
#include "store/fsck.h"

#include "test_store_fsck.h"

static void
test_clean(void **state)
{
	(void)state;
	check_found(false, NULL, 0);
	check_found(true, NULL, 0);
}

/* --- the spool --- */

static void
test_I1_done_is_named_by_a_revision(void **state)
{
	(void)state;
	store_put("spool/done/s.other.json", "x");
	check_one("I1", "s.other.json: no revision");
}

static void
test_I1_done_has_the_bytes_that_were_applied(void **state)
{
	(void)state;
	store_put("spool/done/s.done.json", "changed\n");
	check_one("I1", "not those");
}

static void
test_I1_no_signal_twice(void **state)
{
	struct event e = rec_event(EVENT_CREATE);
	struct record four;

	(void)state;
	rec_sign(&e, "s.create", "create\n");
	rec_init(&four, 4);
	rec_step(&four, e, NULL);
	rec_put(&four);
	record_release(&four);
	check_one("I1", "s.create was applied twice");
}

static void
test_I1_not_done_and_refused(void **state)
{
	(void)state;
	store_put("spool/refused/s.done.json", "done\n");
	store_put("spool/refused/s.done.why",
	    "file: s.done.json\nreason: stale\nat: 2026-11-21T06:23:25Z\n");
	check_one("I1", "s.done.json is in spool/done and in spool/refused");
	/* Gone from done/, and still both applied and refused. */
	assert_int_equal(unlinkat(store.spool_done, "s.done.json", 0), 0);
	check_one("I1", "s.done.json was applied");
	/* Another text under the same id is another thing. */
	store_put("spool/refused/s.done.json", "else\n");
	check_found(false, NULL, 0);
}

/* Done and pruned, or still on its way: both are as they should be. */
static void
test_I1_applied_and_not_in_done(void **state)
{
	(void)state;
	assert_int_equal(unlinkat(store.spool_done, "s.create.json", 0), 0);
	assert_int_equal(
	    renameat(store.spool_done, "s.done.json", store.spool_new, "s.done.json"), 0);
	check_found(false, NULL, 0);
}

static void
test_I3_refused_has_a_reason_B_9(void **state)
{
	(void)state;
	assert_int_equal(unlinkat(store.spool_refused, "s.bad.why", 0), 0);
	check_one("I3", "s.bad.json");
	store_put("spool/refused/s.bad.why", "file: s.bad.json\nreas");
	check_one("I3", "s.bad.json");
}

/* --- histories --- */

static void
test_I2_report_of_a_closed_episode_E_32(void **state)
{
	struct event e = rec_event(EVENT_DONE);

	(void)state;
	rec_sign(&e, "s.late", "late\n");
	e.episode = (struct episode_id){ { 3 }, 1 };
	e.artifact = ARTIFACT_GOOD;
	assert_true(oid_parse(str_of(STORE_OID_A), &e.commit));
	rec_forge(&three, e, PHASE_DELIVERED, 10);
	rec_put(&three);
	check_one("I2", "ticket 3: revision 2: 'DONE' in phase 'ready'");
}

/* A revision is cut out of the middle. */
static void
test_I4_revisions_step_by_one_X_14(void **state)
{
	struct str rest;
	struct history_entry first, second;

	(void)state;
	rest = buf_str(&two.history);
	assert_int_equal(history_next(&rest, &first, NULL), 0);
	assert_int_equal(history_next(&rest, &second, NULL), 0);
	memmove(two.history.p + (second.line.p - two.history.p), rest.p, rest.len);
	buf_truncate(&two.history, (size_t)(second.line.p - two.history.p) + rest.len);
	rec_put(&two);
	check_one("I4", "revision 3 follows revision 1");
}

static void
test_I4_left_overs(void **state)
{
	(void)state;
	store_put("tickets/3/.tmp-1-0-ticket", "half");
	check_one("I4", ".tmp-1-0-ticket");
	assert_int_equal(unlinkat(store.tickets, "3/.tmp-1-0-ticket", 0), 0);
	assert_int_equal(mkdirat(store.tickets, ".new-4", 0700), 0);
	check_one("I4", ".new-4");
	/* A supervisor at work may be writing it. */
	check_found(true, NULL, 0);
}

static void
test_I9_steps_are_those_of_the_table(void **state)
{
	(void)state;
	rec_forge(&three, rec_event(EVENT_MERGED), PHASE_DONE, 51);
	rec_put(&three);
	/* What it leads to is as impossible as the step. */
	check_two("I9", "'merged' in phase 'ready'", "I13", "done without");
	record_release(&three);
	rec_create(&three, 3);
	rec_forge(&three, rec_event(EVENT_PARK), PHASE_ATTENTION, 34);
	rec_put(&three);
	check_one("I9", "says ready>attention");
}

static void
test_I10_header_is_what_the_history_says_X_25_E_13(void **state)
{
	(void)state;
	three.ticket.priority = 7;
	rec_put(&three);
	check_one(
	    "I10", "its priority was edited by hand, and that is not yet taken; `reeve sync`");
	three.ticket.priority = 0;
	set_charp(&three.spec.repo, "other");
	rec_put(&three);
	check_one("I10", "Repo");
}

static void
test_I12_counters_have_an_end_C_7(void **state)
{
	(void)state;
	three.ticket.deaths = TICKET_DEATHS_MAX + 1;
	rec_put(&three);
	check_two("I10", "Deaths", "I12", "deaths is 3, the most is 2");
}

static void
test_I13_done_is_left_by_a_person_only_C_2(void **state)
{
	(void)state;
	rec_forge(&one, rec_event(EVENT_RETRY), PHASE_READY, 90);
	rec_put(&one);
	check_one("I13", "'retry' in phase 'done'");
}

static void
test_I13_done_has_evidence_C_22(void **state)
{
	(void)state;
	one.ticket.passed = (struct oid){ "" };
	rec_put(&one);
	check_two("I10", "Passed", "I13", "without a commit");
}

static void
set_kill(int64_t wall_ms)
{
	struct timespec when[2] = { { .tv_sec = wall_ms / 1000 }, { .tv_sec = wall_ms / 1000 } };

	store_put("control/kill", "");
	assert_int_equal(utimensat(store.control, "kill", when, 0), 0);
}

static void
test_I14_no_start_while_killed_C_13(void **state)
{
	(void)state;
	set_kill(STORE_NOW + 3600 * 1000); /* after all of it */
	check_found(false, NULL, 0);
	set_kill(STORE_NOW); /* in the same minute: it was being decided */
	check_found(false, NULL, 0);
	set_kill(STORE_NOW - 3600 * 1000);
	{
		struct expected e[] = { { "I14", "ticket 1: revision 2: 'started'" },
			{ "I14", "ticket 1: revision 5: 'started'" },
			{ "I14", "ticket 1: revision 11: 'intent'" },
			{ "I14", "ticket 2: revision 2: 'started'" } };

		check_found(false, e, ARRAY_LEN(e));
	}
}

static void
test_I15_merging_has_an_intent(void **state)
{
	(void)state;
	three.ticket.phase = PHASE_MERGING;
	rec_put(&three);
	check_two("I10", "Phase", "I15", "without an intent");
}

static void
test_I15_what_is_merged_passed_X_29(void **state)
{
	(void)state;
	three.ticket.phase = PHASE_MERGING;
	assert_true(oid_parse(str_of(STORE_OID_A), &three.ticket.merge_from));
	assert_true(oid_parse(str_of(STORE_OID_B), &three.ticket.merge_commit));
	assert_true(oid_parse(str_of(STORE_OID_B), &three.ticket.pinned));
	assert_true(oid_parse(str_of(STORE_OID_A), &three.ticket.passed));
	rec_put(&three);
	check_two("I10", "Phase", "I15", "not what passed");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		in_full(test_clean),
		in_full(test_I1_done_is_named_by_a_revision),
		in_full(test_I1_done_has_the_bytes_that_were_applied),
		in_full(test_I1_no_signal_twice),
		in_full(test_I1_not_done_and_refused),
		in_full(test_I1_applied_and_not_in_done),
		in_full(test_I3_refused_has_a_reason_B_9),
		in_full(test_I2_report_of_a_closed_episode_E_32),
		in_full(test_I4_revisions_step_by_one_X_14),
		in_full(test_I4_left_overs),
		in_full(test_I9_steps_are_those_of_the_table),
		in_full(test_I10_header_is_what_the_history_says_X_25_E_13),
		in_full(test_I12_counters_have_an_end_C_7),
		in_full(test_I13_done_is_left_by_a_person_only_C_2),
		in_full(test_I13_done_has_evidence_C_22),
		in_full(test_I14_no_start_while_killed_C_13),
		in_full(test_I15_merging_has_an_intent),
		in_full(test_I15_what_is_merged_passed_X_29),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
