/* SPDX-License-Identifier: GPL-2.0-only */
/* A disk that does not answer for a moment: nothing false follows from that, and nothing stays undone. */
#include "base/base.h"

#include "core/breaker.h"
#include "test_engine.h"

#include <errno.h>
#include <sys/stat.h>

static struct play play;
static struct io_ops bad_ops;
static struct io bad_io = { &bad_ops };
static const char *bad_name; /* what ends so cannot be looked at or opened */
static int bad_errno;
static unsigned looks, bad_look; /* at a ticket's file, and the one of them that fails; 0: none */
static bool is_reading_bad, is_blind; /* and it cannot be read then, once */

static bool
has_end(const char *name, const char *end)
{
	size_t n = strlen(name), m = strlen(end);

	return n >= m && strcmp(name + n - m, end) == 0;
}

static struct last {
	enum event_kind kind; /* the worker says it and ends, */
	const char *commit;
	unsigned moment; /* when its directory is looked at for the `moment`th time; */
	unsigned look;   /* and the bad one is so many after that */
} last;

static void
last_moment(const char *name)
{
	struct io *io = play.root.io;

	if (last.kind == EVENT_UNSET || !has_end(name, "/claimed") || --last.moment > 0)
		return;
	play.root.io = io_real();
	play_report(&play, last.kind, last.commit);
	play_say(&play, EVENT_RETRY, 1, NULL, "word-of-a-person");
	play_die(&play);
	play.root.io = io;
	last.kind = EVENT_UNSET;
	bad_look = looks + last.look;
}

static bool
is_bad(const char *name)
{
	return bad_name != NULL && has_end(name, bad_name);
}

static bool
is_of_ticket(const char *name)
{
	return strcmp(name, "ticket") == 0 || has_end(name, "/ticket");
}

static int
bad_stat(struct io *io, int dir, const char *name, struct io_stat *ret)
{
	last_moment(name);
	if (is_bad(name))
		return -bad_errno;
	if (is_of_ticket(name) && ++looks == bad_look) {
		is_blind = is_reading_bad;
		return -EIO;
	}
	return io_real()->ops->stat(io, dir, name, ret);
}

static int
bad_open(struct io *io, int dir, const char *name, unsigned how)
{
	if (is_bad(name))
		return -bad_errno;
	if (is_blind && is_of_ticket(name)) {
		is_blind = false;
		return -EIO;
	}
	return io_real()->ops->open(io, dir, name, how);
}

static void
begin(void)
{
	struct err err = ERR_INIT;

	bad_ops = *io_real()->ops;
	bad_ops.stat = bad_stat;
	bad_ops.open = bad_open;
	bad_name = NULL;
	bad_errno = EIO;
	looks = bad_look = 0;
	is_reading_bad = is_blind = false;
	play_init(&play);
	if (play_open(&play, &bad_io, false, &err) < 0)
		fail_msg("%s", err.text);
}

static void
end(void)
{
	play_die(&play);
	play_close(&play);
}

static void
until_spawned(void)
{
	struct engine_rest rest;

	for (int i = 0; play.count[WORK_SPAWN] == 0; i++) {
		assert_true(i < 20);
		assert_int_equal(play_turn(&play, &rest, NULL), 0);
	}
}

static void
test_fault_unseen_claim_is_no_claim_D_23(void **state)
{
	struct engine_rest rest;

	(void)state;
	begin();
	play_create(&play, "create-1");
	until_spawned();
	bad_name = "/claimed";
	assert_int_equal(play_turn(&play, &rest, NULL), 0);
	assert_int_equal(play_ticket(&play, 1).phase, PHASE_STARTING);
	assert_false(rest.is_at_rest);
	assert_true(rest.next_boot_ms > play.boot_ms);
	bad_name = NULL;
	play_until(&play, 1, PHASE_HUMAN_REVIEW);
	assert_int_equal(play_ticket(&play, 1).episode.n, 1);
	play_fsck(&play);
	end();
}

static void
test_fault_ticket_that_cannot_be_read_is_read_later_X_14(void **state)
{
	struct engine_rest rest;
	struct err err = ERR_INIT;

	(void)state;
	begin();
	play_create(&play, "create-1");
	play_create(&play, "create-2");
	assert_int_equal(engine_turn(play.engine, &rest, &err), 0);
	play_close(&play);
	bad_name = "1/ticket";
	assert_int_equal(play_open(&play, &bad_io, false, &err), 0);
	play_until(&play, 2, PHASE_HUMAN_REVIEW);
	play_die(&play);
	assert_int_equal(play_ticket(&play, 1).phase, PHASE_READY);
	bad_name = NULL;
	play.boot_ms += 60000;
	play_until(&play, 1, PHASE_HUMAN_REVIEW);
	end();
}

/* What the worker said is refused, and it is gone: judged now, not when somebody happens to look. */
static void
test_fault_refused_report_of_the_dead_delays_nothing_C_11(void **state)
{
	struct engine_rest rest;

	(void)state;
	begin();
	play.answer[WORK_ARTIFACT] = WORK_BAD;
	play_create(&play, "create-1");
	until_spawned();
	play_live(&play, 1);
	play_report(&play, EVENT_DONE, PLAY_TIP);
	assert_int_equal(engine_turn(play.engine, &rest, NULL), 0);
	play_die(&play);
	while (play.count[WORK_SALVAGE] == 0) {
		assert_int_equal(play_turn(&play, &rest, NULL), 0);
		assert_true(play.count[WORK_SALVAGE] > 0 || !rest.is_at_rest);
	}
	assert_int_equal(play_count_refused(&play), 1);
	end();
}

/* A worker says its last word and ends while the supervisor is in the middle of a turn, persons say something, too,
 * and a look at the ticket's file fails; `n` says which one, and whether reading it fails, too.  Returns whether there was such
 * a one. */
static bool
last_word(enum event_kind kind, const char *commit, enum phase phase, unsigned moment, unsigned n)
{
	struct engine_rest rest;
	struct signal_id sig;

	place_empty(place);
	begin();
	play_create(&play, "create-1");
	until_spawned();
	play_live(&play, 1);
	last = (struct last){ kind, commit, moment, n / 2 + 1 };
	is_reading_bad = n % 2 == 1;
	do { /* for as long as it wants to be called again */
		bool is_said = last.kind == EVENT_UNSET;

		assert_int_equal(play_turn(&play, &rest, NULL), 0);
		if (!is_said &&
		    last.kind == EVENT_UNSET) { /* met by the scan that decides the report */
			play_say(&play, EVENT_RETRY, 1, NULL, "word-of-another");
			rest.is_at_rest = false;
		}
		if (rest.is_at_rest && rest.next_boot_ms > play.boot_ms)
			play.boot_ms = rest.next_boot_ms;
		else if (rest.is_at_rest)
			break;
	} while (play.boot_ms < 3600000);
	assert_int_equal(last.kind, EVENT_UNSET);
	assert_true(rest.is_at_rest);
	assert_true(signal_id_parse(STR("report-1-1"), &sig));
	assert_int_equal(spool_find(&play.root, &sig), SPOOL_DONE);
	assert_int_equal(play_ticket(&play, 1).phase, phase);
	is_blind = false;
	play_fsck(&play);
	end();
	return looks >= bad_look;
}

static void
test_fault_last_word_counts_whichever_look_fails_D_63(void **state)
{
	static const struct {
		enum event_kind kind;
		const char *commit;
		enum phase phase;
	} words[] = { { EVENT_DONE, PLAY_TIP, PHASE_HUMAN_REVIEW },
		{ EVENT_QUESTION, NULL, PHASE_ASKING },
		{ EVENT_REVIEW, PLAY_TIP, PHASE_HUMAN_REVIEW } };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		for (unsigned moment = 1; moment <= 3; moment++)
			for (unsigned n = 0;
			     last_word(words[i].kind, words[i].commit, words[i].phase, moment, n);
			     n++)
				assert_true(n < 100);
}

static void
test_fault_stop_switch_alone_begins_no_episode_C_14(void **state)
{
	struct engine_rest rest;
	struct err err = ERR_INIT;

	(void)state;
	begin();
	play_create(&play, "create-1");
	assert_int_equal(engine_turn(play.engine, &rest, &err), 0);
	assert_int_equal(play.asked.n, 1); /* the preflight, not answered yet */
	assert_int_equal(root_set_control(&play.root, "stop", "test", &err), 0);
	assert_int_equal(play_turn(&play, &rest, NULL), 0);
	assert_int_equal(play_ticket(&play, 1).phase, PHASE_READY);
	assert_int_equal(play_ticket(&play, 1).episode.n, 0);
	end();
}

/* A full disk while what failed is said to work again: waited out, not died of. */
static void
test_fault_full_disk_while_mending_X_12(void **state)
{
	struct engine_rest rest;
	struct err err = ERR_INIT;

	(void)state;
	begin();
	play.passes = true;
	play.answer[WORK_COMPUTE] = WORK_ENVIRONMENT;
	play_create(&play, "create-1");
	play_until(&play, 1, PHASE_APPROVED);
	assert_int_equal(play_turn(&play, &rest, &err), 0);
	assert_true(play_ticket(&play, 1).env_failures > 0);
	play.answer[WORK_COMPUTE] = WORK_OK;
	play.boot_ms += 700000;
	bad_name = "-ticket"; /* the next revision, before it has its name */
	bad_errno = ENOSPC;
	assert_int_equal(play_turn(&play, &rest, &err), 0);
	assert_int_equal(play_ticket(&play, 1).phase, PHASE_APPROVED);
	assert_int_equal(play_turn(&play, &rest, &err), 0);
	bad_name = NULL;
	play.boot_ms += 700000;
	play_until(&play, 1, PHASE_DONE);
	end();
}

/* What only one ticket is at fault for holds back the others no longer than the pauses last. */
static void
test_fault_of_one_ticket_does_not_starve_the_others_X_12(void **state)
{
	struct engine_rest rest;
	struct err err = ERR_INIT;

	(void)state;
	begin();
	play_create(&play, "create-1");
	play.answer[WORK_PREFLIGHT] = WORK_ENVIRONMENT;
	while (play_ticket(&play, 1).env_failures < BREAKER_FAILURES) {
		play.boot_ms += 700000;
		assert_int_equal(play_turn(&play, &rest, &err), 0);
	}
	play_create(&play, "create-2");
	assert_int_equal(play_turn(&play, &rest, &err), 0);
	assert_int_equal(play.last.ep.ticket.n, 1);
	for (unsigned n = 2; n >= 1; n--) { /* in turns, as long as it fails */
		play.boot_ms += 700000;
		assert_int_equal(play_turn(&play, &rest, &err), 0);
		assert_int_equal(play.last.kind, WORK_PREFLIGHT);
		assert_int_equal(play.last.ep.ticket.n, n);
	}
	end();
}

/* What cannot be looked at is not gone: it is looked at again, and then it is removed. */
static void
test_fault_unseen_rest_of_a_worktree_is_not_gone_D_8(void **state)
{
	_cleanup_(signal_release) struct signal prune = { 0 };
	_cleanup_(buf_release) struct buf path = BUF_INIT;
	struct engine_rest rest;
	struct err err = ERR_INIT;

	(void)state;
	begin();
	play.passes = true;
	play_create(&play, "create-1");
	bad_name = "/.gone-1-a-ticket";
	bad_errno = EIO;
	play_until(&play, 1, PHASE_DONE);
	assert_int_equal(play_turn(&play, &rest, &err), 0);
	assert_int_equal(play.count[WORK_CLEAN], 0);
	assert_true(rest.next_boot_ms > play.boot_ms);
	play.boot_ms = rest.next_boot_ms;
	assert_int_equal(play_turn(&play, &rest, &err), 0); /* still not */
	prune.event.kind = EVENT_PRUNE;                     /* which waits for no look */
	prune.event.ticket.n = 1;
	prune.event.prune = PRUNE_LANDED;
	(void)snprintf(prune.event.actor, sizeof prune.event.actor, "person:test");
	play_publish(&play, &prune, NULL, "prune-1");
	assert_int_equal(play_turn(&play, &rest, &err), 0);
	assert_int_equal(play.count[WORK_CLEAN], 1);
	play.count[WORK_CLEAN] = 0;
	assert_int_equal(play_turn(&play, &rest, &err), 0);
	assert_true(rest.next_boot_ms > play.boot_ms);
	for (const char *const *part =
		 (const char *const[]){ play.state, "/worktrees", "/app", bad_name, NULL };
	     *part != NULL; part++) {
		buf_adds(&path, *part);
		assert_true(mkdir(path.p, 0700) == 0 || errno == EEXIST);
	}
	bad_name = NULL;
	play.boot_ms = rest.next_boot_ms;
	assert_int_equal(play_turn(&play, &rest, &err), 0);
	assert_true(play.count[WORK_CLEAN] > 0);
	end();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		in_place(test_fault_unseen_claim_is_no_claim_D_23),
		in_place(test_fault_ticket_that_cannot_be_read_is_read_later_X_14),
		in_place(test_fault_refused_report_of_the_dead_delays_nothing_C_11),
		in_place(test_fault_last_word_counts_whichever_look_fails_D_63),
		in_place(test_fault_unseen_rest_of_a_worktree_is_not_gone_D_8),
		in_place(test_fault_full_disk_while_mending_X_12),
		in_place(test_fault_of_one_ticket_does_not_starve_the_others_X_12),
		in_place(test_fault_stop_switch_alone_begins_no_episode_C_14),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
