/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * git_conflict.h: what stands against what, in words for whoever has to make it one.  Private to git_merge*.c.
 *
 *	src/a.c
 *	img.png
 *
 *	src/a.c: changed on both sides
 *	  in main:     1a2b3c4 parse numbers, too
 *	  what passed: 9f8e7d6 parse dates
 *	    <<<<<<< main
 *	    ...
 *	img.png: changed on both sides; it is no text
 *
 * The first paragraph is the paths alone, each once.  Names, subjects and lines are strangers' words: cleaned,
 * and bounded, as is the whole.
 */
#ifndef EFFECT_GIT_CONFLICT_H
#define EFFECT_GIT_CONFLICT_H

#include "effect/git_util.h"

struct git_conflict {
	git_repository *repo;
	git_index *index; /* with the conflicts */
	const char *target;
	git_oid base, ours, theirs; /* commits */
	git_commit *at; /* the one that does not fit, of a rebase; NULL: all of theirs */
};

/* Appends.  0, or libgit2's code: the paths could not be listed. */
int git_conflict_tell(const struct git_conflict *c, struct buf *ret);

#endif
