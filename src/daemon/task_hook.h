/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * task_hook.h: the command of a hook, in the helper process; see task.h.
 *
 * It runs without a shell of its own, in the main worktree, with stdin from /dev/null, in a process group that is
 * ended when its time is over.  OK: it ended with 0; BAD: otherwise.  text: how it ended, on a line, then the
 * first bytes of what it said on both outputs.
 */
#ifndef DAEMON_TASK_HOOK_H
#define DAEMON_TASK_HOOK_H

#include "effect/git_repo.h"
#include "engine/world.h"

#define TASK_HOOK_MS     300000
#define TASK_HOOK_OUTPUT ((size_t)64 * 1024)

void task_hook(const struct work *w, struct git_result *r);

#endif
