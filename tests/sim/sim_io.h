/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * sim_io.h: struct io over sim_fs.h, for one simulated process.
 *
 * A process that has ended goes on in the C code until it returns; nothing that it does has an effect any
 * more, every call fails with EIO.  So nothing has to be torn down, and nothing leaks.
 */
#ifndef SIM_IO_H
#define SIM_IO_H

#include "sim_fs.h"

enum sim_op {
	OP_OPEN = 1,
	OP_CREATE,
	OP_WRITE,
	OP_FSYNC,
	OP_TRUNCATE,
	OP_RENAME,
	OP_LINK,
	OP_UNLINK,
	OP_MKDIR,
	OP_READ,
	OP_STAT,
	OP_LIST,
	OP_PROBE,
};

struct sim_io {
	struct io io; /* first */
	struct fs *fs;
	unsigned owner; /* number of the process */
	bool is_dead;
	uint64_t steps;
	/* Before each call; may set is_dead.  0, -errno, or 1 for a short write. */
	int (*fault)(struct sim_io *, enum sim_op op, struct fs_node *dir, const char *name,
	    const struct fs_node *to_dir, const char *to);
};

void sim_io_init(struct sim_io *io, struct fs *fs, unsigned owner);

#endif
