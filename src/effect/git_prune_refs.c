/* SPDX-License-Identifier: GPL-2.0-only */
#include "base/base.h"

#include "effect/git_prune_refs.h"

#include <dirent.h>

#include "base/clean.h"

#define PARK_MAX 100 /* refs of one order */

void
git_prune_release(struct git_prune *g)
{
	git_repository_free(g->repo);
	buf_release(&g->no_proof);
	buf_release(&g->said);
	strvec_release(&g->parked);
}

void
git_prune_say(struct git_prune *g, const char *verb, const char *name, const git_oid *id)
{
	buf_addf(&g->said, "%s ", verb);
	clean_add_line(&g->said, str_of(name), 1000);
	if (id)
		buf_addf(&g->said, " %s", git_util_oid_of(id).hex);
	buf_addch(&g->said, '\n');
}

static void
git_prune_name(const struct git_prune *g, struct buf *ret)
{
	buf_addf(
	    ret, "refs/reeve/%u/pruned-%llu", g->o->ep.ticket.n, (unsigned long long)g->o->rev);
}

void
git_prune_note_salvage(struct git_prune *g, uint32_t n)
{
	_cleanup_(buf_release) struct buf name = BUF_INIT;

	buf_addf(&name, "refs/reeve/%u/%u-salvage", g->o->ep.ticket.n, n);
	strvec_push(&g->parked, name.p);
}

/* --- proofs --- */

/* What the target holds is asked of its tip now: it may have been set back since. */
static bool
git_prune_open_proof(struct git_prune *g)
{
	const struct git_prune_order *o = g->o;
	int code = git_util_tip(g->repo, o->target, &g->target);

	if (code < 0 && code != GIT_ENOTFOUND && code != GIT_EINVALIDSPEC) {
		git_util_fail(g->ret, "reading branch \"%s\" of %s", o->target, g->repo_path);
		return false;
	}
	g->has_target = code == 0;
	g->has_passed = oid_is_set(o->passed) && git_util_oid(o->passed, &g->passed);
	if (!g->has_target) {
		buf_addf(&g->no_proof, "the branch %s, which it was to land on, is not there",
		    o->target);
		return true;
	}
	if (!oid_is_set(o->merge)) {
		if (o->what == PRUNE_UNSET)
			buf_adds(&g->no_proof, "nothing of it has landed");
		return true;
	}
	code = git_util_oid(o->merge, &g->merge) ? git_util_contains(g->repo, &g->target, &g->merge)
						 : GIT_ENOTFOUND;
	if (code < 0 && code != GIT_ENOTFOUND) {
		git_util_fail(g->ret, "looking for %s in %s", o->merge.hex, o->target);
		return false;
	}
	g->has_merge = code == 1;
	if (!g->has_merge)
		buf_addf(&g->no_proof, "%s does not contain %s any more, which it landed as",
		    o->target, o->merge.hex);
	return true;
}

bool
git_prune_open(struct git_prune *g)
{
	AUTO_GIT(git_repository) *repo = NULL;

	if (!git_util_open(g->repo_path, &repo, g->ret) ||
	    !git_util_open(git_repository_commondir(repo), &g->repo, g->ret))
		return false;
	return g->o->what == PRUNE_REFS || git_prune_open_proof(g);
}

static int
git_prune_contains(struct git_prune *g, const git_oid *tip, const git_oid *id)
{
	int code = git_util_contains(g->repo, tip, id);

	if (code < 0)
		git_util_fail(g->ret, "comparing %s with %s in %s", git_util_oid_of(id).hex,
		    git_util_oid_of(tip).hex, g->repo_path);
	return code < 0 ? -1 : code;
}

int
git_prune_is_proved(struct git_prune *g, const git_oid *id)
{
	int code = 0;

	if (g->has_merge)
		code = git_prune_contains(g, &g->merge, id);
	if (code == 0 && g->has_merge && g->has_passed)
		code = git_prune_contains(g, &g->passed, id);
	/* by another hand; without an order only what reeve itself has landed is known to be wanted no more */
	if (code == 0 && g->has_target && g->o->what != PRUNE_UNSET)
		code = git_prune_contains(g, &g->target, id);
	return code;
}

/* --- refs --- */

struct git_prune_ref {
	char *name;
	git_oid id;
};
struct git_prune_list {
	struct git_prune_ref *v;
	size_t n, cap;
};

static void
git_prune_list_release(struct git_prune_list *l)
{
	for (size_t i = 0; i < l->n; i++)
		free(l->v[i].name);
	free(l->v);
}

/* All of refs/reeve/<id>/; a symbolic one is none of ours. */
static bool
git_prune_list(struct git_prune *g, struct git_prune_list *ret)
{
	_cleanup_(buf_release) struct buf glob = BUF_INIT;
	git_reference_iterator *it = NULL;
	git_reference *ref = NULL;
	int code;

	buf_addf(&glob, "refs/reeve/%u/*", g->o->ep.ticket.n);
	code = git_reference_iterator_glob_new(&it, g->repo, glob.p);
	while (code == 0 && (code = git_reference_next(&ref, it)) == 0) {
		if (git_reference_type(ref) == GIT_REFERENCE_DIRECT) {
			struct git_prune_ref *r = VEC_PUSH(ret);

			r->name = xstrdup(git_reference_name(ref));
			git_oid_cpy(&r->id, git_reference_target(ref));
		}
		git_reference_free(ref);
	}
	git_reference_iterator_free(it);
	if (code != GIT_ITEROVER)
		git_util_fail(g->ret, "listing %s of %s", glob.p, g->repo_path);
	return code == GIT_ITEROVER;
}

int
git_prune_is_held(struct git_prune *g, const git_oid *id)
{
	_cleanup_(git_prune_list_release) struct git_prune_list l = { NULL, 0, 0 };
	int code = git_prune_is_proved(g, id);

	if (code == 0 && !git_prune_list(g, &l))
		return -1;
	for (size_t i = 0; code == 0 && i < l.n; i++)
		code = git_prune_contains(g, &l.v[i].id, id);
	return code;
}

int
git_prune_is_kept(struct git_prune *g, const git_oid *id)
{
	_cleanup_(git_prune_list_release) struct git_prune_list l = { NULL, 0, 0 };

	if (!git_prune_list(g, &l))
		return -1;
	for (size_t i = 0; i < l.n; i++)
		if (git_oid_equal(&l.v[i].id, id)) {
			int code = git_util_ref_settle(g->repo, l.v[i].name);

			strvec_push(&g->parked, l.v[i].name);
			if (code < 0)
				git_util_fail_ref(g->ret, g->repo, code, l.v[i].name);
			return code < 0 ? -1 : 1;
		}
	return 0;
}

/* The first of its names that is free, or holds it already: by a call that was killed. */
bool
git_prune_park(struct git_prune *g, const git_oid *id, bool is_branch)
{
	_cleanup_(buf_release) struct buf name = BUF_INIT;
	git_oid there;
	size_t base;
	int code = git_prune_is_kept(g, id), errnum;

	if (code < 0)
		return false;
	if (is_branch)
		g->ret->b = git_util_oid_of(id);
	if (code > 0)
		return true;
	code = GIT_EEXISTS;
	errnum = git_util_sync(git_repository_commondir(g->repo));
	if (errnum != 0) {
		git_util_fail_sys(g->ret, errnum, "syncing the file system of %s", g->repo_path);
		return false;
	}
	git_prune_name(g, &name);
	base = name.len;
	for (unsigned k = 1; code == GIT_EEXISTS && k <= PARK_MAX; k++) {
		buf_truncate(&name, base);
		if (k > 1)
			buf_addf(&name, ".%u", k);
		code = git_reference_name_to_id(&there, g->repo, name.p);
		if (code == 0)
			code = git_oid_equal(&there, id) ? git_util_ref_settle(g->repo, name.p)
							 : GIT_EEXISTS;
		else if (code == GIT_ENOTFOUND)
			code = git_util_ref_set(g->repo, name.p, id, NULL, "reeve: pruned");
	}
	if (code < 0) {
		git_util_fail_ref(g->ret, g->repo, code, name.p);
		return false;
	}
	return true;
}

/* By this order, or by one of an earlier try of it. */
static bool
git_prune_is_parked(const struct git_prune *g, const char *ref)
{
	_cleanup_(buf_release) struct buf name = BUF_INIT;
	size_t n;

	for (size_t i = 0; i < g->parked.n; i++)
		if (strcmp(g->parked.v[i], ref) == 0)
			return true;
	git_prune_name(g, &name);
	n = name.len;
	return strncmp(ref, name.p, n) == 0 && (ref[n] == '\0' || ref[n] == '.');
}

/* Does this ref go?  1, 0, -1.  By the proof by which the branch goes: of a squash or a rebase, too, whose target has
 * the work and not these commits. */
static int
git_prune_goes(struct git_prune *g, const struct git_prune_ref *r)
{
	if (g->o->what == PRUNE_REFS)
		return 1;
	return git_prune_is_parked(g, r->name) ? 0 : git_prune_is_proved(g, &r->id);
}

/* A call that was killed may have left its lock at a ref that is gone, which no list names any more. */
static void
git_prune_settle(struct git_prune *g)
{
	_cleanup_(buf_release) struct buf below = BUF_INIT, path = BUF_INIT;
	const size_t end = strlen(".lock");
	struct dirent *de;
	DIR *d;

	buf_addf(&below, "refs/reeve/%u/", g->o->ep.ticket.n);
	git_util_common_path(g->repo, below.p, &path);
	d = opendir(path.p);
	while (d != NULL && (de = readdir(d)) != NULL) {
		size_t n = strlen(de->d_name);
		_cleanup_(buf_release) struct buf name = BUF_INIT;

		if (n <= end || strcmp(de->d_name + n - end, ".lock") != 0)
			continue;
		buf_addf(&name, "%s%.*s", below.p, (int)(n - end), de->d_name);
		(void)git_util_ref_settle(
		    g->repo, name.p); /* what stays is told by the next change */
	}
	if (d != NULL)
		(void)closedir(d);
}

bool
git_prune_refs(struct git_prune *g)
{
	_cleanup_(git_prune_list_release) struct git_prune_list l = { NULL, 0, 0 };

	git_prune_settle(g);
	if (!git_prune_list(g, &l))
		return false;
	for (size_t i = 0; i < l.n; i++) {
		const struct git_prune_ref *r = &l.v[i];
		bool is_parked = g->o->what != PRUNE_REFS && git_prune_is_parked(g, r->name);
		int code = git_prune_goes(g, r);

		if (code < 0)
			return false;
		if (code == 0) {
			git_prune_say(g, is_parked ? "parked" : "kept", r->name, &r->id);
			continue;
		}
		code = git_util_ref_delete(g->repo, r->name, &r->id);
		if (code < 0) {
			git_util_fail_ref(g->ret, g->repo, code, r->name);
			return false;
		}
		git_prune_say(g, "removed", r->name, &r->id);
	}
	if (g->o->what == PRUNE_WORK &&
	    !oid_is_set(g->ret->b)) { /* its branch went in an earlier try */
		_cleanup_(buf_release) struct buf name = BUF_INIT;
		git_oid id;

		git_prune_name(g, &name);
		if (git_reference_name_to_id(&id, g->repo, name.p) == 0)
			g->ret->b = git_util_oid_of(&id);
	}
	return true;
}
