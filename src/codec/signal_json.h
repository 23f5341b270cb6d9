/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * signal_json.h: the bytes of a spool file.
 *
 * What an agent says:
 *	{"reeve":1,"ticket":"12","nonce":"<64 hex>","kind":"DONE","episode":"12.3",
 *	 "commit":"<oid>","summary":"...","body":"..."}
 * and a QUESTION "choices":["...","..."], see choice.h.
 * required: ticket, nonce, kind.  "reeve" may be left out; any other value than 1 is refused.
 *
 * What a person or a script wants has a lower-case kind, no nonce, and may name the revision it expects:
 *	{"reeve":1,"kind":"create","actor":"person:ann","title":"...","text":"...","repo":"app",
 *	 "base":"main","agent":"sh","mission":"...","after":"3,4","notify":"...","review":"human",
 *	 "merge":"auto","want":"park","priority":10,"not_before":"2026-11-21T06:23:25Z"}
 *	{"reeve":1,"ticket":"12","kind":"fail","expect":7,"actor":"person:ann","commit":"<oid>",
 *	 "body":"the tests are red"}
 *	{"reeve":1,"ticket":"12","kind":"adopt","expect":7,"commit":"<oid>","adopts":"<id of a refused report>"}
 *	{"reeve":1,"ticket":"12","kind":"prune","actor":"person:ann","prune":"landed|work|refs"}
 *
 * Strict: one object and nothing behind it, UTF-8 without NUL, no duplicate key, no unknown key unless it
 * begins with "x_", strings where strings are meant ("ticket" may be a number too), at most SIGNAL_DEPTH
 * levels, limits as in core/ticket.h.  EVENT_PASS/EVENT_FAIL are "PASS"/"FAIL", EVENT_ACCEPT/EVENT_REJECT
 * "pass"/"fail".  Facts (event_is_fact) are never read.
 */
#ifndef CODEC_SIGNAL_JSON_H
#define CODEC_SIGNAL_JSON_H

#include "base/err.h"
#include "core/event.h"
#include "core/lifecycle.h"

#define SIGNAL_BYTES_MAX (256u * 1024u)
#define SIGNAL_DEPTH     16

/*
 * Fills *ret (its event.sig and what only the store knows stay zero; event.sig_hash is the digest of the
 * bytes; event.has_text says whether body holds a visible character; DONE and REVIEW: summary).
 * ERR_INVALID with a sentence that says where and what, and no nonce; *ret is untouched.  *ret_why is
 * REFUSAL_MALFORMED for a wrong form (not JSON, unknown key or kind, missing key, wrong type) and
 * REFUSAL_INVALID for a value that cannot be used.  ret_ticket (may be NULL) is set also for a bad signal
 * when it can be read, so that it can be shown at its ticket; else it is none.
 *
 * In an edit "" for mission, after and notify takes away what was set.  event.has_spec: title, text, base
 * or agent is named.  event.actor of a report stays empty.
 */
int signal_json_parse(struct str bytes, struct signal *ret, enum refusal *ret_why,
    struct ticket_id *ret_ticket, struct err *err);

/* The bytes for the spool, one line with a newline at its end; nonce NULL for commands.  Text that is not
 * UTF-8 is cleaned (base/clean.h).  Nothing else is checked: parse what was made to know. */
void signal_json_dump(const struct signal *s, const struct nonce *nonce, struct buf *ret);

#endif
