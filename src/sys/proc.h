/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * proc.h: processes: start them, watch them, find them, end them.
 *
 * A pid alone is never trusted: it is opened as a pidfd first, then what it is said to be is checked
 * (it holds this lock file, carries this tag), and only then is it signalled through the pidfd.
 */
#ifndef SYS_PROC_H
#define SYS_PROC_H

#include "base/buf.h"
#include "base/err.h"
#include "base/vec.h"

struct pids {
	pid_t *v;
	size_t n;
	size_t cap;
};
void pids_release(struct pids *p);

/* Start time of a process in clock ticks since boot (field 22 of /proc/PID/stat); 0: no such process. */
uint64_t proc_start_time(pid_t pid);

/* A pidfd (close-on-exec) of pid if it still has this start time, else ERR_NOTFOUND. */
int proc_open(pid_t pid, uint64_t start, struct err *err);

/* Signals through a pidfd; ERR_NOTFOUND when it is gone. */
int proc_signal(int pidfd, int sig, struct err *err);

/* True when the process has ended (poll on the pidfd). */
bool proc_is_gone(int pidfd);

/* Processes that hold a lock of lock.h on the file (same device and inode) through a descriptor of theirs,
 * inherited or their own; this process excepted.  Having the file open is not enough.  A process whose
 * descriptors may not be read is skipped; *ret_hidden counts those of our own uid. */
int
proc_holders(uint64_t dev, uint64_t inode, struct pids *ret, size_t *ret_hidden, struct err *err);

/* Processes whose environment holds exactly "NAME=value", this process excepted. */
int proc_tagged(const char *assignment, struct pids *ret, struct err *err);

/* Signals every holder (or tagged process) after opening it and checking it again.  Returns how many
 * were signalled; their pids are appended to ret_pids (may be NULL).  One that may not be signalled does
 * not save the others: it is the error that is returned when all have had their turn. */
int
proc_kill_holders(uint64_t dev, uint64_t inode, int sig, struct pids *ret_pids, struct err *err);
int proc_kill_tagged(const char *assignment, int sig, struct pids *ret_pids, struct err *err);

/* The living descendants of pid, by /proc: a parent comes before its children; zombies are left out.
 * What is forked meanwhile may be missed: who wants an end to all of them asks until there are none. */
int proc_descendants(pid_t pid, struct pids *ret, struct err *err);

/* The value of NAME in the environment of the nearest ancestor of this process whose /proc/PID/exe has
 * the base name `program`; ERR_NOTFOUND when there is none. */
int proc_ancestor_env(const char *program, const char *name, struct buf *ret, struct err *err);

/*
 * Runs argv (found through PATH) without a shell, stdin from /dev/null, in a process group of its own,
 * and collects stdout: at most max bytes are appended to ret_out (may be NULL), the rest is read and
 * dropped.  cwd NULL: unchanged.
 *
 * 0: the program has ended, *ret_status (may be NULL) is as of waitpid.  When that is not 0, err holds
 * "PROGRAM: exit status N: last line of stderr" (ERR_EXTERNAL), for callers to whom it is a failure:
 *
 *	if (proc_run(&argv, dir, 5000, 4096, &out, &status, err) < 0 || status != 0)
 *		return err_prefix(err, "repository %s", name);
 *
 * ERR_NOTFOUND: no such program or directory.  ERR_INVALID: it is not executable.  ERR_EXTERNAL: not
 * ended after timeout_ms, and killed with its group (SIGKILL).  On failure ret_out is as it was.  A
 * process that the program left behind is not waited for.
 */
int proc_run(const struct strvec *argv, const char *cwd, int64_t timeout_ms, size_t max,
    struct buf *ret_out, int *ret_status, struct err *err);

/* The same with these bytes as its stdin: a file in memory, which it may leave unread.  ERR_LIMIT: there is no room
 * for them. */
int proc_run_input(const struct strvec *argv, const char *cwd, struct str input, int64_t timeout_ms,
    size_t max, struct buf *ret_out, int *ret_status, struct err *err);

/* Looks argv[0] up as execvp would, in path_var (NULL: as if PATH were not set); ERR_NOTFOUND /
 * ERR_INVALID (not executable) with a clear sentence. */
int proc_find_program(const char *name, const char *path_var, struct buf *ret, struct err *err);

/* Directory of the running executable, absolute. */
int proc_exe_dir(struct buf *ret, struct err *err);

#endif
