/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * 1. What is accepted as a ticket file is written again byte for byte, and accepted again; its history
 *    can be walked and replayed, whatever comes of that.
 *    One look at the file takes what the two take, and nothing else.
 * 2. The same bytes as the words of a ticket: every one comes back.
 */
#include "base/base.h"

#include "codec/ticket_text.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

static void
load(struct str bytes, struct record *ret)
{
	struct err err = ERR_INIT;

	if (ticket_text_load(bytes, ret, &err) < 0)
		BUG("what was written is refused: %s", err.text);
}

static void
check_same(const char *what, const char *a, const char *b)
{
	if (strcmp(a, b) != 0)
		BUG("%s is another one: '%s' '%s'", what, a, b);
}

static void
try_in_one(struct str bytes, bool is_good)
{
	_cleanup_(record_release) struct record r = { .history = BUF_INIT };
	struct hand_edit edit;

	if (ticket_text_read(bytes, &r, &edit) != is_good)
		BUG("in one look it is %s, in two it is not", is_good ? "bad" : "good");
}

static void
try_as_file(struct str bytes)
{
	_cleanup_(record_release) struct record r = { .history = BUF_INIT };
	_cleanup_(record_release) struct record back = { .history = BUF_INIT };
	_cleanup_(buf_release) struct buf again = BUF_INIT;
	_cleanup_(buf_release) struct buf text = BUF_INIT;
	struct history_entry entry;
	struct err err = ERR_INIT;
	struct hand_edit edit;
	struct str rest;

	if (ticket_text_load(bytes, &r, &err) < 0) {
		try_in_one(bytes, false);
		return;
	}
	try_in_one(bytes, history_replay_hand(&r, &edit, &err) == 0);
	ticket_text_dump(&r, &again);
	if (!str_eq(buf_str(&again), bytes))
		BUG("written again it is another file:\n%s", again.p);
	load(buf_str(&again), &back);
	rest = buf_str(&r.history);
	while (history_next(&rest, &entry, &err) == 0) {
		history_text(&entry, &text);
		if (entry.event.sig.s[0] != '\0' &&
		    history_has_signal(&r, &entry.event.sig, &entry.event.sig_hash) == 0)
			BUG("signal %s is not found", entry.event.sig.s);
		(void)history_nonce_of(&r, &entry.event.fresh);
	}
	if (rest.len > 0)
		BUG("%zu bytes of the history are not read", rest.len);
	(void)history_replay(&r, &err);
}

static void
try_as_words(struct str bytes)
{
	_cleanup_(record_release) struct record r = {
		.ticket = { .id = { 1 }, .rev = 1, .phase = PHASE_READY }
	};
	_cleanup_(record_release) struct record back = { .history = BUF_INIT };
	_cleanup_(buf_release) struct buf file = BUF_INIT;
	_cleanup_(buf_release) struct buf text = BUF_INIT;
	char *words = xstrndup(bytes.p, bytes.len); /* to the first NUL */
	struct ticket before = { .id = { 1 } };
	struct decision d = { .next = r.ticket };
	struct event e = { .kind = EVENT_NOTE };
	struct history_entry entry;
	struct str rest;

	set_charp(&r.spec.title, words);
	set_charp(&r.spec.text, words);
	(void)snprintf(r.ticket.cause, sizeof r.ticket.cause, "%s", words);
	(void)snprintf(r.ticket.episode.boot.s, sizeof r.ticket.episode.boot.s, "%s", words);
	(void)snprintf(e.actor, sizeof e.actor, "%s", words);
	(void)snprintf(e.reason, sizeof e.reason, "%s", words);
	(void)snprintf(e.boot.s, sizeof e.boot.s, "%s", words);
	history_add(&r.history, &before, &e, &d, words);
	ticket_text_dump(&r, &file);
	load(buf_str(&file), &back);
	check_same("title", r.spec.title, back.spec.title);
	check_same("text", r.spec.text, back.spec.text);
	check_same("cause", r.ticket.cause, back.ticket.cause);
	check_same("boot", r.ticket.episode.boot.s, back.ticket.episode.boot.s);
	rest = buf_str(&back.history);
	if (history_next(&rest, &entry, NULL) < 0 || rest.len > 0)
		BUG("a history of one line: %s", back.history.p);
	check_same("actor", e.actor, entry.event.actor);
	check_same("reason", e.reason, entry.event.reason);
	check_same("boot", e.boot.s, entry.event.boot.s);
	history_text(&entry, &text);
	check_same("text", words, text.p);
	free_charp(&words);
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct str bytes = str_n((const char *)p, n);

	try_as_file(bytes);
	try_as_words(bytes);
	return 0;
}
