/* SPDX-License-Identifier: GPL-2.0-only */
/* A landing that is stopped: killed, out of space, locked out. */
#include "base/base.h"

#include "test_effect_git_land.h"

#include <sys/resource.h>

static void
test_a_collected_merge_is_computed_again(void **state)
{
	(void)state;
	prepare();
	compute();
	git_sh("git -C repo gc -q --prune=now");
	land(GIT_ANSWER_MOVED, NULL);
}

static void
test_locks_of_others_are_told_and_kept_X_17(void **state)
{
	AUTO_RESULT r = GIT_RESULT_INIT, s = GIT_RESULT_INIT;

	(void)state;
	prepare();
	compute();
	git_sh(": >repo/.git/index.lock");
	git_merge_land(git_repo, "main", O, M, P, &r);
	assert_answer(r, GIT_ANSWER_ENVIRONMENT);
	assert_has(r.text.p, "repo/.git/index.lock exists, ");
	assert_true(git_there("repo/.git/index.lock"));
	git_sh("rm repo/.git/index.lock; : >repo/.git/refs/heads/main.lock");
	git_merge_land(git_repo, "main", O, M, P, &s);
	assert_answer(s, GIT_ANSWER_ENVIRONMENT);
	assert_has(s.text.p, "refs/heads/main.lock exists, ");
	assert_string_equal(git_out("cd repo; rm .git/refs/heads/main.lock; git rev-parse main; "
				    "git status --porcelain"),
	    O.hex);
	assert_clean();
	land(GIT_ANSWER_OK, NULL);
	assert_landed("");
}

/* Lands with a limit on the size of files: what is larger fails as on a full disk. */
static void
land_with_limit(rlim_t bytes)
{
	struct rlimit old, now;
	AUTO_RESULT r = GIT_RESULT_INIT;

	(void)signal(SIGXFSZ, SIG_IGN);
	assert_return_code(getrlimit(RLIMIT_FSIZE, &old), errno);
	now = old;
	now.rlim_cur = bytes;
	assert_return_code(setrlimit(RLIMIT_FSIZE, &now), errno);
	git_merge_land(git_repo, "main", O, M, P, &r);
	assert_return_code(setrlimit(RLIMIT_FSIZE, &old), errno);
	assert_answer(r, GIT_ANSWER_ENVIRONMENT);
	assert_has(r.text.p, "File too large");
}

static void
test_a_full_disk_changes_nothing(void **state)
{
	static const char look[] = "cd repo; git --no-optional-locks status --porcelain; find . "
				   "-path ./.git -prune -o -printf "
				   "'%p %i %C@\\n' | sort";
	_cleanup_(free_charp) char *before = NULL;

	(void)state;
	prepare();
	git_sh("cd repo; git checkout -q work; head -c 200000 /dev/zero >zbig; git add -A; git "
	       "commit -qm big; git checkout -q main");
	compute();
	git_sh("git -C repo status >/dev/null");
	before = xstrdup(git_out("%s", look));
	land_with_limit(100000); /* a copy: no file of the worktree has been touched */
	assert_string_equal(git_out("%s", look), before);
	assert_clean();
	land(GIT_ANSWER_OK, NULL);
	assert_landed("");
}

static void
test_a_full_disk_at_the_index_puts_the_files_back(void **state)
{
	(void)state;
	git_sh("cd repo; i=0; while [ $i -lt 1500 ]; do echo >a-long-name-for-a-small-file-$i; "
	       "i=$((i+1)); done; git add -A; git commit -qm many");
	prepare();
	compute();
	land_with_limit(60000);
	assert_string_equal(git_out("cd repo; git rev-parse main; git status --porcelain"), O.hex);
	assert_clean();
	land(GIT_ANSWER_OK, NULL);
	assert_landed("");
}

static void
test_one_landing_at_a_time_D_71(void **state)
{
	struct flock whole = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	AUTO_RESULT r = GIT_RESULT_INIT;
	int fd;

	(void)state;
	prepare();
	compute();
	fd = open(git_path("repo/.git/reeve-land.lock"), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	assert_return_code(fcntl(fd, F_OFD_SETLK, &whole), errno);
	git_merge_land(git_repo, "main", O, M, P, &r);
	assert_answer(r, GIT_ANSWER_ENVIRONMENT);
	assert_has(r.text.p, "another merge is landing");
	assert_true(oid_eq(git_rev("main"), O));
	(void)close(fd);
	land(GIT_ANSWER_OK, NULL);
	assert_landed("");
}

/* Each takes many landings, with their syncs: only the first walks every step, the others every second or
 * third. */
static void
land_killed(void)
{
	AUTO_RESULT r = GIT_RESULT_INIT;

	git_merge_land(git_repo, "main", O, M, P, &r);
}

static void
fresh(void)
{
	git_sh("rm -rf repo; cp -a saved repo; git -C repo status >/dev/null");
}

static void
test_land_killed_at_every_step_is_finished_by_the_next_D_66_X_34(void **state)
{
	unsigned n = 0;
	bool killed;

	(void)state;
	prepare();
	compute();
	git_sh("cd repo; echo mine >b; echo st >staged; git add staged; echo u >loose; cp -a . "
	       "../saved");
	do {
		fresh();
		killed = git_kill_at(land_killed, ++n);
		land(GIT_ANSWER_OK, NULL);
		assert_landed(" M b\nA  staged\n?? loose");
		assert_string_equal(
		    git_out("cat repo/b repo/loose; git -C repo diff --cached --name-only"),
		    "mine\nu\nstaged");
	} while (killed);
	assert_true(n > 50);
}

/* Where the target is when it lands, and what git says of it then. */
static const struct base {
	const char *name, *script, *status;
	enum git_answer first; /* of a landing that nobody kills */
} bases[] = {
	{ "checked out clean", "true", "", GIT_ANSWER_OK },
	{ "checked out, unrelated changes",
	    "echo mine >b; echo st >staged; git add staged; echo u >loose",
	    " M b\nA  staged\n?? loose", GIT_ANSWER_OK },
	{ "checked out, changes in the way", "echo mine >a", " M a", GIT_ANSWER_HELD },
	{ "not checked out", "git checkout -q --detach", "", GIT_ANSWER_OK },
	{ "checked out in another worktree",
	    "git checkout -q --detach; git worktree add -q ../linked main; echo mine "
	    ">../linked/b",
	    "", GIT_ANSWER_OK },
	{ "moved meanwhile",
	    "git update-ref refs/heads/main $(git commit-tree -p main -m other main^{tree})", "",
	    GIT_ANSWER_MOVED },
};

static void
prepare_base(const struct base *b)
{
	git_sh(
	    "cd repo; rm -rf ../linked; git worktree prune; git checkout -q -f main; git reset "
	    "-q --hard %s; git clean -qfd; %s; rm -rf ../saved ../saved-linked; cp -a . ../saved; "
	    "! test -d ../linked || cp -a ../linked ../saved-linked",
	    O.hex, b->script);
}

static void
fresh_base(void)
{
	git_sh("rm -rf repo linked; cp -a saved repo; ! test -d saved-linked || cp -a saved-linked "
	       "linked; git -C repo status >/dev/null");
}

/* Whatever was left half done: landed once, or not at all, and nothing of anybody's is lost. */
static void
check_base(const struct base *b)
{
	AUTO_RESULT r = GIT_RESULT_INIT;
	bool has_linked = git_there("linked");

	git_merge_land(git_repo, "main", O, M, P, &r);
	assert_answer(r, b->first);
	assert_string_equal(
	    git_out("git -C repo status --porcelain --untracked-files=all"), b->status);
	if (has_linked)
		assert_string_equal(
		    git_out("git -C linked status --porcelain; cat linked/b"), " M b\nmine");
	assert_clean();
	git_sh("git -C repo fsck --strict --no-dangling 2>&1");
	assert_string_equal(git_out("git -C repo rev-list --count %s..main", O.hex),
	    b->first == GIT_ANSWER_OK ? git_out("git -C repo rev-list --count %s..%s", O.hex, M.hex)
	    : b->first == GIT_ANSWER_MOVED ? "1"
					   : "0");
}

/* Every ninth step, from another one on for each: what a step leaves is the same for the three ways, and the
 * whole walk is above. */
static void
test_land_killed_in_each_way_on_each_base_D_66_X_28_X_36(void **state)
{
	static const enum landing ways[] = { LANDING_MERGE, LANDING_SQUASH, LANDING_REBASE };

	(void)state;
	prepare();
	for (size_t way = 0; way < ARRAY_LEN(ways); way++) {
		git_way = ways[way];
		git_sh(
		    "cd repo; rm -rf ../linked; git worktree prune; git checkout -q -f main; git "
		    "clean -qfd");
		if (way > 0)
			git_sh("git -C repo reset -q --hard %s", O.hex);
		compute();
		git_way = LANDING_MERGE;
		for (size_t i = 0; i < ARRAY_LEN(bases); i++) {
			unsigned n = (unsigned)(3 * way + i) % 9;
			bool killed;

			prepare_base(&bases[i]);
			do {
				fresh_base();
				killed = git_kill_at(land_killed, n += 9);
				check_base(&bases[i]);
			} while (killed);
		}
	}
}

static void
test_files_and_objects_are_synced_before_the_branch_moves_X_18(void **state)
{
	const char *ref, *before;

	(void)state;
	prepare();
	compute();
	assert_false(git_kill_at(land_killed, 0));
	ref = strrchr(git_steps, 'R');
	assert_non_null(ref);
	for (before = ref - 1; before > git_steps && *before != 'R' && *before != 'S'; before--)
		continue;
	if (*before != 'S' || ref[-1] != 'F' || ref[1] != 'F')
		fail_msg("%s", git_steps);
}

static void
test_killed_and_moved_puts_the_files_back_X_28(void **state)
{
	unsigned n = 0;
	bool killed;

	(void)state;
	prepare();
	git_sh("cd repo; git branch later; git worktree add -q ../l later; cd ../l; echo later "
	       ">zz; git add -A; git commit -qm l");
	compute();
	git_sh("cd repo; echo mine >b; echo st >staged; git add staged; echo u >loose; cp -a . "
	       "../saved");
	do {
		fresh();
		killed = git_kill_at(land_killed, n += 2);
		if (strcmp(git_out("git -C repo rev-parse main"), O.hex) == 0) {
			/* somebody else's push */
			git_sh("cd repo; rm -f .git/refs/heads/main.lock; git update-ref "
			       "refs/heads/main later");
			land(GIT_ANSWER_MOVED, NULL);
			/* index and files as they were; zz is what update-ref below a checkout always does */
			assert_string_equal(
			    git_out("git -C repo status --porcelain --untracked-files=all"),
			    " M b\nA  staged\nD  zz\n?? loose");
			assert_clean();
		}
	} while (killed);
}

static void
test_a_branch_that_moves_at_any_moment_is_not_overwritten_X_28(void **state)
{
	_cleanup_(free_charp) char *later = NULL;
	unsigned n = 0, moved = 0;
	bool reached;

	(void)state;
	prepare();
	git_sh("cd repo; git branch later; git worktree add -q ../l later; cd ../l; echo later "
	       ">zz; git add -A; git commit -qm l");
	compute();
	later = xstrdup(git_out("git -C repo rev-parse later"));
	git_sh("cd repo; echo mine >b; echo u >loose; cp -a . ../saved");
	do {
		const char *main_id;

		fresh();
		/* somebody's push; refused while the ref is locked and once it has moved */
		reached = git_stop_at(land_killed, n += 3,
		    "git -C repo update-ref refs/heads/main later $(git -C saved rev-parse main) "
		    "2>/dev/null || :");
		main_id = git_out("git -C repo rev-parse main");
		if (strcmp(main_id, later) == 0) {
			moved++;
			assert_string_equal(
			    git_out("git -C repo status --porcelain --untracked-files=all"),
			    " M b\nD  zz\n?? loose");
			assert_clean();
		} else {
			assert_landed(" M b\n?? loose");
		}
	} while (reached);
	assert_true(moved > 5 && moved < n / 3);
}

static void
test_an_edit_at_any_moment_is_not_overwritten(void **state)
{
	unsigned n = 0, lost = 0, landed = 0;
	bool reached;

	(void)state;
	prepare();
	compute();
	git_sh("cp -a repo saved");
	do {
		bool is_landed;

		fresh();
		reached = git_stop_at(land_killed, n += 3, "rm repo/a; echo edit >repo/a");
		is_landed = strcmp(git_out("git -C repo rev-parse main"), M.hex) == 0;
		landed += is_landed;
		if (reached && strcmp(git_out("cat repo/a"), "edit") != 0)
			lost++;
		else if (reached &&
			 strcmp(git_out("git -C repo --no-optional-locks status --porcelain"),
			     " M a") != 0)
			fail_msg("git does not see the edit at step %u: %s %s", n, git_steps,
			    git_out("cd repo; git ls-files --debug a; stat a; stat .git/index"));
		assert_clean();
	} while (reached);
	/* between the last look at the file and the rename; git has that moment, too */
	assert_in_range(lost, 0, 1);
	assert_in_range(landed, 1, n - 1);
}

static void
test_half_done_work_of_a_cancelled_merge_is_put_back(void **state)
{
	struct oid m1;
	unsigned n = 0;
	bool killed;

	(void)state;
	prepare();
	compute();
	m1 = M;
	git_sh("cp -a repo saved");
	do {
		AUTO_RESULT r = GIT_RESULT_INIT;

		fresh();
		M = m1;
		P = git_rev("work");
		killed = git_kill_at(land_killed, n += 3);
		if (strcmp(git_out("git -C repo rev-parse main"), O.hex) != 0)
			continue;
		/* that ticket was cancelled; another one lands */
		git_sh("cd repo; git branch -q second '%s~1'; git worktree add -q ../s second; cd "
		       "../s; echo s >second; git add -A; git commit -qm s;"
		       "cd ../repo; git worktree remove --force ../s",
		    O.hex);
		P = git_rev("second");
		git_compute(git_repo, "main", P, "m", 1, &r);
		assert_answer(r, GIT_ANSWER_OK);
		M = r.b;
		land(GIT_ANSWER_OK, NULL);
		assert_landed("");
		assert_string_equal(git_out("cat repo/a repo/second"), "a1\ns");
	} while (killed);
}

int
main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, git_setup_test, git_teardown_test)
	const struct CMUnitTest tests[] = {
		T(test_a_collected_merge_is_computed_again),
		T(test_locks_of_others_are_told_and_kept_X_17),
		T(test_a_full_disk_changes_nothing),
		T(test_one_landing_at_a_time_D_71),
		T(test_a_full_disk_at_the_index_puts_the_files_back),
		T(test_land_killed_at_every_step_is_finished_by_the_next_D_66_X_34),
		T(test_land_killed_in_each_way_on_each_base_D_66_X_28_X_36),
		T(test_files_and_objects_are_synced_before_the_branch_moves_X_18),
		T(test_killed_and_moved_puts_the_files_back_X_28),
		T(test_a_branch_that_moves_at_any_moment_is_not_overwritten_X_28),
		T(test_an_edit_at_any_moment_is_not_overwritten),
		T(test_half_done_work_of_a_cancelled_merge_is_put_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
