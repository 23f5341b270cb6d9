/* SPDX-License-Identifier: GPL-2.0-only */
#include "base/base.h"

#include "core/reconcile.h"

#define RECONCILE_HELD_MS   1000
#define RECONCILE_REMIND_MS 1000 /* at least: less is less than `updated` can tell apart */

static struct action
action_do(enum action_kind kind)
{
	return (struct action){ .kind = kind };
}

static struct action
action_none(void)
{
	return action_do(ACTION_NONE);
}

static struct action
action_until(int64_t boot_ms)
{
	return (struct action){ .kind = ACTION_WAIT, .until_boot_ms = boot_ms };
}

static struct action
action_event(enum event_kind event, enum ending ending)
{
	return (struct action){ .kind = ACTION_EVENT, .event = event, .ending = ending };
}

/* For what an observer may not do. */
static struct action
action_owner(const struct facts *f, struct action a)
{
	return f->is_observer ? action_none() : a;
}

static struct action
action_revoke(const struct facts *f, enum ending ending)
{
	if (f->has_revoked) /* by us, and then we died; or just now */
		return action_event(EVENT_NEVER_STARTED, ending);
	return action_owner(f, (struct action){ .kind = ACTION_REVOKE, .ending = ending });
}

static bool
is_of_this_boot(const struct boot_id *boot, const struct facts *f)
{
	return strcmp(boot->s, f->boot_id) == 0;
}

/* A token is out, or should be. */
static struct action
reconcile_open(const struct ticket *t, const struct facts *f)
{
	if (f->has_claimed)
		return action_event(EVENT_CLAIMED, ENDING_UNSET);
	if (!is_of_this_boot(&t->episode.boot, f))
		return action_revoke(f, ENDING_REBOOTED);
	if (f->has_revoked)
		return action_event(EVENT_NEVER_STARTED, ENDING_ABANDONED);
	if (f->is_fresh)
		return action_none();
	if (f->is_killed)
		return action_revoke(f, ENDING_PAUSED);
	if (!f->has_token || f->due_boot_ms == 0) /* its nonce, or its launcher, died with its
						     supervisor */
		return action_revoke(f, ENDING_ABANDONED);
	if (f->boot_ms >= f->due_boot_ms)
		return action_revoke(f, ENDING_DEADLINE);
	return action_until(f->due_boot_ms);
}

/* The token was claimed. */
static struct action
reconcile_claimed(const struct ticket *t, const struct facts *f)
{
	bool is_term = t->episode.state == EPISODE_TERM, is_stop = t->episode.state == EPISODE_STOP;

	if (f->launcher_held) {
		if (is_stop)
			return action_owner(f, action_do(ACTION_STOP));
		if (f->is_stopped)
			return action_event(EVENT_EXPIRED, ENDING_UNSET);
		if (!is_term)
			return action_none();
		if (f->boot_ms >= f->due_boot_ms)
			return action_event(EVENT_EXPIRED, ENDING_UNSET);
		return action_until(f->due_boot_ms);
	}
	if (f->has_signals)
		return action_none(); /* what it said before it ended is decided first */
	if (f->ticket_held)
		return action_owner(f, action_do(ACTION_STOP)); /* what it left behind */
	return action_do(ACTION_JUDGE);
}

/* READY, DELIVERED, APPROVED, MERGING: may work be tried?  ACTION_NONE: yes. */
static struct action
reconcile_try(const struct ticket *t, const struct facts *f)
{
	int64_t until = f->retry_boot_ms;

	if (is_of_this_boot(&t->backoff_boot, f) && t->backoff_boot_ms > until)
		until = t->backoff_boot_ms;
	if (f->is_broken && f->breaker_boot_ms > until)
		until = f->breaker_boot_ms;
	if (f->is_observer || f->is_killed)
		return action_until(0);
	if (until > f->boot_ms)
		return action_until(until);
	if (f->is_broken && f->is_probed)
		return action_until(0);
	return action_none();
}

/* READY: an author.  DELIVERED: a reviewer. */
static struct action
reconcile_ready(const struct ticket *t, const struct facts *f)
{
	struct action wait = reconcile_try(t, f);

	if (wait.kind != ACTION_NONE)
		return wait;
	if (t->not_before_wall_ms > f->wall_ms)
		return action_until(f->boot_ms + (t->not_before_wall_ms - f->wall_ms));
	if (f->ticket_held) /* a launcher that lost its token: it ends at once, and nothing tells */
		return action_until(f->boot_ms + RECONCILE_HELD_MS);
	if ((t->phase == PHASE_READY && !f->has_deps) || !f->has_slot)
		return action_until(0);
	return action_do(ACTION_START);
}

/* Done or cancelled.  The branch and its worktree are there as long as the hook has not run: it may want them. */
static struct action
reconcile_over(const struct ticket *t, const struct facts *f)
{
	int64_t until = f->retry_boot_ms;

	if (f->is_observer || f->is_killed)
		return action_none();
	if (t->hook == HOOK_OWED) {
		if (is_of_this_boot(&t->backoff_boot, f) && t->backoff_boot_ms > until)
			until = t->backoff_boot_ms;
		return until > f->boot_ms ? action_until(until) : action_do(ACTION_HOOK);
	}
	if (t->prune != PRUNE_UNSET || f->has_rest || (t->phase == PHASE_DONE && f->has_worktree))
		return action_do(ACTION_CLEAN);
	return f->look_boot_ms > 0 ? action_until(f->look_boot_ms) : action_none();
}

static struct action
reconcile_work(const struct ticket *t, const struct facts *f)
{
	bool is_gate = (t->phase == PHASE_DELIVERED ||
			   (t->phase == PHASE_APPROVED && t->merge == MERGE_AUTO)) &&
		       f->needs_gate && t->want == WANT_RUN;
	struct action wait;

	if (t->phase == PHASE_DELIVERED && t->review != REVIEW_AGENT && t->want == WANT_RUN &&
	    !is_gate)
		return action_event(EVENT_ROUTE, ENDING_UNSET);
	if (t->episode.state == EPISODE_OPEN)
		return reconcile_open(t, f);
	if (t->episode.state == EPISODE_STOP && !f->has_claimed && !f->launcher_held &&
	    !f->ticket_held) /* and nobody took the token */
		return action_revoke(f, ENDING_PAUSED);
	if (ticket_is_open(t))
		return reconcile_claimed(t, f);
	if (is_gate) {
		wait = reconcile_try(t, f);
		return wait.kind != ACTION_NONE ? wait : action_do(ACTION_GATE);
	}
	if (t->phase == PHASE_READY || (t->phase == PHASE_DELIVERED && t->review == REVIEW_AGENT))
		return reconcile_ready(t, f);
	if (t->phase == PHASE_MERGING && f->is_killed && f->retry_boot_ms <= f->boot_ms)
		return action_owner(f, action_do(ACTION_PROVE));
	if (t->phase == PHASE_MERGING || (t->phase == PHASE_APPROVED && t->merge == MERGE_AUTO)) {
		wait = reconcile_try(t, f);
		if (wait.kind != ACTION_NONE)
			return wait;
		return action_do(t->phase == PHASE_MERGING ? ACTION_LAND : ACTION_COMPUTE);
	}
	return phase_is_final(t->phase) ? reconcile_over(t, f) : action_none();
}

static bool
reconcile_may_remind(const struct ticket *t, const struct facts *f)
{
	bool is_worker = t->phase == PHASE_WORKING || t->phase == PHASE_REVIEWING;
	bool is_person = t->phase == PHASE_ASKING || t->phase == PHASE_HUMAN_REVIEW ||
			 t->phase == PHASE_ATTENTION;

	return f->remind_ms > 0 && !f->is_observer && t->want == WANT_RUN &&
	       (is_worker || is_person);
}

static struct action
action_sooner(struct action a, const struct facts *f, int64_t boot_ms)
{
	if (a.kind != ACTION_NONE && a.kind != ACTION_WAIT)
		return a;
	if (a.until_boot_ms == 0 || a.until_boot_ms > boot_ms)
		return action_until(boot_ms > f->boot_ms ? boot_ms : f->boot_ms);
	return a;
}

/* Of what the ticket itself needs. */
static struct action
reconcile_ticket(const struct ticket *t, const struct facts *f)
{
	int64_t remind_ms = f->remind_ms > RECONCILE_REMIND_MS ? f->remind_ms : RECONCILE_REMIND_MS;
	struct action a;
	int64_t left;

	if (f->is_busy)
		return action_none();
	a = reconcile_work(t, f);
	if ((a.kind != ACTION_NONE && a.kind != ACTION_WAIT) || !reconcile_may_remind(t, f))
		return a;
	left = t->updated_wall_ms + remind_ms - f->wall_ms;
	if (left <= 0)
		return action_event(EVENT_REMIND, ENDING_UNSET);
	return action_sooner(a, f, f->boot_ms + left);
}

/* What somebody waits for goes first: neither the kill switch nor work under way holds back a file. */
struct action
reconcile_next(const struct ticket *t, const struct facts *f)
{
	if (!f->is_unsent)
		return reconcile_ticket(t, f);
	if (f->boot_ms >= f->send_boot_ms)
		return action_do(ACTION_SEND);
	return action_sooner(reconcile_ticket(t, f), f, f->send_boot_ms);
}
