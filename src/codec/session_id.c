/* SPDX-License-Identifier: GPL-2.0-only */
#include "base/base.h"

#include "codec/session_id.h"

/* x: a hexadecimal digit, w: a letter or digit; else itself */
#define SESSION_UUID7 "xxxxxxxx-xxxx-7xxx-xxxx-xxxxxxxxxxxx"
#define SESSION_SES   "ses_xxxxxxxxxxxxwwwwwwwwwwwwww"

#define SESSION_TIME_DIGITS 12u /* the first ones: 48 bits */
#define SESSION_SES_COUNTER 12  /* bits of it below the time */
#define SESSION_SES_PERIOD  ((uint64_t)1 << (48 - SESSION_SES_COUNTER))

static int
session_hex(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool
session_is_alnum(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* *ret_bits: of its first hexadecimal digits. */
static bool
session_looks(const char *like, struct str id, uint64_t *ret_bits)
{
	uint64_t bits = 0;
	unsigned n = 0;

	if (id.len != strlen(like))
		return false;
	for (size_t i = 0; i < id.len; i++) {
		int digit = session_hex(id.p[i]);
		bool is_good = like[i] == 'x'   ? digit >= 0
			       : like[i] == 'w' ? session_is_alnum(id.p[i])
						: id.p[i] == like[i];

		if (!is_good)
			return false;
		if (like[i] == 'x' && n++ < SESSION_TIME_DIGITS)
			bits = bits * 16 + (unsigned)digit;
	}
	*ret_bits = bits;
	return true;
}

bool
session_form_is_known(struct str form)
{
	return str_is(form, "uuid7") || str_is(form, "ses_time");
}

bool
session_id_fits(
    const char *form, struct str id, int64_t from_wall_ms, int64_t to_wall_ms, int64_t *ret_wall_ms)
{
	int64_t made;
	uint64_t bits;

	if (form && strcmp(form, "uuid7") == 0 && session_looks(SESSION_UUID7, id, &bits)) {
		made = (int64_t)bits;
	} else if (form && strcmp(form, "ses_time") == 0 && session_looks(SESSION_SES, id, &bits)) {
		/* the first such time that is not before the episode */
		uint64_t ms = ~bits >> SESSION_SES_COUNTER;

		made = from_wall_ms +
		       (int64_t)((ms - (uint64_t)from_wall_ms) & (SESSION_SES_PERIOD - 1));
	} else {
		return false;
	}
	if (made < from_wall_ms || made >= to_wall_ms + 1000)
		return false;
	*ret_wall_ms = made;
	return true;
}
