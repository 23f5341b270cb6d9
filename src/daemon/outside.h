/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * outside.h: the real world behind engine/world.h: helper processes, tmux, inotify, pidfds, in one
 * libevent loop.
 *
 *	outside_open()		wake() is called (never from within start()) when engine_turn() is due
 *	outside_attach()	the engine that gets the answers
 *	outside_close()		ends helpers and the control client; workers and the tmux server live on
 */
#ifndef DAEMON_OUTSIDE_H
#define DAEMON_OUTSIDE_H

#include <event2/event.h>

#include "engine/engine.h"
#include "store/root.h"

struct outside;

int outside_open(struct event_base *base, struct root *root, void (*wake)(void *self), void *self,
    struct outside **ret, struct err *err);
void outside_close(struct outside *o);
struct world *outside_world(struct outside *o);
void outside_attach(struct outside *o, struct engine *e);

/* SIGCHLD came. */
void outside_on_child(struct outside *o);

#endif
