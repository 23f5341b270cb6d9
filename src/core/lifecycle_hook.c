/* SPDX-License-Identifier: GPL-2.0-only */
/* What follows a ticket that is done: T56, T57. */
#include "base/base.h"

#include "core/lifecycle_rows.h"

/* After the first failure, the second, ... */
static const int64_t hook_backoff_ms[TICKET_HOOK_TRIES_MAX] = { 10000, 60000, 600000, 3600000 };

void
row_hook_run(struct step *s)
{
	struct ticket *t = s->next;

	if (t->hook != HOOK_OWED) {
		row_refuse(s, REFUSAL_ILLEGAL);
		return;
	}
	t->hook = HOOK_RUN;
	t->hook_tries = 0;
	t->cause[0] = '\0';
	row_backoff(t, s->e, 0);
	row_apply(s, 56);
}

/* Nothing of the ticket changes: what has landed, has landed. */
void
row_hook_failed(struct step *s)
{
	struct ticket *t = s->next;

	if (t->hook != HOOK_OWED) {
		row_refuse(s, REFUSAL_ILLEGAL);
		return;
	}
	row_cause(s);
	row_backoff(t, s->e, hook_backoff_ms[t->hook_tries % TICKET_HOOK_TRIES_MAX]);
	if (++t->hook_tries >= TICKET_HOOK_TRIES_MAX)
		t->hook = HOOK_FAILED;
	row_apply(s, 57);
}
