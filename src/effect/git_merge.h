/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * git_merge.h: a passed commit lands on its target branch (PROTOCOLS P7; see git_repo.h for the rules).
 *
 *	git_merge_compute()	M from (tip O of the target, passed P) in one of three ways: objects only, no
 *				ref, no file
 *	-- the intent {O, P, M} is committed to the ticket --
 *	git_merge_land()	files of a checked-out target follow, then the ref goes O -> M by
 *				compare-and-swap, then ancestry is proved
 *
 * What lands is what the intent names, whatever the configuration says by then.  That M is a landing of P on O is
 * proved anew from the objects, each time: M is on top of O; and P is in M, or M ends with the line that names P
 * and nothing but single commits lies between O and M, or M is O and has all that P changes.
 *
 * Both can be repeated at any time; land() finishes what a crash left half done:
 *
 *	crash after		disk			land() again
 *	nothing yet		files O, ref O		does it
 *	some files		files mixed, ref O	the rest follows (a file that already is as in M is no
 *							local change), ref moves
 *	all files, index	files M, ref O		ref moves
 *	ref			files M, ref M		M is contained in the ref: OK, nothing to do
 */
#ifndef EFFECT_GIT_MERGE_H
#define EFFECT_GIT_MERGE_H

#include "core/state.h"
#include "effect/git_repo.h"

struct git_landing {
	const char *target; /* branch */
	struct oid passed;
	enum landing way;
	const char *message;  /* of a merge or squash, without trailers */
	const char *trailers; /* "Name: value" lines, each with its end; NULL: none */
	int64_t when_ms;
};

/*
 * a = O, b = M, c = the tree of M.  Objects only, and computing it twice gives the same id.
 *
 *	LANDING_MERGE	a commit with the parents O and P.
 *	LANDING_SQUASH	one commit on O with all changes of P; below the message the subjects of what it is made
 *			of.  Its author is theirs, if all of them have one.
 *	LANDING_REBASE	the commits of P made again on O, author and message kept, without those that change
 *			nothing any more; or P itself, when it stands on O (no message is used then).
 *
 * Else author and committer are those of the repository's configuration (user.name, user.email; "reeve
 * <reeve@localhost>" without), dated when_ms.  M, unless it is P, ends with the trailers and "Reeve-Commit: P".
 *
 * CONTAINED: P is in O already, or (squash, rebase) nothing of it changes O any more (a = b = O).
 * CONFLICT: text as in git_conflict.h; with flag, a sentence for the author instead: P cannot be rebased.
 */
void git_merge_compute(const char *repo, const struct git_landing *how, struct git_result *ret);

/*
 * Would git_merge_land() be held just now?  OK (a = tip, b = M), HELD, MOVED, as there; nothing lands.
 * So that an intent is written only for a landing that can succeed.
 */
void git_merge_check(const char *repo, const char *target, struct oid from, struct oid merge,
    struct oid passed, struct git_result *ret);

/*
 * Has it landed?  OK: as git_merge_land(); MOVED: `target` does not hold M (which may be in it later).  Nothing
 * is changed.
 */
void git_merge_prove(const char *repo, const char *target, struct oid from, struct oid merge,
    struct oid passed, struct git_result *ret);

/*
 * Moves `target` from O to M.  Every worktree of the repository (the main one included) whose HEAD
 * names the target follows: only paths that differ between O and M are written, and only when none of
 * them has local changes or an untracked file in the way, else HELD with those paths and nothing was
 * written.  A detached HEAD is left alone.  MOVED: the ref is neither at O nor contains M (files that
 * had followed are put back as far as they are still as in M).
 * OK: the ref contains M, read again after the swap, and M is a landing of P; the ref update is durable.
 */
void git_merge_land(const char *repo, const char *target, struct oid from, struct oid merge,
    struct oid passed, struct git_result *ret);

#endif
