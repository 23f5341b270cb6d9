/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * cli_grammar.h: the usage lines and helps of the table of commands, read as the grammar that they are.
 *
 *	new TITLE [-m TEXT | -F FILE] [--park] [--review human|none|agent]
 *	repo add PATH [--name N] | repo ls [--json]
 *	wait ID... [--any]
 *	  --park   make it, but let nobody start
 *
 * Capitals are placeholders, and so are choices without blanks; what begins with '-' is an option, whose value
 * follows it; another small word has to be there as it is.  Pure; everything returned is a view of the table.
 */
#ifndef CLI_CLI_GRAMMAR_H
#define CLI_CLI_GRAMMAR_H

#include "cli/cli.h"

bool grammar_is_placeholder(struct str s);
bool grammar_is_option(struct str s);

struct grammar_token {
	struct str word; /* or one of "[", "]", "|" */
	bool repeats;    /* "ID...", "[ID]..." */
};

/* Cuts the next token off a usage line; false: there is none.  What is glued to a word in brackets tells more about it,
 * and is left out: "ID[.EPISODE]" is ID. */
bool grammar_token(struct str *s, struct grammar_token *ret);

/* The same behind an option: its value; empty, and nothing is cut: it takes none. */
struct str grammar_value(struct str *s);

/* "repo add PATH | repo ls" is two ways to write a command: cuts the first of them off; false: there is none. */
bool grammar_way(struct str *s, const char *name, struct str *ret);

struct grammar_option {
	struct str name;  /* "--park", "-m" */
	struct str value; /* "TEXT", "human|none|agent"; empty: it takes none */
	struct str same;  /* of "-m": "--message"; empty: it has no other name */
	struct str
	    about; /* from the help, with its line breaks, to the first full stop; may be empty */
	bool repeats; /* "[--choice TEXT]..." */
};
struct grammar_options {
	struct grammar_option *v; /* the caller frees it */
	size_t n, cap;
};

/* In the order of the usage line, then of the help. */
void grammar_options(const struct command *command, struct grammar_options *ret);
const struct grammar_option *
grammar_option(const struct grammar_options *list, struct str name); /* NULL: none */

#endif
