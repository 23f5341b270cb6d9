/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * finish.h: what the launcher leaves in the episode's directory (PROTOCOLS P3, L7 and L8).
 *
 * tail.txt is for people: the last screen and what was above it, as far as tmux can tell within FINISH_TAIL_MS; when
 * it cannot (its server has ended), the same of the record (run/record.h), for whose last bytes it waits no
 * longer than that; empty when there is none either.  It is clean text: at most FINISH_TAIL_MAX bytes.  exit.json is the certificate of the end; its absence says only that there is none.
 */
#ifndef RUN_FINISH_H
#define RUN_FINISH_H

#include "run/claim.h"

#define FINISH_TAIL_MS    2000
#define FINISH_TAIL_LINES 200
#define FINISH_TAIL_MAX   ((size_t)64 << 10)

/* The command that prints the last screen of the pane; false when there is none. */
bool finish_capture_argv(const char *tmux_socket, const char *pane, struct strvec *ret);

int finish_tail(const struct claim *c, const char *pane, struct err *err);
int finish_note(const struct claim *c, const struct exit_note *note, struct err *err);

#endif
