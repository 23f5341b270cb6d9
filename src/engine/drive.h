/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * drive.h: what reconcile_next() asks for is done (drive.c), and what the world answers becomes events
 * (answer.c).  Private to engine/.
 */
#ifndef ENGINE_DRIVE_H
#define ENGINE_DRIVE_H

#include "engine/item.h"

struct driven {
	bool has_changed;      /* ask again */
	bool is_busy;          /* work is under way, or a token waits to be claimed */
	int64_t until_boot_ms; /* 0: none */
};
/* Work that failed without a trace in the ticket is tried again after this time. */
#define ENGINE_RETRY_MS 10000

int engine_drive(struct engine *e, struct item *it, struct driven *ret, struct err *err);

/* Starts w (kind and oids are set) for this ticket.  A failure is logged, and tried again later unless
 * the caller does something about it; ret_why may be NULL. */
int engine_begin(struct engine *e, struct item *it, struct work *w, struct err *ret_why);

/* Nothing new begins: the kill switch, or control/stop. */
bool engine_is_paused(const struct engine *e);

/* The environment is at fault: the ticket says so, and waits a while. */
int engine_environment(
    struct engine *e, struct item *it, enum blame blame, struct str why, struct err *err);

#endif
