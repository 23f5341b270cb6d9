/* SPDX-License-Identifier: GPL-2.0-only */
#include "base/base.h"

#include "codec/config_value.h"

static bool
config_value_is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* Where the comment at the end begins, or the length.  Sets *ret_wrong when it is not clear. */
static size_t
config_value_end(struct str s, const char **ret_wrong)
{
	bool in_double = false, in_single = false;

	for (size_t i = 0; i < s.len; i++) {
		char c = s.p[i];

		if (c == '\\')
			i++;
		else if (c == '"')
			in_double = !in_double;
		else if (c == '\'' && !in_double)
			in_single = !in_single;
		else if ((c == '#' || c == ';') && !in_double) {
			if (in_single || (i > 0 && !config_value_is_blank(s.p[i - 1])))
				*ret_wrong = "git would begin a comment at the # or ; in it. Put "
					     "the whole value in double quotes";
			return i;
		}
	}
	return s.len;
}

const char *
config_value_read(struct str raw, struct buf *ret)
{
	const char *wrong = NULL;
	struct str s = str_trim(str_n(raw.p, config_value_end(raw, &wrong)));
	bool is_quoted = s.len > 0 && s.p[0] == '"';

	if (wrong != NULL)
		return wrong;
	for (size_t i = is_quoted; i < s.len; i++) {
		char c = s.p[i];

		if (c == '"' && is_quoted && i + 1 == s.len)
			return NULL;
		if (c == '"')
			return is_quoted
				   ? "something follows the closing double quote. Write \\\" for a "
				     "quote that belongs to the value"
				   : "git would drop the double quote in it. Write \\\" for it, or "
				     "use single quotes";
		if (c == '\\') {
			char next = i + 1 < s.len ? s.p[i + 1] : '\0';

			if (next != '"' && next != '\\' && next != 't' && next != 'n')
				return "git reads a backslash in it as an escape. Write \\\\ for "
				       "one";
			c = next == 't' ? '\t' : next == 'n' ? '\n' : next;
			i++;
		}
		buf_addch(ret, c);
	}
	return is_quoted ? "the double quote that opens it is not closed" : NULL;
}

bool
config_value_is_plain(struct str line)
{
	for (size_t i = 0; i < line.len; i++) {
		unsigned char c = (unsigned char)line.p[i];

		if ((c < ' ' && c != '\t') || c == 0x7f)
			return false;
	}
	return str_is_utf8(line);
}

bool
config_value_add(struct buf *b, struct str value)
{
	struct str trimmed = str_trim(value);
	bool needs_quotes = !str_eq(trimmed, value) || value.len == 0;

	if (!config_value_is_plain(value))
		return false;
	for (size_t i = 0; i < value.len; i++)
		needs_quotes |= value.p[i] == '#' || value.p[i] == ';' || value.p[i] == '\'';
	buf_adds(b, needs_quotes ? "\"" : "");
	for (size_t i = 0; i < value.len; i++) {
		char c = value.p[i];

		if (c == '"' || c == '\\')
			buf_addch(b, '\\');
		if (c == '\t')
			buf_adds(b, "\\t");
		else
			buf_addch(b, c);
	}
	buf_adds(b, needs_quotes ? "\"" : "");
	return true;
}
