/* SPDX-License-Identifier: GPL-2.0-only */
/* Descriptors and bytes; names are in sim_io_name.c. */
#include "base/base.h"

#include "sim_io_parts.h"

#include <errno.h>

#include "sim.h"

struct sim_io *
sim_io_of(struct io *io)
{
	return (struct sim_io *)(void *)io;
}

int
sim_io_enter(struct sim_io *s, enum sim_op op, struct fs_node *dir, const char *name,
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

int
sim_io_find(struct sim_io *s, int dir, const char *name, struct fs_node **ret_dir,
    const char **ret_last, struct fs_node **ret)
{
	struct fs_desc *d = dir == IO_CWD ? NULL : fs_fd(s->fs, dir);

	if (s->is_dead)
		return -EIO;
	if (dir != IO_CWD && d == NULL)
		return -EBADF;
	return fs_find(s->fs, d != NULL ? d->node : s->fs->root, name, ret_dir, ret_last, ret);
}

int
sim_io_reach(struct sim_io *s, enum sim_op op, int dir, const char *name, struct fs_node **ret_dir,
    const char **ret_last, struct fs_node **ret)
{
	int r = sim_io_find(s, dir, name, ret_dir, ret_last, ret);
	uint64_t before = s->fs->root->below;

	if (r == 0)
		r = sim_io_enter(s, op == OP_CREATE && *ret != NULL ? OP_OPEN : op, *ret_dir,
		    *ret_last, NULL, NULL);
	if (r == 0 && s->fs->root->below != before) /* the world went on meanwhile */
		r = sim_io_find(s, dir, name, ret_dir, ret_last, ret);
	return r;
}

static int
sim_open(struct io *io, int dir, const char *name, unsigned how)
{
	struct sim_io *s = sim_io_of(io);
	struct fs_node *d, *n;
	const char *last;
	int r = sim_io_reach(
	    s, how & (IO_CREATE | IO_ENSURE) ? OP_CREATE : OP_OPEN, dir, name, &d, &last, &n);

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
	struct sim_io *s = sim_io_of(io);

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
	struct sim_io *s = sim_io_of(io);
	struct fs_desc *d = fs_fd(s->fs, fd);
	size_t left;
	int r;

	if (s->is_dead || d == NULL)
		return s->is_dead ? -EIO : -EBADF;
	r = sim_io_enter(s, OP_READ, d->node->parent, d->node->name, NULL, NULL);
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
	struct sim_io *s = sim_io_of(io);
	struct fs_desc *d = fs_fd(s->fs, fd);
	struct buf *data;
	int r;

	if (s->is_dead || d == NULL || !(d->how & (IO_WRITE | IO_APPEND)))
		return s->is_dead ? -EIO : -EBADF;
	r = sim_io_enter(s, OP_WRITE, d->node->parent, d->node->name, NULL, NULL);
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
	fs_touch(d->node);
	d->node->mtime_ms = sim_wall_ms();
	return (ssize_t)n;
}

static int
sim_fsync(struct io *io, int fd)
{
	struct sim_io *s = sim_io_of(io);
	struct fs_desc *d = fs_fd(s->fs, fd);
	int r;

	if (s->is_dead || d == NULL)
		return s->is_dead ? -EIO : -EBADF;
	r = sim_io_enter(s, OP_FSYNC, d->node->parent, d->node->name, NULL, NULL);
	if (r == 0)
		fs_sync(d->node);
	else if (!s->is_dead)
		d->node->is_lost = true;
	return r;
}

static int
sim_truncate(struct io *io, int fd, uint64_t size)
{
	struct sim_io *s = sim_io_of(io);
	struct fs_desc *d = fs_fd(s->fs, fd);
	int r;

	if (s->is_dead || d == NULL)
		return s->is_dead ? -EIO : -EBADF;
	r = sim_io_enter(s, OP_TRUNCATE, d->node->parent, d->node->name, NULL, NULL);
	if (r < 0)
		return r;
	if (size < d->node->data.len)
		buf_truncate(&d->node->data, (size_t)size);
	fs_touch(d->node);
	d->node->mtime_ms = sim_wall_ms();
	return 0;
}

void
sim_io_fill(const struct fs_node *n, struct io_stat *ret)
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
	struct sim_io *s = sim_io_of(io);
	struct fs_desc *d = fs_fd(s->fs, fd);

	if (s->is_dead || d == NULL)
		return s->is_dead ? -EIO : -EBADF;
	sim_io_fill(d->node, ret);
	return 0;
}

static int
sim_lock(struct io *io, int fd)
{
	struct sim_io *s = sim_io_of(io);
	struct fs_desc *d = fs_fd(s->fs, fd);

	if (s->is_dead || d == NULL)
		return s->is_dead ? -EIO : -EBADF;
	if (d->node->locked != NULL && d->node->locked != d)
		return -EAGAIN;
	d->node->locked = d;
	return 0;
}

static int
sim_quiet(struct io *io, int fd)
{
	struct sim_io *s = sim_io_of(io);
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
