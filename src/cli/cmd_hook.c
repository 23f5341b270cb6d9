/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * reeve hook: how an agent's turn stands, by its own hooks.
 *
 * Evidence for people only: what a ticket needs is never decided by it.  Who is meant is asked of the
 * environment and checked by the directory: Codex's daemon runs the hooks of all its windows with the
 * environment of the first one.
 */
#include "base/base.h"

#include "cli/cmds.h"

#include <unistd.h>

#include "cli/cli_identity.h"
#include "cli/cli_options.h"
#include "cli/cli_stand.h"
#include "cli/cli_state.h"
#include "codec/signal_json.h"
#include "codec/turn_json.h"
#include "store/episode.h"
#include "store/tickets.h"
#include "sys/clock.h"
#include "sys/file.h"

#define HOOK_STDIN_MAX  ((size_t)16 * 1024 * 1024)
#define TURN_FILE_MAX   4096
#define HOOK_SIGNAL_MAX ((size_t)256 * 1024)

static int
hook_read(const char *event, struct turn_news *ret, struct err *err)
{
	_cleanup_(buf_release) struct buf b = BUF_INIT;

	if (event)
		buf_addf(&b, "{\"hook_event_name\":\"%s\"}", event);
	else if (file_read_fd(io_real(), STDIN_FILENO, HOOK_STDIN_MAX, &b, err) < 0)
		return ERR_IO;
	return turn_news_load(buf_str(&b), ret, err);
}

/* --- what it owes --- */

/* A report of it that nobody has decided yet. */
static bool
hook_has_spoken(struct cli *c, struct episode_id ep)
{
	_cleanup_(strvec_release) struct strvec names = STRVEC_INIT;
	_cleanup_(buf_release) struct buf part = BUF_INIT;

	buf_addf(&part, ".%u.%u.", ep.ticket.n, ep.n); /* as spool_new_id() names them */
	if (file_list(c->root.io, c->root.spool_new, &names, NULL) < 0)
		return true; /* cannot be told: nobody is urged for that */
	for (size_t i = 0; i < names.n; i++) {
		_cleanup_(buf_release) struct buf b = BUF_INIT;
		_cleanup_(signal_release) struct signal s = { 0 };
		enum refusal why;

		if (str_find(str_of(names.v[i]), buf_str(&part)) < 0)
			continue;
		if (file_read(
			c->root.io, c->root.spool_new, names.v[i], HOOK_SIGNAL_MAX, &b, NULL) < 0 ||
		    signal_json_parse(buf_str(&b), &s, &why, NULL, NULL) < 0 ||
		    s.event.kind != EVENT_NOTE)
			return true;
	}
	return false;
}

static bool
hook_owes(struct cli *c, struct episode_id ep, enum role *ret_role)
{
	_cleanup_(record_release) struct record rec = { .history = BUF_INIT };
	const struct ticket *t = &rec.ticket;

	if (ticket_read(&c->root, ep.ticket, &rec, NULL) < 0)
		return false;
	*ret_role = t->episode.role;
	return t->episode.n == ep.n && t->want == WANT_RUN &&
	       (t->episode.state == EPISODE_RUN || t->episode.state == EPISODE_OPEN) &&
	       t->phase != PHASE_ASKING && !hook_has_spoken(c, ep);
}

/* No character that Codex would escape for XML. */
static const char *
hook_words(enum role role)
{
	if (role == ROLE_REVIEWER)
		return "You have ended your turn without a verdict. Run exactly one of these now: "
		       "reeve pass -m 'why it can land', or reeve fail -m 'what is wrong, file and "
		       "line'. When you cannot decide: reeve question -m 'the question'. (With the "
		       "reeve tools: report_verdict or ask_question.)";
	return "You have ended your turn without a report. If the work is finished: commit it, and "
	       "run reeve done -m 'what you did' (or reeve review -m 'what to look at'). When you "
	       "cannot go on without an answer: reeve question -m 'the question'. Else go on with "
	       "the work. (With the reeve tools: report_done, report_review or ask_question.)";
}

/* --- */

/* An earlier file that cannot be read is none. */
static void
hook_load_turn(struct cli *c, struct episode_id ep, struct turn *ret)
{
	_cleanup_(buf_release) struct buf b = BUF_INIT;

	*ret = (struct turn){ 0 };
	if (episode_read(&c->root, ep, EPISODE_TURN, TURN_FILE_MAX, &b, NULL) == 0)
		(void)turn_load(buf_str(&b), ret, NULL); /* as above */
}

static int
hook_run(struct cli *c, struct episode_id ep, const struct turn_news *h, struct err *err)
{
	_cleanup_(buf_release) struct buf old = BUF_INIT, text = BUF_INIT;
	struct turn before, next;
	enum role role = ROLE_UNSET;
	bool is_told = false;

	hook_load_turn(c, ep, &before);
	next = turn_step(&before, h, clock_wall_ms());
	if (h->event == TURN_ON_STOP && !h->is_again && !h->has_background && !next.is_told)
		is_told = next.is_told = hook_owes(c, ep, &role);
	turn_dump(&before, &old);
	turn_dump(&next, &text);
	if (!str_eq(buf_str(&old), buf_str(&text)) &&
	    episode_write(&c->root, ep, EPISODE_TURN, buf_str(&text), err) < 0)
		return EXIT_OK;
	if (!is_told)
		return EXIT_OK;
	(void)fprintf(stderr, "%s\n", hook_words(role));
	return EXIT_USAGE; /* the agents' code for "go on, and read this" */
}

int
cmd_hook(struct cli *c, int argc, char **argv)
{
	_cleanup_(turn_news_release) struct turn_news h = { 0 };
	const char *event = NULL;
	const struct cli_option options[] = {
		{ 0, "event", .value = &event },
		{ 0 },
	};
	struct episode_id ep;
	struct err err = ERR_INIT;
	struct operands none;
	int status;

	if (!options_parse("hook", options, argc, argv, 0, 0, &none, &status))
		return status == EXIT_OK ? EXIT_OK
					 : EXIT_REFUSED; /* 2 would keep the agent going */
	if (identity_episode(&ep, &err) < 0)
		return EXIT_OK; /* an agent that a person started: no business of ours */
	if (hook_read(event, &h, &err) == 0 && cli_root(c) == EXIT_OK &&
	    (!h.cwd || stand_is_own(h.cwd)))
		status = hook_run(c, ep, &h, &err);
	else
		status = EXIT_OK;
	if (err.text[0] != '\0')
		(void)cli_fail(&err); /* said, and no more: it is the agent's turn */
	return status;
}
