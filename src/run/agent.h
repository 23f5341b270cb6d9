/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * agent.h: the agent's process, up to its exec (PROTOCOLS P3, L6).
 *
 *	agent_start()	forks; the child prepares itself, writes `started`, executes the agent
 *	agent_report()	waits for that: was the agent executed, and if not, why
 *	...		(run/reap.h waits for its end)
 *
 * `started` is made, durably, as the last thing before the exec, so "there is no `started`" proves that
 * the agent never ran.  When the exec fails after that, exit.json says so, and wins.  The child tells why
 * through a pipe that the exec closes.  Once it is executed the launcher makes `running`: what the agent
 * needed is there, and other tickets that wait for the same may go on.
 *
 * The child leads a process group of its own, which gets the terminal: what is typed goes to the agent
 * and not to the launcher.  It is killed when the launcher ends in any way (PDEATHSIG); what it started
 * itself is not, and keeps the ticket's lock.
 */
#ifndef RUN_AGENT_H
#define RUN_AGENT_H

#include "base/vec.h"
#include "run/claim.h"

struct agent {
	pid_t pid;
	int report; /* our end of the pipe */
};

int agent_start(struct claim *c, struct agent *ret, struct err *err);

/* The setup of the repository in its place: without `started`, and without the nonce. */
int agent_start_setup(struct claim *c, struct agent *ret, struct err *err);
void agent_report(struct agent *agent, struct exit_note *note); /* closes the pipe */

/*
 * The agent's environment: `own` (NULL at the end) without the launcher's tmux, without what names another
 * repository (GIT_DIR and its like) and without l->unset, with l->env, with a ceiling above l->worktree for git
 * that looks for its repository, with exe_dir in front of PATH so that `reeve` is found.  The REEVE_*
 * variables of the episode stay as they are in `own`, whatever l says.
 */
void agent_environment(
    char *const *own, const struct launch *l, const char *exe_dir, struct strvec *ret);

#endif
