/* SPDX-License-Identifier: GPL-2.0-only */
/* What a ticket waits for, from the facts of cli_facts.c and the locks of its own episode: core/blocker.h has the words. */
#include "base/base.h"

#include "cli/cli_facts.h"

#include "cli/cli_turn.h"
#include "codec/stamp.h"
#include "core/queue.h"
#include "store/episode.h"
#include "store/gates.h"
#include "sys/clock.h"
#include "sys/proc.h"

#define FACTS_PIDS_MAX 8 /* that are named */

static bool
facts_is_start(const struct ticket *t)
{
	return t->phase == PHASE_READY ||
	       (t->phase == PHASE_DELIVERED && t->review == REVIEW_AGENT);
}

/* "3 (working), 4 (cannot be read)": what it comes after and what is not done. */
static void
facts_undone(const struct cli_facts *f, const char *after, struct buf *ret, bool *ret_for_good)
{
	struct str rest = str_of(after), part;

	while (str_cut(&rest, ',', &part) || part.len > 0) {
		const struct record *r = NULL;
		struct ticket_id id;

		part = str_trim(part);
		if (part.len == 0)
			continue;
		if (ticket_id_parse(part, &id))
			r = cli_facts_find(f, id);
		if (r != NULL && r->ticket.phase == PHASE_DONE)
			continue;
		*ret_for_good |= r == NULL || r->ticket.phase == PHASE_CANCELLED;
		buf_addf(ret, "%s%.*s (%s)", ret->len > 0 ? ", " : "", STR_FMT(part),
		    r != NULL ? phase_name(r->ticket.phase) : "cannot be read");
	}
}

/* Is this limit reached?  It is told of then. */
static bool
facts_limit(const struct facts_slots_of *l, const char *of, const char *name, uint32_t slots,
    struct blocker_facts *ret)
{
	for (size_t i = 0; slots > 0 && i < l->n; i++)
		if (strcmp(l->v[i].name, name) == 0 && l->v[i].used >= slots) {
			ret->slots = slots;
			ret->slots_used = l->v[i].used;
			ret->slots_of = of;
			ret->slots_name = name;
			return true;
		}
	return false;
}

/* The limit that is reached, if one is; else that of all. */
static void
facts_slots(const struct cli_facts *f, const struct record *r, struct blocker_facts *ret)
{
	const struct config_agent *agent;
	const struct config_repo *repo;

	if (!f->cli->has_config)
		return;
	ret->slots = f->cli->config.slots;
	ret->slots_used = f->slots_used;
	if (ret->slots > 0 && ret->slots_used >= ret->slots)
		return;
	repo = r->spec.repo ? config_repo(&f->cli->config, r->spec.repo) : NULL;
	agent = r->spec.agent ? config_agent(&f->cli->config, r->spec.agent) : NULL;
	if (repo == NULL || !facts_limit(&f->repos, "repository", repo->name, repo->slots, ret))
		if (agent != NULL)
			(void)facts_limit(&f->agents, "agent", agent->name, agent->slots, ret);
}

/* Then its files are there, unless somebody removed them. */
static bool
facts_was_claimed(const struct ticket *t)
{
	return ticket_is_open(t) && t->phase != PHASE_STARTING && t->phase != PHASE_REV_STARTING;
}

/* "12, 34": who keeps the ticket from being free. */
static void
facts_holders(const struct episode_seen *seen, struct buf *ret)
{
	struct pids pids = { NULL, 0, 0 };

	if (proc_holders(seen->lock_dev, seen->lock_inode, &pids, NULL, NULL) == 0)
		for (size_t i = 0; i < pids.n && i < FACTS_PIDS_MAX; i++)
			buf_addf(ret, "%s%d", i > 0 ? ", " : "", (int)pids.v[i]);
	pids_release(&pids);
}

static bool
facts_has_setup(const struct cli_facts *f, struct ticket_id id)
{
	const struct record *r = cli_facts_find(f, id);
	const struct config_repo *repo = r != NULL && r->spec.repo != NULL && f->cli->has_config
					     ? config_repo(&f->cli->config, r->spec.repo)
					     : NULL;

	return repo != NULL && repo->setup != NULL;
}

/* A lock that cannot be probed is not free. */
static void
facts_probe(const struct cli_facts *f, const struct ticket *t, struct blocker_facts *ret,
    struct buf *ret_pids)
{
	struct episode_seen seen = { 0 };

	if (t->episode.n == 0 || phase_is_final(t->phase))
		return;
	episode_look(&f->cli->root, ticket_episode(t), &seen);
	ret->launcher_held = seen.launcher != PROBE_FREE;
	ret->ticket_held = seen.ticket != PROBE_FREE;
	ret->is_in_setup = facts_has_setup(f, t->id) && seen.has_claimed && !seen.has_started;
	if (seen.launcher == PROBE_UNKNOWN || seen.ticket == PROBE_UNKNOWN)
		ret->probe_error = strerror(seen.probe_errno);
	else if (facts_was_claimed(t) && !seen.has_dir &&
		 (t->episode.state != EPISODE_STOP || ret->ticket_held))
		/* without it no end can be judged; but one that was stopped before it was begun had none */
		ret->probe_error = "the directory of its episode is gone";
	if (t->episode.state == EPISODE_STOP && ret->ticket_held && seen.lock_inode != 0)
		facts_holders(&seen, ret_pids);
}

/* What it would land has passed the gates, as far as files tell: see engine/landing_queue.c. */
static bool
facts_is_fresh(const struct cli_facts *f, const struct record *r)
{
	const struct config_gate *gate = cli_facts_gate(f, r);
	struct digest by;

	if (gate == NULL || r->ticket.phase != PHASE_APPROVED || !oid_is_set(r->ticket.gated))
		return false;
	by = config_gate_digest(gate);
	return digest_eq(&r->ticket.gated_by, &by);
}

static bool
facts_lands_before(const struct cli_facts *f, const struct record *a, const struct record *b)
{
	bool is_fresh = facts_is_fresh(f, a);

	return is_fresh != facts_is_fresh(f, b) ? is_fresh
						: queue_is_before(&a->ticket, &b->ticket);
}

/* The one that lands now, or will first; what only the supervisor knows of it is not known here. */
static uint32_t
facts_ahead(const struct cli_facts *f, const struct record *r)
{
	const struct record *first = NULL;

	if (!queue_has(&r->ticket))
		return 0;
	for (size_t i = 0; i < f->records.n; i++) {
		const struct record *o = &f->records.v[i];

		if (!queue_has(&o->ticket) || !queue_is_shared(&o->spec, &r->spec) ||
		    queue_is_delayed(&o->ticket, clock_boot_id(), f->boot_ms) ||
		    o->ticket.cause[0] != '\0')
			continue;
		if (o->ticket.phase == PHASE_MERGING)
			return o == r ? 0 : o->ticket.id.n;
		if (first == NULL || facts_lands_before(f, o, first))
			first = o;
	}
	return first == NULL || !facts_lands_before(f, first, r) ? 0 : first->ticket.id.n;
}

/* The one whose gate holds the target of r: against a landing when it is one itself, and against a gate; or one of
 * those that are as many as may run. */
static uint32_t
facts_gate_ahead(const struct cli_facts *f, const struct record *r, bool needs_gate)
{
	for (size_t i = 0; i < f->gating.n; i++) {
		const struct record *o = f->gating.v[i];

		if (o != r && queue_is_shared(&o->spec, &r->spec) &&
		    (needs_gate || queue_has(&o->ticket)))
			return o->ticket.id.n;
	}
	return needs_gate && f->gating.n >= GATES_MAX ? f->gating.v[0]->ticket.id.n : 0;
}

/* Who runs a gate is asked of the lock that it holds, now. */
static void
facts_gate(const struct cli_facts *f, const struct record *r, struct blocker_facts *ret)
{
	const struct config_gate *gate = cli_facts_gate(f, r);
	const struct ticket *t = &r->ticket;
	struct gate_seen seen;

	if (gate == NULL)
		return;
	gate_look(&f->cli->root, t->id, &seen);
	ret->needs_gate =
	    seen.is_running ||
	    (t->phase == PHASE_APPROVED ? !oid_is_set(t->gated) : config_gate_is_due(gate, t));
	if (seen.is_running)
		ret->gate_wall_ms = seen.since_wall_ms > 0 ? seen.since_wall_ms : f->wall_ms;
	else if (ret->needs_gate || queue_has(t))
		ret->gate_of = facts_gate_ahead(f, r, ret->needs_gate);
	ret->has_gate_left = seen.has_left;
}

/* What its agent's hooks say is told behind what is known. */
static void
facts_turn(const struct cli_facts *f, const struct record *r, struct blocker *ret)
{
	int64_t since_ms;

	if (!turn_asks(f->cli, &r->ticket, &since_ms))
		return;
	buf_adds(&ret->text, "; asks in its window since ");
	stamp_add(&ret->text, since_ms);
	buf_addf(&ret->text, ": reeve attach %u", r->ticket.id.n);
}

void
cli_facts_blocker(const struct cli_facts *f, const struct record *r, struct blocker *ret)
{
	_cleanup_(buf_release) struct buf undone = BUF_INIT;
	_cleanup_(buf_release) struct buf pids = BUF_INIT;
	struct blocker_facts bf = {
		.wall_ms = f->wall_ms,
		.boot_ms = f->boot_ms,
		.boot_id = clock_boot_id(),
		.has_supervisor = cli_facts_has_owner(f),
		.is_killed = f->is_killed,
		.kill_error = f->kill_errno != 0 ? strerror(f->kill_errno) : NULL,
	};

	struct breaker breaker = { 0 };

	facts_probe(f, &r->ticket, &bf, &pids);
	if (pids.len > 0)
		bf.pids = pids.p;
	facts_gate(f, r, &bf);
	if (facts_is_start(&r->ticket))
		facts_slots(f, r, &bf);
	if (r->ticket.phase == PHASE_READY && r->spec.after != NULL)
		facts_undone(f, r->spec.after, &undone, &bf.is_undone_for_good);
	if (cli_facts_is_scheduled(&r->ticket)) {
		for (size_t i = 0; i < f->failing.n; i++)
			if (f->failing.v[i] != r)
				breaker_add(&breaker, f->failing.v[i], r,
				    breaker_use_of(&r->ticket, bf.needs_gate), bf.boot_id);
		bf.breaker = &breaker;
		bf.ahead = facts_ahead(f, r);
	}
	if (undone.len > 0)
		bf.undone = undone.p;
	blocker_of(&r->ticket, &bf, ret);
	if (bf.launcher_held && !bf.probe_error && strcmp(ret->owner, "worker") == 0)
		facts_turn(f, r, ret);
}

static const char *
facts_blamed(const struct record *r)
{
	const char *name = r->ticket.blame == BLAME_REPO || r->ticket.blame == BLAME_GATE
			       ? r->spec.repo
			   : r->ticket.blame == BLAME_AGENT ? r->spec.agent
							    : "";

	return name ? name : "";
}

struct facts_breaker *
cli_facts_breakers(const struct cli_facts *f, size_t *ret_n)
{
	struct facts_breaker *v = xcalloc(f->failing.n + 1, sizeof *v);
	const char *boot = clock_boot_id();
	size_t n = 0, open = 0;

	for (size_t i = 0; i < f->failing.n; i++) {
		const struct record *r = f->failing.v[i];
		const char *name = facts_blamed(r);
		size_t j = 0;

		if (r->ticket.blame == BLAME_TICKET)
			continue; /* nobody else's matter */
		while (j < n && (v[j].blame != r->ticket.blame || strcmp(v[j].name, name) != 0))
			j++;
		if (j == n)
			v[n++] = (struct facts_breaker){ r->ticket.blame, name, { 0 } };
		breaker_count(&v[j].breaker, r, boot);
	}
	for (size_t j = 0; j < n; j++)
		if (breaker_is_open(&v[j].breaker))
			v[open++] = v[j];
	*ret_n = open;
	return v;
}
