/* SPDX-License-Identifier: GPL-2.0-only */
#include "base/base.h"

#include "codec/ref_name.h"

/* One part between slashes. */
static bool
ref_name_is_part(struct str s)
{
	static const struct str lock = { ".lock", 5 };

	if (s.len == 0 || s.p[0] == '.' || s.p[s.len - 1] == '.')
		return false;
	return s.len < lock.len || !str_eq(str_n(s.p + s.len - lock.len, lock.len), lock);
}

bool
ref_name_is_branch(struct str s)
{
	struct str part;

	if (s.len == 0 || s.len > REF_NAME_MAX || s.p[0] == '-' || str_is(s, "HEAD") ||
	    str_is(s, "@") || str_starts(s, "refs/") || s.p[s.len - 1] == '/' || !str_is_utf8(s))
		return false;
	for (size_t i = 0; i < s.len; i++) {
		unsigned char c = (unsigned char)s.p[i], next = i + 1 < s.len ? s.p[i + 1] : 0;

		if (c <= ' ' || c == 0x7f || strchr("~^:?*[\\", c) != NULL ||
		    (c == '.' && next == '.') || (c == '@' && next == '{'))
			return false;
	}
	while (str_cut(&s, '/', &part))
		if (!ref_name_is_part(part))
			return false;
	return ref_name_is_part(part);
}
