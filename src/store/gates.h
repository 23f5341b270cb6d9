/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * gates.h: tickets/N/gates: what the gates of a ticket left, for people.  The supervisor decides nothing by it.
 *
 *	lock		held by a gate that runs, and by whatever it started
 *	<n>-merge.log	what its commands said on the merge, <n>-base.log: on the target without it
 */
#ifndef STORE_GATES_H
#define STORE_GATES_H

#include "base/vec.h"
#include "core/id.h"
#include "store/root.h"

#define GATES_MAX 2 /* that run at once, in all repositories: a supervisor begins no more */

struct gate_seen {
	bool is_running;       /* a gate runs, now */
	bool has_left;         /* none does, and something that one started lives on */
	int64_t since_wall_ms; /* with is_running; 0: it does not say */
};

/* Probes the lock.  One that cannot be probed is neither. */
void gate_look(struct root *r, struct ticket_id id, struct gate_seen *ret);

/* The paths of the logs of the last gate, merge first; none: none was run, or they are gone. */
void gate_logs(struct root *r, struct ticket_id id, struct strvec *ret);

#endif
