/* SPDX-License-Identifier: GPL-2.0-only */
/* The output of a gate: the first half as it comes, so that a person can follow it; the last half at the end. */
#include "base/base.h"

#include "effect/gate_log.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clean.h"

#define GATE_LOG_QUOTE_MAX ((uint64_t)64 * 1024) /* raw bytes that are looked at */

int
gate_log_open(const char *path, uint64_t max, struct gate_log *ret, struct err *err)
{
	int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600);

	if (fd < 0)
		return err_sys(err, errno, "cannot write the log %s", path);
	*ret = (struct gate_log){ .fd = fd, .max = max };
	return 0;
}

static void
gate_log_write(struct gate_log *log, const char *p, size_t len)
{
	while (len > 0) {
		ssize_t n = write(log->fd, p, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) { /* a full disk: the result of the command does not depend on it */
			log->is_short = true;
			return;
		}
		p += n;
		len -= (size_t)n;
	}
}

void
gate_log_line(struct gate_log *log, const char *fmt, ...)
{
	_cleanup_(buf_release) struct buf b = BUF_INIT;
	va_list ap;

	va_start(ap, fmt);
	buf_addv(&b, fmt, ap);
	va_end(ap);
	buf_addch(&b, '\n');
	gate_log_write(log, b.p, b.len);
}

/* --- the output of one command --- */

static uint64_t
gate_log_size(const struct gate_log *log)
{
	struct stat st;

	return fstat(log->fd, &st) == 0 ? (uint64_t)st.st_size : 0;
}

void
gate_output_begin(struct gate_output *o, struct gate_log *log)
{
	*o = (struct gate_output){ .log = log };
	log->from = gate_log_size(log);
}

void
gate_output_add(struct gate_output *o, const char *p, size_t len)
{
	uint64_t half = o->log->max / 2;
	size_t head = o->total < half ? (size_t)(half - o->total) : 0;

	if (head > len)
		head = len;
	if (head > 0)
		gate_log_write(o->log, p, head);
	o->total += len;
	o->last = len > 0 ? p[len - 1] : o->last;
	if (len == head)
		return;
	buf_add(&o->tail, p + head, len - head);
	if (o->tail.len > 2 * half + 65536) {
		size_t keep = (size_t)half;

		memmove(o->tail.p, o->tail.p + o->tail.len - keep, keep);
		buf_truncate(&o->tail, keep);
	}
}

void
gate_output_end(struct gate_output *o)
{
	uint64_t half = o->log->max / 2, head = o->total < half ? o->total : half;
	uint64_t rest = o->total - head, kept = rest < half ? rest : half;

	if (rest > kept)
		gate_log_line(o->log, "%s--- %llu bytes are left out here", head > 0 ? "\n" : "",
		    (unsigned long long)(rest - kept));
	gate_log_write(o->log, o->tail.p + (o->tail.len - (size_t)kept), (size_t)kept);
	if (o->total > 0 && o->last != '\n')
		gate_log_write(o->log, "\n", 1);
	buf_release(&o->tail);
}

/* --- what is quoted of it --- */

void
gate_log_quote(const struct gate_log *log, unsigned lines, size_t bytes, struct buf *ret)
{
	_cleanup_(buf_release) struct buf raw = BUF_INIT, clean = BUF_INIT;
	uint64_t end = gate_log_size(log), from = log->from;
	char chunk[4096];
	size_t at;
	ssize_t n;

	if (end > from + GATE_LOG_QUOTE_MAX)
		from = end - GATE_LOG_QUOTE_MAX;
	while (from < end && (n = pread(log->fd, chunk, sizeof chunk, (off_t)from)) > 0) {
		buf_add(&raw, chunk, (size_t)n);
		from += (uint64_t)n;
	}
	clean_add(&clean, buf_str(&raw), true);
	while (clean.len > 0 && clean.p[clean.len - 1] == '\n')
		buf_truncate(&clean, clean.len - 1);
	for (at = clean.len; at > 0 && clean.len - at < bytes; at--)
		if (clean.p[at - 1] == '\n' && lines-- == 1)
			break;
	if (at > 0 && clean.p[at - 1] != '\n') /* in the middle of a line: not even that much */
		while (at < clean.len && (clean.p[at] & 0xc0) == 0x80)
			at++;
	buf_add(ret, clean.p + at, clean.len - at);
}

void
gate_log_close(struct gate_log *log)
{
	if (log->fd < 0)
		return;
	if (log->is_short)
		gate_log_line(log, "--- something could not be written here: the disk was full");
	(void)fsync(log->fd); /* for people: nothing is decided by it */
	(void)close(log->fd);
	log->fd = -1;
}
