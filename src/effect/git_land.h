/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * git_land.h: one landing, between the files that carry it out.  Private to git_land*.c.
 *
 *	git_land.c		the order of it
 *	git_land_trees.c	the worktrees that follow: which, their locks, the way back
 *	git_land_proof.c	that what lands is what passed
 *
 * Functions that return bool: false means that *l->ret is the answer.
 */
#ifndef EFFECT_GIT_LAND_H
#define EFFECT_GIT_LAND_H

#include "effect/git_follow.h"

enum git_land_mode {
	LAND_DO,
	LAND_CHECK, /* say what would be in the way, and land nothing */
	LAND_PROVE, /* say whether it has landed */
};

struct git_land {
	git_repository
	    *repo; /* the main worktree's; of the common directory when path is a linked one */
	const char *path;
	const char *target;
	git_oid from, merge, passed;
	enum git_land_mode mode;
	struct git_token token;
	struct {
		struct git_follow *v;
		size_t n;
		size_t cap;
	} follow;
	struct git_result *ret;
};

/* The files go back: the branch is at `tip` now. */
void git_land_say_moved(struct git_land *l, const git_oid *tip);

/* Is `b` in `a`? */
bool git_land_contains(struct git_land *l, const git_oid *a, const git_oid *b, bool *ret_yes);

/* M is a landing of P on O (git_merge.h); else nothing was done. */
bool git_land_is_honest(struct git_land *l, const git_oid *tip);

/* After a kill: locks of ours, and markers of landings that the branch (at `tip`) contains by now. */
void git_land_sweep_all(struct git_land *l, const git_oid *tip);

/* Finds the worktrees whose HEAD names the target; held gets those that are away. */
bool git_land_gather(struct git_land *l, struct buf *held);
bool git_land_lock(struct git_land *l);

/* Half-done work of landings that are not this one any more (their ticket was cancelled, say). */
bool git_land_settle_others(struct git_land *l, const git_oid *now);

/* Puts back what had followed.  The answer so far stays, unless putting back fails. */
void git_land_back(struct git_land *l, const git_oid *now);

#endif
