/* SPDX-License-Identifier: GPL-2.0-only */
/* fsck_field.c: what must be true of a header, whatever its history is. */
#include "base/base.h"

#include "store/fsck_parts.h"

#include "core/lifecycle.h"

static void
fsck_budget(struct fsck *f, const struct ticket *t, const char *name, uint32_t n, uint32_t max)
{
	if (n > max)
		fsck_add(f->found, "I12", t->id.n, fsck_ticket_path(t->id).s,
		    "ticket %u: %s is %u, the most is %u", t->id.n, name, n, max);
}

/* I13: what is done passed, and landed when it had to. */
static void
fsck_done_fields(struct fsck *f, const struct ticket *t)
{
	const char *what = NULL;

	if (t->phase != PHASE_DONE)
		return;
	if (!oid_is_set(t->pinned) || !oid_is_set(t->passed))
		what = "done without a commit that passed";
	else if (!oid_eq(t->pinned, t->passed))
		what = "done, but the commit that passed is not the one that is pinned";
	else if (t->merge != MERGE_NONE && !oid_is_set(t->merge_commit))
		what = "done without a merge";
	if (what != NULL)
		fsck_add(f->found, "I13", t->id.n, fsck_ticket_path(t->id).s, "ticket %u: %s",
		    t->id.n, what);
}

static void
fsck_merge_fields(struct fsck *f, const struct ticket *t)
{
	if (t->phase != PHASE_MERGING)
		return;
	if (!oid_is_set(t->merge_from) || !oid_is_set(t->merge_commit))
		fsck_add(f->found, "I15", t->id.n, fsck_ticket_path(t->id).s,
		    "ticket %u: merging without an intent", t->id.n);
	if (!oid_eq(t->passed, t->pinned))
		fsck_add(f->found, "I15", t->id.n, fsck_ticket_path(t->id).s,
		    "ticket %u: what is merged is not what passed", t->id.n);
}

void
fsck_fields(struct fsck *f, const struct ticket *t)
{
	if (!lifecycle_pair_is_legal(t->phase, t->episode.state, t->episode.role))
		fsck_add(f->found, "I6", t->id.n, fsck_ticket_path(t->id).s,
		    "ticket %u: phase '%s' with an episode '%s' (%s)", t->id.n,
		    phase_name(t->phase), episode_state_name(t->episode.state),
		    role_name(t->episode.role));
	/* Cycles have no end here: a person may fail it as often as is needed. */
	fsck_budget(f, t, "deaths", t->deaths, TICKET_DEATHS_MAX);
	fsck_budget(f, t, "start failures", t->start_failures, TICKET_STARTS_MAX);
	fsck_budget(f, t, "reboots", t->reboots, TICKET_REBOOTS_MAX);
	fsck_budget(f, t, "merge tries", t->merge_tries, TICKET_MERGE_TRIES_MAX);
	fsck_done_fields(f, t);
	fsck_merge_fields(f, t);
}
