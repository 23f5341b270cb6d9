/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * cli_stand.h: does this process stand where it says that it is from?
 *
 * An agent that runs the commands of several windows in one process (Codex: its daemon) gives all of them
 * the environment of the first.  The directory is the command's own: so who is in another ticket's
 * worktree speaks of that ticket, and has no proof for it.  The supervisor refuses such a report
 * as it refuses any other without the nonce: it is kept, shown at that ticket, and can be adopted.
 *
 * Anywhere else (a temporary directory, another repository) the environment counts.
 */
#ifndef CLI_CLI_STAND_H
#define CLI_CLI_STAND_H

#include "core/id.h"
#include "store/root.h"

/* Is dir, NULL: the working directory, the worktree of this worker, or in it?  False also when either is gone. */
bool stand_is_own(const char *dir);

/* Is the working directory in the worktree that the last worker of another ticket than own was given?
 * False also when that cannot be told. */
bool stand_elsewhere(struct root *root, struct ticket_id own, struct ticket_id *ret);

#endif
