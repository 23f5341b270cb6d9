/* SPDX-License-Identifier: GPL-2.0-only */
#include "base/base.h"

#include "codec/field.h"

#include "codec/stamp.h"

static const void *
field_at(const void *base, size_t offset)
{
	return (const char *)base + offset;
}

static bool
field_is_zero(const void *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (((const char *)p)[i] != 0)
			return false;
	return true;
}

bool
field_is_set(const struct field *f, const void *base)
{
	const void *p = field_at(base, f->offset);

	if (f->has != 0 && *(const bool *)field_at(base, f->has))
		return true;
	if (f->kind == FIELD_CHARS || f->kind == FIELD_OID || f->kind == FIELD_SIGNAL)
		return *(const char *)p != '\0'; /* what is behind the NUL is nothing */
	if (f->kind == FIELD_WALL)
		return *(const int64_t *)p >= 1000; /* a time within the first second is none */
	return !field_is_zero(p, f->size);
}

bool
field_view(const struct field *f, const void *base, struct str *ret)
{
	const void *p = field_at(base, f->offset);

	if (f->kind == FIELD_STRING)
		*ret = str_of(*(char *const *)p);
	else if (f->kind == FIELD_CHARS)
		*ret = str_of(p);
	else if (f->kind == FIELD_SIGNAL)
		*ret = str_of(((const struct signal_id *)p)->s);
	else
		return false;
	return true;
}

void
field_add(const struct field *f, const void *base, struct buf *b)
{
	const void *p = field_at(base, f->offset);
	struct str text = STR("");

	switch (f->kind) {
	case FIELD_STRING:
	case FIELD_CHARS:
	case FIELD_SIGNAL:
		(void)field_view(f, base, &text); /* these are */
		buf_add_str(b, text);
		return;
	case FIELD_FLAG:
		buf_adds(b, "yes");
		return;
	case FIELD_U32:
		buf_add_number(b, *(const uint32_t *)p);
		return;
	case FIELD_TICKET:
		buf_add_number(b, ((const struct ticket_id *)p)->n);
		return;
	case FIELD_U64:
		buf_add_number(b, *(const uint64_t *)p);
		return;
	case FIELD_MS:
		buf_addf(b, "%lld", (long long)*(const int64_t *)p);
		return;
	case FIELD_WALL:
		stamp_add(b, *(const int64_t *)p);
		return;
	case FIELD_OID:
		buf_adds(b, ((const struct oid *)p)->hex);
		return;
	case FIELD_DIGEST:
		digest_add_hex(b, p);
		return;
	case FIELD_PHASE:
		buf_adds(b, phase_name(*(const enum phase *)p));
		return;
	case FIELD_EPISODE_STATE:
		buf_adds(b, episode_state_name(*(const enum episode_state *)p));
		return;
	case FIELD_ROLE:
		buf_adds(b, role_name(*(const enum role *)p));
		return;
	case FIELD_WANT:
		buf_adds(b, want_name(*(const enum want *)p));
		return;
	case FIELD_REVIEW:
		buf_adds(b, review_name(*(const enum review *)p));
		return;
	case FIELD_MERGE:
		buf_adds(b, merge_name(*(const enum merge *)p));
		return;
	case FIELD_LANDING:
		buf_adds(b, landing_name(*(const enum landing *)p));
		return;
	case FIELD_HOOK:
		buf_adds(b, hook_name(*(const enum hook *)p));
		return;
	case FIELD_PRUNE:
		buf_adds(b, prune_name(*(const enum prune *)p));
		return;
	case FIELD_ENDING:
		buf_adds(b, ending_name(*(const enum ending *)p));
		return;
	case FIELD_BLAME:
		buf_adds(b, blame_name(*(const enum blame *)p));
		return;
	case FIELD_UNSET:
		break;
	}
	BUG("field %s has no kind", f->name);
}

static bool
field_parse_ms(struct str text, int64_t *ret)
{
	bool is_negative = str_starts(text, "-");
	uint64_t n;

	if (is_negative)
		text = str_n(text.p + 1, text.len - 1);
	if (!str_u64(text, &n) || n > INT64_MAX / 2) /* it can be added to */
		return false;
	*ret = is_negative ? -(int64_t)n : (int64_t)n;
	return true;
}

static bool
field_parse_chars(struct str text, char *ret, size_t size)
{
	if (text.len >= size)
		return false;
	memset(ret, 0, size);
	memcpy(ret, text.p, text.len);
	return true;
}

static bool
field_parse_at(const struct field *f, struct str text, void *p)
{
	switch (f->kind) {
	case FIELD_STRING:
		free_charp(p);
		*(char **)p = xstrndup(text.p, text.len);
		return true;
	case FIELD_CHARS:
		return field_parse_chars(text, p, f->size);
	case FIELD_FLAG:
		return *(bool *)p = str_is(text, "yes");
	case FIELD_U32:
		return str_u32(text, p);
	case FIELD_TICKET:
		return ticket_id_parse(text, p);
	case FIELD_U64:
		return str_u64(text, p);
	case FIELD_MS:
		return field_parse_ms(text, p);
	case FIELD_WALL:
		return stamp_parse(text, p);
	case FIELD_OID:
		return oid_parse(text, p);
	case FIELD_DIGEST:
		return digest_parse(text, p);
	case FIELD_PHASE:
		return phase_parse(text, p);
	case FIELD_EPISODE_STATE:
		return episode_state_parse(text, p);
	case FIELD_ROLE:
		return role_parse(text, p);
	case FIELD_WANT:
		return want_parse(text, p);
	case FIELD_REVIEW:
		return review_parse(text, p);
	case FIELD_MERGE:
		return merge_parse(text, p);
	case FIELD_LANDING:
		return landing_parse(text, p);
	case FIELD_HOOK:
		return hook_parse(text, p);
	case FIELD_PRUNE:
		return prune_parse(text, p);
	case FIELD_ENDING:
		return ending_parse(text, p);
	case FIELD_BLAME:
		return blame_parse(text, p);
	case FIELD_SIGNAL:
		return signal_id_parse(text, p);
	case FIELD_UNSET:
		break;
	}
	BUG("field %s has no kind", f->name);
}

bool
field_parse(const struct field *f, struct str text, void *base)
{
	char *at = base;

	if (!field_parse_at(f, text, at + f->offset))
		return false;
	if (f->has != 0)
		*(bool *)(at + f->has) = true;
	return true;
}
