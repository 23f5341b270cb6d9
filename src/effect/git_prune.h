/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * git_prune.h: what is left of a ticket that is over goes: its worktrees, its branch, its refs (see git_repo.h for the
 * rules that hold here too).
 *
 *	PRUNE_UNSET	its landing is proved: worktrees and branch
 *	PRUNE_LANDED	the same, also of what landed by another hand; and the refs of what has landed
 *	PRUNE_WORK	what is nowhere else is parked under refs/reeve/<id>/ first, then the same
 *	PRUNE_REFS	all refs below refs/reeve/<id>/, and nothing else
 *
 * Proved is, by commits and at this moment: the target contains it; or the target contains `merge`, the commit that
 * the ticket landed as, and `merge` or `passed`, of which it was made, contains it.  What is not committed and not
 * ignored is parked as by git_worktree_salvage(), in memory, and nothing is removed when some of it cannot be.
 *
 * Idempotent, and killed anywhere it is finished by the next call; refs come first, and the last thing
 * that is there of a worktree is .gone-NAME, for git_prune_rest().  By PRUNE_WORK it holds what the answer tells of the
 * branch, from before that goes: until somebody has noted down the answer, and has the rest removed, another call gives
 * the same one.
 */
#ifndef EFFECT_GIT_PRUNE_H
#define EFFECT_GIT_PRUNE_H

#include "core/state.h"
#include "effect/git_repo.h"

struct git_prune_order {
	enum prune what;
	const char
	    *worktree; /* of the author; that of the reviewer in episode n: the same, review, n */
	const char *review; /* ".review-" */
	const char *gate; /* what the name of a gate\'s worktree ends with; NULL: there are none */
	const char *branch, *target;
	struct oid merge, passed; /* may be unset */
	struct episode_id ep;     /* the last one */
	uint64_t rev;             /* that asked for it */
};

/*
 * OK: flag = all of that went, else text says why it stays.  a = the commit with uncommitted work of the author that was
 * parked now, b = what the branch was at, if that is parked.  With flag, and an order that is not PRUNE_UNSET, text has
 * lines, cleaned: "removed PATH", "removed REF OID", "parked REF OID", and of every other ref of the ticket "kept REF OID".
 */
void git_prune(const char *repo, const struct git_prune_order *o, struct git_result *ret);

/* Of a worktree as it is now: OK: a = the commit that HEAD names or empty, text = the number of files that are
 * uncommitted or untracked, and not ignored. */
void git_prune_look(const char *worktree, struct git_result *ret);

/* What is out of the way already of the worktrees of the order is removed, file by file.  OK, or ENVIRONMENT. */
void git_prune_rest(const char *repo, const struct git_prune_order *o, struct git_result *ret);

#endif
