/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * receive.h: the spool is read, each signal decided, and filed away (PROTOCOLS P2).  Private to engine/.
 *
 * Level-triggered: a signal whose artifact is being checked stays in new/ and is met again, with the
 * answer, by the scan after it.
 *
 * As long as a scan that came to its end has left a signal of a ticket undecided, of whatever kind and for whatever
 * reason, its episode is not judged (facts.has_signals).
 */
#ifndef ENGINE_RECEIVE_H
#define ENGINE_RECEIVE_H

#include "engine/item.h"

struct received {
	bool is_more; /* new/ was not read to its end */
};
int engine_receive(struct engine *e, struct received *ret, struct err *err);

#endif
