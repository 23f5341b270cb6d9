/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What has to be true.  The checker reads the store as any reader does, without faults, and compares it
 * with what was really said and done; it knows nothing of the lifecycle's own functions but their names.
 */
#include "base/base.h"

#include "sim.h"

#include "codec/ticket_text.h"
#include "core/blocker.h"
#include "store/episode.h"
#include "store/fsck.h"
#include "store/spool.h"
#include "store/tickets.h"
#include "sys/file.h"

struct ghost_signal *
check_signal(const char *id)
{
	for (size_t i = 0; i < sim.signals.n; i++)
		if (strcmp(sim.signals.v[i].id, id) == 0)
			return &sim.signals.v[i];
	return NULL;
}

/* --- one ticket: its history against what happened --- */

struct walk {
	struct ghost_ticket *t;
	uint32_t id, ep; /* the current episode */
	bool is_open, is_claimed;
	bool is_void;      /* it was parked, changed, stopped: what it says counts no more */
	unsigned terminal; /* reports of its end */
	bool is_new;       /* since the last look */
	bool has_good;     /* the pinned commit is one that was really reported */
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
	if (!w->is_open || g->author.n != w->ep)
		sim_fail("stale: ticket %u took %s of episode %u while the current one is %u (%s)",
		    w->id, g->id, g->author.n, w->ep, w->is_open ? "open" : "closed");
	if (w->is_void || !w->is_claimed)
		sim_fail("ticket %u took %s of an episode that is %s", w->id, g->id,
		    w->is_void ? "superseded" : "not claimed");
	if (w->terminal > 0)
		sim_fail("ticket %u took %s after the end was reported", w->id, g->id);
	if (e->kind == EVENT_DONE || e->kind == EVENT_REVIEW) {
		w->terminal++;
		if (!g->is_good || e->commit.hex[0] != 'a')
			sim_fail("ticket %u took %s with a bad commit", w->id, g->id);
	}
}

static void
walk_start(struct walk *w)
{
	if (w->is_open)
		sim_fail("ticket %u: an episode begins while %u is open", w->id, w->ep);
	w->ep++;
	if (w->ep >= ARRAY_LEN(w->t->was_run))
		sim_fail("ticket %u has too many episodes", w->id);
	w->is_open = true;
	w->is_claimed = w->is_void = false;
	w->terminal = 0;
	if (w->is_new && sim.was_killed && sim_is_killed())
		sim_fail("ticket %u starts while the kill switch is on", w->id);
	if (w->is_new && proc_holds(w->id))
		sim_fail("ticket %u starts while something of it lives", w->id);
}

static void
walk_close(struct walk *w, const struct history_entry *h)
{
	bool never = h->event.kind != EVENT_CLOSED;

	if (!w->is_open)
		sim_fail("ticket %u: what is not open is closed", w->id);
	if (never && w->t->was_run[w->ep])
		sim_fail("episode %u.%u ran, and is said never to have started", w->id, w->ep);
	if (w->is_new)
		for (size_t i = 0; i < sim.procs.n; i++) {
			const struct proc *p = sim.procs.v[i];

			if (p->is_alive && !p->has_escaped && p->ep.ticket.n == w->id &&
			    p->ep.n == w->ep && (p->kind != PROC_LAUNCHER || p->stage > 0))
				sim_fail("episode %u.%u is closed, and process %u of it lives (%d)",
				    w->id, w->ep, p->number, (int)p->kind);
		}
	w->is_open = false;
	w->t->was_closed[w->ep] = true;
}

static void
walk_entry(struct walk *w, const struct history_entry *h)
{
	const struct event *e = &h->event;

	if (w->is_new && h->row < ARRAY_LEN(cover->rows))
		cover->rows[h->row]++;
	if (event_is_report(e->kind))
		walk_report(w, h);
	else if (e->kind == EVENT_START)
		walk_start(w);
	else if (e->kind == EVENT_CLAIMED)
		w->is_claimed = true;
	else if (e->kind == EVENT_CLOSED || e->kind == EVENT_NEVER_STARTED ||
		 (e->kind == EVENT_ENV_FAILED && w->is_open && h->from == PHASE_STARTING))
		walk_close(w, h);
	else if (e->kind == EVENT_PARK || e->kind == EVENT_CANCEL || e->kind == EVENT_ANSWER ||
		 e->kind == EVENT_EXPIRED || e->kind == EVENT_ASSIGN || e->kind == EVENT_ADOPT ||
		 (e->kind == EVENT_EDIT && (e->has_spec || e->want == WANT_PARK)))
		w->is_void = true;
	if (e->kind == EVENT_INTENT && w->is_new && sim.was_killed && sim_is_killed())
		sim_fail("ticket %u: a landing is begun while the kill switch is on", w->id);
	if (e->kind == EVENT_INTENT && w->is_open)
		sim_fail("ticket %u is merged while episode %u is open", w->id, w->ep);
	if (e->sig.s[0] != '\0') {
		struct ghost_signal *g = check_signal(e->sig.s);

		if (g == NULL && strcmp(e->sig.s, "junk") != 0)
			sim_fail("ticket %u: %s was never said", w->id, e->sig.s);
		if (g != NULL && g->expect > 0 && g->expect + 1 != h->rev)
			sim_fail("%s is for revision %llu, and became %llu", g->id,
			    (unsigned long long)g->expect, (unsigned long long)h->rev);
		if (g != NULL && ++g->applied > 1)
			sim_fail("%s is applied twice", g->id);
	}
}

static bool
landed(struct oid o)
{
	for (size_t i = 0; i < sim.contained.n; i++)
		if (oid_eq(sim.contained.v[i], o))
			return true;
	return false;
}

static void
check_fields(const struct record *rec)
{
	const struct ticket *t = &rec->ticket;

	if (oid_is_set(t->pinned) &&
	    (t->pinned.hex[0] != 'a' ||
		t->pinned.hex[7] != world_commit('a', t->id.n, 0, 0).hex[7]))
		sim_fail("ticket %u: what is pinned was never reported", t->id.n);
	if (oid_is_set(t->passed) && !oid_eq(t->passed, t->pinned))
		sim_fail("ticket %u: what passed is not what is pinned", t->id.n);
	if (t->phase == PHASE_DONE && t->merge != MERGE_NONE && oid_is_set(t->merge_commit) &&
	    (!landed(t->passed) || !landed(t->merge_commit)))
		sim_fail("ticket %u is done, and the target does not hold it", t->id.n);
}

static void
forget_applied(uint32_t ticket, const struct record *rec)
{
	(void)rec;
	for (size_t i = 0; i < sim.signals.n; i++)
		if (sim.signals.v[i].ticket == ticket)
			sim.signals.v[i].applied = 0;
}

static void
check_ticket(uint32_t id, bool is_committed)
{
	struct ghost_ticket *t = &sim.tickets[id];
	struct record rec = { .history = BUF_INIT };
	struct walk w = { .t = t, .id = id };
	struct history_entry h;
	struct err err = ERR_INIT;
	struct io_stat st;
	struct str rest;
	char name[40];

	(void)snprintf(name, sizeof name, "%u/ticket", id);
	if (sim.checker.io.ops->stat(&sim.checker.io, sim.eyes.tickets, name, &st) < 0) {
		if (t->committed_rev > 0)
			sim_fail("ticket %u is gone", id);
		t->rev = t->inode = 0;
		record_release(&t->rec);
		return;
	}
	if (st.inode == t->inode) {
		if (is_committed)
			t->committed_rev = t->rev;
		return;
	}
	if (ticket_read(&sim.eyes, (struct ticket_id){ id }, &rec, &err) < 0)
		sim_fail("%s", err.text);
	if (rec.ticket.rev < t->committed_rev)
		sim_fail("ticket %u: revision %llu is lost, it is at %llu", id,
		    (unsigned long long)t->committed_rev, (unsigned long long)rec.ticket.rev);
	cover->n[COVER_ROLLBACK] += rec.ticket.rev < t->rev;
	memset(t->was_closed, 0, sizeof t->was_closed);
	forget_applied(id, &rec);
	rest = buf_str(&rec.history);
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
	check_fields(&rec);
	record_release(&t->rec);
	t->rec = rec;
	t->inode = st.inode;
	t->rev = rec.ticket.rev;
	t->phase = rec.ticket.phase;
	if (is_committed)
		t->committed_rev = t->rev;
	if (id > sim.ticket_count)
		sim.ticket_count = id;
}

void
check_engine(bool is_committed)
{
	for (uint32_t id = 1; id < SIM_TICKETS; id++)
		check_ticket(id, is_committed);
}

/* --- signals: none lost --- */

static void
check_places(void)
{
	char name[100];
	struct io_stat st;

	for (size_t i = 0; i < sim.signals.n; i++) {
		const struct ghost_signal *g = &sim.signals.v[i];
		struct signal_id id;

		if (!g->is_acked || g->is_gone || !signal_id_parse(str_of(g->id), &id))
			continue;
		(void)snprintf(name, sizeof name, "%s.json", g->id);
		if (spool_find(&sim.eyes, &id) == SPOOL_NOWHERE &&
		    sim.checker.io.ops->stat(&sim.checker.io, sim.eyes.spool_new, name, &st) < 0)
			sim_fail("%s was durable, and is nowhere", g->id);
	}
}

void
check_after_cut(void)
{
	for (uint32_t id = 1; id < SIM_TICKETS; id++) {
		struct ghost_ticket *t = &sim.tickets[id];

		for (size_t n = 0; n < ARRAY_LEN(t->was_claimed); n++)
			t->was_claimed[n] &= t->was_run[n];
		t->inode = 0;
	}
	check_engine(false);
	check_places();
}

/* --- fsck --- */

static bool
is_known_limit(const char *finding)
{
	struct str f = str_of(finding);

	/* It compares times of the wall; and a power cut brings back a switch whose removal nobody synced. */
	if (str_starts(f, "I14"))
		return sim.has_jumped || sim.boot > 1;
	/* What could not be removed is removed at the next start. */
	if (str_starts(f, "I4") && str_find(f, STR("left by a crash")) >= 0)
		return !sim.is_fresh;
	/* Bytes that nobody synced are read, and lost in a power cut. */
	return str_starts(f, "I1 spool/done/shell-");
}

static void
check_fsck(bool live)
{
	_cleanup_(strvec_release) struct strvec found = STRVEC_INIT;
	struct err err = ERR_INIT;

	if (fsck_run(&sim.eyes, live, &found, &err) < 0)
		sim_fail("fsck: %s", err.text);
	for (size_t i = 0; i < found.n; i++)
		if (!is_known_limit(found.v[i]))
			sim_fail("fsck: %s", found.v[i]);
}

/* --- blockers: what is shown is so --- */

static void
must_be(bool is_true, const struct ticket *t, const struct blocker *b)
{
	if (!is_true)
		sim_fail("ticket %u (%s, episode %u %s): the blocker is false: %s", t->id.n,
		    phase_name(t->phase), t->episode.n, episode_state_name(t->episode.state),
		    b->text.p);
}

static bool
says(const struct blocker *b, const char *words)
{
	return str_find(buf_str(&b->text), str_of(words)) >= 0;
}

static void
check_words(const struct record *rec, const struct blocker *b, unsigned used)
{
	const struct ticket *t = &rec->ticket;
	struct episode_id ep = ticket_episode(t);

	cover->blockers++;
	if (phase_is_final(t->phase) != (b->text.len == 0))
		must_be(false, t, b);
	if (says(b, " works") || says(b, "finishes its turn"))
		must_be(proc_works(ep), t, b);
	if (says(b, "live on") || says(b, "still lives"))
		must_be(proc_holds(t->id.n), t, b);
	if (says(b, "has ended"))
		must_be(!proc_works(ep), t, b);
	if (says(b, "kill switch is on"))
		must_be(sim_is_killed(), t, b);
	if (says(b, "cannot tell") || says(b, "cannot be read"))
		must_be(false, t, b);
	if (says(b, "no supervisor"))
		must_be(sim.engine == NULL, t, b);
	if (says(b, "slots are in use"))
		must_be(used >= 2, t, b);
	if (says(b, "asks a question"))
		must_be(t->phase == PHASE_ASKING && t->question_rev > 0, t, b);
	if (says(b, "needs a verdict"))
		must_be(t->pinned.hex[0] == 'a' && !oid_is_set(t->passed), t, b);
	if (says(b, "comes after"))
		must_be(rec->spec.after != NULL, t, b);
	if (says(b, "tries again in"))
		must_be(t->backoff_boot_ms > sim.boot_ms, t, b);
}

static bool
is_waiting_for_another(const struct record *rec)
{
	uint32_t n;

	return rec->spec.after != NULL && str_u32(str_of(rec->spec.after), &n) &&
	       sim.tickets[n].phase != PHASE_DONE;
}

void
check_blockers(bool is_rest)
{
	unsigned used = 0;

	for (uint32_t id = 1; id <= sim.ticket_count; id++) {
		const struct ticket *t = &sim.tickets[id].rec.ticket;

		used += ticket_is_open(t) && t->phase != PHASE_ASKING;
	}
	for (uint32_t id = 1; id <= sim.ticket_count; id++) {
		const struct record *rec = &sim.tickets[id].rec;
		struct blocker b = BLOCKER_INIT;
		const struct ticket *t = &rec->ticket;
		struct episode_seen seen = { .launcher = PROBE_FREE, .ticket = PROBE_FREE };
		struct blocker_facts f = { .wall_ms = sim.wall_ms,
			.boot_ms = sim.boot_ms,
			.boot_id = sim.boot_id,
			.has_supervisor = root_owner(&sim.eyes, NULL) != PROBE_FREE,
			.is_killed = root_control(&sim.eyes, "kill", NULL) != 0 ||
				     root_control(&sim.eyes, "stop", NULL) != 0,
			.slots_used = used,
			.slots = 2 };

		if (t->rev == 0)
			continue;
		if (t->episode.n > 0 && !phase_is_final(t->phase))
			episode_look(&sim.eyes, ticket_episode(t), &seen);
		f.launcher_held = seen.launcher != PROBE_FREE;
		f.ticket_held = seen.ticket != PROBE_FREE;
		if (is_waiting_for_another(rec))
			f.undone = rec->spec.after;
		blocker_of(t, &f, &b);
		check_words(rec, &b, used);
		if (is_rest && !phase_is_final(t->phase) &&
		    (ticket_is_open(t) ||
			(strcmp(b.owner, "person") != 0 && !says(&b, "comes after"))))
			sim_fail("at rest, and ticket %u (%s) waits for %s: %s", t->id.n,
			    phase_name(t->phase), b.owner, b.text.p);
		blocker_release(&b);
	}
}

void
check_step(void)
{
	if (sim_random(25) == 0)
		check_fsck(true);
	if (sim_random(6) == 0)
		check_blockers(false);
	if (sim_random(6) == 0)
		check_places();
}

/* --- the end --- */

/* Was there a reason in the ticket for not taking it? */
static bool
was_void(const struct ghost_signal *g, bool *ret_terminal)
{
	_cleanup_(record_release) struct record rec = { .history = BUF_INIT };
	struct history_entry h;
	struct str rest;
	uint32_t ep = 0;
	bool is_void = false, is_open = false;

	*ret_terminal = false;
	if (ticket_read(&sim.eyes, (struct ticket_id){ g->ticket }, &rec, NULL) < 0)
		return true;
	rest = buf_str(&rec.history);
	while (history_next(&rest, &h, NULL) == 0) {
		enum event_kind k = h.event.kind;

		if (k == EVENT_START) {
			ep++;
			is_open = true;
		}
		if (ep != g->author.n)
			continue;
		if (k == EVENT_DONE || k == EVENT_REVIEW)
			*ret_terminal = true;
		if (is_open && (k == EVENT_PARK || k == EVENT_CANCEL || k == EVENT_ANSWER ||
				   k == EVENT_EXPIRED || k == EVENT_EDIT || k == EVENT_ASSIGN ||
				   k == EVENT_ADOPT))
			is_void = true;
		if (k == EVENT_CLOSED || k == EVENT_NEVER_STARTED)
			is_open = false;
	}
	return is_void;
}

static void
check_refused(const struct refused *x)
{
	char id[300];
	size_t n = strlen(x->name);
	const struct ghost_signal *g;
	bool has_terminal;

	(void)snprintf(id, sizeof id, "%s", x->name);
	if (n > 5 && strcmp(id + n - 5, ".json") == 0)
		id[n - 5] = '\0';
	g = check_signal(id);
	cover->refusals[x->why]++;
	if (g == NULL || g->is_shell)
		return;
	if (g->applied > 0)
		sim_fail("%s is applied and refused (%s)", g->id, refusal_name(x->why));
	if (x->why == REFUSAL_CONFLICT && g->expect == 0)
		sim_fail("%s is refused for a revision that it did not name", g->id);
	if (x->why == REFUSAL_UNKNOWN_TICKET && g->ticket >= 1 && g->author.n > 0)
		sim_fail("%s: ticket %u was always there", g->id, g->ticket);
	if (x->why == REFUSAL_MALFORMED || x->why == REFUSAL_UNSAFE || x->why == REFUSAL_TOO_BIG)
		sim_fail("%s is well-formed, and refused: %s", g->id, x->text);
	if (g->author.n == 0 || !g->is_right || !g->is_good)
		return;
	if (x->why == REFUSAL_UNAUTHENTICATED || x->why == REFUSAL_MISMATCH ||
	    x->why == REFUSAL_BAD_ARTIFACT || x->why == REFUSAL_INVALID)
		sim_fail("%s is right, and refused: %s", g->id, x->text);
	if (!was_void(g, &has_terminal) && !has_terminal && !g->is_late && g->kind != EVENT_NOTE)
		sim_fail("%s of %u.%u is refused (%s), and nothing in the history says why", g->id,
		    g->author.ticket.n, g->author.n, refusal_name(x->why));
}

static void
check_signals(void)
{
	struct refused_list l = { NULL, 0, 0 };
	struct err err = ERR_INIT;

	if (spool_refused(&sim.eyes, &l, &err) < 0)
		sim_fail("%s", err.text);
	for (size_t i = 0; i < l.n; i++)
		check_refused(&l.v[i]);
	refused_list_release(&l);
	for (size_t i = 0; i < sim.signals.n; i++) {
		const struct ghost_signal *g = &sim.signals.v[i];
		struct signal_id id;
		enum spool_place place;

		if (!g->is_acked || g->is_gone || !signal_id_parse(str_of(g->id), &id))
			continue;
		place = spool_find(&sim.eyes, &id);
		if (place == SPOOL_NEW)
			sim_fail("at rest, and %s is still in new/", g->id);
		if ((g->applied == 1) != (place == SPOOL_DONE))
			sim_fail("%s is %s and applied %u times", g->id,
			    place == SPOOL_DONE ? "done" : "refused", g->applied);
	}
}

void
check_end(void)
{
	_cleanup_(strvec_release) struct strvec names = STRVEC_INIT;

	check_engine(true);
	check_places();
	check_signals();
	check_blockers(true);
	if (file_list(&sim.checker.io, sim.eyes.spool_new, &names, NULL) < 0)
		sim_fail("new/ cannot be read");
	for (size_t i = 0; i < names.n; i++) /* an unlink that failed waits for the next start */
		if (!spool_is_filed(&sim.eyes, names.v[i]))
			sim_fail("at rest, and new/ holds %s", names.v[i]);
	check_fsck(false);
}
