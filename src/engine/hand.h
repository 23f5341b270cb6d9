/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * hand.h: what a hand did to a ticket file behind our back (PROTOCOLS P5).  Private to engine/.
 *
 *	its Title, Priority or description is another	-> an `edit` of the actor "hand"
 *	it cannot be read, or anything else is another	-> set aside: nothing is decided until it is mended
 *	it is gone, or its whole directory		-> set aside; never made again, the number is not reused
 *	it is there again, or a new one is		-> it goes on
 *
 * Seen by the identity of the file (struct ticket_mark): one stat of each live ticket at the beginning of a
 * turn, one before anything is decided about a ticket, and the last one just before the rename of a
 * commit; so an edit is lost only when an editor saves in the microseconds between that and the rename.
 *
 * What is set aside at the start is in engine.aside, and what is set aside later is an item with is_lost:
 * memory holds its last good state then, and a copy of that is left beside the file (ticket.last-good).
 */
#ifndef ENGINE_HAND_H
#define ENGINE_HAND_H

#include "engine/item.h"

/* At the beginning of a turn. */
int hand_look_all(struct engine *e, struct err *err);

/* One of them.  Afterwards it->is_lost says whether anything may be decided.  A failure is one of a commit. */
int hand_look(struct engine *e, struct item *it, struct err *err);

/* A commit found another file, or none: nothing was written, and the next turn looks. */
void hand_lost_in_commit(struct engine *e, struct item *it);

/* Something of its directory that has to be there is not: set aside, and said. */
int hand_missing(struct engine *e, struct item *it, const struct err *what, struct err *err);

/* Says it once when the directory of a running episode is gone: its worker goes on, and is judged by the lock
 * of the ticket. */
void hand_see_episode(struct item *it, const struct episode_seen *seen);

/* The number of the next ticket: one that none has or had.  0: it cannot be told just now, or a hand has taken
 * the last one. */
struct ticket_id hand_next_id(struct engine *e);

/* Every ticket there is, at the start. */
int hand_load(struct engine *e, struct err *err);

#endif
