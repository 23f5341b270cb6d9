/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * cli.h: what every command stands on: the table, exit codes, the opened state directory.
 *
 * A command is one function in cmd_*.c and one row of the table in commands.c, which also holds its usage
 * line and help text: `reeve help X`, `reeve X --help` and the man page's synopsis are that row.
 *
 * A command returns an exit code.  Failures are printed by the command through cli_fail(), which maps a
 * code of base/err.h to an exit code; refusals are EXIT_REFUSED.
 */
#ifndef CLI_CLI_H
#define CLI_CLI_H

#include "base/err.h"
#include "codec/config_text.h"
#include "core/event.h"
#include "store/root.h"

enum exit_code {
	EXIT_OK = 0,
	EXIT_REFUSED = 1, /* or a negative answer */
	EXIT_USAGE = 2,
	EXIT_NOT_ACCEPTED = 3, /* a worker's signal: stale, unauthenticated, illegal */
	EXIT_BUG = 70,
	EXIT_IO = 74,
	EXIT_AGAIN = 75,
};

struct cli; /* cli_state.h: the state directory and configuration, opened on first use */

struct command {
	const char *name;
	const char *usage;   /* "new TITLE [-m TEXT | -F FILE] ..." */
	const char *summary; /* one line for `reeve help` */
	const char *help;    /* paragraphs for `reeve help new`; options, exit codes, examples */
	int (*run)(struct cli *c, int argc, char **argv); /* argv[0] is the command's name */
	bool is_operator; /* refused inside a worker (REEVE_EPISODE is set) */
};
extern const struct command commands[]; /* ends with a NULL name */
const struct command *command_find(const char *name);

/* "reeve: sentence" on stderr (cleaned), and the exit code for code. */
int cli_fail(const struct err *err);
/* "reeve new: what is wrong" and the usage line; EXIT_USAGE. */
int cli_usage(const char *command, const char *fmt, ...) printf_like(2, 3);

#endif
