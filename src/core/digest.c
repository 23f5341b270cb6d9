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

static void
digest_hex(struct buf *b, const unsigned char *p, size_t n)
{
	char hex[2 * NONCE_BYTES + 1];

	buf_adds(b, sodium_bin2hex(hex, sizeof hex, p, n));
}

static bool
digest_unhex(struct str hex, unsigned char *ret, size_t n)
{
	size_t len = 0;

	return hex.len == 2 * n && sodium_hex2bin(ret, n, hex.p, hex.len, NULL, &len, NULL) == 0 &&
	       len == n;
}

void
digest_add_hex(struct buf *b, const struct digest *d)
{
	digest_hex(b, d->b, sizeof d->b);
}

bool
digest_parse(struct str hex, struct digest *ret)
{
	struct digest d;

	for (size_t i = 0; i < hex.len; i++)
		if (hex.p[i] >= 'A' && hex.p[i] <= 'F')
			return false; /* one spelling only: files are compared by bytes */
	if (!digest_unhex(hex, d.b, sizeof d.b))
		return false;
	*ret = d;
	return true;
}

void
nonce_add_hex(struct buf *b, const struct nonce *n)
{
	digest_hex(b, n->b, sizeof n->b);
}

bool
nonce_parse(struct str hex, struct nonce *ret)
{
	struct nonce n;
	bool is_good = digest_unhex(hex, n.b, sizeof n.b);

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
