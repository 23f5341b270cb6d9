/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * task.h: a piece of work, carried out in the helper process that job.h forked.
 *
 * task_run() is the child's main function: work in, one struct git_result out, through the pipe.
 */
#ifndef DAEMON_TASK_H
#define DAEMON_TASK_H

#include "effect/git_repo.h"
#include "engine/world.h"

void task_run(void *work, int out_fd); /* work: const struct work * */

/* What would land: a = tip of the target, b = the commit that it becomes, c = its tree; or CONFLICT, CONTAINED. */
void task_merge(const struct work *w, struct git_result *r);

/* How long it may take. */
int64_t task_timeout_ms(const struct work *w);

enum work_answer task_answer(enum git_answer a);

#endif
