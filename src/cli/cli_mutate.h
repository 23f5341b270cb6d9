/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * cli_mutate.h: what the commands that change a ticket have in common.
 *
 *	struct mutation m = { .command = "park" };
 *	... options_parse() with MUTATION_OPTIONS(m) in the table ...
 *	status = mutate(c, &m, &signal, &(struct done_words){ PHASE_PARKED, "parked", "stopping" });
 */
#ifndef CLI_CLI_MUTATE_H
#define CLI_CLI_MUTATE_H

#include "cli/cli_options.h"
#include "cli/cli_publish.h"

struct mutation {
	const char *command;
	const char *expect; /* --expect REV */
	bool is_hasty;      /* --no-wait */
};
#define MUTATION_OPTIONS(m)                                                                        \
	{ 0, "expect", .value = &(m).expect },                                                     \
	{                                                                                          \
		0, "no-wait", .flag = &(m).is_hasty                                                \
	}

/* What is said of an applied command: word when the ticket is in this phase now, else otherwise.
 * PHASE_UNBORN: always word. */
struct done_words {
	enum phase phase;
	const char *word, *otherwise;
};

/* Publishes, waits unless is_hasty, prints what became of it, returns the exit code. */
int
mutate(struct cli *c, const struct mutation *m, struct signal *s, const struct done_words *words);

/* The two halves: the first has printed when it failed.  *ret_status: the exit code. */
bool mutate_publish(struct cli *c, const struct mutation *m, struct signal *s,
    struct publish_result *ret, int *ret_status);
int mutate_report(struct cli *c, const struct mutation *m, const struct signal *s,
    const struct publish_result *r, const struct done_words *words);

/* A refused one is discarded: who asked has been told, and nobody else has to be. */
void mutate_forget(struct cli *c, const struct signal *s, const struct publish_result *r);

/* The text of -m TEXT or -F FILE ("-": stdin), as it is; NULL when neither is given.  0, or the exit
 * code; it has printed then.  The caller frees *ret. */
int cli_text(const char *command, const char *message, const char *file, char **ret);

#endif
