/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * git_remove.h: how a worktree goes.  Private to git_remove.c, git_prune.c, git_place.c and git_worktree.c.
 *
 *	judged	nothing can be lost, or it is parked under a ref; once more, when what comes before the mark took its time
 *	mark	reeve-gone in the administrative directory, of use only once PATH is gone
 *	rename	PATH -> .gone-NAME beside it, and the parent is synced: from here on nobody finds it by its name
 *	branch	goes, if it is at the tip that was judged; if it does not, PATH comes back
 *	admin	the administrative directory goes, and git knows no such worktree
 *	rest	.gone-NAME goes: as long as a big tree takes, and whenever
 *
 * No judgement is remembered: while PATH is there, with a mark or without one, somebody may work in it, and every
 * attempt judges it anew.  The branch outlives PATH, so that there is always a HEAD to judge its files by.  A kill at
 * any point leaves something that the next attempt goes on from: .gone-NAME holds nothing that was not judged (but for
 * what was saved in the milliseconds between judgement and rename), and tells that the branch and the administrative
 * directory may still be there.
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

/* Mark and rename; line: what the mark holds, NULL: nothing of interest.  False: *ret is the answer, and PATH is where
 * it was. */
bool git_remove_away(struct git_place *p, const char *line, struct git_result *ret);

/* Branch (ref may be NULL).  False: *ret is the answer, and PATH is back if this attempt has renamed it and the branch is
 * still there. */
bool git_remove_ref(struct git_place *p, git_reference *ref, struct git_result *ret);

/* Admin.  False: *ret is the answer. */
bool git_remove_record(struct git_place *p, struct git_result *ret);

/* What takes its time, so that PATH is judged again if there was anything: the rest of an earlier worktree of this name
 * goes, and what the repository wants run before its worktree goes is run; once.  1, 0: there was nothing, -1: *ret is
 * the answer. */
int git_remove_prepare(const struct git_place *p, struct git_result *ret);

/* These three.  False: *ret is the answer. */
bool git_remove_all(struct git_place *p, git_reference *ref, struct git_result *ret);

/* git_remove_prepare() first. */
bool git_remove_files(struct git_place *p, git_reference *ref, struct git_result *ret);

/* What a kill after the rename left of it: the administrative directory.  False: *ret is the answer. */
bool git_remove_admin(const char *repo_path, const char *path, struct git_result *ret);

/* ".gone-NAME" beside path, to be freed. */
char *git_remove_gone(const char *path);

/* path: of the worktree that was; nothing there is fine. */
bool git_remove_rest(const char *path, struct git_result *ret);
bool git_remove_has_rest(const char *path);

#endif
