/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * io.h: the system calls that touch the store, behind one small struct.
 *
 * Everything durable goes through a `struct io *`: the real one (io_real()), the one that ends the
 * process at the n-th step (io_crash(), for the crash tests), or a simulated kernel.  Store code never
 * calls open(2) or rename(2) itself.
 *
 * Every call returns a value >= 0, or -errno.  Descriptors are close-on-exec from birth.  `dir` is a
 * directory descriptor of this io (or IO_CWD); names are relative to it.
 *
 * Steps: every call that changes something (open with IO_CREATE or IO_ENSURE, write, fsync, rename,
 * link, unlink, mkdir, truncate) is one step.  io_crash(n) counts them from 1 and _exit(IO_CRASH_EXIT)s
 * instead of carrying out step n: what was done stays, what follows never happened.
 */
#ifndef SYS_IO_H
#define SYS_IO_H

#include "base/base.h"
#include "base/vec.h"

#define IO_CWD        (-100)
#define IO_CRASH_EXIT 86

enum io_open {
	IO_READ = 1 << 0,
	IO_WRITE = 1 << 1,
	IO_CREATE = 1 << 2, /* O_CREAT | O_EXCL, mode 0600 */
	IO_DIR = 1 << 3,    /* a directory, for use as `dir` */
	IO_ENSURE = 1 << 5, /* O_CREAT without O_EXCL: for lock files */
	IO_APPEND = 1 << 6,
	/* Refuse links and what lies outside dir; never block (O_NONBLOCK). FIFOs, devices and
	 * directories are opened: look with fstat before reading. */
	IO_UNTRUSTED = 1 << 4,
};

enum probe { /* answer of a lock probe; unknown is never treated as free */
	PROBE_FREE = 1,
	PROBE_HELD,
	PROBE_UNKNOWN,
};

struct io_stat {
	bool is_regular, is_dir, is_link;
	uint64_t size, links, uid, dev, inode;
	uint32_t mode; /* permission bits */
	int64_t mtime_ms;
};

struct io;
struct io_ops {
	int (*open)(struct io *, int dir, const char *name, unsigned how);
	int (*close)(struct io *, int fd);
	ssize_t (*read)(struct io *, int fd, void *p, size_t n); /* at the descriptor's position */
	ssize_t (*write)(struct io *, int fd, const void *p, size_t n); /* may be short */
	int (*fsync)(struct io *, int fd);
	int (*truncate)(struct io *, int fd, uint64_t size);
	int (*fstat)(struct io *, int fd, struct io_stat *ret);
	int (*stat)(
	    struct io *, int dir, const char *name, struct io_stat *ret); /* of a link: itself */
	int (*rename)(
	    struct io *, int dir_from, const char *from, int dir_to, const char *to, bool replace);
	int (*link)(struct io *, int dir_from, const char *from, int dir_to, const char *to);
	int (*unlink)(struct io *, int dir, const char *name, bool is_dir);
	int (*mkdir)(struct io *, int dir, const char *name); /* mode 0700 */
	int (*list)(
	    struct io *, int dir, struct strvec *ret); /* names without . and .., unsorted */
	/* 0 taken, -EAGAIN somebody else holds it.  Held until the open file description is closed. */
	int (*lock)(struct io *, int fd);
	enum probe (*probe)(
	    struct io *, int dir, const char *name, int *ret_errno); /* does not take it */
	/* 0: nobody has the file open for writing; -EAGAIN: somebody has. */
	int (*quiet)(struct io *, int fd);
};

struct io {
	const struct io_ops *ops;
};

/* The kernel. */
struct io *io_real(void);

/* The kernel until step n, then _exit.  n == 0: never; io_crash_steps() tells how many were made. */
struct io *io_crash(uint64_t n);
uint64_t io_crash_steps(void);

/* io_crash(REEVE_CRASH_AT) when that variable is set and this is a test build, else io_real(). */
struct io *io_default(void);

#endif
