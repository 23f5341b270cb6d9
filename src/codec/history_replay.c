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
struct event
history_event(
    const struct history_entry *h, const struct ticket *t, struct ticket_id id, uint32_t unnamed)
{
	struct event e = h->event;

	e.ticket = id;
	if (e.rule == 0)
		e.rule = unnamed;
	if (event_is_report(e.kind) && e.episode.n > 0 && e.episode.n == t->episode.n) {
		e.has_nonce = true;
		e.nonce = t->episode.nonce;
	}
	return e;
}

/* A history, as far as it was followed. */
struct replay {
	uint32_t unnamed;          /* the rule of lines that name none */
	bool has_unnamed;          /* there are such */
	struct ticket t;           /* where it leads */
	struct digest spec, words; /* of the last line that has them */
	uint32_t rule;             /* that the last line names */
};

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
    struct replay *p, const struct history_entry *entry, struct ticket_id id, struct err *err)
{
	struct ticket *t = &p->t;
	struct event e = history_event(entry, t, id, p->unnamed);
	unsigned long long rev = entry->rev;
	struct decision d;

	if (rev != t->rev + 1)
		return err_set(err, ERR_INVALID, "revision %llu follows revision %llu", rev,
		    (unsigned long long)t->rev);
	if (t->phase == PHASE_UNBORN && e.kind != EVENT_CREATE)
		return err_set(err, ERR_INVALID, "revision %llu: the first event is '%s', not '%s'",
		    rev, event_name(e.kind), event_name(EVENT_CREATE));
	if (entry->event.rule < p->rule) /* who wrote that knew the newer one */
		return err_set(err, ERR_INVALID,
		    "revision %llu is reckoned by rule %u, and the one before by rule %u", rev,
		    e.rule, p->rule);
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
	p->rule = entry->event.rule;
	p->has_unnamed |= p->rule == 0;
	if (digest_is_set(&e.spec))
		p->spec = e.spec;
	if (digest_is_set(&e.words))
		p->words = e.words;
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

/* From nothing to revision `until`, or to the end. */
static int
replay_run(const struct record *r, uint64_t until, struct replay *p, struct err *err)
{
	struct str rest = buf_str(&r->history);

	while (rest.len > 0 && p->t.rev < until) {
		struct history_entry entry;

		if (history_next(&rest, &entry, err) < 0 ||
		    replay_step(p, &entry, r->ticket.id, err) < 0)
			return ERR_INVALID;
	}
	return 0;
}

/* Does it lead to the header? */
static int
replay_all(const struct record *r, uint32_t unnamed, struct replay *ret, struct err *err)
{
	struct digest now = spec_digest(&r->spec);

	*ret = (struct replay){ .unnamed = unnamed };
	if (replay_run(r, UINT64_MAX, ret, err) < 0)
		return ERR_INVALID;
	if (ret->t.rev == 0)
		return err_set(err, ERR_INVALID, "the history is empty");
	if (replay_compare(&ret->t, r, err) < 0)
		return ERR_INVALID;
	if (!digest_eq(&ret->spec, &now))
		return err_set(err, ERR_INVALID,
		    "Repo, Base, Branch, Agent, Mission, After or Notify is not what the history "
		    "says");
	return 0;
}

/* Rule 2 was in use before lines named theirs; the header tells.  What leads there by neither is told of by the one
 * that can be followed further. */
static int
replay_either(const struct record *r, struct replay *ret, struct err *err)
{
	struct err why[2] = { ERR_INIT, ERR_INIT };
	struct replay second = { .unnamed = 2 };

	if (replay_all(r, 1, ret, &why[0]) == 0)
		return 0;
	if (ret->has_unnamed && replay_all(r, 2, &second, &why[1]) == 0) {
		*ret = second;
		return 0;
	}
	if (ret->has_unnamed && second.t.rev > ret->t.rev)
		why[0] = why[1];
	return err_set(err, ERR_INVALID, "%s", why[0].text);
}

uint32_t
history_unnamed_rule(const struct record *r)
{
	struct str rest = buf_str(&r->history);
	struct history_entry first;
	struct replay p;

	if (history_next(&rest, &first, NULL) < 0 || first.event.rule != 0)
		return LIFECYCLE_RULE; /* there are none such */
	return replay_either(r, &p, NULL) == 0 ? p.unnamed : 1;
}

int
history_ticket(const struct record *r, uint64_t rev, struct ticket *ret, struct err *err)
{
	struct replay p = { .unnamed = history_unnamed_rule(r) };

	if (replay_run(r, rev, &p, err) < 0)
		return ERR_INVALID;
	if (p.t.rev != rev)
		return err_set(err, ERR_NOTFOUND, "ticket %u has no revision %llu", r->ticket.id.n,
		    (unsigned long long)rev);
	*ret = p.t;
	return 0;
}

int
history_replay_hand(const struct record *r, struct hand_edit *ret, struct err *err)
{
	struct digest words_now = ticket_words_digest(&r->spec);
	struct replay p;

	if (replay_either(r, &p, err) < 0)
		return ERR_INVALID;
	*ret = (struct hand_edit){ .before = p.t,
		.words = p.words,
		.priority = r->ticket.priority,
		.has_priority = p.t.priority != r->ticket.priority,
		.has_words = digest_is_set(&p.words) && !digest_eq(&p.words, &words_now) };
	if ((ret->has_words || ret->has_priority) && phase_is_final(p.t.phase))
		return err_set(err, ERR_INVALID,
		    "it is %s, and its %s was edited by hand: that is over; put back what was "
		    "there",
		    phase_name(p.t.phase), ret->has_words ? "Title or description" : "Priority");
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
