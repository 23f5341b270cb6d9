/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * cli_options.h: the options of one command.
 *
 *	const char *text = NULL;
 *	bool is_json = false;
 *	const struct cli_option options[] = {
 *		{ 'm', "message", .value = &text },
 *		{ 0, "json", .flag = &is_json },
 *		{ 0 },
 *	};
 *	struct operands ids;
 *	int status;
 *
 *	if (!options_parse("park", options, argc, argv, 1, OPERANDS_MANY, &ids, &status))
 *		return status;
 *
 * Options and operands may be mixed; "--" ends the options; "-" is an operand.  `-m TEXT`, `-mTEXT`,
 * `--message TEXT` and `--message=TEXT` are the same.  Names are never guessed from a beginning.  An
 * option given twice is an error, unless it collects: which of the two was meant?  `--help` and `-h` are known to every
 * command.  Values and operands borrow from argv, whose order is changed.
 *
 * Every option must be in the help text of the command's row: one that is not there is a bug.
 */
#ifndef CLI_CLI_OPTIONS_H
#define CLI_CLI_OPTIONS_H

#include "base/vec.h"

#define OPERANDS_MANY 10000

struct cli_option {
	char brief;          /* 'm'; 0: none */
	const char *name;    /* "message"; NULL: none */
	const char **value;  /* it takes a value; stays as it is when the option is not given */
	bool *flag;          /* it takes none */
	struct strvec *list; /* it takes a value, and may be given again: all of them, in order */
};

struct operands {
	int n;
	char **v; /* views of argv */
};

/* A row with neither brief nor name ends the table; options may be NULL.  argv[0] is the command's name.
 * False: the command is over, *ret_status is its exit code (the help was asked for, or EXIT_USAGE). */
bool options_parse(const char *command, const struct cli_option *options, int argc, char **argv,
    int min, int max, struct operands *ret, int *ret_status);

/* What an option's value may be; on failure prints the usage and returns false, *ret_status is set. */
bool options_number(const char *command, const char *option, const char *value, uint64_t max,
    uint64_t *ret, int *ret_status);

#endif
