/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * cli_pane.h: what a worker's terminal shows or showed, as clean text: of tmux while there is a window, else what
 * the episode's directory has kept of it (tail.txt; pane.log).
 */
#ifndef CLI_CLI_PANE_H
#define CLI_CLI_PANE_H

#include "cli/cli_print.h"
#include "cli/cli_state.h"

#define PANE_READ_MAX                                                                              \
	((size_t)16 << 20) /* of each file of a record; what is before that is not read */

/* The episode that is meant by "12" (its last) or "12.3".  Reads ticket and configuration, and looks for the window
 * (then *ret_window is not empty) if there may be one.  Prints on failure; 0 or the exit code. */
int pane_find(struct cli *c, const char *arg, struct record *r, struct episode_id *ret,
    struct buf *ret_window);

/* The last `lines` lines of its window; 0: its screen.  ERR_NOTFOUND: the window has gone since. */
int pane_window(struct cli *c, struct episode_id ep, const char *window, uint32_t lines,
    struct buf *ret, struct err *err);

/* The last `lines` lines that were kept; 0: all of tail.txt.  ERR_NOTFOUND: nothing was kept. */
int
pane_kept(struct cli *c, struct episode_id ep, uint32_t lines, struct buf *ret, struct err *err);

/* "ended 2026-01-01T00:00:00Z, 5m ago: exit status 0", by exit.json; "left no word of its end". */
void pane_end_words(struct cli *c, struct episode_id ep, struct buf *ret);

/* Shows what was kept of an episode without a window, and says how it ended; the exit code. */
int pane_show_kept(
    struct cli *c, const struct ticket *t, struct episode_id ep, uint32_t lines, struct print *p);

/* Text of lines, ended with a newline. */
void pane_print(struct print *p, struct str text);

#endif
