/* SPDX-License-Identifier: GPL-2.0-only */
/* Landings take turns: one at a time for each target, the oldest verdict first. */
#include "test_engine.h"

static struct play play;

static void
begin(const char *more)
{
	struct err err = ERR_INIT;
	_cleanup_(buf_release) struct buf b = BUF_INIT;

	play_init(&play);
	buf_addf(&b,
	    "[defaults]\nagent = sh\nremind = 0s\n[agent \"sh\"]\nstart = sh -c {text}\n"
	    "[repo \"lib\"]\npath = /lib\nbase = main\n[repo \"app\"]\npath = %s\nbase = main\n%s",
	    place_path, more);
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

/* One turn; what it asks for is left unanswered. */
static struct engine_rest
look(void)
{
	struct engine_rest rest = { false, false, 0 };
	struct err err = ERR_INIT;

	if (engine_turn(play.engine, &rest, &err) < 0)
		fail_msg("%s", err.text);
	return rest;
}

static void
kill_switch(bool is_on)
{
	struct err err = ERR_INIT;

	assert_int_equal(is_on ? root_set_control(&play.root, "kill", "test", &err)
			       : root_clear_control(&play.root, "kill", &err),
	    0);
}

static void
say(struct signal *s, enum event_kind kind, unsigned id)
{
	char name[64];
	static unsigned said;

	s->event.kind = kind;
	s->event.ticket.n = id;
	(void)snprintf(s->event.actor, sizeof s->event.actor, "person:test");
	(void)snprintf(name, sizeof name, "say-%u", said++);
	play_publish(&play, s, NULL, name);
	signal_release(s);
}

static void
create(const char *repo, const char *base, uint32_t priority)
{
	struct signal s = { .event = { .priority = priority, .has_priority = true } };

	set_charp(&s.spec.title, "a ticket");
	set_charp(&s.spec.text, "true");
	set_charp(&s.spec.repo, repo);
	set_charp(&s.spec.base, base);
	say(&s, EVENT_CREATE, 0);
	play_turns(&play, 1);
}

/* The commit is delivered by a person, and waits for the verdict. */
static void
deliver(unsigned id)
{
	struct signal s = { 0 };

	assert_true(oid_parse(STR(PLAY_TIP), &s.event.commit));
	say(&s, EVENT_ADOPT, id);
	play_turns(&play, 3);
	assert_int_equal(play_ticket(&play, id).phase, PHASE_HUMAN_REVIEW);
}

static void
pass(unsigned id)
{
	struct signal s = { 0 };

	play.boot_ms += 1000;
	say(&s, EVENT_ACCEPT, id);
	play_turns(&play, 1);
	assert_int_equal(play_ticket(&play, id).phase, PHASE_APPROVED);
}

/* With the kill switch on: tickets 1 to n, delivered. */
static void
begin_many(const char *more, unsigned n)
{
	begin(more);
	kill_switch(true);
	for (unsigned id = 1; id <= n; id++) {
		create("app", "main", 100 - id);
		deliver(id);
	}
}

/* Who is asked for now, and for what; 0: nobody. */
static unsigned
asked(enum work_kind kind)
{
	for (size_t i = 0; i < play.asked.n; i++)
		if (play.asked.v[i].kind == kind)
			return play.asked.v[i].ep.ticket.n;
	return 0;
}

static void
answer(enum work_kind kind, enum work_answer with)
{
	for (size_t i = 0; i < play.asked.n; i++) {
		struct paper w = play.asked.v[i];

		if (w.kind != kind)
			continue;
		play.asked.v[i] = play.asked.v[--play.asked.n];
		play.answer[kind] = with;
		play_answer(&play, w.kind, w.ep);
		play.answer[kind] = WORK_OK;
		return;
	}
	fail_msg("nobody was asked for it");
}

/* Computed, intended, landed: nobody else is asked for anything of this target in between. */
static void
expect_lands(unsigned id)
{
	(void)look();
	assert_int_equal(asked(WORK_COMPUTE), id);
	(void)look();
	assert_int_equal(play.asked.n, 1);
	answer(WORK_COMPUTE, WORK_OK);
	assert_int_equal(play_ticket(&play, id).phase, PHASE_MERGING);
	(void)look();
	assert_int_equal(asked(WORK_LAND), id);
	assert_int_equal(asked(WORK_COMPUTE), 0);
	answer(WORK_LAND, WORK_OK);
	assert_int_equal(play_ticket(&play, id).phase, PHASE_DONE);
}

static void
test_landing_oldest_verdict_first_whatever_number_or_priority(void **state)
{
	(void)state;
	begin_many("", 4);
	pass(3);
	pass(1);
	pass(4);
	pass(2);
	kill_switch(false);
	expect_lands(3);
	expect_lands(1);
	expect_lands(4);
	expect_lands(2);
	end();
}

static void
test_landing_date_is_that_of_the_verdict_each_time_X_28(void **state)
{
	int64_t when_ms;

	(void)state;
	begin_many("", 1);
	pass(1);
	when_ms = play_ticket(&play, 1).passed_wall_ms;
	assert_true(when_ms > 0);
	kill_switch(false);
	for (unsigned i = 0; i < 2; i++) {
		play.boot_ms += 5000;
		(void)look();
		assert_int_equal(play.last.when_ms, when_ms);
		answer(WORK_COMPUTE, WORK_OK);
		(void)look();
		answer(WORK_LAND, WORK_MOVED); /* the same O and P give the same M again */
	}
	end();
}

/* The target is moved from outside, again and again: those that passed later do not get ahead. */
static void
test_landing_who_has_to_compute_again_is_still_first_X_28(void **state)
{
	(void)state;
	begin_many("", 2);
	pass(2);
	pass(1);
	kill_switch(false);
	for (unsigned i = 0; i + 1 < TICKET_MERGE_TRIES_MAX; i++) {
		(void)look();
		assert_int_equal(asked(WORK_COMPUTE), 2);
		answer(WORK_COMPUTE, WORK_OK);
		(void)look();
		answer(WORK_LAND, WORK_MOVED);
		assert_int_equal(play_ticket(&play, 2).phase, PHASE_APPROVED);
	}
	(void)look();
	answer(WORK_COMPUTE, WORK_OK);
	(void)look();
	answer(WORK_LAND, WORK_MOVED); /* once too often: a person's turn, and the queue goes on */
	assert_int_equal(play_ticket(&play, 2).phase, PHASE_ATTENTION);
	expect_lands(1);
	end();
}

static void
test_landing_who_is_held_is_passed_over_and_keeps_its_place_X_36(void **state)
{
	(void)state;
	begin_many("", 3);
	pass(2);
	pass(1);
	pass(3);
	kill_switch(false);
	(void)look();
	answer(WORK_COMPUTE, WORK_HELD);
	assert_int_equal(play_ticket(&play, 2).phase, PHASE_APPROVED);
	expect_lands(1);
	(void)look();
	assert_int_equal(asked(WORK_COMPUTE), 3);
	play.boot_ms += 60000; /* its turn has come again, and 3 is at it */
	(void)look();
	assert_int_equal(play.asked.n, 1);
	answer(WORK_COMPUTE, WORK_OK);
	(void)look();
	assert_int_equal(asked(WORK_LAND), 3); /* what is computed is not thrown away */
	answer(WORK_LAND, WORK_MOVED);
	(void)look();
	assert_int_equal(asked(WORK_COMPUTE), 2); /* and then it is first */
	answer(WORK_COMPUTE, WORK_ENVIRONMENT);
	(void)look();
	assert_int_equal(asked(WORK_COMPUTE), 3);
	end();
}

static void
test_landing_stuck_one_blocks_no_other_repository_or_branch_D_67(void **state)
{
	(void)state;
	begin_many("", 2);
	create("lib", "main", 1);
	deliver(3);
	create("app", "next", 1);
	deliver(4);
	for (unsigned id = 1; id <= 4; id++)
		pass(id);
	kill_switch(false);
	(void)look();
	assert_int_equal(play.asked.n, 2); /* one of each repository at git's own locks */
	answer(WORK_COMPUTE, WORK_ENVIRONMENT);
	answer(WORK_COMPUTE, WORK_OK);
	assert_int_equal(play_ticket(&play, 3).phase, PHASE_MERGING);
	(void)look();
	assert_int_equal(asked(WORK_LAND), 3);
	answer(WORK_LAND, WORK_OK);
	expect_lands(2); /* the repository works: */
	expect_lands(1);
	expect_lands(4);
	end();
}

/* A stub of the world keeps no pointers: what they say is looked at while they are there. */
static struct world_ops telling_ops;
static char told_message[400], told_trailers[200];
static enum landing told_way;

static int
tell(struct world *w, const struct work *work, struct err *err)
{
	if (work->kind == WORK_COMPUTE) {
		(void)snprintf(told_message, sizeof told_message, "%s", work->message);
		(void)snprintf(told_trailers, sizeof told_trailers, "%s", work->trailers);
		told_way = work->landing;
	}
	return play_start(w, work, err);
}

static void
test_landing_way_and_words_are_the_repositorys_until_it_lands_X_29(void **state)
{
	struct ticket t;
	_cleanup_(buf_release) struct buf b = BUF_INIT;

	(void)state;
	begin_many("landing = squash\nmessage = {repo}: {title}\\n\\nfor {ticket} in {base}\n", 1);
	pass(1);
	telling_ops = play_ops;
	telling_ops.start = tell;
	play.world.ops = &telling_ops;
	kill_switch(false);
	(void)look();
	assert_string_equal(told_message, "app: a ticket\n\nfor 1 in main\n");
	assert_string_equal(told_trailers, "Ticket: 1\nBranch: reeve/1-a-ticket\n");
	assert_int_equal(told_way, LANDING_SQUASH);
	/* edited while it is computed, and after that: what was computed is what lands */
	buf_addf(&b, "[repo \"app\"]\npath = %s\nbase = main\nlanding = rebase\n", place_path);
	put_file("state/config", b.p);
	(void)look();
	answer(WORK_COMPUTE, WORK_OK);
	t = play_ticket(&play, 1);
	assert_int_equal(t.phase, PHASE_MERGING);
	assert_int_equal(t.landing, LANDING_SQUASH);
	(void)look();
	assert_string_equal(play.last.merge.hex, t.merge_commit.hex);
	answer(WORK_LAND, WORK_OK);
	t = play_ticket(&play, 1);
	assert_int_equal(t.landing, LANDING_SQUASH);
	assert_true(oid_is_set(t.merge_from) && oid_is_set(t.merge_commit) && oid_is_set(t.passed));
	end();
}

/* Two queues of one repository share its locks: neither keeps them from the other. */
static void
test_landing_older_head_of_another_branch_goes_first_D_71(void **state)
{
	(void)state;
	begin_many("", 3);
	create("app", "next", 1);
	deliver(4);
	pass(1);
	pass(4);
	pass(2);
	pass(3);
	kill_switch(false);
	expect_lands(1);
	expect_lands(4);
	expect_lands(2);
	expect_lands(3);
	end();
}

/* A start that fails leaves no trace in the ticket; those behind it do not wait for it. */
static struct world_ops refusing_ops;
static int
refuse_two(struct world *w, const struct work *work, struct err *err)
{
	if (work->ep.ticket.n == 2 && work->kind == WORK_COMPUTE)
		return err_set(err, ERR_EXTERNAL, "no");
	return play_start(w, work, err);
}

static void
test_landing_that_cannot_begin_lets_the_next_one_go_first(void **state)
{
	struct engine_rest rest;

	(void)state;
	begin_many("", 2);
	pass(2);
	pass(1);
	refusing_ops = play_ops;
	refusing_ops.start = refuse_two;
	play.world.ops = &refusing_ops;
	kill_switch(false);
	rest = look();
	assert_int_equal(asked(WORK_COMPUTE), 1);
	answer(WORK_COMPUTE, WORK_OK);
	(void)look();
	answer(WORK_LAND, WORK_OK);
	rest = play_turns(&play, 2);
	assert_true(rest.next_boot_ms > play.boot_ms); /* it is not forgotten */
	play.world.ops = &play_ops;
	play.boot_ms = rest.next_boot_ms;
	expect_lands(2);
	end();
}

/* 2 is the older one and has to pass a gate first, on its own target: that takes hours, and needs no lock of the
 * repository. */
static void
test_landing_a_gate_of_another_target_is_not_waited_for_D_71(void **state)
{
	(void)state;
	begin("gate = make test\n");
	play.tree = PLAY_MERGE;
	kill_switch(true);
	create("app", "other", 100);
	create("app", "main", 50);
	deliver(1);
	deliver(2);
	pass(2);
	pass(1);
	kill_switch(false);
	(void)look();
	assert_int_equal(asked(WORK_COMPUTE), 2);
	answer(WORK_COMPUTE, WORK_OK);
	(void)look();
	assert_int_equal(asked(WORK_COMPUTE), 1); /* or only when the gate of 2 has ended */
	answer(WORK_COMPUTE, WORK_CONTAINED);
	(void)look();
	assert_int_equal(asked(WORK_LAND), 1);
	answer(WORK_LAND, WORK_OK);
	(void)look();
	assert_int_equal(asked(WORK_GATE), 2);
	end();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		in_place(test_landing_oldest_verdict_first_whatever_number_or_priority),
		in_place(test_landing_date_is_that_of_the_verdict_each_time_X_28),
		in_place(test_landing_who_has_to_compute_again_is_still_first_X_28),
		in_place(test_landing_who_is_held_is_passed_over_and_keeps_its_place_X_36),
		in_place(test_landing_stuck_one_blocks_no_other_repository_or_branch_D_67),
		in_place(test_landing_way_and_words_are_the_repositorys_until_it_lands_X_29),
		in_place(test_landing_older_head_of_another_branch_goes_first_D_71),
		in_place(test_landing_that_cannot_begin_lets_the_next_one_go_first),
		in_place(test_landing_a_gate_of_another_target_is_not_waited_for_D_71),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
