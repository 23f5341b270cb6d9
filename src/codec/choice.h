/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * choice.h: a question's choices: at most CHOICES_MAX short lines, from which the person who answers picks one.
 *
 * In a signal they are an array ("choices").  In the ticket they are the last lines of the question's text,
 * numbered for whoever reads it, and the revision says how many lines that are (event.choices):
 *
 *	7 ... QUESTION ... choices=2 : Which one?
 *		| Which one?
 *		|
 *		| 1. the old table
 *		| 2. a new one
 */
#ifndef CODEC_CHOICE_H
#define CODEC_CHOICE_H

#include "base/vec.h"
#include "codec/ticket_text.h"

#define CHOICES_MAX 9
#define CHOICE_MAX  100 /* bytes */

/* NULL: it can be a choice; else what it must be. */
const char *choice_wrong(struct str s);

/* Puts s->choices behind s->body, as the ticket has them; s->event.choices says how many. */
void choices_fold(struct signal *s);

/* Appends the choices of a question, without their numbers. */
void choices_of(const struct history_entry *e, struct strvec *ret);

/* The open question of the ticket: its choices are appended, its text (with the choices) to ret_text (may be NULL);
 * false: none is open. */
bool choices_open(const struct record *r, struct buf *ret_text, struct strvec *ret);

/* What an answer says that picks number n (from 1 on): "choice 2: a new one". */
void choice_answer(const struct strvec *choices, uint64_t n, struct buf *ret);

#endif
