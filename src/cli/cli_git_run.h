/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * cli_git_run.h: the git program, run so that it is about the repository that is meant, and runs nothing else.
 *
 * Without a shell, without hooks, file system monitor, replaced objects and optional locks, and without what the
 * environment says of another repository; nothing is fetched.  Names and ids are checked, or behind "--end-of-options", before they
 * become arguments.  For what may make git run programs of the configuration (diff, log, merge) see cli_git_view.h.
 *
 * Failures: ERR_NOTFOUND (no git, no such directory), ERR_EXTERNAL (git said no, or took too long), ERR_LIMIT.
 */
#ifndef CLI_CLI_GIT_RUN_H
#define CLI_CLI_GIT_RUN_H

#include "base/buf.h"
#include "base/err.h"
#include "base/vec.h"
#include "core/id.h"

#define GIT_RUN_MS        (120 * 1000)
#define GIT_RUN_BYTES_MAX ((size_t)64 * 1024 * 1024)

/* What leads git elsewhere (sys/git_env.h), and what makes it write, goes from our environment, for good.  And from
 * now on git may not fetch what a partial clone lacks. */
void git_run_environment(void);

/* Without a limit that one of its users asks for: those above, no input. */
struct git_run {
	const char *path; /* where it runs */
	int64_t timeout_ms;
	size_t max;       /* of its output; the rest is dropped */
	struct str input; /* its stdin */
};

/* The words behind "git" and its safe options; a NULL ends them.  *ret_status: as of waitpid; err has the words for
 * one that is not 0. */
int git_run(const struct git_run *run, const char *const *words, struct buf *ret, int *ret_status,
    struct err *err);

/* Its whole output, with the usual limits; that it says no, or more than can be read, is a failure. */
int git_read(const char *path, const char *const *words, struct buf *ret, struct err *err);

/* The commit that a full name of a ref is at.  ERR_EXTERNAL: there is none. */
int git_read_ref(const char *path, const char *ref, struct oid *ret, struct err *err);

#endif
