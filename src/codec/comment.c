/* SPDX-License-Identifier: GPL-2.0-only */
#include "base/base.h"

#include "codec/comment.h"

#include "base/clean.h"
#include "base/vec.h"

/* The head of a line that is not longer than may be, without a torn character. */
static struct str
comment_cut(struct str line)
{
	size_t n = COMMENT_LINE_MAX;

	if (line.len <= n)
		return line;
	while (n > 0 && ((unsigned char)line.p[n] & 0xc0) == 0x80)
		n--;
	return str_n(line.p, n);
}

static void
comment_quote(struct str lines, struct buf *ret)
{
	struct str line;
	size_t n = 0;

	while (str_cut(&lines, '\n', &line) || line.len > 0) {
		struct str head = comment_cut(line);

		if (n++ == COMMENT_LINES_MAX) {
			buf_adds(ret, "> ...\n");
			return;
		}
		buf_adds(ret, "> ");
		clean_add(ret, head, true);
		buf_adds(ret, head.len < line.len ? "...\n" : "\n");
	}
}

void
comment_dump(struct str file, uint32_t from, uint32_t to, struct str lines, struct str words,
    struct buf *ret)
{
	clean_add_line(ret, file, 0);
	buf_addch(ret, ':');
	if (from > 0)
		buf_addf(ret, "%u", from);
	if (from > 0 && to > from)
		buf_addf(ret, "-%u", to);
	buf_addch(ret, '\n');
	if (from > 0)
		comment_quote(lines, ret);
	buf_addch(ret, '\n');
	buf_add_str(ret, words);
}

static bool
comment_parse_lines(struct str s, struct comment *ret)
{
	struct str rest = s, first;

	if (s.len == 0)
		return true;
	(void)str_cut(&rest, '-', &first);
	if (!str_u32(first, &ret->from) || ret->from == 0)
		return false;
	ret->to = ret->from;
	if (first.len == s.len)
		return true;
	return str_u32(rest, &ret->to) && ret->to > ret->from;
}

bool
comment_parse(struct str text, struct comment *ret)
{
	struct comment c = { .from = 0 };
	struct str rest = text, line;
	const char *colon;

	if (!str_cut(&rest, '\n', &line))
		return false;
	colon = memrchr(line.p, ':', line.len);
	if (colon == NULL || colon == line.p)
		return false;
	c.file = str_n(line.p, (size_t)(colon - line.p));
	if (!comment_parse_lines(str_n(colon + 1, line.len - c.file.len - 1), &c))
		return false;
	c.quote = str_n(rest.p, 0);
	while (str_starts(rest, "> ")) {
		if (!str_cut(&rest, '\n', &line))
			return false;
		c.quote.len += line.len + 1;
	}
	if (!str_starts(rest, "\n"))
		return false;
	c.words = str_n(rest.p + 1, rest.len - 1);
	*ret = c;
	return true;
}

void
comment_add_lines(const struct comment *c, struct buf *ret)
{
	if (c->from == 0)
		buf_adds(ret, "the whole file");
	else if (c->to > c->from)
		buf_addf(ret, "lines %u-%u", c->from, c->to);
	else
		buf_addf(ret, "line %u", c->from);
}

/* --- lists --- */

bool
comments_add(struct comments *l, const struct history_entry *e)
{
	struct buf text = BUF_INIT;
	struct comment c;
	struct comment_at *at;

	if (e->event.kind != EVENT_TELL || !oid_is_set(e->event.commit))
		return false;
	history_text(e, &text);
	if (!comment_parse(buf_str(&text), &c)) {
		buf_release(&text);
		return false;
	}
	at = VEC_PUSH(l);
	at->rev = e->rev;
	at->wall_ms = e->wall_ms;
	memcpy(at->actor, e->event.actor, sizeof at->actor);
	at->commit = e->event.commit;
	at->comment = c;
	at->text = buf_take(&text); /* the same bytes */
	return true;
}

void
comments_release(struct comments *l)
{
	for (size_t i = 0; i < l->n; i++)
		free(l->v[i].text);
	free(l->v);
	memset(l, 0, sizeof *l);
}

static bool
comments_is_same(const struct comment_at *a, const struct comment_at *b, bool has_file)
{
	return oid_eq(a->commit, b->commit) &&
	       (!has_file || str_eq(a->comment.file, b->comment.file));
}

/* Is it the first about its commit, or its file? */
static bool
comments_is_first(const struct comments *l, size_t at, bool has_file)
{
	for (size_t i = 0; i < at; i++)
		if (comments_is_same(&l->v[i], &l->v[at], has_file))
			return false;
	return true;
}

static void
comments_add_file(const struct comments *l, size_t first, struct buf *ret)
{
	buf_addf(ret, "\n### %.*s\n", STR_FMT(l->v[first].comment.file));
	for (size_t i = first; i < l->n; i++) {
		const struct comment *c = &l->v[i].comment;

		if (!comments_is_same(&l->v[i], &l->v[first], true))
			continue;
		buf_adds(ret, "\nOn ");
		comment_add_lines(c, ret);
		buf_adds(ret, ":\n\n");
		buf_add_str(ret, c->quote);
		if (c->quote.len > 0)
			buf_addch(ret, '\n');
		buf_add_str(ret, c->words);
		buf_addch(ret, '\n');
	}
}

void
comments_add_brief(const struct comments *l, struct buf *ret)
{
	for (size_t i = 0; i < l->n; i++) {
		unsigned long long last = l->v[i].rev;

		if (!comments_is_first(l, i, false))
			continue;
		for (size_t j = i; j < l->n; j++)
			if (comments_is_same(&l->v[j], &l->v[i], false))
				last = l->v[j].rev;
		buf_addf(ret, "\n**A person commented on files of the commit %s** (%s %llu",
		    l->v[i].commit.hex, last > l->v[i].rev ? "revisions" : "revision",
		    (unsigned long long)l->v[i].rev);
		if (last > l->v[i].rev)
			buf_addf(ret, " to %llu", last);
		buf_adds(ret, "; lines are counted as in that commit):\n");
		for (size_t j = i; j < l->n; j++)
			if (comments_is_same(&l->v[j], &l->v[i], false) &&
			    comments_is_first(l, j, true))
				comments_add_file(l, j, ret);
	}
}
