/* SPDX-License-Identifier: GPL-2.0-only */
/* A launcher: it claims with the real run/claim.c, starts the agent, and says how that ended. */
#include "base/base.h"

#include "sim.h"

#include "run/finish.h"
#include "store/episode.h"
#include "sys/file.h"

void
proc_launch(struct episode_id ep)
{
	struct proc *p = proc_new(PROC_LAUNCHER, ep);

	p->io.fault = fault_worker;
	sim_say("  launcher %u of %u.%u appears", p->number, ep.ticket.n, ep.n);
}

static void
launcher_read(struct episode_id ep, const char *name, struct buf *ret)
{
	struct err err = ERR_INIT;

	if (episode_read(&sim.eyes, ep, name, 1 << 20, ret, &err) < 0)
		sim_fail("episode %u.%u is claimed, and %s: %s", ep.ticket.n, ep.n, name, err.text);
}

/* What goes on with a session has that session's id, and has been told what is new. */
static void
launcher_check_session(struct proc *p)
{
	_cleanup_(launch_release) struct launch past = { .grace_ms = 0 };
	_cleanup_(buf_release) struct buf spec = BUF_INIT, prompt = BUF_INIT, files = BUF_INIT;
	const struct launch *l = &p->claim.launch;
	struct episode_id from;

	launcher_read(p->ep, EPISODE_FILES "/mcp.json", &files);
	if (!l->continues)
		return;
	launcher_read(p->ep, EPISODE_RESUME, &prompt);
	if (!episode_id_parse(str_of(l->continues), &from) || from.ticket.n != p->ep.ticket.n ||
	    from.n >= p->ep.n)
		sim_fail("episode %u.%u goes on with %s", p->ep.ticket.n, p->ep.n, l->continues);
	launcher_read(from, EPISODE_SPEC, &spec);
	if (launch_load(buf_str(&spec), &past, NULL) < 0 || strcmp(past.session, l->session) != 0 ||
	    strcmp(past.agent, l->agent) != 0 || !sim.tickets[from.ticket.n].was_claimed[from.n])
		sim_fail("episode %u.%u goes on with another session than that of %s",
		    p->ep.ticket.n, p->ep.n, l->continues);
	sim_say("  it goes on with the session of %s", l->continues);
}

/* L0 to L5 */
static void
launcher_claim(struct proc *p)
{
	bool was_killed = sim_is_killed();
	unsigned switches = sim.switches;
	struct err err = ERR_INIT;
	_cleanup_(buf_release) struct buf brief = BUF_INIT;
	char ep[32];
	struct fs_node *dir, *file = NULL;
	const char *last, *title;
	enum run_exit r;

	(void)snprintf(ep, sizeof ep, "%u.%u", p->ep.ticket.n, p->ep.n);
	r = claim_open(&p->claim, &p->io.io, SIM_STATE, ep, &err);
	if (r == RUN_OK)
		r = claim_take(&p->claim, &err);
	sim_say("launcher %u of %s: %d %s", p->number, ep, (int)r, err.text);
	if (r != RUN_OK && !p->io.is_dead && !sim.is_quiet && sim_random(4) == 0) {
		p->stage = 3; /* it ends a moment later */
		return;
	}
	if (r != RUN_OK || p->io.is_dead) {
		proc_end(p);
		return;
	}
	if (!nonce_parse(str_of(p->claim.nonce), &p->nonce))
		sim_fail("episode %s was claimed without a nonce", ep);
	if (sim.tickets[p->ep.ticket.n].was_claimed[p->ep.n])
		sim_fail("episode %s was claimed twice", ep);
	sim.tickets[p->ep.ticket.n].was_claimed[p->ep.n] = true;
	if (was_killed && switches == sim.switches)
		sim_fail("episode %s was claimed while the kill switch was on", ep);
	(void)fs_find(&sim.fs, fs_fd(&sim.fs, p->claim.dir)->node, "claimed", &dir, &last, &file);
	if (file == NULL || file->data.len > 0 || file->durable.len > 0)
		sim_fail("episode %s is claimed, and its nonce is still in the store", ep);
	p->stage = 1;
	if (episode_read(&sim.eyes, p->ep, EPISODE_BRIEF, 1 << 20, &brief, &err) < 0)
		sim_fail("episode %s is claimed, and: %s", ep, err.text);
	title = sim.tickets[p->ep.ticket.n].title;
	if (str_find(buf_str(&brief), str_of(title)) < 0)
		sim_fail("the brief of episode %s is not about \"%s\"", ep, title);
	launcher_check_session(p);
}

/* It failed; or it was stopped; or the kill switch was set meanwhile. */
static void
launcher_give_up_setup(struct proc *p)
{
	static char command[] = "npm ci", paused[] = "control/kill is set";
	struct exit_note note = { .setup = command, .exit_code = 1 };

	if (sim_is_killed()) {
		note.was_paused = true;
		note.exec_error = paused;
	} else {
		note.was_stopped = sim_random(4) == 0;
	}
	(void)finish_note(&p->claim, &note, NULL);
	proc_end(p);
}

/* Two tickets at work never have the same port. */
static void
launcher_check_port(const struct proc *p)
{
	for (size_t i = 0; i < sim.procs.n; i++) {
		const struct proc *o = sim.procs.v[i];

		if (o->is_alive && o->kind == PROC_LAUNCHER && o->stage == 2 &&
		    o->ep.ticket.n != p->ep.ticket.n &&
		    o->claim.launch.port == p->claim.launch.port)
			sim_fail("tickets %u and %u both have port %u", o->ep.ticket.n,
			    p->ep.ticket.n, p->claim.launch.port);
	}
	if (p->claim.launch.port == 0)
		sim_fail("episode %u.%u has no port", p->ep.ticket.n, p->ep.n);
}

/* L6 */
static void
launcher_exec(struct proc *p)
{
	struct ghost_ticket *t = &sim.tickets[p->ep.ticket.n];
	struct exit_note note = { .exec_errno = 2, .exit_code = -1 };
	struct proc *a;

	if (!sim.is_quiet && sim_random(20) == 0) { /* the setup of the repository does not work */
		cover->n[COVER_SETUP_FAILS]++;
		launcher_give_up_setup(p);
		return;
	}
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
	launcher_check_port(p);
	if (t->was_closed[p->ep.n])
		sim_fail("episode %u.%u is closed, and its worker starts", p->ep.ticket.n, p->ep.n);
	t->was_run[p->ep.n] = true;
	a = proc_new(PROC_AGENT, p->ep);
	a->nonce = p->nonce;
	a->launcher = p;
	p->agent = a;
	(void)fs_fd_hand(&sim.fs, p->claim.ticket_lock, a->number);
	p->stage = 2;
	t->ran = p->ep.n;
	if (file_write_new(&p->io.io, p->claim.dir, CLAIM_RUNNING, STR(""), NULL) == 0)
		t->running = p->ep.n; /* else a hint is lost */
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

void
launcher_step(struct proc *p)
{
	if (p->stage == 0)
		launcher_claim(p);
	else if (p->stage == 1)
		launcher_exec(p);
	else if (p->stage == 3)
		proc_end(p);
	else if (!p->agent->is_alive)
		launcher_finish(p);
	if (p->io.is_dead)
		proc_end(p);
}
