/* SPDX-License-Identifier: GPL-2.0-only */
#include "base/base.h"

#include "effect/git_prune.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "effect/git_prune_refs.h"
#include "effect/git_remove.h"
#include "effect/git_submodule.h"
#include "effect/git_worktree.h"

#define GIT_PRUNE_TOLD ".reeve-pruned" /* "REV BRANCH SALVAGE": of b and a, or "-" */

/* One worktree, and what is known of it. */
struct git_prune_tree {
	struct git_place place;
	const char *branch; /* "": detached */
	uint32_t n;         /* episode whose work it holds */
	git_reference *ref; /* NULL: no such branch */
	git_oid head;
	bool has_head;
};

static void
git_prune_tree_release(struct git_prune_tree *t)
{
	git_reference_free(t->ref);
	git_place_release(&t->place);
}

/* HEAD of a worktree, also of one whose files are gone: then only a detached one can hold what no branch does. */
static bool
git_prune_head(struct git_prune_tree *t, struct git_result *ret)
{
	AUTO_GIT(git_repository) *repo = NULL;
	_cleanup_(buf_release) struct buf line = BUF_INIT;
	int code;

	if (!t->place.has_admin || t->place.is_new)
		return true;
	if (!t->place.has_path) {
		t->has_head = git_util_line(t->place.admin, "HEAD", "", &line) &&
			      git_oid_fromstr(&t->head, line.p) == 0;
		return true;
	}
	if (!git_util_open(t->place.path, &repo, ret))
		return false;
	code = git_reference_name_to_id(&t->head, repo, "HEAD");
	t->has_head = code == 0;
	if (code < 0 && code != GIT_ENOTFOUND)
		git_util_fail(ret, "reading HEAD of %s", t->place.path);
	return code == 0 || code == GIT_ENOTFOUND;
}

/* The commits of it: proved to be in the target, or (PRUNE_WORK) parked.  1; 0: they are a reason to stay (told); -1. */
static int
git_prune_commits(struct git_prune *g, struct git_prune_tree *t)
{
	const git_oid *tip = t->ref ? git_reference_target(t->ref) : NULL;
	int code = tip ? git_prune_is_proved(g, tip) : 1;

	if (code < 0)
		return -1;
	if (code == 0 && g->o->what != PRUNE_WORK) {
		git_remove_keep(g->ret, "%s",
		    g->no_proof.len > 0 ? g->no_proof.p
					: "its branch holds commits that have not landed");
		return 0;
	}
	if (code == 0 && !git_prune_park(g, tip, true))
		return -1;
	code = t->has_head ? git_prune_is_held(g, &t->head) : 1;
	if (code < 0)
		return -1;
	if (code == 0 && g->o->what != PRUNE_WORK) {
		git_remove_keep(g->ret, "its HEAD holds commits that have not landed");
		return 0;
	}
	return code > 0 || git_prune_park(g, &t->head, false) ? 1 : -1;
}

/* Its files, as far as they are not ignored: none that is not committed, or (PRUNE_WORK) parked.  As above. */
static int
git_prune_files(struct git_prune *g, struct git_prune_tree *t)
{
	_cleanup_(git_result_release) struct git_result r = GIT_RESULT_INIT;
	const struct git_place *p = &t->place;
	AUTO_GIT(git_repository) *repo = NULL;
	struct episode_id ep = { g->o->ep.ticket, t->n };
	int code;

	if (p->is_new || !p->has_path)
		return 1;
	if (!git_util_open(p->path, &repo, g->ret))
		return -1;
	code = git_util_is_dirty(repo);
	if (code < 0)
		git_util_fail(g->ret, "reading the status of %s", p->path);
	if (code <= 0)
		return code < 0 ? -1 : 1;
	if (g->o->what != PRUNE_WORK) {
		git_remove_keep(g->ret, "it holds uncommitted or untracked files");
		return 0;
	}
	if (!t->has_head) {
		git_remove_keep(g->ret, "it holds files, and HEAD names no commit to put them on");
		return 0;
	}
	git_worktree_salvage(g->repo_path, p->path, git_util_oid_of(&t->head), ep, &r);
	if (r.answer != GIT_ANSWER_OK)
		git_util_say(g->ret, r.answer, "%s", r.text.p);
	else if (r.text.len > 0)
		git_remove_keep(g->ret, "not all of its files can be parked: %s", r.text.p);
	if (r.answer != GIT_ANSWER_OK || r.text.len > 0)
		return r.answer != GIT_ANSWER_OK ? -1 : 0;
	if (*t->branch != '\0')
		g->ret->a = r.a;
	git_prune_note_salvage(g, t->n);
	return 1;
}

/* Its episodes are over: who has the index now is a person. */
static bool
git_prune_is_used(const struct git_place *p)
{
	_cleanup_(free_charp) char *lock = git_util_join(p->admin, "index.lock");

	return p->has_path && access(lock, F_OK) == 0;
}

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

/* In the directory that goes last, by git_prune_rest(); durable.  PATH is out of the way. */
static bool
git_prune_tell(struct git_prune *g, const struct git_place *p, struct str line)
{
	_cleanup_(free_charp) char *gone = git_remove_gone(p->path);
	_cleanup_(free_charp) char *path = git_util_join(gone, GIT_PRUNE_TOLD);
	_cleanup_(free_charp) char *tmp = git_util_join(gone, GIT_PRUNE_TOLD ".reeve-tmp");
	_cleanup_(free_charp) char *above = xstrndup(gone, (size_t)(strrchr(gone, '/') - gone));
	int errnum = mkdir(gone, 0777) < 0 && errno != EEXIST ? errno : 0;

	if (errnum == 0)
		errnum = git_util_remove_tree(AT_FDCWD, path); /* whatever a worker called so */
	if (errnum == 0)
		errnum = git_util_remove_tree(AT_FDCWD, tmp);
	if (errnum == 0)
		errnum = git_util_write(path, tmp, line);
	if (errnum == 0)
		errnum = git_util_sync_dir(gone);
	if (errnum == 0)
		errnum = git_util_sync_dir(above);
	if (errnum != 0)
		git_util_fail_sys(g->ret, errnum, "noting down what is parked in %s", path);
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
	_cleanup_(buf_release) struct buf module = BUF_INIT;
	struct git_place *p = &t.place;
	int code;

	if (!git_place_open(p, g->repo_path, path, false, g->ret) || !git_place_look(p, g->ret))
		return -1;
	code = git_remove_branch(p, branch, &t.ref, g->ret);
	if (code <= 0)
		return code;
	if (git_remove_is_locked(p)) {
		git_remove_keep(g->ret, "the worktree is locked (git worktree unlock)");
		return 0;
	}
	if (git_prune_is_used(p)) {
		git_remove_keep(g->ret,
		    "a git command works in it, or was ended there: %s/index.lock", p->admin);
		return 0;
	}
	if (!p->is_new && !p->is_going && git_submodule_is_needed(p->path, p->admin, &module)) {
		git_remove_keep(g->ret, GIT_REMOVE_MODULE, module.p);
		return 0;
	}
	if (!git_prune_head(&t, g->ret))
		return -1;
	code = git_prune_commits(g, &t);
	if (code > 0)
		code = git_prune_files(g, &t);
	if (code <= 0)
		return code;
	if (p->has_path)
		git_prune_say(g, "removed", p->path, NULL);
	if (t.ref)
		git_prune_say(g, "removed", git_reference_name(t.ref), git_reference_target(t.ref));
	git_remove_teardown(p);
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

/* Killed right after the rename: the branch is still there, and goes if it may.  False: *ret is the answer. */
static bool
git_prune_rest_branch(
    const char *repo_path, const struct git_prune_order *o, struct git_result *ret)
{
	_cleanup_(
	    git_prune_release) struct git_prune g = { .repo_path = repo_path, .o = o, .ret = ret };
	_cleanup_(git_place_release) struct git_place p = GIT_PLACE_INIT;

	if (!git_remove_has_rest(o->worktree))
		return true;
	if (!git_place_open(&p, repo_path, o->worktree, false, ret) || !git_place_look(&p, ret))
		return false;
	return !p.is_going ||
	       (git_prune_open(&g) && git_prune_tree(&g, o->worktree, o->branch, o->ep.n) >= 0);
}

/* .gone-NAME last: it is what tells that the directory of git may be there as well. */
static bool
git_prune_rest_of(const char *repo_path, const char *path, struct git_result *ret)
{
	return !git_remove_has_rest(path) ||
	       (git_remove_admin(repo_path, path, ret) && git_remove_rest(path, ret));
}

void
git_prune_rest(const char *repo_path, const struct git_prune_order *o, struct git_result *ret)
{
	for (uint32_t n = 1; n <= o->ep.n; n++) {
		_cleanup_(buf_release) struct buf path = BUF_INIT;

		git_prune_review(o, n, &path);
		if (!git_prune_rest_of(repo_path, path.p, ret))
			return;
	}
	if (o->gate) {
		_cleanup_(buf_release) struct buf path = BUF_INIT;

		buf_addf(&path, "%s%s", o->worktree, o->gate);
		if (!git_prune_rest_of(repo_path, path.p, ret))
			return;
	}
	/* last: it is what tells that there is a rest */
	if (git_prune_rest_branch(repo_path, o, ret) &&
	    git_prune_rest_of(repo_path, o->worktree, ret)) {
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
