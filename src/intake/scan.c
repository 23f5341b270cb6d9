/* SPDX-License-Identifier: GPL-2.0-only */
#include "base/base.h"
#include "intake/scan.h"

#include <errno.h>

#include "codec/signal_json.h"
#include "store/spool.h"
#include "sys/file.h"

/* --- names --- */

struct scan_name {
	struct str of; /* what the name says it is about: a ticket's number, "cmd", or nothing */
	char *name;
	size_t turn; /* how many of the same are before it */
};

/* "<utc>Z.<ticket>.<...>" or "<utc>Z.cmd.<...>" (spool_new_id); all other names are one group. */
static struct str
scan_about(const char *name)
{
	struct str rest = str_of(name), field;

	while (str_cut(&rest, '.', &field)) {
		if (field.len > 0 && field.p[field.len - 1] == 'Z') {
			(void)str_cut(&rest, '.', &field);
			return field;
		}
	}
	return STR("");
}

static int
scan_compare_str(struct str a, struct str b)
{
	int r = memcmp(a.p, b.p, a.len < b.len ? a.len : b.len);

	return r != 0 ? r : (a.len > b.len) - (a.len < b.len);
}

static int
scan_by_group(const void *pa, const void *pb)
{
	const struct scan_name *a = pa, *b = pb;
	int r = scan_compare_str(a->of, b->of);

	return r != 0 ? r : strcmp(a->name, b->name);
}

static int
scan_by_turn(const void *pa, const void *pb)
{
	const struct scan_name *a = pa, *b = pb;

	if (a->turn != b->turn)
		return a->turn < b->turn ? -1 : 1;
	return strcmp(a->name, b->name);
}

int
scan_list(struct root *r, size_t max, struct strvec *ret, bool *ret_more, struct err *err)
{
	_cleanup_(strvec_release) struct strvec names = STRVEC_INIT;
	struct scan_name *list;
	int rc = r->io->ops->list(r->io, r->spool_new, &names); /* sorted below, not twice */

	if (rc < 0)
		return err_sys(err, -rc, "cannot list spool/new");
	list = xcalloc(names.n + 1, sizeof *list); /* never of no size */
	for (size_t i = 0; i < names.n; i++)
		list[i] = (struct scan_name){ scan_about(names.v[i]), names.v[i], 0 };
	qsort(list, names.n, sizeof *list, scan_by_group);
	for (size_t i = 1; i < names.n; i++) {
		if (str_eq(list[i].of, list[i - 1].of))
			list[i].turn = list[i - 1].turn + 1;
	}
	qsort(list, names.n, sizeof *list, scan_by_turn);
	for (size_t i = 0; i < names.n && i < max; i++)
		strvec_push_take(ret, list[i].name);
	for (size_t i = max; i < names.n; i++)
		free(list[i].name);
	*ret_more = names.n > max;
	names.n = 0; /* all were taken */
	free(list);
	return 0;
}

/* --- one file --- */

static enum scan_answer
scan_refuse(enum refusal why, enum refusal *ret_why, struct err *err, const char *text)
{
	*ret_why = why;
	(void)err_set(err, ERR_INVALID, "%s", text);
	return SCAN_REFUSED;
}

/* A second name: is it the one that filing it away gave it?  Applied: its bytes are known, and it will be
 * filed away to the end.  Refused: that was said; the next start removes the name in new/. */
static enum scan_answer
scan_links(struct root *r, const char *name, const struct io_stat *st, enum refusal *ret_why,
    struct err *err)
{
	struct io_stat done, now;
	int e;

	if (st->links == 0)
		return SCAN_GONE;
	if (st->links == 1)
		return SCAN_BYTES;
	if (st->links == 2) {
		e = r->io->ops->stat(r->io, r->spool_done, name, &done);
		if (e == 0 && done.dev == st->dev && done.inode == st->inode)
			return SCAN_BYTES;
		if (e == 0 || e == -ENOENT)
			e = spool_is_from_tmp(r, name, st, NULL);
		if (e != 0)
			return e < 0 ? SCAN_FAILED : SCAN_BYTES;
	}
	if (spool_is_filed(r, name))
		return SCAN_GONE;
	/* The other name went while we looked for it: somebody discarded it. */
	if (r->io->ops->stat(r->io, r->spool_new, name, &now) < 0 || now.links != st->links)
		return SCAN_LATER;
	return scan_refuse(REFUSAL_UNSAFE, ret_why, err,
	    "the file has a second name (a hard link), through which it could still change; write "
	    "a new file");
}

/* Is it a file that may be read at all?  SCAN_BYTES: yes. */
static enum scan_answer
scan_judge(struct root *r, const char *name, const struct io_stat *st, enum refusal *ret_why,
    struct err *err)
{
	if (st->is_link)
		return scan_refuse(REFUSAL_UNSAFE, ret_why, err,
		    "it is a symbolic link; write the bytes into spool/new themselves");
	if (!st->is_regular)
		return scan_refuse(REFUSAL_UNSAFE, ret_why, err,
		    st->is_dir ? "it is a directory" : "it is a pipe, socket or device");
	if (st->uid != geteuid())
		return scan_refuse(REFUSAL_UNSAFE, ret_why, err,
		    "the file belongs to another user; signals come from the owner of the store");
	if (st->size > SIGNAL_BYTES_MAX)
		return scan_refuse(REFUSAL_TOO_BIG, ret_why, err, "it is longer than 256 KiB");
	return scan_links(r, name, st, ret_why, err);
}

static enum scan_answer
scan_read(struct root *r, int fd, const char *name, struct buf *ret, enum refusal *ret_why,
    struct err *err)
{
	size_t start = ret->len;
	struct io_stat before, after;
	enum scan_answer answer;
	int rc;

	if (r->io->ops->fstat(r->io, fd, &before) < 0)
		return SCAN_FAILED;
	answer = scan_judge(r, name, &before, ret_why, err);
	if (answer != SCAN_BYTES)
		return answer;
	if (r->io->ops->quiet(r->io, fd) < 0)
		return SCAN_LATER;
	rc = file_read_fd(r->io, fd, SIGNAL_BYTES_MAX, ret, NULL);
	if (rc < 0) {
		buf_truncate(ret, start);
		return SCAN_FAILED; /* when it has grown too long, the next look says so */
	}
	/* The lease was for a moment: a writer may have come since. */
	if (r->io->ops->quiet(r->io, fd) == 0 && r->io->ops->fstat(r->io, fd, &after) == 0 &&
	    after.mtime_ms == before.mtime_ms && after.size == before.size &&
	    ret->len - start == after.size)
		return SCAN_BYTES;
	buf_truncate(ret, start);
	return SCAN_LATER;
}

enum scan_answer
scan_open(struct root *r, const char *name, struct buf *ret, enum refusal *ret_why, struct err *err)
{
	enum scan_answer answer;
	struct io_stat st;
	int rc, fd;

	/* Before it is opened: that would let a pipe's writer go on, and devices may do anything. */
	rc = r->io->ops->stat(r->io, r->spool_new, name, &st);
	if (rc == -ENOENT)
		return SCAN_GONE;
	if (rc < 0)
		return SCAN_FAILED;
	answer = scan_judge(r, name, &st, ret_why, err);
	if (answer != SCAN_BYTES)
		return answer;
	fd = r->io->ops->open(r->io, r->spool_new, name, IO_READ | IO_UNTRUSTED);
	if (fd == -ENOENT)
		return SCAN_GONE;
	if (fd == -ELOOP || fd == -EXDEV || fd == -ENXIO)
		return scan_refuse(REFUSAL_UNSAFE, ret_why, err,
		    "it is no plain file of this directory; write the bytes into spool/new "
		    "themselves");
	if (fd == -EACCES)
		return scan_refuse(REFUSAL_UNSAFE, ret_why, err,
		    "its mode does not let its owner read it; write it with mode 0600");
	if (fd < 0)
		return SCAN_FAILED;
	answer = scan_read(r, fd, name, ret, ret_why, err);
	io_close(r->io, fd);
	return answer;
}
