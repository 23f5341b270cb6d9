/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * episode_json.h: the small JSON files of an episode's directory.
 *
 *	spec.json	supervisor -> launcher: what to execute; and which agent and session that is
 *	exit.json	launcher -> supervisor: how it ended
 *	outcome.json	supervisor -> people: what became of it, in eight fields
 *
 * Written once, whole.  Loading is strict about types and tolerant of unknown keys.
 */
#ifndef CODEC_EPISODE_JSON_H
#define CODEC_EPISODE_JSON_H

#include "base/err.h"
#include "base/vec.h"
#include "core/event.h"

struct launch {
	struct strvec argv;
	struct strvec env;   /* NAME=value, set on top of what the launcher was given */
	struct strvec unset; /* names that are taken out of the environment first */
	struct strvec setup; /* run before the agent, see run/setup.h; empty: nothing */
	char *worktree;      /* absolute: the working directory */
	char *tmux_socket;   /* for the last screen; NULL: none */
	int64_t grace_ms;    /* between SIGTERM and SIGKILL */
	uint32_t port;       /* the ticket's own: REEVE_PORT; 0: none */
	char *feed; /* this file of the episode's directory is its stdin; NULL: the terminal */

	/* for later starts and for people; the launcher does not need them */
	char *agent;     /* NULL: an older file does not say */
	char *session;   /* of the agent's own, when it was told which; NULL: its hooks will tell */
	char *continues; /* the episode whose session it goes on with ("12.3"); NULL: a new one */
};
void launch_release(struct launch *l);
void launch_dump(const struct launch *l, struct buf *ret);
int launch_load(struct str bytes, struct launch *ret, struct err *err);

struct exit_note {
	bool has_started; /* the agent was executed */
	int exec_errno;   /* why not; 0 */
	char *exec_error; /* in words; NULL */
	char *
	    setup; /* it ended in the setup, this command line; the end is that of the setup; NULL */
	bool was_stopped;   /* that one: because the launcher was told to end */
	bool was_paused;    /* it went well, and the kill switch was there after it: exec_error */
	int exit_code;      /* -1: killed by a signal */
	int exit_signal;    /* 0: none */
	uint32_t leftovers; /* processes that had to be ended after it */
	int64_t started_wall_ms, ended_wall_ms;
};
void exit_note_release(struct exit_note *n);
void exit_note_dump(const struct exit_note *n, struct buf *ret);
int exit_note_load(struct str bytes, struct exit_note *ret, struct err *err);
void exit_note_words(
    const struct exit_note *n, struct buf *ret); /* "exit status 3", "killed by signal 9 (KILL)" */

struct outcome {
	const char *status;     /* died, no_verdict, done, stopped, never_started ... */
	const char *summary;    /* the worker's own, or ours */
	const char *root_cause; /* "" unknown */
	bool safe_retry;
	const char *stop_condition; /* "" none was reached */
	const char *human_input;    /* what a person has to say; "" nothing */
	const struct strvec *next_actions;
	const struct strvec *artifacts; /* refs, commits, files */
};
/* keys: status summary root_cause safe_retry stop_condition human_input_required next_actions artifacts */
void outcome_dump(struct episode_id ep, const struct outcome *o, struct buf *ret);

#endif
