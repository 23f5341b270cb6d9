/* SPDX-License-Identifier: GPL-2.0-only */
#include "base/base.h"
#include "sys/log.h"

#include <errno.h>

#include "base/buf.h"
#include "base/clean.h"
#include "sys/clock.h"

static enum log_level log_level = LOG_INFO;

void
log_set_level(enum log_level level)
{
	log_level = level;
}

static const char *
log_word(enum log_level level)
{
	switch (level) {
	case LOG_ERROR:
		return "error";
	case LOG_WARN:
		return "warning";
	case LOG_INFO:
		return "info";
	case LOG_DEBUG:
		return "debug";
	}
	BUG("log level %d", (int)level);
}

static void
log_add_time(struct buf *b)
{
	int64_t now_ms = clock_wall_ms();
	time_t seconds = (time_t)(now_ms / 1000);
	char text[sizeof "-2147483648-12-31T23:59:60"];
	struct tm tm;

	if (gmtime_r(&seconds, &tm) == NULL || strftime(text, sizeof text, "%FT%T", &tm) == 0)
		snprintf(text, sizeof text, "(no time)");
	buf_addf(b, "%s.%03dZ", text, (int)(now_ms % 1000));
}

void
log_line(enum log_level level, const char *fmt, ...)
{
	_cleanup_(buf_release) struct buf line = BUF_INIT, words = BUF_INIT;
	va_list ap;
	size_t done = 0;

	if (level > log_level)
		return;
	va_start(ap, fmt);
	buf_addv(&words, fmt, ap);
	va_end(ap);
	log_add_time(&line);
	buf_addf(&line, " %s: ", log_word(level));
	clean_add(&line, buf_str(&words), false);
	buf_addch(&line, '\n');

	/* One write, so that lines of several processes do not mix.  There is nowhere to complain about
	 * a log that cannot be written, and it must not stop the work. */
	while (done < line.len) {
		ssize_t n = write(STDERR_FILENO, line.p + done, line.len - done);

		if (n > 0)
			done += (size_t)n;
		else if (n == 0 || errno != EINTR)
			break;
	}
}
