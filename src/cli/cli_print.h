/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * cli_print.h: what a looking command shows, collected and written to stdout in one piece.
 *
 *	_cleanup_(print_release) struct print p = PRINT_INIT;
 *	print_open(&p);			is stdout a terminal, how wide, are colours welcome?
 *	print_text(&p, PRINT_BOLD, title);	cleaned, on one line
 *	print_lines(&p, 4, description);	cleaned, each line indented
 *	print_words(&p, "%u of %u\n", a, b);	words of our own, as they are
 *	return print_close(&p);		EXIT_OK, or EXIT_IO when stdout took not all of it
 *
 * Only what goes through print_words() and print_raw() is not cleaned: nothing that came from outside.
 *
 * Colours: stdout is a terminal, NO_COLOR is not set (or empty), TERM is neither unset nor "dumb".  No
 * meaning is in a colour alone.
 */
#ifndef CLI_CLI_PRINT_H
#define CLI_CLI_PRINT_H

#include "base/buf.h"
#include "base/vec.h"

enum print_style { PRINT_PLAIN, PRINT_BOLD, PRINT_DIM, PRINT_GOOD, PRINT_WARN, PRINT_BAD };

struct print {
	struct buf out;
	size_t width; /* columns of the terminal; 0: it is none, nothing is cut */
	bool has_colour;
};
#define PRINT_INIT                                                                                 \
	{                                                                                          \
		BUF_INIT, 0, false                                                                 \
	}

void print_open(struct print *p);
int print_close(struct print *p);
void print_release(struct print *p);

void print_text(struct print *p, enum print_style style, struct str s);
void print_lines(struct print *p, size_t indent, struct str s); /* ends with a newline */
void print_line(
    struct print *p, enum print_style style, struct str s); /* the same of one; tabs stay, too */
void print_words(struct print *p, const char *fmt, ...) printf_like(2, 3);
void print_raw(struct print *p, struct str s);

/* How many columns a terminal needs for one line that is clean. */
size_t print_columns(struct str clean);

/*
 * A table.  Cells are cleaned as they come in.  A column is as wide as its widest cell, at most max; what is
 * marked is_flexible gives way when the terminal is too narrow, and cells are cut then ("...").  Away
 * from a terminal nothing is cut, and a cell that is wider than max pushes the rest of its line.
 */
struct print_column {
	const char *title;
	size_t max; /* 0: no limit */
	bool is_right, is_flexible;
};

struct print_cell {
	size_t at, len; /* of the text, in that of the table */
	size_t columns;
	enum print_style style;
};

struct print_table {
	const struct print_column *columns;
	size_t n_columns;
	struct {
		struct print_cell *v;
		size_t n, cap;
	} cells; /* row by row */
	struct buf text;
};
void print_table_init(struct print_table *t, const struct print_column *columns, size_t n);
void print_table_release(struct print_table *t);
void print_table_add(struct print_table *t, enum print_style style, struct str s);
void print_table_addf(struct print_table *t, enum print_style style, const char *fmt, ...)
    printf_like(3, 4);

/* Heading (when there is a row at all) and rows. */
void print_table_show(struct print *p, const struct print_table *t, bool has_heading);

#endif
