/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * cli_forecast.h: which tickets will get in each other's way when they land.
 *
 *	_cleanup_(forecast_release) struct forecast fc = { 0 };
 *	forecast_make(&facts, 0, &fc);
 *
 * Two tickets of one repository that are worked on, and whose commits a trial merge does not take: found out now,
 * kept nowhere.  Of each it is the delivered commit that counts, else the tip of its branch; what is not committed is
 * not seen.  Tickets that are over or parked do not count.
 *
 * What it costs: nothing while no two tickets of a repository have work; two calls of git for each repository where some
 * have; and one trial merge, in a view of the objects (cli_git_view.h), for each pair that changes the same file.
 * At most FORECAST_TICKETS of a repository and FORECAST_MS in all; then, and where git fails or is older than 2.38,
 * not all pairs are looked at.  A forecast never fails, and decides nothing.
 */
#ifndef CLI_CLI_FORECAST_H
#define CLI_CLI_FORECAST_H

#include "cli/cli_facts.h"
#include "cli/cli_print.h"
#include "codec/report_json.h"

#define FORECAST_TICKETS 50
#define FORECAST_MS      2000
#define FORECAST_PATHS   5 /* that are named */

struct forecast {
	struct {
		struct report_conflict *v; /* by number of the first, then of the second ticket */
		size_t n, cap;
	} pairs;
	bool is_partial; /* not all pairs were looked at; */
	bool is_bounded; /* because of the limits above */
};

/* All records are loaded in f.  of: only pairs with this ticket; 0: all. */
void forecast_make(const struct cli_facts *f, uint32_t of, struct forecast *ret);
void forecast_release(struct forecast *fc);

/* "src/main.c, src/x.c and 3 more", cleaned. */
void forecast_paths(const struct report_conflict *c, struct buf *ret);

/* The work of one ticket, and what `git diff-tree --stdin -r -z --raw --always` says of all of them. */
struct forecast_side {
	struct ticket_id id;
	struct oid head, base;
	struct strvec paths; /* sorted */
};
struct forecast_sides {
	struct forecast_side *v;
	size_t n, cap;
};
void forecast_read(struct str out, struct forecast_sides *sides);
bool
forecast_is_near(const struct forecast_side *a, const struct forecast_side *b); /* a file of both */
void forecast_sides_release(struct forecast_sides *s);

#endif
