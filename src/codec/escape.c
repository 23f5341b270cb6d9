/* SPDX-License-Identifier: GPL-2.0-only */
#include "base/base.h"

#include "codec/escape.h"

#include "base/clean.h"

/* Nearly every value is printable ASCII; to find that out is cheaper than to clean it. */
static bool
escape_is_ascii(struct str s)
{
	size_t n = 0;

	while (n < s.len && s.p[n] >= ' ' && s.p[n] <= '~')
		n++;
	return n == s.len;
}

/* Cleaned, and with its backslashes doubled, so that the way back is known. */
static void
escape_add_inner(struct buf *b, struct str s)
{
	struct str piece;

	if (escape_is_ascii(s) && (s.len == 0 || !memchr(s.p, '\\', s.len))) {
		buf_add_str(b, s);
		return;
	}
	while (str_cut(&s, '\\', &piece)) {
		clean_add(b, piece, false);
		buf_adds(b, "\\\\");
	}
	clean_add(b, piece, false);
}

void
escape_add_line(struct buf *b, struct str s)
{
	bool has_tail;

	if (s.len > 0 && s.p[0] == ' ') {
		buf_adds(b, "\\x20");
		s = str_n(s.p + 1, s.len - 1);
	}
	has_tail = s.len > 0 && s.p[s.len - 1] == ' ';
	escape_add_inner(b, str_n(s.p, s.len - has_tail));
	if (has_tail)
		buf_adds(b, "\\x20");
}

static int
escape_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return -1;
}

/* Takes n hex digits off *s. */
static bool
escape_cut_hex(struct str *s, size_t n, uint32_t *ret)
{
	uint32_t value = 0;

	if (s->len < n)
		return false;
	for (size_t i = 0; i < n; i++) {
		int digit = escape_digit(s->p[i]);

		if (digit < 0)
			return false;
		value = value << 4 | (uint32_t)digit;
	}
	*s = str_n(s->p + n, s->len - n);
	*ret = value;
	return true;
}

static bool
escape_add_utf8(struct buf *b, uint32_t c)
{
	if (c < 0x80 || c > 0x10ffff)
		return false; /* these are never written so */
	if (c < 0x800) {
		buf_addch(b, (char)(0xc0 | c >> 6));
	} else if (c < 0x10000) {
		buf_addch(b, (char)(0xe0 | c >> 12));
		buf_addch(b, (char)(0x80 | (c >> 6 & 0x3f)));
	} else {
		buf_addch(b, (char)(0xf0 | c >> 18));
		buf_addch(b, (char)(0x80 | (c >> 12 & 0x3f)));
		buf_addch(b, (char)(0x80 | (c >> 6 & 0x3f)));
	}
	buf_addch(b, (char)(0x80 | (c & 0x3f)));
	return true;
}

/* *s begins behind a backslash. */
static bool
escape_cut(struct str *s, struct buf *ret)
{
	char kind;
	uint32_t c;

	if (s->len == 0)
		return false;
	kind = s->p[0];
	*s = str_n(s->p + 1, s->len - 1);
	switch (kind) {
	case '\\':
		buf_addch(ret, '\\');
		return true;
	case 'n':
		buf_addch(ret, '\n');
		return true;
	case 't':
		buf_addch(ret, '\t');
		return true;
	case 'r':
		buf_addch(ret, '\r');
		return true;
	case 'x':
		if (!escape_cut_hex(s, 2, &c) || c == 0)
			return false;
		buf_addch(ret, (char)c);
		return true;
	case 'u':
		return escape_cut_hex(s, 4, &c) && escape_add_utf8(ret, c);
	case 'U':
		return escape_cut_hex(s, 8, &c) && escape_add_utf8(ret, c);
	default:
		return false;
	}
}

bool
escape_parse_line(struct str s, struct buf *ret)
{
	struct str piece;

	while (str_cut(&s, '\\', &piece)) {
		buf_add_str(ret, piece);
		if (!escape_cut(&s, ret))
			return false;
	}
	buf_add_str(ret, piece);
	return true;
}

/* [A-Za-z0-9._/+:@,-]: in ASCII these are few ranges. */
static bool
escape_is_of_token(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= '+' && c <= ':') || (c >= '@' && c <= 'Z') ||
	       c == '_';
}

/* How many bytes at the head may stand in a token. */
static size_t
escape_token_run(struct str s)
{
	size_t n = 0;

	while (n < s.len && escape_is_of_token(s.p[n]))
		n++;
	return n;
}

void
escape_add_token(struct buf *b, struct str s)
{
	bool is_dash = str_is(s, "-");

	if (s.len == 0)
		buf_addch(b, '-');
	while (s.len > 0) {
		size_t n = is_dash ? 0 : escape_token_run(s);

		buf_add(b, s.p, n);
		s = str_n(s.p + n, s.len - n);
		if (s.len > 0) {
			buf_addf(b, "%%%02x", (unsigned char)s.p[0]);
			s = str_n(s.p + 1, s.len - 1);
		}
	}
}

bool
escape_parse_token(struct str s, struct buf *ret)
{
	if (s.len == 0)
		return false;
	if (str_is(s, "-"))
		return true;
	while (s.len > 0) {
		size_t n = escape_token_run(s);
		uint32_t byte;

		buf_add(ret, s.p, n);
		s = str_n(s.p + n, s.len - n);
		if (s.len == 0)
			return true;
		if (s.p[0] != '%')
			return false;
		s = str_n(s.p + 1, s.len - 1);
		if (!escape_cut_hex(&s, 2, &byte) || byte == 0)
			return false;
		buf_addch(ret, (char)byte);
	}
	return true;
}

bool
escape_view_line(struct str s, struct buf *hold, struct str *ret)
{
	*ret = s;
	if (s.len == 0 || !memchr(s.p, '\\', s.len))
		return true;
	buf_clear(hold);
	if (!escape_parse_line(s, hold))
		return false;
	*ret = buf_str(hold);
	return true;
}

bool
escape_view_token(struct str s, struct buf *hold, struct str *ret)
{
	*ret = s;
	if (s.len > 0 && escape_token_run(s) == s.len && !str_is(s, "-"))
		return true;
	buf_clear(hold);
	if (!escape_parse_token(s, hold))
		return false;
	*ret = buf_str(hold);
	return true;
}

/* May the line stand as it is? */
static bool
escape_is_plain(struct str line)
{
	_cleanup_(buf_release) struct buf clean = BUF_INIT;

	if (escape_is_ascii(line))
		return true;
	clean_add(&clean, line, true);
	return str_eq(buf_str(&clean), line);
}

static void
escape_add_text_line(struct buf *b, struct str line)
{
	bool is_plain = escape_is_plain(line);

	buf_addch(b, is_plain ? '|' : '\\');
	if (line.len > 0)
		buf_addch(b, ' ');
	if (is_plain)
		buf_add_str(b, line);
	else
		escape_add_inner(b, line);
}

void
escape_add_text(struct buf *b, const char *prefix, struct str text)
{
	struct str line;
	bool has_more;

	do {
		has_more = str_cut(&text, '\n', &line);
		buf_adds(b, prefix);
		escape_add_text_line(b, line);
		buf_addch(b, '\n');
	} while (has_more);
}

bool
escape_parse_text_line(struct str line, bool is_first, struct buf *ret)
{
	_cleanup_(buf_release) struct buf value = BUF_INIT;
	_cleanup_(buf_release) struct buf again = BUF_INIT;
	struct str rest;

	if (line.len == 0 || (line.len > 1 && line.p[1] != ' '))
		return false;
	rest = line.len > 2 ? str_n(line.p + 2, line.len - 2) : STR("");
	if (line.p[0] == '|' && line.len != 2 && escape_is_ascii(rest)) { /* nearly every line */
		if (!is_first)
			buf_addch(ret, '\n');
		buf_add_str(ret, rest);
		return true;
	}
	if (line.p[0] == '|')
		buf_add_str(&value, rest);
	else if (line.p[0] != '\\' || !escape_parse_line(rest, &value))
		return false;
	escape_add_text_line(&again, buf_str(&value));
	/* An escaped newline would be two lines when it is written again. */
	if (!str_eq(buf_str(&again), line) || memchr(value.p, '\n', value.len) ||
	    memchr(value.p, '\0', value.len))
		return false;
	if (!is_first)
		buf_addch(ret, '\n');
	buf_add_str(ret, buf_str(&value));
	return true;
}
