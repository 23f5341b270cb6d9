/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * session_id.h: how the id of an agent's own session looks: what is known of an id that only its hooks told.
 *
 *	""		any, of letters, digits and ._-, that begins with a letter or digit
 *	"uuid"		8-4-4-4-12 hexadecimal digits
 *	"uuid7"		that, of version 7: it holds the time when it was made, which has to be that of its episode.
 *			So no session that was there before can be named
 *	"ses_*"		it begins so, and letters and digits follow
 */
#ifndef CODEC_SESSION_ID_H
#define CODEC_SESSION_ID_H

#include "base/str.h"

bool session_shape_is_good(struct str shape);

/* shape: NULL as "".  from, to: calendar times of the episode in whole seconds, as a history has them. */
bool session_id_fits(const char *shape, struct str id, int64_t from_wall_ms, int64_t to_wall_ms);

#endif
