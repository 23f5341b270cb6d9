/* SPDX-License-Identifier: GPL-2.0-only */
#include "base/base.h"

#include "core/blocker.h"

void
blocker_release(struct blocker *b)
{
	buf_release(&b->text);
	buf_release(&b->next);
}

static void
blocker_set(struct blocker *b, const char *owner, const char *fmt, ...) printf_like(3, 4);
static void
blocker_set(struct blocker *b, const char *owner, const char *fmt, ...)
{
	va_list ap;

	b->owner = owner;
	b->needs_person = strcmp(owner, "person") == 0;
	va_start(ap, fmt);
	buf_addv(&b->text, fmt, ap);
	va_end(ap);
}

void
blocker_add_wait(struct buf *ret, int64_t ms)
{
	static const struct {
		int64_t ms;
		const char *name;
	} units[] = { { 1000, "s" }, { 60000, "min" }, { 3600000, "h" }, { 86400000, "days" } };
	size_t i = 0;

	while (i + 1 < ARRAY_LEN(units) && ms > 2 * units[i + 1].ms)
		i++;
	buf_addf(ret, "%lld %s", (long long)((ms + units[i].ms - 1) / units[i].ms), units[i].name);
}

/* A stop ends all that holds the lock, by SIGKILL in the end; what lives on after that needs a person. */
#define BLOCKER_STOP_MS 60000

static void
blocker_of_stop(const struct ticket *t, const struct blocker_facts *f, struct blocker *b)
{
	unsigned id = t->id.n, n = t->episode.n;
	bool is_slow = f->wall_ms - t->updated_wall_ms > BLOCKER_STOP_MS;

	if (is_slow && f->pids) {
		blocker_set(b, "person", "episode %u.%u cannot be ended: process %s lives on", id,
		    n, f->pids);
		buf_addf(&b->next, "ps -o pid,stat,args -p '%s'; nothing new starts before it ends",
		    f->pids);
	} else {
		blocker_set(b, f->launcher_held ? "worker" : "reeve",
		    "episode %u.%u is being stopped%s%s", id, n, f->pids ? ": process " : "",
		    f->pids ? f->pids : "");
	}
}

/* What holds back whatever is not a person's or a living worker's turn: said of one, it is meant of all. */
static void
blocker_set_global(struct blocker *b, const char *text, const char *next)
{
	blocker_set(b, "person", "%s", text);
	buf_adds(&b->next, next);
	b->is_global = true;
}

/* An episode is open.  A worker is named only while its launcher is there. */
static void
blocker_of_episode(const struct ticket *t, const struct blocker_facts *f, struct blocker *b)
{
	unsigned id = t->id.n, n = t->episode.n;
	bool is_alive = f->launcher_held || f->ticket_held;

	switch (t->episode.state) {
	case EPISODE_OPEN:
		blocker_set(b, "reeve", "episode %u.%u is starting%s", id, n,
		    t->start_failures > 0 ? ", not the first try" : "");
		return;
	case EPISODE_RUN:
		if (f->launcher_held && f->is_in_setup) {
			blocker_set(b, "worker",
			    "episode %u.%u has not begun: the setup of its repository runs", id, n);
			buf_addf(&b->next, "reeve tail %u, to look", id);
		} else if (f->launcher_held) {
			blocker_set(b, "worker", "episode %u.%u works", id, n);
		} else if (f->ticket_held) {
			blocker_set(
			    b, "reeve", "episode %u.%u is gone, processes it left live on", id, n);
		} else {
			blocker_set(
			    b, "reeve", "episode %u.%u has ended; it will be judged", id, n);
		}
		return;
	case EPISODE_TERM:
	case EPISODE_STOP:
		if (is_alive && t->episode.state == EPISODE_STOP)
			blocker_of_stop(t, f, b);
		else
			blocker_set(b, f->launcher_held ? "worker" : "reeve", "episode %u.%u %s",
			    id, n,
			    !is_alive          ? "has ended; it will be closed"
			    : f->launcher_held ? "finishes its turn"
					       : "is gone, processes it left live on");
		return;
	case EPISODE_NONE:
	case EPISODE_COUNT:
		break;
	}
}

/* Somebody has to say something. */
static bool
blocker_of_person(const struct ticket *t, const struct blocker_facts *f, struct blocker *b)
{
	unsigned id = t->id.n;

	switch (t->phase) {
	case PHASE_PARKED:
		blocker_set(b, "person", "parked");
		b->needs_person = false; /* somebody wanted it so */
		buf_addf(&b->next, "reeve unpark %u", id);
		return true;
	case PHASE_ATTENTION:
		blocker_set(b, "person", "%s", t->cause[0] ? t->cause : "needs a decision");
		buf_addf(&b->next,
		    "reeve show %u; then reeve retry %u, or edit, assign, adopt, cancel", id, id);
		if (oid_is_set(t->pinned))
			buf_adds(&b->next, ", pass, fail");
		return true;
	case PHASE_ASKING:
		blocker_set(b, "person", "asks a question");
		buf_addf(&b->next, "reeve show %u; then reeve answer %u -m TEXT (or --choice N)",
		    id, id);
		return true;
	case PHASE_DELIVERED:
	case PHASE_HUMAN_REVIEW:
		if (t->phase == PHASE_DELIVERED && (t->review == REVIEW_AGENT || f->needs_gate))
			return false;
		blocker_set(b, "person", "needs a verdict on %.12s", t->pinned.hex);
		if (t->cause[0])
			buf_addf(&b->text, " (the reviewer: %s)", t->cause);
		buf_addf(&b->next, "reeve review %u; then reeve pass %u, or reeve fail %u -m TEXT",
		    id, id, id);
		return true;
	case PHASE_APPROVED:
		if (t->merge == MERGE_MANUAL) {
			blocker_set(b, "person", "passed; waits for you to let it land");
			buf_addf(&b->next, "reeve merge %u", id);
			return true;
		}
		if (t->cause[0] && t->env_failures == 0) { /* held by local changes */
			blocker_set(b, "person", "%s", t->cause);
			buf_addf(&b->next, "reeve merge %u, to try again at once", id);
			return true;
		}
		return false;
	case PHASE_UNBORN:
	case PHASE_READY:
	case PHASE_STARTING:
	case PHASE_WORKING:
	case PHASE_REV_STARTING:
	case PHASE_REVIEWING:
	case PHASE_MERGING:
	case PHASE_DONE:
	case PHASE_CANCELLED:
	case PHASE_COUNT:
		break;
	}
	return false;
}

/* Another ticket found out what this one needs, too, and cannot have.  That one, or the whole of it, is a
 * person's business; this one only waits. */
static void
blocker_of_breaker(const struct blocker_facts *f, struct blocker *b)
{
	const struct record *last = f->breaker->last;
	const struct ticket *t = &last->ticket;
	int64_t wait_ms = f->breaker->until_boot_ms - f->boot_ms;

	switch (t->blame) {
	case BLAME_REPO:
		blocker_set(b, "time", "repository %s", last->spec.repo);
		break;
	case BLAME_GATE:
		blocker_set(b, "time", "the gate of repository %s", last->spec.repo);
		break;
	case BLAME_AGENT:
		blocker_set(b, "time", "agent %s", last->spec.agent);
		break;
	case BLAME_MACHINE:
	case BLAME_TICKET: /* opens none */
	case BLAME_UNSET:
	case BLAME_COUNT:
		blocker_set(b, "time", "this machine");
		break;
	}
	buf_addf(&b->text, " failed %u times: %s", f->breaker->failures,
	    t->cause[0] ? t->cause : "see the ticket's history");
	if (wait_ms > 0) {
		buf_adds(&b->text, "; one is tried in ");
		blocker_add_wait(&b->text, wait_ms);
	}
	buf_addf(&b->next, "reeve show %u; reeve retry %u, to try at once", t->id.n, t->id.n);
	b->is_global = true;
}

/* READY, DELIVERED, APPROVED, MERGING: what keeps the supervisor from the next step. */
static void
blocker_of_schedule(const struct ticket *t, const struct blocker_facts *f, struct blocker *b)
{
	bool is_backing_off =
	    strcmp(t->backoff_boot.s, f->boot_id) == 0 && t->backoff_boot_ms > f->boot_ms;
	int64_t wait_ms = t->backoff_boot_ms - f->boot_ms;
	bool is_gate = f->needs_gate && (t->phase == PHASE_DELIVERED || t->phase == PHASE_APPROVED);
	bool is_start = t->phase == PHASE_READY || (t->phase == PHASE_DELIVERED && !f->needs_gate);
	bool is_broken = f->breaker && breaker_is_open(f->breaker) && f->breaker->last &&
			 f->breaker->last->ticket.id.n != t->id.n;
	bool is_own =
	    is_backing_off && (!is_broken || t->backoff_boot_ms >= f->breaker->until_boot_ms);

	if (f->kill_error) {
		blocker_set(b, "person", "the kill switch cannot be read: %s", f->kill_error);
		buf_adds(&b->next, "look at control/kill in the state directory");
		b->is_global = true;
	} else if (f->is_killed) {
		blocker_set_global(b, "the kill switch is on", "reeve resume");
	} else if (!f->has_supervisor) {
		blocker_set_global(b, "no supervisor is running", "reeve up -d");
	} else if (is_gate && f->gate_wall_ms > 0) {
		blocker_set(b, "reeve", "its gate runs");
		b->since_wall_ms = f->gate_wall_ms;
	} else if (t->phase == PHASE_READY && f->undone) {
		blocker_set(
		    b, f->is_undone_for_good ? "person" : "reeve", "comes after %s", f->undone);
		if (f->is_undone_for_good)
			buf_addf(&b->next, "reeve edit %u --after IDS, or cancel it", t->id.n);
	} else if (is_start && t->not_before_wall_ms > f->wall_ms) {
		blocker_set(b, "time", "not before its time, in ");
		blocker_add_wait(&b->text, t->not_before_wall_ms - f->wall_ms);
		buf_addf(&b->next, "reeve edit %u --until +0m, to start at once", t->id.n);
	} else if (is_own) {
		/* the machine may mend itself once or twice; then somebody has to */
		blocker_set(
		    b, t->env_failures >= BREAKER_FAILURES ? "person" : "time", "tries again in ");
		blocker_add_wait(&b->text, wait_ms);
		buf_addf(&b->text, ": %s", t->cause[0] ? t->cause : "it failed before");
		b->is_global = b->needs_person; /* it is the breaker's own */
		buf_addf(&b->next, "reeve retry %u, to try at once", t->id.n);
	} else if (is_broken) {
		blocker_of_breaker(f, b);
	} else if (is_start && f->probe_error) {
		blocker_set(
		    b, "person", "cannot tell whether an earlier worker lives: %s", f->probe_error);
	} else if (is_start && f->ticket_held) {
		blocker_set(b, "reeve", "a process of an earlier episode still lives");
	} else if (is_start && f->slots > 0 && f->slots_used >= f->slots) {
		blocker_set(b, "worker", "%u of %u slots%s%s%s%s are in use", f->slots_used,
		    f->slots, f->slots_of ? " of " : "", f->slots_of ? f->slots_of : "",
		    f->slots_of ? " " : "", f->slots_of ? f->slots_name : "");
	} else if ((is_gate || t->phase == PHASE_APPROVED) && f->gate_of > 0) {
		blocker_set(b, "reeve", "waits for ticket %u, whose gate runs", f->gate_of);
	} else if (!is_start && f->ahead > 0) {
		blocker_set(b, "reeve", "is to land after ticket %u", f->ahead);
	} else if (is_gate && f->has_gate_left) {
		blocker_set(b, "reeve", "a process of an earlier gate still lives");
	} else {
		blocker_set(b, "reeve", "%s",
		    is_gate                       ? "its gate is about to run"
		    : t->phase == PHASE_READY     ? "is about to start"
		    : t->phase == PHASE_DELIVERED ? "its reviewer is about to start"
						  : "is being merged");
	}
}

/* It is done, and somebody waits to be told. */
static void
blocker_of_hook(const struct ticket *t, const struct blocker_facts *f, struct blocker *b)
{
	bool is_backing_off =
	    strcmp(t->backoff_boot.s, f->boot_id) == 0 && t->backoff_boot_ms > f->boot_ms;
	int64_t wait_ms = t->backoff_boot_ms - f->boot_ms;

	if (t->hook == HOOK_FAILED) {
		blocker_set(b, "person", "done; its hook `landed' failed %u times: %s",
		    t->hook_tries, t->cause);
		buf_addf(&b->next, "look at what it said in tickets/%u/landed.txt; reeve retry %u",
		    t->id.n, t->id.n);
	} else if (t->hook == HOOK_OWED && f->is_killed) {
		blocker_set_global(b, "the kill switch is on", "reeve resume");
	} else if (t->hook == HOOK_OWED && !f->has_supervisor) {
		blocker_set_global(b, "no supervisor is running", "reeve up -d");
	} else if (t->hook == HOOK_OWED && is_backing_off) {
		blocker_set(b, "time", "done; its hook `landed' runs again in ");
		blocker_add_wait(&b->text, wait_ms);
		buf_addf(&b->text, ": %s", t->cause);
		buf_addf(&b->next, "reeve retry %u, to try at once", t->id.n);
	} else if (t->hook == HOOK_OWED) {
		blocker_set(b, "reeve", "done; its hook `landed' has to run");
	}
}

/* It is over, and what is left of it is to go. */
static void
blocker_of_prune(const struct ticket *t, const struct blocker_facts *f, struct blocker *b)
{
	if (f->is_killed)
		blocker_set_global(b, "the kill switch is on", "reeve resume");
	else if (!f->has_supervisor)
		blocker_set_global(b, "no supervisor is running", "reeve up -d");
	else
		blocker_set(b, "reeve", "%s; %s to go", phase_name(t->phase),
		    t->prune == PRUNE_REFS ? "its refs are" : "what is left of it is");
}

void
blocker_of(const struct ticket *t, const struct blocker_facts *f, struct blocker *ret)
{
	buf_clear(&ret->text);
	buf_clear(&ret->next);
	ret->owner = "";
	ret->needs_person = ret->is_global = false;
	ret->since_wall_ms = t->since_wall_ms;

	if (phase_is_final(t->phase)) {
		blocker_of_hook(t, f, ret);
		if (ret->text.len == 0 && t->prune != PRUNE_UNSET)
			blocker_of_prune(t, f, ret);
		return;
	}
	if (f->probe_error && ticket_is_open(t)) {
		blocker_set(
		    ret, "person", "cannot tell whether its worker lives: %s", f->probe_error);
		return;
	}
	if (ticket_is_open(t) && !f->has_supervisor && !f->launcher_held) {
		blocker_set_global(ret,
		    t->episode.state == EPISODE_OPEN ? "no supervisor is running"
						     : "its worker has ended, and no supervisor "
						       "is running to judge it",
		    "reeve up -d");
		return;
	}
	if (t->episode.state == EPISODE_STOP && !f->has_supervisor) {
		blocker_set_global(ret,
		    "its worker has to be stopped, and no supervisor is running to do it",
		    "reeve up -d");
		return;
	}
	/* A person's turn comes before the worker's: a report is in, its turn may still last. */
	if (t->want == WANT_RUN && t->episode.state != EPISODE_STOP && blocker_of_person(t, f, ret))
		return;
	if (ticket_is_open(t))
		blocker_of_episode(t, f, ret);
	else if (!blocker_of_person(t, f, ret))
		blocker_of_schedule(t, f, ret);
}
