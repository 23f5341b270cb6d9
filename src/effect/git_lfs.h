/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * git_lfs.h: the content that a pointer of git-lfs stands for, from the repository's own store of such
 * objects.  Private to git_fill*.c.  git-lfs is never run and nothing is downloaded.
 */
#ifndef EFFECT_GIT_LFS_H
#define EFFECT_GIT_LFS_H

#include "effect/git_util.h"

#define GIT_LFS_POINTER_MAX 1024 /* a blob that is larger is none */

struct git_lfs {
	char oid[65]; /* SHA-256, hex */
	uint64_t size;
};

/* Is it a pointer?  The pure text of git-lfs v1; one with extensions is not known: false. */
bool git_lfs_parse(struct str blob, struct git_lfs *ret);

/* Where its object is, if it is there. */
void git_lfs_path(git_repository *repo, const struct git_lfs *pointer, struct buf *ret);

#endif
