/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * cli_identity.h: which worker is speaking?
 *
 * Ticket, episode and nonce come from the options, else from the environment, else from the environment
 * of the reeve-run above us (agents scrub that of their tools).  Where $REEVE_STATE is not set, the
 * state directory of that reeve-run is taken, too.  The nonce is never an argument: arguments are public.
 */
#ifndef CLI_CLI_IDENTITY_H
#define CLI_CLI_IDENTITY_H

#include "base/err.h"
#include "core/event.h"

struct identity_options { /* as typed; NULL: not given */
	const char *ticket, *episode, *nonce_file;
};
#define IDENTITY_OPTIONS(i)                                                                        \
	{ 0, "ticket", .value = &(i).ticket }, { 0, "episode", .value = &(i).episode },            \
	{                                                                                          \
		0, "nonce-file", .value = &(i).nonce_file                                          \
	}

struct identity {
	struct ticket_id ticket;
	struct episode_id episode; /* n == 0: it does not say */
	struct nonce nonce;
};

/* ERR_NOTFOUND: no worker; ERR_INVALID: something is no ticket, episode or nonce.  Takes the nonce out of
 * our own environment: what we start need not know it. */
int identity_find(const struct identity_options *o, struct identity *ret, struct err *err);

/* The same without a nonce: which episode is this process of?  ERR_NOTFOUND: of none. */
int identity_episode(struct episode_id *ret, struct err *err);

/* The worker's directory: $REEVE_WORKTREE, likewise; "." when nobody says. */
void identity_worktree(struct buf *ret);

#endif
