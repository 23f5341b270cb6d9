/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * setup.h: what comes between the claim and the agent: the worktree is made fit to work in.
 *
 *	setup_show()	the pane says what of the main worktree the worktree has got (prepared.txt)
 *	setup_run()	the command of [repo] setup, in the pane, in the worktree, before the agent
 *
 * The command belongs to the episode: it has the ticket's lock, a process group and the terminal as the agent
 * has, its environment, and ends with all that it started.  It cannot report: it runs before the launcher
 * executes itself with the nonce (run/handover.h), so that neither its own environment nor that of any
 * ancestor holds one.  `started` is not there yet, so nobody takes it for the agent.
 *
 * It runs in every new worktree, once: when it has succeeded in that of the author, tickets/N/setup says for
 * which command and for which directory, so that the next episode goes on without it.  A reviewer's worktree
 * is always new.
 */
#ifndef RUN_SETUP_H
#define RUN_SETUP_H

#include "run/claim.h"

void setup_show(const struct claim *c);

/*
 * RUN_OK: nothing to do, or done; go on.  RUN_SETUP: it failed, or was stopped: *note says how, and err in
 * words.  RUN_PAUSED: the kill switch was set while it ran; *note says so, too.  RUN_IO: it could not be
 * tried; *note says why.
 */
enum run_exit setup_run(struct claim *c, struct exit_note *note, struct err *err);

/* "<sha256 of the command line> <device>:<inode>:<birth>" of the worktree at path; false: there is none. */
bool setup_mark(const struct strvec *command, const char *path, struct buf *ret);

#endif
