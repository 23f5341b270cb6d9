/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * git_worktree_salvage().  A tree is built in memory: that of HEAD, then each path that the status
 * names is taken from the disk, or taken out.  Index and files are only read.
 */
#include "base/base.h"

#include "effect/git_worktree.h"

#include <errno.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/clean.h"
#include "effect/git_bring.h"
#include "effect/git_place.h"
#include "effect/git_util.h"

struct git_salvage {
	git_repository *repo; /* opened in the worktree */
	const char *path;
	git_index *index; /* in memory */
	git_commit *head; /* NULL: unborn */
	size_t changes;
	struct strvec brought; /* by git_bring.h: copies, and none of the work */
	struct buf left_out;   /* paths that could not be taken, with reasons */
	struct git_result *ret;
};

static void
git_salvage_leave_out(struct git_salvage *s, const char *path, const char *why)
{
	if (s->left_out.len > 0)
		buf_adds(&s->left_out, ", ");
	clean_add(&s->left_out, str_of(path), false);
	buf_addf(&s->left_out, " (%s)", why);
}

static int
git_salvage_remove(struct git_salvage *s, const char *path)
{
	int code = git_index_remove(s->index, path, 0);

	return code == GIT_ENOTFOUND ? 0 : code;
}

/* The commit that a submodule is at. */
static int
git_salvage_submodule(struct git_salvage *s, const char *path, const char *full)
{
	AUTO_GIT(git_repository) *sub = NULL;
	git_index_entry e;

	memset(&e, 0, sizeof e);
	e.path = path;
	e.mode = GIT_FILEMODE_COMMIT;
	if (git_repository_open_ext(&sub, full, GIT_REPOSITORY_OPEN_NO_SEARCH, NULL) < 0 ||
	    git_reference_name_to_id(&e.id, sub, "HEAD") < 0) {
		git_salvage_leave_out(s, path, "a submodule that cannot be read");
		return 0;
	}
	if (git_util_is_dirty(sub) != 0)
		git_salvage_leave_out(s, path, "changes inside the submodule");
	return git_index_add(s->index, &e);
}

static int
git_salvage_path(struct git_salvage *s, const char *path, bool is_submodule)
{
	_cleanup_(buf_release) struct buf full = BUF_INIT;
	git_index_entry e;
	struct stat st;

	buf_addf(&full, "%s/%s", s->path, path);
	if (lstat(full.p, &st) < 0) {
		if (errno == ENOENT || errno == ENOTDIR)
			return git_salvage_remove(s, path);
		git_salvage_leave_out(s, path, strerror(errno));
		return 0;
	}
	if (S_ISDIR(st.st_mode)) {
		if (is_submodule)
			return git_salvage_submodule(s, path, full.p);
		if (path[strlen(path) - 1] == '/')
			git_salvage_leave_out(s, path, "a repository of its own");
		else /* a directory where a file was: what is in it has entries of its own */
			return git_salvage_remove(s, path);
		return 0;
	}
	if (!S_ISREG(st.st_mode) && !S_ISLNK(st.st_mode)) {
		git_salvage_leave_out(s, path, "not a file");
		return git_salvage_remove(s, path);
	}
	memset(&e, 0, sizeof e);
	e.path = path;
	e.mode = S_ISLNK(st.st_mode)           ? GIT_FILEMODE_LINK
		 : (st.st_mode & S_IXUSR) != 0 ? GIT_FILEMODE_BLOB_EXECUTABLE
					       : GIT_FILEMODE_BLOB;
	if (git_blob_create_from_workdir(&e.id, s->repo, path) < 0) {
		const git_error *err = git_error_last();

		/* one unreadable file must not cost the rest */
		git_salvage_leave_out(s, path, err && err->message ? err->message : "not readable");
		return 0;
	}
	return git_index_add(s->index, &e);
}

static const git_diff_delta *
git_salvage_delta(const git_status_entry *e)
{
	return e->index_to_workdir ? e->index_to_workdir : e->head_to_index;
}

static const char *
git_salvage_name(const git_diff_delta *d)
{
	return d->new_file.path ? d->new_file.path : d->old_file.path;
}

/* No work: what a sparse checkout leaves out, or a copy of what is in the main worktree; that may be a secret, and a
 * worker may have made git see it. */
static bool
git_salvage_is_none(const struct git_salvage *s, git_index *now, const git_status_entry *e)
{
	if (git_util_is_left_out(now, e))
		return true;
	return (e->status & (GIT_STATUS_WT_NEW | GIT_STATUS_INDEX_NEW)) != 0 &&
	       git_bring_covers(&s->brought, git_salvage_name(git_salvage_delta(e)));
}

/* False: *ret is the answer. */
static bool
git_salvage_collect(struct git_salvage *s)
{
	AUTO_GIT(git_status_list) *list = NULL;
	AUTO_GIT(git_index) *now = NULL;
	AUTO_GIT(git_tree) *tree = NULL;
	git_status_options opts = GIT_STATUS_OPTIONS_INIT;
	size_t n = 0;
	int code;

	opts.flags = GIT_STATUS_OPT_INCLUDE_UNTRACKED | GIT_STATUS_OPT_RECURSE_UNTRACKED_DIRS;
	code = git_status_list_new(&list, s->repo, &opts);
	if (code == 0)
		code = git_repository_index(&now, s->repo);
	if (code == 0)
		n = git_status_list_entrycount(list);
	for (size_t i = 0; i < n; i++)
		s->changes += !git_salvage_is_none(s, now, git_status_byindex(list, i));
	if (code == 0 && s->head)
		code = git_commit_tree(&tree, s->head);
	if (code == 0 && tree)
		code = git_index_read_tree(s->index, tree);
	/* what goes first, so that a directory can take the place of a file and the other way round */
	for (int adding = 0; adding < 2; adding++)
		for (size_t i = 0; code == 0 && i < n; i++) {
			const git_status_entry *e = git_status_byindex(list, i);
			const git_diff_delta *d = git_salvage_delta(e);
			const char *path = git_salvage_name(d);
			bool is_submodule = d->old_file.mode == GIT_FILEMODE_COMMIT ||
					    d->new_file.mode == GIT_FILEMODE_COMMIT;

			if (git_salvage_is_none(s, now, e))
				continue;
			if (adding == 1)
				code = git_salvage_path(s, path, is_submodule);
			else if ((e->status & (GIT_STATUS_WT_DELETED | GIT_STATUS_INDEX_DELETED)) !=
				 0)
				code = git_salvage_remove(s, path);
		}
	if (code < 0)
		git_util_fail(s->ret, "reading the uncommitted work in %s", s->path);
	return code == 0;
}

/* The commit, on top of HEAD and of what this episode saved before; then its name. */
static bool
git_salvage_commit(struct git_salvage *s, struct episode_id ep)
{
	AUTO_GIT(git_signature) *who = NULL;
	AUTO_GIT(git_commit) *before = NULL;
	AUTO_GIT(git_tree) *tree = NULL;
	_cleanup_(buf_release) struct buf name = BUF_INIT, message = BUF_INIT;
	const git_commit *parents[2];
	git_oid tree_id, id, old;
	size_t n = 0;
	bool has_old;
	int code, errnum;

	buf_addf(&name, "refs/reeve/%u/%u-salvage", ep.ticket.n, ep.n);
	has_old = git_reference_name_to_id(&old, s->repo, name.p) == 0 &&
		  git_commit_lookup(&before, s->repo, &old) == 0;
	if (git_index_write_tree_to(&tree_id, s->index, s->repo) < 0 ||
	    git_tree_lookup(&tree, s->repo, &tree_id) < 0) {
		git_util_fail(s->ret, "writing the uncommitted work in %s as a tree", s->path);
		return false;
	}
	if (s->head)
		parents[n++] = s->head;
	if (before) {
		const git_oid *first =
		    git_commit_parentcount(before) > 0 ? git_commit_parent_id(before, 0) : NULL;

		if (git_oid_equal(git_commit_tree_id(before), &tree_id) &&
		    (first ? s->head && git_oid_equal(first, git_commit_id(s->head)) : !s->head)) {
			s->ret->a = git_util_oid_of(&old);
			code = git_util_ref_settle(s->repo, name.p);
			if (code < 0)
				git_util_fail_ref(s->ret, s->repo, code, name.p);
			return code == 0;
		}
		parents[n++] = before;
	}
	buf_addf(&message, "reeve: what episode %u.%u left without a verdict\n", ep.ticket.n, ep.n);
	if (s->left_out.len > 0)
		buf_addf(&message, "\nNot in here: %s\n", s->left_out.p);
	code = git_util_signature(s->repo, (int64_t)time(NULL) * 1000, &who);
	if (code == 0)
		code = git_commit_create(
		    &id, s->repo, NULL, who, who, NULL, message.p, tree, n, parents);
	if (code < 0) {
		git_util_fail(s->ret, "committing the uncommitted work in %s", s->path);
		return false;
	}
	errnum = git_util_sync(git_repository_commondir(s->repo));
	if (errnum != 0) {
		git_util_fail_sys(s->ret, errnum, "syncing the repository of %s", s->path);
		return false;
	}
	code = git_util_ref_set(s->repo, name.p, &id, has_old ? &old : NULL, "reeve: salvage");
	if (code < 0) {
		git_util_fail_ref(s->ret, s->repo, code, name.p);
		return false;
	}
	s->ret->a = git_util_oid_of(&id);
	return true;
}

/* Commits beyond the base on a HEAD that is detached, as a reviewer's is, and that nothing else names: they go with the
 * worktree.  Asked are the tips of all refs, and what is below those of the ticket; not the one that is made of it. */
static bool
git_salvage_is_unnamed(struct git_salvage *s, struct episode_id ep)
{
	_cleanup_(buf_release) struct buf own = BUF_INIT, ours = BUF_INIT;
	git_reference_iterator *it = NULL;
	git_reference *ref = NULL;
	bool is_named = false;

	if (!s->ret->flag || git_repository_head_detached(s->repo) != 1)
		return false;
	buf_addf(&own, "refs/reeve/%u/", ep.ticket.n);
	buf_addf(&ours, "%s%u-salvage", own.p, ep.n);
	if (git_reference_iterator_new(&it, s->repo) < 0)
		return true;
	while (!is_named && git_reference_next(&ref, it) == 0) {
		const git_oid *tip = git_reference_target(ref), *head = git_commit_id(s->head);
		struct str name = str_of(git_reference_name(ref));

		is_named = tip != NULL && (git_oid_equal(tip, head) ||
					      (str_starts(name, own.p) && !str_is(name, ours.p) &&
						  git_util_contains(s->repo, tip, head) == 1));
		git_reference_free(ref);
	}
	git_reference_iterator_free(it);
	return !is_named;
}

/* b and flag. */
static bool
git_salvage_head(struct git_salvage *s, struct oid base_id)
{
	size_t ahead = 0, behind;
	git_oid base;

	if (!s->head)
		return true;
	s->ret->b = git_util_oid_of(git_commit_id(s->head));
	if (!git_util_oid(base_id, &base) ||
	    git_graph_ahead_behind(&ahead, &behind, s->repo, git_commit_id(s->head), &base) < 0) {
		git_util_fail(s->ret,
		    "comparing HEAD of %s with the commit %s that the episode began from", s->path,
		    base_id.hex);
		return false;
	}
	s->ret->flag = ahead > 0;
	return true;
}

void
git_worktree_salvage(const char *repo_path, const char *path, struct oid base_id,
    struct episode_id ep, struct git_result *ret)
{
	_cleanup_(git_place_release) struct git_place p = GIT_PLACE_INIT;
	AUTO_GIT(git_repository) *repo = NULL;
	AUTO_GIT(git_index) *index = NULL;
	AUTO_GIT(git_commit) *head = NULL;
	struct git_salvage s = { .ret = ret, .left_out = BUF_INIT };
	git_oid id;
	int code;

	if (!git_place_open(&p, repo_path, path, false, ret) || !git_place_look(&p, ret))
		return;
	if (!p.has_path || p.is_new) {
		ret->answer = GIT_ANSWER_OK;
		return;
	}
	if (!git_place_unlock(&p, ret) || !git_util_open(p.path, &repo, ret))
		return;
	code = git_reference_name_to_id(&id, repo, "HEAD");
	if (code == 0)
		code = git_commit_lookup(&head, repo, &id);
	if ((code < 0 && code != GIT_ENOTFOUND) || git_index_new(&index) < 0) {
		git_util_fail(ret, "reading HEAD of %s", p.path);
		return;
	}
	s.repo = repo;
	s.path = p.path;
	s.index = index;
	s.head = head;
	git_bring_list(p.admin, &s.brought);
	if (git_salvage_collect(&s) && git_salvage_head(&s, base_id) &&
	    ((s.changes == 0 && !git_salvage_is_unnamed(&s, ep)) || git_salvage_commit(&s, ep))) {
		ret->answer = GIT_ANSWER_OK;
		buf_clear(&ret->text);
		if (s.left_out.len > 0)
			buf_addf(&ret->text, "not salvaged: %s", s.left_out.p);
	}
	buf_release(&s.left_out);
	strvec_release(&s.brought);
}
