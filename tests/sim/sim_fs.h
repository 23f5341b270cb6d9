/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * sim_fs.h: a file system in memory that forgets at a power cut what was not synced.
 *
 * A file has bytes, and the bytes of its last fsync.  A directory has entries, the entries of its last
 * fsync, and what was done to it since, in order.  fs_cut() makes the durable side of everything the only
 * one; what of the rest survives is its mode.
 *
 * A failed fsync of a file loses its bytes for good (fs_node.is_lost): a later fsync says "done", and the
 * power cut shows that it lied.  Nodes live as long as the file system.
 */
#ifndef SIM_FS_H
#define SIM_FS_H

#include "base/buf.h"
#include "base/vec.h"
#include "sys/io.h"

struct fs_node;
struct fs_entry {
	uint32_t hash, len; /* of the name: compared first */
	const char *name;   /* of the file system's own memory, as all names */
	struct fs_node *node;
};
struct fs_dir {
	struct fs_entry *v;
	size_t n, cap;
};
struct fs_op { /* one change of a directory: `from` goes, `to` is node */
	const char *from, *to;
	struct fs_node *node;
};

struct fs_desc { /* an open file description */
	struct fs_node *node;
	uint64_t pos;
	unsigned how, refs;
};

struct fs_node {
	uint64_t inode;
	bool is_dir, is_lost;
	bool is_dirty;    /* not all of it is durable */
	uint64_t version; /* another one after each change */
	uint64_t below;   /* the same, of all that is below it */
	uint64_t removed; /* version of a directory when a name in it went last */
	uint32_t links, writers;
	int64_t mtime_ms;
	struct fs_desc *locked; /* the description that has the lock */
	struct buf data, durable;
	struct fs_dir now, synced;
	struct {
		struct fs_op *v;
		size_t n, cap;
	} ops;
	struct fs_node *parent; /* and the name that it was made with or renamed to */
	const char *name;
};

struct fs_fd {
	struct fs_desc *desc; /* NULL: free */
	unsigned owner;
};

struct fs {
	struct fs_node *root;
	struct {
		struct fs_node **v;
		size_t n, cap;
	} nodes;
	struct {
		struct fs_fd *v;
		size_t n, cap;
	} fds;
	uint64_t last_inode;
	struct fs_chunk *chunks, *spare; /* memory of nodes and names */
};

enum fs_cut { FS_CUT_SYNCED, FS_CUT_ALL, FS_CUT_SOME };

/* Release keeps memory for the next init; versions go on. */
void fs_init(struct fs *fs);
void fs_release(struct fs *fs);

/* The directory that holds the last part of name, and what has that name (NULL: nothing).  -errno. */
int fs_find(struct fs *fs, struct fs_node *dir, const char *name, struct fs_node **ret_dir,
    const char **ret_last, struct fs_node **ret);

struct fs_node *fs_child(const struct fs_node *dir, const char *name); /* NULL: nothing */

struct fs_node *fs_make(struct fs *fs, struct fs_node *dir, const char *name, bool is_dir);
void fs_link(struct fs *fs, struct fs_node *dir, const char *name, struct fs_node *node);
void fs_unlink(struct fs *fs, struct fs_node *dir, const char *name);
/* In one directory it is one change, in two it is two. */
void fs_rename(struct fs *fs, struct fs_node *from, const char *name, struct fs_node *to,
    const char *new_name);
void fs_touch(struct fs_node *n); /* its bytes were changed */

void fs_sync(struct fs_node *n);
void fs_sync_all(struct fs *fs);
void fs_cut(struct fs *fs, enum fs_cut mode);

/* Descriptors, each of one owner (a process). */
#define FS_FD_FIRST 1000
int fs_fd_open(struct fs *fs, struct fs_node *node, unsigned how, unsigned owner);
struct fs_desc *fs_fd(struct fs *fs, int fd);          /* NULL: none */
int fs_fd_hand(struct fs *fs, int fd, unsigned owner); /* as fork() does */
void fs_fd_close(struct fs *fs, int fd);
void fs_fd_close_all(struct fs *fs, unsigned owner); /* the process ended */

#endif
