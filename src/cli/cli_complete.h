/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * cli_complete.h: what may stand at the end of a command line that is being typed.
 *
 * Nothing is told here that the table of commands does not say (cli_grammar.h).  Only what a placeholder stands for
 * ("ID", "--agent A") has a list of its own, in cli_complete.c; one that is not in it is a bug, and its test finds it.
 *
 *	complete_ask(n, words, &ask);		words: behind "reeve", the last one is being typed, and may be empty
 *	...					candidates for ask.kinds that begin with ask.typed, each after ask.kept
 *	complete_release(&ask);
 *
 * Pure: no files, no state directory.
 */
#ifndef CLI_CLI_COMPLETE_H
#define CLI_CLI_COMPLETE_H

#include "cli/cli_grammar.h"

enum complete_kind {
	COMPLETE_COMMAND = 1 << 0,
	COMPLETE_OPTION = 1 << 1, /* ask.options */
	COMPLETE_CHOICE = 1 << 2, /* ask.choices: "human", "none", "agent" */
	COMPLETE_TICKET = 1 << 3, /* its number */
	COMPLETE_AGENT = 1 << 4,
	COMPLETE_REPO = 1 << 5,
	COMPLETE_MISSION = 1 << 6,
	COMPLETE_INBOX = 1 << 7,
	COMPLETE_REFUSED = 1 << 8, /* a refused signal */
	COMPLETE_BRANCH = 1 << 9,  /* of the repository that one stands in */
	COMPLETE_REF = 1 << 10,    /* a branch, also of others, or a tag, there */
	COMPLETE_FILE = 1 << 11,   /* is the shell's to know */
};

struct complete_ask {
	unsigned kinds;                 /* of enum complete_kind; 0: nothing can be offered */
	const struct command *command;  /* NULL: it is what is being typed */
	struct grammar_options options; /* of that command, in the order of its usage */
	struct strvec choices;
	struct {
		struct str *v;
		size_t n, cap;
	} taken; /* options and members of a list that are there, and would be too much a second time */
	struct str kept;  /* "3,4," of a list; "--agent="; a plain word itself, but for the '=' */
	struct str typed; /* what follows it */
};

/* Views of words and of the table. */
void complete_ask(size_t n, const char *const *words, struct complete_ask *ret);
void complete_release(struct complete_ask *a);

bool complete_is_taken(const struct complete_ask *a, struct str word);

/* May it be offered?  A shell puts it into the command line as it is: so only what is a plain word there.  That it is
 * no option is another matter: "-x" is one. */
bool complete_is_word(struct str s);

#endif
