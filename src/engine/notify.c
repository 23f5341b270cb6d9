/* SPDX-License-Identifier: GPL-2.0-only */
#include "base/base.h"

#include "engine/notify.h"

#include "codec/message_json.h"
#include "codec/ticket_text.h"
#include "engine/drive.h"
#include "store/inbox.h"
#include "sys/log.h"

#define TRIES_MAX   8 /* that fail, of one inbox in one walk */
#define ANSWERS_MAX 8 /* to refused reports of one episode, and one more that says so */

static bool
notify_has_name(const struct item *it)
{
	return it->rec.spec.notify && id_is_name(str_of(it->rec.spec.notify));
}

/* Does this revision make a message that has somewhere to go? */
static bool
notify_is_message(const struct item *it, enum event_kind kind, enum phase from)
{
	const struct ticket *t = &it->rec.ticket;

	return message_of_worker(kind, t) != MESSAGE_NONE ||
	       (notify_has_name(it) && message_of(kind, from, t) != MESSAGE_NONE);
}

static bool
notify_last(const struct item *it, struct history_entry *ret)
{
	struct str h = buf_str(&it->rec.history), rest;
	size_t at = h.len;

	while (at > 0) { /* the last line that is not of a text */
		size_t end = at - 1;

		for (at = end; at > 0 && h.p[at - 1] != '\n'; at--)
			;
		if (h.p[at] != '\t')
			break;
	}
	rest = str_n(h.p + at, h.len - at);
	return history_next(&rest, ret, NULL) == 0;
}

/* Nothing is known of a ticket that was just loaded: the messages of its last revision may be there or not. */
static void
notify_look(struct item *it)
{
	const struct ticket *t = &it->rec.ticket;
	struct history_entry last;

	it->is_sent_known = it->is_loaded = true;
	it->sent_rev = t->rev;
	if (t->unsent > 0)
		it->sent_rev = t->unsent - 1;
	else if (notify_last(it, &last) && notify_is_message(it, last.event.kind, last.from))
		it->sent_rev = t->rev - 1;
}

bool
notify_is_owed(struct item *it)
{
	if (!it->is_sent_known)
		notify_look(it);
	return it->sent_rev < it->rec.ticket.rev;
}

void
notify_committed(struct item *it, const struct ticket *before, const struct event *ev)
{
	it->send_boot_ms = 0;
	if (before->rev > 0 && (!it->is_sent_known || it->sent_rev != before->rev))
		return; /* what is owed of it comes first */
	if (!notify_is_message(it, ev->kind, before->phase)) {
		it->is_sent_known = true;
		it->sent_rev = it->rec.ticket.rev;
	}
}

/* --- one message --- */

static void
notify_fill(const struct item *it, const struct history_entry *h, struct message *ret)
{
	_cleanup_(buf_release) struct buf text = BUF_INIT;

	ret->ticket = it->rec.ticket.id;
	ret->phase = h->to;
	ret->wall_ms = h->wall_ms;
	set_charp(&ret->title, it->rec.spec.title);
	set_charp(&ret->mission, it->rec.spec.mission);
	history_text(h, &text);
	if (text.len == 0)
		buf_adds(&text, h->event.reason);
	if (text.len > 0)
		ret->summary = buf_take(&text);
}

static int
notify_put(struct engine *e, const struct item *it, const struct inbox_place *place, const char *to,
    const struct message *like, enum message_kind kind, struct err *err)
{
	_cleanup_(buf_release) struct buf bytes = BUF_INIT, next = BUF_INIT;
	struct message m = *like;
	char name[MESSAGE_NAME_MAX];

	message_file(&m, name);
	/* the usual answer for a ticket that is over, of which there are many */
	if (it->is_loaded && inbox_has(e->root, place, name, NULL) == 1)
		return 0;

	message_next(kind, m.ticket, &next);
	m.kind = kind;
	m.to = xstrdup(to);
	m.next = next.len > 0 ? next.p : NULL;
	message_dump(&m, &bytes);
	free(m.to);
	return inbox_put(e->root, place, name, buf_str(&bytes), err);
}

static int
notify_put_worker(struct engine *e, const struct item *it, struct episode_id ep,
    const struct message *like, enum message_kind kind, struct err *err)
{
	struct inbox_place place = inbox_of_episode(ep);
	char to[32];

	(void)snprintf(to, sizeof to, "%u.%u", ep.ticket.n, ep.n);
	return notify_put(e, it, &place, to, like, kind, err);
}

/* To the worker that it was said to, and to no later one: that has it in its brief. */
static int
notify_worker(struct engine *e, const struct item *it, struct episode_id ep,
    const struct message *m, enum message_kind kind, struct err *err)
{
	const struct ticket *t = &it->rec.ticket;

	if (!ticket_is_open(t) || t->episode.n != ep.n)
		return 0; /* nobody is there to read it */
	if (t->episode.state == EPISODE_OPEN)
		return ERR_BUSY; /* it has no directory yet */
	return notify_put_worker(e, it, ep, m, kind, err);
}

/* The history is walked once, and the ticket of then carried along. */
struct sending {
	struct ticket then;
	uint32_t unnamed;               /* see history_event() */
	unsigned named_bad, worker_bad; /* what failed in this walk */
};

static int
notify_follow(
    const struct item *it, const struct history_entry *h, struct sending *s, struct err *err)
{
	const struct ticket *now = &it->rec.ticket;
	struct decision d;
	struct event ev;

	if (h->rev == now->rev) {
		s->then = *now;
		return 0;
	}
	ev = history_event(h, &s->then, now->id, s->unnamed);
	d = lifecycle_step(&s->then, &ev, h->wall_ms);
	if (d.verdict != VERDICT_APPLY)
		return err_set(err, ERR_INVALID, "revision %llu of ticket %u cannot be followed",
		    (unsigned long long)h->rev, now->id.n);
	s->then = d.next;
	return 0;
}

/* What the ticket was then, as far as a message may come of it. */
static struct ticket
notify_then(const struct item *it, const struct history_entry *h, const struct sending *s)
{
	struct ticket t = it->rec.ticket;

	if (h->event.kind == EVENT_TELL)
		return s->then;
	t.phase = h->to;
	return t;
}

/* Those of one revision. */
static int
notify_revision(struct engine *e, const struct item *it, const struct history_entry *h,
    struct sending *s, struct err *err)
{
	struct ticket after = notify_then(it, h, s);
	enum message_kind named, worker;
	struct message m = { .rev = h->rev };
	int rc = 0;

	named = notify_has_name(it) && s->named_bad < TRIES_MAX
		    ? message_of(h->event.kind, h->from, &after)
		    : MESSAGE_NONE;
	worker =
	    s->worker_bad < TRIES_MAX ? message_of_worker(h->event.kind, &after) : MESSAGE_NONE;
	if (named == MESSAGE_NONE && worker == MESSAGE_NONE)
		return 0;
	notify_fill(it, h, &m);
	if (named != MESSAGE_NONE) {
		struct inbox_place place = inbox_of_name(it->rec.spec.notify);

		rc = notify_put(e, it, &place, it->rec.spec.notify, &m, named, err);
		s->named_bad += rc < 0;
	}
	if (worker != MESSAGE_NONE) { /* whatever became of the other: each has its own inbox */
		int own =
		    notify_worker(e, it, ticket_episode(&after), &m, worker, rc == 0 ? err : NULL);

		s->worker_bad += own < 0;
		rc = rc < 0 ? rc : own;
	}
	message_release(&m);
	return rc;
}

/* One inbox that cannot be written keeps nothing from the others: what is put again is there already.  And it costs
 * them nothing: it is tried a few times, however much is owed to it. */
static int
notify_all(struct engine *e, struct item *it, struct err *err)
{
	struct str rest = buf_str(&it->rec.history);
	struct sending s = { .named_bad = 0 };
	struct history_entry h;
	int first = 0;

	if (it->sent_rev + 1 == it->rec.ticket.rev && notify_last(it, &h))
		rest = str_n(h.line.p, rest.len - (size_t)(h.line.p - rest.p));
	else
		s.unnamed = history_unnamed_rule(&it->rec);
	while (history_next(&rest, &h, NULL) == 0) {
		int rc = notify_follow(it, &h, &s, first == 0 ? err : NULL);

		if (rc < 0)
			return first == 0 ? rc : first;
		if (h.rev <= it->sent_rev)
			continue;
		rc = notify_revision(e, it, &h, &s, first == 0 ? err : NULL);
		if (first == 0)
			first = rc;
		if (first == 0)
			it->sent_rev = h.rev;
	}
	return first;
}

void
notify_send(struct engine *e, struct item *it)
{
	struct err why = ERR_INIT;
	int rc;

	if (!notify_is_owed(it))
		return;
	rc = notify_all(e, it, &why);
	it->is_loaded = false;
	if (rc == 0) {
		if (it->is_send_failing)
			log_line(LOG_INFO, "ticket %u: no message is owed any more",
			    it->rec.ticket.id.n);
		it->is_send_failing = false;
		return;
	}
	if (!it->is_send_failing && rc != ERR_BUSY)
		log_line(LOG_ERROR, "ticket %u: %s; tried again, and nothing else waits for it",
		    it->rec.ticket.id.n, why.text);
	it->is_send_failing |= rc != ERR_BUSY;
	it->send_boot_ms = e->world->ops->now(e->world).boot_ms + ENGINE_RETRY_MS;
}

uint64_t
notify_unsent(struct engine *e, struct item *it)
{
	if (it->rec.ticket.rev == 0 || !notify_is_owed(it))
		return 0;
	if (e->world->ops->now(e->world).boot_ms >= it->send_boot_ms)
		notify_send(e, it);
	return notify_is_owed(it) ? it->sent_rev + 1 : 0;
}

/* How many refused reports of the current episode were answered by this process. */
static uint32_t *
notify_answers(struct item *it)
{
	uint32_t n = it->rec.ticket.episode.n;

	if (it->answered_of != n)
		it->answered = 0;
	it->answered_of = n;
	return &it->answered;
}

/* For its worker; counted once, also when it was put before a crash, and is decided anew.  A try counts that fails: it
 * may have come as far as its last sync. */
static void
notify_answer(struct engine *e, struct item *it, const struct message *m)
{
	struct episode_id ep = ticket_episode(&it->rec.ticket);
	struct inbox_place place = inbox_of_episode(ep);
	char name[MESSAGE_NAME_MAX];
	struct err fault = ERR_INIT;

	message_file(m, name);
	if (inbox_has(e->root, &place, name, NULL) != 1)
		++*notify_answers(it);
	if (notify_put_worker(e, it, ep, m, MESSAGE_REFUSED, &fault) < 0)
		log_line(LOG_WARN, "ticket %u: %s; `reeve status` shows the refused report",
		    it->rec.ticket.id.n, fault.text);
}

void
notify_refused(
    struct engine *e, struct item *it, const struct event *ev, enum refusal why, const char *words)
{
	const struct ticket *t = &it->rec.ticket;
	struct message m = { .ticket = t->id,
		.signal = ev->sig,
		.why = why,
		.phase = t->phase,
		.wall_ms = e->world->ops->now(e->world).wall_ms };
	_cleanup_(buf_release) struct buf b = BUF_INIT;

	if (!event_is_report(ev->kind) || t->episode.state != EPISODE_RUN || !ev->has_nonce ||
	    !digest_eq(&ev->nonce, &t->episode.nonce))
		return; /* of nobody who could read it */
	if (*notify_answers(it) > ANSWERS_MAX)
		return;
	buf_addf(&b, "%s was not taken: %s", event_name(ev->kind), refusal_text(why));
	if (words && words[0])
		buf_addf(&b, ". %s", words);
	if (*notify_answers(it) == ANSWERS_MAX)
		buf_adds(&b, ". So many reports of yours were refused that no message tells of any "
			     "more: each is kept in spool/refused of $REEVE_STATE, and its .why "
			     "says why");
	m.title = it->rec.spec.title;
	m.summary = b.p;
	notify_answer(e, it, &m);
}
