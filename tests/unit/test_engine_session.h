/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * test_engine_session.h: one ticket, the sessions that its episodes are in, and what a worker's hooks tell of them.
 */
#ifndef UNIT_TEST_ENGINE_SESSION_H
#define UNIT_TEST_ENGINE_SESSION_H

#include "codec/episode_json.h"
#include "test_engine.h"

static struct play play;

static inline void
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

static inline void
end(void)
{
	play_die(&play);
	play_turns(&play, 6); /* its end is seen */
	play_fsck(&play);
	play_close(&play);
}

static inline void
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
static inline void
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
static inline void
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

/* The id of a session that is begun now, as one of opencode; one and the other of that moment differ. */
static inline const char *
id_of_now(char which, char ret[32])
{
	(void)snprintf(ret, 32, "ses_%012llx%.13s%c",
	    ~((unsigned long long)(1700000000000 + play.boot_ms) << 12) & 0xffffffffffff,
	    "LM1YkTmBlI9sm", which);
	return ret;
}

/* Turns until episode n runs. */
static inline void
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

static inline void
until_phase(enum phase phase)
{
	for (unsigned i = 0; i < PLAY_TURNS && play_ticket(&play, 1).phase != phase; i++)
		play_turns(&play, 1);
	assert_int_equal(play_ticket(&play, 1).phase, phase);
}

/* The worker asks and ends; the answer starts the next one. */
static inline void
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
	"[agent \"one\"]\nsession = ses_time\nstart = sh -c start {prompt}\n"                      \
	"resume = sh -c resume {session} {prompt}\n"

#endif
