/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * runner.h: helper processes in the loop: started, read, ended at their deadline, answered for.
 *
 * Every runner_start() that returned 0 is answered once, later, unless runner_close() comes first (then
 * the helpers are killed: all that they do can be done again.  A gate is only asked to end, and does by itself).
 */
#ifndef DAEMON_RUNNER_H
#define DAEMON_RUNNER_H

#include <event2/event.h>

#include "engine/world.h"

struct runner;
typedef void runner_answer_fn(
    void *self, enum work_kind kind, struct episode_id ep, const struct work_result *r);

struct runner *runner_open(struct event_base *base, runner_answer_fn *on_answer, void *self);
void runner_close(struct runner *r);

/* ERR_LIMIT: enough helpers are at work. */
int runner_start(struct runner *r, const struct work *w, struct err *err);

/* Asks that work of this ticket to end; it is answered, soon. */
void runner_cancel(struct runner *r, enum work_kind kind, struct ticket_id id);

#endif
