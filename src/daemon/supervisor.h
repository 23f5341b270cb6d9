/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * supervisor.h: the loop: hints in, turns of the engine, until a signal ends it.
 *
 * supervisor_run() holds LOCK for its life.  It wakes up for: changes in watched directories, the end of
 * launchers and helpers, tmux, signals, the next due time, and a slow rescan (SUPERVISOR_RESCAN_S), which
 * is for hints that the kernel lost.
 *
 * once: an observer that ends when all is at rest.
 * ready_fd >= 0: "ready\n" is written and the descriptor closed when the first turn is over.
 */
#ifndef DAEMON_SUPERVISOR_H
#define DAEMON_SUPERVISOR_H

#include "base/err.h"

#define SUPERVISOR_RESCAN_S 60

struct supervisor_options {
	const char *state; /* path of the state directory */
	bool once;
	int ready_fd; /* -1: none */
};

/* 0: ended as asked.  ERR_BUSY: another one holds LOCK; who is about to let it go is waited for.  ERR_IO: the store
 * cannot be written. */
int supervisor_run(const struct supervisor_options *options, struct err *err);

#endif
