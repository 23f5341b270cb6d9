/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * reconcile.h: what a ticket needs now, from its state and from facts.
 *
 * Level-triggered: it knows nothing of what was asked before.  The engine asks again after every change;
 * when the answer is ACTION_NONE or ACTION_WAIT for every ticket, all is at rest.  Nothing else starts,
 * stops, judges or merges.
 *
 * Pure.  `facts` are gathered just before: probes, files of the episode, clocks.
 */
#ifndef CORE_RECONCILE_H
#define CORE_RECONCILE_H

#include "core/event.h"

struct facts {
	int64_t wall_ms, boot_ms;
	const char *boot_id;

	/* of the whole store */
	bool is_killed;   /* control/kill is there, or cannot be read */
	bool is_stopped;  /* control/stop, too */
	bool is_observer; /* this process only decides: it may not start, stop, merge or clean up */
	bool has_slot;
	bool has_deps;           /* all that it comes after is done */
	bool is_broken;          /* the breaker of what it needs is open, */
	int64_t breaker_boot_ms; /* and nothing is tried before; */
	bool is_probed;          /* another ticket is just trying */

	/* of the current episode */
	bool has_token, has_claimed, has_revoked;
	bool launcher_held;  /* EP/lock; an unknown probe counts as held */
	bool ticket_held;    /* tickets/N/lock, likewise */
	bool is_fresh;       /* this process opened it and is still preparing its start */
	bool has_signals;    /* a signal of this ticket was read and is not decided yet */
	int64_t due_boot_ms; /* OPEN: to be claimed by then; 0: an earlier process opened it, and
				nobody knows whether its launcher was started.  TERM: to end its turn. */

	/* of this process */
	bool is_busy;      /* work for this ticket is under way */
	bool needs_gate;   /* DELIVERED: a gate comes before the review.  APPROVED: this merge is
				known not to have passed the gates */
	bool has_worktree; /* and it is not known that it has to be kept */
	bool has_rest;     /* of a worktree whose removal has begun */
	int64_t
	    look_boot_ms; /* of these one could not be looked at: look again then; 0: all were */
	bool is_unsent;   /* a message of a revision is not there yet; no try */
	int64_t send_boot_ms;  /* before that */
	int64_t remind_ms;     /* after so long without a word somebody is reminded; 0: never */
	int64_t retry_boot_ms; /* do not try the work again before; 0: now */
};

enum action_kind {
	ACTION_NONE,  /* nothing, until an event */
	ACTION_WAIT,  /* look again at until_boot_ms (0: when a fact changes) */
	ACTION_EVENT, /* step `event` */
	ACTION_START, /* preflight, then EVENT_START, then the way of a start */
	ACTION_REVOKE, /* take the token back: token -> revoked; or make revoked where there is none */
	ACTION_STOP,    /* end the processes of the episode */
	ACTION_JUDGE,   /* the locks are free: scan, salvage, then EVENT_CLOSED */
	ACTION_GATE,    /* run the gates on the merge, then EVENT_GATED or what comes of it */
	ACTION_COMPUTE, /* make the merge commit, then EVENT_INTENT or what comes of it */
	ACTION_PROVE,   /* has it landed?  EVENT_MERGED; else it must not now: EVENT_WITHDRAWN */
	ACTION_LAND,    /* move the target, then EVENT_MERGED or what comes of it */
	ACTION_HOOK,    /* run the hook `landed`, then EVENT_HOOK_RUN or EVENT_HOOK_FAILED */
	ACTION_SEND,    /* deliver the messages of its revisions; no event follows */
	ACTION_CLEAN, /* remove the worktree of a landed ticket, or what a person wants gone of one that
			   is over: EVENT_PRUNED or EVENT_KEPT */
};

struct action {
	enum action_kind kind;
	enum event_kind event;
	enum ending ending;
	int64_t until_boot_ms;
};

struct action reconcile_next(const struct ticket *t, const struct facts *f);

#endif
