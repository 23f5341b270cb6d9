/* SPDX-License-Identifier: GPL-2.0-only */
/* Which way a file comes: git_fill.h has the rule. */
#include "base/base.h"

#include "effect/git_fill.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "effect/git_lfs.h"

GIT_UTIL_FREEP(git_odb_object)

static bool
git_fill_told(struct git_fill_hand *h, const struct git_fill_file *f)
{
	git_util_fail(&h->ret, "checking out %s in %s", f->want->path, h->c->path);
	return false;
}

static bool
git_fill_read(struct git_fill_hand *h, const struct git_fill_file *f, git_odb_object **ret)
{
	if (git_odb_read(ret, h->c->odb, &f->want->id) < 0)
		return git_fill_told(h, f);
	if (git_odb_object_type(*ret) == GIT_OBJECT_BLOB)
		return true;
	git_util_say(&h->ret, GIT_ANSWER_ENVIRONMENT,
	    "the commit is damaged: %s is no file in it; ask git fsck", f->want->path);
	return false;
}

static struct str
git_fill_data(git_odb_object *object)
{
	return str_n(git_odb_object_data(object), git_odb_object_size(object));
}

static bool
git_fill_blob(struct git_fill_hand *h, struct git_fill_file *f, const char *name,
    const struct git_smudge *smudge)
{
	AUTO_GIT(git_odb_object) *object = NULL;
	_cleanup_(buf_release) struct buf bytes = BUF_INIT;
	struct oid id = git_util_oid_of(&f->want->id);

	if (!git_fill_read(h, f, &object))
		return false;
	if (git_smudge_is_none(smudge))
		return git_fill_from_bytes(h, f, name, git_fill_data(object));
	buf_add_str(&bytes, git_fill_data(object));
	if (git_smudge_apply(smudge, id.hex, &bytes))
		return git_fill_from_bytes(h, f, name, buf_str(&bytes));
	git_util_say(&h->ret, GIT_ANSWER_ENVIRONMENT,
	    "%s of the commit cannot be written as its attribute working-tree-encoding=%s says: "
	    "correct it in .gitattributes",
	    f->want->path, smudge->encoding);
	return false;
}

static bool
git_fill_link(struct git_fill_hand *h, struct git_fill_file *f, const char *name)
{
	const struct timespec times[2] = { h->c->stamp, h->c->stamp };
	AUTO_GIT(git_odb_object) *object = NULL;
	_cleanup_(buf_release) struct buf target = BUF_INIT;

	if (!git_fill_read(h, f, &object))
		return false;
	buf_add_str(&target, git_fill_data(object));
	if (!h->c->has_links)
		return git_fill_from_bytes(h, f, name, buf_str(&target));
	if (symlinkat(target.p, h->to, name) < 0)
		return git_fill_fail(h, f, errno);
	(void)utimensat(h->to, name, times, AT_SYMLINK_NOFOLLOW); /* as git_fill_seal() */
	return fstatat(h->to, name, &f->st, AT_SYMLINK_NOFOLLOW) == 0 || git_fill_fail(h, f, errno);
}

/* A submodule is an empty directory until somebody asks for more. */
static bool
git_fill_submodule(struct git_fill_hand *h, struct git_fill_file *f, const char *name)
{
	if ((mkdirat(h->to, name, 0777) < 0 && errno != EEXIST) ||
	    fstatat(h->to, name, &f->st, AT_SYMLINK_NOFOLLOW) < 0)
		return git_fill_fail(h, f, errno);
	return true;
}

static bool
git_fill_lfs(struct git_fill_hand *h, struct git_fill_file *f, const char *name,
    const struct git_conversion *how)
{
	static const char mark[] = "version https://git-lfs.github.com/";
	AUTO_GIT(git_odb_object) *object = NULL;
	_cleanup_(buf_release) struct buf store = BUF_INIT;
	struct git_lfs pointer;
	struct str text;
	int code = 0;

	if (!git_fill_read(h, f, &object))
		return false;
	text = git_fill_data(object);
	if (!git_lfs_parse(text, &pointer)) {
		/* content from before git-lfs was told of it: git-lfs leaves that as it is, too */
		if (text.len > GIT_LFS_POINTER_MAX || !str_starts(text, mark))
			return git_fill_from_bytes(h, f, name, text);
		git_util_say(&h->ret, GIT_ANSWER_ENVIRONMENT,
		    "%s of the commit is a pointer of git-lfs in a form that reeve does not know",
		    f->want->path);
		return false;
	}
	if (pointer.size == 0)
		return git_fill_from_bytes(h, f, name, str_n("", 0));
	if (pointer.size != text.len) /* else it might be the pointer itself */
		code = git_fill_from_main(h, f, name, pointer.size);
	if (code == 0) {
		git_lfs_path(h->c->repo, &pointer, &store);
		code = git_fill_from_path(h, f, name, store.p, pointer.size);
	}
	if (code == 0 && how->skips)
		return git_fill_from_bytes(h, f, name, text);
	if (code == 0)
		git_util_say(&h->ret, GIT_ANSWER_ENVIRONMENT,
		    "the content of %s is kept by git-lfs and is not in this repository (%s is "
		    "missing): fetch it with git lfs fetch --all, then retry",
		    f->want->path, store.p);
	return code > 0;
}

/* What another program makes of the blob can only be taken from where it has been made. */
static bool
git_fill_program(struct git_fill_hand *h, struct git_fill_file *f, const char *name,
    const struct git_conversion *how)
{
	_cleanup_(buf_release) struct buf driver = BUF_INIT;
	int code = 0;

	if (f->have) {
		(void)pthread_mutex_lock(&h->c->lock);
		git_convert_driver_now(h->c->main, f->want->path, &driver);
		(void)pthread_mutex_unlock(&h->c->lock);
	}
	if (str_is(buf_str(&driver), how->driver))
		code = git_fill_from_main(h, f, name, GIT_FILL_ANY);
	if (code == 0)
		git_util_say(&h->ret, GIT_ANSWER_ENVIRONMENT,
		    "%s goes through the filter \"%s\" of .gitattributes, which is a program that "
		    "reeve does not run, and the main worktree has no unchanged copy of this "
		    "version: have a commit with it checked out there (git status clean), then "
		    "retry",
		    f->want->path, how->driver);
	return code > 0;
}

bool
git_fill_file(struct git_fill_hand *h, struct git_fill_file *f, const char *name)
{
	struct git_conversion how;
	int code = 0;

	if (S_ISLNK(f->want->mode))
		return git_fill_link(h, f, name);
	if (!S_ISREG(f->want->mode))
		return git_fill_submodule(h, f, name);
	if (!git_convert_of(&h->convert, f->want->path, &how, &h->ret))
		return false;
	if (how.kind == GIT_DRIVER_LFS)
		return git_fill_lfs(h, f, name, &how);
	if (how.kind == GIT_DRIVER_PROGRAM)
		return git_fill_program(h, f, name, &how);
	if (git_smudge_is_none(&how.smudge))
		code = git_fill_blob_from_main(h, f, name);
	return code == 0 ? git_fill_blob(h, f, name, &how.smudge) : code > 0;
}
