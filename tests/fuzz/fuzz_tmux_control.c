/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The same items come out however the input is cut; no text is longer than the bound; a quoted word is
 * one line of plain ASCII.  The first byte of the input is the length of the pieces.
 */
#include "base/base.h"

#include "codec/tmux_control.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

static void
digest(struct buf *b, struct str s, size_t step)
{
	struct tmux_control tc = TMUX_CONTROL_INIT;
	struct tmux_item item;

	for (size_t at = 0; at < s.len; at += step) {
		struct str piece = str_n(s.p + at, s.len - at < step ? s.len - at : step);

		while (tmux_control_next(&tc, &piece, &item)) {
			if (item.text.len > TMUX_CONTROL_MAX)
				BUG("%zu bytes of text", item.text.len);
			buf_addf(b, "%d%d%d%d%d %zu ", (int)item.kind, item.is_error, item.is_own,
			    item.is_cut, tmux_item_is_exit(&item), item.text.len);
			buf_add_str(b, item.text);
		}
		if (piece.len != 0)
			BUG("%zu bytes of input are left", piece.len);
	}
	tmux_control_release(&tc);
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	_cleanup_(buf_release) struct buf whole = BUF_INIT;
	_cleanup_(buf_release) struct buf cut = BUF_INIT;
	_cleanup_(buf_release) struct buf quoted = BUF_INIT;
	struct str s;

	if (n < 2)
		return 0;
	s = str_n((const char *)p + 1, n - 1);
	digest(&whole, s, s.len);
	digest(&cut, s, (size_t)p[0] % 16 + 1);
	if (!str_eq(buf_str(&whole), buf_str(&cut)))
		BUG("other items when cut into pieces of %d", p[0] % 16 + 1);
	tmux_quote(&quoted, s);
	for (size_t i = 0; i < quoted.len; i++)
		if (quoted.p[i] < ' ' || quoted.p[i] > '~')
			BUG("byte %d in a quoted word", quoted.p[i]);
	(void)tmux_version_is(s, 3, 3);
	return 0;
}
