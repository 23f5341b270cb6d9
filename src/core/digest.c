/* SPDX-License-Identifier: GPL-2.0-only */
#include "base/base.h"

#include "core/digest.h"

#include <sodium.h>

struct digest
digest_of(struct str bytes)
{
	struct digest d;

	(void)crypto_hash_sha256(d.b, (const unsigned char *)bytes.p, bytes.len); /* never fails */
	return d;
}

struct digest
nonce_digest(const struct nonce *n)
{
	return digest_of(str_n((const char *)n->b, sizeof n->b));
}

bool
digest_is_set(const struct digest *d)
{
	unsigned any = 0;

	for (size_t i = 0; i < sizeof d->b; i++)
		any |= d->b[i];
	return any != 0;
}

bool
digest_eq(const struct digest *a, const struct digest *b)
{
	return sodium_memcmp(a->b, b->b, sizeof a->b) == 0;
}

/* A digest is no secret: unlike a nonce's, its digits may be read and written in the quickest way. */
void
digest_add_hex(struct buf *b, const struct digest *d)
{
	static const char digits[] = "0123456789abcdef";
	char hex[2 * sizeof d->b];

	for (size_t i = 0; i < sizeof d->b; i++) {
		hex[2 * i] = digits[d->b[i] >> 4];
		hex[2 * i + 1] = digits[d->b[i] & 15];
	}
	buf_add(b, hex, sizeof hex);
}

/* 16 and more: none.  One spelling only, files are compared by bytes. */
static unsigned
digest_digit(char c)
{
	unsigned digit = (unsigned)c - (unsigned)'0', letter = (unsigned)c - (unsigned)'a';

	return digit < 10 ? digit : letter < 6 ? letter + 10 : 16;
}

bool
digest_parse(struct str hex, struct digest *ret)
{
	struct digest d;

	if (hex.len != 2 * sizeof d.b)
		return false;
	for (size_t i = 0; i < sizeof d.b; i++) {
		unsigned high = digest_digit(hex.p[2 * i]), low = digest_digit(hex.p[2 * i + 1]);

		if (high > 15 || low > 15)
			return false;
		d.b[i] = (unsigned char)(high << 4 | low);
	}
	*ret = d;
	return true;
}

void
nonce_add_hex(struct buf *b, const struct nonce *n)
{
	char hex[2 * NONCE_BYTES + 1];

	buf_adds(b, sodium_bin2hex(hex, sizeof hex, n->b, sizeof n->b));
}

bool
nonce_parse(struct str hex, struct nonce *ret)
{
	struct nonce n;
	size_t len = 0;
	bool is_good = hex.len == 2 * sizeof n.b &&
		       sodium_hex2bin(n.b, sizeof n.b, hex.p, hex.len, NULL, &len, NULL) == 0 &&
		       len == sizeof n.b;

	if (is_good)
		*ret = n;
	nonce_wipe(&n);
	return is_good;
}

void
nonce_wipe(struct nonce *n)
{
	sodium_memzero(n->b, sizeof n->b);
}
