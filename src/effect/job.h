/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * job.h: a function that takes long runs in a forked child, with a deadline.
 *
 *	job_start()		the child runs fn(arg, out_fd) and exits 0 when fn returns
 *	job.fd readable		job_on_readable(), until it returns true (the child closed the pipe)
 *	job.due_boot_ms passed	job_kill(), then finish
 *	job_finish()		reaps; job.out is what fn wrote
 *	job_release()		whatever the state: kills, reaps, closes
 *
 * The child: dies with its parent (PR_SET_PDEATHSIG), leads its own process group, has default signal
 * handlers and an empty mask, and holds descriptors 0, 1, 2 (the first two /dev/null) and out_fd, no
 * other.  fn must not return values through memory, and not use what the parent's loop owns (libevent,
 * inotify).  The parent never blocks, except job_finish() and job_release() for the moment that a
 * child which closed its pipe, or was killed, needs to become a zombie.
 *
 * Failures of job_start(): ERR_LIMIT (no processes, no descriptors).  A child that crashed, was killed
 * or wrote more than JOB_OUTPUT_MAX is ERR_EXTERNAL of job_finish().
 */
#ifndef EFFECT_JOB_H
#define EFFECT_JOB_H

#include "base/buf.h"
#include "base/err.h"

#define JOB_OUTPUT_MAX (1024u * 1024u)

struct job {
	pid_t pid; /* 0: none */
	int pidfd; /* readable when it has ended */
	int fd;    /* its output, non-blocking */
	int64_t due_boot_ms;
	struct buf out;
	bool is_over;    /* too much output */
	bool was_killed; /* by job_kill() */
};
#define JOB_INIT                                                                                   \
	{                                                                                          \
		0, -1, -1, 0, BUF_INIT, false, false                                               \
	}

int job_start(void (*fn)(void *arg, int out_fd), void *arg, int64_t timeout_ms, struct job *ret,
    struct err *err);

/* Takes what is there to read.  True: that was all (end of file, an error, or over the cap). */
bool job_on_readable(struct job *j);

/* Has the deadline passed? */
bool job_is_due(const struct job *j);

/* SIGKILL to the process group.  Nothing for a job that has been reaped. */
void job_kill(struct job *j);

/* SIGTERM to the child, which may need a while to end what it started. */
void job_end(struct job *j);

/* Leaves the child to itself: it is asked to end, and nobody waits for it or hears what it answers. */
void job_leave(struct job *j);

/* Reaps.  0: the child exited 0 (*ret_status as of waitpid; 0 also when somebody else has reaped it,
 * because then only its output can tell).  ERR_EXTERNAL: how it ended, in words. */
int job_finish(struct job *j, int *ret_status, struct err *err);

void job_release(struct job *j);

#endif
