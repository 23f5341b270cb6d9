/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * fsck.c: order matters while a supervisor is at work.  What lies in done/ was committed before it came
 * there; so the names in done/ are read first, the tickets after them.
 */
#include "base/base.h"

#include "store/fsck.h"

#include <errno.h>

#include "base/clean.h"
#include "codec/signal_json.h"
#include "store/fsck_parts.h"
#include "store/spool.h"
#include "store/spool_file.h"
#include "store/tickets.h"
#include "sys/file.h"

void
fsck_say(struct fsck *f, const char *fmt, ...)
{
	_cleanup_(buf_release) struct buf text = BUF_INIT, clean = BUF_INIT;
	va_list ap;

	va_start(ap, fmt);
	buf_addv(&text, fmt, ap);
	va_end(ap);
	clean_add_line(&clean, buf_str(&text), 0); /* names and words of anybody are in it */
	strvec_push(f->found, clean.p);
}

static int
fsck_signal_cmp(const void *ap, const void *bp)
{
	const struct fsck_signal *a = ap, *b = bp;

	return strcmp(a->id.s, b->id.s);
}

static const struct fsck_signal *
fsck_signal_find(const struct fsck *f, const struct signal_id *id)
{
	struct fsck_signal key = { .id = *id };

	if (f->signals.n == 0)
		return NULL;
	return bsearch(&key, f->signals.v, f->signals.n, sizeof *f->signals.v, fsck_signal_cmp);
}

static bool
fsck_signal_name(const char *name, struct signal_id *ret)
{
	return spool_ends(name, SPOOL_JSON) &&
	       signal_id_parse(str_n(name, strlen(name) - strlen(SPOOL_JSON)), ret);
}

/* The digest of a file of the spool; false: it cannot be read. */
static bool
fsck_hash(struct fsck *f, int dir, const char *name, struct digest *ret)
{
	_cleanup_(buf_release) struct buf text = BUF_INIT;
	int fd = f->r->io->ops->open(f->r->io, dir, name, IO_READ | IO_UNTRUSTED), e;
	struct io_stat st;

	if (fd < 0)
		return false;
	e = f->r->io->ops->fstat(f->r->io, fd, &st);
	if (e == 0 && !st.is_regular)
		e = -EINVAL; /* reading a pipe would wait */
	if (e == 0)
		e = file_read_fd(f->r->io, fd, SIGNAL_BYTES_MAX, &text, NULL);
	io_close(f->r->io, fd);
	if (e < 0)
		return false;
	*ret = digest_of(buf_str(&text));
	return true;
}

static void
fsck_done(struct fsck *f, const char *name)
{
	const struct fsck_signal *known;
	struct signal_id id;
	struct digest hash;

	if (!fsck_signal_name(name, &id)) {
		fsck_say(f, "I18 spool/done/%s: the name is no signal's", name);
		return;
	}
	known = fsck_signal_find(f, &id);
	if (known == NULL && !f->has_unread)
		fsck_say(f, "I1 spool/done/%s: no revision names it", name);
	if (known == NULL)
		return;
	if (!fsck_hash(f, f->r->spool_done, name, &hash)) {
		if (file_exists(f->r->io, f->r->spool_done, name)) /* else pruned meanwhile */
			fsck_say(f, "I1 spool/done/%s cannot be read", name);
	} else if (!digest_eq(&hash, &known->hash)) {
		fsck_say(f,
		    "I1 spool/done/%s: its bytes are not those that revision %llu of ticket %u "
		    "applied",
		    name, (unsigned long long)known->rev, known->ticket.n);
	}
}

/* Applied or refused, not both. */
static void
fsck_refused(struct fsck *f, const struct refused *item)
{
	const struct fsck_signal *known;
	struct signal_id id;
	struct digest hash;

	if (item->why == REFUSAL_NONE)
		fsck_say(f, "I3 spool/refused/%s: %s", item->name, item->text);
	if (!fsck_signal_name(item->name, &id))
		return;
	known = fsck_signal_find(f, &id);
	if (file_exists(f->r->io, f->r->spool_done, item->name))
		fsck_say(f, "I1 %s is in spool/done and in spool/refused", item->name);
	else if (known != NULL && fsck_hash(f, f->r->spool_refused, item->name, &hash) &&
		 digest_eq(&hash, &known->hash))
		fsck_say(f, "I1 spool/refused/%s was applied by revision %llu of ticket %u",
		    item->name, (unsigned long long)known->rev, known->ticket.n);
}

static void
fsck_spool(struct fsck *f, const struct strvec *done, const struct refused_list *refused)
{
	struct fsck_signals *s = &f->signals;

	if (s->n > 1)
		qsort(s->v, s->n, sizeof *s->v, fsck_signal_cmp);
	for (size_t i = 1; i < s->n; i++)
		if (signal_id_eq(&s->v[i - 1].id, &s->v[i].id))
			fsck_say(f, "I1 signal %s was applied twice: to ticket %u and to ticket %u",
			    s->v[i].id.s, s->v[i - 1].ticket.n, s->v[i].ticket.n);
	for (size_t i = 0; i < done->n; i++)
		fsck_done(f, done->v[i]);
	for (size_t i = 0; i < refused->n; i++)
		fsck_refused(f, &refused->v[i]);
}

static int
fsck_tickets(struct fsck *f, struct err *err)
{
	_cleanup_(strvec_release) struct strvec names = STRVEC_INIT;
	int e = file_list(f->r->io, f->r->tickets, &names, err);
	struct ticket_id id;

	if (e < 0) {
		(void)err_prefix(err, "cannot check %s/tickets", f->r->path);
		return e;
	}
	for (size_t i = 0; i < names.n; i++) {
		if (ticket_id_parse(str_of(names.v[i]), &id))
			fsck_ticket(f, id);
		else if (!str_starts(str_of(names.v[i]), "."))
			fsck_say(f, "I18 tickets/%s: the name is no ticket's", names.v[i]);
		else if (!f->live)
			fsck_say(f, "I4 tickets/%s was left by a crash", names.v[i]);
	}
	return 0;
}

static void
fsck_kill(struct fsck *f)
{
	struct io_stat st;

	f->kill_wall_ms = INT64_MAX;
	if (f->r->io->ops->stat(f->r->io, f->r->control, "kill", &st) == 0)
		f->kill_wall_ms = st.mtime_ms;
}

static void
fsck_root(struct fsck *f)
{
	struct root again = ROOT_INIT;
	struct err why = ERR_INIT;

	if (root_open(f->r->io, f->r->path, &again, &why) < 0)
		fsck_say(f, "I18 %s", why.text);
	else if (strcmp(again.uuid, f->r->uuid) != 0)
		fsck_say(f, "I18 VERSION: another store is in its place now");
	root_release(&again);
}

int
fsck_run(struct root *r, bool live, struct strvec *ret, struct err *err)
{
	_cleanup_(refused_list_release) struct refused_list refused = { 0 };
	_cleanup_(strvec_release) struct strvec done = STRVEC_INIT;
	struct fsck f = { .r = r, .live = live, .found = ret };
	int e;

	fsck_root(&f);
	fsck_kill(&f);
	e = file_list(r->io, r->spool_done, &done, err);
	if (e == 0)
		e = spool_refused(r, &refused, err);
	if (e == 0)
		e = fsck_tickets(&f, err);
	if (e == 0) {
		fsck_spool(&f, &done, &refused);
		fsck_modes(&f);
	}
	free(f.signals.v);
	return e;
}
