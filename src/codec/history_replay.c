/* SPDX-License-Identifier: GPL-2.0-only */
/* What a history says of its ticket. */
#include "base/base.h"

#include "codec/ticket_header.h"
#include "codec/ticket_text.h"

/*
 * What the line need not say: which ticket, that the worker had the nonce of the episode that the line
 * names (the nonce itself is nowhere; a report of another episode is left without one and so refused),
 * and that the signal was new.
 */
static void
replay_complete(struct event *e, const struct ticket *t, struct ticket_id id)
{
	e->ticket = id;
	if (event_is_report(e->kind) && e->episode.n > 0 && e->episode.n == t->episode.n) {
		e->has_nonce = true;
		e->nonce = t->episode.nonce;
	}
}

/* Is the line's column the episode that the step was about? */
static bool
replay_is_episode(
    const struct history_entry *entry, const struct ticket *t, const struct ticket *next)
{
	const struct event *e = &entry->event;

	if (e->kind == EVENT_START)
		return e->episode.n == next->episode.n && e->episode.ticket.n == next->id.n;
	return e->episode.n == 0 ||
	       (e->episode.n == t->episode.n && e->episode.ticket.n == t->id.n);
}

static int
replay_step(
    struct ticket *t, const struct history_entry *entry, struct ticket_id id, struct err *err)
{
	struct event e = entry->event;
	unsigned long long rev = entry->rev;
	struct decision d;

	if (rev != t->rev + 1)
		return err_set(err, ERR_INVALID, "revision %llu follows revision %llu", rev,
		    (unsigned long long)t->rev);
	if (t->phase == PHASE_UNBORN && e.kind != EVENT_CREATE)
		return err_set(err, ERR_INVALID, "revision %llu: the first event is '%s', not '%s'",
		    rev, event_name(e.kind), event_name(EVENT_CREATE));
	replay_complete(&e, t, id);
	d = lifecycle_step(t, &e, entry->wall_ms);
	if (d.verdict == VERDICT_REFUSE)
		return err_set(err, ERR_INVALID, "revision %llu: '%s' in phase '%s' is refused: %s",
		    rev, event_name(e.kind), phase_name(t->phase), refusal_name(d.refusal));
	if (d.verdict != VERDICT_APPLY)
		return err_set(err, ERR_INVALID,
		    "revision %llu: '%s' in phase '%s' cannot be a step (verdict %d)", rev,
		    event_name(e.kind), phase_name(t->phase), (int)d.verdict);
	if (entry->from != t->phase || entry->to != d.next.phase)
		return err_set(err, ERR_INVALID,
		    "revision %llu: the line says %s>%s, but '%s' leads from %s to %s", rev,
		    phase_name(entry->from), phase_name(entry->to), event_name(e.kind),
		    phase_name(t->phase), phase_name(d.next.phase));
	if (entry->row != d.row)
		return err_set(err, ERR_INVALID,
		    "revision %llu: the line says row T%02u, but it is T%02u", rev, entry->row,
		    d.row);
	if (!replay_is_episode(entry, t, &d.next))
		return err_set(err, ERR_INVALID,
		    "revision %llu: the line names episode %u.%u, which is not its own", rev,
		    e.episode.ticket.n, e.episode.n);
	*t = d.next;
	return 0;
}

/* The first header that does not follow from the history, and that no hand may edit. */
static int
replay_compare(const struct ticket *t, const struct record *r, struct err *err)
{
	struct record replayed = { .ticket = *t };

	replayed.ticket.priority = r->ticket.priority;
	if (r->ticket.passed_wall_ms == 0) /* it passed when no file said so; it goes first then */
		replayed.ticket.passed_wall_ms = 0;

	if (memcmp(t, &r->ticket, sizeof *t) == 0)
		return 0; /* the usual answer; what differs may still be behind a NUL */
	for (size_t i = 0; i < ticket_header_count(); i++) {
		_cleanup_(buf_release) struct buf says = BUF_INIT;
		_cleanup_(buf_release) struct buf is = BUF_INIT;

		if (ticket_header_is_spec(i))
			continue;
		(void)ticket_header_add(r, i, &says); /* not set: "" */
		(void)ticket_header_add(&replayed, i, &is);
		if (!str_eq(buf_str(&says), buf_str(&is)))
			return err_set(err, ERR_INVALID,
			    "header %s is '%s', but the history leads to '%s'",
			    ticket_header_name(i), says.p, is.p);
	}
	return 0;
}

struct digest
ticket_words_digest(const struct spec *s)
{
	_cleanup_(buf_release) struct buf b = BUF_INIT;

	buf_addf(&b, "%zu\n", s->title ? strlen(s->title) : 0);
	buf_adds(&b, s->title ? s->title : "");
	buf_addch(&b, s->text ? '+' : '-');
	buf_adds(&b, s->text ? s->text : "");
	return digest_of(buf_str(&b));
}

/* What `reeve edit` would not take, a file may not bring either. */
static int
replay_check_words(const struct spec *s, struct err *err)
{
	struct str title = str_of(s->title ? s->title : "");

	if (str_trim(title).len == 0)
		return err_set(err, ERR_INVALID, "it has no Title any more");
	if (title.len > TICKET_TITLE_MAX || str_find(title, STR("\n")) >= 0)
		return err_set(err, ERR_INVALID,
		    "the Title is no line of at most %d bytes; the rest goes into the description",
		    TICKET_TITLE_MAX);
	if (s->text && strlen(s->text) > TICKET_TEXT_MAX)
		return err_set(err, ERR_INVALID, "the description is longer than %u KiB",
		    TICKET_TEXT_MAX / 1024);
	return 0;
}

int
history_replay_hand(const struct record *r, struct hand_edit *ret, struct err *err)
{
	struct str rest = buf_str(&r->history);
	struct ticket t = { 0 };
	struct digest spec = { { 0 } }, now = spec_digest(&r->spec);
	struct digest words = { { 0 } }, words_now = ticket_words_digest(&r->spec);

	while (rest.len > 0) {
		struct history_entry entry;

		if (history_next(&rest, &entry, err) < 0 ||
		    replay_step(&t, &entry, r->ticket.id, err) < 0)
			return ERR_INVALID;
		if (digest_is_set(&entry.event.spec))
			spec = entry.event.spec;
		if (digest_is_set(&entry.event.words))
			words = entry.event.words;
	}
	if (t.rev == 0)
		return err_set(err, ERR_INVALID, "the history is empty");
	if (replay_compare(&t, r, err) < 0)
		return ERR_INVALID;
	if (!digest_eq(&spec, &now))
		return err_set(err, ERR_INVALID,
		    "Repo, Base, Branch, Agent, Mission, After or Notify is not what the history "
		    "says");
	*ret = (struct hand_edit){ .before = t,
		.words = words,
		.priority = r->ticket.priority,
		.has_priority = t.priority != r->ticket.priority,
		.has_words = digest_is_set(&words) && !digest_eq(&words, &words_now) };
	if ((ret->has_words || ret->has_priority) && phase_is_final(t.phase))
		return err_set(err, ERR_INVALID,
		    "it is %s, and its %s was edited by hand: that is over; put back what was "
		    "there",
		    phase_name(t.phase), ret->has_words ? "Title or description" : "Priority");
	return ret->has_words ? replay_check_words(&r->spec, err) : 0;
}

int
history_replay(const struct record *r, struct err *err)
{
	struct hand_edit edit;

	if (history_replay_hand(r, &edit, err) < 0)
		return ERR_INVALID;
	if (edit.has_priority)
		return err_set(err, ERR_INVALID,
		    "header Priority is '%u', but the history leads to '%u'", r->ticket.priority,
		    edit.before.priority);
	if (edit.has_words)
		return err_set(err, ERR_INVALID,
		    "Title or description is not what the history says: edited by hand");
	return 0;
}

int
history_has_signal(const struct record *r, const struct signal_id *id, const struct digest *hash)
{
	_cleanup_(buf_release) struct buf needle = BUF_INIT;
	struct str rest = buf_str(&r->history);
	struct history_entry entry;

	if (id->s[0] == '\0')
		return 0;
	buf_addf(&needle, " sig=%s:", id->s);
	if (str_find(rest, buf_str(&needle)) < 0)
		return 0; /* the usual answer; a find may still lie in somebody's words */
	while (history_next(&rest, &entry, NULL) == 0)
		if (signal_id_eq(&entry.event.sig, id))
			return digest_eq(&entry.event.sig_hash, hash) ? 1 : -1;
	return 0;
}

uint32_t
history_nonce_of(const struct record *r, const struct digest *nonce)
{
	_cleanup_(buf_release) struct buf needle = BUF_INIT;
	struct str rest = buf_str(&r->history);
	struct history_entry entry;

	if (!digest_is_set(nonce))
		return 0;
	buf_adds(&needle, " nonce=");
	digest_add_hex(&needle, nonce);
	if (str_find(rest, buf_str(&needle)) < 0)
		return 0; /* as above */
	while (history_next(&rest, &entry, NULL) == 0)
		if (entry.event.kind == EVENT_START && digest_eq(&entry.event.fresh, nonce))
			return entry.event.episode.n;
	return 0;
}
