/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * git_submodule.h: what the submodules of a worktree hold that is nowhere else.  Private to git_remove.c.
 *
 * The repository of a submodule in a linked worktree lies in the administrative directory of that worktree
 * (or in the worktree itself), and goes with it.  A commit made there, which the superproject may name by
 * now, is then only where it was pushed to.
 */
#ifndef EFFECT_GIT_SUBMODULE_H
#define EFFECT_GIT_SUBMODULE_H

#include "effect/git_util.h"

/* Is there a commit in one that no remote-tracking branch of it has?  What cannot be told is so.
 * path: the worktree, admin: its administrative directory.  ret: the name of the first one. */
bool git_submodule_is_needed(const char *path, const char *admin, struct buf *ret);

#endif
