/* SPDX-License-Identifier: GPL-2.0-only */
/* A worktree is not removed while a submodule of it has what is nowhere else. */
#include "base/base.h"

#include "test_effect_git.h"

#include "effect/git_worktree.h"

static void
submodule(void)
{
	git_sh(
	    "git init -q -b main sub; cd sub; git config user.name x; git config user.email x@y; "
	    "echo 1 >s; git add s; git commit -qm 1; cd ../repo; git -c "
	    "protocol.file.allow=always submodule --quiet add ../sub mod; git commit -qm sub");
}

static void
worker(void)
{
	AUTO_RESULT r = GIT_RESULT_INIT;

	git_worktree_prepare(git_repo, git_path("w/7-x"), "work", git_rev("main"), &r);
	assert_answer(r, GIT_ANSWER_OK);
	git_sh(
	    "cd w/7-x; git -c protocol.file.allow=always submodule --quiet update --init; cd mod; "
	    "git config user.name x; git config user.email x@y; git commit -q --allow-empty -m 2; "
	    "cd ..; git add mod; git commit -qm w");
}

static void
removed(bool want, const char *part)
{
	AUTO_RESULT r = GIT_RESULT_INIT;

	git_worktree_remove(git_repo, git_path("w/7-x"), "work", git_rev("work"), &r);
	assert_answer(r, GIT_ANSWER_OK);
	if (part)
		assert_has(r.text.p, part);
	assert_int_equal(r.flag, want);
	assert_int_equal(git_there("w/7-x"), !want);
}

static void
test_a_commit_that_only_a_submodule_has_keeps_the_worktree_X_36(void **state)
{
	(void)state;
	submodule();
	worker();
	removed(false, "its submodule mod holds commits that are only there");
	git_sh("git -C w/7-x/mod checkout -qb topic; git -C w/7-x/mod checkout -q HEAD~1; git -C "
	       "w/7-x submodule --quiet update --force mod");
	removed(false, "its submodule mod holds commits"); /* on a branch of it */
	git_sh("git -C w/7-x/mod push -q origin topic");
	removed(true, NULL);
}

static void
test_a_submodule_with_its_repository_inside_is_seen_X_36(void **state)
{
	AUTO_RESULT r = GIT_RESULT_INIT;

	(void)state;
	git_worktree_prepare(git_repo, git_path("w/7-x"), "work", git_rev("main"), &r);
	assert_answer(r, GIT_ANSWER_OK);
	git_sh("cd w/7-x; git init -q in; git -C in -c user.name=x -c user.email=x@y commit -q "
	       "--allow-empty -m 1; git add in 2>/dev/null; git commit -qm w");
	removed(false, "its submodule in holds commits");
}

static void
test_a_submodule_as_it_was_fetched_goes_with_the_worktree_X_36(void **state)
{
	AUTO_RESULT r = GIT_RESULT_INIT;

	(void)state;
	submodule();
	git_sh("git -C sub commit -q --allow-empty -m 2; cd repo; git -C mod pull -q; git commit "
	       "-qam up");
	git_worktree_prepare(git_repo, git_path("w/7-x"), "work", git_rev("main"), &r);
	assert_answer(r, GIT_ANSWER_OK);
	/* a shallow one cannot be walked */
	git_sh("cd w/7-x; git -c protocol.file.allow=always submodule --quiet update --init "
	       "--depth 1");
	removed(true, NULL);
}

int
main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, git_setup_test, git_teardown_test)
	const struct CMUnitTest tests[] = {
		T(test_a_commit_that_only_a_submodule_has_keeps_the_worktree_X_36),
		T(test_a_submodule_with_its_repository_inside_is_seen_X_36),
		T(test_a_submodule_as_it_was_fetched_goes_with_the_worktree_X_36),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
