/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * commit.h: the one place where a ticket changes.
 *
 * engine_apply() makes the decision of lifecycle_step() true: history line, new header, one rename, then
 * memory, then events.jsonl.  When the write fails, memory is as it was.
 *
 * When the file turns out to be another one than ours (hand.h), nothing is written, the answer is 0, and
 * it->is_lost is set: whoever goes on from the new state looks at that, or at the state.
 */
#ifndef ENGINE_COMMIT_H
#define ENGINE_COMMIT_H

#include "engine/item.h"

/* d->verdict is VERDICT_APPLY.  text (may be NULL): words that belong to the event. spec (may be NULL):
 * replaces the ticket's. */
int engine_apply(struct engine *e, struct item *it, const struct event *ev,
    const struct decision *d, const struct spec *spec, const char *text, struct err *err);

/* lifecycle_step(), now.  An event that makes the ticket done says whether its repository has a hook `landed`.  The
 * messages of the last revision are delivered before, see notify.h. */
struct decision engine_step(struct engine *e, struct item *it, struct event *ev);

/* A fact of ours: steps and applies.  A refusal means that files and
 * state contradict each other: the item is set aside, nothing is written, 0.  If it closes the episode,
 * outcome.json is written before. */
int
engine_fact(struct engine *e, struct item *it, struct event *ev, const char *text, struct err *err);

/* An event of `reeve` at this instant, with a reason (cleaned, one line). */
void engine_event(struct engine *e, const struct item *it, enum event_kind kind, struct event *ret);
void engine_reason(struct event *ev, struct str words);

#endif
