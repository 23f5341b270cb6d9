/* SPDX-License-Identifier: GPL-2.0-only */
#include "base/base.h"

#include "effect/git_prune_judge.h"

#include <unistd.h>

#include "effect/git_remove.h"
#include "effect/git_submodule.h"
#include "effect/git_worktree.h"

void
git_prune_tree_release(struct git_prune_tree *t)
{
	git_reference_free(t->ref);
	git_place_release(&t->place);
}

/* An empty directory without its .git file is what is left of files that somebody has removed. */
static bool
git_prune_has_files(const struct git_place *p)
{
	return p->has_path && (p->has_link || !p->is_empty);
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
	if (!git_prune_has_files(&t->place)) {
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

/* A commit that no branch names: as below. */
static int
git_prune_hold(struct git_prune *g, const git_oid *id, const char *why)
{
	int code = git_prune_is_held(g, id);

	if (code != 0)
		return code;
	if (g->o->what == PRUNE_WORK)
		return git_prune_park(g, id, false) ? 1 : -1;
	git_remove_keep(g->ret, "%s", why);
	return 0;
}

/* What a rebase or a merge that somebody left has put aside: files that nothing else names. */
static int
git_prune_stashes(struct git_prune *g, const struct git_place *p)
{
	static const char *const names[] = { "rebase-merge/autostash", "rebase-apply/autostash",
		"MERGE_AUTOSTASH" };
	int code = 1;

	for (size_t i = 0; i < ARRAY_LEN(names) && p->has_admin && code > 0; i++) {
		_cleanup_(buf_release) struct buf line = BUF_INIT;
		AUTO_GIT(git_commit) *commit = NULL;
		git_oid id;

		if (git_util_line(p->admin, names[i], "", &line) &&
		    git_oid_fromstr(&id, line.p) == 0 &&
		    git_commit_lookup(&commit, g->repo, &id) == 0)
			code = git_prune_hold(g, &id,
			    "a rebase or a merge in it has put files aside (--autostash): finish "
			    "or abort that");
	}
	return code;
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
	code = t->has_head
		   ? git_prune_hold(g, &t->head, "its HEAD holds commits that have not landed")
		   : 1;
	return code > 0 ? git_prune_stashes(g, &t->place) : code;
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

	if (p->is_new || !git_prune_has_files(p))
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

int
git_prune_judge(struct git_prune *g, struct git_prune_tree *t, const char *path)
{
	_cleanup_(buf_release) struct buf module = BUF_INIT;
	struct git_place *p = &t->place;
	int code;

	if (!git_place_open(p, g->repo_path, path, false, g->ret) || !git_place_look(p, g->ret))
		return -1;
	code = git_remove_branch(p, t->branch, &t->ref, g->ret);
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
	if (!p->is_empty && (!p->has_link || !p->has_admin)) {
		git_remove_keep(g->ret,
		    "it holds files, and git knows it no more (%s is gone): take what you want "
		    "from it, and remove it",
		    p->has_admin ? "its .git file" : p->admin);
		return 0;
	}
	if (!git_prune_head(t, g->ret))
		return -1;
	code = git_prune_commits(g, t);
	return code > 0 ? git_prune_files(g, t) : code;
}
