/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * tmux_client.h: the child process `tmux -C`; known to effect/tmux.c only.
 *
 * The client, and the tmux server when the client has to start it, get nothing of ours: no
 * descriptor but the three below, no blocked or ignored signal, no REEVE_* and TMUX variable, no
 * working directory (so paths in argv are absolute).  The client dies with this process (PR_SET_PDEATHSIG), even by SIGKILL; the server
 * does not.  A client that lives on with nobody reading it would hang the server's end for minutes.
 */
#ifndef EFFECT_TMUX_CLIENT_H
#define EFFECT_TMUX_CLIENT_H

#include "base/buf.h"
#include "base/err.h"
#include "base/vec.h"

struct tmux_config;

struct tmux_client {
	pid_t pid;
	int pidfd;
	int in; /* our end of its stdin: a socket, so that writing never raises SIGPIPE; non-blocking */
	int out; /* our end of its stdout, non-blocking */
	int err; /* its stderr, a file in memory: nobody has to read it */
};
#define TMUX_CLIENT_INIT                                                                           \
	{                                                                                          \
		0, -1, -1, -1, -1                                                                  \
	}

/* The command line of the client. */
void tmux_client_argv(const struct tmux_config *config, struct strvec *ret);

/* Starts argv (argv[0] is looked up in PATH). */
int tmux_client_start(struct tmux_client *c, const struct strvec *argv, struct err *err);

/* Appends what the client has complained about, cleaned, on one line. */
void tmux_client_complaint(const struct tmux_client *c, struct buf *b);

/* Ends the client and closes the descriptors.  It still has to be reaped. */
void tmux_client_stop(struct tmux_client *c);

#endif
