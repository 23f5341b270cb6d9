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
};
struct look {
	struct look_row *v;
	size_t n, cap;
	size_t n_person; /* the first so many need a person */
};
void look_gather(const struct cli_facts *f, bool has_final, struct look *ret); /* sorted */
void look_release(struct look *l);

/* The rows from the one at `first` on. */
void look_table(struct print *p, const struct cli_facts *f, const struct look *l, size_t first);

/* Views for report_json.h; the caller frees them. */
struct report_ticket *look_reports(const struct look *l);
struct report_refused *look_refusals(const struct refused_list *l, size_t *ret_n, uint32_t ticket);

/* Each refused signal in two lines; ticket 0: of all. */
void look_print_refused(
    struct print *p, const struct cli_facts *f, const struct refused_list *l, uint32_t ticket);

#endif
