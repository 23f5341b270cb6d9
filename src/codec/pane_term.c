/* SPDX-License-Identifier: GPL-2.0-only */
#include "base/base.h"

#include "codec/pane_term.h"

#define PANE_NUMBER_MAX 9999

static struct pane_grid *
pane_now(struct pane_term *t)
{
	return t->is_full ? &t->other : &t->main;
}

static void
pane_full(struct pane_term *t, bool is_full)
{
	if (t->is_full == is_full)
		return;
	t->is_full = is_full;
	if (!is_full)
		return;
	pane_grid_clear(&t->other);
	pane_grid_move(&t->other, t->main.row, t->main.col);
}

static void
pane_resize(struct pane_term *t, int rows, int cols)
{
	if (rows < 1 || cols < 1 || rows > PANE_ROWS_MAX || cols > PANE_COLS_MAX ||
	    (rows == t->main.n_rows && cols == t->main.n_cols))
		return;
	pane_grid_resize(&t->main, rows, cols);
	pane_grid_resize(&t->other, rows, cols);
}

static void
pane_erase_screen(struct pane_grid *g, int what)
{
	int from = what == 0 ? g->row + 1 : 0, to = what == 1 ? g->row : g->n_rows;

	if (what == 0)
		pane_grid_erase(g, g->row, g->col, g->n_cols);
	if (what == 1)
		pane_grid_erase(g, g->row, 0, g->col + 1);
	for (int i = from; i < to && what <= 2; i++)
		pane_grid_erase(g, i, 0, g->n_cols);
}

static void
pane_reset(struct pane_term *t)
{
	pane_full(t, false);
	pane_grid_region(&t->main, 0, t->main.n_rows);
	pane_grid_move(&t->main, 0, 0);
	pane_erase_screen(&t->main, 2);
}

static void
pane_save(struct pane_grid *g)
{
	g->saved_row = g->row;
	g->saved_col = g->col;
}

static void
pane_mode(struct pane_term *t, bool on)
{
	for (int i = 0; i < t->n_numbers; i++) {
		int mode = t->numbers[i];

		if (mode == 1049 && on)
			pane_save(&t->main);
		if (mode == 47 || mode == 1047 || mode == 1049)
			pane_full(t, on);
		if (mode == 1049 && !on)
			pane_grid_move(&t->main, t->main.saved_row, t->main.saved_col);
	}
}

/* IL and DL, where the cursor is in what scrolls. */
static void
pane_lines(struct pane_grid *g, int by)
{
	if (g->row >= g->top && g->row < g->bottom) {
		void (*on_push)(void *, struct pane_row *) = g->on_push;

		g->on_push = NULL; /* deleted, and not gone off at the top */
		pane_grid_scroll(g, g->row, g->bottom, by);
		g->on_push = on_push;
		g->col = 0;
	}
}

/* What moves the cursor and nothing else; false: it is none of these. */
static bool
pane_csi_move(struct pane_grid *g, char final, int n, int second)
{
	int row = g->row, col = g->col;

	switch (final) {
	case 'A':
	case 'F':
		row -= n;
		break;
	case 'B':
	case 'E':
	case 'e':
		row += n;
		break;
	case 'C':
	case 'a':
		col += n;
		break;
	case 'D':
		col -= n;
		break;
	case 'G':
	case '`':
		col = n - 1;
		break;
	case 'd':
		row = n - 1;
		break;
	case 'H':
	case 'f':
		row = n - 1;
		col = second - 1;
		break;
	default:
		return false;
	}
	pane_grid_move(g, row, final == 'E' || final == 'F' ? 0 : col);
	return true;
}

/* What changes text.  Everything else is passed over. */
static void
pane_csi_edit(struct pane_grid *g, char final, int first)
{
	int n = first > 0 ? first : 1;

	switch (final) {
	case 'J':
		pane_erase_screen(g, first);
		break;
	case 'K':
		pane_grid_erase(
		    g, g->row, first == 0 ? g->col : 0, first == 1 ? g->col + 1 : g->n_cols);
		break;
	case 'X':
		pane_grid_erase(g, g->row, g->col, g->col + n);
		break;
	case '@':
		pane_grid_shift(g, n);
		break;
	case 'P':
		pane_grid_shift(g, -n);
		break;
	case 'L':
		pane_lines(g, -n);
		break;
	case 'M':
		pane_lines(g, n);
		break;
	case 'S':
		pane_grid_scroll(g, g->top, g->bottom, n);
		break;
	case 'T':
		pane_grid_scroll(g, g->top, g->bottom, -n);
		break;
	default:
		break;
	}
}

static void
pane_csi(struct pane_term *t, char final)
{
	struct pane_grid *g = pane_now(t);
	int first = t->numbers[0], n = first > 0 ? first : 1, second = t->numbers[1];

	if (t->between != '\0' || (t->private != '\0' && t->private != '?'))
		return;
	if (t->private == '?') {
		if (final == 'h' || final == 'l')
			pane_mode(t, final == 'h');
	} else if (final == 'b') {
		/* to the end of the line, as tmux: seven bytes are no reason for ten thousand cells */
		for (int i = 0, room = g->n_cols - g->col; i < n && i < room && t->last != 0; i++)
			pane_grid_put(g, t->last);
	} else if (final == 'r') {
		pane_grid_region(g, n - 1, second > 0 ? second : g->n_rows);
	} else if (final == 's') {
		pane_save(g);
	} else if (final == 'u') {
		pane_grid_move(g, g->saved_row, g->saved_col);
	} else if (final == 't') {
		if (first == 8 && t->n_numbers == 3)
			pane_resize(t, second, t->numbers[2]);
	} else if (!pane_csi_move(g, final, n, second > 0 ? second : 1)) {
		pane_csi_edit(g, final, first);
	}
}

static void
pane_take_csi(struct pane_term *t, char c)
{
	int *number = &t->numbers[t->n_numbers > 0 ? t->n_numbers - 1 : 0];

	if (c >= '0' && c <= '9') {
		t->n_numbers += t->n_numbers == 0;
		*number = *number * 10 + (c - '0');
		if (*number > PANE_NUMBER_MAX)
			*number = PANE_NUMBER_MAX;
	} else if (c == ';' || c == ':') {
		t->n_numbers += t->n_numbers == 0;
		if (t->n_numbers < PANE_NUMBERS)
			t->n_numbers++;
	} else if (c >= '<' && c <= '?') {
		t->private = c;
	} else if (c >= ' ' && c <= '/') {
		t->between = c;
	} else {
		t->state = PANE_TEXT;
		if (c >= '@' && c <= '~')
			pane_csi(t, c);
	}
}

static void
pane_take_escape(struct pane_term *t, char c)
{
	struct pane_grid *g = pane_now(t);

	t->state = PANE_TEXT;
	if (c == '[') {
		t->state = PANE_CSI;
		memset(t->numbers, 0, sizeof t->numbers);
		t->n_numbers = 0;
		t->private = t->between = '\0';
	} else if (memchr("]PX^_k", c, 6) != NULL) { /* k: the name of a window, as screen has it */
		t->state = PANE_STRING;
	} else if (c >= ' ' && c <= '/') {
		t->state = PANE_DESIGNATE;
	} else if (c == 'D') {
		pane_grid_down(g);
	} else if (c == 'E') {
		g->col = 0;
		pane_grid_down(g);
	} else if (c == 'M') {
		pane_grid_up(g);
	} else if (c == '7') {
		pane_save(g);
	} else if (c == '8') {
		pane_grid_move(g, g->saved_row, g->saved_col);
	} else if (c == 'c') {
		pane_reset(t);
	}
}

static void
pane_take_control(struct pane_term *t, char c)
{
	struct pane_grid *g = pane_now(t);

	if (c == '\n' || c == '\v' || c == '\f')
		pane_grid_down(g);
	else if (c == '\r')
		g->col = 0;
	else if (c == '\b')
		pane_grid_move(g, g->row, g->col - 1);
	else if (c == '\t')
		pane_grid_move(g, g->row, (g->col / 8 + 1) * 8);
}

static void
pane_put(struct pane_term *t, uint32_t c)
{
	t->last = c;
	pane_grid_put(pane_now(t), c);
}

/* A byte of a character, or one that is none. */
static void
pane_take_text(struct pane_term *t, char byte)
{
	unsigned char c = (unsigned char)byte;
	size_t want;
	uint32_t one;

	if (t->n_half > 0 && (c & 0xc0) != 0x80) {
		t->n_half = 0;
		pane_put(t, 0xfffd);
	}
	if (t->n_half == 0 && c < 0x80) {
		if (c != 0x7f)
			pane_put(t, c);
		return;
	}
	t->half[t->n_half++] = byte;
	c = (unsigned char)t->half[0];
	want = c >= 0xf0 ? 4 : c >= 0xe0 ? 3 : c >= 0xc0 ? 2 : 1;
	if (t->n_half < want)
		return;
	pane_put(t, str_utf8(str_n(t->half, t->n_half), &one) == want ? one : 0xfffd);
	t->n_half = 0;
}

static void
pane_take(struct pane_term *t, char c)
{
	bool is_string = t->state == PANE_STRING || t->state == PANE_STRING_ESC;

	if (c == '\033') {
		t->state = is_string ? PANE_STRING_ESC : PANE_ESCAPE;
	} else if (c == '\030' || c == '\032') { /* CAN and SUB end all */
		t->state = PANE_TEXT;
	} else if (t->state == PANE_STRING) {
		t->state = c == '\a' ? PANE_TEXT : PANE_STRING;
	} else if (t->state == PANE_STRING_ESC && c != '\\') {
		pane_take_escape(t, c); /* it ends the string, whatever it is */
	} else if (t->state == PANE_STRING_ESC || t->state == PANE_DESIGNATE) {
		t->state = PANE_TEXT;
	} else if ((unsigned char)c < ' ') {
		pane_take_control(t, c);
	} else if (t->state == PANE_ESCAPE) {
		pane_take_escape(t, c);
	} else if (t->state == PANE_CSI) {
		pane_take_csi(t, c);
	} else {
		pane_take_text(t, c);
	}
}

void
pane_term_init(struct pane_term *t)
{
	*t = (struct pane_term){ .state = PANE_TEXT };
	pane_grid_init(&t->main, 24, 80);
	pane_grid_init(&t->other, 24, 80);
}

void
pane_term_release(struct pane_term *t)
{
	pane_grid_release(&t->main);
	pane_grid_release(&t->other);
}

void
pane_term_feed(struct pane_term *t, struct str bytes)
{
	for (size_t i = 0; i < bytes.len; i++) {
		int row = t->main.row;

		pane_take(t, bytes.p[i]);
		t->is_redrawer |= t->main.row < row;
	}
}
