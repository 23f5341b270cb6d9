/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * spool.h: signals and commands on their way in (PROTOCOLS P1, P2e).
 *
 *	spool_new_id()	<utc>.<episode or "cmd">.<pid>.<16 hex random>
 *	spool_publish()	tmp, fsync, rename into new/ (never over another), fsync: durable when it returns
 *	spool_done()	new/X -> done/X: link, sync, unlink; never in neither place; repeatable
 *	spool_refuse()	X.why first, then as spool_done() into refused/
 *
 * The text of X.why is "key: value" lines: reason, text (one line, cleaned), ticket, kind, from (who, if
 * known), at (stamp).  A name is never trusted: it must be id_is_signal + ".json" to be published;
 * spool_refuse() takes any name that readdir gave (bytes that do not fit are written as %XX in refused/),
 * and moves directories, links, pipes and whatever else by rename.  A file that is too big is moved too.
 */
#ifndef STORE_SPOOL_H
#define STORE_SPOOL_H

#include "base/vec.h"
#include "core/lifecycle.h"
#include "store/root.h"

void spool_new_id(struct episode_id ep, struct signal_id *ret); /* ep zeroed: a command */

/* ERR_CONFLICT: the id exists in new/.  ERR_LIMIT: disk full, try again. */
int spool_publish(struct root *r, const struct signal_id *id, struct str bytes, struct err *err);

int spool_done(struct root *r, const char *name, struct err *err);

struct refused {
	char *name; /* in refused/ */
	enum refusal why;
	struct ticket_id ticket; /* n == 0: none */
	char *kind;              /* NULL: not known */
	char *text;
	int64_t at_wall_ms;
};
int spool_refuse(struct root *r, const char *name, const struct refused *why, struct err *err);

/* Reads every .why, oldest first. A .why that is missing or torn yields an entry that says so. */
struct refused_list {
	struct refused *v;
	size_t n, cap;
};
int spool_refused(struct root *r, struct refused_list *ret, struct err *err);
void refused_list_release(struct refused_list *l);

/* Where is this signal?  What `--wait` asks. */
enum spool_place { SPOOL_NOWHERE, SPOOL_NEW, SPOOL_DONE, SPOOL_REFUSED };
enum spool_place spool_find(struct root *r, const struct signal_id *id);

/* Removes temporary files in spool/tmp older than 36 hours.  Writer only. */
int spool_sweep(struct root *r, int64_t now_wall_ms, struct err *err);

#endif
