/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * blocker.h: why a ticket does not move, computed when it is printed and never stored.
 *
 * The first reason that holds is the answer.  Whoever asks has just made the probes himself, so that a
 * blocker that is shown is true whether or not a supervisor runs.
 */
#ifndef CORE_BLOCKER_H
#define CORE_BLOCKER_H

#include "core/breaker.h"

struct blocker_facts {
	int64_t wall_ms, boot_ms;
	const char *boot_id;
	bool has_supervisor; /* somebody holds LOCK */
	bool is_killed;
	const char *kill_error; /* why the kill switch could not be read; NULL: it could */
	bool launcher_held, ticket_held;
	bool is_in_setup; /* RUN: its repository has a setup, and its agent was not executed yet */
	const char *pids; /* what holds the ticket's lock: "12, 34"; NULL: not asked */
	const char *probe_error; /* why a lock could not be probed; NULL: all could */
	const char *undone;      /* ids that it comes after and that are not done; NULL: none */
	bool
	    is_undone_for_good; /* one of them was cancelled, or cannot be read: they never will be */
	uint32_t slots_used, slots;
	const char *slots_of; /* "repository", "agent": the slots of slots_name; NULL: of all */
	const char *slots_name;
	uint32_t ahead;  /* the ticket that is before it in the queue of its landing; 0: none */
	bool needs_gate; /* DELIVERED: one comes before the review.  APPROVED: before the landing */
	bool has_gate_left;   /* something that a gate started lives on, and the gate does not */
	int64_t gate_wall_ms; /* its gate runs since then; 0: none runs */
	uint32_t gate_of;     /* another ticket, whose gate runs and has to end first; 0: none */
	const struct breaker *breaker; /* of what it needs; NULL: not asked */
};

struct blocker {
	const char *owner; /* "person", "worker", "reeve", "time"; "" when there is none */
	bool needs_person;
	bool
	    is_global; /* no matter of this ticket: no supervisor, the kill switch, an open breaker */
	struct buf text; /* what it waits for; empty: nothing */
	struct buf next; /* what to do; may be empty */
	int64_t since_wall_ms;
};
#define BLOCKER_INIT                                                                               \
	{                                                                                          \
		"", false, false, BUF_INIT, BUF_INIT, 0                                            \
	}

/* *ret is BLOCKER_INIT, or used before. */
void blocker_of(const struct ticket *t, const struct blocker_facts *f, struct blocker *ret);
/* Appends how long it is until then, rounded up: "90 s", "12 min", "3 h", "4 days".  The unit is the largest of which
 * there are more than two: who waits wants to know whether to wait here. */
void blocker_add_wait(struct buf *ret, int64_t ms);

void blocker_release(struct blocker *b);

#endif
