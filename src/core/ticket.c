/* SPDX-License-Identifier: GPL-2.0-only */
#include "base/base.h"

#include "core/ticket.h"

#include "base/clean.h"

#define TICKET_SLUG_MAX 40

static char **
spec_field(struct spec *s, unsigned i)
{
	char **fields[] = { &s->title, &s->repo, &s->base, &s->from, &s->branch, &s->agent,
		&s->mission, &s->after, &s->notify, &s->text };

	return i < ARRAY_LEN(fields) ? fields[i] : NULL;
}

void
spec_release(struct spec *s)
{
	char **f;

	for (unsigned i = 0; (f = spec_field(s, i)); i++)
		set_charp(f, NULL);
}

void
spec_copy(struct spec *to, const struct spec *from)
{
	struct spec source = *from; /* its strings stay the owner's */
	char **f;

	for (unsigned i = 0; (f = spec_field(to, i)); i++)
		set_charp(f, *spec_field(&source, i));
}

struct digest
spec_digest(const struct spec *s)
{
	const char *fixed[] = { s->repo, s->base, s->branch, s->agent, s->mission, s->after,
		s->notify };
	_cleanup_(buf_release) struct buf b = BUF_INIT;

	for (unsigned i = 0; i < ARRAY_LEN(fixed); i++) {
		buf_adds(&b, fixed[i] ? fixed[i] : "");
		buf_addch(&b, '\n');
	}
	if (s->from) /* a ticket of an older version has none, and the same digest */
		buf_addf(&b, "%s\n", s->from);
	return digest_of(buf_str(&b));
}

bool
spec_from(const struct spec *s, struct oid *ret)
{
	struct str rest = str_of(s->from), id;

	if (!s->from)
		return false;
	(void)str_cut(&rest, ' ', &id);
	return oid_parse(id, ret);
}

void
record_release(struct record *r)
{
	spec_release(&r->spec);
	buf_release(&r->history);
	memset(&r->ticket, 0, sizeof r->ticket);
}

struct episode_id
ticket_episode(const struct ticket *t)
{
	return (struct episode_id){ t->id, t->episode.n };
}

bool
ticket_is_open(const struct ticket *t)
{
	return t->episode.state != EPISODE_NONE;
}

bool
ticket_has_slot(const struct ticket *t)
{
	return ticket_is_open(t) && t->phase != PHASE_ASKING;
}

void
ticket_slug(struct ticket_id id, const char *title, struct buf *ret)
{
	buf_addf(ret, "%u-", id.n);
	clean_slug(ret, str_of(title), TICKET_SLUG_MAX);
}
