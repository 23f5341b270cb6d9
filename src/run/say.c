/* SPDX-License-Identifier: GPL-2.0-only */
#include "base/base.h"
#include "run/say.h"

#include "base/clean.h"

void
say(const struct claim *c, const char *fmt, ...)
{
	_cleanup_(buf_release) struct buf text = BUF_INIT, line = BUF_INIT;
	va_list ap;

	va_start(ap, fmt);
	buf_addv(&text, fmt, ap);
	va_end(ap);
	buf_adds(&line, "reeve: ");
	if (c->episode.n != 0)
		buf_addf(&line, "%u.%u: ", c->episode.ticket.n, c->episode.n);
	clean_add_line(&line, buf_str(&text), 0);
	buf_addch(&line, '\n');
	/* The pane may be gone; then there is nobody to tell. */
	(void)!write(STDERR_FILENO, line.p, line.len);
}
