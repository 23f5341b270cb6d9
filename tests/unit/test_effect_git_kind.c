/* SPDX-License-Identifier: GPL-2.0-only */
/* Repositories that are not like any other: each is worked with, or refused with the reason. */
#include "base/base.h"

#include "test_effect_git_land.h"

/* Refused when it is added and before every start, in the same single line. */
static void
refused(const char *part, const char *remedy)
{
	AUTO_RESULT probe = GIT_RESULT_INIT, start = GIT_RESULT_INIT;

	git_repo_probe(git_repo, NULL, NULL, &probe);
	assert_answer(probe, GIT_ANSWER_ENVIRONMENT);
	git_repo_preflight(git_repo, "main", "", &start);
	assert_answer(start, GIT_ANSWER_ENVIRONMENT);
	assert_string_equal(probe.text.p, start.text.p);
	assert_has(probe.text.p, part);
	assert_has(probe.text.p, remedy);
	assert_null(strchr(probe.text.p, '\n'));
}

static void
taken(void)
{
	AUTO_RESULT probe = GIT_RESULT_INIT, start = GIT_RESULT_INIT;

	git_repo_probe(git_repo, NULL, NULL, &probe);
	assert_answer(probe, GIT_ANSWER_OK);
	assert_string_equal(probe.text.p, git_repo);
	git_repo_preflight(git_repo, "main", "", &start);
	assert_answer(start, GIT_ANSWER_OK);
}

static void
test_formats_that_libgit2_does_not_open_X_36(void **state)
{
	static const struct {
		const char *key, *value, *part, *remedy;
	} rows[] = {
		{ "extensions.objectFormat", "sha256", "SHA-256", "git fast-export" },
		{ "extensions.refStorage", "reftable", "reftable", "--ref-format=files" },
		{ "extensions.relativeWorktrees", "true", "relative paths", "git worktree repair" },
		{ "extensions.unheardOf", "true", "unheardof", "new clone" },
	};

	(void)state;
	git_sh("git -C repo config core.repositoryFormatVersion 1");
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		git_sh("git -C repo config %s %s", rows[i].key, rows[i].value);
		refused(rows[i].part, rows[i].remedy);
		git_sh("git config -f repo/.git/config --unset %s", rows[i].key);
	}
	git_sh("git -C repo config extensions.preciousObjects true");
	taken();
	git_sh("git -C repo config core.repositoryFormatVersion 7");
	refused("format", "new clone");
}

static void
test_an_index_that_libgit2_cannot_read_X_36(void **state)
{
	(void)state;
	git_sh("git -C repo update-index --split-index");
	refused("the index is split", "--no-split-index");
	git_sh("git -C repo update-index --no-split-index");
	taken();
	git_sh("git -C repo config core.splitIndex true"); /* the next git splits it */
	refused("the index is split", "core.splitIndex false");
	git_sh("git -C repo config --unset core.splitIndex; git -C repo sparse-checkout set --cone "
	       "--sparse-index .");
	refused("the index is sparse", "--no-sparse-index");
	git_sh("git -C repo sparse-checkout reapply --no-sparse-index");
	taken();
}

static void
test_an_index_with_additions_is_read_and_rewritten_X_36(void **state)
{
	(void)state;
	prepare();
	compute();
	git_sh("cd repo; git update-index --untracked-cache --index-version 4; git config "
	       "core.fsmonitor true; git -c core.fsmonitor= status >/dev/null; git config --unset "
	       "core.fsmonitor");
	taken();
	land(GIT_ANSWER_OK, NULL);
	assert_landed("");
	git_sh("cd repo; echo u >untracked");
	assert_string_equal(git_out("git -C repo status --porcelain"), "?? untracked");
}

static void
test_names_that_differ_in_case_X_32(void **state)
{
	(void)state;
	git_sh("cd repo; mkdir Dir; echo 1 >Dir/x; echo 2 >A; git add -A; git commit -qm case; git "
	       "config core.ignoreCase true");
	refused("differ only in case (a)", "core.ignoreCase false");
	git_sh("git -C repo config core.ignoreCase false");
	taken();
	git_sh("cd repo; git rm -q A Dir/x; git commit -qm one; git config core.ignoreCase true");
	taken();
}

static void
test_a_partial_clone_lacks_files_or_is_like_any_other_X_36(void **state)
{
	(void)state;
	git_sh("git -C repo config uploadpack.allowFilter true; mv repo origin; git clone -q "
	       "--no-checkout --filter=blob:none \"file://$PWD/origin\" repo; cd repo; git "
	       "read-tree HEAD");
	refused("3 files of branch \"main\" are not here", "--refetch --no-filter");
	git_sh("git -C repo checkout -qf main"); /* brings what it needs */
	taken();
	git_sh("git -C repo config extensions.partialClone origin");
	taken();
}

static void
test_a_main_worktree_that_cannot_be_told_X_36(void **state)
{
	AUTO_RESULT r = GIT_RESULT_INIT, bare = GIT_RESULT_INIT;

	(void)state;
	git_sh("git init -q --separate-git-dir=\"$PWD/git\" repo; git -C repo worktree add -q "
	       "../linked -b other");
	git_repo_probe(git_path("linked"), NULL, NULL, &r);
	assert_answer(r, GIT_ANSWER_ENVIRONMENT);
	assert_has(r.text.p, "cannot tell where the main worktree");
	git_sh("git clone -q --bare repo bare");
	git_repo_preflight(git_path("bare"), "main", "", &bare);
	assert_answer(bare, GIT_ANSWER_ENVIRONMENT);
	assert_has(bare.text.p, "bare");
	git_sh("mkdir far; git -C repo config core.worktree \"$PWD/far\"");
	refused("has no .git that leads there", "name the main worktree itself");
}

static void
test_the_configuration_of_a_worktree_counts_X_36(void **state)
{
	(void)state;
	git_sh(
	    "cd repo; git config core.repositoryFormatVersion 1; git config "
	    "extensions.worktreeConfig true; git config --worktree core.autocrlf true; git "
	    "checkout -qb work; printf 'x\\r\\n' >new; git add new; git commit -qm w; git checkout "
	    "-q main");
	taken();
	compute();
	land(GIT_ANSWER_OK, NULL);
	assert_landed("");
	assert_string_equal(git_out("od -An -c repo/new"), "   x  \\r  \\n");
	git_sh("git -C repo config --worktree core.splitIndex true");
	refused("the index is split", "core.splitIndex false");
}

int
main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, git_setup_test, git_teardown_test)
	const struct CMUnitTest tests[] = {
		T(test_formats_that_libgit2_does_not_open_X_36),
		T(test_an_index_that_libgit2_cannot_read_X_36),
		T(test_an_index_with_additions_is_read_and_rewritten_X_36),
		T(test_names_that_differ_in_case_X_32),
		T(test_a_partial_clone_lacks_files_or_is_like_any_other_X_36),
		T(test_a_main_worktree_that_cannot_be_told_X_36),
		T(test_the_configuration_of_a_worktree_counts_X_36),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
