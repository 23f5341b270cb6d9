/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * file.h: whole files, made durable.
 *
 * Calling sequence of a durable change (git, nq and s6 do the same):
 *
 *	file_write_new()	temporary file, O_EXCL, all bytes, fsync
 *	file_rename()		over the old one, or as a new name only
 *	file_sync_dir()		the directory knows it after a power cut
 *
 * file_replace() and file_create() are the three in one.  After a failed write or fsync the temporary
 * file is abandoned and never synced again (a second fsync may lie); the caller writes a new one.
 *
 * Names may hold a '/': temporary file and sync are then those of the directory that holds the file.
 *
 * Failures: ERR_NOTFOUND, ERR_CONFLICT (name taken), ERR_LIMIT (no space, quota, descriptors), ERR_IO.
 */
#ifndef SYS_FILE_H
#define SYS_FILE_H

#include "base/buf.h"
#include "base/err.h"
#include "sys/io.h"

#define FILE_TMP_PREFIX ".tmp-" /* temporary files beside their target begin so */

/* Reads the whole file, at most max bytes (more: ERR_LIMIT). Appends to ret. */
int
file_read(struct io *io, int dir, const char *name, size_t max, struct buf *ret, struct err *err);

/* As file_read(), of a place where a stranger can put things: never waits, follows no link, and what is no plain
 * file is ERR_INVALID. */
int file_read_plain(
    struct io *io, int dir, const char *name, size_t max, struct buf *ret, struct err *err);

/* Reads its last bytes, at most max, of a file of the real kernel.  Appends to ret. */
int file_read_last(
    struct io *io, int dir, const char *name, size_t max, struct buf *ret, struct err *err);

/* Reads from an open descriptor to its end, at most max bytes (more: ERR_LIMIT). */
int file_read_fd(struct io *io, int fd, size_t max, struct buf *ret, struct err *err);

/* The same of a plain file that has so many bytes, by fstat: in one call, if it still has. */
int file_read_fd_sized(
    struct io *io, int fd, uint64_t size, size_t max, struct buf *ret, struct err *err);

/* A new file with these bytes, synced (its name is not durable until file_sync_dir).  On failure it is
 * removed again as far as possible. */
int file_write_new(struct io *io, int dir, const char *name, struct str bytes, struct err *err);

/* The three in one.  replace: over `name`, whatever it was.  create: ERR_CONFLICT when it exists.
 * When only the last step fails, the new file has its name, but may lose it in a power cut. */
int file_replace(struct io *io, int dir, const char *name, struct str bytes, struct err *err);
int file_create(struct io *io, int dir, const char *name, struct str bytes, struct err *err);

/* Appends bytes in one write, not synced; the file is made when missing. */
int file_append(struct io *io, int dir, const char *name, struct str bytes, struct err *err);

int file_rename(struct io *io, int dir_from, const char *from, int dir_to, const char *to,
    bool replace, struct err *err);
int file_unlink(struct io *io, int dir, const char *name, struct err *err);
int file_sync_dir(struct io *io, int dir, struct err *err);

/* mkdir that accepts an existing directory. */
int file_ensure_dir(struct io *io, int dir, const char *name, struct err *err);

/* A descriptor for use as `dir`, or a code. */
int file_open_dir(struct io *io, int dir, const char *name, struct err *err);

/* As file_open_dir(), one step into a place where a stranger can put things: `name` has no '/', no link is followed,
 * nothing is waited for, and what is no directory of the same file system is ERR_CONFLICT.  file_make_dir_plain()
 * makes it when nothing has the name. */
int file_open_dir_plain(struct io *io, int dir, const char *name, struct err *err);
int file_make_dir_plain(struct io *io, int dir, const char *name, struct err *err);

/* Something of any type has this name.  True also when the kernel will not tell: only a clear "no such
 * file" is false. */
bool file_exists(struct io *io, int dir, const char *name);

/* Appends the names in dir, sorted by bytes. */
int file_list(struct io *io, int dir, struct strvec *ret, struct err *err);

/* For _cleanup_(close_fd): closes a real descriptor >= 0. */
void close_fd(int *fd);
void io_close(struct io *io, int fd); /* nothing for fd < 0 */

#endif
