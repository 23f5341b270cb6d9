/* SPDX-License-Identifier: GPL-2.0-only */
/* report_parts.h: what the report_*.c files share.  Private to them; report_json.h is the manual. */
#ifndef CODEC_REPORT_PARTS_H
#define CODEC_REPORT_PARTS_H

#include "codec/json.h"
#include "codec/report_json.h"

/* Before anything of jansson is used. */
void report_begin(void);

/* Take v. */
void report_put(json_t *o, const char *key, json_t *v);
void report_push(json_t *list, json_t *v);

/* What is not known is null: "", 0, not known. */
void report_text(json_t *o, const char *key, const char *s);
void report_text_n(json_t *o, const char *key, struct str s);
void report_time(json_t *o, const char *key, int64_t wall_ms);
void report_number(json_t *o, const char *key, uint64_t n, bool is_known);
void report_episode_id(json_t *o, const char *key, struct episode_id ep);
void report_strings(json_t *o, const char *key, const struct strvec *list);

json_t *report_one_ticket(const struct report_ticket *rt);
json_t *report_refusals(const struct report_refused *v, size_t n);

/* Takes v. */
void report_dump(json_t *v, size_t flags, struct buf *ret);

#endif
