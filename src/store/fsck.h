/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * fsck.h: are the invariants of the state directory true?  Read-only.
 *
 * Each finding names its invariant (I1 ...), what it is about, and what is wrong.
 * Checked from files: I1 I2 I3 I4 I6 I7 I9 I10 I12 I13 I14 I15 (without git) I16 I18 I19.
 * I14 is judged by the time of control/kill, with a minute of slack; I16 for episodes whose directory is
 * there (else: pruned).
 * live: a supervisor may run; what its one turn in flight can explain (a signal applied and not yet
 * filed away, an episode opened and not yet armed, temporary files) is no finding.
 */
#ifndef STORE_FSCK_H
#define STORE_FSCK_H

#include "base/vec.h"
#include "store/root.h"

/* Appends one sentence a finding to ret.  0: it could be checked; or an error. */
int fsck_run(struct root *r, bool live, struct strvec *ret, struct err *err);

#endif
