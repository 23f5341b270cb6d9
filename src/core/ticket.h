/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * ticket.h: what is known of one piece of work.
 *
 * `struct ticket` is a value without pointers: everything that decides.  lifecycle_step() takes one and
 * yields the next.  `struct spec` is what a person wrote, and names; `struct record` is both with the
 * history: what one ticket file holds.
 *
 * Times: *_wall_ms for display and --until; back-off is in milliseconds of one boot, named beside it.
 */
#ifndef CORE_TICKET_H
#define CORE_TICKET_H

#include "base/buf.h"
#include "core/digest.h"
#include "core/id.h"
#include "core/state.h"

#define TICKET_CAUSE_MAX 400
#define TICKET_TITLE_MAX 500
#define TICKET_TEXT_MAX  (128u * 1024u)
#define TICKET_BOOT_MAX  40
#define TICKET_PRIO_MAX  1000

/* Budgets: how often before a person is asked. */
#define TICKET_DEATHS_MAX      2
#define TICKET_STARTS_MAX      6
#define TICKET_CYCLES_MAX      3
#define TICKET_REBOOTS_MAX     3
#define TICKET_MERGE_TRIES_MAX 5
#define TICKET_HOOK_TRIES_MAX  5
#define TICKET_OWN_FAULTS_MAX  3 /* in a row, blamed on itself: BLAME_TICKET */

#define TICKET_BY_PERSON UINT32_MAX /* pinned_by: no episode; adopted or amended */

struct boot_id {
	char s[TICKET_BOOT_MAX];
};

struct episode {
	uint32_t n; /* 0: there was never one; else the current or, with state NONE, the last one */
	enum episode_state state;
	enum role role;
	uint32_t generation;
	struct digest nonce;
	struct oid base;   /* what the author builds on */
	struct oid review; /* what the reviewer looks at */
	struct boot_id boot;
};

struct ticket {
	struct ticket_id id;
	uint64_t rev; /* 0: not created */
	enum phase phase;
	enum phase resume; /* parked: where it goes on */
	enum want want;
	uint32_t generation; /* changes when the task changes: what older workers say is void */
	enum review review;
	enum merge merge;
	uint32_t priority; /* 0 to TICKET_PRIO_MAX, higher first */
	int64_t not_before_wall_ms;
	struct episode episode;
	uint64_t question_rev; /* the revision that asked; 0: none is open */
	struct oid pinned;     /* reported, checked, kept by a ref */
	uint32_t pinned_by;    /* number of the episode that did; 0: it is not what is to be judged
				  now (sent back, or another author has begun) */
	struct oid passed;
	int64_t
	    passed_wall_ms; /* since when: its place in the queue of the landings, see queue.h */
	struct oid gated; /* the tree that passed the gates, merged from what is pinned.  ATTENTION:
				or fails them as its target does, and a person may let it pass */
	struct digest gated_by;              /* the command lines of these gates */
	struct oid merge_from, merge_commit; /* the intent: the ref goes from -> commit */
	enum hook hook; /* done: the hook `landed`; UNSET: there was none when it became that */
	uint32_t hook_tries;  /* that failed, in a row */
	enum landing landing; /* in which way the commit was made; its own proof is in the commit */
	enum prune prune;     /* that is asked for, and not done yet; */
	uint64_t prune_rev;   /* by this revision */
	uint64_t unsent; /* the first revision whose messages could not be delivered before the next
			    one was made; 0: those of all but the last are */
	uint32_t deaths, reviewer_deaths, start_failures, cycles, reboots, merge_tries;
	uint32_t env_failures; /* in a row, of what they are blamed on: see breaker.h */
	enum blame blame;
	int64_t backoff_boot_ms; /* no start before this time of that boot */
	struct boot_id backoff_boot;
	char cause[TICKET_CAUSE_MAX]; /* why it stands where it stands, for a person; "" none */
	int64_t created_wall_ms, updated_wall_ms;
	int64_t
	    since_wall_ms; /* it stands where it stands: the phase, and whether a worker is there */
};

/* Owned strings; NULL: not set. */
struct spec {
	char *title;
	char *repo;
	char *base; /* branch */
	char *
	    from; /* "<commit> <name as it was said>": its own branch begins there; NULL: at base */
	char *branch; /* reeve/<id>-<slug> */
	char *agent;
	char *mission;
	char *after; /* "3,4" */
	char *notify;
	char *text; /* the description */
};
void spec_release(struct spec *s);
void spec_copy(struct spec *to, const struct spec *from);

/* The commit of from; false: none. */
bool spec_from(const struct spec *s, struct oid *ret);

/* Digest of the names that no hand may edit: repo, base, branch, agent, mission, after, notify; and from, if set. */
struct digest spec_digest(const struct spec *s);

struct record {
	struct ticket ticket;
	struct spec spec;
	struct buf history; /* as in the file, one line a revision and its indented text */
};
void record_release(struct record *r);

struct episode_id ticket_episode(const struct ticket *t); /* n == 0: none was ever opened */
bool ticket_is_open(const struct ticket *t);              /* an episode is not closed yet */
bool ticket_has_slot(const struct ticket *t); /* open, and not waiting for a person's answer */

/* A worktree that is out of the way, and not removed yet, is called this and its name. */
#define TICKET_WORKTREE_GONE ".gone-"

/* The worktree's directory and the last part of the branch: "12-fix-login". */
void ticket_slug(struct ticket_id id, const char *title, struct buf *ret);

#endif
