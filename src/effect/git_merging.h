/* SPDX-License-Identifier: GPL-2.0-only */
/* git_merging.h: what the files that compute a landing share.  Private to git_merge*.c, git_remake.c. */
#ifndef EFFECT_GIT_MERGING_H
#define EFFECT_GIT_MERGING_H

#include "effect/git_merge.h"
#include "effect/git_util.h"

struct git_merging {
	git_repository *repo;
	const char *path; /* as it was named */
	const struct git_landing *how;
	git_oid tip, passed, base;
	git_commit *ours, *theirs; /* of tip and passed */
	struct git_result *ret;
};

/* False: *m->ret is the answer, about this failure of libgit2 or these conflicts. */
bool git_merging_fail(struct git_merging *m, const char *what);
bool git_merging_conflicts(struct git_merging *m, git_index *index, git_commit *at);

/* OK: `id` may land.  CONTAINED: the target has it all. */
void git_merging_done(struct git_merging *m, const git_oid *id);
void git_merging_contained(struct git_merging *m);

/* 1: on O nothing of P changes anything; 0; negative. */
int git_merging_is_contained(
    git_repository *repo, const char *path, const git_oid *from, const git_oid *passed);

/* The commits of P that are not in O, the oldest first. */
int git_merging_walk(const struct git_merging *m, git_revwalk **ret);

/* LANDING_REBASE; and would it leave anything to land?  False there: it would, or *m->ret is the answer. */
void git_remake(struct git_merging *m);
bool git_remake_is_empty(struct git_merging *m);

/* --- git_merge_words.c --- */

/* The message of a merge or squash: that of the landing, the subjects of a squash, the trailers. */
void git_merge_message(const struct git_merging *m, struct buf *ret);

/* A message of somebody else's, with our trailers at its end. */
void git_merge_add_trailers(const struct git_merging *m, struct buf *message);

/* Is `passed` what the last line of this message names?  Only commits that were made here say so. */
bool git_merge_is_landing_of(const git_commit *commit, const git_oid *passed);

/* Who made all of it, or NULL: more than one did. */
int git_merge_author(const struct git_merging *m, git_signature **ret);

#endif
