/* SPDX-License-Identifier: GPL-2.0-only */
#include "base/base.h"

#include "engine/filing.h"

#include "base/clean.h"
#include "sys/log.h"

#define FILING_MAX 64 /* who waits for an answer waits for so many at most */

bool
filing_knows(const struct engine *e, const char *name)
{
	for (size_t i = 0; i < e->stuck.n; i++)
		if (strcmp(e->stuck.v[i], name) == 0)
			return true;
	return false;
}

/* It is decided, and cannot be moved. */
static void
filing_is_stuck(struct engine *e, const char *name, const struct err *why)
{
	if (filing_knows(e, name))
		return;
	strvec_push(&e->stuck, name);
	log_line(
	    LOG_ERROR, "spool/new/%s stays where it is: %s; remove it by hand", name, why->text);
}

/* The group failed: which of them is it?  What is moved already is no failure. */
static int
filing_one_by_one(struct engine *e, struct err *err)
{
	struct filing *f = &e->filing;
	int full = 0;

	for (size_t i = 0; i < f->done.n + f->refused.n && full == 0; i++) {
		const char *name = i < f->done.n ? f->done.v[i] : f->refused.v[i - f->done.n].name;
		struct err why = ERR_INIT;
		int rc = i < f->done.n
			     ? spool_done(e->root, name, &why)
			     : spool_refuse(e->root, name, &f->refused.v[i - f->done.n], &why);

		if (rc == ERR_LIMIT) {
			full = rc;
			if (err)
				*err = why;
		} else if (rc < 0) {
			filing_is_stuck(e, name, &why);
		}
	}
	return full;
}

void
filing_release(struct filing *f)
{
	strvec_release(&f->done);
	for (size_t i = 0; i < f->refused.n; i++)
		refused_release(&f->refused.v[i]);
	free(f->refused.v);
	*f = (struct filing){ .done = STRVEC_INIT };
}

int
filing_flush(struct engine *e, struct err *err)
{
	struct filing *f = &e->filing;
	int rc = 0;

	if (f->done.n > 0)
		rc = spool_done_many(e->root, (const char *const *)f->done.v, f->done.n, NULL);
	if (rc == 0 && f->refused.n > 0)
		rc = spool_refuse_many(e->root, f->refused.v, f->refused.n, NULL);
	if (rc < 0)
		rc = filing_one_by_one(e, err);
	filing_release(f);
	return rc;
}

static int
filing_flush_many(struct engine *e, struct err *err)
{
	return e->filing.done.n + e->filing.refused.n < FILING_MAX ? 0 : filing_flush(e, err);
}

int
filing_done(struct engine *e, const char *name, struct err *err)
{
	strvec_push(&e->filing.done, name);
	return filing_flush_many(e, err);
}

/* The words of a reason that say "reeve show ID" say which, where that is known: they are there to be pasted. */
static void
filing_words(const char *text, struct ticket_id ticket, struct buf *ret)
{
	struct str all = str_of(text), which = STR("`reeve show ID`");
	ssize_t at = ticket.n > 0 ? str_find(all, which) : -1;

	if (at < 0) {
		clean_add_line(ret, all, 0);
		return;
	}
	clean_add_line(ret, str_n(all.p, (size_t)at), 0);
	buf_addf(ret, "`reeve show %u`", ticket.n);
	clean_add_line(ret, str_n(all.p + at + which.len, all.len - (size_t)at - which.len), 0);
}

int
filing_refuse(struct engine *e, const char *name, enum refusal why, struct ticket_id ticket,
    const char *kind, const char *text, struct err *err)
{
	_cleanup_(buf_release) struct buf words = BUF_INIT;
	_cleanup_(buf_release) struct buf k = BUF_INIT;
	struct refused r = { .why = why, .ticket = ticket };

	filing_words(text && text[0] ? text : refusal_text(why), ticket, &words);
	clean_add_line(&k, str_of(kind), 32);
	set_charp(&r.name, name);
	set_charp(&r.text, words.p);
	set_charp(&r.kind, k.len > 0 ? k.p : NULL);
	r.at_wall_ms = e->world->ops->now(e->world).wall_ms;
	if (why != REFUSAL_FLOOD) /* that was said once */
		log_line(LOG_WARN, "refused %s (%s%s%s): %s", name, refusal_name(why),
		    k.len ? ", " : "", k.p, words.p);
	*VEC_PUSH(&e->filing.refused) = r;
	return filing_flush_many(e, err);
}

int
filing_before(struct engine *e, struct ticket_id ticket, struct err *err)
{
	for (size_t i = 0; i < e->filing.refused.n; i++)
		if (e->filing.refused.v[i].ticket.n == ticket.n)
			return filing_flush(e, err);
	return 0;
}
