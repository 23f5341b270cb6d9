/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * escape.h: any bytes but NUL inside a line-oriented file, readable and exact.
 *
 *	line	a value to the end of its line.  What base/clean.h would make visible is written as it does
 *		(\n, \x1b, \u202e), a backslash twice, a blank at either end as \x20.
 *	token	a word among words: everything but [A-Za-z0-9._/+:@,-] as %xx; "-" stands for "".
 *	text	any number of lines, each behind a prefix and a bar: "| so", "|" when it is empty, and
 *		"\ so" when something in it had to be written as in a line.  A text that ends with a newline
 *		has an empty last line.
 *
 * Every value has one spelling: parse(add(x)) == x.  A reader that wants the other half, too, writes what
 * it read and compares the bytes; escape_parse_text_line() does it itself.
 */
#ifndef CODEC_ESCAPE_H
#define CODEC_ESCAPE_H

#include "base/buf.h"

/* Parsing appends to ret; when false it may hold a part. */
void escape_add_line(struct buf *b, struct str s);
bool escape_parse_line(struct str s, struct buf *ret);

void escape_add_token(struct buf *b, struct str s);
bool escape_parse_token(struct str s, struct buf *ret);

/* As the two that parse, but without a copy where nothing is escaped: *ret is s then, else it lies in hold. */
bool escape_view_line(struct str s, struct buf *hold, struct str *ret);
bool escape_view_token(struct str s, struct buf *hold, struct str *ret);

/* "" is one empty line. */
void escape_add_text(struct buf *b, const char *prefix, struct str text);

/* line: without prefix and line end.  is_first: no newline goes before it. */
bool escape_parse_text_line(struct str line, bool is_first, struct buf *ret);

#endif
