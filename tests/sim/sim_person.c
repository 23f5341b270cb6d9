/* SPDX-License-Identifier: GPL-2.0-only */
/* A person at the terminal: commands with revisions that may be old, the kill switch, discards. */
#include "base/base.h"

#include "sim.h"

#include "store/spool.h"
#include "store/tickets.h"
#include "sys/file.h"

static void
person_create(void)
{
	_cleanup_(signal_release) struct signal s = { 0 };
	char text[60];

	sim.creates++;
	s.event.kind = EVENT_CREATE;
	(void)snprintf(s.event.actor, sizeof s.event.actor, "person:ann");
	(void)snprintf(text, sizeof text, "ticket %u", sim.said);
	set_charp(&s.spec.title, text);
	set_charp(&s.spec.text, "do it");
	set_charp(&s.spec.repo, "app");
	s.event.review = (enum review[]){ REVIEW_HUMAN, REVIEW_NONE, REVIEW_AGENT }[sim_random(3)];
	s.event.merge_policy = (enum merge)(MERGE_AUTO + (sim_random(3) ? 0 : sim_random(3)));
	s.event.want = sim_random(6) ? WANT_RUN : WANT_PARK;
	if (sim.ticket_count > 0 && sim_random(4) == 0) {
		(void)snprintf(text, sizeof text, "%u", 1 + sim_random(sim.ticket_count));
		set_charp(&s.spec.after, text);
	}
	set_charp(&s.spec.notify, inbox_choose());
	s.event.has_not_before = sim_random(8) == 0;
	if (s.event.has_not_before)
		s.event.not_before_wall_ms = sim.wall_ms + sim_random(60000);
	(void)sim_publish(&sim.person, &s, NULL, (struct episode_id){ { 0 }, 0 }, true, NULL);
}

/* What fits the phase, mostly. */
static enum event_kind
person_choose(const struct ticket *t)
{
	enum phase phase = t->phase;
	static const enum event_kind any[] = { EVENT_PARK, EVENT_UNPARK, EVENT_EDIT, EVENT_RETRY,
		EVENT_CANCEL, EVENT_REOPEN, EVENT_ANSWER, EVENT_ACCEPT, EVENT_REJECT, EVENT_LAND,
		EVENT_ASSIGN, EVENT_TELL, EVENT_ADOPT, EVENT_AMEND, EVENT_PRUNE };
	static const enum event_kind often[PHASE_COUNT] = { [PHASE_PARKED] = EVENT_UNPARK,
		[PHASE_ASKING] = EVENT_ANSWER,
		[PHASE_HUMAN_REVIEW] = EVENT_ACCEPT,
		[PHASE_ATTENTION] = EVENT_RETRY,
		[PHASE_APPROVED] = EVENT_LAND,
		[PHASE_DONE] = EVENT_REOPEN,
		[PHASE_CANCELLED] = EVENT_REOPEN };

	if (phase == PHASE_HUMAN_REVIEW && sim_random(4) == 0)
		return sim_random(2) ? EVENT_REJECT : EVENT_AMEND;
	if ((phase == PHASE_DELIVERED || phase == PHASE_APPROVED) && sim_random(6) == 0)
		return EVENT_AMEND;
	if (phase == PHASE_WORKING && sim_random(3) == 0)
		return EVENT_TELL;
	if (phase_is_final(phase) && sim_random(2))
		return EVENT_PRUNE;
	if (phase == PHASE_ATTENTION && oid_is_set(t->gated) && sim_random(2))
		return EVENT_ACCEPT; /* its target fails this gate, too */
	if (often[phase] != EVENT_UNSET && sim_random(4))
		return often[phase];
	return any[sim_random(ARRAY_LEN(any))];
}

/* What the table refuses is said less often: it costs as much, and changes nothing. */
static bool
person_may(const struct ticket *t, enum event_kind kind)
{
	struct event e = { .kind = kind,
		.ticket = t->id,
		.actor = "person:ann",
		.has_text = true,
		.is_known = false,
		.artifact = ARTIFACT_GOOD,
		.prune = PRUNE_LANDED,
		.commit = t->pinned };

	return lifecycle_step(t, &e, sim.wall_ms).refusal != REFUSAL_ILLEGAL;
}

/* A commit that a person names; one of eight cannot be taken. */
static bool
person_name_commit(struct event *e)
{
	bool is_good = sim_random(8) > 0;

	e->commit = world_commit(is_good ? 'a' : 'b', e->ticket.n, 9, ++sim.said);
	return is_good;
}

/* A report that was refused, as `reeve adopt` reads it: its ticket, and its commit or the tip of the branch. */
static bool
person_find_refused(struct event *e)
{
	struct refused_list l = { NULL, 0, 0 };
	struct root r = sim_root(&sim.person);
	char id[300];

	if (spool_refused(&r, &l, NULL) < 0 || sim.person.is_dead)
		l.n = 0;
	for (size_t i = 0, at = sim_random((unsigned)l.n); i < l.n && e->adopts.s[0] == '\0'; i++) {
		const struct ghost_signal *g;
		size_t n;

		(void)snprintf(id, sizeof id, "%s", l.v[(at + i) % l.n].name);
		n = strlen(id);
		if (n > 5 && strcmp(id + n - 5, ".json") == 0)
			id[n - 5] = '\0';
		g = check_signal(id);
		if (g == NULL || (g->kind != EVENT_DONE && g->kind != EVENT_REVIEW) ||
		    !signal_id_parse(str_of(id), &e->adopts))
			continue;
		e->ticket.n = g->ticket;
		e->commit = g->commit;
		if (!oid_is_set(e->commit)) /* the tip of the branch */
			e->commit = world_commit(sim.tickets[g->ticket].commits > 0 ? 'a' : 'b',
			    g->ticket, 0, sim.tickets[g->ticket].commits);
	}
	refused_list_release(&l);
	return e->adopts.s[0] != '\0';
}

static void
person_correct(void)
{
	_cleanup_(signal_release) struct signal s = { 0 };
	struct ghost_signal *g;
	bool is_good;

	s.event.kind = EVENT_ADOPT;
	(void)snprintf(s.event.actor, sizeof s.event.actor, "person:ann");
	if (!person_find_refused(&s.event))
		return;
	is_good = s.event.commit.hex[0] == 'a';
	if (sim_random(2))
		set_charp(&s.body, "take it");
	g = sim_publish(&sim.person, &s, NULL, (struct episode_id){ { 0 }, 0 }, true, NULL);
	g->is_good = is_good;
}

static void
person_command(void)
{
	_cleanup_(signal_release) struct signal s = { 0 };
	uint32_t id = 1 + sim_random(sim.ticket_count + (sim_random(30) == 0));
	const struct ghost_ticket *t = &sim.tickets[id <= SIM_TICKETS ? id : 0];
	struct ghost_signal *g;
	bool is_good = true;
	char text[60];

	s.event.kind = person_choose(&t->rec.ticket);
	for (unsigned i = 0; i < 3 && !person_may(&t->rec.ticket, s.event.kind); i++)
		s.event.kind = person_choose(&t->rec.ticket);
	s.event.ticket.n = id;
	if (s.event.kind == EVENT_ADOPT || s.event.kind == EVENT_AMEND)
		is_good = person_name_commit(&s.event);
	(void)snprintf(
	    s.event.actor, sizeof s.event.actor, sim_random(10) ? "person:ann" : "orchestrator");
	if (s.event.kind != EVENT_PARK && s.event.kind != EVENT_CANCEL && sim_random(10))
		set_charp(&s.body, "because");
	if (sim_random(3) == 0) {
		s.event.expect_rev = t->rev > 0 ? t->rev : 1;
		if (sim_random(4) == 0) {
			s.event.expect_rev += 1 + sim_random(3);
			cover->n[COVER_STALE_EXPECT]++;
		}
	}
	if ((s.event.kind == EVENT_ACCEPT || s.event.kind == EVENT_REJECT) && sim_random(2))
		s.event.commit = sim_random(3) ? t->rec.ticket.pinned
					       : world_commit('a', id, 0, 1 + sim_random(3));
	if (s.event.kind == EVENT_PRUNE)
		s.event.prune = (enum prune)(1 + sim_random(PRUNE_COUNT - 1));
	if (s.event.kind == EVENT_ASSIGN)
		set_charp(&s.spec.agent, "own");
	if (s.event.kind == EVENT_EDIT) {
		if (sim_random(2)) {
			(void)snprintf(text, sizeof text, "title %u", sim.said);
			set_charp(&s.spec.title, text);
		}
		if (sim_random(3) == 0)
			s.event.want = sim_random(2) ? WANT_RUN : WANT_PARK;
		if (sim_random(3) == 0)
			s.event.merge_policy = (enum merge)(MERGE_AUTO + sim_random(3));
		if (sim_random(3) == 0)
			s.event.review = (enum review[]){ REVIEW_HUMAN, REVIEW_NONE,
				REVIEW_AGENT }[sim_random(3)];
		s.event.has_priority = true;
		s.event.priority = sim_random(5);
	}
	g = sim_publish(&sim.person, &s, NULL, (struct episode_id){ { 0 }, 0 }, true, NULL);
	g->is_good = is_good;
}

static void
person_discard(void)
{
	struct refused_list l = { NULL, 0, 0 };
	struct root r = sim_root(&sim.person);
	char id[300], why[310];

	if (spool_refused(&r, &l, NULL) == 0 && l.n > 0) {
		const struct refused *x = &l.v[sim_random((unsigned)l.n)];
		size_t n = strlen(x->name);
		struct ghost_signal *g;

		(void)snprintf(id, sizeof id, "%s", x->name);
		if (n > 5 && strcmp(id + n - 5, ".json") == 0)
			id[n - 5] = '\0';
		(void)snprintf(why, sizeof why, "%s.why", id);
		g = check_signal(id);
		sim_say("discard %s", x->name);
		if (spool_discard(&r, x->name, why, NULL) == 0 || sim.person.is_dead) {
			g = check_signal(id);
			if (g != NULL)
				g->is_gone = true;
		}
	}
	refused_list_release(&l);
}

static void
person_switch(void)
{
	struct root r = sim_root(&sim.person);
	const char *name = sim_random(5) ? "kill" : "stop";

	if (sim_is_killed() ? sim_random(3) : sim_random(2)) {
		sim_say("resume");
		sim.was_killed = false;
		sim.switches++;
		(void)root_clear_control(&r, "kill", NULL);
		(void)root_clear_control(&r, "stop", NULL);
	} else {
		sim_say("control/%s", name);
		(void)root_set_control(&r, name, "test", NULL);
	}
}

void
person_step(void)
{
	if (!sim.person.is_dead && sim_random(2))
		inbox_step();
	if (sim.person.is_dead)
		return;
	if (sim.creates < sim.most_creates && (sim.creates == 0 || sim_random(10) == 0))
		person_create();
	else if (sim_random(12) == 0)
		person_discard();
	else if (sim_random(8) == 0)
		person_switch();
	else if (sim_random(10) == 0)
		person_correct();
	else
		person_command();
}

/* It is given up as it is: then it comes to rest by another way than the one to the end. */
static void
person_give_up(uint32_t id)
{
	_cleanup_(signal_release) struct signal s = { 0 };

	s.event.kind = EVENT_CANCEL;
	s.event.ticket.n = id;
	(void)snprintf(s.event.actor, sizeof s.event.actor, "person:ann");
	(void)sim_publish(&sim.person, &s, NULL, (struct episode_id){ { 0 }, 0 }, true, NULL);
}

void
person_leave(void)
{
	bool gives_up = sim_random(2);

	for (uint32_t id = 1; gives_up && id <= sim.ticket_count && id < SIM_TICKETS; id++)
		if (sim.tickets[id].rev > 0 && !phase_is_final(sim.tickets[id].phase) &&
		    sim_random(4) > 0)
			person_give_up(id);
}

void
person_calm(void)
{
	struct root r = sim_root(&sim.checker);
	struct err err = ERR_INIT;

	if (root_clear_control(&r, "kill", &err) < 0 || root_clear_control(&r, "stop", &err) < 0)
		sim_fail("%s", err.text);
}
