/* SPDX-License-Identifier: GPL-2.0-only */
#include "base/base.h"

#include "sim_io.h"

#include <errno.h>

#include "sim.h"
#include "sys/file.h"

static struct sim_io *
sim_of(struct io *io)
{
	return (struct sim_io *)(void *)io;
}

/* --- names of steps --- */

static void
name_add(const char *s, struct buf *ret)
{
	const char *why = strstr(s, ".why");

	if (strncmp(s, FILE_TMP_PREFIX, strlen(FILE_TMP_PREFIX)) == 0) {
		s += strlen(FILE_TMP_PREFIX);
		s += strspn(s, "0123456789-");
		buf_addf(ret, "tmp-%s", why != NULL ? "X.why" : s);
		return;
	}
	if (why != NULL) {
		buf_adds(ret, "X.why");
		return;
	}
	if (strncmp(s, "x-", 2) == 0 || strncmp(s, "shell-", 6) == 0) {
		buf_addch(ret, 'X');
		return;
	}
	if (s[0] >= '0' && s[0] <= '9') {
		buf_adds(ret, s[strspn(s, "0123456789")] == '\0' ? "N" : "X");
		return;
	}
	if (strncmp(s, ".new-", 5) == 0)
		s = ".new";
	buf_adds(ret, s);
}

static void
path_add(const struct fs_node *dir, const char *name, struct buf *ret)
{
	const struct fs_node *up[16];
	size_t n = 0;

	for (; dir->parent != dir && n < ARRAY_LEN(up); dir = dir->parent)
		up[n++] = dir;
	for (size_t i = n; i-- > 2;) { /* not "sim/state" */
		name_add(up[i - 2]->name, ret);
		buf_addch(ret, '/');
	}
	if (name != NULL)
		name_add(name, ret);
}

void
sim_step_name(enum sim_op op, const struct fs_node *dir, const char *name,
    const struct fs_node *to_dir, const char *to, struct buf *ret)
{
	static const char *const names[] = { "", "open", "create", "write", "fsync", "truncate",
		"rename", "link", "unlink", "mkdir", "read", "stat", "list", "probe" };

	buf_addf(ret, "%s ", names[op]);
	path_add(dir, name, ret);
	if (to != NULL) {
		buf_addch(ret, ' ');
		path_add(to_dir, to, ret);
	}
}

/* --- struct io --- */

static int
enter(struct sim_io *s, enum sim_op op, struct fs_node *dir, const char *name,
    const struct fs_node *to_dir, const char *to)
{
	int r = 0;

	if (s->is_dead)
		return -EIO;
	if (op >= OP_CREATE && op <= OP_MKDIR)
		s->steps++;
	if (s->fault != NULL)
		r = s->fault(s, op, dir, name, to_dir, to);
	return s->is_dead ? -EIO : r;
}

static int
find(struct sim_io *s, int dir, const char *name, struct fs_node **ret_dir, const char **ret_last,
    struct fs_node **ret)
{
	struct fs_desc *d = dir == IO_CWD ? NULL : fs_fd(s->fs, dir);

	if (s->is_dead)
		return -EIO;
	if (dir != IO_CWD && d == NULL)
		return -EBADF;
	return fs_find(s->fs, d != NULL ? d->node : s->fs->root, name, ret_dir, ret_last, ret);
}

static int
sim_open(struct io *io, int dir, const char *name, unsigned how)
{
	struct sim_io *s = sim_of(io);
	struct fs_node *d, *n;
	const char *last;
	int r = find(s, dir, name, &d, &last, &n);

	if (r < 0)
		return r;
	r = enter(s, n == NULL && (how & (IO_CREATE | IO_ENSURE)) ? OP_CREATE : OP_OPEN, d, last,
	    NULL, NULL);
	if (r < 0)
		return r;
	r = find(s, dir, name, &d, &last, &n); /* the world went on meanwhile */
	if (r < 0)
		return r;
	if (n != NULL && (how & IO_CREATE))
		return -EEXIST;
	if (n == NULL && !(how & (IO_CREATE | IO_ENSURE)))
		return -ENOENT;
	if (n == NULL)
		n = fs_make(s->fs, d, last, false);
	if ((how & IO_DIR) && !n->is_dir)
		return -ENOTDIR;
	if (n->is_dir && (how & (IO_WRITE | IO_APPEND)))
		return -EISDIR;
	return fs_fd_open(s->fs, n, how, s->owner);
}

static int
sim_close(struct io *io, int fd)
{
	struct sim_io *s = sim_of(io);

	if (s->is_dead)
		return -EIO;
	if (fs_fd(s->fs, fd) == NULL)
		BUG("descriptor %d is closed and was not open", fd);
	fs_fd_close(s->fs, fd);
	return 0;
}

static ssize_t
sim_read(struct io *io, int fd, void *p, size_t n)
{
	struct sim_io *s = sim_of(io);
	struct fs_desc *d = fs_fd(s->fs, fd);
	size_t left;
	int r;

	if (s->is_dead || d == NULL)
		return s->is_dead ? -EIO : -EBADF;
	r = enter(s, OP_READ, d->node->parent, d->node->name, NULL, NULL);
	if (r < 0)
		return r;
	if (d->node->is_dir)
		return -EISDIR;
	left = d->node->data.len > d->pos ? d->node->data.len - (size_t)d->pos : 0;
	if (n > left)
		n = left;
	memcpy(p, d->node->data.p + (n > 0 ? d->pos : 0), n);
	d->pos += n;
	return (ssize_t)n;
}

static ssize_t
sim_write(struct io *io, int fd, const void *p, size_t n)
{
	struct sim_io *s = sim_of(io);
	struct fs_desc *d = fs_fd(s->fs, fd);
	struct buf *data;
	int r;

	if (s->is_dead || d == NULL || !(d->how & (IO_WRITE | IO_APPEND)))
		return s->is_dead ? -EIO : -EBADF;
	r = enter(s, OP_WRITE, d->node->parent, d->node->name, NULL, NULL);
	if (r < 0)
		return r;
	if (r == 1 && n > 1)
		n = 1 + sim_random((unsigned)n - 1);
	data = &d->node->data;
	if (d->how & IO_APPEND)
		d->pos = data->len;
	while (data->len < d->pos)
		buf_addch(data, '\0');
	if (d->pos + n > data->len) {
		buf_truncate(data, (size_t)d->pos);
		buf_add(data, p, n);
	} else {
		memcpy(data->p + d->pos, p, n);
	}
	d->pos += n;
	d->node->mtime_ms = sim_wall_ms();
	return (ssize_t)n;
}

static int
sim_fsync(struct io *io, int fd)
{
	struct sim_io *s = sim_of(io);
	struct fs_desc *d = fs_fd(s->fs, fd);
	int r;

	if (s->is_dead || d == NULL)
		return s->is_dead ? -EIO : -EBADF;
	r = enter(s, OP_FSYNC, d->node->parent, d->node->name, NULL, NULL);
	if (r == 0)
		fs_sync(d->node);
	else if (!s->is_dead)
		d->node->is_lost = true;
	return r;
}

static int
sim_truncate(struct io *io, int fd, uint64_t size)
{
	struct sim_io *s = sim_of(io);
	struct fs_desc *d = fs_fd(s->fs, fd);
	int r;

	if (s->is_dead || d == NULL)
		return s->is_dead ? -EIO : -EBADF;
	r = enter(s, OP_TRUNCATE, d->node->parent, d->node->name, NULL, NULL);
	if (r < 0)
		return r;
	if (size < d->node->data.len)
		buf_truncate(&d->node->data, (size_t)size);
	d->node->mtime_ms = sim_wall_ms();
	return 0;
}

static void
fill(const struct fs_node *n, struct io_stat *ret)
{
	*ret = (struct io_stat){ .is_regular = !n->is_dir,
		.is_dir = n->is_dir,
		.size = n->data.len,
		.links = n->links,
		.uid = geteuid(),
		.dev = 1,
		.inode = n->inode,
		.mode = n->is_dir ? 0700 : 0600,
		.mtime_ms = n->mtime_ms };
}

static int
sim_fstat(struct io *io, int fd, struct io_stat *ret)
{
	struct sim_io *s = sim_of(io);
	struct fs_desc *d = fs_fd(s->fs, fd);

	if (s->is_dead || d == NULL)
		return s->is_dead ? -EIO : -EBADF;
	fill(d->node, ret);
	return 0;
}

static int
sim_stat(struct io *io, int dir, const char *name, struct io_stat *ret)
{
	struct sim_io *s = sim_of(io);
	struct fs_node *d, *n;
	const char *last;
	int r = find(s, dir, name, &d, &last, &n);

	if (r == 0)
		r = enter(s, OP_STAT, d, last, NULL, NULL);
	if (r == 0)
		r = find(s, dir, name, &d, &last, &n);
	if (r < 0)
		return r;
	if (n == NULL)
		return -ENOENT;
	fill(n, ret);
	return 0;
}

static bool
is_above(const struct fs_node *a, const struct fs_node *n)
{
	for (;; n = n->parent) {
		if (n == a)
			return true;
		if (n->parent == n)
			return false;
	}
}

/* Both places, before and after the world had its turn. */
static int
find_two(struct sim_io *s, enum sim_op op, int dir_from, const char *from, int dir_to,
    const char *to, struct fs_node **n, struct fs_node **ret_from, const char **ret_name,
    struct fs_node **ret_to, const char **ret_new, struct fs_node **ret_over)
{
	int r = 0;

	for (int i = 0; i < 2 && r == 0; i++) {
		r = find(s, dir_from, from, ret_from, ret_name, n);
		if (r == 0)
			r = find(s, dir_to, to, ret_to, ret_new, ret_over);
		if (r == 0 && i == 0)
			r = enter(s, op, *ret_from, *ret_name, *ret_to, *ret_new);
	}
	if (r == 0 && *n == NULL)
		r = -ENOENT;
	return r;
}

static int
sim_rename(struct io *io, int dir_from, const char *from, int dir_to, const char *to, bool replace)
{
	struct sim_io *s = sim_of(io);
	struct fs_node *d, *t, *n, *over;
	const char *name, *new_name;
	int r =
	    find_two(s, OP_RENAME, dir_from, from, dir_to, to, &n, &d, &name, &t, &new_name, &over);

	if (r < 0)
		return r;
	if (over != NULL && !replace)
		return -EEXIST;
	if (over == n)
		return 0;
	if (over != NULL && over->is_dir)
		return n->is_dir ? -ENOTEMPTY : -EISDIR;
	if (n->is_dir && is_above(n, t))
		return -EINVAL;
	fs_rename(d, name, t, new_name);
	return 0;
}

static int
sim_link(struct io *io, int dir_from, const char *from, int dir_to, const char *to)
{
	struct sim_io *s = sim_of(io);
	struct fs_node *d, *t, *n, *over;
	const char *name, *new_name;
	int r =
	    find_two(s, OP_LINK, dir_from, from, dir_to, to, &n, &d, &name, &t, &new_name, &over);

	if (r < 0)
		return r;
	if (n->is_dir)
		return -EPERM;
	if (over != NULL)
		return -EEXIST;
	fs_link(t, new_name, n);
	return 0;
}

static int
sim_unlink(struct io *io, int dir, const char *name, bool is_dir)
{
	struct sim_io *s = sim_of(io);
	struct fs_node *d, *n;
	const char *last;
	int r = find(s, dir, name, &d, &last, &n);

	if (r == 0)
		r = enter(s, OP_UNLINK, d, last, NULL, NULL);
	if (r == 0)
		r = find(s, dir, name, &d, &last, &n);
	if (r < 0)
		return r;
	if (n == NULL)
		return -ENOENT;
	if (n->is_dir != is_dir)
		return is_dir ? -ENOTDIR : -EISDIR;
	if (n->now.n > 0)
		return -ENOTEMPTY;
	fs_unlink(d, last);
	return 0;
}

static int
sim_mkdir(struct io *io, int dir, const char *name)
{
	struct sim_io *s = sim_of(io);
	struct fs_node *d, *n;
	const char *last;
	int r = find(s, dir, name, &d, &last, &n);

	if (r == 0)
		r = enter(s, OP_MKDIR, d, last, NULL, NULL);
	if (r == 0)
		r = find(s, dir, name, &d, &last, &n);
	if (r < 0)
		return r;
	if (n != NULL)
		return -EEXIST;
	(void)fs_make(s->fs, d, last, true);
	return 0;
}

static int
sim_list(struct io *io, int dir, struct strvec *ret)
{
	struct sim_io *s = sim_of(io);
	struct fs_desc *d = fs_fd(s->fs, dir);
	size_t first = ret->n;
	int r;

	if (s->is_dead || d == NULL)
		return s->is_dead ? -EIO : -EBADF;
	r = enter(s, OP_LIST, d->node, NULL, NULL, NULL);
	if (r < 0)
		return r;
	for (size_t i = 0; i < d->node->now.n; i++)
		strvec_push(ret, d->node->now.v[i].name);
	for (size_t i = ret->n; i > first + 1; i--) { /* in no order */
		size_t j = first + sim_random((unsigned)(i - first));
		char *was = ret->v[i - 1];

		ret->v[i - 1] = ret->v[j];
		ret->v[j] = was;
	}
	return 0;
}

static int
sim_lock(struct io *io, int fd)
{
	struct sim_io *s = sim_of(io);
	struct fs_desc *d = fs_fd(s->fs, fd);

	if (s->is_dead || d == NULL)
		return s->is_dead ? -EIO : -EBADF;
	if (d->node->locked != NULL && d->node->locked != d)
		return -EAGAIN;
	d->node->locked = d;
	return 0;
}

static enum probe
sim_probe(struct io *io, int dir, const char *name, int *ret_errno)
{
	struct sim_io *s = sim_of(io);
	struct fs_node *d, *n;
	const char *last;
	int r = find(s, dir, name, &d, &last, &n);

	if (r == 0)
		r = enter(s, OP_PROBE, d, last, NULL, NULL);
	if (r == 0)
		r = find(s, dir, name, &d, &last, &n);
	if (r == 0 && n == NULL)
		r = -ENOENT;
	if (r < 0) {
		*ret_errno = -r;
		return PROBE_UNKNOWN;
	}
	return n->locked != NULL ? PROBE_HELD : PROBE_FREE;
}

static int
sim_quiet(struct io *io, int fd)
{
	struct sim_io *s = sim_of(io);
	struct fs_desc *d = fs_fd(s->fs, fd);

	if (s->is_dead || d == NULL)
		return s->is_dead ? -EIO : -EBADF;
	return d->node->writers > 0 ? -EAGAIN : 0;
}

static const struct io_ops sim_ops = {
	.open = sim_open,
	.close = sim_close,
	.read = sim_read,
	.write = sim_write,
	.fsync = sim_fsync,
	.truncate = sim_truncate,
	.fstat = sim_fstat,
	.stat = sim_stat,
	.rename = sim_rename,
	.link = sim_link,
	.unlink = sim_unlink,
	.mkdir = sim_mkdir,
	.list = sim_list,
	.lock = sim_lock,
	.probe = sim_probe,
	.quiet = sim_quiet,
};

void
sim_io_init(struct sim_io *io, struct fs *fs, unsigned owner)
{
	*io = (struct sim_io){ .io = { &sim_ops }, .fs = fs, .owner = owner };
}
