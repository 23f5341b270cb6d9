/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * hook_json.h: what an agent's own hooks tell of its turns, and what is kept of that.
 *
 * Claude Code and Codex give a hook one JSON object on stdin; its keys differ by event and version.  Only what
 * is named here is read, unknown events are HOOK_OTHER, and nothing in it is trusted: it says how an agent
 * looks to a person, and never moves a ticket.
 *
 *	turn.json	{"state":"idle","since":"2026-11-21T06:23:25Z","event":"Stop","session":"...","told":false}
 */
#ifndef CODEC_HOOK_JSON_H
#define CODEC_HOOK_JSON_H

#include "base/buf.h"
#include "base/err.h"

#define HOOK_SESSION_MAX 100

#define HOOK_LIST(X)                                                                               \
	X(HOOK_OTHER, "other")                                                                     \
	X(HOOK_SESSION_START, "SessionStart")                                                      \
	X(HOOK_PROMPT, "UserPromptSubmit")                                                         \
	X(HOOK_TOOL, "PreToolUse")                                                                 \
	X(HOOK_TOOL_END, "PostToolUse")                                                            \
	X(HOOK_PERMISSION, "PermissionRequest")                                                    \
	X(HOOK_NOTIFICATION, "Notification")                                                       \
	X(HOOK_STOP, "Stop")                                                                       \
	X(HOOK_STOP_FAILURE, "StopFailure")                                                        \
	X(HOOK_SESSION_END, "SessionEnd")

#define TURN_LIST(X)                                                                               \
	X(TURN_IDLE, "idle") /* its turn is over */                                                \
	X(TURN_BUSY, "busy")                                                                       \
	X(TURN_ASKING, "asking") /* a dialog of its own is on the screen */                        \
	X(TURN_OVER, "over")     /* the session has ended */

#define HOOK_ENUMERATOR(id, name) id,
enum hook_event { HOOK_UNSET, HOOK_LIST(HOOK_ENUMERATOR) HOOK_COUNT };
enum turn_state { TURN_UNSET, TURN_LIST(HOOK_ENUMERATOR) TURN_COUNT };
const char *hook_event_name(enum hook_event v);
const char *turn_state_name(enum turn_state v);
bool turn_state_parse(struct str s, enum turn_state *ret);

struct hook {
	enum hook_event event;
	bool is_again;       /* Stop: after a Stop that a hook has answered with words */
	bool has_background; /* Stop: a task of its own still runs, and will wake it */
	bool is_idle_notice; /* Notification: it waits for input; else for a permission, or other */
	bool is_asking_notice;
	char session[HOOK_SESSION_MAX]; /* [A-Za-z0-9._-]; "" none, or none that can be used */
	char *cwd;                      /* NULL: not said */
};
void hook_release(struct hook *h);

/* ERR_INVALID: it is no object, or one of the keys that are read has another type. */
int hook_load(struct str bytes, struct hook *ret, struct err *err);

struct turn {
	enum turn_state state;
	int64_t since_wall_ms;
	char event[32];
	char session[HOOK_SESSION_MAX];
	bool is_told; /* in this turn: that it owes a report */
};
void turn_dump(const struct turn *t, struct buf *ret);
int turn_load(struct str bytes, struct turn *ret, struct err *err);

/* What the turn is after this.  Pure. */
struct turn turn_step(const struct turn *t, const struct hook *h, int64_t now_wall_ms);

#endif
