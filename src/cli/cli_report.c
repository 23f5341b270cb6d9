/* SPDX-License-Identifier: GPL-2.0-only */
#include "base/base.h"

#include "cli/cli_report.h"

#include "cli/cli_artifact.h"
#include "cli/cli_stand.h"
#include "codec/ticket_text.h"
#include "core/lifecycle.h"
#include "store/tickets.h"
#include "sys/clock.h"

static bool
report_has_commit(enum event_kind kind)
{
	return kind == EVENT_DONE || kind == EVENT_REVIEW;
}

/* Reasons that time does not mend: an episode that is closed stays closed. */
static bool
report_is_final(enum refusal why)
{
	return why == REFUSAL_STALE || why == REFUSAL_SUPERSEDED || why == REFUSAL_AFTER_TERMINAL ||
	       why == REFUSAL_UNAUTHENTICATED || why == REFUSAL_MISMATCH ||
	       why == REFUSAL_WRONG_ROLE || why == REFUSAL_UNKNOWN_TICKET;
}

/* What the supervisor would say now, if this were all that it has to read. */
static enum refusal
report_judge(const struct record *rec, const struct signal *s, const struct nonce *nonce)
{
	struct event e = s->event;
	struct decision d;

	(void)snprintf(e.actor, sizeof e.actor, "worker");
	e.has_nonce = true;
	e.nonce = nonce_digest(nonce);
	e.nonce_of = history_nonce_of(rec, &e.nonce);
	e.has_text = true;
	e.artifact = ARTIFACT_GOOD;
	d = lifecycle_step(&rec->ticket, &e, clock_wall_ms());
	return d.verdict == VERDICT_REFUSE ? d.refusal : REFUSAL_NONE;
}

/* The same end reported again: a retry of the tool, or of the agent. */
static bool
report_is_repeated(const struct record *rec, const struct signal *s)
{
	const struct ticket *t = &rec->ticket;

	return report_has_commit(s->event.kind) && t->pinned_by == t->episode.n &&
	       oid_eq(t->pinned, s->event.commit);
}

static int
report_refused(const char *name, const char *text)
{
	cli_say("NOT accepted: %s%s%s", name, text[0] != '\0' ? ": " : "", text);
	return EXIT_NOT_ACCEPTED;
}

static void
report_applied(struct cli *c, const struct publish_result *r)
{
	_cleanup_(record_release) struct record rec = { .history = BUF_INIT };

	if (ticket_read(&c->root, r->ticket, &rec, NULL) == 0)
		cli_out("applied: %u is %s (rev %llu)", r->ticket.n, phase_name(rec.ticket.phase),
		    (unsigned long long)r->rev);
	else
		cli_out("applied: %u (rev %llu)", r->ticket.n, (unsigned long long)r->rev);
}

static int
report_wait(struct cli *c, const struct signal *s)
{
	struct publish_result result = { 0 };
	struct err err = ERR_INIT;

	if (cli_publish_wait(c, s, &result, &err) < 0)
		return cli_fail(&err);
	if (result.outcome == PUBLISH_REFUSED)
		return report_refused(result.text, "");
	if (result.outcome == PUBLISH_PENDING)
		return cli_publish_report(&result, "", false);
	report_applied(c, &result);
	return EXIT_OK;
}

/* From here on the signal is complete, and why is what the ticket says of it. */
static int
report_publish(struct cli *c, const struct report *r, struct signal *s, const struct nonce *nonce,
    enum refusal why)
{
	struct publish_result result = { 0 };
	struct err err = ERR_INIT;

	if (cli_publish(c, s, nonce, false, &result, &err) < 0)
		return cli_fail(&err);
	cli_out("durable %s", s->event.sig.s);
	if (report_is_final(why)) /* published as evidence */
		return report_refused(refusal_name(why), refusal_text(why));
	if (r->is_hasty)
		return EXIT_OK;
	if (root_owner(&c->root, NULL) == PROBE_FREE) {
		cli_out("it will be applied when the supervisor runs");
		return EXIT_OK;
	}
	(void)fflush(stdout); /* a wait may be long; main() checks stdout */
	return report_wait(c, s);
}

/* Reads the ticket, and judges.  False: it is all over, *ret_status is the exit code. */
static bool
report_look(struct cli *c, struct signal *s, const struct nonce *nonce, enum refusal *ret_why,
    int *ret_status)
{
	_cleanup_(record_release) struct record rec = { .history = BUF_INIT };
	int e = ticket_read(&c->root, s->event.ticket, &rec, NULL);

	*ret_why = REFUSAL_NONE;
	if (e == ERR_NOTFOUND)
		*ret_why = REFUSAL_UNKNOWN_TICKET;
	if (e < 0)
		return true; /* unreadable just now: the supervisor has the last word */
	if ((s->event.kind == EVENT_PASS || s->event.kind == EVENT_FAIL) &&
	    !oid_is_set(s->event.commit))
		s->event.commit = oid_is_set(rec.ticket.episode.review) ? rec.ticket.episode.review
									: rec.ticket.pinned;
	*ret_why = report_judge(&rec, s, nonce);
	if (*ret_why == REFUSAL_AFTER_TERMINAL && report_is_repeated(&rec, s)) {
		cli_out("already reported: %u is %s (rev %llu)", rec.ticket.id.n,
		    phase_name(rec.ticket.phase), (unsigned long long)rec.ticket.rev);
		*ret_status = EXIT_OK;
		return false;
	}
	return true;
}

static int
report_identify(const struct report *r, struct identity *ret)
{
	struct err err = ERR_INIT;
	int e = identity_find(&r->who, ret, &err);

	if (e == 0) {
		_cleanup_(buf_release) struct buf own = BUF_INIT;

		buf_addf(&own, "%u", ret->ticket.n);
		if (r->ticket == NULL || strcmp(r->ticket, own.p) == 0)
			return EXIT_OK;
		return cli_usage(r->command,
		    "\"%s\" is not this worker's ticket, which is %s: a worker speaks for its own",
		    r->ticket, own.p);
	}
	(void)err_prefix(&err, "%s", r->command);
	(void)cli_fail(&err);
	return e == ERR_NOTFOUND || e == ERR_INVALID ? EXIT_NOT_ACCEPTED : cli_exit_code(e);
}

/* The environment is another ticket's: who is meant is whose directory it is, and the nonce is none of its. */
static bool
report_strays(struct cli *c, const struct report *r, struct identity *id)
{
	struct ticket_id meant;

	if (r->who.ticket != NULL || !stand_elsewhere(&c->root, id->ticket, &meant))
		return false;
	cli_say("%s: this is the worktree of ticket %u, but the environment is that of ticket %u. "
		"So it is taken for a report of %u, without proof. An agent that runs the commands "
		"of several windows in one process does that (Codex, unless it is started with "
		"--no-daemon)",
	    r->command, meant.n, id->ticket.n, meant.n);
	id->ticket = meant;
	id->episode = (struct episode_id){ 0 };
	return true;
}

static int
report_commit(const struct report *r, bool is_stray, struct oid *ret)
{
	_cleanup_(buf_release) struct buf dir = BUF_INIT;
	struct err err = ERR_INIT;

	if (is_stray)
		buf_adds(&dir, ".");
	else
		identity_worktree(&dir);
	if (artifact_find(dir.p, r->commit, r->is_wip, ret, &err) == 0)
		return EXIT_OK;
	(void)err_prefix(&err, "%s: nothing was reported", r->command);
	return cli_fail(&err);
}

int
report_run(struct cli *c, const struct report *r, const char *text)
{
	_cleanup_(signal_release) struct signal s = { 0 };
	_cleanup_(nonce_wipe) struct nonce nonce = { 0 };
	struct identity id = { 0 };
	enum refusal why;
	int status = report_identify(r, &id);
	bool is_stray;

	nonce = id.nonce;
	nonce_wipe(&id.nonce);
	if (status == EXIT_OK)
		status = cli_root(c);
	is_stray = status == EXIT_OK && report_strays(c, r, &id);
	s.event.kind = r->kind;
	s.event.ticket = id.ticket;
	s.event.episode = id.episode;
	set_charp(report_has_commit(r->kind) ? &s.summary : &s.body, text);
	for (size_t i = 0; r->choices != NULL && i < r->choices->n; i++)
		strvec_push(&s.choices, r->choices->v[i]);
	if (status == EXIT_OK && report_has_commit(r->kind))
		status = report_commit(r, is_stray, &s.event.commit);
	else if (status == EXIT_OK && r->commit != NULL &&
		 !oid_parse(str_of(r->commit), &s.event.commit))
		status = cli_usage(r->command, "--commit takes a whole commit id");
	if (status != EXIT_OK || !report_look(c, &s, &nonce, &why, &status))
		return status;
	return report_publish(c, r, &s, &nonce, why);
}
