/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * cli_transcript.h: the records of what workers' terminals showed (pane.log), as far as nobody adds to them.
 *
 * No truth is in them: what goes is missed by `reeve tail -n` and by nothing else.  tail.txt stays.
 */
#ifndef CLI_CLI_TRANSCRIPT_H
#define CLI_CLI_TRANSCRIPT_H

#include "cli/cli_state.h"

struct transcripts {
	uint64_t bytes;
	uint32_t episodes;
};

/* Adds those of the ticket to *sum; removes: and they go.  Prints what cannot be removed; the exit code. */
int transcripts_of(struct cli *c, const struct ticket *t, bool removes, struct transcripts *sum);

#endif
