/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * cli_inbox.h: which inbox is meant, what is unread in it, and what is unread in all of them.
 *
 * An inbox is that of a name (reeve new --notify NAME), or that of the worker that asks.  Nothing is moved here but
 * by inbox_take() (store/inbox.h), after what was read is on its way.
 */
#ifndef CLI_CLI_INBOX_H
#define CLI_CLI_INBOX_H

#include "cli/cli_print.h"
#include "cli/cli_state.h"
#include "codec/message_json.h"
#include "store/inbox.h"

#define INBOX_VARIABLE "REEVE_INBOX" /* whose inbox that of this process is */

/* $REEVE_INBOX; NULL: not set, or no name. */
const char *cli_inbox_own(void);

struct cli_messages {
	struct message *v;
	size_t n, cap;
	size_t n_bad; /* that cannot be read: said on stderr, and left where they are */
};
void cli_messages_release(struct cli_messages *l);

/* What is unread there, by ticket and revision; none: also when nobody has put anything there. */
int cli_messages_load(
    struct cli *c, const struct inbox_place *place, struct cli_messages *ret, struct err *err);

/* Sleeps until something is unread there: 1; 0: it is due_boot_ms (0: never); or a code. */
int cli_inbox_wait(
    struct cli *c, const struct inbox_place *place, int64_t due_boot_ms, struct err *err);

/* Appends the names that ever got a message. */
void cli_inbox_names(struct cli *c, struct strvec *ret);

/* How much is unread, wherever anything is: of names, and of workers that run. */
struct inbox_count {
	char *to; /* "boss", "12.3" */
	bool is_worker;
	size_t n;
	int64_t oldest_wall_ms; /* of its revision; 0: none of them can be read */
};
struct inbox_counts {
	struct inbox_count *v;
	size_t n, cap;
};
void inbox_counts_release(struct inbox_counts *l);

/* A name that has not read for as long as somebody else is reminded after: who stands behind it has to know. */
bool inbox_count_is_overdue(const struct cli *c, const struct inbox_count *n, int64_t now_wall_ms);

/* Of the names. */
void inbox_counts_names(struct cli *c, struct inbox_counts *ret);
/* Of the worker of this episode, if anything is. */
void inbox_counts_worker(struct cli *c, struct episode_id ep, struct inbox_counts *ret);

/* A line for each: number, name, and the age of the oldest; nothing of what they say. */
void inbox_counts_print(struct print *p, const struct inbox_counts *l, int64_t now_wall_ms);

#endif
