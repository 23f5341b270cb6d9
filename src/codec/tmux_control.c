/* SPDX-License-Identifier: GPL-2.0-only */
#include "base/base.h"

#include "codec/tmux_control.h"

/* Appends to a bounded buffer; true when something had to be left out. */
static bool
add_bounded(struct buf *b, const char *p, size_t n)
{
	size_t room = b->len < TMUX_CONTROL_MAX ? TMUX_CONTROL_MAX - b->len : 0;

	buf_add(b, p, n < room ? n : room);
	return n > room;
}

/* "TIME NUMBER FLAGS": three decimal numbers with one blank between them. */
static bool
is_guard(struct str s)
{
	struct str word;
	uint64_t n;

	for (int i = 0; i < 2; i++)
		if (!str_cut(&s, ' ', &word) || !str_u64(word, &n))
			return false;
	return str_u64(s, &n);
}

static struct str
after(struct str s, const char *prefix)
{
	size_t n = strlen(prefix);

	return str_n(s.p + n, s.len - n);
}

static bool
ends_block(const struct tmux_control *tc, struct str line, const char *word)
{
	return str_starts(line, word) && str_eq(after(line, word), buf_str(&tc->guard));
}

static bool
block_line(struct tmux_control *tc, struct str line, struct tmux_item *ret)
{
	bool is_error = ends_block(tc, line, "%error ");
	struct str guard = buf_str(&tc->guard);

	if (!is_error && !ends_block(tc, line, "%end ")) {
		tc->body_cut |= tc->line_cut;
		tc->body_cut |= add_bounded(&tc->body, line.p, line.len);
		tc->body_cut |= add_bounded(&tc->body, "\n", 1);
		return false;
	}
	tc->in_block = false;
	*ret = (struct tmux_item){
		.kind = TMUX_ITEM_BLOCK,
		.is_error = is_error,
		.is_own = (guard.p[guard.len - 1] - '0') % 2 == 1, /* bit 0 of a decimal number */
		.is_cut = tc->body_cut,
		.text = buf_str(&tc->body),
	};
	return true;
}

static bool
take_line(struct tmux_control *tc, struct tmux_item *ret)
{
	struct str line = buf_str(&tc->line);

	if (tc->in_block)
		return block_line(tc, line, ret);
	if (str_starts(line, "%begin ") && is_guard(after(line, "%begin "))) {
		tc->in_block = true;
		tc->body_cut = false;
		buf_clear(&tc->body);
		buf_clear(&tc->guard);
		buf_add_str(&tc->guard, after(line, "%begin "));
		return false;
	}
	*ret = (struct tmux_item){
		.kind = TMUX_ITEM_NOTICE,
		.is_cut = tc->line_cut,
		.text = line,
	};
	return true;
}

bool
tmux_control_next(struct tmux_control *tc, struct str *in, struct tmux_item *ret)
{
	while (in->len > 0) {
		const char *nl = memchr(in->p, '\n', in->len);
		size_t n = nl != NULL ? (size_t)(nl - in->p) : in->len;

		if (tc->line_done) {
			buf_clear(&tc->line);
			tc->line_cut = false;
			tc->line_done = false;
		}
		tc->line_cut |= add_bounded(&tc->line, in->p, n);
		*in = str_n(in->p + n + (nl != NULL), in->len - n - (nl != NULL));
		if (nl == NULL)
			break;
		tc->line_done = true;
		if (take_line(tc, ret))
			return true;
	}
	return false;
}

void
tmux_control_release(struct tmux_control *tc)
{
	buf_release(&tc->line);
	buf_release(&tc->guard);
	buf_release(&tc->body);
	tc->line_done = tc->line_cut = tc->body_cut = tc->in_block = false;
}

bool
tmux_item_is_exit(const struct tmux_item *item)
{
	return item->kind == TMUX_ITEM_NOTICE &&
	       (str_is(item->text, "%exit") || str_starts(item->text, "%exit "));
}

void
tmux_quote(struct buf *b, struct str word)
{
	/* Not here: " \ $, and '~', which tmux expands at the start of a word even inside quotes. */
	static const char harmless[] = " !#%&'()*+,-./:;<=>?@[]^_`{|}";

	buf_adds(b, " \"");
	for (size_t i = 0; i < word.len && word.p[i] != '\0'; i++) {
		char c = word.p[i];

		if ((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
		    strchr(harmless, c) != NULL)
			buf_addch(b, c);
		else
			buf_addf(b, "\\%03o", (unsigned)(unsigned char)c);
	}
	buf_addch(b, '"');
}

bool
tmux_version_is(struct str printed, uint32_t major, uint32_t minor)
{
	struct str s = str_trim(printed), head;
	uint32_t have_major, have_minor;
	size_t digits = 0;

	if (s.len > 0 && s.p[s.len - 1] == '\n')
		s = str_trim(str_n(s.p, s.len - 1));
	if (!str_cut(&s, ' ', &head) || !str_is(head, "tmux"))
		return false;
	/* Unreleased sources, and the tmux of OpenBSD, which counts as its system does. */
	if (str_is(s, "master") || str_starts(s, "openbsd-"))
		return true;
	if (str_starts(s, "next-"))
		s = after(s, "next-");
	if (!str_cut(&s, '.', &head) || !str_u32(head, &have_major))
		return false;
	while (digits < s.len && s.p[digits] >= '0' && s.p[digits] <= '9')
		digits++;
	if (!str_u32(str_n(s.p, digits), &have_minor))
		return false;
	return have_major != major ? have_major > major : have_minor >= minor;
}
