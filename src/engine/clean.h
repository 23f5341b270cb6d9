/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * clean.h: what is left of a ticket that is over goes.  Private to engine/.
 *
 *	ACTION_CLEAN -> WORK_CLEAN: judged, parked, out of the way -> EVENT_PRUNED or EVENT_KEPT
 *		     -> WORK_CLEAN of the rest, as long as that takes
 *
 * EVENT_PRUNED tells where the work is that was parked.  A landed ticket whose worktree just went has none: there is
 * nothing to tell.  Why a worktree stays is told once, as the cause of the ticket; it is tried again when a person asks
 * (`reeve prune`) and when a supervisor starts.
 */
#ifndef ENGINE_CLEAN_H
#define ENGINE_CLEAN_H

#include "core/reconcile.h"
#include "engine/item.h"

int clean_begin(
    struct engine *e, struct item *it, const struct facts *f, bool *ret_changed, struct err *err);
int clean_answer(struct engine *e, struct item *it, const struct work_result *r, struct err *err);

#endif
