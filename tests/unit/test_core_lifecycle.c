/* SPDX-License-Identifier: GPL-2.0-only */
/* The whole table: every legal (phase, episode state) with every event, once well-formed (the golden file
 * is the documentation of it), and then with everything that makes a report void. */
#include "test_core.h"

#define GOLDEN "tests/golden/lifecycle.txt"

struct golden {
	struct buf text;
	const char *phase; /* of the last heading */
};

static void
golden_number(struct buf *b, const char *name, uint64_t from, uint64_t to)
{
	if (from != to)
		buf_addf(
		    b, " %s %llu>%llu", name, (unsigned long long)from, (unsigned long long)to);
}

static void
golden_word(struct buf *b, const char *name, const char *from, const char *to)
{
	if (strcmp(from, to) != 0)
		buf_addf(b, " %s %s%s%s", name, from, from[0] ? ">" : "=", to[0] ? to : "none");
}

static void
golden_oid(struct buf *b, const char *name, struct oid from, struct oid to)
{
	if (!oid_eq(from, to))
		buf_addf(b, " %s%s", oid_is_set(to) ? "+" : "-", name);
}

/* Everything that differs, but the revision and the time. */
static void
golden_changes(struct buf *b, const struct ticket *t, const struct ticket *n)
{
	const struct episode *a = &t->episode, *z = &n->episode;

	golden_number(b, "episode", a->n, z->n);
	if (!digest_eq(&a->nonce, &z->nonce))
		buf_adds(b, " +nonce");
	golden_word(b, "want", want_name(t->want), want_name(n->want));
	golden_word(b, "resume", phase_name(t->resume), phase_name(n->resume));
	golden_number(b, "generation", t->generation, n->generation);
	golden_word(b, "review", review_name(t->review), review_name(n->review));
	golden_word(b, "merge", merge_name(t->merge), merge_name(n->merge));
	golden_number(b, "question", t->question_rev, n->question_rev);
	golden_oid(b, "pinned", t->pinned, n->pinned);
	golden_oid(b, "passed", t->passed, n->passed);
	golden_oid(b, "merge-from", t->merge_from, n->merge_from);
	golden_oid(b, "merge-commit", t->merge_commit, n->merge_commit);
	golden_word(b, "prune", prune_name(t->prune), prune_name(n->prune));
	golden_number(b, "deaths", t->deaths, n->deaths);
	golden_number(b, "starts", t->start_failures, n->start_failures);
	golden_number(b, "cycles", t->cycles, n->cycles);
	golden_number(b, "reboots", t->reboots, n->reboots);
	golden_number(b, "reviewer-deaths", t->reviewer_deaths, n->reviewer_deaths);
	golden_word(b, "blame", blame_name(t->blame), blame_name(n->blame));
	golden_number(b, "environment", t->env_failures, n->env_failures);
	golden_number(b, "tries", t->merge_tries, n->merge_tries);
	golden_word(b, "landing", landing_name(t->landing), landing_name(n->landing));
	golden_word(b, "hook", hook_name(t->hook), hook_name(n->hook));
	if (n->backoff_boot_ms > 0)
		buf_addf(b, " wait %llds", (long long)(n->backoff_boot_ms - TEST_BOOT_MS) / 1000);
	if (strcmp(t->cause, n->cause) != 0)
		buf_adds(b, n->cause[0] ? " +cause" : " -cause");
}

static void
golden_decision(struct buf *b, const struct ticket *t, const struct decision *d)
{
	switch (d->verdict) {
	case VERDICT_APPLY:
		buf_addf(b, "T%02u %s/%s", d->row, phase_name(d->next.phase),
		    d->next.episode.state ? episode_state_name(d->next.episode.state) : "none");
		golden_changes(b, t, &d->next);
		return;
	case VERDICT_REFUSE:
		buf_addf(b, "refuse: %s", refusal_name(d->refusal));
		return;
	case VERDICT_KNOWN:
		buf_adds(b, "known");
		return;
	case VERDICT_NEEDS_CLAIM:
		buf_adds(b, "needs claim");
		return;
	case VERDICT_NEEDS_ARTIFACT:
		buf_adds(b, "needs artifact");
		return;
	}
	fail_msg("verdict %d", (int)d->verdict);
}

static void
golden_pair(const struct ticket *t, void *arg)
{
	const char *phase = t->rev > 0 ? phase_name(t->phase) : "unborn";
	const char *state = t->episode.state ? episode_state_name(t->episode.state) : "none";
	struct golden *g = arg;
	struct buf *b = &g->text;
	char pair[40];

	if (g->phase != phase) /* the names are literals */
		buf_addf(b, "\n\n== %s ==\n", phase);
	g->phase = phase;
	buf_addch(b, '\n');
	(void)snprintf(pair, sizeof pair, "%s/%s", phase, state);
	for (unsigned k = 1; k < EVENT_COUNT; k++) {
		struct event e = test_event(t, (enum event_kind)k);
		struct decision d = lifecycle_step(t, &e, TEST_WALL_MS);

		buf_addf(b, "%-18s %-11s -> ", pair, event_name(e.kind));
		golden_decision(b, t, &d);
		buf_addch(b, '\n');
	}
}

/* What the plain tickets do not show: agents that review. */
static void
golden_reviewed(struct golden *g)
{
	struct ticket t = test_ticket(PHASE_DELIVERED, EPISODE_NONE);

	t.review = REVIEW_AGENT;
	buf_adds(&g->text, "\n\n== delivered, and an agent reviews ==\n");
	g->phase = phase_name(t.phase);
	golden_pair(&t, g);
	t = test_ticket(PHASE_ASKING, EPISODE_RUN);
	t.review = REVIEW_AGENT;
	t.episode.role = ROLE_REVIEWER;
	t.pinned = t.episode.review = test_oid(0xc1);
	buf_adds(&g->text, "\n\n== asking, and it is a reviewer who asks ==\n");
	g->phase = phase_name(t.phase);
	golden_pair(&t, g);
}

/* Once more done, with a hook that is owed. */
static void
golden_hook(struct golden *g)
{
	struct ticket t = test_ticket(PHASE_DONE, EPISODE_NONE);

	t.hook = HOOK_OWED;
	buf_adds(&g->text, "\n\n== done, and its hook is owed ==\n");
	g->phase = phase_name(t.phase);
	golden_pair(&t, g);
}

static bool
golden_read(const char *path, struct buf *ret)
{
	FILE *f = fopen(path, "r");
	char chunk[8192];
	size_t n;

	if (f == NULL)
		return false;
	while ((n = fread(chunk, 1, sizeof chunk, f)) > 0)
		buf_add(ret, chunk, n);
	(void)fclose(f); /* read only */
	return true;
}

/* The first lines that differ. */
static void
golden_compare(struct str have, struct str want)
{
	struct str a, b;
	unsigned line = 0, shown = 0;

	while (have.len > 0 || want.len > 0) {
		(void)str_cut(&want, '\n', &b); /* at the end it is the rest */
		(void)str_cut(&have, '\n', &a);
		line++;
		if (str_eq(a, b) || shown++ >= 20)
			continue;
		print_error("line %u:\n-%.*s\n+%.*s\n", line, STR_FMT(b), STR_FMT(a));
	}
	if (shown > 0)
		fail_msg("%u lines differ from " GOLDEN ". If the change is meant: "
			 "`REEVE_GOLDEN=write make check-unit ONLY=core_lifecycle` writes it anew",
		    shown);
}

static void
test_lifecycle_golden_table_A_16_D_5_D_25(void **state)
{
	_cleanup_(buf_release) struct buf want = BUF_INIT, path = BUF_INIT;
	struct golden have = { BUF_INIT, "" };
	const char *top = getenv("REEVE_TOP"), *mode = getenv("REEVE_GOLDEN");
	FILE *f;

	(void)state;
	buf_addf(&path, "%s%s" GOLDEN, top ? top : "", top ? "/" : "");
	buf_adds(&have.text,
	    "# What each event does to each ticket.  Written by test_core_lifecycle "
	    "(REEVE_GOLDEN=write).\n"
	    "# PHASE/EPISODE EVENT -> ROW PHASE/EPISODE and what else changes, or why it is "
	    "refused.\n"
	    "# The ticket is a plain one of its phase, the event is well-formed: its nonce is the "
	    "current\n"
	    "# one, its commit is good, its words are there, a worker that ends has died.\n");
	test_each_pair(golden_pair, &have);
	golden_reviewed(&have);
	golden_hook(&have);
	if (mode != NULL && strcmp(mode, "write") == 0) {
		f = fopen(path.p, "w");
		assert_non_null(f);
		assert_int_equal(fwrite(have.text.p, 1, have.text.len, f), have.text.len);
		assert_int_equal(fclose(f), 0);
	}
	if (!golden_read(path.p, &want))
		fail_msg("cannot read %s: run this in the top directory of the project, or name it "
			 "in REEVE_TOP; REEVE_GOLDEN=write makes the file",
		    path.p);
	golden_compare(buf_str(&have.text), buf_str(&want));
	assert_int_equal(have.text.len, want.len);
	buf_release(&have.text);
}

static void
test_lifecycle_every_cell_is_written(void **state)
{
	(void)state;
	for (unsigned p = 0; p < PHASE_COUNT; p++)
		for (unsigned k = 1; k < EVENT_COUNT; k++) {
			const char *s = lifecycle_cell((enum phase)p, (enum event_kind)k);

			assert_true(strcmp(s, "step") == 0 || strcmp(s, "illegal") == 0);
		}
}

/* Only this leads out of the final phases (what is left of a ticket may go: that leads nowhere), and only one
 * thing makes a ticket. */
static void
test_lifecycle_final_phases_are_left_by_reopen_only_C_2_D_21_E_29(void **state)
{
	(void)state;
	for (unsigned k = 1; k < EVENT_COUNT; k++) {
		bool is_clean_up = k == EVENT_PRUNE || k == EVENT_PRUNED || k == EVENT_KEPT;
		const char *is = k == EVENT_REOPEN || is_clean_up ? "step" : "illegal";
		struct ticket t = test_ticket(PHASE_DONE, EPISODE_NONE);
		struct event e = test_event(&t, (enum event_kind)k);
		struct decision d = lifecycle_step(&t, &e, TEST_WALL_MS);

		if (k != EVENT_REOPEN) /* its hook leads nowhere */
			assert_int_equal(d.next.phase, PHASE_DONE);
		assert_string_equal(lifecycle_cell(PHASE_CANCELLED, (enum event_kind)k), is);
		is = k == EVENT_CREATE ? "step" : "illegal";
		assert_string_equal(lifecycle_cell(PHASE_UNBORN, (enum event_kind)k), is);
	}
	for (unsigned p = 1; p < PHASE_COUNT; p++) {
		assert_string_equal(lifecycle_cell((enum phase)p, EVENT_CREATE), "illegal");
		assert_string_equal(lifecycle_cell((enum phase)p, EVENT_MERGED),
		    p == PHASE_MERGING ? "step" : "illegal");
	}
}

static bool
is_final_or_busy(enum phase p)
{
	return phase_is_final(p) || p == PHASE_MERGING || p == PHASE_UNBORN;
}

/* A person may always park, edit and cancel; MERGING is short and certain, so it has to be awaited. */
static void
test_lifecycle_person_is_never_locked_out_D_20_D_34(void **state)
{
	(void)state;
	for (unsigned p = 0; p < PHASE_COUNT; p++) {
		const char *is = is_final_or_busy((enum phase)p) ? "illegal" : "step";

		assert_string_equal(lifecycle_cell((enum phase)p, EVENT_PARK), is);
		assert_string_equal(lifecycle_cell((enum phase)p, EVENT_UNPARK), is);
		assert_string_equal(lifecycle_cell((enum phase)p, EVENT_EDIT), is);
		assert_string_equal(lifecycle_cell((enum phase)p, EVENT_CANCEL), is);
	}
}

/* --- the second walk: reports that are void --- */

struct walk {
	void (*spoil)(struct ticket *t, struct event *e);
	enum refusal (*expect)(const struct ticket *t);
	unsigned tried;
};

static void
walk_pair(const struct ticket *t, void *arg)
{
	struct walk *w = arg;

	for (unsigned k = 1; k <= EVENT_LAST_REPORT; k++) {
		struct ticket spoilt = *t;
		struct event e = test_event(t, (enum event_kind)k);
		enum refusal why;

		w->spoil(&spoilt, &e);
		why = w->expect(&spoilt);
		if (why == REFUSAL_NONE)
			continue;
		test_refuse(&spoilt, &e, why);
		w->tried++;
	}
}

static void
walk(void (*spoil)(struct ticket *, struct event *), enum refusal (*expect)(const struct ticket *))
{
	struct walk w = { spoil, expect, 0 };

	test_each_pair(walk_pair, &w);
	assert_true(w.tried > 0 && w.tried % EVENT_LAST_REPORT == 0);
}

static enum refusal
expect_unauthenticated(const struct ticket *t)
{
	(void)t;
	return REFUSAL_UNAUTHENTICATED;
}

static void
spoil_no_nonce(struct ticket *t, struct event *e)
{
	(void)t;
	e->has_nonce = false;
}

static void
spoil_wrong_nonce(struct ticket *t, struct event *e)
{
	(void)t;
	e->nonce.b[31] ^= 1;
}

/* The digest of nothing must not match a ticket that never had an episode. */
static void
spoil_zero_nonce(struct ticket *t, struct event *e)
{
	memset(&t->episode, 0, sizeof t->episode);
	t->phase = t->rev > 0 ? PHASE_READY : PHASE_UNBORN;
	memset(&e->nonce, 0, sizeof e->nonce);
}

static void
spoil_unset_nonce(struct ticket *t, struct event *e)
{
	memset(&t->episode.nonce, 0, sizeof t->episode.nonce);
	memset(&e->nonce, 0, sizeof e->nonce);
}

static void
spoil_past_nonce(struct ticket *t, struct event *e)
{
	(void)t;
	e->nonce = test_digest(2);
	e->nonce_of = 2;
}

static enum refusal
expect_stale(const struct ticket *t)
{
	(void)t;
	return REFUSAL_STALE;
}

static void
spoil_nothing(struct ticket *t, struct event *e)
{
	(void)t;
	(void)e;
}

static enum refusal
expect_closed(const struct ticket *t)
{
	return t->episode.n > 0 && t->episode.state == EPISODE_NONE ? REFUSAL_STALE : REFUSAL_NONE;
}

static enum refusal
expect_term(const struct ticket *t)
{
	return t->episode.state == EPISODE_TERM ? REFUSAL_AFTER_TERMINAL : REFUSAL_NONE;
}

static enum refusal
expect_stop(const struct ticket *t)
{
	return t->episode.state == EPISODE_STOP ? REFUSAL_SUPERSEDED : REFUSAL_NONE;
}

static enum refusal
expect_superseded(const struct ticket *t)
{
	return t->episode.state == EPISODE_RUN || t->episode.state == EPISODE_OPEN
		   ? REFUSAL_SUPERSEDED
		   : REFUSAL_NONE;
}

static void
spoil_generation(struct ticket *t, struct event *e)
{
	(void)e;
	t->generation++;
}

static void
spoil_park(struct ticket *t, struct event *e)
{
	(void)e;
	t->want = WANT_PARK;
}

static void
spoil_cancel(struct ticket *t, struct event *e)
{
	(void)e;
	t->want = WANT_CANCEL;
}

static void
test_lifecycle_T62_no_or_wrong_nonce_changes_nothing_D_22(void **state)
{
	(void)state;
	walk(spoil_no_nonce, expect_unauthenticated);
	walk(spoil_wrong_nonce, expect_unauthenticated);
	walk(spoil_zero_nonce, expect_unauthenticated);
	walk(spoil_unset_nonce, expect_unauthenticated);
}

static void
test_lifecycle_T63_past_nonce_changes_nothing_D_11_E_32_D_33(void **state)
{
	(void)state;
	walk(spoil_past_nonce, expect_stale);
	walk(spoil_nothing, expect_closed);
}

static void
test_lifecycle_T63_superseded_changes_nothing_A_12_D_13_E_5(void **state)
{
	(void)state;
	walk(spoil_nothing, expect_stop);
	walk(spoil_generation, expect_superseded);
	walk(spoil_park, expect_superseded);
	walk(spoil_cancel, expect_superseded);
}

static void
test_lifecycle_T64_second_end_changes_nothing_D_11(void **state)
{
	(void)state;
	walk(spoil_nothing, expect_term);
}

static void
spoil_episode(struct ticket *t, struct event *e)
{
	e->episode = (struct episode_id){ t->id, t->episode.n + 1 };
}

static void
spoil_episode_ticket(struct ticket *t, struct event *e)
{
	e->episode = (struct episode_id){ { t->id.n + 1 }, t->episode.n };
}

/* The past episode's nonce with the current episode's name. */
static void
spoil_episode_of_past(struct ticket *t, struct event *e)
{
	spoil_past_nonce(t, e);
	e->episode = ticket_episode(t);
}

static enum refusal
expect_mismatch(const struct ticket *t)
{
	return t->episode.n > 0 ? REFUSAL_MISMATCH : REFUSAL_NONE;
}

static void
test_lifecycle_T62_names_another_episode_C_18(void **state)
{
	struct ticket t = test_ticket(PHASE_WORKING, EPISODE_RUN);
	struct event e = test_event(&t, EVENT_NOTE);

	(void)state;
	walk(spoil_episode, expect_mismatch);
	walk(spoil_episode_ticket, expect_mismatch);
	walk(spoil_episode_of_past, expect_mismatch);
	e.episode = ticket_episode(&t); /* its own name is good */
	(void)test_apply(&t, &e, 14);
	e.nonce = test_digest(2);
	e.nonce_of = 2;
	e.episode.n = 2; /* the past one's own name: late, not mistaken */
	test_refuse(&t, &e, REFUSAL_STALE);
}

/* --- the third walk: what is refused or known leaves the ticket as it was --- */

static void
unchanged_pair(const struct ticket *t, void *arg)
{
	unsigned *refused = arg;

	for (unsigned k = 1; k < EVENT_COUNT; k++) {
		struct event e = test_event(t, (enum event_kind)k);
		struct decision d = lifecycle_step(t, &e, TEST_WALL_MS);

		if (d.verdict != VERDICT_APPLY) {
			assert_memory_equal(&d.next, t, sizeof *t);
			assert_int_equal(d.row, 0);
			assert_int_equal(d.refusal == REFUSAL_NONE, d.verdict != VERDICT_REFUSE);
			*refused += 1;
		}
		e.is_known = true;
		test_nothing(t, &e, VERDICT_KNOWN, REFUSAL_NONE);
		e.is_known = false;
		if (!event_is_report(e.kind)) {
			e.expect_rev = t->rev + 1;
			test_refuse(t, &e, REFUSAL_CONFLICT);
		}
	}
}

static void
test_lifecycle_T60_known_refused_conflict_leave_it_as_it_was_E_27_E_28_X_35(void **state)
{
	unsigned refused = 0;

	(void)state;
	test_each_pair(unchanged_pair, &refused);
	assert_true(refused > 500);
}

/* A known signal is known before its nonce is looked at: a repeat is answered, not alarmed. */
static void
test_lifecycle_T60_known_comes_first_E_20(void **state)
{
	struct ticket t = test_ticket(PHASE_DONE, EPISODE_NONE);
	struct event e = test_event(&t, EVENT_DONE);

	(void)state;
	e.has_nonce = false;
	e.is_known = true;
	test_nothing(&t, &e, VERDICT_KNOWN, REFUSAL_NONE);
}

static void
test_lifecycle_expected_revision_E_27(void **state)
{
	struct ticket t = test_ticket(PHASE_HUMAN_REVIEW, EPISODE_NONE);
	struct event e = test_event(&t, EVENT_ACCEPT);

	(void)state;
	e.expect_rev = 39;
	test_refuse(&t, &e, REFUSAL_CONFLICT);
	e.expect_rev = 40;
	(void)test_apply(&t, &e, 47);
}

/* An answer is for a question: what else came to the ticket since is no other one. */
static void
test_lifecycle_an_answer_is_for_its_question_E_27(void **state)
{
	struct ticket t = test_ticket(PHASE_ASKING, EPISODE_NONE);
	struct event e = test_event(&t, EVENT_ANSWER);

	(void)state;
	t.question_rev = 38;
	e.expect_rev = 37; /* of the question before */
	test_refuse(&t, &e, REFUSAL_CONFLICT);
	e.expect_rev = 39; /* between the two, about nothing */
	test_refuse(&t, &e, REFUSAL_CONFLICT);
	e.expect_rev = 38;
	(void)test_apply(&t, &e, 23);
}

static void
test_lifecycle_refusals_have_words_B_2(void **state)
{
	enum refusal r;

	(void)state;
	for (unsigned i = 1; i < REFUSAL_COUNT; i++) {
		assert_true(strlen(refusal_text((enum refusal)i)) > 10);
		assert_true(refusal_parse(str_of(refusal_name((enum refusal)i)), &r));
		assert_int_equal(r, i);
	}
	r = REFUSAL_UNSAFE;
	assert_false(refusal_parse(STR(""), &r));
	assert_false(refusal_parse(STR("Stale"), &r));
	assert_int_equal(r, REFUSAL_UNSAFE);
	assert_string_equal(refusal_name(REFUSAL_NONE), "");
	assert_string_equal(refusal_text(REFUSAL_COUNT), "");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lifecycle_golden_table_A_16_D_5_D_25),
		cmocka_unit_test(test_lifecycle_every_cell_is_written),
		cmocka_unit_test(test_lifecycle_final_phases_are_left_by_reopen_only_C_2_D_21_E_29),
		cmocka_unit_test(test_lifecycle_person_is_never_locked_out_D_20_D_34),
		cmocka_unit_test(test_lifecycle_T62_no_or_wrong_nonce_changes_nothing_D_22),
		cmocka_unit_test(test_lifecycle_T63_past_nonce_changes_nothing_D_11_E_32_D_33),
		cmocka_unit_test(test_lifecycle_T63_superseded_changes_nothing_A_12_D_13_E_5),
		cmocka_unit_test(test_lifecycle_T64_second_end_changes_nothing_D_11),
		cmocka_unit_test(test_lifecycle_T62_names_another_episode_C_18),
		cmocka_unit_test(
		    test_lifecycle_T60_known_refused_conflict_leave_it_as_it_was_E_27_E_28_X_35),
		cmocka_unit_test(test_lifecycle_T60_known_comes_first_E_20),
		cmocka_unit_test(test_lifecycle_expected_revision_E_27),
		cmocka_unit_test(test_lifecycle_an_answer_is_for_its_question_E_27),
		cmocka_unit_test(test_lifecycle_refusals_have_words_B_2),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
