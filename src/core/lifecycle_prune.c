/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * T95 to T97: what is left of a ticket that is over.  None of them changes a phase: the command is kept
 * with the ticket until its removal was carried out, and then the history says what went, and where the
 * work is that was nowhere else.
 */
#include "base/base.h"

#include "core/lifecycle_rows.h"

static void
row_prune_over(struct ticket *t)
{
	t->prune = PRUNE_UNSET;
	t->prune_rev = 0;
}

/* Refs are what work is parked under: they never go in one breath with what may be parked there. */
void
row_prune(struct step *s)
{
	const struct event *e = s->e;
	struct ticket *t = s->next;
	bool is_other = (t->prune == PRUNE_REFS) != (e->prune == PRUNE_REFS);

	if (e->prune == PRUNE_UNSET) {
		row_refuse(s, REFUSAL_INVALID);
		return;
	}
	if ((t->prune != PRUNE_UNSET && is_other) ||
	    (e->prune == PRUNE_REFS && !str_starts(str_of(e->actor), "person:"))) {
		row_refuse(s, REFUSAL_ILLEGAL);
		return;
	}
	if (t->prune == PRUNE_UNSET) /* else the first one goes on, as the greater of the two */
		t->prune_rev = t->rev + 1;
	if (e->prune > t->prune)
		t->prune = e->prune;
	row_apply(s, 95);
}

/* Also of one that was opened again while a helper was at it: it has happened. */
void
row_pruned(struct step *s)
{
	struct ticket *t = s->next;

	row_prune_over(t);
	if (phase_is_final(t->phase) && t->hook != HOOK_FAILED) /* that is for a person to decide */
		t->cause[0] = '\0';
	row_apply(s, 96);
}

void
row_kept(struct step *s)
{
	struct ticket *t = s->next;

	row_prune_over(t);
	if (t->hook != HOOK_FAILED)
		row_cause(s);
	row_apply(s, 97);
}
