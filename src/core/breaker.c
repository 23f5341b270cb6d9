/* SPDX-License-Identifier: GPL-2.0-only */
#include "base/base.h"

#include "core/breaker.h"

static bool
breaker_same(const char *a, const char *b)
{
	return a && b && strcmp(a, b) == 0;
}

enum breaker_use
breaker_use_of(const struct ticket *t, bool needs_gate)
{
	if (needs_gate && (t->phase == PHASE_DELIVERED || t->phase == PHASE_APPROVED))
		return BREAKER_GATE;
	return t->phase == PHASE_APPROVED || t->phase == PHASE_MERGING ? BREAKER_LANDING
								       : BREAKER_START;
}

bool
breaker_is_same(const struct record *failed, const struct record *of, enum blame blame)
{
	if (failed->ticket.env_failures == 0 || failed->ticket.blame != blame ||
	    phase_is_final(failed->ticket.phase))
		return false;
	switch (blame) {
	case BLAME_MACHINE:
		return true;
	case BLAME_REPO:
	case BLAME_GATE:
		return breaker_same(failed->spec.repo, of->spec.repo);
	case BLAME_AGENT:
		return breaker_same(failed->spec.agent, of->spec.agent);
	case BLAME_TICKET:
		return failed->ticket.id.n == of->ticket.id.n;
	case BLAME_UNSET:
	case BLAME_COUNT:
		break;
	}
	return false;
}

static bool
breaker_needs(enum breaker_use use, enum blame blame)
{
	switch (use) {
	case BREAKER_START: /* no worker needs a gate */
		return blame != BLAME_GATE;
	case BREAKER_GATE:
		return blame == BLAME_REPO || blame == BLAME_GATE;
	case BREAKER_LANDING: /* nor this tmux, or an agent */
		return blame == BLAME_REPO;
	}
	return false;
}

bool
breaker_covers(const struct record *failed, const struct record *of, enum breaker_use use)
{
	return breaker_needs(use, failed->ticket.blame) &&
	       breaker_is_same(failed, of, failed->ticket.blame);
}

void
breaker_count(struct breaker *b, const struct record *failed, const char *boot_id)
{
	const struct ticket *t = &failed->ticket;
	int64_t until = strcmp(t->backoff_boot.s, boot_id) == 0 ? t->backoff_boot_ms : 0;

	if (t->env_failures < b->failures ||
	    (t->env_failures == b->failures && until <= b->until_boot_ms))
		return;
	*b = (struct breaker){ t->env_failures, until, failed };
}

void
breaker_add(struct breaker *b, const struct record *failed, const struct record *of,
    enum breaker_use use, const char *boot_id)
{
	if (breaker_covers(failed, of, use))
		breaker_count(b, failed, boot_id);
}

bool
breaker_is_open(const struct breaker *b)
{
	return b->failures >= BREAKER_FAILURES;
}

uint32_t
breaker_rank(const struct ticket *t)
{
	return t->env_failures < BREAKER_FAILURES ? 0 : t->env_failures;
}
