/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * filing.h: what is decided leaves spool/new, many files with one sync (PROTOCOLS P2).  Private to engine/.
 *
 *	filing_done(), filing_refuse()	a file is decided: it is noted
 *	filing_before()			a ticket is about to change: what was refused because of its state is
 *					refused for good first, so that a crash cannot decide it anew
 *	filing_flush()			they are moved; at the end of a scan, and in between when there are many
 *
 * Until then they are in new/.  After a crash an applied one is known by its revision, and a refused one is
 * decided again, on the same state.
 *
 * A file that cannot be moved harms nobody: it is said once, and every scan tries again.  The functions fail
 * with ERR_LIMIT (disk full) only.
 */
#ifndef ENGINE_FILING_H
#define ENGINE_FILING_H

#include "engine/item.h"

int filing_done(struct engine *e, const char *name, struct err *err);

/* kind, text may be NULL. */
int filing_refuse(struct engine *e, const char *name, enum refusal why, struct ticket_id ticket,
    const char *kind, const char *text, struct err *err);

int filing_before(struct engine *e, struct ticket_id ticket, struct err *err);
int filing_flush(struct engine *e, struct err *err);
bool filing_knows(const struct engine *e, const char *name); /* it could not be moved */
void filing_release(struct filing *f);

#endif
