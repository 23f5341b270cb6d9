/* SPDX-License-Identifier: GPL-2.0-only */
#include "base/base.h"

#include "effect/git_util.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <time.h>
#include <unistd.h>

#include "base/clean.h"

static void git_util_answer(struct git_result *r, enum git_answer answer, const char *why,
    const char *fmt, va_list ap) printf_like(4, 0);

static void
git_util_answer(
    struct git_result *r, enum git_answer answer, const char *why, const char *fmt, va_list ap)
{
	_cleanup_(buf_release) struct buf raw = BUF_INIT;

	buf_addv(&raw, fmt, ap);
	if (why)
		buf_addf(&raw, ": %s", why);
	r->answer = answer;
	buf_clear(&r->text);
	clean_add(&r->text, buf_str(&raw), false);
}

void
git_util_say(struct git_result *r, enum git_answer answer, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	git_util_answer(r, answer, NULL, fmt, ap);
	va_end(ap);
}

const char *
git_util_why(void)
{
	static const struct {
		const char *said, *means;
	} known[] = {
		{ "unsupported mandatory extension: 'link'", GIT_UTIL_SPLIT },
		{ "unsupported mandatory extension: 'sdir'", GIT_UTIL_SPARSE_INDEX },
	};
	const git_error *e = git_error_last();
	const char *said = e && e->message ? e->message : "libgit2 gave no reason";

	for (size_t i = 0; i < ARRAY_LEN(known); i++)
		if (strstr(said, known[i].said) != NULL)
			return known[i].means;
	return said;
}

void
git_util_fail(struct git_result *r, const char *fmt, ...)
{
	_cleanup_(free_charp) char *why = xstrdup(git_util_why()); /* the next call overwrites it */
	va_list ap;

	va_start(ap, fmt);
	git_util_answer(r, GIT_ANSWER_ENVIRONMENT, why, fmt, ap);
	va_end(ap);
}

void
git_util_fail_sys(struct git_result *r, int errnum, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	git_util_answer(r, GIT_ANSWER_ENVIRONMENT, strerror(errnum), fmt, ap);
	va_end(ap);
}

bool
git_util_is_own(void)
{
	const git_error *e = git_error_last();

	return e && (e->klass == GIT_ERROR_INDEX || e->klass == GIT_ERROR_WORKTREE ||
			e->klass == GIT_ERROR_REPOSITORY);
}

bool
git_util_is_own_index(void)
{
	const git_error *e = git_error_last();

	return e && e->klass == GIT_ERROR_INDEX;
}

/* A ref that has a file is read from that; else from packed-refs, which is everybody's. */
static bool
git_util_is_own_branch(git_repository *repo, int code, const char *branch)
{
	const git_error *e = git_error_last();
	_cleanup_(buf_release) struct buf name = BUF_INIT, path = BUF_INIT;
	struct stat st;

	if (code == GIT_EINVALIDSPEC) /* its name, or it is a symbolic one */
		return true;
	if (!e || e->klass != GIT_ERROR_REFERENCE)
		return false;
	buf_addf(&name, "refs/heads/%s", branch);
	git_util_common_path(repo, name.p, &path);
	return lstat(path.p, &st) == 0 && S_ISREG(st.st_mode);
}

void
git_util_fail_branch(
    struct git_result *r, git_repository *repo, const char *path, int code, const char *branch)
{
	bool is_own = git_util_is_own_branch(repo, code, branch);

	git_util_fail(r, "reading branch \"%s\" of %s", branch, path);
	if (is_own)
		r->answer = GIT_ANSWER_OWN;
}

static bool
git_util_is_own_sys(int errnum)
{
	static const int machine[] = { ENOSPC, EDQUOT, EMFILE, ENFILE, ENOMEM, EIO, EROFS, EAGAIN };

	for (size_t i = 0; i < ARRAY_LEN(machine); i++)
		if (errnum == machine[i])
			return false;
	return true;
}

void
git_util_fail_own_sys(struct git_result *r, int errnum, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	git_util_answer(r, git_util_is_own_sys(errnum) ? GIT_ANSWER_OWN : GIT_ANSWER_ENVIRONMENT,
	    strerror(errnum), fmt, ap);
	va_end(ap);
}

void
git_util_say_locked(struct git_result *r, const char *lock_path)
{
	struct stat st;
	struct timespec now;

	if (lstat(lock_path, &st) < 0) {
		git_util_say(r, GIT_ANSWER_ENVIRONMENT,
		    "%s was held by another git process a moment ago; try again", lock_path);
		return;
	}
	(void)clock_gettime(CLOCK_REALTIME, &now); /* cannot fail for this clock */
	git_util_say(r, GIT_ANSWER_ENVIRONMENT,
	    "%s exists, %lld s old: another git process is at work there, or one was killed; wait "
	    "for "
	    "it, or make sure that none runs and remove the file",
	    lock_path, (long long)(now.tv_sec - st.st_mtim.tv_sec));
}

/* What the formats are that it does not open, by the words of its refusal. */
static const char *
git_util_format(const char *why)
{
	static const struct {
		const char *extension, *means;
	} known[] = {
		{ "extensions.objectformat", "its objects have SHA-256 names, and libgit2 1.5 "
					     "knows SHA-1 only: convert it (git "
					     "fast-export --all into a new repository)" },
		{ "extensions.refstorage", "its refs are in a reftable, and libgit2 1.5 knows "
					   "files only: git refs migrate "
					   "--ref-format=files" },
		{ "extensions.relativeworktrees",
		    "its worktrees are named by relative paths, and libgit2 1.5 would take them "
		    "for "
		    "missing: git config worktree.useRelativePaths false, git worktree repair, and "
		    "unset extensions.relativeWorktrees" },
	};

	for (size_t i = 0; i < ARRAY_LEN(known); i++)
		if (strcasestr(why, known[i].extension) != NULL)
			return known[i].means;
	if (strstr(why, "unsupported extension") != NULL ||
	    strstr(why, "repositoryformatversion") != NULL ||
	    strstr(why, "repository version") != NULL)
		return "libgit2 1.5 does not know its format: work in a new clone of it";
	return NULL;
}

void
git_util_say_not_open(struct git_result *r, const char *path, int code)
{
	const git_error *e = git_error_last();
	_cleanup_(free_charp) char *why =
	    xstrdup(e && e->message ? e->message : "libgit2 gave no reason");
	_cleanup_(free_charp) char *real = realpath(path, NULL);
	const char *format = git_util_format(why);

	if (real)
		path = real;
	if (code == GIT_EOWNER || strstr(why, "safe.directory") != NULL)
		git_util_say(r, GIT_ANSWER_ENVIRONMENT,
		    "the repository at %s belongs to another user; if you trust it: "
		    "git config --global --add safe.directory %s (libgit2 1.5 wants the path "
		    "itself, "
		    "not *)",
		    path, path);
	else if (format)
		git_util_say(r, GIT_ANSWER_ENVIRONMENT,
		    "the repository at %s cannot be worked with: %s (%s)", path, format, why);
	else if (code == GIT_ENOTFOUND)
		git_util_say(r, GIT_ANSWER_ENVIRONMENT,
		    "there is no git repository at %s; was it moved? Name the right directory, or "
		    "make one with git init and a first commit",
		    path);
	else
		git_util_say(
		    r, GIT_ANSWER_ENVIRONMENT, "opening the repository at %s: %s", path, why);
}

void
git_util_add_config(git_repository *repo)
{
	AUTO_GIT(git_config) *config = NULL;
	_cleanup_(buf_release) struct buf path = BUF_INIT;
	int is_on = 0;

	if (git_repository_config(&config, repo) < 0 ||
	    git_config_get_bool(&is_on, config, "extensions.worktreeConfig") < 0 || is_on == 0)
		return;
	buf_addf(&path, "%sconfig.worktree", git_repository_path(repo));
	/* one that is not there, or not readable, says nothing */
	(void)git_config_add_file_ondisk(config, path.p, GIT_CONFIG_LEVEL_APP, repo, 0);
}

bool
git_util_open(const char *path, git_repository **ret, struct git_result *r)
{
	int code = git_repository_open_ext(ret, path, GIT_REPOSITORY_OPEN_NO_SEARCH, NULL);

	if (code < 0)
		git_util_say_not_open(r, path, code);
	else
		git_util_add_config(*ret);
	return code >= 0;
}

bool
git_util_oid(struct oid id, git_oid *ret)
{
	return strlen(id.hex) == GIT_OID_HEXSZ && git_oid_fromstr(ret, id.hex) == 0;
}

struct oid
git_util_oid_of(const git_oid *id)
{
	struct oid o = { "" };

	(void)git_oid_tostr(o.hex, sizeof o.hex, id); /* returns the buffer */
	return o;
}

int
git_util_tip(git_repository *repo, const char *branch, git_oid *ret)
{
	AUTO_GIT(git_reference) *ref = NULL;
	_cleanup_(buf_release) struct buf name = BUF_INIT;
	int code;

	buf_addf(&name, "refs/heads/%s", branch);
	code = git_reference_lookup(&ref, repo, name.p);
	if (code < 0)
		return code;
	if (git_reference_type(ref) != GIT_REFERENCE_DIRECT) {
		(void)git_error_set_str(GIT_ERROR_REFERENCE,
		    "it is a symbolic ref; name the branch that it stands for");
		return GIT_EINVALIDSPEC;
	}
	git_oid_cpy(ret, git_reference_target(ref));
	return 0;
}

/* Where history is cut off, libgit2 1.5 stumbles over the parents that are not there. */
static bool
git_util_is_cut_off(git_repository *repo)
{
	if (git_repository_is_shallow(repo) != 1)
		return false;
	(void)git_error_set_str(GIT_ERROR_REPOSITORY, GIT_UTIL_SHALLOW);
	return true;
}

int
git_util_contains(git_repository *repo, const git_oid *tip, const git_oid *commit)
{
	if (git_oid_equal(tip, commit))
		return 1;
	return git_util_is_cut_off(repo) ? GIT_ERROR : git_graph_descendant_of(repo, tip, commit);
}

int
git_util_merge_base(git_repository *repo, const git_oid *a, const git_oid *b, git_oid *ret)
{
	return git_util_is_cut_off(repo) ? GIT_ERROR : git_merge_base(ret, repo, a, b);
}

int
git_util_head_branch(git_repository *repo, struct buf *ret)
{
	AUTO_GIT(git_reference) *head = NULL;
	int code = git_reference_lookup(&head, repo, "HEAD");
	const char *target;

	if (code < 0)
		return code;
	buf_clear(ret);
	target = git_reference_type(head) == GIT_REFERENCE_SYMBOLIC
		     ? git_reference_symbolic_target(head)
		     : NULL;
	if (target && str_starts(str_of(target), "refs/heads/"))
		buf_adds(ret, target + strlen("refs/heads/"));
	return 0;
}

int
git_util_signature(git_repository *repo, int64_t when_ms, git_signature **ret)
{
	AUTO_GIT(git_signature) *found = NULL;
	git_time_t seconds = when_ms / 1000;

	if (git_signature_default(&found, repo) == 0 &&
	    git_signature_new(ret, found->name, found->email, seconds, 0) == 0)
		return 0;
	return git_signature_new(ret, GIT_UTIL_AUTHOR, GIT_UTIL_EMAIL, seconds, 0);
}

void
git_util_common_path(git_repository *repo, const char *name, struct buf *ret)
{
	const char *common = git_repository_commondir(repo); /* ends with a slash */

	buf_clear(ret);
	buf_adds(ret, common);
	buf_adds(ret, name);
}

bool
git_util_is_left_out(git_index *index, const git_status_entry *e)
{
	const git_index_entry *entry;

	if (e->status != GIT_STATUS_WT_DELETED || !e->index_to_workdir)
		return false;
	entry = git_index_get_bypath(index, e->index_to_workdir->old_file.path, 0);
	return entry && (entry->flags_extended & GIT_INDEX_ENTRY_SKIP_WORKTREE) != 0;
}

int
git_util_is_dirty(git_repository *repo)
{
	AUTO_GIT(git_status_list) *list = NULL;
	AUTO_GIT(git_index) *index = NULL;
	git_status_options opts = GIT_STATUS_OPTIONS_INIT;
	bool dirty = false;
	size_t n;
	int code;

	opts.flags = GIT_STATUS_OPT_INCLUDE_UNTRACKED;
	code = git_status_list_new(&list, repo, &opts);
	if (code == 0)
		code = git_repository_index(&index, repo);
	if (code < 0)
		return code;
	n = git_status_list_entrycount(list);
	for (size_t i = 0; i < n && !dirty; i++)
		dirty = !git_util_is_left_out(index, git_status_byindex(list, i));
	return dirty;
}
