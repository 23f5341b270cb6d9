/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * proc_stat.h: what /proc says about processes; the ground that proc.h stands on.
 *
 * Every answer is about the past: the pid may have ended, or be another process, when it is read.
 * Whoever acts on one opens a pidfd first and asks again.
 */
#ifndef SYS_PROC_STAT_H
#define SYS_PROC_STAT_H

#include "base/base.h"
#include "base/buf.h"
#include "base/err.h"
#include "sys/proc.h"

struct proc_stat {
	pid_t parent;
	uint64_t start; /* clock ticks since boot */
	uint64_t threads;
	bool has_ended; /* a zombie, and not just the first thread of a process that goes on */
	bool is_zombie; /* the first thread has ended */
	bool is_ending; /* on its way out: its memory is gone, its files may not be */
};

/* Reads /proc/PID/stat; ERR_NOTFOUND when there is no such process. */
int proc_stat_read(pid_t pid, struct proc_stat *ret, struct err *err);

/* All processes, sorted by pid.  ERR_IO when /proc is not that of our own processes: an empty answer
 * would read as "nobody is left". */
int proc_stat_list(struct pids *ret, struct err *err);

/* Appends a whole file of /proc.  0, or -errno. */
int proc_stat_slurp(const char *path, struct buf *ret);

#endif
