/* SPDX-License-Identifier: GPL-2.0-only */
/* How much a commit changes, told to its reviewer. */
#include "base/base.h"

#include "effect/git_stat.h"
#include "test_effect_git.h"

static const struct oid unset = { "" };

static void
test_stat_counts_lines_from_where_it_parted_D_38(void **state)
{
	AUTO_RESULT r = GIT_RESULT_INIT;
	struct oid start = git_rev("main");

	(void)state;
	git_sh("cd repo; git switch -qc work; printf 'x\\ny\\n' >new; git rm -q b; printf '\\0\\1' "
	       ">bin; git add .; git commit -qm work; git switch -q main; echo other >a; "
	       "git commit -qam meanwhile");
	git_stat_read(git_repo, "main", start, git_rev("work"), &r);
	assert_string_equal(r.text.p, "    +0    -1  b (deleted)\n"
				      "      binary  bin (new)\n"
				      "    +2    -0  new (new)\n"
				      "3 files changed: 2 lines added, 1 removed\n");
	assert_string_equal(r.a.hex, "");
	/* nobody began at anything: what the target has since is not the commit's */
	git_stat_read(git_repo, "main", unset, git_rev("work"), &r);
	assert_has(r.text.p, "3 files changed: 2 lines added, 1 removed\n");
	assert_true(oid_eq(r.a, start));
}

static void
test_stat_is_a_line_a_file_whatever_its_name_X_10(void **state)
{
	AUTO_RESULT r = GIT_RESULT_INIT;
	struct oid start = git_rev("main");

	(void)state;
	git_sh(
	    "cd repo; printf x >\"$(printf 'a\\n+9 -9 \\033[2Jb')\"; git add .; git commit -qm x");
	git_stat_read(git_repo, "main", start, git_rev("main"), &r);
	assert_string_equal(r.text.p, "    +1    -0  a\\n+9 -9 \\x1b[2Jb (new)\n"
				      "1 file changed: 1 line added, 0 removed\n");
}

static void
test_stat_is_bounded_X_37(void **state)
{
	AUTO_RESULT r = GIT_RESULT_INIT;
	struct oid start = git_rev("main");
	struct str rest, line;
	size_t lines = 0;

	(void)state;
	git_sh("cd repo; for i in $(seq 1100); do echo $i >f$i; done; "
	       "head -c 2000000 /dev/zero | tr '\\0' 'x' >A-large; git add .; git commit -qm much");
	git_stat_read(git_repo, "main", start, git_rev("main"), &r);
	rest = buf_str(&r.text);
	while (str_cut(&rest, '\n', &line))
		lines++;
	assert_int_equal(lines, GIT_STAT_SHOWN + 2);
	assert_has(r.text.p, "      binary  A-large (new)\n");
	assert_has(r.text.p, "and 1001 more files\n1101 files changed: 999 lines added, 0 removed "
			     "in the first 1000 of them\n");
}

static void
test_stat_that_cannot_be_made_is_a_sentence(void **state)
{
	AUTO_RESULT r = GIT_RESULT_INIT;

	(void)state;
	r.answer = GIT_ANSWER_OK;
	git_stat_read(git_repo, "main", git_rev("main"),
	    git_id("1111111111111111111111111111111111111111"), &r);
	assert_has(r.text.p, "cannot be told");
	assert_int_equal(r.answer, GIT_ANSWER_OK);
	git_stat_read(git_path("nowhere"), "main", unset, git_rev("main"), &r);
	assert_true(r.text.len > 0);
	assert_int_equal(r.answer, GIT_ANSWER_OK);
}

int
main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, git_setup_test, git_teardown_test)
	const struct CMUnitTest tests[] = {
		T(test_stat_counts_lines_from_where_it_parted_D_38),
		T(test_stat_is_a_line_a_file_whatever_its_name_X_10),
		T(test_stat_is_bounded_X_37),
		T(test_stat_that_cannot_be_made_is_a_sentence),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
