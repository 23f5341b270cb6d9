/* SPDX-License-Identifier: GPL-2.0-only */
#include "base/base.h"

#include "engine/landing.h"

#include "codec/landing_text.h"
#include "engine/census.h"
#include "engine/commit.h"
#include "engine/drive.h"
#include "engine/gating.h"
#include "engine/landing_queue.h"
#include "sys/log.h"

/* Nobody tells when local changes are gone; `reeve merge ID` asks at once. */
#define HELD_RETRY_MS 30000

void
landing_begin(struct engine *e, struct item *it, enum work_kind kind, bool *ret_changed)
{
	const struct ticket *t = &it->rec.ticket;
	const struct config_repo *repo = item_repo(e, it);
	_cleanup_(buf_release) struct buf message = BUF_INIT;
	_cleanup_(buf_release) struct buf trailers = BUF_INIT;
	struct work w = { .kind = kind,
		.commit = t->passed,
		.from = t->merge_from,
		.merge = t->merge_commit,
		.when_ms = t->passed_wall_ms > 0 ? t->passed_wall_ms : t->updated_wall_ms };
	int rc;

	if (!landing_is_next(e, it, kind) || (kind == WORK_GATE && !gating_is_next(e, it))) {
		e->is_full = true; /* the other one's answer brings the next turn */
		return;
	}
	if (kind == WORK_COMPUTE || kind == WORK_GATE) {
		it->landing = repo && repo->landing ? repo->landing : LANDING_MERGE;
		landing_text_message(&it->rec, it->landing, repo ? repo->message : NULL, &message);
		landing_text_trailers(&it->rec, &trailers);
		w.landing = it->landing;
		w.message = message.p;
		w.trailers = trailers.p;
	}
	/* Those behind it were told to wait: if it cannot be begun, it is their turn. */
	rc = engine_begin(e, it, &w, NULL);
	*ret_changed |= rc < 0 && rc != ERR_LIMIT;
}

/* Local changes are in the way: said once, tried again now and then. */
static int
landing_held(struct engine *e, struct item *it, const struct work_result *r, struct err *err)
{
	_cleanup_(buf_release) struct buf words = BUF_INIT;
	struct str rest = r->text, line;
	struct event ev;
	int rc = 0;

	buf_addf(&words, "local changes in %s are in the way:", it->rec.spec.base);
	while (str_cut(&rest, '\n', &line) || line.len > 0) {
		buf_addch(&words, ' ');
		buf_add_str(&words, line);
	}
	engine_event(e, it, EVENT_HELD, &ev);
	engine_reason(&ev, buf_str(&words));
	if (it->rec.ticket.phase != PHASE_APPROVED || strcmp(it->rec.ticket.cause, ev.reason) != 0)
		rc = engine_fact(e, it, &ev, NULL, err);
	it->retry_boot_ms = ev.boot_ms + HELD_RETRY_MS;
	return rc;
}

/* In short: the paths, which are the first paragraph of what git said, or its sentence. */
static void
landing_conflict_words(const struct item *it, const struct work_result *r, struct buf *ret)
{
	struct str rest = r->text, line;
	const char *between = "";

	if (r->flag) {
		buf_add_str(ret, r->text);
		return;
	}
	buf_addf(ret, "conflicts with %s in: ", it->rec.spec.base);
	while ((str_cut(&rest, '\n', &line) || line.len > 0) && line.len > 0) {
		buf_addf(ret, "%s%.*s", between, STR_FMT(line));
		between = ", ";
	}
}

int
landing_conflict(struct engine *e, struct item *it, const struct work_result *r, struct err *err)
{
	_cleanup_(buf_release) struct buf text = BUF_INIT;
	struct event ev;

	engine_event(e, it, EVENT_CONFLICT, &ev);
	ev.landing = it->landing; /* what the worker has to do about it depends on that */
	landing_conflict_words(it, r, &text);
	engine_reason(&ev, buf_str(&text));
	buf_clear(&text);
	buf_add_str(&text, r->text);
	return engine_fact(e, it, &ev, text.p, err);
}

static int
landing_compute(struct engine *e, struct item *it, const struct work_result *r, struct err *err)
{
	const struct ticket *t = &it->rec.ticket;
	struct event ev;
	int rc;

	if (t->phase != PHASE_APPROVED || ticket_is_open(t) || t->want != WANT_RUN ||
	    engine_is_paused(e))
		return 0;
	switch (r->answer) {
	case WORK_OK:
	case WORK_CONTAINED: /* nothing lands, and nothing has to pass */
		if (r->answer == WORK_OK && !gating_has_passed(e, it, r->c))
			return 0; /* the next look begins a gate */
		engine_event(e, it, EVENT_INTENT, &ev);
		ev.from = r->a;
		ev.merge = r->b;
		ev.landing = it->landing;
		rc = census_mend(e, it, BREAKER_LANDING, err);
		return rc < 0 ? rc : engine_fact(e, it, &ev, NULL, err);
	case WORK_CONFLICT:
		return landing_conflict(e, it, r, err);
	case WORK_HELD:
		return landing_held(e, it, r, err);
	case WORK_BAD:
	case WORK_MOVED:
	case WORK_ENVIRONMENT:
	case WORK_OWN: /* a landing needs no worktree */
		break;
	}
	return engine_environment(e, it, BLAME_REPO, r->text, err);
}

/* It may not land any more, if it has not. */
static int
landing_prove(struct engine *e, struct item *it, const struct work_result *r, struct err *err)
{
	struct event ev;

	if (it->rec.ticket.phase != PHASE_MERGING)
		return 0;
	if (r->answer != WORK_OK && r->answer != WORK_MOVED) {
		log_line(LOG_WARN, "ticket %u: %s: %.*s", it->rec.ticket.id.n,
		    work_name(WORK_PROVE), STR_FMT(r->text));
		it->retry_boot_ms = e->world->ops->now(e->world).boot_ms + ENGINE_RETRY_MS;
		return 0;
	}
	if (r->answer == WORK_MOVED && !engine_is_paused(e))
		return 0; /* it may again: the next look lands it */
	engine_event(e, it, r->answer == WORK_OK ? EVENT_MERGED : EVENT_WITHDRAWN, &ev);
	return engine_fact(e, it, &ev, NULL, err);
}

static int
landing_land(struct engine *e, struct item *it, const struct work_result *r, struct err *err)
{
	struct event ev;

	if (it->rec.ticket.phase != PHASE_MERGING)
		return 0;
	if (r->answer == WORK_HELD)
		return landing_held(e, it, r, err);
	if (r->answer != WORK_OK && r->answer != WORK_MOVED)
		return engine_environment(e, it, BLAME_REPO, r->text, err);
	engine_event(e, it, r->answer == WORK_OK ? EVENT_MERGED : EVENT_MOVED, &ev);
	if (r->answer == WORK_OK && oid_eq(it->rec.ticket.merge_from, it->rec.ticket.merge_commit))
		engine_reason(&ev, STR("the target had it already: there was nothing to land"));
	if (r->answer == WORK_MOVED)
		engine_reason(&ev, STR("the target branch moved first; merging again"));
	log_line(LOG_INFO, "ticket %u: %s", it->rec.ticket.id.n, event_name(ev.kind));
	return engine_fact(e, it, &ev, NULL, err);
}

int
landing_answer(struct engine *e, struct item *it, enum work_kind kind, const struct work_result *r,
    struct err *err)
{
	if (kind == WORK_COMPUTE)
		return landing_compute(e, it, r, err);
	return kind == WORK_PROVE ? landing_prove(e, it, r, err) : landing_land(e, it, r, err);
}
