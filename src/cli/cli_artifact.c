/* SPDX-License-Identifier: GPL-2.0-only */
#include "base/base.h"

#include "cli/cli_artifact.h"

#include <errno.h>
#include <fcntl.h>

#include "base/buf.h"
#include "base/vec.h"
#include "cli/cli_git_run.h"
#include "sys/file.h"
#include "sys/proc.h"

#define GIT_BYTES_MAX (64u * 1024u)
#define LISTED_MAX    5

/* Runs git with these words; its output without the last newline.  ERR_EXTERNAL: it said no. */
static int
artifact_git(const char *dir, const char *const *words, struct buf *ret, struct err *err)
{
	const struct git_run run = { .path = dir, .max = GIT_BYTES_MAX };
	int status = 0, e = git_run(&run, words, ret, &status, err);

	if (e < 0)
		return e;
	if (status != 0)
		return ERR_EXTERNAL; /* err says what */
	if (ret->len > 0 && ret->p[ret->len - 1] == '\n')
		buf_truncate(ret, ret->len - 1);
	return 0;
}

/* ERR_EXTERNAL: git knows no such commit; or it cannot be asked, or its answer is none. */
static int
artifact_rev_parse(const char *dir, const char *rev, struct oid *ret, struct err *err)
{
	_cleanup_(buf_release) struct buf commit = BUF_INIT, out = BUF_INIT;
	const char *words[] = { "rev-parse", "--verify", "--quiet", "--end-of-options", NULL,
		NULL };
	int e;

	buf_addf(&commit, "%s^{commit}", rev);
	words[4] = commit.p;
	e = artifact_git(dir, words, &out, err);
	if (e == 0 && !oid_parse(buf_str(&out), ret)) /* "^X": the commits that X does not reach */
		e = err_set(err, ERR_EXTERNAL, "\"%s\" names no one commit", rev);
	return e;
}

static int
artifact_resolve(const char *dir, const char *commit, struct oid *ret, struct err *err)
{
	int e = artifact_rev_parse(dir, commit != NULL ? commit : "HEAD", ret, err);

	if (e == ERR_EXTERNAL && commit == NULL)
		return err_set(err, ERR_INVALID,
		    "there is no commit yet on this branch: commit your work, then report again");
	if (e == ERR_EXTERNAL)
		return err_set(err, ERR_INVALID,
		    "--commit: \"%s\" names no commit of this repository", commit);
	return e;
}

/* "XY path", a renamed one followed by the old path; each ended by a NUL. */
static int
artifact_refuse_dirty(const char *dir, struct err *err)
{
	static const char *const words[] = { "status", "--porcelain=v1", "-z",
		"--untracked-files=normal", NULL };
	_cleanup_(buf_release) struct buf out = BUF_INIT, list = BUF_INIT;
	struct str rest, entry;
	size_t n = 0;
	int e = artifact_git(dir, words, &out, err);

	if (e < 0)
		return e;
	rest = buf_str(&out);
	while (str_cut(&rest, '\0', &entry)) {
		if (entry.len < 4)
			continue;
		if (n++ < LISTED_MAX)
			buf_addf(&list, "%s%.*s", n > 1 ? ", " : "",
			    STR_FMT(str_n(entry.p + 3, entry.len - 3)));
		if (memchr(entry.p, 'R', 2) != NULL || memchr(entry.p, 'C', 2) != NULL)
			(void)str_cut(&rest, '\0', &entry);
	}
	if (n == 0)
		return 0;
	return err_set(err, ERR_CONFLICT,
	    "the worktree has changes that are not committed: %s%s. Commit them (or add them to "
	    ".gitignore) and report again; --wip reports the last commit without them",
	    list.p, n > LISTED_MAX ? " and more" : "");
}

/* R29: what a report speaks of is on disk first. */
static int
artifact_sync(const char *dir, struct err *err)
{
	static const char *const words[] = { "rev-parse", "--path-format=absolute",
		"--git-common-dir", NULL };
	_cleanup_(buf_release) struct buf path = BUF_INIT;
	_cleanup_(close_fd) int fd = -1;
	int e = artifact_git(dir, words, &path, err);

	if (e < 0)
		return e;
	fd = open(path.p, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0 || syncfs(fd) < 0) {
		(void)err_sys(err, errno, "the commit cannot be made safe on disk: %s", path.p);
		return ERR_IO;
	}
	return 0;
}

int
artifact_find(const char *dir, const char *commit, bool is_wip, struct oid *ret, struct err *err)
{
	static const char *const inside[] = { "rev-parse", "--is-inside-work-tree", NULL };
	_cleanup_(buf_release) struct buf out = BUF_INIT;
	int e;

	git_run_environment();
	e = artifact_git(dir, inside, &out, err);
	if (e == ERR_EXTERNAL) {
		(void)err_prefix(
		    err, "%s is no git worktree, so there is no commit to report", dir);
		return e;
	}
	if (e == 0)
		e = artifact_resolve(dir, commit, ret, err);
	if (e == 0 && !is_wip)
		e = artifact_refuse_dirty(dir, err);
	return e < 0 ? e : artifact_sync(dir, err);
}

/* Where a person stands may be another worktree of the same repository, with a HEAD of its own. */
static bool
artifact_is_here(const char *dir)
{
	static const char *const words[] = { "rev-parse", "--path-format=absolute",
		"--git-common-dir", NULL };
	_cleanup_(buf_release) struct buf here = BUF_INIT, there = BUF_INIT;

	return artifact_git(".", words, &here, NULL) == 0 &&
	       artifact_git(dir, words, &there, NULL) == 0 && strcmp(here.p, there.p) == 0;
}

int
artifact_named(const char *dir, const char *rev, struct oid *ret, struct err *err)
{
	static const char *const inside[] = { "rev-parse", "--git-dir", NULL };
	_cleanup_(buf_release) struct buf out = BUF_INIT;
	int e;

	git_run_environment();
	e = artifact_git(dir, inside, &out, err);
	if (e == ERR_EXTERNAL) {
		(void)err_prefix(err, "%s cannot be read as a git repository", dir);
		return e;
	}
	if (e == 0)
		e = artifact_rev_parse(artifact_is_here(dir) ? "." : dir, rev, ret, err);
	if (e == ERR_EXTERNAL)
		return err_set(
		    err, ERR_NOTFOUND, "\"%s\" names no commit of the repository %s", rev, dir);
	return e < 0 ? e : artifact_sync(dir, err);
}

bool
artifact_is_in(const char *dir, struct oid commit, const char *branch)
{
	_cleanup_(buf_release) struct buf ref = BUF_INIT, out = BUF_INIT;
	const char *words[] = { "merge-base", "--is-ancestor", commit.hex, NULL, NULL };

	buf_addf(&ref, "refs/heads/%s", branch);
	words[3] = ref.p;
	git_run_environment();
	return artifact_git(dir, words, &out, NULL) == 0;
}
