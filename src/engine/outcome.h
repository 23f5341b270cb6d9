/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * outcome.h: how an episode ended: judged from its files, and written down in eight fields.  Private to
 * engine/.
 */
#ifndef ENGINE_OUTCOME_H
#define ENGINE_OUTCOME_H

#include "engine/item.h"

/* Sets ev->ending and ev->reason of a CLOSED event from exit.json and the files of the episode; and ev->commit
 * when it died without a report, and a refused one names a commit and may be its own (`head`: what a report
 * without a commit would mean; may be unset). */
void outcome_judge(struct engine *e, const struct item *it, const struct episode_seen *seen,
    struct oid head, struct event *ev);

/* outcome.json, before the event that closes the episode is committed; repeatable.  d: its decision. */
int outcome_write(struct engine *e, const struct item *it, const struct event *ev,
    const struct decision *d, struct err *err);

#endif
