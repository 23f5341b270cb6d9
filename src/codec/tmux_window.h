/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * tmux_window.h: the command line that makes the window of an episode.
 *
 * One list, which tmux carries out as a whole and breaks off at its first failure.  The window is born under a name
 * that no other has, gets its options and its recorder by that name, and its own name last; its program can end, or
 * say what it wants, only after the whole list.  What the list prints is the window's id.
 *
 * Nothing untrusted is read as anything but bytes: words are quoted, the name is a slug, the title is one clean line
 * of TMUX_WINDOW_TITLE columns at most, and what goes through the shell of pipe-pane is digits and backslashes.
 */
#ifndef CODEC_TMUX_WINDOW_H
#define CODEC_TMUX_WINDOW_H

#include "base/buf.h"
#include "core/id.h"

#define TMUX_WINDOW_TITLE ((size_t)200)

struct tmux_window_plan {
	const char *session; /* a target of tmux, "=reeve:" */
	const char *born;    /* the name that no other has: letters, digits, '-' */
	const char *name,
	    *run; /* name: any bytes.  run: absolute path of reeve-run; NULL: no recorder */
	const char *state;       /* state directory, absolute; NULL: none, and no recorder */
	struct episode_id ep;    /* the option @reeve, "12.3" */
	struct str title;        /* the option @title; any bytes */
	const char *const *argv; /* two words at least: a single one tmux gives to a shell */
	uint64_t record_max;     /* for reeve-run --record; 0: no recorder */
};

/* Appends the list, without a line end. */
void tmux_window_add(struct buf *b, const struct tmux_window_plan *plan);

#endif
