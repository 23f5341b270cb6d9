/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * facts.h: what reconcile_next() has to know of a ticket, gathered just before it is asked.  Private to
 * engine/.
 *
 * seen: the files and locks of its current episode; all free and nothing there when it has none.
 */
#ifndef ENGINE_FACTS_H
#define ENGINE_FACTS_H

#include "core/reconcile.h"
#include "engine/item.h"

void
facts_gather(struct engine *e, struct item *it, const struct episode_seen *seen, struct facts *ret);

#endif
