/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * fsck_count.c: the budgets, counted from the rows of the history alone (I12).  core/lifecycle_*.c counts them
 * for the header; that the two agree is no tautology: nothing here calls there.
 */
#include "base/base.h"

#include "store/fsck_parts.h"

/* A success, a verdict, or another task or agent: what failed before does not count against what comes. */
static bool
count_is_forgiven(const struct history_entry *entry)
{
	static const unsigned rows[] = { 10, 11, 12, 37, 42, 43, 44, 49, 67 };

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (rows[i] == entry->row)
			return true;
	return entry->event.kind == EVENT_ACCEPT || entry->event.kind == EVENT_REJECT;
}

void
fsck_count(struct fsck_counts *c, const struct history_entry *entry)
{
	if (count_is_forgiven(entry))
		c->deaths = c->reviewer_deaths = c->start_failures = c->reboots = c->merge_tries =
		    0;
	if (entry->event.kind == EVENT_REJECT)
		c->cycles++;
	switch (entry->row) {
	case 3:
		c->start_failures++;
		break;
	case 15:
	case 16:
		c->deaths++;
		break;
	case 17:
		c->reboots++;
		break;
	case 52:
		c->merge_tries++;
		break;
	case 45:
		c->reviewer_deaths++;
		break;
	case 43:
	case 44:
	case 53:
		c->cycles++;
		break;
	case 54:
		c->cycles += !entry->event.is_preexisting;
		break;
	case 90: /* retry; of what is done it is about the hook alone */
		if (entry->from != PHASE_DONE)
			*c = (struct fsck_counts){ 0 };
		break;
	case 92: /* reopen */
		*c = (struct fsck_counts){ 0 };
		break;
	default:
		break;
	}
}

static void
fsck_counted(struct fsck *f, const struct ticket *t, const char *name, uint32_t says, uint32_t is)
{
	if (says != is)
		fsck_add(f->found, "I12", t->id.n, fsck_ticket_path(t->id).s,
		    "ticket %u: %s is %u, its history has %u since the last success", t->id.n, name,
		    says, is);
}

void
fsck_counts(struct fsck *f, const struct fsck_counts *c, const struct ticket *t)
{
	fsck_counted(f, t, "deaths", t->deaths, c->deaths);
	fsck_counted(f, t, "reviewer deaths", t->reviewer_deaths, c->reviewer_deaths);
	fsck_counted(f, t, "start failures", t->start_failures, c->start_failures);
	fsck_counted(f, t, "reboots", t->reboots, c->reboots);
	fsck_counted(f, t, "cycles", t->cycles, c->cycles);
	fsck_counted(f, t, "merge tries", t->merge_tries, c->merge_tries);
}
