/* SPDX-License-Identifier: GPL-2.0-only */
/* What tickets share: slots, turns, and what fails for all of them. */
#include "test_engine.h"

static struct play play;

static void
begin(const char *config)
{
	struct err err = ERR_INIT;
	_cleanup_(buf_release) struct buf b = BUF_INIT;

	play_init(&play);
	buf_addf(&b,
	    "[repo \"app\"]\npath = %s\nbase = main\n[repo \"lib\"]\npath = %s\nbase = main\n%s",
	    place_path, place_path, config);
	put_file("state/config", b.p);
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
create(const char *id, const char *repo, const char *agent)
{
	_cleanup_(signal_release) struct signal s = { 0 };

	s.event.kind = EVENT_CREATE;
	(void)snprintf(s.event.actor, sizeof s.event.actor, "person:test");
	set_charp(&s.spec.title, "a ticket");
	set_charp(&s.spec.text, "true");
	set_charp(&s.spec.repo, repo);
	set_charp(&s.spec.agent, agent);
	play_publish(&play, &s, NULL, id);
}

static void
create_many(unsigned n, const char *repo, const char *agent)
{
	static unsigned made;
	char id[32];

	for (unsigned i = 0; i < n; i++) {
		(void)snprintf(id, sizeof id, "create-%04u", made++);
		create(id, repo, agent);
	}
}

#define AGENTS                                                                                     \
	"[agent \"sh\"]\nstart = sh -c {text}\n[agent \"other\"]\nstart = sh -c {text}\nslots = "  \
	"1\n"

static unsigned
failures_of(unsigned from, unsigned to)
{
	unsigned sum = 0;

	for (unsigned id = from; id <= to; id++)
		sum += play_ticket(&play, id).env_failures > 0;
	return sum;
}

/* T83 */
static void
test_share_breaker_spares_those_who_need_the_same_D_56_D_3_X_21(void **state)
{
	struct engine_rest rest;
	unsigned tried;

	(void)state;
	begin("[defaults]\nagent = sh\nslots = 1\n" AGENTS);
	play.answer[WORK_PREFLIGHT] = WORK_ENVIRONMENT;
	create_many(8, "app", "sh");
	rest = play_turns(&play, 20);
	assert_int_equal(failures_of(1, 8), 3); /* the others did not have to find out */
	assert_int_equal(play.count[WORK_PREFLIGHT], 3);
	assert_true(rest.is_at_rest);
	assert_true(rest.next_boot_ms > play.boot_ms);
	for (unsigned id = 1; id <= 8; id++)
		assert_int_equal(
		    play_ticket(&play, id).deaths + play_ticket(&play, id).start_failures, 0);

	/* half open: one at a time finds out, and the pauses grow */
	for (unsigned i = 0; i < 4; i++) {
		int64_t before = play.boot_ms;

		tried = play.count[WORK_PREFLIGHT];
		play.boot_ms = rest.next_boot_ms;
		rest = play_turns(&play, 10);
		assert_true(play.count[WORK_PREFLIGHT] <= tried + 1);
		assert_true(rest.next_boot_ms > before);
	}

	/* it works again: all who failed are free at once */
	play.answer[WORK_PREFLIGHT] = WORK_OK;
	play.boot_ms += 700000;
	(void)play_turns(&play, 5);
	for (unsigned id = 1; id <= 8; id++)
		play_live(&play, id);
	assert_true(play.launcher >= 0);
	(void)play_turns(&play, 5);
	assert_int_equal(failures_of(1, 8), 0);
	end();
}

/* Who says `retry` of one of them knows something: that one is tried at once, and only that one. */
static void
test_share_breaker_does_not_hold_back_a_retry_D_56_E_24(void **state)
{
	_cleanup_(signal_release) struct signal s = { 0 };

	(void)state;
	begin("[defaults]\nagent = sh\nslots = 1\n" AGENTS);
	play.answer[WORK_PREFLIGHT] = WORK_ENVIRONMENT;
	create_many(8, "app", "sh");
	(void)play_turns(&play, 20);
	assert_int_equal(play.count[WORK_PREFLIGHT], 3);
	s.event.kind = EVENT_RETRY;
	s.event.ticket.n = 8;
	(void)snprintf(s.event.actor, sizeof s.event.actor, "person:test");
	play_publish(&play, &s, NULL, "retry-1");
	(void)play_turns(&play, 20);
	assert_int_equal(play.count[WORK_PREFLIGHT], 4);
	assert_int_equal(play_ticket(&play, 8).env_failures, 4);
	assert_int_equal(failures_of(1, 8), 4);
	play.answer[WORK_PREFLIGHT] = WORK_OK;
	play_publish(&play, &s, NULL, "retry-2");
	(void)play_turns(&play, 5);
	for (unsigned id = 1; id <= 8; id++)
		play_live(&play, id);
	assert_true(play.launcher >= 0);
	(void)play_turns(&play, 5);
	assert_int_equal(failures_of(1, 8), 0);
	end();
}

static void
test_share_breaker_is_of_what_is_to_blame_only_C_7(void **state)
{
	(void)state;
	begin("[defaults]\nagent = sh\nslots = 9\n[agent \"sh\"]\nstart = no-such-program-here\n"
	      "[agent \"other\"]\nstart = sh -c {text}\n");
	create_many(6, "app", "sh");
	create_many(1, "app", "other");
	(void)play_turns(&play, 20);
	assert_int_equal(failures_of(1, 6), 3);
	assert_int_equal(play_ticket(&play, 1).blame, BLAME_AGENT);
	assert_int_equal(play_ticket(&play, 7).phase, PHASE_STARTING);
	end();
}

/* Its worktree is damaged, or something is in its place: the others begin, at once, and a person is asked about that
 * one. */
static void
test_share_fault_of_one_worktree_is_its_own_D_56_X_34(void **state)
{
	struct ticket t;

	(void)state;
	begin("[defaults]\nagent = sh\nslots = 1\n" AGENTS);
	play.own.id = 1;
	play.own.kind = WORK_PREPARE;
	play.own.answer = WORK_OWN;
	create_many(2, "app", "sh");
	(void)play_turns(&play, 10);
	t = play_ticket(&play, 1);
	assert_true(t.phase == PHASE_READY && t.blame == BLAME_TICKET && t.env_failures == 1);
	assert_int_equal(play_ticket(&play, 2).phase, PHASE_STARTING);
	play_until(&play, 2, PHASE_HUMAN_REVIEW);
	play_until(&play, 1, PHASE_ATTENTION);
	t = play_ticket(&play, 1);
	assert_int_equal(t.env_failures, TICKET_OWN_FAULTS_MAX);
	assert_string_equal(t.cause, "because");
	assert_int_equal(t.deaths + t.start_failures, 0);
	create_many(1, "app", "sh");
	(void)play_turns(&play, 10);
	assert_int_equal(play_ticket(&play, 3).phase, PHASE_STARTING);
	play_until(&play, 3, PHASE_HUMAN_REVIEW);
	play.own.id = 0;
	play_say(&play, EVENT_RETRY, 1, NULL, "retry-1");
	play_until(&play, 1, PHASE_HUMAN_REVIEW);
	assert_int_equal(play_ticket(&play, 1).env_failures, 0);
	end();
}

static void
say_base(const char *id, const char *base)
{
	_cleanup_(signal_release) struct signal s = { 0 };

	s.event.kind = EVENT_CREATE;
	(void)snprintf(s.event.actor, sizeof s.event.actor, "person:test");
	set_charp(&s.spec.title, "a ticket");
	set_charp(&s.spec.text, "true");
	set_charp(&s.spec.repo, "app");
	set_charp(&s.spec.agent, "sh");
	set_charp(&s.spec.base, base);
	play_publish(&play, &s, NULL, id);
}

/* A typing error in --base of one ticket is not to hold back the repository; that the base of the repository itself
 * is gone concerns all. */
static void
test_share_base_of_one_ticket_is_its_own_D_56(void **state)
{
	struct ticket t;

	(void)state;
	begin("[defaults]\nagent = sh\nslots = 1\n" AGENTS);
	play.own.id = 1;
	play.own.kind = WORK_PREFLIGHT;
	play.own.answer = WORK_ENVIRONMENT;
	play.own.flag = true;
	say_base("base-1", "mian");
	create_many(1, "app", "sh");
	(void)play_turns(&play, 10);
	assert_true(play_ticket(&play, 1).blame == BLAME_TICKET);
	assert_int_equal(play_ticket(&play, 2).phase, PHASE_STARTING);
	play_until(&play, 2, PHASE_HUMAN_REVIEW);
	play_until(&play, 1, PHASE_ATTENTION);
	t = play_ticket(&play, 1);
	assert_int_equal(t.env_failures, TICKET_OWN_FAULTS_MAX);
	assert_string_equal(t.cause, "because");

	play.own.id = 3;
	create_many(1, "app", "sh");
	(void)play_turns(&play, 10);
	assert_true(play_ticket(&play, 3).blame == BLAME_REPO);
	end();
}

/* What decides is in the tickets: another supervisor goes on the same way. */
static void
test_share_breaker_outlives_the_supervisor_X_21(void **state)
{
	struct err err = ERR_INIT;

	(void)state;
	begin("[defaults]\nagent = sh\nslots = 1\n" AGENTS);
	play.answer[WORK_PREFLIGHT] = WORK_ENVIRONMENT;
	create_many(5, "app", "sh");
	(void)play_turns(&play, 20);
	assert_int_equal(play.count[WORK_PREFLIGHT], 3);
	play_close(&play);
	if (play_open(&play, io_real(), false, &err) < 0)
		fail_msg("%s", err.text);
	(void)play_turns(&play, 5);
	assert_int_equal(play.count[WORK_PREFLIGHT], 3);
	end();
}

/* A worker that began long ago says nothing of what failed since, whoever looks at it now. */
static void
test_share_breaker_is_not_closed_by_who_ran_before_X_21(void **state)
{
	struct err err = ERR_INIT;

	(void)state;
	begin("[defaults]\nagent = sh\nslots = 2\n" AGENTS);
	create_many(1, "app", "sh");
	(void)play_turns(&play, 5);
	play_live(&play, 1);
	(void)play_turns(&play, 5);
	assert_int_equal(play_ticket(&play, 1).phase, PHASE_WORKING);
	play.answer[WORK_PREFLIGHT] = WORK_ENVIRONMENT;
	create_many(5, "app", "sh");
	(void)play_turns(&play, 20);
	assert_int_equal(failures_of(2, 6), 3);
	play_close(&play);
	if (play_open(&play, io_real(), false, &err) < 0)
		fail_msg("%s", err.text);
	(void)play_turns(&play, 5);
	assert_int_equal(failures_of(2, 6), 3);
	assert_int_equal(play.count[WORK_PREFLIGHT], 1 + 3);
	end();
}

/* Nobody knows what a spoiled ticket says; its lock says that something of it lives. */
static void
test_share_who_is_set_aside_and_works_has_its_slot_X_25(void **state)
{
	struct err err = ERR_INIT;

	(void)state;
	begin("[defaults]\nagent = sh\nslots = 1\n" AGENTS);
	create_many(2, "app", "sh");
	(void)play_turns(&play, 5);
	play_live(&play, 1);
	(void)play_turns(&play, 3);
	assert_int_equal(play_ticket(&play, 2).phase, PHASE_READY);
	put_file("state/tickets/1/ticket", "spoiled\n"); /* while it is in memory, */
	(void)play_turns(&play, 5);
	assert_int_equal(play_ticket(&play, 2).phase, PHASE_READY);
	play_close(&play);
	if (play_open(&play, io_real(), false, &err) < 0) /* and at a start */
		fail_msg("%s", err.text);
	(void)play_turns(&play, 5);
	assert_int_equal(play_ticket(&play, 2).phase, PHASE_READY);
	play_die(&play);
	play.boot_ms += 60000;
	(void)play_turns(&play, 5);
	assert_int_equal(play_ticket(&play, 2).phase, PHASE_STARTING);
	end();
}

/* Also the one whose failure was the last. */
static void
test_share_one_finds_out_at_a_time_D_56(void **state)
{
	struct engine_rest rest;
	unsigned tried;

	(void)state;
	begin("[defaults]\nagent = sh\nslots = 9\n" AGENTS);
	play.answer[WORK_PREFLIGHT] = WORK_ENVIRONMENT;
	create_many(3, "app", "sh");
	(void)play_turns(&play, 5);
	assert_int_equal(failures_of(1, 3), 3);
	tried = play.count[WORK_PREFLIGHT];
	play.boot_ms += 700000;
	assert_int_equal(engine_turn(play.engine, &rest, NULL), 0);
	assert_int_equal(play.count[WORK_PREFLIGHT], tried + 1);
	end();
}

static void
test_share_agents_have_slots_of_their_own(void **state)
{
	unsigned open = 0;

	(void)state;
	begin("[defaults]\nagent = sh\nslots = 9\n" AGENTS);
	create_many(3, "app", "other");
	create_many(2, "app", "sh");
	(void)play_turns(&play, 10);
	for (unsigned id = 1; id <= 3; id++)
		open += play_ticket(&play, id).phase == PHASE_STARTING;
	assert_int_equal(open, 1);
	assert_int_equal(play_ticket(&play, 4).phase, PHASE_STARTING);
	assert_int_equal(play_ticket(&play, 5).phase, PHASE_STARTING);
	end();
}

/* A repository with many old tickets does not shut out one with a new one. */
static void
test_share_repositories_take_turns(void **state)
{
	(void)state;
	begin("[defaults]\nagent = sh\nslots = 2\n" AGENTS);
	create_many(5, "app", "sh");
	create_many(2, "lib", "sh");
	(void)play_turns(&play, 10);
	assert_int_equal(play_ticket(&play, 1).phase, PHASE_STARTING);
	assert_int_equal(play_ticket(&play, 2).phase, PHASE_READY);
	assert_int_equal(play_ticket(&play, 6).phase, PHASE_STARTING);
	end();
}

static void
test_share_higher_priority_goes_first(void **state)
{
	_cleanup_(signal_release) struct signal s = { 0 };

	(void)state;
	begin("[defaults]\nagent = sh\nslots = 1\n" AGENTS);
	put_file("state/control/kill", "");
	create_many(3, "app", "sh");
	(void)play_turns(&play, 3);
	s.event.kind = EVENT_EDIT;
	s.event.ticket.n = 3;
	s.event.has_priority = true;
	s.event.priority = 9;
	(void)snprintf(s.event.actor, sizeof s.event.actor, "person:test");
	play_publish(&play, &s, NULL, "edit-1");
	(void)play_turns(&play, 3);
	assert_int_equal(root_clear_control(&play.root, "kill", NULL), 0);
	(void)play_turns(&play, 5);
	assert_int_equal(play_ticket(&play, 3).phase, PHASE_STARTING);
	assert_int_equal(play_ticket(&play, 1).phase, PHASE_READY);
	end();
}

/* --- ports --- */

static uint32_t listening; /* somebody else has this one */

static bool
port_is_unheard(struct world *w, uint32_t port)
{
	(void)w;
	return port != listening;
}

static uint32_t
port_given(unsigned ticket)
{
	struct ticket t = play_ticket(&play, ticket);

	return place_port(&play.root, &t);
}

static void
test_share_each_has_a_port_of_its_own_D_72(void **state)
{
	struct world_ops ops = play_ops;
	uint32_t mine;

	(void)state;
	begin("[defaults]\nagent = sh\nports = 5000-5002\n" AGENTS);
	ops.port_is_free = port_is_unheard;
	play.world.ops = &ops;
	listening = 5001; /* what ticket 1 would get */
	create_many(3, "app", "sh");
	(void)play_turns(&play, 5);
	assert_int_equal(play_ticket(&play, 1).phase, PHASE_STARTING);
	assert_int_equal(play_ticket(&play, 2).phase, PHASE_STARTING);
	assert_int_equal(play_ticket(&play, 3).phase, PHASE_READY); /* more workers than ports */
	assert_int_equal(play_ticket(&play, 3).blame, BLAME_MACHINE);
	mine = port_given(1);
	assert_true(mine == 5000 || mine == 5002);
	assert_int_equal(port_given(2), 5002 - (mine - 5000));
	/* it keeps its own over episodes, while the other waits; who comes later takes from who waits */
	listening = 0;
	play_say(&play, EVENT_PARK, 1, NULL, "park-1");
	(void)play_turns(&play, 5);
	play_say(&play, EVENT_RETRY, 3, NULL, "retry-3");
	(void)play_turns(&play, 5);
	assert_int_equal(port_given(3), 5001);
	play_say(&play, EVENT_UNPARK, 1, NULL, "unpark-1");
	(void)play_turns(&play, 5);
	assert_int_equal(play_ticket(&play, 1).phase, PHASE_STARTING);
	assert_int_equal(port_given(1), mine);
	play.world.ops = &play_ops;
	end();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		in_place(test_share_breaker_spares_those_who_need_the_same_D_56_D_3_X_21),
		in_place(test_share_breaker_does_not_hold_back_a_retry_D_56_E_24),
		in_place(test_share_breaker_is_of_what_is_to_blame_only_C_7),
		in_place(test_share_fault_of_one_worktree_is_its_own_D_56_X_34),
		in_place(test_share_base_of_one_ticket_is_its_own_D_56),
		in_place(test_share_breaker_outlives_the_supervisor_X_21),
		in_place(test_share_breaker_is_not_closed_by_who_ran_before_X_21),
		in_place(test_share_who_is_set_aside_and_works_has_its_slot_X_25),
		in_place(test_share_one_finds_out_at_a_time_D_56),
		in_place(test_share_each_has_a_port_of_its_own_D_72),
		in_place(test_share_agents_have_slots_of_their_own),
		in_place(test_share_repositories_take_turns),
		in_place(test_share_higher_priority_goes_first),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
