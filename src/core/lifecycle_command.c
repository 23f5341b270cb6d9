/* SPDX-License-Identifier: GPL-2.0-only */
/* The rows of a person's commands: T14, T23, T33 to T37, T49, T90 to T92; T95 is in lifecycle_prune.c. */
#include "base/base.h"

#include "core/lifecycle_rows.h"

void
row_create(struct step *s)
{
	const struct event *e = s->e;
	struct ticket *t = s->next;

	*t = (struct ticket){ .id = e->ticket,
		.want = e->want == WANT_PARK ? WANT_PARK : WANT_RUN,
		.phase = e->want == WANT_PARK ? PHASE_PARKED : PHASE_READY,
		.resume = e->want == WANT_PARK ? PHASE_READY : PHASE_UNBORN,
		.generation = 1,
		.review = e->review ? e->review : REVIEW_HUMAN,
		.merge = e->merge_policy ? e->merge_policy : MERGE_AUTO,
		.priority = e->priority,
		.not_before_wall_ms = e->not_before_wall_ms - e->not_before_wall_ms % 1000,
		.created_wall_ms = s->now_wall_ms };
	row_apply(s, 35);
}

static void
row_want(struct ticket *t, enum want want)
{
	t->want = want;
	if (want != WANT_RUN)
		row_stop_episode(t);
}

void
row_park(struct step *s)
{
	if (s->next->want == WANT_CANCEL) { /* a cancel is not taken back */
		row_refuse(s, REFUSAL_ILLEGAL);
		return;
	}
	row_want(s->next, WANT_PARK);
	row_apply(s, 34);
}

static void
row_want_again(struct ticket *t)
{
	t->want = WANT_RUN;
	if (t->phase == PHASE_PARKED) {
		t->phase = t->resume;
		t->resume = PHASE_UNBORN;
	}
}

/* Parked, or wanted to be and still stopping. */
void
row_unpark(struct step *s)
{
	if (s->next->want != WANT_PARK) {
		row_refuse(s, REFUSAL_ILLEGAL);
		return;
	}
	row_want_again(s->next);
	row_apply(s, 33);
}

void
row_cancel(struct step *s)
{
	struct ticket *t = s->next;

	row_want(t, WANT_CANCEL);
	if (t->phase == PHASE_PARKED) { /* step_settle() leaves the parked alone */
		t->phase = PHASE_CANCELLED;
		t->resume = PHASE_UNBORN;
	}
	row_apply(s, 91);
}

/* The open question and the verdict were about the task as it was. */
static void
row_drop_verdict(struct ticket *t)
{
	enum phase without = t->episode.role == ROLE_REVIEWER ? PHASE_DELIVERED : PHASE_READY;

	t->passed = (struct oid){ "" };
	row_void_gate(t);
	if (t->phase == PHASE_APPROVED || t->resume == PHASE_APPROVED)
		t->cause[0] = '\0'; /* of a landing that is off */
	if (t->phase == PHASE_APPROVED)
		t->phase = PHASE_DELIVERED;
	if (t->resume == PHASE_APPROVED)
		t->resume = PHASE_DELIVERED;
	t->question_rev = 0;
	if (t->phase == PHASE_ASKING)
		t->phase = without;
	if (t->resume == PHASE_ASKING)
		t->resume = without;
}

/* Where it stands from now on, or will when it is wanted again. */
static void
row_place(struct ticket *t, enum phase phase)
{
	if (t->phase == PHASE_PARKED)
		t->resume = phase;
	else
		t->phase = phase;
}

/* Who judges is another one: what waits for the old one must not wait on. */
static void
row_set_review(struct ticket *t, enum review review)
{
	enum phase at = t->phase == PHASE_PARKED ? t->resume : t->phase;
	bool is_reviewed = t->phase == PHASE_REV_STARTING || t->phase == PHASE_REVIEWING ||
			   (at == PHASE_ASKING && t->episode.role == ROLE_REVIEWER);

	if (t->review == review)
		return;
	t->review = review;
	if (is_reviewed) {
		row_stop_episode(t);
		t->question_rev = 0;
		if (review == REVIEW_NONE) { /* as below; it lands when the reviewer has ended */
			t->passed = t->pinned;
			row_place(t, PHASE_APPROVED);
		} else if (at == PHASE_ASKING) {
			row_place(t, PHASE_DELIVERED);
		}
	} else if (review == REVIEW_NONE && (at == PHASE_DELIVERED || at == PHASE_HUMAN_REVIEW)) {
		t->passed = t->pinned;
		row_place(t, PHASE_APPROVED);
	} else if (at == PHASE_HUMAN_REVIEW) {
		row_place(t, PHASE_DELIVERED); /* it is routed anew */
	}
}

/* One command, one revision: the task, the policy, and whether it is wanted. */
void
row_edit(struct step *s)
{
	const struct event *e = s->e;
	struct ticket *t = s->next;

	if (e->want && t->want == WANT_CANCEL) { /* a cancel is not taken back */
		row_refuse(s, REFUSAL_ILLEGAL);
		return;
	}
	if (e->review)
		row_set_review(t, e->review);
	if (e->merge_policy)
		t->merge = e->merge_policy;
	if (e->has_priority)
		t->priority = e->priority;
	if (e->has_not_before)
		t->not_before_wall_ms = e->not_before_wall_ms - e->not_before_wall_ms % 1000;
	if (e->has_spec) { /* another task: what works on the old one ends, what it says is void */
		t->generation++;
		row_stop_episode(t);
		row_drop_verdict(t);
		t->env_failures = 0; /* of another agent, maybe */
		t->blame = BLAME_UNSET;
	}
	if (e->want == WANT_RUN)
		row_want_again(t);
	else if (e->want == WANT_PARK)
		row_want(t, WANT_PARK);
	row_apply(s, 36);
}

static void
row_reset_budgets(struct step *s)
{
	struct ticket *t = s->next;

	row_forgive(t);
	t->cycles = 0;
	row_backoff(t, s->e, 0);
}

/* Done: there is nothing to try but its hook. */
static void
row_retry_hook(struct step *s)
{
	struct ticket *t = s->next;

	if (t->hook != HOOK_OWED && t->hook != HOOK_FAILED) {
		row_refuse(s, REFUSAL_ILLEGAL);
		return;
	}
	t->hook = HOOK_OWED;
	t->hook_tries = 0;
	t->cause[0] = '\0';
	row_backoff(t, s->e, 0);
	row_apply(s, 90);
}

/* ATTENTION: on from where it was.  READY, DELIVERED, APPROVED, MERGING: now, not at the end of the back-off. */
void
row_retry(struct step *s)
{
	struct ticket *t = s->next;
	bool is_reported = oid_is_set(t->pinned) && t->pinned_by != 0;

	if (t->phase == PHASE_DONE) {
		row_retry_hook(s);
		return;
	}
	row_reset_budgets(s);
	if (t->phase == PHASE_ATTENTION) {
		row_void_gate(t);
		t->phase = oid_is_set(t->passed) ? PHASE_APPROVED
			   : is_reported         ? PHASE_DELIVERED
						 : PHASE_READY;
	}
	row_apply(s, 90);
}

void
row_reopen(struct step *s)
{
	struct ticket *t = s->next;

	if (!str_starts(str_of(s->e->actor), "person:")) {
		row_refuse(s, REFUSAL_ILLEGAL);
		return;
	}
	if (!s->e->has_text) {
		row_refuse(s, REFUSAL_NEEDS_TEXT);
		return;
	}
	row_reset_budgets(s);
	t->want = WANT_RUN;
	t->generation++;
	t->question_rev = 0;
	t->passed = t->merge_from = t->merge_commit = (struct oid){ "" };
	t->landing = LANDING_UNSET;
	row_void_gate(t);
	t->pinned_by = 0; /* it is not what is to be judged now, and its ref may be gone */
	t->prune = PRUNE_UNSET;
	t->prune_rev = 0;
	t->cause[0] = '\0';
	t->phase = PHASE_READY;
	row_apply(s, 92);
}

/* Another agent has it: what the old one says is void, and what it did stays on the branch. */
void
row_assign(struct step *s)
{
	struct ticket *t = s->next;

	if (!s->e->has_spec) {
		row_refuse(s, REFUSAL_INVALID);
		return;
	}
	t->generation++;
	row_stop_episode(t);
	row_drop_verdict(t);
	row_forgive(t);
	row_backoff(t, s->e, 0);
	t->pinned_by = 0;
	row_place(t, PHASE_READY);
	row_apply(s, 37);
}

/* A person names the commit that is the work: also that of a report that was refused. */
void
row_adopt(struct step *s)
{
	struct ticket *t = s->next;

	if (!row_has_artifact(s))
		return;
	t->generation++;
	row_stop_episode(t);
	row_drop_verdict(t);
	row_forgive(t);
	row_backoff(t, s->e, 0);
	t->pinned = s->e->commit;
	t->pinned_by = TICKET_BY_PERSON;
	row_place(t, PHASE_DELIVERED);
	row_apply(s, s->e->adopts.s[0] ? 67 : 37);
}

/* Another commit in place of the one that waits for its verdict, or has it. */
void
row_amend(struct step *s)
{
	struct ticket *t = s->next;

	if (!row_has_artifact(s))
		return;
	row_forgive(t); /* all that was about the other commit */
	row_backoff(t, s->e, 0);
	t->pinned = s->e->commit;
	t->pinned_by = TICKET_BY_PERSON;
	t->passed = (struct oid){ "" };
	row_void_gate(t);
	t->phase = PHASE_DELIVERED;
	row_apply(s, 49);
}

/* Words for whoever works on it next, or now. */
void
row_tell(struct step *s)
{
	if (s->e->has_text)
		row_apply(s, 14);
	else
		row_refuse(s, REFUSAL_NEEDS_TEXT);
}

/* The answer is in the brief of the next episode; a worker that still waits makes way for it. */
void
row_answer(struct step *s)
{
	struct ticket *t = s->next;

	if (!s->e->has_text) {
		row_refuse(s, REFUSAL_NEEDS_TEXT);
		return;
	}
	row_stop_episode(t);
	t->question_rev = 0;
	t->phase = t->episode.role == ROLE_REVIEWER ? PHASE_DELIVERED : PHASE_READY;
	row_apply(s, 23);
}
