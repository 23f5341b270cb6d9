/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * message_json.h: one message of an inbox.
 *
 *	{"reeve":1,"to":"boss","ticket":12,"rev":41,"event":"question","phase":"asking","mission":"...",
 *	 "title":"...","summary":"...","next":"reeve show 12; ...","time":"2026-11-21T06:23:25Z"}
 *
 * A message about a refused report has "signal" and "why" in place of "rev".  title and summary are strangers'
 * words: cut to MESSAGE_TEXT_MAX, kept as they are, and cleaned by whoever prints them.  Unknown keys are
 * passed over: they belong to later versions.
 */
#ifndef CODEC_MESSAGE_JSON_H
#define CODEC_MESSAGE_JSON_H

#include "base/buf.h"
#include "base/err.h"
#include "core/lifecycle.h"
#include "core/message.h"

#define MESSAGE_TEXT_MAX  (16u * 1024u)
#define MESSAGE_BYTES_MAX (256u * 1024u)
#define MESSAGE_NAME_MAX  (ID_SIGNAL_MAX + 40)

/* Strings are owned; NULL: not said. */
struct message {
	char *to;
	struct ticket_id ticket;
	uint64_t rev; /* 0: about a refused report */
	enum message_kind kind;
	enum phase phase; /* after it */
	char *mission, *title, *summary, *next;
	int64_t wall_ms;
	struct signal_id signal; /* that was refused; "" */
	enum refusal why;        /* likewise */
};
void message_release(struct message *m);

void message_dump(const struct message *m, struct buf *ret);
int message_load(struct str bytes, struct message *ret, struct err *err);

/* [ {"name","to","ticket","rev","event","signal","why","phase","mission","title","summary","next","time"}, ... ], one
 * a line: `reeve inbox --json`.  name: for `reeve inbox --read`. */
void message_report(const struct message *v, size_t n, struct buf *ret);

/* The name of its file: "12.41.json"; "12.refused.<signal>.json". */
void message_file(const struct message *m, char ret[MESSAGE_NAME_MAX]);

/* What such a name says.  *ret_rev is 0 for a refused report.  False: it is none. */
bool message_file_parse(struct str name, struct ticket_id *ret, uint64_t *ret_rev);

#endif
