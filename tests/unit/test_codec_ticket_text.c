/* SPDX-License-Identifier: GPL-2.0-only */
/* The ticket file: every value comes back, every accepted file is written again as it was. */
#include "base/base.h"

#include "codec/ticket_text.h"

#include <setjmp.h>

#include <cmocka.h>

#include "test_codec_record.h"

#define ROUNDS 400

/* A history of n random lines; the events and texts are kept for comparison. */
static void
fill_history(struct record *r, struct event *events, char **texts, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		struct decision d = { .row = rnd(99) };
		struct ticket before;

		rnd_ticket(&before);
		rnd_ticket(&d.next);
		before.id = d.next.id = r->ticket.id;
		rnd_event(&events[i], r->ticket.id);
		texts[i] = rnd_string(120);
		history_add(&r->history, &before, &events[i], &d, texts[i]);
		if (events[i].kind == EVENT_START)
			events[i].episode = (struct episode_id){ before.id, d.next.episode.n };
		else if (!event_is_command(events[i].kind) && events[i].episode.n == 0 &&
			 ticket_is_open(&before))
			events[i].episode = (struct episode_id){ before.id, before.episode.n };
		if (events[i].episode.n == 0)
			events[i].episode.ticket.n = 0;
	}
}

static void
check_history(const struct record *r, const struct event *events, char **texts, unsigned n)
{
	struct str rest = buf_str(&r->history);
	struct history_entry entry;
	struct err err = ERR_INIT;

	for (unsigned i = 0; i < n; i++) {
		_cleanup_(buf_release) struct buf text = BUF_INIT;

		if (history_next(&rest, &entry, &err) < 0)
			fail_msg("%s", err.text);
		same_event(&events[i], &entry.event);
		history_text(&entry, &text);
		assert_string_equal(text.p, texts[i] ? texts[i] : "");
	}
	assert_int_equal(history_next(&rest, &entry, &err), ERR_NOTFOUND);
}

static void
test_random_round_trip_D_84_X_10(void **state)
{
	(void)state;
	for (unsigned round = 0; round < ROUNDS; round++) {
		_cleanup_(record_release) struct record r = { .history = BUF_INIT };
		_cleanup_(record_release) struct record back = { .history = BUF_INIT };
		_cleanup_(buf_release) struct buf bytes = BUF_INIT;
		_cleanup_(buf_release) struct buf again = BUF_INIT;
		struct event events[4];
		char *texts[4] = { NULL };
		struct err err = ERR_INIT;
		unsigned n = rnd(4);

		seed_now = round + 1;
		rnd_ticket(&r.ticket);
		rnd_spec(&r.spec);
		fill_history(&r, events, texts, n);
		ticket_text_dump(&r, &bytes);
		if (ticket_text_load(buf_str(&bytes), &back, &err) < 0)
			fail_msg("round %u: %s\n%s", round, err.text, bytes.p);
		same_ticket(&r.ticket, &back.ticket);
		same_spec(&r.spec, &back.spec);
		assert_string_equal(r.history.p, back.history.p);
		check_history(&back, events, texts, n);
		ticket_text_dump(&back, &again);
		assert_true(str_eq(buf_str(&bytes), buf_str(&again)));
		/* What it shows on a terminal is text. */
		for (size_t i = 0; i < bytes.len; i++)
			assert_true((unsigned char)bytes.p[i] >= ' ' || bytes.p[i] == '\n' ||
				    bytes.p[i] == '\t');
		assert_true(str_is_utf8(buf_str(&bytes)));
		for (unsigned i = 0; i < n; i++)
			free_charp(&texts[i]);
	}
}

static void
make_sample(struct buf *bytes)
{
	_cleanup_(record_release) struct record r = { .history = BUF_INIT };
	struct event events[3];
	char *texts[3] = { NULL };

	seed_now = 77;
	rnd_ticket(&r.ticket);
	rnd_spec(&r.spec);
	set_charp(&r.spec.text, "one\n\nhistory\nend\n");
	fill_history(&r, events, texts, 3);
	ticket_text_dump(&r, bytes);
	for (unsigned i = 0; i < 3; i++)
		free_charp(&texts[i]);
}

/* A file that was cut anywhere is known to be cut. */
static void
test_every_truncation_is_refused_X_14(void **state)
{
	_cleanup_(buf_release) struct buf bytes = BUF_INIT;

	(void)state;
	make_sample(&bytes);
	for (size_t n = 0; n < bytes.len; n++) {
		struct record r;
		struct err err = ERR_INIT;
		char *exact = xstrndup(bytes.p, n);

		assert_int_equal(ticket_text_load(str_n(exact, n), &r, &err), ERR_INVALID);
		assert_non_null(strstr(err.text, "line "));
		free_charp(&exact);
	}
}

/* A changed byte is refused, or changes the value that is shown: never is it passed over. */
static void
test_every_flipped_byte_counts_X_14(void **state)
{
	_cleanup_(buf_release) struct buf bytes = BUF_INIT;

	(void)state;
	make_sample(&bytes);
	for (size_t i = 0; i < bytes.len; i++)
		for (int bit = 0; bit < 8; bit++) {
			_cleanup_(buf_release) struct buf again = BUF_INIT;
			_cleanup_(record_release) struct record r = { .history = BUF_INIT };

			bytes.p[i] = (char)(bytes.p[i] ^ (1 << bit));
			if (ticket_text_load(buf_str(&bytes), &r, NULL) == 0) {
				ticket_text_dump(&r, &again);
				assert_true(str_eq(buf_str(&bytes), buf_str(&again)));
			}
			bytes.p[i] = (char)(bytes.p[i] ^ (1 << bit));
		}
}

#define HEAD    "reeve-ticket 1\nId: 12\nRev: 7\nPhase: ready\n"
#define TAIL    "\nhistory\nend\n"
#define LINE    "1 2026-11-21T06:23:25Z - create none>ready - T35"
#define H(line) HEAD "\nhistory\n" line "\nend\n"

static const struct {
	const char *bytes, *words; /* NULL: accepted */
} files[] = {
	{ HEAD TAIL, NULL },
	{ HEAD "Cause: a\\nb \\\\ \\x1b \\u202e\\x20\n" TAIL, NULL },
	{ HEAD "Cause:\n" TAIL, "line 5: not as reeve" }, /* empty is left out */
	{ "reeve-ticket 1\nId: 12\nRev: 7\nTitle:\nPhase: ready\n" TAIL, NULL },
	{ "reeve-ticket 1\nId: 12\nRev: 7\nTitle: \nPhase: ready\n" TAIL, "line 4" },
	{ "reeve-ticket 1\nId: 12\nRev: 7\nTitle:x\nPhase: ready\n" TAIL, "line 4" },
	{ "reeve-ticket 1\nId: 12\nRev: 7\nTitle:  x\nPhase: ready\n" TAIL, "line 4" },
	{ "reeve-ticket 1\nId: 12\nRev: 7\nTitle: x \nPhase: ready\n" TAIL, "line 4" },
	{ "reeve-ticket 1\nId: 12\nRev: 7\nTitle: \x1b[2J\nPhase: ready\n" TAIL, "line 4" },
	{ "reeve-ticket 1\nId: 12\nRev: 7\nTitle: a\\qb\nPhase: ready\n" TAIL,
	    "line 4: header Title" },
	{ "reeve-ticket 1\nId: 12\nRev: 7\nTitle: a\\x00\nPhase: ready\n" TAIL,
	    "line 4: header Title" },
	{ "reeve-ticket 1\nId: 12\nRev: 7\nTitle: a\\\nPhase: ready\n" TAIL,
	    "line 4: header Title" },
	{ "reeve-ticket 1\nId: 12\nRev: 7\nTitle: \\x41\nPhase: ready\n" TAIL, "line 4" },
	{ "reeve-ticket 1\nId: 12\nRev: 7\nTitle: \\xc3\\xa9\nPhase: ready\n" TAIL, "line 4" },
	{ HEAD "\ntext\n| a\n|\n|  b\n\\ \\x1b\n\nhistory\nend\n", NULL },
	{ HEAD "\ntext\n|\n\nhistory\nend\n", NULL },
	{ HEAD "\ntext\n\nhistory\nend\n", "line 7" },
	{ HEAD "\ntext\n| \n\nhistory\nend\n", "line 7" },
	{ HEAD "\ntext\n|x\n\nhistory\nend\n", "line 7" },
	{ HEAD "\ntext\nplain\n\nhistory\nend\n", "line 7" },
	{ HEAD "\ntext\n\\ plain\n\nhistory\nend\n", "line 7" },
	{ HEAD "\ntext\n\\ a\\nb\n\nhistory\nend\n", "line 7" },
	{ HEAD "\ntext\n\\\n\nhistory\nend\n", "line 7" },
	{ HEAD "\ntext\n| a\nhistory\nend\n", "line 8" },
	{ "", "line 1" },
	{ "hello\n", "line 1: this is no ticket file" },
	{ "reeve-ticket 2\nId: 12\n", "version '2'" },
	{ "reeve-ticket 01\nId: 12\n", "version '01'" },
	{ "reeve-ticket \nId: 12\n", "version ''" },
	{ "reeve-ticket 1\r\nId: 12\r\n", "line 1: a carriage return" },
	{ HEAD "Deaths: 1\r\n" TAIL, "line 5: a carriage return" },
	{ HEAD "\ntext\n| a\r\n\nhistory\nend\n", "line 7: a carriage return" },
	{ HEAD "Colour: red\n" TAIL, "line 5: unknown header: 'Colour'" },
	{ HEAD "x_colour: red\n" TAIL, "line 5: unknown header" },
	{ HEAD "deaths: 1\n" TAIL, "line 5: unknown header" },
	{ HEAD "Deaths\n" TAIL, "line 5: no header of the form" },
	{ HEAD "Rev: 7\n" TAIL, "line 5: a second header Rev" },
	{ HEAD "Cycles: 1\nDeaths: 1\n" TAIL, "line 5: not as reeve" }, /* order */
	{ HEAD "Deaths: 0\n" TAIL, "line 5: not as reeve" },
	{ HEAD "Deaths: 01\n" TAIL, "line 5: not as reeve" },
	{ HEAD "Deaths: 4294967295\n" TAIL, NULL },
	{ HEAD "Deaths: 4294967296\n" TAIL, "line 5: header Deaths" },
	{ HEAD "Deaths: 99999999999999999999999\n" TAIL, "line 5: header Deaths" },
	{ HEAD "Deaths: -1\n" TAIL, "line 5: header Deaths" },
	{ HEAD "Backoff: 4611686018427387903\n" TAIL, NULL },
	{ HEAD "Backoff: 4611686018427387904\n" TAIL, "line 5: header Backoff" },
	{ HEAD "Backoff: -1\n" TAIL, NULL },
	{ HEAD "Backoff: -0\n" TAIL, "line 5" },
	{ HEAD "Priority: 1001\n" TAIL, "line 5: Priority" },
	{ HEAD "Created: 1970-01-01T00:00:00Z\n" TAIL, "line 5" },
	{ HEAD "Created: 2026-02-29T00:00:00Z\n" TAIL, "line 5: header Created" },
	{ HEAD "Pinned: 0123456789abcdef0123456789abcdef01234567\n" TAIL, NULL },
	{ HEAD "Pinned: 0123456789ABCDEF0123456789abcdef01234567\n" TAIL, "line 5" },
	{ HEAD "Want: maybe\n" TAIL, "line 5: header Want" },
	{ HEAD "Boot: 0123456789012345678901234567890123456789\n" TAIL, "line 5: header Boot" },
	{ "reeve-ticket 1\nId: 1000000000\nRev: 7\nPhase: ready\n" TAIL, "line 2: header Id" },
	{ "reeve-ticket 1\nId: 0\nRev: 7\nPhase: ready\n" TAIL, "line 2: header Id" },
	{ "reeve-ticket 1\nRev: 7\nPhase: ready\n" TAIL, "header Id is missing" },
	{ "reeve-ticket 1\nId: 12\nPhase: ready\n" TAIL, "header Rev is missing" },
	{ "reeve-ticket 1\nId: 12\nRev: 7\n" TAIL, "header Phase is missing" },
	{ HEAD "\nhistory\n", "line 7: the file ends too early" },
	{ HEAD "\nhistory\nend", "line 7: the file ends too early" },
	{ HEAD TAIL "x", "line 7: here the file has to end" },
	{ HEAD TAIL "\n", "line 7: here the file has to end" },
	{ HEAD "\n" TAIL, "line 6" },
	/* history lines */
	{ H(LINE), NULL },
	{ H(LINE " : why not"), NULL },
	{ H(LINE " priority=0 : : x=y"), NULL },
	{ H(LINE " x_new=1 priority=3 x_other=%1b : why"), NULL },
	{ H(LINE "\n\t| a\n\t|\n\t\\ \\x1b"), NULL },
	{ H("\t| a\n" LINE), "line 7" },
	{ H(LINE "\n\t| a\n| b"), "line 9" },
	{ H(LINE "\n\t|"), "line 7" },
	{ H(LINE "\n\t| \n\t| a"), "line 7" },
	{ H(LINE "\n\n" LINE), "line 8" },
	{ H(LINE "\n\t| a\n" LINE " colour=red"), "line 9: history: unknown key: 'colour'" },
	{ H(LINE " priority=1 priority=1"), "line 7: history: not as reeve" },
	{ H(LINE " priority=1 priority=2"), "line 7" },
	{ H(LINE " want=run priority=1 review=human"), "line 7" }, /* order */
	{ H(LINE " priority=01"), "line 7" },
	{ H(LINE " priority=99999999999"), "line 7" },
	{ H(LINE " text=no"), "line 7" },
	{ H(LINE " boot=%61"), "line 7" },
	{ H(LINE " boot=%1B"), "line 7" },
	{ H(LINE " boot=%1b"), NULL },
	{ H(LINE " boot=a\\b"), "line 7" },
	{ H(LINE " boot=-"), "line 7" },
	{ H(LINE " sig=a"), "line 7" },
	{ H(LINE " sig=../a:00"), "line 7" },
	{ H(LINE " "), "line 7" },
	{ H(LINE " text=yes "), "line 7" },
	{ H(LINE "  text=yes"), "line 7" },
	{ H(LINE " :"), "line 7" },
	{ H(LINE " : "), "line 7" },
	{ H(LINE " : a "), "line 7" },
	{ H(LINE " : a\\qb"), "line 7" },
	{ H("01 2026-11-21T06:23:25Z - create none>ready - T35"), "line 7" },
	{ H("99999999999999999999 2026-11-21T06:23:25Z - create none>ready - T35"), "no revision" },
	{ H("1 2026-11-21T06:23:25+02:00 - create none>ready - T35"), "no time" },
	{ H("1 2026-11-21T06:23:25Z - create none>ready - T035"), "line 7" },
	{ H("1 2026-11-21T06:23:25Z - create none>ready - T5"), "line 7" },
	{ H("1 2026-11-21T06:23:25Z - create none>ready 1.0 T35"), "no episode" },
	{ H("1 2026-11-21T06:23:25Z - create none>nowhere - T35"), "no phases" },
	{ H("1 2026-11-21T06:23:25Z - invent none>ready - T35"), "no event" },
	{ H("1 2026-11-21T06:23:25Z  create none>ready - T35"), "no actor" },
	{ H("1 2026-11-21T06:23:25Z - create none>ready -"), "no row" },
};

/* Unknown versions, hand edits that make no sense, foreign line ends: refused, with the line. */
static void
test_files_X_25_X_27_E_13(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(files); i++) {
		_cleanup_(buf_release) struct buf again = BUF_INIT;
		_cleanup_(record_release) struct record r = { .history = BUF_INIT };
		struct err err = ERR_INIT;
		int code = ticket_text_load(str_of(files[i].bytes), &r, &err);

		if (code == 0 && files[i].words)
			fail_msg("row %zu was accepted:\n%s", i, files[i].bytes);
		if (code < 0 && !files[i].words)
			fail_msg("row %zu: %s\n%s", i, err.text, files[i].bytes);
		if (code == 0) {
			ticket_text_dump(&r, &again);
			assert_string_equal(again.p, files[i].bytes);
		} else {
			assert_int_equal(code, ERR_INVALID);
			if (!strstr(err.text, files[i].words) || !strstr(err.text, "line "))
				fail_msg("row %zu: '%s' has no '%s'", i, err.text, files[i].words);
			assert_int_equal(r.ticket.id.n, 0);
		}
	}
}

static void
test_nul_is_refused(void **state)
{
	struct err err = ERR_INIT;
	struct record r;

	(void)state;
	assert_int_equal(ticket_text_load(STR(HEAD "Cause: a\0b\n" TAIL), &r, &err), ERR_INVALID);
	assert_non_null(strstr(err.text, "line 5: a NUL byte"));
}

static void
test_text_keeps_its_last_newline(void **state)
{
	static const char *const texts[] = { "", "\n", "\n\n", "a", "a\n", "a\n\n", " ", "\t", "\\",
		"a\r\nb\r\n", "| a", "end", "\nend\n", "\nhistory\n1 2026", "\x1b\n\x1b" };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		_cleanup_(record_release) struct record r = {
			.ticket = { .id = { 1 }, .rev = 1, .phase = PHASE_READY }
		};
		_cleanup_(record_release) struct record back = { .history = BUF_INIT };
		_cleanup_(buf_release) struct buf bytes = BUF_INIT;

		set_charp(&r.spec.text, texts[i]);
		ticket_text_dump(&r, &bytes);
		assert_int_equal(ticket_text_load(buf_str(&bytes), &back, NULL), 0);
		assert_string_equal(back.spec.text, texts[i]);
	}
}

/* The file as people see it; TZ has no say in it. */
static void
test_form_E_15(void **state)
{
	_cleanup_(record_release) struct record r = { .history = BUF_INIT };
	_cleanup_(buf_release) struct buf bytes = BUF_INIT;
	struct ticket unborn = { 0 };
	struct decision d = { .row = 35,
		.next = { .id = { 12 },
		    .rev = 1,
		    .phase = PHASE_READY,
		    .want = WANT_RUN,
		    .generation = 1,
		    .created_wall_ms = INT64_C(1795242205000),
		    .updated_wall_ms = INT64_C(1795242205000) } };
	struct event e = { .kind = EVENT_CREATE,
		.actor = "person:ann",
		.reason = "by hand",
		.review = REVIEW_HUMAN,
		.has_priority = true };

	(void)state;
	r.ticket = d.next;
	set_charp(&r.spec.title, "fix the \x1b login");
	set_charp(&r.spec.text, "first\n\nlast");
	history_add(&r.history, &unborn, &e, &d, "words\n\tof it\n");
	ticket_text_dump(&r, &bytes);
	assert_string_equal(bytes.p,
	    "reeve-ticket 1\nId: 12\nRev: 1\nTitle: fix the \\x1b login\nPhase: ready\nWant: run\n"
	    "Generation: 1\nCreated: 2026-11-21T06:23:25Z\nUpdated: 2026-11-21T06:23:25Z\n"
	    "\ntext\n| first\n|\n| last\n"
	    "\nhistory\n"
	    "1 2026-11-21T06:23:25Z person:ann create none>ready - T35 review=human priority=0 "
	    "rule=2 : by hand\n"
	    "\t| words\n\t| \tof it\n\t|\nend\n");
}

/* Words of an agent that look like a signal's line are words. */
static void
test_has_signal_is_not_fooled_X_25(void **state)
{
	static const struct digest hash = { { 1, 2, 3 } }, other = { { 9 } };
	static const struct signal_id first = { "a.1" }, second = { "b.2" }, none = { "" };
	_cleanup_(record_release) struct record r = { .history = BUF_INIT };
	struct ticket t = { .id = { 1 }, .rev = 1 };
	struct decision d = { .next = { .id = { 1 }, .rev = 2, .phase = PHASE_READY } };
	struct event e = {
		.kind = EVENT_NOTE, .reason = "see sig=b.2:00", .sig = first, .sig_hash = hash
	};
	struct event start = { .kind = EVENT_START, .fresh = other };

	(void)state;
	history_add(&r.history, &t, &e, &d, "x sig=b.2:00");
	assert_int_equal(history_has_signal(&r, &first, &hash), 1);
	assert_int_equal(history_has_signal(&r, &first, &other), -1);
	assert_int_equal(history_has_signal(&r, &second, &hash), 0);
	assert_int_equal(history_has_signal(&r, &none, &hash), 0);
	d.next.episode.n = 3;
	history_add(&r.history, &t, &start, &d, NULL);
	assert_int_equal(history_nonce_of(&r, &other), 3);
	assert_int_equal(history_nonce_of(&r, &hash), 0);
	assert_int_equal(history_nonce_of(&r, &(struct digest){ { 0 } }), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_random_round_trip_D_84_X_10),
		cmocka_unit_test(test_every_truncation_is_refused_X_14),
		cmocka_unit_test(test_every_flipped_byte_counts_X_14),
		cmocka_unit_test(test_files_X_25_X_27_E_13),
		cmocka_unit_test(test_nul_is_refused),
		cmocka_unit_test(test_text_keeps_its_last_newline),
		cmocka_unit_test(test_form_E_15),
		cmocka_unit_test(test_has_signal_is_not_fooled_X_25),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
