/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * episode.h: the directory of one episode, tickets/N/episodes/M (PROTOCOLS P3, P4).
 *
 *	episode_prepare()	directory, spec.json, brief.md, both lock files; everything synced
 *	episode_arm()		the token appears, with the nonce: from now on a launcher may claim it
 *	episode_revoke()	token -> revoked, or makes `revoked` where there is no token: nobody starts
 *				it any more.  The one who renames the token decides.
 *	episode_look()		which files are there, who holds the locks
 *
 * episode_revoke(): 0 revoked (also when it was already, and when there is no directory yet: it is made
 * for the purpose); ERR_CONFLICT: it is claimed; ERR_NOTFOUND: no such ticket.
 * episode_prepare() may be repeated until the token is out; with a token, claimed or revoked it is
 * ERR_CONFLICT, as is episode_arm().
 *
 * The token file holds the nonce as 64 hex digits and a newline; a revoked one is emptied.
 */
#ifndef STORE_EPISODE_H
#define STORE_EPISODE_H

#include "core/event.h"
#include "store/root.h"

#define EPISODE_SPEC    "spec.json"
#define EPISODE_BRIEF   "brief.md"
#define EPISODE_RESUME  "resume.md" /* the prompt, when it goes on with a session of its agent */
#define EPISODE_TOKEN   "token"
#define EPISODE_CLAIMED "claimed"
#define EPISODE_REVOKED "revoked"
#define EPISODE_LOCK    "lock"
#define EPISODE_STARTED "started"
#define EPISODE_RUNNING "running"
#define EPISODE_EXIT    "exit.json"
#define EPISODE_TAIL    "tail.txt"
#define EPISODE_LOG     "pane.log" /* what its terminal was sent; locked while it may grow */
#define EPISODE_OLDER   "pane.log.1"
#define EPISODE_NEXT                                                                               \
	"pane.log.new" /* these two: a recorder that was killed while it changed names */
#define EPISODE_SPARE   "pane.log.old"
#define EPISODE_OUTCOME "outcome.json"
#define EPISODE_TURN    "turn.json" /* how its agent looks, by its own hooks; moves nothing */
#define EPISODE_FILES   "files"     /* a directory: what its agent's profile wants to find */
#define EPISODE_PREPARED                                                                           \
	"prepared.txt" /* what of the main worktree its worktree was given, a line each */

struct episode_seen {
	bool is_unclear; /* a file could not be looked at: nothing follows from the others */
	bool has_dir, has_token, has_claimed, has_revoked, has_started, has_running, has_exit;
	enum probe launcher, ticket;   /* PROBE_FREE also for a lock file that is not there */
	int probe_errno;               /* why one is PROBE_UNKNOWN; 0 */
	uint64_t lock_dev, lock_inode; /* of tickets/N/lock; 0: not there */
};

/* "<state>/tickets/N/episodes/M[/name]", name may be NULL. */
void episode_path(struct root *r, struct episode_id ep, const char *name, struct buf *ret);

int episode_prepare(
    struct root *r, struct episode_id ep, struct str spec_json, struct str brief, struct err *err);
int episode_arm(struct root *r, struct episode_id ep, const struct nonce *nonce, struct err *err);
int episode_revoke(struct root *r, struct episode_id ep, struct err *err);

/* Order: token, claimed, revoked; then the locks; then started and exit.json.  So "claimed, and the launcher's
 * lock free" means that it is over, and what it left was read after that.  What cannot be looked at counts
 * as there, and is_unclear says so. */
void episode_look(struct root *r, struct episode_id ep, struct episode_seen *ret);

/* `claimed` was seen, and its launcher may not have synced it yet: before anything is built on it, a power cut
 * must not give the token back. */
int episode_settle(struct root *r, struct episode_id ep, struct err *err);

/* A file of the directory; ERR_NOTFOUND.  Writing replaces, durably. */
int episode_read(struct root *r, struct episode_id ep, const char *name, size_t max,
    struct buf *ret, struct err *err);
int episode_write(
    struct root *r, struct episode_id ep, const char *name, struct str bytes, struct err *err);

/* A file of the directory `files`, before episode_arm(); durable. */
int episode_add_file(
    struct root *r, struct episode_id ep, const char *name, struct str bytes, struct err *err);

/* The note in tickets/N/episodes/M/lock says which process took it (sys/lock.h).  ERR_NOTFOUND: no note,
 * or one of another boot. */
int episode_launcher(struct root *r, struct episode_id ep, pid_t *ret_pid, uint64_t *ret_start);

#endif
