/* SPDX-License-Identifier: GPL-2.0-only */
#include "base/base.h"
#include "sys/rand.h"

#include <sodium.h>

void
rand_bytes(void *p, size_t n)
{
	/* Costs nothing from the second call on.  Without entropy it, or the next line, aborts. */
	if (sodium_init() < 0)
		BUG("libsodium cannot be used: no source of random numbers");
	randombytes_buf(p, n);
}

unsigned
rand_serial(void)
{
	static unsigned count;

	return count++;
}
