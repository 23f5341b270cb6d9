/* SPDX-License-Identifier: GPL-2.0-only */
#include "base/base.h"

#include "cli/cli_git_view.h"

#include <errno.h>
#include <ftw.h>

#include "sys/file.h"

#define VIEW_DEPTH 8 /* descriptors while it is removed */

static int
view_remove_one(const char *path, const struct stat *st, int type, struct FTW *at)
{
	(void)st;
	(void)type;
	(void)at;
	(void)remove(path); /* what stays is in the temporary directory of the user */
	return 0;
}

void
git_view_close(struct git_view *v)
{
	if (v->dir.len > 0)
		(void)nftw(v->dir.p, view_remove_one, VIEW_DEPTH, FTW_DEPTH | FTW_PHYS);
	buf_release(&v->dir);
}

/* Where its objects are. */
static int
view_objects(const char *repo, struct buf *ret, struct err *err)
{
	static const char *const words[] = { "rev-parse", "--path-format=absolute", "--git-path",
		"objects", NULL };
	int e = git_read(repo, words, ret, err);

	if (e < 0)
		return e;
	if (ret->len > 0 && ret->p[ret->len - 1] == '\n')
		buf_truncate(ret, ret->len - 1);
	if (ret->p[0] != '/' || memchr(ret->p, '\n', ret->len) != NULL)
		return err_set(err, ERR_INVALID,
		    "the objects of %s are at a path that git cannot be told", repo);
	buf_addch(ret, '\n');
	return 0;
}

static int
view_fill(int dir, struct oid any, struct str objects, struct err *err)
{
	static const char *const dirs[] = { "objects", "objects/info", "refs" };
	bool is_long = strlen(any.hex) > 40;
	struct io *io = io_real();
	int e = 0;

	for (size_t i = 0; e == 0 && i < ARRAY_LEN(dirs); i++)
		e = file_ensure_dir(io, dir, dirs[i], err);
	if (e == 0)
		e = file_append(io, dir, "HEAD", STR("ref: refs/heads/none\n"), err);
	if (e == 0)
		e = file_append(io, dir, "config",
		    is_long ? STR("[core]\n\trepositoryformatversion = 1\n\tbare = true\n"
				  "[extensions]\n\tobjectformat = sha256\n")
			    : STR("[core]\n\trepositoryformatversion = 0\n\tbare = true\n"),
		    err);
	if (e == 0)
		e = file_append(io, dir, "objects/info/alternates", objects, err);
	return e;
}

int
git_view_open(const char *repo, struct oid any, struct git_view *ret, struct err *err)
{
	const char *tmp = getenv("TMPDIR");
	_cleanup_(buf_release) struct buf objects = BUF_INIT;
	_cleanup_(close_fd) int fd = -1;
	int e = view_objects(repo, &objects, err);

	if (e < 0)
		return e;
	buf_addf(&ret->dir, "%s/reeve-view-XXXXXX", tmp != NULL && tmp[0] == '/' ? tmp : "/tmp");
	if (mkdtemp(ret->dir.p) == NULL) {
		(void)err_sys(err, errno, "cannot make a temporary directory %s", ret->dir.p);
		buf_release(&ret->dir);
		return ERR_IO;
	}
	fd = file_open_dir(io_real(), IO_CWD, ret->dir.p, err);
	e = fd < 0 ? fd : view_fill(fd, any, buf_str(&objects), err);
	if (e < 0)
		git_view_close(ret);
	return e;
}

int
git_view_run(const struct git_view *v, const struct git_run *run, const char *const *words,
    struct buf *ret, int *ret_status, struct err *err)
{
	_cleanup_(strvec_release) struct strvec all = STRVEC_INIT;
	_cleanup_(buf_release) struct buf option = BUF_INIT;
	struct git_run here = *run;

	buf_addf(&option, "--git-dir=%s", v->dir.p);
	strvec_push(&all, option.p);
	for (; *words != NULL; words++)
		strvec_push(&all, *words);
	here.path = v->dir.p;
	return git_run(&here, (const char *const *)all.v, ret, ret_status, err);
}

int
git_view_read(const struct git_view *v, size_t max, const char *const *words, struct buf *ret,
    struct err *err)
{
	int status = 0;
	int e = git_view_run(v, &(struct git_run){ .max = max }, words, ret, &status, err);

	return e == 0 && status != 0 ? ERR_EXTERNAL : e;
}
