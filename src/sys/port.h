/* SPDX-License-Identifier: GPL-2.0-only */
/* port.h: TCP ports of this machine. */
#ifndef SYS_PORT_H
#define SYS_PORT_H

#include "base/base.h"

/* Does nobody listen on it, at 127.0.0.1 or ::1?  About now only; true also when that cannot be asked (no IPv6, no
 * network at all). */
bool port_is_free(uint32_t port);

#endif
