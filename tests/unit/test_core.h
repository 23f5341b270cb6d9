/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * test_core.h: one plain ticket for each (phase, episode state), one well-formed event for each kind, and
 * a step that says what it expects.
 */
#ifndef TEST_CORE_H
#define TEST_CORE_H

#include "base/base.h"
#include <setjmp.h> /* cmocka.h wants this one first */

#include "core/lifecycle.h"

#include <cmocka.h>

#define TEST_WALL_MS INT64_C(1795242205000)
#define TEST_BOOT_MS INT64_C(1000000)
#define TEST_BOOT    "11111111-2222-4333-8444-555555555555"

/* The nonce of an episode number, or an object name: all of them differ. */
static inline struct digest
test_digest(uint32_t n)
{
	struct digest d = { { 0xa5 } };

	memcpy(d.b + 1, &n, sizeof n);
	return d;
}

static inline struct oid
test_oid(unsigned n)
{
	struct oid o;

	memset(&o, 0, sizeof o);
	(void)snprintf(o.hex, sizeof o.hex, "%040x", n);
	return o;
}

static inline struct boot_id
test_boot(const char *s)
{
	struct boot_id b;

	memset(&b, 0, sizeof b);
	(void)snprintf(b.s, sizeof b.s, "%s", s);
	return b;
}

static inline struct ticket
test_ticket(enum phase phase, enum episode_state state)
{
	bool is_reviewer = phase == PHASE_REV_STARTING || phase == PHASE_REVIEWING;
	bool is_pinned = phase == PHASE_DELIVERED || is_reviewer || phase == PHASE_HUMAN_REVIEW ||
			 phase == PHASE_APPROVED || phase == PHASE_MERGING ||
			 phase == PHASE_ATTENTION || phase == PHASE_DONE;
	bool is_passed = phase == PHASE_APPROVED || phase == PHASE_MERGING || phase == PHASE_DONE;
	bool is_intended = phase == PHASE_MERGING || phase == PHASE_DONE;
	struct ticket t;

	memset(&t, 0, sizeof t);
	if (phase == PHASE_UNBORN)
		return t;
	t.id.n = 12;
	t.rev = 40;
	t.phase = phase;
	t.resume = phase == PHASE_PARKED ? PHASE_READY : PHASE_UNBORN;
	t.want = phase == PHASE_PARKED      ? WANT_PARK
		 : phase == PHASE_CANCELLED ? WANT_CANCEL
					    : WANT_RUN;
	t.generation = 2;
	t.review = is_reviewer ? REVIEW_AGENT : REVIEW_HUMAN;
	t.merge = MERGE_AUTO;
	t.priority = 5;
	t.episode.n = 3;
	t.episode.state = state;
	t.episode.role = is_reviewer ? ROLE_REVIEWER : ROLE_AUTHOR;
	t.episode.generation = 2;
	t.episode.nonce = test_digest(3);
	t.episode.base = test_oid(0xb0);
	t.episode.boot = test_boot(TEST_BOOT);
	t.question_rev = phase == PHASE_ASKING ? 39 : 0;
	t.pinned = is_pinned ? test_oid(0xc1) : (struct oid){ "" };
	t.pinned_by = is_pinned ? 3 : 0;
	t.episode.review = is_reviewer ? t.pinned : (struct oid){ "" };
	t.passed_wall_ms = is_passed ? TEST_WALL_MS - 60000 : 0;
	t.passed = is_passed ? t.pinned : (struct oid){ "" };
	t.merge_from = is_intended ? test_oid(0xd0) : (struct oid){ "" };
	t.merge_commit = is_intended ? test_oid(0xd1) : (struct oid){ "" };
	if (phase == PHASE_ATTENTION) {
		t.deaths = TICKET_DEATHS_MAX;
		(void)snprintf(t.cause, sizeof t.cause, "exit status 1");
	}
	t.created_wall_ms = TEST_WALL_MS - 60000;
	t.updated_wall_ms = t.since_wall_ms = TEST_WALL_MS - 1000;
	return t;
}

/* What a healthy sender says of this ticket now. */
static inline struct event
test_event(const struct ticket *t, enum event_kind kind)
{
	struct event e;

	memset(&e, 0, sizeof e);
	e.kind = kind;
	e.ticket.n = 12;
	(void)snprintf(e.actor, sizeof e.actor, "%s",
	    event_is_report(kind)    ? "worker"
	    : event_is_command(kind) ? "person:ann"
				     : "reeve");
	(void)snprintf(e.reason, sizeof e.reason, "because");
	e.has_nonce = event_is_report(kind);
	e.nonce = event_is_report(kind) ? t->episode.nonce : (struct digest){ { 0 } };
	e.commit =
	    kind == EVENT_DONE || kind == EVENT_REVIEW || kind == EVENT_ADOPT || kind == EVENT_AMEND
		? test_oid(0xc9)
	    : kind == EVENT_CLOSED ? (struct oid){ "" }
				   : t->pinned;
	e.has_spec = kind == EVENT_EDIT || kind == EVENT_ASSIGN;
	e.blame = kind == EVENT_ENV_FAILED ? BLAME_REPO : BLAME_UNSET;
	e.prune = kind == EVENT_PRUNE ? PRUNE_WORK : PRUNE_UNSET;
	e.has_text = true;
	e.artifact = ARTIFACT_GOOD;
	e.fresh = test_digest(t->episode.n + 1);
	e.base = test_oid(0xb1);
	e.boot = test_boot(TEST_BOOT);
	e.boot_ms = TEST_BOOT_MS;
	e.ending = kind == EVENT_NEVER_STARTED ? ENDING_DEADLINE : ENDING_DIED;
	e.from = test_oid(0xd8);
	e.merge = test_oid(0xd9);
	e.tree =
	    kind == EVENT_GATED || kind == EVENT_GATE_FAILED ? test_oid(0xda) : (struct oid){ "" };
	e.gates = oid_is_set(e.tree) ? test_digest(77) : (struct digest){ { 0 } };
	return e;
}

/* Calls fn for every legal pair, UNBORN included. */
static inline void
test_each_pair(void (*fn)(const struct ticket *t, void *arg), void *arg)
{
	for (unsigned p = 0; p < PHASE_COUNT; p++)
		for (unsigned s = 0; s < EPISODE_COUNT; s++) {
			struct ticket t = test_ticket((enum phase)p, (enum episode_state)s);

			if (p == PHASE_UNBORN
				? s == EPISODE_NONE
				: lifecycle_pair_is_legal(t.phase, t.episode.state, t.episode.role))
				fn(&t, arg);
		}
}

/* Steps, and it must be applied as this row; the next ticket. */
static inline struct ticket
test_apply(const struct ticket *t, const struct event *e, unsigned row)
{
	struct decision d = lifecycle_step(t, e, TEST_WALL_MS + 999);

	if (d.verdict != VERDICT_APPLY)
		fail_msg("%s in %s/%s: verdict %d %s, not T%02u", event_name(e->kind),
		    phase_name(t->phase), episode_state_name(t->episode.state), (int)d.verdict,
		    refusal_name(d.refusal), row);
	assert_int_equal(d.row, row);
	assert_int_equal(d.refusal, REFUSAL_NONE);
	assert_int_equal(d.next.rev, t->rev + 1);
	assert_int_equal(d.next.updated_wall_ms, TEST_WALL_MS); /* whole seconds */
	return d.next;
}

/* Steps, and nothing may happen but this. */
static inline void
test_nothing(const struct ticket *t, const struct event *e, enum verdict verdict, enum refusal why)
{
	struct decision d = lifecycle_step(t, e, TEST_WALL_MS);

	if (d.verdict != verdict || d.refusal != why)
		fail_msg("%s in %s/%s: verdict %d T%02u \"%s\", not %d \"%s\"", event_name(e->kind),
		    phase_name(t->phase), episode_state_name(t->episode.state), (int)d.verdict,
		    d.row, refusal_name(d.refusal), (int)verdict, refusal_name(why));
	assert_int_equal(d.row, 0);
	assert_memory_equal(&d.next, t, sizeof *t);
}

static inline void
test_refuse(const struct ticket *t, const struct event *e, enum refusal why)
{
	test_nothing(t, e, VERDICT_REFUSE, why);
}

/* The same with the canonical event of a kind. */
static inline struct ticket
test_apply_kind(const struct ticket *t, enum event_kind kind, unsigned row)
{
	struct event e = test_event(t, kind);

	return test_apply(t, &e, row);
}

static inline void
test_refuse_kind(const struct ticket *t, enum event_kind kind, enum refusal why)
{
	struct event e = test_event(t, kind);

	test_refuse(t, &e, why);
}

static inline void
test_stands(const struct ticket *t, enum phase phase, enum episode_state state)
{
	assert_string_equal(phase_name(t->phase), phase_name(phase));
	assert_string_equal(episode_state_name(t->episode.state), episode_state_name(state));
}

#endif
