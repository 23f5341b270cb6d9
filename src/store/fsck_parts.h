/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * fsck_parts.h: what the parts of fsck share; for nobody else.
 *
 *	fsck.c		the store: I1 I3 I18, and the order of things
 *	fsck_ticket.c	one ticket file: I2 I4 I6 I9 I10 I12 I13 I14 I15 I18
 *	fsck_episode.c	its directory and those of its episodes: I4 I6 I7 I16 I18
 *	fsck_mode.c	I19
 */
#ifndef STORE_FSCK_PARTS_H
#define STORE_FSCK_PARTS_H

#include "base/vec.h"
#include "core/ticket.h"
#include "store/root.h"

struct fsck_signal { /* one that a history names */
	struct signal_id id;
	struct digest hash;
	struct ticket_id ticket;
	uint64_t rev;
};
struct fsck_signals {
	struct fsck_signal *v;
	size_t n;
	size_t cap;
};

struct fsck {
	struct root *r;
	bool live;
	bool has_unread;      /* a ticket could not be read: what its history names is not known */
	int64_t kill_wall_ms; /* since when control/kill is there; INT64_MAX: it is not */
	struct fsck_signals signals;
	struct strvec *found;
};

void fsck_say(struct fsck *f, const char *fmt, ...) printf_like(2, 3);

void fsck_ticket(struct fsck *f, struct ticket_id id);

/* last_is_start: the last revision opened the current episode. */
void fsck_episodes(struct fsck *f, const struct ticket *t, bool last_is_start);

/* Mode, owner and kind of the store itself, and of one ticket. */
void fsck_modes(struct fsck *f);
void fsck_ticket_modes(struct fsck *f, struct ticket_id id);

#endif
