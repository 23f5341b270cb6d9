/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * census.h: what tickets share: slots, the breaker, and whose turn it is.  Private to engine/.
 *
 * Counted when it is asked for and something changed since (census_forget(): every commit, every piece of
 * work that begins or ends), so that nothing here can drift from the tickets.
 */
#ifndef ENGINE_CENSUS_H
#define ENGINE_CENSUS_H

#include "core/breaker.h"
#include "core/reconcile.h"
#include "engine/item.h"

void census_forget(struct engine *e);
void census_release(struct census *c);

/* Of all, of its repository, of its agent. */
bool census_has_slot(struct engine *e, const struct item *it);

/* is_broken, breaker_boot_ms, is_probed */
void census_breaker(struct engine *e, const struct item *it, struct facts *f);

/* How often what is to blame failed in a row, whoever's tickets they were. */
uint32_t census_streak(struct engine *e, const struct item *it, enum blame blame);

/* What `it` used works: the tickets that failed for it may go on. */
int census_mend(struct engine *e, const struct item *it, enum breaker_use use, struct err *err);

/* It was seen to run: what it failed for itself before that works.  What others failed for may have failed since. */
int census_mend_own(struct engine *e, struct item *it, struct err *err);

/* order: room for all items.  Higher priority first; of the same, what needs no worker any more: else reviews, each of
 * which may have a gate of its own, would keep a landing from its gate.  Then the repositories take turns, the one with
 * fewer workers first; then the lower number. */
void census_order(struct engine *e, struct item **order);

#endif
