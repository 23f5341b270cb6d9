/* SPDX-License-Identifier: GPL-2.0-only */
#include "base/base.h"

#include "engine/engine.h"

#include "codec/ticket_text.h"
#include "engine/census.h"
#include "engine/commit.h"
#include "engine/drive.h"
#include "engine/outcome.h"
#include "engine/plan.h"
#include "engine/receive.h"
#include "store/events.h"
#include "store/spool.h"
#include "store/tickets.h"
#include "sys/file.h"
#include "sys/log.h"

#define CONFIG_BYTES_MAX (1024u * 1024u)
#define ASIDE_RETRY_MS   30000
#define ROUNDS_MAX       64 /* of one turn; then the loop gets its turn, too */

const char *
work_name(enum work_kind kind)
{
	static const char *const names[] = {
		[WORK_PREFLIGHT] = "preflight",
		[WORK_PREPARE] = "worktree",
		[WORK_SPAWN] = "tmux window",
		[WORK_ARTIFACT] = "artifact check",
		[WORK_STOP] = "stop",
		[WORK_SALVAGE] = "salvage",
		[WORK_COMPUTE] = "merge",
		[WORK_PROVE] = "proof of the landing",
		[WORK_LAND] = "landing",
		[WORK_CLEAN] = "clean-up",
	};

	return (unsigned)kind < ARRAY_LEN(names) && names[kind] ? names[kind] : "";
}

/* Reads the configuration when the file is another one than last time.  One that cannot be read leaves
 * the last good one in force; at the start it is an error. */
static int
engine_read_config(struct engine *e, struct err *err)
{
	_cleanup_(buf_release) struct buf b = BUF_INIT;
	struct io_stat st = { 0 };
	struct io *io = e->root->io;
	struct config c;
	int rc;

	if (io->ops->stat(io, e->root->dir, "config", &st) < 0 && !e->has_config)
		st.size = 0; /* none: the defaults */
	if (e->has_config && st.inode == e->config_seen.inode &&
	    st.mtime_ms == e->config_seen.mtime_ms && st.size == e->config_seen.size)
		return 0;
	e->config_seen = st;
	rc = file_read(io, e->root->dir, "config", CONFIG_BYTES_MAX, &b, err);
	if (rc == 0)
		rc = config_load(buf_str(&b), "config", &c, err);
	else if (rc == ERR_NOTFOUND && !e->has_config)
		config_init(&c);
	if (rc < 0 && (rc != ERR_NOTFOUND || e->has_config))
		return rc; /* gone meanwhile: an editor is at it, or a mistake */
	if (e->has_config)
		config_release(&e->config);
	e->config = c;
	census_forget(e);
	e->has_config = true;
	return 0;
}

static void
engine_load_due(struct engine *e, struct item *it)
{
	int64_t now = e->world->ops->now(e->world).boot_ms;

	if (it->rec.ticket.episode.state == EPISODE_TERM)
		it->due_boot_ms = now + e->config.drain_ms;
}

/* It was damaged by hand, or the disk had a bad moment: what cannot be read now is read again later. */
static void
engine_load_aside(struct engine *e)
{
	int64_t now = e->world->ops->now(e->world).boot_ms;

	if (e->aside.n == 0 || now < e->aside_boot_ms)
		return;
	e->aside_boot_ms = now + ASIDE_RETRY_MS;
	for (size_t i = 0; i < e->aside.n;) {
		struct record rec = { .history = BUF_INIT };
		struct item *it;

		if (ticket_read(e->root, e->aside.v[i], &rec, NULL) < 0) {
			record_release(&rec);
			i++;
			continue;
		}
		log_line(LOG_INFO, "ticket %u can be read again", e->aside.v[i].n);
		it = item_insert(e, e->aside.v[i]);
		it->rec = rec;
		engine_load_due(e, it);
		census_forget(e);
		e->aside.v[i] = e->aside.v[--e->aside.n];
	}
}

/* A ticket that cannot be read is named and left alone; its number is never given again. */
static int
engine_load(struct engine *e, struct err *err)
{
	struct ticket_ids ids = { NULL, 0, 0 };
	int rc = tickets_list(e->root, &ids, err);

	for (size_t i = 0; rc == 0 && i < ids.n; i++) {
		struct err why = ERR_INIT;
		struct item *it = item_add(e);

		e->last_id = ids.v[i].n;
		rc = ticket_read(e->root, ids.v[i], &it->rec, &why);
		if (rc == ERR_LIMIT) { /* no descriptors: that passes; better not to start */
			item_drop_last(e);
			if (err)
				*err = why;
			break;
		}
		if (rc < 0) {
			rc = 0;
			item_drop_last(e);
			log_line(LOG_ERROR, "ticket %u is set aside: %s", ids.v[i].n, why.text);
			*VEC_PUSH(&e->aside) = ids.v[i];
			continue;
		}
		engine_load_due(e, it);
	}
	ticket_ids_release(&ids);
	return rc;
}

static int
engine_mend_events(struct engine *e, struct err *err)
{
	const struct record **records = xcalloc(e->items.n + 1, sizeof(struct record *));
	int rc;

	for (size_t i = 0; i < e->items.n; i++)
		records[i] = &e->items.v[i]->rec;
	rc = events_mend(e->root, records, e->items.n, err);
	free(records);
	return rc;
}

int
engine_open(
    struct root *root, struct world *world, bool is_observer, struct engine **ret, struct err *err)
{
	struct engine *e = xcalloc(1, sizeof *e);
	int rc;

	e->root = root;
	e->world = world;
	e->is_observer = is_observer;
	rc = engine_read_config(e, err);
	if (rc == 0)
		rc = spool_sweep(root, world->ops->now(world).wall_ms, err);
	if (rc == 0)
		rc = tickets_sweep(root, err);
	if (rc == 0)
		rc = engine_load(e, err);
	if (rc == 0)
		rc = engine_mend_events(e, err);
	if (rc < 0) {
		engine_close(e);
		return rc;
	}
	*ret = e;
	return 0;
}

void
engine_close(struct engine *e)
{
	while (e->items.n > 0)
		item_drop_last(e);
	free(e->items.v);
	free(e->aside.v);
	strvec_release(&e->stuck);
	census_release(&e->census);
	if (e->has_config)
		config_release(&e->config);
	free(e);
}

static void
engine_earlier(int64_t *next, int64_t until)
{
	if (until > 0 && (*next == 0 || until < *next))
		*next = until;
}

/* One look at every ticket, in the order of census_order(). */
static int
engine_drive_all(struct engine *e, struct engine_rest *rest, bool *ret_changed, struct err *err)
{
	struct item **order = xcalloc(e->items.n + 1, sizeof *order);
	int rc = 0;

	census_order(e, order);
	for (size_t i = 0; rc == 0 && i < e->items.n; i++) {
		struct driven d = { false, false, 0 };

		rc = engine_drive(e, order[i], &d, err);
		*ret_changed |= d.has_changed;
		rest->is_at_rest &= !d.is_busy && !d.has_changed;
		engine_earlier(&rest->next_boot_ms, d.until_boot_ms);
	}
	free(order);
	return rc;
}

int
engine_turn(struct engine *e, struct engine_rest *ret, struct err *err)
{
	struct err why = ERR_INIT;
	bool has_changed = true;

	if (e->broken.code != 0) {
		if (err)
			*err = e->broken;
		return e->broken.code;
	}
	*ret = (struct engine_rest){ true, false, 0 };
	if (engine_read_config(e, &why) < 0)
		log_line(LOG_ERROR, "the configuration stays as it was: %s", why.text);
	engine_load_aside(e);
	e->is_stopped = root_control(e->root, "stop", NULL) != 0;
	e->is_killed = e->is_stopped || root_control(e->root, "kill", NULL) != 0;
	for (unsigned round = 0; has_changed; round++) {
		struct received got = { false };
		int rc;

		if (round == ROUNDS_MAX) {
			ret->is_more = true;
			break;
		}
		has_changed = false;
		*ret = (struct engine_rest){ true, false, 0 };
		e->is_full = false;
		rc = engine_receive(e, &got, err);
		if (rc == 0)
			rc = engine_drive_all(e, ret, &has_changed, err);
		if (rc < 0)
			return rc;
		if (got.is_more) { /* the answers of the world come between two parts of a flood */
			ret->is_more = true;
			break;
		}
	}
	ret->is_at_rest &= !ret->is_more;
	if (e->aside.n > 0)
		engine_earlier(&ret->next_boot_ms, e->aside_boot_ms);
	return 0;
}

const struct config *
engine_config(const struct engine *e)
{
	return &e->config;
}

void
engine_describe(const struct engine *e, struct buf *ret)
{
	size_t live = 0, open = 0;

	for (size_t i = 0; i < e->items.n; i++) {
		live += !phase_is_final(e->items.v[i]->rec.ticket.phase);
		open += ticket_is_open(&e->items.v[i]->rec.ticket);
	}
	buf_addf(ret, "%zu ticket%s, %zu live, %zu with a worker", e->items.n,
	    e->items.n == 1 ? "" : "s", live, open);
}
