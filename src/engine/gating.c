/* SPDX-License-Identifier: GPL-2.0-only */
#include "base/base.h"

#include "engine/gating.h"

#include "core/queue.h"
#include "engine/census.h"
#include "engine/commit.h"
#include "engine/drive.h"
#include "engine/landing.h"
#include "sys/log.h"

bool
gating_is_needed(const struct engine *e, const struct item *it)
{
	const struct config_repo *repo = item_repo(e, it);
	const struct ticket *t = &it->rec.ticket;

	if (!repo || repo->gate.commands.n == 0)
		return false;
	if (t->phase == PHASE_DELIVERED)
		return config_gate_is_due(&repo->gate, t);
	return t->phase == PHASE_APPROVED && it->needs_gate;
}

bool
gating_is_next(const struct engine *e, const struct item *it)
{
	for (size_t i = 0; i < e->items.n; i++) {
		const struct item *o = e->items.v[i];

		if (o != it && o->busy == WORK_GATE && queue_is_shared(&o->rec.spec, &it->rec.spec))
			return false;
	}
	return true;
}

bool
gating_has_passed(const struct engine *e, struct item *it, struct oid tree)
{
	const struct config_repo *repo = item_repo(e, it);
	const struct ticket *t = &it->rec.ticket;
	struct digest by;

	if (!repo || repo->gate.commands.n == 0)
		return true;
	by = config_gate_digest(&repo->gate);
	it->needs_gate =
	    !oid_is_set(tree) || !oid_eq(t->gated, tree) || !digest_eq(&t->gated_by, &by);
	return !it->needs_gate;
}

bool
gating_is_fresh(const struct engine *e, const struct item *it)
{
	const struct config_repo *repo = item_repo(e, it);
	const struct ticket *t = &it->rec.ticket;
	struct digest by;

	if (!repo || repo->gate.commands.n == 0 || t->phase != PHASE_APPROVED || it->needs_gate ||
	    !oid_is_set(t->gated))
		return false;
	by = config_gate_digest(&repo->gate);
	return digest_eq(&t->gated_by, &by);
}

void
gating_work_release(struct gating_work *g)
{
	buf_release(&g->gates);
	buf_release(&g->lock);
	buf_release(&g->tag);
}

void
gating_work(struct engine *e, struct item *it, struct work *w, struct gating_work *ret)
{
	const struct config_repo *repo = item_repo(e, it);
	unsigned id = it->rec.ticket.id.n;

	if (!repo)
		return;
	buf_addf(&ret->gates, "%s/tickets/%u/gates", e->root->path, id);
	buf_addf(&ret->lock, "%s/lock", ret->gates.p);
	buf_addf(&ret->tag, "REEVE_GATE_TAG=%s.%u", e->root->uuid, id);
	w->commit = it->rec.ticket.pinned;
	w->gates = ret->gates.p;
	w->ticket_lock = ret->lock.p;
	w->tag = ret->tag.p;
	it->gating =
	    (struct gating_of){ it->rec.ticket.pinned, config_gate_digest(&repo->gate), false };
}

/* Does what the gate that runs will say still matter? */
static bool
gating_fits(const struct engine *e, const struct item *it)
{
	const struct config_repo *repo = item_repo(e, it);
	const struct ticket *t = &it->rec.ticket;
	struct digest by;

	if (!repo || it->is_lost || it->is_aside || ticket_is_open(t) || t->want != WANT_RUN ||
	    (t->phase != PHASE_DELIVERED && t->phase != PHASE_APPROVED) ||
	    !oid_eq(t->pinned, it->gating.pinned))
		return false;
	by = config_gate_digest(&repo->gate);
	return digest_eq(&by, &it->gating.by);
}

void
gating_cancel(struct engine *e, struct item *it)
{
	if (it->busy != WORK_GATE || it->gating.is_off)
		return;
	it->gating.is_off = true;
	log_line(LOG_INFO, "ticket %u: its gate is not wanted any more", it->rec.ticket.id.n);
	e->world->ops->cancel(e->world, WORK_GATE, it->rec.ticket.id);
}

void
gating_watch(struct engine *e, struct item *it)
{
	if (it->busy == WORK_GATE && (e->is_stopped || !gating_fits(e, it)))
		gating_cancel(e, it);
}

/* The first line of an answer is for the history's line, the rest are words for the author. */
static void
gating_words(const struct work_result *r, struct event *ev, struct buf *ret_text)
{
	struct str rest = r->text, line;

	(void)str_cut(&rest, '\n', &line);
	engine_reason(ev, line);
	buf_add_str(ret_text, str_trim(rest));
}

static int
gating_commit(struct engine *e, struct item *it, enum event_kind kind, bool is_preexisting,
    const struct work_result *r, struct err *err)
{
	_cleanup_(buf_release) struct buf text = BUF_INIT;
	struct event ev;

	engine_event(e, it, kind, &ev);
	ev.from = r->a;
	ev.merge = r->b;
	ev.tree = r->c;
	ev.gates = it->gating.by;
	ev.is_preexisting = is_preexisting;
	gating_words(r, &ev, &text);
	log_line(LOG_INFO, "ticket %u: %s: %s", it->rec.ticket.id.n, event_name(kind), ev.reason);
	return engine_fact(e, it, &ev, text.len > 0 ? text.p : NULL, err);
}

int
gating_answer(struct engine *e, struct item *it, const struct work_result *r, struct err *err)
{
	const struct config_repo *repo = item_repo(e, it);
	bool is_passed = r->answer == WORK_OK || r->answer == WORK_CONTAINED;
	int rc = 0;

	it->needs_gate = false; /* computed again */
	if (it->gating.is_off || !gating_fits(e, it))
		return 0;
	if (is_passed ||
	    r->answer == WORK_BAD) /* it could be run: whoever waits for that may go on */
		rc = census_mend(e, it, BREAKER_GATE, err);
	if (rc < 0)
		return rc;
	switch (r->answer) {
	case WORK_OK:
	case WORK_CONTAINED:
		return gating_commit(e, it, EVENT_GATED, false, r, err);
	case WORK_BAD:
		return gating_commit(e, it,
		    r->flag && repo->gate.lets_known ? EVENT_GATED : EVENT_GATE_FAILED, r->flag, r,
		    err);
	case WORK_CONFLICT:
		return landing_conflict(e, it, r, err);
	case WORK_MOVED:
	case WORK_HELD:
	case WORK_ENVIRONMENT:
		break;
	case WORK_OWN:
		return engine_environment(e, it, BLAME_TICKET, r->text, err);
	}
	return engine_environment(e, it, r->flag ? BLAME_GATE : BLAME_REPO, r->text, err);
}
