/* SPDX-License-Identifier: GPL-2.0-only */
#include "base/base.h"

#include "sim_fs.h"

#include <errno.h>

#include "sim.h"

/* --- directories --- */

static struct fs_entry *
dir_find(struct fs_dir *d, const char *name)
{
	for (size_t i = 0; i < d->n; i++)
		if (strcmp(d->v[i].name, name) == 0)
			return &d->v[i];
	return NULL;
}

static void
dir_set(struct fs_dir *d, const char *name, struct fs_node *node)
{
	struct fs_entry *e = dir_find(d, name);

	if (e == NULL)
		e = VEC_PUSH(d), e->name = xstrdup(name);
	e->node = node;
}

static void
dir_remove(struct fs_dir *d, const char *name)
{
	struct fs_entry *e = dir_find(d, name);

	if (e == NULL)
		return;
	free(e->name);
	*e = d->v[--d->n];
}

static void
dir_release(struct fs_dir *d)
{
	for (size_t i = 0; i < d->n; i++)
		free(d->v[i].name);
	free(d->v);
	*d = (struct fs_dir){ NULL, 0, 0 };
}

static void
dir_copy(struct fs_dir *to, const struct fs_dir *from)
{
	dir_release(to);
	for (size_t i = 0; i < from->n; i++) {
		struct fs_entry *e = VEC_PUSH(to);

		e->name = xstrdup(from->v[i].name);
		e->node = from->v[i].node;
	}
}

static void
dir_apply(struct fs_dir *d, const struct fs_op *op)
{
	if (op->from != NULL)
		dir_remove(d, op->from);
	if (op->to != NULL)
		dir_set(d, op->to, op->node);
}

static void
ops_clear(struct fs_node *n)
{
	for (size_t i = 0; i < n->ops.n; i++) {
		free(n->ops.v[i].from);
		free(n->ops.v[i].to);
	}
	n->ops.n = 0;
}

static void
node_change(struct fs_node *dir, const char *from, const char *to, struct fs_node *node)
{
	struct fs_op *op = VEC_PUSH(&dir->ops);

	op->from = from != NULL ? xstrdup(from) : NULL;
	op->to = to != NULL ? xstrdup(to) : NULL;
	op->node = node;
	dir_apply(&dir->now, op);
	dir->mtime_ms = sim_wall_ms();
}

/* --- the tree --- */

static struct fs_node *
node_new(struct fs *fs, bool is_dir)
{
	struct fs_node *n = xcalloc(1, sizeof *n);

	n->inode = ++fs->last_inode;
	n->is_dir = is_dir;
	n->mtime_ms = sim_wall_ms();
	buf_init(&n->data);
	buf_init(&n->durable);
	*VEC_PUSH(&fs->nodes) = n;
	return n;
}

void
fs_init(struct fs *fs)
{
	*fs = (struct fs){ 0 };
	fs->root = node_new(fs, true);
	fs->root->parent = fs->root;
	fs->root->name = xstrdup("");
}

void
fs_release(struct fs *fs)
{
	for (size_t i = 0; i < fs->fds.n; i++)
		fs_fd_close(fs, FS_FD_FIRST + (int)i);
	for (size_t i = 0; i < fs->nodes.n; i++) {
		struct fs_node *n = fs->nodes.v[i];

		buf_release(&n->data);
		buf_release(&n->durable);
		dir_release(&n->now);
		dir_release(&n->synced);
		ops_clear(n);
		free(n->ops.v);
		free(n->name);
		free(n);
	}
	free(fs->nodes.v);
	free(fs->fds.v);
	*fs = (struct fs){ 0 };
}

int
fs_find(struct fs *fs, struct fs_node *dir, const char *name, struct fs_node **ret_dir,
    const char **ret_last, struct fs_node **ret)
{
	char part[256];

	if (name[0] == '/')
		dir = fs->root;
	while (*name == '/')
		name++;
	for (;;) {
		size_t len = strcspn(name, "/");
		struct fs_entry *e;
		struct fs_node *next;

		if (!dir->is_dir)
			return -ENOTDIR;
		if (len >= sizeof part)
			return -ENAMETOOLONG;
		memcpy(part, name, len);
		part[len] = '\0';
		e = dir_find(&dir->now, part);
		next = e != NULL ? e->node : NULL;
		if (len == 0 || strcmp(part, ".") == 0)
			next = dir;
		else if (strcmp(part, "..") == 0)
			next = dir->parent;
		if (name[len] == '\0') {
			*ret_dir = dir;
			*ret_last = name;
			*ret = next;
			return 0;
		}
		if (next == NULL)
			return -ENOENT;
		dir = next;
		name += len + 1;
	}
}

struct fs_node *
fs_make(struct fs *fs, struct fs_node *dir, const char *name, bool is_dir)
{
	struct fs_node *n = node_new(fs, is_dir);

	n->parent = dir;
	n->name = xstrdup(name);
	fs_link(dir, name, n);
	return n;
}

void
fs_link(struct fs_node *dir, const char *name, struct fs_node *node)
{
	node->links++;
	node_change(dir, NULL, name, node);
}

void
fs_unlink(struct fs_node *dir, const char *name)
{
	struct fs_entry *e = dir_find(&dir->now, name);

	e->node->links--;
	node_change(dir, name, NULL, NULL);
}

void
fs_rename(struct fs_node *from, const char *name, struct fs_node *to, const char *new_name)
{
	struct fs_node *n = dir_find(&from->now, name)->node;
	struct fs_entry *over = dir_find(&to->now, new_name);

	if (over != NULL)
		over->node->links--;
	n->parent = to;
	set_charp(&n->name, new_name);
	if (from == to) {
		node_change(from, name, new_name, n);
		return;
	}
	node_change(to, NULL, new_name, n);
	node_change(from, name, NULL, NULL);
}

/* --- what survives --- */

void
fs_sync(struct fs_node *n)
{
	if (n->is_dir) {
		for (size_t i = 0; i < n->ops.n; i++)
			dir_apply(&n->synced, &n->ops.v[i]);
		ops_clear(n);
	} else if (!n->is_lost) {
		buf_clear(&n->durable);
		buf_add_str(&n->durable, buf_str(&n->data));
	}
}

void
fs_sync_all(struct fs *fs)
{
	for (size_t i = 0; i < fs->nodes.n; i++)
		fs_sync(fs->nodes.v[i]);
}

static void
cut_dir(struct fs_node *n, enum fs_cut mode)
{
	unsigned how = mode == FS_CUT_SYNCED ? 0 : mode == FS_CUT_ALL ? 1 : sim_random(4);
	size_t upto = how == 2 ? sim_random((unsigned)n->ops.n + 1) : n->ops.n;

	for (size_t i = 0; how != 0 && i < upto; i++)
		if (how != 3 || sim_random(2))
			dir_apply(&n->synced, &n->ops.v[i]);
	ops_clear(n);
	dir_copy(&n->now, &n->synced);
}

static void
cut_file(struct fs_node *n, enum fs_cut mode)
{
	unsigned how = mode == FS_CUT_SYNCED ? 0 : mode == FS_CUT_ALL ? 1 : sim_random(3);

	if (n->is_lost)
		how = 0;
	if (how == 0) {
		buf_clear(&n->data);
		buf_add_str(&n->data, buf_str(&n->durable));
	} else {
		if (how == 2 && !str_eq(buf_str(&n->data), buf_str(&n->durable)))
			buf_truncate(&n->data, sim_random((unsigned)n->data.len + 1)); /* torn */
		buf_clear(&n->durable);
		buf_add_str(&n->durable, buf_str(&n->data));
	}
	n->is_lost = false;
}

static void
count_links(struct fs_node *dir)
{
	for (size_t i = 0; i < dir->now.n; i++) {
		struct fs_node *n = dir->now.v[i].node;

		n->links++;
		if (n->is_dir) {
			n->parent = dir;
			set_charp(&n->name, dir->now.v[i].name);
			count_links(n);
		}
	}
}

void
fs_cut(struct fs *fs, enum fs_cut mode)
{
	for (size_t i = 0; i < fs->fds.n; i++)
		fs_fd_close(fs, FS_FD_FIRST + (int)i);
	for (size_t i = 0; i < fs->nodes.n; i++) {
		struct fs_node *n = fs->nodes.v[i];

		if (n->is_dir)
			cut_dir(n, mode);
		else
			cut_file(n, mode);
		n->links = 0;
	}
	count_links(fs->root);
}

/* --- descriptors --- */

int
fs_fd_open(struct fs *fs, struct fs_node *node, unsigned how, unsigned owner)
{
	struct fs_desc *d = xcalloc(1, sizeof *d);
	size_t i = 0;

	*d = (struct fs_desc){ node, 0, how, 1 };
	if (how & (IO_WRITE | IO_APPEND))
		node->writers++;
	while (i < fs->fds.n && fs->fds.v[i].desc != NULL)
		i++;
	if (i == fs->fds.n)
		(void)VEC_PUSH(&fs->fds);
	fs->fds.v[i] = (struct fs_fd){ d, owner };
	return FS_FD_FIRST + (int)i;
}

struct fs_desc *
fs_fd(struct fs *fs, int fd)
{
	size_t i = (size_t)(fd - FS_FD_FIRST);

	return fd >= FS_FD_FIRST && i < fs->fds.n ? fs->fds.v[i].desc : NULL;
}

int
fs_fd_hand(struct fs *fs, int fd, unsigned owner)
{
	struct fs_desc *d = fs_fd(fs, fd);

	d->refs++;
	*VEC_PUSH(&fs->fds) = (struct fs_fd){ d, owner };
	return FS_FD_FIRST + (int)fs->fds.n - 1;
}

void
fs_fd_close(struct fs *fs, int fd)
{
	struct fs_desc *d = fs_fd(fs, fd);

	if (d == NULL)
		return;
	fs->fds.v[fd - FS_FD_FIRST].desc = NULL;
	if (--d->refs > 0)
		return;
	if (d->node->locked == d)
		d->node->locked = NULL;
	if (d->how & (IO_WRITE | IO_APPEND))
		d->node->writers--;
	free(d);
}

void
fs_fd_close_all(struct fs *fs, unsigned owner)
{
	for (size_t i = 0; i < fs->fds.n; i++)
		if (fs->fds.v[i].desc != NULL && fs->fds.v[i].owner == owner)
			fs_fd_close(fs, FS_FD_FIRST + (int)i);
}
