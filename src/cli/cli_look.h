/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * cli_look.h: what `ls`, `status` and `show` have in common: tickets in the order in which a person wants
 * them, their table, and the refused signals.
 *
 * Order: what needs a person first; then what is live, by priority, highest first; then what is over.  By
 * number where that is equal.
 */
#ifndef CLI_CLI_LOOK_H
#define CLI_CLI_LOOK_H

#include "cli/cli_facts.h"
#include "cli/cli_print.h"
#include "codec/report_json.h"
#include "store/spool.h"

struct look_row {
	const struct record *record;
	struct blocker blocker;
	size_t level; /* look_order_after(): how many come before it, one after another */
};
struct look {
	struct look_row *v;
	size_t n, cap;
	size_t n_person; /* the first so many need a person */
	size_t n_held;   /* these wait for what holds back all, or many: blocker.is_global */
};
/* mission NULL: of all.  Sorted. */
void look_gather(const struct cli_facts *f, bool has_final, const char *mission, struct look *ret);
void look_release(struct look *l);

/* Another order: each after all that it comes after, as far as they are among the rows; by number else.  n_person
 * says nothing about the order then. */
void look_order_after(struct look *l);

/* The rows from the one at `first` on. */
void look_table(struct print *p, const struct cli_facts *f, const struct look *l, size_t first);

/* Views for report_json.h; the caller frees them. */
struct report_ticket *look_reports(const struct look *l);

/* A refused signal, and what can be made of it. */
struct look_refusal {
	const struct refused *refused;
	struct oid commit;    /* that its report names; unset: none, or it is no report */
	uint64_t adopted_rev; /* of its ticket; 0: nobody has */
	bool is_adoptable;    /* a DONE or REVIEW, and its ticket would take it */
};
struct look_refusals {
	struct look_refusal *v;
	size_t n, cap;
};

/* Views of list: of one ticket, also those that were adopted; ticket 0: of all, only those that wait for
 * somebody.  The caller frees ret->v. */
void look_refusals_gather(const struct cli_facts *f, const struct refused_list *list,
    uint32_t ticket, struct look_refusals *ret);
void look_refusals_release(struct look_refusals *l);
struct report_refused *look_refusals_report(const struct look_refusals *l); /* caller frees */

/* Each in two lines. */
/* What can be adopted, be it the work, and 20 others; of the rest the number. */
void look_refusals_print(struct print *p, const struct cli_facts *f, const struct look_refusals *l);

#endif
