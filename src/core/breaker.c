/* SPDX-License-Identifier: GPL-2.0-only */
#include "base/base.h"

#include "core/breaker.h"

static bool
breaker_same(const char *a, const char *b)
{
	return a && b && strcmp(a, b) == 0;
}

bool
breaker_is_landing(const struct ticket *t)
{
	return t->phase == PHASE_APPROVED || t->phase == PHASE_MERGING;
}

bool
breaker_covers(const struct record *failed, const struct record *of, bool is_landing)
{
	if (failed->ticket.env_failures == 0 || phase_is_final(failed->ticket.phase))
		return false;
	switch (failed->ticket.blame) {
	case BLAME_MACHINE: /* tmux, processes: a landing needs neither */
		return !is_landing;
	case BLAME_REPO:
		return breaker_same(failed->spec.repo, of->spec.repo);
	case BLAME_GATE: /* no worker needs one */
		return is_landing && breaker_same(failed->spec.repo, of->spec.repo);
	case BLAME_AGENT:
		return !is_landing && breaker_same(failed->spec.agent, of->spec.agent);
	case BLAME_UNSET:
	case BLAME_COUNT:
		break;
	}
	return false;
}

void
breaker_add(
    struct breaker *b, const struct record *failed, const struct record *of, const char *boot_id)
{
	const struct ticket *t = &failed->ticket;
	int64_t until = strcmp(t->backoff_boot.s, boot_id) == 0 ? t->backoff_boot_ms : 0;

	if (!breaker_covers(failed, of, breaker_is_landing(&of->ticket)) ||
	    t->env_failures < b->failures ||
	    (t->env_failures == b->failures && until <= b->until_boot_ms))
		return;
	*b = (struct breaker){ t->env_failures, until, failed };
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
