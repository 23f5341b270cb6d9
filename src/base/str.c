/* SPDX-License-Identifier: GPL-2.0-only */
#include "base/base.h"
#include "base/str.h"

struct str
str_of(const char *s)
{
	return s != NULL ? str_n(s, strlen(s)) : str_n("", 0);
}

struct str
str_n(const char *p, size_t len)
{
	return (struct str){ p, len };
}

bool
str_eq(struct str a, struct str b)
{
	/* memcmp may not be given the NULL of a zeroed str, not even for no bytes. */
	return a.len == b.len && (a.len == 0 || memcmp(a.p, b.p, a.len) == 0);
}

bool
str_is(struct str a, const char *s)
{
	/* Names are looked up in lists: most comparisons end here. */
	if (a.len > 0 && a.p[0] != s[0])
		return false;
	return str_eq(a, str_of(s));
}

bool
str_starts(struct str a, const char *prefix)
{
	size_t n = strlen(prefix);

	return a.len >= n && (n == 0 || memcmp(a.p, prefix, n) == 0);
}

static bool
str_is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

struct str
str_trim(struct str s)
{
	while (s.len > 0 && str_is_blank(s.p[0])) {
		s.p++;
		s.len--;
	}
	while (s.len > 0 && str_is_blank(s.p[s.len - 1]))
		s.len--;
	return s;
}

bool
str_cut(struct str *s, char c, struct str *ret_head)
{
	const char *at = s->len > 0 ? memchr(s->p, c, s->len) : NULL;
	size_t n;

	if (at == NULL) {
		*ret_head = *s;
		*s = str_n(s->len > 0 ? s->p + s->len : s->p, 0);
		return false;
	}
	n = (size_t)(at - s->p);
	*ret_head = str_n(s->p, n);
	*s = str_n(at + 1, s->len - n - 1);
	return true;
}

bool
str_u64(struct str s, uint64_t *ret)
{
	uint64_t value = 0;

	if (s.len == 0)
		return false;
	for (size_t i = 0; i < s.len; i++) {
		unsigned digit = (unsigned char)s.p[i] - (unsigned)'0';

		if (digit > 9 || value > (UINT64_MAX - digit) / 10)
			return false;
		value = value * 10 + digit;
	}
	*ret = value;
	return true;
}

bool
str_u32(struct str s, uint32_t *ret)
{
	uint64_t value;

	if (!str_u64(s, &value) || value > UINT32_MAX)
		return false;
	*ret = (uint32_t)value;
	return true;
}

size_t
str_utf8(struct str s, uint32_t *ret)
{
	/* The smallest value that needs so many bytes: anything below it is an overlong form. */
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	unsigned char lead;
	uint32_t value;
	size_t n;

	if (s.len == 0)
		return 0;
	lead = (unsigned char)s.p[0];
	if (lead < 0x80) {
		*ret = lead;
		return 1;
	}
	n = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
	if (lead < 0xc2 || lead > 0xf4 || s.len < n)
		return 0;
	value = lead & (0x7fu >> n);
	for (size_t i = 1; i < n; i++) {
		unsigned char c = (unsigned char)s.p[i];

		if ((c & 0xc0) != 0x80)
			return 0;
		value = value << 6 | (c & 0x3fu);
	}
	if (value < least[n] || value > 0x10ffff || (value >= 0xd800 && value <= 0xdfff))
		return 0;
	*ret = value;
	return n;
}

bool
str_is_utf8(struct str s)
{
	while (s.len > 0) {
		uint32_t ignored;
		size_t n = str_utf8(s, &ignored);

		if (n == 0)
			return false;
		s.p += n;
		s.len -= n;
	}
	return true;
}

ssize_t
str_find(struct str s, struct str needle)
{
	const char *at;

	if (needle.len == 0)
		return 0;
	if (s.len < needle.len)
		return -1;
	at = memmem(s.p, s.len, needle.p, needle.len);
	return at != NULL ? at - s.p : -1;
}
