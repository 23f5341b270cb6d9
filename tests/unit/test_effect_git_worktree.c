/* SPDX-License-Identifier: GPL-2.0-only */
/* A worktree is made, found again, completed. */
#include "base/base.h"

#include "test_effect_git.h"

#include <sys/resource.h>

#include "effect/git_worktree.h"

#define BRANCH "reeve/7-x"

static struct oid base;

static struct oid
prepare_in(const char *path, const char *branch, enum git_answer want, const char *part, bool dirty)
{
	AUTO_RESULT r = GIT_RESULT_INIT;

	git_worktree_prepare(git_repo, path, branch, base, &r);
	assert_answer(r, want);
	if (part)
		assert_has(r.text.p, part);
	if (want == GIT_ANSWER_OK && r.flag != dirty)
		fail_msg(
		    "flag %d, but: %s", r.flag, git_out("git -C '%s' status --porcelain", path));
	return r.a;
}

static struct oid
prepare(void)
{
	return prepare_in(git_path("w/7-x"), BRANCH, GIT_ANSWER_OK, NULL, false);
}

static void
refused_by(const char *path, enum git_answer answer, const char *part)
{
	_cleanup_(free_charp) char *refs =
	    xstrdup(git_out("git -C repo show-ref; ls repo/.git/worktrees 2>/dev/null || :"));

	(void)prepare_in(git_path(path), BRANCH, answer, part, false);
	assert_string_equal(
	    git_out("git -C repo show-ref; ls repo/.git/worktrees 2>/dev/null || :"), refs);
}

/* No other ticket is concerned. */
static void
refused(const char *path, const char *part)
{
	refused_by(path, GIT_ANSWER_OWN, part);
}

/* git agrees that it is a whole worktree on the branch at this commit, with these changes. */
static void
assert_whole(struct oid head, const char *status)
{
	assert_string_equal(git_out("git -C w/7-x rev-parse HEAD"), head.hex);
	assert_string_equal(git_out("git -C w/7-x symbolic-ref HEAD"), "refs/heads/" BRANCH);
	assert_string_equal(
	    git_out("git -C w/7-x status --porcelain --untracked-files=all"), status);
	assert_string_equal(
	    git_out("git -C repo worktree list --porcelain | grep -c '^worktree .*/w/7-x$'"), "1");
	assert_string_equal(
	    git_out(
		"find repo/.git '(' -name 'reeve-new' -o -name '*reeve-tmp' -o -name reeve-ref -o "
		"-name '*.lock' ! -name 'reeve-*.lock' ')'"),
	    "");
	git_sh("git -C repo fsck --strict --no-dangling 2>&1");
}

static int
setup(void **state)
{
	int code = git_setup_test(state);

	base = git_rev("main");
	return code;
}

static void
test_makes_the_branch_the_files_and_private_parents(void **state)
{
	(void)state;
	git_sh("cd repo; chmod +x a; ln -s a link; git add -A; git commit -qm more");
	base = git_rev("main");
	assert_true(oid_eq(prepare(), base));
	assert_whole(base, "");
	assert_string_equal(
	    git_out("cat w/7-x/a w/7-x/dir/c; readlink w/7-x/link; test -x w/7-x/a; stat -c %%a w"),
	    "a1\nc1\na\n700");
	/* the main worktree was not touched, and a commit can be made at once */
	assert_string_equal(
	    git_out("git -C repo status --porcelain; git -C repo symbolic-ref HEAD"),
	    "refs/heads/main");
	git_sh("cd w/7-x; echo 2 >a; git commit -qam two");
	assert_true(oid_eq(prepare(), git_rev(BRANCH)));
}

static void
test_the_work_of_an_earlier_episode_stays_A_11(void **state)
{
	_cleanup_(free_charp) char *before = NULL, *after = NULL;
	struct oid one;

	(void)state;
	(void)prepare();
	git_sh("cd w/7-x; echo 1 >new; git add new; git commit -qm one; echo edit >a; echo staged "
	       ">s; git add s; echo u >u; rm b; git status >/dev/null");
	one = git_rev(BRANCH);
	before = git_files("w");
	assert_true(oid_eq(prepare_in(git_path("w/7-x"), BRANCH, GIT_ANSWER_OK, NULL, true), one));
	after = git_files("w");
	assert_string_equal(after, before);
	assert_whole(one, " M a\n D b\nA  s\n?? u");
}

static void
test_an_existing_branch_is_used_as_it_stands(void **state)
{
	struct oid tip;

	(void)state;
	git_sh("cd repo; git checkout -qb " BRANCH
	       "; echo 2 >a; git commit -qam two; git checkout -q main; git pack-refs --all");
	tip = git_rev(BRANCH);
	assert_true(oid_eq(prepare(), tip));
	assert_whole(tip, "");
}

static void
test_dead_locks_of_the_worktree_go_others_stay_X_17(void **state)
{
	(void)state;
	(void)prepare();
	git_sh("cd repo/.git; : >worktrees/7-x/index.lock; : >worktrees/7-x/HEAD.lock; : "
	       ">index.lock; : >packed-refs.lock; mkdir worktrees/o; : >worktrees/o/index.lock");
	(void)prepare();
	assert_false(git_there("repo/.git/worktrees/7-x/index.lock"));
	assert_false(git_there("repo/.git/worktrees/7-x/HEAD.lock"));
	git_sh("cd repo/.git; rm index.lock packed-refs.lock worktrees/o/index.lock");
	assert_whole(base, "");
}

static void
test_a_live_lock_at_the_new_branch_is_told_and_kept_X_17(void **state)
{
	(void)state;
	git_sh("mkdir -p repo/.git/refs/heads/reeve; : >repo/.git/refs/heads/reeve/7-x.lock");
	refused("w/7-x", "refs/heads/reeve/7-x.lock exists, ");
	assert_true(git_there("repo/.git/refs/heads/reeve/7-x.lock"));
	assert_false(git_there("w/7-x"));
}

static void
test_halves_are_completed_and_no_work_lost_X_34(void **state)
{
	(void)state;
	(void)prepare();
	git_sh("rm -r w/7-x"); /* the files are gone, the administration is there */
	(void)prepare();
	assert_whole(base, "");
	git_sh("rm -r repo/.git/worktrees"); /* the other way round */
	(void)prepare();
	assert_whole(base, "");
	git_sh("cd w/7-x; echo mine >a; echo u >u; rm .git");
	(void)prepare_in(git_path("w/7-x"), BRANCH, GIT_ANSWER_OK, NULL, true);
	assert_whole(base, " M a\n?? u");
	git_sh("cd repo/.git/worktrees/7-x; : >HEAD; : >../../../../w/7-x/.git; rm gitdir "
	       "commondir"); /* after a power cut */
	(void)prepare_in(git_path("w/7-x"), BRANCH, GIT_ANSWER_OK, NULL, true);
	assert_whole(base, " M a\n?? u");
	git_sh("rm repo/.git/worktrees/7-x/index"); /* made again from HEAD; the edits stay */
	(void)prepare_in(git_path("w/7-x"), BRANCH, GIT_ANSWER_OK, NULL, true);
	assert_whole(base, " M a\n?? u");
	assert_string_equal(git_out("cat w/7-x/a w/7-x/u"), "mine\nu");
	git_sh("cd w/7-x; rm -r a b dir u"); /* by somebody: .git is there */
	(void)prepare_in(git_path("w/7-x"), BRANCH, GIT_ANSWER_OK, NULL, true);
	assert_whole(base, " D a\n D b\n D dir/c");
	git_sh("rm -r w/7-x; mkdir w/7-x"); /* nothing of it is left */
	(void)prepare();
	assert_whole(base, "");
}

static void
prepare_killed(void)
{
	AUTO_RESULT r = GIT_RESULT_INIT;

	git_worktree_prepare(git_repo, git_path("w/7-x"), BRANCH, base, &r);
}

static void
test_prepare_killed_at_every_step_is_finished_by_the_next_X_34(void **state)
{
	unsigned n = 0;
	bool killed;

	(void)state;
	do {
		killed = git_kill_at(prepare_killed, ++n);
		(void)prepare();
		assert_whole(base, "");
		git_sh(
		    "rm -rf w repo/.git/worktrees; git -C repo update-ref -d refs/heads/" BRANCH);
	} while (killed);
	assert_true(n > 20);
}

static void
test_two_threads_killed_are_finished_by_the_next_X_34(void **state)
{
	unsigned n = 1;
	bool killed;

	(void)state;
	git_sh(
	    "cd repo; for d in p q; do mkdir $d; for i in $(seq 60); do echo $i >$d/$i; done; "
	    "done; "
	    "git add -A; git commit -qm many; find . -name .git -prune -o -type f -exec touch -d "
	    "-1hour {} +; git update-index -q --refresh");
	base = git_rev("main");
	do {
		killed = git_kill_at(prepare_killed, n);
		(void)prepare();
		assert_whole(base, "");
		git_sh(
		    "rm -rf w repo/.git/worktrees; git -C repo update-ref -d refs/heads/" BRANCH);
		n += 17;
	} while (killed);
	assert_true(n > 60);
}

static void
remove_killed(void)
{
	AUTO_RESULT r = GIT_RESULT_INIT;

	git_worktree_remove(git_repo, git_path("w/7-x"), BRANCH, base, &r);
}

/* Its ticket is opened again before a supervisor has gone on with that. */
static void
test_a_removal_killed_at_every_step_is_finished_by_a_new_start_X_34(void **state)
{
	unsigned n = 0, begun = 0;
	bool killed;

	(void)state;
	do {
		(void)prepare();
		killed = git_kill_at(remove_killed, ++n);
		begun += git_there("repo/.git/worktrees/7-x/reeve-gone");
		git_sh("rm -f repo/.git/worktrees/7-x/reeve-gone.reeve-tmp"); /* no mark yet */
		(void)prepare();
		assert_whole(base, "");
	} while (killed);
	assert_true(n > 5 && begun > 0);
}

/* b takes two reads: between them its second half changes. */
static void
test_a_file_that_is_written_while_it_is_copied_is_not_taken(void **state)
{
	unsigned n = 0;
	bool reached;

	(void)state;
	git_sh("cd repo; yes b | head -c 200000 >b; git commit -qam large");
	base = git_rev("main");
	do {
		git_sh(
		    "cd repo; git checkout -qf .; touch -d -1hour a b dir/c; git update-index -q "
		    "--refresh");
		reached = git_stop_at(prepare_killed, ++n,
		    "cd repo; echo zz >a; yes z | head -c 200000 >b; mv dir dir2; ln -s .. dir");
		assert_whole(base, "");
		git_sh(
		    "test $(cat w/7-x/a w/7-x/dir/c | tr -d '\n') = a1c1; git -C repo cat-file -p "
		    ":b | cmp - w/7-x/b; rm -rf w repo/.git/worktrees repo/dir*; git -C repo "
		    "update-ref -d refs/heads/" BRANCH);
	} while (reached);
	assert_true(n > 20);
}

static void
test_what_is_not_ours_is_never_touched(void **state)
{
	(void)state;
	git_sh("mkdir -p files/7-x own/7-x w; echo precious >files/7-x/f; git init -q own/7-x; "
	       "echo x >file; ln -s nowhere dangling");
	refused("files/7-x", "is not a worktree of");
	refused("own/7-x", "a repository of its own");
	refused("file", "is in the way");
	refused("dangling", "is in the way");
	assert_string_equal(git_out("cat files/7-x/f; ls -A files/7-x"), "precious\nf");
	/* another worktree of that name, and one of another repository */
	git_sh("git -C repo worktree add -q --detach ../elsewhere/7-x; cp -a repo two; git -C two "
	       "worktree add -q --detach ../w/7-x");
	refused("new/7-x", "another worktree of the name");
	refused("w/7-x", "");
	git_sh("git -C elsewhere/7-x status; git -C w/7-x status");
}

static void
test_a_branch_that_is_checked_out_elsewhere_is_told(void **state)
{
	(void)state;
	git_sh("git -C repo worktree add -q -b " BRANCH " ../elsewhere");
	refused("w/7-x", "is checked out in");
	assert_false(git_there("w/7-x"));
	git_sh("git -C repo worktree remove ../elsewhere; git -C repo checkout -q " BRANCH);
	refused("w/7-x", "is checked out in");
}

static void
test_a_worktree_that_was_switched_is_told_and_left(void **state)
{
	(void)state;
	(void)prepare();
	git_sh("cd w/7-x; echo mine >a; git checkout -q -b other");
	refused("w/7-x", "is on other instead of " BRANCH);
	git_sh("cd w/7-x; git checkout -q --detach");
	refused("w/7-x", "detached HEAD");
	assert_string_equal(git_out("cat w/7-x/a"), "mine");
}

/* Says which file it is, and taking that away is the way out: no file of the worktree changes. */
static void
test_a_damaged_index_or_HEAD_is_told_and_can_be_mended_X_34(void **state)
{
	static const struct {
		const char *name, *damage;
	} c[] = {
		{ "index", "printf 'DIRC%%01000d' 7 >$F" },
		{ "index", "truncate -s -10 $F" },
		{ "index", "printf 'XXXX' | dd of=$F conv=notrunc status=none" },
		{ "HEAD", "echo garbage >$F" },
		{ "HEAD", "echo 'ref: refs/heads/../../x' >$F" },
	};
	struct oid head;

	(void)state;
	head = prepare();
	git_sh("cd w/7-x; echo mine >a; echo new >new");
	for (size_t i = 0; i < ARRAY_LEN(c); i++) {
		AUTO_RESULT r = GIT_RESULT_INIT;
		const char *mend;

		git_sh("F=repo/.git/worktrees/7-x/%s; %s", c[i].name, c[i].damage);
		git_worktree_prepare(git_repo, git_path("w/7-x"), BRANCH, base, &r);
		assert_answer(r, GIT_ANSWER_OWN);
		assert_has(r.text.p, c[i].name);
		assert_has(r.text.p, "cannot be read");
		mend = strstr(r.text.p, "rm /");
		assert_non_null(mend);
		git_sh("%.*s", (int)strcspn(mend, ";"), mend);
		(void)prepare_in(git_path("w/7-x"), BRANCH, GIT_ANSWER_OK, NULL, true);
		assert_whole(head, " M a\n?? new");
		assert_string_equal(git_out("cat w/7-x/a w/7-x/new"), "mine\nnew");
	}
}

/* Packed refs and objects are everybody's: no ticket is to blame, and no file of one worktree has to go. */
static void
test_damage_that_all_share_is_no_ticket_s_own_D_3_X_36(void **state)
{
	static const struct {
		enum git_answer answer;
		const char *damage, *words;
	} c[] = {
		{ GIT_ANSWER_ENVIRONMENT, "echo garbage >packed-refs", "corrupted packed" },
		{ GIT_ANSWER_ENVIRONMENT, "rm packed-refs; mkdir packed-refs", "reading branch" },
		{ GIT_ANSWER_ENVIRONMENT, "O=$(object HEAD^{tree}); rm -f $O; echo garbage >$O",
		    "reading the status" },
		{ GIT_ANSWER_ENVIRONMENT, "O=$(object HEAD); rm -f $O; echo garbage >$O",
		    "reading the status" },
		{ GIT_ANSWER_OWN, "mkdir -p refs/heads/reeve; echo garbage >refs/heads/" BRANCH,
		    "corrupted loose" },
		{ GIT_ANSWER_OWN,
		    "mkdir -p refs/heads/reeve; echo ref: refs/heads/main >refs/heads/" BRANCH,
		    "symbolic" },
	};

	(void)state;
	(void)prepare();
	git_sh("cd w/7-x; echo mine >a; git commit -qam mine; echo more >a; cd ../../repo; "
	       "git pack-refs --all; echo 2 >b; git add b; git commit -qm b; cp -a .git ../git");
	for (size_t i = 0; i < ARRAY_LEN(c); i++) {
		AUTO_RESULT r = GIT_RESULT_INIT;

		git_sh("object() { git -C ../../w/7-x rev-parse \"$1\" | sed 's,^..,objects/&/,'; "
		       "}; cd repo/.git; %s",
		    c[i].damage);
		git_worktree_prepare(git_repo, git_path("w/7-x"), BRANCH, base, &r);
		assert_answer(r, c[i].answer);
		assert_has(r.text.p, c[i].words);
		assert_null(strstr(r.text.p, "rm "));
		git_sh("rm -rf repo/.git; cp -a git repo/.git");
	}
	(void)prepare_in(git_path("w/7-x"), BRANCH, GIT_ANSWER_OK, NULL, true);
}

static void
test_what_a_failure_began_goes_again_X_34(void **state)
{
	struct rlimit old, now;
	struct oid real = base;

	(void)state;
	base = git_id("0123456789012345678901234567890123456789");
	refused_by("w/7-x", GIT_ANSWER_ENVIRONMENT, base.hex);
	assert_false(git_there("w/7-x"));
	/* a full disk in the middle of the files */
	git_sh("cd repo; head -c 300000 /dev/urandom >m-big; git add -A; git commit -qm big");
	base = git_rev("main");
	(void)signal(SIGXFSZ, SIG_IGN);
	assert_return_code(getrlimit(RLIMIT_FSIZE, &old), errno);
	now = old;
	now.rlim_cur = 100000;
	assert_return_code(setrlimit(RLIMIT_FSIZE, &now), errno);
	(void)prepare_in(git_path("w/7-x"), BRANCH, GIT_ANSWER_ENVIRONMENT, "checking out", false);
	assert_return_code(setrlimit(RLIMIT_FSIZE, &old), errno);
	assert_false(git_there("w/7-x"));
	assert_false(git_there("repo/.git/worktrees/7-x"));
	assert_string_equal(git_out("git -C repo branch --list 'reeve/*'"), "");
	assert_true(oid_eq(prepare(), base));
	assert_false(oid_eq(base, real));
	assert_whole(base, "");
}

static void
test_nothing_of_the_repository_is_executed_X_23(void **state)
{
	(void)state;
	git_sh(
	    "cd repo; echo '*.f filter=evil' >.gitattributes; echo x >x.f; git add -A; git commit "
	    "-qm attr; mkdir hooks; for h in post-checkout post-index-change reference-transaction;"
	    "do printf '#!/bin/sh\\ntouch %s\\n' >hooks/$h; chmod +x hooks/$h; cp hooks/$h "
	    ".git/hooks; done;"
	    "git config core.hooksPath \"$PWD/hooks\"; git config core.fsmonitor 'touch %s; "
	    "false'; git config filter.evil.smudge 'touch %s; cat';"
	    "git config filter.evil.clean 'touch %s; cat'; git config filter.evil.process 'touch "
	    "%s'; rm -f ../canary",
	    git_path("canary"), git_path("canary"), git_path("canary"), git_path("canary"),
	    git_path("canary"));
	base = git_id(git_out("cat repo/.git/refs/heads/main"));
	git_sh("rm -f canary");
	(void)prepare();
	assert_false(git_there("canary"));
	(void)prepare();
	assert_false(git_there("canary"));
	assert_true(git_there("w/7-x/x.f"));
}

static void
test_a_reviewer_gets_a_detached_worktree(void **state)
{
	(void)state;
	git_sh("cd repo; echo 2 >a; git commit -qam two");
	assert_true(oid_eq(prepare_in(git_path("w/7-r"), "", GIT_ANSWER_OK, NULL, false), base));
	assert_string_equal(
	    git_out("git -C w/7-r rev-parse --abbrev-ref HEAD; git -C w/7-r rev-parse HEAD; cat "
		    "w/7-r/a; git -C repo branch --list 'reeve*'"),
	    git_out("echo HEAD; echo %s; echo a1", base.hex));
	/* again; and what it committed there is not what is to be judged */
	assert_true(oid_eq(prepare_in(git_path("w/7-r"), "", GIT_ANSWER_OK, NULL, false), base));
	git_sh("cd w/7-r; git commit -q --allow-empty -m mine");
	(void)prepare_in(git_path("w/7-r"), "", GIT_ANSWER_OWN, "instead of", false);
}

static void
test_a_repository_or_its_worktrees_may_be_moved(void **state)
{
	AUTO_RESULT r = GIT_RESULT_INIT;

	(void)state;
	(void)prepare();
	git_sh("echo mine >w/7-x/a; mv w w2");
	(void)prepare_in(git_path("w2/7-x"), BRANCH, GIT_ANSWER_OK, NULL, true);
	assert_string_equal(
	    git_out("git -C w2/7-x status --porcelain; git -C repo worktree list | wc -l"),
	    " M a\n2");
	git_sh("mv repo moved");
	git_worktree_prepare(git_path("moved"), git_path("w2/7-x"), BRANCH, base, &r);
	assert_answer(r, GIT_ANSWER_OK);
	assert_true(r.flag);
	git_sh("git -C w2/7-x status; mv moved repo");
}

static void
test_a_repository_and_its_worktrees_may_be_moved_together(void **state)
{
	AUTO_RESULT r = GIT_RESULT_INIT, copy = GIT_RESULT_INIT;

	(void)state;
	git_sh("mkdir one; mv repo one/repo");
	git_worktree_prepare(git_path("one/repo"), git_path("one/w/7-x"), BRANCH, base, &r);
	assert_answer(r, GIT_ANSWER_OK);
	assert_string_equal(git_out("cat one/w/7-x/.git"), "gitdir: ../../repo/.git/worktrees/7-x");
	/* nothing of it asks for a newer git */
	assert_string_equal(git_out("git -C one/repo config --list | grep -ci relative || :"), "0");
	git_sh("echo mine >one/w/7-x/a; cp -a one two; mv one three");
	assert_string_equal(git_out("git -C three/w/7-x status --porcelain"), " M a");
	git_worktree_prepare(git_path("three/repo"), git_path("three/w/7-x"), BRANCH, base, &r);
	assert_answer(r, GIT_ANSWER_OK);
	assert_true(r.flag);
	assert_string_equal(git_out("cat three/repo/.git/worktrees/7-x/gitdir"),
	    git_out("echo \"$PWD/three/w/7-x/.git\""));
	assert_string_equal(
	    git_out("cd three/repo; git worktree prune; git worktree list | wc -l; cd "
		    "../w/7-x; git commit -qam mine; git status --porcelain"),
	    "2");
	/* a copy is a repository of its own, also while the first one is where it was */
	git_sh("mv three one");
	git_worktree_prepare(git_path("two/repo"), git_path("two/w/7-x"), BRANCH, base, &copy);
	assert_answer(copy, GIT_ANSWER_OK);
	assert_true(copy.flag);
	assert_string_equal(copy.a.hex, base.hex);
	assert_string_equal(
	    git_out("git -C one/w/7-x status --porcelain; cat two/w/7-x/a"), "mine");
	git_sh("mv one/repo repo; git -C repo fsck 2>&1");
}

static void
test_odd_paths_and_repositories_X_36(void **state)
{
	AUTO_RESULT r = GIT_RESULT_INIT;

	(void)state;
	(void)prepare_in("w/7-x", BRANCH, GIT_ANSWER_ENVIRONMENT, "absolute", false);
	git_sh("git -c init.defaultBranch=main init -q --object-format=sha256 sha");
	git_worktree_prepare(git_path("sha"), git_path("w/7-x"), BRANCH, base, &r);
	assert_answer(r, GIT_ANSWER_ENVIRONMENT);
	assert_has(r.text.p, "SHA-256");
	(void)prepare_in(git_path("a  b\nc/7-x"), BRANCH, GIT_ANSWER_OK, NULL, false);
	git_sh("cd 'a  b\nc/7-x'; git status");
	/* through a link in the path, and with a slash at the end */
	git_sh("mkdir real; ln -s real way");
	git_sh("git -C repo worktree remove 'a  b\nc/7-x'");
	(void)prepare_in(git_path("way/7-x/"), BRANCH, GIT_ANSWER_OK, NULL, false);
	(void)prepare_in(git_path("real/7-x"), BRANCH, GIT_ANSWER_OK, NULL, false);
}

int
main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, git_teardown_test)
	const struct CMUnitTest tests[] = {
		T(test_makes_the_branch_the_files_and_private_parents),
		T(test_the_work_of_an_earlier_episode_stays_A_11),
		T(test_an_existing_branch_is_used_as_it_stands),
		T(test_dead_locks_of_the_worktree_go_others_stay_X_17),
		T(test_a_live_lock_at_the_new_branch_is_told_and_kept_X_17),
		T(test_halves_are_completed_and_no_work_lost_X_34),
		T(test_prepare_killed_at_every_step_is_finished_by_the_next_X_34),
		T(test_two_threads_killed_are_finished_by_the_next_X_34),
		T(test_a_removal_killed_at_every_step_is_finished_by_a_new_start_X_34),
		T(test_a_file_that_is_written_while_it_is_copied_is_not_taken),
		T(test_what_is_not_ours_is_never_touched),
		T(test_a_branch_that_is_checked_out_elsewhere_is_told),
		T(test_a_worktree_that_was_switched_is_told_and_left),
		T(test_a_damaged_index_or_HEAD_is_told_and_can_be_mended_X_34),
		T(test_damage_that_all_share_is_no_ticket_s_own_D_3_X_36),
		T(test_what_a_failure_began_goes_again_X_34),
		T(test_nothing_of_the_repository_is_executed_X_23),
		T(test_a_reviewer_gets_a_detached_worktree),
		T(test_a_repository_or_its_worktrees_may_be_moved),
		T(test_a_repository_and_its_worktrees_may_be_moved_together),
		T(test_odd_paths_and_repositories_X_36),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
