/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * cli_review.h: what a person looks at before a verdict: gathered here, printed by cli_review_print.c.
 *
 *	_cleanup_(review_release) struct reviewed r = REVIEW_INIT;
 *	status = review_gather(c, "12", &r);
 *	if (status == EXIT_OK)
 *		status = review_read_git(&r, is_stat, columns);
 *
 * It is about the pinned commit, whatever the ticket waits for; a ticket without one is refused with what to do.
 */
#ifndef CLI_CLI_REVIEW_H
#define CLI_CLI_REVIEW_H

#include "cli/cli_facts.h"
#include "cli/cli_history.h"
#include "cli/cli_work.h"
#include "codec/comment.h"

struct review_gate {
	char *path;      /* of the log */
	struct buf tail; /* its last lines */
	bool is_cut;
};

struct reviewed {
	struct cli_facts facts;
	const struct record *record;
	struct blocker blocker;
	struct cli_history history;
	const struct history_entry *reported; /* the revision that pinned it; NULL */
	struct comments comments;
	struct buf summary; /* of who reported it */
	struct {
		struct review_gate *v;
		size_t n, cap;
	} gates;
	struct oid
	    start; /* where the commit parted from its target; unset before review_read_git() */
	struct buf log, diff;
	bool is_log_cut, is_diff_cut;
	bool is_waiting; /* for a person's verdict */
};
#define REVIEW_INIT                                                                                \
	{                                                                                          \
		.facts = CLI_FACTS_INIT, .blocker = BLOCKER_INIT, .summary = BUF_INIT,             \
		.log = BUF_INIT, .diff = BUF_INIT                                                  \
	}
void review_release(struct reviewed *r);

/* Both print what is wrong; 0 or the exit code. */
int review_gather(struct cli *c, const char *arg, struct reviewed *ret);
int review_read_git(struct reviewed *r, bool is_stat, size_t columns);

void review_print(struct print *p, const struct reviewed *r, bool is_stat);
void review_json(struct print *p, const struct reviewed *r);

/* The kind of the next line of a diff, as git makes it. */
enum diff_line { DIFF_HEAD, DIFF_HUNK, DIFF_SAME, DIFF_ADDED, DIFF_REMOVED };
struct diff_reader {
	bool is_patch;          /* the statistics before it are over */
	uint32_t before, after; /* lines that this hunk still has, of each side */
};
enum diff_line diff_read(struct diff_reader *r, struct str line);

#endif
