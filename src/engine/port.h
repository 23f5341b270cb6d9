/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * port.h: REEVE_PORT, a port that is a ticket's own.  Private to engine/.
 *
 * A ticket keeps the port of its last episode as long as nobody else has it: no other ticket that is not
 * finished, and no program that listens.  Else it gets the next one, counted from its own number.  When all are
 * given away, one of a ticket that no worker is on.  All of this follows from the spec.json of the last
 * episodes, and from the plans of those that are just being started.
 */
#ifndef ENGINE_PORT_H
#define ENGINE_PORT_H

#include "engine/item.h"

/* ERR_LIMIT: more workers than ports. */
int port_choose(struct engine *e, struct item *it, uint32_t *ret, struct err *err);

#endif
