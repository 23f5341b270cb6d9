/* SPDX-License-Identifier: GPL-2.0-only */
#include "base/base.h"

#include "codec/words.h"

#include "base/buf.h"
#include "base/clean.h"

static bool
words_is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n';
}

/* Takes one quoted part off *s, which begins with the quote; false: it is not closed. */
static bool
words_quoted(struct str *s, struct buf *word)
{
	char quote = s->p[0];

	for (size_t i = 1; i < s->len; i++) {
		char c = s->p[i];

		if (c == quote) {
			*s = str_n(s->p + i + 1, s->len - i - 1);
			return true;
		}
		if (quote == '"' && c == '\\' && i + 1 < s->len &&
		    (s->p[i + 1] == '"' || s->p[i + 1] == '\\'))
			c = s->p[++i];
		buf_addch(word, c);
	}
	return false;
}

/* Takes one word off *s, which does not begin with a blank. */
static int
words_next(struct str *s, struct buf *word, struct err *err)
{
	while (s->len > 0 && !words_is_blank(s->p[0])) {
		char c = s->p[0];

		if (c == '\'' || c == '"') {
			if (!words_quoted(s, word))
				return err_set(err, ERR_INVALID,
				    "a %s quote is opened and not closed; close it, or put a "
				    "backslash in front of it",
				    c == '"' ? "double" : "single");
			continue;
		}
		if (c == '\\') {
			if (s->len == 1)
				return err_set(err, ERR_INVALID,
				    "it ends with a backslash that has nothing to quote; remove "
				    "it, or write two");
			c = s->p[1];
			*s = str_n(s->p + 1, s->len - 1);
		}
		buf_addch(word, c);
		*s = str_n(s->p + 1, s->len - 1);
	}
	return 0;
}

int
words_split(struct str line, struct strvec *ret, struct err *err)
{
	_cleanup_(strvec_release) struct strvec words = STRVEC_INIT;

	if (line.len > 0 && memchr(line.p, '\0', line.len) != NULL)
		return err_set(err, ERR_INVALID, "it holds a NUL byte, which no argument can hold");
	for (;;) {
		_cleanup_(buf_release) struct buf word = BUF_INIT;

		while (line.len > 0 && words_is_blank(line.p[0]))
			line = str_n(line.p + 1, line.len - 1);
		if (line.len == 0)
			break;
		if (words_next(&line, &word, err) < 0)
			return ERR_INVALID;
		strvec_push_take(&words, buf_take(&word));
	}
	if (words.n == 0)
		return err_set(err, ERR_INVALID, "it has no word; name a program to run");
	for (size_t i = 0; i < words.n; i++) {
		strvec_push_take(ret, words.v[i]);
		words.v[i] = NULL; /* moved */
	}
	return 0;
}

void
words_splice(struct strvec *words, const char *placeholder, const struct strvec *with)
{
	struct strvec all = STRVEC_INIT;

	for (size_t i = 0; i < words->n; i++) {
		if (strcmp(words->v[i], placeholder) != 0) {
			strvec_push(&all, words->v[i]);
			continue;
		}
		for (size_t k = 0; k < with->n; k++)
			strvec_push(&all, with->v[k]);
	}
	strvec_release(words);
	*words = all;
}

bool
words_have(const struct strvec *words, const char *placeholder)
{
	for (size_t i = 0; i < words->n; i++)
		if (str_find(str_of(words->v[i]), str_of(placeholder)) >= 0)
			return true;
	return false;
}

static const struct words_value *
words_find(const struct words_value *values, struct str name)
{
	for (; values->name != NULL; values++)
		if (str_is(name, values->name))
			return values;
	return NULL;
}

static bool
words_is_placeholder(struct str name)
{
	for (size_t i = 0; i < name.len; i++)
		if (name.p[i] < 'a' || name.p[i] > 'z')
			return false;
	return name.len > 0;
}

static int
words_unknown(const struct words_value *values, struct str name, struct err *err)
{
	_cleanup_(buf_release) struct buf shown = BUF_INIT;
	_cleanup_(buf_release) struct buf known = BUF_INIT;

	clean_add_line(&shown, name, 40);
	for (; values->name != NULL; values++)
		buf_addf(&known, " {%s}", values->name);
	return err_set(err, ERR_INVALID,
	    "the placeholder {%s} is not known; there are:%s (a brace that is meant as it is: {{)",
	    shown.p, known.len > 0 ? known.p : " none");
}

static int
words_fill_one(
    struct str word, const struct words_value *values, struct buf *filled, struct err *err)
{
	while (word.len > 0) {
		const char *first = word.p;
		struct str rest, name;

		word = str_n(word.p + 1, word.len - 1);
		rest = word;
		if (*first == '{' && word.len > 0 && word.p[0] == '{') {
			word = str_n(word.p + 1, word.len - 1);
		} else if (*first == '{' && str_cut(&rest, '}', &name)) {
			const struct words_value *value = words_find(values, name);

			if (value != NULL) {
				buf_adds(filled, value->value != NULL ? value->value : "");
				word = rest;
				continue;
			}
			if (words_is_placeholder(name))
				return words_unknown(values, name, err);
		}
		buf_addch(filled, *first);
	}
	return 0;
}

int
words_fill(struct strvec *words, const struct words_value *values, struct err *err)
{
	struct strvec filled = STRVEC_INIT;

	for (size_t i = 0; i < words->n; i++) {
		_cleanup_(buf_release) struct buf word = BUF_INIT;

		if (words_fill_one(str_of(words->v[i]), values, &word, err) < 0) {
			strvec_release(&filled);
			return ERR_INVALID;
		}
		strvec_push_take(&filled, buf_take(&word));
	}
	strvec_release(words);
	*words = filled;
	return 0;
}
