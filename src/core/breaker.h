/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * breaker.h: when the environment fails, not every ticket has to find out for itself.
 *
 *	struct breaker b = { 0 };
 *	for each ticket:  breaker_add(&b, failed, of, use, boot_id);
 *	if (breaker_is_open(&b)) ...
 *
 * A failure is blamed on the machine, a repository, its gate or an agent (ticket.blame), and is a matter of all
 * tickets whose next step needs the same: a start needs machine, repository and agent, a gate (before a review or a
 * landing) the repository and its gate, a landing the repository.  After BREAKER_FAILURES in a row the breaker is
 * open: nothing that needs it is tried before until_boot_ms, and then one ticket at a time (half-open): the one that
 * has failed least, or what is the fault of one ticket (a gate that takes all memory) would keep all others from being
 * tried.  A success closes it: EVENT_MENDED of every ticket that had failed.  There is no other state than that of the
 * tickets, so that whoever reads the files knows what the supervisor knows.
 *
 * What is blamed on the ticket (BLAME_TICKET: its worktree is damaged, say) concerns no other one, and opens no
 * breaker: it backs off alone, and after TICKET_OWN_FAULTS_MAX a person is asked.  A gate that could not be run, while
 * those of others in its repository could, comes to that, too: their success says that the gate is well, not that this
 * ticket's would end.  So the breaker closes, and from then on it counts against the ticket.
 */
#ifndef CORE_BREAKER_H
#define CORE_BREAKER_H

#include "core/ticket.h"

#define BREAKER_FAILURES 3

/* What a ticket does, or would do next. */
enum breaker_use { BREAKER_START, BREAKER_GATE, BREAKER_LANDING };

struct breaker {
	uint32_t failures;         /* in a row */
	int64_t until_boot_ms;     /* of this boot; 0: now */
	const struct record *last; /* whose failure says most; NULL: none.  Borrowed. */
};

/* needs_gate: as in struct facts. */
enum breaker_use breaker_use_of(const struct ticket *t, bool needs_gate);

/* Was it the same, on which a failure of `of` would be blamed? */
bool breaker_is_same(const struct record *failed, const struct record *of, enum blame blame);

/* Does what `failed` failed for concern this use by `of`? */
bool breaker_covers(const struct record *failed, const struct record *of, enum breaker_use use);

/* One that covers.  count: the failure is known to be of what the breaker is about. */
void breaker_add(struct breaker *b, const struct record *failed, const struct record *of,
    enum breaker_use use, const char *boot_id);
void breaker_count(struct breaker *b, const struct record *failed, const char *boot_id);
bool breaker_is_open(const struct breaker *b);

/* Whose turn it is to be tried: the lowest.  0: it has not failed so often that it would hold back others. */
uint32_t breaker_rank(const struct ticket *t);

#endif
