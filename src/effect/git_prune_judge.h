/* SPDX-License-Identifier: GPL-2.0-only */
/* git_prune_judge.h: may a worktree go?  Private to git_prune.c and git_prune_judge.c. */
#ifndef EFFECT_GIT_PRUNE_JUDGE_H
#define EFFECT_GIT_PRUNE_JUDGE_H

#include "effect/git_place.h"
#include "effect/git_prune_refs.h"

/* One worktree, and what is known of it. */
struct git_prune_tree {
	struct git_place place;
	const char *branch; /* "": detached */
	uint32_t n;         /* episode whose work it holds */
	git_reference *ref; /* NULL: no such branch */
	git_oid head;
	bool has_head;
};
void git_prune_tree_release(struct git_prune_tree *t);

/* Looks at PATH, and all that it holds is proved to have landed, is held by a ref, or (PRUNE_WORK) is parked.  1: it may go,
 * with the branch t->ref; 0: it stays (told); -1: *ret of the prune is the answer.  t: only branch and n are set. */
int git_prune_judge(struct git_prune *g, struct git_prune_tree *t, const char *path);

#endif
