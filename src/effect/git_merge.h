/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * git_merge.h: a passed commit lands on its target branch (PROTOCOLS P7; see git_repo.h for the rules).
 *
 *	git_merge_compute()	M from (tip O of the target, passed P): objects only, no ref, no file
 *	-- the intent {O, P, M} is committed to the ticket --
 *	git_merge_land()	files of a checked-out target follow, then the ref goes O -> M by
 *				compare-and-swap, then ancestry is proved
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

#include "effect/git_repo.h"

/*
 * a = O, b = M.  M is a merge commit with parents O and P, the given message, author and committer of
 * the repository's configuration (user.name, user.email; "reeve <reeve@localhost>" without), dated
 * when_ms; computing it twice gives the same id.  CONTAINED: P is in O already (a = b = O).
 * CONFLICT: text = the paths, one a line.
 */
void git_merge_compute(const char *repo, const char *target, struct oid passed, const char *message,
    int64_t when_ms, struct git_result *ret);

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
 * OK: the ref contains M and M contains P, both read again after the swap; the ref update is durable.
 */
void git_merge_land(const char *repo, const char *target, struct oid from, struct oid merge,
    struct oid passed, struct git_result *ret);

#endif
