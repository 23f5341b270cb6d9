/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * cli_pager.h: a long text, in the pager that git would use for this user.
 *
 * GIT_PAGER, else core.pager of the user's own configuration, else PAGER, else less.  What a repository's
 * configuration names is not asked: a worker can write there.  "" and "cat" mean: none.
 */
#ifndef CLI_CLI_PAGER_H
#define CLI_CLI_PAGER_H

#include "cli/cli_print.h"

/* Its command line, for a shell, as git has it; "": none. */
void pager_find(struct buf *ret);

/* print_close(), but through the pager when stdout is a terminal.  Ends when the pager has. */
int pager_close(struct print *p);

#endif
