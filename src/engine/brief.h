/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * brief.h: what a worker is told: the one place where the words of a brief come from, for both roles (D-38, D-58).
 * Private to engine/.
 *
 * A brief is a template (templates/brief-*.md) with values: those that brief_fill() is given, and
 *
 *	{history}	brief_history(): verdicts, comments, answers, conflicts, ends
 *	{report}	BRIEF_REPORT: how an author reports
 *	{gates}		brief_gates(): what has to succeed before it lands
 *	{diffstat}	brief_diffstat(): how much of what the commit changes
 */
#ifndef ENGINE_BRIEF_H
#define ENGINE_BRIEF_H

#include "codec/words.h"
#include "engine/item.h"

/* What only the repository knows, asked before the plan is made. */
struct brief_facts {
	struct oid start;    /* what the author began at; unset: not known, or nobody has begun */
	struct str diffstat; /* one line a file (effect/git_stat.h); "" not asked */
};

enum brief_kind {
	BRIEF_AUTHOR,
	BRIEF_REVIEWER,
	BRIEF_RESUME, /* the prompt of an author that goes on with its session */
	BRIEF_REPORT, /* a part of those of an author */
};

/* What came after the revision since; 0: all of it. */
void brief_history(const struct item *it, uint64_t since, struct buf *ret);
void brief_gates(const struct engine *e, const struct item *it, struct buf *ret);
void brief_diffstat(const struct brief_facts *facts, struct buf *ret);

/* Appends the brief.  ERR_INVALID: the template names a value that there is not. */
int brief_fill(const struct item *it, enum brief_kind kind, const struct words_value *values,
    struct buf *ret, struct err *err);

#endif
