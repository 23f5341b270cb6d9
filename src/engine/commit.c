/* SPDX-License-Identifier: GPL-2.0-only */
#include "base/base.h"

#include "engine/commit.h"

#include "base/clean.h"
#include "codec/ticket_text.h"
#include "engine/census.h"
#include "engine/hand.h"
#include "engine/notify.h"
#include "engine/outcome.h"
#include "store/events.h"
#include "store/tickets.h"
#include "sys/log.h"

static void
commit_due(struct engine *e, struct item *it, const struct ticket *before)
{
	const struct ticket *t = &it->rec.ticket;
	int64_t now = e->world->ops->now(e->world).boot_ms;

	if (t->episode.state == before->episode.state && t->episode.n == before->episode.n)
		return;
	if (t->episode.state == EPISODE_OPEN)
		it->due_boot_ms = now + e->config.start_deadline_ms;
	else if (t->episode.state == EPISODE_TERM)
		it->due_boot_ms = now + e->config.drain_ms;
	it->judge_scan = 0;
}

int
engine_apply(struct engine *e, struct item *it, const struct event *ev, const struct decision *d,
    const struct spec *spec, const char *text, struct err *err)
{
	struct record next = { d->next, { NULL }, BUF_INIT };
	struct ticket before = it->rec.ticket;
	_cleanup_(buf_release) struct buf line = BUF_INIT;
	struct event said = *ev;
	struct err why = ERR_INIT;
	int rc;

	if (d->verdict != VERDICT_APPLY)
		BUG("%s of ticket %u is no step", event_name(ev->kind), before.id.n);
	spec_copy(&next.spec, spec ? spec : &it->rec.spec);
	buf_add_str(&next.history, buf_str(&it->rec.history));
	if (spec)
		said.words = ticket_words_digest(spec);
	history_add(&next.history, &before, &said, d, text);
	rc = before.rev == 0 ? ticket_create(e->root, &next, &why)
			     : ticket_commit(e->root, &next, &it->mark, &why);
	if (before.rev > 0 && (rc == ERR_CONFLICT || rc == ERR_NOTFOUND)) {
		record_release(&next);
		hand_lost_in_commit(e, it);
		return 0;
	}
	if (rc < 0) {
		if (err)
			*err = why;
		record_release(&next);
		return err_prefix(
		    err, "ticket %u, revision %llu", d->next.id.n, (unsigned long long)d->next.rev);
	}
	if (before.rev == 0) /* a failure is a look more */
		(void)ticket_mark(e->root, next.ticket.id, &it->mark);
	record_release(&it->rec);
	it->rec = next;
	it->retry_boot_ms = 0;
	it->needs_gate = false;
	commit_due(e, it, &before);
	notify_committed(it, &before, ev);
	it->is_aside = false;
	census_forget(e);
	events_line(&before, ev, d, &line);
	if (events_append(e->root, buf_str(&line), &why) < 0) { /* not the truth: mended later */
		log_line(LOG_WARN, "%s; it is mended when the supervisor starts again", why.text);
	}
	return 0;
}

void
engine_event(struct engine *e, const struct item *it, enum event_kind kind, struct event *ret)
{
	struct instant now = e->world->ops->now(e->world);

	*ret = (struct event){ .kind = kind, .ticket = it->rec.ticket.id, .boot_ms = now.boot_ms };
	(void)snprintf(ret->actor, sizeof ret->actor, "reeve");
	(void)snprintf(ret->boot.s, sizeof ret->boot.s, "%s", now.boot_id);
}

void
engine_reason(struct event *ev, struct str words)
{
	_cleanup_(buf_release) struct buf b = BUF_INIT;

	clean_add_line(&b, words, EVENT_REASON_MAX - 1);
	while (b.len >= sizeof ev->reason) { /* whole characters only */
		size_t n = b.len - 1;

		while (n > 0 && (b.p[n] & 0xc0) == 0x80)
			n--;
		buf_truncate(&b, n);
	}
	(void)snprintf(ev->reason, sizeof ev->reason, "%s", b.p);
}

struct decision
engine_step(struct engine *e, struct item *it, struct event *ev)
{
	const struct config_repo *repo = item_repo(e, it);
	const struct ticket *t = &it->rec.ticket;
	struct decision d;

	ev->owes_hook = repo && repo->landed;
	ev->unsent = notify_unsent(e, it);
	d = lifecycle_step(t, ev, e->world->ops->now(e->world).wall_ms);
	if (d.verdict != VERDICT_APPLY || t->phase == PHASE_DONE || d.next.phase != PHASE_DONE)
		ev->owes_hook = false; /* of no meaning: not in its line */
	return d;
}

int
engine_fact(struct engine *e, struct item *it, struct event *ev, const char *text, struct err *err)
{
	struct decision d = engine_step(e, it, ev);

	if (d.verdict != VERDICT_APPLY) { /* files that say what cannot be: somebody removed some */
		it->is_aside = true;
		log_line(LOG_ERROR,
		    "ticket %u: %s is %s in phase %s: its files contradict its state; it is left "
		    "alone until a command changes it (reeve show %u, reeve fsck)",
		    ev->ticket.n, event_name(ev->kind), refusal_name(d.refusal),
		    phase_name(it->rec.ticket.phase), ev->ticket.n);
		return 0;
	}
	if (ticket_is_open(&it->rec.ticket) && !ticket_is_open(&d.next)) {
		int rc = outcome_write(e, it, ev, &d, err);

		if (rc < 0)
			return rc;
		log_line(LOG_INFO, "ticket %u: episode %u ended, %s -> %s: %s", ev->ticket.n,
		    d.next.episode.n, phase_name(it->rec.ticket.phase), phase_name(d.next.phase),
		    ev->reason);
	}
	return engine_apply(e, it, ev, &d, NULL, text, err);
}
