/* SPDX-License-Identifier: GPL-2.0-only */
/* A ticket that begins at another commit: what it builds on is what that has in common with the base. */
#include "base/base.h"

#include "test_effect_git.h"

static struct oid
from(struct oid commit, enum git_answer want, const char *part)
{
	AUTO_RESULT r = GIT_RESULT_INIT;

	git_repo_preflight(git_repo, "main", "reeve/7-x", &r);
	assert_answer(r, GIT_ANSWER_OK);
	assert_false(oid_is_set(r.b));
	git_repo_preflight_from(git_repo, r.a, commit, &r);
	assert_answer(r, want);
	if (part)
		assert_has(r.text.p, part);
	return r.a;
}

static void
test_from_builds_on_what_both_have(void **state)
{
	struct oid fork, old;

	(void)state;
	fork = git_rev("main");
	git_sh("cd repo; git switch -qc feature; echo 1 >f; git add f; git commit -qm f; git "
	       "switch -q main; "
	       "echo 2 >a; git commit -qam a");
	assert_true(oid_eq(from(git_rev("feature"), GIT_ANSWER_OK, NULL), fork));
	/* an older state of the base itself; and its tip */
	old = git_rev("main~1");
	assert_true(oid_eq(from(old, GIT_ANSWER_OK, NULL), old));
	assert_true(oid_eq(from(git_rev("main"), GIT_ANSWER_OK, NULL), git_rev("main")));
}

static void
test_from_a_stranger_or_nothing_D_58(void **state)
{
	(void)state;
	git_sh(
	    "cd repo; git checkout -q --orphan other; git commit -qm other; git checkout -q main");
	(void)from(git_rev("other"), GIT_ANSWER_ENVIRONMENT, "shares no history with its base");
	(void)from(git_id("0123456789012345678901234567890123456789"), GIT_ANSWER_ENVIRONMENT,
	    "cannot be read");
	(void)from(git_id(git_out("git -C repo rev-parse 'main^{tree}'")), GIT_ANSWER_ENVIRONMENT,
	    "cannot be read");
}

int
main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, git_setup_test, git_teardown_test)
	const struct CMUnitTest tests[] = {
		T(test_from_builds_on_what_both_have),
		T(test_from_a_stranger_or_nothing_D_58),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
