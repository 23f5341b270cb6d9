/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * clean.h: untrusted bytes made fit to be shown.
 *
 * Whatever an agent, a file name or a ticket says may hold terminal escapes, bidirectional overrides or
 * broken UTF-8.  Everything that is printed for a person goes through here.
 */
#ifndef BASE_CLEAN_H
#define BASE_CLEAN_H

#include "base/buf.h"

/* Appends s with every C0/C1 control, DEL, bidi and zero-width character and invalid byte made visible
 * (\x1b, \n, \u202e).  With keep_lines, '\n' and '\t' stay as they are. */
void clean_add(struct buf *b, struct str s, bool keep_lines);

/* As clean_add, for one line of at most width columns (bytes of UTF-8 sequences are not counted as
 * columns); what is cut off is marked with "...". width 0: no limit. */
void clean_add_line(struct buf *b, struct str s, size_t width);

/* Does a terminal draw this character two columns wide? */
bool clean_is_wide(uint32_t c);

/* Appends a slug of s: [a-z0-9-], no '-' at the ends or doubled, at most max characters; "ticket" when
 * nothing is left.  Fit for a ref name, a directory and a tmux window. */
void clean_slug(struct buf *b, struct str s, size_t max);

#endif
