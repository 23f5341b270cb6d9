/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * str.h: a borrowed piece of text, pointer and length.
 *
 * It owns nothing and dies with what it points into.  Functions that cut a str return views of the
 * same bytes.
 */
#ifndef BASE_STR_H
#define BASE_STR_H

#include "base/base.h"

struct str {
	const char *p;
	size_t len;
};
#define STR(lit)   ((struct str){ "" lit, sizeof(lit) - 1 })
#define STR_FMT(s) (int)(s).len, (s).p /* for "%.*s" */

struct str str_of(const char *s); /* NULL: empty */
struct str str_n(const char *p, size_t len);
bool str_eq(struct str a, struct str b);
bool str_is(struct str a, const char *s);
bool str_starts(struct str a, const char *prefix);
struct str str_trim(struct str s); /* blanks and tabs and CR at both ends */

/* Cuts at the first c: *head gets what is before, s what is after.  False at the end of s (then *head
 * is the rest and s is empty): `while (str_cut(&s, '\n', &line) || line.len > 0)`. */
bool str_cut(struct str *s, char c, struct str *ret_head);

/* Plain decimal digits only, no sign, no blanks, no overflow. */
bool str_u64(struct str s, uint64_t *ret);
bool str_u32(struct str s, uint32_t *ret);

/* Valid UTF-8 (no surrogates, no overlong forms, at most U+10FFFF). */
bool str_is_utf8(struct str s);

/* The character at the head of s, by the same rules: its length in bytes (1 to 4), or 0 when s is empty
 * or begins with no valid character. */
size_t str_utf8(struct str s, uint32_t *ret);

/* Index of the first occurrence of needle in s, or -1. */
ssize_t str_find(struct str s, struct str needle);

#endif
