/* SPDX-License-Identifier: GPL-2.0-only */
/* cli_show.h: everything about one ticket, gathered by cmd_show.c, printed by cli_show.c and cli_show_episode.c. */
#ifndef CLI_CLI_SHOW_H
#define CLI_CLI_SHOW_H

#include "cli/cli_forecast.h"
#include "cli/cli_history.h"
#include "cli/cli_look.h"
#include "codec/episode_json.h"
#include "codec/turn_json.h"

struct show {
	struct cli_facts facts;
	const struct record *record;
	struct blocker blocker;
	struct cli_history history;
	struct refused_list refused;
	struct look_refusals refusals; /* of the ticket */
	struct buf worktree, question, feedback;
	struct forecast forecast; /* with other tickets */
	struct strvec gate_logs;  /* paths */
	bool has_worktree;
	uint32_t port;          /* 0: none yet */
	struct strvec prepared; /* lines of prepared.txt of the last episode */
	/* by number less 1, as history.episodes */
	struct report_outcome *outcomes;
	struct buf *exits;
	struct launch *launches;
	struct turn *turns;
};

void show_print(struct print *p, const struct show *s);

/* --- cli_show_episode.c --- */

/* The episode whose end the ticket stands there for: at attention, with a person after its reviewer died, or
 * to be started again after a death.  NULL: none. */
const struct report_episode *show_last_end(const struct show *s);

/* The whole record of an end, also what it does not say; "-" for that. */
void show_outcome(struct print *p, const struct show *s, const struct report_episode *re);

/* One of the list; of show_last_end() not much, for it has been told in full. */
void show_episode(struct print *p, const struct show *s, const struct report_episode *re);

#endif
