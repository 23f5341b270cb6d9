/* SPDX-License-Identifier: GPL-2.0-only */
#include "base/base.h"

#include "codec/session_id.h"

#define SESSION_UUID_LEN 36u

static bool
session_is_alnum(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static int
session_hex(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* *ret_ms: what it says when it is of version 7. */
static bool
session_is_uuid(struct str id, int64_t *ret_ms)
{
	int64_t ms = 0;

	for (size_t i = 0; i < id.len; i++) {
		bool is_dash = i == 8 || i == 13 || i == 18 || i == 23;
		int digit = session_hex(id.p[i]);

		if (is_dash ? id.p[i] != '-' : digit < 0)
			return false;
		if (!is_dash && i < 13) /* its first 48 bits */
			ms = ms * 16 + digit;
	}
	*ret_ms = ms;
	return id.len == SESSION_UUID_LEN;
}

bool
session_shape_is_good(struct str shape)
{
	if (str_is(shape, "uuid") || str_is(shape, "uuid7"))
		return true;
	for (size_t i = 0; i + 1 < shape.len; i++)
		if (!session_is_alnum(shape.p[i]) && (i == 0 || !strchr("._-", shape.p[i])))
			return false;
	return shape.len > 1 && shape.p[shape.len - 1] == '*';
}

bool
session_id_fits(const char *shape, struct str id, int64_t from_wall_ms, int64_t to_wall_ms)
{
	size_t len = shape ? strlen(shape) : 0;
	int64_t ms;

	if (id.len == 0 ||
	    !session_is_alnum(id.p[0])) /* it becomes an argument, and is no option */
		return false;
	for (size_t i = 1; i < id.len; i++)
		if (!session_is_alnum(id.p[i]) && (id.p[i] == '\0' || !strchr("._-", id.p[i])))
			return false;
	if (len == 0)
		return true;
	if (strcmp(shape, "uuid") == 0)
		return session_is_uuid(id, &ms);
	if (strcmp(shape, "uuid7") == 0)
		return session_is_uuid(id, &ms) && id.p[14] == '7' && ms >= from_wall_ms &&
		       ms < to_wall_ms + 1000;
	if (id.len < len || strncmp(id.p, shape, len - 1) != 0)
		return false;
	for (size_t i = len - 1; i < id.len; i++)
		if (!session_is_alnum(id.p[i]))
			return false;
	return true;
}
