/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * windows.h: tmux windows on request: the connection is opened with the first one, and again after it
 * was lost.
 *
 * Every windows_spawn() that returned 0 is answered once, later: OK, or ENVIRONMENT when tmux said no,
 * went away or did not answer in time.  None of this is evidence: the token decides whether a worker runs.
 */
#ifndef DAEMON_WINDOWS_H
#define DAEMON_WINDOWS_H

#include <event2/event.h>

#include "codec/config_text.h"
#include "daemon/runner.h"

struct windows;

struct windows *
windows_open(struct event_base *base, const char *state, runner_answer_fn *on_answer, void *self);
void windows_close(struct windows *w);
int
windows_spawn(struct windows *w, const struct config *c, const struct work *work, struct err *err);
void windows_on_child(struct windows *w);

#endif
