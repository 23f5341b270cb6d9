/* SPDX-License-Identifier: GPL-2.0-only */
/* A computed merge lands: the ref, and the files of a checked-out target. */
#include "base/base.h"

#include "test_effect_git_land.h"

static void
test_a_clean_checkout_follows_X_36(void **state)
{
	(void)state;
	prepare();
	compute();
	land(GIT_ANSWER_OK, NULL);
	assert_landed("");
	assert_string_equal(
	    git_out("cd repo; git diff-index %s; git diff-files; cat a d f/x new/dir/n ours "
		    "tofile; readlink link tolink;"
		    "test ! -x run; test -x norun; test ! -e deep; test ! -e gone; test -f empty",
		M.hex),
	    "a2\ndd\nfx\nnn\no\nnow\nb\na");
	assert_string_equal(git_out("git -C repo reflog -1 --format=%%gs main"),
	    git_out("echo reeve: merge %s", P.hex));
	assert_string_equal(git_out("git -C repo reflog -1 --format=%%gs HEAD"),
	    git_out("echo reeve: merge %s", P.hex));
	/* again, and from the same intent: nothing to do */
	land(GIT_ANSWER_OK, NULL);
	assert_landed("");
}

static void
test_unrelated_changes_stay_as_they_are(void **state)
{
	const char *want = " M b\nM  dir/c\nA  staged\n?? loose\n?? new/own";
	_cleanup_(free_charp) char *before = NULL;

	(void)state;
	prepare();
	compute();
	git_sh("cd repo; echo mine >b; echo s >dir/c; echo st >staged; git add dir/c staged; echo "
	       "u >loose; mkdir new; echo o >new/own");
	before = xstrdup(git_out("cd repo; git diff --cached; cat b dir/c staged loose new/own; "
				 "stat -c '%%i %%y' b dir/c staged loose"));
	land(GIT_ANSWER_OK, NULL);
	assert_landed(want);
	assert_string_equal(git_out("cd repo; git diff --cached; cat b dir/c staged loose new/own; "
				    "stat -c '%%i %%y' b dir/c staged loose"),
	    before);
}

static void
test_local_changes_in_the_way_hold_the_merge_X_36(void **state)
{
	(void)state;
	prepare();
	compute();
	git_sh("cd repo; echo mine >a; git status >/dev/null");
	held("a\n");
	git_sh("cd repo; git add a");
	held("a\n");
	git_sh("cd repo; echo a1 >a; git status >/dev/null"); /* staged only */
	held("a\n");
	git_sh("cd repo; git reset -q; chmod -x run; echo g >gone; git status >/dev/null");
	held("gone\n"); /* run is without its bit in the merge, too */
	git_sh("cd repo; git checkout -q .; rm gone link; git status >/dev/null");
	held("link\n"); /* a removal of what the merge removes is none in the way */
	git_sh("cd repo; git checkout -q .; ln -sf zzz link; rm d/1; echo d/3 >d/3; git status "
	       ">/dev/null");
	held("d\nlink\n");
	git_sh(
	    "cd repo; git checkout -q .; rm d/3; rm -r dir; ln -s /tmp dir; git status >/dev/null");
	land(GIT_ANSWER_OK, NULL); /* dir is not the merge's */
}

static void
test_a_link_in_place_of_a_directory_is_not_followed(void **state)
{
	(void)state;
	prepare();
	compute();
	git_sh("mkdir out out/er; echo x >out/er/x; cd repo; rm -r deep; ln -s ../out deep; git "
	       "status >/dev/null");
	held("deep/er/x\n");
	assert_true(git_there("out/er/x"));
	git_sh("cd repo; rm deep; git checkout -q .; ln -s ../out new; git status >/dev/null");
	held("new/dir/n\n");
	assert_false(git_there("out/dir"));
}

static void
test_untracked_files_in_the_way_hold_it_unless_equal(void **state)
{
	(void)state;
	prepare();
	compute();
	git_sh("cd repo; mkdir -p new/dir; echo other >new/dir/n; git status >/dev/null");
	held("new/dir/n\n");
	git_sh("cd repo; echo new >.git/info/exclude; git status >/dev/null");
	held("new/dir/n\n"); /* ignored files are somebody's, too */
	git_sh("cd repo; echo nn >new/dir/n; chmod +x new/dir/n");
	held("new/dir/n\n");
	git_sh("cd repo; chmod -x new/dir/n; rm .git/info/exclude; git status >/dev/null");
	land(GIT_ANSWER_OK, NULL);
	assert_landed("");
}

static void
test_an_odd_name_in_the_way_is_one_line(void **state)
{
	(void)state;
	git_sh("cd repo; git checkout -qb work; echo 1 >'x\ny'; git add -A; git commit -qm w; git "
	       "checkout -q main; echo 2 >'x\ny'");
	compute();
	held("x\\ny\n");
}

static void
test_a_branch_that_is_nowhere_checked_out_moves_alone(void **state)
{
	(void)state;
	prepare();
	compute();
	git_sh("cd repo; git checkout -q --detach; echo mine >a; git status >/dev/null");
	land(GIT_ANSWER_OK, NULL);
	assert_landed(" M a"); /* detached: HEAD and files stay where they were */
	assert_string_equal(git_out("git -C repo rev-parse HEAD"), O.hex);
	git_sh("cd repo; git checkout -q -f -B other %s; git branch -f main %s; echo mine >a",
	    O.hex, O.hex);
	land(GIT_ANSWER_OK, NULL);
	assert_landed(" M a");
}

static void
test_the_worktree_that_has_the_branch_follows(void **state)
{
	_cleanup_(free_charp) char *want = NULL;

	(void)state;
	prepare();
	git_sh("cd repo; git checkout -q --detach; git worktree add -q ../wt main");
	compute();
	git_sh("echo mine >wt/a");
	want = xstrdup(git_path("wt/a\n"));
	held(want); /* and says where */
	git_sh("git -C wt checkout -q a");
	land(GIT_ANSWER_OK, NULL);
	assert_landed("");
	assert_string_equal(git_out("git -C wt status --porcelain; cat wt/a; cd repo; git worktree "
				    "prune; git rev-parse HEAD"),
	    git_out("echo a2; echo %s", O.hex));
	/* one that has gone does not matter, one that is locked does */
	git_sh("git -C repo branch -f x; git -C repo update-ref refs/heads/main %s; git -C repo "
	       "worktree lock ../wt; mv wt gone",
	    O.hex);
	{
		AUTO_RESULT r = GIT_RESULT_INIT;

		git_merge_land(git_repo, "main", O, M, P, &r);
		assert_answer(r, GIT_ANSWER_HELD);
		assert_has(r.text.p, "locked");
	}
	git_sh("rm repo/.git/worktrees/wt/locked");
	land(GIT_ANSWER_OK, NULL);
}

static void
test_a_branch_that_moved_is_told_and_nothing_written_X_28(void **state)
{
	_cleanup_(free_charp) char *tip = NULL;

	(void)state;
	prepare();
	compute();
	git_sh("cd repo; git commit -q --allow-empty -m later");
	tip = xstrdup(git_out("git -C repo rev-parse main"));
	land(GIT_ANSWER_MOVED, NULL);
	assert_string_equal(
	    git_out("git -C repo rev-parse main; git -C repo status --porcelain"), tip);
	assert_clean();
	/* moved on, but over the merge: landed */
	git_sh("cd repo; git reset -q --hard %s; git commit -q --allow-empty -m over", M.hex);
	land(GIT_ANSWER_OK, NULL);
}

static void
test_the_passed_commit_lands_not_the_branch_X_29(void **state)
{
	(void)state;
	prepare();
	compute();
	git_sh(
	    "cd repo; git worktree add -q ../w work; cd ../w; echo evil >a; git commit -qam evil");
	land(GIT_ANSWER_OK, NULL);
	assert_landed("");
	assert_string_equal(git_out("git -C repo rev-parse '%s^2'; cat repo/a", M.hex),
	    git_out("echo %s; echo a2", P.hex));
	/* and an M that is none of P is no merge to land */
	{
		AUTO_RESULT r = GIT_RESULT_INIT;

		git_merge_land(git_repo, "main", O, M, git_rev("work"), &r);
		assert_answer(r, GIT_ANSWER_ENVIRONMENT);
	}
}

static void
test_nothing_of_the_repository_is_executed_X_23(void **state)
{
	(void)state;
	prepare();
	git_sh("cd repo; mkdir hooks; for h in post-checkout post-merge pre-merge-commit "
	       "post-commit reference-transaction post-index-change;"
	       "do printf '#!/bin/sh\\ntouch %s\\n' >hooks/$h; chmod +x hooks/$h; cp hooks/$h "
	       ".git/hooks; done; echo hooks >>.git/info/exclude",
	    git_path("canary"));
	compute();
	git_sh("cd repo; git config core.hooksPath hooks; git config core.fsmonitor 'touch %s; "
	       "false'; git config filter.x.process 'touch %s'",
	    git_path("canary"), git_path("canary"));
	land(GIT_ANSWER_OK, NULL);
	assert_false(git_there("canary"));
	git_sh("cd repo; git config --unset core.fsmonitor; git config --unset core.hooksPath");
	assert_landed("");
}

static void
test_a_path_with_a_filter_program_is_left_to_the_person_X_23(void **state)
{
	(void)state;
	git_sh("cd repo; git checkout -qb work; echo '*.bin filter=big' >.gitattributes; echo p "
	       ">x.bin; echo q >plain; git add -A;"
	       "git commit -qm w; git checkout -q main");
	compute();
	git_sh("git -C repo config filter.big.smudge 'touch %s; cat'", git_path("canary"));
	held("(x.bin: needs the filter program \"big\", which a landing does not run: git merge by "
	     "hand, then reeve merge)\n");
	assert_false(git_there("canary"));
	/* what the text of the manual says to do; then it is known */
	git_sh("cd repo; git config filter.big.smudge cat; git merge -q --ff-only %s", M.hex);
	land(GIT_ANSWER_OK, NULL);
	/* an attribute without a program does nothing, in git either */
	git_sh("cd repo; git reset -q --hard %s; git config --remove-section filter.big", O.hex);
	land(GIT_ANSWER_OK, NULL);
	assert_landed("");
}

static void
test_line_ends_are_written_as_git_would(void **state)
{
	(void)state;
	git_sh("cd repo; printf 'one\\n' >t.txt; git add -A; git commit -qm t; git checkout -qb "
	       "work; echo '*.txt text eol=crlf' >.gitattributes;"
	       "printf 'one\\ntwo\\n' >t.txt; printf 'n\\n' >n.txt; git add -A; git commit -qm w; "
	       "git checkout -q main");
	compute();
	land(GIT_ANSWER_OK, NULL);
	assert_landed("");
	assert_string_equal(git_out("od -An -c repo/t.txt repo/n.txt"),
	    git_out("printf 'one\\r\\ntwo\\r\\nn\\r\\n' | od -An -c"));
}

static void
test_binary_files_are_written_whole(void **state)
{
	(void)state;
	git_sh("cd repo; head -c 300 /dev/zero >z; git add -A; git commit -qm z; git checkout -qb "
	       "work;"
	       "head -c 70000 /dev/zero >z; printf 'a\\0b\\n' >new; git add -A; git commit -qm w; "
	       "git checkout -q main");
	compute();
	land(GIT_ANSWER_OK, NULL);
	assert_landed("");
	assert_string_equal(git_out("stat -c %%s repo/z repo/new"), "70000\n4");
}

static void
test_an_unfinished_merge_of_the_person_holds_it(void **state)
{
	(void)state;
	prepare();
	git_sh("cd repo; git branch side HEAD~1; git checkout -q side; echo s >side; git add -A; "
	       "git commit -qm s; git checkout -q main");
	compute();
	git_sh("cd repo; git merge -q --no-commit --no-ff side; git status >/dev/null");
	{
		AUTO_RESULT r = GIT_RESULT_INIT;

		git_merge_land(git_repo, "main", O, M, P, &r);
		assert_answer(r, GIT_ANSWER_HELD);
		assert_has(r.text.p, "not concluded");
	}
	git_sh("cd repo; git merge --abort");
	land(GIT_ANSWER_OK, NULL);
}

static void
test_submodules_are_left_as_git_merge_leaves_them_X_36(void **state)
{
	(void)state;
	git_sh(
	    "git init -q sub; cd sub; git -c user.name=x -c user.email=x@y commit -q "
	    "--allow-empty -m 1; cd ../repo;"
	    "git -c protocol.file.allow=always submodule --quiet add ../sub s; git commit -qm "
	    "sub; git checkout -qb work;"
	    "git -C s -c user.name=x -c user.email=x@y commit -q --allow-empty -m 2; git add s; "
	    "git -c protocol.file.allow=always submodule --quiet add ../sub s2; git commit -qm w;"
	    "rm -rf s2 .git/modules/s2;"
	    "git checkout -q main; git -c protocol.file.allow=always submodule --quiet update");
	compute();
	land(GIT_ANSWER_OK, NULL);
	assert_landed(" M s"); /* as after git merge, until git submodule update */
	assert_string_equal(git_out("ls -A repo/s2"), "");
}

static void
test_without_file_modes_only_the_index_has_them(void **state)
{
	(void)state;
	prepare();
	compute();
	git_sh("cd repo; git config core.fileMode false; chmod -x run a; chmod +x b; git status "
	       ">/dev/null");
	land(GIT_ANSWER_OK, NULL);
	assert_landed("");
	assert_string_equal(git_out("cd repo; git diff-index --cached %s; test -x b", M.hex), "");
}

static void
test_a_sparse_checkout_stays_sparse_X_36(void **state)
{
	(void)state;
	prepare();
	git_sh("cd repo; git checkout -q work; echo c2 >dir/c; git commit -qam c; git checkout -q "
	       "main; git sparse-checkout set --no-cone '/*' '!dir'");
	compute();
	land(GIT_ANSWER_OK, NULL);
	assert_landed("");
	assert_false(git_there("repo/dir/c"));
}

/* What is new follows the patterns, what is known its mark: the same as git says of the same merge. */
static void
test_new_files_stay_out_of_a_sparse_checkout_X_36(void **state)
{
	static const char *const sets[] = { "--cone dir", "--cone new/sub", "--no-cone '/*' '!new'",
		"--no-cone '/*' '!/*/' '/new/' '!/new/sub/'", "--no-cone 'n*' '!new/sub/deep'",
		"--no-cone '!dir' '*.md'" };

	(void)state;
	git_sh(
	    "cd repo; git checkout -qb work; mkdir -p new/sub/deep other; for f in new/1 new/sub/2 "
	    "new/sub/deep/3 other/4.md dir/5 6 n7; do echo $f >$f; done; echo c2 >dir/c; git add "
	    "-A; git commit -qm w; git checkout -q main; echo o >ours; git add -A; git commit -qm "
	    "ours; git clone -q . ../by-git; git -C ../by-git config user.name x; git -C "
	    "../by-git config user.email x@y");
	for (size_t i = 0; i < ARRAY_LEN(sets); i++) {
		git_sh(
		    "git -C repo sparse-checkout set %s; git -C by-git reset -q --hard "
		    "origin/main; git -C by-git sparse-checkout set %s; git -C by-git merge -qm m "
		    "origin/work 2>/dev/null",
		    sets[i], sets[i]);
		compute();
		land(GIT_ANSWER_OK, NULL);
		assert_landed("");
		assert_string_equal(
		    git_out("git -C repo ls-files -t"), git_out("git -C by-git ls-files -t"));
		git_sh("diff -r -x .git repo by-git; git -C repo update-ref refs/heads/main "
		       "main^1; git "
		       "-C repo sparse-checkout disable; git -C repo reset -q --hard");
	}
}

static void
test_a_git_directory_of_its_own_place_X_36(void **state)
{
	(void)state;
	git_sh("git init -q --separate-git-dir=\"$PWD/git\" repo");
	prepare();
	compute();
	land(GIT_ANSWER_OK, NULL);
	assert_string_equal(git_out("git -C repo status --porcelain"), "");
	assert_string_equal(git_out("ls"), "git\nrepo"); /* nothing is written beside it */
}

int
main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, git_setup_test, git_teardown_test)
	const struct CMUnitTest tests[] = {
		T(test_a_clean_checkout_follows_X_36),
		T(test_unrelated_changes_stay_as_they_are),
		T(test_local_changes_in_the_way_hold_the_merge_X_36),
		T(test_a_link_in_place_of_a_directory_is_not_followed),
		T(test_untracked_files_in_the_way_hold_it_unless_equal),
		T(test_an_odd_name_in_the_way_is_one_line),
		T(test_a_branch_that_is_nowhere_checked_out_moves_alone),
		T(test_the_worktree_that_has_the_branch_follows),
		T(test_a_branch_that_moved_is_told_and_nothing_written_X_28),
		T(test_the_passed_commit_lands_not_the_branch_X_29),
		T(test_nothing_of_the_repository_is_executed_X_23),
		T(test_a_path_with_a_filter_program_is_left_to_the_person_X_23),
		T(test_line_ends_are_written_as_git_would),
		T(test_binary_files_are_written_whole),
		T(test_an_unfinished_merge_of_the_person_holds_it),
		T(test_submodules_are_left_as_git_merge_leaves_them_X_36),
		T(test_without_file_modes_only_the_index_has_them),
		T(test_a_sparse_checkout_stays_sparse_X_36),
		T(test_new_files_stay_out_of_a_sparse_checkout_X_36),
		T(test_a_git_directory_of_its_own_place_X_36),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
