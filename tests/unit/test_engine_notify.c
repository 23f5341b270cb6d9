/* SPDX-License-Identifier: GPL-2.0-only */
/* Messages of a ticket are delivered by the engine: each once, none lost, whatever an inbox or a reader does. */
#include "test_engine.h"

#include "codec/message_json.h"
#include "store/inbox.h"

static struct play play;

static void
open_it(bool is_observer)
{
	struct err err = ERR_INIT;

	if (play_open(&play, io_real(), is_observer, &err) < 0)
		fail_msg("%s", err.text);
}

static void
begin(const char *notify)
{
	play_init(&play);
	play.notify = notify;
	open_it(false);
	play_create(&play, "create-1");
}

static void
end(void)
{
	play_die(&play);
	play_fsck(&play);
	play_close(&play);
}

/* In the middle of an episode. */
static void
leave(void)
{
	play_die(&play);
	play_close(&play);
}

static void
to_work(void)
{
	for (unsigned i = 0; i < 20 && play_ticket(&play, 1).phase != PHASE_WORKING; i++) {
		(void)play_turns(&play, 1);
		play_live(&play, 1);
	}
	assert_int_equal(play_ticket(&play, 1).phase, PHASE_WORKING);
}

static bool
has(const char *name)
{
	return file_exists(io_real(), play.root.dir, name);
}

static size_t
count(const char *dir)
{
	_cleanup_(strvec_release) struct strvec names = STRVEC_INIT;
	int fd = file_open_dir(io_real(), play.root.dir, dir, NULL);

	if (fd >= 0)
		assert_int_equal(file_list(io_real(), fd, &names, NULL), 0);
	close_fd(&fd);
	return names.n;
}

static void
load(const char *name, struct message *ret)
{
	_cleanup_(buf_release) struct buf b = BUF_INIT;
	struct err err = ERR_INIT;

	if (file_read(io_real(), play.root.dir, name, 1 << 20, &b, &err) < 0 ||
	    message_load(buf_str(&b), ret, &err) < 0)
		fail_msg("%s: %s", name, err.text);
}

static void
test_notify_tells_what_needs_somebody_B_7(void **state)
{
	struct message m = { NULL };
	char name[60];

	(void)state;
	begin("boss");
	play_until(&play, 1, PHASE_HUMAN_REVIEW);
	assert_int_equal(count("inbox/boss/new"), 1);
	(void)snprintf(name, sizeof name, "inbox/boss/new/1.%llu.json",
	    (unsigned long long)play_ticket(&play, 1).rev - 1); /* and then it was closed */
	load(name, &m);
	assert_int_equal(m.kind, MESSAGE_REVIEW);
	assert_string_equal(m.to, "boss");
	assert_string_equal(m.title, "a ticket");
	assert_string_equal(m.next, "reeve review 1; then reeve pass 1, or reeve fail 1 -m TEXT");
	message_release(&m);
	play.passes = true;
	play_until(&play, 1, PHASE_DONE);
	assert_int_equal(count("inbox/boss/new"), 2);
	end();
}

static void
test_notify_nobody_is_told_unasked(void **state)
{
	(void)state;
	begin(NULL);
	play_until(&play, 1, PHASE_HUMAN_REVIEW);
	assert_int_equal(count("inbox"), 0);
	end();
}

/* It was read, or is there: another supervisor delivers nothing again. */
static void
test_notify_not_twice_after_a_restart(void **state)
{
	struct inbox_place boss = inbox_of_name("boss");
	_cleanup_(strvec_release) struct strvec names = STRVEC_INIT;
	struct inbox b = INBOX_INIT;

	(void)state;
	begin("boss");
	play_until(&play, 1, PHASE_HUMAN_REVIEW);
	assert_int_equal(inbox_open(&play.root, &boss, &b, NULL), 0);
	assert_int_equal(inbox_list(&b, &names, NULL), 0);
	assert_int_equal(inbox_take(&b, names.v[0], NULL), 0);
	inbox_close(&b);
	play_close(&play);
	open_it(false);
	(void)play_turns(&play, 2);
	assert_int_equal(count("inbox/boss/new"), 0);
	assert_int_equal(count("inbox/boss/read"), 1);
	end();
}

/* The file decides, not memory: one that was lost with the directory comes again, of the last revision. */
static void
test_notify_makes_again_what_is_in_neither_place(void **state)
{
	int inbox;

	(void)state;
	begin("boss");
	to_work();
	play_report(&play, EVENT_QUESTION, NULL);
	(void)play_turns(&play, 2);
	assert_int_equal(count("inbox/boss/new"), 1);
	play_close(&play);
	inbox = openat(place, "state/inbox", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	place_empty(inbox);
	close_fd(&inbox);
	open_it(false);
	(void)play_turns(&play, 1);
	assert_int_equal(count("inbox/boss/new"), 1);
	leave();
}

/* An inbox that cannot be written holds up no ticket, and loses no message: the ticket says from where on they are
 * owed, over a restart, too. */
static void
test_notify_an_inbox_in_the_way_loses_nothing_B_2_X_35(void **state)
{
	(void)state;
	begin("boss");
	put_file("state/inbox/boss", "not a directory");
	play_until(&play, 1, PHASE_HUMAN_REVIEW);
	assert_int_equal(play_ticket(&play, 1).unsent, play_ticket(&play, 1).rev - 1);
	play.passes = true;
	play_until(&play, 1, PHASE_DONE);
	assert_true(play_ticket(&play, 1).unsent > 0);
	play_close(&play);
	assert_int_equal(unlinkat(place, "state/inbox/boss", 0), 0);
	open_it(false);
	(void)play_turns(&play, 2);
	assert_int_equal(count("inbox/boss/new"), 2);
	end();
}

/* A worker can put a file where its own inbox belongs: that is nobody else's loss. */
static void
test_notify_one_inbox_in_the_way_is_no_other_s_B_2(void **state)
{
	(void)state;
	begin("boss");
	to_work();
	put_file("state/tickets/1/episodes/1/inbox", "not a directory");
	play_say(&play, EVENT_TELL, 1, "the server is staging-2 now", "tell-1");
	(void)play_turns(&play, 1);
	play_report(&play, EVENT_QUESTION, NULL);
	(void)play_turns(&play, 2);
	assert_int_equal(play_ticket(&play, 1).phase, PHASE_ASKING);
	assert_true(play_ticket(&play, 1).unsent > 0);
	play.boot_ms += 60000;
	(void)play_turns(&play, 2);
	assert_int_equal(count("inbox/boss/new"), 1);
	leave();
}

/* What could not be delivered goes to who is named now. */
static void
test_notify_another_name_gets_what_is_owed(void **state)
{
	_cleanup_(signal_release) struct signal s = { 0 };

	(void)state;
	begin("boss");
	put_file("state/inbox/boss", "not a directory");
	play_until(&play, 1, PHASE_HUMAN_REVIEW);
	s.event.kind = EVENT_EDIT;
	s.event.ticket.n = 1;
	(void)snprintf(s.event.actor, sizeof s.event.actor, "person:test");
	set_charp(&s.spec.notify, "ann");
	play_publish(&play, &s, NULL, "edit-1");
	(void)play_turns(&play, 3);
	assert_int_equal(count("inbox/ann/new"), 1);
	assert_int_equal(unlinkat(place, "state/inbox/boss", 0), 0);
	play.passes = true;
	play_until(&play, 1, PHASE_DONE);
	assert_int_equal(count("inbox/ann/new"), 2);
	assert_int_equal(play_ticket(&play, 1).unsent, 0);
	assert_false(has("inbox/boss"));
	end();
}

static void
test_notify_with_the_kill_switch_on_and_by_an_observer_C_14(void **state)
{
	(void)state;
	begin("boss");
	to_work();
	assert_int_equal(root_set_control(&play.root, "kill", "test", NULL), 0);
	play_close(&play);
	open_it(true);
	play_report(&play, EVENT_QUESTION, NULL);
	(void)play_turns(&play, 2);
	assert_int_equal(play_ticket(&play, 1).phase, PHASE_ASKING);
	assert_int_equal(count("inbox/boss/new"), 1);
	leave();
}

/* The worker that runs finds what it is told; one that begins has it in its brief. */
static void
test_notify_a_tell_reaches_the_worker_that_runs_E_11(void **state)
{
	struct message m = { NULL };
	char name[80];

	(void)state;
	begin(NULL);
	play_say(&play, EVENT_TELL, 1, "before it begins", "tell-0");
	to_work();
	assert_false(has("tickets/1/episodes/1/inbox"));
	play_say(&play, EVENT_TELL, 1, "the server is staging-2 now", "tell-1");
	(void)play_turns(&play, 1);
	(void)snprintf(name, sizeof name, "tickets/1/episodes/1/inbox/new/1.%llu.json",
	    (unsigned long long)play_ticket(&play, 1).rev);
	load(name, &m);
	assert_int_equal(m.kind, MESSAGE_TOLD);
	assert_string_equal(m.to, "1.1");
	assert_string_equal(m.summary, "the server is staging-2 now");
	message_release(&m);
	leave();
}

static void
again(const char *id, unsigned episode)
{
	play_say(&play, EVENT_REJECT, 1, "once more", id);
	to_work();
	assert_int_equal(play_ticket(&play, 1).episode.n, episode);
}

/* An earlier message is in the way of nothing: it is still owed when the next worker runs, and what was said to the one
 * before is not said to that one as news.  It has it in its brief. */
static void
test_notify_a_late_tell_is_for_no_later_worker_B_8(void **state)
{
	_cleanup_(buf_release) struct buf brief = BUF_INIT;

	(void)state;
	begin("boss");
	put_file("state/inbox/boss", "not a directory");
	play_until(&play, 1, PHASE_HUMAN_REVIEW);
	again("fail-1", 2);
	play_say(&play, EVENT_TELL, 1, "the server is staging-2 now", "tell-1");
	(void)play_turns(&play, 1);
	assert_int_equal(count("tickets/1/episodes/2/inbox/new"), 1);
	play_until(&play, 1, PHASE_HUMAN_REVIEW);
	again("fail-2", 3);
	assert_true(play_ticket(&play, 1).unsent > 0);
	assert_int_equal(unlinkat(place, "state/inbox/boss", 0), 0);
	play.boot_ms += 60000;
	(void)play_turns(&play, 2);
	assert_int_equal(count("inbox/boss/new"), 2);
	assert_false(has("tickets/1/episodes/3/inbox"));
	assert_int_equal(file_read(io_real(), play.root.dir, "tickets/1/episodes/3/brief.md",
			     1 << 20, &brief, NULL),
	    0);
	assert_non_null(strstr(brief.p, "the server is staging-2 now"));
	play_say(&play, EVENT_TELL, 1, "that is for you", "tell-2");
	(void)play_turns(&play, 1);
	assert_int_equal(count("tickets/1/episodes/3/inbox/new"), 1);
	assert_int_equal(count("tickets/1/episodes/2/inbox/new"), 1);
	leave();
}

/* Said to nobody, or before it began: no message, however late one before it is delivered. */
static void
test_notify_what_was_said_before_the_start_is_in_the_brief_alone_B_8(void **state)
{
	(void)state;
	begin("boss");
	put_file("state/inbox/boss", "not a directory");
	play_until(&play, 1, PHASE_HUMAN_REVIEW);
	play_say(&play, EVENT_TELL, 1, "before it begins", "tell-1");
	(void)play_turns(&play, 1);
	again("fail-1", 2);
	assert_true(play_ticket(&play, 1).unsent > 0);
	assert_int_equal(unlinkat(place, "state/inbox/boss", 0), 0);
	play.boot_ms += 60000;
	(void)play_turns(&play, 2);
	assert_int_equal(count("inbox/boss/new"), 1);
	assert_false(has("tickets/1/episodes/2/inbox"));
	leave();
}

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
		in_place(test_notify_tells_what_needs_somebody_B_7),
		in_place(test_notify_nobody_is_told_unasked),
		in_place(test_notify_not_twice_after_a_restart),
		in_place(test_notify_makes_again_what_is_in_neither_place),
		in_place(test_notify_an_inbox_in_the_way_loses_nothing_B_2_X_35),
		in_place(test_notify_one_inbox_in_the_way_is_no_other_s_B_2),
		in_place(test_notify_another_name_gets_what_is_owed),
		in_place(test_notify_with_the_kill_switch_on_and_by_an_observer_C_14),
		in_place(test_notify_a_tell_reaches_the_worker_that_runs_E_11),
		in_place(test_notify_a_late_tell_is_for_no_later_worker_B_8),
		in_place(test_notify_what_was_said_before_the_start_is_in_the_brief_alone_B_8),
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
