/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * cli_report.h: a worker says something (PROTOCOLS P1).
 *
 *	1  who speaks		cli_identity.h, and cli_stand.h
 *	2  the commit		cli_artifact.h (done, review)
 *	3  the ticket		would lifecycle_step() take it?  What can never be taken is published all
 *				the same (evidence), and the worker is told at once
 *	4  publish		"durable ID"
 *	5  what became of it	only while a supervisor runs: a worker decides nothing itself
 */
#ifndef CLI_CLI_REPORT_H
#define CLI_CLI_REPORT_H

#include "cli/cli_identity.h"
#include "cli/cli_options.h"
#include "cli/cli_publish.h"

struct report {
	const char *command;
	enum event_kind kind;
	struct identity_options who;
	const char *commit; /* --commit */
	bool is_wip, is_hasty;
	const struct strvec *choices; /* of a question; NULL: none */
	const char
	    *ticket; /* the ticket that was named as an operand, must be the worker's; NULL: none */
};
#define REPORT_OPTIONS(r)                                                                          \
	IDENTITY_OPTIONS((r).who),                                                                 \
	{                                                                                          \
		0, "no-wait", .flag = &(r).is_hasty                                                \
	}

/* text: summary of DONE and REVIEW, body of the others; NULL: none.  Prints; the exit code. */
int report_run(struct cli *c, const struct report *r, const char *text);

#endif
