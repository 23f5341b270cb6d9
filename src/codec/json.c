/* SPDX-License-Identifier: GPL-2.0-only */
#include "base/base.h"

#include "codec/json.h"

#include "base/clean.h"

/* jansson's allocations die as ours do.  Set before each use: it is one store of two pointers. */
static void
json_memory(void)
{
	json_set_alloc_funcs(xmalloc, free);
}

static int
json_check_utf8(struct str s, struct err *err)
{
	struct str rest = s;
	uint32_t c;

	if (s.len >= 3 && memcmp(s.p, "\xef\xbb\xbf", 3) == 0)
		return err_set(err, ERR_INVALID,
		    "it begins with a byte order mark; write plain UTF-8 without one");
	while (rest.len > 0) {
		size_t n = str_utf8(rest, &c);

		if (n == 0 || c == 0)
			return err_set(err, ERR_INVALID, "byte %zu is %s", s.len - rest.len + 1,
			    n == 0 ? "not UTF-8" : "a NUL");
		rest = str_n(rest.p + n, rest.len - n);
	}
	return 0;
}

static int
json_check_depth(struct str s, unsigned max, struct err *err)
{
	unsigned depth = 0;
	bool in_string = false;

	for (size_t i = 0; i < s.len; i++) {
		char c = s.p[i];

		if (in_string) {
			if (c == '\\')
				i++;
			else if (c == '"')
				in_string = false;
		} else if (c == '"') {
			in_string = true;
		} else if (c == '{' || c == '[') {
			if (++depth > max)
				return err_set(err, ERR_INVALID,
				    "byte %zu: it is nested more than %u levels deep", i + 1, max);
		} else if ((c == '}' || c == ']') && depth > 0) {
			depth--;
		}
	}
	return 0;
}

int
json_open(struct str bytes, unsigned max_depth, json_t **ret, struct err *err)
{
	json_error_t why;
	json_t *o;

	if (bytes.len == 0)
		return err_set(err, ERR_INVALID, "it is empty");
	if (json_check_utf8(bytes, err) < 0 || json_check_depth(bytes, max_depth, err) < 0)
		return ERR_INVALID;
	json_memory();
	o = json_loadb(bytes.p, bytes.len, JSON_REJECT_DUPLICATES, &why);
	if (o == NULL) {
		_cleanup_(buf_release) struct buf shown = BUF_INIT;

		clean_add_line(&shown, str_of(why.text), 120);
		return err_set(err, ERR_INVALID, "it is not JSON: line %d, column %d: %s", why.line,
		    why.column, shown.p);
	}
	if (!json_is_object(o)) {
		json_decref(o);
		return err_set(err, ERR_INVALID, "it must be one object: {...}");
	}
	*ret = o;
	return 0;
}

void
json_drop(json_t **o)
{
	json_memory();
	json_decref(*o);
	*o = NULL;
}

static int
json_wrong(const char *key, const char *want, struct err *err)
{
	return err_set(err, ERR_INVALID, "key \"%s\" must be %s", key, want);
}

int
json_get_str(const json_t *o, const char *key, struct str *ret, struct err *err)
{
	const json_t *v = json_object_get(o, key);

	if (v != NULL && !json_is_string(v))
		return json_wrong(key, "a string", err);
	*ret = v != NULL ? str_n(json_string_value(v), json_string_length(v)) : str_n(NULL, 0);
	return 0;
}

int
json_get_int(const json_t *o, const char *key, int64_t min, int64_t max, bool *ret_has,
    int64_t *ret, struct err *err)
{
	const json_t *v = json_object_get(o, key);
	int64_t n;

	*ret_has = false;
	if (v == NULL)
		return 0;
	n = json_integer_value(v);
	if (!json_is_integer(v) || n < min || n > max)
		return err_set(err, ERR_INVALID,
		    "key \"%s\" must be a whole number from %lld to %lld, without quotes", key,
		    (long long)min, (long long)max);
	*ret_has = true;
	*ret = n;
	return 0;
}

int
json_get_bool(const json_t *o, const char *key, bool *ret_has, bool *ret, struct err *err)
{
	const json_t *v = json_object_get(o, key);

	*ret_has = false;
	if (v == NULL)
		return 0;
	if (!json_is_boolean(v))
		return json_wrong(key, "true or false", err);
	*ret_has = true;
	*ret = json_is_true(v);
	return 0;
}

static int
json_hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* NULL: neither a string nor hex digits of bytes that are not 0.  The caller frees. */
static char *
json_bytes_of(const json_t *v)
{
	_cleanup_(buf_release) struct buf b = BUF_INIT;
	const char *hex;
	size_t n;

	if (json_is_string(v))
		return xstrdup(json_string_value(v));
	v = json_object_get(v, "hex"); /* NULL also when v is no object */
	if (!json_is_string(v))
		return NULL;
	hex = json_string_value(v);
	n = json_string_length(v);
	for (size_t i = 0; i < n; i += 2) {
		int high = json_hex_digit(hex[i]), low = json_hex_digit(hex[i + 1]);

		if (high < 0 || low < 0 || high + low == 0)
			return NULL;
		buf_addch(&b, (char)(high * 16 + low));
	}
	return buf_take(&b);
}

int
json_get_bytes(const json_t *o, const char *key, char **ret_s, struct err *err)
{
	const json_t *v = json_object_get(o, key);
	char *s = NULL;

	if (v != NULL && (s = json_bytes_of(v)) == NULL)
		return json_wrong(key, "a string", err);
	*ret_s = s;
	return 0;
}

int
json_get_list(const json_t *o, const char *key, struct strvec *ret, struct err *err)
{
	const json_t *list = json_object_get(o, key);

	if (list != NULL && !json_is_array(list))
		return json_wrong(key, "an array of strings", err);
	for (size_t i = 0; i < json_array_size(list); i++) {
		char *s = json_bytes_of(json_array_get(list, i));

		if (s == NULL)
			return json_wrong(key, "an array of strings", err);
		strvec_push_take(ret, s);
	}
	return 0;
}

bool
json_has(const json_t *o, const char *key)
{
	return json_object_get(o, key) != NULL;
}

void
json_names(const json_t *o, struct strvec *ret)
{
	void *at;

	/* jansson walks with a pointer that could also change the object; this does not. */
	for (at = json_object_iter((json_t *)(uintptr_t)o); at != NULL;
	     at = json_object_iter_next((json_t *)(uintptr_t)o, at))
		strvec_push(ret, json_object_iter_key(at));
}

json_t *
json_new(void)
{
	json_memory();
	return json_object();
}

/* Takes v.  It cannot fail: our keys are ASCII, and memory does not run out. */
static void
json_put(json_t *o, const char *key, json_t *v)
{
	if (v == NULL || json_object_set_new(o, key, v) < 0)
		BUG("json: key %s cannot be set", key);
}

void
json_put_text(json_t *o, const char *key, const char *s)
{
	_cleanup_(buf_release) struct buf clean = BUF_INIT;

	if (s == NULL)
		return;
	if (!str_is_utf8(str_of(s))) {
		clean_add(&clean, str_of(s), true);
		s = clean.p;
	}
	json_put(o, key, json_string(s));
}

static json_t *
json_of_bytes(const char *s)
{
	_cleanup_(buf_release) struct buf hex = BUF_INIT;
	json_t *v;

	if (str_is_utf8(str_of(s)))
		return json_string(s);
	for (; *s != '\0'; s++)
		buf_addf(&hex, "%02x", (unsigned)(unsigned char)*s);
	v = json_object();
	json_put(v, "hex", json_string(hex.p));
	return v;
}

void
json_put_known(json_t *o, const char *key, const char *s)
{
	if (s != NULL)
		json_put_text(o, key, s);
	else
		json_put(o, key, json_null());
}

void
json_put_bytes(json_t *o, const char *key, const char *s)
{
	if (s != NULL)
		json_put(o, key, json_of_bytes(s));
}

void
json_put_list(json_t *o, const char *key, const struct strvec *list)
{
	json_t *v = json_array();

	for (size_t i = 0; list != NULL && i < list->n; i++)
		if (json_array_append_new(v, json_of_bytes(list->v[i])) < 0)
			BUG("json: list %s cannot be set", key);
	json_put(o, key, v);
}

void
json_put_int(json_t *o, const char *key, int64_t n)
{
	json_put(o, key, json_integer(n));
}

void
json_put_bool(json_t *o, const char *key, bool is)
{
	json_put(o, key, json_boolean(is));
}

static int
json_append(const char *p, size_t n, void *buf)
{
	buf_add(buf, p, n);
	return 0;
}

void
json_add(const json_t *o, bool one_line, struct buf *ret)
{
	json_memory();
	if (json_dump_callback(o, json_append, ret, one_line ? JSON_COMPACT : JSON_INDENT(1)) < 0)
		BUG("json: an object of ours cannot be written");
	buf_addch(ret, '\n');
}
