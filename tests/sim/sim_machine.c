/* SPDX-License-Identifier: GPL-2.0-only */
/* The machine: its power, its boots, its clocks; and the first `reeve init` on it. */
#include "base/base.h"

#include "sim.h"

void
eyes_open(void)
{
	struct err err = ERR_INIT;

	sim_io_init(&sim.checker, &sim.fs, sim_owner());
	sim_io_init(&sim.person, &sim.fs, sim_owner());
	sim.person.fault = fault_person;
	sim.eyes = (struct root)ROOT_INIT;
	if (root_open(&sim.checker.io, SIM_STATE, &sim.eyes, &err) < 0)
		sim_fail("the store does not open: %s", err.text);
}

void
machine_set_boot(void)
{
	sim.boot++;
	sim.boot_ms = 1000 + sim_random(5000);
	(void)snprintf(sim.boot_id, sizeof sim.boot_id, "00000000-0000-0000-0000-%012u", sim.boot);
}

void
machine_power_cut(void)
{
	enum fs_cut mode = (enum fs_cut)sim_random(3);

	sim_say("the power goes (%d)", (int)mode);
	if (sim.engine != NULL)
		sup_gone("power cut");
	proc_end_all();
	world_forget();
	sim.checker.is_dead = sim.person.is_dead = true;
	root_release(&sim.eyes);
	fs_cut(&sim.fs, mode);
	memset(sim.torn_fd, 0, sizeof sim.torn_fd);
	sim.has_cut = false;
	machine_set_boot();
	eyes_open();
	check_after_cut();
}

void
machine_pass_time(void)
{
	int64_t ms = sim_random(3) ? sim_random(3000) : sim_random(60000);

	if (sim.rest.next_boot_ms > sim.boot_ms && sim_random(2))
		ms = sim.rest.next_boot_ms - sim.boot_ms;
	sim.boot_ms += ms;
	sim.wall_ms += ms;
}

void
machine_jump_wall(void)
{
	int64_t ms = (int64_t)sim_random(200000) * 1000;

	bool is_back = sim_random(2);

	cover->n[is_back ? COVER_JUMP_BACK : COVER_JUMP]++;
	sim.has_jumped = true;
	sim.wall_ms += is_back ? -ms : ms;
	sim_say("the clock jumps");
}

/* --- reeve init --- */

/* One try; true: it says that the store is there. */
static bool
init_try(bool is_faulty)
{
	struct err err = ERR_INIT;
	struct sim_io io;
	bool is_done;

	sim_io_init(&io, &sim.fs, sim_owner());
	if (is_faulty)
		io.fault = fault_init;
	is_done = root_init(&io.io, SIM_STATE, &err) == 0 && !io.is_dead;
	if (!is_done && !is_faulty)
		sim_fail("reeve init: %s", err.text);
	sim_say("init: %s", is_done ? "done" : err.text);
	fs_fd_close_all(&sim.fs, io.owner);
	return is_done;
}

/* Ends of init at any step, and again, until it is done; then the power goes: the store has to be there. */
void
machine_init(void)
{
	bool is_done = false;

	if (sim_random(3) == 0) {
		for (unsigned i = 0; i < 6 && !is_done; i++) {
			is_done = init_try(true);
			if (sim.has_cut || is_done) {
				sim.has_cut = false;
				fs_cut(&sim.fs, (enum fs_cut)sim_random(3));
			}
		}
		cover->n[COVER_INIT]++;
	}
	if (!is_done)
		(void)init_try(false);
	eyes_open();
	hand_write_config(2, true);
	fs_sync_all(&sim.fs);
}
