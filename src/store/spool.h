/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * spool.h: signals and commands on their way in (PROTOCOLS P1, P2e).
 *
 *	spool_new_id()	<utc>.<episode or "cmd">.<pid>.<16 hex random>
 *	spool_publish()	tmp, fsync, rename into new/ (never over another), fsync: durable when it returns
 *	spool_done()	new/X -> done/X: link, sync, unlink; never in neither place; repeatable
 *	spool_refuse()	X.why first, then as spool_done() into refused/
 *
 * The text of X.why is "key: value" lines: file (one for each of those that were refused together for that reason, and
 * have this one file as their .why), reason, text (one line, cleaned), ticket, kind, from (who,
 * if known), at (stamp; always the last: without it the file is torn).  A name is never trusted: it must be id_is_signal + ".json" to be published;
 * spool_refuse() takes any name that readdir gave (bytes that do not fit are written as %XX in refused/),
 * and moves directories, links, pipes and whatever else by rename.  A file that is too big is moved too.
 * Is the name taken in refused/ or done/ by something else, it becomes X~1.json, X~2.json ...
 *
 * A crash in the middle of spool_done() or spool_refuse() leaves new/X with a second name (nlink 2).
 * spool_sweep() at start ends that; who reads new/ while the writer goes on asks spool_is_filed() before
 * it calls such a file unsafe.
 */
#ifndef STORE_SPOOL_H
#define STORE_SPOOL_H

#include "base/vec.h"
#include "core/lifecycle.h"
#include "store/root.h"

void spool_new_id(struct episode_id ep, struct signal_id *ret); /* ep zeroed: a command */

/* ERR_CONFLICT: the id exists in new/.  ERR_LIMIT: disk full, try again.  ERR_INVALID: too long.  After
 * ERR_IO it may be there all the same: whoever tries again, with a new id, says it twice, which is
 * harmless. */
int spool_publish(struct root *r, const struct signal_id *id, struct str bytes, struct err *err);

/* name: as in new/, with ".json".  ERR_NOTFOUND: in neither place.  ERR_CONFLICT: done/ has another file of
 * that name; refuse this one.  The second is the same for many with one sync; all that can be filed away
 * are, the first failure is reported. */
int spool_done(struct root *r, const char *name, struct err *err);
int spool_done_many(struct root *r, const char *const *names, size_t n, struct err *err);

struct refused {
	char *name; /* in refused/ */
	enum refusal why;
	struct ticket_id ticket; /* n == 0: none */
	char *kind;              /* NULL: not known */
	char *text;
	int64_t at_wall_ms; /* 0 for spool_refuse(): now */
	char *from;         /* NULL: not known */
};

/* why->name is not read.  Repeatable.  ERR_NOTFOUND: neither in new/ nor in refused/.  ERR_CONFLICT: it
 * was applied (the same file is in done/). */
int spool_refuse(struct root *r, const char *name, const struct refused *why, struct err *err);

/* The same for many, with two syncs of refused/ in all and one of each reason that differs from the others; at is
 * that of the first of them.  v[i].name is the name in new/.  All that can be moved are, the first failure is reported. */
int spool_refuse_many(struct root *r, const struct refused *v, size_t n, struct err *err);

/* What lies in refused/, oldest first.  A .why that is missing or torn yields an entry that says so, with
 * REFUSAL_NONE and the time of the file. */
struct refused_list {
	struct refused *v;
	size_t n, cap;
};
int spool_refused(struct root *r, struct refused_list *ret, struct err *err);
void refused_list_release(struct refused_list *l);
void refused_release(struct refused *why);

/* Removes what lies in refused/ under this name, and its .why: somebody has seen it.  The thing goes first;
 * a reason alone is swept at the writer's next start.  ERR_NOTFOUND: nothing has that name.  ERR_CONFLICT:
 * a directory with files in it. */
int spool_discard(struct root *r, const char *name, const char *why_name, struct err *err);

/* Where is this signal?  What `--wait` asks. */
enum spool_place { SPOOL_NOWHERE, SPOOL_NEW, SPOOL_DONE, SPOOL_REFUSED };
enum spool_place spool_find(struct root *r, const struct signal_id *id);

/* The file new/name is in done/ or refused/ already, under whatever name: it only has to be unlinked. */
bool spool_is_filed(struct root *r, const char *name);

/* The second name of new/name (st is of it) is the one that it was written under: its publisher, or a power cut
 * in the middle of the rename, left it.  The bytes are whole.  1, 0, or a code: it could not be looked at, and nobody
 * may say then that the name is somebody else's. */
int spool_is_from_tmp(struct root *r, const char *name, const struct io_stat *st, struct err *err);

/* Removes what lies in spool/tmp, and temporary files of control/ and of the root, older than 36 hours; and what a crash left: names in new/ of what is
 * filed away, temporary files and a .why without its file in refused/.  Writer only. */
int spool_sweep(struct root *r, int64_t now_wall_ms, struct err *err);

/* done/ has another file, with other bytes, under this name: new/name can never be filed away there. */
bool spool_is_used(struct root *r, const char *name);

#endif
