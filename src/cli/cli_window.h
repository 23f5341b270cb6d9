/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * cli_window.h: the tmux window of a worker, to be looked at.
 *
 * A person's view only: windows are found by their options @reeve and @reeve_state (effect/tmux.h sets
 * them), and nothing is concluded about a worker from one that is not there.
 */
#ifndef CLI_CLI_WINDOW_H
#define CLI_CLI_WINDOW_H

#include "cli/cli_state.h"

#define WINDOW_SESSION "reeve"
#define WINDOW_OWN     "reeve-attach-" /* sessions of our own: the same windows, another one in front */

/* "tmux -L socket", or -S path; c has its configuration. */
void window_argv(struct cli *c, struct strvec *ret);

/* One word of a tmux command as it comes through tmux's own command line: a ';' at its end would end the
 * command. */
void window_word(struct strvec *argv, const char *word);

/* "@7", or ERR_NOTFOUND; ERR_EXTERNAL: tmux does not answer. */
int window_find(struct cli *c, struct episode_id ep, struct buf *ret, struct err *err);

/* The screen and `lines` lines above it, cleaned, without empty lines at both ends. */
int
window_capture(struct cli *c, const char *window, uint32_t lines, struct buf *ret, struct err *err);

/* Is this the name of a session that `attach` made: WINDOW_OWN and the number of a process? */
bool window_is_own_session(struct str name);

/* What `display-message -p FORMAT` says; argv begins with tmux and its socket. */
int window_ask(const struct strvec *tmux, const char *format, struct buf *ret, struct err *err);

#endif
