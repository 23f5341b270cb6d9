/* SPDX-License-Identifier: GPL-2.0-only */
/* Which session of its agent an episode is in: the answer follows from files, and is the same when asked again. */
#include "codec/episode_json.h"
#include "test_engine.h"

static struct play play;

static void
begin(const char *agents)
{
	_cleanup_(buf_release) struct buf b = BUF_INIT;
	struct err err = ERR_INIT;

	play_init(&play);
	buf_addf(&b,
	    "[defaults]\nagent = one\nremind = 0s\n[repo \"app\"]\npath = %s\nbase = main\n%s",
	    place_path, agents);
	put_file("state/config", b.p);
	if (play_open(&play, io_real(), false, &err) < 0)
		fail_msg("%s", err.text);
	play_create(&play, "create-1");
}

static void
end(void)
{
	play_die(&play);
	play_turns(&play, 6); /* its end is seen */
	play_fsck(&play);
	play_close(&play);
}

static void
launch_of(unsigned n, struct launch *ret)
{
	_cleanup_(buf_release) struct buf b = BUF_INIT;
	struct err err = ERR_INIT;

	if (episode_read(
		&play.root, (struct episode_id){ { 1 }, n }, EPISODE_SPEC, 1 << 20, &b, &err) < 0 ||
	    launch_load(buf_str(&b), ret, &err) < 0)
		fail_msg("episode %u: %s", n, err.text);
}

/* Episode n goes on with the session of `from` ("": a new one), and its first word says how. */
static void
is_session(unsigned n, const char *id, const char *from, const char *word)
{
	_cleanup_(launch_release) struct launch l = { .grace_ms = 0 };
	_cleanup_(buf_release) struct buf prompt = BUF_INIT;
	bool has_prompt = episode_read(&play.root, (struct episode_id){ { 1 }, n }, EPISODE_RESUME,
			      1 << 20, &prompt, NULL) == 0;

	launch_of(n, &l);
	assert_string_equal(l.argv.v[2], word);
	assert_string_equal(l.continues ? l.continues : "", from);
	assert_int_equal(has_prompt, from[0] != '\0');
	if (id)
		assert_string_equal(l.session ? l.session : "", id);
}

/* Its hooks tell that, as `reeve hook` writes it. */
static void
hooks_tell(unsigned n, const char *session, const char *event)
{
	_cleanup_(buf_release) struct buf b = BUF_INIT;

	buf_addf(&b,
	    "{\"state\":\"busy\",\"since\":\"2026-11-21T06:23:25Z\",\"event\":\"%s\","
	    "\"session\":\"%s\",\"told\":false}\n",
	    event, session);
	assert_int_equal(episode_write(&play.root, (struct episode_id){ { 1 }, n }, EPISODE_TURN,
			     buf_str(&b), NULL),
	    0);
}

/* Turns until episode n runs. */
static void
until_runs(unsigned n)
{
	struct engine_rest rest = { false, false, 0 };

	for (unsigned i = 0; i < PLAY_TURNS; i++) {
		struct ticket t = play_ticket(&play, 1);

		if (t.episode.n == n && t.episode.state == EPISODE_RUN)
			return;
		if (rest.next_boot_ms > play.boot_ms && rest.is_at_rest)
			play.boot_ms = rest.next_boot_ms;
		rest = play_turns(&play, 1);
		play_live(&play, 1);
	}
	fail_msg("episode %u does not run", n);
}

static void
until_phase(enum phase phase)
{
	for (unsigned i = 0; i < PLAY_TURNS && play_ticket(&play, 1).phase != phase; i++)
		play_turns(&play, 1);
	assert_int_equal(play_ticket(&play, 1).phase, phase);
}

/* The worker asks and ends; the answer starts the next one. */
static void
ask_and_answer(unsigned n, const char *answer_id)
{
	play_report(&play, EVENT_QUESTION, NULL);
	until_phase(PHASE_ASKING);
	play_say(&play, EVENT_ANSWER, 1, "blue", answer_id);
	play_turns(&play, 2);
	play_die(&play);
	until_runs(n + 1);
}

#define CHOSEN                                                                                     \
	"[agent \"one\"]\nstart = sh -c start {session} {prompt}\nresume = sh -c resume "          \
	"{session} "                                                                               \
	"{prompt}\n"
#define TOLD                                                                                       \
	"[agent \"one\"]\nstart = sh -c start {prompt}\nresume = sh -c resume {session} "          \
	"{prompt}\n"

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
	(void)state;
	begin(TOLD);
	until_runs(1);
	hooks_tell(1, "ses-7", "UserPromptSubmit");
	ask_and_answer(1, "answer-1");
	is_session(2, "ses-7", "1.1", "resume");
	ask_and_answer(2, "answer-2"); /* no hook has said anything in 1.2 */
	is_session(3, "ses-7", "1.2", "resume");
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

/* --- a worker writes what it likes into the directory of its episode --- */

static void
spec_write(unsigned n, struct launch *l)
{
	_cleanup_(buf_release) struct buf b = BUF_INIT;

	launch_dump(l, &b);
	assert_int_equal(episode_write(&play.root, (struct episode_id){ { 1 }, n }, EPISODE_SPEC,
			     buf_str(&b), NULL),
	    0);
}

/* Its spec.json says that it was another session, and a new one. */
static void
forge_session(unsigned n, const char *session)
{
	_cleanup_(launch_release) struct launch l = { .grace_ms = 0 };

	launch_of(n, &l);
	set_charp(&l.session, session);
	set_charp(&l.continues, NULL);
	spec_write(n, &l);
}

/* ... that it was of this role, and of this agent. */
static void
forge_role(unsigned n, const char *role, const char *agent)
{
	_cleanup_(launch_release) struct launch l = { .grace_ms = 0 };

	launch_of(n, &l);
	for (size_t i = 0; i < l.env.n; i++)
		if (str_starts(str_of(l.env.v[i]), "REEVE_ROLE="))
			set_charp(&l.env.v[i], role);
	set_charp(&l.agent, agent);
	spec_write(n, &l);
}

/* Ticket 1 asks, and its worker ends; then ticket 2 runs, asks, and ends; ret: its session, by its spec.json. */
static void
two_tickets(struct buf *ret)
{
	_cleanup_(launch_release) struct launch l = { .grace_ms = 0 };
	_cleanup_(buf_release) struct buf b = BUF_INIT;
	struct episode_id ep = { { 2 }, 1 };

	until_runs(1);
	play_report(&play, EVENT_QUESTION, NULL);
	until_phase(PHASE_ASKING);
	play_die(&play);
	play_turns(&play, 3);
	play_create(&play, "create-2");
	for (unsigned i = 0; i < 20 && play_ticket(&play, 2).episode.state != EPISODE_RUN; i++) {
		play_turns(&play, 1);
		play_live(&play, 2);
	}
	assert_int_equal(episode_read(&play.root, ep, EPISODE_SPEC, 1 << 20, &b, NULL), 0);
	assert_int_equal(launch_load(buf_str(&b), &l, NULL), 0);
	buf_adds(ret, l.session ? l.session : "");
	play_report(&play, EVENT_QUESTION, NULL);
	play_turns(&play, 2);
	play_die(&play);
	play_turns(&play, 3);
}

static void
answer(const char *id)
{
	play_say(&play, EVENT_ANSWER, 1, "blue", id);
	until_runs(play_ticket(&play, 1).episode.n + 1);
}

/* What the supervisor chose is in the history: neither spec.json nor turn.json can say otherwise. */
static void
test_session_of_another_ticket_is_not_had_by_a_forged_file(void **state)
{
	_cleanup_(launch_release) struct launch first = { .grace_ms = 0 };
	_cleanup_(buf_release) struct buf other = BUF_INIT;

	(void)state;
	begin(CHOSEN);
	two_tickets(&other);
	assert_true(other.len > 0);
	launch_of(1, &first);
	forge_session(1, other.p);
	hooks_tell(1, other.p, "UserPromptSubmit");
	answer("answer-1");
	is_session(2, first.session, "1.1", "resume");
	/* without a session in spec.json, turn.json counts no more; nor does an option */
	play_report(&play, EVENT_QUESTION, NULL);
	until_phase(PHASE_ASKING);
	play_die(&play);
	play_turns(&play, 3);
	forge_session(2, NULL);
	hooks_tell(2, other.p, "UserPromptSubmit");
	answer("answer-2");
	is_session(3, first.session, "1.2", "resume");
	forge_session(3, "--dangerously-skip-permissions");
	ask_and_answer(3, "answer-3");
	is_session(4, first.session, "1.3", "resume");
	end();
}

/* What only hooks tell: not that of another ticket, whether its history or its hooks name it. */
static void
test_session_of_another_ticket_is_not_had_by_its_hooks(void **state)
{
	_cleanup_(buf_release) struct buf other = BUF_INIT, turn = BUF_INIT;
	struct episode_id ep = { { 2 }, 1 };

	(void)state;
	begin(TOLD);
	two_tickets(&other);
	buf_adds(&turn, "{\"state\":\"idle\",\"since\":\"2026-11-21T06:23:25Z\",\"event\":"
			"\"Stop\",\"session\":\"ses-of-2\",\"told\":false}\n");
	assert_int_equal(episode_write(&play.root, ep, EPISODE_TURN, buf_str(&turn), NULL), 0);
	forge_session(1, "ses-of-2");
	hooks_tell(1, "ses-of-2", "UserPromptSubmit");
	answer("answer-1");
	is_session(2, "", "", "start");
	hooks_tell(2, "ses-of-1", "UserPromptSubmit");
	ask_and_answer(2, "answer-2");
	is_session(3, "ses-of-1", "1.2", "resume");
	/* ticket 2 goes on with its own, which is in its history then, whatever becomes of its files */
	play_report(&play, EVENT_QUESTION, NULL);
	until_phase(PHASE_ASKING);
	play_die(&play);
	play_turns(&play, 3);
	play_say(&play, EVENT_ANSWER, 2, "red", "answer-of-2");
	for (unsigned i = 0; i < 20 && play_ticket(&play, 2).episode.n < 2; i++)
		play_turns(&play, 1);
	play_live(&play, 2);
	play_turns(&play, 1);
	play_report(&play, EVENT_QUESTION, NULL);
	play_turns(&play, 2);
	play_die(&play);
	play_turns(&play, 3);
	assert_int_equal(episode_write(&play.root, ep, EPISODE_TURN, STR("{}\n"), NULL), 0);
	answer("answer-3");
	is_session(4, "ses-of-1", "1.3", "resume");
	end();
}

/* One episode began anew; its hooks name what ticket 2 is in, by its history. */
static void
test_session_in_the_history_of_another_ticket(void **state)
{
	_cleanup_(buf_release) struct buf other = BUF_INIT;

	(void)state;
	begin(
	    CHOSEN "[agent \"two\"]\nstart = sh -c start {prompt}\nresume = sh -c resume {session} "
		   "{prompt}\n");
	two_tickets(&other);
	{
		_cleanup_(signal_release) struct signal s = { 0 };

		s.event.kind = EVENT_ASSIGN;
		s.event.ticket.n = 1;
		(void)snprintf(s.event.actor, sizeof s.event.actor, "person:test");
		set_charp(&s.spec.agent, "two");
		play_publish(&play, &s, NULL, "assign-1");
	}
	until_runs(2);
	is_session(2, "", "", "start");
	hooks_tell(2, other.p, "UserPromptSubmit");
	ask_and_answer(2, "answer-2");
	is_session(3, "", "", "start");
	hooks_tell(3, "its-own", "UserPromptSubmit");
	ask_and_answer(3, "answer-3");
	is_session(4, "its-own", "1.3", "resume");
	end();
}

/* An id that holds its time cannot be one of before: of the user's own, say. */
static void
test_session_of_before_is_not_had_by_its_hooks(void **state)
{
	char id[80];

	(void)state;
	begin(TOLD "session = uuid7\n");
	until_runs(1);
	hooks_tell(1, "01890a5d-ac96-774b-bcce-b302099a8057", "UserPromptSubmit");
	ask_and_answer(1, "answer-1");
	is_session(2, "", "", "start");
	hooks_tell(2, "my-thread", "UserPromptSubmit");
	ask_and_answer(2, "answer-2");
	is_session(3, "", "", "start");
	(void)snprintf(id, sizeof id, "%08llx-%04llx-774b-bcce-b302099a8057",
	    (unsigned long long)(1700000000000 + play.boot_ms) >> 16,
	    (unsigned long long)(1700000000000 + play.boot_ms) & 0xffff);
	hooks_tell(3, id, "UserPromptSubmit");
	ask_and_answer(3, "answer-3");
	is_session(4, id, "1.3", "resume");
	end();
}

/* The author of episode 1 reports, and a reviewer is on it in episode 2. */
static void
until_reviewed(void)
{
	_cleanup_(signal_release) struct signal s = { 0 };

	until_runs(1);
	s.event.kind = EVENT_EDIT;
	s.event.ticket.n = 1;
	s.event.review = REVIEW_AGENT;
	(void)snprintf(s.event.actor, sizeof s.event.actor, "person:test");
	play_publish(&play, &s, NULL, "edit-1");
	play_turns(&play, 1);
	play_report(&play, EVENT_DONE, PLAY_TIP);
	play_turns(&play, 3);
	play_die(&play);
	until_runs(2);
	assert_int_equal(play_ticket(&play, 1).episode.role, ROLE_REVIEWER);
}

static void
fail_it(void)
{
	play_report(&play, EVENT_FAIL, NULL);
	play_turns(&play, 3);
	play_die(&play);
	until_runs(3);
}

/* A reviewer is no author, whatever its files say: its session is not gone on with, and the author's is. */
static void
test_session_of_another_role_or_agent_by_a_forged_file(void **state)
{
	_cleanup_(launch_release) struct launch first = { .grace_ms = 0 };

	(void)state;
	begin(CHOSEN "[agent \"two\"]\nstart = sh -c start2 {session} {prompt}\nresume = sh -c no "
		     "{session} {prompt}\n");
	until_reviewed();
	launch_of(1, &first);
	hooks_tell(2, "ses-of-the-reviewer", "UserPromptSubmit");
	forge_role(2, "REEVE_ROLE=author", "one");
	forge_role(1, "REEVE_ROLE=reviewer", "two");
	fail_it();
	is_session(3, first.session, "1.1", "resume");
	end();
}

static void
test_session_of_its_reviewer_is_not_had_by_its_hooks(void **state)
{
	(void)state;
	begin(TOLD);
	until_reviewed();
	hooks_tell(1, "ses-of-the-reviewer", "UserPromptSubmit");
	hooks_tell(2, "ses-of-the-reviewer", "UserPromptSubmit");
	fail_it();
	is_session(3, "", "", "start");
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
		in_place(test_session_of_another_ticket_is_not_had_by_a_forged_file),
		in_place(test_session_of_another_ticket_is_not_had_by_its_hooks),
		in_place(test_session_in_the_history_of_another_ticket),
		in_place(test_session_of_before_is_not_had_by_its_hooks),
		in_place(test_session_of_another_role_or_agent_by_a_forged_file),
		in_place(test_session_of_its_reviewer_is_not_had_by_its_hooks),
		in_place(test_session_that_is_fed),
		in_place(test_session_of_another_agent),
		in_place(test_files_of_a_profile),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
