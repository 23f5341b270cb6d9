/* SPDX-License-Identifier: GPL-2.0-only */
/* Which session of its agent an episode is in: the answer follows from files, and is the same when asked again. */
#include "test_engine_session.h"

/* After an answer and after a FAIL it is the same session, with a new nonce and only the news. */
static void
test_session_that_was_chosen_goes_on_E_32(void **state)
{
	_cleanup_(launch_release) struct launch first = { .grace_ms = 0 };
	_cleanup_(buf_release) struct buf prompt = BUF_INIT;
	struct nonce nonce;

	(void)state;
	begin(CHOSEN);
	until_runs(1);
	nonce = play.nonce;
	launch_of(1, &first);
	is_session(1, NULL, "", "start");
	assert_string_equal(first.argv.v[3], first.session);
	ask_and_answer(1, "answer-1");
	is_session(2, first.session, "1.1", "resume");
	assert_int_not_equal(memcmp(&nonce, &play.nonce, sizeof nonce), 0);
	assert_int_equal(
	    episode_read(&play.root, play.ep, EPISODE_RESUME, 1 << 20, &prompt, NULL), 0);
	assert_non_null(strstr(prompt.p, "blue"));
	assert_null(strstr(prompt.p, "\ntrue\n")); /* the text of the ticket: it knows that */
	play_until(&play, 1, PHASE_HUMAN_REVIEW);
	play_say(&play, EVENT_REJECT, 1, "in green", "reject-1");
	until_runs(3);
	is_session(3, first.session, "1.2", "resume");
	buf_clear(&prompt);
	assert_int_equal(
	    episode_read(&play.root, play.ep, EPISODE_RESUME, 1 << 20, &prompt, NULL), 0);
	assert_non_null(strstr(prompt.p, "in green"));
	assert_null(strstr(prompt.p, "blue")); /* it was told in 1.2 */
	end();
}

static void
test_session_that_its_hooks_told_goes_on(void **state)
{
	char id[32];

	(void)state;
	begin(TOLD);
	until_runs(1);
	hooks_tell(1, id_of_now('a', id), "UserPromptSubmit");
	ask_and_answer(1, "answer-1");
	is_session(2, id, "1.1", "resume");
	ask_and_answer(2, "answer-2"); /* no hook has said anything in 1.2 */
	is_session(3, id, "1.2", "resume");
	end();
}

/* Nobody told which it is; or it would look like an option; or the profile cannot go on. */
static void
test_session_that_is_not_known_begins_anew(void **state)
{
	(void)state;
	begin(TOLD);
	until_runs(1);
	ask_and_answer(1, "answer-1");
	is_session(2, "", "", "start");
	hooks_tell(2, "-rf", "UserPromptSubmit");
	ask_and_answer(2, "answer-2");
	is_session(3, "", "", "start");
	end();
}

static void
test_session_without_resume_begins_anew(void **state)
{
	(void)state;
	begin("[agent \"one\"]\nstart = sh -c start {session} {prompt}\n");
	until_runs(1);
	ask_and_answer(1, "answer-1");
	is_session(2, NULL, "", "start");
	end();
}

/* A death: the session is gone on with when there is a sign that it began, and once. */
static void
test_session_after_a_death(void **state)
{
	_cleanup_(launch_release) struct launch first = { .grace_ms = 0 };

	(void)state;
	begin(CHOSEN);
	until_runs(1);
	launch_of(1, &first);
	hooks_tell(1, first.session, "UserPromptSubmit");
	play_die(&play);
	until_runs(2);
	is_session(2, first.session, "1.1", "resume");
	hooks_tell(2, first.session, "UserPromptSubmit");
	play_die(&play);
	until_phase(PHASE_ATTENTION); /* two deaths */
	play_say(&play, EVENT_RETRY, 1, NULL, "retry-1");
	until_runs(3);
	is_session(3, NULL, "", "start");
	end();
}

static void
test_session_that_never_had_a_prompt(void **state)
{
	(void)state;
	begin(CHOSEN);
	until_runs(1);
	hooks_tell(1, "any", "SessionStart"); /* it was never given its prompt */
	play_die(&play);
	until_runs(2);
	is_session(2, NULL, "", "start");
	end();
}

/* What is new goes the way that the brief went. */
static void
test_session_that_is_fed(void **state)
{
	_cleanup_(launch_release) struct launch first = { .grace_ms = 0 },
						second = { .grace_ms = 0 };

	(void)state;
	begin("[agent \"one\"]\nprompt = stdin\nstart = sh -c start {session} {prompt}\n"
	      "resume = sh -c resume {session} {prompt}\n");
	until_runs(1);
	launch_of(1, &first);
	assert_string_equal(first.feed, EPISODE_BRIEF);
	assert_string_equal(first.argv.v[4], "");
	ask_and_answer(1, "answer-1");
	is_session(2, first.session, "1.1", "resume");
	launch_of(2, &second);
	assert_string_equal(second.feed, EPISODE_RESUME);
	end();
}

/* Another agent cannot go on with it. */
static void
test_session_of_another_agent(void **state)
{
	_cleanup_(signal_release) struct signal s = { 0 };

	(void)state;
	begin(CHOSEN "[agent \"two\"]\nstart = sh -c start2 {session} {prompt}\nresume = sh -c no "
		     "{session}\n");
	until_runs(1);
	play_report(&play, EVENT_QUESTION, NULL);
	until_phase(PHASE_ASKING);
	play_die(&play);
	s.event.kind = EVENT_ASSIGN;
	s.event.ticket.n = 1;
	(void)snprintf(s.event.actor, sizeof s.event.actor, "person:test");
	set_charp(&s.spec.agent, "two");
	play_publish(&play, &s, NULL, "assign-1");
	until_runs(2);
	is_session(2, NULL, "", "start2");
	end();
}

/* The files of a profile are there before anybody can claim the token. */
static void
test_files_of_a_profile(void **state)
{
	_cleanup_(launch_release) struct launch l = { .grace_ms = 0 };
	_cleanup_(buf_release) struct buf b = BUF_INIT;

	(void)state;
	begin("[agent \"one\"]\nprofile = claude\nstart = sh -c {files} {common} {options} -- x\n"
	      "options = --one 'two words'\nenv = FILES={files}/x\nunset = SECRET\n"
	      "prompt = stdin\n");
	until_runs(1);
	launch_of(1, &l);
	assert_int_equal(l.argv.n, 11);
	assert_string_equal(l.argv.v[3], "--settings");
	assert_string_equal(strstr(l.argv.v[4], "/files/"), "/files/settings.json");
	assert_string_equal(l.argv.v[7], "--one");
	assert_string_equal(l.argv.v[8], "two words");
	assert_true(str_starts(str_of(l.env.v[0]), "FILES=/"));
	assert_string_equal(l.unset.v[0], "SECRET");
	assert_string_equal(l.feed, EPISODE_BRIEF);
	assert_int_equal(
	    episode_read(&play.root, play.ep, EPISODE_FILES "/mcp.json", 1 << 16, &b, NULL), 0);
	assert_non_null(strstr(b.p, "\"reeve\""));
	end();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		in_place(test_session_that_was_chosen_goes_on_E_32),
		in_place(test_session_that_its_hooks_told_goes_on),
		in_place(test_session_that_is_not_known_begins_anew),
		in_place(test_session_without_resume_begins_anew),
		in_place(test_session_after_a_death),
		in_place(test_session_that_never_had_a_prompt),
		in_place(test_session_that_is_fed),
		in_place(test_session_of_another_agent),
		in_place(test_files_of_a_profile),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
