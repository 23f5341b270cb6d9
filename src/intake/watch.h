/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * watch.h: the only place that knows libinotifytools: wake-ups, and nothing but wake-ups.
 *
 *	watch_open()
 *	watch_add(dir)		again and again; a path that is watched already is no error
 *	watch_fd() readable:	watch_drain() -> a reason to scan, never what happened
 *
 * Hints, not truth: after watch_add() the caller scans (arm before scan), and after watch_drain() said
 * that watches were lost it adds all of them again.  The library keeps global state: one watch a
 * process.  The fifteen traps of the library are dealt with here.
 *
 * Failures: ERR_LIMIT (inotify limits of the user: says which sysctl), ERR_NOTFOUND (no such directory).
 */
#ifndef INTAKE_WATCH_H
#define INTAKE_WATCH_H

#include "base/err.h"

struct watch_news {
	bool any;  /* something happened in a watched directory */
	bool lost; /* overflow, a directory went away or was moved: add everything again */
};

int watch_open(struct err *err);
void watch_close(void);
int watch_fd(void);

/* Entries that appear (renamed in, written and closed), go, or are written and closed. */
int watch_add(const char *dir, struct err *err);

/* And each time a file in it is written to: for who follows one that grows.  Not to be watched in the other way
 * before. */
int watch_add_growing(const char *dir, struct err *err);
void watch_remove(const char *dir);

/* Reads all there is; never blocks. */
struct watch_news watch_drain(void);

/* What an event with this mask (inotify(7)) means. */
struct watch_news watch_news_of(uint32_t mask);

#endif
