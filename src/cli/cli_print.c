/* SPDX-License-Identifier: GPL-2.0-only */
#include "base/base.h"

#include "cli/cli_print.h"

#include <errno.h>
#include <sys/ioctl.h>

#include "base/clean.h"
#include "cli/cli.h"

#define PRINT_GAP          2 /* between columns */
#define PRINT_FLEXIBLE_MIN 12
#define PRINT_WIDTH        80 /* of a terminal that does not say */
#define PRINT_COLUMNS_MAX  16

static const char *const print_codes[] = {
	[PRINT_PLAIN] = "",
	[PRINT_BOLD] = "\033[1m",
	[PRINT_DIM] = "\033[2m",
	[PRINT_GOOD] = "\033[32m",
	[PRINT_WARN] = "\033[33m",
	[PRINT_BAD] = "\033[31m",
};

void
print_open(struct print *p)
{
	const char *term = getenv("TERM");
	struct winsize size;

	if (!isatty(STDOUT_FILENO))
		return;
	p->width = PRINT_WIDTH;
	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
		p->width = size.ws_col;
	p->has_colour =
	    cli_has_colour() && term != NULL && term[0] != '\0' && strcmp(term, "dumb") != 0;
}

int
print_close(struct print *p)
{
	size_t n = fwrite(p->out.p, 1, p->out.len, stdout);
	struct err err = ERR_INIT;

	if (n == p->out.len && fflush(stdout) == 0)
		return EXIT_OK;
	(void)err_sys(&err, errno, "cannot write to standard output");
	return cli_fail(&err);
}

void
print_release(struct print *p)
{
	buf_release(&p->out);
}

static void
print_begin(struct print *p, enum print_style style)
{
	if (p->has_colour)
		buf_adds(&p->out, print_codes[style]);
}

static void
print_end(struct print *p, enum print_style style)
{
	if (p->has_colour && style != PRINT_PLAIN)
		buf_adds(&p->out, "\033[0m");
}

void
print_text(struct print *p, enum print_style style, struct str s)
{
	print_begin(p, style);
	clean_add_line(&p->out, s, 0);
	print_end(p, style);
}

static void
print_blanks(struct print *p, size_t n)
{
	while (n-- > 0)
		buf_addch(&p->out, ' ');
}

void
print_lines(struct print *p, size_t indent, struct str s)
{
	struct str line;

	while (str_cut(&s, '\n', &line) || line.len > 0) {
		if (line.len > 0)
			print_blanks(p, indent);
		clean_add(&p->out, line, true); /* tabs stay */
		buf_addch(&p->out, '\n');
	}
}

void
print_line(struct print *p, enum print_style style, struct str s)
{
	print_begin(p, style);
	clean_add(&p->out, s, true);
	print_end(p, style);
	buf_addch(&p->out, '\n');
}

void
print_words(struct print *p, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	buf_addv(&p->out, fmt, ap);
	va_end(ap);
}

void
print_raw(struct print *p, struct str s)
{
	buf_add_str(&p->out, s);
}

/* clean_add_line() is the one that knows how wide characters are: the narrowest width in which it cuts
 * nothing. */
size_t
print_columns(struct str clean)
{
	_cleanup_(buf_release) struct buf b = BUF_INIT;
	size_t low = 0, high = clean.len * 2, i;

	for (i = 0; i < clean.len && (unsigned char)clean.p[i] < 0x80; i++)
		;
	if (i == clean.len)
		return clean.len;
	while (low + 1 < high) {
		size_t mid = low + (high - low) / 2;

		buf_clear(&b);
		clean_add_line(&b, clean, mid);
		if (str_eq(buf_str(&b), clean))
			high = mid;
		else
			low = mid;
	}
	return high;
}

void
print_table_init(struct print_table *t, const struct print_column *columns, size_t n)
{
	if (n > PRINT_COLUMNS_MAX)
		BUG("a table of %zu columns", n);
	memset(t, 0, sizeof *t);
	buf_init(&t->text);
	t->columns = columns;
	t->n_columns = n;
}

void
print_table_release(struct print_table *t)
{
	free(t->cells.v);
	memset(&t->cells, 0, sizeof t->cells);
	buf_release(&t->text);
}

void
print_table_add(struct print_table *t, enum print_style style, struct str s)
{
	struct print_cell *cell = VEC_PUSH(&t->cells);

	cell->at = t->text.len;
	clean_add_line(&t->text, s, 0);
	cell->len = t->text.len - cell->at;
	cell->columns = print_columns(str_n(t->text.p + cell->at, cell->len));
	cell->style = style;
}

void
print_table_addf(struct print_table *t, enum print_style style, const char *fmt, ...)
{
	_cleanup_(buf_release) struct buf b = BUF_INIT;
	va_list ap;

	va_start(ap, fmt);
	buf_addv(&b, fmt, ap);
	va_end(ap);
	print_table_add(t, style, buf_str(&b));
}

/* The width of each column: what it needs; then the flexible ones give way, widest first. */
static void
print_table_layout(
    const struct print *p, const struct print_table *t, bool has_heading, size_t *width)
{
	size_t total = (t->n_columns - 1) * PRINT_GAP;

	for (size_t c = 0; c < t->n_columns; c++) {
		const struct print_column *col = &t->columns[c];

		width[c] = has_heading ? strlen(col->title) : 0;
		for (size_t i = c; i < t->cells.n; i += t->n_columns)
			if (t->cells.v[i].columns > width[c])
				width[c] = t->cells.v[i].columns;
		if (col->max > 0 && width[c] > col->max)
			width[c] = col->max;
		total += width[c];
	}
	while (p->width > 0 && total > p->width) {
		size_t widest = t->n_columns;

		for (size_t c = 0; c < t->n_columns; c++)
			if (t->columns[c].is_flexible && width[c] > PRINT_FLEXIBLE_MIN &&
			    (widest == t->n_columns || width[c] > width[widest]))
				widest = c;
		if (widest == t->n_columns)
			return; /* it cannot be helped: lines will wrap */
		width[widest]--;
		total--;
	}
}

static void
print_table_cell(struct print *p, const struct print_column *col, const struct print_cell *cell,
    struct str text, size_t width, bool is_last)
{
	bool is_cut = cell->columns > width && (p->width > 0 && width > 0);
	size_t pad = cell->columns < width ? width - cell->columns : 0;
	size_t before = p->out.len;

	if (col->is_right)
		print_blanks(p, pad);
	print_begin(p, cell->style);
	if (is_cut) {
		before = p->out.len;
		clean_add_line(&p->out, text, width);
		pad = width - print_columns(str_n(p->out.p + before, p->out.len - before));
	} else {
		buf_add_str(&p->out, text);
	}
	print_end(p, cell->style);
	if (!is_last)
		print_blanks(p, PRINT_GAP + (col->is_right ? 0 : pad));
}

void
print_table_show(struct print *p, const struct print_table *t, bool has_heading)
{
	size_t width[PRINT_COLUMNS_MAX];

	if (t->cells.n == 0)
		return;
	print_table_layout(p, t, has_heading, width);
	for (size_t c = 0; has_heading && c < t->n_columns; c++) {
		struct str title = str_of(t->columns[c].title);
		struct print_cell cell = { 0, title.len, title.len, PRINT_DIM };

		print_table_cell(p, &t->columns[c], &cell, title, width[c], c + 1 == t->n_columns);
	}
	if (has_heading)
		buf_addch(&p->out, '\n');
	for (size_t i = 0; i < t->cells.n; i++) {
		const struct print_cell *cell = &t->cells.v[i];
		size_t c = i % t->n_columns;
		bool is_last = c + 1 == t->n_columns;

		print_table_cell(p, &t->columns[c], cell, str_n(t->text.p + cell->at, cell->len),
		    width[c], is_last);
		if (is_last) {
			while (p->out.len > 0 && p->out.p[p->out.len - 1] == ' ')
				buf_truncate(&p->out, p->out.len - 1);
			buf_addch(&p->out, '\n');
		}
	}
}
