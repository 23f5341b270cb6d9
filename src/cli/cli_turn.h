/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * cli_turn.h: what an agent's own hooks say of its turn (turn.json), for a person who looks.
 *
 * Evidence for people, and no more: it moves no ticket, counts as nothing that waits, and is in no exit code.
 */
#ifndef CLI_CLI_TURN_H
#define CLI_CLI_TURN_H

#include "cli/cli_state.h"

/* Does a dialog of the agent's own wait in its window, by the last word of its hooks?  Asked of an episode that
 * lives; who calls knows that.  *ret_since_ms: since when. */
bool turn_asks(struct cli *c, const struct ticket *t, int64_t *ret_since_ms);

#endif
