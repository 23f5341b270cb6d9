/* SPDX-License-Identifier: GPL-2.0-only */
/* One trace: random steps with faults, then none, until all is at rest. */
#include "base/base.h"

#include "sim.h"

#include <errno.h>

#include "sys/file.h"

#define REST_ROUNDS 3000

struct sim sim;

/* --- random numbers (splitmix64) --- */

static uint64_t
mix(uint64_t z)
{
	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return z ^ (z >> 31);
}

static void
reseed(uint64_t step)
{
	sim.rng = mix(sim.seed * 0x9e3779b97f4a7c15u + mix(step + 1));
}

unsigned
sim_random(unsigned below)
{
	sim.rng += 0x9e3779b97f4a7c15u;
	return below == 0 ? 0 : (unsigned)((mix(sim.rng) >> 33) % below);
}

bool
sim_chance(unsigned of_100000)
{
	return of_100000 > 0 && sim_random(100000) < of_100000;
}

int64_t
sim_wall_ms(void)
{
	return sim.wall_ms;
}

unsigned
sim_owner(void)
{
	return ++sim.owners;
}

struct root
sim_root(struct sim_io *io)
{
	struct root r = sim.eyes;

	r.io = &io->io;
	return r;
}

bool
sim_is_killed(void)
{
	return root_control(&sim.eyes, "kill", NULL) != 0 ||
	       root_control(&sim.eyes, "stop", NULL) != 0;
}

void
sim_say(const char *fmt, ...)
{
	va_list ap;

	if (!sim.trace)
		return;
	printf("%5u %8lld  %*s", sim.step, (long long)sim.boot_ms, (int)sim.depth * 4, "");
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	putchar('\n');
}

/* --- faults --- */

void
sim_meanwhile(void)
{
	if (sim.depth > 0 || sim.is_quiet || !sim_chance(sim.swarm.meanwhile))
		return;
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

static int
sup_fault(struct sim_io *io, enum sim_op op, struct fs_node *dir, const char *name,
    const struct fs_node *to_dir, const char *to)
{
	const struct swarm *w = &sim.swarm;
	bool changes = op >= OP_CREATE && op <= OP_MKDIR;

	if (sim.has_cut)
		io->is_dead = true;
	if (sim.has_cut || sim.is_quiet)
		return 0;
	if (changes && sim_chance(w->kill)) {
		sim_cover_step(op, dir, name, to_dir, to, false);
		io->is_dead = true;
		return 0;
	}
	if (changes && sim_chance(w->cut)) {
		sim_cover_step(op, dir, name, to_dir, to, true);
		io->is_dead = sim.has_cut = true;
		return 0;
	}
	if (needs_space(op) && (sim.is_full || sim_chance(w->enospc))) {
		cover->n[COVER_ENOSPC]++;
		return -ENOSPC;
	}
	if (sim_chance(w->eio)) {
		cover->n[COVER_EIO]++;
		sim_say("  EIO: %d %s", (int)op, name ? name : "");
		return -EIO;
	}
	if ((op == OP_PROBE && sim.is_blind) || (needs_descriptor(op) && sim_chance(w->emfile))) {
		cover->n[COVER_EMFILE]++;
		sim_say("  EMFILE: %d %s", (int)op, name ? name : "");
		return -EMFILE;
	}
	sim_meanwhile();
	if (op == OP_WRITE && sim_chance(w->shorten)) {
		cover->n[COVER_SHORT]++;
		return 1;
	}
	return 0;
}

static int
person_fault(struct sim_io *io, enum sim_op op, struct fs_node *dir, const char *name,
    const struct fs_node *to_dir, const char *to)
{
	(void)dir;
	(void)name;
	(void)to_dir;
	(void)to;
	if (sim.has_cut)
		io->is_dead = true;
	if (sim.has_cut || sim.is_quiet)
		return 0;
	if (op >= OP_CREATE && op <= OP_MKDIR && sim_chance(sim.swarm.launcher_kill)) {
		io->is_dead = true;
		return 0;
	}
	return needs_space(op) && sim.is_full ? -ENOSPC : 0;
}

/* --- the supervisor --- */

static void
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

static void
sup_start(bool is_observer)
{
	struct err err = ERR_INIT;
	int rc;

	sim_io_init(&sim.sup, &sim.fs, sim_owner());
	sim.sup.fault = sup_fault;
	sim.root = (struct root)ROOT_INIT;
	sim.rest = (struct engine_rest){ false, false, 0 };
	sim.is_observer = is_observer;
	sim_say("%s starts", is_observer ? "an observer" : "a supervisor");
	rc = root_open(&sim.sup.io, SIM_STATE, &sim.root, &err);
	if (rc == 0)
		rc = root_lock(&sim.root, &err);
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
	if (rc < 0 && sim.is_quiet)
		sim_fail("a turn without faults fails: %s", why);
	if (rc < 0 && (rc != ERR_LIMIT || sim.is_observer))
		sup_gone(why);
	else if (sim.is_observer && sim.rest.is_at_rest)
		sup_gone("observed");
}

static void
sup_turn(void)
{
	struct err err = ERR_INIT;
	int rc;

	if (sim.engine == NULL || sim.is_inside)
		return;
	sim.was_killed = sim_is_killed();
	sim.is_inside = true;
	rc = engine_turn(sim.engine, &sim.rest, &err);
	if (rc < 0)
		sim.rest.is_at_rest = false;
	sim_say("turn: %d %s", rc, err.text);
	sup_after(rc, err.text);
}

static void
sup_answer(void)
{
	if (sim.works.n == 0 || sim.is_inside)
		return;
	sim.was_killed = sim_is_killed();
	sim.is_inside = true;
	world_answer(sim_random((unsigned)sim.works.n));
	sim.is_inside = false;
	if (sim.engine == NULL)
		return;
	if (sim.sup.is_dead)
		sup_after(0, "");
	else
		check_engine(false); /* whether it was committed, the next turn says */
}

/* A second one must be told who the first is. */
static void
sup_second(void)
{
	struct root r = ROOT_INIT;
	struct err err = ERR_INIT;
	struct sim_io io;

	sim_io_init(&io, &sim.fs, sim_owner());
	cover->n[COVER_SECOND]++;
	if (root_open(&io.io, SIM_STATE, &r, &err) < 0)
		sim_fail("%s", err.text);
	if ((root_lock(&r, &err) == 0) != (sim.engine == NULL))
		sim_fail("a second supervisor: %s", err.text);
	root_release(&r);
}

/* --- the machine --- */

static void
eyes_open(void)
{
	struct err err = ERR_INIT;

	sim_io_init(&sim.checker, &sim.fs, sim_owner());
	sim_io_init(&sim.person, &sim.fs, sim_owner());
	sim.person.fault = person_fault;
	sim.eyes = (struct root)ROOT_INIT;
	if (root_open(&sim.checker.io, SIM_STATE, &sim.eyes, &err) < 0)
		sim_fail("the store does not open: %s", err.text);
}

static void
set_boot(void)
{
	sim.boot++;
	sim.boot_ms = 1000 + sim_random(5000);
	(void)snprintf(sim.boot_id, sizeof sim.boot_id, "00000000-0000-0000-0000-%012u", sim.boot);
}

static void
power_cut(void)
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
	set_boot();
	eyes_open();
	check_after_cut();
}

static void
pass_time(void)
{
	int64_t ms = sim_random(3) ? sim_random(3000) : sim_random(60000);

	if (sim.rest.next_boot_ms > sim.boot_ms && sim_random(2))
		ms = sim.rest.next_boot_ms - sim.boot_ms;
	sim.boot_ms += ms;
	sim.wall_ms += ms;
}

static void
jump_wall(void)
{
	int64_t ms = (int64_t)sim_random(200000) * 1000;

	cover->n[COVER_JUMP]++;
	sim.has_jumped = true;
	sim.wall_ms += sim_random(2) ? ms : -ms;
	sim_say("the clock jumps");
}

/* --- steps --- */

static void
step_world(void)
{
	if (sim.works.n > 0 && !sim_chance(sim.swarm.slow_answers))
		sup_answer();
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
		jump_wall();
	} else if ((dice -= w->w_jump) < w->w_late) {
		step_late();
	} else if ((dice -= w->w_late) < w->w_wild) {
		person_wild();
	} else if ((dice -= w->w_wild) < 20) {
		sup_second();
	} else if (w->enospc > 0 && dice < 60) {
		sim.is_full = !sim.is_full && sim_random(3) == 0;
	} else if (w->emfile > 0 && dice < 100) {
		sim.is_blind = !sim.is_blind && sim_random(2);
	} else {
		pass_time();
	}
}

static void
step(void)
{
	int64_t ms = sim_random(300);

	sim.boot_ms += ms;
	sim.wall_ms += ms;
	cover->n[COVER_STEP]++;
	if (sim.engine == NULL && sim_random(4) == 0) {
		sup_start(sim_random(1000) < sim.swarm.w_observer);
		cover->n[COVER_OBSERVER] += sim.is_observer;
	} else {
		unsigned dice = sim_random(100);

		if (dice < 30)
			sup_turn();
		else if (dice < 55)
			step_world();
		else if (dice < 82)
			step_proc();
		else if (dice < 82 + sim.swarm.w_person)
			person_step();
		else
			step_rare();
	}
	if (sim.person.is_dead && !sim.has_cut) {
		fs_fd_close_all(&sim.fs, sim.person.owner);
		sim_io_init(&sim.person, &sim.fs, sim_owner());
		sim.person.fault = person_fault;
	}
	for (size_t i = 0; i < sim.procs.n; i++)
		if (sim.procs.v[i]->is_alive && sim.procs.v[i]->io.is_dead)
			proc_end(sim.procs.v[i]);
	if (sim.has_cut)
		power_cut();
	check_step();
}

/* Faults are over: it must come to rest by itself. */
static void
come_to_rest(void)
{
	memset(&sim.swarm, 0, sizeof sim.swarm);
	sim.is_full = sim.is_blind = false;
	sup_turn(); /* what went wrong before, ends it now */
	sim.is_quiet = true;
	sim.sup.fault = NULL;
	person_calm();
	if (sim.engine != NULL && sim.is_observer)
		sup_gone("observed");
	sim.is_fresh = sim.engine == NULL || sim_random(2);
	if (sim.engine != NULL && sim.is_fresh)
		sup_gone("a fresh one is to find it all");
	for (unsigned round = 0; round < REST_ROUNDS; round++) {
		bool is_busy = sim.works.n > 0 || proc_any();

		sim.step++;
		if (sim.engine == NULL)
			sup_start(false);
		sup_turn();
		while (sim.works.n > 0)
			sup_answer();
		for (size_t i = 0; i < sim.procs.n; i++)
			proc_finish(sim.procs.v[i]);
		is_busy |= proc_any() || sim.works.n > 0 || !sim.rest.is_at_rest;
		if (sim.rest.next_boot_ms > sim.boot_ms) {
			sim.wall_ms += sim.rest.next_boot_ms - sim.boot_ms;
			sim.boot_ms = sim.rest.next_boot_ms;
		} else if (!is_busy) {
			return;
		}
	}
	sim_fail("no rest after %d rounds", REST_ROUNDS);
}

static void
choose_swarm(struct swarm *w)
{
#define SOMETIMES(n) (sim_random(2) ? sim_random(n) : 0)
	*w = (struct swarm){ .kill = SOMETIMES(1200),
		.cut = SOMETIMES(800),
		.eio = SOMETIMES(200),
		.enospc = SOMETIMES(400),
		.emfile = SOMETIMES(200),
		.shorten = SOMETIMES(20000),
		.meanwhile = SOMETIMES(6000),
		.launcher_kill = SOMETIMES(4000),
		.environment = SOMETIMES(25000),
		.slow_answers = SOMETIMES(70000),
		.lazy_world = SOMETIMES(50000),
		.w_person = 2 + sim_random(10),
		.w_kill = SOMETIMES(150),
		.w_reboot = SOMETIMES(50),
		.w_jump = SOMETIMES(50),
		.w_late = SOMETIMES(200),
		.w_wild = SOMETIMES(100),
		.w_observer = SOMETIMES(500) };
#undef SOMETIMES
}

static void
trace_begin(void)
{
	static const char config[] = "[defaults]\nagent = sh\nslots = 2\nremind = 0s\n[repo "
				     "\"app\"]\npath = /sim/app\nbase = main\n"
				     "[agent \"sh\"]\nstart = ./agent {ticket}\n";
	struct err err = ERR_INIT;

	sim.wall_ms = 1763700000000;
	fs_init(&sim.fs);
	world_init();
	set_boot();
	sim_io_init(&sim.checker, &sim.fs, sim_owner());
	if (root_init(&sim.checker.io, SIM_STATE, &err) < 0)
		sim_fail("%s", err.text);
	eyes_open();
	if (file_replace(&sim.checker.io, sim.eyes.dir, "config", str_of(config), &err) < 0)
		sim_fail("%s", err.text);
	fs_sync_all(&sim.fs);
}

static void
trace_end(void)
{
	if (sim.engine != NULL)
		sup_gone("the end");
	sim.checker.is_dead = true;
	root_release(&sim.eyes);
	proc_release();
	fs_release(&sim.fs);
	for (size_t i = 0; i < SIM_TICKETS; i++)
		record_release(&sim.tickets[i].rec);
	free(sim.works.v);
	free(sim.signals.v);
	free(sim.contained.v);
}

void
sim_trace(uint64_t seed, const uint8_t *skip, bool trace)
{
	memset(&sim, 0, sizeof sim);
	for (size_t i = 0; i < SIM_TICKETS; i++)
		buf_init(&sim.tickets[i].rec.history);
	sim.seed = seed;
	sim.trace = trace;
	sim.skip = skip;
	reseed(0);
	choose_swarm(&sim.swarm);
	sim.steps = 40 + sim_random(SIM_STEPS - 40);
	sim.sup.is_dead = true;
	trace_begin();
	for (sim.step = 1; sim.step < sim.steps; sim.step++) {
		if (skip != NULL && skip[sim.step])
			continue;
		reseed(sim.step);
		step();
	}
	reseed(sim.steps);
	come_to_rest();
	check_end();
	cover->n[COVER_TRACE]++;
	trace_end();
}
