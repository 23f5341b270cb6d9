/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * cli_supervisor.h: can anything go on at all?  Whether a supervisor runs, the kill switch, what the last start found,
 * and whether the disk has room.  Looked at when it is asked; nothing of it is kept, and nothing can fail: what cannot
 * be told is said to be so.
 */
#ifndef CLI_CLI_SUPERVISOR_H
#define CLI_CLI_SUPERVISOR_H

#include <sys/types.h>

#include "cli/cli_facts.h"
#include "cli/cli_print.h"
#include "store/fsck.h"

/* The owner of LOCK, if its note says so and it lives; 0. */
pid_t supervisor_pid(const struct cli_facts *f);

/* Nothing can be recorded then: no report, no command, no end of a worker. */
bool supervisor_is_full(const struct cli_facts *f);

/* The first lines of `reeve status`.  held: how many tickets wait for nothing else. */
void supervisor_print(
    struct print *p, const struct cli_facts *f, const struct fsck_note *check, size_t held);

#endif
