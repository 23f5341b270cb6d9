/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * events.h: events.jsonl, one line a revision, for tools.
 *
 *	{"at":"2026-11-21T06:23:25Z","ticket":12,"rev":7,"event":"DONE","from":"working",
 *	 "to":"delivered","episode":"12.3","actor":"worker","row":10,"signal":"<id>","reason":"..."}
 *
 * "from" of the first line is "none".  "episode", "actor", "signal" and "reason" are left out when there is
 * none.  The keys keep this order.  A signal's id is in no line of another signal.
 *
 * Not the truth: appended after the commit and not synced; events_mend() appends what a crash left out,
 * found by comparing the last revisions in the file with the histories.  A torn last line is ended first.
 */
#ifndef STORE_EVENTS_H
#define STORE_EVENTS_H

#include "core/lifecycle.h"
#include "store/root.h"

void events_line(
    const struct ticket *before, const struct event *e, const struct decision *d, struct buf *ret);
int events_append(struct root *r, struct str lines, struct err *err);

/* records: all tickets that could be read, in any order.  Before anything is appended, at start.
 * *ret_highest: the highest ticket that a line names, be it there or not; 0. */
int events_mend(struct root *r, const struct record *const *records, size_t n,
    uint32_t *ret_highest, struct err *err);

/* Finds the line that names this signal: 1 and its ticket and revision; 0: not there. */
int events_find(struct root *r, const struct signal_id *id, struct ticket_id *ret_ticket,
    uint64_t *ret_rev, struct err *err);

#endif
