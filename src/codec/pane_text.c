/* SPDX-License-Identifier: GPL-2.0-only */
#include "base/base.h"

#include "codec/pane_text.h"

#include "base/clean.h"
#include "base/vec.h"

static bool
pane_text_is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

/* Cuts the last line off *s. */
static struct str
pane_text_last(struct str *s)
{
	const char *nl = memrchr(s->p, '\n', s->len);
	size_t at = nl != NULL ? (size_t)(nl - s->p) + 1 : 0;
	struct str line = str_n(s->p + at, s->len - at);

	s->len = nl != NULL ? at - 1 : 0;
	while (line.len > 0 && pane_text_is_blank(line.p[line.len - 1]))
		line.len--;
	return line;
}

/* The end of a line that alone is too long: its last words say more than its first. */
static struct str
pane_text_tail(struct str line, size_t max_bytes)
{
	size_t at = line.len - max_bytes;

	while (at < line.len && ((unsigned char)line.p[at] & 0xc0) == 0x80)
		at++; /* no half character */
	return str_n(line.p + at, line.len - at);
}

void
pane_text_add(struct buf *b, struct str screen, size_t max_lines, size_t max_bytes)
{
	_cleanup_(strvec_release) struct strvec lines = STRVEC_INIT; /* the last one first */
	size_t used = 0, n;

	while (screen.len > 0 && lines.n < max_lines) {
		struct str line = pane_text_last(&screen);
		_cleanup_(buf_release) struct buf clean = BUF_INIT;

		if (line.len == 0 && lines.n == 0)
			continue;
		clean_add(&clean, line, true); /* of one line this keeps TAB */
		if (used + clean.len + 1 > max_bytes) {
			if (lines.n == 0 && max_bytes > 1)
				strvec_push_str(
				    &lines, pane_text_tail(buf_str(&clean), max_bytes - 1));
			break;
		}
		used += clean.len + 1;
		strvec_push_take(&lines, buf_take(&clean));
	}
	for (n = lines.n; n > 0 && lines.v[n - 1][0] == '\0'; n--)
		;
	for (; n > 0; n--) {
		buf_adds(b, lines.v[n - 1]);
		buf_addch(b, '\n');
	}
}
