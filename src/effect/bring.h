/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * bring.h: a file or a directory is copied from one tree into another, and nothing leaves either of them.
 *
 *	bring_parent()	the directory that holds a path beneath a root, on both sides
 *	bring_copy()	the thing itself
 *
 * Somebody may have put symbolic links anywhere: no component of a path is followed through one (openat2), what
 * is copied is opened without following, and what is made is made new (O_EXCL).  A symbolic link in the source is
 * copied as the link that it is.
 *
 * Data is cloned (FICLONE) where the file system can, else copied in the kernel, else read and written.
 * Permissions and times of modification come along; owners, extended attributes and hard links do not.
 * Sockets, FIFOs and devices are passed over and counted.
 */
#ifndef EFFECT_BRING_H
#define EFFECT_BRING_H

#include "base/buf.h"

struct bring {
	size_t files, directories, links, skipped;
	uint64_t bytes;
	bool has_copied; /* some data could not be cloned */
	struct buf at;   /* after a failure: the path at which it was, below what was copied */
};
#define BRING_INIT                                                                                 \
	{                                                                                          \
		.at = BUF_INIT                                                                     \
	}

/* A descriptor of the directory that `path` (relative, without "..") is in, and its last component; or -errno:
 * -ELOOP for a symbolic link on the way.  may_make: missing directories are made. */
int bring_parent(int root, const char *path, bool may_make, const char **ret_name);

/* from_dir/name becomes to_dir/name, which must not exist.  0 or errno; what was made by then stays.  Missing:
 * ENOENT.  Of itself no file, directory or link: nothing is made, and b->skipped is 1. */
int bring_copy(int from_dir, int to_dir, const char *name, struct bring *b);

#endif
