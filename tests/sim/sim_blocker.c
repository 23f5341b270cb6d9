/* SPDX-License-Identifier: GPL-2.0-only */
/* What is shown of a ticket is so. */
#include "base/base.h"

#include "sim.h"

#include "core/blocker.h"
#include "store/episode.h"

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
	if ((phase_is_final(t->phase) && t->hook != HOOK_OWED && t->hook != HOOK_FAILED &&
		t->prune == PRUNE_UNSET) != (b->text.len == 0))
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
		must_be(used >= sim.slots, t, b);
	if (says(b, "asks a question"))
		must_be(t->phase == PHASE_ASKING && t->question_rev > 0, t, b);
	if (says(b, "needs a verdict"))
		must_be(t->pinned.hex[0] == 'a' && !oid_is_set(t->passed), t, b);
	if (says(b, "needs a verdict") && t->phase == PHASE_DELIVERED && sim.gates == 2)
		must_be(oid_is_set(t->gated), t, b);
	if (says(b, "its gate runs"))
		must_be(world_gate_runs(t->id.n), t, b);
	if (says(b, "its gate is about to run"))
		must_be(sim.gates > 0 && !world_gate_runs(t->id.n), t, b);
	if (says(b, "comes after"))
		must_be(rec->spec.after != NULL, t, b);
	if (says(b, "its hook"))
		must_be(t->phase == PHASE_DONE && t->hook != HOOK_RUN, t, b);
	if (says(b, "tries again in") || says(b, "runs again in"))
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
			.slots = sim.slots };

		if (t->rev == 0 || sim.tickets[id].damage.len > 0)
			continue;
		if (t->episode.n > 0 && !phase_is_final(t->phase))
			episode_look(&sim.eyes, ticket_episode(t), &seen);
		f.launcher_held = seen.launcher != PROBE_FREE;
		f.ticket_held = seen.ticket != PROBE_FREE;
		f.needs_gate = sim.gates > 0 && (world_gate_runs(id) || !oid_is_set(t->gated)) &&
			       (t->phase == PHASE_APPROVED || sim.gates == 2);
		f.gate_wall_ms = world_gate_runs(id) ? sim.wall_ms : 0;
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
