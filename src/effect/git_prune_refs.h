/* SPDX-License-Identifier: GPL-2.0-only */
/* git_prune_refs.h: the proofs, and the refs, of a prune.  Private to git_prune.c and git_prune_refs.c. */
#ifndef EFFECT_GIT_PRUNE_REFS_H
#define EFFECT_GIT_PRUNE_REFS_H

#include "effect/git_prune.h"
#include "effect/git_util.h"

struct git_prune {
	const char *repo_path;
	const struct git_prune_order *o;
	struct git_result *ret;
	git_repository *repo;
	git_oid target, merge, passed;
	bool has_target, has_merge, has_passed; /* has_merge: and the target contains it */
	struct buf no_proof;  /* why nothing can be proved to have landed; empty: it can */
	struct buf said;      /* lines of the answer */
	struct strvec parked; /* refs that keep what would be lost, by this order */
};
bool git_prune_open(struct git_prune *g); /* false: *ret is the answer */
void git_prune_release(struct git_prune *g);

/* Has it landed?  1, 0, -1 (*ret is the answer). */
int git_prune_is_proved(struct git_prune *g, const git_oid *id);

/* Has it landed, or does a ref of the ticket keep it? */
int git_prune_is_held(struct git_prune *g, const git_oid *id);

/* Is a ref of the ticket at it already, most often that of its report?  One is enough.  1, 0, -1. */
int git_prune_is_kept(struct git_prune *g, const git_oid *id);

/* A ref of this order keeps it from now on.  False: *ret is the answer. */
bool git_prune_park(struct git_prune *g, const git_oid *id, bool is_branch);

/* The refs that go by this order; then the lines about those that stay. */
bool git_prune_refs(struct git_prune *g);

/* A line of the answer; id may be NULL. */
void git_prune_say(struct git_prune *g, const char *verb, const char *name, const git_oid *id);
void git_prune_note_salvage(struct git_prune *g, uint32_t n);

#endif
