/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * pane_grid.h: the cells of a terminal's screen, its cursor, and what moves them; for pane_screen.c.
 *
 * Every number is taken as it comes and brought inside: whatever a program asks for, nothing outside of the
 * screen is touched.
 *
 * A row that leaves at the top of the whole screen is given to on_push() first.
 *
 * A few bytes can ask for much: to clear, to scroll, to leave or to resize a whole screen.  So nothing is done to
 * cells that are blank anyway, and no row is moved twice by one call:
 *
 *	I1	cells of a row from `used` on are blank, and so are all rows from n_rows on
 *	I2	a cell that is cleared, or read because its row leaves or is cut, was paid for by the
 *		character that was put there or behind it
 *	I3	all in all no more than PANE_WORK cells and rows are touched for a byte of input, whatever
 *		the bytes are: `work` counts them, and the tests and the fuzzer hold it against the bytes
 */
#ifndef CODEC_PANE_GRID_H
#define CODEC_PANE_GRID_H

#include "base/buf.h"

#define PANE_ROWS_MAX 300
#define PANE_COLS_MAX 600
#define PANE_TAIL     UINT32_MAX /* the right half of a wide character */
#define PANE_WORK     (PANE_ROWS_MAX + PANE_COLS_MAX)

struct pane_cell {
	uint32_t c;    /* 0: blank */
	uint32_t mark; /* an accent over it; 0: none */
};

struct pane_row {
	struct pane_cell *cells; /* PANE_COLS_MAX; NULL: never used */
	int used;
	char *told;      /* pane_screen.c: its text when it was told; NULL: it was not */
	bool is_touched; /* since pane_screen.c looked at it */
};

struct pane_grid {
	int n_rows, n_cols;
	struct pane_row rows[PANE_ROWS_MAX];
	int row, col;    /* the cursor; col == n_cols: the next character goes to the next line */
	int top, bottom; /* what scrolls: from top to before bottom */
	int saved_row, saved_col;
	int touched; /* the highest row that was touched since pane_screen.c set it */
	void (*on_push)(void *self, struct pane_row *row); /* may be NULL */
	void (*on_cut)(void *self, struct pane_row *row);  /* it has lost its end; may be NULL */
	void *self;
	uint64_t work; /* cells and rows touched so far */
};

void pane_grid_init(struct pane_grid *g, int rows, int cols);
void pane_grid_release(struct pane_grid *g);
void pane_grid_clear(struct pane_grid *g); /* as after pane_grid_init() */

/* What is in the upper left corner stays; rows above the cursor leave at the top when there is no room. */
void pane_grid_resize(struct pane_grid *g, int rows, int cols);

void pane_grid_put(struct pane_grid *g, uint32_t c); /* at the cursor, which goes on */
void pane_grid_move(struct pane_grid *g, int row, int col);
void pane_grid_down(struct pane_grid *g); /* one line; scrolls at the end of the region */
void pane_grid_up(struct pane_grid *g);
void pane_grid_region(struct pane_grid *g, int top, int bottom);

/* Rows of [top, bottom) go up by so many (down: by < 0); blank ones come in. */
void pane_grid_scroll(struct pane_grid *g, int top, int bottom, int by);

/* Cells of [from, to) become blank. */
void pane_grid_erase(struct pane_grid *g, int row, int from, int to);

/* What is from the cursor to the end of its row goes right by so many cells (left: by < 0). */
void pane_grid_shift(struct pane_grid *g, int by);

/* What a row says, as UTF-8, without blanks at its end; not cleaned. */
void pane_grid_text(const struct pane_row *row, struct buf *ret);

#endif
