/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * err.h: how a failure travels.
 *
 * A function that can fail returns 0, or one of the codes below, and takes a `struct err *` as its
 * last parameter.  The place that fails writes one sentence (what was being done, to what, why, what
 * to do next); each caller may put its own context in front.  On success the struct is untouched.
 * A NULL err is allowed: the sentence is dropped.
 *
 *	if (file_read(dir, name, &text, err) < 0)
 *		return err_prefix(err, "ticket %u", id);	(returns the code again)
 *
 * errno does not cross a function boundary; err_sys() turns it into code and words at once.
 * A refusal (a stale signal, an illegal command) is a value of the core, not an error.
 */
#ifndef BASE_ERR_H
#define BASE_ERR_H

#include "base/base.h"

enum err_code {
	ERR_NOTFOUND = -1, /* it is not there */
	ERR_INVALID = -2,  /* bad input: bytes, names, numbers, versions */
	ERR_CONFLICT = -3, /* compare-and-swap lost: somebody was first */
	ERR_BUSY = -4,     /* held by another process; try again */
	ERR_LIMIT = -5,    /* no space, no descriptors, over a cap of ours; try again later */
	ERR_IO = -6,       /* the kernel or the disk said no */
	ERR_EXTERNAL = -7, /* a program or library that we use failed */
};

struct err {
	int code;
	char text[600];
};
#define ERR_INIT                                                                                   \
	{                                                                                          \
		0, ""                                                                              \
	}

/* Writes the sentence and returns code. */
int err_set(struct err *err, int code, const char *fmt, ...) printf_like(3, 4);

/* As err_set; the code follows from errnum (ENOENT, EEXIST, EAGAIN, ENOSPC ...) and ": strerror" is appended. */
int err_sys(struct err *err, int errnum, const char *fmt, ...) printf_like(3, 4);

/* Puts "context: " in front of the sentence; returns err's code (ERR_IO for a NULL err). */
int err_prefix(struct err *err, const char *fmt, ...) printf_like(2, 3);

/* The code that stands for an errno value. */
int err_code_of(int errnum);

#endif
