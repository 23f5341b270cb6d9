/* SPDX-License-Identifier: GPL-2.0-only */
/* Open file descriptions, and descriptors of them. */
#include "base/base.h"

#include "sim_fs.h"

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
