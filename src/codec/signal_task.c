/* SPDX-License-Identifier: GPL-2.0-only */
/* The keys of a signal that say what a task is. */
#include "base/base.h"

#include "codec/signal_reading.h"

#include "base/clean.h"
#include "codec/ref_name.h"
#include "codec/stamp.h"

#define SIGNAL_AFTER_MAX 64
#define SIGNAL_FROM_MAX  300

int
signal_invalid(struct signal_reading *r, const char *fmt, ...)
{
	_cleanup_(buf_release) struct buf b = BUF_INIT;
	va_list ap;

	va_start(ap, fmt);
	buf_addv(&b, fmt, ap);
	va_end(ap);
	r->why = REFUSAL_INVALID;
	return err_set(r->err, ERR_INVALID, "%s", b.p);
}

int
signal_read_text(struct signal_reading *r, const char *key, size_t max, char **ret)
{
	struct str s;

	if (json_get_str(r->o, key, &s, r->err) < 0)
		return ERR_INVALID;
	if (s.len > max)
		return signal_invalid(r, "key \"%s\" has %zu bytes; it can have %zu%s", key, s.len,
		    max,
		    max <= TICKET_TITLE_MAX
			? ""
			: ". Put long texts into a file of the branch and name it");
	if (s.p != NULL)
		*ret = xstrndup(s.p, s.len);
	return 0;
}

bool
signal_is_visible(struct str s)
{
	static const uint32_t blanks[] = { ' ', '\t', '\n', 0xa0, 0x115f, 0x1160, 0x1680, 0x202f,
		0x205f, 0x2800, 0x3000, 0x3164, 0xffa0 };
	_cleanup_(buf_release) struct buf b = BUF_INIT;
	uint32_t c;

	for (size_t n; (n = str_utf8(s, &c)) > 0; s = str_n(s.p + n, s.len - n)) {
		bool is_blank = c >= 0x2000 && c <= 0x200a;

		for (size_t i = 0; i < ARRAY_LEN(blanks); i++)
			is_blank |= c == blanks[i];
		buf_clear(&b);
		clean_add(&b, str_n(s.p, n), true); /* what is hidden becomes an escape */
		if (!is_blank && str_eq(buf_str(&b), str_n(s.p, n)))
			return true;
	}
	return false;
}

static bool
signal_is_one_line(struct str s)
{
	uint32_t c;

	for (size_t n; (n = str_utf8(s, &c)) > 0; s = str_n(s.p + n, s.len - n))
		if ((c >= '\n' && c <= '\r') || c == 0x85 || c == 0x2028 || c == 0x2029)
			return false;
	return true;
}

static int
signal_read_title(struct signal_reading *r)
{
	struct spec *spec = &r->s->spec;

	if (signal_read_text(r, "title", TICKET_TITLE_MAX, &spec->title) < 0)
		return ERR_INVALID;
	if (spec->title == NULL && r->s->event.kind == EVENT_CREATE)
		return err_set(r->err, ERR_INVALID, "key \"title\" is missing");
	if (spec->title != NULL && !signal_is_one_line(str_of(spec->title)))
		return signal_invalid(
		    r, "key \"title\" must be one line; the rest goes into the text");
	if (spec->title != NULL && !signal_is_visible(str_of(spec->title)))
		return signal_invalid(r, "key \"title\" must have a visible character");
	return 0;
}

/* may_clear: "" takes away what was set before. */
static int
signal_read_name(struct signal_reading *r, const char *key, bool may_clear, char **ret)
{
	struct str s;

	if (json_get_str(r->o, key, &s, r->err) < 0)
		return ERR_INVALID;
	if (s.p == NULL)
		return 0;
	if (!id_is_name(s) && !(may_clear && s.len == 0))
		return signal_invalid(r,
		    "key \"%s\" must be a name: a letter or digit, then at most 63 letters, digits "
		    "and ._-",
		    key);
	*ret = xstrndup(s.p, s.len);
	return 0;
}

static int
signal_read_after(struct signal_reading *r)
{
	_cleanup_(free_charp) char *after = NULL;
	struct ticket_id ids[SIGNAL_AFTER_MAX];
	struct str rest, one;
	size_t n = 0;
	bool more;

	if (signal_read_text(r, "after", SIGNAL_AFTER_MAX * 10, &after) < 0)
		return ERR_INVALID;
	rest = str_of(after);
	for (more = rest.len > 0; more; n++) {
		more = str_cut(&rest, ',', &one);
		if (n == SIGNAL_AFTER_MAX)
			return signal_invalid(
			    r, "key \"after\" can name %d tickets", SIGNAL_AFTER_MAX);
		if (!ticket_id_parse(one, &ids[n]))
			return signal_invalid(r,
			    "key \"after\" must be numbers of tickets with commas between, such as "
			    "\"3,4\"");
		for (size_t i = 0; i < n; i++)
			if (ids[i].n == ids[n].n)
				return signal_invalid(
				    r, "key \"after\" names ticket %u twice", ids[n].n);
		if (ids[n].n == r->s->event.ticket.n)
			return signal_invalid(
			    r, "key \"after\": ticket %u cannot wait for itself", ids[n].n);
	}
	r->s->spec.after = take_charp(&after);
	return 0;
}

int
signal_read_policy(struct signal_reading *r)
{
	struct event *e = &r->s->event;
	struct str review, merge, want, stamp;
	int64_t priority = 0;

	if (json_get_str(r->o, "review", &review, r->err) < 0 ||
	    json_get_str(r->o, "merge", &merge, r->err) < 0 ||
	    json_get_str(r->o, "want", &want, r->err) < 0 ||
	    json_get_str(r->o, "not_before", &stamp, r->err) < 0)
		return ERR_INVALID;
	if (review.p != NULL && !review_parse(review, &e->review))
		return signal_invalid(r, "key \"review\" must be human, agent or none");
	if (merge.p != NULL && !merge_parse(merge, &e->merge_policy))
		return signal_invalid(r, "key \"merge\" must be auto, manual or none");
	if (want.p != NULL && (!want_parse(want, &e->want) || e->want == WANT_CANCEL))
		return signal_invalid(r, "key \"want\" must be run or park");
	if (stamp.p != NULL && !stamp_parse(stamp, &e->not_before_wall_ms))
		return signal_invalid(r,
		    "key \"not_before\" must be a time such as \"2026-11-21T06:23:25Z\", in UTC");
	e->has_not_before = stamp.p != NULL;
	if (json_get_int(
		r->o, "priority", 0, TICKET_PRIO_MAX, &e->has_priority, &priority, r->err) < 0) {
		if (json_is_integer(json_object_get(r->o, "priority")))
			r->why = REFUSAL_INVALID;
		return ERR_INVALID;
	}
	e->priority = (uint32_t)priority;
	return 0;
}

/* "<id>" or "<id> <name>"; in an edit "" takes it away. */
static int
signal_read_from(struct signal_reading *r)
{
	struct spec *spec = &r->s->spec;
	struct oid id;

	if (signal_read_text(r, "from", SIGNAL_FROM_MAX, &spec->from) < 0)
		return ERR_INVALID;
	if (spec->from == NULL || (spec->from[0] == '\0' && r->s->event.kind == EVENT_EDIT))
		return 0;
	if (!spec_from(spec, &id) || !signal_is_one_line(str_of(spec->from)))
		return signal_invalid(r,
		    "key \"from\" must be the whole id of a commit, and may go on with a blank and "
		    "its name");
	return 0;
}

int
signal_read_spec(struct signal_reading *r)
{
	struct spec *spec = &r->s->spec;
	struct str base;

	if (signal_read_title(r) < 0 ||
	    signal_read_text(r, "text", TICKET_TEXT_MAX, &spec->text) < 0 ||
	    signal_read_name(r, "repo", false, &spec->repo) < 0 ||
	    signal_read_name(r, "agent", false, &spec->agent) < 0 ||
	    signal_read_name(r, "mission", true, &spec->mission) < 0 ||
	    signal_read_name(r, "notify", true, &spec->notify) < 0 || signal_read_after(r) < 0 ||
	    signal_read_from(r) < 0 || json_get_str(r->o, "base", &base, r->err) < 0)
		return ERR_INVALID;
	if (base.p != NULL && !ref_name_is_branch(base))
		return signal_invalid(
		    r, "key \"base\" must be the name of a branch, such as \"main\"");
	if (base.p != NULL)
		spec->base = xstrndup(base.p, base.len);
	if (r->s->event.kind == EVENT_ASSIGN && spec->agent == NULL)
		return err_set(r->err, ERR_INVALID, "key \"agent\" is missing: to whom?");
	r->s->event.has_spec = spec->title || spec->base || spec->from || spec->agent || spec->text;
	return 0;
}
