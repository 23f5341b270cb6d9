/* SPDX-License-Identifier: GPL-2.0-only */
/* The small files of an episode: they come back as they were written, and nothing half is taken. */
#include "base/base.h"

#include "codec/episode_json.h"

#include <jansson.h>
#include <setjmp.h>

#include <cmocka.h>

static char *
random_bytes(bool may_be_odd)
{
	_cleanup_(buf_release) struct buf b = BUF_INIT;

	for (long n = random() % 12; n > 0; n--)
		buf_addch(&b, (char)(random() % (may_be_odd ? 255 : 127) + 1));
	return buf_take(&b);
}

static void
same_list(const struct strvec *a, const struct strvec *b)
{
	assert_int_equal(a->n, b->n);
	for (size_t i = 0; i < a->n; i++)
		assert_string_equal(a->v[i], b->v[i]);
}

static void
same_text(const char *a, const char *b)
{
	assert_string_equal(a ? a : "(none)", b ? b : "(none)");
}

static void
test_launch_round_trip(void **state)
{
	(void)state;
	srandom(1);
	for (int round = 0; round < 500; round++) {
		struct launch l = { .grace_ms = random() % 86400001 }, m;
		_cleanup_(buf_release) struct buf b = BUF_INIT;
		_cleanup_(free_charp) char *odd = random_bytes(true);
		struct err err = ERR_INIT;

		strvec_push(&l.argv, "sh");
		for (long n = random() % 4; n > 0; n--)
			strvec_push_take(&l.argv, random_bytes(round % 2));
		for (long n = random() % 3; n > 0; n--) {
			_cleanup_(free_charp) char *value = random_bytes(round % 2);
			_cleanup_(buf_release) struct buf pair = BUF_INIT;

			buf_addf(&pair, "N%ld=%s", n, value);
			strvec_push(&l.env, pair.p);
			strvec_push(&l.unset, "TMUX");
		}
		{
			_cleanup_(buf_release) struct buf path = BUF_INIT;

			buf_addf(&path, "/w/%s", odd);
			l.worktree = buf_take(&path);
		}
		if (round % 3)
			l.tmux_socket = xstrdup("reeve");
		if (round % 4 > 1) {
			strvec_push(&l.setup, "npm");
			strvec_push_take(&l.setup, random_bytes(round % 2));
		}
		l.port = round % 5 ? (uint32_t)(random() % 65535 + 1) : 0;
		l.feed = round % 6 ? NULL : xstrdup("brief.md");
		l.agent = round % 7 ? xstrdup("sh") : NULL;
		l.session = round % 3 ? xstrdup("0b1c-x") : NULL;
		l.continues = round % 4 ? NULL : xstrdup("12.3");
		launch_dump(&l, &b);
		if (launch_load(buf_str(&b), &m, &err) < 0)
			fail_msg("%s: %s", b.p, err.text);
		same_list(&l.argv, &m.argv);
		same_list(&l.env, &m.env);
		same_list(&l.unset, &m.unset);
		same_list(&l.setup, &m.setup);
		assert_int_equal(l.port, m.port);
		same_text(l.feed, m.feed);
		same_text(l.agent, m.agent);
		same_text(l.session, m.session);
		same_text(l.continues, m.continues);
		assert_string_equal(l.worktree, m.worktree);
		assert_string_equal(
		    l.tmux_socket ? l.tmux_socket : "-", m.tmux_socket ? m.tmux_socket : "-");
		assert_int_equal(l.grace_ms, m.grace_ms);
		/* cut anywhere, it is refused */
		for (size_t n = 0; n < b.len - 2; n += 7)
			assert_int_equal(launch_load(str_n(b.p, n), &m, NULL), ERR_INVALID);
		launch_release(&l);
		launch_release(&m);
		launch_release(&m);
	}
}

static void
test_launch_refuses_X_6(void **state)
{
	static const struct {
		const char *text, *want;
	} rows[] = {
		{ "", "empty" },
		{ "{}", "\"reeve\" is missing" },
		{ "{\"reeve\":2}", "\"reeve\"" },
		{ "{\"reeve\":1}", "\"grace_ms\" is missing" },
		{ "{\"reeve\":1,\"grace_ms\":\"5\"}", "\"grace_ms\" must be a whole number" },
		{ "{\"reeve\":1,\"grace_ms\":-1}", "\"grace_ms\" must be" },
		{ "{\"reeve\":1,\"grace_ms\":5}", "\"argv\" must begin with a program" },
		{ "{\"reeve\":1,\"grace_ms\":5,\"argv\":[\"\"]}", "\"argv\" must begin" },
		{ "{\"reeve\":1,\"grace_ms\":5,\"argv\":[\"x\"],\"stdin\":\"../x\"}",
		    "\"stdin\" must be a name" },
		{ "{\"reeve\":1,\"grace_ms\":5,\"argv\":\"sh\"}", "\"argv\" must be an array" },
		{ "{\"reeve\":1,\"grace_ms\":5,\"argv\":[\"sh\"]}", "\"worktree\"" },
		{ "{\"reeve\":1,\"grace_ms\":5,\"argv\":[\"sh\"],\"worktree\":\"w\"}", "absolute" },
		{ "{\"reeve\":1,\"grace_ms\":5,\"argv\":[\"sh\"],\"worktree\":7}", "a string" },
		{ "{\"reeve\":1,\"grace_ms\":5,\"argv\":[\"sh\"],\"worktree\":\"/"
		  "w\",\"env\":[\"A\"]}",
		    "NAME=value" },
		{ "{\"reeve\":1,\"grace_ms\":5,\"argv\":[\"sh\"],\"worktree\":\"/"
		  "w\",\"env\":[\"=A\"]}",
		    "NAME=value" },
		{ "{\"reeve\":1,\"grace_ms\":5,\"argv\":[\"sh\"],\"worktree\":\"/"
		  "w\",\"unset\":[\"A=\"]}",
		    "a NAME" },
		{ "{\"reeve\":1,\"grace_ms\":5,\"argv\":[\"sh\"],\"worktree\":\"/"
		  "w\",\"setup\":[\"\"]}",
		    "\"setup\" must begin" },
		{ "{\"reeve\":1,\"grace_ms\":5,\"argv\":[\"sh\"],\"worktree\":\"/"
		  "w\",\"port\":65536}",
		    "\"port\"" },
		{ "{\"reeve\":1,\"grace_ms\":5,\"argv\":[\"sh\",\"a\\u0000b\"],\"worktree\":\"/"
		  "w\"}",
		    "not JSON" },
		{ "{\"reeve\":1,\"reeve\":1}", "duplicate" },
		{ "{\"reeve\":1,\"x\":[[[[[[[[1]]]]]]]]}", "8 levels" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct launch l = { .grace_ms = 77 };
		struct err err = ERR_INIT;

		assert_int_equal(launch_load(str_of(rows[i].text), &l, &err), ERR_INVALID);
		if (strstr(err.text, rows[i].want) == NULL)
			fail_msg("%s: \"%s\"", rows[i].text, err.text);
		assert_int_equal(l.grace_ms, 77);
	}
}

static void
test_launch_tolerates_unknown_keys(void **state)
{
	struct launch l;
	struct err err = ERR_INIT;

	(void)state;
	assert_int_equal(launch_load(STR("{\"reeve\":1,\"new\":{\"a\":1},\"grace_ms\":0,"
					 "\"argv\":[\"sh\"],\"worktree\":\"/w\"}"),
			     &l, &err),
	    0);
	assert_int_equal(l.env.n, 0);
	assert_null(l.tmux_socket);
	launch_release(&l);
}

static void
test_exit_round_trip(void **state)
{
	(void)state;
	srandom(9);
	for (int round = 0; round < 500; round++) {
		struct exit_note n = {
			.has_started = round % 2,
			.exec_errno = (int)(random() % 130),
			.exit_code = (int)(random() % 257) - 1,
			.exit_signal = (int)(random() % 65),
			.leftovers = (uint32_t)random() * 2u,
			.started_wall_ms = (int64_t)random() * 1000 + 123,
			.ended_wall_ms = -(int64_t)random(),
		};
		_cleanup_(buf_release) struct buf b = BUF_INIT;
		struct err err = ERR_INIT;
		struct exit_note m;

		if (round % 3)
			n.exec_error = random_bytes(false);
		if (round % 7 == 0) {
			n.setup = random_bytes(false);
			n.was_stopped = round % 2;
			n.was_paused = round % 5 == 0;
		}
		exit_note_dump(&n, &b);
		if (exit_note_load(buf_str(&b), &m, &err) < 0)
			fail_msg("%s: %s", b.p, err.text);
		assert_int_equal(n.has_started, m.has_started);
		assert_int_equal(n.exec_errno, m.exec_errno);
		assert_int_equal(n.exit_code, m.exit_code);
		assert_int_equal(n.exit_signal, m.exit_signal);
		assert_int_equal(n.leftovers, m.leftovers);
		assert_int_equal(n.started_wall_ms, m.started_wall_ms);
		assert_int_equal(n.ended_wall_ms, m.ended_wall_ms);
		assert_string_equal(
		    n.exec_error ? n.exec_error : "-", m.exec_error ? m.exec_error : "-");
		assert_string_equal(n.setup ? n.setup : "-", m.setup ? m.setup : "-");
		assert_int_equal(n.was_stopped, m.was_stopped);
		assert_int_equal(n.was_paused, m.was_paused);
		for (size_t k = 0; k < b.len - 2; k += 5)
			assert_int_equal(exit_note_load(str_n(b.p, k), &m, NULL), ERR_INVALID);
		exit_note_release(&n);
		exit_note_release(&m);
	}
}

/* Each key is needed, and has one type. */
static void
test_exit_refuses_X_6(void **state)
{
	static const char *const keys[] = { "reeve", "has_started", "exec_errno", "exit_code",
		"exit_signal", "leftovers", "started_wall_ms", "ended_wall_ms" };
	struct exit_note n = { .has_started = true, .exit_code = 3 }, m = { .leftovers = 77 };
	_cleanup_(buf_release) struct buf b = BUF_INIT;

	(void)state;
	exit_note_dump(&n, &b);
	for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
		for (int wrong = 0; wrong < 2; wrong++) {
			json_t *o = json_loads(b.p, 0, NULL);
			struct err err = ERR_INIT;
			char *text;

			if (wrong)
				assert_int_equal(
				    json_object_set_new(o, keys[i], json_string("1")), 0);
			else
				assert_int_equal(json_object_del(o, keys[i]), 0);
			text = json_dumps(o, 0);
			assert_int_equal(exit_note_load(str_of(text), &m, &err), ERR_INVALID);
			assert_non_null(strstr(err.text, keys[i]));
			assert_non_null(strstr(err.text, wrong ? "must be" : "is missing"));
			assert_int_equal(m.leftovers, 77);
			free(text);
			json_decref(o);
		}
	}
}

static void
test_exit_words(void **state)
{
	char error[] = "No such file\x1b", setup[] = "npm ci";
	const struct {
		struct exit_note n;
		const char *want;
	} rows[] = {
		{ { .has_started = true }, "exit status 0" },
		{ { .has_started = true, .exit_code = 3 }, "exit status 3" },
		{ { .has_started = true, .exit_code = -1, .exit_signal = 9 },
		    "killed by signal 9 (KILL)" },
		{ { .has_started = true, .exit_code = -1, .exit_signal = 15 },
		    "killed by signal 15 (TERM)" },
		{ { .has_started = true, .exit_code = -1, .exit_signal = 60 },
		    "killed by signal 60" },
		{ { .exec_errno = 2, .exec_error = error }, "not executed: No such file\\x1b" },
		{ { .exec_errno = 2 }, "not executed: error 2" },
		{ { .exec_errno = 0 }, "not executed" },
		{ { .setup = setup, .exit_code = 1 }, "the setup failed (npm ci): exit status 1" },
		{ { .setup = setup, .exit_code = -1, .exit_signal = 9 },
		    "the setup failed (npm ci): killed by signal 9 (KILL)" },
		{ { .setup = setup, .exec_errno = 2, .exec_error = error },
		    "the setup failed (npm ci): No such file\\x1b" },
		{ { .setup = setup, .was_stopped = true, .exit_code = -1, .exit_signal = 15 },
		    "not executed: stopped in its setup (npm ci): killed by signal 15 (TERM)" },
		{ { .setup = setup, .was_paused = true, .exec_error = error },
		    "not executed: No such file\\x1b" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		_cleanup_(buf_release) struct buf b = BUF_INIT;

		exit_note_words(&rows[i].n, &b);
		assert_string_equal(b.p, rows[i].want);
	}
}

static void
test_outcome_has_eight_fields_E_22(void **state)
{
	struct strvec next = STRVEC_INIT, none = STRVEC_INIT;
	struct outcome o = { .status = "died",
		.summary = "exit status 3 \xff",
		.safe_retry = true,
		.next_actions = &next,
		.artifacts = &none };
	_cleanup_(buf_release) struct buf b = BUF_INIT;

	(void)state;
	strvec_push(&next, "reeve retry 12");
	outcome_dump((struct episode_id){ { 12 }, 3 }, &o, &b);
	assert_string_equal(b.p,
	    "{\n \"reeve\": 1,\n \"episode\": \"12.3\",\n \"status\": \"died\",\n"
	    " \"summary\": \"exit status 3 \\\\xff\",\n \"root_cause\": \"\",\n"
	    " \"safe_retry\": true,\n \"stop_condition\": \"\",\n"
	    " \"human_input_required\": \"\",\n \"next_actions\": [\n  \"reeve retry 12\"\n ],\n"
	    " \"artifacts\": []\n}\n");
	buf_clear(&b);
	outcome_dump((struct episode_id){ { 1 }, 1 }, &(struct outcome){ .status = "done" }, &b);
	assert_non_null(strstr(b.p, "\"artifacts\": []"));
	strvec_release(&next);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_launch_round_trip),
		cmocka_unit_test(test_launch_refuses_X_6),
		cmocka_unit_test(test_launch_tolerates_unknown_keys),
		cmocka_unit_test(test_exit_round_trip),
		cmocka_unit_test(test_exit_refuses_X_6),
		cmocka_unit_test(test_exit_words),
		cmocka_unit_test(test_outcome_has_eight_fields_E_22),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
