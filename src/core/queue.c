/* SPDX-License-Identifier: GPL-2.0-only */
#include "base/base.h"

#include "core/queue.h"

#include "core/breaker.h"

bool
queue_has(const struct ticket *t)
{
	if (t->phase == PHASE_MERGING)
		return true;
	return t->phase == PHASE_APPROVED && t->merge == MERGE_AUTO && t->want == WANT_RUN &&
	       !ticket_is_open(t);
}

bool
queue_is_delayed(const struct ticket *t, const char *boot_id, int64_t boot_ms)
{
	return t->backoff_boot_ms > boot_ms && strcmp(t->backoff_boot.s, boot_id) == 0;
}

bool
queue_is_shared(const struct spec *a, const struct spec *b)
{
	return strcmp(a->repo ? a->repo : "", b->repo ? b->repo : "") == 0 &&
	       strcmp(a->base ? a->base : "", b->base ? b->base : "") == 0;
}

bool
queue_is_before(const struct ticket *a, const struct ticket *b)
{
	uint32_t x = breaker_rank(a), y = breaker_rank(b);

	if (x != y)
		return x < y;
	if (a->passed_wall_ms != b->passed_wall_ms)
		return a->passed_wall_ms < b->passed_wall_ms;
	return a->id.n < b->id.n;
}
