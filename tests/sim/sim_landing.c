/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Landings take turns, and what follows a ticket that is done.  Who is delayed for reasons that no file tells (a
 * program that could not be started, a disk that was full) is known here because it was this world that did it.
 */
#include "base/base.h"

#include "sim.h"

#include "core/breaker.h"
#include "core/queue.h"

#define LANDING_DELAY_MS 31000 /* the longest that is only in memory: local changes */

static bool
is_landing(enum work_kind kind)
{
	return kind == WORK_COMPUTE || kind == WORK_LAND || kind == WORK_PROVE;
}

void
landing_delay(uint32_t id)
{
	sim.tickets[id].delay_boot_ms = sim.boot_ms + LANDING_DELAY_MS;
	sim.tickets[id].delay_life = sim.life;
}

static bool
is_delayed(const struct ghost_ticket *g)
{
	const struct ticket *t = &g->rec.ticket;

	return queue_is_delayed(t, sim.boot_id, sim.boot_ms) || t->cause[0] != '\0' ||
	       t->env_failures > 0 || (g->delay_life == sim.life && g->delay_boot_ms > sim.boot_ms);
}

static bool
is_breaker_open(void)
{
	for (uint32_t id = 1; id <= sim.ticket_count; id++)
		if (sim.tickets[id].rec.ticket.env_failures >= BREAKER_FAILURES)
			return true;
	return false;
}

/* The order once more, in other words than those of core/queue.h. */
static bool
is_older(const struct ticket *a, const struct ticket *b)
{
	return a->passed_wall_ms < b->passed_wall_ms ||
	       (a->passed_wall_ms == b->passed_wall_ms && a->id.n < b->id.n);
}

/* The oldest verdict that is not delayed goes first; and none is computed while another lands. */
static void
check_turn(uint32_t id)
{
	const struct record *mine = &sim.tickets[id].rec;

	for (uint32_t other = 1; other <= sim.ticket_count; other++) {
		const struct ghost_ticket *g = &sim.tickets[other];

		if (other == id || g->rev == 0 || !queue_has(&g->rec.ticket) || is_delayed(g) ||
		    !queue_is_shared(&g->rec.spec, &mine->spec))
			continue;
		if (sim.gates > 0 && oid_is_set(mine->ticket.gated) &&
		    g->rec.ticket.phase == PHASE_APPROVED)
			continue; /* its gate is not to have been run in vain */
		if (g->rec.ticket.phase == PHASE_MERGING || is_older(&g->rec.ticket, &mine->ticket))
			sim_fail(
			    "ticket %u is to land before ticket %u, which passed first", id, other);
	}
}

/* Also the gates of what is to land; those of what waits for its verdict are no part of it. */
static bool
is_at_work(enum work_kind kind, uint32_t id)
{
	return is_landing(kind) || (kind == WORK_GATE && queue_has(&sim.tickets[id].rec.ticket));
}

void
landing_try(const struct work *work)
{
	uint32_t id = work->ep.ticket.n;

	if (work->kind == WORK_GATE || work->kind == WORK_HOOK)
		check_engine(false); /* who else asks has looked */
	if (work->kind == WORK_HOOK && !sim.has_damaged &&
	    (sim.tickets[id].rec.ticket.phase != PHASE_DONE ||
		sim.tickets[id].rec.ticket.hook != HOOK_OWED || !sim.tickets[id].owes_hook))
		sim_fail("ticket %u: a hook runs that nobody owes", id);
	if (work->kind == WORK_HOOK && sim.was_killed && sim_is_killed())
		sim_fail("ticket %u: a hook runs while the kill switch is on", id);
	if (!is_at_work(work->kind, id))
		return;
	for (size_t i = 0; i < sim.works.n; i++)
		if (sim.works.v[i].life == sim.life &&
		    is_at_work(sim.works.v[i].kind, sim.works.v[i].ep.ticket.n))
			sim_fail("ticket %u: two landings at once", id);
	if ((work->kind == WORK_COMPUTE || work->kind == WORK_GATE) && !sim.has_damaged &&
	    !sim.has_misread && !is_breaker_open())
		check_turn(id);
}

void
landing_entry(uint32_t id, const struct history_entry *h)
{
	struct ghost_ticket *g = &sim.tickets[id];

	if (h->to == PHASE_DONE && h->from != PHASE_DONE) {
		g->hooks = 0;
		g->owes_hook = h->event.owes_hook;
	}
	if (h->event.kind == EVENT_HOOK_RUN && g->hooks == 0 &&
	    strncmp(h->event.reason, "not run", 7) != 0)
		sim_fail("ticket %u: its hook was run, and was not", id);
}

/* The place in the queue is that of the verdict, as long as it counts. */
void
landing_change(const struct ticket *was, const struct ticket *now)
{
	if (now->rev == was->rev + 1 && oid_is_set(was->passed) &&
	    oid_eq(was->passed, now->passed) && now->passed_wall_ms != was->passed_wall_ms)
		sim_fail("ticket %u: it has lost its place in the queue", now->id.n);
}

void
landing_end(void)
{
	for (uint32_t id = 1; id <= sim.ticket_count; id++)
		if (sim.tickets[id].rec.ticket.hook == HOOK_OWED)
			sim_fail("at rest, and the hook of ticket %u is owed", id);
}
