/* SPDX-License-Identifier: GPL-2.0-only */
/* test_effect_git_land.h: a merge O + P = M of everything that can happen to a file, and its landing. */
#ifndef TEST_EFFECT_GIT_LAND_H
#define TEST_EFFECT_GIT_LAND_H

#include "test_effect_git.h"

#include "test_effect_git_compute.h"

static struct oid O, P, M;

/*
 * work changes, adds, deletes, turns a file into a directory and a directory into a file, sets and
 * clears an executable bit, and makes, retargets and replaces links.
 */
static inline void
prepare(void)
{
	git_sh("cd repo; echo r >run; chmod +x run; echo n >norun; ln -s a link; ln -s a tofile; "
	       "echo l >tolink; echo f >f;"
	       "mkdir -p d/sub; echo 1 >d/1; echo 2 >d/sub/2; echo gone >gone; mkdir -p deep/er; "
	       "echo x "
	       ">deep/er/x; echo k >kept;"
	       "git add -A; git commit -qm more; git checkout -qb work;"
	       "echo a2 >a; chmod -x run; chmod +x norun; ln -sfn b link; rm tofile; echo now "
	       ">tofile; ln -sf a tolink; rm f; mkdir f;"
	       "echo fx >f/x; rm -r d; echo dd >d; git rm -q gone; git rm -qr deep; mkdir -p "
	       "new/dir; echo nn >new/dir/n; : >empty;"
	       "git add -A; git commit -qm work; git checkout -q main; echo o >ours; git add -A; "
	       "git commit -qm ours");
}

static inline void
compute(void)
{
	AUTO_RESULT r = GIT_RESULT_INIT;

	P = git_rev("work");
	git_compute(git_repo, "main", P, "Merge ticket 7\n", 1700000000000, &r);
	assert_answer(r, GIT_ANSWER_OK);
	O = r.a;
	M = r.b;
}

static inline void
land(enum git_answer want, const char *text)
{
	AUTO_RESULT r = GIT_RESULT_INIT;

	git_merge_land(git_repo, "main", O, M, P, &r);
	assert_answer(r, want);
	if (text)
		assert_string_equal(r.text.p, text);
}

/* Nothing of ours is left lying about. */
static inline void
assert_clean(void)
{
	assert_string_equal(
	    git_out(
		"cd repo/.git; find . -name 'reeve-land' -o -name 'reeve-land.d' -o -name "
		"'reeve-index' -o "
		"-name reeve-ref -o -name '*.lock' ! -name 'reeve-*.lock' -o -name '*reeve-tmp'"),
	    "");
}

/* git agrees: at M, and these are all the differences. */
static inline void
assert_landed(const char *status)
{
	assert_string_equal(git_out("git -C repo rev-parse main"), M.hex);
	assert_string_equal(
	    git_out("git -C repo status --porcelain --untracked-files=all"), status);
	assert_clean();
	git_sh("git -C repo fsck --strict --no-dangling 2>&1");
}

/* Held: refs, index, files and what git says are untouched, to the inode. */
static inline void
held(const char *text)
{
	static const char look[] =
	    "cd repo; git show-ref; git --no-optional-locks status --porcelain "
	    "--untracked-files=all --ignored; git ls-files -s;"
	    "find . -path ./.git -prune -o -printf '%p %i %y %m %s %T@ %C@ "
	    "%l\\n' | sort; stat -c '%i %y' .git/index";
	_cleanup_(free_charp) char *before = xstrdup(git_out("%s", look));
	AUTO_RESULT r = GIT_RESULT_INIT;

	land(GIT_ANSWER_HELD, text);
	git_merge_check(git_repo, "main", O, M, P, &r);
	assert_answer(r, GIT_ANSWER_HELD);
	assert_string_equal(r.text.p, text);
	assert_string_equal(git_out("%s", look), before);
	assert_clean();
}

#endif
