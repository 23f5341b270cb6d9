/* SPDX-License-Identifier: GPL-2.0-only */
/* Gates: when one is run, when not again, and whose answer counts (T54, T58). */
#include "core/breaker.h"
#include "engine/brief.h"
#include "engine/item.h"
#include "test_engine.h"

#define TREE  "4444444444444444444444444444444444444444"
#define OTHER "5555555555555555555555555555555555555555"

static struct play play;

static void
configure(const char *gates)
{
	_cleanup_(buf_release) struct buf b = BUF_INIT;
	static unsigned times;

	buf_addf(&b,
	    "[defaults]\nagent = sh\nremind = 0s\nreview = none\n[repo \"app\"]\npath = %s\n"
	    "%s[agent \"sh\"]\nstart = sh -c {text}\n# %u\n",
	    place_path, gates, times++);
	put_file("state/config", b.p);
}

static void
open_again(void)
{
	struct err err = ERR_INIT;

	if (play_open(&play, io_real(), false, &err) < 0)
		fail_msg("%s", err.text);
}

static void
begin(const char *gates)
{
	play_init(&play);
	configure(gates);
	play.tree = TREE;
	open_again();
}

static void
end(void)
{
	play_fsck(&play);
	play_die(&play);
	play_close(&play);
}

/* Turns without answers, until this is asked for. */
static void
ask_for(enum work_kind kind)
{
	struct engine_rest rest;
	struct err err = ERR_INIT;

	for (unsigned i = 0; i < PLAY_TURNS; i++) {
		if (engine_turn(play.engine, &rest, &err) < 0)
			fail_msg("%s", err.text);
		for (size_t j = 0; j < play.asked.n; j++) {
			struct paper w = play.asked.v[j];

			if (w.kind == kind)
				return;
			memmove(play.asked.v + j, play.asked.v + j + 1,
			    (--play.asked.n - j) * sizeof w);
			play_answer(&play, w.kind, w.ep);
			break;
		}
		play_live(&play, 1);
		if (play.launcher >= 0 && play_ticket(&play, 1).episode.state == EPISODE_RUN)
			play_report(&play, EVENT_DONE, PLAY_TIP);
		else if (play.launcher >= 0 && play_ticket(&play, 1).episode.state == EPISODE_TERM)
			play_die(&play);
	}
	fail_msg("%s is not asked for", work_name(kind));
}

static void
turn(void)
{
	struct engine_rest rest;
	struct err err = ERR_INIT;

	for (unsigned i = 0; i < 3; i++)
		if (engine_turn(play.engine, &rest, &err) < 0)
			fail_msg("%s", err.text);
}

static void
answer_all(void)
{
	while (play.asked.n > 0) {
		struct paper w = play.asked.v[--play.asked.n];

		play_answer(&play, w.kind, w.ep);
	}
}

/* --- */

static void
test_gate_is_run_once_for_a_tree_D_4(void **state)
{
	struct ticket t;

	(void)state;
	begin("gate = make test\n");
	play_create(&play, "create-1");
	ask_for(WORK_GATE);
	assert_string_equal(play.last.commit.hex, PLAY_TIP);
	assert_int_equal(play_ticket(&play, 1).phase, PHASE_APPROVED); /* nothing is written yet */
	play.answer[WORK_COMPUTE] = WORK_HELD;
	answer_all();
	turn();
	answer_all();
	t = play_ticket(&play, 1);
	assert_string_equal(t.gated.hex, TREE);
	assert_true(t.cause[0] != '\0'); /* local changes, say */
	play_close(&play);               /* another supervisor */
	open_again();
	play.answer[WORK_COMPUTE] = WORK_OK;
	play.boot_ms += 60000;
	play_until(&play, 1, PHASE_DONE);
	assert_int_equal(play.count[WORK_GATE], 1);
	end();
}

static void
test_gate_is_run_again_for_another_tree_and_other_commands_D_4(void **state)
{
	(void)state;
	begin("gate = make test\n");
	play_create(&play, "create-1");
	ask_for(WORK_GATE);
	answer_all();
	ask_for(WORK_COMPUTE);
	play.tree = OTHER; /* the target has moved */
	answer_all();
	ask_for(WORK_GATE);
	answer_all();
	assert_string_equal(play_ticket(&play, 1).gated.hex, OTHER);
	ask_for(WORK_COMPUTE);
	configure("gate = make test\ngate = make check\n");
	turn();
	answer_all();
	ask_for(WORK_GATE);
	configure("gate = make check\n"); /* while it runs: its answer would be about others */
	turn();
	assert_int_equal(play.cancelled[WORK_GATE], 1);
	answer_all();
	assert_int_equal(play.count[WORK_GATE], 3);
	play_until(&play, 1, PHASE_DONE);
	assert_int_equal(play.count[WORK_GATE], 4);
	end();
}

static void
test_gate_of_nobody_means_nothing_X_37(void **state)
{
	struct ticket t;

	(void)state;
	begin("gate = make test\n");
	play_create(&play, "create-1");
	ask_for(WORK_GATE);
	play_say(&play, EVENT_PARK, 1, NULL, "park-1");
	turn();
	assert_int_equal(play_ticket(&play, 1).phase, PHASE_PARKED);
	assert_int_equal(play.cancelled[WORK_GATE], 1);
	play_say(
	    &play, EVENT_UNPARK, 1, NULL, "unpark-1"); /* it is wanted again, and another one */
	turn();
	play.answer[WORK_GATE] = WORK_ENVIRONMENT; /* it was ended */
	answer_all();
	t = play_ticket(&play, 1);
	assert_int_equal(t.env_failures, 0);
	assert_int_equal(play.cancelled[WORK_GATE], 1);
	play.answer[WORK_GATE] = WORK_OK;
	ask_for(WORK_GATE);
	put_file("state/control/stop", "");
	turn();
	assert_int_equal(play.cancelled[WORK_GATE], 2);
	answer_all();
	assert_false(oid_is_set(play_ticket(&play, 1).gated));
	assert_int_equal(unlinkat(play.root.control, "stop", 0), 0);
	play_until(&play, 1, PHASE_DONE);
	assert_int_equal(play.count[WORK_GATE], 3);
	end();
}

/* Another commit is named: that is decided now, and not when the gate of the old one has ended. */
static void
test_gate_makes_way_for_an_adopted_commit_A_20(void **state)
{
	_cleanup_(signal_release) struct signal s = { 0 };

	(void)state;
	begin("gate = make test\n");
	play_create(&play, "create-1");
	ask_for(WORK_GATE);
	s.event.kind = EVENT_ADOPT;
	s.event.ticket.n = 1;
	(void)snprintf(s.event.actor, sizeof s.event.actor, "person:test");
	set_charp(&s.body, "this one");
	assert_true(oid_parse(STR(PLAY_BASE), &s.event.commit));
	play_publish(&play, &s, NULL, "adopt-1");
	turn();
	assert_int_equal(play.cancelled[WORK_GATE], 1);
	answer_all();
	turn();
	assert_int_equal(play.asked.v[0].kind, WORK_ARTIFACT);
	answer_all();
	turn();
	assert_int_equal(play_ticket(&play, 1).pinned_by, TICKET_BY_PERSON);
	assert_false(oid_is_set(play_ticket(&play, 1).gated));
	end();
}

static void
create_reviewed(const char *id)
{
	_cleanup_(signal_release) struct signal s = { 0 };

	s.event.kind = EVENT_CREATE;
	s.event.review = REVIEW_HUMAN;
	(void)snprintf(s.event.actor, sizeof s.event.actor, "person:test");
	set_charp(&s.spec.title, "a ticket");
	set_charp(&s.spec.repo, "app");
	play_publish(&play, &s, NULL, id);
}

static void
test_gate_before_the_review_D_4_E_33(void **state)
{
	(void)state;
	begin("gate = make test\ngate-at = review\n");
	create_reviewed("create-1");
	ask_for(WORK_GATE);
	assert_int_equal(play_ticket(&play, 1).phase, PHASE_DELIVERED); /* nobody is asked yet */
	play.answer[WORK_GATE] = WORK_BAD;
	answer_all();
	turn();
	assert_int_equal(play_ticket(&play, 1).cycles, 1);
	assert_int_equal(play.count[WORK_COMPUTE], 0);
	play.answer[WORK_GATE] = WORK_OK;
	play_until(&play, 1, PHASE_HUMAN_REVIEW);
	play.passes = true;
	play_until(&play, 1, PHASE_DONE);
	assert_int_equal(
	    play.count[WORK_GATE], 2); /* the tree that landed is the one that passed */
	end();
}

/* A gate that cannot be run holds back the landings of its repository, and no worker. */
static void
test_gate_breaker_is_of_landings_only_D_56(void **state)
{
	struct record failed = { .history = BUF_INIT }, other = { .history = BUF_INIT };

	(void)state;
	failed.ticket = (struct ticket){
		.phase = PHASE_APPROVED, .env_failures = BREAKER_FAILURES, .blame = BLAME_GATE
	};
	other.ticket.phase = PHASE_READY;
	failed.spec.repo = other.spec.repo = (char *)(uintptr_t) "app";
	assert_true(breaker_covers(&failed, &other, BREAKER_GATE));
	assert_false(breaker_covers(&failed, &other, BREAKER_START));
	other.spec.repo = (char *)(uintptr_t) "lib";
	assert_false(breaker_covers(&failed, &other, BREAKER_GATE));
}

/* Nobody else is tried in the pause, and one that works ends it for all. */
static void
test_gate_that_cannot_be_run_is_found_out_once_D_56_X_37(void **state)
{
	(void)state;
	begin("gate = make test\n");
	play_create(&play, "create-1");
	play.answer[WORK_GATE] = WORK_ENVIRONMENT;
	for (unsigned i = 1; i <= BREAKER_FAILURES; i++) {
		ask_for(WORK_GATE);
		answer_all();
		turn();
		assert_int_equal(play_ticket(&play, 1).env_failures, i);
		assert_int_equal(play_ticket(&play, 1).blame, BLAME_GATE);
		play.boot_ms = play_ticket(&play, 1).backoff_boot_ms + (i < BREAKER_FAILURES);
	}
	assert_int_equal(play_ticket(&play, 1).phase, PHASE_APPROVED);
	assert_int_equal(play_ticket(&play, 1).cycles, 0);
	play.boot_ms -= 5000; /* in its pause */
	turn();
	assert_int_equal(play.asked.n, 0);
	play.boot_ms += 10000;
	play.answer[WORK_GATE] = WORK_OK;
	play_until(&play, 1, PHASE_DONE);
	end();
}

/* The gate of ticket 1 is always ended from outside, and those of the others pass: the gate is well, and nobody waits for
 * ticket 1; its own pauses grow, whoever passes between two of them, until a person is asked. */
static void
test_gate_that_is_always_ended_comes_to_a_person_D_56_E_24_X_12(void **state)
{
	struct ticket t;

	(void)state;
	begin("gate = make test\n");
	play.own.id = 1;
	play.own.kind = WORK_GATE;
	play.own.answer = WORK_ENVIRONMENT;
	play_create(&play, "create-1");
	play_until(&play, 1, PHASE_APPROVED);
	assert_int_equal(play_ticket(&play, 1).blame, BLAME_GATE);
	play_create(&play, "create-2");
	play_until(&play, 2, PHASE_DONE);
	t = play_ticket(&play, 1);
	assert_int_equal(t.blame, BLAME_TICKET);
	while (play_ticket(&play, 1).env_failures < 2)
		(void)play_turns(&play, 1);
	play_create(&play, "create-3");
	play_until(&play, 3, PHASE_DONE);
	t = play_ticket(&play, 1);
	assert_int_equal(t.blame, BLAME_TICKET);
	assert_true(t.env_failures >= 2);
	play_until(&play, 1, PHASE_ATTENTION);
	t = play_ticket(&play, 1);
	assert_int_equal(t.env_failures, TICKET_OWN_FAULTS_MAX);
	assert_string_equal(t.cause, "because");
	assert_true(play.count[WORK_GATE] <= 2 + 3 + TICKET_OWN_FAULTS_MAX);
	play.own.id = 0;
	play_say(&play, EVENT_RETRY, 1, NULL, "retry-1");
	play_until(&play, 1, PHASE_DONE);
	end();
}

/* That something landed, whose tree had passed before, does not say that a gate can be run. */
static void
test_gate_is_not_proved_by_a_landing_D_56(void **state)
{
	struct record failed = { .history = BUF_INIT }, other = { .history = BUF_INIT };
	struct ticket landing = { .phase = PHASE_MERGING }, review = { .phase = PHASE_DELIVERED };

	(void)state;
	failed.ticket = (struct ticket){ .phase = PHASE_APPROVED, .env_failures = 1 };
	failed.ticket.blame = BLAME_GATE;
	failed.spec.repo = other.spec.repo = (char *)(uintptr_t) "app";
	assert_false(breaker_covers(&failed, &other, breaker_use_of(&landing, true)));
	assert_true(breaker_covers(&failed, &other, breaker_use_of(&review, true)));
	assert_false(breaker_covers(&failed, &other, breaker_use_of(&review, false)));
	failed.ticket.blame = BLAME_REPO;
	assert_true(breaker_covers(&failed, &other, breaker_use_of(&landing, false)));
}

/* gate-at = review: what one found out, the next one does not try in the pause, and then it is its turn. */
static void
test_gate_before_the_review_is_held_back_by_the_breaker_D_56(void **state)
{
	struct ticket t;

	(void)state;
	begin("gate = make test\ngate-at = review\n");
	create_reviewed("create-1");
	play.answer[WORK_GATE] = WORK_ENVIRONMENT;
	for (unsigned i = 1; i <= BREAKER_FAILURES; i++) {
		ask_for(WORK_GATE);
		answer_all();
		play.boot_ms = play_ticket(&play, 1).backoff_boot_ms;
	}
	play.boot_ms -= 1000;
	create_reviewed("create-2");
	for (t = play_ticket(&play, 2); t.phase != PHASE_DELIVERED || ticket_is_open(&t);
	     t = play_ticket(&play, 2)) {
		(void)play_turns(&play, 1);
		play_live(&play, 2);
		if (play.launcher >= 0 && play.has_reported)
			play_die(&play);
		else if (play.launcher >= 0)
			play_report(&play, EVENT_DONE, PLAY_TIP);
	}
	(void)play_turns(&play, 3);
	assert_int_equal(play.count[WORK_GATE], BREAKER_FAILURES);
	play.boot_ms += 1000;
	play.answer[WORK_GATE] = WORK_OK;
	(void)play_turns(&play, 1);
	assert_int_equal(play.count[WORK_GATE], BREAKER_FAILURES + 1);
	assert_int_equal(play.last.ep.ticket.n, 2);
	play_until(&play, 1, PHASE_HUMAN_REVIEW);
	end();
}

/* Turns with answers to everything but gates, until the ticket is at rest in this phase. */
static void
work_off(unsigned id, enum phase phase)
{
	struct engine_rest rest;
	struct err err = ERR_INIT;
	struct ticket t = play_ticket(&play, id);

	for (unsigned i = 0; i < PLAY_TURNS && (t.phase != phase || ticket_is_open(&t)); i++) {
		if (engine_turn(play.engine, &rest, &err) < 0)
			fail_msg("%s", err.text);
		for (size_t j = 0; j < play.asked.n; j++) {
			struct paper w = play.asked.v[j];

			if (w.kind == WORK_GATE)
				continue;
			memmove(play.asked.v + j, play.asked.v + j + 1,
			    (--play.asked.n - j) * sizeof w);
			play_answer(&play, w.kind, w.ep);
			j--;
		}
		play_live(&play, id);
		if (play.launcher >= 0 && play.has_reported)
			play_die(&play);
		else if (play.launcher >= 0)
			play_report(&play, EVENT_DONE, PLAY_TIP);
		t = play_ticket(&play, id);
	}
	assert_int_equal(t.phase, phase);
}

/* Reviews have gates of their own, and a lower number: a landing does not wait for all of them. */
static void
test_gate_of_a_landing_comes_before_those_of_reviews_E_33_D_71(void **state)
{
	(void)state;
	begin("gate = make test\ngate-at = review\n");
	create_reviewed("create-1");
	ask_for(WORK_GATE);
	create_reviewed("create-2");
	work_off(2, PHASE_DELIVERED);
	play_create(&play, "create-3");
	work_off(3, PHASE_APPROVED);
	assert_int_equal(play.count[WORK_GATE], 1);
	ask_for(WORK_GATE);
	answer_all();
	ask_for(WORK_GATE);
	assert_int_equal(play.last.kind, WORK_GATE);
	assert_int_equal(play.last.ep.ticket.n, 3);
	answer_all();
	ask_for(WORK_GATE);
	assert_int_equal(play.last.ep.ticket.n, 2);
	end();
}

static bool
brief_says_passed(void)
{
	_cleanup_(buf_release) struct buf b = BUF_INIT;

	brief_gates(play.engine, item_find(play.engine, (struct ticket_id){ 1 }), &b);
	return str_find(buf_str(&b), STR("They have passed")) >= 0;
}

/* What passed, passed other command lines. */
static void
test_gate_of_another_configuration_is_no_word_in_a_brief_D_38(void **state)
{
	(void)state;
	begin("gate = make test\ngate-at = review\n");
	create_reviewed("create-1");
	play_until(&play, 1, PHASE_HUMAN_REVIEW);
	assert_true(brief_says_passed());
	configure("gate = make check\ngate-at = review\n");
	turn();
	assert_false(brief_says_passed());
	end();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		in_place(test_gate_is_run_once_for_a_tree_D_4),
		in_place(test_gate_is_run_again_for_another_tree_and_other_commands_D_4),
		in_place(test_gate_of_nobody_means_nothing_X_37),
		in_place(test_gate_makes_way_for_an_adopted_commit_A_20),
		in_place(test_gate_before_the_review_D_4_E_33),
		in_place(test_gate_breaker_is_of_landings_only_D_56),
		in_place(test_gate_that_cannot_be_run_is_found_out_once_D_56_X_37),
		in_place(test_gate_that_is_always_ended_comes_to_a_person_D_56_E_24_X_12),
		in_place(test_gate_is_not_proved_by_a_landing_D_56),
		in_place(test_gate_before_the_review_is_held_back_by_the_breaker_D_56),
		in_place(test_gate_of_another_configuration_is_no_word_in_a_brief_D_38),
		in_place(test_gate_of_a_landing_comes_before_those_of_reviews_E_33_D_71),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
