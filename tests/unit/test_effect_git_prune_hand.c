/* SPDX-License-Identifier: GPL-2.0-only */
/* A prune, and a hand that is at the same places. */
#include "base/base.h"

#include "test_effect_git.h"

#include <linux/capability.h>
#include <sys/syscall.h>

#include "effect/git_prune.h"
#include "effect/git_worktree.h"
#include "effect/teardown.h"

#define BRANCH "reeve/7-x"
#define TREE   "w/7-x"
#define ADMIN  "repo/.git/worktrees/7-x"

static struct oid base;
static struct git_prune_order order;

static void
prepare(void)
{
	AUTO_RESULT r = GIT_RESULT_INIT;

	base = git_rev("main");
	git_worktree_prepare(git_repo, git_path(TREE), BRANCH, base, &r);
	assert_answer(r, GIT_ANSWER_OK);
	git_sh("cd " TREE
	       "; echo more >>a; echo n >new; git add -A; git commit -qm work; git update-ref "
	       "refs/reeve/7/1 HEAD");
	order = (struct git_prune_order){ .what = PRUNE_WORK,
		.worktree = git_path(TREE),
		.review = ".review-",
		.branch = BRANCH,
		.target = "main",
		.passed = git_rev(BRANCH),
		.ep = { { 7 }, 2 },
		.rev = 9 };
}

static void
prune(void)
{
	AUTO_RESULT r = GIT_RESULT_INIT;

	git_prune(git_repo, &order, &r);
	if (r.answer != GIT_ANSWER_OK || !r.flag)
		fail_msg("it stays (%d): %s", (int)r.answer, r.text.p);
}

static void
stays(enum prune what, const char *why)
{
	AUTO_RESULT r = GIT_RESULT_INIT;

	order.what = what;
	git_prune(git_repo, &order, &r);
	assert_answer(r, GIT_ANSWER_OK);
	assert_false(r.flag);
	assert_has(r.text.p, why);
}

static void
rest(void)
{
	AUTO_RESULT r = GIT_RESULT_INIT;

	git_prune_rest(git_repo, &order, &r);
	assert_answer(r, GIT_ANSWER_OK);
}

static void
assert_gone(void)
{
	rest();
	assert_string_equal(git_out("ls -A w"), "");
	assert_false(git_there(ADMIN));
	assert_string_equal(git_out("git -C repo branch --list " BRANCH), "");
}

static void
again(void)
{
	git_sh("rm -rf w repo/.git/worktrees; git -C repo for-each-ref --format='delete "
	       "%%(refname)' refs/reeve refs/heads/reeve | git -C repo update-ref --stdin");
}

/* --- .gone-NAME --- */

/* Its worktree is gone by hand, so that only the note is to be put there. */
static void
test_what_is_noted_down_is_written_to_no_other_directory_X_23(void **state)
{
	(void)state;
	prepare();
	git_sh("mkdir precious; echo mine >precious/.reeve-pruned; rm -rf " TREE
	       "; ln -s ../precious w/.gone-7-x");
	prune();
	assert_gone();
	assert_string_equal(
	    git_out("ls -A precious; cat precious/.reeve-pruned"), ".reeve-pruned\nmine");
	again();
	prepare();
	git_sh("rm -rf " TREE "; echo x >w/.gone-7-x");
	prune();
	assert_gone();
}

/* For root, too, the permissions of a file are what they say. */
static bool
obey_permissions(void)
{
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = { 0 };

	return syscall(SYS_capset, &head, none) == 0;
}

/* It is a directory of a worker, who took the right to write in it away. */
static void
test_a_worktree_that_lets_nobody_write_in_it_goes_X_23(void **state)
{
	int status = 0;
	pid_t pid;

	(void)state;
	prepare();
	git_sh("chmod 555 " TREE);
	pid = fork();
	if (pid == 0) {
		struct git_result r = GIT_RESULT_INIT;

		if (!obey_permissions())
			_exit(99);
		git_prune(git_repo, &order, &r);
		_exit(r.answer == GIT_ANSWER_OK && r.flag ? 0 : 1);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	assert_gone();
}

/* As long as it takes to remove what an earlier worktree of this name has left. */
static void
test_what_is_saved_while_an_earlier_rest_goes_is_parked_A_11(void **state)
{
	unsigned n = 0, made = 0;
	bool reached;

	(void)state;
	do {
		prepare();
		git_sh("mkdir w/.gone-7-x; cd w/.gone-7-x; touch 1 2 3 4 5 6; rm -f ../../late");
		reached = git_stop_at(prune, ++n,
		    "ls w/.gone-7-x/[1-6] >/dev/null 2>&1 || exit 0; test -e " TREE
		    "/new || exit 0; echo late >" TREE "/late; : >late");
		if (reached && git_there("late")) {
			made++;
			assert_string_equal(
			    git_out("git -C repo show refs/reeve/7/2-salvage:late"), "late");
		}
		assert_gone();
		again();
	} while (reached || (made <= 5 && n < 200));
	assert_true(made > 5);
}

/* What git has of a worktree that somebody has moved by hand is not that of the rest beside its place. */
static void
test_a_rest_takes_nothing_of_a_worktree_that_was_moved_X_17(void **state)
{
	(void)state;
	prepare();
	order.what = PRUNE_UNSET;
	git_sh("mkdir w/.gone-7-x; cd " TREE
	       "; git checkout -q --detach; echo x >>a; git commit -qam lost; mv ../7-x ../moved");
	rest();
	git_sh("git -C w/moved log -1 --format=%%s | grep -q lost; mv w/moved " TREE
	       "; git -C " TREE " checkout -q " BRANCH "; git -C repo worktree lock ../" TREE
	       "; mv " TREE " w/moved; mkdir w/.gone-7-x; : >" ADMIN "/reeve-gone");
	rest();
	git_sh("git -C w/moved status >/dev/null");
}

static void
prune_failing(void)
{
	AUTO_RESULT r = GIT_RESULT_INIT;

	git_prune(git_repo, &order, &r);
}

/* A branch that is gone and could not be synced: a worktree that came back then had a HEAD of nothing, for good. */
static void
test_a_worktree_comes_back_only_to_its_branch_X_34(void **state)
{
	unsigned n = 0, failed = 0;
	bool reached;

	(void)state;
	do {
		prepare();
		git_sh("echo untracked >" TREE "/untracked");
		reached = git_stop_at(prune_failing, ++n,
		    "test ! -e " TREE
		    " && test -e w/.gone-7-x && test ! -e repo/.git/refs/heads/" BRANCH
		    " || exit 0; mv repo/.git/refs/heads repo/.git/refs/was");
		if (git_there("repo/.git/refs/was")) {
			git_sh("mv repo/.git/refs/was repo/.git/refs/heads");
			failed += git_there(ADMIN);
		}
		if (git_there(TREE))
			git_sh("git -C " TREE " rev-parse -q --verify HEAD");
		prune();
		assert_gone();
		again();
	} while (reached || (failed == 0 && n < 200));
	assert_true(failed > 0);
}

/* --- what is judged --- */

/* A person, or the teardown itself. */
static void
test_what_is_saved_during_the_teardown_is_judged_A_11(void **state)
{
	struct teardown t = {
		.command = "sh -c 'echo late >late'", .state = git_dir, .ticket = { 7 }
	};

	(void)state;
	prepare();
	teardown_set(&t);
	prune();
	assert_gone();
	assert_string_equal(git_out("git -C repo show refs/reeve/7/2-salvage:late"), "late");
	again();
	prepare();
	git_sh("git -C repo merge -q --no-ff -m landed " BRANCH);
	order.merge = git_rev("main");
	stays(PRUNE_UNSET, "uncommitted or untracked");
	assert_string_equal(git_out("cat " TREE "/late"), "late");
	teardown_set(NULL);
}

static void
put_aside(const char *what)
{
	const char *id;

	prepare();
	git_sh("cd " TREE "; git checkout -q -B other main; echo other >a; git commit -qam other; "
	       "git checkout -q " BRANCH
	       "; echo precious >>dir/c; ! git %s --autostash other >/dev/null 2>&1; git checkout "
	       "-q -f HEAD -- .",
	    what);
	id = git_out(
	    "cat " ADMIN "/rebase-merge/autostash " ADMIN "/MERGE_AUTOSTASH 2>/dev/null || :");
	git_sh("cd repo; git branch -f landed $(git commit-tree -m landed -p " BRANCH
	       " -p other main^{tree})");
	order.target = "landed";
	stays(PRUNE_LANDED, "autostash");
	order.what = PRUNE_WORK;
	prune();
	assert_gone();
	assert_string_equal(git_out("git -C repo show %s:dir/c", id), "c1\nprecious");
	assert_has(git_out("git -C repo for-each-ref --contains %s", id), "refs/reeve/7/pruned-9");
	again();
}

/* Files that only the administrative directory names. */
static void
test_what_a_rebase_has_put_aside_is_parked_A_11(void **state)
{
	(void)state;
	put_aside("rebase");
	put_aside("merge");
}

/* Its files were removed by hand; its name stayed. */
static void
test_an_empty_directory_is_no_wall(void **state)
{
	(void)state;
	prepare();
	git_sh("rm -r " TREE "; mkdir " TREE);
	prune();
	assert_gone();
	again();
	prepare();
	git_sh("git -C repo worktree remove -f ../" TREE "; mkdir " TREE);
	prune();
	assert_gone();
}

static void
test_files_that_git_knows_no_more_stay_and_that_is_said(void **state)
{
	(void)state;
	prepare();
	git_sh("rm " TREE "/.git");
	stays(PRUNE_WORK, "its .git file is gone");
	assert_true(git_there(TREE "/new"));
	again();
	prepare();
	git_sh("rm -r " ADMIN);
	stays(PRUNE_WORK, "git knows it no more");
	assert_true(git_there(TREE "/new"));
}

int
main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, git_setup_test, git_teardown_test)
	const struct CMUnitTest tests[] = {
		T(test_what_is_noted_down_is_written_to_no_other_directory_X_23),
		T(test_a_worktree_that_lets_nobody_write_in_it_goes_X_23),
		T(test_what_is_saved_while_an_earlier_rest_goes_is_parked_A_11),
		T(test_a_rest_takes_nothing_of_a_worktree_that_was_moved_X_17),
		T(test_a_worktree_comes_back_only_to_its_branch_X_34),
		T(test_what_is_saved_during_the_teardown_is_judged_A_11),
		T(test_what_a_rebase_has_put_aside_is_parked_A_11),
		T(test_an_empty_directory_is_no_wall),
		T(test_files_that_git_knows_no_more_stay_and_that_is_said),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
