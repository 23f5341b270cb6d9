/* SPDX-License-Identifier: GPL-2.0-only */
/* The merge commit, computed. */
#include "base/base.h"

#include "test_effect_git.h"

#include "test_effect_git_compute.h"

#define WHEN 1700000000123

/* Branch work: what the script does on top of main, which then goes on by what the second does. */
static struct oid
passed(const char *theirs, const char *ours)
{
	git_sh("cd repo; git checkout -qb work; %s; git add -A; git commit -qm work; git checkout "
	       "-q main; %s; git add -A;"
	       "git diff --cached --quiet || git commit -qm ours",
	    theirs, ours);
	return git_rev("work");
}

static struct oid
compute(struct oid p, enum git_answer want)
{
	AUTO_RESULT r = GIT_RESULT_INIT;

	git_compute(git_repo, "main", p, "Merge ticket 7: x\n", WHEN, &r);
	assert_answer(r, want);
	return r.b;
}

static void
test_the_merge_is_a_commit_of_both_and_changes_no_name(void **state)
{
	AUTO_RESULT r = GIT_RESULT_INIT;
	struct oid p = passed("echo 2 >a", "echo 2 >b");
	const char *refs = git_out("git -C repo show-ref");
	_cleanup_(free_charp) char *before = xstrdup(refs);

	(void)state;
	git_compute(git_repo, "main", p, "Merge ticket 7: x\n", WHEN, &r);
	assert_answer(r, GIT_ANSWER_OK);
	assert_true(oid_eq(r.a, git_rev("main")));
	assert_string_equal(
	    git_out("git -C repo log -1 --format='%%P|%%an|%%ae|%%at|%%ct|%%cn|%%s' %s", r.b.hex),
	    git_out(
		"echo \"%s %s|Ada|ada@example.org|1700000000|1700000000|Ada|Merge ticket 7: x\"",
		r.a.hex, p.hex));
	assert_string_equal(git_out("git -C repo show %s:a %s:b", r.b.hex, r.b.hex), "2\n2");
	assert_string_equal(git_out("git -C repo show-ref"), before);
	assert_string_equal(git_out("git -C repo status --porcelain"), "");
	git_sh("git -C repo fsck --strict --no-dangling");
}

static void
test_the_merge_is_the_same_each_time(void **state)
{
	struct oid p = passed("echo 2 >a", "echo 2 >b"), m = compute(p, GIT_ANSWER_OK);

	(void)state;
	assert_true(oid_eq(compute(p, GIT_ANSWER_OK), m));
	/* and a merge commit also where git would fast-forward */
	git_sh("cd repo; git reset -q --hard 'work~1'");
	m = compute(p, GIT_ANSWER_OK);
	assert_true(oid_eq(compute(p, GIT_ANSWER_OK), m));
	assert_string_equal(git_out("git -C repo rev-parse '%s^2'", m.hex), p.hex);
	assert_string_equal(git_out("git -C repo rev-parse '%s^{tree}'", m.hex),
	    git_out("git -C repo rev-parse 'work^{tree}'"));
}

static void
test_an_unnamed_author_is_reeve(void **state)
{
	struct oid m;

	(void)state;
	(void)passed("echo 2 >a", "echo 2 >b");
	git_sh("cd repo; git config --unset user.name; git config --unset user.email");
	m = compute(git_rev("work"), GIT_ANSWER_OK);
	assert_string_equal(git_out("git -C repo log -1 --format='%%an <%%ae>' %s", m.hex),
	    "reeve <reeve@localhost>");
}

static void
test_a_passed_commit_that_is_in_already_is_contained_D_66(void **state)
{
	struct oid p = passed("echo 2 >a", "true");

	(void)state;
	git_sh("cd repo; git merge -q --no-ff work -m m");
	assert_true(oid_eq(compute(p, GIT_ANSWER_CONTAINED), git_rev("main")));
	git_sh("cd repo; git reset -q --hard work");
	(void)compute(p, GIT_ANSWER_CONTAINED);
}

static void
test_conflicts_name_each_path_once_on_a_line_X_36(void **state)
{
	AUTO_RESULT r = GIT_RESULT_INIT;
	struct oid p;

	(void)state;
	p = passed("echo 2 >a; git rm -q b; echo n >'x\ny'; printf 'e' >\"$(printf 'z\\033z')\"",
	    "echo 3 >a; echo 3 >b; echo m >'x\ny'; printf 'f' >\"$(printf 'z\\033z')\"");
	git_compute(git_repo, "main", p, "m", WHEN, &r);
	assert_answer(r, GIT_ANSWER_CONFLICT);
	assert_true(str_starts(buf_str(&r.text), "a\nb\nx\\ny\nz\\x1bz\n\n"));
	assert_false(r.flag);
	assert_string_equal(git_out("git -C repo status --porcelain"), "");
}

static void
test_what_cannot_be_merged_is_told(void **state)
{
	AUTO_RESULT r = GIT_RESULT_INIT, s = GIT_RESULT_INIT, t = GIT_RESULT_INIT;

	(void)state;
	git_compute(git_repo, "gone", git_rev("main"), "m", WHEN, &r);
	assert_answer(r, GIT_ANSWER_ENVIRONMENT);
	assert_has(r.text.p, "\"gone\"");
	git_compute(
	    git_repo, "main", git_id("0123456789012345678901234567890123456789"), "m", WHEN, &s);
	assert_answer(s, GIT_ANSWER_ENVIRONMENT);
	git_sh("cd repo; git checkout -q --orphan island; git commit -qm i; git checkout -q main");
	git_compute(git_repo, "main", git_rev("island"), "m", WHEN, &t);
	assert_answer(t, GIT_ANSWER_ENVIRONMENT);
}

static void
test_a_shallow_clone_is_told_X_36(void **state)
{
	AUTO_RESULT r = GIT_RESULT_INIT;
	struct oid p;

	(void)state;
	git_sh("cd repo; echo 5 >b; git commit -qam five; cd ..; mv repo far; git clone -q --depth "
	       "1 \"file://$PWD/far\" repo;"
	       "cd repo; git config user.name Ada; git config user.email ada@example.org");
	p = passed("echo 2 >a", "echo 2 >b");
	git_compute(git_repo, "main", p, "m", WHEN, &r);
	assert_answer(r, GIT_ANSWER_ENVIRONMENT);
	assert_has(r.text.p, "--unshallow");
}

static void
test_no_merge_driver_of_the_repository_runs_X_23(void **state)
{
	AUTO_RESULT r = GIT_RESULT_INIT;
	struct oid p;

	(void)state;
	git_sh("cd repo; git config merge.evil.driver 'touch %s; true'; echo 'a merge=evil' "
	       ">.gitattributes; git add -A;"
	       "git commit -qm attr",
	    git_path("canary"));
	p = passed("echo 2 >a", "echo 3 >a");
	git_compute(git_repo, "main", p, "m", WHEN, &r);
	assert_answer(r, GIT_ANSWER_CONFLICT);
	assert_false(git_there("canary"));
}

int
main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, git_setup_test, git_teardown_test)
	const struct CMUnitTest tests[] = {
		T(test_the_merge_is_a_commit_of_both_and_changes_no_name),
		T(test_the_merge_is_the_same_each_time),
		T(test_an_unnamed_author_is_reeve),
		T(test_a_passed_commit_that_is_in_already_is_contained_D_66),
		T(test_conflicts_name_each_path_once_on_a_line_X_36),
		T(test_what_cannot_be_merged_is_told),
		T(test_a_shallow_clone_is_told_X_36),
		T(test_no_merge_driver_of_the_repository_runs_X_23),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
