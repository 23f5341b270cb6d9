/* SPDX-License-Identifier: GPL-2.0-only */
/* The engine over the real store: a ticket's whole way, and what must not happen on it. */
#include "base/base.h"

#include "test_engine.h"

static struct play play;

static void
begin(void)
{
	struct err err = ERR_INIT;

	play_init(&play);
	if (play_open(&play, io_real(), false, &err) < 0)
		fail_msg("%s", err.text);
}

static void
end(void)
{
	play_die(&play);
	play_close(&play);
}

static void
test_turn_whole_way_to_merged(void **state)
{
	struct ticket t;

	(void)state;
	begin();
	play_create(&play, "create-1");
	play_until(&play, 1, PHASE_HUMAN_REVIEW);
	t = play_ticket(&play, 1);
	assert_string_equal(t.pinned.hex, PLAY_TIP);
	assert_int_equal(t.episode.state, EPISODE_NONE);
	play_say(&play, EVENT_ACCEPT, 1, NULL, "pass-1");
	play_until(&play, 1, PHASE_DONE);
	assert_int_equal(play.count[WORK_PREPARE], 1);
	assert_int_equal(play.count[WORK_SPAWN], 1);
	assert_int_equal(play.count[WORK_LAND], 1);
	assert_int_equal(play_count_refused(&play), 0);
	play_fsck(&play);
	end();
}

static void
test_turn_same_signal_twice_is_applied_once_X_35(void **state)
{
	struct ticket t;
	struct engine_rest rest;

	(void)state;
	begin();
	play_create(&play, "create-1");
	play_until(&play, 1, PHASE_HUMAN_REVIEW);
	t = play_ticket(&play, 1);
	/* as after a crash between the commit and the filing away: the same bytes are in new/ again */
	assert_int_equal(file_rename(io_real(), play.root.spool_done, "report-1-1.json",
			     play.root.spool_new, "report-1-1.json", false, NULL),
	    0);
	assert_int_equal(play_turn(&play, &rest, NULL), 0);
	assert_int_equal(play_ticket(&play, 1).rev, t.rev);
	assert_true(file_exists(io_real(), play.root.spool_done, "report-1-1.json"));
	play_fsck(&play);
	end();
}

static void
test_turn_create_twice_makes_one_ticket_X_35(void **state)
{
	struct engine_rest rest;

	(void)state;
	begin();
	play_create(&play, "create-1");
	assert_int_equal(play_turn(&play, &rest, NULL), 0);
	assert_int_equal(file_rename(io_real(), play.root.spool_done, "create-1.json",
			     play.root.spool_new, "create-1.json", false, NULL),
	    0);
	assert_int_equal(play_turn(&play, &rest, NULL), 0);
	assert_int_equal(play_ticket(&play, 2).rev, 0);
	end();
}

static void
test_turn_dead_worker_is_retried_once_then_a_person_decides_C_7_E_24(void **state)
{
	(void)state;
	begin();
	play.dies = true;
	play_create(&play, "create-1");
	play_until(&play, 1, PHASE_ATTENTION);
	assert_int_equal(play_ticket(&play, 1).deaths, 2);
	assert_int_equal(play_ticket(&play, 1).episode.n, 2);
	assert_int_equal(play.count[WORK_SALVAGE], 2);
	play_fsck(&play);
	end();
}

static void
test_turn_dead_episodes_nonce_is_stale_A_12_E_5(void **state)
{
	struct nonce old;
	struct episode_id ep;
	struct engine_rest rest;
	struct refused_list l = { NULL, 0, 0 };

	(void)state;
	begin();
	play.dies = true;
	play_create(&play, "create-1");
	play_until(&play, 1, PHASE_ATTENTION);
	old = play.nonce;
	ep = play.ep;
	play.dies = false;
	play_say(&play, EVENT_RETRY, 1, NULL, "retry-1");
	play_until(&play, 1, PHASE_HUMAN_REVIEW);
	play.nonce = old;
	play.ep = ep;
	play_report(&play, EVENT_DONE, PLAY_MERGE);
	assert_int_equal(play_turn(&play, &rest, NULL), 0);
	assert_int_equal(spool_refused(&play.root, &l, NULL), 0);
	assert_int_equal(l.n, 1);
	assert_int_equal(l.v[0].why, REFUSAL_STALE);
	refused_list_release(&l);
	assert_string_equal(play_ticket(&play, 1).pinned.hex, PLAY_TIP);
	end();
}

static void
test_turn_kill_switch_nothing_starts_C_4_C_15(void **state)
{
	struct engine_rest rest;

	(void)state;
	begin();
	assert_int_equal(root_set_control(&play.root, "kill", "test", NULL), 0);
	play_create(&play, "create-1");
	for (int i = 0; i < 5; i++)
		assert_int_equal(play_turn(&play, &rest, NULL), 0);
	assert_true(rest.is_at_rest);
	assert_int_equal(play.count[WORK_PREFLIGHT], 0);
	assert_int_equal(root_clear_control(&play.root, "kill", NULL), 0);
	play_until(&play, 1, PHASE_HUMAN_REVIEW);
	end();
}

/* The switch is thrown after the preflight, and after the token is out: nobody may claim it. */
static void
test_turn_kill_switch_revokes_the_token_C_14(void **state)
{
	struct engine_rest rest;
	struct ticket t;

	(void)state;
	begin();
	play_create(&play, "create-1");
	while (play.count[WORK_SPAWN] == 0)
		assert_int_equal(play_turn(&play, &rest, NULL), 0);
	assert_int_equal(root_set_control(&play.root, "kill", "test", NULL), 0);
	assert_int_equal(play_turn(&play, &rest, NULL), 0);
	play_live(&play, 1);
	assert_int_equal(play.launcher, -1);
	t = play_ticket(&play, 1);
	assert_int_equal(t.phase, PHASE_READY);
	assert_int_equal(t.start_failures, 0);
	end();
}

static void
test_turn_observer_decides_and_starts_nothing(void **state)
{
	struct engine_rest rest;
	struct err err = ERR_INIT;

	(void)state;
	play_init(&play);
	if (play_open(&play, io_real(), true, &err) < 0)
		fail_msg("%s", err.text);
	play_create(&play, "create-1");
	for (int i = 0; i < 3; i++)
		assert_int_equal(play_turn(&play, &rest, NULL), 0);
	assert_true(rest.is_at_rest);
	assert_int_equal(play_ticket(&play, 1).phase, PHASE_READY);
	assert_int_equal(play.count[WORK_PREFLIGHT], 0);
	end();
}

static void
test_turn_environment_failure_spends_no_budget_D_3_X_21(void **state)
{
	struct engine_rest rest;
	struct ticket t;

	(void)state;
	begin();
	play.answer[WORK_PREPARE] = WORK_ENVIRONMENT;
	play_create(&play, "create-1");
	for (int i = 0; i < 3; i++)
		assert_int_equal(play_turn(&play, &rest, NULL), 0);
	t = play_ticket(&play, 1);
	assert_int_equal(t.phase, PHASE_READY);
	assert_int_equal(t.env_failures, 1);
	assert_int_equal(t.deaths + t.start_failures, 0);
	assert_string_equal(t.cause, "because");
	assert_true(rest.next_boot_ms > play.boot_ms);
	play.answer[WORK_PREPARE] = 0;
	play.boot_ms = rest.next_boot_ms;
	play_until(&play, 1, PHASE_HUMAN_REVIEW);
	play_fsck(&play);
	end();
}

static void
test_turn_token_never_claimed_is_revoked_D_12_E_12(void **state)
{
	struct engine_rest rest;
	struct ticket t;

	(void)state;
	begin();
	play_create(&play, "create-1");
	while (play.count[WORK_SPAWN] == 0)
		assert_int_equal(play_turn(&play, &rest, NULL), 0);
	assert_int_equal(play_turn(&play, &rest, NULL), 0);
	assert_true(rest.next_boot_ms > play.boot_ms);
	play.boot_ms = rest.next_boot_ms;
	assert_int_equal(play_turn(&play, &rest, NULL), 0);
	t = play_ticket(&play, 1);
	assert_int_equal(t.start_failures, 1);
	assert_int_equal(t.phase, PHASE_READY);
	play_until(&play, 1, PHASE_HUMAN_REVIEW);
	assert_int_equal(play_ticket(&play, 1).episode.n, 2);
	play_fsck(&play);
	end();
}

static void
test_turn_bad_artifact_is_refused_and_the_worker_goes_on_B_12_E_38(void **state)
{
	struct engine_rest rest;

	(void)state;
	begin();
	play.answer[WORK_ARTIFACT] = WORK_BAD;
	play_create(&play, "create-1");
	for (int i = 0; i < 12; i++) {
		assert_int_equal(play_turn(&play, &rest, NULL), 0);
		play_live(&play, 1);
		if (play.launcher >= 0 && !play.has_reported)
			play_report(&play, EVENT_DONE, PLAY_TIP);
	}
	assert_int_equal(play_ticket(&play, 1).phase, PHASE_WORKING);
	assert_int_equal(play_count_refused(&play), 1);
	end();
}

static void
test_turn_slots_bound_the_workers(void **state)
{
	struct engine_rest rest;
	unsigned ready = 0;

	(void)state;
	begin();
	play_create(&play, "create-1");
	play_create(&play, "create-2");
	play_create(&play, "create-3");
	for (int i = 0; i < 4; i++)
		assert_int_equal(play_turn(&play, &rest, NULL), 0);
	for (unsigned id = 1; id <= 3; id++)
		ready += play_ticket(&play, id).phase == PHASE_READY;
	assert_int_equal(ready, 1);
	assert_int_equal(play.count[WORK_SPAWN], 2);
	end();
}

static void
test_turn_no_signal_is_lost_behind_a_directory_full_of_rubbish_X_26(void **state)
{
	struct engine_rest rest = { false, true, 0 };
	char name[64];

	(void)state;
	begin();
	for (int i = 0; i < 600; i++) {
		(void)snprintf(name, sizeof name, "state/spool/new/a%04d.json", i);
		put_file(name, "rubbish");
	}
	play_create(&play, "z-create");
	while (rest.is_more || play_ticket(&play, 1).rev == 0)
		assert_int_equal(play_turn(&play, &rest, NULL), 0);
	assert_int_equal(play_count_refused(&play), 600);
	end();
}

/* Another signal of a name that is used up is refused, and stops nobody. */
static void
test_turn_a_name_used_twice_is_refused_X_35_E_20(void **state)
{
	struct refused_list l = { NULL, 0, 0 };
	struct engine_rest rest;

	(void)state;
	begin();
	play_create(&play, "create-1");
	play_create(&play, "create-2");
	assert_int_equal(play_turn(&play, &rest, NULL), 0);
	play_say(&play, EVENT_PARK, 1, NULL, "mine");
	assert_int_equal(play_turn(&play, &rest, NULL), 0);
	put_file("state/spool/new/mine.json", "{\"kind\":\"park\",\"ticket\":\"2\"}");
	assert_int_equal(play_turn(&play, &rest, NULL), 0);
	assert_int_equal(spool_refused(&play.root, &l, NULL), 0);
	assert_int_equal(l.n, 1);
	assert_int_equal(l.v[0].why, REFUSAL_INVALID);
	refused_list_release(&l);
	assert_int_equal(play_ticket(&play, 2).want, WANT_RUN);
	play_fsck(&play);
	end();
}

/* Its files were tampered with: the ticket is left alone, the supervisor goes on. */
static void
test_turn_a_vanished_claim_does_no_harm_E_13(void **state)
{
	_cleanup_(buf_release) struct buf path = BUF_INIT;
	struct engine_rest rest;

	(void)state;
	begin();
	play_create(&play, "create-1");
	while (play.launcher < 0) {
		assert_int_equal(play_turn(&play, &rest, NULL), 0);
		play_live(&play, 1);
	}
	assert_int_equal(play_turn(&play, &rest, NULL), 0);
	assert_int_equal(play_ticket(&play, 1).phase, PHASE_WORKING);
	episode_path(&play.root, play.ep, EPISODE_CLAIMED, &path);
	assert_int_equal(unlink(path.p), 0);
	play_say(&play, EVENT_CANCEL, 1, NULL, "cancel-1");
	assert_int_equal(play_turn(&play, &rest, NULL), 0);
	assert_int_equal(play.count[WORK_STOP], 1); /* its worker is ended all the same */
	play_die(&play);
	play_until(&play, 1, PHASE_CANCELLED);
	end();
}

/* A record that is not the truth cannot be written: nothing is held up by it. */
static void
test_turn_goes_on_without_its_event_file_X_12(void **state)
{
	(void)state;
	begin();
	assert_int_equal(mkdirat(place, "state/events.jsonl", 0700), 0);
	play_create(&play, "create-1");
	play_until(&play, 1, PHASE_HUMAN_REVIEW);
	assert_int_equal(unlinkat(place, "state/events.jsonl", AT_REMOVEDIR), 0);
	play_close(&play);
	assert_int_equal(play_open(&play, io_real(), false, NULL), 0);
	assert_true(file_exists(io_real(), place, "state/events.jsonl")); /* mended */
	end();
}

/* Somebody lives whom nobody can end: the episode is not closed, and nothing spins. */
static void
test_turn_what_cannot_be_ended_keeps_the_episode_open_D_23_E_8(void **state)
{
	struct engine_rest rest;

	(void)state;
	begin();
	play.answer[WORK_SALVAGE] = WORK_ENVIRONMENT;
	play.says_alive = true;
	play.dies = true;
	play_create(&play, "create-1");
	for (int i = 0; i < 12; i++) {
		assert_int_equal(play_turn(&play, &rest, NULL), 0);
		play_live(&play, 1);
		if (play.launcher >= 0)
			play_die(&play);
	}
	assert_int_equal(play_ticket(&play, 1).episode.state, EPISODE_RUN);
	assert_int_equal(play.count[WORK_SALVAGE], 1);
	assert_true(rest.next_boot_ms > play.boot_ms);
	play.answer[WORK_SALVAGE] = WORK_OK;
	play.boot_ms = rest.next_boot_ms;
	play_until(&play, 1, PHASE_ATTENTION);
	end();
}

static void
test_turn_no_ticket_comes_after_itself_D_77(void **state)
{
	_cleanup_(signal_release) struct signal s = { 0 };
	struct engine_rest rest;

	(void)state;
	begin();
	play_create(&play, "create-1");
	play_create(&play, "create-2");
	assert_int_equal(play_turn(&play, &rest, NULL), 0);
	s.event.kind = EVENT_EDIT;
	s.event.ticket.n = 1;
	(void)snprintf(s.event.actor, sizeof s.event.actor, "person:test");
	set_charp(&s.spec.after, "2");
	play_publish(&play, &s, NULL, "edit-1");
	assert_int_equal(play_turn(&play, &rest, NULL), 0);
	assert_int_equal(play_count_refused(&play), 0);
	s.event.ticket.n = 2;
	set_charp(&s.spec.after, "1");
	play_publish(&play, &s, NULL, "edit-2");
	assert_int_equal(play_turn(&play, &rest, NULL), 0);
	assert_int_equal(play_count_refused(&play), 1);
	end();
}

/* What is left of a nearly full ticket file belongs to reports of the end. */
static void
test_turn_a_flood_of_notes_is_refused_and_done_is_taken_X_26(void **state)
{
	_cleanup_(buf_release) struct buf body = BUF_INIT;
	struct engine_rest rest;
	uint64_t rev;
	char id[32];

	(void)state;
	begin();
	for (int i = 0; i < 120000; i++)
		buf_addch(&body, 'x');
	play_create(&play, "create-1");
	while (play.launcher < 0) {
		assert_int_equal(play_turn(&play, &rest, NULL), 0);
		play_live(&play, 1);
	}
	for (int i = 0; i < 40; i++) {
		_cleanup_(signal_release) struct signal s = { 0 };

		s.event.kind = EVENT_NOTE;
		s.event.ticket.n = 1;
		set_charp(&s.body, body.p);
		(void)snprintf(id, sizeof id, "note-%d", i);
		play_publish(&play, &s, &play.nonce, id);
		assert_int_equal(play_turn(&play, &rest, NULL), 0);
	}
	assert_in_range(play_count_refused(&play), 1, 8);
	play_until(&play, 1, PHASE_HUMAN_REVIEW);
	put_file("state/config", "[defaults]\nremind = 1m\n");
	play.boot_ms += 120000;
	rev = play_ticket(&play, 1).rev;
	assert_int_equal(play_turn(&play, &rest, NULL), 0);
	assert_int_equal(play_ticket(&play, 1).rev, rev); /* nor is it filled with reminders */
	end();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		in_place(test_turn_whole_way_to_merged),
		in_place(test_turn_same_signal_twice_is_applied_once_X_35),
		in_place(test_turn_create_twice_makes_one_ticket_X_35),
		in_place(test_turn_dead_worker_is_retried_once_then_a_person_decides_C_7_E_24),
		in_place(test_turn_dead_episodes_nonce_is_stale_A_12_E_5),
		in_place(test_turn_kill_switch_nothing_starts_C_4_C_15),
		in_place(test_turn_kill_switch_revokes_the_token_C_14),
		in_place(test_turn_observer_decides_and_starts_nothing),
		in_place(test_turn_environment_failure_spends_no_budget_D_3_X_21),
		in_place(test_turn_token_never_claimed_is_revoked_D_12_E_12),
		in_place(test_turn_bad_artifact_is_refused_and_the_worker_goes_on_B_12_E_38),
		in_place(test_turn_slots_bound_the_workers),
		in_place(test_turn_no_signal_is_lost_behind_a_directory_full_of_rubbish_X_26),
		in_place(test_turn_a_name_used_twice_is_refused_X_35_E_20),
		in_place(test_turn_a_vanished_claim_does_no_harm_E_13),
		in_place(test_turn_goes_on_without_its_event_file_X_12),
		in_place(test_turn_what_cannot_be_ended_keeps_the_episode_open_D_23_E_8),
		in_place(test_turn_no_ticket_comes_after_itself_D_77),
		in_place(test_turn_a_flood_of_notes_is_refused_and_done_is_taken_X_26),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
