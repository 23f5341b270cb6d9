/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * teardown.h: the command of [repo] teardown, run in a worktree right before it goes.
 *
 *	teardown_set()	in a helper process, before its work: what is run wherever that work removes a worktree
 *	teardown_run()	by git_remove.c, the one place where a worktree goes, when it is settled that it goes
 *
 * It has TEARDOWN_MS, and the environment of the setup: REEVE_STATE, REEVE_TICKET, REEVE_PORT, REEVE_WORKTREE,
 * REEVE_ROLE.  What it started and left is ended.  Its failure keeps no worktree: it is logged, with the end of
 * what it printed.  It runs again when the process is killed in it; not when it failed.
 *
 * That it is remembered beside the calls, and not in their arguments, is a matter of a helper process: that has one
 * piece of work, and ends.
 */
#ifndef EFFECT_TEARDOWN_H
#define EFFECT_TEARDOWN_H

#include "core/id.h"

#define TEARDOWN_MS 60000

struct teardown {
	const char *command; /* command line; see words.h */
	const char *state;   /* path of the state directory */
	struct ticket_id ticket;
	uint32_t port;    /* REEVE_PORT; 0: none */
	const char *tag;  /* NAME=value, as the processes of the episode have it */
	bool is_reviewer; /* its worktree */
};

/* Borrowed until the process ends. */
void teardown_set(const struct teardown *t);

/* False: none is set. */
bool teardown_run(const char *worktree);

#endif
