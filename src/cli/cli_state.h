/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * cli_state.h: the state directory and its configuration, opened when a command first asks.
 */
#ifndef CLI_CLI_STATE_H
#define CLI_CLI_STATE_H

#include "cli/cli.h"
#include "core/ticket.h"

struct cli {
	bool has_root, has_config;
	struct root root;
	struct config config;
};
void cli_release(struct cli *c);

/* Opens on the first call.  On failure: prints, and returns the exit code; 0: c->root / c->config. */
int cli_root(struct cli *c);
int cli_config(struct cli *c);

/* "12" or "#12": reads and replays the ticket.  Prints on failure; 0 or the exit code. */
int cli_ticket(struct cli *c, const char *arg, struct record *ret);

/* The path of a program beside the running one (reeved, reeve-run), else its plain name. */
void cli_program(const char *name, struct buf *ret);

/* "person:<login name>", for commands. */
void cli_actor(char *ret, size_t size);

#endif
