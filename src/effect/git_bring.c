/* SPDX-License-Identifier: GPL-2.0-only */
#include "base/base.h"

#include "effect/git_bring.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "effect/bring.h"
#include "effect/git_place.h"
#include "effect/git_util.h"

#define GIT_BRING_DONE "reeve-brought"
#define GIT_BRING_HALF "reeve-bringing"
#define GIT_BRING_MAX  ((size_t)1 << 20)

/* A path that is wanted, and what becomes of it. */
struct git_wish {
	const char *path;
	bool is_link, is_to_do;
	struct buf words;
};

struct git_bring {
	struct git_place place;
	git_repository *main, *work; /* opened in the two worktrees */
	git_index *main_index, *work_index;
	int main_fd, work_fd;
	struct git_wish *wishes;
	size_t n;
	struct git_result *ret;
};

static void
git_bring_release(struct git_bring *g)
{
	for (size_t i = 0; i < g->n; i++)
		buf_release(&g->wishes[i].words);
	free(g->wishes);
	git_index_free(g->main_index);
	git_index_free(g->work_index);
	git_repository_free(g->main);
	git_repository_free(g->work);
	git_place_release(&g->place);
	if (g->main_fd >= 0)
		(void)close(g->main_fd);
	if (g->work_fd >= 0)
		(void)close(g->work_fd);
}

static bool
git_bring_open(struct git_bring *g, const char *repo, const char *path)
{
	if (!git_place_open(&g->place, repo, path, false, g->ret) ||
	    !git_place_look(&g->place, g->ret) || !git_util_open(repo, &g->main, g->ret) ||
	    !git_util_open(g->place.path, &g->work, g->ret))
		return false;
	if (git_repository_index(&g->main_index, g->main) < 0 ||
	    git_repository_index(&g->work_index, g->work) < 0) {
		git_util_fail(g->ret, "reading the index of %s or of %s", repo, g->place.path);
		return false;
	}
	g->main_fd = open(repo, O_PATH | O_DIRECTORY | O_CLOEXEC);
	g->work_fd = open(g->place.path, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (g->main_fd < 0 || g->work_fd < 0)
		git_util_fail_sys(g->ret, errno, "opening %s or %s", repo, g->place.path);
	return g->main_fd >= 0 && g->work_fd >= 0;
}

/* --- the two lists --- */

static void
git_bring_read(const char *admin, const char *name, struct strvec *ret)
{
	_cleanup_(free_charp) char *file = git_util_join(admin, name);
	_cleanup_(buf_release) struct buf text = BUF_INIT;
	struct str rest, line;

	if (!git_util_read(file, GIT_BRING_MAX, &text))
		return;
	rest = buf_str(&text);
	while (str_cut(&rest, '\n', &line))
		if (line.len > 0)
			strvec_push_take(ret, xstrndup(line.p, line.len));
}

void
git_bring_list(const char *admin, struct strvec *ret)
{
	git_bring_read(admin, GIT_BRING_DONE, ret);
}

/* Is path the same as `top`, or beneath it? */
static bool
git_bring_holds(const char *top, const char *path)
{
	size_t len = strlen(top);

	return strncmp(path, top, len) == 0 && (path[len] == '\0' || path[len] == '/');
}

bool
git_bring_covers(const struct strvec *list, const char *path)
{
	for (size_t i = 0; i < list->n; i++)
		if (git_bring_holds(list->v[i], path))
			return true;
	return false;
}

/* Both lists, before anything is made.  0 or errno. */
static int
git_bring_note(struct git_bring *g)
{
	_cleanup_(free_charp) char *done = git_util_join(g->place.admin, GIT_BRING_DONE);
	_cleanup_(free_charp) char *half = git_util_join(g->place.admin, GIT_BRING_HALF);
	_cleanup_(strvec_release) struct strvec before = STRVEC_INIT;
	_cleanup_(buf_release) struct buf all = BUF_INIT, now = BUF_INIT;
	int errnum;

	git_bring_list(g->place.admin, &before);
	for (size_t i = 0; i < before.n; i++)
		buf_addf(&all, "%s\n", before.v[i]);
	for (size_t i = 0; i < g->n; i++) {
		if (!g->wishes[i].is_to_do)
			continue;
		buf_addf(&now, "%s\n", g->wishes[i].path);
		if (!git_bring_covers(&before, g->wishes[i].path))
			buf_addf(&all, "%s\n", g->wishes[i].path);
	}
	errnum = git_util_write(done, NULL, buf_str(&all));
	return errnum != 0 ? errnum : git_util_write(half, NULL, buf_str(&now));
}

/* What is listed in reeve-bringing goes, and then the list.  0 or errno. */
static int
git_bring_undo(struct git_bring *g)
{
	_cleanup_(free_charp) char *half = git_util_join(g->place.admin, GIT_BRING_HALF);
	_cleanup_(strvec_release) struct strvec list = STRVEC_INIT;
	int errnum = 0;

	git_bring_read(g->place.admin, GIT_BRING_HALF, &list);
	for (size_t i = 0; i < list.n && errnum == 0; i++) {
		const char *name;
		int dir = bring_parent(g->work_fd, list.v[i], false, &name);

		if (dir >= 0) {
			if (strcmp(name, "..") != 0 && strcmp(name, ".") != 0 &&
			    strcasecmp(name, ".git") != 0)
				errnum = git_util_remove_tree(dir, name);
			(void)close(dir);
		}
	}
	if (errnum == 0 && unlink(half) < 0 && errno != ENOENT)
		errnum = errno;
	return errnum;
}

/* --- judging --- */

static bool
git_bring_is_tracked(git_index *index, const char *path)
{
	_cleanup_(buf_release) struct buf below = BUF_INIT;
	size_t at;

	buf_addf(&below, "%s/", path);
	return git_index_get_bypath(index, path, 0) != NULL ||
	       git_index_find_prefix(&at, index, below.p) == 0;
}

/* As the thing that it will be: a pattern "name/" is of directories only.  1, 0, negative. */
static int
git_bring_is_ignored(git_repository *repo, const char *path, bool is_directory)
{
	_cleanup_(buf_release) struct buf name = BUF_INIT;
	int is = 0, code;

	buf_addf(&name, "%s%s", path, is_directory ? "/" : "");
	code = git_ignore_path_is_ignored(&is, repo, name.p);
	return code < 0 ? code : is;
}

/* Looks at one side.  0; ENOENT, ELOOP and others. */
static int
git_bring_look(int root, const char *path, struct stat *ret)
{
	const char *name;
	int dir = bring_parent(root, path, false, &name), errnum = 0;

	if (dir < 0)
		return -dir;
	if (fstatat(dir, name, ret, AT_SYMLINK_NOFOLLOW) < 0)
		errnum = errno;
	(void)close(dir);
	return errnum;
}

static void
git_bring_say_path(struct git_wish *w, int errnum, const char *where)
{
	buf_addf(&w->words, "not %s %s: ", w->is_link ? "linked" : "copied", w->path);
	if (errnum == ENOENT)
		buf_addf(&w->words, "it is not in %s", where);
	else if (errnum == ELOOP || errnum == ENOTDIR)
		buf_addf(
		    &w->words, "in %s a symbolic link or a file stands on the way to it", where);
	else
		buf_addf(&w->words, "looking at it in %s: %s", where, strerror(errnum));
}

/* One that comes earlier and is the same, in this one, or holds it; NULL: none. */
static const struct git_wish *
git_bring_overlap(const struct git_bring *g, const struct git_wish *w)
{
	for (const struct git_wish *o = g->wishes; o < w; o++)
		if (o->is_to_do &&
		    (git_bring_holds(o->path, w->path) || git_bring_holds(w->path, o->path)))
			return o;
	return NULL;
}

/* False: *ret is the answer. */
static bool
git_bring_judge(struct git_bring *g, struct git_wish *w)
{
	const char *repo = g->place.repo_path, *verb = w->is_link ? "linked" : "copied";
	const struct git_wish *other = git_bring_overlap(g, w);
	struct stat st, there;
	int errnum = git_bring_look(g->main_fd, w->path, &st), code;

	if (errnum != 0) {
		git_bring_say_path(w, errnum, repo);
		return true;
	}
	if (git_bring_is_tracked(g->main_index, w->path) ||
	    git_bring_is_tracked(g->work_index, w->path)) {
		buf_addf(&w->words,
		    "not %s %s: git tracks it, or something in it; it is for what git does not "
		    "bring",
		    verb, w->path);
		return true;
	}
	if (other) {
		buf_addf(&w->words, "not %s %s: %s is named, too", verb, w->path, other->path);
		return true;
	}
	errnum = git_bring_look(g->work_fd, w->path, &there);
	if (errnum == 0) {
		buf_addf(&w->words, "kept %s: it is in the worktree already", w->path);
		return true;
	}
	if (errnum != ENOENT) {
		git_bring_say_path(w, errnum, "the worktree");
		return true;
	}
	code = git_bring_is_ignored(g->work, w->path, S_ISDIR(st.st_mode) && !w->is_link);
	if (code < 0) {
		git_util_fail(
		    g->ret, "asking whether git ignores %s in %s", w->path, g->place.path);
		return false;
	}
	w->is_to_do = code > 0;
	if (code == 0 && w->is_link && S_ISDIR(st.st_mode) &&
	    git_bring_is_ignored(g->work, w->path, true) > 0)
		buf_addf(&w->words,
		    "not linked %s: git ignores it as a directory only, and a link is none; write "
		    "%s without a / at its end into .gitignore, or into %s.git/info/exclude",
		    w->path, w->path, git_repository_workdir(g->main));
	else if (code == 0)
		buf_addf(&w->words,
		    "not %s %s: git does not ignore it there, so it would be committed; write it "
		    "into "
		    ".gitignore, or into %s.git/info/exclude",
		    verb, w->path, git_repository_workdir(g->main));
	return true;
}

/* --- doing --- */

static void
git_bring_say_copied(struct git_wish *w, const struct bring *b)
{
	static const char *const units[] = { "B", "KiB", "MiB", "GiB", "TiB" };
	double size = (double)b->bytes;
	size_t unit = 0;

	for (; size >= 1024 && unit + 1 < ARRAY_LEN(units); unit++)
		size /= 1024;
	if (b->files + b->directories + b->links == 0) {
		buf_addf(&w->words, "not copied %s: it is no file, directory or link", w->path);
		return;
	}
	buf_addf(&w->words, "copied %s", w->path);
	if (b->directories > 0)
		buf_addf(&w->words, " (%zu files, %.*f %s%s)", b->files, unit > 0, size,
		    units[unit], b->files > 0 && !b->has_copied ? ", cloned" : "");
	else if (b->links > 0)
		buf_adds(&w->words, " (a symbolic link, as it is)");
	if (b->directories > 0 && b->skipped > 0)
		buf_addf(&w->words, ", without %zu sockets, FIFOs or devices", b->skipped);
}

/* 0 or errno. */
static int
git_bring_copy(struct git_wish *w, int from, int to, const char *name, struct buf *ret_at)
{
	struct bring b = BRING_INIT;
	int errnum = bring_copy(from, to, name, &b);

	if (errnum == 0)
		git_bring_say_copied(w, &b);
	else
		buf_add_str(ret_at, buf_str(&b.at));
	buf_release(&b.at);
	return errnum;
}

static int
git_bring_link(struct git_bring *g, struct git_wish *w, int to, const char *name)
{
	_cleanup_(free_charp) char *target = git_util_join(g->place.repo_path, w->path);

	buf_addf(&w->words, "linked %s -> %s", w->path, target);
	return symlinkat(target, to, name) < 0 ? errno : 0;
}

/* False: *ret is the answer. */
static bool
git_bring_do(struct git_bring *g, struct git_wish *w)
{
	_cleanup_(buf_release) struct buf at = BUF_INIT;
	const char *name;
	int from = bring_parent(g->main_fd, w->path, false, &name), to = -1, errnum = 0;

	if (from >= 0)
		to = bring_parent(g->work_fd, w->path, true, &name);
	if (from < 0 || to < 0)
		errnum = from < 0 ? -from : -to;
	else
		errnum = w->is_link ? git_bring_link(g, w, to, name)
				    : git_bring_copy(w, from, to, name, &at);
	if (from >= 0)
		(void)close(from);
	if (to >= 0)
		(void)close(to);
	if (errnum != 0)
		git_util_fail_sys(g->ret, errnum, "bringing %s%s from %s into %s", w->path,
		    at.len > 0 ? at.p : "", g->place.repo_path, g->place.path);
	return errnum == 0;
}

static bool
git_bring_all(struct git_bring *g)
{
	_cleanup_(free_charp) char *half = git_util_join(g->place.admin, GIT_BRING_HALF);
	size_t to_do = 0;
	int errnum;

	for (size_t i = 0; i < g->n; i++)
		to_do += g->wishes[i].is_to_do;
	if (to_do == 0)
		return true;
	errnum = git_bring_note(g);
	if (errnum != 0) {
		git_util_fail_sys(g->ret, errnum, "writing into %s", g->place.admin);
		return false;
	}
	for (size_t i = 0; i < g->n; i++)
		if (g->wishes[i].is_to_do && !git_bring_do(g, &g->wishes[i])) {
			(void)git_bring_undo(g); /* the next call tries again */
			return false;
		}
	errnum = git_util_sync(g->place.path);
	if (errnum == 0 && unlink(half) < 0)
		errnum = errno;
	if (errnum != 0)
		git_util_fail_sys(g->ret, errnum, "syncing the file system of %s", g->place.path);
	return errnum == 0;
}

static void
git_bring_wish(struct git_bring *g, const struct strvec *paths, bool is_link)
{
	for (size_t i = 0; i < paths->n; i++)
		g->wishes[g->n++] =
		    (struct git_wish){ .path = paths->v[i], .is_link = is_link, .words = BUF_INIT };
}

void
git_bring(const char *repo, const char *path, const struct strvec *copy, const struct strvec *link,
    struct git_result *ret)
{
	_cleanup_(git_bring_release) struct git_bring g = {
		.place = GIT_PLACE_INIT, .main_fd = -1, .work_fd = -1, .ret = ret
	};
	_cleanup_(buf_release) struct buf text = BUF_INIT;
	bool is_good = true;
	int errnum;

	if (copy->n + link->n > 0 && !git_bring_open(&g, repo, path))
		return;
	errnum = copy->n + link->n > 0 ? git_bring_undo(&g) : 0;
	if (errnum != 0) {
		git_util_fail_sys(ret, errnum, "removing what was brought by halves into %s", path);
		return;
	}
	g.wishes = xcalloc(copy->n + link->n + 1, sizeof *g.wishes);
	git_bring_wish(&g, copy, false);
	git_bring_wish(&g, link, true);
	for (size_t i = 0; i < g.n && is_good; i++)
		is_good = git_bring_judge(&g, &g.wishes[i]);
	if (!is_good || !git_bring_all(&g))
		return;
	for (size_t i = 0; i < g.n; i++)
		buf_addf(&text, "%s\n", g.wishes[i].words.p);
	ret->answer = GIT_ANSWER_OK;
	buf_clear(&ret->text);
	buf_add_str(&ret->text, buf_str(&text));
}
