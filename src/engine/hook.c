/* SPDX-License-Identifier: GPL-2.0-only */
#include "base/base.h"

#include "engine/hook.h"

#include "base/clean.h"
#include "codec/landing_text.h"
#include "codec/words.h"
#include "engine/commit.h"
#include "engine/drive.h"
#include "sys/file.h"
#include "sys/log.h"

static bool
hook_is_running(const struct engine *e)
{
	for (size_t i = 0; i < e->items.n; i++)
		if (e->items.v[i]->busy == WORK_HOOK)
			return true;
	return false;
}

static void
hook_push(struct strvec *env, const char *name, const char *value)
{
	_cleanup_(buf_release) struct buf b = BUF_INIT;

	buf_addf(&b, "%s=%s", name, value ? value : "");
	strvec_push(env, b.p);
}

static void
hook_env(const struct engine *e, const struct item *it, const struct config_repo *repo,
    struct strvec *ret)
{
	const struct ticket *t = &it->rec.ticket;
	_cleanup_(buf_release) struct buf title = BUF_INIT;
	char id[16];

	(void)snprintf(id, sizeof id, "%u", t->id.n);
	clean_add_line(&title, str_of(it->rec.spec.title), 0);
	hook_push(ret, "REEVE_STATE", e->root->path);
	hook_push(ret, "REEVE_TICKET", id);
	hook_push(ret, "REEVE_TITLE", title.p);
	hook_push(ret, "REEVE_REPO", repo->path);
	hook_push(ret, "REEVE_BRANCH", it->rec.spec.branch);
	hook_push(ret, "REEVE_BASE", it->rec.spec.base);
	hook_push(ret, "REEVE_COMMIT", t->merge_commit.hex);
	hook_push(ret, "REEVE_PASSED", t->passed.hex);
	hook_push(ret, "REEVE_LANDING",
	    oid_is_set(t->merge_commit) ? landing_name(t->landing ? t->landing : LANDING_MERGE)
					: "none");
}

/* A fact without a run. */
static int
hook_say(struct engine *e, struct item *it, enum event_kind kind, const char *why, struct err *err)
{
	struct event ev;

	engine_event(e, it, kind, &ev);
	engine_reason(&ev, str_of(why));
	return engine_fact(e, it, &ev, NULL, err);
}

int
hook_begin(struct engine *e, struct item *it, bool *ret_changed, struct err *err)
{
	const struct config_repo *repo = item_repo(e, it);
	_cleanup_(strvec_release) struct strvec argv = STRVEC_INIT;
	_cleanup_(strvec_release) struct strvec env = STRVEC_INIT;
	struct work w = { .kind = WORK_HOOK, .argv = &argv, .env = &env };
	struct err why = ERR_INIT;

	if (!repo || !repo->landed) {
		*ret_changed = true;
		return hook_say(
		    e, it, EVENT_HOOK_RUN, "not run: no command is configured any more", err);
	}
	if (hook_is_running(e)) {
		e->is_full = true; /* its answer brings the next turn */
		return 0;
	}
	if (words_split(str_of(repo->landed), &argv, &why) < 0 ||
	    landing_text_fill(&it->rec, &argv, &why) < 0) {
		*ret_changed = true;
		return hook_say(e, it, EVENT_HOOK_FAILED, why.text, err);
	}
	hook_env(e, it, repo, &env);
	(void)engine_begin(e, it, &w, NULL); /* tried again by the next look */
	return 0;
}

/* For a person; the ticket goes on without it. */
static void
hook_keep(struct engine *e, const struct item *it, struct str output)
{
	struct err why = ERR_INIT;
	int dir = ticket_open_dir(e->root, it->rec.ticket.id, &why);

	if (dir < 0 || file_replace(e->root->io, dir, HOOK_OUTPUT, output, &why) < 0)
		log_line(LOG_WARN, "ticket %u: what its hook said is not kept: %s",
		    it->rec.ticket.id.n, why.text);
	io_close(e->root->io, dir);
}

int
hook_answer(struct engine *e, struct item *it, const struct work_result *r, struct err *err)
{
	_cleanup_(buf_release) struct buf first = BUF_INIT;
	struct str rest = r->text, line;

	if (it->rec.ticket.phase != PHASE_DONE || it->rec.ticket.hook != HOOK_OWED)
		return 0; /* opened again meanwhile */
	hook_keep(e, it, r->text);
	(void)str_cut(&rest, '\n', &line);
	buf_add_str(&first, line);
	if (r->answer != WORK_OK)
		log_line(LOG_WARN, "ticket %u: its hook landed failed: %.*s", it->rec.ticket.id.n,
		    STR_FMT(line));
	return hook_say(e, it, r->answer == WORK_OK ? EVENT_HOOK_RUN : EVENT_HOOK_FAILED,
	    first.p ? first.p : "", err);
}
