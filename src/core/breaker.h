/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * breaker.h: when the environment fails, not every ticket has to find out for itself.
 *
 *	struct breaker b = { 0 };
 *	for each ticket:  breaker_add(&b, failed, of, boot_id);
 *	if (breaker_is_open(&b)) ...
 *
 * A failure is blamed on the machine, a repository, its gate or an agent (ticket.blame), and is a matter of all
 * tickets that need the same: a start needs machine, repository and agent, a landing its repository and the
 * gate.  After BREAKER_FAILURES in a row the breaker is open: nothing that needs it is
 * tried before until_boot_ms, and then one ticket at a time (half-open): the one that has failed least, or what is the
 * fault of one ticket (its damaged worktree, a gate that takes all memory) would keep all others from being tried.  A success closes it: EVENT_MENDED
 * of every ticket that had failed.  There is no other state than that of the tickets, so that whoever reads
 * the files knows what the supervisor knows.
 */
#ifndef CORE_BREAKER_H
#define CORE_BREAKER_H

#include "core/ticket.h"

#define BREAKER_FAILURES 3

struct breaker {
	uint32_t failures;         /* in a row */
	int64_t until_boot_ms;     /* of this boot; 0: now */
	const struct record *last; /* whose failure says most; NULL: none.  Borrowed. */
};

/* Does what `failed` failed for concern a start of `of`, or its landing? */
bool breaker_covers(const struct record *failed, const struct record *of, bool is_landing);

bool breaker_is_landing(const struct ticket *t); /* what it would do next is that, and no start */

void breaker_add(
    struct breaker *b, const struct record *failed, const struct record *of, const char *boot_id);
bool breaker_is_open(const struct breaker *b);

/* Whose turn it is to be tried: the lowest.  0: it has not failed so often that it would hold back others. */
uint32_t breaker_rank(const struct ticket *t);

#endif
