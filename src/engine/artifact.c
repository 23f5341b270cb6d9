/* SPDX-License-Identifier: GPL-2.0-only */
#include "base/base.h"

#include "engine/artifact.h"

#include "engine/drive.h"
#include "engine/gating.h"

/* A person may name a commit that is not on the branch, nor built on what the episode began from; an amended one
 * is both. */
static void
artifact_rules(const struct item *it, const struct event *ev, struct work *w)
{
	w->pin = event_is_command(ev->kind) ? it->rec.ticket.rev + 1 : 0;
	w->branch = ev->kind == EVENT_ADOPT ? "" : it->rec.spec.branch;
	w->base = ev->kind == EVENT_ADOPT ? (struct oid){ "" } : it->rec.ticket.episode.base;
}

bool
artifact_is_known(struct engine *e, struct item *it, struct event *ev)
{
	struct instant now = e->world->ops->now(e->world);
	const struct config_repo *repo = item_repo(e, it);
	_cleanup_(buf_release) struct buf worktree = BUF_INIT;
	struct err why = ERR_INIT;
	struct work w = { .kind = WORK_ARTIFACT,
		.ep = ticket_episode(&it->rec.ticket),
		.target = it->rec.spec.base,
		.commit = ev->commit };
	int rc;

	artifact_rules(it, ev, &w);
	if (signal_id_eq(&it->report, &ev->sig) && !digest_eq(&it->report_hash, &ev->sig_hash))
		it->report.s[0] = '\0'; /* a file of the same name, with other bytes */
	if (signal_id_eq(&it->report, &ev->sig) && it->is_reported) {
		ev->artifact = it->artifact;
		ev->commit = it->artifact_oid;
		return true;
	}
	if (!signal_id_eq(&it->report, &ev->sig) && (it->report.s[0] == '\0' || it->busy == 0)) {
		it->report_hash = ev->sig_hash;
		it->report = ev->sig;
		it->is_reported = false;
	}
	gating_cancel(e, it); /* about another commit soon, maybe; and it takes long */
	if (it->busy || now.boot_ms < it->artifact_retry_boot_ms)
		return false;
	if (!repo) {
		it->artifact_retry_boot_ms = now.boot_ms + ENGINE_RETRY_MS;
		return false;
	}
	w.repo = repo->path;
	w.rules = repo;
	item_worktree(e, it, &worktree);
	w.worktree = worktree.p;
	rc = e->world->ops->start(e->world, &w, &why);
	if (rc == 0) {
		it->busy = WORK_ARTIFACT;
		it->checked = ev->sig;
		it->checked_hash = ev->sig_hash;
	} else if (rc == ERR_LIMIT) {
		e->is_full = true;
	} else {
		it->artifact_retry_boot_ms = now.boot_ms + ENGINE_RETRY_MS;
	}
	return false;
}
