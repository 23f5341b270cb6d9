/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * buf.h: the one growing string.
 *
 *	_cleanup_(buf_release) struct buf b = BUF_INIT;
 *	buf_addf(&b, "%u", n);
 *	use(b.p, b.len);
 *
 * b.p is always NUL-terminated and never NULL (an empty buffer points to a static empty string), so it
 * can be printed; it may hold NUL bytes, so lengths are kept.  The buffer owns its bytes; pointers into
 * it die with the next change.
 */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include "base/base.h"
#include "base/str.h"

struct buf {
	char *p;
	size_t len;
	size_t cap; /* 0: p is not on the heap */
};

extern char buf_empty[1];
#define BUF_INIT                                                                                   \
	{                                                                                          \
		buf_empty, 0, 0                                                                    \
	}

void buf_init(struct buf *b);
void buf_release(struct buf *b); /* contents gone, b reusable; accepts a zeroed struct */
void buf_clear(struct buf *b);   /* length 0, memory kept */
void buf_grow(struct buf *b, size_t extra);
void buf_add(struct buf *b, const void *p, size_t n);
void buf_adds(struct buf *b, const char *s);
void buf_add_str(struct buf *b, struct str s);
void buf_addch(struct buf *b, char c);
void buf_add_number(struct buf *b, uint64_t n); /* decimal digits, without vsnprintf's price */
void buf_addf(struct buf *b, const char *fmt, ...) printf_like(2, 3);
void buf_addv(struct buf *b, const char *fmt, va_list ap) printf_like(2, 0);
void buf_truncate(struct buf *b, size_t len);
struct str buf_str(const struct buf *b); /* borrowed view */
char *buf_take(struct buf *b);           /* the caller frees; b is empty afterwards */

#endif
