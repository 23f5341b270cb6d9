/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * task_gate.h: WORK_GATE: do the gates of a repository pass on what would land (T54)?  Runs in a helper
 * process, and ends early by SIGTERM.
 *
 *	what an earlier attempt left is ended (its lock, its tag), the lock is taken
 *	the merge M of the pinned commit and the tip O of its target is made, as for a landing
 *	a worktree of M, detached; the command lines, one after another, until one does not pass
 *	did one not pass: the same on O
 *	the worktree goes
 *
 *	on M		on O		answer
 *	passed		-		OK
 *	FAILED, OVER	passed		BAD: it is the merge
 *	FAILED, OVER	FAILED, OVER	BAD and flag: the target does not pass, either
 *	UNRUN		passed		BAD: it cannot be executed on the merge, and can on the target
 *	UNRUN		FAILED, OVER	BAD and flag
 *	any of these	UNRUN, LOST	ENVIRONMENT and flag: no result
 *	LOST		-		ENVIRONMENT and flag: no result
 *	STOPPED		STOPPED		ENVIRONMENT: nobody listens
 *
 * A time limit that is exceeded is so no result by itself: it depends on what the target needs.
 *
 * Answer: a = O, b = M, c = tree of M.  text: the first line says what happened; of BAD, what follows is for the
 * author: the end of what the command said, and where all of it is.
 *
 * Logs: gates/<n>-merge.log and gates/<n>-base.log in the ticket's directory, n rising, of the last
 * TASK_GATE_KEPT times.  gates/lock is held as long as anything of a gate lives; its text says since when.
 */
#ifndef DAEMON_TASK_GATE_H
#define DAEMON_TASK_GATE_H

#include "effect/git_repo.h"

#define TASK_GATE_KEPT 5

struct work;

void task_gate(const struct work *w, struct git_result *r);

/* How long it may take, without what git needs. */
int64_t task_gate_ms(const struct work *w);

#endif
