/* SPDX-License-Identifier: GPL-2.0-only */
/* say.h: one line of the launcher for the person who looks at the pane. */
#ifndef RUN_SAY_H
#define RUN_SAY_H

#include "run/claim.h"

void say(const struct claim *c, const char *fmt, ...) printf_like(2, 3);

#endif
