/* SPDX-License-Identifier: GPL-2.0-only */
#include "base/base.h"

#include "effect/git_prune.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "effect/git_prune_judge.h"
#include "effect/git_remove.h"
#include "effect/git_worktree.h"
#include "sys/file.h"

#define GIT_PRUNE_TOLD ".reeve-pruned" /* "REV BRANCH SALVAGE": of b and a, or "-" */

/* --- what the answer tells, and nothing else would once the branch is gone --- */

static void
git_prune_recall_one(struct git_prune *g, struct str word, struct oid *ret)
{
	git_oid id;
	char hex[GIT_OID_HEXSZ + 1];

	if (oid_is_set(*ret) || word.len != GIT_OID_HEXSZ)
		return;
	(void)snprintf(hex, sizeof hex, "%.*s", STR_FMT(word));
	if (git_oid_fromstr(&id, hex) == 0 && git_prune_is_kept(g, &id) == 1)
		*ret = git_util_oid_of(&id);
}

/* Of an earlier try of this order: from the mark, while that has it.  What no ref keeps is none of it, whoever wrote
 * that. */
static void
git_prune_recall(struct git_prune *g, const struct git_place *p)
{
	_cleanup_(free_charp) char *gone = git_remove_gone(p->path);
	_cleanup_(buf_release) struct buf line = BUF_INIT, prefix = BUF_INIT;
	struct str rest, word;

	buf_addf(&prefix, "%llu ", (unsigned long long)g->o->rev);
	if (p->has_path || (!git_util_line(p->admin, GIT_PLACE_GONE, prefix.p, &line) &&
			       !git_util_line(gone, GIT_PRUNE_TOLD, prefix.p, &line)))
		return;
	rest = buf_str(&line);
	(void)str_cut(&rest, ' ', &word);
	git_prune_recall_one(g, word, &g->ret->b);
	git_prune_recall_one(g, rest, &g->ret->a);
}

/* The directory itself, whatever else is called so; a worker may have let nobody write there.  -1: errno. */
static int
git_prune_open_gone(const char *gone)
{
	struct stat st;
	int fd;

	if (lstat(gone, &st) == 0 && !S_ISDIR(st.st_mode) && unlink(gone) < 0)
		return -1;
	if (mkdir(gone, 0777) < 0 && errno != EEXIST)
		return -1;
	fd = git_util_open_dir(AT_FDCWD, gone);
	if (fd >= 0)
		(void)fchmod(fd, 0700);
	return fd;
}

/* In the directory that goes last, by git_prune_rest(); durable.  PATH is out of the way. */
static bool
git_prune_tell(struct git_prune *g, const struct git_place *p, struct str line)
{
	_cleanup_(free_charp) char *gone = git_remove_gone(p->path);
	_cleanup_(free_charp) char *above = xstrndup(gone, (size_t)(strrchr(gone, '/') - gone));
	_cleanup_(buf_release) struct buf path = BUF_INIT, tmp = BUF_INIT;
	_cleanup_(close_fd) int fd = git_prune_open_gone(gone);
	int errnum = fd < 0 ? errno : 0;

	buf_addf(&path, "/proc/self/fd/%d/" GIT_PRUNE_TOLD, fd);
	buf_addf(&tmp, "%s.reeve-tmp", path.p);
	if (errnum == 0) /* whatever a worker called so */
		errnum = git_util_remove_tree(fd, GIT_PRUNE_TOLD);
	if (errnum == 0)
		errnum = git_util_remove_tree(fd, GIT_PRUNE_TOLD ".reeve-tmp");
	if (errnum == 0)
		errnum = git_util_write(path.p, tmp.p, line);
	if (errnum == 0 && fsync(fd) < 0)
		errnum = errno;
	if (errnum == 0)
		errnum = git_util_sync_dir(above);
	if (errnum != 0)
		git_util_fail_sys(
		    g->ret, errnum, "noting down what is parked in %s/" GIT_PRUNE_TOLD, gone);
	return errnum == 0;
}

/* What is to be told of it; empty: nothing, or nothing goes that could tell it. */
static void
git_prune_note(struct git_prune *g, struct git_prune_tree *t, struct buf *ret)
{
	if (g->o->what != PRUNE_WORK || *t->branch == '\0')
		return;
	git_prune_recall(g, &t->place);
	if (t->ref || t->place.has_path)
		buf_addf(ret, "%llu %s %s\n", (unsigned long long)g->o->rev,
		    oid_is_set(g->ret->b) ? g->ret->b.hex : "-",
		    oid_is_set(g->ret->a) ? g->ret->a.hex : "-");
}

/* All is judged, and parked.  The note is in the mark while the branch goes, where no file of a worker is in its way, and
 * in .gone-NAME when the mark goes; without an administrative directory there is no mark.  False: *ret is the answer. */
static bool
git_prune_go(struct git_prune *g, struct git_prune_tree *t)
{
	_cleanup_(buf_release) struct buf line = BUF_INIT;
	struct git_place *p = &t->place;

	git_prune_note(g, t, &line);
	if (!git_remove_away(p, line.len > 0 ? line.p : NULL, g->ret))
		return false;
	if (line.len > 0 && !p->has_admin && !git_prune_tell(g, p, buf_str(&line)))
		return false;
	if (!git_remove_ref(p, t->ref, g->ret))
		return false;
	if (line.len > 0 && p->has_admin && !git_prune_tell(g, p, buf_str(&line)))
		return false;
	return git_remove_record(p, g->ret);
}

/* 1: it went; 0: it stays (told); -1. */
static int
git_prune_tree(struct git_prune *g, const char *path, const char *branch, uint32_t n)
{
	_cleanup_(git_prune_tree_release) struct git_prune_tree t = { .branch = branch, .n = n };
	struct git_place *p = &t.place;
	int code = git_prune_judge(g, &t, path), slow;

	slow = code > 0 ? git_remove_prepare(p, g->ret) : 0;
	if (slow < 0)
		return -1;
	if (slow > 0) { /* somebody may have saved a file meanwhile */
		git_prune_tree_release(&t);
		t = (struct git_prune_tree){ .branch = branch, .n = n };
		code = git_prune_judge(g, &t, path);
	}
	if (code <= 0)
		return code;
	if (p->has_path)
		git_prune_say(g, "removed", p->path, NULL);
	if (t.ref)
		git_prune_say(g, "removed", git_reference_name(t.ref), git_reference_target(t.ref));
	return git_prune_go(g, &t) ? 1 : -1;
}

static void
git_prune_review(const struct git_prune_order *o, uint32_t n, struct buf *ret)
{
	buf_clear(ret);
	buf_addf(ret, "%s%s%u", o->worktree, o->review, n);
}

/* Those of reviewers that never began, or whose files could not be saved.  One that stays stops nothing but a removal
 * that was asked for. */
static int
git_prune_reviews(struct git_prune *g)
{
	int code = 1;

	for (uint32_t n = 1; n <= g->o->ep.n && code > 0; n++) {
		_cleanup_(buf_release) struct buf path = BUF_INIT;

		git_prune_review(g->o, n, &path);
		if (access(path.p, F_OK) < 0)
			continue;
		code = git_prune_tree(g, path.p, "", n);
		if (code <= 0 && g->o->what == PRUNE_UNSET)
			code = 1;
	}
	return code;
}

void
git_prune(const char *repo_path, const struct git_prune_order *o, struct git_result *ret)
{
	_cleanup_(
	    git_prune_release) struct git_prune g = { .repo_path = repo_path, .o = o, .ret = ret };

	if (!git_prune_open(&g))
		return;
	if (o->what != PRUNE_REFS && (git_prune_reviews(&g) <= 0 ||
					 git_prune_tree(&g, o->worktree, o->branch, o->ep.n) <= 0))
		return;
	if (o->what != PRUNE_UNSET && !git_prune_refs(&g))
		return;
	ret->answer = GIT_ANSWER_OK;
	ret->flag = true;
	buf_clear(&ret->text);
	if (o->what != PRUNE_UNSET)
		buf_add_str(&ret->text, buf_str(&g.said));
}

/* Killed right after the rename: the branch is still there, and goes if it may.  Without the mark the rest is that of an
 * earlier worktree: what git has of this one is judged, too, and stays if somebody has only moved the files. */
static bool
git_prune_rest_tree(struct git_prune *g, const char *path, const char *branch, uint32_t n)
{
	_cleanup_(git_place_release) struct git_place p = GIT_PLACE_INIT;
	int code;

	if (!git_place_open(&p, g->repo_path, path, false, g->ret) || !git_place_look(&p, g->ret))
		return false;
	if (p.has_path || !p.has_admin)
		return true;
	if (!g->repo && !git_prune_open(g))
		return false;
	code = git_prune_tree(g, path, branch, n);
	if (code == 0 && p.is_going && !git_remove_is_locked(&p)) /* but its branch stays */
		return git_remove_record(&p, g->ret);
	return code >= 0;
}

/* .gone-NAME last: it is what tells that the directory of git may be there as well. */
static bool
git_prune_rest_of(struct git_prune *g, const char *path, const char *branch, uint32_t n)
{
	return !git_remove_has_rest(path) ||
	       (git_prune_rest_tree(g, path, branch, n) && git_remove_rest(path, g->ret));
}

/* Of a gate: nobody has worked there. */
static bool
git_prune_rest_gate(struct git_prune *g)
{
	_cleanup_(buf_release) struct buf path = BUF_INIT;

	if (!g->o->gate)
		return true;
	buf_addf(&path, "%s%s", g->o->worktree, g->o->gate);
	return !git_remove_has_rest(path.p) ||
	       (git_remove_admin(g->repo_path, path.p, g->ret) && git_remove_rest(path.p, g->ret));
}

void
git_prune_rest(const char *repo_path, const struct git_prune_order *o, struct git_result *ret)
{
	_cleanup_(
	    git_prune_release) struct git_prune g = { .repo_path = repo_path, .o = o, .ret = ret };

	for (uint32_t n = 1; n <= o->ep.n; n++) {
		_cleanup_(buf_release) struct buf path = BUF_INIT;

		git_prune_review(o, n, &path);
		if (!git_prune_rest_of(&g, path.p, "", n))
			return;
	}
	/* that of the author last: it is what tells that there is a rest */
	if (git_prune_rest_gate(&g) && git_prune_rest_of(&g, o->worktree, o->branch, o->ep.n)) {
		ret->answer = GIT_ANSWER_OK;
		ret->flag = true;
		buf_clear(&ret->text);
	}
}

void
git_prune_look(const char *worktree, struct git_result *ret)
{
	AUTO_GIT(git_repository) *repo = NULL;
	AUTO_GIT(git_status_list) *list = NULL;
	git_status_options opts = GIT_STATUS_OPTIONS_INIT;
	git_oid head;

	if (!git_util_open(worktree, &repo, ret))
		return;
	opts.flags = GIT_STATUS_OPT_INCLUDE_UNTRACKED;
	if (git_status_list_new(&list, repo, &opts) < 0) {
		git_util_fail(ret, "reading the status of %s", worktree);
		return;
	}
	if (git_reference_name_to_id(&head, repo, "HEAD") == 0)
		ret->a = git_util_oid_of(&head);
	git_util_say(ret, GIT_ANSWER_OK, "%zu", git_status_list_entrycount(list));
}
