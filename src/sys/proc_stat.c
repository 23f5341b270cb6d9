/* SPDX-License-Identifier: GPL-2.0-only */
#include "base/base.h"
#include "sys/proc_stat.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>

#include "sys/file.h"

/* Most files of /proc fit: each read may show another moment. */
#define PROC_STAT_EXITING 0x4 /* PF_EXITING of the kernel: proc(5), field 9 */
#define PROC_STAT_STEP    ((size_t)32 * 1024)

void
pids_release(struct pids *p)
{
	free(p->v);
	*p = (struct pids){ NULL, 0, 0 };
}

int
proc_stat_slurp(const char *path, struct buf *ret)
{
	_cleanup_(close_fd) int fd = open(path, O_RDONLY | O_CLOEXEC);
	size_t start = ret->len;

	if (fd < 0)
		return -errno;
	for (;;) {
		ssize_t n;

		buf_grow(ret, PROC_STAT_STEP);
		n = read(fd, ret->p + ret->len, PROC_STAT_STEP);
		if (n == 0)
			return 0;
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			int errnum = errno;

			buf_truncate(ret, start);
			return -errnum;
		}
		ret->len += (size_t)n;
		ret->p[ret->len] = '\0';
	}
}

/* Takes the numbers from "PID (NAME) STATE PARENT ...", see proc(5).  The name may hold blanks and
 * parentheses; nothing behind it does. */
static bool
proc_stat_parse(struct str text, struct proc_stat *ret)
{
	const char *close = memrchr(text.p, ')', text.len);
	struct str word = { "", 0 };
	uint64_t parent = 0, flags = 0;
	char state = '\0';

	if (close == NULL || (size_t)(close - text.p) + 2 > text.len)
		return false;
	text = str_n(close + 2, text.len - (size_t)(close - text.p) - 2);
	for (int field = 3; field <= 22; field++) {
		(void)str_cut(&text, ' ', &word); /* a missing field is empty, and no number */
		if (field == 3 && word.len == 1)
			state = word.p[0];
		if (field == 4 && !str_u64(word, &parent))
			return false;
		if (field == 9 && !str_u64(word, &flags))
			return false;
		if (field == 20 && !str_u64(word, &ret->threads))
			return false;
		if (field == 22 && !str_u64(word, &ret->start))
			return false;
	}
	ret->parent = (pid_t)parent;
	ret->is_ending = (flags & PROC_STAT_EXITING) != 0;
	ret->is_zombie = state == 'Z' || state == 'X';
	ret->has_ended = ret->is_zombie && ret->threads <= 1;
	return true;
}

int
proc_stat_read(pid_t pid, struct proc_stat *ret, struct err *err)
{
	_cleanup_(buf_release) struct buf text = BUF_INIT;
	struct proc_stat st = { 0 };
	char path[64];
	int r;

	snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
	r = proc_stat_slurp(path, &text);
	if (r == -ENOENT || r == -ESRCH)
		return err_set(err, ERR_NOTFOUND, "process %d has ended", (int)pid);
	if (r < 0)
		return err_sys(err, -r, "cannot read %s", path);
	if (!proc_stat_parse(buf_str(&text), &st))
		return err_set(err, ERR_IO, "cannot understand %s: is /proc mounted?", path);
	*ret = st;
	return 0;
}

static int
proc_stat_compare(const void *a, const void *b)
{
	pid_t x = *(const pid_t *)a, y = *(const pid_t *)b;

	return (x > y) - (x < y);
}

int
proc_stat_list(struct pids *ret, struct err *err)
{
	struct pids all = { NULL, 0, 0 };
	struct dirent *entry;
	bool self = false;
	int errnum;
	DIR *stream = opendir("/proc");

	if (stream == NULL)
		return err_sys(err, errno, "cannot list the processes in /proc");
	while (errno = 0, (entry = readdir(stream)) != NULL) {
		uint64_t pid;

		if (!str_u64(str_of(entry->d_name), &pid) || pid == 0 || pid > INT32_MAX)
			continue;
		*VEC_PUSH(&all) = (pid_t)pid;
		self = self || (pid_t)pid == getpid();
	}
	errnum = errno;
	(void)closedir(stream); /* only read */
	if (errnum != 0 || !self) {
		pids_release(&all);
		if (errnum != 0)
			return err_sys(err, errnum, "cannot list the processes in /proc");
		return err_set(err, ERR_IO,
		    "cannot list the processes: /proc does not show this one (pid %d); mount proc "
		    "there",
		    (int)getpid());
	}
	qsort(all.v, all.n, sizeof *all.v, proc_stat_compare);
	for (size_t i = 0; i < all.n; i++)
		*VEC_PUSH(ret) = all.v[i];
	pids_release(&all);
	return 0;
}
