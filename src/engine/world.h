/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * world.h: what the engine asks of the world, and how the world answers.
 *
 * The daemon implements it over effect/; tests put a fake in its place.
 *
 *	start()	begins a piece of work.  0: engine_on_work() is called once, later, never before start()
 *		has returned.  ERR_LIMIT: too much at once; the engine asks again after the next answer.
 *	cancel()	that work of this ticket is not wanted any more: its answer, which still comes, comes soon.
 *	watch(), follow()	hints wanted: engine_turn() is called when something in that directory
 *		changed, or that process ended.  Losing one costs promptness only.
 *	now()	the clocks.
 *	port_is_free()	does nobody listen there, just now?  A hint; NULL: nobody can tell.
 *
 * An answer is a fact about the moment when the work was done.  WORK_ENVIRONMENT says nothing about the
 * ticket: the machine, the repository or a program could not do it.  WORK_OWN: nor could it for what is the ticket's
 * own, its worktree or branch; the others are not concerned.
 */
#ifndef ENGINE_WORLD_H
#define ENGINE_WORLD_H

#include "base/err.h"
#include "base/vec.h"
#include "core/ticket.h"
#include "store/place.h"

enum work_kind {
	WORK_PREFLIGHT =
	    1, /* a: what the author builds on, b: tip of the branch, if it exists; from set: where
			       it begins if it does not exist, else at the tip of the target; commit set: that of
			       a review, and text: how much it changes since base, or since it left the target.
			       ENVIRONMENT, flag: the target is not there */
	WORK_PREPARE,  /* worktree on its branch */
	WORK_SPAWN,    /* a tmux window that runs the launcher */
	WORK_ARTIFACT, /* is the commit acceptable?  a: pinned */
	WORK_STOP,     /* end all processes of the episode */
	WORK_SALVAGE,  /* a: commit with unreported work; ENVIRONMENT and flag: processes live */
	WORK_COMPUTE, /* a: tip of the target, b: merge commit, c: its tree; or conflict, contained, held */
	WORK_GATE, /* as COMPUTE, never held, and the gates pass on the merge.  BAD: they do not, flag:
			  nor on the target.  ENVIRONMENT, flag: a gate could not be run */
	WORK_PROVE, /* does the target hold the merge?  MOVED: it does not */
	WORK_LAND,  /* the target moves, and its files */
	WORK_HOOK,  /* the command of the hook `landed`; BAD: it failed */
	WORK_CLEAN, /* worktree and branch go; flag: they went, else text: why they stay.  With prune:
			  a: uncommitted work that was parked, b: what the branch was at, if parked; text */
};
const char *work_name(enum work_kind kind);

enum work_answer { /* as enum git_answer */
	WORK_OK = 1,
	WORK_ENVIRONMENT,
	WORK_BAD,
	WORK_CONFLICT,
	WORK_CONTAINED,
	WORK_MOVED,
	WORK_HELD,
	WORK_OWN,
};

#define WORK_REVIEW     PLACE_REVIEW
#define WORK_GATE_PLACE PLACE_GATE

/* Borrowed for the call of start(). */
struct work {
	enum work_kind kind;
	struct episode_id ep; /* n may be 0 */
	const char *repo;     /* path of the main worktree */
	const char *target;   /* branch it goes to */
	const char *branch;   /* of the ticket */
	const char *worktree; /* absolute */
	struct oid base, commit, from, merge;
	bool is_review; /* PREPARE, SALVAGE: the worktree is a reviewer's: detached, and goes */
	uint64_t
	    pin; /* ARTIFACT: adopted or amended by this revision; 0: reported by ep.  CLEAN: what is
			   parked is named by it */
	enum prune prune; /* CLEAN: what a person wants gone; UNSET: what has landed */
	bool is_rest;     /* CLEAN: only what is out of the way already */
	const struct strvec *argv, *env; /* HOOK: its words, and NAME=value */
	const char *message;             /* COMPUTE: see struct git_landing; SPAWN: the title */
	const char *trailers;
	enum landing landing; /* COMPUTE: in which way */
	int64_t when_ms;
	/* STOP, SALVAGE: how its processes are found */
	const char *ticket_lock, *launcher_lock; /* paths */
	bool may_kill;   /* SALVAGE: when some live; else flag of the answer tells of them */
	const char *tag; /* NAME=value in the environment of all of them */
	int64_t grace_ms;
	const char *state; /* path of the state directory */
	uint32_t port;     /* of the ticket; 0: none.  Only with a teardown */
	/* what the configuration says of the repository; NULL: nothing */
	const struct config_repo *rules;
	const char *gates; /* GATE: directory of its logs; tag and ticket_lock are then its own */
};

struct work_result {
	enum work_answer answer;
	struct oid a, b;
	bool flag;
	struct str text;
	struct oid c;
};

struct instant {
	int64_t wall_ms, boot_ms;
	const char *boot_id;
};

struct world;
struct world_ops {
	int (*start)(struct world *, const struct work *, struct err *);
	void (*cancel)(struct world *, enum work_kind, struct ticket_id);
	void (*watch)(struct world *, const char *dir);
	void (*unwatch)(struct world *, const char *dir);
	void (*follow)(struct world *, struct episode_id ep, pid_t pid, uint64_t start);
	void (*unfollow)(struct world *, struct episode_id ep);
	struct instant (*now)(struct world *);
	bool (*port_is_free)(struct world *, uint32_t port);
};
struct world {
	const struct world_ops *ops;
};

#endif
