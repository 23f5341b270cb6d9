/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * item.h: a ticket in memory, and what only this process knows of it.  Private to engine/.
 *
 * Losing an item's own fields (a crash) costs time only: every one of them is found again from files.
 */
#ifndef ENGINE_ITEM_H
#define ENGINE_ITEM_H

#include "codec/config_text.h"
#include "core/event.h"
#include "core/lifecycle.h"
#include "engine/engine.h"
#include "store/episode.h"
#include "store/spool.h"
#include "store/tickets.h"
#include "sys/io.h"

/* The gate that runs for a ticket; with busy. */
struct gating_of {
	struct oid pinned;
	struct digest by; /* config_gate_digest() */
	bool is_off;      /* cancelled: its answer means nothing */
};

struct item {
	struct record rec;
	struct ticket_mark mark; /* the file that rec is in; zeroed: another one, to be looked at */
	bool is_lost; /* its file is not what it was: nothing is decided, see hand.h.  Then: */
	bool is_gone; /* not there at all */
	struct ticket_mark lost_mark; /* the file that was looked at */
	char *lost_why;               /* as it was said; NULL: not said yet */
	enum work_kind busy;          /* 0: no work under way */
	struct gating_of gating;
	bool needs_gate; /* the merge that was computed last has not passed */
	bool is_fresh;   /* the current episode was opened by this process, and is not armed yet */
	struct nonce nonce; /* of a fresh episode */
	struct launch_plan *plan;
	int64_t due_boot_ms;   /* see struct facts */
	int64_t retry_boot_ms; /* see struct facts */
	bool is_sent_known;    /* of messages, see notify.h: */
	bool is_send_failing;  /* and it was said */
	bool is_loaded;        /* what is there of them, was there at the start, and is durable */
	uint64_t sent_rev;     /* those of the revisions up to this one are delivered */
	int64_t send_boot_ms;  /* see struct facts */
	enum landing landing;  /* in which way what is being computed, or was last, would land */
	bool is_urged; /* a person said `retry`: its next try is not held back by the breaker */
	bool is_kept;  /* the worktree of this finished ticket stays, or is not there */
	struct {       /* busy with WORK_CLEAN: */
		bool is_rest; /* of what is out of the way already */
		enum prune what;
		uint64_t rev; /* by this order */
	} clean;
	bool is_watched;  /* the directory of the current episode */
	bool is_aside;    /* an event that had to be legal was not: left alone until it changes */
	bool is_bare;     /* the directory of the episode that runs is gone; it was said */
	bool is_followed; /* its launcher; only with is_watched */
	uint32_t proved;  /* number of the episode that was seen to run: what it needs works */
	uint32_t
	    inherited; /* number of the episode that was claimed before this process: when it began to
				run nobody knows, others may have failed since */
	uint64_t judge_scan; /* number of the scan that has to be over before it can be judged */

	uint32_t port, port_of; /* see port.h; valid only for the episode of that number */
	uint32_t notes, questions, said_of; /* of this episode; valid only for that number */
	bool is_flooding;                   /* it was said that its notes are refused */
	uint32_t answered, answered_of;     /* messages on refused reports; as notes */

	/* The last scan that left a signal of it undecided, whatever the reason; 0: the spool was read to its end since
	 * without one.  As long as there is one its episode is not judged. */
	uint64_t undecided_scan;

	/* a DONE or REVIEW that waits in the spool for its artifact */
	struct signal_id report; /* "" none */
	struct signal_id
	    checked; /* whose artifact was asked for last: the answer is about no other */
	struct digest report_hash, checked_hash; /* of their bytes */
	bool is_reported;                        /* the answer is there: */
	enum artifact artifact;
	struct oid artifact_oid;
	char artifact_text[300];
	int64_t artifact_retry_boot_ms;
};

/* A ticket that could not be read, and is not in memory. */
struct aside {
	struct ticket_id id;
	struct ticket_mark mark; /* the file that was looked at */
	char *why;
};

/* See census.h. */
struct census {
	bool is_counted;
	uint32_t all, *by_repo, *by_agent; /* workers; the order is that of the configuration */
	struct {
		struct item **v;
		size_t n;
		size_t cap;
	} failing; /* with env_failures */
};

/* Decided, and still in spool/new; see filing.h. */
struct filing {
	struct strvec done;
	struct refused_list refused; /* by their names in new/ */
};

struct engine {
	struct root *root;
	struct world *world;
	bool is_observer;
	struct config config;
	bool has_config;
	struct io_stat config_seen;
	struct {
		struct item **v; /* by id, ascending */
		size_t n;
		size_t cap;
	} items;
	struct {
		struct aside *v;
		size_t n;
		size_t cap;
	} aside;                    /* tried again when they change, or */
	int64_t aside_boot_ms;      /* then; 0: nothing is set aside */
	bool is_retried;            /* that time has come */
	bool is_touched;            /* a commit met another file: look again at once */
	int64_t tickets_mtime_ms;   /* of tickets/, when it was listed */
	uint32_t last_id;           /* highest number that a ticket has or had */
	uint64_t scans;             /* completed scans of the spool */
	uint64_t scans_begun;       /* with those that were not completed */
	bool is_killed, is_stopped; /* the switches, as this turn found them */
	struct census census;
	struct strvec stuck; /* names in spool/new that cannot be moved; told once */
	struct filing filing;
	struct err broken; /* a commit between two turns failed; code 0: none did */
	bool is_full;      /* work was refused by the world: ask again after an answer */
};

bool item_place(const struct engine *e, struct ticket_id id, size_t *ret); /* in e->items */
struct item *item_find(struct engine *e, struct ticket_id id);             /* NULL: none */
struct item *item_add(struct engine *e);                                   /* zeroed, at the end */
struct item *item_insert(struct engine *e, struct ticket_id id);           /* at its place */
void item_drop_last(struct engine *e);

/* Borrowed; NULL: the configuration has none of that name (any more). */
const struct config_repo *item_repo(const struct engine *e, const struct item *it);
void item_worktree(const struct engine *e, const struct item *it, struct buf *ret);

/* What is there of it while it goes: see TICKET_WORKTREE_GONE. */
void item_worktree_gone(const struct engine *e, const struct item *it, struct buf *ret);

/* Is anything at that path?  1 yes; 0 no; below 0: it cannot be told now. */
int item_look_there(const struct engine *e, const struct buf *path);

/* Of a reviewer's episode: its own, so that nothing of an earlier one is in it. */
void item_review_worktree(
    const struct engine *e, const struct item *it, struct episode_id ep, struct buf *ret);

/* "REEVE_TAG=<store>.<episode>": what every process of an episode has in its environment. */
void item_tag(const struct engine *e, struct episode_id ep, struct buf *ret);

#endif
