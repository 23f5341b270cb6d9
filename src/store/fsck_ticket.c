/* SPDX-License-Identifier: GPL-2.0-only */
#include "base/base.h"

#include "store/fsck_parts.h"

#include "codec/ticket_text.h"
#include "store/tickets.h"

#define FSCK_TRIES 5
/* control/kill appears while a start is being decided: that start is revoked, and no finding. */
#define FSCK_KILL_SLACK_MS 60000

static void
fsck_refused_step(
    struct fsck *f, const struct ticket *t, const struct history_entry *entry, enum refusal why)
{
	const char *invariant = "I9";

	if (event_is_report(entry->event.kind))
		invariant = "I2";
	else if (phase_is_final(t->phase))
		invariant = "I13";
	fsck_say(f, "%s ticket %u: revision %llu: '%s' in phase '%s' is no step: %s", invariant,
	    t->id.n, (unsigned long long)entry->rev, event_name(entry->event.kind),
	    phase_name(t->phase), why != REFUSAL_NONE ? refusal_name(why) : "not as it is written");
}

/* False: the history cannot be followed any further. */
static bool
fsck_step(struct fsck *f, struct ticket *t, const struct history_entry *entry, struct ticket_id id)
{
	struct event e = entry->event;
	struct decision d;

	if (entry->rev != t->rev + 1) {
		fsck_say(f, "I4 ticket %u: revision %llu follows revision %llu", id.n,
		    (unsigned long long)entry->rev, (unsigned long long)t->rev);
		return false;
	}
	/* What a line does not say, see history_replay(): a report of another episode has no nonce. */
	e.ticket = id;
	if (event_is_report(e.kind) && e.episode.n > 0 && e.episode.n == t->episode.n) {
		e.has_nonce = true;
		e.nonce = t->episode.nonce;
	}
	if ((e.kind == EVENT_START || e.kind == EVENT_INTENT) && f->kill_wall_ms != INT64_MAX &&
	    entry->wall_ms > f->kill_wall_ms + FSCK_KILL_SLACK_MS)
		fsck_say(f, "I14 ticket %u: revision %llu: '%s' while control/kill was there", id.n,
		    (unsigned long long)entry->rev, event_name(e.kind));
	d = lifecycle_step(t, &e, entry->wall_ms);
	if (d.verdict != VERDICT_APPLY) {
		t->id = id;
		fsck_refused_step(f, t, entry, d.refusal);
		return false;
	}
	if (entry->from != t->phase || entry->to != d.next.phase || entry->row != d.row) {
		fsck_say(f,
		    "I9 ticket %u: revision %llu says %s>%s by T%02u, but '%s' leads from %s to "
		    "%s by T%02u",
		    id.n, (unsigned long long)entry->rev, phase_name(entry->from),
		    phase_name(entry->to), entry->row, event_name(e.kind), phase_name(t->phase),
		    phase_name(d.next.phase), d.row);
		return false;
	}
	*t = d.next;
	return true;
}

/* Follows the history; *ret is where it leads. */
static bool
fsck_history(struct fsck *f, const struct record *rec, struct ticket *ret, bool *ret_last_is_start)
{
	struct str rest = buf_str(&rec->history);
	struct ticket t = { 0 };
	struct history_entry entry;

	*ret_last_is_start = false;
	while (rest.len > 0) {
		/* The file was loaded: each line can be read. */
		if (history_next(&rest, &entry, NULL) < 0 ||
		    !fsck_step(f, &t, &entry, rec->ticket.id))
			return false;
		*ret_last_is_start = entry.event.kind == EVENT_START;
	}
	*ret = t;
	return true;
}

static void
fsck_signals_of(struct fsck *f, const struct record *rec)
{
	struct str rest = buf_str(&rec->history);
	struct history_entry entry;

	while (history_next(&rest, &entry, NULL) == 0) {
		if (entry.event.sig.s[0] == '\0')
			continue;
		*VEC_PUSH(&f->signals) = (struct fsck_signal){ .id = entry.event.sig,
			.hash = entry.event.sig_hash,
			.ticket = rec->ticket.id,
			.rev = entry.rev };
	}
}

static void
fsck_counter(struct fsck *f, const struct ticket *t, const char *name, uint32_t n, uint32_t max)
{
	if (n > max)
		fsck_say(f, "I12 ticket %u: %s is %u, the most is %u", t->id.n, name, n, max);
}

/* What must be true of the fields, whatever the history is. */
static void
fsck_fields(struct fsck *f, const struct ticket *t)
{
	if (!lifecycle_pair_is_legal(t->phase, t->episode.state, t->episode.role))
		fsck_say(f, "I6 ticket %u: phase '%s' with an episode '%s' (%s)", t->id.n,
		    phase_name(t->phase), episode_state_name(t->episode.state),
		    role_name(t->episode.role));
	fsck_counter(f, t, "deaths", t->deaths, TICKET_DEATHS_MAX);
	fsck_counter(f, t, "start failures", t->start_failures, TICKET_STARTS_MAX);
	fsck_counter(f, t, "reboots", t->reboots, TICKET_REBOOTS_MAX);
	fsck_counter(f, t, "merge tries", t->merge_tries, TICKET_MERGE_TRIES_MAX);
	if (t->phase == PHASE_DONE && (!oid_is_set(t->pinned) || !oid_is_set(t->passed)))
		fsck_say(f, "I13 ticket %u: done without a commit that passed", t->id.n);
	else if (t->phase == PHASE_DONE && t->merge != MERGE_NONE && !oid_is_set(t->merge_commit))
		fsck_say(f, "I13 ticket %u: done without a merge", t->id.n);
	if (t->phase == PHASE_MERGING &&
	    (!oid_is_set(t->merge_from) || !oid_is_set(t->merge_commit)))
		fsck_say(f, "I15 ticket %u: merging without an intent", t->id.n);
	if (t->phase == PHASE_MERGING && !oid_eq(t->passed, t->pinned))
		fsck_say(f, "I15 ticket %u: what is merged is not what passed", t->id.n);
}

static void
fsck_record(struct fsck *f, const struct record *rec)
{
	struct hand_edit edit;
	struct ticket end;
	struct err why = ERR_INIT;
	bool last_is_start, is_good = fsck_history(f, rec, &end, &last_is_start);

	if (is_good && history_replay_hand(rec, &edit, &why) < 0)
		fsck_say(f, "I10 ticket %u: %s", rec->ticket.id.n, why.text);
	else if (is_good && (edit.has_words || edit.has_priority))
		fsck_say(f,
		    "I10 ticket %u: its %s was edited by hand, and that is not yet taken; `reeve "
		    "sync` makes it a revision",
		    rec->ticket.id.n, edit.has_words ? "title or description" : "priority");
	fsck_fields(f, &rec->ticket);
	fsck_episodes(f, &rec->ticket, last_is_start);
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
		fsck_say(f, "I18 ticket %u cannot be read: %s", id.n, why.text);
		f->has_unread = true;
		return true;
	}
	fsck_record(f, &rec);
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

	for (int i = 0; i < FSCK_TRIES && !fsck_ticket_once(f, id); i++) {
		/* The findings were of two revisions at once. */
		while (f->found->n > before) {
			set_charp(&f->found->v[f->found->n - 1], NULL);
			f->found->n--;
		}
	}
}
