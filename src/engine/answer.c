/* SPDX-License-Identifier: GPL-2.0-only */
/* What the world answered becomes events: the other half of drive.c, which says in what order. */
#include "base/base.h"

#include "engine/census.h"
#include "engine/clean.h"
#include "engine/commit.h"
#include "engine/drive.h"
#include "engine/gating.h"
#include "engine/hand.h"
#include "engine/hook.h"
#include "engine/landing.h"
#include "engine/outcome.h"
#include "engine/plan.h"
#include "sys/log.h"
#include "sys/rand.h"

/* Nothing new begins: control/stop is more than control/kill, not less. */
bool
engine_is_paused(const struct engine *e)
{
	return root_control(e->root, "kill", NULL) != 0 || root_control(e->root, "stop", NULL) != 0;
}

/* The start cannot go on: take it back, unless somebody claimed it. */
static int
answer_give_up(struct engine *e, struct item *it, enum blame blame, struct str why, struct err *err)
{
	struct err revoke = ERR_INIT;
	int rc = episode_revoke(e->root, ticket_episode(&it->rec.ticket), &revoke);

	it->is_fresh = false;
	if (rc == ERR_CONFLICT)
		return 0;
	if (rc < 0) {
		log_line(LOG_ERROR, "ticket %u: %s", it->rec.ticket.id.n, revoke.text);
		return 0; /* the next look tries again */
	}
	if (it->rec.ticket.episode.state != EPISODE_OPEN)
		return 0; /* the next look closes it */
	return engine_environment(e, it, blame, why, err);
}

static enum blame
answer_blame(const struct work_result *r)
{
	return r->answer == WORK_OWN ? BLAME_TICKET : BLAME_REPO;
}

/* A base that this ticket names for itself is its own, too: the repository is as good as it was for all others. */
static enum blame
answer_blame_start(const struct engine *e, const struct item *it, const struct work_result *r)
{
	const struct config_repo *repo = item_repo(e, it);

	if (r->answer == WORK_ENVIRONMENT && r->flag && repo && it->rec.spec.base &&
	    strcmp(it->rec.spec.base, repo->base) != 0)
		return BLAME_TICKET;
	return answer_blame(r);
}

/* The plan as it was made, with what the repository says. */
static int
answer_plan(struct engine *e, struct item *it, const struct brief_facts *facts, struct err *err)
{
	plan_free(it->plan);
	it->plan = NULL;
	return plan_make(e, it, facts, &it->plan, err);
}

/* D3: the nonce is minted, and the episode exists. */
static int
answer_preflight(struct engine *e, struct item *it, const struct work_result *r, struct err *err)
{
	const struct ticket *t = &it->rec.ticket;
	bool is_review = t->phase == PHASE_DELIVERED && t->review == REVIEW_AGENT;
	struct oid start = is_review && oid_is_set(t->episode.base) ? t->episode.base : r->a;
	const struct brief_facts facts = { start, r->text };
	struct work w = { .kind = WORK_PREPARE };
	struct err why = ERR_INIT;
	struct event ev;
	int rc;

	if ((t->phase != PHASE_READY && !is_review) || ticket_is_open(t) || t->want != WANT_RUN ||
	    engine_is_paused(e) || !it->plan || it->plan->rev != t->rev)
		return 0; /* it changed meanwhile: the next look decides */
	if (r->answer != WORK_OK)
		return engine_environment(e, it, answer_blame_start(e, it, r), r->text, err);
	if (answer_plan(e, it, &facts, &why) < 0)
		return engine_environment(e, it, BLAME_AGENT, str_of(why.text), err);
	engine_event(e, it, EVENT_START, &ev);
	rand_bytes(it->nonce.b, sizeof it->nonce.b);
	ev.fresh = nonce_digest(&it->nonce);
	ev.base = start;
	memcpy(ev.agent, it->plan->agent, sizeof ev.agent);
	memcpy(ev.session, it->plan->session, sizeof ev.session);
	ev.continues = it->plan->continues;
	it->is_fresh = true;
	rc = engine_fact(e, it, &ev, NULL, err);
	if (rc < 0 || it->rec.ticket.episode.state != EPISODE_OPEN) {
		it->is_fresh = false;
		return rc;
	}
	w.base = is_review ? t->episode.review : ev.base;
	if (!is_review && !oid_is_set(r->b)) /* the branch is made now */
		(void)spec_from(&it->rec.spec, &w.base);
	if (engine_begin(e, it, &w, &why) < 0)
		return answer_give_up(e, it, BLAME_MACHINE, str_of(why.text), err);
	return 0;
}

/* D4 to D7. */
static int
answer_prepare(struct engine *e, struct item *it, const struct work_result *r, struct err *err)
{
	struct episode_id ep = ticket_episode(&it->rec.ticket);
	_cleanup_(buf_release) struct buf dir = BUF_INIT;
	struct work w = { .kind = WORK_SPAWN, .message = it->rec.spec.title };
	struct err why = ERR_INIT;

	if (it->rec.ticket.episode.state != EPISODE_OPEN || !it->plan) {
		it->is_fresh = false;
		return 0;
	}
	if (r->answer != WORK_OK)
		return answer_give_up(e, it, answer_blame(r), r->text, err);
	if (episode_prepare(
		e->root, ep, buf_str(&it->plan->spec_json), buf_str(&it->plan->brief), &why) < 0)
		return answer_give_up(e, it, BLAME_MACHINE, str_of(why.text), err);
	if (plan_write_files(e, it->plan, ep, &why) < 0)
		return answer_give_up(e, it, BLAME_MACHINE, str_of(why.text), err);
	if (r->text.len > 0 && episode_write(e->root, ep, EPISODE_PREPARED, r->text, &why) < 0)
		return answer_give_up(e, it, BLAME_MACHINE, str_of(why.text), err);
	episode_path(e->root, ep, NULL, &dir);
	e->world->ops->watch(e->world, dir.p); /* before anybody can claim */
	it->is_watched = true;
	if (episode_arm(e->root, ep, &it->nonce, &why) < 0)
		return answer_give_up(e, it, BLAME_MACHINE, str_of(why.text), err);
	nonce_wipe(&it->nonce);
	it->is_fresh = false;
	plan_free(it->plan);
	it->plan = NULL;
	if (engine_is_paused(e))
		return 0; /* the next look revokes it */
	if (engine_begin(e, it, &w, &why) < 0)
		return answer_give_up(e, it, BLAME_MACHINE, str_of(why.text), err);
	return 0;
}

static void
answer_stop(struct engine *e, struct item *it, const struct work_result *r)
{
	if (r->answer == WORK_ENVIRONMENT)
		it->retry_boot_ms = e->world->ops->now(e->world).boot_ms + ENGINE_RETRY_MS;
	if (r->text.len > 0 && r->answer != WORK_OK)
		log_line(LOG_WARN, "ticket %u: %s: %.*s", it->rec.ticket.id.n, work_name(WORK_STOP),
		    STR_FMT(r->text));
}

static int
answer_salvage(struct engine *e, struct item *it, const struct work_result *r, struct err *err)
{
	struct ticket *t = &it->rec.ticket;
	struct episode_seen seen;
	struct event ev;

	if (!ticket_is_open(t) || t->episode.state == EPISODE_OPEN)
		return 0;
	if (r->answer != WORK_OK && r->flag) {
		answer_stop(e, it, r);
		return 0;
	}
	episode_look(e->root, ticket_episode(t), &seen);
	if (seen.is_unclear) { /* how it ended is in its files: later */
		it->retry_boot_ms = e->world->ops->now(e->world).boot_ms + ENGINE_RETRY_MS;
		return 0;
	}
	engine_event(e, it, EVENT_CLOSED, &ev);
	outcome_judge(e, it, &seen, r->flag ? r->b : (struct oid){ "" }, &ev);
	if (ev.ending == ENDING_NO_EXEC || ev.ending == ENDING_NO_SETUP) {
		ev.blame = ev.ending == ENDING_NO_EXEC ? BLAME_AGENT : BLAME_REPO;
		ev.streak = census_streak(e, it, ev.blame);
	}
	if (r->answer == WORK_OK)
		ev.salvage = r->a;
	else /* the worktree itself is still there; the next start finds it */
		log_line(LOG_WARN, "ticket %u: unreported work could not be saved: %.*s", t->id.n,
		    STR_FMT(r->text));
	return engine_fact(e, it, &ev, NULL, err);
}

static int
answer_artifact(struct engine *e, struct item *it, const struct work_result *r)
{
	if (!signal_id_eq(&it->checked, &it->report) ||
	    !digest_eq(&it->checked_hash, &it->report_hash))
		return 0; /* that one was decided otherwise meanwhile; the next one waits for its own */
	if (r->answer != WORK_OK && r->answer != WORK_BAD) {
		log_line(LOG_WARN, "ticket %u: the reported commit cannot be checked: %.*s",
		    it->rec.ticket.id.n, STR_FMT(r->text));
		it->artifact_retry_boot_ms = e->world->ops->now(e->world).boot_ms + ENGINE_RETRY_MS;
		return 0;
	}
	it->is_reported = true;
	it->artifact = r->answer == WORK_OK ? ARTIFACT_GOOD : ARTIFACT_BAD;
	it->artifact_oid = r->a;
	(void)snprintf(it->artifact_text, sizeof it->artifact_text, "%.*s", STR_FMT(r->text));
	return 0;
}

static int
answer_take(struct engine *e, struct item *it, enum work_kind kind, const struct work_result *r,
    struct err *err)
{
	switch (kind) {
	case WORK_PREFLIGHT:
		return answer_preflight(e, it, r, err);
	case WORK_PREPARE:
		return answer_prepare(e, it, r, err);
	case WORK_SPAWN:
		return r->answer == WORK_OK ? 0
					    : answer_give_up(e, it, BLAME_MACHINE, r->text, err);
	case WORK_ARTIFACT:
		return answer_artifact(e, it, r);
	case WORK_SALVAGE:
		return answer_salvage(e, it, r, err);
	case WORK_GATE:
		return gating_answer(e, it, r, err);
	case WORK_COMPUTE:
	case WORK_PROVE:
	case WORK_LAND:
		return landing_answer(e, it, kind, r, err);
	case WORK_HOOK:
		return hook_answer(e, it, r, err);
	case WORK_CLEAN:
		return clean_answer(e, it, r, err);
	case WORK_STOP:
		answer_stop(e, it, r);
		break;
	}
	return 0;
}

void
engine_on_work(
    struct engine *e, enum work_kind kind, struct ticket_id id, const struct work_result *r)
{
	struct item *it = item_find(e, id);
	struct err err = ERR_INIT;
	int rc = 0;

	if (!it || it->busy != kind)
		return;
	it->busy = 0;
	census_forget(e);
	it->retry_boot_ms = 0;
	rc = hand_look(e, it, &err);
	if (it->is_lost) /* as after a crash: what is still to be done is found again */
		it->is_fresh = false;
	else if (rc == 0)
		rc = answer_take(e, it, kind, r, &err);
	if (rc == ERR_IO) { /* the store cannot be written: the next turn says so, and we end */
		e->broken = err;
		e->broken.code = rc;
	} else if (rc <
		   0) { /* a full disk, mostly; at once again would be a loop that never rests */
		log_line(LOG_ERROR, "ticket %u: %s; nothing is lost, trying again", id.n, err.text);
		it->retry_boot_ms = e->world->ops->now(e->world).boot_ms + ENGINE_RETRY_MS;
	}
}
