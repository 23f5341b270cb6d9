/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * place.h: where the worktree of a ticket is, and the port that is its own; what its episodes were given.
 *
 * The configuration says where a worktree belongs; a person may change it while worktrees exist.  These stay
 * where they are: what the last start was given is in the spec.json of its episode, and counts as long as the
 * directory is there and the place that the configuration names is empty.  So nothing is lost, and nothing is
 * made twice; everybody who wants the path asks here.
 */
#ifndef STORE_PLACE_H
#define STORE_PLACE_H

#include "codec/config_text.h"
#include "codec/episode_json.h"
#include "core/ticket.h"
#include "store/root.h"

/* The reviewer's worktree in episode N is called as that of the author, then this and N. */
#define PLACE_REVIEW ".review-"
/* That of its gates: as that of the author, then this. */
#define PLACE_GATE ".gate"

/* Appends the path of the author's worktree, absolute. */
void
place_worktree(struct root *r, const struct config *c, const struct record *rec, struct buf *ret);

/* What the newest episode with a spec.json was given; ERR_NOTFOUND: none has one.  launch_release() it. */
int place_last_launch(struct root *r, const struct ticket *t, struct launch *ret);

/* The port of the ticket, as the last episode was given it; 0: none yet. */
uint32_t place_port(struct root *r, const struct ticket *t);

#endif
