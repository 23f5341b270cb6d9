/* SPDX-License-Identifier: GPL-2.0-only */
#include "base/base.h"

#include "engine/port.h"

#include "engine/plan.h"
#include "store/place.h"

enum port_use { PORT_FREE, PORT_KEPT, PORT_AT_WORK };

struct ports {
	struct engine *e;
	uint32_t first, n;
	unsigned char *use; /* enum port_use, by others */
};

static uint32_t
port_of(struct engine *e, struct item *it)
{
	const struct ticket *t = &it->rec.ticket;

	if (it->plan)
		return it->plan->port;
	if (t->episode.n > 0 && it->port_of != t->episode.n) {
		it->port = place_port(e->root, t);
		it->port_of = t->episode.n;
	}
	return it->port;
}

static void
port_count(struct ports *p, const struct item *self)
{
	for (size_t i = 0; i < p->e->items.n; i++) {
		struct item *o = p->e->items.v[i];
		const struct ticket *t = &o->rec.ticket;
		bool is_at_work = ticket_is_open(t) || o->busy == WORK_PREFLIGHT;
		uint32_t port;

		if (o == self || (phase_is_final(t->phase) && !is_at_work))
			continue;
		port = port_of(p->e, o);
		if (port < p->first || port - p->first >= p->n)
			continue;
		if (is_at_work)
			p->use[port - p->first] = PORT_AT_WORK;
		else if (p->use[port - p->first] == PORT_FREE)
			p->use[port - p->first] = PORT_KEPT;
	}
}

static bool
port_may_be(const struct ports *p, uint32_t port, enum port_use most)
{
	const struct world_ops *ops = p->e->world->ops;

	return port >= p->first && port - p->first < p->n && p->use[port - p->first] <= most &&
	       (!ops->port_is_free || ops->port_is_free(p->e->world, port));
}

/* 0: none. */
static uint32_t
port_find(const struct ports *p, uint32_t own, uint32_t ticket, enum port_use most)
{
	if (own > 0 && port_may_be(p, own, most))
		return own;
	for (uint32_t i = 0; i < p->n; i++) {
		uint32_t port = p->first + (uint32_t)(((uint64_t)ticket + i) % p->n);

		if (port_may_be(p, port, most))
			return port;
	}
	return 0;
}

int
port_choose(struct engine *e, struct item *it, uint32_t *ret, struct err *err)
{
	struct ports p = { e, e->config.port_first, e->config.port_last - e->config.port_first + 1,
		NULL };
	uint32_t own = port_of(e, it), id = it->rec.ticket.id.n, port;

	p.use = xcalloc(p.n, sizeof *p.use);
	port_count(&p, it);
	port = port_find(&p, own, id, PORT_FREE);
	if (port == 0)
		port = port_find(&p, own, id, PORT_KEPT);
	free(p.use);
	if (port == 0)
		return err_set(err, ERR_LIMIT,
		    "no port from %u to %u is free for it: let ports under [defaults] name more of "
		    "them, or see what listens there (ss -ltnp)",
		    e->config.port_first, e->config.port_last);
	*ret = port;
	return 0;
}
