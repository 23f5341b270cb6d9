/* SPDX-License-Identifier: GPL-2.0-only */
/* What is left of a ticket goes, and nothing of anybody's work with it. */
#include "base/base.h"

#include "test_effect_git.h"

#include <sys/mount.h>

#include "effect/git_prune.h"
#include "effect/git_worktree.h"

#define BRANCH "reeve/7-x"
#define TREE   "w/7-x"
#define PARKED "refs/reeve/7/pruned-9"

static struct oid base;
static struct git_prune_order order;

/* The worktree of ticket 7, with a commit on its branch, pinned as refs/reeve/7/1 as if it was reported. */
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
	order = (struct git_prune_order){ .what = PRUNE_UNSET,
		.worktree = git_path(TREE),
		.review = ".review-",
		.branch = BRANCH,
		.target = "main",
		.passed = git_rev(BRANCH),
		.ep = { { 7 }, 2 },
		.rev = 9 };
}

static void
land(void)
{
	git_sh("git -C repo merge -q --no-ff -m landed " BRANCH);
	order.merge = git_rev("main");
}

/* As another way of landing makes it: the same changes, no common commit. */
static void
land_squashed(void)
{
	git_sh("cd repo; git merge -q --squash " BRANCH "; git commit -qm squashed");
	order.merge = git_rev("main");
}

static const char *
prune(enum prune what)
{
	static struct buf text;
	AUTO_RESULT r = GIT_RESULT_INIT;

	order.what = what;
	git_prune(git_repo, &order, &r);
	assert_answer(r, GIT_ANSWER_OK);
	if (!r.flag)
		fail_msg("it stays: %s", r.text.p);
	buf_clear(&text);
	buf_add_str(&text, buf_str(&r.text));
	return text.len ? text.p : "";
}

static void
rest(void)
{
	AUTO_RESULT r = GIT_RESULT_INIT;

	git_prune_rest(git_repo, &order, &r);
	assert_answer(r, GIT_ANSWER_OK);
	assert_string_equal(git_out("ls -A w"), "");
}

static void
stays(enum prune what, const char *why)
{
	AUTO_RESULT r = GIT_RESULT_INIT;
	_cleanup_(free_charp) char *before = git_files("w"), *after = NULL;
	const char *refs = git_out("git -C repo for-each-ref");

	order.what = what;
	git_prune(git_repo, &order, &r);
	assert_false(r.answer == GIT_ANSWER_OK && r.flag);
	assert_has(r.text.p, why);
	after = git_files("w");
	assert_string_equal(before, after);
	if (what != PRUNE_WORK)
		assert_string_equal(git_out("git -C repo for-each-ref"), refs);
	assert_false(git_there("repo/.git/worktrees/7-x/reeve-gone"));
}

static void
assert_gone(void)
{
	assert_false(git_there(TREE) || git_there("repo/.git/worktrees/7-x"));
	assert_string_equal(git_out("git -C repo branch --list " BRANCH), "");
	git_sh("git -C repo fsck --strict --no-dangling 2>&1; git -C repo worktree prune -n -v | "
	       "(! grep .)");
}

static bool
is_merged(const char *what)
{
	return strcmp(git_out("git -C repo merge-base --is-ancestor %s main && echo yes || echo no",
			  what),
		   "yes") == 0;
}

/* --- what is proved --- */

static void
test_landed_work_goes_and_the_target_holds_it(void **state)
{
	struct oid tip;

	(void)state;
	prepare();
	tip = order.passed;
	stays(PRUNE_UNSET, "nothing of it has landed");
	stays(PRUNE_LANDED, "commits that have not landed");
	land();
	git_sh("cd " TREE "; mkdir ignored; echo ignored >.gitignore");
	stays(PRUNE_UNSET, "uncommitted or untracked");
	stays(PRUNE_LANDED, "uncommitted or untracked");
	git_sh("rm " TREE "/.gitignore; cd " TREE
	       "; echo x >>../../repo/.git/info/exclude; echo 1 >x");
	assert_string_equal(prune(PRUNE_UNSET), "");
	assert_gone();
	assert_true(git_there("w/.gone-7-x/x"));
	rest();
	assert_true(is_merged(tip.hex));
	assert_true(oid_eq(git_rev("refs/reeve/7/1"), tip)); /* nobody asked for these */
	assert_has(prune(PRUNE_LANDED), "removed refs/reeve/7/1 ");
	assert_string_equal(git_out("git -C repo for-each-ref refs/reeve"), "");
}

static void
test_what_landed_in_another_form_is_proved_by_what_it_was_made_of(void **state)
{
	(void)state;
	prepare();
	land_squashed();
	git_sh("cd " TREE "; echo later >>a; git commit -qam later");
	stays(PRUNE_UNSET, "commits that have not landed");
	git_sh("git -C " TREE " reset -q --hard HEAD~1");
	git_sh("git -C repo update-ref refs/reeve/7/2 $(git -C repo commit-tree -m other -p main "
	       "main^{tree})");
	assert_has(prune(PRUNE_LANDED), "removed refs/reeve/7/1 "); /* by the same proof */
	assert_string_equal(git_out("git -C repo for-each-ref --format='%%(refname)' refs/reeve"),
	    "refs/reeve/7/2");
	assert_gone();
	assert_false(is_merged(order.passed.hex));
	/* set back since: what landed is not there any more */
	git_sh("git -C repo branch " BRANCH " %s; git -C repo reset -q --hard HEAD~1",
	    order.passed.hex);
	order.what = PRUNE_UNSET;
	stays(PRUNE_UNSET, "main does not contain");
	order.target = "gone";
	stays(PRUNE_LANDED, "the branch gone");
}

/* Merged by hand, or nothing of its own: proved, too, when a person asks. */
static void
test_what_the_target_holds_anyway_needs_no_landing_of_ours(void **state)
{
	(void)state;
	prepare();
	git_sh("git -C repo merge -q --ff-only " BRANCH);
	stays(PRUNE_UNSET, "nothing of it has landed");
	assert_has(prune(PRUNE_LANDED), "removed refs/heads/" BRANCH " ");
	assert_gone();
	rest();
}

/* --- what is parked --- */

static void
test_named_work_is_parked_before_it_goes_A_11(void **state)
{
	struct oid tip;
	const char *text;

	(void)state;
	prepare();
	git_sh("cd " TREE "; echo later >>a; git commit -qam later");
	tip = git_rev(BRANCH);
	git_sh("cd " TREE "; echo dirty >>b; echo 'two words' >'a file'; ln -s nowhere link");
	text = prune(PRUNE_WORK);
	assert_has(text, "parked " PARKED " ");
	assert_has(text, "parked refs/reeve/7/2-salvage ");
	assert_has(text, "kept refs/reeve/7/1 ");
	assert_gone();
	rest();
	assert_true(oid_eq(git_rev(PARKED), tip));
	git_sh("git -C repo branch again " PARKED "; git -C repo worktree add -q ../back again");
	assert_string_equal(git_out("cat back/new"), "n");
	assert_string_equal(git_out("git -C repo show refs/reeve/7/2-salvage:b; git -C repo show "
				    "'refs/reeve/7/2-salvage:a file'; git -C repo show "
				    "refs/reeve/7/2-salvage:link"),
	    "b1\ndirty\ntwo words\nnowhere");
	/* again: there is nothing, and it says where all is */
	assert_has(prune(PRUNE_WORK), "parked " PARKED " ");
}

/* Its report has a ref, and nothing was committed since. */
static void
test_what_a_ref_is_at_is_not_parked_once_more_A_11(void **state)
{
	AUTO_RESULT r = GIT_RESULT_INIT;

	(void)state;
	prepare();
	order.what = PRUNE_WORK;
	git_prune(git_repo, &order, &r);
	assert_answer(r, GIT_ANSWER_OK);
	assert_true(r.flag && oid_eq(r.b, order.passed));
	assert_has(r.text.p, "parked refs/reeve/7/1 ");
	assert_string_equal(git_out("git -C repo for-each-ref --format='%%(refname)' refs/reeve"),
	    "refs/reeve/7/1");
	assert_gone();
}

/* HEAD where no branch is: a rebase that somebody left. */
static void
test_a_detached_head_is_parked_too(void **state)
{
	struct oid lost;

	(void)state;
	prepare();
	land();
	git_sh("cd " TREE "; git checkout -q --detach; echo x >>a; git commit -qam lost");
	lost = git_id(git_out("git -C " TREE " rev-parse HEAD"));
	stays(PRUNE_UNSET, "HEAD holds commits");
	stays(PRUNE_LANDED, "HEAD holds commits");
	(void)prune(PRUNE_WORK);
	assert_gone();
	assert_true(oid_eq(git_rev(PARKED), lost));
}

/* A person has removed the files by hand: the commits are still there. */
static void
test_files_that_are_gone_cost_no_commit(void **state)
{
	struct oid tip, lost;

	(void)state;
	prepare();
	tip = order.passed;
	git_sh(
	    "cd " TREE
	    "; git checkout -q --detach; echo x >>a; git commit -qam lost; cd ../..; rm -rf " TREE);
	lost = git_id(git_out("cat repo/.git/worktrees/7-x/HEAD"));
	(void)prune(PRUNE_WORK);
	assert_gone();
	assert_true(oid_eq(git_rev("refs/reeve/7/1"), tip));
	assert_true(oid_eq(git_rev(PARKED), lost));
}

static void
test_reviewers_worktrees_go_too_and_what_they_hold_is_parked(void **state)
{
	(void)state;
	prepare();
	git_sh("git -C repo worktree add -q --detach ../w/7-x.review-2 " BRANCH
	       "; echo try >w/7-x.review-2/try");
	stays(PRUNE_LANDED, "uncommitted");
	(void)prune(PRUNE_WORK);
	assert_gone();
	rest();
	assert_string_equal(git_out("git -C repo show refs/reeve/7/2-salvage:try"), "try");
}

static void
test_refs_go_when_they_are_named_and_nothing_else(void **state)
{
	const char *text;

	(void)state;
	prepare();
	git_sh("git -C repo update-ref refs/reeve/7/2-salvage main; git -C repo update-ref "
	       "refs/reeve/70/1 main");
	text = prune(PRUNE_REFS);
	assert_has(text, "removed refs/reeve/7/1 ");
	assert_has(text, "removed refs/reeve/7/2-salvage ");
	assert_true(git_there(TREE "/new"));
	assert_string_equal(git_out("git -C repo for-each-ref --format='%%(refname)'"),
	    "refs/heads/main\nrefs/heads/" BRANCH "\nrefs/reeve/70/1");
}

/* --- what stays --- */

static void
test_what_somebody_holds_stays_X_17(void **state)
{
	(void)state;
	prepare();
	git_sh("git -C repo worktree lock ../" TREE);
	stays(PRUNE_WORK, "locked");
	git_sh("git -C repo worktree unlock ../" TREE "; : >repo/.git/worktrees/7-x/index.lock");
	stays(PRUNE_WORK, "index.lock");
	git_sh("rm repo/.git/worktrees/7-x/index.lock; git -C " TREE
	       " checkout -q --detach; git -C repo "
	       "checkout -q " BRANCH);
	stays(PRUNE_WORK, "another worktree has its branch");
	git_sh("git -C repo checkout -q main; git -C repo symbolic-ref refs/heads/" BRANCH
	       " refs/heads/main");
	stays(PRUNE_WORK, "symbolic");
}

/* What cannot be put into a commit is a reason to leave all as it is. */
static void
test_what_cannot_be_parked_is_not_removed(void **state)
{
	(void)state;
	prepare();
	git_sh("git init -q " TREE "/own; echo precious >" TREE "/own/f");
	stays(PRUNE_WORK, "not all of its files can be parked");
	assert_string_equal(git_out("cat " TREE "/own/f"), "precious");
}

static void
test_what_is_not_ours_is_never_touched(void **state)
{
	(void)state;
	prepare();
	git_sh("mv w real; mkdir w; ln -s ../real/7-x w/7-x");
	stays(PRUNE_WORK, "is in the way");
	git_sh("rm w/7-x; git init -q w/7-x; echo mine >w/7-x/f");
	stays(PRUNE_WORK, "a repository of its own");
	assert_string_equal(git_out("cat w/7-x/f real/7-x/new"), "mine\nn");
}

/* --- how it goes --- */

static void
test_links_are_not_followed_and_closed_directories_are_no_wall_X_23(void **state)
{
	_cleanup_(free_charp) char *before = NULL, *after = NULL;

	(void)state;
	prepare();
	land();
	git_sh(
	    "mkdir precious; echo mine >precious/f; chmod 755 precious; cd " TREE
	    "; echo 'n*' >>../../repo/.git/info/exclude; mkdir -p node/deep; ln -s "
	    "../../../precious node/out; "
	    "ln -s ../../precious nout; echo x >node/deep/f; chmod 000 node/deep; chmod 555 node");
	before = git_files("precious");
	(void)prune(PRUNE_UNSET);
	assert_gone();
	rest();
	after = git_files("precious");
	assert_string_equal(before, after);
}

/* A directory of that name that somebody put there goes nowhere but away. */
static void
test_a_link_in_place_of_the_rest_is_only_a_link_X_23(void **state)
{
	(void)state;
	prepare();
	land();
	git_sh("mkdir precious; echo mine >precious/f; ln -s ../precious w/.gone-7-x");
	(void)prune(PRUNE_UNSET);
	rest();
	assert_string_equal(git_out("cat precious/f"), "mine");
}

static void
test_what_is_mounted_there_is_not_emptied(void **state)
{
	AUTO_RESULT r = GIT_RESULT_INIT;

	(void)state;
	prepare();
	land();
	git_sh(
	    "mkdir precious; echo mine >precious/f; echo mnt >>repo/.git/info/exclude; mkdir " TREE
	    "/mnt");
	(void)prune(PRUNE_UNSET);
	if (mount("tmpfs", git_path("w/.gone-7-x/mnt"), "tmpfs", 0, NULL) < 0) {
		rest();
		skip(); /* only root can mount */
	}
	git_sh("echo mine >w/.gone-7-x/mnt/f");
	git_prune_rest(git_repo, &order, &r);
	assert_answer(r, GIT_ANSWER_ENVIRONMENT);
	assert_has(r.text.p, "mounted");
	assert_string_equal(git_out("cat w/.gone-7-x/mnt/f"), "mine");
	assert_return_code(umount(git_path("w/.gone-7-x/mnt")), errno);
	rest();
}

/* Hooks and programs of the repository, which a worker can write, are not run. */
static void
test_nothing_of_the_repository_is_executed_X_23(void **state)
{
	(void)state;
	prepare();
	git_sh("cd repo; for h in reference-transaction post-checkout pre-auto-gc; do printf "
	       "'#!/bin/sh\\ntouch "
	       "%s/ran\\n' >.git/hooks/$h; chmod +x .git/hooks/$h; done; git config core.fsmonitor "
	       "'touch %s/ran;'; git config filter.evil.clean 'touch %s/ran; cat'; cd ../" TREE
	       "; echo '* filter=evil' >.gitattributes; echo dirty >>b; rm -f %s/ran",
	    git_dir, git_dir, git_dir, git_dir);
	(void)prune(PRUNE_WORK);
	assert_false(git_there("ran"));
	git_sh("git -C repo config --unset core.fsmonitor");
	assert_gone();
}

/* --- ended by SIGKILL --- */

static void
prune_killed(void)
{
	struct git_result r = GIT_RESULT_INIT;

	git_prune(git_repo, &order, &r);
	if (r.answer == GIT_ANSWER_OK && r.flag)
		git_prune_rest(git_repo, &order, &r);
	git_result_release(&r);
}

/* All that was there before is still to be had: from a ref, or where it was. */
static void
assert_nothing_lost(struct oid tip)
{
	assert_has(
	    git_out("git -C repo for-each-ref --contains %s --format='%%(refname)'", tip.hex),
	    "refs/");
	if (!git_there(TREE "/untracked"))
		assert_string_equal(
		    git_out("git -C repo show refs/reeve/7/2-salvage:untracked; git -C repo "
			    "show refs/reeve/7/2-salvage:b"),
		    "precious\nb1\ndirty");
}

/* As a supervisor goes on: an order that is not done is begun again; else the worktree, or its rest, tells. */
static void
prune_as_seen(enum prune what)
{
	if (what != PRUNE_UNSET || git_there(TREE))
		(void)prune(what);
	git_prune_rest(git_repo, &order, &(struct git_result)GIT_RESULT_INIT);
}

static void
prune_each_step(enum prune what, void (*landing)(void), unsigned stride)
{
	_cleanup_(free_charp) char *others = NULL;
	unsigned n = 0;
	bool killed;

	git_sh("git -C repo branch mine; git -C repo worktree add -q ../elsewhere mine; echo dirty "
	       ">elsewhere/a; git init -q w-other; mkdir -p w/8-y; echo 8 >w/8-y/f");
	do {
		struct oid tip;

		prepare();
		tip = order.passed;
		order.what = what;
		if (landing)
			landing();
		if (what == PRUNE_WORK)
			git_sh("cd " TREE "; echo dirty >>b; echo precious >untracked");
		git_sh("cd " TREE "; mkdir -p x/node/deep; echo 1 >x/node/deep/1; echo x "
		       ">>../../repo/.git/info/exclude");
		free_charp(&others);
		others = git_files("elsewhere w/8-y repo");
		killed = git_kill_at(prune_killed, n += stride);
		git_sh("git -C repo fsck --strict --no-dangling");
		if (what == PRUNE_WORK)
			assert_nothing_lost(tip);
		prune_as_seen(what);
		assert_gone();
		assert_string_equal(git_out("ls -A w"), "8-y");
		if (what == PRUNE_WORK) {
			assert_nothing_lost(tip);
			assert_true(oid_eq(git_rev("refs/reeve/7/1"), tip));
		} else if (what == PRUNE_LANDED) {
			assert_string_equal(git_out("git -C repo for-each-ref refs/reeve"), "");
		} else {
			assert_true(is_merged(tip.hex) || oid_eq(git_rev("refs/reeve/7/1"), tip));
		}
		assert_string_equal(
		    git_out("git -C repo for-each-ref --format='%%(refname)' refs/heads"),
		    "refs/heads/main\nrefs/heads/mine");
		_cleanup_(free_charp) char *after = git_files("elsewhere w/8-y repo");
		assert_string_equal(others, after);
		git_sh("git -C repo reset -q --hard %s; git -C repo for-each-ref --format='delete "
		       "%%(refname)' "
		       "refs/reeve | git -C repo update-ref --stdin",
		    base.hex);
	} while (killed);
	assert_true(n > 20);
}

static void
test_prune_killed_at_every_step_is_finished_and_loses_nothing_X_34_A_11(void **state)
{
	(void)state;
	prune_each_step(PRUNE_WORK, NULL, 1);
}

static void
judge_killed(void)
{
	AUTO_RESULT r = GIT_RESULT_INIT;

	git_prune(git_repo, &order, &r);
}

/* Killed anywhere before its answer was noted down, which the rest waits for: the next call tells the same.  The commit is
 * that of a report, so no other ref says what the branch was at. */
static void
answer_after_each_step(bool has_files, unsigned stride)
{
	unsigned n = 0;
	bool killed;

	do {
		AUTO_RESULT r = GIT_RESULT_INIT;
		struct oid tip;

		prepare();
		tip = order.passed;
		order.what = PRUNE_WORK;
		git_sh("git -C repo update-ref refs/reeve/7/2 %s^", tip.hex);
		if (has_files)
			git_sh("cd " TREE "; echo precious >untracked; echo 9 %s - >.reeve-pruned",
			    base.hex);
		else
			git_sh("git -C repo worktree remove -f ../" TREE);
		killed = git_kill_at(judge_killed, n += stride);
		git_prune(git_repo, &order, &r);
		assert_answer(r, GIT_ANSWER_OK);
		assert_true(r.flag && oid_eq(r.b, tip));
		assert_has(r.text.p, "parked refs/reeve/7/1 ");
		if (has_files) {
			assert_true(oid_eq(r.a, git_rev("refs/reeve/7/2-salvage")));
			assert_string_equal(
			    git_out("git -C repo show refs/reeve/7/2-salvage:untracked"),
			    "precious");
		}
		assert_gone();
		rest();
		git_sh("git -C repo for-each-ref --format='delete %%(refname)' refs/reeve | git -C "
		       "repo update-ref --stdin");
	} while (killed);
	assert_true(n > 10);
}

static void
test_prune_killed_at_every_step_still_names_the_commit_A_11_X_34(void **state)
{
	(void)state;
	answer_after_each_step(true, 1);
	answer_after_each_step(false, 1);
}

/* --- a step failed: what somebody does there since is judged --- */

static const struct {
	const char *set, *unset, *why;
} obstacles[] = {
	{ ": >repo/.git/refs/heads/" BRANCH ".lock", "rm repo/.git/refs/heads/" BRANCH ".lock",
	    ".lock" },
	{ "mkdir -p repo/.git/worktrees/7-x/reeve-gone/x",
	    "rm -r repo/.git/worktrees/7-x/reeve-gone", "worktrees/7-x/reeve-gone: " },
};

static void
fails_at(size_t i, enum prune what)
{
	AUTO_RESULT r = GIT_RESULT_INIT;

	git_sh("%s", obstacles[i].set);
	order.what = what;
	git_prune(git_repo, &order, &r);
	assert_false(r.answer == GIT_ANSWER_OK);
	assert_has(r.text.p, obstacles[i].why);
	git_sh("cd " TREE "; test \"$(git symbolic-ref HEAD)\" = refs/heads/" BRANCH "; git status "
	       "--porcelain | (! grep -v untracked); echo late >late");
	git_sh("%s", obstacles[i].unset);
}

static void
clear(void)
{
	git_sh(
	    "rm -rf w repo/.git/worktrees; find repo/.git -name '*.lock' -delete; git -C repo "
	    "reset -q --hard %s; git -C repo "
	    "for-each-ref --format='delete %%(refname)' refs/reeve refs/heads/reeve | git -C repo "
	    "update-ref --stdin",
	    base.hex);
}

static void
test_what_came_after_a_prune_that_failed_is_parked_by_the_next_A_11_X_34(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(obstacles); i++) {
		prepare();
		git_sh("echo untracked >" TREE "/untracked");
		fails_at(i, PRUNE_WORK);
		(void)prune(PRUNE_WORK);
		assert_gone();
		rest();
		assert_string_equal(git_out("git -C repo show refs/reeve/7/2-salvage:late "
					    "refs/reeve/7/2-salvage:untracked"),
		    "late\nuntracked");
		clear();
	}
}

static void
test_what_came_after_a_clean_up_that_failed_stays_A_11_X_34(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(obstacles); i++) {
		prepare();
		land();
		fails_at(i, PRUNE_UNSET);
		stays(PRUNE_UNSET, "uncommitted or untracked");
		stays(PRUNE_LANDED, "uncommitted or untracked");
		assert_string_equal(git_out("cat " TREE "/late"), "late");
		clear();
	}
}

static void
test_what_came_after_a_prune_that_failed_is_there_when_work_goes_on_A_11_X_34(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(obstacles); i++) {
		AUTO_RESULT r = GIT_RESULT_INIT;

		prepare();
		fails_at(i, PRUNE_WORK);
		git_worktree_prepare(git_repo, git_path(TREE), BRANCH, base, &r);
		assert_answer(r, GIT_ANSWER_OK);
		assert_true(r.flag && oid_eq(r.a, order.passed));
		assert_string_equal(git_out("cat " TREE "/late"), "late");
		clear();
	}
}

/* Whatever a worker calls as reeve does its own. */
static void
test_no_name_that_a_worker_takes_stops_a_prune_A_12(void **state)
{
	(void)state;
	prepare();
	git_sh("cd " TREE
	       "; mkdir -p .reeve-pruned.reeve-tmp/x .reeve-pruned/x; echo dirty >>b; mkdir "
	       "../../repo/.git/worktrees/7-x/reeve-gone.reeve-tmp");
	(void)prune(PRUNE_WORK);
	assert_gone();
	rest();
}

static void
go_on(bool is_opened)
{
	AUTO_RESULT r = GIT_RESULT_INIT;

	git_sh("echo late >" TREE "/late");
	if (is_opened) {
		git_worktree_prepare(git_repo, git_path(TREE), BRANCH, base, &r);
		assert_answer(r, GIT_ANSWER_OK);
		assert_string_equal(git_out("cat " TREE "/late"), "late");
		return;
	}
	if (order.what == PRUNE_UNSET) {
		git_prune(git_repo, &order, &r);
		assert_answer(r, GIT_ANSWER_OK);
		assert_has(r.text.p, "uncommitted or untracked");
		assert_string_equal(git_out("cat " TREE "/late"), "late");
		return;
	}
	(void)prune(PRUNE_WORK);
	assert_gone();
	assert_string_equal(git_out("git -C repo show refs/reeve/7/2-salvage:late"), "late");
}

/* As long as it has its name, somebody may work there: also when the prune was killed. */
static void
test_what_came_after_a_prune_that_was_killed_is_judged_X_34(void **state)
{
	unsigned n = 0, there = 0;
	bool killed;

	(void)state;
	do {
		prepare();
		order.what = n % 2 == 0 ? PRUNE_WORK : PRUNE_UNSET;
		if (order.what == PRUNE_UNSET)
			land();
		killed = git_kill_at(judge_killed, ++n);
		if (git_there(TREE)) {
			there++;
			go_on(n % 3 == 0);
		}
		clear();
	} while (killed);
	assert_true(there > 5);
}

/* Of another order, of nobody, or of what no ref keeps: not believed. */
static void
test_a_note_of_a_worker_names_nothing_A_12(void **state)
{
	static const char *const notes[] = { "8 $T -", "9 $(git rev-parse main^{tree}) -", "9",
		"9 ", "9 x y z", "" };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(notes); i++) {
		AUTO_RESULT r = GIT_RESULT_INIT;

		prepare();
		order.what = PRUNE_WORK;
		git_sh("T=$(git -C repo rev-parse refs/reeve/7/1); cd repo; mkdir ../w/.gone-7-x; "
		       "echo \"%s\" >../w/.gone-7-x/.reeve-pruned; git worktree remove -f ../" TREE
		       "; git branch -qD " BRANCH,
		    notes[i]);
		git_prune(git_repo, &order, &r);
		assert_answer(r, GIT_ANSWER_OK);
		assert_true(r.flag && !oid_is_set(r.b) && !oid_is_set(r.a));
		rest();
	}
}

static void
test_clean_up_killed_at_every_step_is_finished_X_34(void **state)
{
	(void)state;
	prune_each_step(PRUNE_UNSET, land, 2);
}

static void
test_prune_of_landed_killed_at_every_step_is_finished_X_34(void **state)
{
	(void)state;
	prune_each_step(PRUNE_LANDED, land_squashed, 3);
}

/* The branch moves between the judgement and the removal: it stays, with what it got. */
static void
test_a_branch_that_moves_meanwhile_stays_X_28(void **state)
{
	bool reached;
	unsigned n = 0;

	(void)state;
	do {
		prepare();
		order.what = PRUNE_WORK;
		reached = git_stop_at(prune_killed, n += 5,
		    "cd repo; git update-ref refs/heads/" BRANCH
		    " $(git commit-tree -m late -p main main^{tree}) "
		    "$(git rev-parse -q --verify refs/heads/" BRANCH
		    " || echo none) 2>/dev/null || :; git rev-parse -q "
		    "--verify refs/heads/" BRANCH " >../late || :");
		if (reached && *git_out("cat late"))
			assert_has(git_out("git -C repo for-each-ref --contains $(cat late) "
					   "--format='%%(refname)'"),
			    "refs/");
		(void)prune(PRUNE_WORK);
		assert_gone();
		if (reached && *git_out("cat late"))
			assert_has(git_out("git -C repo for-each-ref --contains $(cat late) "
					   "--format='%%(refname)'"),
			    "refs/");
		git_prune_rest(git_repo, &order, &(struct git_result)GIT_RESULT_INIT);
		git_sh("rm -f late; git -C repo for-each-ref --format='delete %%(refname)' "
		       "refs/reeve | git -C repo "
		       "update-ref --stdin");
	} while (reached);
	assert_true(n > 20);
}

int
main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, git_setup_test, git_teardown_test)
	const struct CMUnitTest tests[] = {
		T(test_landed_work_goes_and_the_target_holds_it),
		T(test_what_landed_in_another_form_is_proved_by_what_it_was_made_of),
		T(test_what_the_target_holds_anyway_needs_no_landing_of_ours),
		T(test_named_work_is_parked_before_it_goes_A_11),
		T(test_a_detached_head_is_parked_too),
		T(test_files_that_are_gone_cost_no_commit),
		T(test_reviewers_worktrees_go_too_and_what_they_hold_is_parked),
		T(test_refs_go_when_they_are_named_and_nothing_else),
		T(test_what_somebody_holds_stays_X_17),
		T(test_what_cannot_be_parked_is_not_removed),
		T(test_what_is_not_ours_is_never_touched),
		T(test_links_are_not_followed_and_closed_directories_are_no_wall_X_23),
		T(test_a_link_in_place_of_the_rest_is_only_a_link_X_23),
		T(test_what_is_mounted_there_is_not_emptied),
		T(test_nothing_of_the_repository_is_executed_X_23),
		T(test_what_a_ref_is_at_is_not_parked_once_more_A_11),
		T(test_prune_killed_at_every_step_is_finished_and_loses_nothing_X_34_A_11),
		T(test_prune_killed_at_every_step_still_names_the_commit_A_11_X_34),
		T(test_what_came_after_a_prune_that_failed_is_parked_by_the_next_A_11_X_34),
		T(test_what_came_after_a_clean_up_that_failed_stays_A_11_X_34),
		T(test_what_came_after_a_prune_that_failed_is_there_when_work_goes_on_A_11_X_34),
		T(test_no_name_that_a_worker_takes_stops_a_prune_A_12),
		T(test_what_came_after_a_prune_that_was_killed_is_judged_X_34),
		T(test_a_note_of_a_worker_names_nothing_A_12),
		T(test_clean_up_killed_at_every_step_is_finished_X_34),
		T(test_prune_of_landed_killed_at_every_step_is_finished_X_34),
		T(test_a_branch_that_moves_meanwhile_stays_X_28),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
