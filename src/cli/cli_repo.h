/* SPDX-License-Identifier: GPL-2.0-only */
/* cli_repo.h: a repository becomes known to reeve; for `repo add` and `init`. */
#ifndef CLI_CLI_REPO_H
#define CLI_CLI_REPO_H

#include "cli/cli_state.h"

/*
 * Asks `reeved --probe-repo` (the one that knows libgit2) whether path can be used, and writes the section.
 * name and base NULL: found out.  Prints what it did, or why not; the exit code.  Repeatable.
 */
int repo_add(struct cli *c, const char *path, const char *name, const char *base);

#endif
