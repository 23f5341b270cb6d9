/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Launchers and workers.  A launcher claims with the real run/claim.c; its agent, and what the agent leaves
 * behind, hold the ticket's lock by inheritance.
 */
#include "base/base.h"

#include "sim.h"

#include "codec/signal_json.h"
#include "run/finish.h"
#include "store/spool.h"
#include "sys/file.h"

static struct proc *
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

static int
launcher_fault(struct sim_io *io, enum sim_op op, struct fs_node *dir, const char *name,
    const struct fs_node *to_dir, const char *to)
{
	if (sim.has_cut) {
		io->is_dead = true;
		return 0;
	}
	if (sim.is_quiet)
		return 0;
	if (op >= OP_CREATE && op <= OP_MKDIR && sim_chance(sim.swarm.launcher_kill)) {
		sim_cover_step(op, dir, name, to_dir, to, false);
		cover->n[COVER_LAUNCHER_DIES]++;
		io->is_dead = true;
		return 0;
	}
	if (sim.is_full && (op == OP_CREATE || op == OP_WRITE || op == OP_MKDIR))
		return -28; /* ENOSPC */
	if (sim_chance(sim.swarm.eio / 4))
		return -5; /* EIO */
	sim_meanwhile();
	return 0;
}

void
proc_launch(struct episode_id ep)
{
	struct proc *p = proc_new(PROC_LAUNCHER, ep);

	p->io.fault = launcher_fault;
	sim_say("  launcher %u of %u.%u appears", p->number, ep.ticket.n, ep.n);
}

/* L0 to L5 */
static void
launcher_claim(struct proc *p)
{
	struct err err = ERR_INIT;
	char ep[32];
	enum run_exit r;

	(void)snprintf(ep, sizeof ep, "%u.%u", p->ep.ticket.n, p->ep.n);
	r = claim_open(&p->claim, &p->io.io, SIM_STATE, ep, &err);
	if (r == RUN_OK)
		r = claim_take(&p->claim, &err);
	sim_say("launcher %u of %s: %d %s", p->number, ep, (int)r, err.text);
	if (r != RUN_OK || p->io.is_dead) {
		proc_end(p);
		return;
	}
	if (!nonce_parse(str_of(p->claim.nonce), &p->nonce))
		sim_fail("episode %s was claimed without a nonce", ep);
	if (sim.tickets[p->ep.ticket.n].was_claimed[p->ep.n])
		sim_fail("episode %s was claimed twice", ep);
	sim.tickets[p->ep.ticket.n].was_claimed[p->ep.n] = true;
	p->stage = 1;
}

/* L6 */
static void
launcher_start(struct proc *p)
{
	struct ghost_ticket *t = &sim.tickets[p->ep.ticket.n];
	struct exit_note note = { .exec_errno = 2, .exit_code = -1 };
	struct proc *a;

	if (!sim.is_quiet && sim_random(20) == 0) { /* the program is not there any more */
		cover->n[COVER_EXEC_FAILS]++;
		(void)finish_note(&p->claim, &note, NULL);
		proc_end(p);
		return;
	}
	if (file_write_new(&p->io.io, p->claim.dir, CLAIM_STARTED, STR("x\n"), NULL) < 0) {
		(void)finish_note(&p->claim, &note, NULL);
		proc_end(p);
		return;
	}
	if (p->io.is_dead) {
		proc_end(p);
		return;
	}
	for (size_t i = 0; i < sim.procs.n; i++) {
		const struct proc *o = sim.procs.v[i];

		if (o->is_alive && o->kind != PROC_LAUNCHER && !o->has_escaped &&
		    o->ep.ticket.n == p->ep.ticket.n)
			sim_fail("two workers on ticket %u: of episode %u and of episode %u",
			    p->ep.ticket.n, o->ep.n, p->ep.n);
	}
	if (t->was_closed[p->ep.n])
		sim_fail("episode %u.%u is closed, and its worker starts", p->ep.ticket.n, p->ep.n);
	t->was_run[p->ep.n] = true;
	a = proc_new(PROC_AGENT, p->ep);
	a->nonce = p->nonce;
	a->launcher = p;
	p->agent = a;
	(void)fs_fd_hand(&sim.fs, p->claim.ticket_lock, a->number);
	p->stage = 2;
	sim_say("agent %u of %u.%u works", a->number, p->ep.ticket.n, p->ep.n);
}

static void
end_left_overs(struct episode_id ep)
{
	for (size_t i = 0; i < sim.procs.n; i++)
		if (sim.procs.v[i]->kind == PROC_LEFT_OVER && episode_id_eq(sim.procs.v[i]->ep, ep))
			proc_end(sim.procs.v[i]);
}

/* L7, L8 */
static void
launcher_finish(struct proc *p)
{
	struct exit_note note = { .has_started = true, .exit_code = (int)sim_random(2) };

	if (sim.is_quiet || sim_random(8))
		end_left_overs(p->ep);
	(void)file_replace(&p->io.io, p->claim.dir, CLAIM_TAIL, STR("the end\n"), NULL);
	(void)finish_note(&p->claim, &note, NULL);
	proc_end(p);
}

static void
launcher_step(struct proc *p)
{
	if (p->stage == 0)
		launcher_claim(p);
	else if (p->stage == 1)
		launcher_start(p);
	else if (!p->agent->is_alive)
		launcher_finish(p);
	if (p->io.is_dead)
		proc_end(p);
}

/* --- what is said --- */

struct ghost_signal *
sim_publish(struct sim_io *io, struct signal *s, const struct nonce *nonce,
    struct episode_id author, bool is_right, struct proc *p)
{
	_cleanup_(buf_release) struct buf b = BUF_INIT;
	struct ghost_signal *g = VEC_PUSH(&sim.signals);
	struct root r = sim_root(io);
	struct err err = ERR_INIT;
	struct signal_id id;
	size_t at = sim.signals.n - 1;
	int rc;

	*g = (struct ghost_signal){ .kind = s->event.kind,
		.ticket = s->event.ticket.n,
		.author = author,
		.is_right = is_right,
		.is_good = true,
		.expect = s->event.expect_rev };
	if (sim_random(10) == 0)
		(void)snprintf(g->id, sizeof g->id, "x-%u", ++sim.said);
	else if (author.n > 0)
		(void)snprintf(g->id, sizeof g->id, "20261121T000000Z.%u.%u.%u", author.ticket.n,
		    author.n, ++sim.said);
	else
		(void)snprintf(g->id, sizeof g->id, "20261121T000000Z.cmd.%u", ++sim.said);
	if (!signal_id_parse(str_of(g->id), &id))
		BUG("no id");
	signal_json_dump(s, nonce, &b);
	if (p != NULL) {
		(void)snprintf(p->last_id, sizeof p->last_id, "%s", g->id);
		buf_clear(&p->last_bytes);
		buf_add_str(&p->last_bytes, buf_str(&b));
	}
	rc = spool_publish(&r, &id, buf_str(&b), &err);
	g = &sim.signals.v[at]; /* others may have spoken meanwhile */
	g->is_acked = rc == 0 && !io->is_dead;
	sim_say("%s %s of ticket %u: %s", g->id, event_name(g->kind), g->ticket,
	    g->is_acked ? "durable" : err.text);
	return g;
}

static const struct nonce *
some_older_nonce(struct proc *a)
{
	for (unsigned i = 0; i < 6 && sim.procs.n > 0; i++) {
		struct proc *o = sim.procs.v[sim_random((unsigned)sim.procs.n)];

		if (o->kind == PROC_AGENT && o->ep.n < a->ep.n && o->ep.ticket.n == a->ep.ticket.n)
			return &o->nonce;
	}
	return NULL;
}

static void
agent_say(struct proc *a, enum event_kind kind)
{
	_cleanup_(signal_release) struct signal s = { 0 };
	struct ghost_ticket *t = &sim.tickets[a->ep.ticket.n];
	struct nonce wrong = a->nonce;
	const struct nonce *nonce = &a->nonce, *other;
	struct ghost_signal *g;
	bool is_right = true, is_good = true;
	unsigned dice = sim.is_quiet ? 99 : sim_random(40);

	s.event.kind = kind;
	s.event.ticket = a->ep.ticket;
	if (sim_random(2))
		s.event.episode = a->ep;
	set_charp(&s.body, kind == EVENT_NOTE ? "a note" : "it is done");
	if (kind == EVENT_DONE || kind == EVENT_REVIEW) {
		is_good = sim.is_quiet || sim_random(8) > 0;
		if (is_good && t->commits > 0 && sim_random(4) == 0)
			; /* the tip of the branch */
		else
			s.event.commit =
			    world_commit(is_good ? 'a' : 'b', a->ep.ticket.n, 0, ++t->commits);
	}
	if (dice >= 4 && dice < 12 && (other = some_older_nonce(a)) != NULL) {
		nonce = other;
		is_right = false;
		cover->n[COVER_OLD_NONCE]++;
	} else if (dice == 1) {
		wrong.b[sim_random(NONCE_BYTES)] ^= 1;
		nonce = &wrong;
		is_right = false;
		cover->n[COVER_WRONG_NONCE]++;
	} else if (dice == 2 && sim.ticket_count > 1) {
		s.event.ticket.n = 1 + a->ep.ticket.n % sim.ticket_count;
		is_right = false;
		cover->n[COVER_WRONG_TICKET]++;
	} else if (dice == 3 && (kind == EVENT_NOTE || kind == EVENT_QUESTION)) {
		set_charp(&s.body, "");
		is_good = false;
	}
	g = sim_publish(&a->io, &s, nonce, a->ep, is_right, a);
	g->is_good = is_good;
	g->is_late = a->has_escaped;
	if (kind == EVENT_DONE || kind == EVENT_REVIEW)
		a->has_reported = true;
	if (kind == EVENT_QUESTION)
		a->has_asked = true;
}

/* The same file once more, as a tool does that was not sure. */
static void
agent_repeat(struct proc *a)
{
	struct root r = sim_root(&a->io);
	struct signal_id id;

	if (!signal_id_parse(str_of(a->last_id), &id))
		return;
	cover->n[COVER_TWICE]++;
	sim_say("%s once more", a->last_id);
	if (spool_publish(&r, &id, buf_str(&a->last_bytes), NULL) == 0 && !a->io.is_dead)
		check_signal(a->last_id)->is_acked = true;
}

static void
agent_step(struct proc *a)
{
	static const enum event_kind kinds[] = { EVENT_DONE, EVENT_DONE, EVENT_REVIEW,
		EVENT_QUESTION, EVENT_NOTE, EVENT_NOTE };
	struct proc *left;

	if (!sim.is_quiet && a->io.fault == NULL)
		a->io.fault = launcher_fault;
	switch (sim_random(12)) {
	case 0:
	case 1:
	case 2:
	case 3:
	case 4:
		agent_say(a, kinds[sim_random(ARRAY_LEN(kinds))]);
		break;
	case 5:
		agent_repeat(a);
		break;
	case 6:
		cover->n[COVER_LEFT_OVER]++;
		left = proc_new(PROC_LEFT_OVER, a->ep);
		left->nonce = a->nonce;
		sim_say("agent %u leaves %u behind", a->number, left->number);
		left->has_escaped = sim_random(3) == 0;
		for (size_t i = 0; !left->has_escaped && i < sim.fs.fds.n; i++)
			if (sim.fs.fds.v[i].desc != NULL && sim.fs.fds.v[i].owner == a->number) {
				(void)fs_fd_hand(&sim.fs, FS_FD_FIRST + (int)i, left->number);
				break;
			}
		break;
	case 7:
		proc_end(a);
		break;
	default:
		if (a->has_reported && sim_random(2))
			proc_end(a);
		break;
	}
	if (a->io.is_dead)
		proc_end(a);
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

/* It says it is done, and all of it is gone at once. */
void
proc_last_word(void)
{
	for (size_t i = sim.procs.n; i-- > 0;) {
		struct proc *a = sim.procs.v[i];

		if (!a->is_alive || a->is_inside || a->kind != PROC_AGENT || a->launcher->is_inside)
			continue;
		agent_say(a, sim_random(4) ? EVENT_DONE : EVENT_QUESTION);
		proc_end(a->launcher);
		return;
	}
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
		agent_say(p, EVENT_DONE);
}
