/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * cli.h: what every command stands on: the table, exit codes, the opened state directory.
 *
 * A command is one function in cmd_*.c and one row of the table in commands_*.c, which also holds its usage
 * line and help text: `reeve help X`, `reeve X --help` and the man page's synopsis are that row.
 *
 * A command returns an exit code.  Failures are printed by the command through cli_fail(), which maps a
 * code of base/err.h to an exit code; refusals are EXIT_REFUSED.
 */
#ifndef CLI_CLI_H
#define CLI_CLI_H

#include "base/err.h"
#include "base/vec.h"
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
	const char *group; /* heading in `reeve help`; rows of one group stand together */
	const char
	    *usage; /* "new TITLE [-m TEXT | -F FILE] ...", one line; cli_add_usage() breaks it */
	const char *summary; /* one line for `reeve help` */
	const char *help;    /* paragraphs for `reeve help new`; options, exit codes, examples */
	int (*run)(struct cli *c, int argc, char **argv); /* argv[0] is the command's name */
	bool is_operator; /* refused inside a worker (REEVE_EPISODE is set) */
};
/* In the order of the overview, groups together; NULL: there are no more. */
const struct command *command_at(size_t i);
const struct command *command_find(const char *name);

/* Appends the commands that may have been meant, nearest first, at most three: "park", "unpark". */
void command_near(const char *name, struct strvec *ret);

/* "usage: reeve new TITLE ..." in lines of a terminal of 80 columns, which begin below the first operand. */
void cli_add_usage(const struct command *command, struct buf *ret);

/* The help of one command; NULL: the overview.  On stdout. */
void cli_help(const struct command *command);

/* The exit code for a code of base/err.h; 0 for 0. */
int cli_exit_code(int code);

/* "reeve: sentence" on stderr (cleaned), and the exit code for code. */
int cli_fail(const struct err *err);

/* "reeve: ..." on stderr, one line, cleaned; for refusals, warnings and what else is no failure of ours. */
void cli_say(const char *fmt, ...) printf_like(1, 2);
void cli_out(const char *fmt, ...) printf_like(1, 2); /* the same on stdout, without "reeve: " */

/* May stdout be coloured?  A terminal, and NO_COLOR is not set. */
bool cli_has_colour(void);

/* Is this the tool call of a worker? (REEVE_EPISODE) */
bool cli_is_worker(void);
/* Says that this is the operator's, and what a worker has instead; EXIT_REFUSED. */
int cli_refuse_worker(const char *what);

/* "reeve new: what is wrong" and the usage line; EXIT_USAGE. */
int cli_usage(const char *command, const char *fmt, ...) printf_like(2, 3);

#endif
