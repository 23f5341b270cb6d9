/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * notify.h: messages of a ticket's revisions are delivered (core/message.h, store/inbox.h).  Private to engine/.
 *
 *	revision committed -> ACTION_SEND -> inbox/NAME/new/N.REV.json -> the next revision may be committed
 *
 * The order is the whole protocol: before a revision is committed, the messages of the one before it are durable.
 * So only those of the last one may be missing, after whatever crash, and looking for one file tells.  Where an
 * inbox cannot be written the ticket goes on all the same, and its next revision says from where on messages are
 * owed (`unsent` of ticket and event).
 *
 * What is owed is tried again with each revision, and after ENGINE_RETRY_MS.  A try is one walk through the history, as
 * long as the file that a revision writes anew, and an inbox that fails is tried a few times in it: what one worker has
 * put in the way of its inbox costs the other tickets no more for each message, however many are owed.
 *
 * A `tell` is for the worker that it found at work, and for no later one.  What could not be delivered until that
 * episode was over is not delivered any more: the next one has it in its brief, and until then `reeve show` says that
 * nobody has read it.
 *
 * Nothing is typed into anybody's terminal.  That the box of an agent is empty and no dialog is up would have to be
 * proved: hooks tell of turns, not of drafts or dialogs; what a client of tmux has typed and left there is known to
 * nobody, and the window changes by itself whenever the agent draws.  An agent is driven by its own hooks instead.
 *
 * A message goes to the name that Notify has when it is made; so what could not be delivered goes to the new name
 * after `reeve edit --notify`.  One that is taken out of new/ and read/ by hand may come once more, if it is that
 * of a ticket's last revision.
 */
#ifndef ENGINE_NOTIFY_H
#define ENGINE_NOTIFY_H

#include "engine/item.h"

/* Is a message owed? */
bool notify_is_owed(struct item *it);

/* ACTION_SEND.  A failure is logged once, and tried again later. */
void notify_send(struct engine *e, struct item *it);

/* Just before a decision about it: delivers what is owed, as far as that can be done now.  For event.unsent. */
uint64_t notify_unsent(struct engine *e, struct item *it);

/* A revision was committed. */
void notify_committed(struct item *it, const struct ticket *before, const struct event *ev);

/* A report of the current episode was refused: its worker is told why.  Of one that is refused again and again it is
 * told a few times, and then once that nothing tells of the others, and where they are: each message costs five syncs,
 * and the signals themselves are kept in any case.  Counted in memory only: another supervisor begins anew. */
void notify_refused(
    struct engine *e, struct item *it, const struct event *ev, enum refusal why, const char *words);

#endif
