/* SPDX-License-Identifier: GPL-2.0-only */
/* Which commits are accepted as an artifact, and how they are kept. */
#include "base/base.h"

#include "test_effect_git.h"

#define EP(t, e) ((struct episode_id){ .ticket = { t }, .n = e })
#define BRANCH   "reeve/7-x"

static struct oid base;

/* The branch with two commits on it, checked out in a worktree of its own. */
static void
work(void)
{
	base = git_rev("main");
	git_sh("cd repo; git worktree add -q -b " BRANCH
	       " ../w; cd ../w; echo 1 >a; git commit -qam one;"
	       "echo 2 >a; git commit -qam two");
}

/* As a report of `ep` would have it. */
static void
pin_report(struct oid base_id, struct oid commit, struct episode_id ep, struct git_result *r)
{
	const struct git_claim claim = {
		.branch = BRANCH, .target = "main", .base_id = base_id, .commit = commit, .ep = ep
	};

	git_artifact_pin(git_repo, &claim, r);
}

static struct oid
pin(struct oid commit, struct episode_id ep, enum git_answer want, const char *part)
{
	AUTO_RESULT r = GIT_RESULT_INIT;

	pin_report(base, commit, ep, &r);
	assert_answer(r, want);
	if (part)
		assert_has(r.text.p, part);
	return r.a;
}

static void
test_pins_a_named_commit_and_the_tip(void **state)
{
	struct oid none = { "" }, one, two;

	(void)state;
	work();
	one = git_rev(BRANCH "~1");
	two = git_rev(BRANCH);
	assert_true(oid_eq(pin(one, EP(7, 1), GIT_ANSWER_OK, NULL), one));
	assert_true(oid_eq(pin(none, EP(7, 2), GIT_ANSWER_OK, NULL), two));
	assert_true(oid_eq(git_rev("refs/reeve/7/1"), one));
	assert_true(oid_eq(git_rev("refs/reeve/7/2"), two));
	/* nothing but those files */
	assert_string_equal(
	    git_out("cd repo/.git/refs/reeve; find . -type f | sort"), "./7/1\n./7/2");
}

static void
test_a_pin_is_set_once_B_12(void **state)
{
	struct oid none = { "" }, one, two;

	(void)state;
	work();
	one = git_rev(BRANCH "~1");
	two = git_rev(BRANCH);
	(void)pin(one, EP(7, 1), GIT_ANSWER_OK, NULL);
	assert_true(oid_eq(pin(one, EP(7, 1), GIT_ANSWER_OK, NULL), one));
	assert_true(oid_eq(pin(none, EP(7, 1), GIT_ANSWER_OK, NULL), one));
	(void)pin(two, EP(7, 1), GIT_ANSWER_BAD, one.hex);
	assert_true(oid_eq(git_rev("refs/reeve/7/1"), one));
}

static void
test_a_pin_outlives_a_force_push_and_gc_X_29(void **state)
{
	struct oid two;

	(void)state;
	work();
	two = git_rev(BRANCH);
	(void)pin(two, EP(7, 1), GIT_ANSWER_OK, NULL);
	git_sh("cd w; git reset -q --hard main; git reflog expire --expire=now --all; cd ../repo; "
	       "git reflog expire --expire=now --all; git gc -q --prune=now; git cat-file -e %s",
	    two.hex);
	/* what was accepted stays accepted */
	assert_true(oid_eq(pin(two, EP(7, 1), GIT_ANSWER_OK, NULL), two));
	/* and another episode cannot name it any more */
	(void)pin(two, EP(7, 2), GIT_ANSWER_BAD, "not on the branch");
}

static void
test_refuses_what_is_no_commit_of_the_branch_E_38_B_12(void **state)
{
	struct oid none = { "" };

	(void)state;
	work();
	(void)pin(git_id("0123456789012345678901234567890123456789"), EP(7, 1), GIT_ANSWER_BAD,
	    "no commit");
	(void)pin(git_id(git_out("git -C repo rev-parse '%s^{tree}'", BRANCH)), EP(7, 1),
	    GIT_ANSWER_BAD, "tree");
	(void)pin(git_id("0123456789012345678901234567890123456789012345678901234567890123"),
	    EP(7, 1), GIT_ANSWER_BAD, "SHA-1");
	git_sh("cd repo; git tag -a -m t v1 %s", BRANCH);
	(void)pin(git_id(git_out("git -C repo rev-parse v1")), EP(7, 1), GIT_ANSWER_BAD, "tag");
	/* on another branch */
	git_sh("cd repo; git checkout -q -b other; git commit -q --allow-empty -m o");
	(void)pin(git_rev("other"), EP(7, 1), GIT_ANSWER_BAD, "not on the branch");
	/* on the branch, but not on top of the base */
	git_sh("cd w; git checkout -q --orphan o; git commit -qm o; git branch -qf " BRANCH
	       "; git checkout -q " BRANCH);
	(void)pin(none, EP(7, 1), GIT_ANSWER_BAD, "does not descend");
	(void)pin(git_rev(BRANCH), EP(7, 1), GIT_ANSWER_BAD, "does not descend");
	assert_false(git_there("repo/.git/refs/reeve"));
	git_sh("cd w; git checkout -q --detach; git branch -qD " BRANCH);
	(void)pin(none, EP(7, 1), GIT_ANSWER_BAD, "does not exist any more");
}

static void
test_a_report_without_work_is_bad_B_12(void **state)
{
	struct oid none = { "" };

	(void)state;
	base = git_rev("main");
	git_sh("git -C repo branch " BRANCH);
	(void)pin(none, EP(7, 1), GIT_ANSWER_BAD, "no commit beyond");
}

static void
test_a_commit_that_needs_no_change_may_be_named(void **state)
{
	AUTO_RESULT r = GIT_RESULT_INIT;

	(void)state;
	base = git_rev("main");
	git_sh("git -C repo branch " BRANCH);
	pin_report(base, base, EP(7, 1), &r);
	assert_answer(r, GIT_ANSWER_OK);
	assert_false(r.flag);
}

/* A person may name what is on no branch of ours; what cannot be merged, or is nothing, is still refused. */
static void
test_a_person_names_a_commit_A_20(void **state)
{
	struct git_claim claim = { .branch = "", .target = "main", .ep = EP(7, 1), .rev = 9 };
	AUTO_RESULT r = GIT_RESULT_INIT;

	(void)state;
	work();
	git_sh("cd repo; git checkout -q -b elsewhere; echo 3 >c; git add c; git commit -qm three;"
	       "git checkout -q --orphan alone; git commit -qm alone; git checkout -q main");
	claim.commit = git_rev("elsewhere");
	git_artifact_pin(git_repo, &claim, &r);
	assert_answer(r, GIT_ANSWER_OK);
	assert_true(oid_eq(git_rev("refs/reeve/7/r9"), claim.commit));
	git_artifact_pin(git_repo, &claim, &r); /* again */
	assert_answer(r, GIT_ANSWER_OK);
	claim.commit =
	    git_rev("main"); /* the revision came to nothing, and is another command's now */
	git_artifact_pin(git_repo, &claim, &r);
	assert_answer(r, GIT_ANSWER_OK);
	assert_true(oid_eq(git_rev("refs/reeve/7/r9"), claim.commit));
	claim.rev = 10;
	claim.commit = git_rev("alone");
	git_artifact_pin(git_repo, &claim, &r);
	assert_answer(r, GIT_ANSWER_BAD);
	assert_has(r.text.p, "shares no history");
	claim.commit = (struct oid){ "" };
	git_artifact_pin(git_repo, &claim, &r);
	assert_answer(r, GIT_ANSWER_BAD);
	claim.commit = git_id(git_out("git -C repo rev-parse main^{tree}"));
	git_artifact_pin(git_repo, &claim, &r);
	assert_answer(r, GIT_ANSWER_BAD);
}

/* What a person puts in its place holds work; a worker may say that nothing had to be changed. */
static void
test_a_person_names_no_work_A_12_D_13(void **state)
{
	struct git_claim claim = { .branch = BRANCH, .target = "main", .ep = EP(7, 1), .rev = 9 };
	AUTO_RESULT r = GIT_RESULT_INIT;

	(void)state;
	work();
	claim.base_id = claim.commit = base;
	git_artifact_pin(git_repo, &claim, &r);
	assert_answer(r, GIT_ANSWER_BAD);
	assert_has(r.text.p, "holds none of it");
	assert_false(git_there("repo/.git/refs/reeve"));
	claim.commit = git_rev(BRANCH "~1");
	git_artifact_pin(git_repo, &claim, &r);
	assert_answer(r, GIT_ANSWER_OK);
}

static void
test_a_broken_repository_says_nothing_about_the_work(void **state)
{
	struct oid none = { "" };

	(void)state;
	work();
	base = git_id("0123456789012345678901234567890123456789");
	(void)pin(none, EP(7, 1), GIT_ANSWER_ENVIRONMENT, base.hex);
	git_sh("mv repo/.git repo/.gone");
	(void)pin(none, EP(7, 1), GIT_ANSWER_ENVIRONMENT, "no git repository");
}

static void
pin_killed(void)
{
	AUTO_RESULT r = GIT_RESULT_INIT;
	struct oid none = { "" };

	pin_report(base, none, EP(7, 1), &r);
}

static void
test_somebody_elses_ref_lock_is_told_and_kept_X_17(void **state)
{
	struct oid none = { "" };

	(void)state;
	work();
	git_sh("mkdir -p repo/.git/refs/reeve/7; : >repo/.git/refs/reeve/7/1.lock");
	(void)pin(none, EP(7, 1), GIT_ANSWER_ENVIRONMENT, "refs/reeve/7/1.lock");
	assert_true(git_there("repo/.git/refs/reeve/7/1.lock"));
}

static void
test_a_name_that_another_ref_blocks_is_told(void **state)
{
	struct oid none = { "" };

	(void)state;
	work();
	git_sh("cd repo; git update-ref refs/reeve/7 main; git pack-refs --all");
	(void)pin(none, EP(7, 1), GIT_ANSWER_ENVIRONMENT, "refs/reeve/7");
	git_sh("cd repo; git update-ref -d refs/reeve/7; git update-ref refs/reeve/7/1/x main; git "
	       "pack-refs --all");
	(void)pin(none, EP(7, 1), GIT_ANSWER_ENVIRONMENT, "refs/reeve/7/1/x");
}

static void
test_pin_killed_at_every_step_X_34(void **state)
{
	struct oid none = { "" }, two;
	unsigned n = 0;
	bool killed;

	(void)state;
	work();
	two = git_rev(BRANCH);
	do {
		killed = git_kill_at(pin_killed, ++n);
		assert_true(oid_eq(pin(none, EP(7, 1), GIT_ANSWER_OK, NULL), two));
		assert_false(git_there("repo/.git/refs/reeve/7/1.lock"));
		git_sh("rm -rf repo/.git/refs/reeve");
	} while (killed);
	assert_true(n > 4);
}

/* The commit was made by somebody who synced nothing. */
static void
test_the_objects_are_synced_before_the_name_and_the_name_before_the_answer_X_18(void **state)
{
	const char *objects, *ref;

	(void)state;
	work();
	assert_false(git_kill_at(pin_killed, 0));
	objects = strchr(git_steps, 'S');
	ref = strrchr(git_steps, 'R');
	if (!objects || !ref || objects > ref)
		fail_msg("no syncfs before the rename: %s", git_steps);
	/* the file, then refs/reeve/7, refs/reeve, refs */
	assert_int_equal(ref[-1], 'F');
	assert_int_equal(strspn(ref + 1, "F"), 3);
}

int
main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, git_setup_test, git_teardown_test)
	const struct CMUnitTest tests[] = {
		T(test_pins_a_named_commit_and_the_tip),
		T(test_a_pin_is_set_once_B_12),
		T(test_a_pin_outlives_a_force_push_and_gc_X_29),
		T(test_refuses_what_is_no_commit_of_the_branch_E_38_B_12),
		T(test_a_report_without_work_is_bad_B_12),
		T(test_a_commit_that_needs_no_change_may_be_named),
		T(test_a_person_names_a_commit_A_20),
		T(test_a_person_names_no_work_A_12_D_13),
		T(test_a_broken_repository_says_nothing_about_the_work),
		T(test_somebody_elses_ref_lock_is_told_and_kept_X_17),
		T(test_a_name_that_another_ref_blocks_is_told),
		T(test_the_objects_are_synced_before_the_name_and_the_name_before_the_answer_X_18),
		T(test_pin_killed_at_every_step_X_34),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
