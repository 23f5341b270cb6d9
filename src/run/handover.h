/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * handover.h: from the launcher that claimed to the launcher that waits: the same process, executed anew.
 *
 * Agents that scrub the environment of their tools leave `reeve` one way to learn who it works for: the
 * environment of its reeve-run ancestor (proc_ancestor_env).  /proc/PID/environ shows only what a process
 * was executed with, so after the claim the launcher executes itself with the REEVE_* variables set, and
 * the second image, small and clean, is the one that lives as long as the agent.  The nonce is never an
 * argument.
 *
 *	handover_exec()		sets the variables, lets both locks through, executes /proc/self/exe with
 *				the same arguments; comes back only when that failed
 *	handover_is_due()	in main: this image follows a claim that this very process made
 *	handover_take()		the locks are ours again, and close-on-exec; the nonce is read
 *
 * The marker is a variable, not an argument: a command line that somebody saved and runs again begins
 * with a claim, as it should.  It names this pid and both descriptors, so that it means nothing anywhere
 * else; and the descriptors must be those very lock files.
 */
#ifndef RUN_HANDOVER_H
#define RUN_HANDOVER_H

#include "run/claim.h"

#define HANDOVER_MARK "REEVE_RUN_LOCKS"

enum run_exit handover_exec(struct claim *c, char **argv, struct err *err);
bool handover_is_due(void);

/* Sets the REEVE_* variables of the episode in this process; but for the nonce, which must not be there yet. */
void handover_identity(const struct claim *c);

/* What spec.json says: "author" or "reviewer"; "": nothing. */
const char *handover_role(const struct launch *l);
enum run_exit handover_take(struct claim *c, struct err *err);

/* The variables that every agent gets, NULL at the end. */
extern const char *const handover_names[];

#endif
