/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * cli_fsck.h: the parts of `reeve fsck` that ask more than store/ may know: the blockers that are shown, and
 * the repositories.
 *
 * Both return an exit code and append findings; what could not be checked was printed (EXIT_IO then, and
 * what could be checked, was).
 */
#ifndef CLI_CLI_FSCK_H
#define CLI_CLI_FSCK_H

#include "cli/cli_facts.h"
#include "store/fsck.h"

/* I20 */
int cli_fsck_blockers(const struct cli_facts *f, struct fsck_list *ret);

/* I15, I16 (refs), I17: f was loaded before. */
int cli_fsck_git(const struct cli_facts *f, struct fsck_list *ret);

/* The ticket is now as it was when the facts were loaded: a finding about it is none of a turn in flight. */
bool cli_fsck_is_same(const struct cli_facts *f, const struct record *r);

#endif
