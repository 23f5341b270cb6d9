/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * cli_gone.h: tickets whose directory somebody took away while their workers live.
 *
 * No file tells of them any more; their processes do, which have the tag of their episode.  What works there goes on,
 * and how it ends is judged when the directory is back.
 */
#ifndef CLI_CLI_GONE_H
#define CLI_CLI_GONE_H

#include "cli/cli_facts.h"

/* To f->bad, each once; f was loaded before. */
void cli_gone_find(struct cli_facts *f);

/* Of one ticket that is not there: why it cannot be shown, and what to do.  False: nothing of it lives. */
bool cli_gone_say(struct root *r, struct ticket_id id, struct buf *ret);

#endif
