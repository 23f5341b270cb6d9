/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What was written is read by every later reeve: tests/golden/history-N.txt has ticket files whose lines were reckoned
 * by rule N (core/lifecycle.h), one after another.  They were written by the reeve of that time, the first ones (and
 * history-1-run.txt, by its supervisor) by one that knew of no rules; each has to lead to its headers for ever.
 *
 * REEVE_GOLDEN=write adds to the file of today's rule what has no history there yet (a new event, a new row, or
 * a new rule); it changes nothing that stands there.  Who changes what a step leads to finds here that old files are not
 * believed any more, and raises LIFECYCLE_RULE.
 */
#include "base/base.h"

#include "base/vec.h"
#include "codec/ticket_text.h"

#include <setjmp.h>
#include <stdlib.h>

#include <cmocka.h>

#define RAISE                                                                                      \
	"What is written must lead where it led: raise LIFECYCLE_RULE (core/lifecycle.h), and "    \
	"leave the old way to the lines of older rules"

#define NOW        INT64_C(1795242205000)
#define WALK_STEPS 60
#define WALKS      4000 /* what these come over has to be in the file: a multiple of */
#define TRIES      400  /* so many, of which the best is written, */
#define WORTH      12   /* if it shows so much */

/* --- what was shown --- */

struct seen {
	uint64_t *v;
	size_t n, cap;
};

/* Where it is, or belongs: they are sorted. */
static size_t
place(const struct seen *s, uint64_t x)
{
	size_t from = 0, to = s->n;

	while (from < to) {
		size_t at = from + (to - from) / 2;

		if (s->v[at] < x)
			from = at + 1;
		else
			to = at;
	}
	return from;
}

static bool
has(const struct seen *s, uint64_t x)
{
	size_t at = place(s, x);

	return at < s->n && s->v[at] == x;
}

/* False: it was there. */
static bool
add(struct seen *s, uint64_t x)
{
	size_t at = place(s, x);

	if (has(s, x))
		return false;
	(void)VEC_PUSH(s);
	memmove(s->v + at + 1, s->v + at, (s->n - 1 - at) * sizeof *s->v);
	s->v[at] = x;
	return true;
}

/* --- a life, from a seed --- */

struct walk {
	uint64_t seed;
	enum ending ending;    /* UNSET: a good life; else most of its episodes end so */
	enum event_kind often; /* more than others, where it is a step */
	struct record rec;
	unsigned steps;
	struct seen seen; /* that its steps show, and others do not; */
	unsigned last;    /* the last that does */
};

static unsigned
below(struct walk *w, unsigned n)
{
	uint64_t z = w->seed += UINT64_C(0x9e3779b97f4a7c15); /* splitmix64 */

	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return (unsigned)((z ^ (z >> 31)) >> 33) % n;
}

static struct oid
an_oid(unsigned n)
{
	struct oid o = { "" };

	memset(o.hex, "0123456789abcdef"[n % 16], 40);
	return o;
}

static bool
is_rare(const struct walk *w, enum event_kind k)
{
	return k == EVENT_CANCEL || k == EVENT_PARK || k == EVENT_EDIT || k == EVENT_REMIND ||
	       k == EVENT_TELL || k == EVENT_NOTE || k == EVENT_ASSIGN || k == EVENT_ADOPT ||
	       k == EVENT_AMEND || k == EVENT_PRUNED ||
	       (w->ending != ENDING_UNSET && (k == EVENT_DONE || k == EVENT_RETRY));
}

static enum event_kind
a_kind(struct walk *w)
{
	enum event_kind k = EVENT_CREATE;

	if (w->rec.ticket.rev > 0 && below(w, 3) == 0 &&
	    strcmp(lifecycle_cell(w->rec.ticket.phase, w->often), "step") == 0)
		return w->often;
	if (w->rec.ticket.hook == HOOK_OWED && below(w, 6))
		return EVENT_HOOK_FAILED;
	for (unsigned i = 0; w->rec.ticket.rev > 0 && i < 80; i++) {
		k = (enum event_kind)(1 + below(w, EVENT_COUNT - 1));
		if (strcmp(lifecycle_cell(w->rec.ticket.phase, k), "step") == 0 &&
		    (!is_rare(w, k) || below(w, 6) == 0))
			break;
	}
	return k;
}

/* What a worker says. */
static void
a_report(struct walk *w, struct event *e)
{
	const struct ticket *t = &w->rec.ticket;

	(void)snprintf(e->actor, sizeof e->actor, "worker");
	if (below(w, 8) == 0) {
		(void)snprintf(e->sig.s, sizeof e->sig.s, "s.%llu", (unsigned long long)t->rev);
		memset(e->sig_hash.b, 0x11, sizeof e->sig_hash.b);
	}
	e->has_nonce = true;
	e->nonce = t->episode.nonce;
	if (e->kind == EVENT_PASS || e->kind == EVENT_FAIL)
		e->commit = t->pinned;
	else if (e->kind == EVENT_DONE || e->kind == EVENT_REVIEW)
		e->commit = an_oid(1 + below(w, 9));
}

/* What came of a start or a step of git. */
static void
a_fact(struct walk *w, struct event *e)
{
	e->boot_ms = 1000 + below(w, 9) * 1000;
	(void)snprintf(e->boot.s, sizeof e->boot.s, "boot-%u", below(w, 2));
	if (below(w, 3) == 0)
		(void)snprintf(e->reason, sizeof e->reason, "because %u", below(w, 3));
	if (e->kind == EVENT_START) {
		memset(e->fresh.b, (int)w->rec.ticket.episode.n + 1, sizeof e->fresh.b);
		e->base = an_oid(12);
	}
	if (e->kind == EVENT_CLOSED || e->kind == EVENT_NEVER_STARTED)
		e->ending = w->ending != ENDING_UNSET && below(w, 4)
				? w->ending
				: (enum ending)(1 + below(w, ENDING_COUNT - 1));
	if (e->kind == EVENT_ENV_FAILED || e->ending == ENDING_NO_EXEC ||
	    e->ending == ENDING_NO_SETUP) {
		e->blame = (enum blame)below(w, BLAME_COUNT);
		e->streak = below(w, 3) ? 0 : below(w, 5);
	}
	if (e->kind == EVENT_CLOSED && below(w, 6) == 0)
		e->commit = an_oid(3);
	if (e->kind == EVENT_INTENT || e->kind == EVENT_GATED || e->kind == EVENT_GATE_FAILED) {
		e->from = an_oid(12);
		e->merge = an_oid(13);
		e->landing = (enum landing)below(w, LANDING_COUNT);
	}
	if (e->kind == EVENT_GATED || e->kind == EVENT_GATE_FAILED) {
		e->tree = an_oid(14);
		memset(e->gates.b, 0x22, sizeof e->gates.b);
		e->is_preexisting = below(w, 3) == 0;
	}
	if (e->kind == EVENT_PRUNED) {
		e->prune = w->rec.ticket.prune;
		e->commit = below(w, 2) ? an_oid(1) : (struct oid){ "" };
		e->salvage = below(w, 2) ? an_oid(2) : (struct oid){ "" };
	}
	e->owes_hook = e->kind == EVENT_MERGED && below(w, 2);
}

static void
a_command(struct walk *w, struct event *e)
{
	(void)snprintf(e->actor, sizeof e->actor, "person:ann");
	if (e->kind == EVENT_ADOPT || e->kind == EVENT_AMEND)
		e->commit = an_oid(1 + below(w, 9));
	if (e->kind == EVENT_ADOPT && below(w, 2))
		(void)snprintf(e->adopts.s, sizeof e->adopts.s, "refused-1");
	if (e->kind == EVENT_PRUNE)
		e->prune = (enum prune)(1 + below(w, PRUNE_COUNT - 1));
	e->has_spec = e->kind == EVENT_ASSIGN;
	if (e->kind != EVENT_CREATE && e->kind != EVENT_EDIT)
		return;
	e->review = w->often == EVENT_PASS || w->often == EVENT_FAIL
			? REVIEW_AGENT
			: (enum review)below(w, REVIEW_COUNT);
	e->merge_policy = below(w, 2) ? MERGE_UNSET : (enum merge)below(w, MERGE_COUNT);
	e->want = below(w, 4) ? WANT_UNSET : (enum want)below(w, WANT_CANCEL);
	e->has_priority = below(w, 4) == 0;
	e->priority = e->has_priority ? below(w, TICKET_PRIO_MAX + 1) : 0;
	e->has_not_before = below(w, 8) == 0;
	e->not_before_wall_ms = e->has_not_before ? NOW + below(w, 99) * 1000 : 0;
	e->has_spec = e->kind == EVENT_EDIT && below(w, 4) == 0;
	if (e->kind == EVENT_CREATE || e->has_spec)
		e->spec = spec_digest(&w->rec.spec);
}

/* Of all headers of the ticket: each revision has it as its words, so that none can lead elsewhere for a while. */
static void
sum_of(const struct record *r, const struct ticket *t, char ret[17])
{
	struct record at = { .ticket = *t, .spec = r->spec, .history = BUF_INIT };
	_cleanup_(buf_release) struct buf b = BUF_INIT, hex = BUF_INIT;
	struct digest d;

	ticket_text_dump(&at, &b);
	d = digest_of(buf_str(&b));
	digest_add_hex(&hex, &d);
	(void)snprintf(ret, 17, "%.16s", hex.p);
}

/* What a step shows, each as a number: where it led from where; which members it changed, and which were set; how the
 * episode ended; what it made of the blame. */
static void
show(const struct ticket *t, const struct event *e, const struct decision *d, struct seen *ret)
{
	const struct ticket *n = &d->next;
	const bool changed[] = { t->env_failures != n->env_failures, t->blame != n->blame,
		t->backoff_boot_ms != n->backoff_boot_ms, strcmp(t->cause, n->cause) != 0,
		t->cycles != n->cycles, !oid_eq(t->pinned, n->pinned), t->pinned_by != n->pinned_by,
		!oid_eq(t->passed, n->passed), !oid_eq(t->gated, n->gated), t->hook != n->hook,
		t->hook_tries != n->hook_tries, t->prune != n->prune,
		t->generation != n->generation, t->review != n->review, t->merge != n->merge,
		t->deaths != n->deaths, t->reviewer_deaths != n->reviewer_deaths,
		t->start_failures != n->start_failures, t->reboots != n->reboots,
		t->merge_tries != n->merge_tries, t->resume != n->resume, t->want != n->want,
		t->question_rev != n->question_rev, t->passed_wall_ms != n->passed_wall_ms,
		t->since_wall_ms != n->since_wall_ms };
	const bool set[] = { t->env_failures > 0, t->backoff_boot_ms > 0, t->cause[0] != '\0',
		t->cycles > 0, t->pinned_by > 0, oid_is_set(t->passed), oid_is_set(t->gated),
		t->hook_tries > 0, t->deaths > 0, t->reviewer_deaths > 0, t->start_failures > 0,
		t->reboots > 0, t->merge_tries > 0, t->question_rev > 0, t->prune > e->prune,
		n->hook == HOOK_FAILED };
	uint64_t step = (uint64_t)e->kind << 8 | d->row;

	add(ret, step);
	add(ret, step | UINT64_C(1) << 60 | (uint64_t)t->phase << 48 | (uint64_t)n->phase << 40);
	if (e->ending != ENDING_UNSET)
		add(ret, step | UINT64_C(4) << 60 | (uint64_t)e->ending << 48 |
			     (uint64_t)t->episode.role << 40 | (uint64_t)t->episode.state << 32);
	for (size_t i = 0; i < ARRAY_LEN(changed); i++)
		if (changed[i])
			add(ret, step | UINT64_C(2) << 60 | (uint64_t)i << 32);
	for (size_t i = 0; i < ARRAY_LEN(set); i++)
		if (set[i])
			add(ret, step | UINT64_C(5) << 60 | (uint64_t)i << 32);
	if (t->env_failures > 0 || n->env_failures > 0)
		add(ret, step | UINT64_C(3) << 60 | (uint64_t)t->blame << 48 |
			     (uint64_t)n->blame << 40 | (uint64_t)e->blame << 32 |
			     (uint64_t)(n->env_failures > 2) << 28);
}

static void
walk_step(struct walk *w, const struct seen *others)
{
	struct record *r = &w->rec;
	struct event e = { .kind = a_kind(w), .ticket = { 12 }, .actor = "reeve" };
	struct seen shown = { NULL, 0, 0 };
	struct decision d;
	char sum[17];

	if (event_is_report(e.kind))
		a_report(w, &e);
	else if (event_is_command(e.kind))
		a_command(w, &e);
	else
		a_fact(w, &e);
	e.has_text = (event_is_report(e.kind) || event_is_command(e.kind)) &&
		     e.kind != EVENT_CREATE && e.kind != EVENT_EDIT;
	e.artifact = ARTIFACT_GOOD;
	d = lifecycle_step(&r->ticket, &e, NOW + (int64_t)r->ticket.rev * 1000);
	if (d.verdict != VERDICT_APPLY)
		return;
	sum_of(r, &d.next, sum);
	history_add(&r->history, &r->ticket, &e, &d, sum);
	w->steps++;
	show(&r->ticket, &e, &d, &shown);
	for (size_t i = 0; i < shown.n; i++)
		if (!has(others, shown.v[i]) && add(&w->seen, shown.v[i]))
			w->last = w->steps;
	free(shown.v);
	r->ticket = d.next;
}

/* Of `steps` steps at most. */
static void
walk(uint64_t seed, unsigned steps, const struct seen *others, struct walk *ret)
{
	*ret = (struct walk){ .seed = seed * UINT64_C(0x2545f4914f6cdd1d),
		.ending = seed % 3 != 0 ? ENDING_UNSET : (enum ending)(seed / 3 % ENDING_COUNT),
		.often = (enum event_kind)(1 + seed % (EVENT_COUNT - 1)),
		.rec = { .history = BUF_INIT } };
	set_charp(&ret->rec.spec.title, "a ticket");
	set_charp(&ret->rec.spec.repo, "app");
	for (unsigned i = 0; i < 4 * WALK_STEPS && ret->steps < steps; i++)
		walk_step(ret, others);
}

static void
walk_release(struct walk *w)
{
	record_release(&w->rec);
	free(w->seen.v);
}

/* --- the files --- */

static void
path_of(unsigned rule, char ret[60])
{
	(void)snprintf(ret, 60, "tests/golden/history-%u.txt", rule);
}

static void
slurp_file(const char *path, struct buf *ret)
{
	char chunk[4096];
	size_t n;
	FILE *f = fopen(path, "r");

	if (!f)
		return;
	while ((n = fread(chunk, 1, sizeof chunk, f)) > 0)
		buf_add(ret, chunk, n);
	(void)fclose(f);
}

static void
slurp(unsigned rule, struct buf *ret)
{
	char path[60];

	path_of(rule, path);
	slurp_file(path, ret);
}

/* Cuts one ticket file off; no text of one has a line "end". */
static bool
cut(struct str *rest, struct str *ret)
{
	ssize_t at = str_find(*rest, STR("\nend\n"));

	if (at < 0)
		return false;
	*ret = str_n(rest->p, (size_t)at + 5);
	*rest = str_n(rest->p + at + 5, rest->len - (size_t)at - 5);
	return true;
}

/* It is believed, byte for byte; seen: what its steps show. */
static void
check_one(struct str text, unsigned rule, unsigned number, struct seen *seen)
{
	_cleanup_(record_release) struct record r = { .history = BUF_INIT };
	_cleanup_(buf_release) struct buf again = BUF_INIT;
	struct err err = ERR_INIT;
	struct history_entry h;
	struct ticket t = { 0 };
	struct str rest;

	if (ticket_text_load(text, &r, &err) < 0 || history_replay(&r, &err) < 0)
		fail_msg("history-%u.txt, ticket file %u: %s\n" RAISE, rule, number, err.text);
	ticket_text_dump(&r, &again);
	assert_true(str_eq(buf_str(&again), text));
	rest = buf_str(&r.history);
	while (history_next(&rest, &h, NULL) == 0) {
		_cleanup_(buf_release) struct buf says = BUF_INIT;
		struct event e = history_event(&h, &t, r.ticket.id, rule);
		struct decision d = lifecycle_step(&t, &e, h.wall_ms);
		char is[17];

		assert_int_equal(h.event.rule, rule == 1 ? 0 : rule);
		show(&t, &e, &d, seen);
		assert_int_equal(history_ticket(&r, h.rev, &t, &err), 0);
		history_text(&h, &says);
		sum_of(&r, &t, is);
		if (strcmp(is, says.p) != 0)
			fail_msg("history-%u.txt, ticket file %u, revision %llu: '%s' by T%02u "
				 "changes the ticket in another way now.\n" RAISE,
			    rule, number, (unsigned long long)h.rev, event_name(e.kind), d.row);
	}
}

static unsigned
check_rule(unsigned rule, struct seen *seen)
{
	_cleanup_(buf_release) struct buf all = BUF_INIT;
	struct str rest, one;
	unsigned n = 0;

	slurp(rule, &all);
	rest = buf_str(&all);
	while (cut(&rest, &one))
		check_one(one, rule, ++n, seen);
	assert_int_equal(rest.len, 0);
	return n;
}

static void
test_histories_of_every_rule_are_believed_X_14_D_94(void **state)
{
	(void)state;
	for (unsigned rule = 1; rule < LIFECYCLE_RULE; rule++) {
		struct seen seen = { NULL, 0, 0 };

		if (check_rule(rule, &seen) == 0)
			fail_msg("tests/golden/history-%u.txt is gone", rule);
		free(seen.v);
	}
}

/* Of a supervisor of that time: a gate that could not be run, twice; then the repository was away. */
static void
test_tickets_of_an_older_supervisor_are_believed_X_14(void **state)
{
	_cleanup_(buf_release) struct buf all = BUF_INIT;
	struct str rest, one;
	unsigned n = 0;

	(void)state;
	slurp_file("tests/golden/history-1-run.txt", &all);
	for (rest = buf_str(&all); cut(&rest, &one); n++) {
		_cleanup_(record_release) struct record r = { .history = BUF_INIT };
		struct err err = ERR_INIT;

		if (ticket_text_load(one, &r, &err) < 0 || history_replay(&r, &err) < 0)
			fail_msg("ticket file %u: %s", n + 1, err.text);
	}
	assert_int_equal(n, 2);
}

/* Of each file: the ticket, loaded. */
static void
each_of(unsigned rule, void (*f)(struct record *r))
{
	_cleanup_(buf_release) struct buf all = BUF_INIT;
	struct str rest, one;

	slurp(rule, &all);
	rest = buf_str(&all);
	while (cut(&rest, &one)) {
		_cleanup_(record_release) struct record r = { .history = BUF_INIT };

		assert_int_equal(ticket_text_load(one, &r, NULL), 0);
		f(&r);
	}
}

/* Replaces each `from` of the history, from byte `at` on; how many. */
static unsigned
forge(struct record *r, size_t at, const char *from, const char *to)
{
	_cleanup_(buf_release) struct buf b = BUF_INIT;
	struct str rest = str_n(r->history.p + at, r->history.len - at);
	unsigned n = 0;

	buf_add(&b, r->history.p, at);
	for (ssize_t i; (i = str_find(rest, str_of(from))) >= 0; n++) {
		buf_add(&b, rest.p, (size_t)i);
		buf_adds(&b, to);
		rest = str_n(rest.p + i + strlen(from), rest.len - (size_t)i - strlen(from));
	}
	buf_add_str(&b, rest);
	buf_clear(&r->history);
	buf_add_str(&r->history, buf_str(&b));
	return n;
}

/* For a time lines were reckoned by rule 2 and did not say so. */
static void
forget_rule(struct record *r)
{
	struct err err = ERR_INIT;

	assert_true(forge(r, 0, " rule=2", "") > 0);
	if (history_replay(r, &err) < 0)
		fail_msg("%s", err.text);
	r->ticket.env_failures += 7;
	assert_int_equal(history_replay(r, &err), ERR_INVALID);
}

static void
test_rule_2_before_it_had_a_number_X_14(void **state)
{
	(void)state;
	each_of(2, forget_rule);
}

/* What an older reeve wrote goes on by today's rule, and is believed as a whole. */
static void
go_on(struct record *r)
{
	static const struct seen none = { NULL, 0, 0 };
	struct walk w = { .seed = r->history.len, .often = EVENT_DONE, .rec = *r };
	size_t before = r->history.len;
	struct err err = ERR_INIT;

	for (unsigned i = 0; i < 2 * WALK_STEPS; i++)
		walk_step(&w, &none);
	*r = w.rec;
	free(w.seen.v);
	if (history_replay(r, &err) < 0)
		fail_msg("%s\n%s", err.text, r->history.p + before);
	if (w.steps < 2)
		return;
	/* and whoever knows of rules writes no line without one any more */
	before += (size_t)str_find(str_of(r->history.p + before), STR(" rule=2")) + 1;
	assert_true(forge(r, before, " rule=2", "") > 0);
	assert_int_equal(history_replay(r, &err), ERR_INVALID);
	assert_non_null(strstr(err.text, "and the one before by rule 2"));
}

static void
test_an_old_ticket_goes_on_by_today_s_rule_X_14(void **state)
{
	(void)state;
	each_of(1, go_on);
}

/* A newer reeve's lines are not guessed at; rule 1 has no name. */
static void
test_a_rule_that_is_not_known_is_refused_X_14(void **state)
{
	static const struct {
		const char *rule, *words;
	} rows[] = {
		{ " rule=3", "this reeve knows rules up to 2: a newer one has written it" },
		{ " rule=1", "those of rule 1 name none" },
		{ " rule=0", "not as reeve writes it" },
		{ " rule=x", "a value that cannot be used" },
	};
	_cleanup_(buf_release) struct buf all = BUF_INIT;
	struct str rest, one;

	(void)state;
	slurp(2, &all);
	rest = buf_str(&all);
	assert_true(cut(&rest, &one));
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		_cleanup_(record_release) struct record r = { .history = BUF_INIT };
		struct err err = ERR_INIT;

		assert_int_equal(ticket_text_load(one, &r, NULL), 0);
		(void)forge(&r, 0, " rule=2", rows[i].rule);
		assert_int_equal(history_replay(&r, &err), ERR_INVALID);
		if (strstr(err.text, rows[i].words) == NULL)
			fail_msg("%s", err.text);
	}
}

/* What it shows that no other history does, for its length; 0: too little for one of its own. */
static size_t
worth(const struct walk *w)
{
	bool is_needed = w->seen.n > 0 && w->seen.v[0] < 1 << 16; /* a step like none yet */

	for (size_t i = 0; i < w->seen.n; i++) /* or one that found a counter at work */
		is_needed |= w->seen.v[i] >> 60 == 5 &&
			     event_is_report((enum event_kind)(w->seen.v[i] >> 8 & 0xff));
	return w->seen.n < WORTH && !is_needed ? 0 : 1 + w->seen.n * 1000 / (w->last + 10);
}

/* The best of some walks, until none of so many is worth it. */
static void
write_more(struct seen *seen)
{
	char path[60];
	FILE *f;

	path_of(LIFECYCLE_RULE, path);
	f = fopen(path, "a");
	assert_non_null(f);
	for (uint64_t first = 1; first <= WALKS;) {
		_cleanup_(buf_release) struct buf text = BUF_INIT;
		uint64_t best = 0;
		size_t most = 0;
		struct walk w;

		for (uint64_t seed = first; seed < first + TRIES; seed++) {
			walk(seed, WALK_STEPS, seen, &w);
			if (worth(&w) > most) {
				most = worth(&w);
				best = seed;
			}
			walk_release(&w);
		}
		if (best == 0) {
			first += TRIES;
			continue;
		}
		walk(best, WALK_STEPS, seen, &w);
		most = w.last;
		walk_release(&w);
		walk(best, (unsigned)most, seen, &w);
		for (size_t i = 0; i < w.seen.n; i++)
			(void)add(seen, w.seen.v[i]);
		ticket_text_dump(&w.rec, &text);
		assert_int_equal(fwrite(text.p, 1, text.len, f), text.len);
		walk_release(&w);
	}
	assert_int_equal(fclose(f), 0);
}

static void
test_each_step_has_a_history_of_today_s_rule_X_14(void **state)
{
	struct seen seen = { NULL, 0, 0 };

	(void)state;
	(void)check_rule(LIFECYCLE_RULE, &seen);
	if (getenv("REEVE_GOLDEN"))
		write_more(&seen);
	for (uint64_t seed = 1; seed <= WALKS; seed++) {
		struct walk w;

		walk(seed, WALK_STEPS, &seen, &w);
		for (size_t i = 0; i < w.seen.n; i++)
			if (w.seen.v[i] < 1 << 16)
				fail_msg(
				    "no history of rule %d has '%s' by T%02u: "
				    "REEVE_GOLDEN=write make check-unit ONLY=codec_rules adds one",
				    LIFECYCLE_RULE, event_name((enum event_kind)(w.seen.v[i] >> 8)),
				    (unsigned)(w.seen.v[i] & 0xff));
		walk_release(&w);
	}
	free(seen.v);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_histories_of_every_rule_are_believed_X_14_D_94),
		cmocka_unit_test(test_tickets_of_an_older_supervisor_are_believed_X_14),
		cmocka_unit_test(test_rule_2_before_it_had_a_number_X_14),
		cmocka_unit_test(test_an_old_ticket_goes_on_by_today_s_rule_X_14),
		cmocka_unit_test(test_a_rule_that_is_not_known_is_refused_X_14),
		cmocka_unit_test(test_each_step_has_a_history_of_today_s_rule_X_14),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
