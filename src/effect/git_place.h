/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * git_place.h: what is on the disk where a worktree is, or should be.  Private to git_worktree.c,
 * git_salvage.c and git_remove.c.
 *
 *	git_place_open()	names and the repository
 *	git_place_look()	is it ours, and what of it exists?  False (OWN) when it is not
 *
 * Ours is: an administrative directory that names PATH, or names nothing (killed before it could); a
 * PATH that is empty or whose .git file names that directory.
 */
#ifndef EFFECT_GIT_PLACE_H
#define EFFECT_GIT_PLACE_H

#include "effect/git_util.h"

#define GIT_PLACE_NEW "reeve-new" /* in the administrative directory: not finished, no work in it */
#define GIT_PLACE_GONE                                                                             \
	"reeve-gone" /* there, too: PATH is about to be renamed away; see git_remove.h */

struct git_place {
	git_repository *repo; /* of the common directory */
	const char *repo_path;
	char *path;      /* absolute, its parent resolved */
	char *name;      /* its last component */
	char *worktrees; /* <common>/worktrees */
	char *admin;     /* <common>/worktrees/NAME */
	bool has_path, has_link, has_admin, has_head;
	bool is_empty; /* PATH is not there, or holds at most a .git file */
	bool is_new;
	bool is_going; /* it was renamed away: the mark is there, .gone-NAME is, and PATH is not */
	bool
	    lost_files; /* PATH is not there or has nothing, though the administrative directory is */
	bool made_admin, made_path;
};
#define GIT_PLACE_INIT                                                                             \
	{                                                                                          \
		NULL                                                                               \
	}

/* with_parents: missing parents of path are made, mode 0700; else a missing parent is no error. */
bool git_place_open(struct git_place *p, const char *repo_path, const char *path, bool with_parents,
    struct git_result *ret);
void git_place_release(struct git_place *p);
bool git_place_look(struct git_place *p, struct git_result *ret);

/* What PATH's .git file is to hold: the way to the administrative directory, relative to PATH.  Both may
 * then be moved together, and git works there at once. */
void git_place_link(const struct git_place *p, struct buf *ret);

/* Removes index.lock and HEAD.lock of this worktree: nobody works in it any more. */
bool git_place_unlock(struct git_place *p, struct git_result *ret);

/* Writes the file if it does not hold exactly text; synced.  0 or errno. */
int git_place_put(const char *path, const char *text);
int git_place_write(struct git_place *p, const char *name, const char *text); /* in admin */

/* Does another worktree (the main one included) have this branch?  Then *ret says which. */
bool git_place_branch_user(struct git_place *p, const char *branch, struct buf *ret);

#endif
