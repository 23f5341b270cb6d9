/* SPDX-License-Identifier: GPL-2.0-only */
#include "base/base.h"
#include "sys/proc.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <sys/pidfd.h>
#include <sys/stat.h>

#include "sys/file.h"
#include "sys/proc_stat.h"

uint64_t
proc_start_time(pid_t pid)
{
	struct proc_stat st;

	return proc_stat_read(pid, &st, NULL) == 0 ? st.start : 0;
}

int
proc_open(pid_t pid, uint64_t start, struct err *err)
{
	_cleanup_(close_fd) int fd = pidfd_open(pid, 0);
	int open_fd;

	/* EINVAL: no number of a process, or that of a thread. */
	if (fd < 0 && (errno == ESRCH || errno == EINVAL))
		return err_set(err, ERR_NOTFOUND, "process %d has ended", (int)pid);
	if (fd < 0)
		return err_sys(err, errno, "cannot open process %d", (int)pid);
	/* Asked after the opening: while this start time is shown, the pid was not given away. */
	if (start == 0 || proc_start_time(pid) != start)
		return err_set(
		    err, ERR_NOTFOUND, "process %d has ended: the pid is another's now", (int)pid);
	open_fd = fd;
	fd = -1;
	return open_fd;
}

int
proc_signal(int pidfd, int sig, struct err *err)
{
	if (pidfd_send_signal(pidfd, sig, NULL, 0) < 0)
		return err_sys(err, errno, "cannot send signal %d to a process", sig);
	return 0;
}

bool
proc_is_gone(int pidfd)
{
	struct pollfd p = { .fd = pidfd, .events = POLLIN };
	int n;

	do
		n = poll(&p, 1, 0);
	while (n < 0 && errno == EINTR);
	if (n > 0 && (p.revents & POLLNVAL) != 0)
		BUG("descriptor %d is not open", pidfd);
	/* No answer is not "gone". */
	return n > 0 && (p.revents & (POLLIN | POLLHUP)) != 0;
}

struct proc_link {
	pid_t pid, parent;
	bool has_ended, is_found;
};

static int
proc_links(struct proc_link **ret, size_t *ret_n, struct err *err)
{
	struct pids all = { NULL, 0, 0 };
	int r = proc_stat_list(&all, err);

	if (r < 0)
		return r;
	*ret = xcalloc(all.n, sizeof **ret);
	*ret_n = 0;
	for (size_t i = 0; i < all.n && r == 0; i++) {
		struct proc_stat st;

		r = proc_stat_read(all.v[i], &st, err);
		if (r == ERR_NOTFOUND)
			r = 0;
		else if (r == 0)
			(*ret)[(*ret_n)++] =
			    (struct proc_link){ all.v[i], st.parent, st.has_ended, false };
	}
	pids_release(&all);
	if (r < 0) {
		free(*ret);
		*ret = NULL;
	}
	return r;
}

int
proc_descendants(pid_t pid, struct pids *ret, struct err *err)
{
	struct pids queue = { NULL, 0, 0 };
	struct proc_link *links = NULL;
	size_t n = 0;
	int r = proc_links(&links, &n, err);

	if (r < 0)
		return r;
	*VEC_PUSH(&queue) = pid;
	for (size_t i = 0; i < queue.n; i++) {
		for (size_t k = 0; k < n; k++) {
			/* is_found: /proc was read over time, so parents may even form a ring. */
			if (links[k].parent != queue.v[i] || links[k].is_found ||
			    links[k].pid == pid)
				continue;
			links[k].is_found = true;
			*VEC_PUSH(&queue) = links[k].pid;
			if (!links[k].has_ended)
				*VEC_PUSH(ret) = links[k].pid;
		}
	}
	free(links);
	pids_release(&queue);
	return 0;
}

/* True when the process runs a program of this base name. */
static bool
proc_runs(pid_t pid, const char *program)
{
	char link[64], target[PATH_MAX];
	struct str path;
	ssize_t n;

	snprintf(link, sizeof link, "/proc/%d/exe", (int)pid);
	n = readlink(link, target, sizeof target);
	if (n <= 0 || (size_t)n >= sizeof target)
		return false;
	path = str_n(target, (size_t)n);
	/* An upgrade replaces the file under a running program. */
	if (path.len > 10 && str_is(str_n(path.p + path.len - 10, 10), " (deleted)"))
		path.len -= 10;
	for (size_t i = path.len; i > 0; i--) {
		if (path.p[i - 1] == '/')
			return str_is(str_n(path.p + i, path.len - i), program);
	}
	return false;
}

static int
proc_env_value(pid_t pid, const char *name, struct buf *ret, struct err *err)
{
	_cleanup_(buf_release) struct buf env = BUF_INIT;
	struct str rest, entry;
	size_t len = strlen(name);
	char path[64];
	int r;

	snprintf(path, sizeof path, "/proc/%d/environ", (int)pid);
	r = proc_stat_slurp(path, &env);
	if (r < 0)
		return err_sys(err, -r, "cannot read %s", path);
	rest = buf_str(&env);
	while (str_cut(&rest, '\0', &entry) || entry.len > 0) {
		if (str_starts(entry, name) && entry.len > len && entry.p[len] == '=') {
			buf_add(ret, entry.p + len + 1, entry.len - len - 1);
			return 0;
		}
	}
	return err_set(
	    err, ERR_NOTFOUND, "process %d has no %s in its environment", (int)pid, name);
}

int
proc_ancestor_env(const char *program, const char *name, struct buf *ret, struct err *err)
{
	struct proc_stat st;
	pid_t pid = getpid();
	int r;

	/* Bounded: the chain is read over time and may not be one. */
	for (int i = 0; i < 4096; i++) {
		r = proc_stat_read(pid, &st, err);
		if (r < 0)
			return r;
		pid = st.parent;
		if (pid <= 0)
			break;
		if (proc_runs(pid, program))
			return proc_env_value(pid, name, ret, err);
	}
	return err_set(err, ERR_NOTFOUND, "this process was not started by %s", program);
}

int
proc_find_program(const char *name, const char *path_var, struct buf *ret, struct err *err)
{
	struct str rest = str_of(path_var != NULL ? path_var : "/bin:/usr/bin"), dir;
	_cleanup_(buf_release) struct buf path = BUF_INIT, unusable = BUF_INIT;
	bool has_slash = strchr(name, '/') != NULL, more = true;
	struct stat st;

	if (name[0] == '\0')
		return err_set(err, ERR_INVALID, "cannot run a program without a name");
	while (more) {
		buf_clear(&path);
		more = !has_slash && str_cut(&rest, ':', &dir);
		if (!has_slash) {
			buf_add_str(
			    &path, dir.len > 0 ? dir : STR(".")); /* empty: here, says POSIX */
			buf_addch(&path, '/');
		}
		buf_adds(&path, name);
		if (stat(path.p, &st) < 0)
			continue;
		if (S_ISREG(st.st_mode) && eaccess(path.p, X_OK) == 0) {
			buf_add_str(ret, buf_str(&path));
			return 0;
		}
		if (unusable.len == 0)
			buf_add_str(&unusable, buf_str(&path));
	}
	if (unusable.len > 0)
		return err_set(err, ERR_INVALID,
		    "cannot run %s: %s is no executable file; see chmod(1), or name another "
		    "program",
		    name, unusable.p);
	if (has_slash)
		return err_set(err, ERR_NOTFOUND, "cannot run %s: there is no such file", name);
	return err_set(err, ERR_NOTFOUND,
	    "cannot run %s: it is in no directory of PATH; install it, or give its whole path",
	    name);
}

int
proc_exe_dir(struct buf *ret, struct err *err)
{
	char target[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", target, sizeof target);
	struct str path = str_n(target, n > 0 ? (size_t)n : 0);

	if (n < 0)
		return err_sys(err, errno, "cannot find this program by /proc/self/exe");
	if ((size_t)n >= sizeof target || path.len == 0 || path.p[0] != '/')
		return err_set(
		    err, ERR_IO, "cannot find this program: /proc/self/exe names no file");
	while (path.len > 1 && path.p[path.len - 1] != '/')
		path.len--;
	buf_add(ret, path.p, path.len > 1 ? path.len - 1 : 1);
	return 0;
}
