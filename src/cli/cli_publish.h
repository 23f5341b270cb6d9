/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * cli_publish.h: a command or a report goes into the spool, and what becomes of it.
 *
 *	0  publish (PROTOCOLS P1): durable
 *	1  a supervisor runs (LOCK is held): watch done/ and refused/ until the signal is in one of them
 *	   none runs: run `reeved --once`, which decides and commits and starts nothing; look then
 *	2  report: "applied: ticket 12, rev 7", or the refusal with its sentence
 *
 * A supervisor that is stopped (SIGSTOP) or dies while we wait: the wait ends when LOCK is free, and
 * goes on as "none runs".
 */
#ifndef CLI_CLI_PUBLISH_H
#define CLI_CLI_PUBLISH_H

#include "cli/cli_state.h"
#include "core/lifecycle.h"

enum publish_outcome { PUBLISH_APPLIED = 1, PUBLISH_REFUSED, PUBLISH_PENDING };

struct publish_result {
	enum publish_outcome outcome;
	struct ticket_id ticket; /* applied: whose; of a create: the new one */
	uint64_t rev;
	enum refusal refusal;
	char text[600]; /* refused: why; pending: what it waits for */
};

/* s->event.kind and what belongs to it are filled in; nonce NULL for commands, which get their actor
 * here.  s->event.sig is the id afterwards.  wait false: only publish.  Prints nothing.  0, or a code of
 * base/err.h; ERR_INVALID: what the signal says can never be taken, nothing was written. */
int cli_publish(struct cli *c, struct signal *s, const struct nonce *nonce, bool wait,
    struct publish_result *ret, struct err *err);

/* The second half: what became of a signal that was published.  Ends early at SIGINT and SIGTERM. */
int cli_publish_wait(
    struct cli *c, const struct signal *s, struct publish_result *ret, struct err *err);

/* Prints the result the way all mutating commands do and returns the exit code: what it says on success
 * is "12: parked (rev 7)" for `done_word` "parked". quiet: nothing on success. */
int cli_publish_report(const struct publish_result *r, const char *done_word, bool quiet);

#endif
