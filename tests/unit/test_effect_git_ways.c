/* SPDX-License-Identifier: GPL-2.0-only */
/* The three ways to land, and what a conflict tells. */
#include "base/base.h"

#include "test_effect_git_land.h"

#include "effect/git_worktree.h"

#define WHEN 1700000000123

/* The commits of work, on top of main; then main goes on. */
static struct oid
passed(const char *theirs, const char *ours)
{
	git_sh("cd repo; git checkout -qb work; c() { git add -A; git commit -qm \"$1\" --date "
	       "@1600000000; }; %s; git checkout -q main; %s; git add -A; git diff --cached "
	       "--quiet || "
	       "git commit -qm ours",
	    theirs, ours);
	return git_rev("work");
}

static struct oid
compute_as(enum landing way, enum git_answer want)
{
	AUTO_RESULT r = GIT_RESULT_INIT, again = GIT_RESULT_INIT;

	P = git_rev("work");
	git_way = way;
	git_compute(git_repo, "main", P, "Land it\n\nin full\n", WHEN, &r);
	assert_answer(r, want);
	git_compute(git_repo, "main", P, "Land it\n\nin full\n", WHEN, &again);
	assert_true(oid_eq(r.a, again.a) && oid_eq(r.b, again.b)); /* the same each time */
	O = r.a;
	M = r.b;
	git_way = LANDING_MERGE;
	return r.b;
}

static const char *
show(const char *format)
{
	return git_out("git -C repo log -1 --format='%s' %s", format, M.hex);
}

/* Landed and proved, as often as it is asked. */
static void
land_it(void)
{
	AUTO_RESULT r = GIT_RESULT_INIT;

	git_merge_prove(git_repo, "main", O, M, P, &r);
	assert_answer(r, oid_eq(O, M) ? GIT_ANSWER_OK : GIT_ANSWER_MOVED);
	land(GIT_ANSWER_OK, NULL);
	assert_landed("");
	git_result_release(&r);
	r = (struct git_result)GIT_RESULT_INIT;
	git_merge_prove(git_repo, "main", O, M, P, &r);
	assert_answer(r, GIT_ANSWER_OK);
	land(GIT_ANSWER_OK, NULL);
	/* and when others went on from there */
	git_sh("cd repo; echo on >on; git add on; git commit -qm on");
	land(GIT_ANSWER_OK, NULL);
}

static void
test_squash_is_one_commit_on_the_target_with_the_authors_name(void **state)
{
	(void)state;
	(void)passed(
	    "export GIT_AUTHOR_NAME=Bob GIT_AUTHOR_EMAIL=bob@example.org; echo 2 >a; c one; "
	    "echo x >x; c 'Ticket: 9'",
	    "echo 2 >b");
	(void)compute_as(LANDING_SQUASH, GIT_ANSWER_OK);
	assert_string_equal(show("%P|%an|%ae|%at|%cn|%ct"),
	    git_out("echo '%s|Bob|bob@example.org|1600000000|Ada|1700000000'", O.hex));
	assert_string_equal(show("%B%x2e"),
	    git_out("printf 'Land it\\n\\nin full\\n\\n* one\\n* Ticket: 9\\n\\nTicket: "
		    "7\\nReeve-Commit: %s\\n.'",
		P.hex));
	assert_string_equal(
	    git_out("git -C repo log -1 --format='%%(trailers:key=Ticket,valueonly)' %s", M.hex),
	    "7\n"); /* what a subject says is no trailer */
	assert_string_equal(
	    git_out("git -C repo show %s:a %s:b %s:x", M.hex, M.hex, M.hex), "2\n2\nx");
	land_it();
}

static void
test_squash_of_several_authors_is_the_configured_ones(void **state)
{
	(void)state;
	(void)passed("echo 2 >a; c one; echo x >x; git add x; git commit -qm two --author 'Bob "
		     "<bob@example.org>'",
	    "true");
	(void)compute_as(LANDING_SQUASH, GIT_ANSWER_OK);
	assert_string_equal(show("%an|%at"), "Ada|1700000000");
	land_it();
}

static void
test_squash_takes_merges_of_the_target_along(void **state)
{
	(void)state;
	(void)passed("echo 2 >a; c one", "echo 2 >b");
	git_sh("cd repo; git checkout -q work; git merge -q main -m m; echo 3 >x; git add x; git "
	       "commit -qm three; git checkout -q main; echo 3 >b; git commit -qam b3");
	(void)compute_as(LANDING_SQUASH, GIT_ANSWER_OK);
	assert_string_equal(git_out("git -C repo diff --name-only %s %s", O.hex, M.hex), "a\nx");
	land_it();
}

static void
test_nothing_to_land_makes_no_commit_D_66(void **state)
{
	(void)state;
	(void)passed("echo 2 >a; c one; echo 3 >a; c two", "true");
	git_sh(
	    "cd repo; git cherry-pick work~1 work >/dev/null 2>&1; git commit -q --amend -m other");
	assert_true(oid_eq(compute_as(LANDING_SQUASH, GIT_ANSWER_CONTAINED), git_rev("main")));
	land_it(); /* the proof is that O has it all */
	/* one whose changes are not there is not proved by that */
	git_sh("cd repo; git checkout -q work; echo 9 >x; git add x; git commit -qm nine; git "
	       "checkout -q main");
	O = M = git_rev("main");
	P = git_rev("work");
	land(GIT_ANSWER_MOVED, NULL);
}

static void
test_rebase_makes_each_commit_again_and_keeps_its_author(void **state)
{
	(void)state;
	(void)passed(
	    "echo 2 >a; git add -A; git commit -qm 'one' -m 'Signed-off-by: Bob "
	    "<bob@example.org>' --author 'Bob <bob@example.org>' --date @1600000000; echo x "
	    ">x; c two; git commit -q --amend -m two -m 'Reviewed-by: Eve <e@example.org>'",
	    "echo 2 >b");
	(void)compute_as(LANDING_REBASE, GIT_ANSWER_OK);
	assert_string_equal(
	    git_out("git -C repo log --format='%%s|%%an|%%at|%%cn|%%ct' %s..%s", O.hex, M.hex),
	    "two|Ada|1600000000|Ada|1700000000\none|Bob|1600000000|Ada|1700000000");
	assert_string_equal(
	    show("%B%x2e"), git_out("printf 'two\\n\\nReviewed-by: Eve <e@example.org>\\nTicket: "
				    "7\\nReeve-Commit: %s\\n.'",
				P.hex));
	assert_string_equal(git_out("git -C repo log -1 --format=%%B %s~1", M.hex),
	    "one\n\nSigned-off-by: Bob <bob@example.org>\n");
	land_it();
}

static void
test_rebase_of_what_stands_on_the_target_is_itself(void **state)
{
	(void)state;
	(void)passed("echo 2 >a; c one; echo x >x; c two", "true");
	assert_true(oid_eq(compute_as(LANDING_REBASE, GIT_ANSWER_OK), P));
	land_it();
}

static void
test_rebase_leaves_out_what_the_target_has(void **state)
{
	(void)state;
	(void)passed("echo 2 >a; c one; echo x >x; c two; echo 5 >dir/c; c three", "true");
	git_sh("cd repo; git cherry-pick work >/dev/null; git commit -q --amend -m picked; git "
	       "cherry-pick work~2 >/dev/null");
	(void)compute_as(LANDING_REBASE, GIT_ANSWER_OK); /* the last one is among them */
	assert_string_equal(git_out("git -C repo log --format=%%s %s..%s", O.hex, M.hex), "two");
	land_it();
	git_sh("cd repo; git reset -q --hard HEAD~2; git cherry-pick work~1 >/dev/null");
	assert_true(oid_eq(compute_as(LANDING_REBASE, GIT_ANSWER_CONTAINED), git_rev("main")));
	land_it();
}

static void
test_rebase_sends_merge_commits_back_with_words_X_36(void **state)
{
	AUTO_RESULT r = GIT_RESULT_INIT;

	(void)state;
	(void)passed("echo 2 >a; c one", "echo 2 >b");
	git_sh("cd repo; git checkout -q work; git merge -q main -m m; git checkout -q main");
	(void)compute_as(LANDING_REBASE, GIT_ANSWER_OK); /* on top of it: as it is */
	git_sh("cd repo; echo 3 >b; git commit -qam b3");
	git_way = LANDING_REBASE;
	git_compute(git_repo, "main", P, "m", WHEN, &r);
	git_way = LANDING_MERGE;
	assert_answer(r, GIT_ANSWER_CONFLICT);
	assert_true(r.flag);
	assert_has(r.text.p, "is a merge commit");
	assert_has(r.text.p, "git rebase main");
}

static void
test_a_conflict_in_the_middle_names_the_commit_and_changes_nothing_X_36(void **state)
{
	AUTO_RESULT r = GIT_RESULT_INIT;
	_cleanup_(free_charp) char *before = NULL;

	(void)state;
	P = passed("echo x >x; c one; echo 2 >a; c 'the second'; echo a3 >a; c three", "echo 3 >a");
	before = xstrdup(git_out("git -C repo show-ref; git -C repo status --porcelain"));
	git_way = LANDING_REBASE;
	git_compute(git_repo, "main", P, "m", WHEN, &r);
	git_way = LANDING_MERGE;
	assert_answer(r, GIT_ANSWER_CONFLICT);
	assert_true(str_starts(buf_str(&r.text), "a\n\n"));
	assert_has(r.text.p, "this one does not fit:\n  commit: ");
	assert_has(r.text.p, " the second\na: changed on both sides\n  in main: ");
	assert_string_equal(
	    git_out("git -C repo show-ref; git -C repo status --porcelain"), before);
}

static void
test_a_conflict_tells_both_sides_X_36(void **state)
{
	AUTO_RESULT r = GIT_RESULT_INIT;

	(void)state;
	git_sh("cd repo; for i in 1 2 3 4 5 6 7 8 9; do echo $i; done >n; echo g >gone; printf "
	       "'\\000b' >bin; echo t >t; ln -s a l; echo m >m; git add -A; git commit -qm more");
	P = passed(
	    "sed -i 's/^5/five\\x1b[31m/' n; c 'to words \033[31m'; echo h >gone; git rm -q t; "
	    "mkdir "
	    "t; echo u >t/u; printf '\\000c' >bin; ln -sf b l; chmod +x m; echo m2 >m; c rest",
	    "sed -i 's/^5/V/' n; git rm -q gone; printf '\\000d' >bin; echo tt >t; ln -sf c l; "
	    "echo m3 "
	    ">m");
	git_compute(git_repo, "main", P, "m", WHEN, &r);
	assert_answer(r, GIT_ANSWER_CONFLICT);
	assert_has(r.text.p, "\nn: changed on both sides\n  in main: ");
	assert_has(r.text.p, " ours\n  what passed: ");
	assert_has(r.text.p,
	    " to words \\x1b[31m\n    <<<<<<< main\n    V\n    ||||||| before\n    5\n  "
	    "  =======\n    five\\x1b[31m\n    >>>>>>> what passed\n");
	assert_has(r.text.p, "\ngone: removed or renamed in main, changed by what passed\n");
	assert_has(r.text.p, "\nbin: changed on both sides; it is no text, or a large one\n");
	assert_has(r.text.p, "\nl: a symbolic link, changed on both sides\n");
	assert_has(r.text.p, "\nm: changed on both sides; executable only in what passed\n");
	assert_null(memchr(r.text.p, 033, r.text.len));
}

static void
test_a_conflict_of_much_is_told_in_little_X_36(void **state)
{
	AUTO_RESULT r = GIT_RESULT_INIT;

	(void)state;
	P = passed("for i in $(seq 100 399); do seq 1 90 >f$i; done; c many",
	    "for i in $(seq 100 399); do seq 101 190 >f$i; done");
	git_compute(git_repo, "main", P, "m", WHEN, &r);
	assert_answer(r, GIT_ANSWER_CONFLICT);
	assert_has(r.text.p, "\nf299\nand 100 more\n\nf100: added on both sides\n");
	assert_has(r.text.p, "    ...\n");
	assert_has(r.text.p, "(the others are left out here)\n");
	assert_in_range(r.text.len, 4000, 16000);
}

static void
refused(void)
{
	AUTO_RESULT r = GIT_RESULT_INIT;

	git_merge_land(git_repo, "main", O, M, P, &r);
	assert_answer(r, GIT_ANSWER_ENVIRONMENT);
	assert_has(r.text.p, "is not a landing of the passed commit");
}

/* What is no landing of P on O does not land, whatever the ticket file says. */
static void
test_what_is_no_landing_of_what_passed_is_refused_X_29(void **state)
{
	(void)state;
	(void)passed("echo 2 >a; c one; echo x >x; c two", "echo 2 >b");
	(void)compute_as(LANDING_SQUASH, GIT_ANSWER_OK);
	P = git_rev("work~1"); /* another one than that which passed */
	refused();
	assert_true(oid_eq(git_rev("main"), O));
	/* the line alone is not enough: somebody else's work would come along */
	git_sh(
	    "cd repo; git checkout -q --detach main; git merge -q --no-ff work~1 -m x; echo z >z; "
	    "git add z; git commit -qm \"z\n\nReeve-Commit: %s\"; git tag t; git checkout -q main",
	    git_rev("work").hex);
	M = git_rev("t");
	P = git_rev("work");
	refused();
	/* nor is a commit that is not on top of the target */
	M = P;
	refused();
}

/* The branch is not in the target then, and goes all the same: it is in what passed, and that has landed. */
static void
test_the_branch_of_a_squash_goes_once_it_has_landed(void **state)
{
	AUTO_RESULT r = GIT_RESULT_INIT, s = GIT_RESULT_INIT, t = GIT_RESULT_INIT;

	(void)state;
	(void)passed("echo 2 >a; c one", "echo 2 >b");
	(void)compute_as(LANDING_SQUASH, GIT_ANSWER_OK);
	land_it();
	git_worktree_remove(git_repo, git_path("none"), "work", M, &r);
	assert_answer(r, GIT_ANSWER_OK);
	assert_false(r.flag);
	git_sh("cd repo; git checkout -q work; echo more >x; git add x; git commit -qm more; git "
	       "checkout -q main");
	git_worktree_remove(git_repo, git_path("none"), "work", P, &s);
	assert_false(s.flag); /* what came after is in neither */
	git_sh("git -C repo branch -qf work work~1");
	git_worktree_remove(git_repo, git_path("none"), "work", P, &t);
	assert_true(t.flag);
	assert_string_equal(git_out("git -C repo branch --list work"), "");
}

int
main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, git_setup_test, git_teardown_test)
	const struct CMUnitTest tests[] = {
		T(test_squash_is_one_commit_on_the_target_with_the_authors_name),
		T(test_squash_of_several_authors_is_the_configured_ones),
		T(test_squash_takes_merges_of_the_target_along),
		T(test_nothing_to_land_makes_no_commit_D_66),
		T(test_rebase_makes_each_commit_again_and_keeps_its_author),
		T(test_rebase_of_what_stands_on_the_target_is_itself),
		T(test_rebase_leaves_out_what_the_target_has),
		T(test_rebase_sends_merge_commits_back_with_words_X_36),
		T(test_a_conflict_in_the_middle_names_the_commit_and_changes_nothing_X_36),
		T(test_a_conflict_tells_both_sides_X_36),
		T(test_a_conflict_of_much_is_told_in_little_X_36),
		T(test_what_is_no_landing_of_what_passed_is_refused_X_29),
		T(test_the_branch_of_a_squash_goes_once_it_has_landed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
