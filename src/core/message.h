/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * message.h: which revisions of a ticket are messages: to whoever is named by its Notify, or to the worker that
 * is on it.
 *
 * Pure, and from durable facts only: the event, the phase before, the ticket after.  Whoever asks again gets the
 * same answer, so a message needs no list: it is owed when the revision is there and the file is not.
 */
#ifndef CORE_MESSAGE_H
#define CORE_MESSAGE_H

#include "core/event.h"

/* the word in the file; what it says; what to do next, with the ticket's number for %u */
#define MESSAGE_LIST(X)                                                                            \
	X(MESSAGE_QUESTION, "question", "asks a question",                                         \
	    "reeve show %u; then reeve answer %u -m TEXT (or --choice N)")                         \
	X(MESSAGE_REVIEW, "review", "needs a verdict",                                             \
	    "reeve review %u; then reeve pass %u, or reeve fail %u -m TEXT")                       \
	X(MESSAGE_APPROVED, "approved", "passed, and waits to be let land", "reeve merge %u")      \
	X(MESSAGE_HELD, "held", "passed, and local changes are in the way", "reeve show %u")       \
	X(MESSAGE_ATTENTION, "attention", "needs a decision",                                      \
	    "reeve show %u; then reeve retry %u, or edit, assign, adopt, cancel")                  \
	X(MESSAGE_DONE, "done", "is done", "reeve show %u")                                        \
	X(MESSAGE_CANCELLED, "cancelled", "is cancelled", "reeve show %u")                         \
	X(MESSAGE_HOOK, "hook-failed", "is done, and its hook `landed' failed",                    \
	    "look at tickets/%u/landed.txt; reeve retry %u")                                       \
	X(MESSAGE_REMINDER, "reminder", "has not moved for long", "reeve show %u")                 \
	X(MESSAGE_TOLD, "told", "somebody tells its worker something", "")                         \
	X(MESSAGE_REFUSED, "refused", "a report of its worker was not taken", "")

enum message_kind {
	MESSAGE_NONE,
#define MESSAGE_ENUMERATOR(id, name, text, next) id,
	MESSAGE_LIST(MESSAGE_ENUMERATOR)
#undef MESSAGE_ENUMERATOR
	    MESSAGE_COUNT
};
const char *message_name(enum message_kind v); /* "" for none */
const char *message_text(enum message_kind v);
bool message_parse(struct str s, enum message_kind *ret);

/* Appends what to do next: constant words and the number. */
void message_next(enum message_kind v, struct ticket_id id, struct buf *ret);

/* For Notify.  after: the ticket as this event made it. */
enum message_kind message_of(enum event_kind kind, enum phase from, const struct ticket *after);

/* For the worker of its open episode: a `tell` that found one at work, which its brief cannot have. */
enum message_kind message_of_worker(enum event_kind kind, const struct ticket *after);

#endif
