/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A ticket's history against what really happened.  A file is read when it is another one than at the last
 * look; of a history that grew, the new lines are walked: the state of the walk is kept, and the bytes
 * before must be the same.  After a power cut an older revision may be there: then all is walked again.
 */
#include "base/base.h"

#include "sim.h"

#include "codec/ticket_text.h"
#include "store/tickets.h"

struct walk {
	struct ghost_ticket *t;
	struct ghost_walk *s;
	const struct record *rec;
	uint32_t id;
	bool is_new; /* since the last look */
};

static void
walk_report(struct walk *w, const struct history_entry *h)
{
	const struct event *e = &h->event;
	const struct ghost_signal *g = check_signal(e->sig.s);

	if (g == NULL)
		sim_fail("ticket %u: %s was never said", w->id, e->sig.s);
	if (g->kind != e->kind || g->ticket != w->id || !g->is_right)
		sim_fail("ticket %u took %s, which is of %u.%u and false", w->id, g->id,
		    g->author.ticket.n, g->author.n);
	if (!w->s->is_open || g->author.n != w->s->ep)
		sim_fail("stale: ticket %u took %s of episode %u while the current one is %u (%s)",
		    w->id, g->id, g->author.n, w->s->ep, w->s->is_open ? "open" : "closed");
	if (w->s->is_void || !w->s->is_claimed)
		sim_fail("ticket %u took %s of an episode that is %s", w->id, g->id,
		    w->s->is_void ? "superseded" : "not claimed");
	if (w->s->terminal > 0)
		sim_fail("ticket %u took %s after the end was reported", w->id, g->id);
	if (e->kind == EVENT_PASS || e->kind == EVENT_FAIL) {
		w->s->terminal++;
		if (!oid_eq(w->s->reviewed, w->s->pinned))
			sim_fail("ticket %u took %s on a commit that is not pinned any more", w->id,
			    g->id);
	}
	if (e->kind == EVENT_DONE || e->kind == EVENT_REVIEW) {
		w->s->terminal++;
		if (!g->is_good || e->commit.hex[0] != 'a')
			sim_fail("ticket %u took %s with a bad commit", w->id, g->id);
	}
}

/* What a start has to wait for. */
static void
walk_start_guards(const struct walk *w, const struct history_entry *h)
{
	const struct record *rec = w->rec;
	uint32_t after;

	if (sim.was_killed && sim_is_killed())
		sim_fail("ticket %u starts while the kill switch is on", w->id);
	if (proc_holds(w->id))
		sim_fail("ticket %u starts while something of it lives", w->id);
	if (!w->s->is_review && rec->spec.after != NULL &&
	    str_u32(str_of(rec->spec.after), &after) && !sim.tickets[after].was_done)
		sim_fail("ticket %u starts before ticket %u is done", w->id, after);
	if (!sim.has_jumped && rec->ticket.not_before_wall_ms > h->wall_ms + 1000)
		sim_fail("ticket %u starts before its time", w->id);
}

static void
walk_start(struct walk *w, const struct history_entry *h)
{
	if (w->s->is_open)
		sim_fail("ticket %u: an episode begins while %u is open", w->id, w->s->ep);
	w->s->ep++;
	if (w->s->ep >= ARRAY_LEN(w->t->was_run))
		sim_fail("ticket %u has too many episodes", w->id);
	w->s->is_open = true;
	w->s->is_review = h->to == PHASE_REV_STARTING;
	w->s->reviewed = w->s->pinned;
	if (w->is_new)
		(void)snprintf(w->t->title, sizeof w->t->title, "%s",
		    w->rec->ticket.rev == h->rev ? w->rec->spec.title : "");
	w->s->is_claimed = w->s->is_void = false;
	w->s->terminal = 0;
	if (w->s->is_cancelled)
		sim_fail("ticket %u is cancelled, and starts", w->id);
	sim.has_started |= w->is_new;
	if (w->is_new && sim.engine != NULL)
		walk_start_guards(w, h);
}

static void
walk_close(struct walk *w, const struct history_entry *h)
{
	bool never = h->event.kind != EVENT_CLOSED;

	if (!w->s->is_open)
		sim_fail("ticket %u: what is not open is closed", w->id);
	if (never && w->t->was_run[w->s->ep])
		sim_fail("episode %u.%u ran, and is said never to have started", w->id, w->s->ep);
	if (w->is_new)
		for (size_t i = 0; i < sim.procs.n; i++) {
			const struct proc *p = sim.procs.v[i];

			if (p->is_alive && !p->has_escaped && p->ep.ticket.n == w->id &&
			    p->ep.n == w->s->ep &&
			    (p->kind != PROC_LAUNCHER || p->stage == 1 || p->stage == 2))
				sim_fail("episode %u.%u is closed, and process %u of it lives (%d)",
				    w->id, w->s->ep, p->number, (int)p->kind);
		}
	w->s->is_open = false;
	w->t->was_closed[w->s->ep] = true;
}

static bool
landed(struct oid o)
{
	for (size_t i = 0; i < sim.contained.n; i++)
		if (oid_eq(sim.contained.v[i], o))
			return true;
	return false;
}

/* A commit is pinned: it is the one that was named, by a report or by a person. */
static void
walk_pin(struct walk *w, const struct history_entry *h)
{
	const struct event *e = &h->event;
	const struct ghost_signal *g = check_signal(e->sig.s);
	const struct ghost_signal *of = e->adopts.s[0] ? check_signal(e->adopts.s) : NULL;

	if (g == NULL || e->commit.hex[0] != 'a' || !g->is_good)
		sim_fail(
		    "ticket %u: %s pins %s, which cannot be taken", w->id, e->sig.s, e->commit.hex);
	if (oid_is_set(g->commit) ? !oid_eq(g->commit, e->commit)
				  : e->commit.hex[7] != world_commit('a', w->id, 0, 0).hex[7])
		sim_fail(
		    "ticket %u: %s pins %s, which it does not name", w->id, g->id, e->commit.hex);
	if (e->adopts.s[0] != '\0' && (of == NULL || of->ticket != w->id || of->applied > 0 ||
					  (of->kind != EVENT_DONE && of->kind != EVENT_REVIEW)))
		sim_fail(
		    "ticket %u adopts %s, which is no refused report of it", w->id, e->adopts.s);
	w->s->pinned = e->commit;
}

/* Who reviews: a reviewer that is not to judge any more is superseded. */
static void
walk_policy(struct ghost_walk *s, const struct event *e)
{
	if (!e->review || e->review == s->review)
		return;
	if (e->kind == EVENT_EDIT && s->is_open && s->is_review)
		s->is_void = true;
	s->has_verdict |= e->kind == EVENT_EDIT && e->review == REVIEW_NONE;
	s->review = e->review;
}

/* What passed the gates, and what may go on only then. */
static void
walk_gate(struct walk *w, const struct history_entry *h)
{
	const struct event *e = &h->event;
	struct ghost_walk *s = w->s;
	bool to_review =
	    e->kind == EVENT_ROUTE || (e->kind == EVENT_START && h->to == PHASE_REV_STARTING);

	if (to_review && sim.gates == 2 && !s->is_gated)
		sim_fail("ticket %u goes to its reviewer, and has passed no gate", w->id);
	if (e->kind == EVENT_GATED && !world_has_gated(e->tree, s->pinned))
		sim_fail("ticket %u is said to have passed the gates, and has not", w->id);
	if (e->kind == EVENT_ACCEPT && h->from == PHASE_ATTENTION && oid_is_set(s->known)) {
		if (w->is_new)
			cover->n[COVER_KNOWN]++;
		world_let_pass(s->known, s->pinned);
	}
	if (e->kind == EVENT_GATED)
		s->is_gated = true;
	else if (e->kind == EVENT_DONE || e->kind == EVENT_REVIEW || e->kind == EVENT_ADOPT ||
		 e->kind == EVENT_AMEND || e->kind == EVENT_FAIL || e->kind == EVENT_REJECT ||
		 e->kind == EVENT_CONFLICT || e->kind == EVENT_GATE_FAILED ||
		 e->kind == EVENT_ASSIGN || e->kind == EVENT_REOPEN ||
		 (e->kind == EVENT_EDIT && e->has_spec) ||
		 (e->kind == EVENT_RETRY && h->from == PHASE_ATTENTION))
		s->is_gated = false;
	if (e->kind == EVENT_GATE_FAILED && e->is_preexisting)
		s->known = e->tree;
	else if (!s->is_gated && h->from != PHASE_ATTENTION &&
		 h->from != PHASE_PARKED) /* and back: a person has yet to say */
		s->known = (struct oid){ "" };
	if (e->kind == EVENT_RETRY || e->kind == EVENT_ACCEPT)
		s->known = (struct oid){ "" };
}

/* Who let what pass. */
static void
walk_verdict(struct walk *w, const struct history_entry *h)
{
	const struct event *e = &h->event;
	struct ghost_walk *s = w->s;
	bool is_verdict = e->kind == EVENT_ACCEPT || e->kind == EVENT_REJECT ||
			  e->kind == EVENT_PASS || e->kind == EVENT_FAIL;

	if (is_verdict && oid_is_set(e->commit) && !oid_eq(e->commit, s->pinned))
		sim_fail(
		    "ticket %u: a verdict on %s counts for another commit", w->id, e->commit.hex);
	if (e->kind == EVENT_REJECT && !e->has_text)
		sim_fail("ticket %u is sent back without a word", w->id);
	if (e->kind == EVENT_INTENT && !s->has_verdict)
		sim_fail("ticket %u is merged, and nobody let it pass", w->id);
	if (e->kind == EVENT_REOPEN && strncmp(e->actor, "person:", 7) != 0)
		sim_fail("ticket %u is opened again by %s", w->id, e->actor);
	if (w->is_new && e->kind == EVENT_WITHDRAWN &&
	    landed(s->merge)) /* later it may: the same again */
		sim_fail("ticket %u is taken back, and has landed", w->id);
	if (e->kind == EVENT_INTENT)
		s->merge = e->merge;
	if (e->kind == EVENT_DONE || e->kind == EVENT_REVIEW || e->kind == EVENT_ADOPT ||
	    e->kind == EVENT_AMEND)
		walk_pin(w, h);
	walk_policy(s, e);
	if (e->kind == EVENT_ACCEPT || e->kind == EVENT_PASS)
		s->has_verdict = true;
	if (e->kind == EVENT_DONE || e->kind == EVENT_REVIEW)
		s->has_verdict = h->row == 11;
	else if (e->kind == EVENT_REJECT || e->kind == EVENT_FAIL || e->kind == EVENT_CONFLICT ||
		 (e->kind == EVENT_GATE_FAILED && !e->is_preexisting) || e->kind == EVENT_REOPEN ||
		 e->kind == EVENT_ASSIGN || e->kind == EVENT_ADOPT || e->kind == EVENT_AMEND ||
		 (e->kind == EVENT_EDIT && e->has_spec))
		s->has_verdict = false;
	if (e->kind == EVENT_CANCEL || e->kind == EVENT_REOPEN)
		s->is_cancelled = e->kind == EVENT_CANCEL;
}

/* Somebody is reminded of what did not change for so long. */
static void
walk_remind(const struct walk *w, const struct history_entry *h)
{
	if (sim.remind_s == 0 || sim.is_observer ||
	    h->wall_ms - w->s->last_wall_ms < ((int64_t)sim.remind_s - 1) * 1000)
		sim_fail("ticket %u: somebody is reminded after %lld ms, and not of %u s", w->id,
		    (long long)(h->wall_ms - w->s->last_wall_ms), sim.remind_s);
}

static void
walk_entry(struct walk *w, const struct history_entry *h)
{
	const struct event *e = &h->event;

	if (w->is_new && h->row < ARRAY_LEN(cover->rows))
		cover->rows[h->row]++;
	if (w->is_new && e->kind == EVENT_REMIND)
		walk_remind(w, h);
	if (w->is_new) {
		check_said(w->id, h->rev);
		breaker_entry(w->id, h);
		landing_entry(w->id, h);
	}
	w->s->last_wall_ms = h->wall_ms;
	prune_entry(w->t, w->id, h, w->is_new);
	walk_verdict(w, h);
	walk_gate(w, h);
	sim.questions += w->is_new && e->kind == EVENT_QUESTION;
	if (event_is_report(e->kind))
		walk_report(w, h);
	else if (e->kind == EVENT_START)
		walk_start(w, h);
	else if (e->kind == EVENT_CLAIMED)
		w->s->is_claimed = true;
	else if (e->kind == EVENT_CLOSED || e->kind == EVENT_NEVER_STARTED ||
		 (e->kind == EVENT_ENV_FAILED && w->s->is_open &&
		     (h->from == PHASE_STARTING || h->from == PHASE_REV_STARTING)))
		walk_close(w, h);
	else if (e->kind == EVENT_PARK || e->kind == EVENT_CANCEL || e->kind == EVENT_ANSWER ||
		 e->kind == EVENT_EXPIRED || e->kind == EVENT_ASSIGN || e->kind == EVENT_ADOPT ||
		 e->kind == EVENT_ACCEPT || e->kind == EVENT_REJECT ||
		 (e->kind == EVENT_EDIT && (e->has_spec || e->want == WANT_PARK)))
		w->s->is_void = true;
	if (e->kind == EVENT_INTENT && w->is_new && sim.was_killed && sim_is_killed())
		sim_fail("ticket %u: a landing is begun while the kill switch is on", w->id);
	if (e->kind == EVENT_INTENT && w->s->is_open)
		sim_fail("ticket %u is merged while episode %u is open", w->id, w->s->ep);
	if (e->sig.s[0] != '\0') {
		struct ghost_signal *g = check_signal(e->sig.s);

		if (g == NULL && strcmp(e->sig.s, "junk") != 0)
			sim_fail("ticket %u: %s was never said", w->id, e->sig.s);
		if (g != NULL && g->expect > 0 && g->expect + 1 != h->rev &&
		    !(e->kind == EVENT_ANSWER && g->expect == w->s->asked_rev))
			sim_fail("%s is for revision %llu, and became %llu", g->id,
			    (unsigned long long)g->expect, (unsigned long long)h->rev);
		if (g != NULL && ++g->applied > 1)
			sim_fail("%s is applied twice", g->id);
	}
	if (e->kind == EVENT_QUESTION)
		w->s->asked_rev = h->rev;
}

static void
check_fields(const struct record *rec)
{
	const struct ticket *t = &rec->ticket;

	if (oid_is_set(t->pinned) && !oid_eq(t->pinned, sim.tickets[t->id.n].walk.pinned))
		sim_fail("ticket %u: what is pinned was never reported", t->id.n);
	if (oid_is_set(t->passed) && !oid_eq(t->passed, t->pinned))
		sim_fail("ticket %u: what passed is not what is pinned", t->id.n);
	if (t->phase == PHASE_DONE && t->merge != MERGE_NONE && oid_is_set(t->merge_commit) &&
	    (!landed(t->passed) || !landed(t->merge_commit)))
		sim_fail("ticket %u is done, and the target does not hold it", t->id.n);
}

static void
walk_again(struct ghost_ticket *t, uint32_t id)
{
	t->walk = (struct ghost_walk){ 0 };
	memset(t->was_closed, 0, sizeof t->was_closed);
	for (size_t i = 0; i < sim.signals.n; i++)
		if (sim.signals.v[i].ticket == id)
			sim.signals.v[i].applied = 0;
}

static void
walk_history(struct ghost_ticket *t, uint32_t id, const struct record *rec)
{
	struct walk w = { .t = t, .s = &t->walk, .rec = rec, .id = id };
	struct str rest = buf_str(&rec->history);
	struct history_entry h;
	size_t known = t->rec.history.len;

	if (known <= rest.len && memcmp(rest.p, t->rec.history.p, known) == 0)
		rest = str_n(rest.p + known, rest.len - known);
	else
		walk_again(t, id);
	while (history_next(&rest, &h, NULL) == 0) {
		w.is_new = h.rev > t->rev;
		if (h.event.kind == EVENT_CREATE && h.event.sig.s[0]) {
			struct ghost_signal *g = check_signal(h.event.sig.s);

			if (g != NULL) {
				g->ticket = id;
				g->applied = 0;
			}
		}
		walk_entry(&w, &h);
		if (w.is_new && sim.trace)
			sim_say("    ticket %u: %.*s", id, (int)(h.line.len < 90 ? h.line.len : 90),
			    h.line.p);
	}
}

static void
check_gone(struct ghost_ticket *t, uint32_t id)
{
	if (t->committed_rev > 0)
		sim_fail("ticket %u is gone", id);
	if (t->version == 0)
		return; /* it never was there, or we know */
	if (t->rev > 0)
		walk_again(t, id);
	t->rev = t->version = 0;
	record_release(&t->rec);
}

static void
check_ticket(struct ghost_ticket *t, uint32_t id, const struct fs_node *file)
{
	struct record rec = { .history = BUF_INIT };

	memo_read(id, file, &rec);
	if (rec.ticket.rev < t->committed_rev)
		sim_fail("ticket %u: revision %llu is lost, it is at %llu", id,
		    (unsigned long long)t->committed_rev, (unsigned long long)rec.ticket.rev);
	cover->n[COVER_ROLLBACK] += rec.ticket.rev < t->rev;
	walk_history(t, id, &rec);
	check_fields(&rec);
	breaker_fields(&rec.ticket);
	breaker_change(&t->rec.ticket, &rec.ticket);
	landing_change(&t->rec.ticket, &rec.ticket);
	inbox_check_ticket(id, &rec, false);
	cover->n[COVER_UNSENT] += rec.ticket.unsent > 0;
	record_release(&t->rec);
	t->rec = rec;
	t->version = file->version;
	t->rev = rec.ticket.rev;
	t->phase = rec.ticket.phase;
	t->was_done |= t->phase == PHASE_DONE;
	if (id > sim.ticket_count)
		sim.ticket_count = id;
}

/* A question gives its slot back, and takes it again with the answer: that is not waited for. */
static void
check_slots(void)
{
	unsigned used = 0;

	for (uint32_t id = 1; id <= sim.ticket_count; id++) {
		const struct ticket *t = &sim.tickets[id].rec.ticket;

		used += ticket_is_open(t) && t->phase != PHASE_ASKING;
	}
	if (used > sim.most_slots + sim.questions)
		sim_fail("a ticket starts, and %u slots are in use", used);
}

void
check_engine(bool is_committed)
{
	static const char *const names[SIM_TICKETS] = { "", "1", "2", "3", "4", "5", "6", "7", "8",
		"9", "10", "11", "12", "13", "14", "15" };
	const struct fs_node *tickets = fs_fd(&sim.fs, sim.eyes.tickets)->node;
	bool has_changed = tickets->below != sim.seen_tickets;

	sim.seen_tickets = tickets->below;
	for (uint32_t id = 1; id < SIM_TICKETS; id++) {
		struct ghost_ticket *t = &sim.tickets[id];
		const struct fs_node *dir = has_changed ? fs_child(tickets, names[id]) : NULL;
		const struct fs_node *file = dir != NULL ? fs_child(dir, "ticket") : NULL;

		if (has_changed && file == NULL)
			check_gone(t, id);
		else if (has_changed && file->version != t->version && !hand_has_damaged(t, file))
			check_ticket(t, id, file);
		if (is_committed && t->damage.len == 0) /* else who knows what is in the file */
			t->committed_rev = t->rev;
	}
	if (sim.has_started && !sim.has_damaged && !sim.has_misread)
		check_slots();
	sim.has_started = false;
}
