/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * git_fill.h: the files of HEAD appear in a new worktree.  Private to git_worktree.c.
 *
 * What `git worktree add` would write is what is there afterwards: bytes, executable bits, links, an
 * index with which `git status` has nothing to read.  But it is copied where that is provably the same,
 * which costs a third: a file of the main worktree
 *
 *	- whose index entry there has the id that the commit wants,
 *	- which is as that entry says (lstat, all of it), and is older than that index,
 *	- whose attributes, by the commit's own .gitattributes, ask for no conversion,
 *	- and whose bytes hash to that id (an edit may have been clean by other attributes once).
 *
 * Everything else is written from its blob, converted as gitattributes(5) says (git_smudge.h).  No
 * program is run: what a filter driver made is copied under the first two conditions, content of git-lfs
 * also comes from the repository's own store of it, and where there is neither the answer is
 * ENVIRONMENT with the name of the file.  Never something else in silence.
 *
 * Two threads, and for many files a third that syncs what they have written.  So: only in a helper
 * process (effect/job.h); all are joined before the return.  Every
 * path is walked from a directory descriptor without following links; files are made with O_EXCL.
 *
 * Files get an mtime of two seconds ago: newer than the index none may be, or git reads them all again
 * (gitformat-index(5), racy git).
 */
#ifndef EFFECT_GIT_FILL_H
#define EFFECT_GIT_FILL_H

#include <pthread.h>
#include <stdatomic.h>

#include "effect/git_convert.h"

/*
 * path: a worktree of `repo` (opened in its common directory) with nothing in it, or with what a killed
 * attempt left, which goes; `admin`: its administrative directory.  Files are on the disk, and the index
 * is, when this returns true.  False: *ret is the answer; files may have been written.
 */
bool git_fill(git_repository *repo, const char *path, const char *admin, struct git_result *ret);

/* --- between the files of this module --- */

struct git_fill_file {
	const git_index_entry *want;
	const git_index_entry *have; /* of the main worktree, not older, same id; NULL: none */
	struct stat st;              /* as written */
};

struct git_fill_flush { /* git_fill_flush.c */
	pthread_t thread;
	pthread_cond_t more;
	size_t done; /* of the files so many were taken before its last sync */
	bool is_on, is_over;
	int errnum; /* when it is not on any more */
};

struct git_fill {
	git_repository *repo; /* opened in the new worktree */
	git_repository *main; /* borrowed */
	git_odb *odb;
	git_index *want, *have;
	struct git_convert_rules rules;
	struct git_fill_file *v; /* in the order of the index */
	size_t n;
	const char *path;
	int from, to; /* directories: the main worktree (-1: nothing to copy), the new one */
	struct timespec stamp;
	bool has_links;       /* core.symlinks */
	atomic_bool no_clone; /* this file system has no reflinks */
	atomic_bool failed;
	pthread_mutex_t lock; /* of next, of main, and of flush while that is on */
	size_t next;
	struct git_fill_flush flush;
};

/* A thread. */
struct git_fill_hand {
	struct git_fill *c;
	struct git_convert convert;
	struct git_result ret; /* the answer, when `told` */
	bool told;
	const char *dir; /* the first dir_len bytes are where from (-1: not there) and to stand */
	size_t dir_len;
	int from, to;
	char *chunk; /* GIT_FILL_CHUNK bytes */
};
#define GIT_FILL_CHUNK 131072

/* git_fill_flush.c, which tells the order.  wake: with c->lock held.  sync: false: *ret. */
void git_fill_flush_begin(struct git_fill *c);
void git_fill_flush_wake(struct git_fill *c);
void git_fill_flush_end(struct git_fill *c);
bool git_fill_sync(struct git_fill *c, const char *admin, struct git_result *ret);

/* git_fill_file.c: the file appears in hand->to, and f->st is set.  False: hand->ret. */
bool git_fill_file(struct git_fill_hand *h, struct git_fill_file *f, const char *name);

/*
 * git_fill_copy.c.  Makes `name` in hand->to.
 *
 * blob_from_main: 1: done; 0: the main worktree has no clean copy that is the blob, and nothing was made;
 * -1: hand->ret.  from_main: the same for one of this size (GIT_FILL_ANY: of any), whatever is in it.
 * from_path: the same for a file that is not of a worktree.
 */
#define GIT_FILL_ANY UINT64_MAX
int git_fill_blob_from_main(struct git_fill_hand *h, struct git_fill_file *f, const char *name);
int git_fill_from_main(
    struct git_fill_hand *h, struct git_fill_file *f, const char *name, uint64_t size);
int git_fill_from_path(struct git_fill_hand *h, struct git_fill_file *f, const char *name,
    const char *path, uint64_t size);
bool git_fill_from_bytes(
    struct git_fill_hand *h, struct git_fill_file *f, const char *name, struct str bytes);

/* hand->ret: "writing PATH in the new worktree: why" */
bool git_fill_fail(struct git_fill_hand *h, const struct git_fill_file *f, int errnum);

#endif
