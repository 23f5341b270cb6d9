/* SPDX-License-Identifier: GPL-2.0-only */
#include "base/base.h"

#include "cli/cli_turn.h"

#include "codec/turn_json.h"
#include "store/episode.h"

#define TURN_FILE_MAX 4096

bool
turn_asks(struct cli *c, const struct ticket *t, int64_t *ret_since_ms)
{
	_cleanup_(buf_release) struct buf b = BUF_INIT;
	struct turn turn = { 0 };

	/* One that has reported, asks of its own, or has to end, is told of by that. */
	if ((t->phase != PHASE_WORKING && t->phase != PHASE_REVIEWING) ||
	    t->episode.state != EPISODE_RUN || t->want != WANT_RUN ||
	    episode_read(&c->root, ticket_episode(t), EPISODE_TURN, TURN_FILE_MAX, &b, NULL) < 0 ||
	    turn_load(buf_str(&b), &turn, NULL) < 0 || turn.state != TURN_ASKING)
		return false;
	*ret_since_ms = turn.since_wall_ms;
	return true;
}
