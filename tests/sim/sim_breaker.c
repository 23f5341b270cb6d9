/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What tickets share: the breaker, and slots.  Failures are counted as they come into histories, each part
 * for itself (there is one machine, one repository, one agent); a ticket of the part that gets on, for any
 * reason, begins the count anew.  So this counts at most what the engine does.
 */
#include "base/base.h"

#include "sim.h"

static bool
has_lost(void)
{
	return sim.has_damaged || sim.has_misread;
}

static bool
is_failing(const struct ticket *t)
{
	return t->env_failures > 0 && !phase_is_final(t->phase);
}

/* It needs no worker any more. */
static bool
is_landing(const struct ticket *t)
{
	return t->phase == PHASE_APPROVED || t->phase == PHASE_MERGING;
}

/* A person is asked in time. */
void
breaker_fields(const struct ticket *t)
{
	bool is_due =
	    t->phase == PHASE_READY || t->phase == PHASE_DELIVERED || t->phase == PHASE_APPROVED;

	if (is_due && t->blame == BLAME_TICKET && t->env_failures >= TICKET_OWN_FAULTS_MAX)
		sim_fail("ticket %u fails for what is its own, again and again", t->id.n);
}

/* --- what comes into histories --- */

static bool
is_proved(uint32_t ticket)
{
	if (sim.has_computed)
		return true;
	for (uint32_t id = 1; id <= sim.ticket_count; id++) {
		const struct ghost_ticket *t = &sim.tickets[id];

		if (t->ran > 0 && t->ran == t->rec.ticket.episode.n &&
		    (t->inherited != t->ran || id == ticket) &&
		    (t->turn_open || ticket_is_open(&t->rec.ticket)))
			return true;
	}
	return false;
}

/* A failure of the ticket may be over, unless it was of this. */
static void
streak_end(uint32_t ticket, enum blame but)
{
	enum blame *was = &sim.tickets[ticket].blame;

	if (*was == BLAME_UNSET || *was == but)
		return;
	sim.streaks[*was].failures = 0;
	*was = BLAME_UNSET;
}

static bool
is_idle(enum event_kind kind)
{
	return kind == EVENT_START || kind == EVENT_CLAIMED || kind == EVENT_NEVER_STARTED ||
	       kind == EVENT_TELL || kind == EVENT_NOTE || kind == EVENT_REMIND;
}

void
breaker_entry(uint32_t ticket, const struct history_entry *h)
{
	const struct event *e = &h->event;
	enum blame blame = e->blame ? e->blame : BLAME_MACHINE;

	if (e->kind == EVENT_MENDED && !has_lost() && !is_proved(ticket))
		sim_fail("ticket %u: what failed is mended, and nothing has run", ticket);
	sim.tickets[ticket].is_urged |= e->kind == EVENT_RETRY;
	if (e->kind == EVENT_MENDED && sim.tickets[ticket].blame == BLAME_GATE)
		sim.tickets[ticket].has_own_gate = true; /* another one's could be run */
	else if (e->kind == EVENT_GATED || e->kind == EVENT_RETRY)
		sim.tickets[ticket].has_own_gate = false;
	if (h->row != 5) {
		if (!is_idle(e->kind))
			streak_end(ticket, BLAME_UNSET);
		return;
	}
	sim.tickets[ticket].is_urged = false;
	if (sim.tickets[ticket].is_own && blame != BLAME_TICKET)
		sim_fail("ticket %u: its own fault is blamed on the %s", ticket, blame_name(blame));
	sim.tickets[ticket].is_own = false;
	if (blame == BLAME_GATE && sim.tickets[ticket].has_own_gate)
		blame = BLAME_TICKET;
	streak_end(ticket, blame);
	sim.tickets[ticket].blame = blame;
	if (blame == BLAME_TICKET)
		return; /* it holds back nobody */
	sim.streaks[blame].failures++;
	sim.streaks[blame].last = ticket;
}

void
breaker_change(const struct ticket *was, const struct ticket *now)
{
	if (now->rev < was->rev)
		breaker_forget();
	else if (is_failing(was) && !is_failing(now))
		streak_end(now->id.n, BLAME_UNSET);
}

void
breaker_forget(void)
{
	memset(sim.streaks, 0, sizeof sim.streaks);
}

/* --- around a turn --- */

void
breaker_begin(void)
{
	for (uint32_t id = 1; id <= sim.ticket_count; id++) {
		const struct ticket *t = &sim.tickets[id].rec.ticket;
		bool is_claimed = ticket_is_open(t) && t->episode.state != EPISODE_OPEN;

		sim.tickets[id].inherited = is_claimed ? t->episode.n : 0;
	}
}

void
breaker_before_turn(void)
{
	sim.has_computed = false;
	sim.turn_faults = sim.faults;
	for (uint32_t id = 1; id <= sim.ticket_count; id++) {
		struct ghost_ticket *t = &sim.tickets[id];
		const struct ticket *now = &t->rec.ticket;

		t->turn_rev = t->rev;
		t->turn_fails = is_failing(now);
		t->turn_open = ticket_is_open(now);
		t->turn_runs = now->episode.state == EPISODE_RUN && t->running == now->episode.n;
		t->turn_works = proc_has_worker(id);
	}
}

/* A worker was seen to run, in this turn for the first time: nobody waits any more for what it needs. */
void
breaker_after_turn(bool is_whole)
{
	bool is_clean = is_whole && !has_lost() && sim.faults == sim.turn_faults;

	for (uint32_t id = 1; id <= sim.ticket_count; id++) {
		struct ghost_ticket *t = &sim.tickets[id];
		const struct ticket *now = &t->rec.ticket;

		bool is_known = t->proved == t->running && t->proved_life == sim.life;

		if (t->running == 0 || t->running != now->episode.n)
			continue;
		t->proved = t->running;
		t->proved_life = sim.life;
		if (is_known || !t->turn_runs)
			continue;
		for (uint32_t other = 1; is_clean && other <= sim.ticket_count; other++) {
			const struct ghost_ticket *o = &sim.tickets[other];

			if (!o->turn_fails || o->rev != o->turn_rev ||
			    (t->inherited == t->running && other != id) ||
			    o->rec.ticket.blame == BLAME_GATE ||
			    (o->rec.ticket.blame == BLAME_TICKET && other != id) ||
			    (o->rec.ticket.blame == BLAME_AGENT && is_landing(now)))
				continue;
			sim_fail("ticket %u still waits for what runs for ticket %u (%s)", other,
			    id, blame_name(o->rec.ticket.blame));
		}
	}
}

/* --- before something is tried --- */

static bool
waits(const struct ticket *t)
{
	return strcmp(t->backoff_boot.s, sim.boot_id) == 0 && t->backoff_boot_ms > sim.boot_ms;
}

static bool
is_trying(uint32_t id, enum blame blame)
{
	for (size_t i = 0; i < sim.works.n; i++) {
		const struct pending *p = &sim.works.v[i];

		if (p->life == sim.life && p->ep.ticket.n == id &&
		    (blame == BLAME_GATE ? p->kind == WORK_GATE
					 : p->kind == WORK_PREFLIGHT ||
					       (blame == BLAME_REPO && (p->kind == WORK_COMPUTE ||
									   p->kind == WORK_LAND))))
			return true;
	}
	return blame != BLAME_GATE && sim.tickets[id].rec.ticket.episode.state == EPISODE_OPEN;
}

static void
check_part(uint32_t id, enum blame blame)
{
	const struct sim_streak *s = &sim.streaks[blame];
	const struct ticket *last = &sim.tickets[s->last].rec.ticket;

	if (s->failures < 3 || !is_failing(last) || last->blame != blame)
		return;
	if (s->last != id && waits(last))
		sim_fail("ticket %u is tried in the pause after %u failures of the %s", id,
		    s->failures, blame_name(blame));
	for (uint32_t other = 1; other <= sim.ticket_count; other++)
		if (other != id && is_trying(other, blame))
			sim_fail("tickets %u and %u are tried at once after %u failures of the %s",
			    id, other, s->failures, blame_name(blame));
}

/* Who was set aside, and works on, has its slot.  A launcher that holds the lock and could not claim has none: the
 * ticket may be over, or wait for something else. */
static void
check_slots_held(uint32_t id)
{
	unsigned used = 0;

	for (uint32_t other = 1; other <= sim.ticket_count; other++)
		used += other != id && sim.tickets[other].turn_works && proc_has_worker(other);
	if (used >= sim.most_slots + sim.questions)
		sim_fail("ticket %u starts, and %u others are worked on", id, used);
}

void
breaker_try(const struct work *work)
{
	uint32_t id = work->ep.ticket.n;
	bool is_land =
	    work->kind == WORK_COMPUTE || work->kind == WORK_GATE || work->kind == WORK_LAND;

	if (work->kind != WORK_PREFLIGHT && !is_land)
		return;
	check_engine(false);
	if (work->kind == WORK_PREFLIGHT && sim.has_damaged)
		check_slots_held(id);
	if (has_lost())
		return;
	if (waits(&sim.tickets[id].rec.ticket))
		sim_fail("ticket %u is tried before its pause is over", id);
	if (sim.tickets[id].is_urged) { /* a person wants it tried at once */
		sim.tickets[id].is_urged = work->kind != WORK_PREFLIGHT && work->kind != WORK_LAND;
		return;
	}
	if (work->kind != WORK_GATE) /* which tells of the gate, and of nothing else */
		check_part(id, BLAME_REPO);
	if (work->kind == WORK_GATE)
		check_part(id, BLAME_GATE);
	if (is_land) /* it needs no more than that */
		return;
	check_part(id, BLAME_MACHINE);
	check_part(id, BLAME_AGENT);
}
