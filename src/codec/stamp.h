/* SPDX-License-Identifier: GPL-2.0-only */
/* stamp.h: wall-clock times as text: "2026-11-21T06:23:25Z" (UTC; milliseconds are dropped on dump). */
#ifndef CODEC_STAMP_H
#define CODEC_STAMP_H

#include "base/buf.h"

void stamp_add(struct buf *b, int64_t wall_ms);
bool stamp_parse(struct str s, int64_t *ret); /* strict: a real date, years 1970 to 9999 */

/* "12s", "4m", "3h", "2d": a duration for people, rounded down. */
void stamp_add_age(struct buf *b, int64_t ms);

/* "+90m", "+2h", "+3d", "14:30" (of the UTC day of now, or of the next one), or a whole stamp. */
bool stamp_parse_until(struct str s, int64_t now_ms, int64_t *ret);

#endif
