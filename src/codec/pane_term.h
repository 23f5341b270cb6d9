/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * pane_term.h: bytes to what they do on a terminal's screen; for pane_screen.c.
 *
 * What is understood is what moves or erases text, as xterm and tmux do it; colours, titles, questions and
 * pictures are passed over.  Any bytes are taken, cut anywhere.  (libvterm 0.1.4 was tried before: random bytes
 * make it write where it may not.)
 */
#ifndef CODEC_PANE_TERM_H
#define CODEC_PANE_TERM_H

#include "codec/pane_grid.h"

#define PANE_NUMBERS 16

enum pane_state {
	PANE_TEXT,
	PANE_ESCAPE,     /* ESC */
	PANE_DESIGNATE,  /* ESC and what takes one byte more */
	PANE_CSI,        /* ESC [ */
	PANE_STRING,     /* ESC ] P X ^ _ : up to ST or BEL */
	PANE_STRING_ESC, /* and ESC in it */
};

struct pane_term {
	struct pane_grid main, other; /* other: the alternate screen */
	bool is_full;                 /* it is shown */
	bool is_redrawer;             /* the cursor went up on the main one */
	enum pane_state state;
	int numbers[PANE_NUMBERS], n_numbers; /* of the CSI; 0: left out */
	char private, between;                /* '?' and the like; ' ' to '/' */
	char half[4]; /* of a character whose other bytes have not come yet */
	size_t n_half;
	uint32_t last; /* the character put last, to be repeated */
};

void pane_term_init(struct pane_term *t); /* 24 rows, 80 columns */
void pane_term_release(struct pane_term *t);
void pane_term_feed(struct pane_term *t, struct str bytes);

#endif
