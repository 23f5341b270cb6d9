/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * root_init.c: a new state directory, or what is missing in an old one.
 *
 * Every step can be repeated after a crash at any of them.  VERSION is the last one: without it the
 * directory does not open.
 */
#include "base/base.h"

#include "store/root.h"

#include <errno.h>

#include "codec/embedded.h"
#include "sys/file.h"
#include "sys/rand.h"

static const char *const root_dirs[] = { "control", "tickets", "spool", "spool/tmp", "spool/new",
	"spool/done", "spool/refused", "inbox", "worktrees" };
static const char *const root_files[] = { "README", "config", "LOCK", "VERSION", "events.jsonl" };

/* The name of a directory in the one above it, as far as that may be opened and its file system syncs
 * directories at all: whoever made it has a say in that, we have not. */
static int
root_sync_above(struct io *io, const char *path, struct err *err)
{
	_cleanup_(free_charp) char *above = xstrdup(path);
	char *slash = strrchr(above, '/');
	int dir, r;

	slash[slash == above] = '\0';
	r = dir = io->ops->open(io, IO_CWD, above, IO_READ | IO_DIR);
	if (dir >= 0)
		r = io->ops->fsync(io, dir);
	io_close(io, dir);
	if (r < 0 && r != -EACCES && r != -EPERM && r != -EROFS && r != -EINVAL)
		return err_sys(err, -r, "cannot sync the directory %s", above);
	return 0;
}

/* The directory and those above it that are missing.  All their names are synced: who made one of them may
 * have been ended before it came to that. */
static int
root_make_path(struct io *io, const char *path, struct err *err)
{
	_cleanup_(free_charp) char *part = xstrdup(path);

	for (char *p = part + 1;; p++) {
		char was = *p;
		int r;

		if (was != '/' && was != '\0')
			continue;
		*p = '\0';
		r = io->ops->mkdir(io, IO_CWD, part);
		/* What is there already, or lies on a read-only file system, may still do. */
		if (r < 0 && r != -EEXIST && r != -EROFS && r != -EACCES)
			return err_sys(err, -r, "cannot make the directory %s", part);
		if (r < 0 && was == '\0' && r != -EEXIST)
			return err_sys(err, -r, "cannot make the directory %s", part);
		r = root_sync_above(io, part, err);
		if (r < 0)
			return r;
		*p = was;
		if (was == '\0')
			return 0;
	}
}

static bool
root_is_ours(const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(root_dirs); i++)
		if (strcmp(name, root_dirs[i]) == 0)
			return true;
	for (size_t i = 0; i < ARRAY_LEN(root_files); i++)
		if (strcmp(name, root_files[i]) == 0)
			return true;
	return str_starts(str_of(name), FILE_TMP_PREFIX);
}

/* Somebody's full directory does not become a store by a typing error in a path. */
static int
root_check_strangers(struct io *io, int dir, const char *path, struct err *err)
{
	_cleanup_(strvec_release) struct strvec names = STRVEC_INIT;
	int r = file_list(io, dir, &names, err);

	if (r < 0)
		return r;
	for (size_t i = 0; i < names.n; i++)
		if (strcmp(names.v[i], "VERSION") == 0)
			return 0;
	for (size_t i = 0; i < names.n; i++)
		if (!root_is_ours(names.v[i]))
			return err_set(err, ERR_CONFLICT,
			    "%s holds other things already. Choose an empty or a new directory for "
			    "the state",
			    path);
	return 0;
}

static int
root_check_owner(struct io *io, int dir, const char *path, struct err *err)
{
	struct io_stat st;
	int r = io->ops->fstat(io, dir, &st);

	if (r < 0)
		return err_sys(err, -r, "cannot look at %s", path);
	if (st.uid != geteuid())
		return err_set(err, ERR_INVALID,
		    "%s belongs to user %llu, not to you. Choose another directory", path,
		    (unsigned long long)st.uid);
	return 0;
}

static int
root_check_mode(struct io *io, int dir, const char *path, struct err *err)
{
	struct io_stat st;
	int r = io->ops->fstat(io, dir, &st);

	if (r < 0)
		return err_sys(err, -r, "cannot look at %s", path);
	if (st.mode & 077)
		return err_set(err, ERR_INVALID,
		    "others may look into %s (mode %04o). Run `chmod 700 %s`, then try again", path,
		    (unsigned)st.mode, path);
	return 0;
}

/* Two descriptions of one file: the second must not get the lock that the first has. */
static int
root_test_lock(struct io *io, int dir, const char *name)
{
	int a = io->ops->open(io, dir, name, IO_READ | IO_WRITE), b, r, errnum = 0;

	if (a < 0)
		return a;
	b = io->ops->open(io, dir, name, IO_READ | IO_WRITE);
	r = b < 0 ? b : io->ops->lock(io, a);
	if (r == 0 && (io->ops->lock(io, b) != -EAGAIN ||
			  io->ops->probe(io, dir, name, &errnum) != PROBE_HELD))
		r = errnum != 0 ? -errnum : -ENOLCK;
	io_close(io, a);
	io_close(io, b);
	return r;
}

/* A disk that is full or read-only may be of the right kind: that is told as what it is (ERR_LIMIT, ERR_INVALID).
 * ERR_IO: it cannot be written for another reason. */
static int
root_test_write(struct io *io, int dir, const char *a, const char *b, struct err *err)
{
	struct err why = ERR_INIT;
	int r = io->ops->open(io, dir, a, IO_WRITE | IO_CREATE);

	if (r == -EROFS)
		return err_set(err, ERR_INVALID, "Read-only file system");
	io_close(io, r);
	(void)io->ops->unlink(io, dir, a, false);
	r = file_write_new(io, dir, a, STR("a\n"), &why);
	if (r == 0)
		r = file_write_new(io, dir, b, STR("b\n"), &why);
	return r == ERR_LIMIT ? err_set(err, r, "%s", why.text) : r < 0 ? ERR_IO : 0;
}

/* What failed, in words, and *ret its reason; NULL: all is well. */
static const char *
root_test_steps(struct io *io, int dir, const char *a, const char *b, const char *c, int *ret)
{
	*ret = root_test_lock(io, dir, a);
	if (*ret < 0)
		return "a lock between open files (F_OFD_SETLK)";
	if (io->ops->rename(io, dir, a, dir, b, false) != -EEXIST) {
		*ret = -EINVAL;
		return "a rename that never replaces (RENAME_NOREPLACE)";
	}
	*ret = io->ops->rename(io, dir, a, dir, c, false);
	if (*ret < 0)
		return "a rename that never replaces (RENAME_NOREPLACE)";
	*ret = io->ops->link(io, dir, c, dir, a);
	if (*ret < 0)
		return "a second name for a file (link)";
	*ret = io->ops->fsync(io, dir);
	return *ret < 0 ? "the sync of a directory (fsync)" : NULL;
}

static void
root_test_clean(struct io *io, int dir, char names[3][40])
{
	for (int i = 0; i < 3; i++) /* which of them are there, varies */
		(void)io->ops->unlink(io, dir, names[i], false);
}

/* PROTOCOLS P5: what the store stands on. */
static int
root_self_test(struct io *io, int root, const char *path, struct err *err)
{
	char names[3][40];
	int dir = file_open_dir(io, root, "spool/tmp", err), why = 0, r;
	const char *failed = NULL;

	if (dir < 0)
		return dir;
	for (int i = 0; i < 3; i++)
		snprintf(names[i], sizeof names[i], FILE_TMP_PREFIX "%d-test-%d", (int)getpid(), i);
	root_test_clean(io, dir, names); /* of an init of this process id that was ended here */
	r = root_test_write(io, dir, names[0], names[1], err);
	if (r == 0)
		failed = root_test_steps(io, dir, names[0], names[1], names[2], &why);
	root_test_clean(io, dir, names);
	io_close(io, dir);
	if (r == ERR_IO) {
		failed = "writing and syncing a file";
		why = -EIO;
	}
	if (failed == NULL)
		return r;
	(void)err_sys(err, -why,
	    "the file system cannot be trusted with %s: %s does not work there. Choose a "
	    "directory on a local disk (ext4, xfs, btrfs) with $REEVE_STATE",
	    path, failed);
	if (err != NULL)
		err->code = ERR_EXTERNAL;
	return ERR_EXTERNAL;
}

/* The names of a new directory are to be there after a power cut, too. */
static int
root_sync_name(struct io *io, int root, const char *name, struct err *err)
{
	int dir = file_open_dir(io, root, name, err), r;

	if (dir < 0)
		return dir;
	r = file_sync_dir(io, dir, err);
	io_close(io, dir);
	return r;
}

static int
root_add_file(
    struct io *io, int dir, const char *name, struct str bytes, bool replace, struct err *err)
{
	int r;

	if (replace)
		return file_replace(io, dir, name, bytes, err);
	r = file_create(io, dir, name, bytes, NULL);
	if (r == 0 || r == ERR_CONFLICT)
		return 0; /* it is there, or somebody else made it in this moment: theirs counts */
	return err_set(err, r, "cannot make %s", name);
}

static struct str
root_embedded(const char *name)
{
	const struct embedded *e = embedded_find(name);

	if (e == NULL)
		BUG("%s is not compiled in", name);
	return str_n(e->text, e->len);
}

static void
root_new_version(struct buf *ret)
{
	unsigned char b[16];

	rand_bytes(b, sizeof b);
	b[6] = (unsigned char)((b[6] & 0x0f) | 0x40); /* RFC 4122, version 4 */
	b[8] = (unsigned char)((b[8] & 0x3f) | 0x80);
	buf_addf(ret, "%d ", ROOT_VERSION);
	for (size_t i = 0; i < sizeof b; i++)
		buf_addf(ret, "%s%02x", i == 4 || i == 6 || i == 8 || i == 10 ? "-" : "", b[i]);
	buf_addch(ret, '\n');
}

static int
root_fill(struct io *io, int dir, const char *path, struct err *err)
{
	_cleanup_(buf_release) struct buf version = BUF_INIT;
	int r = root_check_owner(io, dir, path, err);

	/* before the mode: somebody's full directory is not to be closed to others for our sake, either */
	if (r == 0)
		r = root_check_strangers(io, dir, path, err);
	if (r == 0)
		r = root_check_mode(io, dir, path, err);
	for (size_t i = 0; r == 0 && i < ARRAY_LEN(root_dirs); i++)
		r = file_ensure_dir(io, dir, root_dirs[i], err);
	if (r == 0)
		r = root_self_test(io, dir, path, err);
	if (r == 0)
		r = root_add_file(io, dir, "README", root_embedded("state/README"), true, err);
	if (r == 0)
		r = root_add_file(io, dir, "config", root_embedded("state/config"), false, err);
	if (r == 0)
		r = root_add_file(io, dir, "LOCK", STR(""), false, err);
	if (r == 0)
		r = root_sync_name(io, dir, "spool", err);
	root_new_version(&version);
	if (r == 0)
		r = root_add_file(io, dir, "VERSION", buf_str(&version), false, err);
	if (r ==
	    0) /* what was there already may be of an init that was ended before it came to this */
		r = file_sync_dir(io, dir, err);
	return r;
}

int
root_init(struct io *io, const char *path, struct err *err)
{
	int dir, r;

	if (path[0] != '/')
		BUG("root_init() wants an absolute path, not %s", path);
	r = root_make_path(io, path, err);
	if (r < 0)
		return r;
	dir = io->ops->open(io, IO_CWD, path, IO_READ | IO_DIR);
	if (dir == -ENOTDIR)
		return err_set(err, ERR_INVALID,
		    "the state directory %s is not a directory. Move it away, or set $REEVE_STATE",
		    path);
	if (dir < 0)
		return err_sys(err, -dir, "cannot open the state directory %s", path);
	r = root_fill(io, dir, path, err);
	io_close(io, dir);
	if (r < 0)
		(void)err_prefix(err, "cannot make the state directory %s", path);
	return r;
}
