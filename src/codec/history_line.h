/* SPDX-License-Identifier: GPL-2.0-only */
/* history_line.h: the words of one line of a history.  For history.c only. */
#ifndef CODEC_HISTORY_LINE_H
#define CODEC_HISTORY_LINE_H

#include "codec/ticket_text.h"

/* The whole line of entry, with its end; entry's line and text are not looked at. */
void history_line_add(struct buf *b, const struct history_entry *entry);

/* Fills all but line and text.  ERR_INVALID. */
int history_line_parse(struct str line, struct history_entry *ret, struct err *err);

#endif
