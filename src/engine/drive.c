/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A start, in the order of PROTOCOLS P3:
 *
 *	ACTION_START -> WORK_PREFLIGHT -> EVENT_START committed -> WORK_PREPARE -> directory of the
 *	episode -> token -> kill switch once more -> WORK_SPAWN -> (the launcher claims) -> EVENT_CLAIMED
 *
 * An end, in the order of P4:
 *
 *	both locks free -> a scan of the spool that began after that -> WORK_SALVAGE -> outcome.json ->
 *	EVENT_CLOSED
 */
#include "base/base.h"

#include "engine/drive.h"

#include "core/reconcile.h"
#include "engine/census.h"
#include "engine/clean.h"
#include "engine/commit.h"
#include "engine/facts.h"
#include "engine/gating.h"
#include "engine/hand.h"
#include "engine/hook.h"
#include "engine/landing.h"
#include "engine/notify.h"
#include "engine/plan.h"
#include "sys/log.h"

/* Hints: the directory of an open episode, and its launcher. */
static void
drive_hints(struct engine *e, struct item *it, const struct episode_seen *seen)
{
	struct episode_id ep = ticket_episode(&it->rec.ticket);
	_cleanup_(buf_release) struct buf dir = BUF_INIT;
	uint64_t start;
	pid_t pid;

	if (ticket_is_open(&it->rec.ticket) && seen->has_dir) {
		episode_path(e->root, ep, NULL, &dir);
		e->world->ops->watch(e->world, dir.p);
		it->is_watched = true;
		if (!it->is_followed && seen->launcher == PROBE_HELD &&
		    episode_launcher(e->root, ep, &pid, &start) == 0) {
			e->world->ops->follow(e->world, ep, pid, start);
			it->is_followed = true;
		}
	} else if (it->is_watched) {
		episode_path(e->root, ep, NULL, &dir);
		e->world->ops->unwatch(e->world, dir.p);
		e->world->ops->unfollow(e->world, ep);
		it->is_watched = it->is_followed = false;
	}
}

/* --- work --- */

int
engine_begin(struct engine *e, struct item *it, struct work *w, struct err *ret_why)
{
	const struct config_repo *repo = item_repo(e, it);
	_cleanup_(buf_release) struct buf worktree = BUF_INIT;
	_cleanup_(buf_release) struct buf ticket_lock = BUF_INIT;
	_cleanup_(buf_release) struct buf launcher_lock = BUF_INIT;
	_cleanup_(buf_release) struct buf tag = BUF_INIT;
	_cleanup_(gating_work_release) struct gating_work gate = GATING_WORK_INIT;
	struct instant now = e->world->ops->now(e->world);
	struct err why = ERR_INIT;
	int rc;

	w->ep = ticket_episode(&it->rec.ticket);
	w->is_review = it->rec.ticket.episode.role == ROLE_REVIEWER &&
		       (w->kind == WORK_PREPARE || w->kind == WORK_SALVAGE);
	if (!repo && w->kind != WORK_STOP && w->kind != WORK_SPAWN) {
		rc = err_set(&why, ERR_INVALID,
		    "repository \"%s\" is not in the configuration any more", it->rec.spec.repo);
	} else {
		if (w->is_review)
			item_review_worktree(e, it, w->ep, &worktree);
		else
			item_worktree(e, it, &worktree);
		buf_addf(&ticket_lock, "%s/tickets/%u/lock", e->root->path, w->ep.ticket.n);
		episode_path(e->root, w->ep, EPISODE_LOCK, &launcher_lock);
		item_tag(e, w->ep, &tag);
		w->repo = repo ? repo->path : NULL;
		w->rules = repo;
		w->state = e->root->path;
		if (repo && repo->teardown &&
		    (w->kind == WORK_PREPARE || w->kind == WORK_SALVAGE || w->kind == WORK_CLEAN))
			w->port = place_port(e->root, &it->rec.ticket);
		w->target = it->rec.spec.base;
		w->branch = w->is_review ? "" : it->rec.spec.branch;
		w->worktree = worktree.p;
		w->ticket_lock = ticket_lock.p;
		w->launcher_lock = launcher_lock.p;
		w->tag = tag.p;
		w->grace_ms = e->config.grace_ms;
		w->may_kill = !e->is_observer;
		if (w->kind == WORK_GATE)
			gating_work(e, it, w, &gate);
		rc = e->world->ops->start(e->world, w, &why);
	}
	census_forget(e);
	if (rc == 0) {
		it->busy = w->kind;
		if (w->kind == WORK_PREFLIGHT || w->kind == WORK_LAND)
			it->is_urged = false; /* that is the try */
	} else if (rc == ERR_LIMIT) {
		e->is_full = true; /* the next answer brings the next turn */
	} else {
		log_line(
		    LOG_ERROR, "ticket %u: %s: %s", w->ep.ticket.n, work_name(w->kind), why.text);
		it->retry_boot_ms = now.boot_ms + ENGINE_RETRY_MS;
	}
	if (rc < 0 && ret_why)
		*ret_why = why;
	return rc;
}

/* The machine is at fault: the ticket says so, and waits a while. */
int
engine_environment(
    struct engine *e, struct item *it, enum blame blame, struct str why, struct err *err)
{
	struct event ev;

	engine_event(e, it, EVENT_ENV_FAILED, &ev);
	ev.blame = blame;
	ev.streak = census_streak(e, it, blame);
	it->is_urged = false;
	engine_reason(&ev, why);
	log_line(LOG_WARN, "ticket %u: %s", it->rec.ticket.id.n, ev.reason);
	it->is_fresh = false;
	return engine_fact(e, it, &ev, NULL, err);
}

static int
drive_start(struct engine *e, struct item *it, bool *ret_changed, struct err *err)
{
	const struct ticket *t = &it->rec.ticket;
	const struct brief_facts unasked = { .start = t->episode.base };
	struct work w = { .kind = WORK_PREFLIGHT };
	struct err why = ERR_INIT;
	int rc;

	(void)spec_from(&it->rec.spec, &w.from); /* unset: at the tip of the base */
	if (t->phase == PHASE_DELIVERED) {       /* a reviewer is told how much it is */
		w.base = t->episode.base;
		w.commit = t->pinned;
	}
	plan_free(it->plan);
	it->plan = NULL;
	rc = plan_make(e, it, &unasked, &it->plan, &why);
	if (rc < 0) {
		*ret_changed = true;
		return engine_environment(
		    e, it, rc == ERR_LIMIT ? BLAME_MACHINE : BLAME_AGENT, str_of(why.text), err);
	}
	(void)engine_begin(e, it, &w, NULL); /* tried again by the next look */
	return 0;
}

/* Why an episode never started. */
static const char *
drive_why(enum ending ending)
{
	switch (ending) {
	case ENDING_DEADLINE:
		return "no launcher took the token in time: revoked";
	case ENDING_ABANDONED:
		return "the supervisor ended while it was being started: revoked";
	case ENDING_PAUSED:
		return "not wanted any more before it began: revoked";
	case ENDING_REBOOTED:
		return "the machine was restarted before it began: revoked";
	case ENDING_DIED:
	case ENDING_EXITED:
	case ENDING_NOT_STARTED:
	case ENDING_NO_EXEC:
	case ENDING_NO_SETUP:
	case ENDING_UNSET:
	case ENDING_COUNT:
		break;
	}
	return "";
}

static int
drive_revoke(struct engine *e, struct item *it, enum ending ending, struct err *err)
{
	struct err why = ERR_INIT;
	struct event ev;
	int rc = episode_revoke(e->root, ticket_episode(&it->rec.ticket), &why);

	if (rc == ERR_CONFLICT)
		return 0; /* claimed first: the next look sees it */
	if (rc < 0) {
		*err = why;
		return rc;
	}
	engine_event(e, it, EVENT_NEVER_STARTED, &ev);
	ev.ending = ending;
	engine_reason(&ev, str_of(drive_why(ending)));
	it->is_fresh = false;
	return engine_fact(e, it, &ev, NULL, err);
}

/* Free locks are a candidate only: what the worker said before it ended must have been read first. */
static bool
drive_may_judge(struct engine *e, struct item *it)
{
	if (it->judge_scan == 0)
		it->judge_scan = e->scans + 1;
	return e->scans >= it->judge_scan;
}

static int
drive_event(struct engine *e, struct item *it, const struct action *a, struct err *err)
{
	struct event ev;

	if (a->event == EVENT_CLAIMED) {
		int rc = episode_settle(e->root, ticket_episode(&it->rec.ticket), err);

		if (rc < 0)
			return rc;
	}
	engine_event(e, it, a->event, &ev);
	ev.ending = a->ending;
	engine_reason(&ev, str_of(drive_why(a->ending)));
	return engine_fact(e, it, &ev, NULL, err);
}

static int
drive_do(struct engine *e, struct item *it, const struct action *a, const struct facts *f,
    bool *ret_changed, struct err *err)
{
	struct work w = { .kind = WORK_STOP };

	switch (a->kind) {
	case ACTION_NONE:
	case ACTION_WAIT:
		return 0;
	case ACTION_EVENT:
		*ret_changed = true;
		return drive_event(e, it, a, err);
	case ACTION_REVOKE:
		*ret_changed = true;
		return drive_revoke(e, it, a->ending, err);
	case ACTION_START:
	case ACTION_GATE:
	case ACTION_COMPUTE:
	case ACTION_PROVE:
	case ACTION_LAND:
		if (!item_repo(e, it)) {
			_cleanup_(buf_release) struct buf why = BUF_INIT;

			buf_addf(&why,
			    "repository \"%s\" is not in the configuration any more: reeve repo "
			    "add PATH --name %s",
			    it->rec.spec.repo, it->rec.spec.repo);
			*ret_changed = true;
			return engine_environment(e, it, BLAME_REPO, buf_str(&why), err);
		}
		if (a->kind == ACTION_START)
			return drive_start(e, it, ret_changed, err);
		landing_begin(e, it,
		    a->kind == ACTION_LAND    ? WORK_LAND
		    : a->kind == ACTION_PROVE ? WORK_PROVE
		    : a->kind == ACTION_GATE  ? WORK_GATE
					      : WORK_COMPUTE,
		    ret_changed);
		return 0;
	case ACTION_JUDGE:
		if (!drive_may_judge(e, it)) {
			*ret_changed = true; /* scan again, then look again */
			return 0;
		}
		w.kind = WORK_SALVAGE;
		w.base = it->rec.ticket.episode.base;
		(void)engine_begin(e, it, &w, NULL); /* tried again by the next look */
		return 0;
	case ACTION_STOP:
		(void)engine_begin(e, it, &w, NULL); /* tried again by the next look */
		return 0;
	case ACTION_HOOK:
		return hook_begin(e, it, ret_changed, err);
	case ACTION_SEND:
		*ret_changed = true;
		notify_send(e, it);
		return 0;
	case ACTION_CLEAN:
		return clean_begin(e, it, f, ret_changed, err);
	}
	return 0;
}

/* Its launcher has executed the agent: what it needs works. */
static int
drive_prove(struct engine *e, struct item *it, const struct episode_seen *seen, bool *ret_changed,
    struct err *err)
{
	const struct episode *ep = &it->rec.ticket.episode;
	int rc;

	/* With its report it may be in TERM at once. */
	if (!seen->has_running || it->proved == ep->n ||
	    (ep->state != EPISODE_RUN && ep->state != EPISODE_TERM && ep->state != EPISODE_STOP))
		return 0;
	if (it->inherited == ep->n)
		rc = census_mend_own(e, it, err);
	else
		rc = census_mend(e, it, BREAKER_START, err);
	if (rc == 0) { /* a disk that was full: once more */
		it->proved = ep->n;
		census_forget(e);
		*ret_changed = true; /* others waited for that */
	}
	return rc;
}

int
engine_drive(struct engine *e, struct item *it, struct driven *ret, struct err *err)
{
	const struct ticket *t = &it->rec.ticket;
	struct episode_seen seen = { .launcher = PROBE_FREE, .ticket = PROBE_FREE };
	struct action a;
	struct facts f;
	int rc;

	gating_watch(e, it);
	/* A signal may wait for that, whatever the ticket is by now. */
	ret->is_busy = it->busy != 0;
	if (it->is_aside || it->is_lost)
		return 0;
	if (phase_is_final(t->phase) && it->is_kept && t->prune == PRUNE_UNSET &&
	    t->hook != HOOK_OWED && !it->is_watched && !notify_is_owed(it))
		return 0;
	if (t->episode.n > 0 &&
	    (ticket_is_open(t) || t->phase == PHASE_READY || t->phase == PHASE_DELIVERED))
		episode_look(e->root, ticket_episode(t), &seen);
	if (seen.is_unclear) { /* neither "claimed" nor "not claimed" may follow from that */
		ret->is_busy = true;
		ret->until_boot_ms = e->world->ops->now(e->world).boot_ms + ENGINE_RETRY_MS;
		return 0;
	}
	hand_see_episode(it, &seen);
	drive_hints(e, it, &seen);
	rc = drive_prove(e, it, &seen, &ret->has_changed, err);
	if (rc < 0)
		return rc;
	facts_gather(e, it, &seen, &f);
	a = reconcile_next(t, &f);
	if (a.kind == ACTION_STOP || a.kind == ACTION_JUDGE || a.kind == ACTION_CLEAN)
		if (it->retry_boot_ms > f.boot_ms)
			a = (struct action){ .kind = ACTION_WAIT,
				.until_boot_ms = it->retry_boot_ms };
	rc = drive_do(e, it, &a, &f, &ret->has_changed, err);
	ret->until_boot_ms = a.until_boot_ms;
	if (ret->until_boot_ms == 0 && it->retry_boot_ms > f.boot_ms)
		ret->until_boot_ms = it->retry_boot_ms; /* it could not be begun */
	if (it->report.s[0] && !it->busy && it->artifact_retry_boot_ms > f.boot_ms)
		ret->until_boot_ms = it->artifact_retry_boot_ms;
	ret->is_busy =
	    it->busy != 0 || e->is_full || (t->episode.state == EPISODE_OPEN && !e->is_observer);
	return rc;
}
