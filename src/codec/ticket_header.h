/* SPDX-License-Identifier: GPL-2.0-only */
/* ticket_header.h: the headers of a ticket file, "Name: value", in their order.  For ticket_text.c and
 * history_replay.c. */
#ifndef CODEC_TICKET_HEADER_H
#define CODEC_TICKET_HEADER_H

#include "base/err.h"
#include "core/ticket.h"

#define TICKET_HEADER_MAX 64 /* there are less */
size_t ticket_header_count(void);
const char *ticket_header_name(size_t i);
bool ticket_header_is_spec(size_t i); /* a person's words; else it follows from the history */

bool ticket_header_is_set(const struct record *r, size_t i);

/* Appends the value as in the file; nothing, and false, when it is not set. */
bool ticket_header_add(const struct record *r, size_t i, struct buf *b);

/* Reads one line (without its end) into r.  seen: bits of the headers so far.  ERR_INVALID. */
int ticket_header_parse(struct str line, struct record *r, uint64_t *seen, struct err *err);

/* What a ticket cannot be without.  ERR_INVALID names the header. */
int ticket_header_check(uint64_t seen, struct err *err);

#endif
