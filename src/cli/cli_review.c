/* SPDX-License-Identifier: GPL-2.0-only */
#include "base/base.h"

#include "cli/cli_review.h"

#include "store/gates.h"
#include "sys/file.h"

#define REVIEW_LOG_MAX   ((size_t)1024 * 1024)
#define REVIEW_DIFF_MAX  ((size_t)16 * 1024 * 1024)
#define REVIEW_GATE_MAX  ((size_t)16 * 1024 * 1024)
#define REVIEW_GATE_TAIL 40 /* lines of each */
#define REVIEW_COMMITS   "--max-count=200"

void
review_release(struct reviewed *r)
{
	for (size_t i = 0; i < r->gates.n; i++) {
		free(r->gates.v[i].path);
		buf_release(&r->gates.v[i].tail);
	}
	free(r->gates.v);
	comments_release(&r->comments);
	cli_history_release(&r->history);
	blocker_release(&r->blocker);
	buf_release(&r->summary);
	buf_release(&r->log);
	buf_release(&r->diff);
	cli_facts_release(&r->facts);
}

static void
review_read_history(struct reviewed *r)
{
	const struct ticket *t = &r->record->ticket;

	for (size_t i = 0; i < r->history.entries.n; i++) {
		const struct history_entry *e = &r->history.entries.v[i];
		enum event_kind kind = e->event.kind;

		(void)comments_add(&r->comments, e);
		if ((kind == EVENT_DONE || kind == EVENT_REVIEW || kind == EVENT_ADOPT ||
			kind == EVENT_AMEND) &&
		    oid_eq(e->event.commit, t->pinned))
			r->reported = e;
	}
	if (r->reported != NULL)
		history_text(r->reported, &r->summary);
}

/* The end of the bytes. */
static void
review_tail(struct str bytes, struct review_gate *ret)
{
	size_t from = bytes.len, lines = 0;

	while (from > 0) {
		if (bytes.p[from - 1] == '\n' && from < bytes.len && ++lines == REVIEW_GATE_TAIL)
			break;
		from--;
	}
	ret->is_cut = from > 0;
	buf_add(&ret->tail, bytes.p + from, bytes.len - from);
}

/* What the commands of the last gate said. */
static void
review_read_gates(struct reviewed *r)
{
	struct root *root = &r->facts.cli->root;
	_cleanup_(strvec_release) struct strvec logs = STRVEC_INIT;

	gate_logs(root, r->record->ticket.id, &logs);
	for (size_t i = 0; i < logs.n; i++) {
		_cleanup_(buf_release) struct buf bytes = BUF_INIT;
		struct err err = ERR_INIT;
		struct review_gate *g = VEC_PUSH(&r->gates);

		g->path = xstrdup(logs.v[i]);
		buf_init(&g->tail);
		if (file_read(root->io, IO_CWD, g->path, REVIEW_GATE_MAX, &bytes, &err) == 0)
			review_tail(buf_str(&bytes), g);
		else
			buf_adds(&g->tail, err.text);
	}
}

static int
review_refuse(const struct reviewed *r)
{
	const struct ticket *t = &r->record->ticket;

	cli_say("ticket %u has no delivered commit to look at: it is %s%s%s. `reeve diff %u` shows "
		"what is on its branch",
	    t->id.n, phase_name(t->phase), r->blocker.text.len > 0 ? ", " : "", r->blocker.text.p,
	    t->id.n);
	return EXIT_REFUSED;
}

int
review_gather(struct cli *c, const char *arg, struct reviewed *ret)
{
	struct err err = ERR_INIT;
	int status = cli_facts_load_one(c, arg, &ret->facts, &ret->record);

	if (status != EXIT_OK)
		return status;
	cli_facts_blocker(&ret->facts, ret->record, &ret->blocker);
	if (!oid_is_set(ret->record->ticket.pinned))
		return review_refuse(ret);
	if (cli_history_load(&ret->history, ret->record, &err) < 0)
		return cli_fail(&err);
	ret->is_waiting = ret->record->ticket.phase == PHASE_HUMAN_REVIEW ||
			  (ret->record->ticket.phase == PHASE_DELIVERED &&
			      ret->record->ticket.review == REVIEW_HUMAN);
	review_read_history(ret);
	review_read_gates(ret);
	return EXIT_OK;
}

/* --- what git says --- */

/* Where it parted from its target; of what has landed, from where that stood.  Without a target: where its author
 * began. */
static int
review_find_start(
    struct reviewed *r, const struct config_repo *repo, const struct git_view *v, struct err *err)
{
	const struct ticket *t = &r->record->ticket;
	_cleanup_(buf_release) struct buf ref = BUF_INIT, out = BUF_INIT;
	struct oid from = t->merge_from;
	const char *words[] = { "merge-base", NULL, t->pinned.hex, NULL };
	struct str rest, hex;
	int e;

	buf_addf(&ref, "refs/heads/%s", r->record->spec.base ? r->record->spec.base : "");
	if (!oid_is_set(t->merge_commit) && git_read_ref(repo->path, ref.p, &from, NULL) < 0)
		from = t->episode.base;
	if (!oid_is_set(from))
		return err_set(err, ERR_NOTFOUND,
		    "the branch \"%s\" that ticket %u goes to is not in %s", r->record->spec.base,
		    t->id.n, repo->path);
	words[1] = from.hex;
	e = git_view_read(v, 0, words, &out, err);
	if (e < 0)
		return e;
	rest = buf_str(&out);
	(void)str_cut(&rest, '\n', &hex);
	if (!oid_parse(hex, &r->start))
		return err_set(err, ERR_EXTERNAL, "git merge-base answers strangely");
	return 0;
}

static int
review_read_log(struct reviewed *r, const struct git_view *v, const char *range, struct err *err)
{
	const char *words[] = { "log", "--no-color", "--no-show-signature", "--no-notes",
		"--no-decorate", "--no-patch", "--format=medium", "--date=iso", REVIEW_COMMITS,
		range, "--", NULL };
	int e = git_view_read(v, REVIEW_LOG_MAX, words, &r->log, err);

	r->is_log_cut = r->log.len >= REVIEW_LOG_MAX;
	return e;
}

static int
review_read_diff(
    struct reviewed *r, const struct git_view *v, bool is_stat, size_t columns, struct err *err)
{
	_cleanup_(buf_release) struct buf stat = BUF_INIT;
	const char *words[] = { "-c", "core.quotePath=false", "diff", "--no-color", "--no-ext-diff",
		"--no-textconv", "--submodule=short", NULL, is_stat ? "--summary" : "--patch",
		r->start.hex, r->record->ticket.pinned.hex, "--", NULL };
	int e;

	buf_addf(&stat, "--stat=%zu", columns > 0 ? columns : 100);
	words[7] = stat.p;
	e = git_view_read(v, REVIEW_DIFF_MAX, words, &r->diff, err);
	r->is_diff_cut = r->diff.len >= REVIEW_DIFF_MAX;
	return e;
}

int
review_read_git(struct reviewed *r, bool is_stat, size_t columns)
{
	_cleanup_(git_view_close) struct git_view v = GIT_VIEW_INIT;
	const struct config_repo *repo = NULL;
	_cleanup_(buf_release) struct buf range = BUF_INIT;
	struct err err = ERR_INIT;
	int status = work_repo(r->facts.cli, r->record, &repo), e;

	if (status != EXIT_OK)
		return status;
	e = git_view_open(repo->path, r->record->ticket.pinned, &v, &err);
	if (e == 0)
		e = review_find_start(r, repo, &v, &err);
	buf_addf(&range, "%s..%s", r->start.hex, r->record->ticket.pinned.hex);
	if (e == 0)
		e = review_read_log(r, &v, range.p, &err);
	if (e == 0)
		e = review_read_diff(r, &v, is_stat, columns, &err);
	if (e == 0)
		return EXIT_OK;
	(void)err_prefix(&err, "the commit of ticket %u", r->record->ticket.id.n);
	return cli_fail(&err);
}
