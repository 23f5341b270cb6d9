/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * claim.h: the right to start an episode (PROTOCOLS P3, L0 to L5).
 *
 *	claim_open()	L0	the arguments, the directories
 *	claim_take()	L1-L5	both locks, the kill switch, the token
 *	claim_release()
 *
 * Whoever renames the token starts the episode, once; everybody else gets an answer and goes.  What can
 * be found wrong before that rename is found before it, so that nothing is burnt for a bad file.
 *
 * claim_open() and claim_take() answer with an exit code of the launcher.  RUN_OK: go on.  All others
 * come with a sentence in err, and nothing was started:
 *
 *	RUN_USAGE	arguments
 *	RUN_BAD		spec.json or the token cannot be understood
 *	RUN_IO		the kernel or the disk said no
 *	RUN_BUSY	something of this ticket still lives
 *	RUN_NOTHING	no such episode, or its token is gone: claimed before, or revoked
 *	RUN_PAUSED	the kill switch is there, or cannot be looked at
 *	RUN_SETUP	the setup of the repository failed, see run/setup.h
 */
#ifndef RUN_CLAIM_H
#define RUN_CLAIM_H

#include "base/buf.h"
#include "base/err.h"
#include "codec/episode_json.h"
#include "core/digest.h"
#include "core/id.h"
#include "sys/io.h"

enum run_exit {
	RUN_OK = 0,
	RUN_USAGE = 2,
	RUN_BAD = 70,
	RUN_IO = 74,
	RUN_BUSY = 75,
	RUN_NOTHING = 76,
	RUN_PAUSED = 77,
	RUN_SETUP = 78,
	RUN_NO_EXEC = 126, /* as a shell says it: the agent cannot be executed */
	RUN_NO_PROGRAM = 127,
};

/* Names in the directory of an episode.  The same are in store/episode.h, which this layer does not see. */
#define CLAIM_SPEC     "spec.json"
#define CLAIM_BRIEF    "brief.md"
#define CLAIM_TOKEN    "token"
#define CLAIM_CLAIMED  "claimed"
#define CLAIM_LOCK     "lock"
#define CLAIM_STARTED  "started"
#define CLAIM_RUNNING  "running"
#define CLAIM_EXIT     "exit.json"
#define CLAIM_TAIL     "tail.txt"
#define CLAIM_PREPARED "prepared.txt"

/* In the directory of a ticket. */
#define CLAIM_SETUP "setup"

struct claim {
	struct io *io;
	char *state; /* absolute, without a slash at the end */
	struct episode_id episode;
	char *ticket_lock_name; /* "tickets/12/lock", beneath state */
	int state_dir, dir;     /* dir: of the episode */
	int ticket_lock; /* inherited by the agent and all it starts: something of it lives */
	int lock;        /* of this process only: the launcher lives */
	struct launch launch;
	char nonce[2 * NONCE_BYTES + 1]; /* "" before the claim */
};
#define CLAIM_INIT                                                                                 \
	{                                                                                          \
		.state_dir = -1, .dir = -1, .ticket_lock = -1, .lock = -1                          \
	}

enum run_exit
claim_open(struct claim *c, struct io *io, const char *state, const char *episode, struct err *err);
enum run_exit claim_take(struct claim *c, struct err *err);
void claim_release(struct claim *c); /* frees both locks; wipes the nonce */

/* L3.  RUN_OK, or RUN_PAUSED: only a clear "it is not there" lets anything start. */
enum run_exit claim_ask_switch(struct claim *c, struct err *err);

/* Reads spec.json into c->launch. */
enum run_exit claim_read_spec(struct claim *c, struct err *err);

/* "<state>/tickets/12/episodes/3/brief.md" */
void claim_brief_path(const struct claim *c, struct buf *ret);

#endif
