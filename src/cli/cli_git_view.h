/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * cli_git_view.h: the objects of a repository, without anything else of it.
 *
 *	_cleanup_(git_view_close) struct git_view v = GIT_VIEW_INIT;
 *	if (git_view_open(repo->path, commit, &v, &err) == 0)
 *		e = git_view_read(&v, 0, words, &out, &err);
 *
 * A worker can write into the configuration and the attributes of its repository, and with them have git run
 * programs: external diffs, textconv, merge drivers, pagers, fsmonitor, gpg.  So what has to show or merge
 * commits runs in an empty bare repository of its own, in a temporary directory, which borrows the objects of the real
 * one: nothing of its configuration is read, and what a trial merge writes is gone with the directory.  What the
 * user's own configuration says (~/.gitconfig) still counts.
 *
 * There are no refs: commits are named by their ids.
 *
 * Failures: as in cli_git_run.h; ERR_INVALID: the path of its objects cannot be written into a file of git's.
 */
#ifndef CLI_CLI_GIT_VIEW_H
#define CLI_CLI_GIT_VIEW_H

#include "base/buf.h"
#include "cli/cli_git_run.h"

struct git_view {
	struct buf dir; /* "": it is not open */
};
#define GIT_VIEW_INIT                                                                              \
	{                                                                                          \
		BUF_INIT                                                                           \
	}

/* any: an id of the repository, which tells what kind of ids it has. */
int git_view_open(const char *repo, struct oid any, struct git_view *ret, struct err *err);
void git_view_close(struct git_view *v); /* and removes it */

/* run->path is not used. */
int git_view_run(const struct git_view *v, const struct git_run *run, const char *const *words,
    struct buf *ret, int *ret_status, struct err *err);

/* At most max bytes (0: GIT_RUN_BYTES_MAX), the rest is dropped; that git says no is a failure. */
int git_view_read(const struct git_view *v, size_t max, const char *const *words, struct buf *ret,
    struct err *err);

#endif
