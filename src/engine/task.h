/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * task.h: what a person's command makes of a task: create, edit, assign.  Private to engine/.
 *
 * The fields that the command names are taken over; what they say of other things (repositories, agents,
 * other tickets) is checked here, since the core knows one ticket only.
 */
#ifndef ENGINE_TASK_H
#define ENGINE_TASK_H

#include "engine/item.h"

/* A new ticket, committed; once for one signal, also after a crash.  *ret_refusal other than NONE: nothing was
 * made, and the words (appended; may be none) say why.  *ret_unclear (false before): whether it was made already
 * cannot be told just now; later. */
int task_create(struct engine *e, struct signal *s, enum refusal *ret_refusal,
    struct buf *ret_words, bool *ret_unclear, struct err *err);

bool task_is_changed_by(enum event_kind kind);

/* The task as it would be after the command; sets has_spec and spec of the event. */
void task_after(const struct item *it, struct signal *s, struct spec *ret);

/* What is wrong with the command; NULL: nothing. */
const char *task_fault(struct engine *e, const struct item *it, const struct signal *s);

#endif
