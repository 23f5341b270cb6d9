/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * fsck.c: order matters while a supervisor is at work.  What lies in done/ was committed before it came
 * there; so the names in done/ are read first, the tickets after them.
 */
#include "base/base.h"

#include "store/fsck.h"

#include <errno.h>

#include "codec/signal_json.h"
#include "store/fsck_parts.h"
#include "store/spool.h"
#include "store/spool_file.h"
#include "store/tickets.h"
#include "sys/file.h"

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

bool
fsck_bytes(struct fsck *f, int dir, const char *name, size_t max, struct buf *ret)
{
	return file_read_plain(f->r->io, dir, name, max, ret, NULL) == 0;
}

/* I2: what the history took it for is what it says.  The replay has shown that the episode was the one. */
static void
fsck_meaning(struct fsck *f, const char *name, struct str bytes, const struct fsck_signal *known)
{
	struct fsck_path path = fsck_path("spool/done/%s", name);
	struct signal s = { 0 };
	enum refusal why;

	/* One that another version of ours wrote need not be readable. */
	if (!event_is_report(known->kind) || signal_json_parse(bytes, &s, &why, NULL, NULL) < 0)
		return;
	if (s.event.ticket.n != known->ticket.n || s.event.kind != known->kind)
		fsck_add(f->found, "I2", known->ticket.n, path.s,
		    "spool/done/%s is '%s' of ticket %u, and was applied as '%s' of ticket %u",
		    name, event_name(s.event.kind), s.event.ticket.n, event_name(known->kind),
		    known->ticket.n);
	else if (known->episode != 0 && digest_is_set(&known->nonce) &&
		 !(s.event.has_nonce && digest_eq(&s.event.nonce, &known->nonce)))
		fsck_add(f->found, "I2", known->ticket.n, path.s,
		    "spool/done/%s has not the nonce of episode %u.%u, and was applied as its "
		    "report",
		    name, known->ticket.n, known->episode);
	else if (oid_is_set(s.event.commit) && oid_is_set(known->commit) &&
		 !oid_eq(s.event.commit, known->commit))
		fsck_add(f->found, "I2", known->ticket.n, path.s,
		    "spool/done/%s names commit %s; revision %llu of ticket %u took %s for it",
		    name, s.event.commit.hex, (unsigned long long)known->rev, known->ticket.n,
		    known->commit.hex);
	signal_release(&s);
}

static void
fsck_done(struct fsck *f, const char *name)
{
	_cleanup_(buf_release) struct buf bytes = BUF_INIT;
	struct fsck_path path = fsck_path("spool/done/%s", name);
	const struct fsck_signal *known;
	struct signal_id id;
	struct digest hash;

	if (!fsck_signal_name(name, &id)) {
		fsck_add(
		    f->found, "I18", 0, path.s, "spool/done/%s: the name is no signal's", name);
		return;
	}
	known = fsck_signal_find(f, &id);
	if (known == NULL && !f->has_unread)
		fsck_add(f->found, "I1", 0, path.s, "spool/done/%s: no revision names it", name);
	if (known == NULL)
		return;
	if (!fsck_bytes(f, f->r->spool_done, name, SIGNAL_BYTES_MAX, &bytes)) {
		if (file_exists(f->r->io, f->r->spool_done, name)) /* else pruned meanwhile */
			fsck_add(f->found, "I1", known->ticket.n, path.s,
			    "spool/done/%s cannot be read", name);
		return;
	}
	hash = digest_of(buf_str(&bytes));
	if (digest_eq(&hash, &known->hash))
		fsck_meaning(f, name, buf_str(&bytes), known);
	else
		fsck_add(f->found, "I1", known->ticket.n, path.s,
		    "spool/done/%s: its bytes are not those that revision %llu of ticket %u "
		    "applied",
		    name, (unsigned long long)known->rev, known->ticket.n);
}

/* Applied or refused, not both. */
static void
fsck_refused(struct fsck *f, const struct refused *item)
{
	_cleanup_(buf_release) struct buf bytes = BUF_INIT;
	struct fsck_path path = fsck_path("spool/refused/%s", item->name);
	const struct fsck_signal *known;
	struct signal_id id;
	struct digest hash;

	if (!fsck_signal_name(item->name, &id))
		return;
	known = fsck_signal_find(f, &id);
	if (file_exists(f->r->io, f->r->spool_done, item->name)) {
		fsck_add(f->found, "I1", 0, path.s, "%s is in spool/done and in spool/refused",
		    item->name);
	} else if (known != NULL &&
		   fsck_bytes(f, f->r->spool_refused, item->name, SIGNAL_BYTES_MAX, &bytes)) {
		hash = digest_of(buf_str(&bytes));
		if (digest_eq(&hash, &known->hash))
			fsck_add(f->found, "I1", known->ticket.n, path.s,
			    "spool/refused/%s was applied by revision %llu of ticket %u",
			    item->name, (unsigned long long)known->rev, known->ticket.n);
	}
}

/* I3: whatever was refused, somebody can know why. */
void
fsck_reasons(struct fsck *f, const struct refused_list *refused)
{
	for (size_t i = 0; i < refused->n; i++)
		if (refused->v[i].why == REFUSAL_NONE)
			fsck_add(f->found, "I3", 0,
			    fsck_path("spool/refused/%s", refused->v[i].name).s,
			    "spool/refused/%s: %s", refused->v[i].name, refused->v[i].text);
}

static void
fsck_spool(struct fsck *f, const struct strvec *done, const struct refused_list *refused)
{
	struct fsck_signals *s = &f->signals;

	if (s->n > 1)
		qsort(s->v, s->n, sizeof *s->v, fsck_signal_cmp);
	for (size_t i = 1; i < s->n; i++)
		if (signal_id_eq(&s->v[i - 1].id, &s->v[i].id))
			fsck_add(f->found, "I1", s->v[i].ticket.n, NULL,
			    "signal %s was applied twice: to ticket %u and to ticket %u",
			    s->v[i].id.s, s->v[i - 1].ticket.n, s->v[i].ticket.n);
	for (size_t i = 0; i < done->n; i++)
		fsck_done(f, done->v[i]);
	fsck_reasons(f, refused);
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
			fsck_add(f->found, "I18", 0, fsck_path("tickets/%s", names.v[i]).s,
			    "tickets/%s: the name is no ticket's", names.v[i]);
		else if (!f->live)
			fsck_add(f->found, "I4", 0, fsck_path("tickets/%s", names.v[i]).s,
			    "tickets/%s was left by a crash", names.v[i]);
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

void
fsck_root(struct fsck *f)
{
	struct root again = ROOT_INIT;
	struct err why = ERR_INIT;

	if (root_open(f->r->io, f->r->path, &again, &why) < 0)
		fsck_add(f->found, "I18", 0, "VERSION", "%s", why.text);
	else if (strcmp(again.uuid, f->r->uuid) != 0)
		fsck_add(
		    f->found, "I18", 0, "VERSION", "VERSION: another store is in its place now");
	root_release(&again);
}

/* I17: a worktree below the state directory is that of a ticket, by the number it begins with. */
static void
fsck_worktrees_of(struct fsck *f, int dir, const char *repo)
{
	_cleanup_(strvec_release) struct strvec names = STRVEC_INIT;

	if (file_list(f->r->io, dir, &names, NULL) < 0)
		return; /* said below I19, when it matters */
	for (size_t i = 0; i < names.n; i++) {
		struct str rest = str_of(names.v[i]), head;
		char number[16];
		struct ticket_id id;

		if (str_starts(rest, TICKET_WORKTREE_GONE)) /* its removal goes on */
			(void)str_cut(&rest, '-', &head);
		(void)str_cut(&rest, '-', &head);
		(void)snprintf(number, sizeof number, "%.*s", STR_FMT(head));
		if (ticket_id_parse(head, &id) && file_exists(f->r->io, f->r->tickets, number))
			continue;
		fsck_add(f->found, "I17", 0, fsck_path("worktrees/%s/%s", repo, names.v[i]).s,
		    "worktrees/%s/%s belongs to no ticket", repo, names.v[i]);
	}
}

static void
fsck_worktrees(struct fsck *f)
{
	_cleanup_(strvec_release) struct strvec repos = STRVEC_INIT;
	int top = file_open_dir(f->r->io, f->r->dir, "worktrees", NULL);

	if (top >= 0 && file_list(f->r->io, top, &repos, NULL) == 0) {
		for (size_t i = 0; i < repos.n; i++) {
			int dir = file_open_dir(f->r->io, top, repos.v[i], NULL);

			if (dir >= 0)
				fsck_worktrees_of(f, dir, repos.v[i]);
			io_close(f->r->io, dir);
		}
	}
	io_close(f->r->io, top);
}

int
fsck_files(struct root *r, bool live, struct fsck_list *ret, struct err *err)
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
		fsck_worktrees(&f);
		fsck_inbox_names(&f);
		fsck_modes(&f);
	}
	free(f.signals.v);
	return e;
}

int
fsck_run(struct root *r, bool live, struct strvec *ret, struct err *err)
{
	_cleanup_(fsck_list_release) struct fsck_list found = { NULL, 0, 0 };
	int e = fsck_files(r, live, &found, err);

	for (size_t i = 0; i < found.n; i++) {
		_cleanup_(buf_release) struct buf line = BUF_INIT;

		buf_addf(&line, "%s %s", found.v[i].invariant, found.v[i].text);
		strvec_push(ret, line.p);
	}
	return e;
}
