/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * session.h: which session of the agent's own the next episode of a ticket is in.  Private to engine/.
 *
 * An author goes on with the session of the last author of its ticket: after a verdict, an answer, a reboot, a death.
 * It begins a new one, with the whole brief, when there is none to go on with:
 *
 *	the profile has no `resume`, or the ticket has another agent or another worktree by now
 *	that session is not known, or there is no sign that it began: a prompt that its hooks told of, or a report
 *	that episode went on with a session itself, and died without a report: it may not be tried for ever
 *
 * A reviewer always begins a new one.  All of this follows from files, so the answer is the same when it is asked again.
 *
 * The directory of an episode is its worker's own, so the history decides: role, agent, and the session, which the
 * revision of the start names when the supervisor chose it, or went on with it.  A START of an older version that says
 * none of this is not gone on with.  `running` and spec.json (its worktree) can only say no.
 *
 * What the supervisor did not choose, only the agent's hooks can tell (turn.json), and so could the worker.  It is gone on
 * with only when all of this holds:
 *
 *   1. the agent has a `session`, the id has that form, and it was made while the episode was open (codec/session_id.h)
 *   2. no episode of another ticket that was open at that moment (in whole seconds), and no such one of a reviewer of its
 *	own ticket, has hooks that tell of it; and no ticket that was there then and has changed since has gone on with
 *	it, by its history
 *
 * So it is none that was there before the episode, or was made after it.  Not proved: that it is none that the user, or
 * another program than a worker, began while the episode was open.  Times are those of the wall clock, in histories of
 * whole seconds.  There is no way to go on with an id that does not hold its time.
 *
 * Cost of 2: a look at each ticket in memory; the history of those that were there when the id was made and have changed
 * since; one file for each episode that was open at that moment, not for each that there is.
 */
#ifndef ENGINE_SESSION_H
#define ENGINE_SESSION_H

#include "engine/item.h"

struct session {
	struct buf id;               /* of a new one: what to call it, if the agent can be told */
	struct episode_id continues; /* n == 0: a new one */
	uint64_t told_rev; /* what has happened since, it does not know; 0: it knows nothing */
};

void session_choose(
    struct engine *e, struct item *it, bool is_review, const char *worktree, struct session *ret);

#endif
