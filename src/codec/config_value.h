/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * config_value.h: the right side of `key = value`, as `git config -f` reads and writes it; for
 * config_text.c.
 *
 * "..." may stand around the whole value; \" \\ \t \n are escapes, inside and outside of it; what follows a
 * blank and # or ; is a comment.  Where git's reading is not what the file seems to say, the value is
 * refused: then there is only one reading.
 */
#ifndef CODEC_CONFIG_VALUE_H
#define CODEC_CONFIG_VALUE_H

#include "base/buf.h"

/* Appends the value.  NULL; or what is wrong with it and what to do, and ret may hold a part. */
const char *config_value_read(struct str raw, struct buf *ret);

/* False: no line can hold it (line breaks, other control characters, not UTF-8). */
bool config_value_add(struct buf *b, struct str value);

/* What may stand in a line at all: UTF-8, and no control character but TAB. */
bool config_value_is_plain(struct str line);

#endif
