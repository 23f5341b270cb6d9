/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * ticket_text.h: a ticket file, and the lines of its history.
 *
 *	reeve-ticket 1
 *	Id: 12
 *	Rev: 7
 *	Title: fix the login
 *	...				every field of struct ticket and struct spec that is set
 *
 *	text
 *	| the description, each line after a bar and a blank
 *	|
 *	\ a line with something unprintable in it: \x1b
 *
 *	history
 *	1 2026-11-21T06:23:25Z person:ann create none>ready - T35 review=human merge=auto ... : reason
 *	2 2026-11-21T06:23:26Z reeve started ready>starting 12.1 T01 nonce=... base=... boot=...
 *		| lines of text that came with the event (feedback, question, summary), after a TAB and a bar
 *	end
 *
 * Values and texts are written as escape.h says, so that any bytes but NUL come back, and nothing in them
 * can be taken for a delimiter; a text that ends with a newline has a last line "|".  "text" is left out
 * without a description; a file without "end" has lost something.  The names of the headers are
 * in ticket_header.c, those of the keys in history_line.c; Id, Rev and Phase are required.
 *
 * A history line holds the whole event, as KEY=VALUE with everything but [A-Za-z0-9._/+:@,-] as %xx,
 * so that replaying the lines through lifecycle_step() gives the header again.  A signal's line has
 * sig=ID:SHA256.  Keys that are not known make the file unreadable, unless they begin with x_.  Headers
 * that are not known always do: there is no place to keep them.
 *
 * rule=N is the rule by which lifecycle_step() reckoned the line (core/lifecycle.h), so that every later reeve arrives
 * where the one that wrote it did.  Lines of before that key have none: they are of rule 1, or all of them of rule 2,
 * whichever leads to the header.  N never becomes less from line to line; a larger one than is known makes the file
 * unreadable.
 *
 * One dump, one load.  load(dump(x)) == x, dump(load(b)) == b for every b that load accepts.
 */
#ifndef CODEC_TICKET_TEXT_H
#define CODEC_TICKET_TEXT_H

#include "base/err.h"
#include "core/event.h"
#include "core/lifecycle.h"

#define TICKET_TEXT_VERSION 1

void ticket_text_dump(const struct record *r, struct buf *ret);

/* ERR_INVALID: line number and what is wrong.  Does not replay.  *ret is overwritten, not released. */
int ticket_text_load(struct str bytes, struct record *ret, struct err *err);

/* Appends the line of one applied event, and its text (NULL or "": none); t is the ticket before, d the
 * decision.  The time is that of the step, d->next.updated_wall_ms.  The episode of a line is the one that
 * the event names, else the open one; a start's is the one that it opens. */
void history_add(struct buf *history, const struct ticket *t, const struct event *e,
    const struct decision *d, const char *text);

/* One revision of a history.  Views die with the history. */
struct history_entry {
	uint64_t rev;
	int64_t wall_ms;
	struct event event; /* what decides, but ticket and nonce: history_replay() knows them */
	enum phase from, to;
	unsigned row;
	struct str line; /* as written */
	struct str text; /* the indented lines, as written (see history_text) */
};

/* Cuts the first entry off *rest.  0; ERR_NOTFOUND at the end; ERR_INVALID, then nothing is changed. */
int history_next(struct str *rest, struct history_entry *ret, struct err *err);

/* What lifecycle_step() was given: with the ticket, the nonce and the rule, which the line need not have.  before: the
 * ticket as it was; unnamed: the rule of lines that name none. */
struct event history_event(const struct history_entry *h, const struct ticket *before,
    struct ticket_id id, uint32_t unnamed);
uint32_t history_unnamed_rule(const struct record *r);

/* The ticket as that revision made it.  ERR_NOTFOUND: it has none such; ERR_INVALID: it cannot be followed. */
int history_ticket(const struct record *r, uint64_t rev, struct ticket *ret, struct err *err);

/* Appends the entry's text without indentation and bars. */
void history_text(const struct history_entry *e, struct buf *ret);

/* Steps the whole history from nothing; the result must equal r->ticket, revisions must go 1, 2, 3 and
 * the last spec digest (`create` has one, and each event that changes it) must be that of r->spec.
 * ERR_INVALID: the first difference in words. */
int history_replay(const struct record *r, struct err *err);

/* Digest of what a hand may edit besides the priority: title and description.  Each event that sets them
 * leaves it in its line; where no line has one (an older file), every title is taken as it is. */
struct digest ticket_words_digest(const struct spec *s);

/* As history_replay(), but Title, Priority and description may differ: a hand edited the file, and no
 * revision says so yet.  ERR_INVALID also when what they are now cannot be taken. */
struct hand_edit {
	bool has_words, has_priority; /* neither: header and history agree */
	uint32_t priority;            /* what the header says */
	struct digest words;          /* what the history says; may be unset */
	struct ticket before;         /* where the history leads */
};
int history_replay_hand(const struct record *r, struct hand_edit *ret, struct err *err);

/* ticket_text_load() and history_replay_hand() in one: true when both are content, at half their price, for each line
 * of the history is read once.  False: *ret and *ret_edit are as they were; those two have the words for it. */
bool ticket_text_read(struct str bytes, struct record *ret, struct hand_edit *ret_edit);

/* Does the history name this signal with this hash?  1 yes; 0 no; -1: the id with another hash. */
int
history_has_signal(const struct record *r, const struct signal_id *id, const struct digest *hash);

/* The number of the episode whose nonce has this digest, the current one included; 0: none. */
uint32_t history_nonce_of(const struct record *r, const struct digest *nonce);

#endif
