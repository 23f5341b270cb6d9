/* SPDX-License-Identifier: GPL-2.0-only */
/* An agent, and what it says: with the right nonce or another one, once or twice, early or late. */
#include "base/base.h"

#include "sim.h"

#include "codec/signal_json.h"
#include "store/spool.h"

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
		.commit = s->event.commit,
		.expect = s->event.expect_rev };
	if (sim_random(10) == 0)
		check_name_signal(g, "x-%u", ++sim.said);
	else if (author.n > 0)
		check_name_signal(
		    g, "20261121T000000Z.%u.%u.%u", author.ticket.n, author.n, ++sim.said);
	else
		check_name_signal(g, "20261121T000000Z.cmd.%u", ++sim.said);
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

void
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
	if ((kind == EVENT_PASS || kind == EVENT_FAIL) && sim_random(2)) {
		is_good = sim.is_quiet || sim_random(8) > 0;
		s.event.commit = is_good ? t->rec.ticket.pinned
					 : world_commit('a', a->ep.ticket.n, 7, ++sim.said);
	}
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
	if (kind != EVENT_QUESTION && kind != EVENT_NOTE)
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

static bool
is_reviewer(const struct proc *a)
{
	const struct episode *ep = &sim.tickets[a->ep.ticket.n].rec.ticket.episode;

	return ep->n == a->ep.n && ep->role == ROLE_REVIEWER;
}

/* What its role does not say, over and over. */
static void
agent_flood(struct proc *a)
{
	cover->n[COVER_FLOOD]++;
	for (unsigned n = 2 + sim_random(14); n > 0 && a->is_alive && !a->io.is_dead; n--)
		agent_say(a, is_reviewer(a) ? EVENT_REVIEW : EVENT_FAIL);
}

/* Its last word. */
enum event_kind
agent_end(const struct proc *a)
{
	if (is_reviewer(a))
		return sim_random(3) ? EVENT_PASS : EVENT_FAIL;
	return EVENT_DONE;
}

void
agent_step(struct proc *a)
{
	static const enum event_kind kinds[] = { EVENT_DONE, EVENT_DONE, EVENT_REVIEW,
		EVENT_QUESTION, EVENT_NOTE, EVENT_NOTE };
	static const enum event_kind reviews[] = { EVENT_PASS, EVENT_PASS, EVENT_FAIL,
		EVENT_QUESTION, EVENT_NOTE, EVENT_DONE };
	struct proc *left;

	if (!sim.is_quiet && a->io.fault == NULL)
		a->io.fault = fault_worker;
	switch (sim_random(12)) {
	case 0:
	case 1:
	case 2:
	case 3:
	case 4:
		agent_say(a, (is_reviewer(a) ? reviews : kinds)[sim_random(ARRAY_LEN(kinds))]);
		break;
	case 5:
		if (sim_random(2))
			agent_flood(a);
		else
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

/* It says it is done, and all of it is gone at once. */
void
proc_last_word(void)
{
	for (size_t i = sim.procs.n; i-- > 0;) {
		struct proc *a = sim.procs.v[i];

		if (!a->is_alive || a->is_inside || a->kind != PROC_AGENT || a->launcher->is_inside)
			continue;
		agent_say(a, sim_random(4) ? agent_end(a) : EVENT_QUESTION);
		proc_end(a->launcher);
		return;
	}
}
