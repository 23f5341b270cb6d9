/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * git_bring.h: what git does not bring into a worktree: `copy` and `link` of the configuration.
 *
 * Each path is one of the main worktree.  It comes into the worktree when it is there, is not tracked (it would
 * show as a change), is not in the worktree yet, and git ignores it there: what is not ignored would be salvaged,
 * and the next `git add .` of a worker would commit it, secrets and all.  What does not come is said, and is no
 * failure; a full disk is one.
 *
 * Crash points.  `reeve-brought` in the administrative directory of the worktree is written before the first
 * byte, and names all that was ever brought: git_bring_is_brought() keeps it out of every salvage, also when a
 * worker has edited .gitignore since.  `reeve-bringing` names what is on its way: what a killed call left there is
 * half, no worker has seen it, and the next call removes it first.  One syncfs, then that file goes.
 */
#ifndef EFFECT_GIT_BRING_H
#define EFFECT_GIT_BRING_H

#include "base/vec.h"
#include "effect/git_repo.h"

/*
 * repo: the main worktree; path: the worktree, after git_worktree_prepare().  OK: text says of each path what
 * became of it, a line each.  ENVIRONMENT: text; what was half is gone again.
 */
void git_bring(const char *repo, const char *path, const struct strvec *copy,
    const struct strvec *link, struct git_result *ret);

/* The paths that were brought into the worktree with this administrative directory. */
void git_bring_list(const char *admin, struct strvec *ret);

/* Is path (as git writes it, from the top of the worktree) one of them, or beneath one? */
bool git_bring_covers(const struct strvec *list, const char *path);

#endif
