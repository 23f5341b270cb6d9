/* SPDX-License-Identifier: GPL-2.0-only */
/* cli_settled.h: what became of a signal that has left spool/new; behind cli_publish.h, for nobody else. */
#ifndef CLI_CLI_SETTLED_H
#define CLI_CLI_SETTLED_H

#include "cli/cli_publish.h"

/* It is in done/: whose is it, which revision?  From events.jsonl, and where that lags behind, from the
 * histories. */
int settled_applied(
    struct root *r, const struct signal *s, struct publish_result *ret, struct err *err);

/* It is in refused/: why? */
int settled_refused(
    struct root *r, const struct signal *s, struct publish_result *ret, struct err *err);

#endif
