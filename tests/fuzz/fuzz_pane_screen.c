/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The same lines come out however the input is cut; they are clean; what is told is lines, too; and no input is
 * dear.  The first byte of the input is the length of the pieces.
 */
#include "base/base.h"

#include "codec/pane_grid.h"
#include "codec/pane_screen.h"

#define LINES_MAX 100
#define BYTES_MAX ((size_t)65536)

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

static void
check_lines(struct str s)
{
	if (!str_is_utf8(s) || (s.len > 0 && s.p[s.len - 1] != '\n'))
		BUG("%zu bytes that are no lines", s.len);
	for (size_t i = 0; i < s.len; i++)
		if (((unsigned char)s.p[i] < ' ' && s.p[i] != '\n') || s.p[i] == 0x7f)
			BUG("byte %d in a line", s.p[i]);
}

static void
read_screen(struct buf *ret, struct str s, size_t step)
{
	struct pane_screen *screen = pane_screen_new(true);
	_cleanup_(buf_release) struct buf news = BUF_INIT;

	for (size_t at = 0; at < s.len; at += step) {
		pane_screen_feed(screen, str_n(s.p + at, s.len - at < step ? s.len - at : step));
		pane_screen_news(screen, &news);
	}
	if (pane_screen_work(screen) > PANE_WORK * s.len)
		BUG("%llu cells for %zu bytes", (unsigned long long)pane_screen_work(screen),
		    s.len);
	pane_screen_last(screen, LINES_MAX, BYTES_MAX, ret);
	pane_screen_rest(screen, &news);
	check_lines(buf_str(&news));
	pane_screen_free(screen);
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	_cleanup_(buf_release) struct buf whole = BUF_INIT, cut = BUF_INIT;
	struct str s;

	if (n < 2)
		return 0;
	s = str_n((const char *)p + 1, n - 1);
	read_screen(&whole, s, s.len);
	read_screen(&cut, s, (size_t)p[0] % 16 + 1);
	if (!str_eq(buf_str(&whole), buf_str(&cut)))
		BUG("another screen when cut into pieces of %d", p[0] % 16 + 1);
	check_lines(buf_str(&whole));
	if (whole.len > BYTES_MAX)
		BUG("%zu bytes of lines", whole.len);
	return 0;
}
