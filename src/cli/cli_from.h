/* SPDX-License-Identifier: GPL-2.0-only */
/* cli_from.h: --from of new and edit: a branch, tag or commit, as it is now, becomes an id; and --base. */
#ifndef CLI_CLI_FROM_H
#define CLI_CLI_FROM_H

#include "cli/cli_state.h"

/* *ret: "<id> <name>", for spec.from.  It must be a commit of the repository that shares history with `base`.  False:
 * it has printed why not, *ret_status is the exit code. */
bool from_resolve(struct cli *c, const char *command, const char *repo, const char *base,
    const char *name, char **ret, int *ret_status);

/* Says so when the repository has no such branch: it may be made later, and nobody starts before. */
void from_warn_base(struct cli *c, const char *repo, const char *base);

#endif
