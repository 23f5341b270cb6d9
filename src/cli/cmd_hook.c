/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * reeve hook: how an agent's turn stands, by its own hooks.
 *
 * Evidence for people only: what a ticket needs is never decided by it.  Who is meant is asked of the
 * environment and checked by the directory: Codex's daemon runs the hooks of all its windows with the
 * environment of the first one.
 *
 * It is also how an agent is driven: at the end of a turn it is told what it owes, and that messages wait.  The
 * words are constant but for a number and the name of its inbox; what others say it reads by `reeve inbox`, which
 * is the receipt.  It is told once of the same unread messages in one turn, so nothing goes round in circles.
 */
#include "base/base.h"

#include "cli/cmds.h"

#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "cli/cli_identity.h"
#include "cli/cli_inbox.h"
#include "cli/cli_options.h"
#include "cli/cli_stand.h"
#include "cli/cli_state.h"
#include "codec/json.h"
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
	/* Looked at first: it leaves the spool when the ticket has it, so one of the two looks finds it. */
	bool has_spoken = hook_has_spoken(c, ep);

	if (ticket_read(&c->root, ep.ticket, &rec, NULL) < 0)
		return false;
	*ret_role = t->episode.role;
	return t->episode.n == ep.n && t->want == WANT_RUN &&
	       (t->episode.state == EPISODE_RUN || t->episode.state == EPISODE_OPEN) &&
	       t->phase != PHASE_ASKING && !has_spoken;
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

/* --- messages --- */

/* A worker of an episode, or whoever reads the inbox of a name. */
struct hook_who {
	struct episode_id ep; /* n == 0: no worker */
	struct inbox_place place;
	const char *name; /* of the inbox; NULL: a worker's own */
};

/* False: an agent that a person started, no business of ours. */
static bool
hook_find_who(struct hook_who *ret)
{
	struct episode_id ep = { { 0 }, 0 };

	*ret = (struct hook_who){ .name = NULL };
	if (identity_episode(&ep, NULL) == 0) {
		ret->ep = ep;
		ret->place = inbox_of_episode(ep);
		return true;
	}
	ret->name = cli_inbox_own();
	if (ret->name == NULL)
		return false;
	ret->place = inbox_of_name(ret->name);
	return true;
}

/* How many are unread, and which: a digest of their names. */
static size_t
hook_unread(struct cli *c, const struct hook_who *who, struct digest *ret)
{
	_cleanup_(strvec_release) struct strvec names = STRVEC_INIT;
	_cleanup_(buf_release) struct buf all = BUF_INIT;
	struct inbox b = INBOX_INIT;

	*ret = (struct digest){ { 0 } };
	if (inbox_open(&c->root, &who->place, &b, NULL) < 0)
		return 0;                   /* nobody has put anything there */
	(void)inbox_list(&b, &names, NULL); /* cannot be told: nobody is urged for that */
	inbox_close(&b);
	for (size_t i = 0; i < names.n; i++)
		buf_addf(&all, "%s\n", names.v[i]);
	if (names.n > 0)
		*ret = digest_of(buf_str(&all));
	return names.n;
}

static void
hook_add_inbox_words(const struct hook_who *who, size_t n, struct buf *ret)
{
	buf_addf(ret,
	    "%zu message%s of reeve wait%s for you. Read %s now and do what %s: run reeve "
	    "inbox%s%s "
	    "(or call the reeve tool inbox).",
	    n, n == 1 ? "" : "s", n == 1 ? "s" : "", n == 1 ? "it" : "them",
	    n == 1 ? "it asks for" : "they ask for", who->name ? " " : "",
	    who->name ? who->name : "");
}

/* At a moment when an agent takes words without being kept going. */
static void
hook_add_context(const struct hook_who *who, const struct turn_news *h, size_t n)
{
	_cleanup_(json_drop) json_t *o = json_new();
	_cleanup_(buf_release) struct buf words = BUF_INIT, out = BUF_INIT;
	json_t *special = json_new();

	hook_add_inbox_words(who, n, &words);
	json_put_text(special, "hookEventName", turn_event_name(h->event));
	json_put_text(special, "additionalContext", words.p);
	json_object_set_new(o, "hookSpecificOutput", special);
	json_add(o, true, &out);
	(void)fputs(out.p, stdout); /* main() checks stdout */
}

/* --- */

#define HOOK_TURN_PATH (sizeof(struct inbox_place) + sizeof INBOX_TURN)

static void
hook_turn_path(const struct hook_who *who, char ret[HOOK_TURN_PATH])
{
	(void)snprintf(ret, HOOK_TURN_PATH, "%s/" INBOX_TURN, who->place.s);
}

/* An earlier file that cannot be read is none. */
static void
hook_load_turn(struct cli *c, const struct hook_who *who, struct turn *ret)
{
	_cleanup_(buf_release) struct buf b = BUF_INIT;
	char path[HOOK_TURN_PATH];
	int rc;

	*ret = (struct turn){ 0 };
	hook_turn_path(who, path);
	rc = who->name ? file_read(c->root.io, c->root.dir, path, TURN_FILE_MAX, &b, NULL)
		       : episode_read(&c->root, who->ep, EPISODE_TURN, TURN_FILE_MAX, &b, NULL);
	if (rc == 0)
		(void)turn_load(buf_str(&b), ret, NULL); /* as above */
}

static int
hook_save_turn(struct cli *c, const struct hook_who *who, struct str text, struct err *err)
{
	char path[HOOK_TURN_PATH];
	int rc;

	if (!who->name)
		return episode_write(&c->root, who->ep, EPISODE_TURN, text, err);
	hook_turn_path(who, path);
	rc = inbox_ensure(&c->root, &who->place, err);
	return rc < 0 ? rc : file_replace(c->root.io, c->root.dir, path, text, err);
}

/* What an agent that ends its turn is told; nothing: it may end it. */
static void
hook_at_stop(struct cli *c, const struct hook_who *who, const struct turn_news *h,
    struct turn *turn, struct buf *ret)
{
	enum role role = ROLE_UNSET;
	struct digest unread;
	size_t n;

	if (h->event != TURN_ON_STOP || h->has_background)
		return;
	n = hook_unread(c, who, &unread);
	if (n > 0 && !digest_eq(&unread, &turn->inbox)) {
		turn->inbox = unread;
		hook_add_inbox_words(who, n, ret);
		buf_addch(ret, '\n');
	}
	if (who->name || h->is_again || turn->is_told)
		return;
	turn->is_told = hook_owes(c, who->ep, &role);
	if (turn->is_told)
		buf_addf(ret, "%s\n", hook_words(role));
}

static bool
hook_is_same(const struct turn *a, const struct turn *b)
{
	_cleanup_(buf_release) struct buf x = BUF_INIT, y = BUF_INIT;

	turn_dump(a, &x);
	turn_dump(b, &y);
	return str_eq(buf_str(&x), buf_str(&y));
}

/* It may end its turn; with --wait it does that only when nothing has come by then.  So an agent is driven that
 * does nothing, and not a byte is typed into its terminal. */
static void
hook_wait(struct cli *c, const struct hook_who *who, const struct turn_news *h, int64_t wait_ms,
    struct turn *turn, struct buf *ret)
{
	struct digest unread;
	struct turn now;

	if (wait_ms == 0 || h->event != TURN_ON_STOP || h->has_background || ret->len > 0 ||
	    hook_unread(c, who, &unread) > 0) /* told already, in this turn */
		return;
	(void)prctl(PR_SET_PDEATHSIG, SIGTERM); /* an agent that is gone would not hear it */
	if (cli_inbox_wait(c, &who->place, clock_boot_ms() + wait_ms, NULL) <= 0)
		return;
	hook_load_turn(c, who, &now);
	if (hook_is_same(&now, turn)) /* else another turn began: it will be told at its own end */
		hook_at_stop(c, who, h, turn, ret);
}

/* False: it cannot be kept. */
static bool
hook_keep_turn(struct cli *c, const struct hook_who *who, const struct turn *before,
    const struct turn *next, struct err *err)
{
	_cleanup_(buf_release) struct buf text = BUF_INIT;

	turn_dump(next, &text);
	return hook_is_same(before, next) || hook_save_turn(c, who, buf_str(&text), err) == 0;
}

static int
hook_run(struct cli *c, const struct hook_who *who, const struct turn_news *h, bool is_json,
    int64_t wait_ms, struct err *err)
{
	_cleanup_(buf_release) struct buf words = BUF_INIT;
	struct turn before, next, told;
	struct digest unread;
	size_t n = 0;

	hook_load_turn(c, who, &before);
	next = turn_step(&before, h, clock_wall_ms());
	hook_at_stop(c, who, h, &next, &words);
	if (!hook_keep_turn(c, who, &before, &next, err))
		return EXIT_OK; /* it would not be known that it was told: no circles */
	told = next;
	hook_wait(c, who, h, wait_ms, &told, &words);
	if (!hook_keep_turn(c, who, &next, &told, err))
		return EXIT_OK; /* as above */
	if (is_json && (h->event == TURN_ON_PROMPT || h->event == TURN_ON_SESSION_START))
		n = hook_unread(c, who, &unread);
	if (n > 0)
		hook_add_context(who, h, n);
	if (words.len == 0)
		return EXIT_OK;
	(void)fputs(words.p, stderr);
	return EXIT_USAGE; /* the agents' code for "go on, and read this" */
}

int
cmd_hook(struct cli *c, int argc, char **argv)
{
	_cleanup_(turn_news_release) struct turn_news h = { 0 };
	const char *event = NULL, *wait = NULL;
	int64_t wait_ms = 0;
	const struct cli_option options[] = {
		{ 0, "event", .value = &event },
		{ 0, "wait", .value = &wait },
		{ 0 },
	};
	struct hook_who who;
	struct err err = ERR_INIT;
	struct operands none;
	int status;

	if (!options_parse("hook", options, argc, argv, 0, 0, &none, &status))
		return status == EXIT_OK ? EXIT_OK
					 : EXIT_REFUSED; /* 2 would keep the agent going */
	if (wait && !config_duration(str_of(wait), &wait_ms)) {
		(void)cli_usage("hook", "--wait: a time up to 24h, such as 90s or 5m");
		return EXIT_REFUSED; /* as above */
	}
	if (!hook_find_who(&who))
		return EXIT_OK;
	if (hook_read(event, &h, &err) == 0 && cli_root(c) == EXIT_OK &&
	    (who.name || !h.cwd || stand_is_own(h.cwd)))
		status = hook_run(c, &who, &h, event == NULL, wait_ms, &err);
	else
		status = EXIT_OK;
	if (err.text[0] != '\0')
		(void)cli_fail(&err); /* said, and no more: it is the agent's turn */
	return status;
}
