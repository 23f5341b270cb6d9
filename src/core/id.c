/* SPDX-License-Identifier: GPL-2.0-only */
#include "base/base.h"

#include "core/id.h"

bool
ticket_id_parse(struct str s, struct ticket_id *ret)
{
	uint32_t n;

	if (s.len == 0 || s.p[0] == '0' || !str_u32(s, &n) || n > ID_TICKET_MAX)
		return false;
	ret->n = n;
	return true;
}

bool
episode_id_parse(struct str s, struct episode_id *ret)
{
	struct episode_id ep;
	struct str head;

	if (!str_cut(&s, '.', &head) || !ticket_id_parse(head, &ep.ticket))
		return false;
	if (s.len == 0 || s.p[0] == '0' || !str_u32(s, &ep.n) || ep.n > ID_TICKET_MAX)
		return false;
	*ret = ep;
	return true;
}

bool
episode_id_eq(struct episode_id a, struct episode_id b)
{
	return a.ticket.n == b.ticket.n && a.n == b.n;
}

bool
oid_parse(struct str s, struct oid *ret)
{
	struct oid o = { "" };

	if (s.len != 40 && s.len != 64)
		return false;
	for (size_t i = 0; i < s.len; i++) {
		char c = s.p[i];

		if (c >= 'A' && c <= 'F')
			c = (char)(c - 'A' + 'a');
		if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f')))
			return false;
		o.hex[i] = c;
	}
	*ret = o;
	return true;
}

bool
oid_is_set(struct oid o)
{
	return o.hex[0] != '\0';
}

bool
oid_eq(struct oid a, struct oid b)
{
	return strcmp(a.hex, b.hex) == 0;
}

static bool
is_name_char(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       c == '.' || c == '_' || c == '-';
}

bool
signal_id_parse(struct str s, struct signal_id *ret)
{
	if (s.len == 0 || s.len > ID_SIGNAL_MAX || s.p[0] == '.')
		return false;
	for (size_t i = 0; i < s.len; i++)
		if (!is_name_char(s.p[i]))
			return false;
	memset(ret, 0, sizeof *ret);
	memcpy(ret->s, s.p, s.len);
	return true;
}

bool
signal_id_eq(const struct signal_id *a, const struct signal_id *b)
{
	return strcmp(a->s, b->s) == 0;
}

bool
id_is_name(struct str s)
{
	if (s.len == 0 || s.len > 64 || !is_name_char(s.p[0]) || s.p[0] == '.' || s.p[0] == '_' ||
	    s.p[0] == '-')
		return false;
	for (size_t i = 1; i < s.len; i++)
		if (!is_name_char(s.p[i]))
			return false;
	return true;
}
