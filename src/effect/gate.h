/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * gate.h: one command in a directory, with limits; its output is kept, and nothing of it is left.
 *
 *	gate_setup()		once, in the helper process
 *	gate_log_open()		a new file
 *	gate_run()		for each command; gate_log_quote() what it said last
 *	gate_log_close()
 *
 * The process becomes the parent of whatever a command orphans, and ends all of that after each command:
 * SIGTERM, then SIGKILL, until the kernel says that there is no child.  It is asked to end by SIGTERM, also
 * when its own parent ends: then the command is ended in the same way (GATE_STOPPED).  Only SIGKILL to it
 * leaves something behind: not the command itself, but what that started.  Those have the caller's tag in
 * their environment and the descriptors that the caller lets them inherit.
 *
 * Limits.  Time: of the machine that is awake or asleep.  Memory: RLIMIT_DATA of each process, that is its
 * private writable memory; unlike RLIMIT_AS it leaves programs alone that only reserve address space (node,
 * java), but not AddressSanitizer.  Who runs into it fails in its own way.  Output: the first and the last half
 * of so much is kept, the rest is counted; nobody is ended for it.
 *
 * What an end means:
 *
 *	exit status 0				PASSED
 *	exit status 1 to 125, 128 and above	FAILED; also a signal that a program raises itself (ABRT, SEGV)
 *	exit status 126, 127, no exec		UNRUN: there is nothing to be executed
 *	KILL, TERM, INT, HUP or QUIT, also as exit status 128 + n of a shell	LOST: somebody else ended it
 *	the time is over			OVER
 *	we could not start it			LOST
 */
#ifndef EFFECT_GATE_H
#define EFFECT_GATE_H

#include "base/buf.h"
#include "base/err.h"
#include "base/vec.h"

struct gate_log {
	int fd;
	uint64_t max;  /* bytes of each command that are kept */
	uint64_t from; /* where the output of the last command begins */
	bool is_short; /* something could not be written */
};
#define GATE_LOG_INIT                                                                              \
	{                                                                                          \
		-1, 0, 0, false                                                                    \
	}

/* A new file of this name, mode 0600.  ERR_CONFLICT, ERR_LIMIT, ERR_IO. */
int gate_log_open(const char *path, uint64_t max, struct gate_log *ret, struct err *err);
void gate_log_line(struct gate_log *log, const char *fmt, ...) printf_like(2, 3);
/* The end of the last command's output, whole lines, cleaned: at most so many, and so many bytes. */
void gate_log_quote(const struct gate_log *log, unsigned lines, size_t bytes, struct buf *ret);
void gate_log_close(struct gate_log *log); /* synced as far as possible */

struct gate_limits {
	int64_t ms;       /* 0: none */
	int64_t grace_ms; /* between SIGTERM and SIGKILL */
	uint64_t memory;  /* 0: none */
};

enum gate_end {
	GATE_PASSED = 1,
	GATE_FAILED,
	GATE_OVER,
	GATE_UNRUN,
	GATE_LOST,
	GATE_STOPPED,
};

struct gate_ended {
	enum gate_end end;
	int64_t ms;    /* how long it ran */
	char why[200]; /* "exit status 2", "took longer than 30 s" */
};

int gate_setup(struct err *err);

/* env: the whole environment.  Never fails otherwise than as said above. */
void gate_run(const struct strvec *argv, const char *dir, const struct strvec *env,
    const struct gate_limits *limits, struct gate_log *log, struct gate_ended *ret);

#endif
