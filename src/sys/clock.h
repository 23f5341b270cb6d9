/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * clock.h: the two times, never mixed in one variable.
 *
 * wall: milliseconds since 1970 UTC, for display and for --until only.
 * boot: milliseconds since this boot, suspend included; intervals and back-off.  It means something
 *	 only together with the boot id.
 */
#ifndef SYS_CLOCK_H
#define SYS_CLOCK_H

#include "base/base.h"

int64_t clock_wall_ms(void);
int64_t clock_boot_ms(void);

/* The kernel's boot id, 36 characters, read once; "unknown" when /proc does not tell. */
const char *clock_boot_id(void);

#endif
