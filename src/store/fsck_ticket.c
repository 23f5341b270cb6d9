/* SPDX-License-Identifier: GPL-2.0-only */
#include "base/base.h"

#include "store/fsck_parts.h"

#include "codec/ticket_text.h"
#include "store/tickets.h"
#include "sys/file.h"

#define FSCK_TRIES 5
/* control/kill appears while a start is being decided: that start is revoked, and no finding. */
#define FSCK_KILL_SLACK_MS 60000

/* Which promise a step breaks that the table does not have. */
static const char *
fsck_broken(const struct ticket *t, const struct history_entry *entry)
{
	enum event_kind kind = entry->event.kind;

	if (event_is_report(kind))
		return "I2";
	if (phase_is_final(t->phase))
		return "I13";
	if ((kind == EVENT_START && t->rev > 0 && t->want != WANT_RUN) ||
	    (kind == EVENT_CLAIMED && ticket_is_open(t)))
		return "I11"; /* parked, cancelled or changed before, and started all the same */
	return "I9";
}

static void
fsck_refused_step(
    struct fsck *f, const struct ticket *t, const struct history_entry *entry, enum refusal why)
{
	fsck_add(f->found, fsck_broken(t, entry), t->id.n, fsck_ticket_path(t->id).s,
	    "ticket %u: revision %llu: '%s' in phase '%s' is no step: %s", t->id.n,
	    (unsigned long long)entry->rev, event_name(entry->event.kind), phase_name(t->phase),
	    why != REFUSAL_NONE ? refusal_name(why) : "not as it is written");
}

/* False: the history cannot be followed any further. */
static bool
fsck_step(struct fsck *f, struct ticket *t, const struct history_entry *entry, struct ticket_id id,
    uint32_t unnamed)
{
	struct event e = history_event(entry, t, id, unnamed);
	struct decision d;

	if (entry->rev != t->rev + 1) {
		fsck_add(f->found, "I4", id.n, fsck_ticket_path(id).s,
		    "ticket %u: revision %llu follows revision %llu", id.n,
		    (unsigned long long)entry->rev, (unsigned long long)t->rev);
		return false;
	}
	if ((e.kind == EVENT_START || e.kind == EVENT_INTENT) && f->kill_wall_ms != INT64_MAX &&
	    entry->wall_ms > f->kill_wall_ms + FSCK_KILL_SLACK_MS)
		fsck_add(f->found, "I14", id.n, fsck_ticket_path(id).s,
		    "ticket %u: revision %llu: '%s' while control/kill was there", id.n,
		    (unsigned long long)entry->rev, event_name(e.kind));
	d = lifecycle_step(t, &e, entry->wall_ms);
	if (d.verdict != VERDICT_APPLY) {
		t->id = id;
		fsck_refused_step(f, t, entry, d.refusal);
		return false;
	}
	if (entry->from != t->phase || entry->to != d.next.phase || entry->row != d.row) {
		fsck_add(f->found, "I9", id.n, fsck_ticket_path(id).s,
		    "ticket %u: revision %llu says %s>%s by T%02u, but '%s' leads from %s to "
		    "%s by T%02u",
		    id.n, (unsigned long long)entry->rev, phase_name(entry->from),
		    phase_name(entry->to), entry->row, event_name(e.kind), phase_name(t->phase),
		    phase_name(d.next.phase), d.row);
		return false;
	}
	*t = d.next;
	return true;
}

struct fsck_past { /* what a history that can be followed leads to */
	struct ticket end;
	struct fsck_ends ends;
	struct fsck_counts counts;
	bool last_is_start;
};

static bool
fsck_history(struct fsck *f, const struct record *rec, struct fsck_past *ret)
{
	struct str rest = buf_str(&rec->history);
	struct ticket t = { 0 }, before;
	uint32_t unnamed = history_unnamed_rule(rec);
	struct history_entry entry;

	while (rest.len > 0) {
		before = t;
		/* The file was loaded: each line can be read. */
		if (history_next(&rest, &entry, NULL) < 0 ||
		    !fsck_step(f, &t, &entry, rec->ticket.id, unnamed))
			return false;
		fsck_count(&ret->counts, &entry);
		if (ticket_is_open(&before) && !ticket_is_open(&t))
			*VEC_PUSH(&ret->ends) = (struct fsck_end){ .n = t.episode.n,
				.by = entry.event.kind,
				.row = entry.row,
				.ending = entry.event.ending,
				.phase = before.phase,
				.was = before.episode.state };
		ret->last_is_start = entry.event.kind == EVENT_START;
	}
	ret->end = t;
	return true;
}

static void
fsck_signals_of(struct fsck *f, const struct record *rec)
{
	struct str rest = buf_str(&rec->history);
	struct digest nonce = { { 0 } };
	struct history_entry entry;

	while (history_next(&rest, &entry, NULL) == 0) {
		if (entry.event.kind == EVENT_START)
			nonce = entry.event.fresh;
		if (entry.event.sig.s[0] == '\0')
			continue;
		*VEC_PUSH(&f->signals) = (struct fsck_signal){ .id = entry.event.sig,
			.hash = entry.event.sig_hash,
			.ticket = rec->ticket.id,
			.rev = entry.rev,
			.kind = entry.event.kind,
			.commit = entry.event.commit,
			.episode = entry.event.episode.n,
			.nonce = nonce };
	}
}

/* I20: what it comes after, is there: else it would wait for nothing. */
static void
fsck_after(struct fsck *f, const struct record *rec)
{
	struct str rest = str_of(rec->spec.after), part;
	struct ticket_id id;
	char name[16];

	while (str_cut(&rest, ',', &part) || part.len > 0) {
		part = str_trim(part);
		(void)snprintf(name, sizeof name, "%.*s", STR_FMT(part));
		if (part.len > 0 &&
		    !(ticket_id_parse(part, &id) && file_exists(f->r->io, f->r->tickets, name)))
			fsck_add(f->found, "I20", rec->ticket.id.n,
			    fsck_ticket_path(rec->ticket.id).s,
			    "ticket %u comes after ticket %.*s, which does not exist",
			    rec->ticket.id.n, STR_FMT(part));
	}
}

static void
fsck_record(struct fsck *f, const struct record *rec)
{
	struct fsck_past past = { .last_is_start = false };
	const struct ticket *t = &rec->ticket;
	struct hand_edit edit;
	struct err why = ERR_INIT;
	bool is_good = fsck_history(f, rec, &past);

	if (is_good && history_replay_hand(rec, &edit, &why) < 0)
		fsck_add(f->found, "I10", t->id.n, fsck_ticket_path(t->id).s, "ticket %u: %s",
		    t->id.n, why.text);
	else if (is_good && (edit.has_words || edit.has_priority))
		fsck_add(f->found, "I10", t->id.n, fsck_ticket_path(t->id).s,
		    "ticket %u: its %s was edited by hand, and that is not yet taken; `reeve "
		    "sync` makes it a revision",
		    t->id.n, edit.has_words ? "title or description" : "priority");
	else if (is_good)
		fsck_counts(f, &past.counts, t);
	fsck_fields(f, t);
	fsck_after(f, rec);
	fsck_episodes(f, t, is_good ? &past.ends : NULL, past.last_is_start);
	free(past.ends.v);
}

/* 0; a sentence in err: what is wrong with the file. */
static int
fsck_load(struct fsck *f, struct ticket_id id, struct record *ret, struct err *err)
{
	_cleanup_(buf_release) struct buf text = BUF_INIT;
	int e = ticket_read_bytes(f->r, id, &text, err);

	if (e == 0)
		e = ticket_text_load(buf_str(&text), ret, err);
	if (e == 0 && ret->ticket.id.n != id.n) {
		e = err_set(
		    err, ERR_INVALID, "its file says that it is ticket %u", ret->ticket.id.n);
		record_release(ret);
	}
	return e;
}

bool
fsck_has_revision(struct fsck *f, struct ticket_id id, uint64_t rev)
{
	_cleanup_(record_release) struct record rec = { 0 };

	if (f->has_unread || (f->rev_of.n == id.n && f->rev > 0 && rev <= f->rev))
		return true;
	f->rev_of = id;
	f->rev = fsck_load(f, id, &rec, NULL) == 0 ? rec.ticket.rev : 0;
	return f->rev > 0 && rev <= f->rev;
}

static bool
fsck_has_changed(struct fsck *f, struct ticket_id id, uint64_t rev)
{
	_cleanup_(record_release) struct record rec = { 0 };

	return fsck_load(f, id, &rec, NULL) == 0 && rec.ticket.rev != rev;
}

/* One look; false: the ticket changed while it was looked at. */
static bool
fsck_ticket_once(struct fsck *f, struct ticket_id id)
{
	_cleanup_(record_release) struct record rec = { 0 };
	struct err why = ERR_INIT;
	size_t before = f->found->n;

	if (fsck_load(f, id, &rec, &why) < 0) {
		fsck_add(f->found, "I18", id.n, fsck_ticket_path(id).s,
		    "ticket %u cannot be read: %s", id.n, why.text);
		f->has_unread = true;
		return true;
	}
	fsck_record(f, &rec);
	fsck_secrets(f, &rec.ticket);
	fsck_inbox_workers(f, &rec.ticket);
	fsck_ticket_modes(f, id);
	if (f->live && f->found->n > before && fsck_has_changed(f, id, rec.ticket.rev))
		return false;
	fsck_signals_of(f, &rec);
	return true;
}

void
fsck_ticket(struct fsck *f, struct ticket_id id)
{
	size_t before = f->found->n;

	for (int i = 0; i < FSCK_TRIES && !fsck_ticket_once(f, id); i++)
		fsck_list_cut(f->found, before); /* they were of two revisions at once */
}
