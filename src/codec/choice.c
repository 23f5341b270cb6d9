/* SPDX-License-Identifier: GPL-2.0-only */
#include "base/base.h"

#include "codec/choice.h"

#include "codec/signal_reading.h"

const char *
choice_wrong(struct str s)
{
	if (s.len == 0 || s.len > CHOICE_MAX || !signal_is_visible(s))
		return "a short text, of 1 to 100 bytes";
	for (size_t i = 0; i < s.len; i++)
		if ((unsigned char)s.p[i] < ' ' || s.p[i] == 0x7f)
			return "one line, without control characters";
	return str_is_utf8(s) ? NULL : "UTF-8 text";
}

int
signal_read_choices(struct signal_reading *r)
{
	const json_t *v = json_object_get(r->o, "choices");
	size_t n = json_array_size(v);

	if (v == NULL)
		return 0;
	if (!json_is_array(v))
		return err_set(r->err, ERR_INVALID, "key \"choices\" must be an array of strings");
	if (n == 0 || n > CHOICES_MAX)
		return signal_invalid(
		    r, "key \"choices\" must have 1 to %d of them, not %zu", CHOICES_MAX, n);
	for (size_t i = 0; i < n; i++) {
		const json_t *one = json_array_get(v, i);
		struct str s = str_n(json_string_value(one), json_string_length(one));
		const char *wrong = json_is_string(one) ? choice_wrong(s) : NULL;

		if (!json_is_string(one))
			return err_set(
			    r->err, ERR_INVALID, "key \"choices\" must be an array of strings");
		if (wrong != NULL)
			return signal_invalid(r, "each of the \"choices\" must be %s", wrong);
		strvec_push_str(&r->s->choices, s);
	}
	r->s->event.choices = (uint32_t)n;
	if (r->s->body != NULL &&
	    strlen(r->s->body) > TICKET_TEXT_MAX - CHOICES_MAX * (CHOICE_MAX + 8))
		return signal_invalid(r, "the question is too long to have choices");
	return 0;
}

void
choices_fold(struct signal *s)
{
	_cleanup_(buf_release) struct buf b = BUF_INIT;

	if (s->choices.n == 0)
		return;
	buf_adds(&b, s->body != NULL ? s->body : "");
	while (b.len > 0 && b.p[b.len - 1] == '\n')
		buf_truncate(&b, b.len - 1);
	buf_addch(&b, '\n');
	for (size_t i = 0; i < s->choices.n; i++)
		buf_addf(&b, "\n%zu. %s", i + 1, s->choices.v[i]);
	set_charp(&s->body, b.p);
}

/* Cuts the last line off *s. */
static struct str
choice_last(struct str *s)
{
	const char *nl = memrchr(s->p, '\n', s->len);
	size_t at = nl != NULL ? (size_t)(nl - s->p) + 1 : 0;
	struct str line = str_n(s->p + at, s->len - at);

	s->len = nl != NULL ? at - 1 : 0;
	return line;
}

void
choices_of(const struct history_entry *e, struct strvec *ret)
{
	_cleanup_(buf_release) struct buf text = BUF_INIT;
	struct str lines[CHOICES_MAX], rest;
	uint32_t n = e->event.choices;

	if (n == 0 || n > CHOICES_MAX)
		return;
	history_text(e, &text);
	rest = buf_str(&text);
	for (uint32_t i = n; i > 0; i--)
		lines[i - 1] = choice_last(&rest);
	for (uint32_t i = 0; i < n; i++) {
		size_t number = lines[i].len >= 3 ? 3 : lines[i].len; /* "1. " */

		strvec_push_str(ret, str_n(lines[i].p + number, lines[i].len - number));
	}
}

bool
choices_open(const struct record *r, struct buf *ret_text, struct strvec *ret)
{
	struct str rest = buf_str(&r->history);
	struct history_entry e;

	while (r->ticket.question_rev != 0 && history_next(&rest, &e, NULL) == 0) {
		if (e.rev != r->ticket.question_rev)
			continue;
		if (ret_text != NULL)
			history_text(&e, ret_text);
		choices_of(&e, ret);
		return true;
	}
	return false;
}

void
choice_answer(const struct strvec *choices, uint64_t n, struct buf *ret)
{
	if (n < 1 || n > choices->n)
		BUG("choice %llu of %zu", (unsigned long long)n, choices->n);
	buf_addf(ret, "choice %llu: %s", (unsigned long long)n, choices->v[n - 1]);
}
