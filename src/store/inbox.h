/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * inbox.h: messages to a person or agent, each a file.  The file is the delivery.
 *
 *	inbox/NAME/new/12.41.json		of a name that a ticket's Notify has
 *	tickets/12/episodes/3/inbox/new/...	of the worker of an episode
 *
 *	inbox_put()	the writer: the message is there, in new/ or in read/, and stays after a power cut
 *	inbox_list()	what is not read yet
 *	inbox_read()	one of them
 *	inbox_take()	the receipt: it is in read/, and no more in new/
 *
 * A name holds ticket and revision, so a message that is put twice is one message.  Whoever reads prints first
 * and takes then: at least once.  A message in both places was read, and its reader was ended in between.  The
 * writer is the holder of LOCK; readers need no lock, and several of them may read one inbox.
 *
 * The directory of an episode is its worker's own to write.  So every step below tickets/ is a directory itself: no
 * link is followed, and all that is done goes by descriptors of what was opened so.  new/ and read/ of a name, too; its
 * own place may be a link, which is the user's.  What is in the way is ERR_CONFLICT, and nobody else's loss.
 *
 * Failures: ERR_NOTFOUND (no such inbox, or message), ERR_LIMIT, ERR_IO, ERR_INVALID (no plain file), ERR_CONFLICT.
 */
#ifndef STORE_INBOX_H
#define STORE_INBOX_H

#include "core/id.h"
#include "store/root.h"

#define INBOX_TURN "turn.json" /* of the agent that reads it, by its own hooks; moves nothing */

struct inbox_place { /* below the state directory */
	char s[120];
	bool is_worker; /* somebody else than the user can put things there */
};
struct inbox_place inbox_of_name(const char *name); /* id_is_name() */
struct inbox_place inbox_of_episode(struct episode_id ep);

struct inbox {
	struct root *root;
	struct inbox_place place;
	int above, dir, dir_new, dir_read; /* above: what holds the inbox */
};
#define INBOX_INIT                                                                                 \
	{                                                                                          \
		NULL, { "", false }, -1, -1, -1, -1                                                \
	}

/* ERR_NOTFOUND: nobody has put anything there. */
int inbox_open(struct root *r, const struct inbox_place *place, struct inbox *ret, struct err *err);
void inbox_close(struct inbox *b);

/* Makes its directories, for whoever wants to watch them (that of an episode has to be there: else
 * ERR_NOTFOUND). */
int inbox_ensure(struct root *r, const struct inbox_place *place, struct err *err);

/* A descriptor of its part "new" or "read", or (NULL) of itself; or a code. */
int
inbox_open_part(struct root *r, const struct inbox_place *place, const char *part, struct err *err);

/* Is that message in new/ or read/?  1, 0, or a code.  For the writer: whether it stays after a power cut is
 * another matter, but for what was there before root_settle(). */
int inbox_has(struct root *r, const struct inbox_place *place, const char *name, struct err *err);

/* Makes the directories, too. */
int inbox_put(struct root *r, const struct inbox_place *place, const char *name, struct str bytes,
    struct err *err);

/* Appends the names of what is not read, sorted; others' files and temporary ones are left out. */
int inbox_list(struct inbox *b, struct strvec *ret, struct err *err);

int inbox_read(struct inbox *b, const char *name, struct buf *ret, struct err *err);
int inbox_take(struct inbox *b, const char *name, struct err *err);

#endif
