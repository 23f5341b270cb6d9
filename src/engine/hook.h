/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * hook.h: the command `landed` of a repository is run for a ticket that is done.  Private to engine/.
 *
 *	EVENT_MERGED (or done without a landing) with owes_hook -> ACTION_HOOK -> WORK_HOOK ->
 *	tickets/N/landed.txt -> EVENT_HOOK_RUN, or EVENT_HOOK_FAILED and again after a while
 *
 * At least once: a crash between the command's end and EVENT_HOOK_RUN runs it again, and one that was under
 * way when its supervisor ended may still be.  Never for what was done before there was a hook.  One at a
 * time, so that whatever it waits for keeps no landing waiting.
 */
#ifndef ENGINE_HOOK_H
#define ENGINE_HOOK_H

#include "engine/item.h"

#define HOOK_OUTPUT "landed.txt" /* in the directory of the ticket: what the last run said */

/* Begins WORK_HOOK; without a command (any more) there is nothing to do, which is told. */
int hook_begin(struct engine *e, struct item *it, bool *ret_changed, struct err *err);

/* What the world answered to it. */
int hook_answer(struct engine *e, struct item *it, const struct work_result *r, struct err *err);

#endif
