/* SPDX-License-Identifier: GPL-2.0-only */
#include "base/base.h"
#include "base/clean.h"

struct range {
	uint32_t first, last;
};

/* Characters that move the cursor, turn the reading direction, hide, or cannot be seen. */
static const struct range hidden[] = {
	{ 0x0000, 0x001f },   /* C0 */
	{ 0x007f, 0x009f },   /* DEL, C1 */
	{ 0x00ad, 0x00ad },   /* soft hyphen */
	{ 0x061c, 0x061c },   /* Arabic letter mark */
	{ 0x180e, 0x180e },   /* Mongolian vowel separator */
	{ 0x200b, 0x200f },   /* zero width, direction marks */
	{ 0x2028, 0x202e },   /* line and paragraph separator, embeddings and overrides */
	{ 0x2060, 0x206f },   /* word joiner, invisible operators, isolates */
	{ 0xfeff, 0xfeff },   /* byte order mark */
	{ 0xfff9, 0xfffb },   /* interlinear annotation */
	{ 0xe0000, 0xe007f }, /* tags: text that no one sees and every model reads */
};

/* Characters that terminals draw two columns wide. */
static const struct range wide[] = {
	{ 0x1100, 0x115f },
	{ 0x2e80, 0x303e },
	{ 0x3041, 0xa4cf },
	{ 0xac00, 0xd7a3 },
	{ 0xf900, 0xfaff },
	{ 0xfe30, 0xfe6f },
	{ 0xff00, 0xff60 },
	{ 0xffe0, 0xffe6 },
	{ 0x1f300, 0x1f64f },
	{ 0x1f680, 0x1f6ff },
	{ 0x1f900, 0x1f9ff },
	{ 0x20000, 0x3fffd },
};

static bool
clean_in(const struct range *ranges, size_t n, uint32_t c)
{
	for (size_t i = 0; i < n; i++) {
		if (c >= ranges[i].first && c <= ranges[i].last)
			return true;
	}
	return false;
}

bool
clean_is_wide(uint32_t c)
{
	return clean_in(wide, ARRAY_LEN(wide), c);
}

/* One piece of the output: a character as it is, or its escape.  Pieces are never cut. */
struct piece {
	char text[16];
	size_t len, columns;
};

static void
clean_put(struct piece *ret, const char *text, size_t len, size_t columns)
{
	memcpy(ret->text, text, len);
	ret->len = len;
	ret->columns = columns;
}

static void
clean_escape(struct piece *ret, char kind, int digits, uint32_t c)
{
	int n = snprintf(ret->text, sizeof ret->text, "\\%c%0*x", kind, digits, (unsigned)c);

	if (n < 0 || (size_t)n >= sizeof ret->text)
		BUG("an escape of %d bytes", n);
	ret->len = ret->columns = (size_t)n;
}

/* Takes the next piece off *s. */
static void
clean_next(struct str *s, bool keep_lines, struct piece *ret)
{
	uint32_t c = 0;
	size_t n = str_utf8(*s, &c);

	if (n == 0) {
		n = 1;
		clean_escape(ret, 'x', 2, (unsigned char)s->p[0]);
	} else if (keep_lines && (c == '\n' || c == '\t')) {
		clean_put(ret, s->p, 1, 1);
	} else if (c == '\n') {
		clean_put(ret, "\\n", 2, 2);
	} else if (c == '\t') {
		clean_put(ret, "\\t", 2, 2);
	} else if (c == '\r') {
		clean_put(ret, "\\r", 2, 2);
	} else if (!clean_in(hidden, ARRAY_LEN(hidden), c)) {
		clean_put(ret, s->p, n, clean_is_wide(c) ? 2 : 1);
	} else if (c < 0x80) {
		clean_escape(ret, 'x', 2, c);
	} else if (c < 0x10000) {
		clean_escape(ret, 'u', 4, c);
	} else {
		clean_escape(ret, 'U', 8, c);
	}
	s->p += n;
	s->len -= n;
}

/* Nearly every text is printable ASCII, a column each; to find that out is cheaper than to clean it. */
static bool
clean_is_plain(struct str s)
{
	size_t n = 0;

	while (n < s.len && s.p[n] >= ' ' && s.p[n] <= '~')
		n++;
	return n == s.len;
}

void
clean_add(struct buf *b, struct str s, bool keep_lines)
{
	struct piece piece;

	if (clean_is_plain(s)) {
		buf_add_str(b, s);
		return;
	}
	while (s.len > 0) {
		clean_next(&s, keep_lines, &piece);
		buf_add(b, piece.text, piece.len);
	}
}

void
clean_add_line(struct buf *b, struct str s, size_t width)
{
	static const char dots[] = "...";
	size_t room =
	    width > 3 ? width - 3 : 0; /* columns that are left when the dots are needed */
	size_t columns = 0, keep = b->len;
	struct piece piece;

	if (width == 0 || (s.len <= width && clean_is_plain(s))) {
		clean_add(b, s, false);
		return;
	}
	while (s.len > 0) {
		clean_next(&s, false, &piece);
		if (columns + piece.columns > width) {
			buf_truncate(b, keep);
			buf_add(b, dots, width < 3 ? width : 3);
			return;
		}
		buf_add(b, piece.text, piece.len);
		columns += piece.columns;
		if (columns <= room)
			keep = b->len;
	}
}

void
clean_slug(struct buf *b, struct str s, size_t max)
{
	size_t used = 0;
	bool gap = false;

	for (size_t i = 0; i < s.len; i++) {
		char c = s.p[i];

		if (c >= 'A' && c <= 'Z')
			c = (char)(c - 'A' + 'a');
		if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'))) {
			gap = true;
			continue;
		}
		/* A '-' is only written together with what follows it: none at the ends, none doubled. */
		if (used + 1 + (gap && used > 0) > max)
			break;
		if (gap && used > 0) {
			buf_addch(b, '-');
			used++;
		}
		buf_addch(b, c);
		used++;
		gap = false;
	}
	if (used == 0)
		buf_add(b, "ticket", max < 6 ? max : 6);
}
