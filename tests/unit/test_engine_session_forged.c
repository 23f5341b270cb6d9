/* SPDX-License-Identifier: GPL-2.0-only */
/* A worker writes what it likes into the directory of its episode: its next one is in no session of somebody else. */
#include "test_engine_session.h"

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

/* The hooks of episode 1 of ticket 2 tell of that session; NULL: of none. */
static void
hooks_of_2(const char *session)
{
	_cleanup_(buf_release) struct buf turn = BUF_INIT;

	buf_addf(&turn,
	    "{\"state\":\"idle\",\"since\":\"2026-11-21T06:23:25Z\",\"event\":\"Stop\","
	    "\"session\":\"%s\",\"told\":false}\n",
	    session ? session : "");
	assert_int_equal(episode_write(&play.root, (struct episode_id){ { 2 }, 1 }, EPISODE_TURN,
			     session ? buf_str(&turn) : STR("{}\n"), NULL),
	    0);
}

/* Whoever is at work asks something, and ends. */
static void
ask_and_end(void)
{
	play_turns(&play, 1);
	play_report(&play, EVENT_QUESTION, NULL);
	play_turns(&play, 2);
	play_die(&play);
	play_turns(&play, 3);
}

/* Ticket 2 is answered, runs once more, and ends. */
static void
again_with_2(void)
{
	play_say(&play, EVENT_ANSWER, 2, "red", "answer-of-2");
	for (unsigned i = 0; i < 20 && play_ticket(&play, 2).episode.n < 2; i++)
		play_turns(&play, 1);
	play_live(&play, 2);
	ask_and_end();
}

/* What only hooks tell: not what the hooks of another ticket tell, which had an episode in that second. */
static void
test_session_of_another_ticket_is_not_had_by_its_hooks(void **state)
{
	_cleanup_(buf_release) struct buf other = BUF_INIT;
	char id[32], own[32];

	(void)state;
	begin(TOLD);
	two_tickets(&other);
	hooks_of_2(id_of_now('2', id));
	hooks_tell(1, id, "UserPromptSubmit");
	answer("answer-1");
	is_session(2, "", "", "start");
	hooks_tell(2, id_of_now('1', own), "UserPromptSubmit");
	ask_and_answer(2, "answer-2");
	is_session(3, own, "1.2", "resume");
	end();
}

/* ... nor what it has gone on with, by its history, whatever becomes of its files. */
static void
test_session_in_the_history_of_another_ticket(void **state)
{
	_cleanup_(buf_release) struct buf other = BUF_INIT;
	struct episode_id ep = { { 2 }, 2 };
	struct record rec = { .history = BUF_INIT };
	char id[32];

	(void)state;
	begin(TOLD);
	two_tickets(&other);
	hooks_of_2(id_of_now('2', id));
	again_with_2();
	assert_int_equal(ticket_read(&play.root, ep.ticket, &rec, NULL), 0);
	assert_true(str_find(buf_str(&rec.history), str_of(id)) > 0);
	record_release(&rec);
	hooks_of_2(NULL);
	hooks_tell(1, id, "UserPromptSubmit");
	answer("answer-1");
	is_session(2, "", "", "start");
	end();
}

static struct io_ops counting_ops;
static struct io counting = { &counting_ops };
static unsigned looks; /* at a turn.json */

static int
count_open(struct io *io, int dir, const char *name, unsigned how)
{
	looks += strstr(name, EPISODE_TURN) != NULL;
	return io_real()->ops->open(io, dir, name, how);
}

/* The next episode of ticket n asks, and ends. */
static void
works_and_asks(unsigned n)
{
	for (unsigned i = 0; i < 20 && play.launcher < 0; i++) {
		play_turns(&play, 1);
		play_live(&play, n);
	}
	ask_and_end();
}

/* Of the others nobody is asked who had no episode in that second, but before it, or after it, or both. */
static void
test_session_is_compared_with_those_of_its_time_only(void **state)
{
	char id[32], name[32];

	(void)state;
	begin(TOLD);
	play_say(&play, EVENT_PARK, 1, NULL, "park-1");
	for (unsigned i = 2; i <= 6; i++) {
		(void)snprintf(name, sizeof name, "create-%u", i);
		play_create(&play, name);
		works_and_asks(i);
	}
	play.boot_ms += 60000;
	play_say(&play, EVENT_UNPARK, 1, NULL, "unpark-1");
	until_runs(1);
	hooks_tell(1, id_of_now('1', id), "UserPromptSubmit");
	play_report(&play, EVENT_QUESTION, NULL);
	until_phase(PHASE_ASKING);
	play_die(&play);
	play_turns(&play, 3);
	play.boot_ms += 60000;
	for (unsigned i = 2; i <= 6; i++) {
		(void)snprintf(name, sizeof name, "answer-of-%u", i);
		play_say(&play, EVENT_ANSWER, i, "red", name);
		works_and_asks(i);
		assert_int_equal(play_ticket(&play, i).episode.n, 2);
	}
	counting_ops = *io_real()->ops;
	counting_ops.open = count_open;
	looks = 0;
	play.root.io = &counting;
	answer("answer-1");
	play.root.io = io_real();
	is_session(2, id, "1.1", "resume");
	assert_in_range(looks, 1, 4); /* its own, each time that it is planned */
	end();
}

/* An id that holds no time may be anybody's: of the user, of another ticket. */
static void
test_session_that_proves_nothing_is_not_had_by_its_hooks(void **state)
{
	char id[32];

	(void)state;
	begin("[agent \"one\"]\nstart = sh -c start {prompt}\nresume = sh -c resume {session} "
	      "{prompt}\n");
	until_runs(1);
	hooks_tell(1, "ses_usersOwnPrivateOne123", "UserPromptSubmit");
	ask_and_answer(1, "answer-1");
	is_session(2, "", "", "start");
	hooks_tell(2, id_of_now('1', id), "UserPromptSubmit");
	ask_and_answer(2, "answer-2");
	is_session(3, "", "", "start");
	end();
}

/* An id that holds its time cannot be one of before: of the user's own, say. */
static void
test_session_of_before_is_not_had_by_its_hooks(void **state)
{
	char id[80];

	(void)state;
	begin("[agent \"one\"]\nsession = uuid7\nstart = sh -c start {prompt}\n"
	      "resume = sh -c resume {session} {prompt}\n");
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

/* The same of opencode. */
static void
test_session_of_opencode_of_before_is_not_had_by_its_hooks(void **state)
{
	char id[32];

	(void)state;
	begin(TOLD);
	until_runs(1);
	hooks_tell(1, "ses_usersOwnPrivateOne123", "UserPromptSubmit");
	ask_and_answer(1, "answer-1");
	is_session(2, "", "", "start");
	play.boot_ms -= 5000;
	(void)id_of_now('1', id);
	play.boot_ms += 5000;
	hooks_tell(2, id, "UserPromptSubmit");
	ask_and_answer(2, "answer-2");
	is_session(3, "", "", "start");
	hooks_tell(3, id_of_now('1', id), "UserPromptSubmit");
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
	char id[32];

	(void)state;
	begin(TOLD);
	until_reviewed();
	hooks_tell(1, id_of_now('r', id), "UserPromptSubmit");
	hooks_tell(2, id, "UserPromptSubmit");
	fail_it();
	is_session(3, "", "", "start");
	end();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		in_place(test_session_of_another_ticket_is_not_had_by_a_forged_file),
		in_place(test_session_of_another_ticket_is_not_had_by_its_hooks),
		in_place(test_session_in_the_history_of_another_ticket),
		in_place(test_session_is_compared_with_those_of_its_time_only),
		in_place(test_session_that_proves_nothing_is_not_had_by_its_hooks),
		in_place(test_session_of_before_is_not_had_by_its_hooks),
		in_place(test_session_of_opencode_of_before_is_not_had_by_its_hooks),
		in_place(test_session_of_another_role_or_agent_by_a_forged_file),
		in_place(test_session_of_its_reviewer_is_not_had_by_its_hooks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
