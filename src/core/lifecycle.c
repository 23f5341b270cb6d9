/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The order of a decision:
 *
 *	known?		a signal that the history names is never applied again
 *	nonce		who says it, and may he still say it
 *	revision	a command that saw an older ticket is refused
 *	cell		lifecycle_table.c
 *	guard, policy	the row's own function
 *	settle		parked and cancelled tickets come to rest once nothing of them runs
 */
#include "base/base.h"

#include "core/lifecycle.h"

#include "core/lifecycle_rows.h"

struct refusal_words {
	const char *name, *text;
};
#define LIFECYCLE_REFUSAL(id, name, text) [id] = { name, text },
static const struct refusal_words refusals[REFUSAL_COUNT] = { REFUSAL_LIST(LIFECYCLE_REFUSAL) };

const char *
refusal_name(enum refusal v)
{
	return (unsigned)v < REFUSAL_COUNT && refusals[v].name ? refusals[v].name : "";
}

const char *
refusal_text(enum refusal v)
{
	return (unsigned)v < REFUSAL_COUNT && refusals[v].text ? refusals[v].text : "";
}

bool
refusal_parse(struct str s, enum refusal *ret)
{
	for (unsigned i = 1; i < REFUSAL_COUNT; i++)
		if (str_is(s, refusals[i].name)) {
			*ret = (enum refusal)i;
			return true;
		}
	return false;
}

void
row_apply(struct step *s, unsigned row)
{
	s->d->verdict = VERDICT_APPLY;
	s->d->row = row;
}

void
row_refuse(struct step *s, enum refusal why)
{
	s->d->verdict = VERDICT_REFUSE;
	s->d->refusal = why;
}

void
row_illegal(struct step *s)
{
	row_refuse(s, REFUSAL_ILLEGAL);
}

void
row_wrong_role(struct step *s)
{
	row_refuse(s, REFUSAL_WRONG_ROLE);
}

/* What a nonce that is not the current one, or is the current one too late, tells. */
static enum refusal
step_check_nonce(const struct ticket *t, const struct event *e)
{
	const struct episode *ep = &t->episode;
	bool is_current;

	if (!e->has_nonce)
		return REFUSAL_UNAUTHENTICATED;
	is_current = ep->n > 0 && digest_is_set(&ep->nonce) && digest_eq(&ep->nonce, &e->nonce);
	if (!is_current && e->nonce_of == 0)
		return REFUSAL_UNAUTHENTICATED;
	if (e->episode.n > 0 &&
	    (e->episode.ticket.n != t->id.n || e->episode.n != (is_current ? ep->n : e->nonce_of)))
		return REFUSAL_MISMATCH;
	if (!is_current || ep->state == EPISODE_NONE)
		return REFUSAL_STALE;
	if (ep->state == EPISODE_TERM)
		return REFUSAL_AFTER_TERMINAL;
	if (ep->state == EPISODE_STOP || ep->generation != t->generation || t->want != WANT_RUN)
		return REFUSAL_SUPERSEDED;
	return REFUSAL_NONE;
}

/* Nothing of it runs, and it is not wanted: it comes to rest. */
static void
step_settle(struct ticket *t)
{
	if (ticket_is_open(t) || phase_is_final(t->phase) || t->phase == PHASE_PARKED)
		return;
	if (t->want == WANT_CANCEL) {
		t->phase = PHASE_CANCELLED;
	} else if (t->want == WANT_PARK) {
		t->resume = t->phase;
		t->phase = PHASE_PARKED;
	} else if (t->phase == PHASE_APPROVED && t->merge == MERGE_NONE) {
		t->phase = PHASE_DONE;
	}
}

/* The place in the queue of the landings: that of the verdict which let this commit pass, and void with it. */
static void
step_queue(const struct ticket *t, struct ticket *next, int64_t now_wall_ms)
{
	if (!oid_is_set(next->passed))
		next->passed_wall_ms = 0;
	else if (!oid_is_set(t->passed) || !oid_eq(next->passed, t->passed))
		next->passed_wall_ms = now_wall_ms;
}

/* What is owed was known when it became done: a hook that is configured later is not run for what is old. */
static void
step_hook(const struct ticket *t, struct ticket *next, const struct event *e)
{
	if (next->phase == PHASE_DONE && t->phase == PHASE_DONE)
		return;
	next->hook = next->phase == PHASE_DONE && e->owes_hook ? HOOK_OWED : HOOK_UNSET;
	next->hook_tries = 0;
}

struct decision
lifecycle_step(const struct ticket *t, const struct event *e, int64_t now_wall_ms)
{
	struct decision d = { .next = *t };
	struct step s = { e, &d.next, &d, now_wall_ms - now_wall_ms % 1000,
		e->rule ? e->rule : LIFECYCLE_RULE };
	enum refusal why;

	if (e->kind <= EVENT_UNSET || e->kind >= EVENT_COUNT || t->phase >= PHASE_COUNT)
		BUG("event %d in phase %d", (int)e->kind, (int)t->phase);
	if (s.rule > LIFECYCLE_RULE)
		BUG("rule %u of %d", s.rule, LIFECYCLE_RULE);
	if (e->is_known) {
		d.verdict = VERDICT_KNOWN;
		return d;
	}
	if (event_is_report(e->kind) && (why = step_check_nonce(t, e)) != REFUSAL_NONE)
		row_refuse(&s, why);
	else if (event_is_report(e->kind) && t->episode.state == EPISODE_OPEN)
		d.verdict = VERDICT_NEEDS_CLAIM; /* who has the nonce has claimed the token */
	else if (e->expect_rev > 0 && e->expect_rev != t->rev &&
		 !(e->kind == EVENT_ANSWER && e->expect_rev == t->question_rev))
		row_refuse(&s, REFUSAL_CONFLICT);
	else
		lifecycle_row(t->phase, e->kind)(&s);

	if (d.verdict == 0)
		BUG("%s in phase %s: no decision", event_name(e->kind), phase_name(t->phase));
	if (d.verdict != VERDICT_APPLY) {
		d.next = *t;
		return d;
	}
	step_settle(&d.next);
	step_queue(t, &d.next, s.now_wall_ms);
	step_hook(t, &d.next, e);
	d.next.rev = t->rev + 1;
	d.next.unsent = e->unsent;
	d.next.updated_wall_ms = s.now_wall_ms;
	if (d.next.phase != t->phase || ticket_is_open(&d.next) != ticket_is_open(t))
		d.next.since_wall_ms = s.now_wall_ms;
	if (!lifecycle_pair_is_legal(d.next.phase, d.next.episode.state, d.next.episode.role))
		BUG("T%02u leads to %s with an episode %s", d.row, phase_name(d.next.phase),
		    episode_state_name(d.next.episode.state));
	return d;
}

bool
lifecycle_pair_is_legal(enum phase phase, enum episode_state state, enum role role)
{
	bool is_none = state == EPISODE_NONE, is_run = state == EPISODE_RUN;
	bool is_ending = state == EPISODE_TERM || state == EPISODE_STOP;
	bool is_stop = state == EPISODE_STOP, is_open = state == EPISODE_OPEN;

	switch (phase) {
	case PHASE_PARKED:
	case PHASE_MERGING:
	case PHASE_DONE:
	case PHASE_CANCELLED:
		return is_none;
	case PHASE_READY:
	case PHASE_DELIVERED:
	case PHASE_HUMAN_REVIEW:
	case PHASE_APPROVED:
	case PHASE_ATTENTION:
		return is_none || is_ending;
	case PHASE_STARTING:
		return role == ROLE_AUTHOR && (is_open || is_stop);
	case PHASE_WORKING:
		return role == ROLE_AUTHOR && (is_run || is_stop);
	case PHASE_ASKING:
		return is_none || is_run || is_ending;
	case PHASE_REV_STARTING:
		return role == ROLE_REVIEWER && (is_open || is_stop);
	case PHASE_REVIEWING:
		return role == ROLE_REVIEWER && (is_run || is_stop);
	case PHASE_UNBORN:
	case PHASE_COUNT:
		break;
	}
	return false;
}
