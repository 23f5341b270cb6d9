/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * lifecycle_rows.h: the rows of the table, one function each or a few that belong together.  Private to
 * lifecycle*.c.
 *
 * A row sees the ticket as it was in s->next (a copy that it changes) and the event; common checks
 * (known, nonce, revision) are behind it.  It ends with row_apply() or row_refuse().
 */
#ifndef CORE_LIFECYCLE_ROWS_H
#define CORE_LIFECYCLE_ROWS_H

#include "core/lifecycle.h"

struct step {
	const struct event *e;
	struct ticket *next; /* of d */
	struct decision *d;
	int64_t now_wall_ms;
	uint32_t rule; /* 1 to LIFECYCLE_RULE */
};
typedef void row_fn(struct step *s);

void row_apply(struct step *s, unsigned row);
void row_refuse(struct step *s, enum refusal why);

/* cells without a row */
row_fn row_illegal;

/* reports */
row_fn row_delivered, row_question, row_note, row_pass, row_fail, row_wrong_role;

/* the life of an episode: lifecycle_episode.c */
row_fn row_remind, row_start, row_claimed, row_not_started, row_environment, row_mended, row_closed,
    row_expired;
void row_stop_episode(struct ticket *t); /* OPEN and RUN must end; TERM may finish its turn */
void row_backoff(struct ticket *t, const struct event *e, int64_t ms);
void row_cause(struct step *s);
enum phase row_phase_without(const struct ticket *t); /* its worker being gone without a word */
void row_void_gate(struct ticket *t); /* it was about another commit, or is not believed any more */
void row_forgive(struct ticket *t);   /* what failed before does not count against what comes */

/* review and merge */
row_fn row_route, row_accept, row_reject, row_gated, row_gate_failed, row_intent, row_merged,
    row_moved, row_withdrawn, row_held, row_conflict, row_land, row_hook_run, row_hook_failed;

/* a person's commands */
row_fn row_create, row_park, row_unpark, row_edit, row_assign, row_adopt, row_amend, row_retry,
    row_cancel, row_reopen, row_answer, row_tell;
/* what is left of a ticket that is over: lifecycle_prune.c */
row_fn row_prune, row_pruned, row_kept;

/* True: the commit was checked and can be taken; else the decision is made. */
bool row_has_artifact(struct step *s);

/* lifecycle_table.c; never NULL */
row_fn *lifecycle_row(enum phase phase, enum event_kind kind);

#endif
