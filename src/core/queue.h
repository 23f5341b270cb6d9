/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * queue.h: whose turn it is to land.
 *
 * There is one queue for each target: a branch of a repository.  Who is in it stands in the tickets
 * (approved, by itself and wanted, or merging), and so does its place: the time when its commit passed
 * (Passed-At), the lower number first among those of one second.  No file and no list holds it.
 *
 * - One at a time lands in a target, so that what was computed and gated is what lands.
 * - The oldest that is not delayed is next.  A place is kept until the commit lands or its verdict is void:
 *   who had to compute again, met local changes or a failure of the environment stands where it stood.
 * - Of those that may go, one that has passed its gates goes before the others (engine/gating.h): it takes a moment,
 *   or is found to need another gate, and then stands where it stood.
 * - Who is delayed (backs off, is held back by a breaker) is passed over, so that one that is stuck
 *   blocks neither those behind it nor another target.
 *
 * Nobody starves.  Of those that are not delayed the oldest goes first, and who passes later is younger:
 * only the finitely many that were there before can land first, and each landing makes them fewer.  A
 * delay ends at a time that is known when it begins.  The target can be moved under a landing only from
 * outside; after TICKET_MERGE_TRIES_MAX of these a person is asked.
 *
 * A wall clock that is set back lets a later verdict go first, once; the order is total all the same.
 */
#ifndef CORE_QUEUE_H
#define CORE_QUEUE_H

#include "core/ticket.h"

/* It has passed, nothing of it runs, and it is to land by itself or just lands. */
bool queue_has(const struct ticket *t);

/* It backs off in this boot. */
bool queue_is_delayed(const struct ticket *t, const char *boot_id, int64_t boot_ms);

/* Both stand in the same queue. */
bool queue_is_shared(const struct spec *a, const struct spec *b);

bool queue_is_before(const struct ticket *a, const struct ticket *b);

#endif
