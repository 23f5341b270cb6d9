/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One step of a trace.  Three of four changed nothing, before those that would be in vain were others instead: a
 * turn of a supervisor that is not there or has seen all, a world with nothing to do, processes that are dead.
 */
#include "base/base.h"

#include "sim.h"

#define MEANWHILES 20

static void
step_world(void)
{
	if (sim.works.n > 0 && !sim_chance(sim.swarm.slow_answers))
		sup_answer();
	else if (sim.works.n > 0 && sim_random(2))
		world_effect(&sim.works.v[sim_random((unsigned)sim.works.n)]);
	else if (sim_random(8) == 0)
		world_move_target();
}

static void
step_proc(void)
{
	unsigned n = (unsigned)sim.procs.n;

	for (unsigned i = 0, at = sim_random(n); i < n; i++) /* the next one that lives */
		if (sim.procs.v[(at + i) % n]->is_alive) {
			proc_step(sim.procs.v[(at + i) % n]);
			return;
		}
}

static void
step_late(void)
{
	uint32_t id = 1 + sim_random(sim.ticket_count);
	struct episode_id ep = { { id }, 1 + sim_random(4) };

	if (sim_random(2) && sim.procs.n > 0) {
		struct proc *p = sim.procs.v[sim_random((unsigned)sim.procs.n)];

		if (p->kind == PROC_LAUNCHER && p->is_alive)
			cover->n[COVER_LAUNCHER_DIES]++;
		proc_end(p);
		return;
	}
	cover->n[COVER_LATE_LAUNCHER]++;
	proc_launch(ep);
}

static void
step_rare(void)
{
	const struct swarm *w = &sim.swarm;
	unsigned dice = sim_random(1000);

	if (dice < w->w_kill && sim.engine != NULL) {
		cover->n[COVER_KILL]++;
		sup_gone("killed between two turns");
	} else if ((dice -= w->w_kill) < w->w_reboot) {
		cover->n[COVER_REBOOT]++;
		sim.has_cut = true;
	} else if ((dice -= w->w_reboot) < w->w_jump) {
		machine_jump_wall();
	} else if ((dice -= w->w_jump) < w->w_late) {
		step_late();
	} else if ((dice -= w->w_late) < w->w_wild) {
		hand_wild();
	} else if ((dice -= w->w_wild) < w->w_hand) {
		hand_step();
	} else if ((dice -= w->w_hand) < 20) {
		sup_second();
	} else if (w->enospc > 0 && dice < 60) {
		sim.is_full = !sim.is_full && sim_random(3) == 0;
	} else if (w->emfile > 0 && dice < 100) {
		sim.is_blind = !sim.is_blind && sim_random(2);
	} else {
		machine_pass_time();
	}
}

enum step_kind { STEP_TURN, STEP_WORLD, STEP_PROC, STEP_PERSON, STEP_RARE };

/* Is there anything that the supervisor has not seen? */
static bool
has_news(void)
{
	const struct engine_rest *rest = &sim.rest;

	return sim.fs.root->below != sim.turn_version || !rest->is_at_rest || rest->is_more ||
	       (rest->next_boot_ms > 0 && rest->next_boot_ms <= sim.boot_ms);
}

static bool
is_in_vain(enum step_kind kind)
{
	switch (kind) {
	case STEP_TURN: /* to look again changes nothing: that is worth a look now and then */
		return sim.engine == NULL || (!has_news() && sim_random(6) > 0);
	case STEP_WORLD:
		return sim.works.n == 0 && sim_random(8) > 0;
	case STEP_PROC:
		return !proc_any();
	case STEP_PERSON:
	case STEP_RARE:
		break;
	}
	return false;
}

static void
step_start(void)
{
	sup_start(sim_random(1000) < sim.swarm.w_observer);
	cover->n[COVER_OBSERVER] += sim.is_observer;
}

static void
step_instead(void)
{
	if (sim.engine == NULL)
		step_start();
	else if (has_news())
		sup_turn();
	else if (sim.works.n > 0)
		step_world();
	else if (proc_any())
		step_proc();
	else if (sim_random(2))
		person_step();
	else
		machine_pass_time();
}

static void
step_any(void)
{
	unsigned dice = sim_random(100);
	enum step_kind kind = dice < 30                        ? STEP_TURN
			      : dice < 55                      ? STEP_WORLD
			      : dice < 82                      ? STEP_PROC
			      : dice < 82 + sim.swarm.w_person ? STEP_PERSON
							       : STEP_RARE;

	if (is_in_vain(kind))
		step_instead();
	else if (kind == STEP_TURN)
		sup_turn();
	else if (kind == STEP_WORLD)
		step_world();
	else if (kind == STEP_PROC)
		step_proc();
	else if (kind == STEP_PERSON)
		person_step();
	else
		step_rare();
}

void
sim_step(void)
{
	int64_t ms = sim_random(300);

	sim.boot_ms += ms;
	sim.wall_ms += ms;
	sim.meanwhiles = MEANWHILES;
	cover->n[COVER_STEP]++;
	if (sim.engine == NULL && sim_random(4) == 0)
		step_start();
	else if (sim.engine == NULL && sim.swarm.w_hand > 0 && sim_random(6) == 0)
		hand_step(); /* what it finds is another configuration than it left */
	else
		step_any();
	if (sim.person.is_dead && !sim.has_cut) {
		fs_fd_close_all(&sim.fs, sim.person.owner);
		sim_io_init(&sim.person, &sim.fs, sim_owner());
		sim.person.fault = fault_person;
	}
	for (size_t i = 0; i < sim.procs.n; i++)
		if (sim.procs.v[i]->is_alive && sim.procs.v[i]->io.is_dead)
			proc_end(sim.procs.v[i]);
	if (sim.has_cut)
		machine_power_cut();
	check_step();
}
