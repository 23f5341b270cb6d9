/* SPDX-License-Identifier: GPL-2.0-only */
/* events.jsonl: made again from the histories, whatever a crash took from it. */
#include "base/base.h"
#include "store/events.h"

#include "test_store.h"

#include "codec/json.h"

static struct record recs[2];

/* Steps like rec_step(), and says the line that the supervisor would append. */
static void
step_line(struct record *rec, struct event e, struct buf *ret)
{
	struct ticket before = rec->ticket;
	struct decision d = { 0 };
	struct history_entry entry;
	struct str rest;

	rec_step(rec, e, NULL);
	rest = buf_str(&rec->history);
	while (history_next(&rest, &entry, NULL) == 0)
		;
	d.row = entry.row;
	d.next = rec->ticket;
	e.ticket = rec->ticket.id;
	if (event_is_report(e.kind))
		e.episode = ticket_episode(&before);
	events_line(&before, &e, &d, ret);
}

/* Two tickets, and all their lines, in the order in which it happened. */
static void
make_lines(struct buf *ret)
{
	struct event create = rec_event(EVENT_CREATE), start = rec_event(EVENT_START),
		     note = rec_event(EVENT_NOTE), done = rec_event(EVENT_DONE),
		     closed = rec_event(EVENT_CLOSED);
	struct nonce nonce = { { 1 } };

	start.fresh = nonce_digest(&nonce);
	(void)snprintf(start.reason, sizeof start.reason, "says \"why\" \\ twice");
	note.has_text = true;
	rec_sign(&note, "s.note", "n");
	rec_sign(&done, "s.done", "d");
	assert_true(oid_parse(str_of(STORE_OID_A), &done.commit));
	done.artifact = ARTIFACT_GOOD;
	closed.ending = ENDING_DIED;
	for (size_t i = 0; i < 2; i++) {
		rec_init(&recs[i], i == 0 ? 9 : 3);
		rec_sign(&create, i == 0 ? "s.9" : "s.3", "x");
		step_line(&recs[i], create, ret);
	}
	step_line(&recs[0], start, ret);
	step_line(&recs[0], rec_event(EVENT_CLAIMED), ret);
	step_line(&recs[1], start, ret);
	step_line(&recs[0], note, ret);
	step_line(&recs[0], done, ret);
	step_line(&recs[0], closed, ret);
}

static int
release_recs(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(recs); i++)
		record_release(&recs[i]);
	return store_remove(state);
}

#define in_events(test) cmocka_unit_test_setup_teardown(test, store_make, release_recs)

static int
mend(struct root *r, void *arg)
{
	uint32_t highest;
	const struct record *const all[] = { &recs[0], &recs[1] };

	(void)arg;
	return events_mend(r, all, 2, &highest, NULL);
}

/* Every revision once or more, each line JSON; the texts may come in another order. */
static void
check_complete(bool once)
{
	_cleanup_(buf_release) struct buf text = BUF_INIT;
	unsigned seen[2][8] = { { 0 } };
	struct str rest, line;

	assert_int_equal(file_read(io_real(), store.dir, "events.jsonl", 1 << 20, &text, NULL), 0);
	rest = buf_str(&text);
	while (str_cut(&rest, '\n', &line)) {
		_cleanup_(json_drop) json_t *o = NULL;
		int64_t ticket = 0, rev = 0;
		bool has;

		if (line.len == 0 || json_open(line, 4, &o, NULL) < 0)
			continue; /* what a crash tore */
		assert_int_equal(json_get_int(o, "ticket", 1, 10, &has, &ticket, NULL), 0);
		if (json_get_int(o, "rev", 1, 7, &has, &rev, NULL) < 0)
			continue; /* somebody else's */
		seen[ticket == 9 ? 0 : 1][rev]++;
	}
	assert_int_equal(rest.len, 0);
	for (size_t i = 0; i < 2; i++)
		for (size_t rev = 1; rev <= recs[i].ticket.rev; rev++)
			assert_true(once ? seen[i][rev] == 1 : seen[i][rev] >= 1);
}

static void
test_line(void **state)
{
	_cleanup_(buf_release) struct buf lines = BUF_INIT;
	struct str rest, line;

	(void)state;
	make_lines(&lines);
	rest = buf_str(&lines);
	assert_true(str_cut(&rest, '\n', &line));
	assert_true(str_is(line,
	    "{\"at\":\"2026-11-21T06:23:25Z\",\"ticket\":9,\"rev\":1,\"event\":\"create\","
	    "\"from\":\"none\",\"to\":\"ready\",\"actor\":\"person:ann\",\"row\":35,"
	    "\"signal\":\"s.9\"}"));
	assert_true(str_cut(&rest, '\n', &line) && str_cut(&rest, '\n', &line));
	assert_true(str_is(line,
	    "{\"at\":\"2026-11-21T06:23:26Z\",\"ticket\":9,\"rev\":2,\"event\":\"started\","
	    "\"from\":\"ready\",\"to\":\"starting\",\"episode\":\"9.1\",\"actor\":\"reeve\","
	    "\"row\":1,\"reason\":\"says \\\"why\\\" \\\\ twice\"}"));
}

static void
test_line_is_json_for_any_text_X_10(void **state)
{
	_cleanup_(buf_release) struct buf line = BUF_INIT;
	_cleanup_(json_drop) json_t *o = NULL;
	struct ticket before = { .id = { 1 } };
	struct decision d = { .next = { .id = { 1 }, .rev = 1 } };
	struct event e = rec_event(EVENT_CREATE);
	struct str value;

	(void)state;
	(void)snprintf(e.reason, sizeof e.reason, "a\x1b[31m\n\t\"\\ \x7f \xff \xc3\xa4");
	events_line(&before, &e, &d, &line);
	assert_int_equal(json_open(buf_str(&line), 4, &o, NULL), 0);
	assert_int_equal(json_get_str(o, "reason", &value, NULL), 0);
	assert_true(str_is(value, "a\x1b[31m\n\t\"\\ \x7f \xef\xbf\xbd \xc3\xa4"));
	for (size_t i = 0; i + 1 < line.len; i++)
		assert_true((unsigned char)line.p[i] >= 0x20 && line.p[i] != 0x7f);
}

/* What is mended is what would have been appended. */
static void
test_mend_makes_all_lines(void **state)
{
	_cleanup_(buf_release) struct buf lines = BUF_INIT, text = BUF_INIT;
	struct str rest, line;
	size_t n = 0;

	(void)state;
	make_lines(&lines);
	assert_int_equal(mend(&store, NULL), 0);
	assert_int_equal(file_read(io_real(), store.dir, "events.jsonl", 1 << 20, &text, NULL), 0);
	assert_int_equal(text.len, lines.len);
	rest = buf_str(&lines);
	while (str_cut(&rest, '\n', &line)) {
		assert_true(str_find(buf_str(&text), line) >= 0);
		n++;
	}
	assert_int_equal(n, recs[0].ticket.rev + recs[1].ticket.rev);
	check_complete(true);
	/* Nothing more to do. */
	assert_int_equal(mend(&store, NULL), 0);
	buf_clear(&lines);
	assert_int_equal(file_read(io_real(), store.dir, "events.jsonl", 1 << 20, &lines, NULL), 0);
	assert_string_equal(lines.p, text.p);
}

/* The file ends anywhere: no revision is missing afterwards, none is there twice. */
static void
test_mend_after_any_tear_X_14(void **state)
{
	_cleanup_(buf_release) struct buf lines = BUF_INIT;

	(void)state;
	make_lines(&lines);
	for (size_t n = 0; n <= lines.len; n++) {
		_cleanup_(free_charp) char *torn = xstrndup(lines.p, n);

		store_put("events.jsonl", torn);
		assert_int_equal(mend(&store, NULL), 0);
		/* Torn between the last byte of a line and its end, it is whole. */
		check_complete(true);
	}
	/* Somebody's garbage, longer than any line. */
	buf_clear(&lines);
	for (int i = 0; i < 300000; i++)
		buf_addch(&lines, 'x');
	buf_adds(&lines, "\nnot json\n{\"at\":\"2026\",\"ticket\":9,\"rev\":99}\n");
	store_put("events.jsonl", lines.p);
	assert_int_equal(mend(&store, NULL), 0);
	check_complete(true);
}

static void
test_mend_crash(void **state)
{
	_cleanup_(buf_release) struct buf lines = BUF_INIT;
	bool is_done = false;

	(void)state;
	make_lines(&lines);
	for (uint64_t at = 1; !is_done; at++) {
		assert_true(at < 20);
		(void)unlinkat(store.dir, "events.jsonl", 0);
		is_done = crash_at(at, mend, NULL);
		assert_int_equal(mend(&store, NULL), 0);
		check_complete(true);
	}
}

static void
test_find(void **state)
{
	_cleanup_(buf_release) struct buf lines = BUF_INIT;
	struct ticket_id ticket = { 0 };
	struct signal_id id;
	uint64_t rev = 0;

	(void)state;
	assert_true(signal_id_parse(STR("s.done"), &id));
	assert_int_equal(events_find(&store, &id, &ticket, &rev, NULL), 0);
	make_lines(&lines);
	for (int i = 0; i < 2000; i++) /* more than is read at once */
		assert_int_equal(
		    events_append(&store, STR("{\"x\":\"filler, filler\"}\n"), NULL), 0);
	assert_int_equal(events_append(&store, buf_str(&lines), NULL), 0);
	assert_int_equal(events_find(&store, &id, &ticket, &rev, NULL), 1);
	assert_int_equal(ticket.n, 9);
	assert_int_equal(rev, 5);
	assert_true(signal_id_parse(STR("s.don"), &id));
	assert_int_equal(events_find(&store, &id, &ticket, &rev, NULL), 0);
	/* Words that look like it are none. */
	assert_true(signal_id_parse(STR("fake"), &id));
	buf_clear(&lines);
	{
		struct ticket before = { .id = { 1 } };
		struct decision d = { .next = { .id = { 1 }, .rev = 1 } };
		struct event e = rec_event(EVENT_CREATE);

		(void)snprintf(e.reason, sizeof e.reason, ",\"signal\":\"fake\"");
		events_line(&before, &e, &d, &lines);
	}
	assert_int_equal(events_append(&store, buf_str(&lines), NULL), 0);
	assert_int_equal(events_find(&store, &id, &ticket, &rev, NULL), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		in_events(test_line),
		in_events(test_line_is_json_for_any_text_X_10),
		in_events(test_mend_makes_all_lines),
		in_events(test_mend_after_any_tear_X_14),
		in_events(test_mend_crash),
		in_events(test_find),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
