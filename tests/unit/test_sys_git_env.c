/* SPDX-License-Identifier: GPL-2.0-only */
#include "base/base.h"
#include "sys/git_env.h"

#include "sys/proc.h"
#include "test_sys.h"

/* git itself says which variables are about one repository. */
static void
test_all_that_git_calls_local_is_forgotten(void **state)
{
	_cleanup_(strvec_release) struct strvec argv = STRVEC_INIT;
	_cleanup_(buf_release) struct buf out = BUF_INIT;
	struct err err = ERR_INIT;
	struct str rest, name;
	int status = -1, n = 0;

	(void)state;
	strvec_push(&argv, "git");
	strvec_push(&argv, "rev-parse");
	strvec_push(&argv, "--local-env-vars");
	assert_int_equal(proc_run(&argv, "/", 60000, 10000, &out, &status, &err), 0);
	assert_int_equal(status, 0);
	for (rest = buf_str(&out); str_cut(&rest, '\n', &name); n++) {
		char *s = xstrndup(name.p, name.len);

		assert_int_equal(setenv(s, "x", 1), 0);
		free(s);
	}
	assert_true(n > 10);
	assert_int_equal(setenv("GIT_AUTHOR_NAME", "Ann", 1), 0);
	git_env_forget();
	for (rest = buf_str(&out); str_cut(&rest, '\n', &name);) {
		char *s = xstrndup(name.p, name.len);

		if (getenv(s) != NULL)
			fail_msg("%s is still there", s);
		free(s);
	}
	assert_string_equal(getenv("GIT_AUTHOR_NAME"), "Ann"); /* who one is, not where */
}

static void
test_places_are_told_from_options(void **state)
{
	(void)state;
	assert_true(git_env_is_place("GIT_DIR=/x"));
	assert_true(git_env_is_place("GIT_INDEX_FILE"));
	assert_false(git_env_is_place("GIT_DIRECTORY=/x"));
	assert_false(git_env_is_place("GIT_CONFIG_COUNT=1"));
	assert_true(git_env_is_place("GIT_CONFIG=/x"));
	assert_false(git_env_is_place("git_dir=/x"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_places_are_told_from_options),
		cmocka_unit_test(test_all_that_git_calls_local_is_forgotten),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
