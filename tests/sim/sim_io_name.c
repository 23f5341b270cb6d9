/* SPDX-License-Identifier: GPL-2.0-only */
/* Names in directories: what can be looked at, made, moved and removed by its name. */
#include "base/base.h"

#include "sim_io_parts.h"

#include <errno.h>

#include "sim.h"

int
sim_stat(struct io *io, int dir, const char *name, struct io_stat *ret)
{
	struct sim_io *s = sim_io_of(io);
	struct fs_node *d, *n;
	const char *last;
	int r = sim_io_reach(s, OP_STAT, dir, name, &d, &last, &n);

	if (r < 0)
		return r;
	if (n == NULL)
		return -ENOENT;
	sim_io_fill(n, ret);
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
	uint64_t before = s->fs->root->below;
	int r = 0;

	for (int i = 0; i < 2 && r == 0 && (i == 0 || s->fs->root->below != before); i++) {
		r = sim_io_find(s, dir_from, from, ret_from, ret_name, n);
		if (r == 0)
			r = sim_io_find(s, dir_to, to, ret_to, ret_new, ret_over);
		if (r == 0 && i == 0)
			r = sim_io_enter(s, op, *ret_from, *ret_name, *ret_to, *ret_new);
	}
	if (r == 0 && *n == NULL)
		r = -ENOENT;
	return r;
}

int
sim_rename(struct io *io, int dir_from, const char *from, int dir_to, const char *to, bool replace)
{
	struct sim_io *s = sim_io_of(io);
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
	fs_rename(s->fs, d, name, t, new_name);
	return 0;
}

int
sim_link(struct io *io, int dir_from, const char *from, int dir_to, const char *to)
{
	struct sim_io *s = sim_io_of(io);
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
	fs_link(s->fs, t, new_name, n);
	return 0;
}

int
sim_unlink(struct io *io, int dir, const char *name, bool is_dir)
{
	struct sim_io *s = sim_io_of(io);
	struct fs_node *d, *n;
	const char *last;
	int r = sim_io_reach(s, OP_UNLINK, dir, name, &d, &last, &n);

	if (r < 0)
		return r;
	if (n == NULL)
		return -ENOENT;
	if (n->is_dir != is_dir)
		return is_dir ? -ENOTDIR : -EISDIR;
	if (n->now.n > 0)
		return -ENOTEMPTY;
	fs_unlink(s->fs, d, last);
	return 0;
}

int
sim_mkdir(struct io *io, int dir, const char *name)
{
	struct sim_io *s = sim_io_of(io);
	struct fs_node *d, *n;
	const char *last;
	int r = sim_io_reach(s, OP_MKDIR, dir, name, &d, &last, &n);

	if (r < 0)
		return r;
	if (n != NULL)
		return -EEXIST;
	(void)fs_make(s->fs, d, last, true);
	return 0;
}

int
sim_list(struct io *io, int dir, struct strvec *ret)
{
	struct sim_io *s = sim_io_of(io);
	struct fs_desc *d = fs_fd(s->fs, dir);
	size_t first = ret->n;
	int r;

	if (s->is_dead || d == NULL)
		return s->is_dead ? -EIO : -EBADF;
	r = sim_io_enter(s, OP_LIST, d->node, NULL, NULL, NULL);
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

enum probe
sim_probe(struct io *io, int dir, const char *name, int *ret_errno)
{
	struct sim_io *s = sim_io_of(io);
	struct fs_node *d, *n;
	const char *last;
	int r = sim_io_reach(s, OP_PROBE, dir, name, &d, &last, &n);

	if (r == 0 && n == NULL)
		r = -ENOENT;
	if (r < 0) {
		*ret_errno = -r;
		return PROBE_UNKNOWN;
	}
	return n->locked != NULL ? PROBE_HELD : PROBE_FREE;
}
