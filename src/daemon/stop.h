/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * stop.h: the processes of an episode come to an end (PROTOCOLS P4).  Runs in a helper process and may
 * take the grace period and a little more.
 *
 *	stop_politely()	SIGTERM to the launcher, which ends its agent; without one, to everybody
 *	stop_all()	SIGKILL to whoever holds the ticket's lock or carries the episode's tag, until
 *			nobody does
 *
 * Who is signalled: the launcher that the lock file names if it still is that process and holds the lock;
 * every process that has the ticket's lock file open; every process with the tag in its environment.
 * Never a pid that was only remembered.
 */
#ifndef DAEMON_STOP_H
#define DAEMON_STOP_H

#include "base/buf.h"

struct work;

void stop_politely(const struct work *w);

/* True: none is left, as far as the kernel tells: the ticket's lock is free, and all of /proc could be
 * asked.  Else ret gets what is known of them, in words. */
bool stop_all(const struct work *w, struct buf *ret);

/* The same question, and nobody is signalled. */
bool stop_is_over(const struct work *w, struct buf *ret);

#endif
