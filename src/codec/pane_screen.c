/* SPDX-License-Identifier: GPL-2.0-only */
#include "base/base.h"

#include "codec/pane_screen.h"

#include "base/clean.h"
#include "codec/pane_term.h"
#include "codec/pane_text.h"

struct pane_screen {
	struct pane_term term;
	bool is_told;     /* somebody looks on */
	bool was_blank;   /* the line told last */
	struct {          /* a ring of lines that left at the top */
		char **v; /* NULL: a blank one */
		size_t n, next;
	} history;
	struct buf news;
};

static char *
pane_row_text(const struct pane_row *row)
{
	_cleanup_(buf_release) struct buf raw = BUF_INIT, clean = BUF_INIT;

	pane_grid_text(row, &raw);
	clean_add(&clean, buf_str(&raw), false);
	return buf_take(&clean);
}

/* One blank line says as much as twenty, and none at the head. */
static void
pane_tell(struct pane_screen *s, const char *text)
{
	if (!s->is_told || (text[0] == '\0' && s->was_blank))
		return;
	s->was_blank = text[0] == '\0';
	buf_adds(&s->news, text);
	buf_addch(&s->news, '\n');
}

/* Tells the row, unless just this was told of it. */
static void
pane_tell_row(struct pane_screen *s, struct pane_row *row, const char *text)
{
	if (row->told == NULL || (strcmp(row->told, text) != 0 && text[0] != '\0'))
		pane_tell(s, text);
	set_charp(&row->told, text);
	row->is_touched = false;
}

/* A row of the main screen leaves at the top.  A blank one costs next to nothing: one sequence pushes hundreds. */
static void
pane_on_push(void *self, struct pane_row *row)
{
	struct pane_screen *s = self;
	char *text = row->used > 0 ? pane_row_text(row) : NULL;

	if (text != NULL)
		pane_tell_row(s, row, text);
	else if (row->told == NULL)
		pane_tell(s, "");
	if (s->history.v == NULL)
		s->history.v = xcalloc(PANE_HISTORY, sizeof *s->history.v);
	free(s->history.v[s->history.next]);
	s->history.v[s->history.next] = text;
	s->history.next = (s->history.next + 1) % PANE_HISTORY;
	s->history.n += s->history.n < PANE_HISTORY;
}

/* A row is no news because its end was cut off. */
static void
pane_on_cut(void *self, struct pane_row *row)
{
	(void)self;
	if (row->told == NULL)
		return;
	free(row->told);
	row->told = pane_row_text(row);
}

struct pane_screen *
pane_screen_new(bool is_told)
{
	struct pane_screen *s = xcalloc(1, sizeof *s);

	s->is_told = is_told;
	s->was_blank = true;
	buf_init(&s->news);
	pane_term_init(&s->term);
	s->term.main.on_push = pane_on_push;
	s->term.main.self = s;
	s->term.main.on_cut = pane_on_cut;
	return s;
}

void
pane_screen_free(struct pane_screen *s)
{
	if (s == NULL)
		return;
	pane_term_release(&s->term);
	for (size_t i = 0; s->history.v != NULL && i < PANE_HISTORY; i++)
		free(s->history.v[i]);
	free(s->history.v);
	buf_release(&s->news);
	free(s);
}

void
pane_screen_feed(struct pane_screen *s, struct str bytes)
{
	s->term.main.touched = s->term.main.n_rows;
	pane_term_feed(&s->term, bytes);
}

bool
pane_screen_is_full(const struct pane_screen *s)
{
	return s->term.is_full;
}

uint64_t
pane_screen_work(const struct pane_screen *s)
{
	return s->term.main.work + s->term.other.work;
}

/* Behind the last row that says something. */
static int
pane_used(const struct pane_grid *g)
{
	int end = g->n_rows;

	for (; end > 0; end--) {
		_cleanup_(buf_release) struct buf b = BUF_INIT;

		pane_grid_text(&g->rows[end - 1], &b);
		if (b.len > 0)
			break;
	}
	return end;
}

void
pane_screen_last(const struct pane_screen *s, size_t max_lines, size_t max_bytes, struct buf *ret)
{
	const struct pane_grid *g = s->term.is_full ? &s->term.other : &s->term.main;
	_cleanup_(buf_release) struct buf all = BUF_INIT;

	for (size_t i = 0; i < s->history.n; i++) {
		size_t at = (s->history.next + PANE_HISTORY - s->history.n + i) % PANE_HISTORY;

		buf_adds(&all, s->history.v[at] ? s->history.v[at] : "");
		buf_addch(&all, '\n');
	}
	for (int i = 0; i < g->n_rows; i++) {
		_cleanup_(free_charp) char *text = pane_row_text(&g->rows[i]);

		buf_adds(&all, text);
		buf_addch(&all, '\n');
	}
	pane_text_add(ret, buf_str(&all), max_lines, max_bytes);
}

/* Tells the rows above end that are not told as they are now. */
static void
pane_tell_rows(struct pane_screen *s, int end)
{
	for (int i = 0; i < end; i++) {
		_cleanup_(free_charp) char *text = NULL;

		if (!s->term.main.rows[i].is_touched && s->term.main.rows[i].told != NULL)
			continue;
		text = pane_row_text(&s->term.main.rows[i]);
		pane_tell_row(s, &s->term.main.rows[i], text);
	}
}

static void
pane_give(struct pane_screen *s, struct buf *ret)
{
	buf_add_str(ret, buf_str(&s->news));
	buf_clear(&s->news);
}

void
pane_screen_news(struct pane_screen *s, struct buf *ret)
{
	int end = s->term.main.row;

	if (s->term.is_redrawer && s->term.main.touched < end)
		end = s->term.main.touched;
	if (!s->term.is_full)
		pane_tell_rows(s, end);
	pane_give(s, ret);
}

void
pane_screen_rest(struct pane_screen *s, struct buf *ret)
{
	int end = pane_used(s->term.is_full ? &s->term.other : &s->term.main);

	for (int i = 0; i < end && s->term.is_full; i++) {
		_cleanup_(free_charp) char *text = pane_row_text(&s->term.other.rows[i]);

		pane_tell(s, text);
	}
	if (!s->term.is_full)
		pane_tell_rows(s, end);
	pane_give(s, ret);
}
