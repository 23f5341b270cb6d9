/* SPDX-License-Identifier: GPL-2.0-only */
/* The header of a ticket file is what its history leads to, or the file is not believed. */
#include "base/base.h"

#include "codec/ticket_text.h"

#include <setjmp.h>

#include <cmocka.h>

#include "test_codec_record.h"

#define NOW  INT64_C(1795242205123)
#define OID1 "1111111111111111111111111111111111111111"
#define OID2 "2222222222222222222222222222222222222222"
#define BOOT "01234567-89ab-cdef-0123-456789abcdef"

/* Does to r what the engine does.  False: the step was not applied, r is as it was. */
static bool
step(struct record *r, struct event e, int64_t now_ms, const char *text)
{
	struct decision d = lifecycle_step(&r->ticket, &e, now_ms);

	if (d.verdict != VERDICT_APPLY)
		return false;
	history_add(&r->history, &r->ticket, &e, &d, text);
	r->ticket = d.next;
	return true;
}

static void
check(const struct record *r)
{
	_cleanup_(buf_release) struct buf bytes = BUF_INIT;
	_cleanup_(record_release) struct record back = { .history = BUF_INIT };
	struct err err = ERR_INIT;

	if (history_replay(r, &err) < 0)
		fail_msg("%s\n%s", err.text, r->history.p);
	ticket_text_dump(r, &bytes);
	if (ticket_text_load(buf_str(&bytes), &back, &err) < 0 || history_replay(&back, &err) < 0)
		fail_msg("%s\n%s", err.text, bytes.p);
	same_ticket(&r->ticket, &back.ticket);
}

static struct event
event(enum event_kind kind)
{
	struct event e = { .kind = kind, .ticket = { 12 }, .actor = "reeve" };

	return e;
}

static struct event
start(unsigned char n)
{
	struct event e = event(EVENT_START);

	memset(e.fresh.b, n, sizeof e.fresh.b);
	(void)snprintf(e.base.hex, sizeof e.base.hex, "%s", OID1);
	(void)snprintf(e.boot.s, sizeof e.boot.s, "%s", BOOT);
	e.boot_ms = 1000000;
	return e;
}

static struct event
ended(enum event_kind kind, enum ending ending)
{
	struct event e = event(kind);

	e.ending = ending;
	e.boot_ms = 2000000;
	(void)snprintf(e.boot.s, sizeof e.boot.s, "%s", BOOT);
	(void)snprintf(e.reason, sizeof e.reason, "exit status 3\nof it");
	return e;
}

/* What worker n says. */
static struct event
report(const struct record *r, enum event_kind kind)
{
	struct event e = event(kind);

	(void)snprintf(e.actor, sizeof e.actor, "worker");
	(void)snprintf(e.sig.s, sizeof e.sig.s, "s.%llu", (unsigned long long)r->ticket.rev);
	memset(e.sig_hash.b, 7, sizeof e.sig_hash.b);
	e.has_nonce = true;
	e.nonce = r->ticket.episode.nonce;
	e.has_text = true;
	e.artifact = ARTIFACT_GOOD;
	(void)snprintf(e.commit.hex, sizeof e.commit.hex, "%s", OID2);
	return e;
}

static void
create(struct record *r, enum want want)
{
	struct event e = event(EVENT_CREATE);

	memset(r, 0, sizeof *r);
	buf_init(&r->history);
	set_charp(&r->spec.title, "fix it");
	set_charp(&r->spec.repo, "app");
	set_charp(&r->spec.base, "main");
	set_charp(&r->spec.branch, "reeve/12-fix-it");
	set_charp(&r->spec.agent, "sh");
	(void)snprintf(e.actor, sizeof e.actor, "person:ann");
	e.spec = spec_digest(&r->spec);
	e.want = want;
	e.review = REVIEW_HUMAN;
	e.priority = 5; /* of a create, has_priority need not be set */
	assert_true(step(r, e, NOW, NULL));
}

#define STEP(...)                                                                                  \
	do {                                                                                       \
		assert_true(step(r, __VA_ARGS__));                                                 \
		check(r);                                                                          \
	} while (0)

/* From its creation over a question, a death, a rejection and a lost race to the end. */
static void
live(struct record *r)
{
	struct event e;

	create(r, WANT_RUN);
	check(r);
	STEP(start(1), NOW + 1000, NULL);
	STEP(ended(EVENT_NEVER_STARTED, ENDING_DEADLINE), NOW + 2000, NULL);
	STEP(start(2), NOW + 3000, NULL);
	STEP(event(EVENT_CLAIMED), NOW + 3001, NULL);
	STEP(report(r, EVENT_NOTE), NOW + 4000, "half\n");
	STEP(report(r, EVENT_QUESTION), NOW + 5000, "which one?\n\n1 2026 or\nend");
	STEP(ended(EVENT_CLOSED, ENDING_DIED), NOW + 6000, NULL);
	e = event(EVENT_ANSWER);
	e.has_text = true;
	STEP(e, NOW + 7000, "the first");
	STEP(start(3), NOW + 8000, NULL);
	STEP(event(EVENT_CLAIMED), NOW + 8000, NULL);
	STEP(ended(EVENT_CLOSED, ENDING_DIED), NOW + 9000, NULL);
	STEP(start(4), NOW + 10000, NULL);
	STEP(event(EVENT_CLAIMED), NOW + 10000, NULL);
	e = report(r, EVENT_DONE);
	e.episode = (struct episode_id){ { 12 }, 4 };
	STEP(e, NOW + 11000, "done");
	STEP(ended(EVENT_CLOSED, ENDING_DIED), NOW + 12000, NULL);
	STEP(event(EVENT_ROUTE), NOW + 12000, NULL);
	e = event(EVENT_REJECT);
	e.has_text = true;
	STEP(e, NOW + 13000, "tests are red");
	STEP(start(5), NOW + 14000, NULL);
	STEP(event(EVENT_CLAIMED), NOW + 14000, NULL);
	STEP(report(r, EVENT_REVIEW), NOW + 15000, "again");
	STEP(event(EVENT_EXPIRED), NOW + 16000, NULL);
	STEP(ended(EVENT_CLOSED, ENDING_DIED), NOW + 17000, NULL);
	STEP(event(EVENT_ROUTE), NOW + 17000, NULL);
	STEP(event(EVENT_ACCEPT), NOW + 18000, NULL);
	e = event(EVENT_INTENT);
	(void)snprintf(e.from.hex, sizeof e.from.hex, "%s", OID1);
	(void)snprintf(e.merge.hex, sizeof e.merge.hex, "%s", OID2);
	STEP(e, NOW + 19000, NULL);
	STEP(event(EVENT_MOVED), NOW + 20000, NULL);
	STEP(e, NOW + 21000, NULL);
	STEP(event(EVENT_MERGED), NOW + 22000, NULL);
	assert_int_equal(r->ticket.phase, PHASE_DONE);
}

static void
test_a_whole_life_D_94(void **state)
{
	_cleanup_(record_release) struct record r = { .history = BUF_INIT };
	struct signal_id id = { "s.5" };
	struct digest seven, three;

	(void)state;
	live(&r);
	memset(seven.b, 7, sizeof seven.b);
	memset(three.b, 3, sizeof three.b);
	assert_int_equal(history_has_signal(&r, &id, &seven), 1);
	assert_int_equal(history_has_signal(&r, &id, &three), -1);
	assert_int_equal(history_nonce_of(&r, &three), 3);
}

/* Whatever is applied can be applied again from its line, in any order of events. */
static void
test_random_lives_D_94(void **state)
{
	unsigned applied = 0;
	bool phases[PHASE_COUNT] = { false };

	(void)state;
	for (unsigned life = 0; life < 40; life++) {
		_cleanup_(record_release) struct record r = { .history = BUF_INIT };

		seed_now = life + 1;
		create(&r, rnd(4) ? WANT_RUN : WANT_PARK);
		for (unsigned i = 0; i < 2000; i++) {
			struct event e;

			rnd_event(&e, r.ticket.id);
			e.ticket = r.ticket.id;
			e.spec = spec_digest(&r.spec); /* the record's names stay */
			e.episode.n = 0;
			/* Else nearly every life ends at once, or gets nowhere. */
			if ((e.kind == EVENT_CANCEL && rnd(50)) ||
			    ((e.kind == EVENT_PARK || e.kind == EVENT_EDIT ||
				 e.kind == EVENT_ASSIGN || e.kind == EVENT_ADOPT) &&
				rnd(10)))
				continue;
			if (event_is_report(e.kind)) {
				e.has_nonce = true;
				e.nonce = r.ticket.episode.nonce;
				e.commit = rnd(2) ? r.ticket.pinned : rnd_oid();
			}
			if (e.kind == EVENT_CLOSED && rnd(4))
				e.commit = (struct oid){ "" };
			if (e.kind == EVENT_ACCEPT || e.kind == EVENT_REJECT)
				e.commit = rnd(2) ? r.ticket.pinned : (struct oid){ "" };
			e.expect_rev = rnd(2) ? r.ticket.rev : 0;
			applied += step(&r, e, NOW + i * 777, rnd(2) ? "x\n\ty" : NULL);
			phases[r.ticket.phase] = true;
		}
		check(&r);
	}
	assert_true(applied > 1000);
	assert_true(phases[PHASE_DONE] && phases[PHASE_ASKING] && phases[PHASE_MERGING]);
}

static void
expect_refused(const struct record *r, const char *words)
{
	struct err err = ERR_INIT;

	assert_int_equal(history_replay(r, &err), ERR_INVALID);
	if (!strstr(err.text, words))
		fail_msg("'%s' has no '%s'", err.text, words);
}

#define EDIT(member, value, words)                                                                 \
	do {                                                                                       \
		struct ticket kept = r.ticket;                                                     \
		r.ticket.member = (value);                                                         \
		expect_refused(&r, words);                                                         \
		r.ticket = kept;                                                                   \
	} while (0)

/* A hand may change the words of a task; what decides is found out, by name. */
static void
test_edited_header_E_13_X_25_D_84(void **state)
{
	_cleanup_(record_release) struct record r = { .history = BUF_INIT };

	(void)state;
	live(&r);
	EDIT(phase, PHASE_READY, "header Phase is 'ready', but the history leads to 'done'");
	EDIT(rev, 99, "header Rev is");
	EDIT(id.n, 13, "");
	EDIT(resume, PHASE_READY, "header Resume");
	EDIT(want, WANT_PARK, "header Want");
	EDIT(generation, 9, "header Generation");
	EDIT(review, REVIEW_NONE, "header Review");
	EDIT(merge, MERGE_NONE, "header Merge is");
	EDIT(priority, 9, "it is done, and its Priority was edited by hand");
	EDIT(not_before_wall_ms, 1000, "header Not-Before");
	EDIT(episode.n, 9, "header Episode is");
	EDIT(episode.state, EPISODE_RUN, "header Episode-State");
	EDIT(episode.role, ROLE_REVIEWER, "header Role");
	EDIT(episode.generation, 9, "header Episode-Generation");
	EDIT(episode.nonce.b[3], 9, "header Nonce-Sha256");
	EDIT(episode.base.hex[3], '9', "header Episode-Base");
	EDIT(episode.review.hex[0], '9', "header Episode-Review");
	EDIT(episode.boot.s[0], '9', "header Boot");
	EDIT(question_rev, 9, "header Question");
	EDIT(pinned.hex[3], '9', "header Pinned is");
	EDIT(pinned_by, 9, "header Pinned-By");
	EDIT(passed.hex[3], '9', "header Passed");
	EDIT(passed_wall_ms, 1000, "header Passed-At");
	EDIT(landing, LANDING_REBASE, "header Landing");
	EDIT(hook, HOOK_OWED, "header Hook is");
	EDIT(hook_tries, 9, "header Hook-Tries");
	EDIT(unsent, 9, "header Unsent");
	EDIT(merge_from.hex[3], '9', "header Merge-From");
	EDIT(merge_commit.hex[3], '9', "header Merge-Commit");
	EDIT(deaths, 9, "header Deaths");
	EDIT(start_failures, 9, "header Starts");
	EDIT(cycles, 9, "header Cycles");
	EDIT(reboots, 9, "header Reboots");
	EDIT(env_failures, 9, "header Environment");
	EDIT(merge_tries, 9, "header Merge-Tries");
	EDIT(backoff_boot_ms, 9, "header Backoff is");
	EDIT(backoff_boot.s[0], '9', "header Backoff-Boot");
	EDIT(cause[0], '9', "header Cause");
	EDIT(created_wall_ms, 0, "header Created");
	EDIT(updated_wall_ms, 0, "header Updated");
	set_charp(&r.spec.title, "another title");
	set_charp(&r.spec.text, "more words");
	check(&r);
	r.ticket.passed_wall_ms = 0; /* a file of before there was such a header */
	check(&r);
	set_charp(&r.spec.branch, "main");
	expect_refused(&r, "Branch");
}

static struct hand_edit
hand(const struct record *r)
{
	struct err err = ERR_INIT;
	struct hand_edit edit;

	if (history_replay_hand(r, &edit, &err) < 0)
		fail_msg("%s", err.text);
	return edit;
}

static void
expect_no_edit(const struct record *r, const char *words)
{
	struct err err = ERR_INIT;
	struct hand_edit edit;

	assert_int_equal(history_replay_hand(r, &edit, &err), ERR_INVALID);
	if (!strstr(err.text, words))
		fail_msg("'%s' has no '%s'", err.text, words);
}

/* Title, description and priority are told from each other; nothing else may differ beside them. */
static void
test_hand_edit_is_told_E_13_X_25(void **state)
{
	_cleanup_(record_release) struct record r = { .history = BUF_INIT };
	struct event e = event(EVENT_EDIT);
	_cleanup_(free_charp) char *text = NULL;

	(void)state;
	create(&r, WANT_PARK);
	set_charp(&r.spec.title, "nobody can tell: no line says what it was");
	assert_false(hand(&r).has_words || hand(&r).has_priority);
	e.spec = spec_digest(&r.spec);
	e.words = ticket_words_digest(&r.spec);
	assert_true(step(&r, e, NOW, NULL));
	check(&r);

	set_charp(&r.spec.title, "by hand");
	assert_true(hand(&r).has_words && !hand(&r).has_priority);
	expect_refused(&r, "edited by hand");
	set_charp(&r.spec.title, "nobody can tell: no line says what it was");
	set_charp(&r.spec.text, "");
	assert_true(hand(&r).has_words);
	set_charp(&r.spec.text, NULL);
	r.ticket.priority = 9;
	assert_true(!hand(&r).has_words && hand(&r).has_priority);
	assert_int_equal(hand(&r).before.priority, 5);
	expect_refused(&r, "header Priority is '9', but the history leads to '5'");

	r.ticket.deaths = 1;
	expect_no_edit(&r, "header Deaths");
	r.ticket.deaths = 0;
	set_charp(&r.spec.notify, "ann");
	expect_no_edit(&r, "Notify");
	set_charp(&r.spec.notify, NULL);
	set_charp(&r.spec.title, NULL);
	expect_no_edit(&r, "no Title");
	set_charp(&r.spec.title, " \t ");
	expect_no_edit(&r, "no Title");
	set_charp(&r.spec.title, "two\nlines");
	expect_no_edit(&r, "the Title is no line");
	text = xcalloc(1, TICKET_TEXT_MAX + 2);
	memset(text, 'x', TICKET_TITLE_MAX + 1);
	set_charp(&r.spec.title, text);
	expect_no_edit(&r, "the Title is no line");
	set_charp(&r.spec.title, "good");
	memset(text, 'x', TICKET_TEXT_MAX + 1);
	set_charp(&r.spec.text, text);
	expect_no_edit(&r, "description is longer");
	text[TICKET_TEXT_MAX] = '\0';
	set_charp(&r.spec.text, text);
	assert_true(hand(&r).has_words);
}

/* Replaces the first `from` of the history. */
static void
forge(struct record *r, const char *from, const char *to)
{
	_cleanup_(buf_release) struct buf b = BUF_INIT;
	ssize_t at = str_find(buf_str(&r->history), str_of(from));

	assert_true(at >= 0);
	buf_add(&b, r->history.p, (size_t)at);
	buf_adds(&b, to);
	buf_adds(&b, r->history.p + at + strlen(from));
	buf_clear(&r->history);
	buf_add_str(&r->history, buf_str(&b));
}

/* A history that tells of steps which the table does not have. */
static void
test_forged_history_E_32_X_14(void **state)
{
	static const struct {
		const char *from, *to, *words;
	} rows[] = {
		{ "\n2 2026", "\n3 2026", "revision 3 follows revision 1" },
		{ " none>ready ", " none>parked ", "the line says" },
		{ " T35 ", " T36 ", "row T36" },
		{ " create none", " edit none", "the first event" },
		{ " 12.1 T01", " 12.2 T01", "episode 12.2" },
		{ " 12.1 T01", " 13.1 T01", "episode 13.1" },
		{ " 12.1 T01", " - T01", "episode 0.0" },
		{ " NOTE working>working 12.2", " NOTE working>working 12.1", "unauthenticated" },
		{ " NOTE working>working 12.2", " NOTE working>working -", "unauthenticated" },
		{ " claimed starting>working 12.2", " claimed starting>working 12.1",
		    "episode 12.1" },
		{ " text=yes", "", "needs-text" },
		{ " ending=deadline", "", "is refused" },
		{ " boot-ms=2000000", " boot-ms=x", "boot-ms" },
		{ " QUESTION working>asking", " PASS working>asking", "wrong-role" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		_cleanup_(record_release) struct record r = { .history = BUF_INIT };

		live(&r);
		forge(&r, rows[i].from, rows[i].to);
		expect_refused(&r, rows[i].words);
	}
}

/* Lines of the end are gone, or the whole history, or its create says nothing of the names. */
static void
test_lost_history_X_14(void **state)
{
	_cleanup_(record_release) struct record r = { .history = BUF_INIT };
	size_t at;

	(void)state;
	create(&r, WANT_RUN);
	at = r.history.len;
	assert_true(step(&r, start(1), NOW, NULL));
	buf_truncate(&r.history, at);
	expect_refused(&r, "header Rev is '2', but the history leads to '1'");
	buf_clear(&r.history);
	expect_refused(&r, "the history is empty");
	record_release(&r);
	assert_true(step(&r, event(EVENT_CREATE), NOW, NULL));
	expect_refused(&r, "Repo, Base, Branch, Agent, Mission, After or Notify");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_whole_life_D_94),
		cmocka_unit_test(test_random_lives_D_94),
		cmocka_unit_test(test_edited_header_E_13_X_25_D_84),
		cmocka_unit_test(test_hand_edit_is_told_E_13_X_25),
		cmocka_unit_test(test_forged_history_E_32_X_14),
		cmocka_unit_test(test_lost_history_X_14),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
