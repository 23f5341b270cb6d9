/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * watch.c: libinotifytools 3.22.6, and the care it needs.
 *
 *	- The library has one descriptor and does not tell which.  It is the lowest free number before the
 *	  initialisation; /proc confirms that it is an inotify.  It is made close-on-exec (agents would
 *	  steal events) and non-blocking.  select() is used on it: 1024 and above would abort.
 *	- next_event() blocks for ever on 0, and next_events() burns the processor for more than 1 event;
 *	  next_events(0, 1) does neither.  It reads many events into a buffer of its own, so poll() says
 *	  nothing while events remain: always drained until NULL.
 *	- Its names are wrong after a directory was removed, renamed or made anew, and it keeps entries
 *	  of watches that the kernel dropped.  So there is a table of our own, by watch descriptor, and the
 *	  kernel is asked for the descriptor (adding a watch again yields the number of the one there is).
 *	- Adding again leaks in the library: not done for a directory that is watched and is still the same.
 *	- Removing what the kernel has dropped prints to stderr: not asked for.
 *	- Events that were not read before inotifytools_cleanup() come back after the next initialisation,
 *	  with numbers of the new watches: drained before.
 */
#include "base/base.h"
#include "intake/watch.h"

#include <errno.h>
#include <fcntl.h>
#include <inotifytools/inotify.h>
#include <inotifytools/inotifytools.h>
#include <sys/inotify.h>
#include <sys/select.h>
#include <sys/stat.h>

#include "base/buf.h"
#include "base/vec.h"

/* IN_CREATE: a link or a directory appears without anybody closing it. */
#define WATCH_ENTRY (IN_CREATE | IN_MOVED_TO | IN_CLOSE_WRITE | IN_DELETE | IN_MOVED_FROM)
#define WATCH_SELF  (IN_DELETE_SELF | IN_MOVE_SELF)
#define WATCH_LOST  (WATCH_SELF | IN_IGNORED | IN_UNMOUNT | IN_Q_OVERFLOW)
#define WATCH_TRIES 3

struct watched {
	char *dir;
	uint32_t mask;
	int wd; /* -1: the kernel has dropped it */
	dev_t dev;
	ino_t inode;
};

static struct {
	int fd; /* -1: closed */
	struct {
		struct watched *v;
		size_t n, cap;
	} all;
} watch = { .fd = -1 };

/* Is this descriptor an inotify? */
static bool
watch_is_inotify(int fd)
{
	static const char want[] = "anon_inode:inotify";
	char path[64], target[64];
	ssize_t n;

	snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	n = readlink(path, target, sizeof target);
	return n > 0 && str_is(str_n(target, (size_t)n), want);
}

static int
watch_initialize(int fd, struct err *err)
{
	if (fd >= FD_SETSIZE)
		return err_set(err, ERR_LIMIT,
		    "cannot watch directories: %d files are open already; open the watch first",
		    fd);
	if (!inotifytools_initialize()) {
		int errnum = inotifytools_error();

		if (errnum == EMFILE)
			return err_set(err, ERR_LIMIT,
			    "cannot watch directories: this user has too many inotify instances; "
			    "raise the sysctl fs.inotify.max_user_instances");
		return err_sys(err, errnum, "cannot watch directories");
	}
	if (!watch_is_inotify(fd)) {
		inotifytools_cleanup();
		return err_set(err, ERR_EXTERNAL,
		    "cannot find the descriptor of libinotifytools; is /proc mounted?");
	}
	if (fcntl(fd, F_SETFD, FD_CLOEXEC) < 0 || fcntl(fd, F_SETFL, O_NONBLOCK) < 0) {
		int errnum = errno;

		inotifytools_cleanup();
		return err_sys(err, errnum, "cannot keep the inotify descriptor to this process");
	}
	return 0;
}

int
watch_open(struct err *err)
{
	int fd, r;

	if (watch.fd >= 0)
		BUG("watch_open() twice: the library has one watch a process");
	fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return err_sys(err, errno, "cannot open /dev/null to find a free descriptor");
	(void)close(fd);
	r = watch_initialize(fd, err);
	if (r == 0)
		watch.fd = fd;
	return r;
}

void
watch_close(void)
{
	if (watch.fd < 0)
		return;
	(void)watch_drain();
	inotifytools_cleanup();
	watch.fd = -1;
	for (size_t i = 0; i < watch.all.n; i++)
		free(watch.all.v[i].dir);
	free(watch.all.v);
	memset(&watch.all, 0, sizeof watch.all);
}

int
watch_fd(void)
{
	return watch.fd;
}

static struct watched *
watch_find(const char *dir)
{
	for (size_t i = 0; i < watch.all.n; i++) {
		if (strcmp(watch.all.v[i].dir, dir) == 0)
			return &watch.all.v[i];
	}
	return NULL;
}

static size_t
watch_count(int wd)
{
	size_t n = 0;

	for (size_t i = 0; i < watch.all.n; i++)
		n += watch.all.v[i].wd == wd;
	return n;
}

static bool
watch_is_same(const struct watched *w, const struct stat *st)
{
	return w->dev == st->st_dev && w->inode == st->st_ino;
}

/* Gives up the kernel's watch, unless the directory is watched under a second name. */
static void
watch_drop(struct watched *w)
{
	struct stat st;

	if (w->wd < 0)
		return;
	if (watch_count(w->wd) > 1)
		; /* the other name needs it */
	else if (stat(w->dir, &st) == 0 && watch_is_same(w, &st))
		(void)inotifytools_remove_watch_by_wd(w->wd); /* gone just now: the same to us */
	else
		(void)inotify_rm_watch(watch.fd, w->wd); /* as above, and without words on stderr */
	w->wd = -1;
}

static int
watch_explain(const char *dir, int errnum, struct err *err)
{
	if (errnum == ENOSPC)
		return err_set(err, ERR_LIMIT,
		    "cannot watch %s: this user watches too much; raise the sysctl "
		    "fs.inotify.max_user_watches",
		    dir);
	if (errnum == ENOTDIR)
		return err_set(err, ERR_NOTFOUND, "cannot watch %s: it is no directory", dir);
	return err_sys(err, errnum, "cannot watch %s", dir);
}

/* One try.  1: the directory was replaced meanwhile. */
static int
watch_try(struct watched *w, struct err *err)
{
	struct stat before, after;

	if (stat(w->dir, &before) < 0)
		return watch_explain(w->dir, errno, err);
	if (!S_ISDIR(before.st_mode))
		return watch_explain(w->dir, ENOTDIR, err);
	if (!inotifytools_watch_file(w->dir, (int)w->mask)) {
		int errnum = inotifytools_error();

		return watch_explain(w->dir, errnum > 0 ? errnum : EIO, err);
	}
	w->wd = inotify_add_watch(watch.fd, w->dir, w->mask | IN_MASK_ADD);
	if (w->wd < 0)
		return errno == ENOENT ? 1 : watch_explain(w->dir, errno, err);
	w->dev = before.st_dev;
	w->inode = before.st_ino;
	return stat(w->dir, &after) == 0 && watch_is_same(w, &after) ? 0 : 1;
}

static int
watch_add_mask(const char *dir, uint32_t mask, struct err *err)
{
	struct watched *w, one = { .mask = mask, .wd = -1 };
	struct stat st;
	int r = 1;

	if (watch.fd < 0)
		BUG("watch_add() without watch_open()");
	w = watch_find(dir);
	if (w != NULL && w->wd >= 0 && stat(dir, &st) == 0 && watch_is_same(w, &st))
		return 0;
	/* Another directory has the name now (a parent was renamed: that is told to nobody). */
	if (w != NULL)
		watch_drop(w);
	one.dir = xstrdup(dir);
	for (int i = 0; i < WATCH_TRIES && r > 0; i++)
		r = watch_try(&one, err);
	if (r > 0)
		r = err_set(err, ERR_NOTFOUND,
		    "cannot watch %s: the directory is replaced all the time", dir);
	if (r < 0) {
		free(one.dir);
		return r;
	}
	if (w != NULL)
		free(w->dir);
	else
		w = VEC_PUSH(&watch.all);
	*w = one;
	return 0;
}

int
watch_add(const char *dir, struct err *err)
{
	return watch_add_mask(dir, WATCH_ENTRY | WATCH_SELF | IN_ONLYDIR, err);
}

int
watch_add_growing(const char *dir, struct err *err)
{
	return watch_add_mask(dir, WATCH_ENTRY | WATCH_SELF | IN_ONLYDIR | IN_MODIFY, err);
}

void
watch_remove(const char *dir)
{
	struct watched *w = watch_find(dir);

	if (w == NULL)
		return;
	watch_drop(w);
	free(w->dir);
	*w = watch.all.v[--watch.all.n];
}

struct watch_news
watch_news_of(uint32_t mask)
{
	struct watch_news news = { .any = (mask & (WATCH_ENTRY | IN_MODIFY | WATCH_LOST)) != 0,
		.lost = (mask & WATCH_LOST) != 0 };

	return news;
}

/* The kernel has dropped the watch, or the directory has another name now. */
static void
watch_forget(int wd, bool has_moved)
{
	for (size_t i = 0; i < watch.all.n; i++) {
		if (watch.all.v[i].wd == wd)
			watch.all.v[i].wd = -1;
	}
	if (has_moved)                                /* it goes on, elsewhere */
		(void)inotify_rm_watch(watch.fd, wd); /* or was removed since */
}

struct watch_news
watch_drain(void)
{
	struct watch_news news = { false, false };
	const struct inotify_event *e;
	int errnum;

	if (watch.fd < 0)
		return news;
	while ((e = inotifytools_next_events(0, 1)) != NULL) {
		struct watch_news one = watch_news_of(e->mask);

		/* What was queued before watch_remove(), and the kernel's receipt for it. */
		if ((e->mask & IN_Q_OVERFLOW) == 0 && watch_count(e->wd) == 0)
			continue;
		if (one.lost && (e->mask & IN_Q_OVERFLOW) == 0)
			watch_forget(e->wd, (e->mask & IN_MOVE_SELF) != 0);
		news.any |= one.any;
		news.lost |= one.lost;
	}
	errnum = inotifytools_error();
	if (errnum != 0 && errnum != EINTR && errnum != EAGAIN)
		news.any = news.lost = true; /* better one scan too many */
	return news;
}
