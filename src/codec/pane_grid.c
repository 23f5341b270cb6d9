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
}

void
pane_grid_release(struct pane_grid *g)
{
	for (int i = 0; i < PANE_ROWS_MAX; i++) {
		free(g->rows[i].cells);
		free(g->rows[i].told);
	}
	memset(g, 0, sizeof *g);
}

/* Half a wide character is nothing. */
static void
pane_mend(struct pane_row *row, int col)
{
	if (col > 0 && col < row->used && row->cells[col].c == PANE_TAIL)
		row->cells[col] = row->cells[col - 1] = (struct pane_cell){ 0, 0 };
}

static void
pane_blank(struct pane_grid *g, struct pane_row *row, int from, int to)
{
	int end = to < row->used ? to : row->used;

	g->work++;
	pane_mend(row, from);
	pane_mend(row, to);
	if (from >= end)
		return;
	memset(row->cells + from, 0, (size_t)(end - from) * sizeof *row->cells);
	g->work += (uint64_t)(end - from);
	if (end == row->used)
		row->used = from;
}

void
pane_grid_erase(struct pane_grid *g, int row, int from, int to)
{
	row = pane_within(row, 0, g->n_rows - 1);
	from = pane_within(from, 0, g->n_cols);
	pane_blank(g, &g->rows[row], from, pane_within(to, from, g->n_cols));
	pane_touch(g, row);
}

/* Makes rows [from, to) what they were at first. */
static void
pane_rows_clear(struct pane_grid *g, int from, int to)
{
	for (int i = from; i < to; i++) {
		pane_blank(g, &g->rows[i], 0, PANE_COLS_MAX);
		set_charp(&g->rows[i].told, NULL);
		g->rows[i].is_touched = false;
	}
}

void
pane_grid_clear(struct pane_grid *g)
{
	pane_rows_clear(g, 0, g->n_rows);
	g->row = g->col = g->top = g->saved_row = g->saved_col = 0;
	g->bottom = g->touched = g->n_rows;
}

/* As many rows out, and in again as blank ones at the other end. */
static void
pane_rotate(struct pane_grid *g, int top, int bottom, int by, bool is_up)
{
	struct pane_row out[PANE_ROWS_MAX], *rows = &g->rows[top];
	size_t n = (size_t)by, rest = (size_t)(bottom - top) - n;
	int in = is_up ? bottom - by : top;

	g->work += (uint64_t)(bottom - top);
	for (int i = 0; i < by && is_up && top == 0 && g->on_push; i++) {
		g->work += (uint64_t)rows[i].used;
		g->on_push(g->self, &rows[i]);
	}
	memcpy(out, is_up ? rows : rows + rest, n * sizeof *out);
	memmove(is_up ? rows : rows + n, is_up ? rows + n : rows, rest * sizeof *out);
	memcpy(&g->rows[in], out, n * sizeof *out);
	/* What was touched has moved with its row. */
	if (is_up && g->touched > top && g->touched < bottom)
		g->touched = g->touched - by > top ? g->touched - by : top;
	pane_rows_clear(g, in, in + by);
	for (int i = in; i < in + by; i++)
		pane_touch(g, i);
}

void
pane_grid_scroll(struct pane_grid *g, int top, int bottom, int by)
{
	top = pane_within(top, 0, g->n_rows - 1);
	bottom = pane_within(bottom, top + 1, g->n_rows);
	by = pane_within(by, top - bottom, bottom - top);
	if (by != 0)
		pane_rotate(g, top, bottom, abs(by), by > 0);
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
	struct pane_row *row = &g->rows[g->row];
	int col = g->col - 1;

	if (c == 0x200d || col < 0 || col >= row->used)
		return;
	if (row->cells[col].c == PANE_TAIL && col > 0)
		col--;
	if (row->cells[col].c != 0)
		row->cells[col].mark = c;
}

void
pane_grid_put(struct pane_grid *g, uint32_t c)
{
	int width = clean_is_wide(c) && g->n_cols > 1 ? 2 : 1;
	struct pane_row *row;

	if (pane_is_mark(c)) {
		pane_put_mark(g, c);
		return;
	}
	if (g->col + width > g->n_cols) {
		g->col = 0;
		pane_grid_down(g);
	}
	pane_grid_erase(g, g->row, g->col, g->col + width);
	row = &g->rows[g->row];
	if (row->cells == NULL)
		row->cells = xcalloc(PANE_COLS_MAX, sizeof *row->cells);
	row->cells[g->col].c = c;
	if (width == 2)
		row->cells[g->col + 1].c = PANE_TAIL;
	g->col += width;
	if (row->used < g->col)
		row->used = g->col;
}

/* What is at `at` and behind it goes right; what does not fit goes off. */
static void
pane_shift_right(struct pane_grid *g, struct pane_row *row, int at, int by)
{
	int last = g->n_cols - 1, end = pane_within(row->used + by, 0, g->n_cols);
	struct pane_cell *cells = row->cells;

	memmove(cells + at + by, cells + at, (size_t)(end - at - by) * sizeof *cells);
	row->used = end;
	if (end > last && cells[last].c != PANE_TAIL && clean_is_wide(cells[last].c))
		cells[last] = (struct pane_cell){ 0, 0 }; /* its right half went off */
}

/* What is behind by cells at `at` comes there. */
static void
pane_shift_left(struct pane_row *row, int at, int by)
{
	struct pane_cell *cells = row->cells;
	int end = row->used - by;

	memmove(cells + at, cells + at + by, (size_t)(end - at) * sizeof *cells);
	memset(cells + end, 0, (size_t)by * sizeof *cells);
	row->used = end;
}

void
pane_grid_shift(struct pane_grid *g, int by)
{
	struct pane_row *row = &g->rows[g->row];
	int at = pane_within(g->col, 0, g->n_cols - 1), n = pane_within(abs(by), 0, g->n_cols - at);

	g->work += (uint64_t)row->used;
	pane_mend(row, at);
	if (by < 0) {
		pane_mend(row, at + n);
		if (at + n < row->used) {
			pane_shift_left(row, at, n);
			pane_touch(g, g->row);
			return;
		}
		n = g->n_cols - at; /* nothing comes */
	} else if (at < row->used && at + n < g->n_cols) {
		pane_shift_right(g, row, at, n);
	}
	pane_grid_erase(g, g->row, at, at + n);
}

static void
pane_cut(struct pane_grid *g, struct pane_row *row, int cols)
{
	bool is_cut = row->used > cols;

	pane_blank(g, row, cols, PANE_COLS_MAX);
	if (!is_cut || !g->on_cut)
		return;
	g->work += (uint64_t)row->used;
	g->on_cut(g->self, row);
}

void
pane_grid_resize(struct pane_grid *g, int rows, int cols)
{
	int row, col = g->col;

	if (g->row >= rows)
		pane_grid_scroll(g, 0, g->n_rows, g->row - rows + 1);
	row = g->row < rows ? g->row : rows - 1;
	if (rows < g->n_rows)
		pane_rows_clear(g, rows, g->n_rows);
	for (int i = 0; i < rows && cols < g->n_cols; i++)
		pane_cut(g, &g->rows[i], cols);
	g->n_rows = g->bottom = rows;
	g->n_cols = cols;
	g->top = g->saved_row = g->saved_col = g->touched = 0;
	pane_grid_move(g, row, col);
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
pane_grid_text(const struct pane_row *row, struct buf *ret)
{
	const struct pane_cell *cells = row->cells;
	int end = row->used;

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
