/* SPDX-License-Identifier: GPL-2.0-only */
/* cli_fsck.c: I20: what is shown as a ticket's blocker is so. */
#include "base/base.h"

#include "cli/cli_fsck.h"

#include "store/episode.h"
#include "store/tickets.h"

#define FSCK_LOOKS 3

bool
cli_fsck_is_same(const struct cli_facts *f, const struct record *r)
{
	_cleanup_(record_release) struct record now = { .history = BUF_INIT };

	return ticket_read(&f->cli->root, r->ticket.id, &now, NULL) == 0 &&
	       now.ticket.rev == r->ticket.rev;
}

static bool
fsck_has_worker(const struct cli_facts *f, const struct ticket *t)
{
	struct episode_seen seen;

	if (!ticket_is_open(t))
		return false;
	episode_look(&f->cli->root, ticket_episode(t), &seen);
	return seen.launcher != PROBE_FREE || seen.ticket != PROBE_FREE;
}

/* What is false about it; NULL: nothing. */
static const char *
fsck_blocker_fault(const struct cli_facts *f, const struct record *r, struct blocker *b)
{
	const struct ticket *t = &r->ticket;

	cli_facts_blocker(f, r, b);
	if (phase_is_final(t->phase))
		return b->text.len > 0 ? "is over, and is shown as waiting" : NULL;
	if (b->text.len == 0)
		return "is not over, and nothing is shown that it waits for";
	if (strcmp(b->owner, "worker") == 0 && !fsck_has_worker(f, t))
		return "is shown as waiting for a worker, and none lives";
	if (t->phase == PHASE_ASKING && t->question_rev == 0)
		return "is shown as asking, and no question is open";
	return NULL;
}

int
cli_fsck_blockers(const struct cli_facts *f, struct fsck_list *ret)
{
	for (size_t i = 0; i < f->records.n; i++) {
		const struct record *r = &f->records.v[i];
		struct blocker b = BLOCKER_INIT;
		const char *fault = NULL;

		/* The locks may change between the two looks that have to agree. */
		for (int look = 0; look < FSCK_LOOKS; look++) {
			fault = fsck_blocker_fault(f, r, &b);
			if (fault == NULL)
				break;
		}
		if (fault != NULL && cli_fsck_is_same(f, r))
			fsck_add(ret, "I20", r->ticket.id.n, NULL, "ticket %u %s: \"%s\"",
			    r->ticket.id.n, fault, b.text.p);
		blocker_release(&b);
	}
	return EXIT_OK;
}
