/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * pane_screen.h: the bytes that a terminal was sent, read as the terminal reads them: what they put
 * on its screen, and what went off it at the top.
 *
 *	struct pane_screen *s = pane_screen_new(false);
 *	pane_screen_feed(s, bytes);		again and again, cut anywhere
 *	pane_screen_last(s, 200, 65536, &text);	the last lines, as somebody would see them who scrolls back
 *	pane_screen_free(s);
 *
 * or, for somebody who looks on, with pane_screen_new(true):
 *
 *	pane_screen_feed(s, bytes);
 *	pane_screen_news(s, &text);		lines that have settled since
 *	...
 *	pane_screen_rest(s, &text);		what is on the screen and was not told
 *
 * A line has settled when the cursor is below it.  Of a program that goes back up to draw over what it drew (a
 * spinner, a progress bar), a line has settled when what came with the last feed is all below it, or when it
 * has left the screen.  A line that is changed later is told again.  Of a program with a screen of its own (the
 * alternate one) nothing is told until it leaves it, or until the rest.
 *
 * The size is 80 by 24 until CSI 8 ; rows ; columns t says another (run/record.h writes it).
 *
 * Any bytes are taken, and what comes out is clean (base/clean.h), line by line; memory is bounded, and so is what
 * a byte costs (pane_grid.h), whatever the size of the screen.
 */
#ifndef CODEC_PANE_SCREEN_H
#define CODEC_PANE_SCREEN_H

#include "base/buf.h"

#define PANE_HISTORY 10000 /* lines that are remembered above the screen */

struct pane_screen;

struct pane_screen *pane_screen_new(bool is_told);
void pane_screen_free(struct pane_screen *s); /* NULL is fine */
void pane_screen_feed(struct pane_screen *s, struct str bytes);

/* As pane_text_add() does it. */
void
pane_screen_last(const struct pane_screen *s, size_t max_lines, size_t max_bytes, struct buf *ret);

void pane_screen_news(struct pane_screen *s, struct buf *ret);
void pane_screen_rest(struct pane_screen *s, struct buf *ret);

/* Has the program a screen of its own just now? */
bool pane_screen_is_full(const struct pane_screen *s);

/* Cells and rows that were touched so far by what was fed: PANE_WORK (pane_grid.h) for each byte at most. */
uint64_t pane_screen_work(const struct pane_screen *s);

#endif
