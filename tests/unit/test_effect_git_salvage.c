/* SPDX-License-Identifier: GPL-2.0-only */
/* Work without a verdict is kept under a ref; a worktree goes only when nothing of it can be lost. */
#include "base/base.h"

#include "test_effect_git.h"

#include "effect/git_worktree.h"

#define BRANCH  "reeve/7-x"
#define SALVAGE "refs/reeve/7/3-salvage"
#define EP      ((struct episode_id){ .ticket = { 7 }, .n = 3 })

static struct oid base;

/* A worktree with a committed start. */
static int
setup(void **state)
{
	AUTO_RESULT r = GIT_RESULT_INIT;
	int code = git_setup_test(state);

	git_sh("cd repo; echo x >run; chmod +x run; ln -s a link; echo '*.o' >.gitignore; git add "
	       "-A; git commit -qm more");
	base = git_rev("main");
	git_worktree_prepare(git_repo, git_path("w/7-x"), BRANCH, base, &r);
	assert_answer(r, GIT_ANSWER_OK);
	return code;
}

/* Of everything a person or an agent could see. */
static char *
look(void)
{
	_cleanup_(free_charp) char *files = git_files("w");
	struct buf b = BUF_INIT;

	buf_addf(&b, "%s\n%s", files,
	    git_out("cd w/7-x; git --no-optional-locks status --porcelain=v2 --untracked-files=all "
		    "--ignored; git ls-files -s; git rev-parse HEAD; stat -c '%%i %%y' "
		    "../../repo/.git/worktrees/7-x/index"));
	return buf_take(&b);
}

static void
salvage(struct git_result *r)
{
	_cleanup_(free_charp) char *before = NULL, *after = NULL;

	git_sh("git -C w/7-x status >/dev/null 2>&1 || :");
	before = look();
	git_worktree_salvage(git_repo, git_path("w/7-x"), base, EP, r);
	assert_answer(*r, GIT_ANSWER_OK);
	after = look();
	assert_string_equal(after, before);
	git_sh("git -C repo fsck --strict --no-dangling 2>&1");
}

/* What git itself would commit: the tree of everything that is not ignored. */
static const char *
everything(void)
{
	return git_out("cd w/7-x; cp ../../repo/.git/worktrees/7-x/index ../i; export "
		       "GIT_INDEX_FILE=\"$PWD/../i\"; git add -A; git write-tree; rm ../i");
}

static void
test_uncommitted_work_is_saved_and_nothing_changed_A_11(void **state)
{
	AUTO_RESULT r = GIT_RESULT_INIT;
	const char *want;

	(void)state;
	git_sh("cd w/7-x; echo 2 >a; rm b; echo new >n; mkdir -p deep/er; echo d >deep/er/d; echo "
	       "st >s; git add s; echo st2 >s; ln -sf b link; chmod -x run;"
	       "echo o >x.o; head -c 5000 /dev/zero >zeros; git rm -q --cached dir/c; printf x "
	       ">'odd\nname'");
	salvage(&r);
	want = everything();
	assert_true(oid_is_set(r.a));
	assert_string_equal(r.text.p, "");
	assert_true(oid_eq(r.b, base));
	assert_false(r.flag); /* nothing committed */
	assert_string_equal(git_out("git -C repo rev-parse " SALVAGE), r.a.hex);
	assert_string_equal(git_out("git -C repo rev-parse '%s^{tree}'", r.a.hex), want);
	assert_string_equal(git_out("git -C repo log -1 --format='%%P %%an %%s' %s", r.a.hex),
	    git_out("echo '%s Ada reeve: what episode 7.3 left without a verdict'", base.hex));
	/* it outlives the worktree */
	git_sh("cd repo; git worktree remove -f ../w/7-x; git reflog expire --expire=now --all; "
	       "git gc -q --prune=now; git cat-file -e %s",
	    r.a.hex);
}

static void
test_a_clean_worktree_tells_its_commits_A_11(void **state)
{
	AUTO_RESULT r = GIT_RESULT_INIT, s = GIT_RESULT_INIT;

	(void)state;
	git_sh("echo ignored >w/7-x/y.o");
	salvage(&r);
	assert_false(oid_is_set(r.a));
	assert_true(oid_eq(r.b, base));
	assert_false(r.flag);
	git_sh("cd w/7-x; echo 2 >a; git commit -qam two");
	salvage(&s);
	assert_false(oid_is_set(s.a));
	assert_true(oid_eq(s.b, git_rev(BRANCH)));
	assert_true(s.flag); /* work beyond the base, without a report */
	assert_string_equal(git_out("git -C repo for-each-ref refs/reeve"), "");
}

static void
test_again_is_the_same_and_later_work_keeps_the_earlier(void **state)
{
	AUTO_RESULT r = GIT_RESULT_INIT, s = GIT_RESULT_INIT, t = GIT_RESULT_INIT;

	(void)state;
	git_sh("echo 2 >w/7-x/a");
	salvage(&r);
	salvage(&s);
	assert_true(oid_eq(r.a, s.a));
	git_sh("echo 3 >w/7-x/a");
	salvage(&t);
	assert_false(oid_eq(r.a, t.a));
	assert_string_equal(git_out("git -C repo log -1 --format=%%P " SALVAGE),
	    git_out("echo %s %s", base.hex, r.a.hex));
	assert_string_equal(git_out("git -C repo show %s:a %s:a", r.a.hex, t.a.hex), "2\n3");
}

static void
test_files_and_directories_may_have_changed_places(void **state)
{
	AUTO_RESULT r = GIT_RESULT_INIT;

	(void)state;
	git_sh("cd w/7-x; rm a; mkdir a; echo in >a/in; rm -r dir; echo file >dir; rm link; mkdir "
	       "link; echo l >link/l; echo q >q; git add q; rm q");
	salvage(&r);
	assert_string_equal(git_out("git -C repo rev-parse '%s^{tree}'", r.a.hex), everything());
}

static void
test_what_cannot_be_saved_is_named_and_costs_nothing_else(void **state)
{
	AUTO_RESULT r = GIT_RESULT_INIT;

	(void)state;
	git_sh("cd w/7-x; echo 2 >a; mkfifo pipe; git init -q nested; echo s >nested/s");
	salvage(&r);
	assert_string_equal(git_out("git -C repo show %s:a", r.a.hex), "2");
	assert_has(r.text.p, "nested/ (a repository of its own)");
	assert_has(git_out("git -C repo log -1 --format=%%b " SALVAGE), "nested");
}

/* libgit2 takes what is left out for deleted: it would be missing in what is saved, and keep the worktree. */
static void
test_what_a_sparse_checkout_leaves_out_is_not_deleted_X_36(void **state)
{
	AUTO_RESULT none = GIT_RESULT_INIT, r = GIT_RESULT_INIT, gone = GIT_RESULT_INIT;

	(void)state;
	git_sh("git -C w/7-x sparse-checkout set --no-cone '/*' '!dir'");
	assert_false(git_there("w/7-x/dir"));
	salvage(&none);
	assert_false(oid_is_set(none.a));
	git_sh("cd w/7-x; echo more >>a; rm b");
	salvage(&r);
	assert_string_equal(git_out("git -C repo diff --name-status main " SALVAGE), "M\ta\nD\tb");
	git_sh("git -C w/7-x reset -q --hard");
	git_worktree_remove(git_repo, git_path("w/7-x"), BRANCH, base, &gone);
	assert_answer(gone, GIT_ANSWER_OK);
	assert_true(gone.flag);
}

static void
test_a_submodule_is_saved_by_its_commit_X_36(void **state)
{
	AUTO_RESULT r = GIT_RESULT_INIT;

	(void)state;
	git_sh("cp -a repo sub; cd w/7-x; git -c protocol.file.allow=always submodule --quiet add "
	       "../../sub s; cd s; git config user.name x; git config user.email x@y; git commit "
	       "-q --allow-empty -m 2; echo more >a");
	salvage(&r);
	assert_string_equal(git_out("git -C repo rev-parse %s:s", r.a.hex),
	    git_out("git -C w/7-x/s rev-parse HEAD"));
	assert_has(r.text.p, "s (changes inside the submodule)");
}

static void
test_dead_locks_are_removed_others_not_X_17(void **state)
{
	AUTO_RESULT r = GIT_RESULT_INIT, s = GIT_RESULT_INIT;

	(void)state;
	git_sh("echo 2 >w/7-x/a; git -C w/7-x status >/dev/null; cd repo/.git; : "
	       ">worktrees/7-x/index.lock; : >worktrees/7-x/HEAD.lock; : >index.lock");
	git_worktree_salvage(git_repo, git_path("w/7-x"), base, EP, &r);
	assert_answer(r, GIT_ANSWER_OK);
	assert_string_equal(
	    git_out(
		"cd repo/.git; ls worktrees/7-x | grep lock || :; ls index.lock; rm index.lock"),
	    "index.lock");
	/* one at the ref that would be set */
	git_sh("echo 3 >w/7-x/a; : >repo/.git/" SALVAGE ".lock");
	git_worktree_salvage(git_repo, git_path("w/7-x"), base, EP, &s);
	assert_answer(s, GIT_ANSWER_ENVIRONMENT);
	assert_has(s.text.p, SALVAGE ".lock exists, ");
	assert_true(git_there("repo/.git/" SALVAGE ".lock"));
}

static void
test_no_program_of_the_repository_runs_X_23(void **state)
{
	AUTO_RESULT r = GIT_RESULT_INIT, s = GIT_RESULT_INIT;

	(void)state;
	git_sh(
	    "cd w/7-x; echo '* filter=evil' >.gitattributes; echo 2 >a; cd ../../repo; git config "
	    "filter.evil.clean 'touch %s; cat'; git config filter.evil.process 'touch %s';"
	    "git config core.fsmonitor 'touch %s; false'; mkdir h; for h in post-commit pre-commit "
	    "reference-transaction post-checkout; do printf '#!/bin/sh\\ntouch %s\\n' >h/$h; chmod "
	    "+x h/$h; done;"
	    "git config core.hooksPath \"$PWD/h\"",
	    git_path("canary"), git_path("canary"), git_path("canary"), git_path("canary"));
	git_worktree_salvage(git_repo, git_path("w/7-x"), base, EP, &r);
	assert_answer(r, GIT_ANSWER_OK);
	assert_true(oid_is_set(r.a));
	git_worktree_remove(git_repo, git_path("w/7-x"), BRANCH, base, &s);
	assert_answer(s, GIT_ANSWER_OK);
	assert_false(s.flag);
	assert_false(git_there("canary"));
}

static void
test_a_worktree_that_is_not_there_has_nothing(void **state)
{
	AUTO_RESULT r = GIT_RESULT_INIT, s = GIT_RESULT_INIT, t = GIT_RESULT_INIT;

	(void)state;
	git_worktree_salvage(git_repo, git_path("nowhere/9-y"), base, EP, &r);
	assert_answer(r, GIT_ANSWER_OK);
	assert_true(!oid_is_set(r.a) && !oid_is_set(r.b) && !r.flag && r.text.len == 0);
	git_sh("rm -r w/7-x");
	git_worktree_salvage(git_repo, git_path("w/7-x"), base, EP, &s);
	assert_answer(s, GIT_ANSWER_OK);
	assert_true(!oid_is_set(s.a) && !oid_is_set(s.b) && !s.flag && s.text.len == 0);
	git_sh("mv repo gone");
	git_worktree_salvage(git_repo, git_path("w/7-x"), base, EP, &t);
	assert_answer(t, GIT_ANSWER_ENVIRONMENT);
	assert_has(t.text.p, "no git repository");
}

static void
salvage_killed(void)
{
	AUTO_RESULT r = GIT_RESULT_INIT;

	git_worktree_salvage(git_repo, git_path("w/7-x"), base, EP, &r);
}

static void
test_salvage_killed_at_every_step_X_34(void **state)
{
	unsigned n = 0;
	bool killed;

	(void)state;
	git_sh("cd w/7-x; echo 2 >a; echo u >u; git status >/dev/null");
	do {
		AUTO_RESULT r = GIT_RESULT_INIT;

		killed = git_kill_at(salvage_killed, ++n);
		salvage(&r);
		assert_string_equal(git_out("git -C repo rev-parse " SALVAGE), r.a.hex);
		assert_string_equal(git_out("git -C repo show %s:a %s:u; find repo/.git -name "
					    "'*.lock' ! -name 'reeve-*.lock'",
					r.a.hex, r.a.hex),
		    "2\nu");
		git_sh("git -C repo update-ref -d " SALVAGE);
	} while (killed);
	assert_true(n > 10);
}

/* --- removal --- */

static void
removed(struct oid landed, bool want, const char *part)
{
	AUTO_RESULT r = GIT_RESULT_INIT;

	git_worktree_remove(git_repo, git_path("w/7-x"), BRANCH, landed, &r);
	assert_answer(r, GIT_ANSWER_OK);
	if (r.flag != want)
		fail_msg("removed %d, wanted %d: %s", r.flag, want, r.text.p);
	if (part)
		assert_has(r.text.p, part);
	assert_int_equal(git_there("w/7-x"), !want);
	assert_int_equal(git_there("repo/.git/worktrees/7-x"), !want);
	if (want)
		assert_string_equal(git_out("git -C repo for-each-ref refs/heads/" BRANCH
					    "; git -C repo worktree list | wc -l; find repo/.git "
					    "-name '*.lock' ! -name 'reeve-*.lock'"),
		    "1");
}

static void
test_a_landed_clean_worktree_goes_with_its_branch(void **state)
{
	(void)state;
	git_sh(
	    "cd w/7-x; echo 2 >a; git commit -qam two; echo ignored >x.o; mkdir -p ro.o/sub; echo "
	    "1 >ro.o/sub/f; chmod 500 ro.o/sub ro.o; git -C ../../repo merge -q --ff-only " BRANCH
	    "; git -C ../../repo pack-refs --all");
	removed(git_rev("main"), true, NULL);
	removed(git_rev("main"), true, NULL); /* again: it was not there */
	git_sh("git -C repo fsck --strict --no-dangling");
}

static void
test_what_could_be_lost_is_kept_A_11(void **state)
{
	struct oid none = { "" }, main_id = base;

	(void)state;
	removed(none, false, "nothing of it has landed");
	git_sh("echo u >w/7-x/u");
	removed(main_id, false, "uncommitted or untracked");
	git_sh("rm w/7-x/u; echo 2 >w/7-x/a");
	removed(main_id, false, "uncommitted or untracked");
	git_sh("cd w/7-x; git commit -qam two");
	removed(main_id, false, "the branch holds commits");
	/* commits that only a detached HEAD has */
	git_sh("cd w/7-x; git checkout -q --detach; git branch -f " BRANCH " main");
	removed(main_id, false, "HEAD holds commits");
	git_sh("cd w/7-x; git checkout -q " BRANCH "; git worktree lock .");
	removed(main_id, false, "locked");
	git_sh("cd w/7-x; git worktree unlock .; git checkout -q --detach; git worktree add -q "
	       "../../other " BRANCH);
	removed(main_id, false, "another worktree has its branch");
	git_sh("git -C repo worktree remove other");
	removed(main_id, true, NULL);
}

static void
test_a_place_of_somebody_else_is_not_removed(void **state)
{
	AUTO_RESULT r = GIT_RESULT_INIT;

	(void)state;
	git_sh("mkdir -p f/7-x; echo precious >f/7-x/p");
	git_worktree_remove(git_repo, git_path("f/7-x"), BRANCH, base, &r);
	assert_answer(r, GIT_ANSWER_OWN);
	assert_string_equal(git_out("cat f/7-x/p; git -C w/7-x status --porcelain"), "precious");
	assert_true(oid_eq(git_rev(BRANCH), base));
}

static void
remove_killed(void)
{
	AUTO_RESULT r = GIT_RESULT_INIT;

	git_worktree_remove(git_repo, git_path("w/7-x"), BRANCH, base, &r);
}

static void
remove_killed_with(const char *before_each)
{
	unsigned n = 0;
	bool killed;

	do {
		AUTO_RESULT r = GIT_RESULT_INIT, s = GIT_RESULT_INIT;

		git_sh("%s", before_each);
		killed = git_kill_at(remove_killed, ++n);
		/* a half removed one holds no work that anybody should save */
		git_worktree_salvage(git_repo, git_path("w/7-x"), base, EP, &r);
		assert_answer(r, GIT_ANSWER_OK);
		assert_false(oid_is_set(r.a));
		removed(base, true, NULL);
		git_worktree_prepare(git_repo, git_path("w/7-x"), BRANCH, base, &s);
		assert_answer(s, GIT_ANSWER_OK);
		assert_string_equal(git_out("git -C w/7-x status --porcelain"), "");
	} while (killed);
	assert_true(n > 10);
}

static void
test_remove_killed_at_every_step_is_finished_by_the_next_X_34(void **state)
{
	(void)state;
	remove_killed_with(":");
}

static void
test_remove_of_a_packed_branch_killed_at_every_step_X_34(void **state)
{
	(void)state;
	/* other branches stay, the one whose name begins alike too */
	git_sh("cd repo; git branch " BRANCH "-not; git tag -a -m t v1");
	remove_killed_with("git -C repo pack-refs --all; git -C repo fsck --strict --no-dangling; "
			   "git -C repo rev-parse -q main " BRANCH "-not 'v1^{commit}' >/dev/null");
	assert_true(oid_eq(git_rev(BRANCH "-not"), base));
}

/* A reviewer's HEAD is on no branch, and its worktree goes with its episode. */
static void
test_what_is_committed_on_no_branch_is_saved_before_it_goes_A_11(void **state)
{
	AUTO_RESULT r = GIT_RESULT_INIT, again = GIT_RESULT_INIT, gone = GIT_RESULT_INIT;
	struct oid head;

	(void)state;
	git_sh("cd w/7-x; echo 1 >one; git add -A; git commit -qm one; git update-ref "
	       "refs/reeve/7/1 HEAD; git checkout -q --detach");
	salvage(&r); /* that its report has a ref of is kept already */
	assert_false(oid_is_set(r.a));
	git_sh("cd w/7-x; echo 2 >two; git add -A; git commit -qm two");
	head = git_id(git_out("git -C w/7-x rev-parse HEAD"));
	git_result_release(&r);
	salvage(&r);
	assert_true(r.flag && oid_eq(r.b, head) && oid_eq(r.a, git_rev(SALVAGE)));
	salvage(&again);
	assert_true(oid_eq(again.a, r.a));
	git_worktree_discard(git_repo, git_path("w/7-x"), r.b, &gone);
	assert_answer(gone, GIT_ANSWER_OK);
	assert_false(git_there("w/7-x"));
	git_sh("git -C repo merge-base --is-ancestor %s " SALVAGE, head.hex);
}

int
main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, git_teardown_test)
	const struct CMUnitTest tests[] = {
		T(test_uncommitted_work_is_saved_and_nothing_changed_A_11),
		T(test_a_clean_worktree_tells_its_commits_A_11),
		T(test_again_is_the_same_and_later_work_keeps_the_earlier),
		T(test_files_and_directories_may_have_changed_places),
		T(test_what_cannot_be_saved_is_named_and_costs_nothing_else),
		T(test_what_a_sparse_checkout_leaves_out_is_not_deleted_X_36),
		T(test_a_submodule_is_saved_by_its_commit_X_36),
		T(test_dead_locks_are_removed_others_not_X_17),
		T(test_no_program_of_the_repository_runs_X_23),
		T(test_a_worktree_that_is_not_there_has_nothing),
		T(test_what_is_committed_on_no_branch_is_saved_before_it_goes_A_11),
		T(test_salvage_killed_at_every_step_X_34),
		T(test_a_landed_clean_worktree_goes_with_its_branch),
		T(test_what_could_be_lost_is_kept_A_11),
		T(test_a_place_of_somebody_else_is_not_removed),
		T(test_remove_killed_at_every_step_is_finished_by_the_next_X_34),
		T(test_remove_of_a_packed_branch_killed_at_every_step_X_34),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
