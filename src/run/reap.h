/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * reap.h: waiting for the agent, and ending what it leaves behind (PROTOCOLS P3, L7).
 *
 *	reap_prepare()	before the fork: subreaper, signals
 *	agent_start()
 *	reap_wait()	until the agent has ended, and all that it started
 *
 * As subreaper the launcher inherits every process that the agent orphans, however it detached itself.
 * So the end has a proof: the kernel says that there is no child any more (ECHILD).  After that, processes
 * that carry the tag (the nonce in their environment) are looked for; they can only come from elsewhere.
 * The holders of the ticket's lock file are not used: whoever looks at the file, the supervisor with its
 * probes for one, has it open as well.
 *
 * SIGTERM or SIGHUP to the launcher (stop request, pane closed), or the end of the agent, begin the end:
 * SIGTERM to all, grace_ms later SIGKILL, again and again.  What is still there REAP_GIVE_UP_MS after that
 * cannot be killed; it is counted, and keeps the ticket's lock for all to see.
 */
#ifndef RUN_REAP_H
#define RUN_REAP_H

#include "base/err.h"
#include "sys/proc.h"

#define REAP_GIVE_UP_MS 5000

struct reaped {
	int status;         /* of the agent, as of waitpid */
	bool was_stopped;   /* a signal to the launcher ended it */
	uint32_t leftovers; /* processes that were there after it and had to be ended */
	struct pids stuck;  /* cannot be killed; the caller releases */
};

/* Signals are blocked from now on, and waited for. */
int reap_prepare(struct err *err);

/* On failure (no /proc) the agent has ended, but what it left behind could not be looked for. */
int reap_wait(pid_t agent, const char *tag, int64_t grace_ms, struct reaped *ret, struct err *err);

#endif
