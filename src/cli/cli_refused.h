/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * cli_refused.h: one thing in spool/refused/, by the name that `reeve status` shows.
 *
 * What lies there was written by anybody: it is opened without following links and without waiting, and it is
 * evidence, not an instruction.
 */
#ifndef CLI_CLI_REFUSED_H
#define CLI_CLI_REFUSED_H

#include "base/err.h"
#include "core/event.h"
#include "core/ticket.h"
#include "store/root.h"

/* "X.json" and "X.why" for "X", "X.json" or "X.why"; the first is "X" when there is no X.json.  False: that
 * cannot be a name. */
bool refused_names(struct root *r, const char *arg, struct buf *ret_name, struct buf *ret_why);

/* "-- " before a name that would be read as options, else "": what is shown as the next command is to work when it is
 * pasted.  The other bytes of these names mean nothing to a shell. */
const char *refused_dashes(const char *name);

/*
 * The signal in name (of refused_names), as far as it is one; ret->event.sig is its id.  ERR_NOTFOUND: nothing
 * has that name.  ERR_INVALID: it is no signal, or has a name that no signal has; err says why.
 */
int refused_read(struct root *r, const char *name, struct signal *ret, struct err *err);

/* The revision of this ticket that adopted the signal; 0: none. */
uint64_t refused_adopted(const struct record *r, const struct signal_id *id);

#endif
