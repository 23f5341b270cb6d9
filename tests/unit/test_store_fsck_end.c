/* SPDX-License-Identifier: GPL-2.0-only */
/* Reports against their bytes, ends of episodes against the history, counters, what waits for nothing. */
#include "base/base.h"
#include "store/fsck.h"

#include "codec/signal_json.h"
#include "test_store_fsck.h"

static void
put_outcome(uint32_t ticket, uint32_t n, const char *text)
{
	struct episode_id ep = { { ticket }, n };

	assert_int_equal(episode_write(&store, ep, EPISODE_OUTCOME, str_of(text), NULL), 0);
}

static void
put_artifacts(const char *list)
{
	_cleanup_(buf_release) struct buf text = BUF_INIT;

	buf_addf(&text, OUTCOME_OF, 1, 1, "died", list);
	put_outcome(1, 1, text.p);
}

/* --- I2: what was applied is what it says --- */

/* Ticket 2 reports `commit` with this nonce; the history says DONE of commit A, of episode 2.1. */
static void
report(unsigned char nonce_byte, enum event_kind kind, const char *commit)
{
	struct event done = rec_event(EVENT_DONE);
	struct nonce nonce = { { nonce_byte } };
	_cleanup_(buf_release) struct buf bytes = BUF_INIT;
	struct signal s = { .event = { .kind = kind, .ticket = { 2 } } };
	static char body[] = "made it";

	s.body = body;
	s.summary = body;
	assert_true(oid_parse(str_of(commit), &s.event.commit));
	signal_json_dump(&s, &nonce, &bytes);
	rec_sign(&done, "s.report", bytes.p);
	done.artifact = ARTIFACT_GOOD;
	assert_true(oid_parse(str_of(STORE_OID_A), &done.commit));
	rec_step(&two, done, NULL);
	rec_put(&two);
	store_put("spool/done/s.report.json", bytes.p);
}

static void
test_I2_report_has_the_nonce_of_its_episode(void **state)
{
	(void)state;
	report(9, EVENT_DONE, STORE_OID_A);
	check_one("I2", "s.report.json has not the nonce of episode 2.1");
}

static void
test_I2_report_is_what_was_applied(void **state)
{
	(void)state;
	report(1, EVENT_REVIEW, STORE_OID_A);
	check_one("I2", "is 'REVIEW' of ticket 2, and was applied as 'DONE'");
}

static void
test_I2_report_names_the_commit_that_was_taken(void **state)
{
	(void)state;
	report(1, EVENT_DONE, STORE_OID_B);
	check_one("I2", "names commit bbbb");
}

static void
test_I2_good_report(void **state)
{
	(void)state;
	report(1, EVENT_DONE, STORE_OID_A);
	check_found(false, NULL, 0);
}

/* --- I11 --- */

static void
test_I11_no_start_of_what_is_parked(void **state)
{
	struct event start = rec_event(EVENT_START);
	struct nonce nonce = { { 7 } };
	struct expected e[] = { { "I11", "ticket 3: revision 3: 'started' in phase 'parked'" },
		{ "I6", "3.1 is open, but has no token" } };

	(void)state;
	rec_step(&three, rec_event(EVENT_PARK), NULL);
	start.fresh = nonce_digest(&nonce);
	rec_forge(&three, start, PHASE_STARTING, 1);
	three.ticket.episode = (struct episode){ .n = 1,
		.state = EPISODE_OPEN,
		.role = ROLE_AUTHOR,
		.generation = 1,
		.nonce = start.fresh };
	rec_put(&three);
	check_found(false, e, ARRAY_LEN(e));
}

/* Its token was taken back, so says the history; and yet somebody has claimed it. */
static void
test_I11_no_claim_after_it_was_taken_back(void **state)
{
	struct event never = rec_event(EVENT_NEVER_STARTED);

	(void)state;
	never.ending = ENDING_DEADLINE;
	rec_start(&three);
	rec_step(&three, never, NULL);
	rec_put(&three);
	put_episode(3, 1, EPISODE_REVOKED, "never-started");
	check_found(false, NULL, 0);
	assert_int_equal(
	    renameat(store.tickets, "3/episodes/1/revoked", store.tickets, "3/episodes/1/claimed"),
	    0);
	check_one("I11", "3.1 was claimed; its history says that it was taken back");
}

/* --- I12 --- */

/* The table itself could count wrongly; the history is counted without it. */
static void
test_I12_counters_are_what_the_history_has_C_7(void **state)
{
	struct event died = rec_event(EVENT_CLOSED), fail = rec_event(EVENT_REJECT);
	struct event done = rec_event(EVENT_DONE);
	_cleanup_(buf_release) struct buf died_text = BUF_INIT;

	(void)state;
	died.ending = ENDING_DIED;
	fail.has_text = true;
	done.artifact = ARTIFACT_GOOD;
	assert_true(oid_parse(str_of(STORE_OID_A), &done.commit));
	rec_step(&two, died, NULL);
	buf_addf(&died_text, OUTCOME_OF, 2, 1, "died", "");
	put_outcome(2, 1, died_text.p);
	/* A person may fail it as often as is needed: cycles have no end there. */
	for (uint32_t n = 2; n < 3 + TICKET_CYCLES_MAX; n++) {
		rec_start(&two);
		rec_step(&two, rec_event(EVENT_CLAIMED), NULL);
		rec_step(&two, done, NULL);
		rec_step(&two, died, NULL);
		put_episode(2, n, EPISODE_CLAIMED, "reported");
		rec_step(&two, rec_event(EVENT_ROUTE), NULL);
		rec_step(&two, fail, "not yet");
	}
	rec_put(&two);
	assert_true(two.ticket.cycles > TICKET_CYCLES_MAX);
	check_found(false, NULL, 0);
}

/* One round of ticket 2, up to its verdict. */
static void
work_once(uint32_t n)
{
	struct event done = rec_event(EVENT_DONE), died = rec_event(EVENT_CLOSED);

	died.ending = ENDING_DIED;
	done.artifact = ARTIFACT_GOOD;
	assert_true(oid_parse(str_of(STORE_OID_A), &done.commit));
	rec_start(&two);
	rec_step(&two, rec_event(EVENT_CLAIMED), NULL);
	rec_step(&two, done, NULL);
	rec_step(&two, died, NULL);
	put_episode(2, n, EPISODE_CLAIMED, "reported");
	rec_step(&two, rec_event(EVENT_ROUTE), NULL);
}

/* A retry of what is done is about its hook alone. */
static void
test_I12_retry_of_a_hook_gives_no_cycle_back(void **state)
{
	struct event died = rec_event(EVENT_CLOSED), fail = rec_event(EVENT_REJECT);
	struct event intent = rec_event(EVENT_INTENT), merged = rec_event(EVENT_MERGED);
	_cleanup_(buf_release) struct buf died_text = BUF_INIT;

	(void)state;
	died.ending = ENDING_DIED;
	rec_step(&two, died, NULL);
	buf_addf(&died_text, OUTCOME_OF, 2, 1, "died", "");
	put_outcome(2, 1, died_text.p);
	work_once(2);
	fail.has_text = true;
	rec_step(&two, fail, "not yet");
	work_once(3);
	rec_step(&two, rec_event(EVENT_ACCEPT), NULL);
	assert_true(oid_parse(str_of(STORE_OID_A), &intent.merge));
	intent.from = intent.merge;
	rec_step(&two, intent, NULL);
	merged.owes_hook = true;
	rec_step(&two, merged, NULL);
	rec_step(&two, rec_event(EVENT_RETRY), NULL);
	rec_put(&two);
	assert_int_equal(two.ticket.cycles, 1);
	check_found(false, NULL, 0);
}

static void
test_I12_budgets_have_an_end(void **state)
{
	(void)state;
	three.ticket.merge_tries = TICKET_MERGE_TRIES_MAX + 1;
	rec_put(&three);
	check_two("I10", "", "I12", "merge tries is 6, the most is 5");
}

static void
test_I13_what_is_done_passed(void **state)
{
	(void)state;
	assert_true(oid_parse(str_of(STORE_OID_B), &one.ticket.passed));
	rec_put(&one);
	check_two("I10", "Passed", "I13", "not the one that is pinned");
}

/* --- I16 --- */

static void
test_I16_eight_fields_and_no_more_E_22(void **state)
{
	(void)state;
	put_outcome(1, 1,
	    "{\"status\":\"died\",\"summary\":\"\",\"root_cause\":\"\",\"safe_retry\":\"yes\","
	    "\"stop_condition\":\"\",\"human_input_required\":\"\",\"next_actions\":[],"
	    "\"artifacts\":[]}\n");
	check_one("I16", "\"safe_retry\" must be");
	put_outcome(1, 1,
	    "{\"status\":\"died\",\"summary\":\"\",\"root_cause\":\"\",\"safe_retry\":true,"
	    "\"stop_condition\":\"\",\"human_input_required\":\"\",\"next_actions\":[],"
	    "\"artifacts\":[],\"verdict\":\"fine\",\"x_note\":1}\n");
	check_one("I16", "\"verdict\", which is none of its eight");
}

static void
test_I16_outcome_is_of_its_episode(void **state)
{
	_cleanup_(buf_release) struct buf text = BUF_INIT;

	(void)state;
	buf_addf(&text, OUTCOME_OF, 1, 2, "died", "");
	put_outcome(1, 1, text.p);
	check_one("I16", "1.1: outcome.json says that it is of episode 1.2");
}

/* The ticket landed; that its first attempt died stays written. */
static void
test_I16_a_failed_attempt_stays_failed_D_28(void **state)
{
	_cleanup_(buf_release) struct buf text = BUF_INIT;

	(void)state;
	buf_addf(&text, OUTCOME_OF, 1, 1, "reported", "");
	put_outcome(1, 1, text.p);
	check_one("I16", "ended as 'reported', its history says 'died'");
}

static void
test_I16_artifacts_are_there_E_26(void **state)
{
	(void)state;
	put_artifacts("\"screen.png\"");
	check_one("I16", "names screen.png, which is not there");
	store_put("tickets/1/episodes/1/screen.png", "x");
	check_found(false, NULL, 0);
	put_artifacts("\"pruned:old.log\",\"tail.txt\",\"refs/reeve/1/1\"");
	check_one("I16", "names tail.txt, which is not there");
	store_put("tickets/1/episodes/1/tail.txt", "");
	check_found(false, NULL, 0);
	put_artifacts("\"../../../config\"");
	check_one("I16", "which is no file of the episode");
}

/* --- I17, I20 --- */

static void
test_I17_worktrees_belong_to_tickets(void **state)
{
	(void)state;
	assert_int_equal(mkdirat(store.dir, "worktrees/app", 0700), 0);
	assert_int_equal(mkdirat(store.dir, "worktrees/app/3-fix", 0700), 0);
	check_found(false, NULL, 0);
	assert_int_equal(mkdirat(store.dir, "worktrees/app/.gone-3-fix", 0700), 0);
	check_found(false, NULL, 0);
	assert_int_equal(mkdirat(store.dir, "worktrees/app/4-gone", 0700), 0);
	check_one("I17", "worktrees/app/4-gone belongs to no ticket");
	assert_int_equal(
	    renameat(store.dir, "worktrees/app/4-gone", store.dir, "worktrees/app/mine"), 0);
	check_one("I17", "worktrees/app/mine belongs to no ticket");
}

static void
test_I20_waits_for_what_exists(void **state)
{
	(void)state;
	set_charp(&three.spec.after, "1,99");
	rec_put(&three);
	check_two("I10", "not what the history says", "I20",
	    "3 comes after ticket 99, which does not exist");
}

/* --- a finding --- */

static void
test_finding_says_what_to_do_and_is_inert_X_10(void **state)
{
	_cleanup_(fsck_list_release) struct fsck_list found = { NULL, 0, 0 };

	(void)state;
	store_put("spool/done/\x1b[31m", "x");
	put_artifacts("\"\\u001b]0;x\"");
	assert_int_equal(fsck_files(&store, false, &found, NULL), 0);
	assert_int_equal(found.n, 2);
	assert_string_equal(found.v[0].invariant, "I16");
	assert_int_equal(found.v[0].ticket, 1);
	assert_string_equal(found.v[0].path, "tickets/1/episodes/1/outcome.json");
	assert_non_null(strstr(found.v[0].text, "\\x1b]0;x"));
	assert_string_equal(found.v[1].invariant, "I18");
	assert_int_equal(found.v[1].ticket, 0);
	assert_string_equal(found.v[1].path, "spool/done/\\x1b[31m");
	for (size_t i = 0; i < found.n; i++) {
		assert_null(strchr(found.v[i].text, '\x1b'));
		assert_non_null(found.v[i].next);
		assert_true(strlen(found.v[i].next) > 10);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		in_full(test_I2_report_has_the_nonce_of_its_episode),
		in_full(test_I2_report_is_what_was_applied),
		in_full(test_I2_report_names_the_commit_that_was_taken),
		in_full(test_I2_good_report),
		in_full(test_I11_no_start_of_what_is_parked),
		in_full(test_I11_no_claim_after_it_was_taken_back),
		in_full(test_I12_counters_are_what_the_history_has_C_7),
		in_full(test_I12_retry_of_a_hook_gives_no_cycle_back),
		in_full(test_I12_budgets_have_an_end),
		in_full(test_I13_what_is_done_passed),
		in_full(test_I16_eight_fields_and_no_more_E_22),
		in_full(test_I16_outcome_is_of_its_episode),
		in_full(test_I16_a_failed_attempt_stays_failed_D_28),
		in_full(test_I16_artifacts_are_there_E_26),
		in_full(test_I17_worktrees_belong_to_tickets),
		in_full(test_I20_waits_for_what_exists),
		in_full(test_finding_says_what_to_do_and_is_inert_X_10),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
