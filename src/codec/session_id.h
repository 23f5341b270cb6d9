/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * session_id.h: the ids of an agent's own sessions that hold the time when they were made.  Any other id that only its
 * hooks told proves nothing: a worker could have written it.
 *
 *	"uuid7"		8-4-4-4-12 hexadecimal digits, of version 7: the first 12 are the milliseconds since 1970
 *	"ses_time"	"ses_", 12 hexadecimal digits, 14 letters and digits (opencode).  The 12 are the lowest 48 bits of
 *			-1 - (milliseconds since 1970 * 4096 + a number), so that later ones are sorted first.  36 bits are
 *			left for the time: it comes again each 795 days, and an id that was made so long before the
 *			episode, to the millisecond of its life, looks like one of it
 *
 * Digits and letters are lower case in what is hexadecimal.  Such an id is no option, and has no blank: it may become a
 * word of a command line.
 */
#ifndef CODEC_SESSION_ID_H
#define CODEC_SESSION_ID_H

#include "base/str.h"

bool session_form_is_known(struct str form);

/* The id has the form, and was made in this time.  form: NULL: nothing fits.  from, to: calendar times of the episode in
 * whole seconds, as a history has them; the second of `to` is part of it.  *ret_wall_ms: when; set on success only. */
bool session_id_fits(const char *form, struct str id, int64_t from_wall_ms, int64_t to_wall_ms,
    int64_t *ret_wall_ms);

#endif
