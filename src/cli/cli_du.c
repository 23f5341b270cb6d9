/* SPDX-License-Identifier: GPL-2.0-only */
#include "base/base.h"

#include "cli/cli_du.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#define DU_DEPTH 200 /* each level holds a descriptor */

struct du {
	uint32_t *left;
	bool is_partial;
	dev_t device;
};

static int64_t du_below(struct du *d, int fd, unsigned depth);

static int64_t
du_entry(struct du *d, int dir, const char *name, unsigned depth)
{
	struct stat st;
	int fd;

	if (*d->left == 0) {
		d->is_partial = true;
		return 0;
	}
	--*d->left;
	if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return 0; /* gone meanwhile */
	if (!S_ISDIR(st.st_mode) || st.st_dev != d->device)
		return S_ISDIR(st.st_mode) ? 0 : (int64_t)st.st_blocks * 512;
	fd = depth < DU_DEPTH ? openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
			      : -1;
	if (fd < 0) {
		d->is_partial = true;
		return (int64_t)st.st_blocks * 512;
	}
	return (int64_t)st.st_blocks * 512 + du_below(d, fd, depth + 1);
}

/* Takes fd. */
static int64_t
du_below(struct du *d, int fd, unsigned depth)
{
	DIR *dir = fdopendir(fd);
	struct dirent *de;
	int64_t sum = 0;

	if (dir == NULL) {
		(void)close(fd);
		d->is_partial = true;
		return 0;
	}
	while ((de = readdir(dir)) != NULL && !(*d->left == 0 && d->is_partial))
		if (strcmp(de->d_name, ".") != 0 && strcmp(de->d_name, "..") != 0)
			sum += du_entry(d, fd, de->d_name, depth);
	(void)closedir(dir);
	return sum;
}

int64_t
cli_du(const char *path, uint32_t *left, bool *ret_partial)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	struct du d = { .left = left };
	struct stat st;
	int64_t sum;

	if (fd < 0)
		return -1;
	if (fstat(fd, &st) < 0) {
		(void)close(fd);
		return -1;
	}
	d.device = st.st_dev;
	sum = (int64_t)st.st_blocks * 512 + du_below(&d, fd, 0);
	*ret_partial = d.is_partial;
	return sum;
}
