/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * landing.h: the way of a passed commit to its target, in the order of PROTOCOLS P7.  Private to engine/.
 *
 *	approved -> WORK_COMPUTE (the merge M, and would it land?) -> gating.h -> EVENT_INTENT committed ->
 *	WORK_LAND (files follow, the ref moves) -> EVENT_MERGED
 *
 * Whose turn it is says landing_queue.h.  With the kill switch on, an intent is only proved to have landed,
 * or withdrawn.
 */
#ifndef ENGINE_LANDING_H
#define ENGINE_LANDING_H

#include "engine/item.h"

/* Begins WORK_COMPUTE, WORK_GATE, WORK_PROVE or WORK_LAND, unless another one is first.  *ret_changed is set when
 * it could not be begun: who is next is another one now. */
void landing_begin(struct engine *e, struct item *it, enum work_kind kind, bool *ret_changed);

/* The merge has conflicts: back to the author. */
int
landing_conflict(struct engine *e, struct item *it, const struct work_result *r, struct err *err);

/* What the world answered to it. */
int landing_answer(struct engine *e, struct item *it, enum work_kind kind,
    const struct work_result *r, struct err *err);

#endif
