/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * git_util.h: what the git_*.c files share.  Private to them; the only header that shows libgit2.
 *
 * Functions that return int here return libgit2's code (0, or negative).  git_util_fail() turns the
 * failure that has just happened into an answer: libgit2 keeps its words in a place that the next call
 * overwrites, so nothing of libgit2 may be called in between.
 */
#ifndef EFFECT_GIT_UTIL_H
#define EFFECT_GIT_UTIL_H

#include <git2.h>
#include <sys/stat.h>

#include "base/vec.h"
#include "effect/git_repo.h"

/* For _cleanup_(): git_xxx_freep. */
#define GIT_UTIL_FREEP(type)                                                                       \
	static inline void type##_freep(type **p)                                                  \
	{                                                                                          \
		type##_free(*p);                                                                   \
	}
GIT_UTIL_FREEP(git_repository)
GIT_UTIL_FREEP(git_reference)
GIT_UTIL_FREEP(git_commit)
GIT_UTIL_FREEP(git_object)
GIT_UTIL_FREEP(git_tree)
GIT_UTIL_FREEP(git_tree_entry)
GIT_UTIL_FREEP(git_blob)
GIT_UTIL_FREEP(git_config)
GIT_UTIL_FREEP(git_index)
GIT_UTIL_FREEP(git_diff)
GIT_UTIL_FREEP(git_status_list)
GIT_UTIL_FREEP(git_signature)
GIT_UTIL_FREEP(git_worktree)
GIT_UTIL_FREEP(git_revwalk)
#define AUTO_GIT(type) _cleanup_(type##_freep) type

#define GIT_UTIL_AUTHOR "reeve"
#define GIT_UTIL_SHALLOW                                                                           \
	"the repository is a shallow clone, and libgit2 1.5 cannot walk its history: git fetch "   \
	"--unshallow"
#define GIT_UTIL_SPLIT                                                                             \
	"the index is split, which libgit2 1.5 cannot read: git config core.splitIndex false; "    \
	"git "                                                                                     \
	"update-index --no-split-index"
#define GIT_UTIL_SPARSE_INDEX                                                                      \
	"the index is sparse, which libgit2 1.5 cannot read (the files may be): git "              \
	"sparse-checkout reapply --no-sparse-index"
#define GIT_UTIL_REFETCH "git fetch --refetch --no-filter brings all of it (git 2.36)"
#define GIT_UTIL_EMAIL   "reeve@localhost"

/* An answer with a sentence (cleaned; replaces what was there). */
void
git_util_say(struct git_result *r, enum git_answer answer, const char *fmt, ...) printf_like(3, 4);

/* ENVIRONMENT: "fmt: what libgit2 said", or what that means and what to do, where it is known. */
void git_util_fail(struct git_result *r, const char *fmt, ...) printf_like(2, 3);

/* ENVIRONMENT: "fmt: strerror(errnum)". */
void git_util_fail_sys(struct git_result *r, int errnum, const char *fmt, ...) printf_like(3, 4);

/* As this, of what is a ticket's own: OWN, unless it is a full disk, say, that the machine is to blame for. */
void
git_util_fail_own_sys(struct git_result *r, int errnum, const char *fmt, ...) printf_like(3, 4);

/* Of a worktree: is what libgit2 failed for just now its own, its index, .git file or administrative directory?  Refs,
 * packed-refs, objects and configuration are everybody's, and what the system said (class OS) is the machine's. */
bool git_util_is_own(void);
bool git_util_is_own_index(void); /* the index, and nothing else */

/* git_util_tip() of a ticket's branch has just failed with code: OWN when the file of that ref itself is damaged or
 * symbolic, ENVIRONMENT when it is packed-refs, which is everybody's. */
void git_util_fail_branch(
    struct git_result *r, git_repository *repo, const char *path, int code, const char *branch);

/* What libgit2 says, or what that means and what to do; until the next call of libgit2. */
const char *git_util_why(void);

/* ENVIRONMENT: somebody holds (or left) this lock file: who to ask, and that reeve never removes it. */
void git_util_say_locked(struct git_result *r, const char *lock_path);

/* ENVIRONMENT: why opening path has just failed, in words that help. */
void git_util_say_not_open(struct git_result *r, const char *path, int code);

/* Opens exactly `path`; never climbs to a repository above it.  The configuration is that of this worktree
 * (extensions.worktreeConfig), which libgit2 1.5 leaves out.  False: *r is the answer. */
bool git_util_open(const char *path, git_repository **ret, struct git_result *r);

/* After any other way of opening: its configuration, as above. */
void git_util_add_config(git_repository *repo);

/* False: not an id that this library can look up (SHA-256). */
bool git_util_oid(struct oid id, git_oid *ret);
struct oid git_util_oid_of(const git_oid *id);

/* Tip of refs/heads/<branch>; GIT_ENOTFOUND; GIT_EINVALIDSPEC for a symbolic ref or a bad name. */
int git_util_tip(git_repository *repo, const char *branch, git_oid *ret);

/* 1 when tip is, or descends from, commit; 0; negative. */
int git_util_contains(git_repository *repo, const git_oid *tip, const git_oid *commit);

/* GIT_ENOTFOUND: they have nothing in common. */
int git_util_merge_base(git_repository *repo, const git_oid *a, const git_oid *b, git_oid *ret);

/* The branch that HEAD of this worktree names ("main"), also when it is unborn; "" when detached. */
int git_util_head_branch(git_repository *repo, struct buf *ret);

/* user.name and user.email of the configuration, else reeve's, at when_ms, UTC. */
int git_util_signature(git_repository *repo, int64_t when_ms, git_signature **ret);

/* Sets ref `name` from `old` (NULL: must not exist) to id; durable, its directories too; logged when
 * git would log it.  GIT_EEXISTS or GIT_EMODIFIED: somebody was first.  GIT_ELOCKED: <name>.lock is held
 * by somebody else; one of a killed attempt of ours is recognised and taken over. */
int git_util_ref_set(
    git_repository *repo, const char *name, const git_oid *id, const git_oid *old, const char *log);

/* Deletes the ref, which must be at `old`; durable.  GIT_EMODIFIED and GIT_ELOCKED as above. */
int git_util_ref_delete(git_repository *repo, const char *name, const git_oid *old);

/* For calls which find that the ref needs no change: finishes what a killed call of these two began.  Its
 * locks go, and a ref that is there is durable. */
int git_util_ref_settle(git_repository *repo, const char *name);

/* The answer for what git_util_ref_set() or git_util_ref_delete() has just returned: "fmt: why", or the lock. */
void git_util_fail_ref(struct git_result *r, git_repository *repo, int code, const char *name);

/* "<common directory>/<name>" */
void git_util_common_path(git_repository *repo, const char *name, struct buf *ret);

/* Everything of the file system that holds path is on the disk.  0 or errno. */
int git_util_sync(const char *path);

/* fsync of a directory.  0 or errno. */
int git_util_sync_dir(const char *path);

/* What a worker left need not let even its owner in; the descriptor is that of the directory and of no link.  -1: errno. */
int git_util_open_dir(int dir, const char *name);

/* Removes a file or a tree, links not followed; directories that their owner may not change are opened first.
 * 0 or errno; nothing there is 0; EXDEV: something is mounted in it. */
int git_util_remove_tree(int dir, const char *name);

/* A file that a sparse checkout leaves out, which libgit2 1.5 takes for deleted.  index: of that worktree. */
bool git_util_is_left_out(git_index *index, const git_status_entry *e);

/* Has the worktree uncommitted or untracked (not ignored) files?  1, 0, or negative. */
int git_util_is_dirty(git_repository *repo);

/* Reads a small file (a HEAD, a gitdir, a marker).  False: not there or not readable. */
bool git_util_read(const char *path, size_t max, struct buf *ret);

/* The one line of the file <dir>/<name>, without its end and without prefix.  False: there is none. */
bool git_util_line(const char *dir, const char *name, const char *prefix, struct buf *ret);

/* Writes a small file by a temporary name (NULL: <path>.reeve-tmp; what it held is lost) and rename,
 * synced.  0 or errno.  Two at a time must not write the same file. */
int git_util_write(const char *path, const char *tmp, struct str bytes);

/* All bytes.  0 or errno. */
int git_util_write_all(int fd, const char *bytes, size_t n);

/* "<dir>/<name>", to be freed. */
char *git_util_join(const char *dir, const char *name);

#endif
