/* SPDX-License-Identifier: GPL-2.0-only */
/* One trace: how much there is of it, its steps (sim_step.c), then none and no faults, until all is at rest. */
#include "base/base.h"

#include "sim.h"

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
	const struct fs_desc *control = fs_fd(&sim.fs, sim.eyes.control);

	return control == NULL || fs_child(control->node, "kill") != NULL ||
	       fs_child(control->node, "stop") != NULL;
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

/* --- the way to rest --- */

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
	person_leave();
	sim.remind_s = 0; /* who is reminded is never at rest */
	hand_write_config(2, true);
	if (sim.engine != NULL && sim.is_observer)
		sup_gone("observed");
	sim.is_fresh = sim.engine == NULL || sim_random(2);
	if (sim.engine != NULL && sim.is_fresh)
		sup_gone("a fresh one is to find it all");
	for (unsigned round = 0; round < REST_ROUNDS; round++) {
		bool is_busy = sim.works.n > 0 || proc_any();

		sim.step++;
		if (round == 4)
			hand_calm();
		if (sim.engine == NULL)
			sup_start(false);
		sup_turn();
		while (sim.works.n > 0)
			sup_answer();
		for (size_t i = 0; i < sim.procs.n; i++)
			proc_finish(sim.procs.v[i]);
		is_busy |= round < 5 || proc_any() || sim.works.n > 0 || !sim.rest.is_at_rest;
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
		.launcher_cut = SOMETIMES(1500),
		.stop = SOMETIMES(300),
		.environment = SOMETIMES(25000),
		.gate_lost = sim_random(6) ? 0 : 90000,
		.slow_answers = SOMETIMES(70000),
		.lazy_world = SOMETIMES(50000),
		.shut = sim_random(6) ? 2000 : 40000,
		.w_person = 2 + sim_random(10),
		.w_kill = SOMETIMES(150),
		.w_reboot = SOMETIMES(50),
		.w_jump = SOMETIMES(50),
		.w_late = SOMETIMES(200),
		.w_wild = SOMETIMES(100),
		.w_observer = SOMETIMES(500),
		.w_hand = SOMETIMES(60) };
#undef SOMETIMES
}

/*
 * Most bugs need one ticket and few steps, and such a trace is cheap; budgets, queues and slots need more of both.
 * That most of the time goes into the few long ones is meant.  Measured with 34 planted bugs, three seeds each, one size
 * alone, 20 s of processor time at most: the first size never found 3 of them (traces of half that length: 4), the
 * other two found all, the second in the least time (median 17 ms; the first 29 ms, the third 34 ms).
 */
static const struct size {
	unsigned share, least, range; /* of 100 traces; steps */
	unsigned tickets[4];
} sizes[] = {
	{ 70, 6, 25, { 1, 1, 1, 2 } },
	{ 22, 20, 61, { 1, 2, 2, 5 } },
	{ 8, 40, SIM_STEPS - 40, { 2, 5, 5, 5 } },
};

static void
choose_size(void)
{
	unsigned dice = sim_random(100);
	const struct size *s = sizes;

	for (; dice >= s->share; s++)
		dice -= s->share;
	sim.steps = s->least + sim_random(s->range);
	sim.most_creates = s->tickets[sim_random(ARRAY_LEN(s->tickets))];
}

static void
trace_begin(void)
{
	sim.wall_ms = 1763700000000;
	fs_init(&sim.fs);
	world_init();
	machine_set_boot();
	machine_init();
}

static void
ghost_release(struct ghost_ticket *t)
{
	record_release(&t->rec);
	buf_release(&t->damage);
	buf_release(&t->whole);
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
		ghost_release(&sim.tickets[i]);
	strvec_release(&sim.printed);
	free(sim.works.v);
	free(sim.signals.v);
	free(sim.contained.v);
	free(sim.gated.v);
	free(sim.gated_of.v);
	free(sim.known.v);
}

void
sim_trace(uint64_t seed, const uint8_t *skip, bool trace)
{
	sim = (struct sim){ .fs = sim.fs };
	for (size_t i = 0; i < SIM_TICKETS; i++)
		buf_init(&sim.tickets[i].rec.history);
	sim.seed = seed;
	sim.trace = trace;
	sim.skip = skip;
	reseed(0);
	choose_swarm(&sim.swarm);
	choose_size();
	sim.gates = sim_random(4) ? sim_random(3) : 0;
	sim.lets_known = sim_random(2);
	sim.remind_s = sim_random(3) ? 0 : 5 + sim_random(60);
	sim.sup.is_dead = true;
	trace_begin();
	for (sim.step = 1; sim.step < sim.steps; sim.step++) {
		if (skip != NULL && skip[sim.step])
			continue;
		reseed(sim.step);
		sim_step();
	}
	reseed(sim.steps);
	come_to_rest();
	check_end();
	cover->n[COVER_TRACE]++;
	trace_end();
}
