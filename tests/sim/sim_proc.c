/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The processes of workers: a launcher, its agent, and what the agent leaves behind.  Agent and left-overs
 * hold the ticket's lock by inheritance.
 */
#include "base/base.h"

#include "sim.h"

struct proc *
proc_new(enum proc_kind kind, struct episode_id ep)
{
	struct proc *p = xcalloc(1, sizeof *p);

	*p = (struct proc){ .kind = kind, .is_alive = true, .ep = ep, .claim = CLAIM_INIT };
	buf_init(&p->last_bytes);
	p->number = sim_owner();
	sim_io_init(&p->io, &sim.fs, p->number);
	*VEC_PUSH(&sim.procs) = p;
	return p;
}

void
proc_release(void)
{
	for (size_t i = 0; i < sim.procs.n; i++) {
		struct proc *p = sim.procs.v[i];

		p->io.is_dead = true;
		if (p->claim.io != NULL)
			claim_release(&p->claim);
		buf_release(&p->last_bytes);
		free(p);
	}
	free(sim.procs.v);
}

/* The kernel ends it: descriptors are closed, and who asked for that is ended with it. */
void
proc_end(struct proc *p)
{
	if (!p->is_alive)
		return;
	p->is_alive = false;
	p->io.is_dead = true;
	fs_fd_close_all(&sim.fs, p->number);
	sim_say("  ends: %s %u of %u.%u",
	    p->kind == PROC_LAUNCHER ? "launcher"
	    : p->kind == PROC_AGENT  ? "agent"
				     : "left-over",
	    p->number, p->ep.ticket.n, p->ep.n);
	if (p->kind == PROC_LAUNCHER && p->agent != NULL)
		proc_end(p->agent);
}

void
proc_end_all(void)
{
	for (size_t i = 0; i < sim.procs.n; i++)
		proc_end(sim.procs.v[i]);
}

bool
proc_any(void)
{
	for (size_t i = 0; i < sim.procs.n; i++)
		if (sim.procs.v[i]->is_alive)
			return true;
	return false;
}

bool
proc_holds(uint32_t ticket)
{
	for (size_t i = 0; i < sim.procs.n; i++) {
		struct proc *p = sim.procs.v[i];

		if (p->is_alive && p->ep.ticket.n == ticket && !p->has_escaped &&
		    (p->kind != PROC_LAUNCHER || p->claim.ticket_lock >= 0))
			return true;
	}
	return false;
}

bool
proc_has_worker(uint32_t ticket)
{
	for (size_t i = 0; i < sim.procs.n; i++) {
		const struct proc *p = sim.procs.v[i];

		if (p->is_alive && p->ep.ticket.n == ticket && !p->has_escaped &&
		    (p->kind != PROC_LAUNCHER || p->stage == 1 || p->stage == 2))
			return true;
	}
	return false;
}

bool
proc_works(struct episode_id ep)
{
	for (size_t i = 0; i < sim.procs.n; i++) {
		struct proc *p = sim.procs.v[i];

		if (p->is_alive && p->kind == PROC_LAUNCHER && episode_id_eq(p->ep, ep) &&
		    p->claim.lock >= 0)
			return true;
	}
	return false;
}

void
proc_step(struct proc *p)
{
	if (!p->is_alive || p->is_inside)
		return;
	p->is_inside = true;
	if (p->kind == PROC_LAUNCHER)
		launcher_step(p);
	else if (p->kind == PROC_AGENT)
		agent_step(p);
	else if (sim_random(3) == 0)
		agent_say(p, EVENT_NOTE); /* late: its agent may be gone */
	else if (sim_random(8) == 0)
		agent_say(p, EVENT_DONE);
	else if (sim_random(10) == 0)
		proc_end(p);
	p->is_inside = false;
	if (p->io.is_dead)
		proc_end(p);
}

/* SIGTERM, then SIGKILL: some say a last word. */
void
proc_stop(struct episode_id ep)
{
	for (size_t i = 0; i < sim.procs.n; i++) {
		struct proc *p = sim.procs.v[i];

		if (!p->is_alive || p->has_escaped || !episode_id_eq(p->ep, ep))
			continue;
		if (p->kind == PROC_LAUNCHER && p->stage < 2)
			continue; /* it is found by its tag, and has none yet */
		if (p->kind == PROC_AGENT && !p->is_inside && sim_random(3) == 0)
			agent_say(p, EVENT_DONE);
		if (p->kind != PROC_LAUNCHER || sim_random(4) == 0)
			proc_end(p);
	}
}

void
proc_finish(struct proc *p)
{
	p->io.fault = NULL;
	if (!p->is_alive)
		return;
	if (p->kind == PROC_LEFT_OVER)
		proc_end(p);
	else if (p->kind == PROC_LAUNCHER)
		launcher_step(p);
	else if (p->has_asked || p->has_reported)
		proc_end(p);
	else
		agent_say(p, agent_end(p));
}
