/* SPDX-License-Identifier: GPL-2.0-only */
/*
 *	git_fill_plan()	the tree of HEAD becomes an index in memory, beside that of the main worktree
 *	git_fill_work()	two threads take runs of files that lie in one directory
 *	git_fill_index()	what they look like now
 *	git_fill_sync()		all of it is on the disk (git_fill_flush.c)
 */
#include "base/base.h"

#include "effect/git_fill.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#define RUN_MAX     128 /* files that a thread takes at a time */
#define FEW         64  /* for so many a second thread is not worth its start */
#define AGE_SECONDS 2

/* What a killed attempt left: nobody has worked here. */
static bool
git_fill_sweep(const char *path, struct git_result *ret)
{
	DIR *d = opendir(path);
	struct dirent *de;
	int errnum = d ? 0 : errno;

	while (errnum == 0 && (de = readdir(d)) != NULL)
		if (strcmp(de->d_name, ".") != 0 && strcmp(de->d_name, "..") != 0 &&
		    strcmp(de->d_name, ".git") != 0)
			errnum = git_util_remove_tree(dirfd(d), de->d_name);
	if (d)
		(void)closedir(d);
	if (errnum != 0)
		git_util_fail_sys(ret, errnum, "removing what an earlier attempt left in %s", path);
	return errnum == 0;
}

/* --- plan --- */

/* Is the entry older than the index?  A file that was changed in the moment when the index was written
 * may look as the entry says. */
static bool
git_fill_is_older(const git_index_entry *e, const struct stat *index)
{
	if (e->mtime.seconds != (int32_t)index->st_mtim.tv_sec)
		return e->mtime.seconds < (int32_t)index->st_mtim.tv_sec;
	return e->mtime.nanoseconds < (uint32_t)index->st_mtim.tv_nsec;
}

/* The index of the main worktree, if it has one that libgit2 can read; stamp: not newer than what is read. */
static git_index *
git_fill_main_index(git_repository *main, struct stat *ret_stamp)
{
	_cleanup_(free_charp) char *file = NULL;
	git_index *index = NULL;

	if (git_repository_is_bare(main) || !git_repository_workdir(main))
		return NULL;
	file = git_util_join(git_repository_path(main), "index");
	if (stat(file, ret_stamp) < 0 || git_index_open(&index, file) < 0)
		return NULL; /* split, sparse or torn: then nothing is copied */
	return index;
}

static void
git_fill_match(struct git_fill *c, const struct stat *stamp)
{
	for (size_t i = 0; i < c->n; i++) {
		const git_index_entry *w = c->v[i].want, *e;

		e = S_ISREG(w->mode) ? git_index_get_bypath(c->have, w->path, 0) : NULL;
		if (e && S_ISREG(e->mode) && git_oid_equal(&e->id, &w->id) &&
		    (e->flags & GIT_INDEX_ENTRY_VALID) == 0 &&
		    (e->flags_extended &
			(GIT_INDEX_ENTRY_INTENT_TO_ADD | GIT_INDEX_ENTRY_SKIP_WORKTREE)) == 0 &&
		    git_fill_is_older(e, stamp))
			c->v[i].have = e;
	}
}

static bool
git_fill_plan(struct git_fill *c, struct git_result *ret)
{
	AUTO_GIT(git_object) *tree = NULL;
	AUTO_GIT(git_config) *config = NULL;
	struct stat stamp;
	int links = 1;

	/* the index of a repository, not one of its own: so it refuses names that must not be written */
	if (git_repository_index(&c->want, c->repo) < 0 || git_index_clear(c->want) < 0 ||
	    git_revparse_single(&tree, c->repo, "HEAD^{tree}") < 0 ||
	    git_index_read_tree(c->want, (git_tree *)tree) < 0 ||
	    git_repository_odb(&c->odb, c->repo) < 0 ||
	    git_repository_config_snapshot(&config, c->repo) < 0) {
		git_util_fail(ret, "reading the commit to check out in %s", c->path);
		return false;
	}
	c->has_links = git_config_get_bool(&links, config, "core.symlinks") < 0 || links;
	c->n = git_index_entrycount(c->want);
	c->v = xcalloc(c->n + 1, sizeof *c->v);
	for (size_t i = 0; i < c->n; i++)
		c->v[i].want = git_index_get_byindex(c->want, i);
	c->have = git_fill_main_index(c->main, &stamp);
	if (c->have)
		git_fill_match(c, &stamp);
	return git_convert_rules_read(c->repo, c->want, &c->rules, ret);
}

static bool
git_fill_open(struct git_fill *c, struct git_result *ret)
{
	const int flags = O_PATH | O_DIRECTORY | O_CLOEXEC;

	c->to = open(c->path, flags);
	if (c->to < 0) {
		git_util_fail_sys(ret, errno, "opening %s", c->path);
		return false;
	}
	if (c->have)
		c->from = open(git_repository_workdir(c->main), flags); /* -1: no copies */
	(void)clock_gettime(CLOCK_REALTIME, &c->stamp); /* cannot fail for this clock */
	c->stamp.tv_sec -= AGE_SECONDS;
	return true;
}

/* --- work --- */

static size_t
git_fill_dir_len(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? (size_t)(slash - path) : 0;
}

/* The next files, all of one directory; false: there are none. */
static bool
git_fill_take(struct git_fill *c, size_t *ret_from, size_t *ret_end)
{
	const char *dir;
	size_t i, len;

	(void)pthread_mutex_lock(&c->lock);
	*ret_from = i = c->next;
	if (i < c->n) {
		dir = c->v[i].want->path;
		len = git_fill_dir_len(dir);
		while (i < c->n && i - *ret_from < RUN_MAX &&
		       git_fill_dir_len(c->v[i].want->path) == len &&
		       memcmp(c->v[i].want->path, dir, len) == 0)
			i++;
	}
	*ret_end = c->next = i;
	git_fill_flush_wake(c);
	(void)pthread_mutex_unlock(&c->lock);
	return *ret_from < *ret_end;
}

/* A descriptor of the directory, no link followed on the way, or -1 with errno. */
static int
git_fill_walk(int root, const char *path, size_t len, bool make)
{
	const int flags = O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
	int at = fcntl(root, F_DUPFD_CLOEXEC, 3);

	for (size_t i = 0; at >= 0 && i < len;) {
		const char *slash = memchr(path + i, '/', len - i);
		size_t n = slash ? (size_t)(slash - path) - i : len - i;
		_cleanup_(free_charp) char *name = xstrndup(path + i, n);
		int next = openat(at, name, flags), errnum;

		if (next < 0 && errno == ENOENT && make &&
		    (mkdirat(at, name, 0777) == 0 || errno == EEXIST))
			next = openat(at, name, flags);
		errnum = errno;
		(void)close(at);
		at = next;
		errno = errnum;
		i += n + 1;
	}
	return at;
}

static void
git_fill_leave(struct git_fill_hand *h)
{
	if (h->from >= 0)
		(void)close(h->from);
	if (h->to >= 0)
		(void)close(h->to);
	h->from = h->to = -1;
	h->dir = NULL;
}

static bool
git_fill_enter(struct git_fill_hand *h, const struct git_fill_file *f)
{
	const char *path = f->want->path;
	size_t len = git_fill_dir_len(path);

	if (h->dir && h->dir_len == len && memcmp(h->dir, path, len) == 0)
		return true;
	git_fill_leave(h);
	h->to = git_fill_walk(h->c->to, path, len, true);
	if (h->to < 0)
		return git_fill_fail(h, f, errno);
	if (h->c->from >= 0)
		h->from = git_fill_walk(h->c->from, path, len, false);
	h->dir = path;
	h->dir_len = len;
	return true;
}

static void *
git_fill_work(void *hand)
{
	struct git_fill_hand *h = hand;
	struct git_fill *c = h->c;
	bool good = git_convert_open(&h->convert, c->path, c->want, &c->rules, &h->ret);
	size_t i = 0, end = 0;

	h->chunk = xmalloc(GIT_FILL_CHUNK);
	while (good && !atomic_load(&c->failed) && (i < end || git_fill_take(c, &i, &end))) {
		struct git_fill_file *f = &c->v[i++];

		good = git_fill_enter(h, f) &&
		       git_fill_file(h, f, f->want->path + h->dir_len + (h->dir_len > 0));
	}
	h->told = !good;
	if (!good)
		atomic_store(&c->failed, true);
	git_fill_leave(h);
	git_convert_release(&h->convert);
	free(h->chunk);
	return NULL;
}

static bool
git_fill_files(struct git_fill *c, struct git_result *ret)
{
	struct git_fill_hand hands[2] = { { .c = c, .from = -1, .to = -1 },
		{ .c = c, .from = -1, .to = -1 } };
	bool has_other = false, good = true;
	pthread_t other;

	if (c->n > FEW && (git_libgit2_features() & GIT_FEATURE_THREADS) != 0)
		has_other = pthread_create(&other, NULL, git_fill_work, &hands[1]) == 0;
	(void)git_fill_work(&hands[0]);
	if (has_other)
		(void)pthread_join(other, NULL);
	for (size_t i = 0; i < ARRAY_LEN(hands); i++) {
		if (hands[i].told && good) {
			good = false;
			git_util_say(ret, hands[i].ret.answer, "%s", hands[i].ret.text.p);
		}
		git_result_release(&hands[i].ret);
	}
	return good;
}

/* --- index --- */

static bool
git_fill_index(const struct git_fill *c, const char *admin, struct git_result *ret)
{
	_cleanup_(free_charp) char *file = git_util_join(admin, "index");
	AUTO_GIT(git_index) *index = NULL;
	int code = 0;

	if (unlink(file) < 0 && errno != ENOENT) {
		git_util_fail_sys(ret, errno, "removing %s of an earlier attempt", file);
		return false;
	}
	/* of no repository: else each id would be looked up once more */
	code = git_index_open(&index, file);
	for (size_t i = 0; code == 0 && i < c->n; i++) {
		const struct stat *st = &c->v[i].st;
		git_index_entry e = *c->v[i].want;

		e.ctime.seconds = (int32_t)st->st_ctim.tv_sec;
		e.ctime.nanoseconds = (uint32_t)st->st_ctim.tv_nsec;
		e.mtime.seconds = (int32_t)st->st_mtim.tv_sec;
		e.mtime.nanoseconds = (uint32_t)st->st_mtim.tv_nsec;
		e.dev = (uint32_t)st->st_dev;
		e.ino = (uint32_t)st->st_ino;
		e.uid = st->st_uid;
		e.gid = st->st_gid;
		e.file_size = (uint32_t)st->st_size;
		code = git_index_add(index, &e);
	}
	(void)git_libgit2_opts(GIT_OPT_ENABLE_FSYNC_GITDIR, 0); /* git_fill_sync() does */
	if (code == 0)
		code = git_index_write(index);
	(void)git_libgit2_opts(GIT_OPT_ENABLE_FSYNC_GITDIR, 1);
	if (code < 0)
		git_util_fail(ret, "writing %s", file);
	return code == 0;
}

static void
git_fill_release(struct git_fill *c)
{
	git_convert_rules_release(&c->rules);
	git_index_free(c->want);
	git_index_free(c->have);
	git_odb_free(c->odb);
	git_repository_free(c->repo);
	free(c->v);
	if (c->from >= 0)
		(void)close(c->from);
	if (c->to >= 0)
		(void)close(c->to);
	(void)pthread_cond_destroy(&c->flush.more);
	(void)pthread_mutex_destroy(&c->lock);
}

bool
git_fill(git_repository *repo, const char *path, const char *admin, struct git_result *ret)
{
	_cleanup_(git_fill_release) struct git_fill c = { .main = repo,
		.path = path,
		.from = -1,
		.to = -1,
		.rules = GIT_CONVERT_RULES_INIT,
		.lock = PTHREAD_MUTEX_INITIALIZER,
		.flush = { .more = PTHREAD_COND_INITIALIZER } };
	bool good;

	if (!git_fill_sweep(path, ret) || !git_util_open(path, &c.repo, ret) ||
	    !git_fill_plan(&c, ret) || !git_fill_open(&c, ret))
		return false;
	git_fill_flush_begin(&c);
	good = git_fill_files(&c, ret) && git_fill_index(&c, admin, ret);
	git_fill_flush_end(&c);
	return good && git_fill_sync(&c, admin, ret);
}
