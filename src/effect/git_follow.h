/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * git_follow.h: the files of one worktree follow its branch from one commit to another.  Private to
 * git_land.c.
 *
 *	git_follow_open()	which worktree
 *	git_follow_lock()	its index.lock is ours: no git process changes the index until release
 *	git_follow_check()	what differs, and may it be written?  Reads only.
 *	git_follow_write()	marker, staged copies, sync, renames, index
 *	git_follow_back()	the way back, for what the marker says we wrote and is still so
 *	git_follow_done()	the marker goes; release() gives the index back
 *
 * Every file appears whole, by rename, so that a crash leaves each path either as in `from` or as in
 * `to`.  The marker (<gitdir>/reeve-land: both ids, then the paths, each ended by a NUL) is durable
 * before the first rename; it is what tells our half-done work from somebody's own edit.
 *
 * index.lock is made from a token that the caller holds (git_token.h).
 *
 * Functions that return bool: false means that *ret is the answer.
 */
#ifndef EFFECT_GIT_FOLLOW_H
#define EFFECT_GIT_FOLLOW_H

#include "effect/git_sparse.h"
#include "effect/git_token.h"

#define GIT_FOLLOW_MARKER    "reeve-land" /* these are in the gitdir */
#define GIT_FOLLOW_STAGE     "reeve-land.d"
#define GIT_FOLLOW_NEW_INDEX "reeve-index"

enum git_side { GIT_SIDE_FROM = 1, GIT_SIDE_TO, GIT_SIDE_BOTH, GIT_SIDE_OTHER };

struct git_change {
	char *path; /* relative to the worktree */
	git_oid from_id, to_id;
	uint32_t from_mode, to_mode; /* of git; 0: not there */
	enum git_side file, entry;   /* where the file and the index entry stand */
	struct stat seen; /* the file as it was judged, later as it was written; st_mode 0: none */
	bool index_only;  /* a submodule, or left out by a sparse checkout */
	bool write;       /* the file has to be written or removed */
};

/* The same file with the same content, as far as stat tells.  ctime is left out: a rename changes it. */
static inline bool
git_change_is_same(const struct stat *a, const struct stat *b)
{
	return a->st_mode == b->st_mode && a->st_dev == b->st_dev && a->st_ino == b->st_ino &&
	       a->st_size == b->st_size && a->st_mtim.tv_sec == b->st_mtim.tv_sec &&
	       a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

struct git_follow {
	git_repository *repo;
	char *gitdir; /* both without a slash at the end */
	char *workdir;
	bool is_main;
	char *stage; /* directory of the copies; NULL: none made */
	bool has_lock;
	bool
	    is_back; /* the sides are swapped: a file without its index entry is our half-done work */
	git_oid from, to;
	struct git_sparse sparse;
	struct git_change *v; /* sorted by path */
	size_t n;
	size_t cap;
};

/* Takes the repository (opened in that worktree). */
void git_follow_open(struct git_follow *f, git_repository *repo, bool is_main);
void git_follow_release(struct git_follow *f);

/* Removes what a killed landing left in `gitdir`, the marker excepted: its index.lock if that is a link
 * to the token, and temporary files.  The caller holds the token. */
void git_follow_sweep(const char *gitdir, const struct git_token *token);

bool git_follow_lock(struct git_follow *f, const struct git_token *token, struct git_result *ret);

/* Appends what is in the way to held, one a line: a path (absolute unless this is the main worktree),
 * or a reason in parentheses. */
bool git_follow_check(struct git_follow *f, const git_oid *from, const git_oid *to,
    struct buf *held, struct git_result *ret);

bool git_follow_write(struct git_follow *f, struct git_result *ret);

/* Puts back from `to` to `from`, except where the commit `now` (may be NULL) agrees with `to`; then
 * removes the marker.  Nothing to do when the marker names other commits or there is none. */
bool git_follow_back(struct git_follow *f, const git_oid *from, const git_oid *to,
    const git_oid *now, struct git_result *ret);

/* Reads the marker of a gitdir; false: none.  paths may be NULL. */
bool git_follow_marker(const char *gitdir, git_oid *from, git_oid *to, struct strvec *paths);

void git_follow_done(const char *gitdir);

/* --- between the files of this module --- */

/* git_follow.c: the change of this path, or NULL. */
struct git_change *git_follow_find(struct git_follow *f, const char *path, size_t len);

/* git_follow_judge.c: fills the sides of all changes; held gets what is in the way. */
bool git_follow_survey(struct git_follow *f, struct buf *held, struct git_result *ret);
void git_follow_reason(struct buf *held, const char *path, const char *reason);

/* git_follow_files.c: carries out v[].write, then git_follow_index.c: brings the index to `to` for every
 * entry that is not GIT_SIDE_OTHER. */
bool git_follow_apply(struct git_follow *f, struct git_result *ret);
bool git_follow_write_index(struct git_follow *f, struct git_result *ret);

#endif
