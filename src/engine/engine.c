/* SPDX-License-Identifier: GPL-2.0-only */
#include "base/base.h"

#include "engine/engine.h"

#include "codec/ticket_text.h"
#include "engine/census.h"
#include "engine/commit.h"
#include "engine/drive.h"
#include "engine/filing.h"
#include "engine/hand.h"
#include "engine/outcome.h"
#include "engine/plan.h"
#include "engine/receive.h"
#include "store/events.h"
#include "store/fsck.h"
#include "store/spool.h"
#include "store/tickets.h"
#include "sys/file.h"
#include "sys/log.h"

#define CONFIG_BYTES_MAX (1024u * 1024u)
#define NUMBERS_LOST_MAX 100000
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
		[WORK_GATE] = "gate",
		[WORK_PROVE] = "proof of the landing",
		[WORK_LAND] = "landing",
		[WORK_HOOK] = "hook landed",
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

/* What is wrong with the files is said, and kept for `reeve status`; it is no reason not to run. */
static void
engine_check(struct engine *e, const struct record *const *records)
{
	struct fsck_list found = { NULL, 0, 0 };
	struct err why = ERR_INIT;

	fsck_quick(e->root, records, e->items.n, &found);
	for (size_t i = 0; i < found.n; i++)
		log_line(
		    LOG_WARN, "%s %s: %s", found.v[i].invariant, found.v[i].text, found.v[i].next);
	if (fsck_note_write(
		e->root, &found, e->items.n, e->world->ops->now(e->world).wall_ms, &why) < 0)
		log_line(LOG_WARN, "%s", why.text);
	fsck_list_release(&found);
}

static int
engine_check_files(struct engine *e, struct err *err)
{
	const struct record **records = xcalloc(e->items.n + 1, sizeof(struct record *));
	uint32_t highest = 0;
	int rc;

	for (size_t i = 0; i < e->items.n; i++)
		records[i] = &e->items.v[i]->rec;
	rc = events_mend(e->root, records, e->items.n, &highest, err);
	/* A ticket that was removed: its branch and its worker may still be there.  A number far away is
	 * nobody's but of who wrote it there. */
	if (rc == 0 && highest > e->last_id && highest - e->last_id <= NUMBERS_LOST_MAX)
		e->last_id = highest;
	if (rc == 0 && !e->is_observer)
		engine_check(e, records);
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
		rc = hand_load(e, err);
	if (rc == 0)
		rc = engine_check_files(e, err);
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
	for (size_t i = 0; i < e->aside.n; i++)
		free(e->aside.v[i].why);
	free(e->aside.v);
	strvec_release(&e->stuck);
	filing_release(&e->filing);
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
		struct err why = ERR_INIT;

		rc = engine_drive(e, order[i], &d, &why);
		if (rc == ERR_NOTFOUND)
			rc = hand_missing(e, order[i], &why, &why);
		if (rc < 0 && err)
			*err = why;
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
	int rc;

	if (e->broken.code != 0) {
		if (err)
			*err = e->broken;
		return e->broken.code;
	}
	*ret = (struct engine_rest){ true, false, 0 };
	if (engine_read_config(e, &why) < 0)
		log_line(LOG_ERROR, "the configuration stays as it was: %s", why.text);
	rc = hand_look_all(e, err);
	if (rc < 0)
		return rc;
	e->is_stopped = root_control(e->root, "stop", NULL) != 0;
	e->is_killed = e->is_stopped || root_control(e->root, "kill", NULL) != 0;
	for (unsigned round = 0; has_changed; round++) {
		struct received got = { false };

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
	ret->is_more |= e->is_touched;
	ret->is_at_rest &= !ret->is_more;
	if (e->aside_boot_ms > 0)
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
