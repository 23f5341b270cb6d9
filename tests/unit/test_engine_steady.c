/* SPDX-License-Identifier: GPL-2.0-only */
/* What the engine does not do: act before the commit, write while idle, forget, or let one ticket stop all. */
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
begin_again(void)
{
	struct err err = ERR_INIT;

	play_close(&play);
	if (play_open(&play, io_real(), false, &err) < 0)
		fail_msg("%s", err.text);
}

/* The bytes of a file below the state directory; empty when there is none. */
static void
slurp(const char *name, struct buf *ret)
{
	_cleanup_(buf_release) struct buf path = BUF_INIT;

	buf_addf(&path, "state/%s", name);
	buf_clear(ret);
	(void)file_read(io_real(), place, path.p, 1u << 26, ret, NULL); /* not there: empty */
}

/* --- what is asked of the world is in the ticket file first --- */

static struct world_ops asking_ops;
static unsigned asked_for;

static bool
is_same(struct oid a, struct oid b)
{
	return strcmp(a.hex, b.hex) == 0;
}

/* The ids that an effect carries are those of the revision on disk, not of what was there before. */
static int
ask(struct world *world, const struct work *w, struct err *err)
{
	struct ticket t = play_ticket(&play, w->ep.ticket.n);

	assert_true(t.rev > 0);
	assert_int_equal(w->ep.n, t.episode.n);
	switch (w->kind) {
	case WORK_PREPARE:
	case WORK_SPAWN:
		assert_int_equal(t.episode.state, EPISODE_OPEN);
		assert_int_equal(t.phase, PHASE_STARTING);
		if (w->kind == WORK_PREPARE)
			assert_true(is_same(w->base, t.episode.base));
		break;
	case WORK_COMPUTE:
		assert_int_equal(t.phase, PHASE_APPROVED);
		assert_true(is_same(w->commit, t.passed) && oid_is_set(t.passed));
		break;
	case WORK_GATE:
		assert_true(is_same(w->commit, t.pinned));
		break;
	case WORK_LAND:
		assert_int_equal(t.phase, PHASE_MERGING);
		assert_true(is_same(w->from, t.merge_from) && is_same(w->merge, t.merge_commit));
		assert_true(is_same(w->commit, t.passed));
		break;
	case WORK_PROVE:
		assert_int_equal(t.phase, PHASE_MERGING);
		assert_true(is_same(w->merge, t.merge_commit));
		break;
	case WORK_HOOK:
	case WORK_CLEAN:
		assert_int_equal(t.phase, PHASE_DONE);
		break;
	case WORK_PREFLIGHT:
	case WORK_ARTIFACT:
	case WORK_STOP:
	case WORK_SALVAGE:
		break;
	}
	asked_for |= 1u << w->kind;
	return play_start(world, w, err);
}

static void
test_steady_effects_carry_the_ids_of_the_committed_revision_D_54(void **state)
{
	(void)state;
	begin();
	asking_ops = play_ops;
	asking_ops.start = ask;
	play.world.ops = &asking_ops;
	asked_for = 0;
	play_create(&play, "create-1");
	play_until(&play, 1, PHASE_HUMAN_REVIEW);
	play_say(&play, EVENT_REJECT, 1, "once more", "fail-1"); /* back, and on from there */
	play_turns(&play, 1);
	play_until(&play, 1, PHASE_HUMAN_REVIEW);
	play_say(&play, EVENT_ACCEPT, 1, NULL, "pass-1");
	play_until(&play, 1, PHASE_DONE);
	assert_int_equal(play_ticket(&play, 1).episode.n, 2);
	for (unsigned k = WORK_PREPARE; k <= WORK_LAND; k++)
		if (k != WORK_STOP && k != WORK_PROVE && k != WORK_GATE && !(asked_for & 1u << k))
			fail_msg("%s was never asked for", work_name((enum work_kind)k));
	end();
}

/* --- every way leaves the same trace --- */

/* A line of events.jsonl for each revision, in their order, whichever way the ticket went. */
static void
check_trace(unsigned id)
{
	_cleanup_(buf_release) struct buf events = BUF_INIT;
	_cleanup_(buf_release) struct buf want = BUF_INIT;
	struct ticket t = play_ticket(&play, id);
	struct str rest, line;
	uint64_t rev = 0;

	slurp("events.jsonl", &events);
	rest = buf_str(&events);
	while (str_cut(&rest, '\n', &line)) {
		buf_clear(&want);
		buf_addf(&want, "\"ticket\":%u,\"rev\":%llu,", id, (unsigned long long)(rev + 1));
		if (str_find(line, buf_str(&want)) >= 0)
			rev++;
	}
	if (rev != t.rev)
		fail_msg("ticket %u: events.jsonl has %llu of %llu revisions:\n%s", id,
		    (unsigned long long)rev, (unsigned long long)t.rev, events.p);
}

static void
test_steady_failures_leave_the_same_trace_as_success_D_1(void **state)
{
	static const enum work_kind broken[] = { WORK_PREFLIGHT, WORK_PREPARE, WORK_SPAWN,
		WORK_COMPUTE, WORK_LAND };
	struct ticket t;

	(void)state;
	begin();
	play.passes = true;
	for (unsigned i = 0; i < ARRAY_LEN(broken);
	     i++) { /* each fails once, on one ticket's way */
		char id[32];

		(void)snprintf(id, sizeof id, "create-%u", i + 1);
		play.answer[broken[i]] = WORK_ENVIRONMENT;
		play_create(&play, id);
		for (unsigned n = 0; play_ticket(&play, i + 1).env_failures == 0; n++) {
			assert_true(n < PLAY_TURNS);
			play_turns(&play, 1);
			play_live(&play, i + 1);
			t = play_ticket(&play, i + 1);
			if (play.launcher >= 0 && t.phase == PHASE_WORKING && !play.has_reported)
				play_report(&play, EVENT_DONE, PLAY_TIP);
			else if (play.launcher >= 0 && t.episode.state == EPISODE_TERM)
				play_die(&play);
			else if (t.phase == PHASE_HUMAN_REVIEW)
				play_say(&play, EVENT_ACCEPT, i + 1, NULL, id + 1);
		}
		play.answer[broken[i]] = WORK_OK;
		play_say(&play, EVENT_CANCEL, i + 1, NULL, strchr(id, '-') + 1);
		play_die(&play);
		play_turns(&play, 4);
		check_trace(i + 1);
	}
	play.dies = true; /* two deaths */
	play_create(&play, "create-9");
	play_until(&play, ARRAY_LEN(broken) + 1, PHASE_ATTENTION);
	check_trace(ARRAY_LEN(broken) + 1);
	play_fsck(&play);
	end();
}

/* --- idle --- */

static void
test_steady_a_day_of_waiting_writes_nothing_D_85(void **state)
{
	static const char *const files[] = { "events.jsonl", "tickets/1/ticket", "tickets/2/ticket",
		"tickets/3/ticket", "tickets/4/ticket", "VERSION", "config" };
	struct buf before[ARRAY_LEN(files)] = { BUF_INIT };
	_cleanup_(buf_release) struct buf now = BUF_INIT;
	unsigned asked = 0;

	(void)state;
	begin();
	play_create(&play, "create-1"); /* waits for a person's verdict */
	play_until(&play, 1, PHASE_HUMAN_REVIEW);
	play.dies = true;
	play_create(&play, "create-2"); /* for a decision */
	play_until(&play, 2, PHASE_ATTENTION);
	play.dies = false;
	play_create(&play, "create-3"); /* put away */
	play_say(&play, EVENT_PARK, 3, NULL, "park-3");
	play_turns(&play, 1);
	play_until(&play, 3, PHASE_PARKED);
	play_create(&play, "create-4"); /* works, and says nothing */
	while (play_ticket(&play, 4).phase != PHASE_WORKING) {
		play_turns(&play, 1);
		play_live(&play, 4);
	}
	play_turns(&play, 2);
	for (unsigned i = 0; i < ARRAY_LEN(files); i++) {
		slurp(files[i], &before[i]);
		assert_true(before[i].len > 0);
	}
	for (unsigned k = 0; k < ARRAY_LEN(play.count); k++)
		asked += play.count[k];
	for (unsigned minute = 0; minute < 24 * 60; minute++) {
		play.boot_ms += 60000;
		play_turns(&play, 1);
	}
	for (unsigned i = 0; i < ARRAY_LEN(files); i++) {
		slurp(files[i], &now);
		assert_int_equal(now.len, before[i].len);
		assert_memory_equal(now.p, before[i].p, now.len);
	}
	for (unsigned k = 0; k < ARRAY_LEN(play.count); k++)
		asked -= play.count[k];
	assert_int_equal(asked, 0); /* and nothing is asked of the world */
	for (unsigned i = 0; i < ARRAY_LEN(files); i++)
		buf_release(&before[i]);
	end();
}

/* --- a start with a full spool --- */

/* Nothing is decided before what is known is loaded and mended; then the rest follows in its order. */
static void
test_steady_loaded_and_mended_before_the_first_decision_D_35(void **state)
{
	_cleanup_(buf_release) struct buf b = BUF_INIT;
	struct engine_rest rest = { false, true, 0 };
	char id[32];

	(void)state;
	begin();
	play_create(&play, "create-1");
	play_create(&play, "create-2");
	play_say(&play, EVENT_PARK, 1, NULL, "park-1");
	play_say(&play, EVENT_PARK, 2, NULL, "park-2");
	play_turns(&play, 2);
	play_close(&play);
	/* a crash took the newest lines and half of one; meanwhile there is much to decide */
	slurp("events.jsonl", &b);
	assert_true(b.len > 100);
	buf_truncate(&b, b.len / 2);
	put_file("state/events.jsonl", b.p);
	play.root = (struct root)ROOT_INIT;
	assert_int_equal(root_open(io_real(), play.state, &play.root, NULL), 0);
	for (unsigned i = 0; i < 400; i++) {
		(void)snprintf(id, sizeof id, "much-%03u", i);
		play_say(&play, EVENT_PARK, i % 2 + 1, NULL, id);
	}
	root_release(&play.root);
	assert_int_equal(play_open(&play, io_real(), false, NULL), 0);
	assert_int_equal(play_ticket(&play, 1).rev, 2); /* nothing decided, and mended */
	assert_int_equal(play_ticket(&play, 2).rev, 2);
	check_trace(1);
	check_trace(2);
	assert_int_equal(spool_find(&play.root, &(struct signal_id){ "much-000" }), SPOOL_NEW);
	play_say(&play, EVENT_UNPARK, 2, NULL, "unpark-2");
	for (unsigned i = 0; rest.is_more; i++) {
		assert_true(i < 20);
		assert_int_equal(engine_turn(play.engine, &rest, NULL), 0);
	}
	check_trace(1);
	check_trace(2);
	assert_int_equal(spool_find(&play.root, &(struct signal_id){ "much-399" }) == SPOOL_NEW, 0);
	end();
}

/* --- history --- */

/* The second of two entries begins after the first. */
static const char *
after(const char *text, const char *words)
{
	const char *at = strstr(text, words);

	if (at == NULL)
		fail_msg("no \"%s\" (any more) in:\n%s", words, text);
	return at + strlen(words);
}

static void
test_steady_failed_attempts_stay_failed_after_the_merge_D_28(void **state)
{
	_cleanup_(buf_release) struct buf b = BUF_INIT;
	const char *at;

	(void)state;
	begin();
	play_create(&play, "create-1");
	play_until(&play, 1, PHASE_HUMAN_REVIEW);
	play_say(&play, EVENT_REJECT, 1, "red", "fail-1");
	play_turns(&play, 1);
	play_until(&play, 1, PHASE_HUMAN_REVIEW);
	play_say(&play, EVENT_REJECT, 1, "still red", "fail-2");
	play_turns(&play, 1);
	play_until(&play, 1, PHASE_HUMAN_REVIEW);
	play_say(&play, EVENT_ACCEPT, 1, NULL, "pass-1");
	play_until(&play, 1, PHASE_DONE);
	slurp("tickets/1/ticket", &b);
	at = after(b.p, " fail human-review>ready ");
	at = after(at, "still red");
	at = after(at, " pass human-review>approved ");
	at = after(at, " merged merging>done ");
	assert_null(strstr(at, " merged "));
	for (unsigned n = 1; n <= 3; n++) { /* and each attempt has its own end */
		char name[64];

		(void)snprintf(name, sizeof name, "tickets/1/episodes/%u/outcome.json", n);
		slurp(name, &b);
		assert_non_null(strstr(b.p, "\"reported\""));
	}
	end();
}

/* The launcher was killed, and kept no last screen: none is listed. */
static void
test_steady_what_is_listed_is_there_E_26(void **state)
{
	_cleanup_(buf_release) struct buf b = BUF_INIT;

	(void)state;
	begin();
	play.dies = true;
	play_create(&play, "create-1");
	play_until(&play, 1, PHASE_ATTENTION);
	slurp("tickets/1/episodes/2/outcome.json", &b);
	assert_true(b.len > 0);
	assert_null(strstr(b.p, "tail.txt"));
	play_fsck(&play);
	end();
}

/* --- one bad ticket --- */

/* The files of one episode are gone: its end cannot be written down.  The others go on. */
static void
test_steady_one_tickets_trouble_is_not_the_others_D_67(void **state)
{
	(void)state;
	begin();
	play_create(&play, "create-1");
	while (play.launcher < 0) {
		play_turns(&play, 1);
		play_live(&play, 1);
	}
	play_turns(&play, 2);
	assert_int_equal(play_ticket(&play, 1).phase, PHASE_WORKING);
	play_die(&play);
	assert_int_equal(
	    renameat(place, "state/tickets/1/episodes/1", place, "state/tickets/1/gone"), 0);
	play_create(&play, "create-2");
	play_say(&play, EVENT_PARK, 1, NULL, "park-1");
	play_until(&play, 2, PHASE_HUMAN_REVIEW);
	assert_int_equal(play_ticket(&play, 1).phase, PHASE_PARKED);
	begin_again();
	play_create(&play, "create-3");
	play_die(&play);
	play_until(&play, 3, PHASE_HUMAN_REVIEW);
	end();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		in_place(test_steady_effects_carry_the_ids_of_the_committed_revision_D_54),
		in_place(test_steady_failures_leave_the_same_trace_as_success_D_1),
		in_place(test_steady_a_day_of_waiting_writes_nothing_D_85),
		in_place(test_steady_loaded_and_mended_before_the_first_decision_D_35),
		in_place(test_steady_failed_attempts_stay_failed_after_the_merge_D_28),
		in_place(test_steady_what_is_listed_is_there_E_26),
		in_place(test_steady_one_tickets_trouble_is_not_the_others_D_67),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
