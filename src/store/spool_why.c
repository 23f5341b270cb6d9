/* SPDX-License-Identifier: GPL-2.0-only */
/* spool_why.c: the text of X.why, and the list that is made of them. */
#include "base/base.h"

#include "store/spool_file.h"

#include <errno.h>

#include "base/clean.h"
#include "codec/stamp.h"
#include "sys/clock.h"
#include "sys/file.h"

#define SPOOL_WHY_BYTES ((size_t)64 * 1024)
#define SPOOL_TEXT_MAX  4000u

static void
spool_why_add(struct buf *b, const char *key, const char *value)
{
	if (value == NULL || value[0] == '\0')
		return;
	buf_addf(b, "%s: ", key);
	clean_add_line(b, str_of(value), SPOOL_TEXT_MAX);
	buf_addch(b, '\n');
}

void
spool_why_add_file(const char *file, struct buf *ret)
{
	spool_why_add(ret, "file", file);
}

void
spool_why_dump(const struct refused *why, struct buf *ret)
{
	spool_why_add(ret, "reason", refusal_name(why->why));
	spool_why_add(ret, "text", why->text);
	if (why->ticket.n != 0)
		buf_addf(ret, "ticket: %u\n", why->ticket.n);
	spool_why_add(ret, "kind", why->kind);
	spool_why_add(ret, "from", why->from);
	buf_adds(ret, "at: ");
	stamp_add(ret, why->at_wall_ms != 0 ? why->at_wall_ms : clock_wall_ms());
	buf_addch(ret, '\n');
}

static bool
why_is_word(const char *a, const char *b)
{
	return strcmp(a != NULL ? a : "", b != NULL ? b : "") == 0;
}

bool
spool_why_is_same(const struct refused *a, const struct refused *b)
{
	return a->why == b->why && a->ticket.n == b->ticket.n && why_is_word(a->kind, b->kind) &&
	       why_is_word(a->text, b->text) && why_is_word(a->from, b->from);
}

/* name: the file whose reason is read; one of several, perhaps. */
static bool
spool_why_line(struct str line, const char *name, struct refused *ret)
{
	struct str key;

	(void)str_cut(&line, ':', &key);
	line = str_trim(line);
	if (str_is(key, "reason"))
		return refusal_parse(line, &ret->why);
	if (str_is(key, "ticket"))
		return ticket_id_parse(line, &ret->ticket);
	if (str_is(key, "at"))
		return stamp_parse(line, &ret->at_wall_ms);
	if (str_is(key, "file") && ret->name != NULL && !str_is(line, name))
		return true; /* of another one, too */
	if (str_is(key, "file") || str_is(key, "text") || str_is(key, "kind") ||
	    str_is(key, "from")) {
		char **field = str_is(key, "file")   ? &ret->name
			       : str_is(key, "text") ? &ret->text
			       : str_is(key, "kind") ? &ret->kind
						     : &ret->from;

		free(*field);
		*field = xstrndup(line.p, line.len);
	}
	return true; /* keys of a later version */
}

void
refused_release(struct refused *why)
{
	set_charp(&why->name, NULL);
	set_charp(&why->kind, NULL);
	set_charp(&why->text, NULL);
	set_charp(&why->from, NULL);
}

/* False: torn. */
static bool
spool_why_parse(struct str text, const char *name, struct refused *ret)
{
	bool is_good = true;
	struct str line;

	ret->at_wall_ms = INT64_MIN;
	while (is_good && str_cut(&text, '\n', &line))
		is_good = spool_why_line(line, name, ret);
	return is_good && text.len == 0 && line.len == 0 && ret->why != REFUSAL_NONE &&
	       ret->name != NULL && ret->at_wall_ms != INT64_MIN;
}

int
spool_why_read(struct root *r, const char *name, struct refused *ret)
{
	_cleanup_(buf_release) struct buf why_name = BUF_INIT, text = BUF_INIT;
	int e;

	spool_why_name(name, &why_name);
	e = file_read(r->io, r->spool_refused, why_name.p, SPOOL_WHY_BYTES, &text, NULL);
	if (e < 0)
		return e;
	if (!spool_why_parse(buf_str(&text), name, ret) || strcmp(ret->name, name) != 0)
		return ERR_INVALID;
	return 0;
}

static void
spool_refused_add(struct root *r, const char *name, struct refused_list *ret)
{
	struct refused why = { 0 };
	struct io_stat st = { 0 };
	int e = spool_why_read(r, name, &why);

	if (e < 0) {
		if (r->io->ops->stat(r->io, r->spool_refused, name, &st) == -ENOENT)
			return; /* discarded in this moment */
		refused_release(&why);
		why = (struct refused){ .at_wall_ms = st.mtime_ms };
		set_charp(&why.name, name);
		set_charp(&why.text, e == ERR_NOTFOUND
					 ? "nobody knows why: its .why file is missing"
					 : "nobody knows why: its .why file is damaged");
	}
	*VEC_PUSH(ret) = why;
}

static int
spool_refused_cmp(const void *ap, const void *bp)
{
	const struct refused *a = ap, *b = bp;

	if (a->at_wall_ms != b->at_wall_ms)
		return a->at_wall_ms < b->at_wall_ms ? -1 : 1;
	return strcmp(a->name, b->name);
}

int
spool_refused(struct root *r, struct refused_list *ret, struct err *err)
{
	_cleanup_(strvec_release) struct strvec names = STRVEC_INIT;
	int e = file_list(r->io, r->spool_refused, &names, err);

	if (e < 0) {
		(void)err_prefix(err, "%s/spool/refused", r->path);
		return e;
	}
	for (size_t i = 0; i < names.n; i++)
		if (!spool_ends(names.v[i], SPOOL_WHY) && names.v[i][0] != '.')
			spool_refused_add(r, names.v[i], ret);
	if (ret->n > 1)
		qsort(ret->v, ret->n, sizeof *ret->v, spool_refused_cmp);
	return 0;
}

void
refused_list_release(struct refused_list *l)
{
	for (size_t i = 0; i < l->n; i++)
		refused_release(&l->v[i]);
	free(l->v);
	*l = (struct refused_list){ NULL, 0, 0 };
}
