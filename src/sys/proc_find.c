/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * proc_find.c: who holds a file, who carries a tag, and their end.
 *
 * Both questions are asked of /proc/PID; of a process whose first thread has ended while others go on,
 * they are asked of its threads, for then /proc/PID shows neither descriptors nor environment.
 */
#include "base/base.h"
#include "sys/proc.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <sys/pidfd.h>
#include <sys/stat.h>

#include "sys/file.h"
#include "sys/proc_stat.h"

#define FIND_TRIES  1000 /* looks at a process in the middle of an exec: some milliseconds */
#define FIND_CALM   10
#define FIND_ROUNDS 16 /* lists of /proc, until one has nobody new */

/* What is looked for: a lock on a file, or (tag not NULL) an environment entry. */
struct quarry {
	uint64_t dev, inode;
	const char *tag;
};

enum find {
	FIND_NO = 1,
	FIND_YES,
	FIND_HIDDEN, /* we may not look */
};

/* The process ended while it was looked at, or may not be looked at: both are answers. */
static int
find_refused(int errnum, enum find *ret, struct err *err, const char *path)
{
	switch (errnum) {
	case ENOENT:
	case ESRCH:
		*ret = FIND_NO;
		return 0;
	case EACCES:
	case EPERM:
		*ret = FIND_HIDDEN;
		return 0;
	default:
		return err_sys(err, errnum, "cannot look into %s", path);
	}
}

/* Does this open file hold an OFD lock?  fdinfo has a line "lock: 1: OFDLCK ..." then (proc(5)).  Who just
 * has the file open, to read or to probe it, is not a holder. */
static bool
find_has_lock(const char *task, const char *fd)
{
	_cleanup_(buf_release) struct buf info = BUF_INIT;
	char path[512];

	snprintf(path, sizeof path, "%s/fdinfo/%s", task, fd);
	return proc_stat_slurp(path, &info) == 0 && str_find(buf_str(&info), STR("OFDLCK")) >= 0;
}

static int
find_file(const char *task, const struct quarry *q, enum find *ret, struct err *err)
{
	char path[128];
	struct dirent *entry;
	enum find found = FIND_NO;
	int errnum;
	DIR *stream;

	snprintf(path, sizeof path, "%s/fd", task);
	stream = opendir(path);
	if (stream == NULL)
		return find_refused(errno, ret, err, path);
	while (errno = 0, found == FIND_NO && (entry = readdir(stream)) != NULL) {
		struct stat st;

		/* Follows the link to the open file itself, whatever became of its name. */
		if (fstatat(dirfd(stream), entry->d_name, &st, 0) == 0 && st.st_dev == q->dev &&
		    st.st_ino == q->inode && find_has_lock(task, entry->d_name))
			found = FIND_YES;
	}
	errnum = errno;
	(void)closedir(stream); /* only read */
	if (found == FIND_NO && errnum != 0)
		return find_refused(errnum, ret, err, path);
	*ret = found;
	return 0;
}

/*
 * In the moment of an exec a process shows no environment (or the first part of the old one): first no
 * arguments either, then only these.  What looks like that is believed when it stays so.  Kernel threads,
 * which have no executable, look like that always.
 */
static bool
find_is_settled(const char *task, const struct buf *env, int *calm)
{
	_cleanup_(buf_release) struct buf args = BUF_INIT;
	char path[128], first;

	if (env->len > 0 && env->p[env->len - 1] == '\0')
		return true;
	snprintf(path, sizeof path, "%s/exe", task);
	if (readlink(path, &first, 1) < 0)
		return true;
	snprintf(path, sizeof path, "%s/cmdline", task);
	if (proc_stat_slurp(path, &args) < 0)
		return true; /* it has ended */
	if (args.len > 0)
		(*calm)++;
	return *calm >= FIND_CALM;
}

static int
find_tag(const char *task, const struct quarry *q, enum find *ret, struct err *err)
{
	_cleanup_(buf_release) struct buf env = BUF_INIT;
	struct str rest, entry;
	char path[128];
	int r, calm = 0;

	snprintf(path, sizeof path, "%s/environ", task);
	for (int i = 0;; i++) {
		buf_clear(&env);
		r = proc_stat_slurp(path, &env);
		if (r < 0)
			return find_refused(-r, ret, err, path);
		if (find_is_settled(task, &env, &calm))
			break;
		if (i == FIND_TRIES) {
			*ret = FIND_HIDDEN;
			return 0;
		}
		(void)sched_yield(); /* never fails on Linux */
	}
	*ret = FIND_NO;
	rest = buf_str(&env);
	while (str_cut(&rest, '\0', &entry) || entry.len > 0) {
		if (str_is(entry, q->tag))
			*ret = FIND_YES;
	}
	return 0;
}

static int
find_in_task(const char *task, const struct quarry *q, enum find *ret, struct err *err)
{
	return q->tag != NULL ? find_tag(task, q, ret, err) : find_file(task, q, ret, err);
}

static int
find_in_threads(pid_t pid, const struct quarry *q, enum find *ret, struct err *err)
{
	char path[64], task[96];
	enum find found = FIND_NO;
	struct dirent *entry;
	DIR *stream;
	int r = 0;

	snprintf(path, sizeof path, "/proc/%d/task", (int)pid);
	stream = opendir(path);
	if (stream == NULL)
		return find_refused(errno, ret, err, path);
	while (r == 0 && found != FIND_YES && (entry = readdir(stream)) != NULL) {
		enum find one = FIND_NO;
		uint64_t tid;

		if (!str_u64(str_of(entry->d_name), &tid) || tid == (uint64_t)pid)
			continue;
		snprintf(task, sizeof task, "%s/%llu", path, (unsigned long long)tid);
		r = find_in_task(task, q, &one, err);
		if (one != FIND_NO)
			found = one;
	}
	(void)closedir(stream); /* only read */
	if (r == 0)
		*ret = found;
	return r;
}

static int
find_in_process(pid_t pid, const struct quarry *q, enum find *ret, struct err *err)
{
	struct proc_stat st;
	char task[64];
	int r = proc_stat_read(pid, &st, err);

	*ret = FIND_NO;
	if (r == ERR_NOTFOUND)
		return 0;
	if (r < 0)
		return r;
	/* Before the look, not after: a zombie's files are closed, but /proc hides that from us. */
	if (st.has_ended)
		return 0;
	if (st.is_zombie)
		return find_in_threads(pid, q, ret, err);
	snprintf(task, sizeof task, "/proc/%d", (int)pid);
	r = find_in_task(task, q, ret, err);
	if (r < 0 || *ret != FIND_HIDDEN)
		return r;
	/* It may have ended in between; then there was nothing to hide. */
	if (proc_stat_read(pid, &st, NULL) < 0 || st.has_ended)
		*ret = FIND_NO;
	return 0;
}

/* /proc/PID itself belongs to root when the process hides, so its status is asked. */
static bool
find_is_ours(pid_t pid)
{
	_cleanup_(buf_release) struct buf text = BUF_INIT;
	struct str rest, line, uid;
	char path[64];
	uint32_t value;

	snprintf(path, sizeof path, "/proc/%d/status", (int)pid);
	if (proc_stat_slurp(path, &text) < 0)
		return false;
	rest = buf_str(&text);
	while (str_cut(&rest, '\n', &line) || line.len > 0) {
		if (!str_starts(line, "Uid:\t"))
			continue;
		line = str_n(line.p + 5, line.len - 5);
		(void)str_cut(&line, '\t', &uid); /* the first of four: the real one */
		return str_u32(uid, &value) && value == getuid();
	}
	return false;
}

/* Is pid in the sorted list?  Asked in rising order; *at goes along. */
static bool
find_has(const struct pids *sorted, size_t *at, pid_t pid)
{
	while (*at < sorted->n && sorted->v[*at] < pid)
		(*at)++;
	return *at < sorted->n && sorted->v[*at] == pid;
}

/* Looks at the processes that are in now and were not in before; *ret_new counts them. */
static int
find_round(const struct quarry *q, const struct pids *before, const struct pids *now,
    struct pids *ret, size_t *hidden, size_t *ret_new, struct err *err)
{
	size_t at = 0;

	*ret_new = 0;
	for (size_t i = 0; i < now->n; i++) {
		enum find one = FIND_NO;
		int r;

		if (find_has(before, &at, now->v[i]) || now->v[i] == getpid())
			continue;
		(*ret_new)++;
		r = find_in_process(now->v[i], q, &one, err);
		if (r < 0)
			return r;
		if (one == FIND_YES)
			*VEC_PUSH(ret) = now->v[i];
		else if (one == FIND_HIDDEN && find_is_ours(now->v[i]))
			(*hidden)++;
	}
	return 0;
}

/*
 * All that match.  A process may fork and end between our listing it and looking at it, and its child
 * is on no list yet; so lists are made until one has nobody new.
 */
static int
find_all(const struct quarry *q, struct pids *ret, size_t *ret_hidden, struct err *err)
{
	struct pids before = { NULL, 0, 0 }, now = { NULL, 0, 0 }, found = { NULL, 0, 0 };
	size_t hidden = 0, fresh = 1;
	int r = 0;

	for (int i = 0; i < FIND_ROUNDS && fresh > 0 && r == 0; i++) {
		pids_release(&before);
		before = now;
		now = (struct pids){ NULL, 0, 0 };
		r = proc_stat_list(&now, err);
		if (r == 0)
			r = find_round(q, &before, &now, &found, &hidden, &fresh, err);
	}
	for (size_t i = 0; i < found.n && r == 0; i++)
		*VEC_PUSH(ret) = found.v[i];
	if (r == 0 && ret_hidden != NULL)
		*ret_hidden = hidden;
	pids_release(&before);
	pids_release(&now);
	pids_release(&found);
	return r;
}

int
proc_holders(uint64_t dev, uint64_t inode, struct pids *ret, size_t *ret_hidden, struct err *err)
{
	struct quarry q = { dev, inode, NULL };

	return find_all(&q, ret, ret_hidden, err);
}

int
proc_tagged(const char *assignment, struct pids *ret, struct err *err)
{
	struct quarry q = { 0, 0, assignment };

	return find_all(&q, ret, NULL, err);
}

/* 1: signalled, 0: it is gone or no longer what we look for. */
static int
find_kill_one(pid_t pid, const struct quarry *q, int sig, struct err *err)
{
	_cleanup_(close_fd) int fd = pidfd_open(pid, 0);
	enum find found;
	int r;

	if (fd < 0)
		return errno == ESRCH ? 0 : err_sys(err, errno, "cannot open process %d", (int)pid);
	/* From here on the signal can reach only the process that is looked at now, or nobody. */
	r = find_in_process(pid, q, &found, err);
	if (r < 0)
		return r;
	if (found != FIND_YES)
		return 0;
	r = proc_signal(fd, sig, err);
	if (r == ERR_NOTFOUND)
		return 0;
	return r < 0 ? r : 1;
}

static int
find_kill(const struct quarry *q, int sig, struct pids *ret_pids, struct err *err)
{
	struct pids found = { NULL, 0, 0 };
	struct err why = ERR_INIT;
	int r = find_all(q, &found, NULL, err), count = 0, failed = 0;

	if (r < 0)
		return r;
	/* One that cannot be signalled does not save the others. */
	for (size_t i = 0; i < found.n; i++) {
		r = find_kill_one(found.v[i], q, sig, &why);
		if (r < 0)
			failed = err_set(err, r, "process %d: %s", (int)found.v[i], why.text);
		if (r <= 0)
			continue;
		count++;
		if (ret_pids != NULL)
			*VEC_PUSH(ret_pids) = found.v[i];
	}
	pids_release(&found);
	return failed < 0 ? failed : count;
}

int
proc_kill_holders(uint64_t dev, uint64_t inode, int sig, struct pids *ret_pids, struct err *err)
{
	struct quarry q = { dev, inode, NULL };

	return find_kill(&q, sig, ret_pids, err);
}

int
proc_kill_tagged(const char *assignment, int sig, struct pids *ret_pids, struct err *err)
{
	struct quarry q = { 0, 0, assignment };

	return find_kill(&q, sig, ret_pids, err);
}
