/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * git_worktree_prepare().  The administrative files are written here and not by git_worktree_add():
 * that call cannot be repeated, leaves halves behind when it fails, names its lock by an absolute
 * commondir (which keeps a repository from being moved) and syncs nothing.  gitrepository-layout(5) has
 * the four files; each is written when it is not what it should be, so making, completing and
 * repairing are the same steps:
 *
 *	1  the branch ref
 *	2  <gitdir>/worktrees/NAME/		and in it reeve-new when PATH holds nothing yet
 *	3  HEAD, commondir, gitdir in it
 *	4  PATH/.git
 *	5  the files and the index (git_fill.h), synced
 *	6  reeve-new goes
 *
 * The paths in commondir and PATH/.git are relative, so repository and worktrees may be moved together.
 * The one in gitdir is not: git 2.39 takes a relative one as relative to where it happens to be called,
 * lists the worktree wrongly, and git worktree prune removes it (measured).  It is written anew by the
 * next call, or by git itself, when it runs there and the file is older than a day.
 *
 * reeve-new means: no agent has ever worked here, so what a killed attempt left may be overwritten or
 * removed.  Without it every file in PATH is somebody's work and stays; files are written only when PATH
 * holds none at all.
 */
#include "base/base.h"

#include "effect/git_worktree.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "effect/git_fill.h"
#include "effect/git_place.h"
#include "effect/git_remove.h"
#include "effect/git_util.h"

/* 2: the administrative directory, ours by git_place_look(). */
static bool
git_worktree_admin(struct git_place *p, struct git_result *ret)
{
	int errnum;

	if (mkdir(p->worktrees, 0777) < 0 && errno != EEXIST) {
		git_util_fail_sys(ret, errno, "making %s", p->worktrees);
		return false;
	}
	if (mkdir(p->admin, 0777) == 0)
		p->made_admin = true;
	else if (errno != EEXIST) {
		git_util_fail_sys(ret, errno, "making %s", p->admin);
		return false;
	}
	if (p->is_empty && !p->is_new && !(p->has_link && p->has_head)) {
		errnum = git_place_write(p, GIT_PLACE_NEW, "reeve is making this worktree\n");
		if (errnum != 0) {
			git_util_fail_own_sys(ret, errnum, "writing %s/" GIT_PLACE_NEW, p->admin);
			return false;
		}
		p->is_new = true;
	}
	return true;
}

/* 3 and 4 */
static bool
git_worktree_files(struct git_place *p, const char *head, struct git_result *ret)
{
	_cleanup_(buf_release) struct buf gitdir = BUF_INIT, link = BUF_INIT, name = BUF_INIT;
	int errnum;

	buf_addf(&gitdir, "%s/.git\n", p->path);
	git_place_link(p, &link);
	buf_addf(&name, "%s/.git", p->path);
	errnum = git_place_write(p, "commondir", "../..\n");
	if (errnum == 0)
		errnum = git_place_write(p, "gitdir", gitdir.p);
	if (errnum == 0 && !p->has_head)
		errnum = git_place_write(p, "HEAD", head);
	if (errnum != 0) {
		git_util_fail_own_sys(ret, errnum, "writing the files of %s", p->admin);
		return false;
	}
	if (mkdir(p->path, 0777) == 0)
		p->made_path = true;
	else if (errno != EEXIST)
		errnum = errno;
	if (errnum == 0)
		errnum = git_place_put(name.p, link.p);
	if (errnum != 0)
		git_util_fail_sys(ret, errnum, "making %s", name.p);
	return errnum == 0;
}

/* A file in the administrative directory that cannot be read.  It may be another git's, so it is not taken away here;
 * once it is gone, it is made anew. */
static void
git_worktree_say_damaged(
    struct git_place *p, const char *name, const char *why, struct git_result *ret)
{
	git_util_say(ret, GIT_ANSWER_OWN,
	    "%s of the worktree %s cannot be read (%s): rm %s/%s; it is made anew, and the files "
	    "stay as they are",
	    name, p->path, why, p->admin, name);
}

/* The status of the worktree has just failed. */
static void
git_worktree_fail_status(struct git_place *p, struct git_result *ret)
{
	_cleanup_(free_charp) char *why = xstrdup(git_util_why());
	bool is_own = git_util_is_own();

	if (git_util_is_own_index()) {
		git_worktree_say_damaged(p, "index", why, ret);
		return;
	}
	git_util_fail(ret, "reading the status of %s", p->path);
	if (is_own)
		ret->answer = GIT_ANSWER_OWN;
}

/* Is HEAD in the form of one, whatever there is of what it names? */
static bool
git_worktree_is_head(const struct git_place *p)
{
	_cleanup_(buf_release) struct buf text = BUF_INIT;
	struct str s;
	git_oid id;
	int valid = 0;

	if (!git_util_line(p->admin, "HEAD", "", &text))
		return false;
	s = buf_str(&text);
	if (!str_starts(s, "ref: "))
		return s.len == GIT_OID_HEXSZ && git_oid_fromstr(&id, text.p) == 0;
	return git_reference_name_is_valid(&valid, text.p + strlen("ref: ")) == 0 && valid == 1;
}

/* The commit of HEAD, and the branch that it names.  False: *ret is the answer. */
static bool
git_worktree_head(struct git_place *p, git_repository *repo, const char *branch, git_oid *ret_id,
    struct buf *ret_branch, struct git_result *ret)
{
	bool is_head = git_worktree_is_head(p);
	int code = git_util_head_branch(repo, ret_branch);

	if (code == 0 && is_head && !str_is(buf_str(ret_branch), branch))
		return true; /* it should not be there: that there may be nothing is no matter */
	if (code == 0)
		code = git_reference_name_to_id(ret_id, repo, "HEAD");
	if (code < 0 && is_head)
		git_util_fail(ret, "reading HEAD of %s", p->path);
	else if (code < 0)
		git_worktree_say_damaged(p, "HEAD", git_util_why(), ret);
	return code == 0;
}

/* An index that is lost begins anew from HEAD; what the files differ by is then a change again. */
static bool
git_worktree_reindex(struct git_place *p, struct git_result *ret)
{
	AUTO_GIT(git_repository) *repo = NULL;
	AUTO_GIT(git_index) *index = NULL;
	AUTO_GIT(git_object) *tree = NULL;
	int code;

	if (!git_util_open(p->path, &repo, ret))
		return false;
	code = git_revparse_single(&tree, repo, "HEAD^{tree}");
	if (code == 0)
		code = git_repository_index(&index, repo);
	if (code == 0)
		code = git_index_read_tree(index, (git_tree *)tree);
	if (code == 0)
		code = git_index_write(index);
	if (code < 0)
		git_util_fail(ret, "making the index of %s again", p->path);
	return code == 0;
}

/* 5 and 6 */
static bool
git_worktree_checkout(struct git_place *p, struct git_result *ret)
{
	_cleanup_(free_charp) char *index = git_util_join(p->admin, "index");
	_cleanup_(free_charp) char *mark = git_util_join(p->admin, GIT_PLACE_NEW);
	int errnum;

	if (!p->is_new)
		return access(index, F_OK) == 0 || git_worktree_reindex(p, ret);
	if (!git_fill(p->repo, p->path, p->admin, ret))
		return false;
	/* once the answer is OK somebody works here: the mark must not come back after a power cut */
	errnum = unlink(mark) < 0 && errno != ENOENT ? errno : 0;
	if (errnum == 0)
		errnum = git_util_sync_dir(p->admin);
	if (errnum != 0)
		git_util_fail_sys(ret, errnum, "syncing %s", p->admin);
	return errnum == 0;
}

/* The branch at base_id, unless it exists.  A branch that some other worktree has is not for us. */
static bool
git_worktree_branch(struct git_place *p, const char *branch, const git_oid *base, bool *ret_made,
    struct git_result *ret)
{
	_cleanup_(buf_release) struct buf name = BUF_INIT, other = BUF_INIT;
	git_oid tip;
	int code = git_util_tip(p->repo, branch, &tip);

	*ret_made = false;
	buf_addf(&name, "refs/heads/%s", branch);
	if (code == GIT_ENOTFOUND) {
		code = git_util_ref_set(p->repo, name.p, base, NULL, "reeve: new ticket");
		*ret_made = code == 0;
		if (code < 0)
			git_util_fail_ref(ret, p->repo, code, name.p);
		if (code == GIT_ELOCKED) /* just this branch is */
			ret->answer = GIT_ANSWER_OWN;
		return code == 0;
	}
	if (code < 0) {
		git_util_fail_branch(ret, p->repo, p->repo_path, code, branch);
		return false;
	}
	(void)git_util_ref_settle(p->repo, name.p); /* what stays is told by the next change */
	if (git_place_branch_user(p, branch, &other)) {
		if (other.len > 5 && strcmp(other.p + other.len - 5, "/.git") == 0)
			buf_truncate(&other, other.len - 5); /* the worktree that a person knows */
		git_util_say(ret, GIT_ANSWER_OWN,
		    "branch \"%s\" is checked out in %s: switch that worktree to another branch, "
		    "or remove it",
		    branch, other.p);
		return false;
	}
	return true;
}

/* What this call began goes again: never anything that was there before. */
static void
git_worktree_undo(struct git_place *p, const char *branch, bool made_branch, const git_oid *base)
{
	_cleanup_(buf_release) struct buf name = BUF_INIT;

	/* what could not be removed carries reeve-new (or is empty) and is replaced by the next attempt */
	if (p->is_new && p->made_path)
		(void)git_util_remove_tree(AT_FDCWD, p->path);
	if (p->made_admin && (p->made_path || !p->has_path))
		(void)git_util_remove_tree(AT_FDCWD, p->admin);
	buf_addf(&name, "refs/heads/%s", branch);
	if (made_branch)
		(void)git_util_ref_delete(p->repo, name.p, base); /* if it is still there */
}

/* Read again, by libgit2, as everybody else will. */
static bool
git_worktree_verify(
    struct git_place *p, const char *branch, const git_oid *base, struct git_result *ret)
{
	AUTO_GIT(git_repository) *repo = NULL;
	_cleanup_(buf_release) struct buf head = BUF_INIT;
	git_oid id;
	int dirty;

	if (!git_util_open(p->path, &repo, ret))
		return false;
	if (!git_worktree_head(p, repo, branch, &id, &head, ret))
		return false;
	if (!str_is(buf_str(&head), branch) || (*branch == '\0' && !git_oid_equal(&id, base))) {
		git_util_say(ret, GIT_ANSWER_OWN,
		    "the worktree %s is on %s instead of %s: finish what goes on there (git -C %s "
		    "status) and switch it back",
		    p->path, head.len ? head.p : "a detached HEAD",
		    *branch ? branch : "the commit it was made for", p->path);
		return false;
	}
	dirty = p->is_new ? 0 : git_util_is_dirty(repo); /* just checked out */
	if (dirty < 0) {
		git_worktree_fail_status(p, ret);
		return false;
	}
	ret->answer = GIT_ANSWER_OK;
	ret->a = git_util_oid_of(&id);
	ret->flag = dirty > 0;
	return true;
}

/* The helper's own umask is that of a supervisor, which lets nobody in.  A worktree is for builds and
 * images as the main one is, and the directory it lies in is private anyway. */
static mode_t
git_worktree_umask(const struct git_place *p)
{
	struct stat st;

	if (stat(git_repository_commondir(p->repo), &st) < 0)
		return 077;
	return ~st.st_mode & 077;
}

static void
git_worktree_make(
    struct git_place *p, const char *branch, struct oid base_id, struct git_result *ret)
{
	AUTO_GIT(git_commit) *base_commit = NULL;
	_cleanup_(buf_release) struct buf head = BUF_INIT;
	bool made_branch = false;
	git_oid base;

	if (!git_util_oid(base_id, &base) || git_commit_lookup(&base_commit, p->repo, &base) < 0) {
		git_util_fail(ret, "reading the commit %s, which the work is to begin from, in %s",
		    base_id.hex, p->repo_path);
		return;
	}
	if (*branch) {
		buf_addf(&head, "ref: refs/heads/%s\n", branch);
		if (!git_worktree_branch(p, branch, &base, &made_branch, ret))
			return;
	} else {
		buf_addf(&head, "%s\n", git_util_oid_of(&base).hex);
	}
	if (!git_place_unlock(p, ret) || !git_worktree_admin(p, ret) ||
	    !git_worktree_files(p, head.p, ret) || !git_worktree_checkout(p, ret) ||
	    !git_worktree_verify(p, branch, &base, ret))
		git_worktree_undo(p, branch, made_branch, &base);
}

/* A removal that was killed, of a ticket that was opened again since.  What is out of the way was judged, or parked,
 * before; what is not stays, files and all. */
static bool
git_worktree_place(
    struct git_place *p, const char *repo_path, const char *path, struct git_result *ret)
{
	if (!git_place_open(p, repo_path, path, true, ret) || !git_place_look(p, ret))
		return false;
	if (!p->is_going)
		return true;
	if (!git_remove_all(p, NULL, ret))
		return false;
	git_place_release(p);
	return git_place_open(p, repo_path, path, true, ret) && git_place_look(p, ret);
}

void
git_worktree_prepare(const char *repo_path, const char *path, const char *branch,
    struct oid base_id, struct git_result *ret)
{
	_cleanup_(git_place_release) struct git_place p = GIT_PLACE_INIT;
	mode_t old;

	if (!git_worktree_place(&p, repo_path, path, ret))
		return;
	old = umask(git_worktree_umask(&p));
	git_worktree_make(&p, branch, base_id, ret);
	(void)umask(old);
}
