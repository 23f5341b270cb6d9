/* SPDX-License-Identifier: GPL-2.0-only */
#include "base/base.h"

#include "cli/cli_gone.h"

#include "store/fsck.h"
#include "sys/file.h"

#define GONE_PIDS_MAX 8 /* that are named */

/* It may have been made since the directory was listed. */
static bool
gone_is_there(struct root *r, struct ticket_id id)
{
	char name[16];

	(void)snprintf(name, sizeof name, "%u", id.n);
	return file_exists(r->io, r->tickets, name);
}

static void
gone_words(
    const struct root *r, const struct fsck_tagged *all, struct ticket_id id, struct buf *ret)
{
	_cleanup_(buf_release) struct buf pids = BUF_INIT;
	unsigned named = 0;

	for (size_t i = 0; i < all->n && named < GONE_PIDS_MAX; i++)
		if (all->v[i].ep.ticket.n == id.n)
			buf_addf(&pids, "%s%d", named++ > 0 ? " " : "", (int)all->v[i].pid);
	buf_addf(ret,
	    "its directory %s/tickets/%u is gone, and its worker lives on: put the directory back, "
	    "or "
	    "end it (kill %s)",
	    r->path, id.n, pids.p);
}

void
cli_gone_find(struct cli_facts *f)
{
	struct root *r = &f->cli->root;
	struct fsck_tagged all = { 0 };

	if (fsck_tagged_scan(r, &all, NULL) < 0)
		all.n = 0; /* nobody can tell without /proc; `fsck --live` says so */
	for (size_t i = 0; i < all.n; i++) {
		struct ticket_id id = all.v[i].ep.ticket;
		_cleanup_(buf_release) struct buf why = BUF_INIT;
		bool is_known = cli_facts_find(f, id) != NULL;

		for (size_t j = 0; j < f->bad.n; j++)
			is_known |= f->bad.v[j].id.n == id.n;
		if (is_known || gone_is_there(r, id))
			continue;
		gone_words(r, &all, id, &why);
		*VEC_PUSH(&f->bad) = (struct facts_bad){ id, buf_take(&why) };
	}
	free(all.v);
}

bool
cli_gone_say(struct root *r, struct ticket_id id, struct buf *ret)
{
	struct fsck_tagged all = { 0 };
	bool lives = false;

	if (fsck_tagged_scan(r, &all, NULL) == 0 && !gone_is_there(r, id))
		for (size_t i = 0; i < all.n; i++)
			lives |= all.v[i].ep.ticket.n == id.n;
	if (lives)
		gone_words(r, &all, id, ret);
	free(all.v);
	return lives;
}
