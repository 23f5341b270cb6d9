/* SPDX-License-Identifier: GPL-2.0-only */
/* rand.h: fresh secrets (libsodium over getrandom(2)), and numbers that this process has not used yet.
 * Never fails; ends the program without entropy. */
#ifndef SYS_RAND_H
#define SYS_RAND_H

#include "base/base.h"

void rand_bytes(void *p, size_t n);
unsigned rand_serial(void); /* 0, 1, 2, ...: for names beside the process id */

#endif
