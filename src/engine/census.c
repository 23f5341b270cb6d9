/* SPDX-License-Identifier: GPL-2.0-only */
#include "base/base.h"

#include "engine/census.h"

#include <errno.h>

#include "engine/commit.h"
#include "engine/gating.h"
#include "sys/log.h"

void
census_forget(struct engine *e)
{
	e->census.is_counted = false;
}

void
census_release(struct census *c)
{
	free(c->by_repo);
	free(c->by_agent);
	free(c->failing.v);
}

static uint32_t *
census_of_repo(struct engine *e, const struct item *it)
{
	const struct config_repo *repo = item_repo(e, it);

	return repo ? &e->census.by_repo[repo - e->config.repos.v] : NULL;
}

static uint32_t *
census_of_agent(struct engine *e, const struct item *it)
{
	const struct config_agent *agent = config_agent(&e->config, it->rec.spec.agent);

	return agent ? &e->census.by_agent[agent - e->config.agents.v] : NULL;
}

static uint32_t *
census_zeroed(uint32_t *v, size_t n)
{
	v = xrealloc(v, (n + 1) * sizeof *v);
	memset(v, 0, (n + 1) * sizeof *v);
	return v;
}

/* Of a ticket that is set aside nobody knows what it says; its lock tells whether something of it lives. */
static bool
census_is_held(struct engine *e, struct ticket_id id)
{
	struct io *io = e->root->io;
	char name[24];
	int why = 0;

	(void)snprintf(name, sizeof name, "%u/lock", id.n);
	switch (io->ops->probe(io, e->root->tickets, name, &why)) {
	case PROBE_FREE:
		return false;
	case PROBE_UNKNOWN:
		return why != ENOENT;
	case PROBE_HELD:
		break;
	}
	return true;
}

/* A start that is being prepared has its slot, too. */
static bool
census_has_worker(struct engine *e, const struct item *it)
{
	if (it->is_lost)
		return census_is_held(e, it->rec.ticket.id);
	return it->busy == WORK_PREFLIGHT || ticket_has_slot(&it->rec.ticket);
}

static void
census_count(struct engine *e)
{
	struct census *c = &e->census;

	if (c->is_counted)
		return;
	c->all = 0;
	for (size_t i = 0; i < e->aside.n; i++) /* of which repository, nobody knows */
		c->all += census_is_held(e, e->aside.v[i].id);
	c->by_repo = census_zeroed(c->by_repo, e->config.repos.n);
	c->by_agent = census_zeroed(c->by_agent, e->config.agents.n);
	c->failing.n = 0;
	for (size_t i = 0; i < e->items.n; i++) {
		struct item *it = e->items.v[i];
		uint32_t *repo, *agent;

		if (phase_is_final(it->rec.ticket.phase))
			continue;
		if (it->rec.ticket.env_failures > 0)
			*VEC_PUSH(&c->failing) = it;
		if (!census_has_worker(e, it))
			continue;
		c->all++;
		if ((repo = census_of_repo(e, it)))
			++*repo;
		if ((agent = census_of_agent(e, it)))
			++*agent;
	}
	c->is_counted = true;
}

bool
census_has_slot(struct engine *e, const struct item *it)
{
	const struct config_repo *repo = item_repo(e, it);
	const struct config_agent *agent = config_agent(&e->config, it->rec.spec.agent);

	census_count(e);
	return (e->config.slots == 0 || e->census.all < e->config.slots) &&
	       (!repo || repo->slots == 0 || *census_of_repo(e, it) < repo->slots) &&
	       (!agent || agent->slots == 0 || *census_of_agent(e, it) < agent->slots);
}

/* What it does now, or would do next. */
static enum breaker_use
census_use(const struct engine *e, const struct item *it)
{
	return it->busy == WORK_GATE ? BREAKER_GATE
				     : breaker_use_of(&it->rec.ticket, gating_is_needed(e, it));
}

/* It is just finding out whether it works: until its agent is executed, the setup of the repository may still fail.
 * A gate, which may take hours, tells of nothing but the gate. */
static bool
census_is_trying(const struct item *it, enum blame blame)
{
	const struct episode *ep = &it->rec.ticket.episode;

	if (ep->state == EPISODE_RUN && it->proved != ep->n)
		return true;
	if (it->busy == WORK_GATE)
		return blame == BLAME_GATE;
	return it->busy == WORK_PREFLIGHT || it->busy == WORK_COMPUTE || it->busy == WORK_LAND ||
	       it->rec.ticket.episode.state == EPISODE_OPEN;
}

void
census_breaker(struct engine *e, const struct item *it, struct facts *f)
{
	enum breaker_use use = census_use(e, it);
	struct breaker b = { 0 };

	census_count(e);
	for (size_t i = 0; i < e->census.failing.n; i++)
		breaker_add(&b, &e->census.failing.v[i]->rec, &it->rec, use, f->boot_id);
	f->is_broken = breaker_is_open(&b);
	f->breaker_boot_ms = b.until_boot_ms;
	for (size_t i = 0; f->is_broken && !f->is_probed && i < e->items.n; i++)
		f->is_probed =
		    e->items.v[i] != it && census_is_trying(e->items.v[i], b.last->ticket.blame) &&
		    breaker_covers(b.last, &e->items.v[i]->rec, census_use(e, e->items.v[i]));
}

uint32_t
census_streak(struct engine *e, const struct item *it, enum blame blame)
{
	uint32_t streak = 0;

	census_count(e);
	for (size_t i = 0; i < e->census.failing.n; i++) {
		const struct record *o = &e->census.failing.v[i]->rec;

		if (o->ticket.env_failures > streak && breaker_is_same(o, &it->rec, blame))
			streak = o->ticket.env_failures;
	}
	return streak;
}

static int
census_mend_one(struct engine *e, struct item *it, struct err *err)
{
	struct event ev;

	engine_event(e, it, EVENT_MENDED, &ev);
	return engine_fact(e, it, &ev, NULL, err); /* forgets the count, not the list */
}

int
census_mend_own(struct engine *e, struct item *it, struct err *err)
{
	return breaker_covers(&it->rec, &it->rec, BREAKER_START) ? census_mend_one(e, it, err) : 0;
}

int
census_mend(struct engine *e, const struct item *it, enum breaker_use use, struct err *err)
{
	int rc = 0;

	census_count(e);
	for (size_t i = e->census.failing.n; rc == 0 && i-- > 0;) {
		struct item *o = e->census.failing.v[i];

		if (o->is_aside || o->is_lost || !breaker_covers(&o->rec, &it->rec, use))
			continue;
		if (o == it && use != BREAKER_START)
			continue; /* what it says next ends its own */
		rc = census_mend_one(e, o, err);
	}
	return rc;
}

/* --- whose turn it is --- */

struct turn {
	struct item *it;
	uint32_t rank; /* among those of its repository and priority that may start */
	bool is_start;
};

static bool
turn_is_start(const struct ticket *t)
{
	return t->phase == PHASE_READY || t->phase == PHASE_DELIVERED;
}

static int
turn_compare(const void *a, const void *b)
{
	const struct turn *x = a, *y = b;
	const struct ticket *t = &x->it->rec.ticket, *u = &y->it->rec.ticket;
	uint32_t failed = breaker_rank(t), other = breaker_rank(u);

	if (failed != other)
		return failed < other ? -1 : 1;
	if (t->priority != u->priority)
		return t->priority > u->priority ? -1 : 1;
	if (x->is_start != y->is_start) /* the gate of a landing waits for no review's */
		return y->is_start ? -1 : 1;
	if (x->rank != y->rank)
		return x->rank < y->rank ? -1 : 1;
	return t->id.n < u->id.n ? -1 : t->id.n > u->id.n;
}

void
census_order(struct engine *e, struct item **order)
{
	struct turn *turns = xcalloc(e->items.n + 1, sizeof *turns);
	uint32_t *next = NULL;

	census_count(e);
	for (size_t i = 0; i < e->items.n; i++)
		turns[i] = (struct turn){ .it = e->items.v[i],
			.is_start = turn_is_start(&e->items.v[i]->rec.ticket) };
	qsort(turns, e->items.n, sizeof *turns, turn_compare);
	for (size_t i = 0; i < e->items.n; i++) {
		const struct ticket *t = &turns[i].it->rec.ticket;
		const struct config_repo *repo = item_repo(e, turns[i].it);

		if (i == 0 || t->priority != turns[i - 1].it->rec.ticket.priority) {
			next = xrealloc(next, (e->config.repos.n + 1) * sizeof *next);
			memcpy(next, e->census.by_repo, (e->config.repos.n + 1) * sizeof *next);
		}
		if (repo && turns[i].is_start)
			turns[i].rank = next[repo - e->config.repos.v]++;
	}
	qsort(turns, e->items.n, sizeof *turns, turn_compare);
	for (size_t i = 0; i < e->items.n; i++)
		order[i] = turns[i].it;
	free(next);
	free(turns);
}
