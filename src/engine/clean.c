/* SPDX-License-Identifier: GPL-2.0-only */
#include "base/base.h"

#include "engine/clean.h"

#include "engine/commit.h"
#include "engine/drive.h"
#include "sys/log.h"

static int
clean_look_there(const struct engine *e, const struct item *it, bool is_gone)
{
	_cleanup_(buf_release) struct buf path = BUF_INIT;

	if (is_gone)
		item_worktree_gone(e, it, &path);
	else
		item_worktree(e, it, &path);
	return item_look_there(e, &path);
}

/* Said once: a reason that is the ticket's cause already is no news. */
static int
clean_kept(struct engine *e, struct item *it, const char *what, struct str why, struct err *err)
{
	_cleanup_(buf_release) struct buf words = BUF_INIT;
	const struct ticket *t = &it->rec.ticket;
	struct event ev;

	/* what goes already goes on; unless that is what failed */
	it->is_kept =
	    phase_is_final(t->phase) && (it->clean.is_rest || clean_look_there(e, it, true) == 0);
	buf_addf(&words, "%s: ", what);
	buf_add_str(&words, why);
	engine_event(e, it, EVENT_KEPT, &ev);
	engine_reason(&ev, buf_str(&words));
	if (!phase_is_final(t->phase)) /* opened again meanwhile: it is to stay */
		return 0;
	if (t->prune == PRUNE_UNSET && (t->hook == HOOK_FAILED || strcmp(t->cause, ev.reason) == 0))
		return 0;
	log_line(LOG_WARN, "ticket %u: %s", t->id.n, words.p);
	return engine_fact(e, it, &ev, NULL, err);
}

int
clean_begin(
    struct engine *e, struct item *it, const struct facts *f, bool *ret_changed, struct err *err)
{
	const struct ticket *t = &it->rec.ticket;
	struct work w = { .kind = WORK_CLEAN,
		.merge = t->merge_commit,
		.commit = t->passed,
		.pin = t->prune_rev,
		.prune = t->prune,
		.is_rest = f->has_rest && t->prune == PRUNE_UNSET };

	it->clean.is_rest = w.is_rest;
	it->clean.what = t->prune;
	it->clean.rev = t->prune_rev;
	if (!item_repo(e, it)) {
		*ret_changed = true;
		return clean_kept(e, it, "not cleaned up",
		    STR("its repository is not in the configuration any more (reeve repo add)"),
		    err);
	}
	(void)engine_begin(e, it, &w, NULL); /* tried again by the next look */
	return 0;
}

/* "parked REF OID" of the lines: how to get it back. */
static void
clean_parked(struct str lines, struct buf *ret)
{
	struct str line, word, ref;
	const char *before = "; parked as ";

	while (str_cut(&lines, '\n', &line) || line.len > 0) {
		if (!str_cut(&line, ' ', &word) || !str_is(word, "parked") ||
		    !str_cut(&line, ' ', &ref))
			continue;
		buf_adds(ret, before);
		buf_add_str(ret, ref);
		before = ", ";
	}
}

static int
clean_gone(struct engine *e, struct item *it, const struct work_result *r, struct err *err)
{
	const struct ticket *t = &it->rec.ticket;
	_cleanup_(buf_release) struct buf words = BUF_INIT, text = BUF_INIT;
	struct event ev;

	it->is_kept = false; /* the next look sees what is left of it */
	if (r->text.len == 0 &&
	    (!phase_is_final(t->phase) || t->cause[0] == '\0' || t->hook == HOOK_FAILED))
		return 0;
	if (it->clean.is_rest &&
	    clean_look_there(e, it, false) > 0) /* and that is what the cause is about */
		return 0;
	engine_event(e, it, EVENT_PRUNED, &ev);
	ev.prune = it->clean.what;
	ev.salvage = r->a;
	ev.commit = r->b;
	buf_adds(
	    &words, it->clean.what == PRUNE_REFS ? "refs removed" : "worktree and branch removed");
	clean_parked(r->text, &words);
	engine_reason(&ev, buf_str(&words));
	buf_add_str(&text, r->text);
	log_line(LOG_INFO, "ticket %u: %s", t->id.n, words.p);
	return engine_fact(e, it, &ev, text.len > 0 ? text.p : NULL, err);
}

int
clean_answer(struct engine *e, struct item *it, const struct work_result *r, struct err *err)
{
	const struct ticket *t = &it->rec.ticket;

	if (t->prune != PRUNE_UNSET &&
	    (t->prune != it->clean.what || t->prune_rev != it->clean.rev))
		return 0; /* more is asked for meanwhile: the next look begins that, and tells of both */
	if (r->answer == WORK_OK && r->flag)
		return clean_gone(e, it, r, err);
	return clean_kept(
	    e, it, r->answer == WORK_OK ? "worktree kept" : "not cleaned up", r->text, err);
}
