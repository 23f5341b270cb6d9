/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * digest.h: SHA-256, and nonces.
 *
 * A nonce is 32 random bytes, written as 64 lower-case hex digits.  The store knows its digest only:
 * the SHA-256 of the 32 bytes.  Comparison takes the same time whatever the difference is.
 */
#ifndef CORE_DIGEST_H
#define CORE_DIGEST_H

#include "base/buf.h"

#define NONCE_BYTES 32

struct digest {
	unsigned char b[32];
};
struct nonce {
	unsigned char b[NONCE_BYTES];
};

struct digest digest_of(struct str bytes);
struct digest nonce_digest(const struct nonce *n);

bool digest_is_set(const struct digest *d);                     /* not all zero */
bool digest_eq(const struct digest *a, const struct digest *b); /* constant time */

void digest_add_hex(struct buf *b, const struct digest *d);
bool digest_parse(struct str hex, struct digest *ret); /* 64 lower-case digits */
void nonce_add_hex(struct buf *b, const struct nonce *n);
bool nonce_parse(struct str hex, struct nonce *ret); /* 64 digits, upper case is folded */

/* Overwrites the bytes; the compiler does not leave it out. */
void nonce_wipe(struct nonce *n);

#endif
