/* SPDX-License-Identifier: GPL-2.0-only */
/* Corrections by a person, reviewers, and a landing that must not happen any more. */
#include "test_engine.h"

static struct play play;

static void
begin(void)
{
	struct err err = ERR_INIT;
	_cleanup_(buf_release) struct buf b = BUF_INIT;

	play_init(&play);
	buf_addf(&b,
	    "[defaults]\nagent = sh\n[repo \"app\"]\npath = %s\nbase = main\n"
	    "[agent \"sh\"]\nstart = sh -c {text}\n[agent \"other\"]\nstart = sh -c {text}\n",
	    place_path);
	put_file("state/config", b.p);
	if (play_open(&play, io_real(), false, &err) < 0)
		fail_msg("%s", err.text);
}

static void
end(void)
{
	play_die(&play);
	play_fsck(&play);
	play_close(&play);
}

/* A ticket whose worker lives. */
static void
work(void)
{
	play_create(&play, "create-1");
	for (unsigned i = 0; i < 20 && play.launcher < 0; i++) {
		play_turns(&play, 1);
		play_live(&play, 1);
	}
	play_turns(&play, 2);
	assert_int_equal(play_ticket(&play, 1).phase, PHASE_WORKING);
}

static void
command(
    enum event_kind kind, uint64_t expect, const char *commit, const char *agent, const char *id)
{
	_cleanup_(signal_release) struct signal s = { 0 };

	s.event.kind = kind;
	s.event.ticket.n = 1;
	s.event.expect_rev = expect;
	(void)snprintf(s.event.actor, sizeof s.event.actor, "person:test");
	if (commit)
		assert_true(oid_parse(str_of(commit), &s.event.commit));
	set_charp(&s.spec.agent, agent);
	play_publish(&play, &s, NULL, id);
}

static void
set_review(const char *id, enum review review)
{
	_cleanup_(signal_release) struct signal s = { 0 };

	s.event.kind = EVENT_EDIT;
	s.event.ticket.n = 1;
	s.event.review = review;
	(void)snprintf(s.event.actor, sizeof s.event.actor, "person:test");
	play_publish(&play, &s, NULL, id);
}

static void
test_correct_assign_ends_the_worker_and_another_agent_starts_A_3_A_12(void **state)
{
	(void)state;
	begin();
	work();
	command(EVENT_ASSIGN, 0, NULL, "nobody", "assign-0"); /* not configured */
	command(EVENT_ASSIGN, 1, NULL, "other", "assign-1");  /* an old revision */
	play_turns(&play, 1);
	assert_int_equal(play_count_refused(&play), 2);
	command(EVENT_ASSIGN, play_ticket(&play, 1).rev, NULL, "other", "assign-2");
	play_turns(&play, 1);
	assert_int_equal(play_ticket(&play, 1).phase, PHASE_READY);
	assert_int_equal(play.count[WORK_PREFLIGHT], 1); /* the old one still lives */
	play_report(&play, EVENT_DONE, PLAY_TIP);        /* it does not know yet */
	play_turns(&play, 3);
	assert_int_equal(play_count_refused(&play), 3);
	assert_true(play.count[WORK_STOP] > 0);
	play_die(&play);
	play_turns(&play, 6);
	assert_int_equal(play_ticket(&play, 1).episode.n, 2);
	play_until(&play, 1, PHASE_HUMAN_REVIEW);
	end();
}

static void
test_correct_adopt_is_checked_and_delivered_A_20_A_21(void **state)
{
	(void)state;
	begin();
	work();
	play.answer[WORK_ARTIFACT] = WORK_BAD;
	command(EVENT_ADOPT, 0, PLAY_MERGE, NULL, "adopt-1");
	play_turns(&play, 3);
	assert_int_equal(play_count_refused(&play), 1);
	play.answer[WORK_ARTIFACT] = WORK_OK;
	command(EVENT_ADOPT, 0, PLAY_TIP, NULL, "adopt-2");
	play_turns(&play, 3);
	assert_true(play.last.pin > 0 || play.count[WORK_STOP] > 0);
	assert_int_equal(play_ticket(&play, 1).phase, PHASE_HUMAN_REVIEW);
	assert_int_equal(play_ticket(&play, 1).pinned_by, TICKET_BY_PERSON);
	play_die(&play);
	play.passes = true;
	play_until(&play, 1, PHASE_DONE);
	end();
}

/* What is asked for one signal is no answer for the next one. */
static void
test_correct_a_late_check_is_of_no_other_commit_A_12_A_21(void **state)
{
	struct engine_rest rest;
	struct err err = ERR_INIT;
	struct paper late;

	(void)state;
	begin();
	work();
	play_report(&play, EVENT_DONE, PLAY_TIP);
	assert_int_equal(engine_turn(play.engine, &rest, &err), 0);
	assert_int_equal(play.count[WORK_ARTIFACT], 1);
	late = play.asked.v[--play.asked.n];
	assert_int_equal(late.kind, WORK_ARTIFACT);
	command(EVENT_ASSIGN, 0, NULL, "other", "assign-1"); /* it takes its time meanwhile */
	assert_int_equal(engine_turn(play.engine, &rest, &err), 0);
	assert_int_equal(engine_turn(play.engine, &rest, &err), 0);
	assert_int_equal(play_count_refused(&play), 1);
	command(EVENT_ADOPT, 0, PLAY_MERGE, NULL, "adopt-1");
	assert_int_equal(engine_turn(play.engine, &rest, &err), 0);
	play_answer(&play, late.kind, late.ep);
	assert_int_equal(engine_turn(play.engine, &rest, &err), 0);
	assert_false(oid_is_set(play_ticket(&play, 1).pinned));
	assert_int_equal(play.count[WORK_ARTIFACT], 2);
	assert_string_equal(play.last.commit.hex, PLAY_MERGE);
	play_die(&play);
	play_turns(&play, 6);
	assert_int_equal(play_ticket(&play, 1).phase, PHASE_HUMAN_REVIEW);
	end();
}

/* The report that was refused, the episode that died, the commit that is there. */
static void
test_correct_maybe_done_waits_for_a_person_E_17(void **state)
{
	_cleanup_(signal_release) struct signal s = { 0 };
	struct nonce wrong = { { 1 } };
	struct ticket t;

	(void)state;
	begin();
	work();
	s.event.kind = EVENT_DONE;
	s.event.ticket.n = 1;
	s.event.episode = play.ep;
	assert_true(oid_parse(STR(PLAY_TIP), &s.event.commit));
	play_publish(&play, &s, &wrong, "claim-1");
	play_turns(&play, 2);
	assert_int_equal(play_count_refused(&play), 1);
	play_die(&play);
	play_turns(&play, 6);
	t = play_ticket(&play, 1);
	assert_int_equal(t.phase, PHASE_ATTENTION);
	assert_non_null(strstr(t.cause, PLAY_TIP));
	command(EVENT_ADOPT, t.rev, PLAY_TIP, NULL, "adopt-1");
	play_turns(&play, 4);
	assert_int_equal(play_ticket(&play, 1).phase, PHASE_HUMAN_REVIEW);
	end();
}

/* Another episode's claim says nothing about this one. */
static void
test_correct_an_old_claim_is_nobodys_E_17(void **state)
{
	_cleanup_(signal_release) struct signal s = { 0 };
	struct nonce wrong = { { 1 } };

	(void)state;
	begin();
	work();
	s.event.kind = EVENT_DONE;
	s.event.ticket.n = 1;
	s.event.episode = (struct episode_id){ { 1 }, 7 };
	assert_true(oid_parse(STR(PLAY_TIP), &s.event.commit));
	play_publish(&play, &s, &wrong, "claim-1");
	play_turns(&play, 2);
	play_die(&play);
	play_turns(&play, 3);
	assert_int_equal(play_ticket(&play, 1).phase, PHASE_READY);
	end();
}

static void
until_reviewer(void)
{
	for (unsigned i = 0; i < 40; i++) {
		struct ticket t = play_ticket(&play, 1);

		if (t.phase == PHASE_REVIEWING && play.launcher >= 0)
			return;
		play_turns(&play, 1);
		t = play_ticket(&play, 1);
		if (t.episode.state == EPISODE_TERM)
			play_die(&play);
		play_live(&play, 1);
		if (t.phase == PHASE_WORKING && play.launcher >= 0 && !play.has_reported)
			play_report(&play, EVENT_DONE, PLAY_TIP);
		if (t.backoff_boot_ms > play.boot_ms)
			play.boot_ms = t.backoff_boot_ms;
	}
	fail_msg("no reviewer: %s", phase_name(play_ticket(&play, 1).phase));
}

static void
test_correct_a_reviewer_has_its_own_episode_and_verdict_B_7_D_13_D_80(void **state)
{
	struct ticket t;

	(void)state;
	begin();
	work();
	set_review("edit-1", REVIEW_AGENT);
	play_turns(&play, 1);
	until_reviewer();
	t = play_ticket(&play, 1);
	assert_int_equal(t.episode.role, ROLE_REVIEWER);
	assert_int_equal(t.episode.n, 2);
	assert_true(oid_eq(t.episode.review, t.pinned));
	play_report(&play, EVENT_FAIL, NULL);
	play_turns(&play, 2);
	assert_int_equal(play_ticket(&play, 1).phase, PHASE_READY);
	assert_int_equal(play_ticket(&play, 1).episode.n, 2); /* it still lives: nobody starts */
	play_die(&play);
	until_reviewer(); /* the author again, then another reviewer */
	assert_int_equal(play_ticket(&play, 1).episode.n, 4);
	play_report(&play, EVENT_PASS, NULL);
	play_turns(&play, 2);
	play_die(&play);
	play_until(&play, 1, PHASE_DONE);
	end();
}

static void
test_correct_dead_reviewers_lead_to_a_person_A_4_A_18_D_2(void **state)
{
	struct ticket t;

	(void)state;
	begin();
	work();
	set_review("edit-1", REVIEW_AGENT);
	play_turns(&play, 1);
	until_reviewer();
	play_die(&play);
	play_turns(&play, 5);
	assert_int_equal(play_ticket(&play, 1).phase, PHASE_DELIVERED);
	until_reviewer();
	play_die(&play);
	play_turns(&play, 5);
	t = play_ticket(&play, 1);
	assert_int_equal(t.phase, PHASE_HUMAN_REVIEW);
	assert_int_equal(t.deaths, 0);
	end();
}

/* T55: the kill switch comes between the intent and the landing. */
static void
test_correct_kill_withdraws_what_has_not_landed_C_13(void **state)
{
	struct err err = ERR_INIT;
	struct engine_rest rest;

	(void)state;
	begin();
	play.passes = true;
	play.answer[WORK_LAND] = WORK_ENVIRONMENT;
	play_create(&play, "create-1");
	for (unsigned i = 0; i < 60 && play_ticket(&play, 1).phase != PHASE_MERGING; i++) {
		struct ticket t;

		play_turns(&play, 1);
		play_live(&play, 1);
		t = play_ticket(&play, 1);
		if (play.launcher >= 0 && t.episode.state == EPISODE_RUN && !play.has_reported)
			play_report(&play, EVENT_DONE, PLAY_TIP);
		else if (t.episode.state == EPISODE_TERM)
			play_die(&play);
		else if (t.phase == PHASE_HUMAN_REVIEW)
			play_say(&play, EVENT_ACCEPT, 1, NULL, "pass-1");
	}
	assert_int_equal(play_ticket(&play, 1).phase, PHASE_MERGING);
	assert_int_equal(root_set_control(&play.root, "kill", "test", &err), 0);
	play.answer[WORK_PROVE] = WORK_MOVED;
	play_turns(&play, 3);
	assert_int_equal(play_ticket(&play, 1).phase, PHASE_APPROVED);
	assert_int_equal(root_clear_control(&play.root, "kill", &err), 0);
	play.boot_ms += 700000;
	play_turns(&play, 2);
	assert_int_equal(play_ticket(&play, 1).phase, PHASE_MERGING);
	assert_int_equal(root_set_control(&play.root, "kill", "test", &err), 0);
	play.answer[WORK_PROVE] = WORK_OK; /* it had landed all the same: that is a fact */
	play.boot_ms += 700000;
	play_turns(&play, 3);
	assert_int_equal(play_turn(&play, &rest, &err), 0);
	assert_int_equal(play_ticket(&play, 1).phase, PHASE_DONE);
	end();
}

/* An edit between the preflight and the start: the brief is that of the new task. */
static void
test_correct_a_start_is_of_one_revision_A_1(void **state)
{
	_cleanup_(signal_release) struct signal s = { 0 };
	_cleanup_(buf_release) struct buf brief = BUF_INIT;
	struct engine_rest rest;
	struct err err = ERR_INIT;

	(void)state;
	begin();
	play_create(&play, "create-1");
	assert_int_equal(engine_turn(play.engine, &rest, &err), 0);
	assert_int_equal(play.asked.n, 1); /* the preflight */
	s.event.kind = EVENT_EDIT;
	s.event.ticket.n = 1;
	(void)snprintf(s.event.actor, sizeof s.event.actor, "person:test");
	set_charp(&s.spec.text, "echo another");
	play_publish(&play, &s, NULL, "edit-1");
	play_turns(&play, 8);
	assert_int_equal(play_ticket(&play, 1).episode.n, 1);
	assert_int_equal(episode_read(&play.root, (struct episode_id){ { 1 }, 1 }, EPISODE_BRIEF,
			     100000, &brief, &err),
	    0);
	assert_non_null(strstr(brief.p, "echo another"));
	end();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		in_place(test_correct_assign_ends_the_worker_and_another_agent_starts_A_3_A_12),
		in_place(test_correct_adopt_is_checked_and_delivered_A_20_A_21),
		in_place(test_correct_a_late_check_is_of_no_other_commit_A_12_A_21),
		in_place(test_correct_maybe_done_waits_for_a_person_E_17),
		in_place(test_correct_an_old_claim_is_nobodys_E_17),
		in_place(test_correct_a_reviewer_has_its_own_episode_and_verdict_B_7_D_13_D_80),
		in_place(test_correct_dead_reviewers_lead_to_a_person_A_4_A_18_D_2),
		in_place(test_correct_kill_withdraws_what_has_not_landed_C_13),
		in_place(test_correct_a_start_is_of_one_revision_A_1),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
