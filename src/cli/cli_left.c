/* SPDX-License-Identifier: GPL-2.0-only */
#include "base/base.h"

#include "cli/cli_left.h"

#include <dirent.h>
#include <unistd.h>

#include "cli/cli_du.h"
#include "cli/cli_git.h"
#include "sys/file.h"
#include "sys/proc.h"

#define LEFT_ENTRIES   2000000 /* that are counted, of all worktrees */
#define LEFT_PROBE_MS  60000
#define LEFT_PROBE_MAX (64u * 1024u)
#define LEFT_SHORT     8 /* digits of a commit */

struct left_target {
	char *branch;
	struct strvec merged; /* refs that it contains */
	bool is_known;
};

struct left_repo {
	const struct cli_facts *f;
	const struct config_repo *repo;
	struct left *l;
	struct git_seen seen;
	struct {
		struct left_target *v;
		size_t n, cap;
	} targets;
	struct buf top; /* of its worktrees, real, with a slash behind */
	uint32_t entries;
	bool has_sizes;
};

static void
left_repo_release(struct left_repo *g)
{
	for (size_t i = 0; i < g->targets.n; i++) {
		free(g->targets.v[i].branch);
		strvec_release(&g->targets.v[i].merged);
	}
	free(g->targets.v);
	git_seen_release(&g->seen);
	buf_release(&g->top);
}

void
left_release(struct left *l)
{
	for (size_t i = 0; i < l->rows.n; i++) {
		free(l->rows.v[i].name);
		free(l->rows.v[i].why);
	}
	free(l->rows.v);
	memset(l, 0, sizeof *l);
}

static struct report_left *
left_add(struct left_repo *g, const struct record *r, const char *kind, const char *name)
{
	struct report_left *row = VEC_PUSH(&g->l->rows);

	*row = (struct report_left){ .repo = g->repo->name,
		.kind = kind,
		.name = xstrdup(name),
		.bytes = -1,
		.changes = -1,
		.commits = -1 };
	if (r != NULL) {
		row->ticket = r->ticket.id;
		row->phase = r->ticket.phase;
		row->since_wall_ms = r->ticket.since_wall_ms;
	}
	return row;
}

static void
left_why(struct report_left *row, bool is_landed, const char *fmt, ...) printf_like(3, 4);
static void
left_why(struct report_left *row, bool is_landed, const char *fmt, ...)
{
	_cleanup_(buf_release) struct buf b = BUF_INIT;
	va_list ap;

	va_start(ap, fmt);
	buf_addv(&b, fmt, ap);
	va_end(ap);
	row->is_landed = is_landed;
	free(row->why);
	row->why = buf_take(&b);
}

/* --- proofs --- */

static const char *
left_base(const struct left_repo *g, const struct record *r)
{
	return r->spec.base != NULL ? r->spec.base : g->repo->base;
}

static const struct left_target *
left_target(struct left_repo *g, const char *branch)
{
	struct left_target *t;

	for (size_t i = 0; i < g->targets.n; i++)
		if (strcmp(g->targets.v[i].branch, branch) == 0)
			return &g->targets.v[i];
	t = VEC_PUSH(&g->targets);
	*t = (struct left_target){ .branch = xstrdup(branch), .merged = STRVEC_INIT };
	t->is_known = git_seen_merged(g->repo->path, branch, &t->merged, NULL) == 0;
	return t;
}

/* Made from what passed, and the target contains what it was made into: squashed, or rebased. */
static bool
left_is_made_of(struct left_repo *g, const struct record *r, struct oid oid)
{
	const struct ticket *t = &r->ticket;

	return oid_is_set(t->merge_commit) && oid_is_set(t->passed) &&
	       (oid_eq(oid, t->passed) ||
		   git_seen_is_ancestor(g->repo->path, oid, t->passed, NULL) == 1) &&
	       git_seen_contains(g->repo->path, left_base(g, r), &t->merge_commit, 1, NULL) == 1;
}

/* A branch or a ref of this ticket. */
static void
left_prove(struct left_repo *g, const struct record *r, bool is_branch, struct report_left *row)
{
	const char *base = left_base(g, r);
	const struct left_target *target = left_target(g, base);
	const struct ticket *t = &r->ticket;

	if (!phase_is_final(t->phase)) {
		left_why(row, false, "the ticket is %s", phase_name(t->phase));
		return;
	}
	if (!target->is_known) {
		left_why(row, false, "no branch %s to look for it in", base);
		return;
	}
	for (size_t i = 0; i < target->merged.n; i++)
		if (strcmp(target->merged.v[i], row->name) == 0) {
			row->commits = 0;
			if (oid_is_set(t->merge_commit) && is_branch)
				left_why(row, true, "landed as %.*s in %s, which contains it",
				    LEFT_SHORT, t->merge_commit.hex, base);
			else
				left_why(row, true, "%s contains it", base);
			return;
		}
	(void)git_seen_count(g->repo->path, base, row->commit, &row->commits, NULL);
	if (left_is_made_of(g, r, row->commit))
		left_why(row, true, "landed as %.*s in %s, made of %.*s", LEFT_SHORT,
		    t->merge_commit.hex, base, LEFT_SHORT, t->passed.hex);
	else if (row->commits >= 0)
		left_why(row, false, "%lld commit%s that %s does not contain",
		    (long long)row->commits, row->commits == 1 ? "" : "s", base);
	else
		left_why(row, false, "cannot be compared with %s", base);
}

/* --- refs --- */

static const struct record *
left_record(const struct left_repo *g, struct str number)
{
	const struct record *r;
	struct ticket_id id;

	if (!ticket_id_parse(number, &id) || (r = cli_facts_find(g->f, id)) == NULL ||
	    r->spec.repo == NULL || strcmp(r->spec.repo, g->repo->name) != 0)
		return NULL;
	return r;
}

static void
left_refs(struct left_repo *g)
{
	const size_t heads = strlen("refs/heads/"), ours = strlen("refs/reeve/");

	for (size_t i = 0; i < g->seen.refs.n; i++) {
		const struct git_seen_ref *ref = &g->seen.refs.v[i];
		bool is_branch = str_starts(str_of(ref->name), "refs/heads/");
		struct str rest =
		    str_of(is_branch ? ref->name + heads + strlen("reeve/") : ref->name + ours);
		const struct record *r;
		struct report_left *row;
		struct str number;

		(void)str_cut(&rest, is_branch ? '-' : '/', &number);
		r = left_record(g, number);
		if (r != NULL && is_branch &&
		    (r->spec.branch == NULL || strcmp(r->spec.branch, ref->name + heads) != 0))
			r = NULL;
		row = left_add(g, r, is_branch ? "branch" : "ref", ref->name);
		row->commit = ref->oid;
		if (r != NULL)
			left_prove(g, r, is_branch, row);
		else
			left_why(row, false, "of no ticket here: git %s",
			    is_branch ? "branch -D" : "update-ref -d");
	}
}

/* --- worktrees --- */

/* HEAD, and the number of files that are not committed. */
static bool
left_probe(const char *path, struct oid *ret_head, int64_t *ret_changes)
{
	_cleanup_(strvec_release) struct strvec argv = STRVEC_INIT;
	_cleanup_(buf_release) struct buf program = BUF_INIT, out = BUF_INIT;
	struct str rest, line;
	uint64_t n;
	int status = 0;

	cli_program("reeved", &program);
	strvec_push(&argv, program.p);
	strvec_push(&argv, "--probe-worktree");
	strvec_push(&argv, path);
	if (proc_run(&argv, NULL, LEFT_PROBE_MS, LEFT_PROBE_MAX, &out, &status, NULL) < 0 ||
	    status != 0)
		return false;
	rest = buf_str(&out);
	(void)str_cut(&rest, '\n', &line);
	(void)oid_parse(line, ret_head); /* none: no commit yet */
	(void)str_cut(&rest, '\n', &line);
	if (!str_u64(line, &n) || n > INT64_MAX)
		return false;
	*ret_changes = (int64_t)n;
	return true;
}

/* The branch's own row has its proof; a reviewer's HEAD is kept by a ref of the ticket. */
static void
left_prove_tree(struct left_repo *g, const struct record *r, struct report_left *row)
{
	const struct ticket *t = &r->ticket;
	const struct report_left *branch = NULL;
	bool is_held = !oid_is_set(row->commit);
	char prefix[32];

	(void)snprintf(prefix, sizeof prefix, "refs/reeve/%u/", t->id.n);
	for (size_t i = 0; i < g->l->rows.n; i++) {
		const struct report_left *o = &g->l->rows.v[i];

		if (o->ticket.n != t->id.n || o->repo != row->repo)
			continue;
		if (strcmp(o->kind, "branch") == 0)
			branch = o;
		is_held |= oid_eq(o->commit, row->commit) &&
			   (o->is_landed || str_starts(str_of(o->name), prefix));
	}
	if (!phase_is_final(t->phase))
		left_why(row, false, "the ticket is %s", phase_name(t->phase));
	else if (access(row->name, F_OK) < 0)
		left_why(row, branch == NULL || branch->is_landed, "its directory is gone");
	else if (row->changes < 0)
		left_why(row, false, "it cannot be looked into");
	else if (row->changes > 0)
		left_why(row, false, "%lld file%s not committed", (long long)row->changes,
		    row->changes == 1 ? " is" : "s are");
	else if (branch != NULL && oid_eq(branch->commit, row->commit))
		left_why(row, branch->is_landed, "%s", branch->why);
	else
		left_why(row, is_held && (branch == NULL || branch->is_landed), "%s",
		    is_held ? "clean" : "its HEAD is at commits of no branch");
}

static void
left_tree(struct left_repo *g, const char *path, const char *name)
{
	bool is_rest = str_starts(str_of(name), TICKET_WORKTREE_GONE);
	struct str rest = str_of(name + (is_rest ? strlen(TICKET_WORKTREE_GONE) : 0)), number;
	const struct record *r;
	struct report_left *row;

	(void)str_cut(&rest, '-', &number);
	r = left_record(g, number);
	row = left_add(g, r, is_rest ? "rest" : "worktree", path);
	if (g->has_sizes)
		row->bytes = cli_du(path, &g->entries, &row->is_partial);
	if (is_rest) {
		left_why(row, r != NULL, "it is being removed");
		return;
	}
	if (r == NULL) {
		left_why(row, false, "of no ticket here: git worktree remove");
		return;
	}
	if (phase_is_final(r->ticket.phase) && g->has_sizes)
		(void)left_probe(path, &row->commit, &row->changes);
	left_prove_tree(g, r, row);
}

/* Those that git knows, and those that are there. */
static void
left_trees(struct left_repo *g)
{
	_cleanup_(strvec_release) struct strvec names = STRVEC_INIT;
	struct io *io = g->f->cli->root.io;
	int dir;

	for (size_t i = 0; i < g->seen.trees.n; i++) {
		const char *path = g->seen.trees.v[i].path;

		if (str_starts(str_of(path), g->top.p) && !strchr(path + g->top.len, '/'))
			left_tree(g, path, path + g->top.len);
	}
	dir = file_open_dir(io, IO_CWD, g->top.p, NULL);
	if (dir >= 0 && file_list(io, dir, &names, NULL) == 0)
		for (size_t i = 0; i < names.n; i++) {
			_cleanup_(buf_release) struct buf path = BUF_INIT;

			buf_addf(&path, "%s%s", g->top.p, names.v[i]);
			if (git_seen_tree(&g->seen, path.p) == NULL)
				left_tree(g, path.p, names.v[i]);
		}
	io_close(io, dir);
}

static void
left_top(const struct left_repo *g, struct buf *ret)
{
	const struct cli *c = g->f->cli;
	char *real;

	config_worktree(&c->config, c->root.path, g->repo->name, "", ret);
	real = realpath(ret->p, NULL); /* git knows its worktrees by their real paths */
	if (real != NULL) {
		buf_clear(ret);
		buf_adds(ret, real);
	}
	free(real);
	buf_addch(ret, '/');
}

static int
left_order(const void *a, const void *b)
{
	static const char *const kinds[] = { "worktree", "rest", "branch", "ref" };
	const struct report_left *x = a, *y = b;
	int order = strcmp(x->repo, y->repo);

	if (order == 0) /* of no ticket: last */
		order = (x->ticket.n - 1 > y->ticket.n - 1) - (x->ticket.n - 1 < y->ticket.n - 1);
	for (size_t i = 0; order == 0 && i < ARRAY_LEN(kinds); i++)
		order = (strcmp(y->kind, kinds[i]) == 0) - (strcmp(x->kind, kinds[i]) == 0);
	return order != 0 ? order : strcmp(x->name, y->name);
}

void
left_gather(const struct cli_facts *f, bool has_sizes, struct left *ret)
{
	uint32_t entries = LEFT_ENTRIES;

	ret->status = EXIT_OK;
	for (size_t i = 0; i < f->cli->config.repos.n; i++) {
		_cleanup_(left_repo_release) struct left_repo g = { .f = f,
			.repo = &f->cli->config.repos.v[i],
			.l = ret,
			.entries = entries,
			.has_sizes = has_sizes };
		struct err why = ERR_INIT;

		if (git_seen_read(g.repo->path, &g.seen, &why) < 0) {
			cli_say("the repository \"%s\" (%s) cannot be looked at: %s", g.repo->name,
			    g.repo->path, why.text);
			ret->status = EXIT_IO;
			continue;
		}
		left_top(&g, &g.top);
		left_refs(&g);
		left_trees(&g);
		entries = g.entries;
	}
	if (ret->rows.n > 0)
		qsort(ret->rows.v, ret->rows.n, sizeof *ret->rows.v, left_order);
}
