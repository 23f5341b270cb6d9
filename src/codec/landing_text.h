/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * landing_text.h: the words of what lands, from a template of the configuration.
 *
 *	{ticket} {title} {branch} {base} {repo} {episode} {commit} {summary}
 *
 * {commit} is what passed, {episode} the one that reported it, {summary} what the worker said of it.  Titles and
 * summaries are strangers' words: each is one clean line, so that none can begin a paragraph or look like a
 * trailer.  The template's own line breaks stay.
 */
#ifndef CODEC_LANDING_TEXT_H
#define CODEC_LANDING_TEXT_H

#include "base/err.h"
#include "base/vec.h"
#include "core/ticket.h"

/* NULL; or what is wrong with it. */
const char *landing_text_check(const char *template);

/* Replaces the words in each string.  ERR_INVALID: see landing_text_check(). */
int landing_text_fill(const struct record *r, struct strvec *words, struct err *err);

/* The message of r's landing; template may be NULL: that of the way.  Never empty. */
void landing_text_message(
    const struct record *r, enum landing way, const char *template, struct buf *ret);

/* "Ticket: 12\nBranch: reeve/12-fix-login\n" */
void landing_text_trailers(const struct record *r, struct buf *ret);

#endif
