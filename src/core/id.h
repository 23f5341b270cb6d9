/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * id.h: names of things, each a one-field struct so that one cannot be taken for another.
 *
 * All of them are values: no ownership, compare by content, "none" is the zeroed value.
 */
#ifndef CORE_ID_H
#define CORE_ID_H

#include "base/str.h"

#define ID_TICKET_MAX 999999999u
#define ID_SIGNAL_MAX 120

/* A ticket: 1, 2, 3 ... */
struct ticket_id {
	uint32_t n;
};

/* The n-th episode of a ticket, written "12.3". */
struct episode_id {
	struct ticket_id ticket;
	uint32_t n;
};

/* A git object id in lower-case hex (40 or 64 characters). */
struct oid {
	char hex[65];
};

/* The name of a signal without ".json": [A-Za-z0-9._-]{1,120}, not beginning with a dot. */
struct signal_id {
	char s[ID_SIGNAL_MAX + 1];
};

bool ticket_id_parse(struct str s, struct ticket_id *ret);   /* "12"; no sign, no leading zero */
bool episode_id_parse(struct str s, struct episode_id *ret); /* "12.3" */
bool episode_id_eq(struct episode_id a, struct episode_id b);

bool oid_parse(struct str s, struct oid *ret); /* 40 or 64 hex digits, upper case is folded */
bool oid_is_set(struct oid o);
bool oid_eq(struct oid a, struct oid b);

bool signal_id_parse(struct str s, struct signal_id *ret);
bool signal_id_eq(const struct signal_id *a, const struct signal_id *b);

/* Names of repositories, agents, missions and inboxes: [A-Za-z0-9][A-Za-z0-9._-]{0,63}. */
bool id_is_name(struct str s);

#endif
