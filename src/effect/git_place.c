/* SPDX-License-Identifier: GPL-2.0-only */
#include "base/base.h"

#include "effect/git_place.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "effect/git_remove.h"

static bool
git_place_make_parents(const char *dir, struct git_result *ret)
{
	for (const char *s = strchr(dir + 1, '/');; s = strchr(s + 1, '/')) {
		_cleanup_(free_charp) char *part =
		    s ? xstrndup(dir, (size_t)(s - dir)) : xstrdup(dir);

		if (mkdir(part, 0700) < 0 && errno != EEXIST) {
			git_util_fail_sys(ret, errno, "making the directory %s", part);
			return false;
		}
		if (!s)
			return true;
	}
}

/* The parent without links, so that what git and reeve write into each other's files agrees. */
static bool
git_place_resolve(struct git_place *p, const char *path, bool with_parents, struct git_result *ret)
{
	_cleanup_(free_charp) char *dir = xstrdup(path);
	size_t n = strlen(dir);
	char *slash, *real;

	while (n > 1 && dir[n - 1] == '/')
		dir[--n] = '\0';
	slash = strrchr(dir, '/');
	if (dir[0] != '/' || !slash || slash[1] == '\0' || slash == dir) {
		git_util_say(ret, GIT_ANSWER_ENVIRONMENT,
		    "the path of a worktree must be absolute: %s", path);
		return false;
	}
	p->name = xstrdup(slash + 1);
	*slash = '\0';
	if (with_parents && !git_place_make_parents(dir, ret))
		return false;
	real = realpath(dir, NULL);
	if (!real && (with_parents || errno != ENOENT)) {
		git_util_fail_sys(ret, errno, "looking at %s", dir);
		return false;
	}
	p->path = git_util_join(real ? real : dir, p->name);
	free(real);
	return true;
}

bool
git_place_open(struct git_place *p, const char *repo_path, const char *path, bool with_parents,
    struct git_result *ret)
{
	AUTO_GIT(git_repository) *repo = NULL;
	_cleanup_(buf_release) struct buf worktrees = BUF_INIT;

	p->repo_path = repo_path;
	if (!git_util_open(repo_path, &repo, ret) ||
	    /* by its worktree: what lies beside a git directory of its own place is not it */
	    !git_util_open(
		git_repository_is_worktree(repo) ? git_repository_commondir(repo) : repo_path,
		&p->repo, ret) ||
	    !git_place_resolve(p, path, with_parents, ret))
		return false;
	git_util_common_path(p->repo, "worktrees", &worktrees);
	p->worktrees = buf_take(&worktrees);
	p->admin = git_util_join(p->worktrees, p->name);
	return true;
}

void
git_place_release(struct git_place *p)
{
	git_repository_free(p->repo);
	free(p->path);
	free(p->name);
	free(p->worktrees);
	free(p->admin);
	memset(p, 0, sizeof *p);
}

static bool
git_place_is_empty(const char *path)
{
	DIR *d = opendir(path);
	struct dirent *de;
	bool empty = true;

	if (!d)
		return errno == ENOENT;
	while (empty && (de = readdir(d)) != NULL)
		empty = strcmp(de->d_name, ".") == 0 || strcmp(de->d_name, "..") == 0 ||
			strcmp(de->d_name, ".git") == 0;
	(void)closedir(d);
	return empty;
}

static bool
git_place_there(const char *dir, const char *name)
{
	_cleanup_(free_charp) char *file = git_util_join(dir, name);
	struct stat st;

	return lstat(file, &st) == 0;
}

static bool
git_place_same(const char *a, const char *b)
{
	struct stat x, y;

	if (strcmp(a, b) == 0)
		return true;
	return stat(a, &x) == 0 && stat(b, &y) == 0 && x.st_dev == y.st_dev && x.st_ino == y.st_ino;
}

/* The administrative directory that the .git file in dir names; relative paths begin there. */
static bool
git_place_read_link(const char *dir, struct buf *ret)
{
	_cleanup_(buf_release) struct buf text = BUF_INIT;

	if (!git_util_line(dir, ".git", "gitdir: ", &text))
		return false;
	buf_clear(ret);
	if (text.p[0] != '/')
		buf_addf(ret, "%s/", dir);
	buf_add_str(ret, buf_str(&text));
	return true;
}

void
git_place_link(const struct git_place *p, struct buf *ret)
{
	const char *from = p->path, *to = p->admin;
	size_t same = 0;

	for (size_t i = 0; from[i] == to[i] || (from[i] == '\0' && to[i] == '/'); i++) {
		if (to[i] == '/')
			same = i;
		if (from[i] == '\0')
			break;
	}
	buf_clear(ret);
	buf_adds(ret, "gitdir: ");
	/* a directory up for each name behind what both have */
	for (const char *s = from + same; s && *s; s = strchr(s + 1, '/'))
		buf_adds(ret, "../");
	buf_addf(ret, "%s\n", to + same + 1);
}

/* Is the worktree of this .git file another one's, although our directory names it?  So it is when a
 * repository was copied together with its worktrees. */
static bool
git_place_is_strange(struct git_place *p, const char *link)
{
	_cleanup_(free_charp) char *dir = xstrdup(link);
	_cleanup_(buf_release) struct buf text = BUF_INIT;
	char *slash = strrchr(dir, '/');

	if (!slash || slash == dir)
		return false;
	*slash = '\0';
	return git_place_read_link(dir, &text) && !git_place_same(text.p, p->admin);
}

static bool
git_place_look_admin(struct git_place *p, struct git_result *ret)
{
	_cleanup_(buf_release) struct buf text = BUF_INIT;
	_cleanup_(free_charp) char *link = git_util_join(p->path, ".git");
	struct stat st;

	p->has_admin = lstat(p->admin, &st) == 0;
	if (!p->has_admin)
		return true;
	p->is_new = git_place_there(p->admin, GIT_PLACE_NEW);
	p->is_going = !p->has_path && git_place_there(p->admin, GIT_PLACE_GONE) &&
		      git_remove_has_rest(p->path);
	/* an empty HEAD is what a power cut leaves of one */
	p->has_head = git_util_line(p->admin, "HEAD", "", &text);
	if (!git_util_line(p->admin, "gitdir", "", &text) || git_place_same(text.p, link))
		return true;
	if (p->has_link && lstat(text.p, &st) < 0 && (errno == ENOENT || errno == ENOTDIR))
		return true; /* the worktree was moved here; its .git file names this directory */
	if (p->has_link && git_place_is_strange(p, text.p))
		return true;
	git_util_say(ret, GIT_ANSWER_OWN,
	    "%s has another worktree of the name \"%s\", at %s: remove it (git worktree remove) "
	    "or, if it is gone, "
	    "git worktree prune",
	    p->repo_path, p->name, text.p);
	return false;
}

static bool
git_place_look_path(struct git_place *p, struct git_result *ret)
{
	_cleanup_(buf_release) struct buf text = BUF_INIT;
	_cleanup_(free_charp) char *link = git_util_join(p->path, ".git");
	struct stat st;

	if (lstat(p->path, &st) < 0) {
		if (errno != ENOENT && errno != ENOTDIR) {
			git_util_fail_sys(ret, errno, "looking at %s", p->path);
			return false;
		}
		p->is_empty = true;
		return true;
	}
	p->has_path = true;
	if (!S_ISDIR(st.st_mode)) {
		git_util_say(
		    ret, GIT_ANSWER_OWN, "%s is in the way of a worktree: move it", p->path);
		return false;
	}
	p->is_empty = git_place_is_empty(p->path);
	if (lstat(link, &st) < 0)
		return true;
	if (!S_ISREG(st.st_mode)) {
		git_util_say(ret, GIT_ANSWER_OWN,
		    "%s is a repository of its own, not a worktree: move it", p->path);
		return false;
	}
	if (!git_place_read_link(p->path, &text))
		return true; /* empty or torn: judged like a missing one */
	if (!git_place_same(text.p, p->admin)) {
		const char *name = strrchr(text.p, '/');

		/* the repository was moved: the old place is gone, and the name in it is ours */
		if (lstat(text.p, &st) == 0 || !name || strcmp(name + 1, p->name) != 0) {
			git_util_say(ret, GIT_ANSWER_OWN,
			    "%s is a worktree of something else (%s): move it", p->path, text.p);
			return false;
		}
	}
	p->has_link = true;
	return true;
}

bool
git_place_look(struct git_place *p, struct git_result *ret)
{
	if (!git_place_look_path(p, ret) || !git_place_look_admin(p, ret))
		return false;
	if (p->has_path && !p->has_link && !p->is_empty && !p->has_admin) {
		git_util_say(ret, GIT_ANSWER_OWN,
		    "%s holds files and is not a worktree of %s: move it or remove it", p->path,
		    p->repo_path);
		return false;
	}
	return true;
}

bool
git_place_unlock(struct git_place *p, struct git_result *ret)
{
	static const char *const names[] = { "index.lock", "HEAD.lock" };

	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		_cleanup_(free_charp) char *lock = git_util_join(p->admin, names[i]);

		if (unlink(lock) < 0 && errno != ENOENT && errno != ENOTDIR) {
			git_util_fail_own_sys(ret, errno, "removing the dead lock %s", lock);
			return false;
		}
	}
	return true;
}

int
git_place_put(const char *path, const char *text)
{
	_cleanup_(buf_release) struct buf now = BUF_INIT;

	if (git_util_read(path, 65536, &now) && str_is(buf_str(&now), text))
		return 0;
	return git_util_write(path, NULL, str_of(text));
}

int
git_place_write(struct git_place *p, const char *name, const char *text)
{
	_cleanup_(free_charp) char *file = git_util_join(p->admin, name);

	return git_place_put(file, text);
}

bool
git_place_branch_user(struct git_place *p, const char *branch, struct buf *ret)
{
	_cleanup_(buf_release) struct buf head = BUF_INIT, want = BUF_INIT;
	git_strarray names = { NULL, 0 };
	bool found = false;

	buf_addf(&want, "refs/heads/%s", branch);
	if (!git_repository_is_bare(p->repo) && git_util_head_branch(p->repo, &head) == 0 &&
	    str_is(buf_str(&head), branch)) {
		buf_clear(ret);
		buf_adds(ret, git_repository_workdir(p->repo));
		return true;
	}
	if (git_worktree_list(&names, p->repo) < 0)
		return false;
	for (size_t i = 0; i < names.count && !found; i++) {
		_cleanup_(free_charp) char *admin = git_util_join(p->worktrees, names.strings[i]);

		if (strcmp(names.strings[i], p->name) == 0 ||
		    !git_util_line(admin, "HEAD", "ref: ", &head))
			continue;
		found = str_eq(buf_str(&head), buf_str(&want));
		if (found && !git_util_line(admin, "gitdir", "", ret)) {
			buf_clear(ret);
			buf_adds(ret, admin);
		}
	}
	git_strarray_dispose(&names);
	return found;
}
