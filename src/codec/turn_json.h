/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * turn_json.h: what an agent's own hooks tell of its turns, and what is kept of that.
 *
 * Claude Code and Codex give a hook one JSON object on stdin; its keys differ by event and version.  Only what
 * is named here is read, unknown events are TURN_ON_OTHER, and nothing in it is trusted: it says how an agent
 * looks to a person, and never moves a ticket.
 *
 *	turn.json	{"state":"idle","since":"2026-11-21T06:23:25Z","event":"Stop","session":"...","told":false,
 *			 "inbox":"<SHA-256>"}
 */
#ifndef CODEC_TURN_JSON_H
#define CODEC_TURN_JSON_H

#include "base/buf.h"
#include "base/err.h"
#include "core/digest.h"

#define TURN_SESSION_MAX 100

#define TURN_EVENT_LIST(X)                                                                         \
	X(TURN_ON_OTHER, "other")                                                                  \
	X(TURN_ON_SESSION_START, "SessionStart")                                                   \
	X(TURN_ON_PROMPT, "UserPromptSubmit")                                                      \
	X(TURN_ON_TOOL, "PreToolUse")                                                              \
	X(TURN_ON_TOOL_END, "PostToolUse")                                                         \
	X(TURN_ON_PERMISSION, "PermissionRequest")                                                 \
	X(TURN_ON_NOTIFICATION, "Notification")                                                    \
	X(TURN_ON_STOP, "Stop")                                                                    \
	X(TURN_ON_STOP_FAILURE, "StopFailure")                                                     \
	X(TURN_ON_SESSION_END, "SessionEnd")

#define TURN_LIST(X)                                                                               \
	X(TURN_IDLE, "idle") /* its turn is over */                                                \
	X(TURN_BUSY, "busy")                                                                       \
	X(TURN_ASKING, "asking") /* a dialog of its own is on the screen */                        \
	X(TURN_OVER, "over")     /* the session has ended */

#define TURN_ENUMERATOR(id, name) id,
enum turn_event { TURN_ON_UNSET, TURN_EVENT_LIST(TURN_ENUMERATOR) TURN_ON_COUNT };
enum turn_state { TURN_UNSET, TURN_LIST(TURN_ENUMERATOR) TURN_COUNT };
const char *turn_event_name(enum turn_event v);
const char *turn_state_name(enum turn_state v);
bool turn_state_parse(struct str s, enum turn_state *ret);

struct turn_news {
	enum turn_event event;
	bool is_again;       /* Stop: after a Stop that a hook has answered with words */
	bool has_background; /* Stop: a task of its own still runs, and will wake it */
	bool is_idle_notice; /* Notification: it waits for input; else for a permission, or other */
	bool is_asking_notice;
	char session[TURN_SESSION_MAX]; /* [A-Za-z0-9._-]; "" none, or none that can be used */
	char *cwd;                      /* NULL: not said */
};
void turn_news_release(struct turn_news *h);

/* ERR_INVALID: it is no object, or one of the keys that are read has another type. */
int turn_news_load(struct str bytes, struct turn_news *ret, struct err *err);

struct turn {
	enum turn_state state;
	int64_t since_wall_ms;
	char event[32];
	char session[TURN_SESSION_MAX];
	bool is_told; /* in this turn: that it owes a report */
	struct digest
	    inbox; /* of the names of unread messages that it was told of in this turn; unset: none */
};
void turn_dump(const struct turn *t, struct buf *ret);
int turn_load(struct str bytes, struct turn *ret, struct err *err);

/* What the turn is after this.  Pure. */
struct turn turn_step(const struct turn *t, const struct turn_news *h, int64_t now_wall_ms);

#endif
