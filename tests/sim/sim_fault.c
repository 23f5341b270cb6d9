/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Before each step of a simulated process: is it killed, does the power go, does the step fail, does
 * something else happen meanwhile?
 */
#include "base/base.h"

#include "sim.h"

#include <errno.h>

#define STOP_MEANWHILES 8 /* what happens while it is stopped counts as so many */

void
sim_meanwhile(void)
{
	if (sim.depth > 0 || sim.is_quiet || sim.meanwhiles == 0 ||
	    !sim_chance(sim.swarm.meanwhile))
		return;
	sim.meanwhiles--;
	sim.depth++;
	if (sim_random(4) == 0)
		person_step();
	else if (sim_random(6) == 0)
		proc_last_word();
	else if (sim.procs.n > 0)
		proc_step(
		    sim.procs.v[sim.procs.n - 1 -
				sim_random((unsigned)sim.procs.n) % 8 % (unsigned)sim.procs.n]);
	sim.depth--;
}

/* SIGSTOP in the middle of a step: it holds what it holds, and all the others go on. */
static void
stand_still(void)
{
	unsigned n = 1 + sim_random(60);
	int64_t ms = (int64_t)sim_random(600) * 1000;

	if (sim.depth > 0 || sim.meanwhiles == 0)
		return;
	sim.meanwhiles -= sim.meanwhiles < STOP_MEANWHILES ? sim.meanwhiles : STOP_MEANWHILES;
	cover->n[COVER_STOPPED]++;
	sim.has_stopped = true;
	sim_say("  the supervisor is stopped");
	sim.depth++;
	for (unsigned i = 0; i < n && !sim.has_cut; i++) {
		unsigned dice = sim_random(10);

		sim.boot_ms += ms / n;
		sim.wall_ms += ms / n;
		if (dice == 0)
			person_step();
		else if (dice == 1 && sim.works.n > 0)
			world_effect(&sim.works.v[sim_random((unsigned)sim.works.n)]);
		else if (dice == 2)
			sup_second();
		else if (sim.procs.n > 0)
			proc_step(sim.procs.v[sim_random((unsigned)sim.procs.n)]);
	}
	sim.depth--;
	sim_say("  the supervisor goes on");
}

static bool
is_change(enum sim_op op)
{
	return op >= OP_CREATE && op <= OP_MKDIR;
}

static bool
needs_space(enum sim_op op)
{
	return op == OP_CREATE || op == OP_WRITE || op == OP_MKDIR || op == OP_LINK ||
	       op == OP_RENAME;
}

static bool
needs_descriptor(enum sim_op op)
{
	return op == OP_OPEN || op == OP_CREATE || op == OP_LIST || op == OP_PROBE;
}

/* True: this process has ended, by itself or with the machine. */
static bool
is_end(struct sim_io *io, enum sim_op op, struct fs_node *dir, const char *name,
    const struct fs_node *to_dir, const char *to, unsigned kill, unsigned cut)
{
	if (!sim.has_cut && !sim.is_quiet && is_change(op)) {
		if (sim_chance(kill)) {
			sim_cover_step(op, dir, name, to_dir, to, false);
			io->is_dead = true;
		} else if (sim_chance(cut)) {
			sim_cover_step(op, dir, name, to_dir, to, true);
			sim.has_cut = true;
		}
	}
	io->is_dead |= sim.has_cut;
	return io->is_dead;
}

/* The inbox of a name, into which nobody can write for a while: what it is owed is late. */
static bool
is_shut_inbox(const struct fs_node *to_dir)
{
	const struct fs_node *all =
	    sim.is_shut && to_dir && to_dir->parent ? to_dir->parent->parent : NULL;

	return all && all->name && strcmp(all->name, "inbox") == 0;
}

int
fault_supervisor(struct sim_io *io, enum sim_op op, struct fs_node *dir, const char *name,
    const struct fs_node *to_dir, const char *to)
{
	const struct swarm *w = &sim.swarm;

	if (is_end(io, op, dir, name, to_dir, to, w->kill, w->cut) || sim.is_quiet)
		return 0;
	if (needs_space(op) && (sim.is_full || sim_chance(w->enospc))) {
		cover->n[COVER_ENOSPC]++;
		sim.faults++;
		return -ENOSPC;
	}
	if (op == OP_RENAME && is_shut_inbox(to_dir)) {
		sim.faults++;
		return -EACCES;
	}
	if (sim_chance(w->eio)) {
		cover->n[COVER_EIO]++;
		sim.faults++;
		sim.has_misread |= !is_change(op);
		sim_say("  EIO: %d %s", (int)op, name ? name : "");
		return -EIO;
	}
	if ((op == OP_PROBE && sim.is_blind) || (needs_descriptor(op) && sim_chance(w->emfile))) {
		cover->n[COVER_EMFILE]++;
		sim.faults++;
		sim_say("  EMFILE: %d %s", (int)op, name ? name : "");
		return -EMFILE;
	}
	sim_meanwhile();
	if (sim_chance(w->stop))
		stand_still();
	if (op == OP_WRITE && sim_chance(w->shorten)) {
		cover->n[COVER_SHORT]++;
		return 1;
	}
	return 0;
}

int
fault_worker(struct sim_io *io, enum sim_op op, struct fs_node *dir, const char *name,
    const struct fs_node *to_dir, const char *to)
{
	const struct swarm *w = &sim.swarm;

	if (is_end(io, op, dir, name, to_dir, to, w->launcher_kill, w->launcher_cut)) {
		cover->n[COVER_LAUNCHER_DIES] += !sim.has_cut;
		return 0;
	}
	if (sim.is_quiet)
		return 0;
	if (sim.is_full && (op == OP_CREATE || op == OP_WRITE || op == OP_MKDIR))
		return -ENOSPC;
	if (sim_chance(w->eio / 4))
		return -EIO;
	sim_meanwhile();
	return 0;
}

int
fault_person(struct sim_io *io, enum sim_op op, struct fs_node *dir, const char *name,
    const struct fs_node *to_dir, const char *to)
{
	const struct swarm *w = &sim.swarm;

	if (is_end(io, op, dir, name, to_dir, to, w->launcher_kill, w->launcher_cut) ||
	    sim.is_quiet)
		return 0;
	return needs_space(op) && sim.is_full ? -ENOSPC : 0;
}

int
fault_init(struct sim_io *io, enum sim_op op, struct fs_node *dir, const char *name,
    const struct fs_node *to_dir, const char *to)
{
	if (is_end(io, op, dir, name, to_dir, to, 1500, 1500))
		return 0;
	return sim_chance(300) ? -EIO : needs_space(op) && sim_chance(300) ? -ENOSPC : 0;
}
