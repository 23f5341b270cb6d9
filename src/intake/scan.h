/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * scan.h: what is in spool/new, looked at with tongs (PROTOCOLS P2 a, b).
 *
 *	scan_list()	names, those of one ticket not before those of another (round robin by what the
 *			name says; a name proves nothing)
 *	scan_open()	one of them: is it a plain file of ours that nobody is writing?  its bytes
 *
 * scan_open() opens with links refused, beneath new/, without blocking; looks at type, owner, links and
 * size before it reads; and takes a read lease, which fails while somebody has the file open for writing.
 */
#ifndef INTAKE_SCAN_H
#define INTAKE_SCAN_H

#include "base/vec.h"
#include "core/lifecycle.h"
#include "store/root.h"

enum scan_answer {
	SCAN_BYTES = 1, /* *ret holds them */
	SCAN_GONE,      /* not there any more */
	SCAN_LATER,     /* somebody is writing it: look again */
	SCAN_FAILED, /* it could not be looked at (no descriptors, no memory): no scan is complete so */
	SCAN_REFUSED, /* *ret_why, and a sentence in err */
};

int scan_list(struct root *r, size_t max, struct strvec *ret, bool *ret_more, struct err *err);
enum scan_answer scan_open(
    struct root *r, const char *name, struct buf *ret, enum refusal *ret_why, struct err *err);

#endif
