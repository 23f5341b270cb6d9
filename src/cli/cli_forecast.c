/* SPDX-License-Identifier: GPL-2.0-only */
#include "base/base.h"

#include "cli/cli_forecast.h"

#include <sys/wait.h>

#include "base/clean.h"
#include "cli/cli_git_view.h"
#include "codec/ref_name.h"
#include "sys/clock.h"

#define FORECAST_BYTES_MAX ((size_t)16 * 1024 * 1024)
#define FORECAST_PATH      80 /* columns */

void
forecast_release(struct forecast *fc)
{
	for (size_t i = 0; i < fc->pairs.n; i++) {
		free(fc->pairs.v[i].repo);
		strvec_release(&fc->pairs.v[i].paths);
	}
	free(fc->pairs.v);
	memset(fc, 0, sizeof *fc);
}

void
forecast_sides_release(struct forecast_sides *s)
{
	for (size_t i = 0; i < s->n; i++)
		strvec_release(&s->v[i].paths);
	free(s->v);
	memset(s, 0, sizeof *s);
}

void
forecast_paths(const struct report_conflict *c, struct buf *ret)
{
	for (size_t i = 0; i < c->paths.n; i++) {
		buf_adds(ret, i > 0 ? ", " : "");
		clean_add_line(ret, str_of(c->paths.v[i]), FORECAST_PATH);
	}
	if (c->n_more > 0)
		buf_addf(ret, " and %zu more", c->n_more);
}

/* --- who changes what --- */

void
forecast_read(struct str out, struct forecast_sides *sides)
{
	struct forecast_side *side = NULL;
	struct str token;
	size_t at = 0;

	while (str_cut(&out, '\0', &token)) {
		if (token.len > 0 && token.p[0] == ':') { /* modes, ids, status; then the path */
			if (str_cut(&out, '\0', &token) && side != NULL)
				strvec_push_str(&side->paths, token);
			continue;
		}
		/* In the order in which they were asked for; one that git does not know is left out. */
		while (at < sides->n && !str_is(token, sides->v[at].head.hex))
			at++;
		side = at < sides->n ? &sides->v[at++] : NULL;
	}
	for (size_t i = 0; i < sides->n; i++)
		strvec_sort(&sides->v[i].paths);
}

bool
forecast_is_near(const struct forecast_side *a, const struct forecast_side *b)
{
	size_t i = 0, j = 0;

	while (i < a->paths.n && j < b->paths.n) {
		int order = strcmp(a->paths.v[i], b->paths.v[j]);

		if (order == 0)
			return true;
		i += order < 0;
		j += order > 0;
	}
	return false;
}

/* --- one repository --- */

struct forecast_round {
	const struct config_repo *repo;
	int64_t until_ms; /* on the clock of this boot */
	bool is_partial, is_bounded;
	struct {
		const struct record **v;
		size_t n, cap;
	} records;
	struct forecast_sides sides;
};

static void
round_release(struct forecast_round *r)
{
	free(r->records.v);
	forecast_sides_release(&r->sides);
}

/* False: the time is over. */
static bool
round_limits(struct forecast_round *r, struct git_run *ret)
{
	ret->path = r->repo->path;
	ret->timeout_ms = r->until_ms - clock_boot_ms();
	ret->max = FORECAST_BYTES_MAX;
	if (ret->timeout_ms > 0)
		return true;
	r->is_partial = r->is_bounded = true;
	return false;
}

/* Git could not tell; because the time was over? */
static void
round_fail(struct forecast_round *r)
{
	struct git_run unused;

	r->is_partial = true;
	(void)round_limits(r, &unused);
}

static void
round_push_ref(struct strvec *words, const char *branch)
{
	_cleanup_(buf_release) struct buf ref = BUF_INIT;

	if (branch == NULL || !ref_name_is_branch(str_of(branch)))
		return;
	buf_addf(&ref, "refs/heads/%s", branch);
	strvec_push(words, ref.p);
}

/* The id that stands before this name: "OID refs/heads/NAME" a line. */
static struct oid
round_find_ref(struct str refs, const char *branch)
{
	struct oid none = { "" }, oid;
	struct str line, hex;

	while (branch != NULL && str_cut(&refs, '\n', &line))
		if (str_cut(&line, ' ', &hex) && str_starts(line, "refs/heads/") &&
		    strcmp(branch, "") != 0 &&
		    str_is(str_n(line.p + strlen("refs/heads/"), line.len - strlen("refs/heads/")),
			branch) &&
		    oid_parse(hex, &oid))
			return oid;
	return none;
}

/* What would land of each, and what it began at. */
static void
round_find_heads(struct forecast_round *r, struct str refs)
{
	for (size_t i = 0; i < r->records.n; i++) {
		const struct record *rec = r->records.v[i];
		const struct ticket *t = &rec->ticket;
		struct forecast_side side = { .id = t->id, .base = t->episode.base };

		side.head = t->pinned_by != 0 ? t->pinned : round_find_ref(refs, rec->spec.branch);
		if (!oid_is_set(side.base)) /* adopted, and nobody has worked on it here */
			side.base = round_find_ref(refs, rec->spec.base);
		if (oid_is_set(side.head) && oid_is_set(side.base) && !oid_eq(side.head, side.base))
			*VEC_PUSH(&r->sides) = side;
	}
}

static bool
round_read_heads(struct forecast_round *r)
{
	_cleanup_(strvec_release) struct strvec words = STRVEC_INIT;
	_cleanup_(buf_release) struct buf out = BUF_INIT;
	struct git_run run = { .path = NULL };
	int status = 0;

	strvec_push(&words, "for-each-ref");
	strvec_push(&words, "--format=%(objectname) %(refname)");
	for (size_t i = 0; i < r->records.n; i++) {
		round_push_ref(&words, r->records.v[i]->spec.branch);
		if (!oid_is_set(r->records.v[i]->ticket.episode.base))
			round_push_ref(&words, r->records.v[i]->spec.base);
	}
	if (!round_limits(r, &run) ||
	    git_run(&run, (const char *const *)words.v, &out, &status, NULL) < 0 || status != 0)
		return false;
	round_find_heads(r, buf_str(&out));
	return true;
}

/* Changes since the work began, not since the merge base: that is never less, and costs no call a ticket. */
static bool
round_read_paths(struct forecast_round *r)
{
	static const char *const words[] = { "diff-tree", "--stdin", "-r", "-z", "--raw",
		"--no-renames", "--always", NULL };
	_cleanup_(buf_release) struct buf in = BUF_INIT, out = BUF_INIT;
	struct git_run run = { .path = NULL };
	int status = 0;

	for (size_t i = 0; i < r->sides.n; i++)
		buf_addf(&in, "%s %s\n", r->sides.v[i].head.hex, r->sides.v[i].base.hex);
	if (!round_limits(r, &run))
		return false;
	run.input = buf_str(&in);
	if (git_run(&run, words, &out, &status, NULL) < 0 || status != 0)
		return false;
	r->is_partial |= out.len >= FORECAST_BYTES_MAX;
	forecast_read(buf_str(&out), &r->sides);
	return true;
}

/* "OID", then a path for each conflict, each ended by a NUL. */
static void
round_take(const struct forecast_round *r, const struct forecast_side *a,
    const struct forecast_side *b, struct str out, struct forecast *ret)
{
	struct report_conflict *c = VEC_PUSH(&ret->pairs);
	struct str path;

	c->first = a->id;
	c->second = b->id;
	c->repo = xstrdup(r->repo->name);
	(void)str_cut(&out, '\0', &path);
	while (str_cut(&out, '\0', &path))
		if (c->paths.n < FORECAST_PATHS)
			strvec_push_str(&c->paths, path);
		else
			c->n_more++;
}

/* False: no other pair need be tried. */
static bool
round_merge(struct forecast_round *r, struct git_view *v, const struct forecast_side *a,
    const struct forecast_side *b, struct forecast *ret)
{
	const char *words[] = { "merge-tree", "--write-tree", "--name-only", "-z", "--no-messages",
		a->head.hex, b->head.hex, NULL };
	_cleanup_(buf_release) struct buf out = BUF_INIT;
	struct git_run run = { .path = NULL };
	struct str rest, tree;
	struct oid oid;
	int status = 0;

	if (!round_limits(r, &run))
		return false;
	if ((v->dir.len == 0 && git_view_open(r->repo->path, a->head, v, NULL) < 0) ||
	    git_view_run(v, &run, words, &out, &status, NULL) < 0) {
		round_fail(r);
		return false;
	}
	rest = buf_str(&out);
	if (WIFEXITED(status) && WEXITSTATUS(status) == 1 && str_cut(&rest, '\0', &tree) &&
	    oid_parse(tree, &oid)) /* a commit that is not there is exit status 1, too */
		round_take(r, a, b, buf_str(&out), ret);
	else
		r->is_partial |= status != 0;
	return !WIFEXITED(status) || WEXITSTATUS(status) != 129; /* git < 2.38 */
}

static void
round_run(struct forecast_round *r, uint32_t of, struct forecast *ret)
{
	_cleanup_(git_view_close) struct git_view v = GIT_VIEW_INIT;

	if (!round_read_heads(r) || (r->sides.n > 1 && !round_read_paths(r))) {
		round_fail(r);
		return;
	}
	for (size_t i = 0; i < r->sides.n; i++)
		for (size_t j = i + 1; j < r->sides.n; j++) {
			const struct forecast_side *a = &r->sides.v[i], *b = &r->sides.v[j];

			if ((of == 0 || a->id.n == of || b->id.n == of) && forecast_is_near(a, b) &&
			    !round_merge(r, &v, a, b, ret))
				return;
		}
}

/* --- all --- */

static bool
forecast_counts(const struct record *r, const struct config_repo *repo)
{
	const struct ticket *t = &r->ticket;

	return !phase_is_final(t->phase) && t->phase != PHASE_PARKED && t->want == WANT_RUN &&
	       (t->episode.n > 0 || oid_is_set(t->pinned)) && r->spec.repo != NULL &&
	       strcmp(r->spec.repo, repo->name) == 0;
}

void
forecast_make(const struct cli_facts *f, uint32_t of, struct forecast *ret)
{
	const struct config *config = &f->cli->config;
	int64_t until_ms = clock_boot_ms() + FORECAST_MS;

	for (size_t k = 0; f->cli->has_config && k < config->repos.n; k++) {
		_cleanup_(round_release) struct forecast_round r = { .repo = &config->repos.v[k],
			.until_ms = until_ms };
		bool has_it = of == 0;

		for (size_t i = 0; i < f->records.n; i++) {
			const struct record *rec = &f->records.v[i];

			if (!forecast_counts(rec, r.repo))
				continue;
			has_it |= rec->ticket.id.n == of;
			if (r.records.n < FORECAST_TICKETS || rec->ticket.id.n == of)
				*VEC_PUSH(&r.records) = rec;
			else
				r.is_partial = r.is_bounded = true;
		}
		if (has_it && r.records.n > 1)
			round_run(&r, of, ret);
		ret->is_partial |= has_it && r.is_partial;
		ret->is_bounded |= has_it && r.is_bounded;
	}
}
