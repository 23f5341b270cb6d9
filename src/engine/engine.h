/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * engine.h: one turn after another: receive, decide, commit, file away, and see what is to be done.
 *
 *	engine_open()	LOCK is held by the caller's root; sweeps, loads every ticket, mends events.jsonl
 *	engine_turn()	after any hint, and at *ret_next; cheap when there is nothing to do
 *	engine_on_work()	an answer of the world; the caller then calls engine_turn()
 *	engine_close()
 *
 * A turn reads what is in spool/new, steps each signal, and asks reconcile_next() for every live ticket
 * until nothing changes.  State is changed by engine_apply() (commit.h) only.
 *
 * An observer only decides: it reads the spool, checks artifacts, judges what has ended, and starts, stops
 * and merges nothing.
 *
 * Failures of engine_turn(): ERR_LIMIT (disk full: nothing is lost, call again later), ERR_IO (the store
 * cannot be written: the caller ends, all that was not acknowledged is still in new/).
 */
#ifndef ENGINE_ENGINE_H
#define ENGINE_ENGINE_H

#include "codec/config_text.h"
#include "core/ticket.h"
#include "engine/world.h"
#include "store/root.h"

struct engine;

int engine_open(
    struct root *root, struct world *world, bool is_observer, struct engine **ret, struct err *err);
void engine_close(struct engine *e);

struct engine_rest {
	bool is_at_rest;      /* all signals decided, no work under way, no token unclaimed */
	bool is_more;         /* call again at once */
	int64_t next_boot_ms; /* call again then; 0: on a hint only */
};
int engine_turn(struct engine *e, struct engine_rest *ret, struct err *err);

void engine_on_work(
    struct engine *e, enum work_kind kind, struct ticket_id id, const struct work_result *result);

/* The configuration that the engine goes by; valid until the next turn. */
const struct config *engine_config(const struct engine *e);

/* A sentence on the state of things, for the log: "12 tickets, 3 live". */
void engine_describe(const struct engine *e, struct buf *ret);

#endif
