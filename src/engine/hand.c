/* SPDX-License-Identifier: GPL-2.0-only */
#include "base/base.h"

#include "engine/hand.h"

#include <errno.h>

#include "engine/census.h"
#include "engine/commit.h"
#include "engine/notify.h"
#include "store/events.h"
#include "sys/file.h"
#include "sys/log.h"

#define ASIDE_RETRY_MS 30000 /* what no change of the file will tell: the disk had a bad moment */

static void
hand_due(struct engine *e, struct item *it)
{
	int64_t now = e->world->ops->now(e->world).boot_ms;

	if (it->rec.ticket.episode.state == EPISODE_TERM)
		it->due_boot_ms = now + e->config.drain_ms;
}

/* --- set aside, and back --- */

/* The sentences of ticket_read_hand() begin with the ticket's name, and so does the line in the log. */
static const char *
hand_words(struct ticket_id id, const char *text)
{
	char name[24];
	int n = snprintf(name, sizeof name, "ticket %u: ", id.n);

	return strncmp(text, name, (size_t)n) == 0 ? text + n : text;
}

/* is_passing: it is not worth a copy. */
static void
hand_lose(struct engine *e, struct item *it, const struct ticket_mark *mark, const char *text,
    bool is_passing)
{
	bool has_copy = false;

	it->is_lost = true;
	it->is_gone = false;
	it->lost_mark = *mark;
	if (it->lost_why != NULL && strcmp(it->lost_why, text) == 0)
		return;
	set_charp(&it->lost_why, text);
	/* Nothing in the place of the file: the whole directory is being removed, perhaps. */
	if (!is_passing && ticket_mark_is_set(mark) && ticket_mark_is_set(&it->mark))
		has_copy = ticket_keep(e->root, &it->rec, NULL) == 0;
	log_line(LOG_ERROR,
	    "ticket %u is set aside: %s; nothing is done with it until it is mended%s",
	    it->rec.ticket.id.n, hand_words(it->rec.ticket.id, text),
	    has_copy ? " (its last good state is beside it: mv " TICKET_LAST_GOOD " ticket)" : "");
}

static void
hand_back(struct engine *e, struct item *it)
{
	if (it->lost_why != NULL) {
		log_line(LOG_INFO, "ticket %u can be read again", it->rec.ticket.id.n);
		ticket_unkeep(e->root, it->rec.ticket.id);
	}
	set_charp(&it->lost_why, NULL);
	it->is_lost = false;
	census_forget(e);
}

void
hand_lost_in_commit(struct engine *e, struct item *it)
{
	it->is_lost = true;
	it->lost_mark = (struct ticket_mark){ 0 };
	e->is_touched = true;
}

/* --- one that is in memory --- */

/* The same history as in memory, or an earlier part of it: an editor saved what it had read before our last
 * commit.  Then what the hand may edit must not have changed meanwhile. */
static bool
hand_fits(const struct item *it, const struct record *rec, const struct hand_edit *edit)
{
	const struct buf *ours = &it->rec.history, *theirs = &rec->history;
	struct hand_edit now;

	if (str_eq(buf_str(ours), buf_str(theirs)))
		return true;
	if (theirs->len > ours->len || memcmp(ours->p, theirs->p, theirs->len) != 0 ||
	    (!edit->has_words && !edit->has_priority))
		return false;
	return history_replay_hand(&it->rec, &now, NULL) == 0 &&
	       digest_eq(&now.words, &edit->words) && now.before.priority == edit->before.priority;
}

static int
hand_take(struct engine *e, struct item *it, const struct record *rec, const struct hand_edit *edit,
    const struct ticket_mark *mark, struct err *err)
{
	_cleanup_(spec_release) struct spec spec = { NULL };
	_cleanup_(buf_release) struct buf words = BUF_INIT;
	uint32_t id = it->rec.ticket.id.n;
	struct ticket_mark before;
	struct decision d;
	struct event ev;
	int rc;

	engine_event(e, it, EVENT_EDIT, &ev);
	ev.boot.s[0] = '\0'; /* a command, by another way */
	ev.boot_ms = 0;
	(void)snprintf(ev.actor, sizeof ev.actor, "hand");
	buf_addf(&words, "the file was edited: %s%s%s", edit->has_words ? "title or text" : "",
	    edit->has_words && edit->has_priority ? ", " : "",
	    edit->has_priority ? "priority" : "");
	engine_reason(&ev, buf_str(&words));
	spec_copy(&spec, &it->rec.spec);
	if (edit->has_words) {
		ev.has_spec = true;
		set_charp(&spec.title, rec->spec.title);
		set_charp(&spec.text, rec->spec.text);
	}
	ev.has_priority = edit->has_priority;
	ev.priority = edit->has_priority ? edit->priority : 0;
	ev.spec = spec_digest(&spec);
	ev.unsent = notify_unsent(e, it);
	d = lifecycle_step(&it->rec.ticket, &ev, e->world->ops->now(e->world).wall_ms);
	if (d.verdict != VERDICT_APPLY) {
		buf_clear(&words);
		buf_addf(&words,
		    "its file was edited by hand, and that is %s in phase %s; put the old words "
		    "back",
		    refusal_name(d.refusal), phase_name(it->rec.ticket.phase));
		hand_lose(e, it, mark, words.p, false);
		return 0;
	}
	before = it->mark;
	it->mark = *mark;
	rc = engine_apply(e, it, &ev, &d, &spec, NULL, err);
	if (ticket_mark_eq(&it->mark, mark)) { /* a full disk, or edited once more: later */
		it->mark = before;
		return rc;
	}
	hand_back(e, it);
	if (rc == 0)
		log_line(LOG_INFO, "ticket %u: %s", id, ev.reason);
	return rc;
}

static int
hand_read(struct engine *e, struct item *it, struct err *err)
{
	_cleanup_(record_release) struct record rec = { .history = BUF_INIT };
	struct ticket_id id = it->rec.ticket.id;
	struct ticket_mark mark;
	struct record was;
	struct err why = ERR_INIT;
	struct hand_edit edit;
	int rc = ticket_read_hand(e->root, id, &rec, &edit, &mark, &why);

	if (rc == ERR_NOTFOUND)
		(void)err_set(&why, rc,
		    "its directory %s/tickets/%u is gone; what works on it goes on, and what that "
		    "reports waits. Put the directory back, or end its worker",
		    e->root->path, id.n);
	if (rc < 0) {
		hand_lose(e, it, &mark, why.text, rc != ERR_INVALID);
		it->is_gone = rc == ERR_NOTFOUND;
		return 0;
	}
	if (!hand_fits(it, &rec, &edit)) {
		(void)err_set(&why, ERR_INVALID,
		    "its history is not the one that was committed last (revision %llu, not %llu); "
		    "to go on from what the file says now: reeve down, reeve up",
		    (unsigned long long)edit.before.rev, (unsigned long long)it->rec.ticket.rev);
		hand_lose(e, it, &mark, why.text, false);
		return 0;
	}
	if (edit.has_words || edit.has_priority)
		return hand_take(e, it, &rec, &edit, &mark, err);
	/* The same in another file; memory may have words that were not taken: loaded with an edit that could
	 * not be. */
	was = it->rec;
	it->rec = rec;
	rec = was;
	it->mark = mark;
	hand_back(e, it);
	return 0;
}

int
hand_look(struct engine *e, struct item *it, struct err *err)
{
	bool is_due = e->is_retried;
	struct ticket_mark mark;
	int rc = ticket_mark(e->root, it->rec.ticket.id, &mark);

	if (rc == 0 && ticket_mark_eq(&mark, &it->mark)) {
		if (it->is_lost)
			hand_back(e, it);
		return 0;
	}
	if (it->is_lost && it->lost_why != NULL && !is_due && ticket_mark_eq(&mark, &it->lost_mark))
		return 0; /* known */
	return hand_read(e, it, err);
}

int
hand_missing(struct engine *e, struct item *it, const struct err *what, struct err *err)
{
	int rc = hand_look(e, it, err);

	if (rc < 0 || it->is_lost)
		return rc;
	it->is_aside = true;
	log_line(LOG_ERROR,
	    "ticket %u: %s: somebody removed it; the ticket is left alone until a command changes "
	    "it "
	    "(reeve show %u, reeve fsck)",
	    it->rec.ticket.id.n, what->text, it->rec.ticket.id.n);
	return 0;
}

void
hand_see_episode(struct item *it, const struct episode_seen *seen)
{
	const struct ticket *t = &it->rec.ticket;
	/* not wanted any more before the directory was made, or anybody was there: nothing is gone */
	bool is_unborn = t->episode.state == EPISODE_OPEN ||
			 (t->episode.state == EPISODE_STOP && seen->ticket == PROBE_FREE);
	bool is_bare = !seen->has_dir && ticket_is_open(t) && !is_unborn;

	if (is_bare && !it->is_bare)
		log_line(LOG_ERROR,
		    "ticket %u: its directory episodes/%u is gone; what works there goes on, and "
		    "how "
		    "it ends will not be known. Put the directory back",
		    t->id.n, t->episode.n);
	it->is_bare = is_bare;
}

/* --- those that are not in memory --- */

/* True: it is an item now. */
static bool
hand_load_one(struct engine *e, struct aside *a, int *ret_rc, struct err *ret_why)
{
	struct record rec = { .history = BUF_INIT };
	struct ticket_mark mark;
	struct hand_edit edit;
	struct item *it;

	*ret_rc = ticket_read_hand(e->root, a->id, &rec, &edit, &mark, ret_why);
	a->mark = mark;
	if (*ret_rc < 0) {
		record_release(&rec);
		return false;
	}
	it = item_insert(e, a->id);
	it->rec = rec;
	if (!edit.has_words && !edit.has_priority)
		it->mark = mark; /* else the next look takes what is new in it */
	if (ticket_is_open(&rec.ticket) && rec.ticket.episode.state != EPISODE_OPEN)
		it->inherited = rec.ticket.episode.n;
	hand_due(e, it);
	census_forget(e);
	return true;
}

/* It was not there when the others' were mended. */
static void
hand_mend_events(struct engine *e, struct ticket_id id)
{
	const struct record *rec = &item_find(e, id)->rec;
	struct err why = ERR_INIT;
	uint32_t highest;

	if (events_mend(e->root, &rec, 1, &highest, &why) < 0)
		log_line(LOG_WARN, "%s; it is mended when the supervisor starts again", why.text);
}

static void
hand_retry_aside(struct engine *e)
{
	for (size_t i = 0; i < e->aside.n;) {
		struct aside *a = &e->aside.v[i];
		struct err why = ERR_INIT;
		struct ticket_mark mark;
		int rc = ticket_mark(e->root, a->id, &mark);

		if (!e->is_retried && ticket_mark_eq(&mark, &a->mark)) {
			i++;
			continue;
		}
		if (hand_load_one(e, a, &rc, &why)) {
			log_line(LOG_INFO, "ticket %u can be read again", a->id.n);
			hand_mend_events(e, a->id);
			free(a->why);
			e->aside.v[i] = e->aside.v[--e->aside.n];
			continue;
		}
		if (a->why == NULL || strcmp(a->why, why.text) != 0) {
			set_charp(&a->why, why.text);
			log_line(LOG_ERROR, "ticket %u is set aside: %s", a->id.n,
			    hand_words(a->id, why.text));
		}
		i++;
	}
}

static bool
hand_knows(struct engine *e, struct ticket_id id)
{
	if (item_find(e, id))
		return true;
	for (size_t i = 0; i < e->aside.n; i++)
		if (e->aside.v[i].id.n == id.n)
			return true;
	return false;
}

/* Directories that appeared: put back after a start, or a copy. */
static void
hand_find_new(struct engine *e)
{
	struct io *io = e->root->io;
	struct ticket_ids ids = { NULL, 0, 0 };
	struct io_stat st;

	if (io->ops->fstat(io, e->root->tickets, &st) < 0 || st.mtime_ms == e->tickets_mtime_ms)
		return;
	if (tickets_list(e->root, &ids, NULL) == 0) {
		e->tickets_mtime_ms = st.mtime_ms;
		for (size_t i = 0; i < ids.n; i++)
			if (!hand_knows(e, ids.v[i]))
				*VEC_PUSH(&e->aside) = (struct aside){ .id = ids.v[i] };
		if (ids.n > 0 && ids.v[ids.n - 1].n > e->last_id)
			e->last_id = ids.v[ids.n - 1].n;
	}
	ticket_ids_release(&ids);
}

int
hand_look_all(struct engine *e, struct err *err)
{
	int64_t now = e->world->ops->now(e->world).boot_ms;
	bool is_waiting = false;
	int rc = 0;

	e->is_touched = false;
	e->is_retried = e->aside_boot_ms > 0 && now >= e->aside_boot_ms;
	if (e->aside_boot_ms > 0)
		census_forget(e); /* nobody tells when the worker of one that is set aside ends */
	hand_find_new(e);
	hand_retry_aside(e);
	for (size_t i = 0; rc == 0 && i < e->items.n; i++) {
		struct item *it = e->items.v[i];

		if (phase_is_final(it->rec.ticket.phase) && !it->is_lost &&
		    ticket_mark_is_set(&it->mark))
			continue; /* nothing will be written there but what a command wants */
		rc = hand_look(e, it, err);
		is_waiting |= it->is_lost && !it->is_gone;
	}
	if (e->aside.n == 0 && !is_waiting)
		e->aside_boot_ms = 0;
	else if (e->is_retried || e->aside_boot_ms == 0)
		e->aside_boot_ms = now + ASIDE_RETRY_MS;
	e->is_retried = false;
	return rc;
}

/* --- at the start --- */

/* A ticket that cannot be read is named and left alone; its number is never given again. */
int
hand_load(struct engine *e, struct err *err)
{
	struct ticket_ids ids = { NULL, 0, 0 };
	struct io *io = e->root->io;
	struct io_stat st;
	int rc;

	if (io->ops->fstat(io, e->root->tickets, &st) == 0)
		e->tickets_mtime_ms = st.mtime_ms;
	rc = tickets_list(e->root, &ids, err);
	for (size_t i = 0; rc == 0 && i < ids.n; i++) {
		struct aside a = { .id = ids.v[i] };
		struct err why = ERR_INIT;
		bool is_read;

		e->last_id = a.id.n;
		is_read = hand_load_one(e, &a, &rc, &why);
		if (rc == ERR_LIMIT) { /* no descriptors: that passes; better not to start */
			if (err)
				*err = why;
			break;
		}
		rc = 0;
		if (is_read)
			continue;
		log_line(
		    LOG_ERROR, "ticket %u is set aside: %s", a.id.n, hand_words(a.id, why.text));
		set_charp(&a.why, why.text);
		*VEC_PUSH(&e->aside) = a;
	}
	ticket_ids_release(&ids);
	return rc;
}

struct ticket_id
hand_next_id(struct engine *e)
{
	struct io *io = e->root->io;
	struct io_stat st;
	char name[16];
	int rc;

	/* A hand may have made one of that name since it was listed. */
	do {
		(void)snprintf(name, sizeof name, "%u", ++e->last_id);
		rc = io->ops->stat(io, e->root->tickets, name, &st);
	} while (rc == 0);
	e->last_id--;
	if (rc == -ENOENT && e->last_id < ID_TICKET_MAX)
		return (struct ticket_id){ e->last_id + 1 };
	return (struct ticket_id){ 0 };
}
