/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * git_token.h: locks of git's that tell whether their maker lives.  Private to git_ref.c and git_land.c.
 *
 * A lock of git's is a file NAME.lock that exists; one that a killed process has left looks like a live
 * one, and stops the branch or the worktree for reeve and for the person.  Ours are hard links to a
 * token, a file in the common directory which its taker holds under an OFD lock all the while.  So
 * whoever holds the token and finds a NAME.lock with its inode number knows that the maker has died.
 * Locks of anybody else are never removed.
 */
#ifndef EFFECT_GIT_TOKEN_H
#define EFFECT_GIT_TOKEN_H

#include "effect/git_util.h"

struct git_token {
	char *path;
	int fd;
	struct stat st;
};

/* <common directory>/<name>.  0 or errno; EAGAIN when it is held and not waited for. */
int git_token_take(struct git_token *t, git_repository *repo, const char *name, bool wait);
void git_token_release(struct git_token *t); /* accepts a zeroed one */

/* Makes the lock.  0 or errno: EEXIST when somebody has it. */
int git_token_lock(const struct git_token *t, const char *lock);

/* Removes the lock if it is one of ours, which is then a dead one. */
void git_token_sweep(const struct git_token *t, const char *lock);

#endif
