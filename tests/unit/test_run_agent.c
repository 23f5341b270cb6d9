/* SPDX-License-Identifier: GPL-2.0-only */
#include "base/base.h"
#include "run/agent.h"

#include "run/finish.h"
#include "run/handover.h"
#include "test_run.h"

static const char *
value(const struct strvec *env, const char *name)
{
	const char *found = NULL;
	size_t len = strlen(name);

	for (size_t i = 0; i < env->n; i++) {
		if (strncmp(env->v[i], name, len) == 0 && env->v[i][len] == '=') {
			assert_null(found); /* once */
			found = env->v[i] + len + 1;
		}
	}
	return found;
}

static void
check_value(const struct strvec *env, const char *name, const char *want)
{
	const char *is = value(env, name);

	if (want == NULL) {
		assert_null(is);
	} else {
		assert_non_null(is);
		assert_string_equal(is, want);
	}
}

static void
test_agent_environment_C_18(void **state)
{
	_cleanup_(strvec_release) struct strvec own = STRVEC_INIT, env = STRVEC_INIT;
	struct launch l = { .grace_ms = 0 };
	static const char *const given[] = { "PATH=/bin:/usr/bin", "TMUX=/tmp/x,1,0",
		"TMUX_PANE=%3", "TMUXINATOR=stays", HANDOVER_MARK "=1 2 3", "SECRET=x",
		"SECRETARY=y", "EMPTY=", "COLOUR=red", "REEVE_NONCE=right", "REEVE_TICKET=12" };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(given); i++)
		strvec_push(&own, given[i]);
	strvec_push(&l.unset, "SECRET");
	strvec_push(&l.unset, "NOT_THERE");
	strvec_push(&l.unset, "REEVE_TICKET");
	strvec_push(&l.env, "COLOUR=blue");
	strvec_push(&l.env, "MORE=a=b");
	strvec_push(&l.env, "REEVE_NONCE=wrong");
	strvec_push(&l.env, "no assignment");
	agent_environment(own.v, &l, "/opt/reeve", &env);
	check_value(&env, "PATH", "/opt/reeve:/bin:/usr/bin");
	check_value(&env, "TMUX", NULL);
	check_value(&env, "TMUX_PANE", NULL);
	check_value(&env, "TMUXINATOR", "stays");
	check_value(&env, HANDOVER_MARK, NULL);
	check_value(&env, "SECRET", NULL);
	check_value(&env, "SECRETARY", "y");
	check_value(&env, "EMPTY", "");
	check_value(&env, "COLOUR", "blue");
	check_value(&env, "MORE", "a=b");
	check_value(&env, "REEVE_NONCE", "right");
	check_value(&env, "REEVE_TICKET", "12");
	assert_int_equal(env.n, 8);
	launch_release(&l);
}

/* Whatever the supervisor was started in: git of the agent knows no repository but that of its worktree. */
static void
test_agent_environment_names_no_other_repository_E_37(void **state)
{
	static const char *const given[] = { "GIT_DIR=/r/.git", "GIT_WORK_TREE=/r",
		"GIT_INDEX_FILE=/r/.git/index", "GIT_COMMON_DIR=/r/.git", "GIT_PREFIX=x/",
		"GIT_OBJECT_DIRECTORY=/r/o", "GIT_AUTHOR_NAME=Ann",
		"GIT_CEILING_DIRECTORIES=/opt" };
	_cleanup_(strvec_release) struct strvec own = STRVEC_INIT, env = STRVEC_INIT,
						plain = STRVEC_INIT, odd = STRVEC_INIT;
	char *const none[] = { NULL };
	struct launch l = { .grace_ms = 0 };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(given); i++)
		strvec_push(&own, given[i]);
	l.worktree = xstrdup("/s/worktrees/app/12-x");
	agent_environment(own.v, &l, "", &env);
	check_value(&env, "GIT_AUTHOR_NAME", "Ann");
	check_value(&env, "GIT_CEILING_DIRECTORIES", "/s/worktrees/app:/opt");
	assert_int_equal(env.n, 2);
	strvec_push(&l.env, "GIT_DIR=/meant"); /* whoever configures that means it */
	agent_environment(none, &l, "", &plain);
	check_value(&plain, "GIT_DIR", "/meant");
	check_value(&plain, "GIT_CEILING_DIRECTORIES", "/s/worktrees/app");
	set_charp(&l.worktree, "/s:t/x");
	agent_environment(own.v, &l, "", &odd);
	check_value(&odd, "GIT_CEILING_DIRECTORIES", "/opt");
	launch_release(&l);
}

static void
test_agent_path(void **state)
{
	static const struct {
		const char *own, *dir, *want;
	} cases[] = {
		{ "PATH=/opt/reeve:/bin", "/opt/reeve", "/opt/reeve:/bin" },
		{ "PATH=/bin:/opt/reeve", "/opt/reeve", "/opt/reeve:/bin:/opt/reeve" },
		{ "PATH=/bin", "/with:colon", "/bin" },
		{ "A=b", "/opt/reeve", "/opt/reeve:/usr/local/bin:/usr/bin:/bin" },
	};
	struct launch l = { .grace_ms = 0 };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		_cleanup_(strvec_release) struct strvec own = STRVEC_INIT, env = STRVEC_INIT;

		strvec_push(&own, cases[i].own);
		agent_environment(own.v, &l, cases[i].dir, &env);
		check_value(&env, "PATH", cases[i].want);
	}
}

/* A marker that is not of this process means nothing. */
static void
test_handover_is_of_this_process_X_22(void **state)
{
	static const char *const bad[] = { "", "1", "1 3 4", "x 3 4", "-1 3 4" };
	char text[64];

	(void)state;
	assert_int_equal(unsetenv(HANDOVER_MARK), 0);
	assert_false(handover_is_due());
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		assert_int_equal(setenv(HANDOVER_MARK, bad[i], 1), 0);
		assert_false(handover_is_due());
		assert_null(getenv(HANDOVER_MARK));
	}
	snprintf(text, sizeof text, "%d 3 4 5", (int)getpid());
	assert_int_equal(setenv(HANDOVER_MARK, text, 1), 0);
	assert_false(handover_is_due());
	snprintf(text, sizeof text, "%d 3 4", (int)getpid());
	assert_int_equal(setenv(HANDOVER_MARK, text, 1), 0);
	assert_true(handover_is_due());
	assert_int_equal(unsetenv(HANDOVER_MARK), 0);
}

/* Marks the two descriptors as those of the locks, and takes them over. */
static enum run_exit
hand_over(struct claim *c, int ticket_lock, int lock, const char *nonce)
{
	char text[64];
	enum run_exit r;

	snprintf(text, sizeof text, "%d %d %d", (int)getpid(), ticket_lock, lock);
	assert_int_equal(setenv(HANDOVER_MARK, text, 1), 0);
	if (nonce != NULL)
		assert_int_equal(setenv("REEVE_NONCE", nonce, 1), 0);
	else
		assert_int_equal(unsetenv("REEVE_NONCE"), 0);
	assert_int_equal(claim_open(c, io_real(), place_path, "12.3", NULL), RUN_OK);
	r = handover_take(c, NULL);
	assert_null(getenv(HANDOVER_MARK));
	return r;
}

static void
test_handover_takes_only_the_locks(void **state)
{
	struct claim c = CLAIM_INIT;
	int one = lock_take(io_real(), place, "tickets/12/lock", "", NULL, NULL);
	int two = lock_take(io_real(), place, TEST_EP "lock", "", NULL, NULL);
	int wrong = dup(STDERR_FILENO);

	(void)state;
	assert_int_equal(lock_inherit(one, NULL), 0);
	assert_int_equal(lock_inherit(two, NULL), 0);
	assert_int_equal(hand_over(&c, dup(wrong), dup(two), TEST_NONCE), RUN_IO);
	claim_release(&c);
	assert_int_equal(hand_over(&c, dup(two), dup(one), TEST_NONCE), RUN_IO);
	claim_release(&c);
	assert_int_equal(hand_over(&c, dup(one), 9999, TEST_NONCE), RUN_IO);
	claim_release(&c);
	assert_int_equal(hand_over(&c, dup(one), dup(two), "short"), RUN_BAD);
	claim_release(&c);
	assert_int_equal(hand_over(&c, dup(one), dup(two), NULL), RUN_BAD);
	claim_release(&c);
	assert_int_equal(hand_over(&c, one, two, TEST_NONCE), RUN_OK);
	assert_int_equal(fcntl(one, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
	assert_int_equal(fcntl(two, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
	assert_string_equal(c.nonce, TEST_NONCE);
	assert_string_equal(c.launch.argv.v[0], "true");
	claim_release(&c);
	(void)close(wrong);
}

static void
test_finish_capture(void **state)
{
	_cleanup_(strvec_release) struct strvec argv = STRVEC_INIT, named = STRVEC_INIT;

	(void)state;
	assert_false(finish_capture_argv(NULL, "%1", &argv));
	assert_false(finish_capture_argv("", "%1", &argv));
	assert_false(finish_capture_argv("s", NULL, &argv));
	assert_false(finish_capture_argv("s", "", &argv));
	assert_false(finish_capture_argv("s", "1", &argv));
	assert_false(finish_capture_argv("s", "%1;kill-server", &argv));
	assert_int_equal(argv.n, 0);
	assert_true(finish_capture_argv("/run/s", "%1", &argv));
	assert_string_equal(argv.v[1], "-S");
	assert_true(finish_capture_argv("reeve", "%12", &named));
	assert_string_equal(named.v[1], "-L");
	assert_string_equal(named.v[2], "reeve");
	assert_string_equal(named.v[6], "%12");
}

static void
test_finish_writes_once_E_16(void **state)
{
	_cleanup_(buf_release) struct buf text = BUF_INIT;
	struct exit_note note = { .has_started = true, .exit_code = 3 }, read = { .exit_code = 0 };
	struct claim c = CLAIM_INIT;
	struct err err = ERR_INIT;

	(void)state;
	assert_int_equal(claim_open(&c, io_real(), place_path, "12.3", NULL), RUN_OK);
	assert_int_equal(finish_tail(&c, NULL, &err), 0);
	check_file(TEST_EP CLAIM_TAIL, "");
	/* No such server: an empty file, and a sentence. */
	c.launch.tmux_socket = xstrdup("/nowhere/at/all");
	assert_int_equal(finish_tail(&c, "%1", &err), ERR_EXTERNAL);
	check_file(TEST_EP CLAIM_TAIL, "");
	/* But there is a record. */
	put_file(TEST_EP "pane.log", "|\r/\r-\r\033[31mlast\033[0m words\r\n\033]0;x\a");
	assert_int_equal(finish_tail(&c, "%1", &err), 0);
	check_file(TEST_EP CLAIM_TAIL, "last words\n");
	put_file(TEST_EP "pane.log.1", "\033[8;10;20tbefore\r\n");
	assert_int_equal(finish_tail(&c, NULL, &err), 0);
	check_file(TEST_EP CLAIM_TAIL, "before\nlast words\n");
	assert_int_equal(finish_note(&c, &note, &err), 0);
	note.exit_code = 4;
	assert_int_equal(finish_note(&c, &note, &err), ERR_CONFLICT);
	assert_int_equal(file_read(io_real(), c.dir, CLAIM_EXIT, 4096, &text, NULL), 0);
	assert_int_equal(exit_note_load(buf_str(&text), &read, NULL), 0);
	assert_true(read.has_started);
	assert_int_equal(read.exit_code, 3);
	exit_note_release(&read);
	claim_release(&c);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_agent_environment_C_18),
		cmocka_unit_test(test_agent_environment_names_no_other_repository_E_37),
		cmocka_unit_test(test_agent_path),
		cmocka_unit_test(test_handover_is_of_this_process_X_22),
		in_state(test_handover_takes_only_the_locks),
		cmocka_unit_test(test_finish_capture),
		in_state(test_finish_writes_once_E_16),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
