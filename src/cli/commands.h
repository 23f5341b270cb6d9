/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * commands.h: the parts of the table of commands, one file each, in the order of `reeve help`.  Private to
 * commands*.c; others ask command_at() and command_find() of cli.h.
 *
 * A row is the manual of its command: options_parse() checks that every option is told of there, and
 * `reeve help`, `--help` and the synopsis of the man page are made of nothing else.  Each part ends with a
 * row without a name.
 */
#ifndef CLI_COMMANDS_H
#define CLI_COMMANDS_H

#include "cli/cli.h"

extern const struct command commands_setup[], commands_look[], commands_decide[], commands_run[],
    commands_worker[], commands_other[];

#endif
