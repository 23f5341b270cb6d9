/* SPDX-License-Identifier: GPL-2.0-only */
#include "base/base.h"
#include "base/buf.h"

/* Never written to: every writer grows first, and a buffer with cap 0 is moved to the heap by that. */
char buf_empty[1];

void
buf_init(struct buf *b)
{
	b->p = buf_empty;
	b->len = 0;
	b->cap = 0;
}

void
buf_release(struct buf *b)
{
	if (b->cap > 0)
		free(b->p);
	buf_init(b);
}

void
buf_clear(struct buf *b)
{
	buf_truncate(b, 0);
}

void
buf_grow(struct buf *b, size_t extra)
{
	size_t need, cap;

	if (extra >= SIZE_MAX / 2 || b->len >= SIZE_MAX / 2 - extra)
		BUG("a buffer of %zu bytes cannot grow by %zu", b->len, extra);
	need = b->len + extra + 1;
	if (need <= b->cap)
		return;
	cap = b->cap < 64 ? 64 : b->cap + b->cap / 2;
	if (cap < need)
		cap = need;
	b->p = xrealloc(b->cap > 0 ? b->p : NULL, cap);
	b->cap = cap;
	b->p[b->len] = '\0';
}

void
buf_add(struct buf *b, const void *p, size_t n)
{
	buf_grow(b, n);
	if (n > 0)
		memcpy(b->p + b->len, p, n);
	b->len += n;
	b->p[b->len] = '\0';
}

void
buf_adds(struct buf *b, const char *s)
{
	buf_add(b, s, strlen(s));
}

void
buf_add_str(struct buf *b, struct str s)
{
	buf_add(b, s.p, s.len);
}

void
buf_addch(struct buf *b, char c)
{
	buf_add(b, &c, 1);
}

void
buf_add_number(struct buf *b, uint64_t n)
{
	char digits[20];
	size_t at = sizeof digits;

	do
		digits[--at] = (char)('0' + n % 10);
	while ((n /= 10) > 0);
	buf_add(b, digits + at, sizeof digits - at);
}

void
buf_addf(struct buf *b, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	buf_addv(b, fmt, ap);
	va_end(ap);
}

void
buf_addv(struct buf *b, const char *fmt, va_list ap)
{
	va_list again;
	int n;

	buf_grow(b, 0);
	va_copy(again, ap);
	n = vsnprintf(b->p + b->len, b->cap - b->len, fmt, ap);
	if (n < 0)
		BUG("the format \"%s\" cannot be printed", fmt);
	if ((size_t)n >= b->cap - b->len) {
		buf_grow(b, (size_t)n);
		vsnprintf(b->p + b->len, b->cap - b->len, fmt, again);
	}
	va_end(again);
	b->len += (size_t)n;
}

void
buf_truncate(struct buf *b, size_t len)
{
	if (len > b->len)
		BUG("a buffer of %zu bytes cannot be cut to %zu", b->len, len);
	if (b->cap == 0)
		return;
	b->len = len;
	b->p[len] = '\0';
}

struct str
buf_str(const struct buf *b)
{
	return str_n(b->p != NULL ? b->p : buf_empty, b->len);
}

char *
buf_take(struct buf *b)
{
	char *p;

	buf_grow(b, 0);
	p = b->p;
	buf_init(b);
	return p;
}
