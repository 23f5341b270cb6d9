/* SPDX-License-Identifier: GPL-2.0-only */
#include "base/base.h"

#include "cli/cli_git.h"

#include <sys/wait.h>

#include "base/buf.h"
#include "cli/cli_git_run.h"
#include "codec/ref_name.h"

static int
git_read_refs(const char *path, struct git_seen *ret, struct err *err)
{
	static const char *const words[] = { "for-each-ref", "--format=%(objectname) %(refname)",
		"refs/heads/reeve/", "refs/reeve/", NULL };
	_cleanup_(buf_release) struct buf out = BUF_INIT;
	struct str rest, line, hex;
	int e = git_read(path, words, &out, err);

	if (e < 0)
		return e;
	rest = buf_str(&out);
	while (str_cut(&rest, '\n', &line)) {
		struct oid oid;

		(void)str_cut(&line, ' ', &hex);
		if (!oid_parse(hex, &oid))
			return err_set(err, ERR_EXTERNAL, "git for-each-ref answers strangely");
		*VEC_PUSH(&ret->refs) = (struct git_seen_ref){ xstrndup(line.p, line.len), oid };
	}
	return 0;
}

/* "worktree PATH", "HEAD OID", "branch REF" or "detached" ..., each ended by a NUL; an empty one ends a tree. */
static int
git_read_trees(const char *path, struct git_seen *ret, struct err *err)
{
	static const char *const words[] = { "worktree", "list", "--porcelain", "-z", NULL };
	_cleanup_(buf_release) struct buf out = BUF_INIT;
	const size_t path_at = strlen("worktree "), branch_at = strlen("branch refs/heads/");
	struct str rest, line;
	int e = git_read(path, words, &out, err);

	if (e < 0)
		return e;
	rest = buf_str(&out);
	while (str_cut(&rest, '\0', &line)) {
		if (str_starts(line, "worktree "))
			VEC_PUSH(&ret->trees)->path =
			    xstrndup(line.p + path_at, line.len - path_at);
		else if (str_starts(line, "branch refs/heads/") && ret->trees.n > 0)
			set_charp(&ret->trees.v[ret->trees.n - 1].branch, line.p + branch_at);
	}
	return 0;
}

int
git_seen_read(const char *path, struct git_seen *ret, struct err *err)
{
	int e = git_read_refs(path, ret, err);

	return e < 0 ? e : git_read_trees(path, ret, err);
}

void
git_seen_release(struct git_seen *s)
{
	for (size_t i = 0; i < s->refs.n; i++)
		free(s->refs.v[i].name);
	for (size_t i = 0; i < s->trees.n; i++) {
		free(s->trees.v[i].path);
		free(s->trees.v[i].branch);
	}
	free(s->refs.v);
	free(s->trees.v);
	memset(s, 0, sizeof *s);
}

const struct git_seen_ref *
git_seen_ref(const struct git_seen *s, const char *name)
{
	size_t low = 0, high = s->refs.n;

	while (low < high) { /* git sorts by name */
		size_t mid = low + (high - low) / 2;
		int order = strcmp(s->refs.v[mid].name, name);

		if (order == 0)
			return &s->refs.v[mid];
		if (order < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return NULL;
}

const struct git_seen_tree *
git_seen_tree(const struct git_seen *s, const char *path)
{
	for (size_t i = 0; i < s->trees.n; i++)
		if (strcmp(s->trees.v[i].path, path) == 0)
			return &s->trees.v[i];
	return NULL;
}

int
git_seen_try_tree(const char *path, struct err *err)
{
	static const char *const words[] = { "diff-index", "--cached", "--quiet", "--no-ext-diff",
		"HEAD", "--", NULL };
	_cleanup_(buf_release) struct buf out = BUF_INIT;
	struct err why = ERR_INIT;
	int status = 0, e;

	e = git_run(&(struct git_run){ .path = path }, words, &out, &status, &why);
	if (e == 0 && WIFEXITED(status) && WEXITSTATUS(status) <= 1) /* 1: something is staged */
		return 0;
	if (err)
		*err = why;
	return e < 0 ? e : ERR_EXTERNAL;
}

int
git_seen_contains(
    const char *path, const char *branch, const struct oid *oids, size_t n, struct err *err)
{
	_cleanup_(strvec_release) struct strvec words = STRVEC_INIT;
	_cleanup_(buf_release) struct buf not_in = BUF_INIT, out = BUF_INIT;
	int status = 0, e;

	if (!ref_name_is_branch(str_of(branch)))
		return err_set(err, ERR_INVALID, "\"%s\" is no name of a branch", branch);
	buf_addf(&not_in, "^refs/heads/%s", branch);
	strvec_push(&words, "rev-list");
	strvec_push(&words, "--max-count=1");
	strvec_push(&words, not_in.p);
	for (size_t i = 0; i < n; i++)
		strvec_push(&words, oids[i].hex);
	strvec_push(&words, "--");
	e = git_run(
	    &(struct git_run){ .path = path }, (const char *const *)words.v, &out, &status, err);
	if (e < 0)
		return e;
	if (status != 0)
		return ERR_EXTERNAL; /* no such branch, no such commit */
	return out.len == 0;
}

int
git_seen_merged(const char *path, const char *branch, struct strvec *ret, struct err *err)
{
	_cleanup_(buf_release) struct buf merged = BUF_INIT, out = BUF_INIT;
	const char *words[] = { "for-each-ref", NULL, "--format=%(refname)", "refs/heads/reeve/",
		"refs/reeve/", NULL };
	struct str rest, line;
	int e;

	if (!ref_name_is_branch(str_of(branch)))
		return err_set(err, ERR_INVALID, "\"%s\" is no name of a branch", branch);
	buf_addf(&merged, "--merged=refs/heads/%s", branch);
	words[1] = merged.p;
	e = git_read(path, words, &out, err);
	if (e < 0)
		return e;
	rest = buf_str(&out);
	while (str_cut(&rest, '\n', &line)) {
		_cleanup_(free_charp) char *name = xstrndup(line.p, line.len);

		strvec_push(ret, name);
	}
	return 0;
}

int
git_seen_is_ancestor(const char *path, struct oid a, struct oid b, struct err *err)
{
	const char *const words[] = { "merge-base", "--is-ancestor", a.hex, b.hex, NULL };
	_cleanup_(buf_release) struct buf out = BUF_INIT;
	int status = 0, e;

	e = git_run(&(struct git_run){ .path = path }, words, &out, &status, err);
	if (e < 0)
		return e;
	if (status == 0)
		return 1;
	return WIFEXITED(status) && WEXITSTATUS(status) == 1 ? 0 : ERR_EXTERNAL;
}

int
git_seen_count(const char *path, const char *branch, struct oid oid, int64_t *ret, struct err *err)
{
	_cleanup_(buf_release) struct buf not_in = BUF_INIT, out = BUF_INIT;
	const char *words[] = { "rev-list", "--count", NULL, oid.hex, "--", NULL };
	struct str rest, line;
	uint64_t n;
	int e;

	if (!ref_name_is_branch(str_of(branch)))
		return err_set(err, ERR_INVALID, "\"%s\" is no name of a branch", branch);
	buf_addf(&not_in, "^refs/heads/%s", branch);
	words[2] = not_in.p;
	e = git_read(path, words, &out, err);
	if (e < 0)
		return e;
	rest = buf_str(&out);
	(void)str_cut(&rest, '\n', &line);
	if (!str_u64(line, &n))
		return err_set(err, ERR_EXTERNAL, "git rev-list answers strangely");
	*ret = (int64_t)n;
	return 0;
}
