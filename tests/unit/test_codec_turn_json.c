/* SPDX-License-Identifier: GPL-2.0-only */
/* What agents give their hooks, and what becomes of a turn. */
#include "base/base.h"

#include "codec/turn_json.h"

#include <setjmp.h>

#include <cmocka.h>

static struct turn_news
hook(const char *text)
{
	struct err err = ERR_INIT;
	struct turn_news h;

	if (turn_news_load(str_of(text), &h, &err) < 0)
		fail_msg("%s: %s", text, err.text);
	return h;
}

static void
test_what_is_read(void **state)
{
	struct turn_news h =
	    hook("{\"session_id\":\"0199-ab.c\",\"cwd\":\"/w t\",\"hook_event_name\":\"Stop\","
		 "\"stop_hook_active\":true,\"background_tasks\":[{\"status\":\"done\"}],"
		 "\"tool_input\":{\"a\":[1,{}]}}");

	(void)state;
	assert_int_equal(h.event, TURN_ON_STOP);
	assert_true(h.is_again);
	assert_false(h.has_background);
	assert_string_equal(h.session, "0199-ab.c");
	assert_string_equal(h.cwd, "/w t");
	turn_news_release(&h);
	h = hook("{\"hook_event_name\":\"Compaction\",\"session_id\":\"-x --y\"}");
	assert_int_equal(h.event, TURN_ON_OTHER);
	assert_string_equal(h.session, ""); /* it could be an option */
	assert_null(h.cwd);
}

static void
test_what_is_refused_X_6(void **state)
{
	static const char *const bad[] = { "", "[]", "{", "{\"hook_event_name\":1}",
		"{\"hook_event_name\":\"Stop\",\"stop_hook_active\":\"yes\"}", "{\"cwd\":[]}",
		"{\"session_id\":\"a\",\"session_id\":\"b\"}" };
	struct turn_news h;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		struct err err = ERR_INIT;

		assert_int_equal(turn_news_load(str_of(bad[i]), &h, &err), ERR_INVALID);
		assert_true(err.text[0] != '\0');
	}
}

static void
test_turns(void **state)
{
	static const struct {
		const char *hook;
		enum turn_state want;
	} steps[] = {
		{ "{\"hook_event_name\":\"SessionStart\",\"session_id\":\"s1\"}", TURN_IDLE },
		{ "{\"hook_event_name\":\"UserPromptSubmit\"}", TURN_BUSY },
		{ "{\"hook_event_name\":\"PreToolUse\"}", TURN_BUSY },
		{ "{\"hook_event_name\":\"PermissionRequest\"}", TURN_ASKING },
		{ "{\"hook_event_name\":\"PostToolUse\"}", TURN_BUSY },
		{ "{\"hook_event_name\":\"Stop\",\"background_tasks\":[{\"status\":\"running\"}]}",
		    TURN_BUSY },
		{ "{\"hook_event_name\":\"Notification\",\"notification_type\":\"auth\"}",
		    TURN_BUSY },
		{ "{\"hook_event_name\":\"Stop\",\"background_tasks\":[]}", TURN_IDLE },
		{ "{\"hook_event_name\":\"Notification\",\"notification_type\":\"permission_"
		  "prompt\"}",
		    TURN_ASKING },
		{ "{\"hook_event_name\":\"StopFailure\",\"error\":\"unknown\"}", TURN_IDLE },
		{ "{\"hook_event_name\":\"SessionEnd\"}", TURN_OVER },
	};
	struct turn t = { 0 };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(steps); i++) {
		struct turn_news h = hook(steps[i].hook);
		enum turn_state before = t.state;
		int64_t since = t.since_wall_ms, now = (int64_t)(i + 1) * 60000;

		t = turn_step(&t, &h, now);
		if (t.state != steps[i].want)
			fail_msg("%s: %s", steps[i].hook, turn_state_name(t.state));
		assert_int_equal(t.since_wall_ms, before == t.state ? since : now);
		assert_string_equal(t.session, "s1");
		turn_news_release(&h);
	}
}

static void
test_told_once_a_turn(void **state)
{
	struct turn t = { .state = TURN_IDLE, .is_told = true, .inbox = { { 1 } } };
	struct turn_news tool = hook("{\"hook_event_name\":\"PreToolUse\"}");
	struct turn_news prompt = hook("{\"hook_event_name\":\"UserPromptSubmit\"}");

	(void)state;
	t = turn_step(&t, &tool, 1);
	assert_true(t.is_told);
	t = turn_step(&t, &prompt, 1);
	assert_false(t.is_told);
	assert_false(digest_is_set(&t.inbox));
}

static void
test_round_trip(void **state)
{
	struct turn t = { .state = TURN_ASKING,
		.since_wall_ms = 1795000000000,
		.event = "PermissionRequest",
		.session = "abc",
		.is_told = true,
		.inbox = { { 0xab, 0xcd } } },
		    back;
	_cleanup_(buf_release) struct buf a = BUF_INIT, b = BUF_INIT;

	(void)state;
	turn_dump(&t, &a);
	assert_int_equal(turn_load(buf_str(&a), &back, NULL), 0);
	turn_dump(&back, &b);
	assert_string_equal(a.p, b.p);
	assert_int_equal(
	    turn_load(STR("{\"state\":\"happy\",\"since\":\"x\"}"), &back, NULL), ERR_INVALID);
	assert_int_equal(turn_load(STR("{}"), &back, NULL), ERR_INVALID);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_is_read),
		cmocka_unit_test(test_what_is_refused_X_6),
		cmocka_unit_test(test_turns),
		cmocka_unit_test(test_told_once_a_turn),
		cmocka_unit_test(test_round_trip),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
