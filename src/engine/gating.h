/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * gating.h: what would land passes the gates of its repository first (T54, T58).  Private to engine/.
 *
 *	delivered, with gate-at = review -> WORK_GATE -> EVENT_GATED -> to its reviewer, or person
 *	approved -> WORK_COMPUTE -> this tree has not passed -> WORK_GATE -> EVENT_GATED ->
 *	WORK_COMPUTE again -> this tree has passed -> EVENT_INTENT
 *
 * What passed is a tree, and which command lines it passed; both are in the ticket.  So a landing that is held,
 * or a supervisor that starts anew, repeats no gate, and a target that moved, or another configuration, does.
 *
 * A gate that nobody wants any more (the ticket was parked, changed, given back; control/stop) is cancelled, and
 * its answer means nothing.  One that ends while the kill switch is on counts.
 */
#ifndef ENGINE_GATING_H
#define ENGINE_GATING_H

#include "engine/item.h"

/* For struct facts. */
bool gating_is_needed(const struct engine *e, const struct item *it);

/* Nobody else's gate runs for the same target: what passes is what lands next, and a repository with many
 * tickets does not keep the others from theirs. */
bool gating_is_next(const struct engine *e, const struct item *it);

/* The merge of this tree may land; else it->needs_gate is set, and the next look begins a gate. */
bool gating_has_passed(const struct engine *e, struct item *it, struct oid tree);

/* Approved, and it has passed: as long as its target stays where it is, it can land at once. */
bool gating_is_fresh(const struct engine *e, const struct item *it);

/* Completes the work of a gate that is about to begin. */
struct gating_work {
	struct buf gates, lock, tag;
};
#define GATING_WORK_INIT                                                                           \
	{                                                                                          \
		BUF_INIT, BUF_INIT, BUF_INIT                                                       \
	}
void gating_work(struct engine *e, struct item *it, struct work *w, struct gating_work *ret);
void gating_work_release(struct gating_work *g);

/* Before each look: the gate that runs for it is cancelled when it is not wanted any more. */
void gating_watch(struct engine *e, struct item *it);
void gating_cancel(struct engine *e, struct item *it); /* nothing when none runs */

int gating_answer(struct engine *e, struct item *it, const struct work_result *r, struct err *err);

#endif
