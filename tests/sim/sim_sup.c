/* SPDX-License-Identifier: GPL-2.0-only */
/* The supervisor's life: what the daemon does around a call of the engine. */
#include "base/base.h"

#include "sim.h"

void
sup_gone(const char *how)
{
	sim_say("the supervisor is gone: %s", how);
	sim.sup.is_dead = true;
	if (sim.engine != NULL)
		engine_close(sim.engine);
	root_release(&sim.root);
	fs_fd_close_all(&sim.fs, sim.sup.owner);
	sim.engine = NULL;
	world_forget();
	sim.life++;
}

void
sup_start(bool is_observer)
{
	struct err err = ERR_INIT;
	int rc;

	sim_io_init(&sim.sup, &sim.fs, sim_owner());
	sim.sup.fault = fault_supervisor;
	sim.root = (struct root)ROOT_INIT;
	sim.rest = (struct engine_rest){ false, false, 0 };
	sim.is_observer = is_observer;
	sim_say("%s starts", is_observer ? "an observer" : "a supervisor");
	rc = root_open(&sim.sup.io, SIM_STATE, &sim.root, &err);
	if (rc == 0)
		rc = root_lock(&sim.root, false, &err);
	if (rc == 0)
		rc = root_settle(&sim.root, &err);
	if (rc == 0)
		rc = engine_open(&sim.root, &sim.world, is_observer, &sim.engine, &err);
	if (rc < 0)
		sim.engine = NULL;
	if (rc < 0 && sim.is_quiet)
		sim_fail("the supervisor does not start: %s", err.text);
	if (rc < 0 || sim.sup.is_dead)
		sup_gone(sim.sup.is_dead ? "killed at its start" : err.text);
	else
		check_engine(true);
	breaker_begin();
	for (uint32_t id = 1; id < SIM_TICKETS && sim.engine != NULL; id++)
		cover->n[COVER_ASIDE] += sim.tickets[id].damage.len > 0;
	sim.turn_version = 0;
}

/* What the daemon does around a call of the engine. */
static void
sup_after(int rc, const char *why)
{
	sim.is_inside = false;
	if (sim.sup.is_dead) {
		check_engine(false);
		sup_gone("killed");
		return;
	}
	check_engine(rc == 0);
	breaker_after_turn(rc == 0 && !sim.rest.is_more);
	if (rc < 0 && sim.is_quiet)
		sim_fail("a turn without faults fails: %s", why);
	if (rc < 0 && (rc != ERR_LIMIT || sim.is_observer))
		sup_gone(why);
	else if (sim.is_observer && sim.rest.is_at_rest)
		sup_gone("observed");
}

void
sup_turn(void)
{
	struct err err = ERR_INIT;
	int rc;

	if (sim.engine == NULL || sim.is_inside)
		return;
	sim.was_killed = sim_is_killed();
	sim.is_inside = true;
	breaker_before_turn();
	rc = engine_turn(sim.engine, &sim.rest, &err);
	if (rc < 0)
		sim.rest.is_at_rest = false;
	sim.turn_version = sim.fs.root->below;
	sim_say("turn: %d %s", rc, err.text);
	sup_after(rc, err.text);
}

void
sup_answer(void)
{
	unsigned i;

	if (sim.works.n == 0 || sim.is_inside)
		return;
	i = sim_random((unsigned)sim.works.n);
	if (sim.works.v[i].kind == WORK_GATE && !sim.is_quiet && sim_random(3) > 0)
		return; /* it takes long */
	sim.was_killed = sim_is_killed();
	sim.is_inside = true;
	world_answer(i);
	sim.turn_version = 0; /* what it remembers of it, the next turn takes on */
	sim.is_inside = false;
	if (sim.engine == NULL)
		return;
	if (sim.sup.is_dead)
		sup_after(0, "");
	else
		check_engine(false); /* whether it was committed, the next turn says */
	for (uint32_t id = 1; id <= sim.ticket_count; id++)
		sim.tickets[id].is_own = false;
}

/* A second one must be told who the first is. */
void
sup_second(void)
{
	struct root r = ROOT_INIT;
	struct err err = ERR_INIT;
	const struct fs_node *lock;
	struct sim_io io;
	bool is_free;

	sim_io_init(&io, &sim.fs, sim_owner());
	cover->n[COVER_SECOND]++;
	if (root_open(&io.io, SIM_STATE, &r, &err) < 0)
		sim_fail("%s", err.text);
	lock = fs_child(fs_fd(&sim.fs, sim.eyes.dir)->node, "LOCK");
	is_free = lock->locked == NULL;
	if ((root_lock(&r, false, &err) == 0) != is_free)
		sim_fail("a second supervisor: %s", err.text);
	root_release(&r);
}
