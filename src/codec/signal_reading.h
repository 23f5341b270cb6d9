/* SPDX-License-Identifier: GPL-2.0-only */
/* signal_reading.h: what the files behind signal_json.h share; for nobody else. */
#ifndef CODEC_SIGNAL_READING_H
#define CODEC_SIGNAL_READING_H

#include "codec/json.h"
#include "codec/signal_json.h"

/* One parse.  Every function below reads its keys into *s and returns 0, or ERR_INVALID with the
 * sentence in err and, when it is a value that cannot be used, REFUSAL_INVALID in why. */
struct signal_reading {
	json_t *o;
	struct signal *s;
	enum refusal why;
	struct err *err;
};

/* A value that cannot be used: sets why and err, returns ERR_INVALID. */
int signal_invalid(struct signal_reading *r, const char *fmt, ...) printf_like(2, 3);

/* The caller owns *ret; it stays as it is when the key is not there. */
int signal_read_text(struct signal_reading *r, const char *key, size_t max, char **ret);

/* Does it hold a character that a person can see? */
bool signal_is_visible(struct str s);

/* A question's (choice.c). */
int signal_read_choices(struct signal_reading *r);

/* create, edit, assign (signal_task.c) */
int signal_read_spec(struct signal_reading *r);
int signal_read_policy(struct signal_reading *r);

#endif
