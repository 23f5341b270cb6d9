/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * artifact.h: the commit that a report or a person names, checked and pinned.  Private to engine/.
 */
#ifndef ENGINE_ARTIFACT_H
#define ENGINE_ARTIFACT_H

#include "engine/item.h"

/* True: the world has answered, and ev->artifact and ev->commit are set.  False: the work is begun, or will be;
 * the signal stays in new/ and is met again. */
bool artifact_is_known(struct engine *e, struct item *it, struct event *ev);

#endif
