/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * events.c: the lines are ours, with keys in one order; they are read by that, not as JSON at large.  A
 * line that does not fit (torn, or somebody else's) is passed over.
 */
#include "base/base.h"

#include "store/events.h"

#include <errno.h>

#include "codec/json.h"
#include "codec/stamp.h"
#include "codec/ticket_text.h"
#include "sys/file.h"

#define EVENTS_FILE     "events.jsonl"
#define EVENTS_CHUNK    ((size_t)64 * 1024)
#define EVENTS_LINE_MAX ((size_t)64 * 1024)
#define EVENTS_BATCH    ((size_t)256 * 1024)

/* --- one line --- */

static void
events_add_text(struct buf *b, const char *key, const char *text)
{
	struct str s = str_of(text);
	uint32_t c;

	if (s.len == 0)
		return;
	buf_addf(b, ",\"%s\":\"", key);
	while (s.len > 0) {
		size_t n = str_utf8(s, &c);

		if (n == 0) {
			buf_adds(b, "\\ufffd"); /* a byte that is no text; the file stays UTF-8 */
			n = 1;
		} else if (c < 0x20 || c == 0x7f) {
			buf_addf(b, "\\u%04x", (unsigned)c);
		} else {
			if (c == '"' || c == '\\')
				buf_addch(b, '\\');
			buf_add(b, s.p, n);
		}
		s.p += n;
		s.len -= n;
	}
	buf_addch(b, '"');
}

/* As in the history: the one that the event names, else the open one; a start's is the one it opens. */
static struct episode_id
events_episode(const struct ticket *before, const struct event *e, const struct ticket *after)
{
	if (e->kind == EVENT_START)
		return ticket_episode(after);
	if (e->episode.n != 0)
		return e->episode;
	return ticket_is_open(before) ? ticket_episode(before) : (struct episode_id){ { 0 }, 0 };
}

void
events_line(
    const struct ticket *before, const struct event *e, const struct decision *d, struct buf *ret)
{
	const struct ticket *t = &d->next;
	struct episode_id ep = events_episode(before, e, t);
	const char *from = phase_name(before->phase);

	buf_adds(ret, "{\"at\":\"");
	stamp_add(ret, t->updated_wall_ms);
	buf_addf(ret,
	    "\",\"ticket\":%u,\"rev\":%llu,\"event\":\"%s\",\"from\":\"%s\",\"to\":\"%s\"", t->id.n,
	    (unsigned long long)t->rev, event_name(e->kind), from[0] != '\0' ? from : "none",
	    phase_name(t->phase));
	if (ep.n != 0)
		buf_addf(ret, ",\"episode\":\"%u.%u\"", ep.ticket.n, ep.n);
	events_add_text(ret, "actor", e->actor);
	buf_addf(ret, ",\"row\":%u", d->row);
	events_add_text(ret, "signal", e->sig.s);
	events_add_text(ret, "reason", e->reason);
	buf_adds(ret, "}\n");
}

int
events_append(struct root *r, struct str lines, struct err *err)
{
	return lines.len == 0 ? 0 : file_append(r->io, r->dir, EVENTS_FILE, lines, err);
}

/* --- reading --- */

static bool
events_cut(struct str *s, const char *word)
{
	size_t n = strlen(word);

	if (!str_starts(*s, word))
		return false;
	s->p += n;
	s->len -= n;
	return true;
}

/* Ticket and revision; *rest is what follows. */
static bool
events_parse(struct str line, struct ticket_id *ret, uint64_t *ret_rev, struct str *ret_rest)
{
	struct str stamp, number;
	int64_t at;

	return events_cut(&line, "{\"at\":\"") && str_cut(&line, '"', &stamp) &&
	       stamp_parse(stamp, &at) && events_cut(&line, ",\"ticket\":") &&
	       str_cut(&line, ',', &number) && ticket_id_parse(number, ret) &&
	       events_cut(&line, "\"rev\":") && str_cut(&line, ',', &number) &&
	       str_u64(number, ret_rev) && line.len > 0 && line.p[line.len - 1] == '}' &&
	       (*ret_rest = line, true);
}

/* False: enough. */
typedef bool events_fn(void *arg, struct str line);

static bool
events_lines(struct buf *text, events_fn *fn, void *arg)
{
	struct str rest = buf_str(text), line, before = rest;
	bool go_on = true;
	size_t done;

	while (go_on && str_cut(&rest, '\n', &line)) {
		go_on = fn(arg, line);
		before = rest;
	}
	/* Without a line end yet: kept for the next chunk, unless it is far too long to be ours. */
	done = text->len - before.len;
	if (before.len > EVENTS_LINE_MAX) {
		buf_clear(text);
		buf_addch(text, '?');
		return go_on;
	}
	memmove(text->p, text->p + done, before.len);
	buf_truncate(text, before.len);
	return go_on;
}

/* Only its end is missing: no part of an object is an object. */
static bool
events_is_whole(struct str line)
{
	_cleanup_(json_drop) json_t *o = NULL;

	return json_open(line, 4, &o, NULL) == 0;
}

/* In pieces: the file may be larger than memory.  *ret_torn: its last line has no end. */
static int
events_each(struct root *r, events_fn *fn, void *arg, bool *ret_torn, struct err *err)
{
	_cleanup_(buf_release) struct buf text = BUF_INIT;
	int fd = r->io->ops->open(r->io, r->dir, EVENTS_FILE, IO_READ);
	bool go_on = true;
	ssize_t n = 0;

	*ret_torn = false;
	if (fd == -ENOENT)
		return 0;
	if (fd < 0)
		return err_sys(err, -fd, "cannot open %s/" EVENTS_FILE, r->path);
	while (go_on) {
		buf_grow(&text, EVENTS_CHUNK);
		n = r->io->ops->read(r->io, fd, text.p + text.len, EVENTS_CHUNK);
		if (n <= 0)
			break;
		text.len += (size_t)n;
		text.p[text.len] = '\0';
		go_on = events_lines(&text, fn, arg);
	}
	io_close(r->io, fd);
	if (n < 0)
		return err_sys(err, (int)-n, "cannot read %s/" EVENTS_FILE, r->path);
	*ret_torn = text.len > 0;
	if (go_on && events_is_whole(buf_str(&text)))
		(void)fn(arg, buf_str(&text)); /* there is nothing behind it to go on with */
	return 0;
}

struct events_search {
	const char *needle;
	struct ticket_id ticket;
	uint64_t rev;
	int found;
};

static bool
events_is_found(void *arg, struct str line)
{
	struct events_search *s = arg;
	struct str rest;

	/* The search is for the bytes first: a quote inside a text has a backslash before it. */
	if (str_find(line, str_of(s->needle)) < 0 ||
	    !events_parse(line, &s->ticket, &s->rev, &rest))
		return true;
	s->found = 1;
	return false;
}

int
events_find(struct root *r, const struct signal_id *id, struct ticket_id *ret_ticket,
    uint64_t *ret_rev, struct err *err)
{
	_cleanup_(buf_release) struct buf needle = BUF_INIT;
	struct events_search s = { 0 };
	bool is_torn;
	int e;

	buf_addf(&needle, ",\"signal\":\"%s\"", id->s);
	s.needle = needle.p;
	e = events_each(r, events_is_found, &s, &is_torn, err);
	if (e < 0 || s.found == 0)
		return e;
	*ret_ticket = s.ticket;
	*ret_rev = s.rev;
	return 1;
}

/* --- mending --- */

/* Which revisions of a ticket are in the file; one in the middle may be missing. */
struct events_seen {
	const struct record *rec;
	bool *has; /* [0 .. its revision] */
};
struct events_all {
	struct events_seen *v;
	size_t n;
	uint32_t highest; /* ticket that a line names */
};

static int
events_seen_cmp(const void *ap, const void *bp)
{
	const struct events_seen *a = ap, *b = bp;
	uint32_t x = a->rec->ticket.id.n, y = b->rec->ticket.id.n;

	return x < y ? -1 : x > y;
}

static bool
events_note(void *arg, struct str line)
{
	struct record key_rec = { 0 };
	struct events_seen key = { &key_rec, NULL }, *found;
	struct events_all *all = arg;
	struct str rest;
	uint64_t rev;

	if (!events_parse(line, &key_rec.ticket.id, &rev, &rest))
		return true;
	if (key_rec.ticket.id.n > all->highest)
		all->highest = key_rec.ticket.id.n;
	found = bsearch(&key, all->v, all->n, sizeof *all->v, events_seen_cmp);
	if (found != NULL && rev <= found->rec->ticket.rev)
		found->has[rev] = true;
	return true;
}

/* The lines that are missing for one ticket: a line of the history holds all that is needed. */
static void
events_missing(const struct events_seen *seen, struct buf *ret)
{
	struct str rest = buf_str(&seen->rec->history);
	struct history_entry e;

	while (history_next(&rest, &e, NULL) == 0) {
		struct ticket before = { .id = seen->rec->ticket.id, .phase = e.from };
		struct decision d = { .row = e.row, .next = before };

		if (seen->has[e.rev])
			continue;
		d.next.rev = e.rev;
		d.next.phase = e.to;
		d.next.updated_wall_ms = e.wall_ms;
		d.next.episode.n = e.event.episode.n;
		events_line(&before, &e.event, &d, ret);
	}
}

static bool
events_is_complete(const struct events_seen *seen)
{
	return memchr(seen->has + 1, false, seen->rec->ticket.rev) == NULL;
}

static int
events_mend_all(struct root *r, const struct events_all *all, bool is_torn, struct err *err)
{
	_cleanup_(buf_release) struct buf lines = BUF_INIT;
	int e = 0;

	if (is_torn)
		buf_addch(&lines, '\n');
	for (size_t i = 0; e == 0 && i < all->n; i++) {
		if (!events_is_complete(&all->v[i]))
			events_missing(&all->v[i], &lines);
		if (lines.len < EVENTS_BATCH)
			continue;
		e = events_append(r, buf_str(&lines), err);
		buf_clear(&lines);
	}
	return e < 0 ? e : events_append(r, buf_str(&lines), err);
}

int
events_mend(struct root *r, const struct record *const *records, size_t n, uint32_t *ret_highest,
    struct err *err)
{
	struct events_all all = { xcalloc(n + 1, sizeof *all.v), n, 0 };
	bool is_torn;
	int e;

	for (size_t i = 0; i < n; i++) {
		all.v[i].rec = records[i];
		all.v[i].has = xcalloc(records[i]->ticket.rev + 1, sizeof *all.v[i].has);
	}
	qsort(all.v, n, sizeof *all.v, events_seen_cmp);
	e = events_each(r, events_note, &all, &is_torn, err);
	if (e == 0)
		e = events_mend_all(r, &all, is_torn, err);
	for (size_t i = 0; i < n; i++)
		free(all.v[i].has);
	free(all.v);
	if (e == 0)
		*ret_highest = all.highest;
	return e;
}
