/* SPDX-License-Identifier: GPL-2.0-only */
/* Messages of a ticket are delivered by the engine: each once, none lost, whatever an inbox or a reader does. */
#include "test_engine_notify.h"

static bool
has(const char *name)
{
	return file_exists(io_real(), play.root.dir, name);
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
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
