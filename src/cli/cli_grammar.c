/* SPDX-License-Identifier: GPL-2.0-only */
#include "base/base.h"

#include "cli/cli_grammar.h"

bool
grammar_is_placeholder(struct str s)
{
	bool is_small = s.len > 1 && s.p[0] >= 'a' && s.p[0] <= 'z';

	return (s.len > 0 && s.p[0] >= 'A' && s.p[0] <= 'Z') ||
	       (is_small && memchr(s.p, '|', s.len) != NULL);
}

bool
grammar_is_option(struct str s)
{
	return s.len > 1 && s.p[0] == '-';
}

bool
grammar_token(struct str *s, struct grammar_token *ret)
{
	size_t len = 0, depth = 0;

	while (s->len > 0 && (*s->p == ' ' || *s->p == '.'))
		*s = str_n(s->p + 1, s->len - 1);
	if (s->len == 0)
		return false;
	if (*s->p != '[' && *s->p != ']')
		while (len < s->len && strchr(" [].", s->p[len]) == NULL)
			len++;
	ret->word = str_n(s->p, len > 0 ? len : 1);
	*s = str_n(s->p + ret->word.len, s->len - ret->word.len);
	while (len > 0 && s->len > 0 && (depth > 0 || *s->p == '[')) {
		depth += *s->p == '[';
		depth -= *s->p == ']';
		*s = str_n(s->p + 1, s->len - 1);
	}
	ret->repeats = len > 0 && (str_starts(*s, "...") || str_starts(*s, "]..."));
	return true;
}

struct str
grammar_value(struct str *s)
{
	struct str rest = *s;
	struct grammar_token t;

	if (!grammar_token(&rest, &t) || !grammar_is_placeholder(t.word))
		return str_of("");
	*s = rest;
	return t.word;
}

bool
grammar_way(struct str *s, const char *name, struct str *ret)
{
	_cleanup_(buf_release) struct buf again = BUF_INIT;
	ssize_t at;

	if (s->len == 0)
		return false;
	buf_addf(&again, " | %s", name);
	for (size_t from = 0;
	     (at = str_find(str_n(s->p + from, s->len - from), buf_str(&again))) >= 0;
	     from += again.len) {
		size_t end;

		from += (size_t)at;
		end = from + again.len;
		if (end < s->len && s->p[end] != ' ')
			continue; /* "repository" */
		*ret = str_n(s->p, from);
		*s = str_n(s->p + from + 3, s->len - from - 3);
		return true;
	}
	*ret = *s;
	*s = str_n(s->p + s->len, 0);
	return true;
}

/* --- options --- */

const struct grammar_option *
grammar_option(const struct grammar_options *list, struct str name)
{
	for (size_t i = 0; i < list->n; i++)
		if (str_eq(list->v[i].name, name))
			return &list->v[i];
	return NULL;
}

/* What is told of it first counts. */
static void
option_add(struct grammar_options *list, const struct grammar_option *told)
{
	struct grammar_option *o = NULL;

	for (size_t i = 0; i < list->n && o == NULL; i++)
		if (str_eq(list->v[i].name, told->name))
			o = &list->v[i];
	if (o == NULL) {
		*VEC_PUSH(list) = *told;
		return;
	}
	if (o->value.len == 0)
		o->value = told->value;
	if (o->same.len == 0)
		o->same = told->same;
	if (o->about.len == 0)
		o->about = told->about;
	o->repeats = o->repeats || told->repeats;
}

/* As far as the first full stop or semicolon. */
static struct str
first_words(struct str s)
{
	for (size_t i = 0; i + 1 < s.len; i++)
		if ((s.p[i] == '.' || s.p[i] == ';') && (s.p[i + 1] == ' ' || s.p[i + 1] == '\n'))
			return str_n(s.p, i);
	return s;
}

/*
 * "-m, --message TEXT   what to do": two names of one.  "--ticket ID, --episode N, --nonce-file FILE": three.  What it
 * is for stands behind, when it is one.
 */
static void
help_line(struct str line, struct grammar_options *ret)
{
	struct grammar_option v[10];
	size_t n = 0;

	while (line.len > 0 && strchr(" \n", *line.p) == NULL && n < ARRAY_LEN(v)) {
		size_t len = 0;
		struct str word;

		while (len < line.len && strchr(" \n", line.p[len]) == NULL)
			len++;
		word = str_n(line.p, line.p[len - 1] == ',' ? len - 1 : len);
		line = str_n(line.p + len, line.len - len);
		if (line.len > 0 && *line.p == ' ')
			line = str_n(line.p + 1, line.len - 1);
		if (grammar_is_option(word))
			v[n++] = (struct grammar_option){ .name = word };
		else if (n > 0)
			v[n - 1].value = word;
	}
	line = first_words(str_trim(line));
	for (size_t i = n; i-- > 0;) {
		if (v[i].name.len == 2 && i + 1 < n) {
			v[i].value = v[i + 1].value;
			v[i].same = v[i + 1].name;
		}
		if (n <= 2)
			v[i].about = line;
		option_add(ret, &v[i]);
	}
}

/* The line, and those that go on with what it says: they stand further in. */
static struct str
help_paragraph(struct str line, struct str *rest)
{
	struct str next = *rest, more;

	while (str_cut(&next, '\n', &more) && str_starts(more, "    ")) {
		line.len = (size_t)(more.p + more.len - line.p);
		*rest = next;
	}
	return line;
}

void
grammar_options(const struct command *command, struct grammar_options *ret)
{
	struct str rest = str_of(command->usage), line;
	struct grammar_token t;

	while (grammar_token(&rest, &t))
		if (grammar_is_option(t.word)) {
			struct grammar_option o = { .name = t.word };

			o.value = grammar_value(&rest);
			o.repeats = str_starts(rest, "]...");
			option_add(ret, &o);
		}
	rest = str_of(command->help);
	while (str_cut(&rest, '\n', &line))
		if (str_starts(line, "  -")) {
			line = help_paragraph(line, &rest);
			help_line(str_n(line.p + 2, line.len - 2), ret);
		}
	option_add(ret, &(struct grammar_option){
			    .name = STR("--help"), .about = STR("all about this command") });
}
