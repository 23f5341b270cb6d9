/* SPDX-License-Identifier: GPL-2.0-only */
#include "base/base.h"

#include "engine/receive.h"

#include "codec/choice.h"
#include "codec/signal_json.h"
#include "codec/ticket_text.h"
#include "engine/artifact.h"
#include "engine/commit.h"
#include "engine/filing.h"
#include "engine/hand.h"
#include "engine/notify.h"
#include "engine/task.h"
#include "intake/scan.h"
#include "store/spool.h"
#include "store/tickets.h"
#include "sys/file.h"
#include "sys/log.h"

#define RECEIVE_MAX   256  /* files of one turn, and */
#define RECEIVE_EVERY 64   /* one more for so many tickets */
#define NOTES_MAX     2000 /* of one episode */
#define QUESTIONS_MAX 200  /* of one episode: each is a message to a person, too */

/* What became of one file. */
enum fate { FATE_DONE = 1, FATE_REFUSED, FATE_WAITS, FATE_LATER, FATE_UNREAD, FATE_GONE };

static bool
receive_id(const char *name, struct signal_id *ret)
{
	struct str s = str_of(name);

	return s.len > 5 && strcmp(name + s.len - 5, ".json") == 0 &&
	       signal_id_parse(str_n(s.p, s.len - 5), ret);
}

/* It is there, and could not be read at the start. */
static bool
receive_is_aside(struct engine *e, struct ticket_id id)
{
	char name[16];

	(void)snprintf(name, sizeof name, "%u", id.n);
	return id.n <= e->last_id && file_exists(e->root->io, e->root->tickets, name);
}

/* T02: a signal with the right nonce tells that the token was claimed, if it was (FATE_DONE). */
static int
receive_claim(struct engine *e, struct item *it, enum fate *ret, struct err *err)
{
	struct episode_seen seen;
	struct event ev;
	int rc;

	episode_look(e->root, ticket_episode(&it->rec.ticket), &seen);
	*ret = seen.is_unclear ? FATE_UNREAD : seen.has_claimed ? FATE_DONE : FATE_REFUSED;
	if (*ret != FATE_DONE)
		return 0;
	if (episode_settle(e->root, ticket_episode(&it->rec.ticket), NULL) < 0) {
		*ret = FATE_UNREAD;
		return 0;
	}
	rc = filing_before(e, it->rec.ticket.id, err);
	if (rc < 0)
		return rc;
	engine_event(e, it, EVENT_CLAIMED, &ev);
	return engine_fact(e, it, &ev, NULL, err);
}

/* The texts that belong to the revision. */
static const char *
receive_text(const struct signal *s)
{
	return s->body && s->body[0] ? s->body : s->summary;
}

/* How many notes and questions the current episode has said; counted once for each episode. */
static void
receive_count_said(struct item *it)
{
	struct str rest = buf_str(&it->rec.history);
	uint32_t n = it->rec.ticket.episode.n;
	struct history_entry entry;

	if (it->said_of == n)
		return;
	it->said_of = n;
	it->notes = it->questions = 0;
	while (history_next(&rest, &entry, NULL) == 0) {
		if (entry.event.episode.n != n)
			continue;
		it->notes += entry.event.kind == EVENT_NOTE;
		it->questions += entry.event.kind == EVENT_QUESTION;
	}
}

/* T68: a ticket file has an end (TICKET_FILE_MAX), and what is left of it belongs to reports and facts.  It is
 * written anew for each of them, so their number has an end, too. */
static bool
receive_is_flood(struct item *it, enum event_kind kind)
{
	size_t len = it->rec.history.len;

	if (kind == EVENT_NOTE || kind == EVENT_QUESTION) {
		receive_count_said(it);
		return len > TICKET_FILE_MAX / 4 ||
		       (kind == EVENT_NOTE ? it->notes >= NOTES_MAX
					   : it->questions >= QUESTIONS_MAX);
	}
	if (event_is_report(kind)) /* the end of an episode: there is one of it */
		return len > TICKET_FILE_MAX - 2 * TICKET_TEXT_MAX;
	return len > TICKET_FILE_MAX / 4 * 3 && kind != EVENT_CANCEL && kind != EVENT_PARK;
}

static int
receive_step(struct engine *e, const char *name, struct item *it, struct signal *s, enum fate *ret,
    struct err *err)
{
	struct event *ev = &s->event;
	const char *why = NULL;
	_cleanup_(spec_release) struct spec spec = { NULL };
	struct decision d;
	bool was_lost = it->is_lost;
	int rc = hand_look(e, it, err);

	if (it->is_lost != was_lost)
		e->is_touched = true; /* what this scan passes over is for the next one */
	*ret = FATE_LATER;            /* who mends the ticket finds its signals */
	if (rc < 0 || it->is_lost)
		return rc;
	ev->is_known = history_has_signal(&it->rec, &ev->sig, &ev->sig_hash) == 1;
	if (!ev->is_known && receive_is_flood(it, ev->kind)) {
		*ret = FATE_REFUSED;
		if (!it->is_flooding)
			log_line(LOG_ERROR,
			    "ticket %u: too much is said of it: from here on it is refused, "
			    "without a line for each; the end of its worker still counts",
			    ev->ticket.n);
		it->is_flooding = true;
		return filing_refuse(
		    e, name, REFUSAL_FLOOD, ev->ticket, event_name(ev->kind), NULL, err);
	}
	ev->nonce_of = ev->has_nonce ? history_nonce_of(&it->rec, &ev->nonce) : 0;
	if (!ev->is_known && task_is_changed_by(ev->kind)) {
		task_after(it, s, &spec);
		why = task_fault(e, it, s);
		if (why) {
			*ret = FATE_REFUSED;
			return filing_refuse(
			    e, name, REFUSAL_INVALID, ev->ticket, event_name(ev->kind), why, err);
		}
	}
	for (;;) {
		if (it->is_lost) { /* found out by receive_claim() */
			*ret = FATE_LATER;
			return 0;
		}
		d = engine_step(e, it, ev);
		if (d.verdict == VERDICT_NEEDS_ARTIFACT) {
			if (!artifact_is_known(e, it, ev)) {
				*ret = FATE_WAITS;
				return 0;
			}
		} else if (d.verdict == VERDICT_NEEDS_CLAIM) {
			rc = receive_claim(e, it, ret, err);
			if (rc < 0 || *ret == FATE_UNREAD)
				return rc;
			if (*ret == FATE_REFUSED) {
				d.verdict = VERDICT_REFUSE;
				d.refusal = REFUSAL_UNAUTHENTICATED;
				break;
			}
		} else {
			break;
		}
	}
	if (d.verdict == VERDICT_REFUSE) {
		why = d.refusal == REFUSAL_BAD_ARTIFACT ? it->artifact_text : NULL;
		*ret = FATE_REFUSED;
		notify_refused(e, it, ev, d.refusal, why);
		return filing_refuse(
		    e, name, d.refusal, ev->ticket, event_name(ev->kind), why, err);
	}
	*ret = FATE_DONE;
	if (d.verdict == VERDICT_KNOWN)
		return 0;
	if (event_is_report(ev->kind))
		ev->episode = ticket_episode(&it->rec.ticket);
	log_line(LOG_INFO, "ticket %u: %s, %s -> %s", ev->ticket.n, event_name(ev->kind),
	    phase_name(it->rec.ticket.phase), phase_name(d.next.phase));
	rc = filing_before(e, ev->ticket, err);
	if (rc < 0)
		return rc;
	rc = engine_apply(
	    e, it, ev, &d, task_is_changed_by(ev->kind) ? &spec : NULL, receive_text(s), err);
	if (rc == 0 && !it->is_lost) {
		it->notes += ev->kind == EVENT_NOTE;
		it->questions += ev->kind == EVENT_QUESTION;
	}
	if (ev->kind == EVENT_RETRY && rc == 0 && !it->is_lost)
		it->is_urged = true;
	if (it->is_lost) /* not applied: decided again when it is known what the file says */
		*ret = FATE_LATER;
	return rc;
}

/* What it said before it ended is decided before it is judged (PROTOCOLS P4.3), so whatever is not decided holds that:
 * a report whose artifact is being checked, and one that met a ticket whose file was not its own for a moment. */
static void
receive_after(struct engine *e, struct item *it, const struct signal_id *id, bool is_decided)
{
	if (!is_decided)
		it->undecided_scan = e->scans_begun;
	else if (signal_id_eq(&it->report, id)) /* nothing waits for it any more */
		it->report.s[0] = '\0';
}

static int
receive_create(
    struct engine *e, const char *name, struct signal *s, enum fate *ret, struct err *err)
{
	_cleanup_(buf_release) struct buf words = BUF_INIT;
	enum refusal why = REFUSAL_NONE;
	bool is_unclear = false;
	int rc = task_create(e, s, &why, &words, &is_unclear, err);

	if (is_unclear)
		*ret = FATE_LATER;
	if (rc < 0 || why == REFUSAL_NONE)
		return rc;
	*ret = FATE_REFUSED;
	return filing_refuse(e, name, why, s->event.ticket, event_name(EVENT_CREATE), words.p, err);
}

/* One file of the spool. */
static int
receive_file(struct engine *e, const char *name, enum fate *ret, struct err *err)
{
	_cleanup_(buf_release) struct buf bytes = BUF_INIT;
	_cleanup_(signal_release) struct signal s = { 0 };
	struct ticket_id ticket = { 0 };
	enum refusal why = REFUSAL_MALFORMED;
	struct err words = ERR_INIT;
	struct signal_id id;
	struct item *it;
	int rc;

	switch (scan_open(e->root, name, &bytes, &why, &words)) {
	case SCAN_GONE:
		*ret = FATE_GONE;
		return 0;
	case SCAN_FAILED:
		*ret = FATE_UNREAD;
		return 0;
	case SCAN_LATER:
		*ret = FATE_LATER;
		return 0;
	case SCAN_REFUSED:
		*ret = FATE_REFUSED;
		return filing_refuse(e, name, why, ticket, NULL, words.text, err);
	case SCAN_BYTES:
		break;
	}
	*ret = FATE_REFUSED;
	if (!receive_id(name, &id))
		return filing_refuse(e, name, REFUSAL_MALFORMED, ticket, NULL,
		    "the name must be ID.json, ID of 1 to 120 letters, digits, dots, dashes, "
		    "underscores",
		    err);
	if (signal_json_parse(buf_str(&bytes), &s, &why, &ticket, &words) < 0)
		return filing_refuse(e, name, why, ticket, NULL, words.text, err);
	if (spool_is_used(e->root, name))
		return filing_refuse(e, name, REFUSAL_INVALID, s.event.ticket,
		    event_name(s.event.kind),
		    "a signal of this name was applied before, with other bytes; use a new name",
		    err);
	s.event.sig = id;
	if (event_is_report(s.event.kind))
		(void)snprintf(s.event.actor, sizeof s.event.actor, "worker");
	if (s.body || s.summary) {
		struct str rest = str_of(receive_text(&s)), first;

		(void)str_cut(&rest, '\n', &first);
		engine_reason(&s.event, first);
	}
	choices_fold(&s);
	if (s.event.kind == EVENT_CREATE) {
		*ret = FATE_DONE;
		rc = receive_create(e, name, &s, ret, err);
	} else if (!(it = item_find(e, s.event.ticket)) && receive_is_aside(e, s.event.ticket)) {
		*ret = FATE_LATER; /* who mends the ticket finds its signals */
		return 0;
	} else if (!it) {
		return filing_refuse(e, name, REFUSAL_UNKNOWN_TICKET, s.event.ticket,
		    event_name(s.event.kind), NULL, err);
	} else {
		rc = receive_step(e, name, it, &s, ret, err);
		receive_after(e, it, &id, rc == 0 && (*ret == FATE_DONE || *ret == FATE_REFUSED));
	}
	if (rc == 0 && *ret == FATE_DONE)
		rc = filing_done(e, name, err);
	return rc;
}

/* A turn looks at every ticket.  Where that takes long, a flood is taken in larger parts: else most of the time would
 * go into looking at tickets that nobody speaks of. */
static size_t
receive_max(const struct engine *e)
{
	return RECEIVE_MAX + e->items.n / RECEIVE_EVERY;
}

int
engine_receive(struct engine *e, struct received *ret, struct err *err)
{
	_cleanup_(strvec_release) struct strvec names = STRVEC_INIT;
	bool is_more = false, is_whole = true;
	size_t decided = 0, max = receive_max(e);
	int rc = scan_list(e->root, SIZE_MAX, &names, &is_more, err);

	e->scans_begun++;
	for (size_t i = 0; rc == 0 && i < names.n; i++) {
		enum fate fate = FATE_GONE;
		struct err why = ERR_INIT;

		if (decided >= max) { /* those that wait do not count: they block nobody */
			is_more = true;
			break;
		}
		rc = receive_file(e, names.v[i], &fate, &why);
		if (rc < 0 && err)
			*err = why;
		is_whole &= fate != FATE_UNREAD;
		decided +=
		    (fate == FATE_DONE || fate == FATE_REFUSED) && !filing_knows(e, names.v[i]);
	}
	if (rc == 0)
		rc = filing_flush(e, err);
	else
		(void)filing_flush(e, NULL); /* the first failure is told */
	ret->is_more = is_more;
	if (rc < 0 || is_more || !is_whole)
		return rc;
	e->scans++;
	for (size_t i = 0; i < e->items.n; i++) {
		struct item *it = e->items.v[i];

		if (it->undecided_scan == e->scans_begun)
			continue;
		it->undecided_scan = 0; /* decided, or taken away by hand */
		it->report.s[0] = '\0';
	}
	return 0;
}
