/* SPDX-License-Identifier: GPL-2.0-only */
/* Tickets as JSON: all keys, always; exact; and nothing that a terminal would obey. */
#include "base/base.h"
#include "codec/report_json.h"

#include <setjmp.h> /* cmocka.h wants this one first */

#include <cmocka.h>

#include "codec/json.h"

#define NOW ((int64_t)1795242205000)
#define EVIL                                                                                       \
	"#(touch x) \x1b[2J\x07 \xc2\x9b"                                                          \
	"31m \xe2\x80\xae"                                                                         \
	"evil \x7f\x7f\"\\"

static json_t *
parse(const struct buf *b)
{
	json_error_t e;
	json_t *v = json_loadb(b->p, b->len, JSON_REJECT_DUPLICATES, &e);

	if (v == NULL)
		fail_msg("line %d: %s", e.line, e.text);
	return v;
}

static void
make(struct record *r, uint32_t id, const char *title)
{
	*r = (struct record){ .ticket = { .id = { id },
				  .rev = 3,
				  .phase = PHASE_READY,
				  .want = WANT_RUN,
				  .review = REVIEW_HUMAN,
				  .merge = MERGE_AUTO,
				  .created_wall_ms = NOW,
				  .updated_wall_ms = NOW } };
	set_charp(&r->spec.title, title);
	set_charp(&r->spec.repo, "app");
}

static void
check_ascii(const struct buf *b)
{
	for (size_t i = 0; i < b->len; i++)
		assert_true(b->p[i] == '\n' || (b->p[i] >= 0x20 && b->p[i] < 0x7f));
}

static void
test_tickets_have_all_keys_in_order(void **state)
{
	static const char *const keys[] = { "id", "rev", "phase", "want", "title", "repo", "base",
		"from", "branch", "agent", "review", "merge", "priority", "mission", "after",
		"not_before", "episode", "episode_state", "role", "pinned", "passed",
		"merge_commit", "deaths", "cycles", "cause", "created", "updated", "blocker",
		"choices" };
	_cleanup_(record_release) struct record r;
	_cleanup_(blocker_release) struct blocker b = BLOCKER_INIT;
	_cleanup_(buf_release) struct buf out = BUF_INIT;
	struct report_ticket t = { &r, &b };
	const char *key;
	json_t *v, *o, *member;
	size_t n = 0;

	(void)state;
	make(&r, 12, "fix the login");
	report_tickets(&t, 1, &out);
	v = parse(&out);
	o = json_array_get(v, 0);
	json_object_foreach(o, key, member)
	{
		assert_true(n < ARRAY_LEN(keys));
		assert_string_equal(key, keys[n++]);
	}
	assert_int_equal(n, ARRAY_LEN(keys));
	assert_int_equal(json_integer_value(json_object_get(o, "id")), 12);
	assert_string_equal(json_string_value(json_object_get(o, "phase")), "ready");
	assert_true(json_is_null(json_object_get(o, "pinned")));
	assert_true(json_is_null(json_object_get(o, "episode")));
	assert_string_equal(
	    json_string_value(json_object_get(o, "updated")), "2026-11-21T06:23:25Z");
	assert_true(json_is_null(json_object_get(json_object_get(o, "blocker"), "text")));
	json_decref(v);
}

static void
test_no_tickets_are_an_empty_array(void **state)
{
	_cleanup_(buf_release) struct buf out = BUF_INIT;

	(void)state;
	report_tickets(NULL, 0, &out);
	assert_string_equal(out.p, "[]\n");
}

static void
test_one_ticket_a_line(void **state)
{
	_cleanup_(record_release) struct record r;
	_cleanup_(blocker_release) struct blocker b = BLOCKER_INIT;
	_cleanup_(buf_release) struct buf out = BUF_INIT;
	struct report_ticket t[3] = { { &r, &b }, { &r, &b }, { &r, &b } };
	size_t lines = 0;

	(void)state;
	make(&r, 1, "two\nlines");
	report_tickets(t, 3, &out);
	for (size_t i = 0; i < out.len; i++)
		lines += out.p[i] == '\n';
	assert_int_equal(lines, 5); /* the brackets have a line of their own */
	json_decref(parse(&out));
}

static void
test_text_is_exact_and_inert_X_10(void **state)
{
	_cleanup_(record_release) struct record r;
	_cleanup_(blocker_release) struct blocker b = BLOCKER_INIT;
	_cleanup_(buf_release) struct buf out = BUF_INIT;
	struct report_ticket t = { &r, &b };
	json_t *v;

	(void)state;
	make(&r, 1, EVIL);
	buf_adds(&b.text, EVIL);
	report_tickets(&t, 1, &out);
	check_ascii(&out);
	v = parse(&out);
	assert_string_equal(
	    json_string_value(json_object_get(json_array_get(v, 0), "title")), EVIL);
	json_decref(v);
}

static void
test_bytes_that_are_no_text_are_cleaned_X_10(void **state)
{
	_cleanup_(record_release) struct record r;
	_cleanup_(blocker_release) struct blocker b = BLOCKER_INIT;
	_cleanup_(buf_release) struct buf out = BUF_INIT;
	struct report_ticket t = { &r, &b };
	json_t *v;

	(void)state;
	make(&r, 1, "a\xff\x1b");
	report_tickets(&t, 1, &out);
	check_ascii(&out);
	v = parse(&out);
	assert_string_equal(
	    json_string_value(json_object_get(json_array_get(v, 0), "title")), "a\\xff\\x1b");
	json_decref(v);
}

static const json_t *
at(const json_t *o, const char *list, size_t i)
{
	return json_array_get(json_object_get(o, list), i);
}

static void
test_show(void **state)
{
	_cleanup_(record_release) struct record r;
	_cleanup_(blocker_release) struct blocker b = BLOCKER_INIT;
	_cleanup_(buf_release) struct buf out = BUF_INIT;
	_cleanup_(report_outcome_release) struct report_outcome oc = { 0 };
	struct report_episode episodes[] = {
		{ .n = 1,
		    .role = ROLE_AUTHOR,
		    .opened_wall_ms = NOW,
		    .closed_wall_ms = NOW + 1000,
		    .ending = ENDING_DIED,
		    .exit = "exit status 3",
		    .outcome = &oc },
		{ .n = 2, .role = ROLE_AUTHOR, .state = EPISODE_RUN, .opened_wall_ms = NOW },
	};
	struct report_refused refused = { .name = "x.json",
		.why = REFUSAL_STALE,
		.ticket = { 1 },
		.kind = "DONE",
		.text = EVIL,
		.at_wall_ms = NOW };
	struct history_entry entry = { .rev = 1,
		.wall_ms = NOW,
		.event = { .kind = EVENT_CREATE, .actor = "person:ann" },
		.to = PHASE_READY };
	struct report_history history = { &entry, 1, 1 };
	struct report_show s = { .ticket = { &r, &b },
		.worktree = "/x",
		.question = "why?",
		.episodes = episodes,
		.n_episodes = 2,
		.refused = &refused,
		.n_refused = 1,
		.history = &history };
	json_t *v;

	(void)state;
	make(&r, 1, "t");
	set_charp(&r.spec.text, "two\nlines\n");
	assert_int_equal(
	    report_outcome_load(STR("{\"status\":\"died\",\"safe_retry\":true,"
				    "\"next_actions\":[\"reeve retry 1\"],\"artifacts\":[]}"),
		&oc, NULL),
	    0);
	report_show(&s, &out);
	check_ascii(&out);
	v = parse(&out);
	assert_string_equal(json_string_value(json_object_get(v, "description")), "two\nlines\n");
	assert_string_equal(json_string_value(json_object_get(v, "question")), "why?");
	assert_true(json_is_null(json_object_get(v, "feedback")));
	assert_true(json_is_false(json_object_get(v, "worktree_exists")));
	assert_string_equal(json_string_value(json_object_get(at(v, "episodes", 0), "id")), "1.1");
	assert_string_equal(
	    json_string_value(json_object_get(at(v, "episodes", 0), "state")), "closed");
	assert_string_equal(json_string_value(json_object_get(
				json_object_get(at(v, "episodes", 0), "outcome"), "status")),
	    "died");
	assert_true(json_is_null(json_object_get(at(v, "episodes", 1), "outcome")));
	assert_string_equal(
	    json_string_value(json_object_get(at(v, "refused", 0), "reason")), "stale");
	assert_string_equal(
	    json_string_value(json_object_get(at(v, "history", 0), "event")), "create");
	json_decref(v);
}

static void
test_status(void **state)
{
	_cleanup_(record_release) struct record r;
	_cleanup_(blocker_release) struct blocker b = BLOCKER_INIT;
	_cleanup_(buf_release) struct buf out = BUF_INIT;
	struct report_ticket t = { &r, &b };
	struct report_bad bad = { { 9 }, "line 3: " EVIL };
	struct report_status s = { .has_supervisor = true,
		.supervisor_pid = 12,
		.waiting = 2,
		.tickets = &t,
		.n_tickets = 1,
		.bad = &bad,
		.n_bad = 1 };
	json_t *v;

	(void)state;
	make(&r, 1, "t");
	report_status(&s, &out);
	check_ascii(&out);
	v = parse(&out);
	assert_int_equal(
	    json_integer_value(json_object_get(json_object_get(v, "supervisor"), "pid")), 12);
	assert_int_equal(json_integer_value(json_object_get(v, "waiting")), 2);
	assert_int_equal(json_integer_value(json_object_get(at(v, "unreadable", 0), "ticket")), 9);
	assert_int_equal(json_array_size(json_object_get(v, "refused")), 0);
	json_decref(v);
}

static void
test_outcome_load(void **state)
{
	_cleanup_(report_outcome_release) struct report_outcome o = { 0 };
	struct err err = ERR_INIT;

	(void)state;
	assert_int_equal(
	    report_outcome_load(
		STR("{\"episode\":\"1.1\",\"status\":\"done\",\"summary\":\"did it\","
		    "\"root_cause\":\"\",\"safe_retry\":true,\"stop_condition\":\"\","
		    "\"human_input_required\":\"say yes\",\"next_actions\":[\"a\",\"b\"],"
		    "\"artifacts\":[\"refs/reeve/1/1\"],\"x_more\":1}"),
		&o, &err),
	    0);
	assert_string_equal(o.status, "done");
	assert_null(o.root_cause);
	assert_true(o.safe_retry);
	assert_string_equal(o.human_input, "say yes");
	assert_int_equal(o.next_actions.n, 2);
	assert_string_equal(o.artifacts.v[0], "refs/reeve/1/1");
}

/* Some of it was read already when the rest turns out wrong: nothing is left behind, *ret untouched. */
static void
test_outcome_of_another_shape(void **state)
{
	static const char *const texts[] = { "", "[]", "{\"status\":1}",
		"{\"status\":\"x\",\"next_actions\":[\"a\"],\"artifacts\":\"b\"}",
		"{\"status\":\"x\",\"safe_retry\":\"yes\"}", "{\"status\":\"x\"" };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		struct report_outcome o = { 0 };
		struct err err = ERR_INIT;

		assert_int_equal(report_outcome_load(str_of(texts[i]), &o, &err), ERR_INVALID);
		assert_null(o.status);
		assert_true(err.text[0] != '\0');
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_tickets_have_all_keys_in_order),
		cmocka_unit_test(test_no_tickets_are_an_empty_array),
		cmocka_unit_test(test_one_ticket_a_line),
		cmocka_unit_test(test_text_is_exact_and_inert_X_10),
		cmocka_unit_test(test_bytes_that_are_no_text_are_cleaned_X_10),
		cmocka_unit_test(test_show),
		cmocka_unit_test(test_status),
		cmocka_unit_test(test_outcome_load),
		cmocka_unit_test(test_outcome_of_another_shape),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
