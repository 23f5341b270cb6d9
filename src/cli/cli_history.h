/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * cli_history.h: a ticket's history, for people: its lines in plain words, its episodes, what was asked and
 * what was found wrong.
 *
 *	_cleanup_(cli_history_release) struct cli_history h = { 0 };
 *	if (cli_history_load(&h, record, &err) < 0) ...
 *
 * The entries are views of record->history and die with it.
 */
#ifndef CLI_CLI_HISTORY_H
#define CLI_CLI_HISTORY_H

#include "cli/cli_print.h"
#include "codec/report_json.h"

struct cli_history {
	struct report_history entries; /* oldest first */
	struct {
		struct report_episode *v; /* by number; outcome and exit are not filled in */
		size_t n, cap;
	} episodes;
	const struct history_entry *question; /* the open one; NULL */
	const struct history_entry *gate;     /* the last that passed or failed; NULL */
	const struct history_entry *feedback; /* the last: why work has to be done again; NULL */
};
int cli_history_load(struct cli_history *h, const struct record *r, struct err *err);
void cli_history_release(struct cli_history *h);

/* "episode 12.3 has ended: died": what happened, of our own words only. */
void cli_history_words(const struct history_entry *e, struct ticket_id id, struct buf *ret);

/* A line; has_text: and what was said, indented. */
void cli_history_print_one(
    struct print *p, const struct history_entry *e, struct ticket_id id, bool has_text);

/* Entries from the one at `first` on. */
void cli_history_print(struct print *p, const struct cli_history *h, struct ticket_id id,
    size_t first, bool has_texts);

#endif
