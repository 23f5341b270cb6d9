/* SPDX-License-Identifier: GPL-2.0-only */
/* The hook `landed`: at least once for each ticket that becomes done while there is one, and for no other. */
#include "test_engine.h"

static struct play play;
static char hook_argv[400], hook_env[1000];

/* Pointers of a piece of work are good for the call only. */
static struct world_ops telling_ops;
static int
tell(struct world *w, const struct work *work, struct err *err)
{
	_cleanup_(buf_release) struct buf argv = BUF_INIT, env = BUF_INIT;

	if (work->kind == WORK_HOOK) {
		for (size_t i = 0; i < work->argv->n; i++)
			buf_addf(&argv, "[%s]", work->argv->v[i]);
		for (size_t i = 0; i < work->env->n; i++)
			buf_addf(&env, "%s\n", work->env->v[i]);
		(void)snprintf(hook_argv, sizeof hook_argv, "%s", argv.p);
		(void)snprintf(hook_env, sizeof hook_env, "%s", env.p);
	}
	return play_start(w, work, err);
}

static void
configure(const char *more)
{
	_cleanup_(buf_release) struct buf b = BUF_INIT;

	buf_addf(&b,
	    "[defaults]\nagent = sh\nremind = 0s\n[agent \"sh\"]\nstart = sh -c {text}\n"
	    "[repo \"app\"]\npath = %s\nbase = main\n%s",
	    place_path, more);
	put_file("state/config", b.p);
}

static void
open_it(void)
{
	struct err err = ERR_INIT;

	telling_ops = play_ops;
	telling_ops.start = tell;
	play.world.ops = &telling_ops;
	if (play_open(&play, io_real(), false, &err) < 0)
		fail_msg("%s", err.text);
}

static void
begin(const char *more)
{
	play_init(&play);
	configure(more);
	open_it();
	play.passes = true;
}

static void
end(void)
{
	play_die(&play);
	play_fsck(&play);
	play_close(&play);
}

static void
test_hook_runs_once_with_the_words_of_the_ticket(void **state)
{
	_cleanup_(buf_release) struct buf said = BUF_INIT;

	(void)state;
	begin("landed = hooks/landed '{ticket} {title}' x\n");
	play_create(&play, "create-1");
	play_until(&play, 1, PHASE_DONE);
	assert_int_equal(play_ticket(&play, 1).hook, HOOK_RUN);
	assert_int_equal(play.count[WORK_HOOK], 1);
	assert_string_equal(hook_argv, "[hooks/landed][1 a ticket][x]");
	assert_non_null(strstr(hook_env, "REEVE_TICKET=1\nREEVE_TITLE=a ticket\nREEVE_REPO=/"));
	assert_non_null(strstr(hook_env,
	    "\nREEVE_BRANCH=reeve/1-a-ticket\nREEVE_BASE=main\nREEVE_COMMIT=" PLAY_MERGE
	    "\nREEVE_PASSED=" PLAY_TIP "\nREEVE_LANDING=merge\n"));
	assert_int_equal(
	    file_read(io_real(), play.root.dir, "tickets/1/landed.txt", 100, &said, NULL), 0);
	assert_string_equal(said.p, "because");
	(void)play_turns(&play, 3);
	play_close(&play); /* and never again, whoever comes */
	open_it();
	(void)play_turns(&play, 3);
	assert_int_equal(play.count[WORK_HOOK], 1);
	end();
}

static void
test_hook_is_run_for_nothing_older_than_itself(void **state)
{
	(void)state;
	begin("");
	play_create(&play, "create-1");
	play_until(&play, 1, PHASE_DONE);
	assert_int_equal(play_ticket(&play, 1).hook, HOOK_UNSET);
	configure("landed = true\n");
	(void)play_turns(&play, 3);
	play_close(&play);
	open_it();
	(void)play_turns(&play, 3);
	assert_int_equal(play.count[WORK_HOOK], 0);
	end();
}

/* The supervisor ends while it runs: nobody knows how far it came. */
static void
test_hook_is_run_again_after_a_crash_in_between_D_66_E_15(void **state)
{
	struct engine_rest rest;
	struct err err = ERR_INIT;

	(void)state;
	begin("landed = true\n");
	play_create(&play, "create-1");
	for (unsigned i = 0; i < 100 && play.count[WORK_HOOK] == 0; i++) {
		struct ticket t;

		assert_int_equal(engine_turn(play.engine, &rest, &err), 0);
		while (play.asked.n > 0 && play.asked.v[0].kind != WORK_HOOK) {
			struct paper w = play.asked.v[0];

			memmove(play.asked.v, play.asked.v + 1, --play.asked.n * sizeof w);
			play_answer(&play, w.kind, w.ep);
		}
		play_live(&play, 1);
		t = play_ticket(&play, 1);
		if (play.launcher >= 0 && t.episode.state == EPISODE_RUN && !play.has_reported)
			play_report(&play, EVENT_DONE, PLAY_TIP);
		else if (t.episode.state == EPISODE_TERM)
			play_die(&play);
		else if (t.phase == PHASE_HUMAN_REVIEW)
			play_say(&play, EVENT_ACCEPT, 1, NULL, "pass-1");
	}
	assert_int_equal(play.count[WORK_HOOK], 1);
	assert_int_equal(play_ticket(&play, 1).phase, PHASE_DONE);
	assert_int_equal(play_ticket(&play, 1).hook, HOOK_OWED);
	play_close(&play);
	open_it();
	(void)play_turns(&play, 3);
	assert_int_equal(play.count[WORK_HOOK], 2);
	assert_int_equal(play_ticket(&play, 1).hook, HOOK_RUN);
	end();
}

static void
test_hook_that_fails_is_tried_again_and_then_left_to_a_person_E_24(void **state)
{
	struct engine_rest rest;

	(void)state;
	begin("landed = true\n");
	play.answer[WORK_HOOK] = WORK_BAD;
	play_create(&play, "create-1");
	play_until(&play, 1, PHASE_DONE);
	for (unsigned i = 0; i < 3 * TICKET_HOOK_TRIES_MAX; i++) {
		rest = play_turns(&play, 1);
		if (rest.next_boot_ms > play.boot_ms)
			play.boot_ms = rest.next_boot_ms;
	}
	assert_int_equal(play.count[WORK_HOOK], TICKET_HOOK_TRIES_MAX);
	assert_int_equal(play_ticket(&play, 1).hook, HOOK_FAILED);
	assert_string_equal(play_ticket(&play, 1).cause, "because");
	play.answer[WORK_HOOK] = WORK_OK;
	play_say(&play, EVENT_RETRY, 1, NULL, "retry-1");
	(void)play_turns(&play, 2);
	assert_int_equal(play_ticket(&play, 1).hook, HOOK_RUN);
	play_say(&play, EVENT_RETRY, 1, NULL, "retry-2");
	(void)play_turns(&play, 2);
	assert_int_equal(play_count_refused(&play), 1);
	end();
}

static void
test_hook_runs_for_what_is_done_without_a_landing(void **state)
{
	_cleanup_(signal_release) struct signal s = { 0 };

	(void)state;
	begin("landed = true\n");
	s.event.kind = EVENT_CREATE;
	s.event.merge_policy = MERGE_NONE;
	(void)snprintf(s.event.actor, sizeof s.event.actor, "person:test");
	set_charp(&s.spec.title, "a ticket");
	set_charp(&s.spec.text, "true");
	set_charp(&s.spec.repo, "app");
	play_publish(&play, &s, NULL, "create-1");
	play_until(&play, 1, PHASE_DONE);
	assert_int_equal(play.count[WORK_COMPUTE] + play.count[WORK_LAND], 0);
	assert_int_equal(play.count[WORK_HOOK], 1);
	assert_non_null(
	    strstr(hook_env, "\nREEVE_COMMIT=\nREEVE_PASSED=" PLAY_TIP "\nREEVE_LANDING=none\n"));
	assert_int_equal(play_ticket(&play, 1).hook, HOOK_RUN);
	end();
}

static void
test_hook_waits_for_the_kill_switch_and_goes_with_its_command_C_13(void **state)
{
	struct err err = ERR_INIT;

	(void)state;
	begin("landed = true\n");
	play.answer[WORK_HOOK] = WORK_BAD;
	play_create(&play, "create-1");
	play_until(&play, 1, PHASE_DONE);
	assert_int_equal(play_ticket(&play, 1).hook, HOOK_OWED);
	assert_int_equal(root_set_control(&play.root, "kill", "test", &err), 0);
	play.boot_ms += 3600000;
	play.answer[WORK_HOOK] = WORK_OK;
	(void)play_turns(&play, 3);
	assert_int_equal(play.count[WORK_HOOK], 1);
	configure("");
	assert_int_equal(root_clear_control(&play.root, "kill", &err), 0);
	(void)play_turns(&play, 3);
	assert_int_equal(play.count[WORK_HOOK], 1);
	assert_int_equal(play_ticket(&play, 1).hook, HOOK_RUN);
	end();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		in_place(test_hook_runs_once_with_the_words_of_the_ticket),
		in_place(test_hook_is_run_for_nothing_older_than_itself),
		in_place(test_hook_is_run_again_after_a_crash_in_between_D_66_E_15),
		in_place(test_hook_that_fails_is_tried_again_and_then_left_to_a_person_E_24),
		in_place(test_hook_runs_for_what_is_done_without_a_landing),
		in_place(test_hook_waits_for_the_kill_switch_and_goes_with_its_command_C_13),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
