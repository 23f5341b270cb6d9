/* SPDX-License-Identifier: GPL-2.0-only */
/* Which line of a diff is what. */
#include "base/base.h"
#include <setjmp.h> /* cmocka.h wants this one first */

#include "cli/cli_review.h"

#include <cmocka.h>

static void
check(const char *diff, const char *want)
{
	static const char marks[] = { [DIFF_HEAD] = 'h',
		[DIFF_HUNK] = '@',
		[DIFF_SAME] = '.',
		[DIFF_ADDED] = '+',
		[DIFF_REMOVED] = '-' };
	struct diff_reader r = { .is_patch = false };
	_cleanup_(buf_release) struct buf got = BUF_INIT;
	struct str rest = str_of(diff), line;

	while (str_cut(&rest, '\n', &line) || line.len > 0)
		buf_addch(&got, marks[diff_read(&r, line)]);
	assert_string_equal(got.p, want);
}

static void
test_diff_lines_are_told_by_where_they_stand(void **state)
{
	(void)state;
	check(" f | 2 +-\n 1 file changed\n\n"
	      "diff --git a/f b/f\nindex 1..2 100644\n--- a/f\n+++ b/f\n"
	      "@@ -1,3 +1,3 @@ int f(void)\n same\n--- a/gone\n+++ b/new\n\n"
	      "\\ No newline at end of file\n"
	      "@@ -9 +9,0 @@\n-x\n"
	      "diff --git a/g b/g\ndeleted file mode 100644\n--- a/g\n+++ /dev/null\n@@ -1 +0,0 "
	      "@@\n-y\n",
	    "...hhhh@.-+..@-hhhh@-");
}

static void
test_diff_that_is_none_is_harmless(void **state)
{
	(void)state;
	check("", "");
	check("+x\n-y\n@@ -1 +1 @@\n", "...");
	check("diff --git a b\n@@ nonsense\n+x\n@@ -1,99999999999 +1 @@\n+x\n@@ -1\n", "h@h@h@");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_diff_lines_are_told_by_where_they_stand),
		cmocka_unit_test(test_diff_that_is_none_is_harmless),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
