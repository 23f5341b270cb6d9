/* SPDX-License-Identifier: GPL-2.0-only */
/* Random tickets and events, and their comparison member by member (not by the tables under test). */
#ifndef TEST_CODEC_RECORD_H
#define TEST_CODEC_RECORD_H

#include "base/base.h"

#include "core/lifecycle.h"

#include <setjmp.h>

#include <cmocka.h>

static uint64_t seed_now = 1;

static inline uint32_t
rnd(uint32_t below)
{
	seed_now = seed_now * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (uint32_t)((seed_now >> 33) % below);
}

/* Half of the time nothing. */
static inline uint32_t
rnd_u32(void)
{
	return rnd(2) ? 0 : rnd(3) ? rnd(1000) + 1 : UINT32_MAX - rnd(3);
}

static inline int64_t
rnd_wall(void)
{
	return rnd(3) ? (int64_t)(rnd(2000000000) + 1) * 1000 * (rnd(9) ? 1 : 100) : 0;
}

static inline struct oid
rnd_oid(void)
{
	struct oid o = { "" };
	size_t n = rnd(3) == 0 ? 0 : rnd(2) ? 40 : 64;

	for (size_t i = 0; i < n; i++)
		o.hex[i] = "0123456789abcdef"[rnd(16)];
	return o;
}

static inline struct digest
rnd_digest(void)
{
	struct digest d = { { 0 } };

	for (size_t i = 0; rnd(3) && i < sizeof d.b; i++)
		d.b[i] = (unsigned char)rnd(256);
	return d;
}

/* Appends up to max bytes, of every kind that could go wrong. */
static inline void
rnd_text(struct buf *b, uint32_t max)
{
	static const char *const bits[] = { "\n", "\n\n", "\r", "\r\n", "\t", " ", "  ", "\\",
		"\\n", "|", "| ", "\n| x", "\n\\ x", "history\n", "\nhistory\n", "end\n", "\nend\n",
		"text\n", "Id: 3", "reeve-ticket 1\n", "a", "word", "caf\xc3\xa9",
		"\xf0\x9f\x98\x80", "\xff", "\xc3", "\xa9", "\x1b[2J", "\xe2\x80\xae", "\xc2\x9b",
		"\x7f", "\x01", ":", " : ", "=", "%", "%41", "-", "sig=a:b", " sig=a:b",
		"\xe2\x80\xa8", "\xed\xa0\x80", "\xf3\xa0\x81\x81" };
	size_t end = b->len + rnd(max + 1);

	for (;;) {
		const char *bit = bits[rnd(ARRAY_LEN(bits))];

		if (b->len + strlen(bit) > end)
			return;
		buf_adds(b, bit);
	}
}

static inline void
rnd_chars(char *to, size_t size)
{
	_cleanup_(buf_release) struct buf b = BUF_INIT;

	if (rnd(3))
		rnd_text(&b, rnd(2) ? 12 : (uint32_t)size - 1);
	memset(to, 0, size);
	memcpy(to, b.p, b.len);
}

static inline char *
rnd_string(uint32_t max)
{
	_cleanup_(buf_release) struct buf b = BUF_INIT;

	if (rnd(3) == 0)
		return NULL;
	rnd_text(&b, max);
	return buf_take(&b);
}

static inline void
rnd_ticket(struct ticket *t)
{
	memset(t, 0, sizeof *t);
	t->id.n = 1 + rnd(ID_TICKET_MAX);
	t->rev = 1 + (uint64_t)rnd_u32() * rnd(3) * rnd(1000);
	t->phase = 1 + rnd(PHASE_COUNT - 1);
	t->resume = rnd(PHASE_COUNT);
	t->want = rnd(WANT_COUNT);
	t->generation = rnd_u32();
	t->review = rnd(REVIEW_COUNT);
	t->merge = rnd(MERGE_COUNT);
	t->priority = rnd(TICKET_PRIO_MAX + 1);
	t->not_before_wall_ms = rnd_wall();
	t->episode.n = rnd(2) ? 0 : 1 + rnd(ID_TICKET_MAX);
	t->episode.state = rnd(EPISODE_COUNT);
	t->episode.role = rnd(ROLE_COUNT);
	t->episode.generation = rnd_u32();
	t->episode.nonce = rnd_digest();
	t->episode.base = rnd_oid();
	t->episode.review = rnd_oid();
	rnd_chars(t->episode.boot.s, sizeof t->episode.boot.s);
	t->question_rev = rnd_u32();
	t->pinned = rnd_oid();
	t->pinned_by = rnd_u32();
	t->since_wall_ms = rnd_wall();
	t->reviewer_deaths = rnd_u32();
	t->blame = rnd(BLAME_COUNT);
	t->passed = rnd_oid();
	t->merge_from = rnd_oid();
	t->merge_commit = rnd_oid();
	t->landing = rnd(LANDING_COUNT);
	t->hook = rnd(HOOK_COUNT);
	t->hook_tries = rnd_u32();
	t->unsent = rnd_u32();
	t->passed_wall_ms = rnd_wall();
	t->deaths = rnd_u32();
	t->start_failures = rnd_u32();
	t->cycles = rnd_u32();
	t->reboots = rnd_u32();
	t->env_failures = rnd_u32();
	t->merge_tries = rnd_u32();
	t->backoff_boot_ms = rnd(2) ? 0 : INT64_MAX / 2 - rnd(1000000) * (int64_t)rnd(1000000);
	rnd_chars(t->backoff_boot.s, sizeof t->backoff_boot.s);
	rnd_chars(t->cause, sizeof t->cause);
	t->created_wall_ms = rnd_wall();
	t->updated_wall_ms = rnd_wall();
}

static inline void
rnd_spec(struct spec *s)
{
	memset(s, 0, sizeof *s);
	s->title = rnd_string(60);
	s->repo = rnd_string(20);
	s->base = rnd_string(20);
	s->from = rnd_string(60);
	s->branch = rnd_string(20);
	s->agent = rnd_string(20);
	s->mission = rnd_string(20);
	s->after = rnd_string(20);
	s->notify = rnd_string(20);
	s->text = rnd_string(300);
}

/* Only the event's history members; nonces and what is known otherwise stay zero. */
static inline void
rnd_event(struct event *e, struct ticket_id id)
{
	memset(e, 0, sizeof *e);
	e->kind = 1 + rnd(EVENT_COUNT - 1);
	rnd_chars(e->actor, sizeof e->actor);
	rnd_chars(e->reason, sizeof e->reason);
	if (rnd(2)) {
		for (uint32_t i = 0, n = 1 + rnd(ID_SIGNAL_MAX); i < n; i++)
			e->sig.s[i] = "abzAZ019-_."[rnd(i ? 11 : 10)];
		e->sig_hash = rnd_digest();
	}
	if (rnd(2))
		e->episode = (struct episode_id){ id, 1 + rnd(1000) };
	e->commit = rnd_oid();
	e->has_text = rnd(2);
	e->choices = rnd(10);
	e->artifact = e->kind == EVENT_DONE || e->kind == EVENT_REVIEW || e->kind == EVENT_ADOPT ||
			      e->kind == EVENT_AMEND
			  ? ARTIFACT_GOOD
			  : 0;
	e->blame = rnd(BLAME_COUNT);
	e->streak = rnd(9);
	e->is_preexisting = rnd(2);
	e->unsent = rnd_u32();
	if (rnd(2))
		(void)snprintf(e->adopts.s, sizeof e->adopts.s, "refused-%u", rnd(100));
	e->fresh = rnd_digest();
	e->base = rnd_oid();
	rnd_chars(e->boot.s, sizeof e->boot.s);
	rnd_chars(e->agent, sizeof e->agent);
	rnd_chars(e->session, sizeof e->session);
	e->continues = rnd(9);
	e->boot_ms = rnd(2) ? 0 : rnd(UINT32_MAX);
	e->ending = rnd(ENDING_COUNT);
	e->from = rnd_oid();
	e->merge = rnd_oid();
	e->landing = rnd(LANDING_COUNT);
	e->salvage = rnd_oid();
	e->review = rnd(REVIEW_COUNT);
	e->merge_policy = rnd(MERGE_COUNT);
	e->want = rnd(WANT_COUNT);
	e->has_priority = rnd(2);
	e->priority = e->has_priority ? rnd(TICKET_PRIO_MAX + 1) : 0;
	e->has_not_before = rnd(2);
	e->not_before_wall_ms = e->has_not_before ? rnd_wall() : 0;
	e->has_spec = rnd(2);
	e->spec = rnd_digest();
}

static inline void
same_oid(struct oid a, struct oid b)
{
	assert_string_equal(a.hex, b.hex);
}

static inline void
same_digest(const struct digest *a, const struct digest *b)
{
	assert_memory_equal(a->b, b->b, sizeof a->b);
}

static inline void
same_string(const char *a, const char *b)
{
	assert_int_equal(a == NULL, b == NULL);
	if (a && b)
		assert_string_equal(a, b);
}

#define SAME(member) assert_true(a->member == b->member)

static inline void
same_ticket(const struct ticket *a, const struct ticket *b)
{
	SAME(id.n), SAME(rev), SAME(phase), SAME(resume), SAME(want), SAME(generation);
	SAME(review), SAME(merge), SAME(priority), SAME(not_before_wall_ms);
	SAME(episode.n), SAME(episode.state), SAME(episode.role), SAME(episode.generation);
	same_digest(&a->episode.nonce, &b->episode.nonce);
	same_oid(a->episode.base, b->episode.base);
	same_oid(a->episode.review, b->episode.review);
	assert_string_equal(a->episode.boot.s, b->episode.boot.s);
	SAME(question_rev), SAME(pinned_by), SAME(reviewer_deaths), SAME(blame);
	same_oid(a->pinned, b->pinned);
	same_oid(a->passed, b->passed);
	same_oid(a->merge_from, b->merge_from);
	same_oid(a->merge_commit, b->merge_commit);
	SAME(deaths), SAME(start_failures), SAME(cycles), SAME(reboots), SAME(env_failures);
	SAME(merge_tries), SAME(backoff_boot_ms), SAME(landing), SAME(passed_wall_ms);
	SAME(hook), SAME(hook_tries), SAME(unsent);
	assert_string_equal(a->backoff_boot.s, b->backoff_boot.s);
	assert_string_equal(a->cause, b->cause);
	SAME(created_wall_ms), SAME(updated_wall_ms);
}

static inline void
same_spec(const struct spec *a, const struct spec *b)
{
	same_string(a->title, b->title);
	same_string(a->repo, b->repo);
	same_string(a->base, b->base);
	same_string(a->from, b->from);
	same_string(a->branch, b->branch);
	same_string(a->agent, b->agent);
	same_string(a->mission, b->mission);
	same_string(a->after, b->after);
	same_string(a->notify, b->notify);
	same_string(a->text, b->text);
}

static inline void
same_event(const struct event *a, const struct event *b)
{
	SAME(kind), SAME(episode.ticket.n), SAME(episode.n), SAME(has_text), SAME(artifact),
	    SAME(choices);
	SAME(blame), SAME(streak), SAME(is_preexisting), SAME(landing), SAME(unsent);
	assert_string_equal(a->adopts.s, b->adopts.s);
	assert_string_equal(a->actor, b->actor);
	assert_string_equal(a->reason, b->reason);
	assert_string_equal(a->sig.s, b->sig.s);
	same_digest(&a->sig_hash, &b->sig_hash);
	same_oid(a->commit, b->commit);
	same_digest(&a->fresh, &b->fresh);
	same_oid(a->base, b->base);
	assert_string_equal(a->boot.s, b->boot.s);
	assert_string_equal(a->agent, b->agent);
	assert_string_equal(a->session, b->session);
	SAME(boot_ms), SAME(continues), SAME(ending);
	same_oid(a->from, b->from);
	same_oid(a->merge, b->merge);
	same_oid(a->salvage, b->salvage);
	SAME(review), SAME(merge_policy), SAME(want), SAME(has_priority), SAME(priority);
	SAME(has_not_before), SAME(not_before_wall_ms), SAME(has_spec);
	same_digest(&a->spec, &b->spec);
	assert_false(b->is_known);
	assert_false(b->has_nonce);
}

#endif
