/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * cli_git.h: what a repository holds of ours, by the git program: its refs, its worktrees, what landed.
 *
 * git is run as cli_git_run.h says.  Nothing is changed.
 *
 * Failures: ERR_NOTFOUND (no git, no such directory), ERR_EXTERNAL (git said no, or took too long), ERR_LIMIT.
 */
#ifndef CLI_CLI_GIT_H
#define CLI_CLI_GIT_H

#include "base/err.h"
#include "base/vec.h"
#include "core/id.h"

struct git_seen_ref {
	char *name; /* "refs/heads/reeve/12-fix", "refs/reeve/12/3" */
	struct oid oid;
};
struct git_seen_tree {
	char *path;
	char *branch; /* "reeve/12-fix"; NULL: detached, or bare */
};
struct git_seen {
	struct {
		struct git_seen_ref *v; /* by name */
		size_t n, cap;
	} refs;
	struct {
		struct git_seen_tree *v;
		size_t n, cap;
	} trees;
};

/* The refs below refs/reeve/ and refs/heads/reeve/, and all worktrees of the repository at path. */
int git_seen_read(const char *path, struct git_seen *ret, struct err *err);
void git_seen_release(struct git_seen *s);

const struct git_seen_ref *
git_seen_ref(const struct git_seen *s, const char *name); /* NULL: none */
const struct git_seen_tree *
git_seen_tree(const struct git_seen *s, const char *path); /* NULL: none */

/* 0: git can work in this worktree: its HEAD names a commit and its index can be read.  ERR_EXTERNAL: err says what is
 * wrong. */
int git_seen_try_tree(const char *path, struct err *err);

/* Are all of these commits in the branch?  1 yes; 0 at least one is not; or a code.  ERR_INVALID: no name of a
 * branch. */
int git_seen_contains(
    const char *path, const char *branch, const struct oid *oids, size_t n, struct err *err);

/* Names of the refs above whose commits the branch contains, sorted as git_seen.refs. */
int git_seen_merged(const char *path, const char *branch, struct strvec *ret, struct err *err);

/* Is a in the history of b?  1, 0, or a code. */
int git_seen_is_ancestor(const char *path, struct oid a, struct oid b, struct err *err);

/* How many commits of this one the branch does not contain; a code. */
int
git_seen_count(const char *path, const char *branch, struct oid oid, int64_t *ret, struct err *err);

#endif
