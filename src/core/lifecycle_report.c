/* SPDX-License-Identifier: GPL-2.0-only */
/* The rows from a report to the landing: T10 to T14, T20, T24, T18, T41 to T44, T46 to
 * T48, T50 to T55. */
#include "base/base.h"

#include "core/lifecycle_rows.h"

void
row_void_gate(struct ticket *t)
{
	t->gated = (struct oid){ "" };
	t->gated_by = (struct digest){ { 0 } };
}

/* It got somewhere. */
void
row_forgive(struct ticket *t)
{
	t->deaths = t->reviewer_deaths = t->start_failures = t->reboots = t->merge_tries = 0;
	t->env_failures = 0;
	t->blame = BLAME_UNSET;
	t->cause[0] = '\0';
}

bool
row_has_artifact(struct step *s)
{
	if (s->e->artifact == ARTIFACT_UNKNOWN)
		s->d->verdict = VERDICT_NEEDS_ARTIFACT;
	else if (s->e->artifact == ARTIFACT_BAD || !oid_is_set(s->e->commit))
		row_refuse(s, REFUSAL_BAD_ARTIFACT);
	else
		return true;
	return false;
}

/* DONE and REVIEW of an author: the commit is checked, pinned, and goes on. */
void
row_delivered(struct step *s)
{
	struct ticket *t = s->next;
	const struct event *e = s->e;
	bool is_passed = e->kind == EVENT_DONE && t->review == REVIEW_NONE;

	if (t->episode.role != ROLE_AUTHOR) {
		row_refuse(s, REFUSAL_WRONG_ROLE);
		return;
	}
	if (!row_has_artifact(s))
		return;
	t->pinned = e->commit;
	t->pinned_by = t->episode.n;
	t->passed = is_passed ? e->commit : (struct oid){ "" };
	t->episode.state = EPISODE_TERM;
	t->question_rev = 0;
	row_void_gate(t);
	row_forgive(t);
	t->phase = is_passed ? PHASE_APPROVED : PHASE_DELIVERED;
	row_apply(s, is_passed ? 11 : e->kind == EVENT_DONE ? 10 : 12);
}

void
row_question(struct step *s)
{
	struct ticket *t = s->next;
	unsigned row = t->phase == PHASE_ASKING ? 24 : t->phase == PHASE_REVIEWING ? 46 : 13;

	if (!s->e->has_text) {
		row_refuse(s, REFUSAL_NEEDS_TEXT);
		return;
	}
	t->phase = PHASE_ASKING;
	t->question_rev = t->rev + 1;
	row_apply(s, row);
}

void
row_note(struct step *s)
{
	if (s->e->has_text)
		row_apply(s, 14);
	else
		row_refuse(s, REFUSAL_NEEDS_TEXT);
}

/* A reviewer's verdict is about the commit that it was started for, and about no other. */
static bool
row_is_verdict(struct step *s)
{
	const struct ticket *t = s->next;
	struct oid review = t->episode.review;

	if (t->episode.role != ROLE_REVIEWER)
		row_refuse(s, REFUSAL_WRONG_ROLE);
	else if (!oid_is_set(review) || !oid_eq(review, t->pinned) ||
		 (oid_is_set(s->e->commit) && !oid_eq(s->e->commit, review)))
		row_refuse(s, REFUSAL_WRONG_COMMIT);
	else
		return true;
	return false;
}

void
row_pass(struct step *s)
{
	struct ticket *t = s->next;

	if (!row_is_verdict(s))
		return;
	t->passed = t->pinned;
	t->episode.state = EPISODE_TERM;
	t->question_rev = 0;
	row_forgive(t);
	t->phase = PHASE_APPROVED;
	row_apply(s, 42);
}

/* Sent back; the commit stays pinned, for a person who sees it otherwise. */
void
row_fail(struct step *s)
{
	struct ticket *t = s->next;

	if (!row_is_verdict(s))
		return;
	if (!s->e->has_text) {
		row_refuse(s, REFUSAL_NEEDS_TEXT);
		return;
	}
	t->passed = (struct oid){ "" };
	t->pinned_by = 0;
	row_void_gate(t);
	t->episode.state = EPISODE_TERM;
	t->question_rev = 0;
	row_forgive(t);
	if (++t->cycles >= TICKET_CYCLES_MAX) {
		row_cause(s);
		t->phase = PHASE_ATTENTION;
	} else {
		t->phase = PHASE_READY;
	}
	row_apply(s, t->phase == PHASE_ATTENTION ? 44 : 43);
}

/* Somebody may have forgotten it: a line in the history, which tools see, and nothing else. */
void
row_remind(struct step *s)
{
	enum phase p = s->next->phase;

	row_apply(s, p == PHASE_WORKING || p == PHASE_REVIEWING ? 18 : 48);
}

void
row_route(struct step *s)
{
	if (s->next->review == REVIEW_AGENT) {
		row_refuse(s, REFUSAL_ILLEGAL);
		return;
	}
	/* a gate or a start that it does not need any more */
	if (s->next->env_failures > 0 && s->rule >= 2) {
		s->next->env_failures = 0;
		s->next->blame = BLAME_UNSET;
		s->next->cause[0] = '\0';
		row_backoff(s->next, s->e, 0);
	}
	s->next->phase = PHASE_HUMAN_REVIEW;
	row_apply(s, 41);
}

/* Is this verdict about the commit that is pinned? */
static bool
row_is_about_pinned(struct step *s)
{
	if (!oid_is_set(s->next->pinned))
		row_refuse(s, REFUSAL_ILLEGAL);
	else if (oid_is_set(s->e->commit) && !oid_eq(s->e->commit, s->next->pinned))
		row_refuse(s, REFUSAL_WRONG_COMMIT);
	else
		return true;
	return false;
}

void
row_accept(struct step *s)
{
	struct ticket *t = s->next;

	if (!row_is_about_pinned(s))
		return;
	row_stop_episode(t); /* a reviewer that still thinks about it */
	t->passed = t->pinned;
	t->phase = PHASE_APPROVED;
	row_forgive(t);
	row_apply(s, 47);
}

void
row_reject(struct step *s)
{
	struct ticket *t = s->next;

	if (!row_is_about_pinned(s))
		return;
	if (!s->e->has_text) {
		row_refuse(s, REFUSAL_NEEDS_TEXT);
		return;
	}
	row_stop_episode(t);
	t->passed = (struct oid){ "" };
	t->pinned_by = 0;
	row_void_gate(t);
	t->phase = PHASE_READY;
	t->cycles++;
	row_forgive(t);
	row_apply(s, 47);
}

void
row_intent(struct step *s)
{
	struct ticket *t = s->next;

	if (ticket_is_open(t) || t->want != WANT_RUN || !oid_is_set(t->passed) ||
	    !oid_eq(t->passed, t->pinned) || !oid_is_set(s->e->from) || !oid_is_set(s->e->merge)) {
		row_refuse(s, REFUSAL_ILLEGAL);
		return;
	}
	t->merge_from = s->e->from;
	t->merge_commit = s->e->merge;
	t->landing = s->e->landing; /* an old line says nothing: a merge */
	t->phase = PHASE_MERGING;
	t->env_failures = 0;
	t->blame = BLAME_UNSET;
	t->cause[0] = '\0';
	row_backoff(t, s->e, 0);
	row_apply(s, 50);
}

void
row_merged(struct step *s)
{
	s->next->phase = PHASE_DONE;
	row_apply(s, 51);
}

static void
row_back_to_approved(struct step *s)
{
	struct ticket *t = s->next;

	t->phase = PHASE_APPROVED;
	t->merge_from = t->merge_commit = (struct oid){ "" };
	t->landing = LANDING_UNSET;
	t->env_failures = 0; /* the environment let it be tried */
	t->blame = BLAME_UNSET;
	/* cut is fine */
	(void)snprintf(t->cause, sizeof t->cause, "%s", s->e->reason);
}

void
row_moved(struct step *s)
{
	struct ticket *t = s->next;

	row_back_to_approved(s);
	if (++t->merge_tries >= TICKET_MERGE_TRIES_MAX)
		t->phase = PHASE_ATTENTION;
	else
		t->cause[0] = '\0'; /* nobody's turn: it is computed again */
	row_apply(s, 52);
}

/* The kill switch came between the intent and the landing, and the target does not hold it. */
void
row_withdrawn(struct step *s)
{
	row_back_to_approved(s);
	s->next->cause[0] = '\0';
	row_apply(s, 55);
}

/* Local changes are in the way: it stays approved, and they are its blocker. */
void
row_held(struct step *s)
{
	row_back_to_approved(s);
	row_apply(s, 50);
}

/* What passed cannot land: back to the author, until that was tried often enough. */
static void
row_send_back(struct step *s)
{
	struct ticket *t = s->next;

	row_back_to_approved(s);
	t->passed = (struct oid){ "" };
	t->pinned_by = 0; /* that commit is not to be passed again: a retry is another episode */
	row_void_gate(t);
	t->cycles++;
	t->phase = t->cycles >= TICKET_CYCLES_MAX ? PHASE_ATTENTION : PHASE_READY;
}

void
row_conflict(struct step *s)
{
	row_send_back(s);
	row_apply(s, 53);
}

/* DELIVERED, APPROVED: what is pinned passes the gates once it is merged.  A target that moves makes another
 * tree, and so another gate. */
void
row_gated(struct step *s)
{
	struct ticket *t = s->next;

	if (ticket_is_open(t) || t->want != WANT_RUN || !oid_is_set(t->pinned) ||
	    !oid_is_set(s->e->tree)) {
		row_refuse(s, REFUSAL_ILLEGAL);
		return;
	}
	t->gated = s->e->tree;
	t->gated_by = s->e->gates;
	if (t->env_failures > 0 || t->phase == PHASE_APPROVED) { /* else these are a reviewer's */
		t->env_failures = 0;
		t->blame = BLAME_UNSET;
		t->cause[0] = '\0';
		row_backoff(t, s->e, 0);
	}
	row_apply(s, 58);
}

/* A gate that the target fails, too, is not the author's: a person decides.  `pass` lets just that tree land. */
void
row_gate_failed(struct step *s)
{
	if (ticket_is_open(s->next)) {
		row_refuse(s, REFUSAL_ILLEGAL);
		return;
	}
	if (s->e->is_preexisting) {
		row_back_to_approved(s);
		s->next->gated = s->e->tree;
		s->next->gated_by = s->e->gates;
		s->next->phase = PHASE_ATTENTION;
	} else {
		row_send_back(s);
	}
	row_apply(s, 54);
}

/* "merge": a person lets a ticket land that waits for that, or wants it tried again now. */
void
row_land(struct step *s)
{
	struct ticket *t = s->next;

	t->merge = MERGE_AUTO;
	t->env_failures = 0;
	t->blame = BLAME_UNSET;
	t->cause[0] = '\0';
	row_backoff(t, s->e, 0);
	row_apply(s, 50);
}
