/* SPDX-License-Identifier: GPL-2.0-only */
/* Is it a repository to work with, and where do base and branch stand? */
#include "base/base.h"

#include "test_effect_git.h"

#include "effect/git_worktree.h"
#include "test_effect_git_compute.h"

static void
probe_is(const char *path, const char *want_base, const char *main_worktree, const char *base)
{
	AUTO_RESULT r = GIT_RESULT_INIT;
	_cleanup_(buf_release) struct buf got = BUF_INIT;

	git_repo_probe(path, want_base, &got, &r);
	assert_answer(r, GIT_ANSWER_OK);
	assert_string_equal(r.text.p, main_worktree);
	assert_string_equal(got.p, base);
}

static void
probe_says(const char *path, const char *want_base, const char *part)
{
	AUTO_RESULT r = GIT_RESULT_INIT;
	_cleanup_(buf_release) struct buf got = BUF_INIT;

	git_repo_probe(path, want_base, &got, &r);
	assert_answer(r, GIT_ANSWER_ENVIRONMENT);
	assert_has(r.text.p, part);
	assert_null(strchr(r.text.p, '\n'));
	assert_int_equal(got.len, 0);
}

static void
test_probe_finds_the_main_worktree(void **state)
{
	(void)state;
	probe_is(git_repo, NULL, git_repo, "main");
	probe_is(git_path("repo/dir"), NULL, git_repo, "main");
	git_sh("git -C repo worktree add -q ../linked -b other");
	probe_is(git_path("linked"), NULL, git_repo, "main");
	probe_is(git_path("linked"), "other", git_repo, "other");
}

static void
test_probe_takes_blanks_and_newlines_in_a_path(void **state)
{
	(void)state;
	git_sh("cp -a repo 'a  b'; cp -a repo 'x\ny'");
	probe_is(git_path("a  b/dir"), NULL, git_path("a  b"), "main");
	probe_is(git_path("x\ny"), NULL, git_path("x\ny"), "main");
}

static void
test_probe_refuses_what_cannot_be_worked_with_X_36(void **state)
{
	(void)state;
	git_sh("mkdir none; git clone -q --bare repo bare.git; git -c init.defaultBranch=main init "
	       "-q unborn;"
	       "git -c init.defaultBranch=main init -q --object-format=sha256 sha; cd sha; git -c "
	       "user.name=x "
	       "-c user.email=x@y commit -q --allow-empty -m x");
	probe_says(git_path("none"), NULL, "no git repository");
	probe_says(git_path("missing"), NULL, "no git repository");
	probe_says(git_path("bare.git"), NULL, "bare");
	probe_says(git_path("unborn"), NULL, "no commit yet");
	probe_says(git_path("sha"), NULL, "SHA-256");
	git_sh("echo 2 >repo/a; git -C repo commit -qam 2; git clone -q --depth 1 "
	       "\"file://$PWD/repo\" shallow");
	probe_says(git_path("shallow"), NULL, "--unshallow");
	git_sh("git -C repo config extensions.refStorage reftable; git -C repo config "
	       "core.repositoryFormatVersion 1");
	probe_says(git_repo, NULL, "format");
}

static void
test_probe_asks_for_a_base_when_head_is_detached_X_36(void **state)
{
	(void)state;
	git_sh("git -C repo checkout -q --detach");
	probe_says(git_repo, NULL, "--base");
	probe_is(git_repo, "main", git_repo, "main");
	probe_says(git_repo, "nope", "\"nope\"");
	git_sh("git -C repo symbolic-ref refs/heads/alias refs/heads/main");
	probe_says(git_repo, "alias", "symbolic");
}

static void
test_probe_opens_what_git_makes_of_sparse_worktrees_X_36(void **state)
{
	(void)state;
	git_sh("git -C repo config extensions.worktreeConfig true; git -C repo config "
	       "core.repositoryFormatVersion 1");
	probe_is(git_repo, NULL, git_repo, "main");
}

static void
test_probe_names_the_owner_problem(void **state)
{
	(void)state;
	if (geteuid() != 0)
		skip(); /* only root can give a directory away */
	git_sh("chown -R 12345 repo");
	probe_says(git_repo, NULL, "safe.directory");
	git_sh("printf '[safe]\\n\\tdirectory = %s\\n' >../.gitconfig", git_repo);
	probe_is(git_repo, NULL, git_repo, "main");
}

static void
test_no_function_climbs_to_a_repository_above(void **state)
{
	AUTO_RESULT r = GIT_RESULT_INIT;

	(void)state;
	/* the ticket's repository has gone; the one around it is not meant */
	git_repo_preflight(git_path("repo/dir"), "main", "", &r);
	assert_answer(r, GIT_ANSWER_ENVIRONMENT);
}

static void
test_every_call_says_what_a_sha256_repository_is_X_36(void **state)
{
	struct episode_id ep = { .ticket = { 7 }, .n = 1 };
	const char *sha = git_path("sha");
	struct git_result r[8];
	struct oid id;

	(void)state;
	git_sh("git -c init.defaultBranch=main init -q --object-format=sha256 sha; cd sha; git -c "
	       "user.name=x -c user.email=x@y commit -q --allow-empty -m x");
	id = git_id(git_out("git -C sha rev-parse main"));
	memset(r, 0, sizeof r);
	git_repo_probe(sha, NULL, NULL, &r[0]);
	git_repo_preflight(sha, "main", "x", &r[1]);
	git_artifact_pin(sha,
	    &(struct git_claim){
		.branch = "main", .target = "main", .base_id = id, .commit = id, .ep = ep },
	    &r[2]);
	git_worktree_prepare(sha, git_path("w"), "x", id, &r[3]);
	git_worktree_salvage(sha, git_path("w"), id, ep, &r[4]);
	git_worktree_remove(sha, git_path("w"), "x", id, &r[5]);
	git_compute(sha, "main", id, "m", 1, &r[6]);
	git_merge_land(sha, "main", id, id, id, &r[7]);
	for (size_t i = 0; i < ARRAY_LEN(r); i++) {
		assert_answer(r[i], GIT_ANSWER_ENVIRONMENT);
		assert_has(r[i].text.p, "SHA-256");
		git_result_release(&r[i]);
	}
	assert_false(git_there("w"));
}

static void
test_preflight_names_base_and_branch(void **state)
{
	AUTO_RESULT r = GIT_RESULT_INIT, s = GIT_RESULT_INIT, t = GIT_RESULT_INIT;
	struct oid start = git_rev("main");

	(void)state;
	git_repo_preflight(git_repo, "main", "reeve/1-x", &r);
	assert_answer(r, GIT_ANSWER_OK);
	assert_true(oid_eq(r.a, start));
	assert_false(oid_is_set(r.b));
	git_sh("cd repo; git checkout -qb reeve/1-x; git commit -q --allow-empty -m w; git "
	       "checkout -q main;"
	       "git commit -q --allow-empty -m m; git pack-refs --all");
	git_repo_preflight(git_repo, "main", "reeve/1-x", &s);
	assert_answer(s, GIT_ANSWER_OK);
	assert_true(oid_eq(s.a, start));
	assert_true(oid_eq(s.b, git_rev("reeve/1-x")));
	git_repo_preflight(git_repo, "main", NULL, &t);
	assert_answer(t, GIT_ANSWER_OK);
	assert_true(oid_eq(t.a, git_rev("main")));
}

static void
test_preflight_tells_what_is_missing_X_36(void **state)
{
	AUTO_RESULT r = GIT_RESULT_INIT, s = GIT_RESULT_INIT, t = GIT_RESULT_INIT;

	(void)state;
	git_repo_preflight(git_repo, "gone", "x", &r);
	assert_answer(r, GIT_ANSWER_ENVIRONMENT);
	assert_has(r.text.p, "\"gone\"");
	assert_true(r.flag);
	git_sh("cd repo; git checkout -q --orphan island; git commit -qm i; git checkout -q main");
	git_repo_preflight(git_repo, "main", "island", &s);
	assert_answer(s, GIT_ANSWER_OWN);
	assert_has(s.text.p, "no history");
	git_sh("rm -rf repo/.git");
	git_repo_preflight(git_repo, "main", "x", &t);
	assert_answer(t, GIT_ANSWER_ENVIRONMENT);
	assert_false(s.flag || t.flag); /* that is more than the base */
}

/* A branch that is packed with all others is unreadable for all. */
static void
test_preflight_blames_nobody_s_own_for_packed_refs_D_3(void **state)
{
	AUTO_RESULT r = GIT_RESULT_INIT, s = GIT_RESULT_INIT;

	(void)state;
	git_sh(
	    "cd repo; git branch reeve/1-x; git pack-refs --all; git commit -q --allow-empty -m 2");
	git_sh("cp repo/.git/packed-refs packed; echo garbage >repo/.git/packed-refs");
	git_repo_preflight(git_repo, "main", "reeve/1-x", &r);
	assert_answer(r, GIT_ANSWER_ENVIRONMENT);
	assert_has(r.text.p, "corrupted packed references file");
	git_sh("cp packed repo/.git/packed-refs; mkdir -p repo/.git/refs/heads/reeve; echo garbage "
	       ">repo/.git/refs/heads/reeve/1-x");
	git_repo_preflight(git_repo, "main", "reeve/1-x", &s);
	assert_answer(s, GIT_ANSWER_OWN);
	assert_has(s.text.p, "corrupted loose reference file");
}

static void
test_a_result_survives_the_pipe(void **state)
{
	AUTO_RESULT in = GIT_RESULT_INIT, out = GIT_RESULT_INIT;
	char bytes[4096];
	int fds[2];
	ssize_t n;

	(void)state;
	in.answer = GIT_ANSWER_HELD;
	in.flag = true;
	in.b = git_rev("main");
	buf_add(&in.text, "a\nb\0c\n", 6);
	assert_return_code(pipe(fds), errno);
	assert_int_equal(git_result_write(fds[1], &in), 0);
	n = read(fds[0], bytes, sizeof bytes);
	assert_true(n > 0);
	assert_true(git_result_parse(str_n(bytes, (size_t)n), &out));
	assert_int_equal(out.answer, GIT_ANSWER_HELD);
	assert_true(out.flag);
	assert_false(oid_is_set(out.a));
	assert_true(oid_eq(out.b, in.b));
	assert_int_equal(out.text.len, 6);
	assert_memory_equal(out.text.p, "a\nb\0c\n", 6);
	/* one byte more or less is no answer */
	assert_false(git_result_parse(str_n(bytes, (size_t)n - 1), &out));
	bytes[n] = 'x';
	assert_false(git_result_parse(str_n(bytes, (size_t)n + 1), &out));
	(void)close(fds[0]);
	assert_int_equal(git_result_write(fds[1], &in) < 0, 1);
	(void)close(fds[1]);
}

static void
test_a_bad_result_is_refused(void **state)
{
	static const char *const bad[] = { "", "reeve-git 1 1 0 - - - 0",
		"reeve-git 2 1 0 - - - 0\n", "reeve-git 1 0 0 - - - 0\n",
		"reeve-git 1 9 0 - - - 0\n", "reeve-git 1 1 2 - - - 0\n",
		"reeve-git 1 1 0 abc - - 0\n", "reeve-git 1 1 0 - - 0\n",
		"reeve-git 1 1 0 - - abc 0\n", "reeve-git 1 1 0 - - - -0\n",
		"reeve-git 1 1 0 - - - 0 \n", "reeve-git 1  1 0 - - - 0\n", "\n", "reeve-git 1 " };
	AUTO_RESULT r = GIT_RESULT_INIT;

	(void)state;
	assert_true(git_result_parse(STR("reeve-git 1 1 0 - - - 0\n"), &r));
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		if (git_result_parse(str_of(bad[i]), &r))
			fail_msg("accepted: %s", bad[i]);
}

int
main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, git_setup_test, git_teardown_test)
	const struct CMUnitTest tests[] = {
		T(test_probe_finds_the_main_worktree),
		T(test_probe_takes_blanks_and_newlines_in_a_path),
		T(test_probe_refuses_what_cannot_be_worked_with_X_36),
		T(test_probe_asks_for_a_base_when_head_is_detached_X_36),
		T(test_probe_opens_what_git_makes_of_sparse_worktrees_X_36),
		T(test_probe_names_the_owner_problem),
		T(test_no_function_climbs_to_a_repository_above),
		T(test_every_call_says_what_a_sha256_repository_is_X_36),
		T(test_preflight_names_base_and_branch),
		T(test_preflight_tells_what_is_missing_X_36),
		T(test_preflight_blames_nobody_s_own_for_packed_refs_D_3),
		T(test_a_result_survives_the_pipe),
		T(test_a_bad_result_is_refused),
	};

	(void)signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
