/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A small world: what reconcile_next() asks for is done, with every outcome that the real thing can have,
 * and between two rests something happens: a launcher claims or never comes, a worker reports or dies, a
 * supervisor is restarted, a person changes his mind, the machine goes down.
 *
 * It must come to rest each time, and there is never more than one worker.
 */
#include "test_core.h"

#include "core/reconcile.h"

#define WORLDS     400
#define WORLD_DAYS 120 /* things that happen to each */
#define REST_STEPS 60  /* so many actions at most until it rests */

struct world {
	struct ticket t;
	struct facts f;
	uint32_t rng;
	bool has_gates, is_early, is_ungated; /* the last merge that was computed has not passed */
	unsigned workers_started, done, asked[ACTION_CLEAN + 1];
	char boot[16];
};

static unsigned
chance(struct world *w, unsigned n)
{
	w->rng = w->rng * 1664525u + 1013904223u;
	return (w->rng >> 8) % n;
}

/* A fact or command that is legal by construction: it must be applied. */
static void
world_step(struct world *w, struct event *e)
{
	struct decision d;

	e->boot = test_boot(w->boot);
	e->boot_ms = w->f.boot_ms;
	d = lifecycle_step(&w->t, e, w->f.wall_ms);
	if (d.verdict != VERDICT_APPLY)
		fail_msg("%s in %s/%s: refused as \"%s\"", event_name(e->kind),
		    phase_name(w->t.phase), episode_state_name(w->t.episode.state),
		    refusal_name(d.refusal));
	w->t = d.next;
}

static void
world_fact(struct world *w, enum event_kind kind, enum ending ending)
{
	struct event e = test_event(&w->t, kind);

	e.ending = ending;
	world_step(w, &e);
}

/* A person or a worker: may be refused. */
static void
world_say(struct world *w, enum event_kind kind)
{
	struct event e = test_event(&w->t, kind);
	struct decision d;

	e.boot = test_boot(w->boot);
	e.boot_ms = w->f.boot_ms;
	e.owes_hook = chance(w, 2) == 0;
	if (kind == EVENT_EDIT)
		e.has_spec = chance(w, 2) == 0;
	d = lifecycle_step(&w->t, &e, w->f.wall_ms);
	if (d.verdict == VERDICT_NEEDS_CLAIM) {
		assert_true(w->f.has_claimed); /* who has the nonce has claimed */
		world_fact(w, EVENT_CLAIMED, ENDING_UNSET);
		d = lifecycle_step(&w->t, &e, w->f.wall_ms);
	}
	if (d.verdict == VERDICT_APPLY) {
		w->t = d.next;
		w->f.due_boot_ms = w->f.boot_ms + 60000;
	}
}

static void
world_start(struct world *w)
{
	assert_false(w->f.ticket_held || w->f.launcher_held);
	if (chance(w, 6) == 0) { /* preflight */
		world_fact(w, EVENT_ENV_FAILED, ENDING_UNSET);
		return;
	}
	w->f.has_token = w->f.has_claimed = w->f.has_revoked = false;
	world_fact(w, EVENT_START, ENDING_UNSET);
	w->f.due_boot_ms = w->f.boot_ms + 30000;
	w->f.has_worktree = true;
	w->f.has_token = chance(w, 6) != 0;
	w->f.is_fresh = !w->f.has_token;
}

static void
world_compute(struct world *w)
{
	switch (chance(w, 6)) {
	case 0:
		world_fact(w, EVENT_CONFLICT, ENDING_UNSET);
		return;
	case 1:
		world_fact(w, EVENT_HELD, ENDING_UNSET);
		w->f.retry_boot_ms = w->f.boot_ms + 30000;
		return;
	case 2:
		world_fact(w, EVENT_ENV_FAILED, ENDING_UNSET);
		return;
	default:
		w->is_ungated =
		    w->has_gates && (!oid_is_set(w->t.gated) || chance(w, 8) == 0 /* it moved */);
		if (!w->is_ungated)
			world_fact(w, EVENT_INTENT, ENDING_UNSET);
	}
}

static void
world_gate(struct world *w)
{
	struct event e = test_event(&w->t, EVENT_GATE_FAILED);

	w->is_ungated = false;
	switch (chance(w, 8)) {
	case 0:
		world_fact(w, EVENT_CONFLICT, ENDING_UNSET);
		return;
	case 1:
		world_fact(w, EVENT_ENV_FAILED, ENDING_UNSET);
		return;
	case 2:
	case 3:
		e.is_preexisting = chance(w, 2);
		world_step(w, &e);
		return;
	default:
		world_fact(w, EVENT_GATED, ENDING_UNSET);
	}
}

static void
world_land(struct world *w)
{
	switch (chance(w, 5)) {
	case 0:
	case 1:
		world_fact(w, EVENT_MOVED, ENDING_UNSET);
		return;
	case 2:
		world_fact(w, EVENT_ENV_FAILED, ENDING_UNSET);
		return;
	default:
		world_fact(w, EVENT_MERGED, ENDING_UNSET);
		w->done++;
	}
}

static void
world_judge(struct world *w)
{
	static const enum ending endings[] = { ENDING_DIED, ENDING_NOT_STARTED, ENDING_NO_EXEC };
	bool is_rebooted = strcmp(w->t.episode.boot.s, w->boot) != 0;

	world_fact(w, EVENT_CLOSED, is_rebooted ? ENDING_REBOOTED : endings[chance(w, 3)]);
}

static void
world_do(struct world *w, const struct action *a)
{
	w->asked[a->kind]++;
	switch (a->kind) {
	case ACTION_NONE:
	case ACTION_WAIT:
		return;
	case ACTION_EVENT:
		world_fact(w, a->event, a->ending);
		w->f.due_boot_ms = w->f.boot_ms + 60000;
		return;
	case ACTION_START:
		world_start(w);
		return;
	case ACTION_REVOKE:
		if (w->f.has_token && chance(w, 3) == 0) { /* the launcher was faster */
			w->f.has_token = false;
			w->f.has_claimed = w->f.launcher_held = w->f.ticket_held = true;
			w->workers_started++;
			return;
		}
		w->f.has_token = w->f.is_fresh = false;
		w->f.has_revoked = true;
		if (chance(w, 4) > 0) /* else it is restarted just here */
			world_fact(w, EVENT_NEVER_STARTED, a->ending);
		return;
	case ACTION_STOP:
		w->f.launcher_held = w->f.ticket_held = false;
		return;
	case ACTION_JUDGE:
		world_judge(w);
		return;
	case ACTION_PROVE:
		world_fact(w, chance(w, 2) ? EVENT_MERGED : EVENT_WITHDRAWN, ENDING_UNSET);
		return;
	case ACTION_GATE:
		world_gate(w);
		return;
	case ACTION_COMPUTE:
		world_compute(w);
		return;
	case ACTION_LAND:
		world_land(w);
		return;
	case ACTION_HOOK:
		world_fact(w, chance(w, 2) ? EVENT_HOOK_RUN : EVENT_HOOK_FAILED, ENDING_UNSET);
		return;
	case ACTION_SEND:
		w->f.is_unsent = chance(w, 2);
		w->f.send_boot_ms = w->f.boot_ms + 10000;
		return;
	case ACTION_CLEAN:
		w->f.has_worktree = false;
		return;
	}
}

static struct action
world_rest(struct world *w)
{
	struct action a = { 0 };

	for (unsigned i = 0; i < REST_STEPS; i++) {
		w->f.needs_gate = w->has_gates && (w->t.phase == PHASE_DELIVERED
							  ? w->is_early && !oid_is_set(w->t.gated)
							  : w->is_ungated);
		a = reconcile_next(&w->t, &w->f);
		if (w->f.is_killed)
			assert_true(a.kind != ACTION_START && a.kind != ACTION_GATE &&
				    a.kind != ACTION_COMPUTE && a.kind != ACTION_LAND &&
				    a.kind != ACTION_CLEAN && a.kind != ACTION_HOOK);
		world_do(w, &a);
		if (a.kind == ACTION_NONE || a.kind == ACTION_WAIT)
			return a;
	}
	fail_msg("no rest in %s/%s after %u actions", phase_name(w->t.phase),
	    episode_state_name(w->t.episode.state), REST_STEPS);
	return a;
}

static void
world_reboot(struct world *w)
{
	(void)snprintf(w->boot, sizeof w->boot, "boot-%u", chance(w, 1000000));
	w->f.launcher_held = w->f.ticket_held = w->f.is_fresh = false;
	w->f.boot_ms = 1000;
	w->f.retry_boot_ms = w->f.due_boot_ms = 0;
}

/* Something happens. */
static void
world_happen(struct world *w)
{
	static const enum event_kind words[] = { EVENT_DONE, EVENT_DONE, EVENT_DONE, EVENT_REVIEW,
		EVENT_QUESTION, EVENT_NOTE };
	static const enum event_kind commands[] = { EVENT_PARK, EVENT_UNPARK, EVENT_UNPARK,
		EVENT_UNPARK, EVENT_EDIT, EVENT_RETRY, EVENT_RETRY, EVENT_ANSWER, EVENT_ANSWER,
		EVENT_ACCEPT, EVENT_ACCEPT, EVENT_ACCEPT, EVENT_REJECT, EVENT_LAND, EVENT_REOPEN,
		EVENT_REOPEN, EVENT_CANCEL };

	switch (chance(w, 10)) {
	case 0: /* a launcher comes */
	case 1:
		if (w->f.has_token) {
			w->f.has_token = false;
			w->f.has_claimed = w->f.launcher_held = w->f.ticket_held = true;
			w->workers_started++;
		}
		return;
	case 2: /* a worker says something */
	case 3:
		if (w->f.has_claimed)
			world_say(w, words[chance(w, ARRAY_LEN(words))]);
		return;
	case 4: /* it ends, or leaves something behind */
		w->f.launcher_held = false;
		w->f.ticket_held = w->f.ticket_held && chance(w, 3) == 0;
		return;
	case 5:
	case 6:
		world_say(w, commands[chance(w, ARRAY_LEN(commands))]);
		return;
	case 7: /* time passes, or a preparation ends */
		w->f.boot_ms += 20000 + chance(w, 100000);
		w->f.wall_ms += 20000;
		if (w->f.is_fresh)
			w->f.has_token = chance(w, 2) == 0;
		w->f.is_fresh = false;
		return;
	case 8: /* another supervisor */
		w->f.is_fresh = false;
		w->f.is_killed = chance(w, 4) == 0;
		w->f.is_stopped = w->f.is_killed && chance(w, 2) == 0;
		w->f.has_slot = chance(w, 4) != 0;
		w->f.is_unsent = chance(w, 4) == 0;
		w->f.send_boot_ms = 0;
		return;
	default:
		if (chance(w, 6) == 0)
			world_reboot(w);
	}
}

static void
world_check(struct world *w)
{
	struct action again = reconcile_next(&w->t, &w->f);

	/* at rest: asked again it says the same, D-81 */
	assert_true(again.kind == ACTION_NONE || again.kind == ACTION_WAIT);
	/* a worker belongs to the one open episode; nobody works for who does not want it */
	if (w->f.launcher_held)
		assert_true(ticket_is_open(&w->t));
	if (phase_is_final(w->t.phase) || w->t.phase == PHASE_PARKED)
		assert_false(w->f.launcher_held || w->f.has_token);
	if (w->f.has_token) /* never out when nothing may start */
		assert_true(
		    w->t.episode.state == EPISODE_OPEN && !w->f.is_killed && w->t.want == WANT_RUN);
	assert_true(w->workers_started <= w->t.episode.n);
	assert_false(w->f.has_claimed && w->f.has_revoked);
}

static void
test_reconcile_world_comes_to_rest_D_76_D_81_D_82_A_15(void **state)
{
	struct world w;
	unsigned done = 0, workers = 0, asked[ACTION_CLEAN + 1] = { 0 };

	(void)state;
	for (unsigned i = 0; i < WORLDS; i++) {
		struct event create;

		memset(&w, 0, sizeof w);
		w.rng = 20261121u + i;
		w.has_gates = chance(&w, 2);
		w.is_early = chance(&w, 2);
		(void)snprintf(w.boot, sizeof w.boot, "boot-0");
		w.f = (struct facts){ .wall_ms = TEST_WALL_MS,
			.boot_ms = TEST_BOOT_MS,
			.boot_id = w.boot,
			.has_slot = true,
			.has_deps = true };
		create = test_event(&w.t, EVENT_CREATE);
		create.review = chance(&w, 4) == 0 ? REVIEW_NONE : REVIEW_HUMAN;
		create.merge_policy = chance(&w, 6) == 0 ? MERGE_NONE : MERGE_AUTO;
		world_step(&w, &create);
		for (unsigned day = 0; day < WORLD_DAYS; day++) {
			(void)world_rest(&w);
			world_check(&w);
			world_happen(&w);
		}
		done += w.done;
		workers += w.workers_started;
		for (unsigned k = 0; k < ARRAY_LEN(asked); k++)
			asked[k] += w.asked[k];
	}
	/* the world is one in which things do happen */
	for (unsigned k = 0; k < ARRAY_LEN(asked); k++)
		if (asked[k] == 0)
			fail_msg("action %u was never asked for", k);
	assert_true(done > WORLDS / 10);
	assert_true(workers > WORLDS);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_reconcile_world_comes_to_rest_D_76_D_81_D_82_A_15),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
