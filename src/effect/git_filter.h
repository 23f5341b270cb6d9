/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * git_filter.h: does git write other bytes than are stored, in a way that libgit2 1.5 does not?  Private to
 * git_*.c.
 *
 * A filter driver whose program is configured (git lfs, say), or working-tree-encoding.  libgit2 writes such
 * files as they are stored, and says nothing; a landing must not (a new worktree comes by git_fill.h).  Line
 * ends and ident are known to it.  A filter attribute without a configured program does nothing in git either.
 */
#ifndef EFFECT_GIT_FILTER_H
#define EFFECT_GIT_FILTER_H

#include "effect/git_util.h"

/* why (may be NULL) gets "the filter program \"lfs\"" or "the encoding \"UTF-16\"". */
bool git_filter_needs(git_repository *repo, git_config *config, git_attr_options *opts,
    const char *path, struct buf *why);

/* Attributes as that commit has them, whatever the files of the worktree say. */
void git_filter_at(const git_oid *commit, git_attr_options *ret);

#endif
