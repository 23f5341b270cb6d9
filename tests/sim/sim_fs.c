/* SPDX-License-Identifier: GPL-2.0-only */
#include "base/base.h"

#include "sim_fs.h"

#include <errno.h>

#include "sim.h"

/* --- memory --- */

#define FS_CHUNK ((size_t)256 * 1024)
struct fs_chunk {
	struct fs_chunk *next;
	size_t used;
	char bytes[FS_CHUNK];
};

/* As long-lived as the file system. */
static void *
fs_keep(struct fs *fs, size_t n)
{
	struct fs_chunk *c = fs->chunks;
	void *p;

	n = (n + 15) & ~(size_t)15;
	if (c == NULL || c->used + n > FS_CHUNK) {
		c = fs->spare;
		if (c != NULL)
			fs->spare = c->next;
		else
			c = xmalloc(sizeof *c);
		c->used = 0;
		c->next = fs->chunks;
		fs->chunks = c;
	}
	p = c->bytes + c->used;
	c->used += n;
	return p;
}

static const char *
fs_keep_name(struct fs *fs, const char *name)
{
	size_t n = strlen(name) + 1;

	return memcpy(fs_keep(fs, n), name, n);
}

/* --- directories --- */

static uint32_t
name_hash(const char *s, size_t n)
{
	uint64_t h = n, word;

	for (; n >= sizeof word; s += sizeof word, n -= sizeof word) {
		memcpy(&word, s, sizeof word);
		h = (h ^ word) * 0xff51afd7ed558ccdu;
		h ^= h >> 32;
	}
	for (; n > 0; s++, n--)
		h = (h ^ (unsigned char)*s) * 0x9e3779b97f4a7c15u;
	return (uint32_t)(h >> 32);
}

static struct fs_entry *
dir_find_n(const struct fs_dir *d, const char *name, size_t len)
{
	uint32_t hash = name_hash(name, len);

	for (size_t i = 0; i < d->n; i++)
		if (d->v[i].hash == hash && d->v[i].len == len &&
		    memcmp(d->v[i].name, name, len) == 0)
			return &d->v[i];
	return NULL;
}

static struct fs_entry *
dir_find(const struct fs_dir *d, const char *name)
{
	return dir_find_n(d, name, strlen(name));
}

static void
dir_set(struct fs_dir *d, const char *name, struct fs_node *node)
{
	struct fs_entry *e = dir_find(d, name);

	if (e == NULL) {
		e = VEC_PUSH(d);
		e->name = name;
		e->len = (uint32_t)strlen(name);
		e->hash = name_hash(name, e->len);
	}
	e->node = node;
}

static void
dir_remove(struct fs_dir *d, const char *name)
{
	struct fs_entry *e = dir_find(d, name);

	if (e != NULL)
		*e = d->v[--d->n];
}

static void
dir_copy(struct fs_dir *to, const struct fs_dir *from)
{
	to->n = 0;
	for (size_t i = 0; i < from->n; i++)
		*VEC_PUSH(to) = from->v[i];
}

static void
dir_apply(struct fs_dir *d, const struct fs_op *op)
{
	if (op->from != NULL)
		dir_remove(d, op->from);
	if (op->to != NULL)
		dir_set(d, op->to, op->node);
}

void
fs_touch(struct fs_node *n)
{
	static uint64_t last;

	n->version = ++last;
	n->is_dirty = true;
	for (;; n = n->parent) {
		n->below = last;
		if (n->parent == n)
			return;
	}
}

static void
node_change(
    struct fs *fs, struct fs_node *dir, const char *from, const char *to, struct fs_node *node)
{
	struct fs_op *op = VEC_PUSH(&dir->ops);

	op->from = from != NULL ? fs_keep_name(fs, from) : NULL;
	op->to = to != NULL ? fs_keep_name(fs, to) : NULL;
	op->node = node;
	dir_apply(&dir->now, op);
	dir->mtime_ms = sim_wall_ms();
	fs_touch(dir);
	if (from != NULL)
		dir->removed = dir->version;
}

/* --- the tree --- */

static struct fs_node *
node_new(struct fs *fs, struct fs_node *parent, const char *name, bool is_dir)
{
	struct fs_node *n = fs_keep(fs, sizeof *n);

	*n = (struct fs_node){ .inode = ++fs->last_inode,
		.is_dir = is_dir,
		.mtime_ms = sim_wall_ms(),
		.data = BUF_INIT,
		.durable = BUF_INIT,
		.parent = parent != NULL ? parent : n,
		.name = fs_keep_name(fs, name) };
	*VEC_PUSH(&fs->nodes) = n;
	fs_touch(n);
	n->is_dirty = false;
	return n;
}

void
fs_init(struct fs *fs)
{
	struct fs_chunk *spare = fs->spare;

	*fs = (struct fs){ .spare = spare };
	fs->root = node_new(fs, NULL, "", true);
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
		free(n->now.v);
		free(n->synced.v);
		free(n->ops.v);
	}
	free(fs->nodes.v);
	free(fs->fds.v);
	while (fs->chunks != NULL) {
		struct fs_chunk *c = fs->chunks;

		fs->chunks = c->next;
		c->next = fs->spare;
		fs->spare = c;
	}
	*fs = (struct fs){ .spare = fs->spare };
}

struct fs_node *
fs_child(const struct fs_node *dir, const char *name)
{
	const struct fs_entry *e = dir_find(&dir->now, name);

	return e != NULL ? e->node : NULL;
}

int
fs_find(struct fs *fs, struct fs_node *dir, const char *name, struct fs_node **ret_dir,
    const char **ret_last, struct fs_node **ret)
{
	if (name[0] == '/')
		dir = fs->root;
	while (*name == '/')
		name++;
	for (;;) {
		size_t len = (size_t)(strchrnul(name, '/') - name);
		struct fs_node *next;

		if (!dir->is_dir)
			return -ENOTDIR;
		if (len >= 256)
			return -ENAMETOOLONG;
		if (len == 0 || (len == 1 && name[0] == '.')) {
			next = dir;
		} else if (len == 2 && name[0] == '.' && name[1] == '.') {
			next = dir->parent;
		} else {
			const struct fs_entry *e = dir_find_n(&dir->now, name, len);

			next = e != NULL ? e->node : NULL;
		}
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
	struct fs_node *n = node_new(fs, dir, name, is_dir);

	fs_link(fs, dir, name, n);
	return n;
}

void
fs_link(struct fs *fs, struct fs_node *dir, const char *name, struct fs_node *node)
{
	node->links++;
	node_change(fs, dir, NULL, name, node);
}

void
fs_unlink(struct fs *fs, struct fs_node *dir, const char *name)
{
	struct fs_entry *e = dir_find(&dir->now, name);

	e->node->links--;
	node_change(fs, dir, name, NULL, NULL);
}

void
fs_rename(
    struct fs *fs, struct fs_node *from, const char *name, struct fs_node *to, const char *new_name)
{
	struct fs_node *n = dir_find(&from->now, name)->node;
	struct fs_entry *over = dir_find(&to->now, new_name);

	if (over != NULL)
		over->node->links--;
	n->parent = to;
	n->name = fs_keep_name(fs, new_name);
	if (from == to) {
		node_change(fs, from, name, new_name, n);
		return;
	}
	node_change(fs, to, NULL, new_name, n);
	node_change(fs, from, name, NULL, NULL);
}

/* --- what survives --- */

void
fs_sync(struct fs_node *n)
{
	if (!n->is_dirty)
		return;
	if (n->is_dir) {
		for (size_t i = 0; i < n->ops.n; i++)
			dir_apply(&n->synced, &n->ops.v[i]);
		n->ops.n = 0;
	} else if (!n->is_lost) {
		buf_clear(&n->durable);
		buf_add_str(&n->durable, buf_str(&n->data));
	}
	n->is_dirty = n->is_lost;
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
	n->ops.n = 0;
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
			n->name = dir->now.v[i].name;
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

		n->links = 0;
		if (!n->is_dirty && !n->is_lost)
			continue;
		if (n->is_dir)
			cut_dir(n, mode);
		else
			cut_file(n, mode);
		fs_touch(n);
		n->removed = n->version;
		n->is_dirty = false;
	}
	count_links(fs->root);
}
