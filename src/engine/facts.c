/* SPDX-License-Identifier: GPL-2.0-only */
#include "base/base.h"

#include "engine/facts.h"

#include "engine/census.h"
#include "engine/drive.h"
#include "engine/gating.h"
#include "engine/notify.h"

static bool
facts_is_done(struct engine *e, struct str id)
{
	struct ticket_id n;
	struct item *it;

	return ticket_id_parse(id, &n) && (it = item_find(e, n)) &&
	       it->rec.ticket.phase == PHASE_DONE;
}

static bool
facts_has_deps(struct engine *e, const struct item *it)
{
	struct str rest = str_of(it->rec.spec.after), part;

	while (str_cut(&rest, ',', &part) || part.len > 0)
		if (!facts_is_done(e, part))
			return false;
	return true;
}

/* What is left of a ticket that is over.  What cannot be looked at is not gone: it is looked at again. */
static void
facts_worktree(const struct engine *e, struct item *it, struct facts *ret)
{
	_cleanup_(buf_release) struct buf path = BUF_INIT, gone = BUF_INIT;
	enum phase phase = it->rec.ticket.phase;
	int rest, worktree = 0;

	if (!phase_is_final(phase))
		it->is_kept = false; /* opened again: the next one is another matter */
	if (it->is_kept || !phase_is_final(phase))
		return;
	item_worktree_gone(e, it, &gone);
	rest = item_look_there(e, &gone);
	if (phase == PHASE_DONE) {
		item_worktree(e, it, &path);
		worktree = item_look_there(e, &path);
	}
	ret->has_rest = rest > 0;
	ret->has_worktree = worktree > 0;
	it->is_kept = rest == 0 && worktree == 0; /* gone: not looked at again */
	if (rest < 0 || worktree < 0)
		ret->look_boot_ms = ret->boot_ms + ENGINE_RETRY_MS;
}

/* Something would be begun for it, if it may. */
static bool
facts_is_due(const struct ticket *t)
{
	return t->phase == PHASE_READY || t->phase == PHASE_DELIVERED ||
	       t->phase == PHASE_APPROVED || t->phase == PHASE_MERGING;
}

/* A reminder is a line for good: a history that notes have filled has no room for more of them. */
static int64_t
facts_remind_ms(const struct engine *e, const struct item *it)
{
	return it->rec.history.len > TICKET_FILE_MAX / 4 ? 0 : e->config.remind_ms;
}

void
facts_gather(struct engine *e, struct item *it, const struct episode_seen *seen, struct facts *f)
{
	struct instant now = e->world->ops->now(e->world);

	*f = (struct facts){ .wall_ms = now.wall_ms,
		.boot_ms = now.boot_ms,
		.boot_id = now.boot_id,
		.is_killed = e->is_killed,
		.is_stopped = e->is_stopped,
		.is_observer = e->is_observer,
		.has_token = seen->has_token,
		.has_claimed = seen->has_claimed,
		.has_revoked = seen->has_revoked,
		.launcher_held = seen->launcher != PROBE_FREE,
		.ticket_held = seen->ticket != PROBE_FREE,
		.is_fresh = it->is_fresh,
		.has_signals = it->undecided_scan != 0,
		.due_boot_ms = it->due_boot_ms,
		.is_busy = it->busy != 0,
		.is_unsent = notify_is_owed(it),
		.send_boot_ms = it->send_boot_ms,
		.remind_ms = facts_remind_ms(e, it),
		.needs_gate = gating_is_needed(e, it),
		.retry_boot_ms = it->retry_boot_ms };
	facts_worktree(e, it, f);
	if (!facts_is_due(&it->rec.ticket) || e->is_killed)
		return;
	f->has_deps = facts_has_deps(e, it);
	f->has_slot = census_has_slot(e, it);
	if (!it->is_urged)
		census_breaker(e, it, f);
}
