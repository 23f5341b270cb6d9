/* SPDX-License-Identifier: GPL-2.0-only */
/* What git does not bring into a worktree comes by itself: never over anything, never out of the worktree, and never
 * into a commit. */
#include "base/base.h"

#include "test_effect_git.h"

#include "effect/git_bring.h"
#include "effect/git_worktree.h"

#define BRANCH "reeve/7-x"
#define EP     ((struct episode_id){ .ticket = { 7 }, .n = 3 })

static struct oid base;
static struct strvec copy, link_;

/* A worktree, and in the main one things that git ignores. */
static int
setup(void **state)
{
	AUTO_RESULT r = GIT_RESULT_INIT;
	int code = git_setup_test(state);

	git_sh(
	    "cd repo; printf '.env\\nnode_modules/\\ncache\\nsub/secret\\n' >.gitignore; git add "
	    "-A; git "
	    "commit -qm more; printf 'KEY=1\\n' >.env; chmod 640 .env; touch -d "
	    "2001-02-03T04:05:06Z .env; mkdir -p node_modules/p/bin; echo x >node_modules/p/i.js; "
	    "ln -s ../p/i.js node_modules/p/bin/run; chmod 500 node_modules/p/bin; mkfifo "
	    "node_modules/pipe; mkdir cache sub; echo big >cache/big; echo 1 >sub/secret; echo 1 "
	    ">loose");
	base = git_rev("main");
	git_worktree_prepare(git_repo, git_path("w/7-x"), BRANCH, base, &r);
	assert_answer(r, GIT_ANSWER_OK);
	return code;
}

static int
teardown(void **state)
{
	strvec_release(&copy);
	strvec_release(&link_);
	return git_teardown_test(state);
}

static void
bring(struct git_result *r)
{
	git_bring(git_repo, git_path("w/7-x"), &copy, &link_, r);
	assert_answer(*r, GIT_ANSWER_OK);
}

static const char *
status_of(void)
{
	return git_out("git -C w/7-x --no-optional-locks status --porcelain --untracked-files=all");
}

static void
test_what_is_ignored_comes_as_it_is(void **state)
{
	AUTO_RESULT r = GIT_RESULT_INIT;

	(void)state;
	strvec_push(&copy, ".env");
	strvec_push(&copy, "node_modules");
	strvec_push(&copy, "sub/secret");
	strvec_push(&link_, "cache");
	bring(&r);
	assert_has(r.text.p, "copied .env\n");
	assert_has(r.text.p, "copied node_modules (1 files, 2 B");
	assert_has(r.text.p, "without 1 sockets, FIFOs or devices\n");
	assert_has(r.text.p, "copied sub/secret\n");
	assert_has(r.text.p, "linked cache -> ");
	assert_string_equal(status_of(), "");
	assert_string_equal(git_out("cd w/7-x; cat .env; stat -c '%%a %%Y' .env; stat -c %%a "
				    "node_modules/p/bin; readlink node_modules/p/bin/run; cat "
				    "node_modules/p/i.js cache/big sub/secret; ls node_modules"),
	    "KEY=1\n640 981173106\n500\n../p/i.js\nx\nbig\n1\np");
	assert_false(git_there("repo/.git/worktrees/7-x/reeve-bringing"));
	/* and what is there stays */
	git_sh("cd w/7-x; echo KEY=2 >.env; echo changed >>../../repo/.env");
	bring(&r);
	assert_has(r.text.p, "kept .env: it is in the worktree already\n");
	assert_string_equal(git_out("cat w/7-x/.env"), "KEY=2");
}

static void
test_what_git_would_see_does_not_come(void **state)
{
	AUTO_RESULT r = GIT_RESULT_INIT;

	(void)state;
	strvec_push(&copy, "a");
	strvec_push(&copy, "dir");
	strvec_push(&copy, "loose");
	strvec_push(&copy, "absent");
	strvec_push(&copy, "node_modules/pipe");
	strvec_push(&link_, "node_modules");
	bring(&r);
	assert_has(r.text.p, "not copied a: git tracks it");
	assert_has(r.text.p, "not copied dir: git tracks it, or something in it");
	assert_has(r.text.p, "not copied loose: git does not ignore it there");
	assert_has(r.text.p, "not copied absent: it is not in ");
	assert_has(r.text.p, "not copied node_modules/pipe: it is no file");
	assert_has(r.text.p, "not linked node_modules: ");
	assert_string_equal(status_of(), "");
	assert_false(git_there("w/7-x/loose"));
	/* as the text says */
	git_sh("echo node_modules >>repo/.git/info/exclude; rm -rf w/7-x/node_modules");
	strvec_release(&copy);
	bring(&r);
	assert_has(r.text.p, "linked node_modules -> ");
	assert_string_equal(status_of(), "");
}

/* Neither side is left, whatever somebody has put there. */
static void
test_no_link_is_followed_X_23(void **state)
{
	AUTO_RESULT r = GIT_RESULT_INIT;

	(void)state;
	git_sh(
	    "mkdir out; echo theirs >out/secret; rm -r repo/cache; ln -s ../out repo/cache; rm -f "
	    "w/7-x/sub; ln -s ../../out w/7-x/sub; echo sub >>repo/.git/info/exclude");
	strvec_push(&copy, "cache/secret"); /* the source is a link to elsewhere */
	strvec_push(&copy, "sub/secret");   /* the place is: a worker planted it */
	strvec_push(&copy, "cache");        /* a link comes as a link */
	strvec_push(&copy, ".env");
	git_sh("ln -s ../../out/made w/7-x/.env");
	bring(&r);
	assert_has(r.text.p, "not copied cache/secret: in ");
	assert_has(r.text.p, "not copied sub/secret: in the worktree a symbolic link");
	assert_has(r.text.p, "copied cache (a symbolic link, as it is)");
	assert_has(r.text.p, "kept .env");
	assert_string_equal(
	    git_out("cat out/secret; ls out; readlink w/7-x/cache"), "theirs\nsecret\n../out");
}

static void
test_two_names_of_one_thing(void **state)
{
	AUTO_RESULT r = GIT_RESULT_INIT;

	(void)state;
	strvec_push(&copy, "node_modules/p");
	strvec_push(&copy, "node_modules");
	strvec_push(&link_, "node_modules/p/i.js");
	bring(&r);
	assert_has(r.text.p, "copied node_modules/p (");
	assert_has(r.text.p, "not copied node_modules: node_modules/p is named, too");
	assert_has(r.text.p, "not linked node_modules/p/i.js: node_modules/p is named, too");
}

static void
bring_killed(void)
{
	AUTO_RESULT r = GIT_RESULT_INIT;

	git_bring(git_repo, git_path("w/7-x"), &copy, &link_, &r);
}

/* Nothing is half, and at no moment does git see any of it. */
static void
test_killed_at_every_step_it_is_finished_by_the_next_X_34(void **state)
{
	unsigned n = 0;
	bool killed;

	(void)state;
	strvec_push(&copy, ".env");
	strvec_push(&copy, "node_modules");
	strvec_push(&link_, "cache");
	do {
		AUTO_RESULT r = GIT_RESULT_INIT;

		killed = git_kill_at(bring_killed, ++n);
		assert_string_equal(status_of(), "");
		bring(&r);
		assert_string_equal(
		    git_out("cd w/7-x; cat .env node_modules/p/i.js cache/big; readlink "
			    "node_modules/p/bin/run"),
		    "KEY=1\nx\nbig\n../p/i.js");
		assert_false(git_there("repo/.git/worktrees/7-x/reeve-bringing"));
		git_sh(
		    "cd w/7-x; chmod u+w node_modules/p/bin; rm -rf .env node_modules cache; rm -f "
		    "../../repo/.git/worktrees/7-x/reeve-br*");
	} while (killed);
	assert_true(n > 10);
}

/* Whatever a worker does to .gitignore or the index. */
static void
test_a_secret_is_in_no_salvage_and_no_artifact(void **state)
{
	AUTO_RESULT r = GIT_RESULT_INIT;
	const struct git_claim claim = { .branch = BRANCH,
		.target = "main",
		.base_id = base,
		.ep = EP,
		.never = { &copy, &link_ } };

	(void)state;
	strvec_push(&copy, ".env");
	strvec_push(&copy, "node_modules");
	bring(&r);
	git_sh("cd w/7-x; : >.gitignore; git add .env; echo new >new");
	git_worktree_salvage(git_repo, git_path("w/7-x"), base, EP, &r);
	assert_answer(r, GIT_ANSWER_OK);
	assert_string_equal(r.text.p ? r.text.p : "", "");
	assert_string_equal(git_out("git -C repo ls-tree -r --name-only refs/reeve/7/3-salvage"),
	    ".gitignore\na\nb\ndir/c\nnew");
	/* nothing but the copies: there is nothing to save */
	git_sh("cd w/7-x; rm new; git checkout -q .gitignore; git add -f .env");
	git_result_release(&r);
	git_worktree_salvage(
	    git_repo, git_path("w/7-x"), base, (struct episode_id){ { 7 }, 4 }, &r);
	assert_answer(r, GIT_ANSWER_OK);
	assert_false(oid_is_set(r.a));
	/* committed, and taken back: it would still be in the history of the target */
	git_sh(
	    "cd w/7-x; git commit -qm secret; git rm -q --cached .env; git commit -qm 'no secret'");
	git_artifact_pin(git_repo, &claim, &r);
	assert_answer(r, GIT_ANSWER_BAD);
	assert_has(r.text.p, "holds .env, which was brought from the main worktree");
	git_sh("cd w/7-x; git reset -q --soft main; echo work >work; git add work; git commit -qm "
	       "work");
	git_artifact_pin(git_repo, &claim, &r);
	assert_answer(r, GIT_ANSWER_OK);
}

int
main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(test_what_is_ignored_comes_as_it_is),
		T(test_what_git_would_see_does_not_come),
		T(test_no_link_is_followed_X_23),
		T(test_two_names_of_one_thing),
		T(test_killed_at_every_step_it_is_finished_by_the_next_X_34),
		T(test_a_secret_is_in_no_salvage_and_no_artifact),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
