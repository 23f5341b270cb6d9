/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * vec.h: growing arrays.
 *
 * `struct strvec` is the one builder of argument vectors: it owns its strings and is always
 * NULL-terminated.  VEC_PUSH grows any { T *v; size_t n, cap; } by one zeroed element and yields its
 * address, which is valid until the next push.
 */
#ifndef BASE_VEC_H
#define BASE_VEC_H

#include "base/base.h"
#include "base/str.h"

struct strvec {
	char **v;
	size_t n;
	size_t cap;
};
#define STRVEC_INIT                                                                                \
	{                                                                                          \
		NULL, 0, 0                                                                         \
	}

void strvec_push(struct strvec *sv, const char *s);
void strvec_push_str(struct strvec *sv, struct str s);
void strvec_push_take(struct strvec *sv, char *s); /* takes ownership of s */
void strvec_release(struct strvec *sv);            /* frees everything, sv is reusable */
void strvec_sort(struct strvec *sv);               /* by bytes */

void *vec_push_(void *vp, size_t *n, size_t *cap, size_t size);
#define VEC_PUSH(vec)                                                                              \
	((__typeof__((vec)->v))vec_push_(&(vec)->v, &(vec)->n, &(vec)->cap, sizeof *(vec)->v))

#endif
