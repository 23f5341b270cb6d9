/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The course of it, there and back, and the marker.  git_follow_judge.c says what may be written,
 * git_follow_files.c and git_follow_index.c write it.
 */
#include "base/base.h"

#include "effect/git_follow.h"

#include <errno.h>
#include <fcntl.h>
#include <strings.h>
#include <unistd.h>

#define GIT_FOLLOW_MARKER_MAX (64u << 20)

static char *
git_follow_dir(const char *path)
{
	size_t n = strlen(path);

	while (n > 1 && path[n - 1] == '/')
		n--;
	return xstrndup(path, n);
}

void
git_follow_open(struct git_follow *f, git_repository *repo, bool is_main)
{
	memset(f, 0, sizeof *f);
	f->repo = repo;
	f->gitdir = git_follow_dir(git_repository_path(repo));
	f->workdir = git_follow_dir(git_repository_workdir(repo));
	f->is_main = is_main;
}

static void
git_follow_forget(struct git_follow *f)
{
	for (size_t i = 0; i < f->n; i++)
		free(f->v[i].path);
	free(f->v);
	f->v = NULL;
	f->n = f->cap = 0;
}

void
git_follow_release(struct git_follow *f)
{
	git_follow_forget(f);
	git_sparse_release(&f->sparse);
	if (f->stage)
		(void)git_util_remove_tree(
		    AT_FDCWD, f->stage); /* what stays is removed by the next landing */
	if (f->has_lock) {
		_cleanup_(free_charp) char *lock = git_util_join(f->gitdir, "index.lock");

		(void)unlink(lock); /* the next landing removes it by its inode */
	}
	free(f->stage);
	free(f->gitdir);
	free(f->workdir);
	git_repository_free(f->repo);
	memset(f, 0, sizeof *f);
}

void
git_follow_sweep(const char *gitdir, const struct git_token *token)
{
	static const char *const names[] = { GIT_FOLLOW_MARKER ".reeve-tmp", GIT_FOLLOW_NEW_INDEX,
		GIT_FOLLOW_NEW_INDEX ".lock", GIT_FOLLOW_STAGE };
	_cleanup_(free_charp) char *lock = git_util_join(gitdir, "index.lock");

	/* what cannot be removed is told by the step that it stops */
	git_token_sweep(token, lock);
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		_cleanup_(free_charp) char *path = git_util_join(gitdir, names[i]);

		(void)git_util_remove_tree(AT_FDCWD, path);
	}
}

bool
git_follow_lock(struct git_follow *f, const struct git_token *token, struct git_result *ret)
{
	_cleanup_(free_charp) char *lock = git_util_join(f->gitdir, "index.lock");
	int errnum = git_token_lock(token, lock);

	f->has_lock = errnum == 0;
	if (errnum == EEXIST)
		git_util_say_locked(ret, lock);
	else if (errnum != 0)
		git_util_fail_sys(ret, errnum, "taking the lock %s", lock);
	return f->has_lock;
}

/* --- the marker --- */

bool
git_follow_marker(const char *gitdir, git_oid *from, git_oid *to, struct strvec *paths)
{
	_cleanup_(free_charp) char *name = git_util_join(gitdir, GIT_FOLLOW_MARKER);
	_cleanup_(buf_release) struct buf text = BUF_INIT;
	struct str rest, line, word, path;

	if (!git_util_read(name, GIT_FOLLOW_MARKER_MAX, &text))
		return false;
	rest = buf_str(&text);
	if (!str_cut(&rest, '\n', &line) || !str_cut(&line, ' ', &word) ||
	    word.len != GIT_OID_HEXSZ || line.len != GIT_OID_HEXSZ ||
	    git_oid_fromstrn(from, word.p, word.len) < 0 ||
	    git_oid_fromstrn(to, line.p, line.len) < 0)
		return false;
	while (paths && str_cut(&rest, '\0', &path))
		strvec_push_str(paths, path);
	return true;
}

void
git_follow_done(const char *gitdir)
{
	_cleanup_(free_charp) char *name = git_util_join(gitdir, GIT_FOLLOW_MARKER);

	(void)unlink(
	    name); /* one that stays is recognised as landed, or put back, by the next landing */
}

/* Adds what is going to be written to what a killed attempt at the same step has written. */
static bool
git_follow_mark(struct git_follow *f, struct git_result *ret)
{
	_cleanup_(free_charp) char *name = git_util_join(f->gitdir, GIT_FOLLOW_MARKER);
	_cleanup_(strvec_release) struct strvec old = STRVEC_INIT;
	_cleanup_(buf_release) struct buf text = BUF_INIT;
	git_oid from, to;
	int errnum;

	buf_addf(&text, "%s ", git_util_oid_of(&f->from).hex);
	buf_addf(&text, "%s\n", git_util_oid_of(&f->to).hex);
	if (git_follow_marker(f->gitdir, &from, &to, &old) && git_oid_equal(&from, &f->from) &&
	    git_oid_equal(&to, &f->to))
		for (size_t i = 0; i < old.n; i++)
			buf_add(&text, old.v[i], strlen(old.v[i]) + 1);
	for (size_t i = 0; i < f->n; i++)
		if (f->v[i].write || f->v[i].index_only)
			buf_add(&text, f->v[i].path, strlen(f->v[i].path) + 1);
	errnum = git_util_write(name, NULL, buf_str(&text));
	if (errnum != 0)
		git_util_fail_sys(ret, errnum, "writing %s", name);
	return errnum == 0;
}

/* --- what differs --- */

/* Old trees hold modes such as 100664. */
static uint32_t
git_change_mode(uint32_t mode)
{
	if (S_ISREG(mode))
		return mode & S_IXUSR ? GIT_FILEMODE_BLOB_EXECUTABLE : GIT_FILEMODE_BLOB;
	return mode;
}

/* A tree that somebody else built may name places outside the worktree, or git's own. */
static bool
git_follow_path_is_safe(const char *path)
{
	struct str rest = str_of(path), part;
	bool more;

	do {
		more = str_cut(&rest, '/', &part);
		if (part.len == 0 || str_is(part, ".") || str_is(part, ".."))
			return false;
		if (part.len == 4 && strncasecmp(part.p, ".git", 4) == 0)
			return false;
	} while (more);
	return true;
}

static int
git_change_cmp(const void *a, const void *b)
{
	const struct git_change *x = a, *y = b;

	return strcmp(x->path, y->path);
}

struct git_change *
git_follow_find(struct git_follow *f, const char *path, size_t len)
{
	_cleanup_(free_charp) char *copy = xstrndup(path, len);
	struct git_change key = { .path = copy };

	return f->n == 0 ? NULL : bsearch(&key, f->v, f->n, sizeof *f->v, git_change_cmp);
}

static int
git_follow_tree(git_repository *repo, const git_oid *id, git_tree **ret)
{
	AUTO_GIT(git_commit) *commit = NULL;
	int code = git_commit_lookup(&commit, repo, id);

	return code < 0 ? code : git_commit_tree(ret, commit);
}

static bool
git_follow_diff(
    struct git_follow *f, const git_oid *from, const git_oid *to, struct git_result *ret)
{
	AUTO_GIT(git_tree) *a = NULL;
	AUTO_GIT(git_tree) *b = NULL;
	AUTO_GIT(git_diff) *diff = NULL;
	git_diff_options opts = GIT_DIFF_OPTIONS_INIT;

	git_follow_forget(f);
	git_oid_cpy(&f->from, from);
	git_oid_cpy(&f->to, to);
	opts.flags = GIT_DIFF_INCLUDE_TYPECHANGE;
	opts.ignore_submodules = GIT_SUBMODULE_IGNORE_NONE;
	if (git_follow_tree(f->repo, from, &a) < 0 || git_follow_tree(f->repo, to, &b) < 0 ||
	    git_diff_tree_to_tree(&diff, f->repo, a, b, &opts) < 0) {
		git_util_fail(ret, "comparing %s with the merge in %s", git_util_oid_of(from).hex,
		    f->workdir);
		return false;
	}
	for (size_t i = 0; i < git_diff_num_deltas(diff); i++) {
		const git_diff_delta *d = git_diff_get_delta(diff, i);
		struct git_change *c = VEC_PUSH(f);

		c->path = xstrdup(d->new_file.path);
		if (d->status != GIT_DELTA_ADDED) {
			git_oid_cpy(&c->from_id, &d->old_file.id);
			c->from_mode = git_change_mode(d->old_file.mode);
		}
		if (d->status != GIT_DELTA_DELETED) {
			git_oid_cpy(&c->to_id, &d->new_file.id);
			c->to_mode = git_change_mode(d->new_file.mode);
		}
		if (!git_follow_path_is_safe(c->path)) {
			git_util_say(ret, GIT_ANSWER_ENVIRONMENT,
			    "the merge holds a path that may not be checked out: %s; take it out "
			    "of the branch",
			    c->path);
			return false;
		}
	}
	if (f->n > 1)
		qsort(f->v, f->n, sizeof *f->v, git_change_cmp);
	return true;
}

/* --- forth --- */

bool
git_follow_check(struct git_follow *f, const git_oid *from, const git_oid *to, struct buf *held,
    struct git_result *ret)
{
	int state = git_repository_state(f->repo);

	if (state != GIT_REPOSITORY_STATE_NONE && state != GIT_REPOSITORY_STATE_BISECT)
		git_follow_reason(held, f->workdir,
		    "a merge, revert, cherry-pick or rebase is not concluded there: finish or "
		    "abort it");
	f->is_back = false;
	return git_follow_diff(f, from, to, ret) && git_follow_survey(f, held, ret);
}

bool
git_follow_write(struct git_follow *f, struct git_result *ret)
{
	return git_follow_mark(f, ret) && git_follow_apply(f, ret);
}

/* --- the way back --- */

/* The branch has gone elsewhere: does that commit have this path just as the merge has it? */
static bool
git_follow_agrees(git_tree *now, const struct git_change *c)
{
	AUTO_GIT(git_tree_entry) *e = NULL;

	if (!now)
		return false;
	if (git_tree_entry_bypath(&e, now, c->path) < 0)
		return c->from_mode == 0;
	return c->from_mode == git_change_mode((uint32_t)git_tree_entry_filemode(e)) &&
	       git_oid_equal(git_tree_entry_id(e), &c->from_id);
}

static int
git_follow_cmp_names(const void *a, const void *b)
{
	char *const *x = a, *const *y = b;

	return strcmp(*x, *y);
}

bool
git_follow_back(struct git_follow *f, const git_oid *from, const git_oid *to, const git_oid *now,
    struct git_result *ret)
{
	_cleanup_(strvec_release) struct strvec wrote = STRVEC_INIT;
	_cleanup_(buf_release) struct buf held = BUF_INIT;
	AUTO_GIT(git_tree) *tree = NULL;
	git_oid was, became;

	if (!git_follow_marker(f->gitdir, &was, &became, &wrote) || !git_oid_equal(&was, from) ||
	    !git_oid_equal(&became, to))
		return true;
	if (now && git_follow_tree(f->repo, now, &tree) < 0)
		tree = NULL;
	strvec_sort(&wrote);
	/* the same judgement the other way round: what is not as we left it stays, whatever it is */
	f->is_back = true;
	if (!git_follow_diff(f, to, from, ret) || !git_follow_survey(f, &held, ret))
		return false;
	for (size_t i = 0; i < f->n; i++) {
		struct git_change *c = &f->v[i];
		bool ours = bsearch(&c->path, wrote.v, wrote.n, sizeof *wrote.v,
				git_follow_cmp_names) != NULL;

		if (!ours || git_follow_agrees(tree, c)) {
			c->write = false;
			c->entry = GIT_SIDE_OTHER;
		}
	}
	if (!git_follow_apply(f, ret))
		return false;
	git_follow_done(f->gitdir);
	return true;
}
