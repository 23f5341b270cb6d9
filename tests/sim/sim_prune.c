/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What is left of a ticket that is over, as the simulator sees it: a directory for the worktree, and one beside it
 * while that goes.
 *
 * What may be asked of the world is found from the history alone: the landing of a ticket that is done, or a person's
 * order that was not carried out yet; never with the kill switch on, never of a ticket that goes on.
 */
#include "base/base.h"

#include "sim.h"

#include "store/tickets.h"
#include "sys/file.h"

#define PLACE SIM_STATE "/worktrees/app"

struct order {
	enum prune what;
	uint64_t rev;
	enum phase phase;
	struct oid merge;
};

static void
order_entry(struct order *o, const struct history_entry *h)
{
	enum event_kind kind = h->event.kind;

	if (kind == EVENT_PRUNE) {
		o->rev = o->what ? o->rev : h->rev;
		o->what = o->what > h->event.prune ? o->what : h->event.prune;
	} else if (kind == EVENT_PRUNED || kind == EVENT_KEPT || kind == EVENT_REOPEN) {
		o->what = PRUNE_UNSET;
		o->rev = 0;
	}
	if (kind == EVENT_INTENT)
		o->merge = h->event.merge;
	else if (kind == EVENT_REOPEN || kind == EVENT_MOVED || kind == EVENT_WITHDRAWN)
		o->merge = (struct oid){ "" };
	o->phase = h->to;
}

static void
order_of(uint32_t id, struct order *ret)
{
	_cleanup_(record_release) struct record rec = { .history = BUF_INIT };
	struct history_entry h;
	struct str rest;

	*ret = (struct order){ PRUNE_UNSET, 0, PHASE_UNBORN, { "" } };
	if (ticket_read(&sim.eyes, (struct ticket_id){ id }, &rec, NULL) < 0)
		sim_fail("ticket %u is cleaned up, and cannot be read", id);
	rest = buf_str(&rec.history);
	while (history_next(&rest, &h, NULL) == 0)
		order_entry(ret, &h);
}

/* The engine asks for it. */
void
prune_try(const struct work *work)
{
	uint32_t id = work->ep.ticket.n;
	struct order o;

	if (work->kind != WORK_CLEAN || sim.tickets[id].damage.len > 0)
		return;
	order_of(id, &o);
	if (!phase_is_final(o.phase))
		sim_fail("ticket %u is %s, and cleaned up", id, phase_name(o.phase));
	if (sim.is_observer)
		sim_fail("ticket %u is cleaned up by who only decides", id);
	if (sim.was_killed && sim_is_killed())
		sim_fail("ticket %u is cleaned up while the kill switch is on", id);
	if (proc_holds(id))
		sim_fail("ticket %u is cleaned up, and something of it lives", id);
	if (work->is_rest)
		return;
	if (work->prune != o.what || work->pin != o.rev)
		sim_fail("ticket %u: %s of revision %llu is pruned, and nobody asked for that", id,
		    prune_name(work->prune), (unsigned long long)work->pin);
	if (o.what == PRUNE_UNSET && o.phase != PHASE_DONE)
		sim_fail(
		    "ticket %u is %s, nobody asked, and it is cleaned up", id, phase_name(o.phase));
	if (oid_is_set(work->merge) && !oid_eq(work->merge, o.merge)) /* none proves nothing */
		sim_fail("ticket %u is cleaned up as landed by %s", id, work->merge.hex);
}

static bool
is_landed(struct oid o)
{
	for (size_t i = 0; i < sim.contained.n; i++)
		if (oid_eq(sim.contained.v[i], o))
			return true;
	return false;
}

static void
prune_move(const struct pending *p)
{
	struct io *io = &sim.checker.io;
	char gone[160];
	const char *name = strrchr(p->worktree, '/') + 1;

	(void)snprintf(gone, sizeof gone, "%.*s" TICKET_WORKTREE_GONE "%s",
	    (int)(name - p->worktree), p->worktree, name);
	(void)io->ops->unlink(io, IO_CWD, gone, true);
	if (!p->is_rest)
		(void)io->ops->rename(io, IO_CWD, p->worktree, IO_CWD, gone, false);
}

/* It is carried out: what git says is a matter of luck, but what has not landed never goes unasked. */
void
prune_effect(struct pending *p)
{
	struct ghost_ticket *t = &sim.tickets[p->ep.ticket.n];
	bool is_named = p->prune == PRUNE_WORK || p->prune == PRUNE_REFS;

	p->result.flag =
	    p->is_rest || (is_named ? sim_random(8) > 0 : is_landed(p->merge) && sim_random(2));
	if (!p->result.flag)
		return;
	if (p->prune != PRUNE_REFS)
		prune_move(p);
	if (p->is_rest || p->prune == PRUNE_UNSET)
		p->text[0] = '\0';
	else
		(void)snprintf(p->text, sizeof p->text, "%s refs/reeve/%u/pruned-%llu",
		    is_named ? "parked" : "removed", p->ep.ticket.n, (unsigned long long)p->pin);
	if (p->prune == PRUNE_WORK)
		p->result.b = world_commit('f', p->ep.ticket.n, 0, (uint32_t)p->pin);
	if (!p->is_rest && p->pin > 0)
		t->pruned_rev = p->pin;
}

/* What the history says of it. */
void
prune_entry(struct ghost_ticket *t, uint32_t id, const struct history_entry *h, bool is_new)
{
	const struct event *e = &h->event;
	struct ghost_walk *s = &t->walk;

	if (e->kind == EVENT_PRUNE && e->prune == PRUNE_REFS &&
	    strncmp(e->actor, "person:", 7) != 0)
		sim_fail("ticket %u: its refs go, and %s wants that", id, e->actor);
	if (is_new && (e->kind == EVENT_PRUNED || e->kind == EVENT_KEPT) && h->from != h->to)
		sim_fail("ticket %u: %s moves it", id, event_name(e->kind));
	if (is_new && e->kind == EVENT_PRUNED && s->prune_rev > 0 && t->pruned_rev != s->prune_rev)
		sim_fail("ticket %u is said to be pruned by revision %llu, and was not", id,
		    (unsigned long long)s->prune_rev);
	if (is_new && e->kind == EVENT_PRUNED && e->prune == PRUNE_WORK && !oid_is_set(e->commit))
		sim_fail("ticket %u is pruned, and nothing tells where its work is", id);
	if (e->kind == EVENT_PRUNE)
		s->prune_rev = s->prune_rev ? s->prune_rev : h->rev;
	else if (e->kind == EVENT_PRUNED || e->kind == EVENT_KEPT || e->kind == EVENT_REOPEN)
		s->prune_rev = 0;
}

/* At rest every order was carried out, and no half of a worktree is left. */
void
prune_check_end(void)
{
	_cleanup_(strvec_release) struct strvec names = STRVEC_INIT;
	struct io *io = &sim.checker.io;
	int dir = io->ops->open(io, IO_CWD, PLACE, IO_READ | IO_DIR);

	for (uint32_t id = 1; id <= sim.ticket_count; id++)
		if (sim.tickets[id].walk.prune_rev > 0 && sim.tickets[id].damage.len == 0)
			sim_fail("at rest, and ticket %u is to be pruned", id);
	if (dir < 0)
		return;
	if (file_list(io, dir, &names, NULL) < 0)
		sim_fail("the worktrees cannot be listed");
	for (size_t i = 0; i < names.n; i++) {
		uint32_t id = 0;

		if (!str_starts(str_of(names.v[i]), TICKET_WORKTREE_GONE))
			continue;
		id = (uint32_t)strtoul(names.v[i] + strlen(TICKET_WORKTREE_GONE), NULL, 10);
		if (id < SIM_TICKETS && !phase_is_final(sim.tickets[id].phase))
			continue; /* opened again: it goes when that is over */
		if (id < SIM_TICKETS && !sim.is_fresh &&
		    sim.tickets[id].rec.ticket.cause[0] != '\0')
			continue; /* it could not be removed, and the next supervisor tries again */
		sim_fail("at rest, and there is %s", names.v[i]);
	}
	io_close(io, dir);
}
