/* SPDX-License-Identifier: GPL-2.0-only */
/* What one worker says again and again, or puts in the way, is bounded in what it costs the others. */
#include "test_engine_notify.h"

static void
test_notify_a_report_that_is_refused_is_answered_B_12(void **state)
{
	struct message m = { NULL };

	(void)state;
	begin("boss");
	to_work();
	play.answer[WORK_ARTIFACT] = WORK_BAD;
	play_report(&play, EVENT_DONE, PLAY_TIP);
	(void)play_turns(&play, 3);
	assert_int_equal(play_ticket(&play, 1).phase, PHASE_WORKING);
	load("tickets/1/episodes/1/inbox/new/1.refused.report-1-1.json", &m);
	assert_int_equal(m.kind, MESSAGE_REFUSED);
	assert_int_equal(m.why, REFUSAL_BAD_ARTIFACT);
	assert_non_null(strstr(m.summary, "because"));
	message_release(&m);
	assert_int_equal(count("inbox/boss/new"), 0);
	leave();
}

/* Its author says FAIL, which is a reviewer's. */
static void
refuse(unsigned first, unsigned n)
{
	for (unsigned i = first; i < first + n; i++) {
		_cleanup_(signal_release) struct signal s = { 0 };
		char id[32];

		s.event.kind = EVENT_FAIL;
		s.event.ticket.n = 1;
		set_charp(&s.body, "again");
		(void)snprintf(id, sizeof id, "bad-%03u", i);
		play_publish(&play, &s, &play.nonce, id);
	}
	(void)play_turns(&play, 2);
}

/* Each is kept, and the worker is told a few times, and then once that nothing tells of the others. */
static void
test_notify_a_flood_of_refused_reports_is_answered_a_few_times_X_26(void **state)
{
	struct message m = { NULL };

	(void)state;
	begin("boss");
	to_work();
	refuse(0, 7);
	assert_int_equal(count("tickets/1/episodes/1/inbox/new"), 7);
	refuse(100, 33);
	assert_int_equal(count("tickets/1/episodes/1/inbox/new"), 9);
	assert_int_equal(play_count_refused(&play), 40);
	load("tickets/1/episodes/1/inbox/new/1.refused.bad-100.json", &m);
	assert_null(strstr(m.summary, "any more"));
	message_release(&m);
	load("tickets/1/episodes/1/inbox/new/1.refused.bad-101.json", &m);
	assert_int_equal(m.why, REFUSAL_WRONG_ROLE);
	assert_non_null(strstr(m.summary, "no message tells of any more: each is kept in "
					  "spool/refused"));
	message_release(&m);
	/* what it is told otherwise, and what it reports, is as before; the next begins anew */
	play_say(&play, EVENT_TELL, 1, "enough of that", "tell-1");
	(void)play_turns(&play, 1);
	assert_int_equal(count("tickets/1/episodes/1/inbox/new"), 10);
	play_close(&play);
	open_it(false);
	refuse(200, 20);
	assert_int_equal(count("tickets/1/episodes/1/inbox/new"), 19);
	play_until(&play, 1, PHASE_HUMAN_REVIEW);
	assert_int_equal(count("inbox/boss/new"), 1);
	end();
}

static struct io_ops counting_ops;
static struct io counting = { &counting_ops };
static unsigned syncs;

static int
count_sync(struct io *io, int fd)
{
	syncs++;
	return io_real()->ops->fsync(io, fd);
}

/* Messages and reasons together: not even one sync for four of them. */
static void
test_notify_a_flood_of_refused_reports_costs_few_syncs_X_26(void **state)
{
	(void)state;
	begin("boss");
	to_work();
	counting_ops = *io_real()->ops;
	counting_ops.fsync = count_sync;
	play.root.io = &counting;
	refuse(0, 200);
	play.root.io = io_real();
	assert_int_equal(play_count_refused(&play), 200);
	assert_in_range(syncs, 10, 200 / 3);
	play_until(&play, 1, PHASE_HUMAN_REVIEW);
	end();
}

static unsigned opens;

static int
count_open(struct io *io, int dir, const char *name, unsigned how)
{
	opens++;
	return io_real()->ops->open(io, dir, name, how);
}

static void
tell_many(unsigned first, unsigned n)
{
	for (unsigned i = first; i < first + n; i++) {
		char id[32];

		(void)snprintf(id, sizeof id, "tell-%03u", i);
		play_say(&play, EVENT_TELL, 1, "look at this", id);
	}
	opens = 0;
	play.root.io = &counting;
	(void)play_turns(&play, 1);
	play.root.io = io_real();
}

/* What a worker puts in the place of its inbox costs the others no more with each message that is owed. */
static void
test_notify_a_shut_inbox_costs_the_same_however_much_is_owed_D_10(void **state)
{
	unsigned early;

	(void)state;
	begin(NULL);
	to_work();
	assert_int_equal(symlinkat("/", place, "state/tickets/1/episodes/1/inbox"), 0);
	counting_ops = *io_real()->ops;
	counting_ops.open = count_open;
	tell_many(0, 20);
	tell_many(100, 30);
	early = opens;
	tell_many(200, 100);
	tell_many(300, 30);
	assert_in_range(opens, early - early / 10, early + early / 10);
	assert_int_equal(unlinkat(place, "state/tickets/1/episodes/1/inbox", 0), 0);
	play.boot_ms += 60000;
	(void)play_turns(&play, 2);
	assert_int_equal(count("tickets/1/episodes/1/inbox/new"), 180);
	assert_int_equal(play_ticket(&play, 1).episode.n, 1);
	leave();
}

static unsigned fails;

static int
fail_sync(struct io *io, int fd)
{
	struct io_stat st;

	(void)io_real()->ops->fstat(io, fd, &st);
	if (st.is_dir && fails++ % 2)
		return -EIO;
	return io_real()->ops->fsync(io, fd);
}

/* A disk that fails makes no more of them: what failed at its last sync is there. */
static void
test_notify_answers_that_fail_are_bounded_too_X_26(void **state)
{
	(void)state;
	begin("boss");
	to_work();
	counting_ops = *io_real()->ops;
	counting_ops.fsync = fail_sync;
	play.root.io = &counting;
	for (unsigned i = 0; i < 40; i += 10)
		refuse(i, 10);
	play.root.io = io_real();
	(void)play_turns(&play, 2);
	assert_in_range(count("tickets/1/episodes/1/inbox/new"), 1, 9);
	assert_int_equal(play_count_refused(&play), 40);
	leave();
}

/* Each question is a revision, and a message to whoever is named. */
static void
test_notify_a_flood_of_questions_has_an_end_X_26(void **state)
{
	(void)state;
	begin("boss");
	to_work();
	for (unsigned i = 0; i < 220; i++) {
		_cleanup_(signal_release) struct signal s = { 0 };
		char id[32];

		s.event.kind = EVENT_QUESTION;
		s.event.ticket.n = 1;
		set_charp(&s.body, "red or blue?");
		(void)snprintf(id, sizeof id, "ask-%03u", i);
		play_publish(&play, &s, &play.nonce, id);
		if (i == 100) { /* another supervisor counts them in the history */
			(void)play_turns(&play, 2);
			play_close(&play);
			open_it(false);
		}
	}
	(void)play_turns(&play, 2);
	assert_int_equal(count("inbox/boss/new"), 200);
	assert_int_equal(play_count_refused(&play), 20);
	assert_int_equal(count("tickets/1/episodes/1/inbox/new"), 0);
	play_report(&play, EVENT_DONE, PLAY_TIP); /* counts */
	(void)play_turns(&play, 3);
	play_die(&play);
	play_until(&play, 1, PHASE_HUMAN_REVIEW);
	end();
}

/* Decided anew after a crash, it is the same message, and counts once. */
static void
test_notify_an_answer_that_is_there_is_not_counted_again_X_26(void **state)
{
	(void)state;
	begin("boss");
	to_work();
	refuse(0, 9);
	assert_int_equal(count("tickets/1/episodes/1/inbox/new"), 9);
	play_close(&play);
	for (unsigned i = 0; i < 9; i++) { /* as if they had not left new/ */
		char was[60], is[60];

		(void)snprintf(was, sizeof was, "state/spool/refused/bad-%03u.json", i);
		(void)snprintf(is, sizeof is, "state/spool/new/bad-%03u.json", i);
		assert_int_equal(renameat(place, was, place, is), 0);
	}
	open_it(false);
	(void)play_turns(&play, 2);
	assert_int_equal(count("tickets/1/episodes/1/inbox/new"), 9);
	refuse(10, 9);
	assert_int_equal(count("tickets/1/episodes/1/inbox/new"), 18);
	leave();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		in_place(test_notify_a_report_that_is_refused_is_answered_B_12),
		in_place(test_notify_a_flood_of_refused_reports_is_answered_a_few_times_X_26),
		in_place(test_notify_a_flood_of_refused_reports_costs_few_syncs_X_26),
		in_place(test_notify_a_shut_inbox_costs_the_same_however_much_is_owed_D_10),
		in_place(test_notify_answers_that_fail_are_bounded_too_X_26),
		in_place(test_notify_a_flood_of_questions_has_an_end_X_26),
		in_place(test_notify_an_answer_that_is_there_is_not_counted_again_X_26),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
