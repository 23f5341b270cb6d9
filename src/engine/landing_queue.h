/* SPDX-License-Identifier: GPL-2.0-only */
/* landing_queue.h: the queues of core/queue.h, with what only this process knows.  Private to engine/. */
#ifndef ENGINE_LANDING_QUEUE_H
#define ENGINE_LANDING_QUEUE_H

#include "engine/item.h"

/*
 * May this work of a landing begin?  Not while another landing of its target is under way, nor before one
 * that is older and not delayed.  Of one repository, whatever the targets, only one computes, proves or lands at a
 * time: these are short, and git's own locks let no second one in.  There, too, the older verdict goes first.
 */
bool landing_is_next(struct engine *e, const struct item *it, enum work_kind kind);

#endif
