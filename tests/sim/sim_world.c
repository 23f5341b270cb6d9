/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The world as the engine sees it.  A piece of work has its effect at some moment between start() and its
 * answer; when the supervisor goes down before, at a later moment, or never.
 *
 * Git: commits are names (a: good, b: cannot be taken, c: somebody else's, d: a merge); the target is a tip
 * and the set of what it contains.  A tree is a name, too: of the target and the commit that are merged in it.
 */
#include "base/base.h"

#include "sim.h"

#include "core/queue.h"

#include "sys/file.h"

struct oid
world_commit(char kind, uint32_t a, uint32_t b, uint32_t c)
{
	struct oid o;

	(void)snprintf(o.hex, sizeof o.hex, "%c%07x%016x%08x%08x", kind, a, 0, b, c);
	return o;
}

static bool
contains(struct oid o)
{
	for (size_t i = 0; i < sim.contained.n; i++)
		if (oid_eq(sim.contained.v[i], o))
			return true;
	return false;
}

static void
set_tip(struct oid o)
{
	*VEC_PUSH(&sim.contained) = o;
	sim.tip = o;
}

void
world_move_target(void)
{
	set_tip(world_commit('c', 0, 0, ++sim.merges));
	sim_say("the target moves to %.8s", sim.tip.hex + 32);
}

static bool
has(const struct oid *v, size_t n, struct oid o)
{
	for (size_t i = 0; i < n; i++)
		if (oid_eq(v[i], o))
			return true;
	return false;
}

bool
world_has_gated(struct oid tree, struct oid passed)
{
	for (size_t i = 0; i < sim.gated.n; i++)
		if (oid_eq(sim.gated.v[i], tree) && oid_eq(sim.gated_of.v[i], passed))
			return true;
	return false;
}

static void
gate_passed(struct oid tree, struct oid passed)
{
	*VEC_PUSH(&sim.gated) = tree;
	*VEC_PUSH(&sim.gated_of) = passed;
}

void
world_let_pass(struct oid tree, struct oid passed)
{
	if (!has(sim.known.v, sim.known.n, tree))
		sim_fail("tree %s fails as the target does: nothing says so", tree.hex);
	gate_passed(tree, passed);
}

static struct oid
world_tree(struct oid tip, struct oid passed)
{
	_cleanup_(buf_release) struct buf b = BUF_INIT;
	struct digest d;
	struct oid tree = { "" };

	buf_addf(&b, "%s %s", tip.hex, passed.hex);
	d = digest_of(buf_str(&b));
	buf_clear(&b);
	digest_add_hex(&b, &d);
	(void)snprintf(tree.hex, sizeof tree.hex, "%.40s", b.p);
	return tree;
}

bool
world_gate_runs(uint32_t ticket)
{
	for (size_t i = 0; i < sim.works.n; i++)
		if (sim.works.v[i].kind == WORK_GATE && sim.works.v[i].life == sim.life &&
		    sim.works.v[i].ep.ticket.n == ticket)
			return true;
	return false;
}

/* Its gate was told to end: what it says does not matter any more, so its target may move. */
static bool
gate_is_cancelled(uint32_t ticket)
{
	for (size_t i = 0; i < sim.works.n; i++)
		if (sim.works.v[i].kind == WORK_GATE && sim.works.v[i].life == sim.life &&
		    sim.works.v[i].ep.ticket.n == ticket && sim.works.v[i].is_cancelled)
			return true;
	return false;
}

/* One gate at a time for one target, and what it runs on is not moved away from one that is to land. */
static void
check_turns(const struct work *work)
{
	for (uint32_t id = 1; id <= sim.ticket_count; id++)
		if (world_gate_runs(id) && id != work->ep.ticket.n &&
		    (work->kind == WORK_GATE ||
			(work->kind == WORK_COMPUTE && !gate_is_cancelled(id) &&
			    queue_has(&sim.tickets[id].rec.ticket))))
			sim_fail("ticket %u: %s, and the gate of ticket %u runs", work->ep.ticket.n,
			    work_name(work->kind), id);
	if (work->kind == WORK_GATE && sim.gates == 0)
		sim_fail("ticket %u: a gate, and there is none", work->ep.ticket.n);
}

static void
world_cancel(struct world *w, enum work_kind kind, struct ticket_id id)
{
	(void)w;
	for (size_t i = 0; i < sim.works.n; i++) {
		struct pending *p = &sim.works.v[i];

		if (p->kind != kind || p->ep.ticket.n != id.n || p->life != sim.life)
			continue;
		p->is_cancelled = true;
		if (p->is_done)
			continue; /* it had its end, and the engine has not heard of it */
		p->is_done = true;
		p->result.answer = WORK_ENVIRONMENT;
		(void)snprintf(p->text, sizeof p->text, "stopped");
		cover->n[COVER_CANCEL]++;
	}
}

static int
world_start(struct world *w, const struct work *work, struct err *err)
{
	struct pending *p;

	(void)w;
	if (sim.sup.is_dead)
		return err_set(err, ERR_LIMIT, "gone");
	if (sim.works.n >= 3 && sim_chance(sim.swarm.lazy_world))
		return err_set(err, ERR_LIMIT, "too much at once");
	if (!sim.is_quiet && sim_chance(sim.swarm.environment / 4)) {
		landing_delay(work->ep.ticket.n);
		return err_set(err, ERR_EXTERNAL, "a program cannot be started");
	}
	breaker_try(work);
	landing_try(work);
	check_turns(work);
	prune_try(work);
	p = VEC_PUSH(&sim.works);
	*p = (struct pending){ .kind = work->kind,
		.ep = work->ep,
		.commit = work->commit,
		.from = work->from,
		.merge = work->merge,
		.when_ms = work->when_ms,
		.prune = work->prune,
		.pin = work->pin,
		.is_rest = work->is_rest,
		.life = sim.life };
	if (work->worktree != NULL)
		(void)snprintf(p->worktree, sizeof p->worktree, "%s", work->worktree);
	sim_say("  asked: %s %u.%u", work_name(work->kind), work->ep.ticket.n, work->ep.n);
	return 0;
}

static void
world_no_dir(struct world *w, const char *dir)
{
	(void)w;
	(void)dir;
}

static void
world_follow(struct world *w, struct episode_id ep, pid_t pid, uint64_t start)
{
	(void)w;
	(void)ep;
	(void)pid;
	(void)start;
}

static void
world_unfollow(struct world *w, struct episode_id ep)
{
	(void)w;
	(void)ep;
}

static struct instant
world_now(struct world *w)
{
	(void)w;
	return (struct instant){ sim.wall_ms, sim.boot_ms, sim.boot_id };
}

static const struct world_ops world_ops_ = {
	.start = world_start,
	.cancel = world_cancel,
	.watch = world_no_dir,
	.unwatch = world_no_dir,
	.follow = world_follow,
	.unfollow = world_unfollow,
	.now = world_now,
};

void
world_init(void)
{
	sim.world.ops = &world_ops_;
	set_tip(world_commit('c', 0, 0, 0));
}

/* --- effects --- */

static void
effect_spawn(struct pending *p)
{
	unsigned n = sim.is_quiet ? 1 : "1111102"[sim_random(7)] - '0';

	cover->n[COVER_TWO_LAUNCHERS] += n == 2;
	cover->n[COVER_NO_LAUNCHER] += n == 0;
	for (unsigned i = 0; i < n; i++)
		proc_launch(p->ep);
}

static void
effect_artifact(struct pending *p)
{
	struct ghost_ticket *t = &sim.tickets[p->ep.ticket.n];
	struct oid o = p->commit;

	if (!oid_is_set(o)) /* the tip of the branch */
		o = world_commit(t->commits > 0 ? 'a' : 'b', p->ep.ticket.n, 0, t->commits);
	p->result.a = o;
	if (o.hex[0] != 'a')
		p->result.answer = WORK_BAD;
}

static void
effect_compute(struct pending *p)
{
	p->result.a = p->result.b = sim.tip;
	p->result.c = world_tree(sim.tip, p->commit);
	if (contains(p->commit))
		p->result.answer = WORK_CONTAINED;
	else if (!sim.is_quiet && sim_random(8) == 0)
		p->result.answer = WORK_CONFLICT;
	else if (!sim.is_quiet && sim_random(8) == 0)
		p->result.answer = WORK_HELD;
	else
		p->result.b = world_commit(
		    'd', p->ep.ticket.n, (uint32_t)(p->when_ms / 1000), (uint32_t)sim.contained.n);
}

/* It passes; or fails, alone or as the target does; or nobody can tell. */
static void
effect_gate(struct pending *p)
{
	unsigned dice = sim.is_quiet ? 11 : sim_random(12);

	p->result.a = sim.tip;
	p->result.b = world_commit('d', p->ep.ticket.n, 0, (uint32_t)sim.contained.n);
	p->result.c = world_tree(sim.tip, p->commit);
	if (dice == 0) {
		p->result.answer = WORK_CONFLICT;
	} else if (dice == 1 || sim_chance(sim.swarm.gate_lost)) {
		p->result.answer = WORK_ENVIRONMENT;
		p->result.flag = true;
	} else if (dice <= 3) {
		p->result.answer = WORK_BAD;
	} else if (dice <= 6) {
		p->result.answer = WORK_BAD;
		p->result.flag = true;
		*VEC_PUSH(&sim.known) = p->result.c;
		if (sim.lets_known)
			gate_passed(p->result.c, p->commit);
	} else {
		p->result.answer = contains(p->commit) ? WORK_CONTAINED : WORK_OK;
		gate_passed(p->result.c, p->commit);
	}
}

static void
effect_land(struct pending *p)
{
	if (contains(p->merge)) {
		if (!contains(p->commit))
			sim_fail("ticket %u: the target holds the merge, but not what passed",
			    p->ep.ticket.n);
		return;
	}
	if (!oid_eq(sim.tip, p->from)) {
		p->result.answer = WORK_MOVED;
		return;
	}
	if (!sim.is_quiet && sim_random(8) == 0) {
		p->result.answer = WORK_HELD;
		return;
	}
	if (contains(p->commit))
		sim_fail("ticket %u: %s is merged twice", p->ep.ticket.n, p->commit.hex);
	if (sim.gates > 0 && !world_has_gated(world_tree(p->from, p->commit), p->commit))
		sim_fail("ticket %u lands, and this merge has passed no gate", p->ep.ticket.n);
	*VEC_PUSH(&sim.contained) = p->commit;
	set_tip(p->merge);
	sim_say("  landed: ticket %u", p->ep.ticket.n);
}

/* A helper that an earlier supervisor left has the repository's token: who proves waits for it. */
static void
effect_prove(struct pending *p)
{
	p->result.answer = contains(p->merge) ? WORK_OK : WORK_MOVED;
	for (size_t i = 0; i < sim.works.n; i++)
		if (sim.works.v[i].kind == WORK_LAND && !sim.works.v[i].is_done)
			p->result.answer = WORK_ENVIRONMENT;
}

static void
effect_hook(struct pending *p)
{
	sim.tickets[p->ep.ticket.n].hooks++;
	if (!sim.is_quiet && sim_random(4) == 0)
		p->result.answer = WORK_BAD;
}

static void
effect_worktree(struct pending *p)
{
	struct io *io = &sim.checker.io;
	char parent[120];
	char *slash;

	(void)snprintf(parent, sizeof parent, "%s", p->worktree);
	slash = strrchr(parent, '/');
	*slash = '\0';
	(void)io->ops->mkdir(io, IO_CWD, parent);
	(void)io->ops->mkdir(io, IO_CWD, p->worktree);
}

/* Of its worktree or branch. */
static bool
has_own_fault(enum work_kind kind)
{
	return (kind == WORK_PREFLIGHT || kind == WORK_PREPARE || kind == WORK_GATE) &&
	       sim_random(2);
}

void
world_effect(struct pending *p)
{
	bool fails = !sim.is_quiet && sim_chance(sim.swarm.environment);

	if (p->is_done)
		return;
	p->is_done = true;
	p->result.answer = WORK_OK;
	(void)snprintf(p->text, sizeof p->text, "because");
	if (fails && sim_random(2)) { /* failed, and nothing was done */
		p->result.answer = has_own_fault(p->kind) ? WORK_OWN : WORK_ENVIRONMENT;
		return;
	}
	switch (p->kind) {
	case WORK_PREFLIGHT:
		p->result.a = sim.tip;
		break;
	case WORK_PREPARE:
		effect_worktree(p);
		break;
	case WORK_SPAWN:
		effect_spawn(p);
		break;
	case WORK_ARTIFACT:
		effect_artifact(p);
		break;
	case WORK_STOP:
		proc_stop(p->ep);
		break;
	case WORK_SALVAGE:
		if (sim_random(2))
			p->result.a = world_commit('e', p->ep.ticket.n, p->ep.n, 1);
		break;
	case WORK_COMPUTE:
		effect_compute(p);
		break;
	case WORK_GATE:
		effect_gate(p);
		break;
	case WORK_PROVE:
		effect_prove(p);
		break;
	case WORK_LAND:
		effect_land(p);
		break;
	case WORK_HOOK:
		effect_hook(p);
		break;
	case WORK_CLEAN:
		prune_effect(p);
		break;
	}
	if (fails) /* it was done, and the answer says something else */
		p->result.answer = WORK_ENVIRONMENT;
}

void
world_answer(size_t i)
{
	struct pending p = sim.works.v[i];
	uint64_t faults;

	world_effect(&p);
	sim.works.v[i] = sim.works.v[--sim.works.n];
	if (p.life != sim.life || sim.engine == NULL) {
		cover->n[COVER_LATE_EFFECT]++;
		return;
	}
	sim_say(
	    "answer: %s %u.%u: %d", work_name(p.kind), p.ep.ticket.n, p.ep.n, (int)p.result.answer);
	p.result.text = str_of(p.result.answer == WORK_OK && p.kind != WORK_CLEAN ? "" : p.text);
	sim.has_computed = (p.kind == WORK_COMPUTE || p.kind == WORK_GATE) &&
			   (p.result.answer == WORK_OK || p.result.answer == WORK_CONTAINED ||
			       p.result.answer == WORK_BAD);
	sim.tickets[p.ep.ticket.n].is_own = p.result.answer == WORK_OWN;
	faults = sim.faults;
	engine_on_work(sim.engine, p.kind, p.ep.ticket, &p.result);
	if (sim.faults != faults || p.kind == WORK_PROVE)
		landing_delay(p.ep.ticket.n);
}

void
world_forget(void)
{
	for (size_t i = 0; i < sim.works.n;) {
		struct pending *p = &sim.works.v[i];
		/* A window is opened by tmux, whether we live or not; a helper dies with us, mostly. */
		bool goes_on =
		    p->kind == WORK_SPAWN || (p->kind == WORK_LAND && sim_random(3) == 0);

		cover->n[COVER_LOST_ANSWER]++;
		if (goes_on && !sim.has_cut && sim_random(2)) {
			i++;
			continue;
		}
		if (sim_random(2)) /* the power goes a moment later */
			world_effect(p);
		sim_cover_work(p->kind, p->is_done, sim.has_cut);
		sim.works.v[i] = sim.works.v[--sim.works.n];
	}
}
