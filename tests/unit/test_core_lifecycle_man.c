/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The table in reeve-ticket(5) is made from lifecycle_step() and compared here: which event is taken in which
 * phase, by which rows, and where each leads.  REEVE_GOLDEN=write writes it anew between its two comments.
 *
 * One well-formed event of each kind does not show all rows of a cell.  So each is tried in every circumstance
 * below, and what was applied is collected.
 */
#include "test_core.h"

#define MAN   "man/reeve-ticket.5"
#define BEGIN ".\\\" the table; written by test_core_lifecycle_man (REEVE_GOLDEN=write)\n"
#define END   ".\\\" end of the table\n"
#define ROWS  100
#define WIDTH 76

/* by which row, from where, through what, to where */
static bool seen[PHASE_COUNT][EVENT_COUNT][PHASE_COUNT][ROWS];

/* --- circumstances of a ticket; false: it cannot be so --- */

static bool
as_it_is(struct ticket *t)
{
	(void)t;
	return true;
}

static bool
as_agent_reviews(struct ticket *t)
{
	t->review = REVIEW_AGENT;
	return true;
}

static bool
as_nobody_reviews(struct ticket *t)
{
	t->review = REVIEW_NONE;
	return t->episode.role == ROLE_AUTHOR;
}

static bool
as_reviewer_asks(struct ticket *t)
{
	t->episode.role = ROLE_REVIEWER;
	t->review = REVIEW_AGENT;
	t->pinned = t->episode.review = test_oid(0xc1);
	t->pinned_by = 2;
	return t->phase == PHASE_ASKING;
}

static bool
as_last_try(struct ticket *t)
{
	t->deaths = t->reviewer_deaths = TICKET_DEATHS_MAX - 1;
	t->start_failures = TICKET_STARTS_MAX - 1;
	t->cycles = TICKET_CYCLES_MAX - 1;
	t->reboots = TICKET_REBOOTS_MAX - 1;
	t->merge_tries = TICKET_MERGE_TRIES_MAX - 1;
	return true;
}

static bool
as_reviewer_asks_at_last(struct ticket *t)
{
	return as_last_try(t) && as_reviewer_asks(t);
}

static bool
as_to_be_parked(struct ticket *t)
{
	t->want = WANT_PARK;
	return ticket_is_open(t);
}

static bool
as_to_be_cancelled(struct ticket *t)
{
	t->want = WANT_CANCEL;
	return ticket_is_open(t);
}

static bool
as_never_merged(struct ticket *t)
{
	t->merge = MERGE_NONE;
	/* it would not have come there, or not have stayed */
	return t->phase != PHASE_MERGING && (t->phase != PHASE_APPROVED || ticket_is_open(t));
}

static bool
as_not_reported(struct ticket *t)
{
	t->pinned = t->passed = (struct oid){ "" };
	t->pinned_by = 0;
	return t->phase == PHASE_ATTENTION;
}

static bool
as_passed(struct ticket *t)
{
	t->passed = t->pinned;
	return t->phase == PHASE_ATTENTION;
}

static bool
as_environment_failed(struct ticket *t)
{
	t->env_failures = 1;
	t->blame = BLAME_MACHINE;
	return true;
}

static bool (*const circumstances[])(struct ticket *) = { as_it_is, as_agent_reviews,
	as_nobody_reviews, as_reviewer_asks, as_last_try, as_reviewer_asks_at_last, as_to_be_parked,
	as_to_be_cancelled, as_never_merged, as_not_reported, as_passed, as_environment_failed };

/* --- forms of an event --- */

static void
see(const struct ticket *t, const struct event *e)
{
	struct decision d = lifecycle_step(t, e, TEST_WALL_MS);

	if (d.verdict == VERDICT_APPLY)
		seen[t->phase][e->kind][d.next.phase][d.row] = true;
}

static void
see_forms(const struct ticket *t, enum event_kind kind)
{
	struct event e = test_event(t, kind), f = e;

	if (kind == EVENT_CREATE)
		e.want = f.want = WANT_RUN;
	see(t, &e);
	for (unsigned ending = 1; ending < ENDING_COUNT; ending++) {
		f.ending = (enum ending)ending;
		see(t, &f);
	}
	f = e;
	f.commit = kind == EVENT_CLOSED ? test_oid(0xc9) : e.commit; /* maybe done */
	see(t, &f);
	f = e;
	f.is_preexisting = true;
	see(t, &f);
	f = e;
	if (kind == EVENT_ADOPT) {
		(void)snprintf(f.adopts.s, sizeof f.adopts.s, "a-report");
		see(t, &f);
	}
	f = e;
	f.want = kind == EVENT_CREATE || kind == EVENT_EDIT ? WANT_PARK : WANT_UNSET;
	see(t, &f);
	for (unsigned review = 1; kind == EVENT_EDIT && review < REVIEW_COUNT; review++) {
		f = e;
		f.has_spec = false;
		f.review = (enum review)review;
		see(t, &f);
	}
}

/* Parked from where it can have been. */
static void
see_parked(const struct ticket *plain)
{
	static const enum phase from[] = { PHASE_READY, PHASE_ASKING, PHASE_DELIVERED,
		PHASE_HUMAN_REVIEW, PHASE_APPROVED, PHASE_ATTENTION };

	for (size_t i = 0; i < ARRAY_LEN(from); i++) {
		struct ticket t = *plain;

		t.resume = from[i];
		if (t.resume != PHASE_READY && t.resume != PHASE_ASKING)
			t.pinned = test_oid(0xc1);
		t.pinned_by = oid_is_set(t.pinned) ? 3 : 0;
		t.passed = t.resume == PHASE_APPROVED ? t.pinned : t.passed;
		for (unsigned k = 1; k < EVENT_COUNT; k++)
			see_forms(&t, (enum event_kind)k);
	}
}

static void
see_pair(const struct ticket *plain, void *arg)
{
	(void)arg;
	if (plain->rev > 0 && plain->phase == PHASE_PARKED)
		see_parked(plain);
	for (unsigned i = 0; i < ARRAY_LEN(circumstances); i++) {
		struct ticket t = *plain;

		if (plain->rev == 0 ? i > 0 : !circumstances[i](&t))
			continue;
		for (unsigned k = 1; k < EVENT_COUNT; k++)
			see_forms(&t, (enum event_kind)k);
	}
}

/* --- the text --- */

/* "ready T15 T17": empty when nothing leads there. */
static void
add_way(struct buf *b, const bool *rows, enum phase to)
{
	bool is_first = true;

	for (unsigned row = 0; row < ROWS; row++) {
		if (!rows[row])
			continue;
		if (is_first)
			buf_adds(b, phase_name(to));
		buf_addf(b, " T%02u", row);
		is_first = false;
	}
}

static void
add_event(struct buf *b, enum phase from, enum event_kind kind)
{
	size_t start = b->len;
	bool has_any = false;

	for (unsigned to = 0; to < PHASE_COUNT; to++) {
		_cleanup_(buf_release) struct buf way = BUF_INIT;

		add_way(&way, seen[from][kind][to], (enum phase)to);
		if (way.len == 0)
			continue;
		if (!has_any) {
			buf_addf(b, "  %-11s  %s", event_name(kind), way.p);
		} else if (b->len - start + 2 + way.len > WIDTH) {
			buf_adds(b, ",\n");
			start = b->len;
			buf_addf(b, "  %-11s  %s", "", way.p);
		} else {
			buf_addf(b, ", %s", way.p);
		}
		has_any = true;
	}
	if (has_any)
		buf_addch(b, '\n');
}

static void
make_table(struct buf *b)
{
	struct ticket done = test_ticket(PHASE_DONE, EPISODE_NONE);

	memset(seen, 0, sizeof seen);
	done.hook = HOOK_OWED;
	test_each_pair(see_pair, NULL);
	see_pair(&done, NULL);
	buf_adds(b, ".Bd -literal -compact\n");
	for (unsigned p = 0; p < PHASE_COUNT; p++) {
		buf_addf(b, "%s%s\n", p > 0 ? "\n" : "",
		    p == PHASE_UNBORN ? "none" : phase_name((enum phase)p));
		for (unsigned k = 1; k < EVENT_COUNT; k++)
			add_event(b, (enum phase)p, (enum event_kind)k);
	}
	buf_adds(b, ".Ed\n");
}

static void
read_page(const char *path, struct buf *ret)
{
	static char bytes[1 << 18];
	FILE *f = fopen(path, "r");
	size_t n;

	if (f == NULL)
		fail_msg(
		    "cannot read %s: run this in the top directory of the project, or name it in "
		    "REEVE_TOP",
		    path);
	n = fread(bytes, 1, sizeof bytes, f);
	assert_int_equal(fclose(f), 0);
	assert_true(n > 0 && n < sizeof bytes);
	buf_add(ret, bytes, n);
}

static void
write_page(const char *path, struct str before, struct str table, struct str after)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	assert_int_equal(fwrite(before.p, 1, before.len, f), before.len);
	assert_int_equal(fwrite(table.p, 1, table.len, f), table.len);
	assert_int_equal(fwrite(after.p, 1, after.len, f), after.len);
	assert_int_equal(fclose(f), 0);
}

static void
test_the_manual_has_the_table(void **state)
{
	_cleanup_(buf_release) struct buf page = BUF_INIT, path = BUF_INIT, have = BUF_INIT;
	const char *top = getenv("REEVE_TOP"), *mode = getenv("REEVE_GOLDEN");
	struct str was;
	ptrdiff_t from, to;

	(void)state;
	buf_addf(&path, "%s%s" MAN, top ? top : "", top ? "/" : "");
	read_page(path.p, &page);
	from = str_find(buf_str(&page), STR(BEGIN));
	to = str_find(buf_str(&page), STR(END));
	if (from < 0 || to < from)
		fail_msg("%s: the two comments around the table are not there", path.p);
	from += (ptrdiff_t)strlen(BEGIN);
	make_table(&have);
	was = str_n(page.p + from, (size_t)(to - from));
	if (mode != NULL && strcmp(mode, "write") == 0)
		write_page(path.p, str_n(page.p, (size_t)from), buf_str(&have),
		    str_n(page.p + to, page.len - (size_t)to));
	else if (!str_eq(was, buf_str(&have)))
		fail_msg(
		    "the table of %s is another one. If the change is meant: "
		    "`REEVE_GOLDEN=write make check-unit ONLY=core_lifecycle_man` writes it anew",
		    path.p);
}

/* A row that the table names is told of in words, and no other. */
static void
test_the_manual_tells_of_every_row(void **state)
{
	_cleanup_(buf_release) struct buf page = BUF_INIT, path = BUF_INIT, table = BUF_INIT;
	const char *top = getenv("REEVE_TOP");

	(void)state;
	buf_addf(&path, "%s%s" MAN, top ? top : "", top ? "/" : "");
	read_page(path.p, &page);
	make_table(&table);
	for (unsigned row = 0; row < ROWS; row++) {
		char item[16], use[8];
		bool is_told, is_used;

		(void)snprintf(item, sizeof item, "\n.It T%02u", row);
		(void)snprintf(use, sizeof use, " T%02u", row);
		is_told = str_find(buf_str(&page), str_of(item)) >= 0;
		is_used = str_find(buf_str(&table), str_of(use)) >= 0;
		if (is_told != is_used)
			fail_msg("%s: row T%02u is %s", path.p, row,
			    is_told ? "told of, and does not happen" : "not told of");
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_manual_has_the_table),
		cmocka_unit_test(test_the_manual_tells_of_every_row),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
