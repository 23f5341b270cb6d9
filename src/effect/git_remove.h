/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * git_remove.h: how a worktree goes.  Private to git_remove.c and git_prune.c.
 *
 *	judged	nothing can be lost, or it is parked under a ref
 *	mark	reeve-gone in the administrative directory
 *	branch	goes, if it is at the tip that was judged: while PATH is there, which is what tells that all this is to be done
 *	rename	PATH -> .gone-NAME beside it, and the parent is synced: from here on nothing is in the way
 *	admin	the administrative directory goes, and git knows no such worktree
 *	rest	.gone-NAME goes: as long as a big tree takes, and whenever
 *
 * A kill at any point leaves something that the next attempt goes on from: the mark tells that all was
 * judged, .gone-NAME that all but itself and the administrative directory is gone.
 */
#ifndef EFFECT_GIT_REMOVE_H
#define EFFECT_GIT_REMOVE_H

#include "effect/git_place.h"

#define GIT_REMOVE_MODULE "its submodule %s holds commits that are only there; push them"

/* OK, and flag false: why it stays. */
void git_remove_keep(struct git_result *ret, const char *fmt, ...) printf_like(2, 3);

/* git worktree lock */
bool git_remove_is_locked(const struct git_place *p);

/* Its branch: GIT_ENOTFOUND in *ret_code: none.  1; 0: it is not ours to remove (told); -1: *ret is the answer. */
int git_remove_branch(
    struct git_place *p, const char *branch, git_reference **ret_ref, struct git_result *ret);

/* The first of these, by itself and with a line of its own: from here on nothing in it is judged any more.  0 or errno. */
int git_remove_mark(struct git_place *p, const char *line);

/* What the repository wants run before its worktree goes; once. */
void git_remove_teardown(const struct git_place *p);

/* Mark, branch (ref may be NULL), rename, admin.  False: *ret is the answer. */
bool git_remove_all(struct git_place *p, git_reference *ref, struct git_result *ret);

/* The teardown first. */
bool git_remove_files(struct git_place *p, git_reference *ref, struct git_result *ret);

/* What a kill after the rename left of it: the administrative directory.  False: *ret is the answer. */
bool git_remove_admin(const char *repo_path, const char *path, struct git_result *ret);

/* ".gone-NAME" beside path, to be freed. */
char *git_remove_gone(const char *path);

/* path: of the worktree that was; nothing there is fine. */
bool git_remove_rest(const char *path, struct git_result *ret);
bool git_remove_has_rest(const char *path);

#endif
