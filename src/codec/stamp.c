/* SPDX-License-Identifier: GPL-2.0-only */
/* The calendar is computed here: the C library's is bound to a time zone, and a pure layer has none. */
#include "base/base.h"

#include "codec/stamp.h"

#define STAMP_SECOND 1000
#define STAMP_MINUTE (60 * STAMP_SECOND)
#define STAMP_HOUR   (60 * STAMP_MINUTE)
#define STAMP_DAY    (24 * (int64_t)STAMP_HOUR)
#define STAMP_MAX    INT64_C(253402300799999) /* the last millisecond of the year 9999 */

struct date {
	int64_t year;
	unsigned month, day; /* from 1 */
};

/*
 * A year of this calendar begins in March, so that the leap day is its last; 400 years have 146097 days.
 * Day 0 is 1970-01-01, which is day 719468 counted from March of the year 0.
 */
static int64_t
stamp_days(struct date d)
{
	int64_t year = d.year - (d.month <= 2);
	int64_t era = year / 400, in_era = year % 400;
	int64_t in_year = (153 * (d.month + (d.month > 2 ? -3 : 9)) + 2) / 5 + d.day - 1;

	return era * 146097 + in_era * 365 + in_era / 4 - in_era / 100 + in_year - 719468;
}

static struct date
stamp_date(int64_t days)
{
	int64_t z = days + 719468;
	int64_t era = z / 146097, in_era = z % 146097;
	int64_t year = (in_era - in_era / 1460 + in_era / 36524 - in_era / 146096) / 365;
	int64_t in_year = in_era - (365 * year + year / 4 - year / 100);
	int64_t month = (5 * in_year + 2) / 153; /* 0: March */

	return (struct date){ .year = year + era * 400 + (month >= 10),
		.month = (unsigned)(month < 10 ? month + 3 : month - 9),
		.day = (unsigned)(in_year - (153 * month + 2) / 5 + 1) };
}

/* n digits, and the character behind them. */
static char *
stamp_put(char *to, unsigned value, size_t n, char after)
{
	for (size_t i = n; i-- > 0; value /= 10)
		to[i] = (char)('0' + value % 10);
	to[n] = after;
	return to + n + 1;
}

void
stamp_add(struct buf *b, int64_t wall_ms)
{
	char text[sizeof "2026-11-21T06:23:25Z"], *at = text;
	int64_t ms = wall_ms < 0 ? 0 : wall_ms > STAMP_MAX ? STAMP_MAX : wall_ms;
	unsigned s = (unsigned)(ms % STAMP_DAY / STAMP_SECOND);
	struct date d = stamp_date(ms / STAMP_DAY);

	at = stamp_put(at, (unsigned)d.year, 4, '-');
	at = stamp_put(at, d.month, 2, '-');
	at = stamp_put(at, d.day, 2, 'T');
	at = stamp_put(at, s / 3600, 2, ':');
	at = stamp_put(at, s / 60 % 60, 2, ':');
	at = stamp_put(at, s % 60, 2, 'Z');
	buf_add(b, text, (size_t)(at - text));
}

/* The number in s[at, at+n). */
static bool
stamp_digits(struct str s, size_t at, size_t n, uint32_t *ret)
{
	return s.len >= at + n && str_u32(str_n(s.p + at, n), ret);
}

bool
stamp_parse(struct str s, int64_t *ret)
{
	static const char shape[] = "....-..-..T..:..:..Z";
	uint32_t year, month, day, hour, minute, second;
	struct date d, back;
	int64_t days;

	if (s.len != sizeof shape - 1)
		return false;
	for (size_t i = 0; i < s.len; i++)
		if (shape[i] != '.' && s.p[i] != shape[i])
			return false;
	if (!stamp_digits(s, 0, 4, &year) || !stamp_digits(s, 5, 2, &month) ||
	    !stamp_digits(s, 8, 2, &day) || !stamp_digits(s, 11, 2, &hour) ||
	    !stamp_digits(s, 14, 2, &minute) || !stamp_digits(s, 17, 2, &second))
		return false;
	if (year < 1970 || month < 1 || month > 12 || day < 1 || day > 31 || hour > 23 ||
	    minute > 59 || second > 59)
		return false;
	d = (struct date){ year, month, day };
	days = stamp_days(d);
	back = stamp_date(days); /* February 30 comes back as another day */
	if (back.year != d.year || back.month != d.month || back.day != d.day)
		return false;
	*ret = days * STAMP_DAY + (int64_t)hour * STAMP_HOUR + (int64_t)minute * STAMP_MINUTE +
	       (int64_t)second * STAMP_SECOND;
	return true;
}

void
stamp_add_age(struct buf *b, int64_t ms)
{
	static const struct {
		int64_t ms;
		char name;
	} units[] = { { STAMP_DAY, 'd' }, { STAMP_HOUR, 'h' }, { STAMP_MINUTE, 'm' } };

	for (size_t i = 0; i < ARRAY_LEN(units); i++)
		if (ms >= units[i].ms) {
			buf_addf(b, "%lld%c", (long long)(ms / units[i].ms), units[i].name);
			return;
		}
	buf_addf(b, "%llds", (long long)(ms < 0 ? 0 : ms / STAMP_SECOND));
}

/* "+90m" */
static bool
stamp_parse_in(struct str s, int64_t now_ms, int64_t *ret)
{
	int64_t unit = 0;
	uint32_t n;

	if (s.len < 3 || s.p[0] != '+' || !str_u32(str_n(s.p + 1, s.len - 2), &n))
		return false;
	switch (s.p[s.len - 1]) {
	case 'm':
		unit = STAMP_MINUTE;
		break;
	case 'h':
		unit = STAMP_HOUR;
		break;
	case 'd':
		unit = STAMP_DAY;
		break;
	default:
		return false;
	}
	if (now_ms > STAMP_MAX || n > (STAMP_MAX - now_ms) / unit)
		return false;
	*ret = now_ms + n * unit;
	return true;
}

/* "14:30": the next moment at which a clock of UTC shows it */
static bool
stamp_parse_clock(struct str s, int64_t now_ms, int64_t *ret)
{
	uint32_t hour, minute;
	int64_t at;

	if (s.len != 5 || s.p[2] != ':' || !stamp_digits(s, 0, 2, &hour) ||
	    !stamp_digits(s, 3, 2, &minute) || hour > 23 || minute > 59)
		return false;
	at = now_ms - now_ms % STAMP_DAY + (int64_t)hour * STAMP_HOUR +
	     (int64_t)minute * STAMP_MINUTE;
	if (at <= now_ms)
		at += STAMP_DAY;
	if (at > STAMP_MAX)
		return false;
	*ret = at;
	return true;
}

bool
stamp_parse_until(struct str s, int64_t now_ms, int64_t *ret)
{
	if (now_ms < 0)
		return stamp_parse(s, ret); /* no clock to count from */
	return stamp_parse_in(s, now_ms, ret) || stamp_parse_clock(s, now_ms, ret) ||
	       stamp_parse(s, ret);
}
