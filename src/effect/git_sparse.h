/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * git_sparse.h: which paths a sparse checkout leaves out.  Private to git_follow*.c.
 *
 * What the index knows already carries a mark (skip-worktree); this is for paths that are new.  The patterns
 * of info/sparse-checkout mean what those of gitignore(5) mean, turned round: what they match is there.
 */
#ifndef EFFECT_GIT_SPARSE_H
#define EFFECT_GIT_SPARSE_H

#include "effect/git_util.h"

struct git_sparse {
	git_repository *rules; /* NULL: nothing is left out */
};

/* The worktree that repo was opened in.  False: the patterns are there and cannot be read. */
bool git_sparse_open(struct git_sparse *s, git_repository *repo);
void git_sparse_release(struct git_sparse *s);

bool git_sparse_leaves_out(const struct git_sparse *s, const char *path);

#endif
