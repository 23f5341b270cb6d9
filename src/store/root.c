/* SPDX-License-Identifier: GPL-2.0-only */
#include "base/base.h"

#include "store/root.h"

#include <errno.h>

#include "base/clean.h"
#include "codec/stamp.h"
#include "sys/clock.h"
#include "sys/file.h"
#include "sys/lock.h"
#include "sys/proc.h"

#define ROOT_VERSION_MAX 100

static int
root_path_of(struct buf *ret, const char *var, const char *path, const char *more, struct err *err)
{
	if (path[0] != '/') {
		_cleanup_(free_charp) char *cwd = getcwd(NULL, 0);

		if (cwd == NULL)
			return err_sys(err, errno,
			    "cannot find the state directory: $%s is relative (%s) and the "
			    "current directory is not known",
			    var, path);
		buf_addf(ret, "%s/", strcmp(cwd, "/") == 0 ? "" : cwd);
	}
	buf_addf(ret, "%s%s", path, more);
	while (ret->len > 1 && ret->p[ret->len - 1] == '/')
		buf_truncate(ret, ret->len - 1);
	return 0;
}

int
root_path(struct buf *ret, struct err *err)
{
	const char *state = getenv("REEVE_STATE"), *xdg = getenv("XDG_STATE_HOME"),
		   *home = getenv("HOME");

	if (state != NULL && state[0] != '\0')
		return root_path_of(ret, "REEVE_STATE", state, "", err);
	/* The XDG specification: a relative path is to be ignored. */
	if (xdg != NULL && xdg[0] == '/')
		return root_path_of(ret, "XDG_STATE_HOME", xdg, "/reeve", err);
	if (home != NULL && home[0] != '\0')
		return root_path_of(ret, "HOME", home, "/.local/state/reeve", err);
	return err_set(err, ERR_INVALID,
	    "cannot find the state directory: $HOME is not set; set $REEVE_STATE to its path");
}

static bool
root_is_uuid(struct str s)
{
	if (s.len != 36)
		return false;
	for (size_t i = 0; i < s.len; i++) {
		bool is_dash = i == 8 || i == 13 || i == 18 || i == 23;

		if (is_dash ? s.p[i] != '-' : strchr("0123456789abcdef", s.p[i]) == NULL)
			return false;
	}
	return true;
}

static int
root_no_version(const struct root *r, struct err *err)
{
	return err_set(err, ERR_INVALID,
	    "%s is no state directory: it has no VERSION. Run `reeve init`, or set $REEVE_STATE to "
	    "the right one",
	    r->path);
}

static int
root_read_version(struct root *r, struct err *err)
{
	_cleanup_(buf_release) struct buf text = BUF_INIT, shown = BUF_INIT;
	struct str line, number;
	int e = file_read(r->io, r->dir, "VERSION", ROOT_VERSION_MAX, &text, err);

	if (e == ERR_NOTFOUND)
		return root_no_version(r, err);
	if (e < 0) {
		(void)err_prefix(err, "state directory %s", r->path);
		return e;
	}
	line = buf_str(&text);
	if (line.len > 0 && line.p[line.len - 1] == '\n')
		line.len--;
	clean_add_line(&shown, line, 60);
	(void)str_cut(&line, ' ', &number);
	if (!str_is(number, "1"))
		return err_set(err, ERR_INVALID,
		    "the state directory %s has version \"%s\", this program knows version %d. Use "
		    "the program that made it, or another directory",
		    r->path, shown.p, ROOT_VERSION);
	if (!root_is_uuid(line) || text.p[text.len - 1] != '\n')
		return err_set(err, ERR_INVALID,
		    "%s/VERSION is damaged: it says \"%s\". Restore it from a copy of the "
		    "directory",
		    r->path, shown.p);
	memcpy(r->uuid, line.p, line.len);
	r->uuid[line.len] = '\0';
	return 0;
}

static int
root_check_dir(struct root *r, struct err *err)
{
	struct io_stat st;
	int e = r->io->ops->fstat(r->io, r->dir, &st);

	if (e < 0)
		return err_sys(err, -e, "cannot look at the state directory %s", r->path);
	if (st.uid != geteuid())
		return err_set(err, ERR_INVALID,
		    "the state directory %s belongs to user %llu, not to you. Run this as its "
		    "owner, or set $REEVE_STATE to your own",
		    r->path, (unsigned long long)st.uid);
	/* To tell somebody to close /tmp or a project to everybody else would do harm. */
	if ((st.mode & 077) && !file_exists(r->io, r->dir, "VERSION"))
		return root_no_version(r, err);
	if (st.mode & 077)
		return err_set(err, ERR_INVALID,
		    "others may look into the state directory %s (mode %04o). Run `chmod 700 %s`",
		    r->path, (unsigned)st.mode, r->path);
	return 0;
}

struct root_dir {
	const char *name;
	int *fd;
};
#define ROOT_DIRS 6

static void
root_list_dirs(struct root *r, struct root_dir ret[ROOT_DIRS])
{
	ret[0] = (struct root_dir){ "tickets", &r->tickets };
	ret[1] = (struct root_dir){ "spool/tmp", &r->spool_tmp };
	ret[2] = (struct root_dir){ "spool/new", &r->spool_new };
	ret[3] = (struct root_dir){ "spool/done", &r->spool_done };
	ret[4] = (struct root_dir){ "spool/refused", &r->spool_refused };
	ret[5] = (struct root_dir){ "control", &r->control };
}

static int
root_open_dir(struct root *r, const struct root_dir *dir, struct err *err)
{
	int fd = file_open_dir(r->io, r->dir, dir->name, err);

	if (fd == ERR_NOTFOUND)
		return err_set(err, ERR_INVALID,
		    "the state directory %s has no %s. Run `reeve init`: it adds what is "
		    "missing",
		    r->path, dir->name);
	if (fd < 0) {
		(void)err_prefix(err, "state directory %s", r->path);
		return fd;
	}
	io_close(r->io, *dir->fd);
	*dir->fd = fd;
	return 0;
}

static int
root_open_dirs(struct root *r, struct err *err)
{
	struct root_dir dirs[ROOT_DIRS];
	int e = 0;

	root_list_dirs(r, dirs);
	for (size_t i = 0; e == 0 && i < ROOT_DIRS; i++)
		e = root_open_dir(r, &dirs[i], err);
	return e;
}

int
root_follow(struct root *r, struct err *err)
{
	struct root_dir dirs[ROOT_DIRS];
	bool has_moved = false;
	int result = 0;

	root_list_dirs(r, dirs);
	for (size_t i = 0; i < ROOT_DIRS; i++) {
		struct io_stat held = { 0 }, named = { 0 };
		int e;

		if (r->io->ops->fstat(r->io, *dirs[i].fd, &held) == 0 &&
		    r->io->ops->stat(r->io, r->dir, dirs[i].name, &named) == 0 &&
		    held.dev == named.dev && held.inode == named.inode)
			continue;
		e = root_open_dir(r, &dirs[i], err);
		if (e < 0)
			result = e;
		else
			has_moved = true;
	}
	return result < 0 ? result : has_moved;
}

int
root_open(struct io *io, const char *path, struct root *ret, struct err *err)
{
	struct root r = ROOT_INIT;
	int e;

	r.io = io;
	r.path = xstrdup(path);
	for (size_t n = strlen(r.path); n > 1 && r.path[n - 1] == '/'; n--)
		r.path[n - 1] = '\0';
	r.dir = io->ops->open(io, IO_CWD, path, IO_READ | IO_DIR);
	if (r.dir == -ENOENT)
		e = err_set(err, ERR_NOTFOUND,
		    "there is no state directory %s. Run `reeve init` to make it", r.path);
	else if (r.dir == -ENOTDIR)
		e = err_set(err, ERR_INVALID,
		    "the state directory %s is not a directory. Move it away, or set $REEVE_STATE",
		    r.path);
	else if (r.dir < 0)
		e = err_sys(err, -r.dir, "cannot open the state directory %s", r.path);
	else
		e = root_check_dir(&r, err);
	if (e == 0)
		e = root_read_version(&r, err);
	if (e == 0)
		e = root_open_dirs(&r, err);
	if (e < 0) {
		root_release(&r);
		return e;
	}
	*ret = r;
	return 0;
}

void
root_release(struct root *r)
{
	int *fds[] = { &r->dir, &r->tickets, &r->spool_tmp, &r->spool_new, &r->spool_done,
		&r->spool_refused, &r->control, &r->lock };

	for (size_t i = 0; i < ARRAY_LEN(fds); i++) {
		if (r->io != NULL)
			io_close(r->io, *fds[i]);
		*fds[i] = -1;
	}
	set_charp(&r->path, NULL);
	r->uuid[0] = '\0';
	r->io = NULL;
}

#define ROOT_PASSING  " once" /* in the text of LOCK */
#define ROOT_SLICE_MS 100

int
root_lock(struct root *r, bool is_passing, struct err *err)
{
	_cleanup_(buf_release) struct buf note = BUF_INIT;
	int fd;

	if (r->lock >= 0)
		BUG("LOCK is taken twice");
	lock_note(&note);
	if (is_passing)
		buf_adds(&note, ROOT_PASSING);
	fd = lock_take(r->io, r->dir, "LOCK", note.p, NULL, err);
	if (fd < 0) {
		(void)err_prefix(err, "state directory %s", r->path);
		return fd;
	}
	r->lock = fd;
	return 0;
}

int
root_settle(struct root *r, struct err *err)
{
	/* The one call past struct io: it changes nothing, so there is no step to crash at. */
	if (syncfs(r->dir) < 0)
		return err_sys(err, errno, "cannot sync the file system of %s", r->path);
	return 0;
}

enum probe
root_owner(struct root *r, struct buf *ret_note)
{
	_cleanup_(buf_release) struct buf text = BUF_INIT;
	int errnum = 0;
	enum probe p = r->io->ops->probe(r->io, r->dir, "LOCK", &errnum);
	struct str line, rest;

	/* Whoever takes it makes it first. */
	if (p == PROBE_UNKNOWN && errnum == ENOENT)
		p = PROBE_FREE;
	if (ret_note == NULL || file_read(r->io, r->dir, "LOCK", 512, &text, NULL) < 0)
		return p;
	rest = buf_str(&text);
	(void)str_cut(&rest, '\n', &line); /* with no line end, the whole is the note */
	clean_add_line(ret_note, line, 0);
	return p;
}

static bool
root_is_alive(pid_t pid, uint64_t start)
{
	_cleanup_(close_fd) int fd = proc_open(pid, start, NULL);

	return fd >= 0 && !proc_is_gone(fd); /* a zombie is */
}

bool
root_is_passing(struct str note)
{
	const size_t len = strlen(ROOT_PASSING);
	uint64_t start;
	pid_t pid;

	if (note.len == 0)
		return true;
	if (!lock_note_parse(note, &pid, &start))
		return false;
	return (note.len > len && memcmp(note.p + note.len - len, ROOT_PASSING, len) == 0) ||
	       !root_is_alive(pid, start);
}

bool
root_await(struct root *r, int64_t ms)
{
	int64_t end = clock_boot_ms() + ms;

	/* in slices: who has it next may be another one */
	for (bool is_first = true;; is_first = false) {
		_cleanup_(buf_release) struct buf note = BUF_INIT;

		if (root_owner(r, &note) != PROBE_HELD)
			return true;
		if ((!is_first && !root_is_passing(buf_str(&note))) || clock_boot_ms() >= end)
			return false;
		(void)lock_await(r->io, r->dir, "LOCK", ROOT_SLICE_MS);
	}
}

static void
root_control_name(const char *name, struct buf *ret)
{
	if (strcmp(name, "kill") != 0 && strcmp(name, "stop") != 0)
		BUG("there is no control file %s", name);
	buf_addf(ret, "control/%s", name);
}

int
root_control(struct root *r, const char *name, int *ret_errno)
{
	_cleanup_(buf_release) struct buf path = BUF_INIT;
	struct io_stat st;
	int e;

	root_control_name(name, &path);
	/* By its path, as whoever types `touch` sees it: our descriptor may be of a directory that was
	 * moved away. */
	e = r->io->ops->stat(r->io, r->dir, path.p, &st);
	if (ret_errno != NULL)
		*ret_errno = 0;
	if (e == 0)
		return 1;
	if (e == -ENOENT) {
		e = r->io->ops->stat(r->io, r->dir, "control", &st);
		if (e == 0 && st.is_dir)
			return 0;
		if (e == 0)
			e = -ENOTDIR; /* a link that leads nowhere */
	}
	if (ret_errno != NULL)
		*ret_errno = -e;
	return 1;
}

/* An empty file takes no block, and is all that is needed. */
static int
root_touch_control(struct root *r, const char *path, struct err *err)
{
	int fd = r->io->ops->open(r->io, r->dir, path, IO_WRITE | IO_ENSURE);

	if (fd < 0 && fd != -EISDIR && fd != -ELOOP)
		return err_sys(err, -fd, "cannot make %s/%s", r->path, path);
	io_close(r->io, fd);
	return 0;
}

static int
root_sync_control(struct root *r, struct err *err)
{
	int fd = file_open_dir(r->io, r->dir, "control", err), e;

	if (fd < 0)
		return fd;
	e = file_sync_dir(r->io, fd, err);
	io_close(r->io, fd);
	return e;
}

int
root_set_control(struct root *r, const char *name, const char *note, struct err *err)
{
	_cleanup_(buf_release) struct buf path = BUF_INIT, text = BUF_INIT;
	int e;

	root_control_name(name, &path);
	stamp_add(&text, clock_wall_ms());
	buf_addch(&text, ' ');
	clean_add_line(&text, str_of(note), 0);
	buf_addch(&text, '\n');
	if (file_replace(r->io, r->dir, path.p, buf_str(&text), NULL) == 0)
		return 0;
	e = root_touch_control(r, path.p, err);
	if (e == 0)
		e = root_sync_control(r, err);
	if (e < 0)
		(void)err_prefix(err, "control file %s", name);
	return e;
}

int
root_clear_control(struct root *r, const char *name, struct err *err)
{
	_cleanup_(buf_release) struct buf path = BUF_INIT;
	int e;

	root_control_name(name, &path);
	e = r->io->ops->unlink(r->io, r->dir, path.p, false);
	if (e < 0 && e != -ENOENT)
		return err_sys(err, -e, "cannot remove %s/%s; remove it by hand", r->path, path.p);
	e = root_sync_control(r, err);
	if (e < 0)
		(void)err_prefix(err, "control file %s", name);
	return e;
}
