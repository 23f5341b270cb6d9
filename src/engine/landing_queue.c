/* SPDX-License-Identifier: GPL-2.0-only */
#include "base/base.h"

#include "engine/landing_queue.h"

#include "core/queue.h"
#include "engine/census.h"
#include "engine/gating.h"

/* In a queue, and not next for now: the queue goes on without it. */
static bool
landing_is_delayed(struct engine *e, const struct item *it)
{
	struct instant now = e->world->ops->now(e->world);
	struct facts f = { .boot_id = now.boot_id };

	if (it->is_aside || it->is_lost || it->retry_boot_ms > now.boot_ms ||
	    queue_is_delayed(&it->rec.ticket, now.boot_id, now.boot_ms))
		return true;
	if (it->is_urged)
		return false;
	census_breaker(e, it, &f);
	return f.is_broken && (f.is_probed || f.breaker_boot_ms > now.boot_ms);
}

/* It has the repository's locks, or will at any moment. */
static bool
landing_is_at_work(const struct item *it)
{
	return it->busy == WORK_COMPUTE || it->busy == WORK_LAND || it->busy == WORK_PROVE;
}

/* The older verdict.  But a gate that has passed is not run in vain, because an older one, which was delayed while it
 * ran, moves the target away: that takes a moment only, or it has to be gated again and is not before any more. */
static bool
landing_goes_before(const struct engine *e, const struct item *a, const struct item *b)
{
	bool is_fresh = gating_is_fresh(e, a);

	if (is_fresh != gating_is_fresh(e, b))
		return is_fresh;
	return queue_is_before(&a->rec.ticket, &b->rec.ticket);
}

/* Is it the turn of `o`, and not yet that of `it`? */
static bool
landing_is_behind(struct engine *e, const struct item *it, const struct item *o)
{
	const struct ticket *mine = &it->rec.ticket, *other = &o->rec.ticket;

	if (!queue_has(other) || !queue_is_shared(&o->rec.spec, &it->rec.spec))
		return false;
	if (o->busy != 0) /* its gate runs, say: the target is taken */
		return true;
	/* What is computed while another is about to land would be stale at once. */
	if (mine->phase != other->phase ? other->phase != PHASE_MERGING
					: !landing_goes_before(e, o, it))
		return false;
	return !landing_is_delayed(e, o);
}

/* Nobody else of its target is at it, or has to be first. */
static bool
landing_is_head(struct engine *e, const struct item *it)
{
	for (size_t i = 0; i < e->items.n; i++)
		if (e->items.v[i] != it && landing_is_behind(e, it, e->items.v[i]))
			return false;
	return true;
}

/* The head of another queue of the repository is older: an endless queue must not keep the locks from it.  One that has
 * to pass a gate next wants none, and may wait for long. */
static bool
landing_gives_way(struct engine *e, const struct item *it, const struct item *o)
{
	return queue_has(&o->rec.ticket) && o->busy == 0 && !gating_is_needed(e, o) &&
	       queue_is_before(&o->rec.ticket, &it->rec.ticket) && !landing_is_delayed(e, o) &&
	       landing_is_head(e, o);
}

bool
landing_is_next(struct engine *e, const struct item *it, enum work_kind kind)
{
	if (kind != WORK_PROVE && !landing_is_head(e, it))
		return false;
	for (size_t i = 0; i < e->items.n; i++) {
		const struct item *o = e->items.v[i];

		if (o == it || strcmp(o->rec.spec.repo, it->rec.spec.repo) != 0)
			continue;
		if (landing_is_at_work(o) || (kind == WORK_COMPUTE && landing_gives_way(e, it, o)))
			return false;
	}
	return true;
}
