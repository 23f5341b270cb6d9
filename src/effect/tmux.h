/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * tmux.h: one control-mode connection to reeve's own tmux server.
 *
 * The connection is a child `tmux -L <socket> [-f conf] -C new-session -A -s reeve ...` with pipes for
 * stdin and stdout.  It is an object without a loop: the owner of the loop watches tmux_fd() and
 * calls tmux_on_readable(); the output is always drained.  The child ends with the supervisor
 * (PR_SET_PDEATHSIG), the tmux server and its windows do not.
 *
 *	tmux_open()		starts the server if need be; cheap; at most once per connection
 *	tmux_window()		asks for a window; the answer comes to on_reply, never before it returns
 *	tmux_on_readable()	call when tmux_fd() is readable; parses, calls on_reply, returns false at
 *				the end of the connection (server killed): tmux_close() and open again later
 *
 * Every request is answered once: at the end of the connection those that wait are answered with
 * ok = false, and whether they were carried out is unknown.  Not answered: what waits when
 * tmux_close() is called.  on_reply may call tmux_window(), not tmux_close().
 *
 * tmux_open() waits for tmux, but TMUX_OPEN_MS at most: a server that hangs, or is still busy with its
 * configuration, gives a connection whose requests wait.  The owner sets deadlines; nothing here does.
 *
 * What tmux says is never evidence about a worker: a reply only tells that the request was carried
 * out or not.  Nothing untrusted goes into a tmux argument: names are slugs, the title goes
 * into a user option without format expansion.
 *
 * The user's tmux.conf may be loaded (conf NULL): what reeve relies on is set again, for its session
 * and its windows only, except that the server must outlive its clients.
 *
 * Failures: ERR_NOTFOUND tmux is not installed; ERR_INVALID it is older than 3.3; ERR_EXTERNAL.
 */
#ifndef EFFECT_TMUX_H
#define EFFECT_TMUX_H

#include "base/err.h"
#include "core/id.h"

#define TMUX_OPEN_MS 2000

struct tmux;

struct tmux_config {
	const char *socket; /* -L; a name, or an absolute path when it holds a '/' (then -S) */
	const char *conf;   /* -f, absolute; or NULL for tmux's own default */
	const char *run;    /* absolute path of reeve-run, for the keeper window */
	const char *state; /* state directory: the option @reeve_state of each window; NULL: none */
};

/* ok: carried out, and text is the window id, "@7"; else text says why not.  Cleaned, one line, valid
 * during the call. */
typedef void tmux_reply_fn(void *self, uint64_t tag, bool ok, const char *text);

/* Version check only: tmux -V. */
int tmux_check(struct err *err);

int tmux_open(const struct tmux_config *config, tmux_reply_fn *on_reply, void *self,
    struct tmux **ret, struct err *err);
int tmux_fd(const struct tmux *t);

/* The control client, to be reaped by the owner of SIGCHLD, also after tmux_close().  Its end is the end of
 * the connection, even if tmux_fd() does not tell (a server that hangs keeps the pipe). */
pid_t tmux_pid(const struct tmux *t);

bool tmux_on_readable(struct tmux *t);
bool tmux_wants_write(const struct tmux *t); /* tmux_write_fd() is full: watch it for writable */
int tmux_write_fd(const struct tmux *t);
bool tmux_on_writable(struct tmux *t); /* as tmux_on_readable() */
void tmux_close(struct tmux *t);       /* ends the control client, not the server; NULL is fine */

/* From now on what a window prints is given to a recorder of its own, `run --record STATE EPISODE max TTY` (run/record.h),
 * from the first byte on; 0: to none, as at first.  The configuration has to name run and state.  That there is no
 * recorder, or no more, harms no window. */
void tmux_record(struct tmux *t, uint64_t max);

/*
 * A detached window that runs `argv` (never through a shell: two words at least) for this episode.
 * name: a slug (anything else is made one).  The window gets the user options @reeve (the episode,
 * "12.3"), @reeve_state and @title (the title, cleaned, at most 200 columns, inert).
 */
void tmux_window(struct tmux *t, uint64_t tag, struct episode_id ep, const char *name,
    struct str title, const char *const *argv);

#endif
