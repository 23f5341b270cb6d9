/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * git_kind.h: which kinds of repositories are worked with.  Private to git_repo.c.
 *
 *	git_kind_of_place()	where its files and its administration are, and whether its index can be read
 *	git_kind_of_tree()	what the base branch holds, against what the configuration says of it
 *
 * Each kind either works like any other or is refused here, when it is added and before every start, in
 * one sentence: what it is, why that does not go, what to do instead.  The list for people is in
 * reeve-state(5), REPOSITORIES.  Both only read.  False: *ret is the answer.
 *
 * Why so early: what libgit2 1.5 does not know it often does not see.  It leaves files out, writes other
 * bytes than git would, or takes a directory for the main worktree that is none; and every sign of that is a
 * worker's commit which undoes somebody's work.
 */
#ifndef EFFECT_GIT_KIND_H
#define EFFECT_GIT_KIND_H

#include "effect/git_util.h"

/* repo: the main worktree's, or any worktree's, which is then judged as that. */
bool git_kind_of_place(git_repository *repo, struct git_result *ret);

/* base: a commit, on the branch of that name. */
bool git_kind_of_tree(
    git_repository *repo, const git_oid *base, const char *branch, struct git_result *ret);

#endif
