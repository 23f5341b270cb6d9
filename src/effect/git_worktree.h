/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * git_worktree.h: the worktree of a ticket (see git_repo.h for the rules that hold here too).
 *
 * A worktree is named by the last component of its path (`12-fix-login`); its administrative directory
 * is <gitdir>/worktrees/<that name>.  Everything is idempotent: a half-made attempt of ours (the
 * administrative directory or the directory without the other, a missing .git file) is completed or
 * replaced; what is not ours is never touched.
 *
 * Its .git file names that directory by a relative path, so that a repository and its worktrees may be
 * moved together; the way back is absolute, and mended by the next git_worktree_prepare().
 */
#ifndef EFFECT_GIT_WORKTREE_H
#define EFFECT_GIT_WORKTREE_H

#include "effect/git_repo.h"

/*
 * Makes sure that `path` is a worktree of `repo` on `branch`; the branch is created at base_id when it
 * does not exist.  branch "": on a detached HEAD at base_id (a reviewer's).  An existing, whole worktree
 * on that branch is left as it is, files and all (the work of an earlier episode); flag = it has
 * uncommitted changes.  One whose removal was begun and not finished is removed first.  A dead index.lock or HEAD.lock in *its*
 * administrative directory is removed (its episode is closed when this is called).
 * OK: a = the commit that HEAD names.  ENVIRONMENT, and OWN (something else is in its place, the branch is checked out
 * elsewhere, its HEAD or index cannot be read): text; and what this call began is removed again.
 * Parents of `path` are created, mode 0700; in it, the permissions are as the .git directory of the
 * repository has them.  git_fill.h tells which files come, and how; it starts a thread, so this is for a
 * helper process only.
 */
void git_worktree_prepare(const char *repo, const char *path, const char *branch,
    struct oid base_id, struct git_result *ret);

/*
 * Work without a verdict: if the worktree has uncommitted changes (untracked, not ignored files
 * included), commits them, built in memory on top of its HEAD, to refs/reeve/<ep>-salvage; so it does without any when
 * HEAD is detached, and holds commits beyond base_id that no other ref names.  Index and files stay as they are.  OK: a = the salvage commit or empty, b = the commit that HEAD names,
 * flag = b holds work beyond base_id.  A worktree that is not there: OK with everything empty.
 */
void git_worktree_salvage(const char *repo, const char *path, struct oid base_id,
    struct episode_id ep, struct git_result *ret);

/*
 * Removes the worktree and its branch (if not "") when nothing can be lost: the branch tip is contained in
 * `landed`, there are no uncommitted or untracked (not ignored) files, and no submodule of it has commits
 * that were not pushed.  OK: flag = removed (or was not there); flag false: text says why it was kept.
 */
void git_worktree_remove(const char *repo, const char *path, const char *branch, struct oid landed,
    struct git_result *ret);

/*
 * The worktree goes, whatever is in it and wherever its HEAD is: of one that nobody works in (a gate's).  No setup
 * was run in it, and no teardown is.
 * OK: it is not there any more.
 */
void git_worktree_drop(const char *repo, const char *path, struct git_result *ret);

/*
 * As git_worktree_remove() without a branch, right after git_worktree_salvage() has kept all that was not
 * committed on `head`: these files go, too.
 */
void
git_worktree_discard(const char *repo, const char *path, struct oid head, struct git_result *ret);

#endif
