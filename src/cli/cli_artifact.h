/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * cli_artifact.h: the commit that a report is about, safe on disk before anybody speaks of it
 * (PROTOCOLS P1, 1 and 2).  Here the git program is asked: this runs in the worker, with its rights.
 */
#ifndef CLI_CLI_ARTIFACT_H
#define CLI_CLI_ARTIFACT_H

#include "base/err.h"
#include "core/id.h"

/*
 * commit NULL: HEAD of the worktree that holds dir.  Unless is_wip, uncommitted changes are refused.
 * ERR_CONFLICT: there are some, err lists them.  ERR_INVALID: no such commit.  ERR_EXTERNAL, ERR_NOTFOUND:
 * no repository there, or no git.  ERR_IO: it could not be made durable.
 */
int
artifact_find(const char *dir, const char *commit, bool is_wip, struct oid *ret, struct err *err);

/*
 * The commit that a person names, in any form that git knows (an abbreviated id, a branch, HEAD~2), in the
 * repository at dir, safe on disk.  HEAD is that of the worktree where the person stands, when it is one of that
 * repository.  rev is never taken for an option.  ERR_NOTFOUND: it names no commit there; else as above.
 */
int artifact_named(const char *dir, const char *rev, struct oid *ret, struct err *err);

/* Does this branch of the repository at dir hold the commit?  False also when git cannot tell. */
bool artifact_is_in(const char *dir, struct oid commit, const char *branch);

#endif
