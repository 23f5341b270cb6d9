/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What is refused has a reason and one printable sentence, and nothing is handed out.  What is taken
 * keeps the rules of the form, and comes back the same when it is written and read again.
 */
#include "base/base.h"

#include "codec/signal_json.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

static void
same(const char *a, const char *b)
{
	if ((a == NULL) != (b == NULL) || (a != NULL && strcmp(a, b) != 0))
		BUG("a text is another one: %s, %s", a != NULL ? a : "none",
		    b != NULL ? b : "none");
}

static void
check(const struct signal *s)
{
	const struct event *e = &s->event;

	if (event_is_fact(e->kind) || e->kind == EVENT_UNSET)
		BUG("kind %d", (int)e->kind);
	if (e->has_nonce != event_is_report(e->kind) || e->sig.s[0] != '\0')
		BUG("kind %d, nonce %d", (int)e->kind, e->has_nonce);
	if ((e->ticket.n == 0) != (e->kind == EVENT_CREATE) || e->ticket.n > ID_TICKET_MAX)
		BUG("ticket %u", e->ticket.n);
	if (e->priority > TICKET_PRIO_MAX)
		BUG("priority %u", e->priority);
	if (s->spec.title != NULL &&
	    (strlen(s->spec.title) > TICKET_TITLE_MAX || strpbrk(s->spec.title, "\r\n") != NULL))
		BUG("title %s", s->spec.title);
	if (s->spec.repo != NULL && !id_is_name(str_of(s->spec.repo)))
		BUG("repo %s", s->spec.repo);
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	_cleanup_(buf_release) struct buf text = BUF_INIT, again = BUF_INIT;
	struct nonce nonce = { { 1 } };
	struct err err = ERR_INIT;
	struct signal s, t;
	struct ticket_id id;
	enum refusal why;

	if (signal_json_parse(str_n((const char *)p, n), &s, &why, &id, &err) < 0) {
		if (why != REFUSAL_MALFORMED && why != REFUSAL_INVALID)
			BUG("refused as %d", (int)why);
		if (err.code != ERR_INVALID || err.text[0] == '\0')
			BUG("refused with %d, \"%s\"", err.code, err.text);
		for (const char *c = err.text; *c != '\0'; c++)
			if ((unsigned char)*c < ' ')
				BUG("byte %d in a sentence", *c);
		return 0;
	}
	check(&s);
	if (id.n != s.event.ticket.n)
		BUG("ticket %u is %u", id.n, s.event.ticket.n);
	signal_json_dump(&s, s.event.has_nonce ? &nonce : NULL, &text);
	if (signal_json_parse(buf_str(&text), &t, &why, NULL, &err) < 0)
		BUG("%s: %s", text.p, err.text);
	s.event.sig_hash = t.event.sig_hash;
	s.event.nonce = t.event.nonce;
	if (memcmp(&s.event, &t.event, sizeof s.event) != 0)
		BUG("another event: %s", text.p);
	same(s.summary, t.summary);
	same(s.body, t.body);
	if (s.choices.n != t.choices.n || s.choices.n != s.event.choices || s.choices.n > 9)
		BUG("%zu choices, %zu, %u", s.choices.n, t.choices.n, s.event.choices);
	for (size_t i = 0; i < s.choices.n; i++)
		same(s.choices.v[i], t.choices.v[i]);
	same(s.spec.title, t.spec.title);
	same(s.spec.text, t.spec.text);
	same(s.spec.repo, t.spec.repo);
	same(s.spec.base, t.spec.base);
	same(s.spec.from, t.spec.from);
	same(s.spec.agent, t.spec.agent);
	same(s.spec.mission, t.spec.mission);
	same(s.spec.after, t.spec.after);
	same(s.spec.notify, t.spec.notify);
	signal_json_dump(&t, t.event.has_nonce ? &nonce : NULL, &again);
	same(text.p, again.p);
	signal_release(&s);
	signal_release(&t);
	return 0;
}
