/* SPDX-License-Identifier: GPL-2.0-only */
/* Random lives of tickets, legal and illegal events alike: what must hold after every step, and that the
 * events alone lead to the same ticket again. */
#include "test_core.h"

#define WALKS      20000
#define WALK_STEPS 200

/* A walk has a temper: most of its episodes end in the one way, and few of its workers report. */
struct rng {
	uint64_t s;
	enum ending ending; /* UNSET: a good life */
};

static uint32_t
rng_next(struct rng *r)
{
	r->s += UINT64_C(0x9e3779b97f4a7c15); /* splitmix64 */
	uint64_t z = r->s;
	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return (uint32_t)((z ^ (z >> 31)) >> 32);
}

static unsigned
rng_below(struct rng *r, unsigned n)
{
	return rng_next(r) % n;
}

static bool
rng_one_in(struct rng *r, unsigned n)
{
	return rng_below(r, n) == 0;
}

/* Everything of a ticket in words: padding does not count. */
static void
dump(const struct ticket *t, struct buf *b)
{
	const struct episode *ep = &t->episode;

	buf_addf(b,
	    "id %u rev %llu %s resume %s want %s gen %u review %s merge %s prio %u nb %lld\n",
	    t->id.n, (unsigned long long)t->rev, phase_name(t->phase), phase_name(t->resume),
	    want_name(t->want), t->generation, review_name(t->review), merge_name(t->merge),
	    t->priority, (long long)t->not_before_wall_ms);
	buf_addf(b, "episode %u %s %s gen %u base %s review %s boot %s nonce ", ep->n,
	    episode_state_name(ep->state), role_name(ep->role), ep->generation, ep->base.hex,
	    ep->review.hex, ep->boot.s);
	digest_add_hex(b, &ep->nonce);
	buf_addf(b, "\nquestion %llu pinned %s by %u passed %s from %s merge %s\n",
	    (unsigned long long)t->question_rev, t->pinned.hex, t->pinned_by, t->passed.hex,
	    t->merge_from.hex, t->merge_commit.hex);
	buf_addf(b, "deaths %u starts %u cycles %u reboots %u env %u tries %u back %lld %s\n",
	    t->deaths, t->start_failures, t->cycles, t->reboots, t->env_failures, t->merge_tries,
	    (long long)t->backoff_boot_ms, t->backoff_boot.s);
	buf_addf(b, "gated %s by %02x\n", t->gated.hex, t->gated_by.b[0]);
	buf_addf(b, "cause %s created %lld updated %lld\n", t->cause, (long long)t->created_wall_ms,
	    (long long)t->updated_wall_ms);
}

static struct oid
random_oid(struct rng *r, const struct ticket *t)
{
	unsigned n = rng_below(r, 8);

	if (n == 0)
		return (struct oid){ "" };
	return n < 6 && oid_is_set(t->pinned) ? t->pinned : test_oid(n);
}

static bool
is_meddling(enum event_kind kind)
{
	return kind == EVENT_CANCEL || kind == EVENT_PARK || kind == EVENT_EDIT ||
	       kind == EVENT_REMIND || kind == EVENT_TELL || kind == EVENT_ASSIGN ||
	       kind == EVENT_ADOPT || kind == EVENT_AMEND;
}

static bool
is_relief(enum event_kind kind)
{
	return kind == EVENT_DONE || kind == EVENT_REVIEW || kind == EVENT_RETRY ||
	       kind == EVENT_QUESTION || kind == EVENT_EXPIRED || kind == EVENT_ENV_FAILED;
}

static bool
is_git(enum event_kind kind)
{
	return kind == EVENT_CONFLICT || kind == EVENT_GATED || kind == EVENT_GATE_FAILED;
}

/* A kind that can happen in this phase two times of three, any kind else. */
static enum event_kind
random_kind(struct rng *r, const struct ticket *t)
{
	enum event_kind kind = EVENT_UNSET;
	bool is_any = rng_one_in(r, 3);

	if (t->phase == PHASE_REVIEWING && rng_one_in(r, 3))
		return EVENT_FAIL; /* often enough for its cap */
	/* what happens to every ticket is rarer than what moves it, so that walks get far */
	for (unsigned tries = 0; tries < 60; tries++) {
		kind = (enum event_kind)(1 + rng_below(r, EVENT_COUNT - 1));
		if (is_any)
			break;
		if ((is_meddling(kind) || (r->ending != ENDING_UNSET && is_relief(kind))) &&
		    !rng_one_in(r, 8))
			continue;
		if (t->phase == PHASE_DELIVERED && is_git(kind) && !rng_one_in(r, 40))
			continue; /* so that reviewers come to be */
		if (strcmp(lifecycle_cell(t->phase, kind), "step") == 0)
			break;
	}
	return kind;
}

static struct event
random_event(struct rng *r, const struct ticket *t)
{
	static const char *const actors[] = { "person:ann", "reeve", "worker" };
	struct event e = test_event(t, random_kind(r, t));

	e.fresh = test_digest(rng_one_in(r, 30) ? 0 : t->episode.n + 1);
	if (rng_one_in(r, 30))
		memset(&e.fresh, 0, sizeof e.fresh);
	e.is_known = rng_one_in(r, 20);
	e.has_text = !rng_one_in(r, 6);
	e.artifact = (enum artifact)rng_below(r, 3);
	e.ending = r->ending != ENDING_UNSET && !rng_one_in(r, 4)
		       ? r->ending
		       : (enum ending)rng_below(r, ENDING_COUNT);
	e.commit =
	    e.kind == EVENT_CLOSED && !rng_one_in(r, 6) ? (struct oid){ "" } : random_oid(r, t);
	e.blame = (enum blame)rng_below(r, BLAME_COUNT);
	e.streak = rng_below(r, 4);
	e.is_preexisting = rng_one_in(r, 3);
	e.owes_hook = rng_one_in(r, 2);
	e.prune = (enum prune)rng_below(r, PRUNE_COUNT);
	if (rng_one_in(r, 2))
		(void)snprintf(e.adopts.s, sizeof e.adopts.s, "refused-1");
	e.tree = rng_one_in(r, 9) ? (struct oid){ "" } : test_oid(0xf0 + rng_below(r, 4));
	e.from = rng_one_in(r, 9) ? (struct oid){ "" } : test_oid(0xd0 + rng_below(r, 4));
	e.merge = rng_one_in(r, 9) ? (struct oid){ "" } : test_oid(0xe0 + rng_below(r, 4));
	e.boot_ms = TEST_BOOT_MS + rng_below(r, 100000);
	e.review = e.kind == EVENT_CREATE && rng_one_in(r, 2)
		       ? REVIEW_AGENT
		       : (enum review)rng_below(r, REVIEW_COUNT);
	e.merge_policy = (enum merge)rng_below(r, MERGE_COUNT);
	e.want = (enum want)rng_below(r, WANT_CANCEL);
	e.has_spec = rng_one_in(r, 3);
	e.has_priority = rng_one_in(r, 2);
	e.priority = rng_below(r, TICKET_PRIO_MAX + 1);
	e.has_not_before = rng_one_in(r, 2);
	e.not_before_wall_ms = TEST_WALL_MS + rng_below(r, 100000);
	if (rng_one_in(r, 8))
		e.expect_rev = t->rev + rng_below(r, 2);
	if (rng_one_in(r, 4))
		(void)snprintf(e.actor, sizeof e.actor, "%s", actors[rng_below(r, 3)]);
	if (!event_is_report(e.kind) || !rng_one_in(r, 3))
		return e;
	switch (rng_below(r, 4)) {
	case 0:
		e.has_nonce = false;
		break;
	case 1:
		e.nonce.b[rng_below(r, 32)] ^= 1;
		break;
	case 2: /* of an earlier episode */
		if (t->episode.n > 1) {
			e.nonce_of = 1 + rng_below(r, t->episode.n - 1);
			e.nonce = test_digest(e.nonce_of);
		}
		break;
	default:
		e.episode = (struct episode_id){ { 11 + rng_below(r, 3) }, rng_below(r, 9) };
	}
	return e;
}

/* May what this report says still count?  Told in other words than the code has. */
static bool
is_current(const struct ticket *t, const struct event *e)
{
	const struct episode *ep = &t->episode;

	return e->has_nonce && ep->n > 0 && memcmp(ep->nonce.b, e->nonce.b, 32) == 0 &&
	       (ep->state == EPISODE_RUN || ep->state == EPISODE_OPEN) &&
	       ep->generation == t->generation && t->want == WANT_RUN &&
	       (e->episode.n == 0 || (e->episode.n == ep->n && e->episode.ticket.n == t->id.n));
}

static void
check_budgets(const struct ticket *t)
{
	enum phase phase = t->phase == PHASE_PARKED ? t->resume : t->phase;

	if (phase == PHASE_ATTENTION || phase == PHASE_CANCELLED)
		return;
	assert_true(t->deaths < TICKET_DEATHS_MAX);
	assert_true(t->start_failures < TICKET_STARTS_MAX);
	assert_true(t->reboots < TICKET_REBOOTS_MAX);
	assert_true(t->merge_tries < TICKET_MERGE_TRIES_MAX);
}

static void
check_step(const struct ticket *t, const struct event *e, const struct decision *d)
{
	const struct ticket *n = &d->next;

	if (d->verdict != VERDICT_APPLY) {
		assert_memory_equal(n, t, sizeof *t);
		return;
	}
	assert_false(e->is_known);
	assert_true(d->row > 0);
	assert_int_equal(n->rev, t->rev + 1);
	assert_true(lifecycle_pair_is_legal(n->phase, n->episode.state, n->episode.role));
	assert_true(n->generation >= t->generation);
	assert_true(n->episode.n == t->episode.n ||
		    (e->kind == EVENT_START && n->episode.n == t->episode.n + 1));
	if (event_is_report(e->kind))
		assert_true(is_current(t, e));
	if (e->expect_rev > 0)
		assert_int_equal(e->expect_rev, t->rev);
	if (n->phase == PHASE_DONE && t->phase != PHASE_DONE)
		assert_int_equal(n->hook, e->owes_hook ? HOOK_OWED : HOOK_UNSET);
	if (n->phase != PHASE_DONE)
		assert_true(n->hook == HOOK_UNSET && n->hook_tries == 0);
	if (phase_is_final(t->phase) && e->kind != EVENT_REOPEN) {
		assert_int_equal(n->phase, t->phase);
		if (d->row < 95 || d->row > 97)
			assert_true(t->hook != HOOK_UNSET && t->hook != HOOK_RUN);
	}
	assert_int_equal(n->prune != PRUNE_UNSET, n->prune_rev > 0);
	if (n->prune != PRUNE_UNSET)
		assert_true(phase_is_final(n->phase));
	check_budgets(n);
	if (d->row == 53 && n->phase == PHASE_READY)
		assert_true(n->cycles < TICKET_CYCLES_MAX);
	/* done: it landed, or it was passed and is not to land */
	if (n->phase == PHASE_DONE && t->phase != PHASE_DONE && d->row != 51)
		assert_true(n->merge == MERGE_NONE && oid_is_set(n->passed));
	if (n->phase == PHASE_MERGING)
		assert_true(oid_is_set(n->passed) && oid_eq(n->passed, n->pinned) &&
			    oid_is_set(n->merge_from) && oid_is_set(n->merge_commit));
	if (n->phase == PHASE_HUMAN_REVIEW || n->phase == PHASE_DELIVERED ||
	    n->phase == PHASE_APPROVED)
		assert_true(oid_is_set(n->pinned));
	/* a place in the queue: from the verdict to its end, whatever happens in between */
	assert_int_equal(oid_is_set(n->passed), n->passed_wall_ms != 0);
	if (oid_is_set(t->passed) && oid_eq(t->passed, n->passed))
		assert_int_equal(n->passed_wall_ms, t->passed_wall_ms);
	if (n->phase == PHASE_APPROVED)
		assert_true(oid_eq(n->passed, n->pinned));
	assert_int_equal(n->phase == PHASE_PARKED, n->resume != PHASE_UNBORN);
	if (n->phase == PHASE_ASKING)
		assert_true(n->question_rev > 0);
	if (!ticket_is_open(n) && !phase_is_final(n->phase)) /* not wanted: it rests */
		assert_int_equal(n->phase == PHASE_PARKED, n->want != WANT_RUN);
	assert_int_equal(n->updated_wall_ms % 1000, 0);
}

/* The recorded events from nothing, as fsck does it. */
static void
check_replay(const struct ticket *t, const struct event *events, unsigned count, int64_t now)
{
	_cleanup_(buf_release) struct buf have = BUF_INIT, want = BUF_INIT;
	struct ticket again;

	memset(&again, 0, sizeof again);
	for (unsigned i = 0; i < count; i++) {
		struct decision d = lifecycle_step(&again, &events[i], now);

		assert_int_equal(d.verdict, VERDICT_APPLY);
		again = d.next;
	}
	dump(&again, &have);
	dump(t, &want);
	assert_string_equal(have.p, want.p);
}

struct seen {
	bool rows[100], phases[PHASE_COUNT], refusals[REFUSAL_COUNT];
	unsigned applied;
};

static void
random_walk(struct rng *r, struct event *events, struct seen *seen)
{
	unsigned count = 0;
	struct ticket t;

	memset(&t, 0, sizeof t);
	for (unsigned i = 0; i < WALK_STEPS; i++) {
		struct event e = random_event(r, &t);
		struct decision d;

		if (t.phase == PHASE_UNBORN && rng_one_in(r, 2))
			e.kind = EVENT_CREATE;
		d = lifecycle_step(&t, &e, TEST_WALL_MS);
		check_step(&t, &e, &d);
		seen->refusals[d.refusal] = true;
		if (d.verdict != VERDICT_APPLY)
			continue;
		seen->rows[d.row] = true;
		seen->phases[d.next.phase] = true;
		events[count++] = e;
		t = d.next;
	}
	seen->applied += count;
	check_replay(&t, events, count, TEST_WALL_MS);
}

static void
test_lifecycle_random_walks_replay_to_the_same_ticket_D_94(void **state)
{
	/* every row that is built, and every refusal that the table can give */
	static const unsigned rows[] = { 1, 2, 3, 4, 5, 10, 11, 12, 13, 14, 15, 16, 17, 18, 22, 23,
		24, 30, 31, 33, 34, 35, 36, 37, 40, 41, 42, 43, 45, 46, 47, 48, 49, 50, 51, 52, 53,
		54, 55, 56, 57, 58, 67, 70, 71, 80, 83, 90, 91, 92, 95, 96, 97 };
	static const enum refusal refusals[] = { REFUSAL_STALE, REFUSAL_SUPERSEDED,
		REFUSAL_AFTER_TERMINAL, REFUSAL_UNAUTHENTICATED, REFUSAL_MISMATCH,
		REFUSAL_WRONG_ROLE, REFUSAL_ILLEGAL, REFUSAL_CONFLICT, REFUSAL_BAD_ARTIFACT,
		REFUSAL_NEEDS_TEXT, REFUSAL_WRONG_COMMIT };
	struct event *events = xcalloc(WALK_STEPS, sizeof *events);
	struct rng r = { 20261121, ENDING_UNSET };
	struct seen seen;

	(void)state;
	memset(&seen, 0, sizeof seen);
	for (unsigned i = 0; i < WALKS; i++) {
		r.ending = (enum ending)(i % ENDING_COUNT);
		random_walk(&r, events, &seen);
	}
	free(events);
	for (unsigned i = 0; i < ARRAY_LEN(rows); i++)
		if (!seen.rows[rows[i]])
			fail_msg("no walk came over T%02u", rows[i]);
	for (unsigned i = 0; i < ARRAY_LEN(refusals); i++)
		if (!seen.refusals[refusals[i]])
			fail_msg("no walk was refused as %s", refusal_name(refusals[i]));
	for (unsigned p = 1; p < PHASE_COUNT; p++)
		if (!seen.phases[p])
			fail_msg("no walk came to %s", phase_name((enum phase)p));
	assert_true(seen.applied > WALKS * WALK_STEPS / 5);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lifecycle_random_walks_replay_to_the_same_ticket_D_94),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
