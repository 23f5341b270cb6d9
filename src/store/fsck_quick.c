/* SPDX-License-Identifier: GPL-2.0-only */
#include "base/base.h"

#include "store/fsck_parts.h"

void
fsck_quick(struct root *r, const struct record *const *records, size_t n, struct fsck_list *ret)
{
	_cleanup_(refused_list_release) struct refused_list refused = { 0 };
	struct fsck f = { .r = r, .live = true, .found = ret };

	fsck_root(&f);
	fsck_root_modes(&f);
	if (spool_refused(r, &refused, NULL) == 0) /* else the intake will say so */
		fsck_reasons(&f, &refused);
	for (size_t i = 0; i < n; i++) {
		const struct ticket *t = &records[i]->ticket;
		struct episode_seen seen;

		fsck_fields(&f, t);
		if (!ticket_is_open(t))
			continue;
		episode_look(r, ticket_episode(t), &seen);
		/* An episode that a crash left between its commit and its token is taken back next. */
		fsck_open_episode(&f, t, &seen, false);
	}
}
