/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * json.h: jansson, as strict as this project needs it.
 *
 *	_cleanup_(json_drop) json_t *o = NULL;
 *	struct str title;
 *	if (json_open(bytes, 16, &o, err) < 0 || json_get_str(o, "title", &title, err) < 0)
 *		return ERR_INVALID;
 *	if (title.p == NULL)	... the key is not there
 *
 * Accepted is one object, in UTF-8, without NUL, without a key twice, and nothing behind it.  Depth is
 * counted before jansson sees a byte: it recurses.  Whatever a stranger's text puts into a sentence is
 * cleaned first.  Views die with the object.  Out of memory ends the program, inside of jansson too.
 *
 * A getter of a key that is not there succeeds and says so; a key of another type is ERR_INVALID with a
 * sentence such as `key "title" must be a string`.
 */
#ifndef CODEC_JSON_H
#define CODEC_JSON_H

#include <jansson.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/vec.h"

/* ERR_INVALID: where and what.  The caller owns *ret (json_drop). */
int json_open(struct str bytes, unsigned max_depth, json_t **ret, struct err *err);
void json_drop(json_t **o); /* for _cleanup_; accepts NULL */

/* ret->p is NULL when the key is not there. */
int json_get_str(const json_t *o, const char *key, struct str *ret, struct err *err);
/* *ret_has false: it is not there, *ret is untouched.  A real is no integer. */
int json_get_int(const json_t *o, const char *key, int64_t min, int64_t max, bool *ret_has,
    int64_t *ret, struct err *err);
int json_get_bool(const json_t *o, const char *key, bool *ret_has, bool *ret, struct err *err);

/*
 * Byte strings, which need not be UTF-8 (paths, arguments): as a string when they are, else as
 * {"hex":"2f..."}.  They never hold a NUL.  The caller frees *ret_s; NULL when the key is not there.
 */
int json_get_bytes(const json_t *o, const char *key, char **ret_s, struct err *err);
/* An array of them is appended to *ret; a missing key is an empty array. */
int json_get_list(const json_t *o, const char *key, struct strvec *ret, struct err *err);

bool json_has(const json_t *o, const char *key);      /* of whatever type */
void json_names(const json_t *o, struct strvec *ret); /* the keys, in their order */

/* Writing.  Keys keep their order.  NULL texts are left out.  Text that is not UTF-8 is cleaned
 * (base/clean.h): what has to come back byte for byte is written with json_put_bytes. */
json_t *json_new(void);
void json_put_text(json_t *o, const char *key, const char *s);
void json_put_known(json_t *o, const char *key, const char *s); /* NULL: null */
void json_put_bytes(json_t *o, const char *key, const char *s);
void json_put_list(json_t *o, const char *key, const struct strvec *list);
void json_put_int(json_t *o, const char *key, int64_t n);
void json_put_bool(json_t *o, const char *key, bool is);
/* Appends the object and a newline: on one line, or one key a line. */
void json_add(const json_t *o, bool one_line, struct buf *ret);

#endif
