/* SPDX-License-Identifier: GPL-2.0-only */
/* Why a ticket does not move: which reason is the first, its words, and that no reason is ever untrue. */
#include "test_core.h"

#include "core/blocker.h"

/* A supervisor runs, nothing is in the way, nobody lives. */
static struct blocker_facts
plain_facts(void)
{
	return (struct blocker_facts){
		.wall_ms = TEST_WALL_MS,
		.boot_ms = TEST_BOOT_MS,
		.boot_id = TEST_BOOT,
		.has_supervisor = true,
		.slots = 4,
	};
}

static struct blocker_facts
alive_facts(void)
{
	struct blocker_facts f = plain_facts();

	f.launcher_held = f.ticket_held = true;
	return f;
}

static void
check(const struct ticket *t, const struct blocker_facts *f, const char *owner, bool needs_person,
    const char *text, const char *next)
{
	struct blocker b = BLOCKER_INIT;

	blocker_of(t, f, &b);
	assert_string_equal(b.text.p, text);
	assert_string_equal(b.next.p, next);
	assert_string_equal(b.owner, owner);
	assert_int_equal(b.needs_person, needs_person);
	assert_int_equal(b.since_wall_ms, t->since_wall_ms);
	blocker_release(&b);
}

static void
test_blocker_none_of_finished_tickets_C_19_E_25(void **state)
{
	struct blocker_facts f = plain_facts();
	struct ticket t = test_ticket(PHASE_DONE, EPISODE_NONE);

	(void)state;
	f.has_supervisor = false;
	f.is_killed = true;
	f.kill_error = f.probe_error = "Input/output error";
	check(&t, &f, "", false, "", "");
	t = test_ticket(PHASE_CANCELLED, EPISODE_NONE);
	check(&t, &f, "", false, "", "");
}

static void
test_blocker_people_have_their_turn_A_8_A_13_E_25(void **state)
{
	struct blocker_facts f = plain_facts();
	struct ticket t = test_ticket(PHASE_ASKING, EPISODE_NONE);

	(void)state;
	check(&t, &f, "person", true, "asks a question",
	    "reeve show 12; then reeve answer 12 -m TEXT (or --choice N)");
	t = test_ticket(PHASE_HUMAN_REVIEW, EPISODE_NONE);
	check(&t, &f, "person", true, "needs a verdict on 000000000000",
	    "reeve review 12; then reeve pass 12, or reeve fail 12 -m TEXT");
	t = test_ticket(PHASE_DELIVERED, EPISODE_NONE);
	check(&t, &f, "person", true, "needs a verdict on 000000000000",
	    "reeve review 12; then reeve pass 12, or reeve fail 12 -m TEXT");
	t = test_ticket(PHASE_PARKED, EPISODE_NONE);
	check(&t, &f, "person", false, "parked", "reeve unpark 12");
	t = test_ticket(PHASE_ATTENTION, EPISODE_NONE);
	check(&t, &f, "person", true, "exit status 1",
	    "reeve show 12; then reeve retry 12, or edit, assign, adopt, cancel, pass, fail");
	t.cause[0] = '\0';
	t.pinned = (struct oid){ "" };
	check(&t, &f, "person", true, "needs a decision",
	    "reeve show 12; then reeve retry 12, or edit, assign, adopt, cancel");
	/* their turn comes before the end of the worker's turn */
	f = alive_facts();
	t = test_ticket(PHASE_HUMAN_REVIEW, EPISODE_TERM);
	check(&t, &f, "person", true, "needs a verdict on 000000000000",
	    "reeve review 12; then reeve pass 12, or reeve fail 12 -m TEXT");
	t = test_ticket(PHASE_ASKING, EPISODE_RUN);
	check(&t, &f, "person", true, "asks a question",
	    "reeve show 12; then reeve answer 12 -m TEXT (or --choice N)");
	t.want = WANT_PARK; /* what is put away asks nothing */
	check(&t, &f, "worker", false, "episode 12.3 works", "");
	f.is_in_setup = true;
	check(&t, &f, "worker", false,
	    "episode 12.3 has not begun: the setup of its repository runs",
	    "reeve tail 12, to look");
	f.is_in_setup = false;
}

static void
test_blocker_approved_waits_for_whom_A_8(void **state)
{
	struct blocker_facts f = plain_facts();
	struct ticket t = test_ticket(PHASE_APPROVED, EPISODE_NONE);

	(void)state;
	check(&t, &f, "reeve", false, "is being merged", "");
	t.merge = MERGE_MANUAL;
	check(&t, &f, "person", true, "passed; waits for you to let it land", "reeve merge 12");
	t.merge = MERGE_AUTO;
	t = test_apply_kind(&t, EVENT_HELD, 50);
	check(&t, &f, "person", true, "because", "reeve merge 12, to try again at once");
	t = test_ticket(PHASE_MERGING, EPISODE_NONE);
	t = test_apply_kind(&t, EVENT_MOVED, 52); /* nobody has to do anything */
	check(&t, &f, "reeve", false, "is being merged", "");
	f.ahead = 7;
	check(&t, &f, "reeve", false, "is to land after ticket 7", "");
	t = test_apply_kind(&t, EVENT_ENV_FAILED, 5);
	check(&t, &f, "time", false, "tries again in 10 s: because",
	    "reeve retry 12, to try at once");
	t.env_failures = 3; /* it does not mend itself */
	check(&t, &f, "person", true, "tries again in 10 s: because",
	    "reeve retry 12, to try at once");
	t = test_apply_kind(&t, EVENT_HELD, 50); /* after a failure of the environment, too */
	f.boot_ms += 10000;
	check(&t, &f, "person", true, "because", "reeve merge 12, to try again at once");
}

static void
test_blocker_of_an_open_episode_A_7_A_8_D_60(void **state)
{
	struct blocker_facts f = alive_facts();
	struct ticket t = test_ticket(PHASE_STARTING, EPISODE_OPEN);

	(void)state;
	check(&t, &f, "reeve", false, "episode 12.3 is starting", "");
	t.start_failures = 1;
	check(&t, &f, "reeve", false, "episode 12.3 is starting, not the first try", "");
	t = test_ticket(PHASE_WORKING, EPISODE_RUN);
	check(&t, &f, "worker", false, "episode 12.3 works", "");
	f.launcher_held = false;
	check(&t, &f, "reeve", false, "episode 12.3 is gone, processes it left live on", "");
	f.ticket_held = false;
	check(&t, &f, "reeve", false, "episode 12.3 has ended; it will be judged", "");
}

/* What is shown is what the supervisor waits for: the longer of the two. */
static void
test_blocker_of_an_open_breaker_D_56(void **state)
{
	struct record failed = { .ticket = test_ticket(PHASE_READY, EPISODE_NONE) };
	struct ticket t = test_ticket(PHASE_READY, EPISODE_NONE);
	struct blocker_facts f = plain_facts();
	struct breaker b = { 0 };

	(void)state;
	failed.ticket.id.n = 7;
	failed.ticket.env_failures = 3;
	failed.ticket.blame = BLAME_MACHINE;
	failed.ticket.backoff_boot_ms = f.boot_ms + 30000;
	failed.ticket.backoff_boot = test_boot(f.boot_id);
	(void)snprintf(failed.ticket.cause, sizeof failed.ticket.cause, "no tmux");
	breaker_add(&b, &failed, &(struct record){ .ticket = t }, BREAKER_START, f.boot_id);
	f.breaker = &b;
	check(&t, &f, "time", false, "this machine failed 3 times: no tmux; one is tried in 30 s",
	    "reeve show 7; reeve retry 7, to try at once");
	t.env_failures = 1;
	t.backoff_boot_ms = f.boot_ms + 5000;
	t.backoff_boot = test_boot(f.boot_id);
	check(&t, &f, "time", false, "this machine failed 3 times: no tmux; one is tried in 30 s",
	    "reeve show 7; reeve retry 7, to try at once");
	t.backoff_boot_ms = f.boot_ms + 50000;
	check(&t, &f, "time", false, "tries again in 50 s: it failed before",
	    "reeve retry 12, to try at once");
}

static void
test_blocker_of_an_ending_episode_A_8_D_80_E_8(void **state)
{
	struct blocker_facts f = alive_facts();
	struct ticket t = test_ticket(PHASE_READY, EPISODE_TERM);

	(void)state;
	check(&t, &f, "worker", false, "episode 12.3 finishes its turn", "");
	f.launcher_held = false;
	check(&t, &f, "reeve", false, "episode 12.3 is gone, processes it left live on", "");
	f.ticket_held = false;
	check(&t, &f, "reeve", false, "episode 12.3 has ended; it will be closed", "");
	t = test_ticket(PHASE_HUMAN_REVIEW, EPISODE_STOP); /* the stop first, then the person */
	f = alive_facts();
	check(&t, &f, "worker", false, "episode 12.3 is being stopped", "");
	f.launcher_held = false;
	check(&t, &f, "reeve", false, "episode 12.3 is being stopped", "");
	f.pids = "41, 42";
	check(&t, &f, "reeve", false, "episode 12.3 is being stopped: process 41, 42", "");
	f.wall_ms = t.updated_wall_ms + 61000; /* T32: SIGKILL was not enough */
	check(&t, &f, "person", true, "episode 12.3 cannot be ended: process 41, 42 lives on",
	    "ps -o pid,stat,args -p '41, 42'; nothing new starts before it ends");
	f.pids = NULL;
	f.wall_ms = t.updated_wall_ms;
	f.ticket_held = false;
	check(&t, &f, "reeve", false, "episode 12.3 has ended; it will be closed", "");
}

static void
test_blocker_without_a_supervisor(void **state)
{
	struct blocker_facts f = plain_facts();
	struct ticket t = test_ticket(PHASE_STARTING, EPISODE_OPEN);

	(void)state;
	f.has_supervisor = false;
	check(&t, &f, "person", true, "no supervisor is running", "reeve up -d");
	t = test_ticket(PHASE_READY, EPISODE_NONE);
	check(&t, &f, "person", true, "no supervisor is running", "reeve up -d");
	t = test_ticket(PHASE_WORKING, EPISODE_RUN);
	check(&t, &f, "person", true,
	    "its worker has ended, and no supervisor is running to judge it", "reeve up -d");
	f.launcher_held = f.ticket_held = true; /* it does without one */
	check(&t, &f, "worker", false, "episode 12.3 works", "");
	t = test_ticket(PHASE_WORKING, EPISODE_STOP);
	check(&t, &f, "person", true,
	    "its worker has to be stopped, and no supervisor is running to do it", "reeve up -d");
	t = test_ticket(PHASE_ASKING, EPISODE_RUN);
	check(&t, &f, "person", true, "asks a question",
	    "reeve show 12; then reeve answer 12 -m TEXT (or --choice N)");
}

static void
test_blocker_unknown_probe_D_8_D_69_E_23(void **state)
{
	struct blocker_facts f = alive_facts();
	struct ticket t = test_ticket(PHASE_WORKING, EPISODE_RUN);

	(void)state;
	f.probe_error = "Permission denied";
	check(
	    &t, &f, "person", true, "cannot tell whether its worker lives: Permission denied", "");
	t = test_ticket(PHASE_READY, EPISODE_NONE);
	check(&t, &f, "person", true,
	    "cannot tell whether an earlier worker lives: Permission denied", "");
	t = test_ticket(PHASE_HUMAN_REVIEW, EPISODE_NONE); /* nothing of it can live */
	check(&t, &f, "person", true, "needs a verdict on 000000000000",
	    "reeve review 12; then reeve pass 12, or reeve fail 12 -m TEXT");
}

/* Each reason is taken away in turn: the next one shows. */
static void
test_blocker_schedule_first_match_A_8_C_12_D_77(void **state)
{
	struct blocker_facts f = plain_facts();
	struct ticket t = test_ticket(PHASE_READY, EPISODE_NONE);

	(void)state;
	f.kill_error = "Input/output error";
	f.is_killed = true;
	f.has_supervisor = false;
	f.undone = "3,4";
	f.ticket_held = true;
	f.slots_used = 4;
	t.not_before_wall_ms = f.wall_ms + 1;
	t.backoff_boot = test_boot(TEST_BOOT);
	t.backoff_boot_ms = f.boot_ms + 4001;
	check(&t, &f, "person", true, "the kill switch cannot be read: Input/output error",
	    "look at control/kill in the state directory");
	f.kill_error = NULL;
	check(&t, &f, "person", true, "the kill switch is on", "reeve resume");
	f.is_killed = false;
	check(&t, &f, "person", true, "no supervisor is running", "reeve up -d");
	f.has_supervisor = true;
	check(&t, &f, "reeve", false, "comes after 3,4", "");
	f.undone = NULL;
	check(&t, &f, "time", false, "not before its time, in 1 s",
	    "reeve edit 12 --until +0m, to start at once");
	t.not_before_wall_ms = f.wall_ms;
	check(&t, &f, "time", false, "tries again in 5 s: it failed before",
	    "reeve retry 12, to try at once");
	(void)snprintf(t.cause, sizeof t.cause, "exit status 1");
	check(&t, &f, "time", false, "tries again in 5 s: exit status 1",
	    "reeve retry 12, to try at once");
	t.backoff_boot = test_boot("another"); /* a wait of an earlier boot is over */
	check(&t, &f, "reeve", false, "a process of an earlier episode still lives", "");
	t.backoff_boot = test_boot(TEST_BOOT);
	t.backoff_boot_ms = f.boot_ms;
	check(&t, &f, "reeve", false, "a process of an earlier episode still lives", "");
	f.ticket_held = false;
	check(&t, &f, "worker", false, "4 of 4 slots are in use", "");
	f.slots_of = "agent";
	f.slots_name = "sh";
	check(&t, &f, "worker", false, "4 of 4 slots of agent sh are in use", "");
	f.slots_used = 3;
	check(&t, &f, "reeve", false, "is about to start", "");
	f.slots_used = 9;
	f.slots = 0; /* unlimited */
	check(&t, &f, "reeve", false, "is about to start", "");
}

/* Asked for, and not done yet: whoever asked sees why. */
static void
test_blocker_of_what_is_to_go_C_14(void **state)
{
	struct ticket t = test_ticket(PHASE_CANCELLED, EPISODE_NONE);
	struct blocker_facts f = plain_facts();

	(void)state;
	check(&t, &f, "", false, "", "");
	t.prune = PRUNE_WORK;
	check(&t, &f, "reeve", false, "cancelled; what is left of it is to go", "");
	t.prune = PRUNE_REFS;
	check(&t, &f, "reeve", false, "cancelled; its refs are to go", "");
	f.is_killed = true;
	check(&t, &f, "person", true, "the kill switch is on", "reeve resume");
}

/* It has landed, and who waits to be told is not told. */
static void
test_blocker_of_a_hook_that_fails_A_8(void **state)
{
	struct blocker_facts f = plain_facts();
	struct ticket t = test_ticket(PHASE_DONE, EPISODE_NONE);

	(void)state;
	check(&t, &f, "", false, "", "");
	t.hook = HOOK_OWED;
	check(&t, &f, "reeve", false, "done; its hook `landed' has to run", "");
	f.is_killed = true;
	check(&t, &f, "person", true, "the kill switch is on", "reeve resume");
	f.is_killed = false;
	f.has_supervisor = false;
	check(&t, &f, "person", true, "no supervisor is running", "reeve up -d");
	f.has_supervisor = true;
	t = test_apply_kind(&t, EVENT_HOOK_FAILED, 57);
	check(&t, &f, "time", false, "done; its hook `landed' runs again in 10 s: because",
	    "reeve retry 12, to try at once");
	while (t.hook == HOOK_OWED)
		t = test_apply_kind(&t, EVENT_HOOK_FAILED, 57);
	check(&t, &f, "person", true, "done; its hook `landed' failed 5 times: because",
	    "look at what it said in tickets/12/landed.txt; reeve retry 12");
}

/* What keeps a start does not keep a merge. */
static void
test_blocker_of_merging_A_8(void **state)
{
	struct blocker_facts f = plain_facts();
	struct ticket t = test_ticket(PHASE_MERGING, EPISODE_NONE);

	(void)state;
	f.undone = "3";
	f.slots_used = f.slots;
	t.not_before_wall_ms = f.wall_ms + 1;
	check(&t, &f, "reeve", false, "is being merged", "");
	t = test_apply_kind(&t, EVENT_ENV_FAILED, 5);
	check(&t, &f, "time", false, "tries again in 10 s: because",
	    "reeve retry 12, to try at once");
	f.is_killed = true;
	check(&t, &f, "person", true, "the kill switch is on", "reeve resume");
}

/* Does the command that it says begin with a legal step of this ticket? */
static void
check_next(const struct ticket *t, const struct blocker *b)
{
	static const struct {
		const char *words;
		enum event_kind kind;
	} commands[] = { { "reeve unpark 12", EVENT_UNPARK }, { "reeve retry 12", EVENT_RETRY },
		{ "reeve answer 12", EVENT_ANSWER }, { "reeve pass 12", EVENT_ACCEPT },
		{ "reeve fail 12", EVENT_REJECT }, { "reeve merge 12", EVENT_LAND } };

	for (unsigned i = 0; i < ARRAY_LEN(commands); i++)
		if (str_find(buf_str(&b->next), str_of(commands[i].words)) >= 0) {
			struct event e = test_event(t, commands[i].kind);

			assert_int_equal(
			    lifecycle_step(t, &e, TEST_WALL_MS).verdict, VERDICT_APPLY);
		}
}

static void
truth_pair(const struct ticket *ticket, void *arg)
{
	struct blocker *b = arg; /* used again and again */

	for (unsigned bits = 0; ticket->rev > 0 && bits < 1u << 12; bits++) {
		struct ticket t = *ticket;
		struct blocker_facts f = plain_facts();

		f.has_supervisor = bits & 1;
		f.is_killed = bits & 2;
		f.launcher_held = bits & 4;
		f.ticket_held = bits & (4 | 8);
		f.undone = bits & 16 ? "3" : NULL;
		f.slots_used = bits & 32 ? 4 : 0;
		f.probe_error = bits & 64 ? "EACCES" : NULL;
		if (bits & 128)
			t.want = WANT_PARK;
		if (bits & 256) {
			t.backoff_boot = test_boot(TEST_BOOT);
			t.backoff_boot_ms = f.boot_ms + 1000;
		}
		t.merge = bits & 512 ? MERGE_MANUAL : MERGE_AUTO;
		t.review = bits & 2048 ? REVIEW_AGENT : REVIEW_HUMAN;
		(void)snprintf(t.cause, sizeof t.cause, "%s", bits & 1024 ? "exit" : "");
		if ((bits & 128) && !ticket_is_open(&t) && t.phase != PHASE_PARKED)
			continue; /* settled: there is no such ticket */
		blocker_of(&t, &f, b);
		assert_int_equal(b->text.len == 0, phase_is_final(t.phase));
		if (phase_is_final(t.phase)) {
			assert_false(b->needs_person);
			assert_string_equal(b->owner, "");
			continue;
		}
		if (b->needs_person)
			assert_string_equal(b->owner, "person");
		/* one cause of all of them, and nothing that is asked of this one */
		assert_int_equal(
		    b->is_global, str_find(buf_str(&b->text), STR("no supervisor")) >= 0 ||
				      str_find(buf_str(&b->text), STR("kill switch")) >= 0 ||
				      (b->needs_person &&
					  str_find(buf_str(&b->text), STR("tries again in")) >= 0));
		/* a worker that waits for nobody is there, or takes a slot */
		if (strcmp(b->owner, "worker") == 0)
			assert_true(f.launcher_held || f.slots_used >= f.slots);
		if (str_find(buf_str(&b->text), STR("no supervisor")) >= 0)
			assert_false(f.has_supervisor);
		if (str_find(buf_str(&b->text), STR("works")) >= 0)
			assert_true(f.launcher_held && t.episode.state == EPISODE_RUN);
		if (str_find(buf_str(&b->text), STR("kill switch")) >= 0)
			assert_true(f.is_killed);
		if (t.want == WANT_RUN)
			check_next(&t, b);
	}
}

static void
test_blocker_is_never_untrue_A_4_A_8_A_17(void **state)
{
	struct blocker b = BLOCKER_INIT;

	(void)state;
	test_each_pair(truth_pair, &b);
	blocker_release(&b);
}

static void
check_wait(int64_t ms, const char *expected)
{
	_cleanup_(buf_release) struct buf b = BUF_INIT;

	blocker_add_wait(&b, ms);
	assert_string_equal(b.p, expected);
}

/* Rounded up: what waits one second more is not yet free to go. */
static void
test_blocker_says_how_long_in_a_unit_that_fits(void **state)
{
	(void)state;
	check_wait(1, "1 s");
	check_wait(1000, "1 s");
	check_wait(120000, "120 s");
	check_wait(120001, "3 min");
	check_wait(2 * INT64_C(3600000), "120 min");
	check_wait(2 * INT64_C(3600000) + 1, "3 h");
	check_wait(2 * INT64_C(86400000), "48 h");
	check_wait(3 * INT64_C(86400000), "3 days");
	check_wait(400 * INT64_C(86400000) - 1, "400 days");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_blocker_none_of_finished_tickets_C_19_E_25),
		cmocka_unit_test(test_blocker_people_have_their_turn_A_8_A_13_E_25),
		cmocka_unit_test(test_blocker_approved_waits_for_whom_A_8),
		cmocka_unit_test(test_blocker_of_an_open_episode_A_7_A_8_D_60),
		cmocka_unit_test(test_blocker_of_an_open_breaker_D_56),
		cmocka_unit_test(test_blocker_of_an_ending_episode_A_8_D_80_E_8),
		cmocka_unit_test(test_blocker_without_a_supervisor),
		cmocka_unit_test(test_blocker_unknown_probe_D_8_D_69_E_23),
		cmocka_unit_test(test_blocker_schedule_first_match_A_8_C_12_D_77),
		cmocka_unit_test(test_blocker_of_what_is_to_go_C_14),
		cmocka_unit_test(test_blocker_of_a_hook_that_fails_A_8),
		cmocka_unit_test(test_blocker_of_merging_A_8),
		cmocka_unit_test(test_blocker_is_never_untrue_A_4_A_8_A_17),
		cmocka_unit_test(test_blocker_says_how_long_in_a_unit_that_fits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
