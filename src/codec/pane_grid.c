/* SPDX-License-Identifier: GPL-2.0-only */
#include "base/base.h"

#include "codec/pane_grid.h"

#include "base/clean.h"

static int
pane_within(int n, int min, int max)
{
	return n < min ? min : n > max ? max : n;
}

static void
pane_touch(struct pane_grid *g, int row)
{
	g->rows[row].is_touched = true;
	if (row < g->touched)
		g->touched = row;
}

void
pane_grid_init(struct pane_grid *g, int rows, int cols)
{
	*g = (struct pane_grid){ .n_rows = rows, .n_cols = cols, .bottom = rows, .touched = rows };
	g->rows = xcalloc((size_t)rows, sizeof *g->rows);
	for (int i = 0; i < rows; i++)
		g->rows[i].cells = xcalloc((size_t)cols, sizeof *g->rows[i].cells);
}

static void
pane_row_release(struct pane_row *row)
{
	free(row->cells);
	free(row->told);
}

void
pane_grid_release(struct pane_grid *g)
{
	for (int i = 0; i < g->n_rows; i++)
		pane_row_release(&g->rows[i]);
	free(g->rows);
	memset(g, 0, sizeof *g);
}

/* Half a wide character is nothing. */
static void
pane_mend(struct pane_grid *g, struct pane_cell *cells, int col)
{
	if (col > 0 && col < g->n_cols && cells[col].c == PANE_TAIL)
		cells[col] = cells[col - 1] = (struct pane_cell){ 0, 0 };
}

void
pane_grid_erase(struct pane_grid *g, int row, int from, int to)
{
	struct pane_cell *cells;

	row = pane_within(row, 0, g->n_rows - 1);
	from = pane_within(from, 0, g->n_cols);
	to = pane_within(to, from, g->n_cols);
	cells = g->rows[row].cells;
	pane_mend(g, cells, from);
	pane_mend(g, cells, to);
	if (to > from)
		memset(cells + from, 0, (size_t)(to - from) * sizeof *cells);
	pane_touch(g, row);
}

/* One row out, and in again as a blank one at the other end. */
static void
pane_rotate(struct pane_grid *g, int top, int bottom, bool is_up)
{
	int out = is_up ? top : bottom - 1, in = is_up ? bottom - 1 : top;
	struct pane_row row = g->rows[out];

	if (is_up && top == 0 && g->on_push)
		g->on_push(g->self, &g->rows[out]);
	row = g->rows[out];
	if (is_up)
		memmove(&g->rows[top], &g->rows[top + 1], (size_t)(bottom - top - 1) * sizeof row);
	else
		memmove(&g->rows[top + 1], &g->rows[top], (size_t)(bottom - top - 1) * sizeof row);
	free(row.told);
	row.told = NULL;
	g->rows[in] = row;
	/* What was touched has moved with its row. */
	if (is_up && g->touched > top && g->touched < bottom)
		g->touched--;
	pane_grid_erase(g, in, 0, g->n_cols);
}

void
pane_grid_scroll(struct pane_grid *g, int top, int bottom, int by)
{
	top = pane_within(top, 0, g->n_rows - 1);
	bottom = pane_within(bottom, top + 1, g->n_rows);
	by = pane_within(by, top - bottom, bottom - top);
	for (; by > 0; by--)
		pane_rotate(g, top, bottom, true);
	for (; by < 0; by++)
		pane_rotate(g, top, bottom, false);
}

void
pane_grid_move(struct pane_grid *g, int row, int col)
{
	g->row = pane_within(row, 0, g->n_rows - 1);
	g->col = pane_within(col, 0, g->n_cols - 1);
}

void
pane_grid_down(struct pane_grid *g)
{
	if (g->row == g->bottom - 1)
		pane_grid_scroll(g, g->top, g->bottom, 1);
	else if (g->row < g->n_rows - 1)
		g->row++;
}

void
pane_grid_up(struct pane_grid *g)
{
	if (g->row == g->top)
		pane_grid_scroll(g, g->top, g->bottom, -1);
	else if (g->row > 0)
		g->row--;
}

void
pane_grid_region(struct pane_grid *g, int top, int bottom)
{
	top = pane_within(top, 0, g->n_rows - 1);
	bottom = pane_within(bottom, 1, g->n_rows);
	if (bottom - top < 2) /* as terminals have it */
		return;
	g->top = top;
	g->bottom = bottom;
	pane_grid_move(g, 0, 0);
}

/* Accents and the like stand over the character before them. */
static bool
pane_is_mark(uint32_t c)
{
	return (c >= 0x300 && c <= 0x36f) || (c >= 0x1ab0 && c <= 0x1aff) ||
	       (c >= 0x20d0 && c <= 0x20ff) || (c >= 0xfe00 && c <= 0xfe0f) || c == 0x200d;
}

static void
pane_put_mark(struct pane_grid *g, uint32_t c)
{
	int col = g->col - 1;

	if (c == 0x200d || col < 0)
		return;
	if (g->rows[g->row].cells[col].c == PANE_TAIL && col > 0)
		col--;
	if (g->rows[g->row].cells[col].c != 0)
		g->rows[g->row].cells[col].mark = c;
}

void
pane_grid_put(struct pane_grid *g, uint32_t c)
{
	int width = clean_is_wide(c) && g->n_cols > 1 ? 2 : 1;
	struct pane_cell *cells;

	if (pane_is_mark(c)) {
		pane_put_mark(g, c);
		return;
	}
	if (g->col + width > g->n_cols) {
		g->col = 0;
		pane_grid_down(g);
	}
	pane_grid_erase(g, g->row, g->col, g->col + width);
	cells = g->rows[g->row].cells;
	cells[g->col].c = c;
	if (width == 2)
		cells[g->col + 1].c = PANE_TAIL;
	g->col += width;
}

void
pane_grid_shift(struct pane_grid *g, int by)
{
	struct pane_cell *cells = g->rows[g->row].cells;
	int at = pane_within(g->col, 0, g->n_cols - 1), room = g->n_cols - at;
	size_t kept;

	by = pane_within(by, -room, room);
	kept = (size_t)(room - abs(by)) * sizeof *cells;
	pane_mend(g, cells, at);
	if (by > 0) {
		memmove(cells + at + by, cells + at, kept);
		if (by < room && cells[g->n_cols - 1].c != 0 &&
		    cells[g->n_cols - 1].c != PANE_TAIL && clean_is_wide(cells[g->n_cols - 1].c))
			cells[g->n_cols - 1].c = 0; /* its right half went off */
		pane_grid_erase(g, g->row, at, at + by);
	} else {
		pane_mend(g, cells, at - by);
		memmove(cells + at, cells + at - by, kept);
		pane_grid_erase(g, g->row, g->n_cols + by, g->n_cols);
	}
}

void
pane_grid_resize(struct pane_grid *g, int rows, int cols)
{
	struct pane_grid was = *g;
	int keep = cols < was.n_cols ? cols : was.n_cols;

	for (; g->row >= rows; g->row--)
		pane_grid_scroll(g, 0, g->n_rows, 1);
	was = *g;
	pane_grid_init(g, rows, cols);
	g->on_push = was.on_push;
	g->self = was.self;
	for (int i = 0; i < rows && i < was.n_rows; i++) {
		memcpy(
		    g->rows[i].cells, was.rows[i].cells, (size_t)keep * sizeof *g->rows[i].cells);
		if (keep < was.n_cols && was.rows[i].cells[keep].c == PANE_TAIL && keep > 0)
			g->rows[i].cells[keep - 1].c = 0;
		g->rows[i].told = take_charp(&was.rows[i].told);
		g->rows[i].is_touched = true;
	}
	pane_grid_move(g, was.row, was.col);
	g->touched = 0;
	pane_grid_release(&was);
}

static void
pane_add_utf8(struct buf *b, uint32_t c)
{
	if (c < 0x80) {
		buf_addch(b, (char)c);
		return;
	}
	if (c < 0x800) {
		buf_addch(b, (char)(0xc0 | c >> 6));
	} else {
		if (c < 0x10000) {
			buf_addch(b, (char)(0xe0 | c >> 12));
		} else {
			buf_addch(b, (char)(0xf0 | c >> 18));
			buf_addch(b, (char)(0x80 | (c >> 12 & 0x3f)));
		}
		buf_addch(b, (char)(0x80 | (c >> 6 & 0x3f)));
	}
	buf_addch(b, (char)(0x80 | (c & 0x3f)));
}

void
pane_grid_text(const struct pane_grid *g, int row, struct buf *ret)
{
	const struct pane_cell *cells = g->rows[row].cells;
	int end = g->n_cols;

	while (end > 0 && (cells[end - 1].c == 0 || cells[end - 1].c == ' '))
		end--;
	for (int i = 0; i < end; i++) {
		if (cells[i].c == PANE_TAIL)
			continue;
		pane_add_utf8(ret, cells[i].c ? cells[i].c : ' ');
		if (cells[i].mark != 0)
			pane_add_utf8(ret, cells[i].mark);
	}
}
