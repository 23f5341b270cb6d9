/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * spool_file.h: what spool.c, spool_refuse.c and spool_why.c share; for nobody else.
 */
#ifndef STORE_SPOOL_FILE_H
#define STORE_SPOOL_FILE_H

#include "base/buf.h"
#include "store/root.h"
#include "store/spool.h"

#define SPOOL_JSON ".json"
#define SPOOL_WHY  ".why"

bool spool_ends(const char *name, const char *suffix);

/* dir/name is the very file that st is of. */
bool spool_is_same(struct io *io, int dir, const char *name, const struct io_stat *st);

/* A link that fails so can be replaced by a rename: the file system, or a rule of the kernel for files of
 * others, knows no second names. */
bool spool_cannot_link(int r);

/* The n-th name to try in refused/ for the name in new/; and the one of its .why. */
void spool_refused_name(const char *name, unsigned n, struct buf *ret);
void spool_why_name(const char *refused_name, struct buf *ret);

/* Is new/name, of which st is, in refused/ already?  The name is appended to ret (may be NULL). */
bool spool_in_refused(struct root *r, const char *name, const struct io_stat *st, struct buf *ret);

/* The text of X.why: a line for each file that it is of, by their names in refused/; then the rest. */
void spool_why_add_file(const char *file, struct buf *ret);
void spool_why_dump(const struct refused *why, struct buf *ret);

/* Refused for the same reason, in the same words?  Names and times do not count. */
bool spool_why_is_same(const struct refused *a, const struct refused *b);

/* Reads the .why of refused/name: ERR_NOTFOUND, ERR_INVALID (torn, or of another file).  The caller releases
 * *ret, which was zeroed, in any case. */
int spool_why_read(struct root *r, const char *name, struct refused *ret);

/* The sweep's part for refused/. */
int spool_sweep_refused(struct root *r, struct err *err);

#endif
