/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * cli_fsck_git.c: what tickets say of their repositories, and what the repositories say.
 *
 *	I15	a commit that was reported is kept by its ref; what is done is in its target
 *	I16	the refs that an outcome.json names exist, or were pruned
 *	I17	who works has a worktree, his own, on his branch; those of open tickets can be read; no worktree,
 *		branch or ref without a ticket
 *
 * The tickets were read first, the repository after them: what it lacks then is missing only if the ticket is
 * still the same; what it has too much, only if there is no such ticket by now.
 */
#include "base/base.h"

#include "cli/cli_fsck.h"

#include <unistd.h>

#include "cli/cli_git.h"
#include "codec/ref_name.h"
#include "codec/report_json.h"
#include "store/episode.h"
#include "store/place.h"
#include "sys/file.h"

#define FSCK_BATCH       200
#define FSCK_OUTCOME_MAX ((size_t)1024 * 1024)

struct git_check {
	const struct cli_facts *f;
	const struct config_repo *repo;
	struct git_seen seen;
	struct fsck_list *found;
	int status;
};

static bool
git_is_here(const struct git_check *g, const struct record *r)
{
	return r->spec.repo != NULL && strcmp(r->spec.repo, g->repo->name) == 0;
}

/* git knows its worktrees by their real paths; one that is not there keeps its name. */
static void
git_make_real(struct buf *path)
{
	char *real = realpath(path->p, NULL);

	if (real != NULL) {
		buf_clear(path);
		buf_adds(path, real);
	}
	free(real);
}

/* --- I15, I16: refs --- */

/* refs/reeve/<id>/<episode>; of what a person named, refs/reeve/<id>/r<revision>, of whichever revision. */
static bool
git_is_pinned(const struct git_check *g, const struct ticket *t, struct buf *ret_name)
{
	const struct git_seen_ref *ref;

	buf_addf(ret_name, "refs/reeve/%u/", t->id.n);
	if (t->pinned_by != TICKET_BY_PERSON) {
		buf_addf(ret_name, "%u", t->pinned_by);
		ref = git_seen_ref(&g->seen, ret_name->p);
		return ref != NULL && oid_eq(ref->oid, t->pinned);
	}
	buf_adds(ret_name, "r");
	for (size_t i = 0; i < g->seen.refs.n; i++)
		if (str_starts(str_of(g->seen.refs.v[i].name), ret_name->p) &&
		    oid_eq(g->seen.refs.v[i].oid, t->pinned))
			return true;
	buf_adds(ret_name, "...");
	return false;
}

static void
git_check_pin(struct git_check *g, const struct record *r)
{
	_cleanup_(buf_release) struct buf name = BUF_INIT;
	const struct ticket *t = &r->ticket;

	/* What has landed is kept by its target; what was cancelled, by nobody's promise. */
	if (phase_is_final(t->phase) || t->pinned_by == 0 || !oid_is_set(t->pinned))
		return;
	if (git_is_pinned(g, t, &name) || !cli_fsck_is_same(g->f, r))
		return;
	fsck_add(g->found, "I15", t->id.n, NULL,
	    "ticket %u: %s, which has to keep the reported commit %s in \"%s\", %s", t->id.n,
	    name.p, t->pinned.hex, g->repo->name,
	    git_seen_ref(&g->seen, name.p) == NULL ? "is not there" : "names another one");
}

/* After episode n was closed, the ticket was pruned, and this ref is none of those that were kept. */
static bool
git_is_pruned(const struct record *r, uint32_t n, const char *name)
{
	struct str rest = buf_str(&r->history);
	_cleanup_(buf_release) struct buf parked = BUF_INIT, kept = BUF_INIT;
	bool is_closed = false, is_pruned = false;
	struct history_entry h;

	buf_addf(&parked, "parked %s ", name);
	buf_addf(&kept, "kept %s ", name);
	while (!is_pruned && history_next(&rest, &h, NULL) == 0) {
		_cleanup_(buf_release) struct buf text = BUF_INIT;

		is_closed |= h.event.episode.n == n && h.event.kind == EVENT_CLOSED;
		if (!is_closed || h.event.kind != EVENT_PRUNED || h.event.prune == PRUNE_UNSET)
			continue;
		history_text(&h, &text);
		is_pruned = str_find(buf_str(&text), buf_str(&parked)) < 0 &&
			    str_find(buf_str(&text), buf_str(&kept)) < 0;
	}
	return is_pruned;
}

static void
git_check_outcome(struct git_check *g, const struct record *r, uint32_t n)
{
	struct episode_id ep = { r->ticket.id, n };
	_cleanup_(buf_release) struct buf bytes = BUF_INIT;
	struct report_outcome o = { 0 };

	/* That it is missing or damaged was said by fsck_files(). */
	if (episode_read(&g->f->cli->root, ep, EPISODE_OUTCOME, FSCK_OUTCOME_MAX, &bytes, NULL) <
		0 ||
	    report_outcome_load(buf_str(&bytes), &o, NULL) < 0)
		return;
	for (size_t i = 0; i < o.artifacts.n; i++) {
		const char *name = o.artifacts.v[i];

		if (!str_starts(str_of(name), "refs/") || git_seen_ref(&g->seen, name) != NULL ||
		    git_is_pruned(r, n, name))
			continue;
		fsck_add(g->found, "I16", ep.ticket.n, NULL,
		    "episode %u.%u: outcome.json names %s, which is not there in \"%s\" (and not "
		    "marked \"pruned:\")",
		    ep.ticket.n, n, name, g->repo->name);
	}
	report_outcome_release(&o);
}

static bool
git_has_landed(const struct git_check *g, const struct record *r)
{
	return git_is_here(g, r) && r->ticket.phase == PHASE_DONE &&
	       oid_is_set(r->ticket.merge_commit);
}

static const char *
git_target(const struct git_check *g, const struct record *r)
{
	return r->spec.base != NULL ? r->spec.base : g->repo->base;
}

static void
git_check_landed(struct git_check *g, const struct record *r)
{
	const char *target = git_target(g, r);
	struct err why = ERR_INIT;
	int e = git_seen_contains(g->repo->path, target, &r->ticket.merge_commit, 1, &why);

	if (e == 1 || !cli_fsck_is_same(g->f, r))
		return;
	fsck_add(g->found, "I15", r->ticket.id.n, NULL,
	    "ticket %u is done, and the branch %s of \"%s\" does not contain its merge %s%s%s",
	    r->ticket.id.n, target, g->repo->name, r->ticket.merge_commit.hex, e < 0 ? ": " : "",
	    e < 0 ? why.text : "");
}

/* As many as share a target are asked for at once; who is missing among them is found one by one. */
static void
git_check_all_landed(struct git_check *g)
{
	const struct record *v = g->f->records.v;
	size_t n = g->f->records.n;

	for (size_t i = 0, next; i < n; i = next) {
		struct oid oids[FSCK_BATCH];
		size_t m = 0;

		next = i + 1;
		if (!git_has_landed(g, &v[i]))
			continue;
		oids[m++] = v[i].ticket.merge_commit;
		for (; next < n && m < FSCK_BATCH; next++) {
			if (!git_has_landed(g, &v[next]))
				continue;
			if (strcmp(git_target(g, &v[next]), git_target(g, &v[i])) != 0)
				break;
			oids[m++] = v[next].ticket.merge_commit;
		}
		if (git_seen_contains(g->repo->path, git_target(g, &v[i]), oids, m, NULL) == 1)
			continue;
		for (size_t j = i; j < next; j++)
			if (git_has_landed(g, &v[j]))
				git_check_landed(g, &v[j]);
	}
}

/* --- I17 --- */

static void
git_check_worktree(struct git_check *g, const struct record *r)
{
	_cleanup_(buf_release) struct buf path = BUF_INIT;
	const struct ticket *t = &r->ticket;
	const struct git_seen_tree *tree;
	const char *branch = r->spec.branch != NULL ? r->spec.branch : "";

	/* Before it is claimed, it may be in the making. */
	if (!ticket_is_open(t) || t->episode.state == EPISODE_OPEN)
		return;
	if (t->phase == PHASE_STARTING || t->phase == PHASE_REV_STARTING)
		return;
	cli_facts_worktree(g->f, r, &path);
	if (t->episode.role == ROLE_REVIEWER)
		buf_addf(&path, PLACE_REVIEW "%u", t->episode.n);
	git_make_real(&path);
	tree = git_seen_tree(&g->seen, path.p);
	/* A rebase takes HEAD off its branch for a while; a reviewer has none. */
	if (tree != NULL && (tree->branch == NULL || strcmp(tree->branch, branch) == 0))
		return;
	if (!cli_fsck_is_same(g->f, r))
		return;
	if (tree == NULL)
		fsck_add(g->found, "I17", t->id.n, NULL,
		    "episode %u.%u is open, and \"%s\" has no worktree %s", t->id.n, t->episode.n,
		    g->repo->name, path.p);
	else
		fsck_add(g->found, "I17", t->id.n, NULL,
		    "episode %u.%u is open, and its worktree is on the branch %s, not on %s",
		    t->id.n, t->episode.n, tree->branch, branch);
}

/* Also of who does not work just now: its next start needs it. */
static void
git_check_readable(struct git_check *g, const struct record *r)
{
	_cleanup_(buf_release) struct buf path = BUF_INIT;
	struct fsck_finding *finding;
	struct err why = ERR_INIT;

	if (phase_is_final(r->ticket.phase) || r->ticket.phase == PHASE_STARTING)
		return;
	cli_facts_worktree(g->f, r, &path);
	if (access(path.p, F_OK) < 0 || git_seen_try_tree(path.p, &why) != ERR_EXTERNAL ||
	    !cli_fsck_is_same(g->f, r))
		return;
	finding = fsck_add(g->found, "I17", r->ticket.id.n, NULL,
	    "ticket %u: git cannot work in its worktree %s: %s", r->ticket.id.n, path.p, why.text);
	finding->next =
	    "if its HEAD or index is damaged: remove that file from the directory that its .git "
	    "file names; the next start makes it anew (reeve retry ID), and the files stay";
}

static void
git_check_shared(struct git_check *g, size_t i)
{
	const struct record *a = &g->f->records.v[i];

	for (size_t j = 0; j < i; j++) {
		const struct record *b = &g->f->records.v[j];

		if (git_is_here(g, b) && ticket_is_open(&b->ticket) && b->spec.branch != NULL &&
		    strcmp(a->spec.branch, b->spec.branch) == 0)
			fsck_add(g->found, "I17", a->ticket.id.n, NULL,
			    "tickets %u and %u both work on the branch %s, in one worktree",
			    b->ticket.id.n, a->ticket.id.n, a->spec.branch);
	}
}

/* The record that has this branch; a ticket that came since, or cannot be read, counts, too. */
static bool
git_has_ticket(const struct git_check *g, struct str number, const char *branch)
{
	const struct record *r;
	struct ticket_id id;
	char name[16];

	if (!ticket_id_parse(number, &id))
		return false;
	(void)snprintf(name, sizeof name, "%u", id.n);
	r = cli_facts_find(g->f, id);
	if (r == NULL)
		return file_exists(g->f->cli->root.io, g->f->cli->root.tickets, name);
	return git_is_here(g, r) &&
	       (branch == NULL || (r->spec.branch != NULL && strcmp(r->spec.branch, branch) == 0));
}

static void
git_check_strange_refs(struct git_check *g)
{
	const size_t heads = strlen("refs/heads/"), ours = strlen("refs/reeve/");

	for (size_t i = 0; i < g->seen.refs.n; i++) {
		const char *name = g->seen.refs.v[i].name;
		bool is_branch = str_starts(str_of(name), "refs/heads/");
		struct str rest = str_of(is_branch ? name + heads + strlen("reeve/") : name + ours);
		struct str number;
		struct fsck_finding *finding;

		(void)str_cut(&rest, is_branch ? '-' : '/', &number);
		if (git_has_ticket(g, number, is_branch ? name + heads : NULL))
			continue;
		finding = fsck_add(g->found, "I17", 0, NULL,
		    "\"%s\" has %s, which belongs to no ticket here", g->repo->name, name);
		finding->next =
		    "when no other state directory works on this repository: look whether "
		    "it holds work (git log), then git branch -D or git update-ref -d";
	}
}

static void
git_check_strange_trees(struct git_check *g)
{
	const struct str others[] = { STR(PLACE_REVIEW), STR(PLACE_GATE) };
	_cleanup_(buf_release) struct buf top = BUF_INIT;

	config_worktree(&g->f->cli->config, g->f->cli->root.path, g->repo->name, "", &top);
	git_make_real(&top);
	buf_addch(&top, '/');
	for (size_t i = 0; i < g->seen.trees.n; i++) {
		const char *path = g->seen.trees.v[i].path;
		_cleanup_(buf_release) struct buf branch = BUF_INIT;
		struct str rest, number;
		ssize_t at;

		if (!str_starts(str_of(path), top.p))
			continue;
		rest = str_of(path + top.len);
		for (size_t k = 0; k < ARRAY_LEN(others); k++)
			if ((at = str_find(rest, others[k])) > 0)
				rest.len = (size_t)at;
		buf_addf(&branch, "reeve/%.*s", STR_FMT(rest));
		(void)str_cut(&rest, '-', &number);
		if (!git_has_ticket(g, number, branch.p))
			fsck_add(g->found, "I17", 0, NULL,
			    "\"%s\" has the worktree %s, which belongs to no ticket", g->repo->name,
			    path);
	}
}

/* --- all of it --- */

static void
git_check_repo(struct git_check *g)
{
	struct err why = ERR_INIT;

	if (git_seen_read(g->repo->path, &g->seen, &why) < 0) {
		cli_say("the repository \"%s\" (%s) cannot be checked: %s", g->repo->name,
		    g->repo->path, why.text);
		g->status = EXIT_IO;
		return;
	}
	for (size_t i = 0; i < g->f->records.n; i++) {
		const struct record *r = &g->f->records.v[i];
		uint32_t closed = r->ticket.episode.n - (ticket_is_open(&r->ticket) ? 1 : 0);

		if (!git_is_here(g, r))
			continue;
		git_check_pin(g, r);
		for (uint32_t n = 1; n <= closed; n++)
			git_check_outcome(g, r, n);
		git_check_worktree(g, r);
		git_check_readable(g, r);
		if (ticket_is_open(&r->ticket) && r->spec.branch != NULL)
			git_check_shared(g, i);
	}
	git_check_all_landed(g);
	git_check_strange_refs(g);
	git_check_strange_trees(g);
}

/* Tickets of a repository that is not known any more: a fault when they are to go on. */
static void
git_check_homeless(const struct cli_facts *f, struct fsck_list *ret)
{
	for (size_t i = 0; i < f->records.n; i++) {
		const struct record *r = &f->records.v[i];
		const char *repo = r->spec.repo != NULL ? r->spec.repo : "";
		struct fsck_finding *finding;

		if (phase_is_final(r->ticket.phase) || config_repo(&f->cli->config, repo) != NULL)
			continue;
		finding = fsck_add(ret, "I17", r->ticket.id.n, "config",
		    "ticket %u: its repository \"%s\" is not in the configuration", r->ticket.id.n,
		    repo);
		finding->next = "`reeve repo add PATH` makes it known again; or `reeve cancel ID`";
	}
}

int
cli_fsck_git(const struct cli_facts *f, struct fsck_list *ret)
{
	int status = cli_config(f->cli);

	if (status != EXIT_OK)
		return status;
	for (size_t i = 0; i < f->cli->config.repos.n; i++) {
		struct git_check g = {
			.f = f, .repo = &f->cli->config.repos.v[i], .found = ret, .status = EXIT_OK
		};

		git_check_repo(&g);
		git_seen_release(&g.seen);
		if (g.status != EXIT_OK)
			status = g.status;
	}
	git_check_homeless(f, ret);
	return status;
}
