/* SPDX-License-Identifier: GPL-2.0-only */
#include "base/base.h"

#include "engine/item.h"

#include <errno.h>

#include "engine/plan.h"
#include "store/place.h"

bool
item_place(const struct engine *e, struct ticket_id id, size_t *ret)
{
	size_t low = 0, high = e->items.n;

	while (low < high) {
		size_t mid = low + (high - low) / 2;
		uint32_t n = e->items.v[mid]->rec.ticket.id.n;

		if (n == id.n) {
			*ret = mid;
			return true;
		}
		if (n < id.n)
			low = mid + 1;
		else
			high = mid;
	}
	return false;
}

struct item *
item_find(struct engine *e, struct ticket_id id)
{
	size_t at;

	return item_place(e, id, &at) ? e->items.v[at] : NULL;
}

struct item *
item_add(struct engine *e)
{
	struct item *it = xcalloc(1, sizeof *it);

	buf_init(&it->rec.history);
	*VEC_PUSH(&e->items) = it;
	return it;
}

struct item *
item_insert(struct engine *e, struct ticket_id id)
{
	struct item *it = item_add(e);
	size_t i = e->items.n - 1;

	for (; i > 0 && e->items.v[i - 1]->rec.ticket.id.n > id.n; i--)
		e->items.v[i] = e->items.v[i - 1];
	e->items.v[i] = it;
	return it;
}

void
item_drop_last(struct engine *e)
{
	struct item *it = e->items.v[--e->items.n];

	record_release(&it->rec);
	nonce_wipe(&it->nonce);
	plan_free(it->plan);
	free(it->lost_why);
	free(it);
}

const struct config_repo *
item_repo(const struct engine *e, const struct item *it)
{
	return config_repo(&e->config, it->rec.spec.repo);
}

void
item_worktree(const struct engine *e, const struct item *it, struct buf *ret)
{
	place_worktree(e->root, &e->config, &it->rec, ret);
}

void
item_worktree_gone(const struct engine *e, const struct item *it, struct buf *ret)
{
	_cleanup_(buf_release) struct buf path = BUF_INIT;
	const char *name;

	item_worktree(e, it, &path);
	name = strrchr(path.p, '/') + 1;
	buf_addf(ret, "%.*s" TICKET_WORKTREE_GONE "%s", (int)(name - path.p), path.p, name);
}

int
item_look_there(const struct engine *e, const struct buf *path)
{
	struct io *io = e->root->io;
	struct io_stat st;
	int r = io->ops->stat(io, IO_CWD, path->p, &st);

	if (r == -ENOENT || r == -ENOTDIR)
		return 0;
	return r < 0 ? r : 1;
}

void
item_review_worktree(
    const struct engine *e, const struct item *it, struct episode_id ep, struct buf *ret)
{
	item_worktree(e, it, ret);
	buf_addf(ret, WORK_REVIEW "%u", ep.n);
}

void
item_tag(const struct engine *e, struct episode_id ep, struct buf *ret)
{
	buf_addf(ret, "REEVE_TAG=%s.%u.%u", e->root->uuid, ep.ticket.n, ep.n);
}
