/* SPDX-License-Identifier: GPL-2.0-only */
#include "base/base.h"

#include "cli/cli_show.h"

#include "codec/stamp.h"
#include "store/inbox.h"

#define SHOW_EPISODES 5  /* that are shown; --json has all */
#define SHOW_HISTORY  10 /* lines */

/* "name        value"; nothing without a value. */
static void
show_line(struct print *p, const char *name, enum print_style style, const char *value)
{
	if (value == NULL || value[0] == '\0')
		return;
	print_words(p, "%-11s", name);
	print_text(p, style, str_of(value));
	print_words(p, "\n");
}

static void show_linef(struct print *p, const char *name, const char *fmt, ...) printf_like(3, 4);
static void
show_linef(struct print *p, const char *name, const char *fmt, ...)
{
	_cleanup_(buf_release) struct buf b = BUF_INIT;
	va_list ap;

	va_start(ap, fmt);
	buf_addv(&b, fmt, ap);
	va_end(ap);
	show_line(p, name, PRINT_PLAIN, b.p);
}

static void
show_time(struct print *p, const char *name, int64_t wall_ms, int64_t now_ms)
{
	_cleanup_(buf_release) struct buf b = BUF_INIT;

	if (wall_ms <= 0)
		return;
	stamp_add(&b, wall_ms);
	if (wall_ms <= now_ms) {
		buf_adds(&b, ", ");
		stamp_add_age(&b, now_ms - wall_ms);
		buf_adds(&b, " ago");
	}
	show_line(p, name, PRINT_PLAIN, b.p);
}

/* The revision that a person pinned it by: the last adopt or amend. */
static const struct history_entry *
show_find_pin(const struct show *s)
{
	for (size_t i = s->history.entries.n; i-- > 0;) {
		const struct history_entry *e = &s->history.entries.v[i];

		if (e->event.kind == EVENT_ADOPT || e->event.kind == EVENT_AMEND)
			return e;
	}
	return NULL;
}

static void
show_pinned(struct print *p, const struct show *s)
{
	const struct ticket *t = &s->record->ticket;
	const struct history_entry *e = show_find_pin(s);

	if (!oid_is_set(t->pinned))
		return;
	if (t->pinned_by == 0) /* sent back */
		show_line(p, "reported", PRINT_PLAIN, t->pinned.hex);
	else if (t->pinned_by != TICKET_BY_PERSON)
		show_linef(
		    p, "reported", "%s by episode %u.%u", t->pinned.hex, t->id.n, t->pinned_by);
	else if (e == NULL)
		show_linef(p, "reported", "%s by a person", t->pinned.hex);
	else
		show_linef(p, "reported", "%s by a person: %s, %s (rev %llu)", t->pinned.hex,
		    e->event.actor, event_name(e->event.kind), (unsigned long long)e->rev);
}

/* The last one, or the one that is at it. */
static void
show_reviewer(struct print *p, const struct ticket *t)
{
	const struct episode *ep = &t->episode;

	if (ep->n != 0 && ep->role == ROLE_REVIEWER && oid_is_set(ep->review))
		show_linef(p, "reviewer", "episode %u.%u %s %s", t->id.n, ep->n,
		    ticket_is_open(t) ? "looks at" : "looked at", ep->review.hex);
}

/* What landed, where, on what, and in which way: what `fsck --git` looks for in the repository. */
static void
show_landing(struct print *p, const struct show *s)
{
	const struct ticket *t = &s->record->ticket;
	const char *base = s->record->spec.base ? s->record->spec.base : "-";
	const char *name = t->phase == PHASE_DONE ? "landed" : "merge";

	if (!oid_is_set(t->merge_commit))
		return;
	if (oid_eq(t->merge_commit, t->merge_from))
		show_linef(p, name, "%s had it already, at %s", base, t->merge_from.hex);
	else if (oid_eq(t->merge_commit, t->passed))
		show_linef(p, name, "%s as it is, on %s, which was at %s", t->merge_commit.hex,
		    base, t->merge_from.hex);
	else
		show_linef(p, name, "%s (%s) on %s, which was at %s", t->merge_commit.hex,
		    landing_name(t->landing ? t->landing : LANDING_MERGE), base, t->merge_from.hex);
}

/* What the last gate said, and where all of it is. */
static void
show_gate(struct print *p, const struct show *s)
{
	const struct history_entry *e = s->history.gate;
	_cleanup_(buf_release) struct buf b = BUF_INIT;

	if (e == NULL)
		return;
	buf_adds(&b, e->event.kind != EVENT_GATED ? "failed "
		     : e->event.is_preexisting    ? "let pass "
						  : "passed ");
	stamp_add_age(&b, s->facts.wall_ms - e->wall_ms);
	buf_addf(&b, " ago, on %.12s: %s", e->event.merge.hex, e->event.reason);
	show_line(p, "gate", PRINT_PLAIN, b.p);
	for (size_t i = 0; i < s->gate_logs.n; i++)
		show_line(p, i == 0 ? "gate logs" : "", PRINT_PLAIN, s->gate_logs.v[i]);
}

/* As status says it, without the look at the ticket that this is. */
static void
show_next(struct print *p, const struct show *s)
{
	_cleanup_(buf_release) struct buf look = BUF_INIT;
	const char *next = s->blocker.next.p;

	buf_addf(&look, "reeve show %u; then ", s->record->ticket.id.n);
	if (str_starts(str_of(next), look.p))
		next += look.len;
	show_line(p, "next", PRINT_BOLD, next);
}

static void
show_head(struct print *p, const struct show *s)
{
	const struct ticket *t = &s->record->ticket;
	const struct spec *spec = &s->record->spec;
	int64_t now = s->facts.wall_ms;

	print_words(p, "%u  ", t->id.n);
	print_text(p, PRINT_BOLD, str_of(spec->title));
	print_words(p, "\n");
	if (ticket_is_open(t))
		show_linef(p, "phase", "%s; episode %u.%u (%s, %s)", phase_name(t->phase), t->id.n,
		    t->episode.n, role_name(t->episode.role), episode_state_name(t->episode.state));
	else
		show_line(p, "phase", PRINT_PLAIN, phase_name(t->phase));
	if (t->want != WANT_RUN)
		show_line(p, "want", PRINT_PLAIN, want_name(t->want));
	show_line(
	    p, "waits for", s->blocker.needs_person ? PRINT_WARN : PRINT_PLAIN, s->blocker.text.p);
	show_next(p, s);
	if (t->cause[0] != '\0' && strstr(s->blocker.text.p, t->cause) == NULL)
		show_line(p, "cause", PRINT_PLAIN, t->cause);
	show_linef(p, "repository", "%s: %s -> %s", spec->repo ? spec->repo : "-",
	    spec->branch ? spec->branch : "-", spec->base ? spec->base : "-");
	show_line(p, "begins at", PRINT_PLAIN, spec->from);
	show_linef(p, "worktree", "%s%s", s->worktree.p, s->has_worktree ? "" : " (not there)");
	for (size_t i = 0; i < s->prepared.n; i++)
		show_line(p, i == 0 ? "prepared" : "", PRINT_PLAIN, s->prepared.v[i]);
	if (s->port > 0 && !phase_is_final(t->phase))
		show_linef(p, "port", "%u", s->port);
	show_line(p, "agent", PRINT_PLAIN, spec->agent);
	show_linef(p, "review", "%s, merge %s, priority %u", review_name(t->review),
	    merge_name(t->merge), t->priority);
	show_line(p, "mission", PRINT_PLAIN, spec->mission);
	show_line(p, "after", PRINT_PLAIN, spec->after);
	show_line(p, "notify", PRINT_PLAIN, spec->notify);
	show_time(p, "not before", t->not_before_wall_ms, now);
	show_pinned(p, s);
	show_reviewer(p, t);
	show_line(p, "passed", PRINT_PLAIN, t->passed.hex);
	show_gate(p, s);
	show_landing(p, s);
	if (t->deaths + t->reviewer_deaths + t->start_failures + t->cycles + t->reboots > 0)
		show_linef(p, "budgets",
		    "deaths %u of %d, of reviewers %u of %d, failed starts %u of %d, review rounds "
		    "%u of %d, reboots %u of %d",
		    t->deaths, TICKET_DEATHS_MAX, t->reviewer_deaths, TICKET_DEATHS_MAX,
		    t->start_failures, TICKET_STARTS_MAX, t->cycles, TICKET_CYCLES_MAX, t->reboots,
		    TICKET_REBOOTS_MAX);
	show_time(p, "created", t->created_wall_ms, now);
	show_time(p, "updated", t->updated_wall_ms, now);
	show_linef(p, "revision", "%llu", (unsigned long long)t->rev);
}

static void
show_section(struct print *p, const char *name)
{
	print_words(p, "\n");
	print_text(p, PRINT_BOLD, str_of(name));
	print_words(p, "\n");
}

static void
show_text(struct print *p, const char *name, const char *text)
{
	if (text == NULL || text[0] == '\0')
		return;
	show_section(p, name);
	print_lines(p, 4, str_of(text));
}

/* It has read that, in its inbox. */
static bool
show_is_read(const struct show *s, const struct history_entry *h)
{
	const struct ticket *t = &s->record->ticket;
	struct inbox_place place = inbox_of_episode(ticket_episode(t));
	struct root *r = &s->facts.cli->root;
	_cleanup_(buf_release) struct buf path = BUF_INIT;
	struct io_stat st;

	buf_addf(&path, "%s/read/%u.%llu.json", place.s, t->id.n, (unsigned long long)h->rev);
	return r->io->ops->stat(r->io, r->dir, path.p, &st) == 0;
}

/* What neither a brief has had yet nor the worker has read: told since the last start. */
static void
show_told(struct print *p, const struct show *s)
{
	const struct report_history *h = &s->history.entries;
	size_t from = h->n;
	bool has_heading = false;

	while (from > 0 && h->v[from - 1].event.kind != EVENT_START)
		from--;
	for (size_t i = from; i < h->n; i++) {
		_cleanup_(buf_release) struct buf text = BUF_INIT;

		if (h->v[i].event.kind != EVENT_TELL || show_is_read(s, &h->v[i]))
			continue;
		if (!has_heading)
			show_section(p, "told, not delivered: in the brief of the next start");
		has_heading = true;
		history_text(&h->v[i], &text);
		print_lines(p, 4, buf_str(&text));
	}
}

static void
show_conflicts(struct print *p, const struct show *s)
{
	unsigned id = s->record->ticket.id.n;

	if (s->forecast.pairs.n > 0)
		show_section(p, "will conflict");
	for (size_t i = 0; i < s->forecast.pairs.n; i++) {
		const struct report_conflict *c = &s->forecast.pairs.v[i];
		_cleanup_(buf_release) struct buf text = BUF_INIT;

		buf_addf(&text, "with %u, in ", c->first.n == id ? c->second.n : c->first.n);
		forecast_paths(c, &text);
		print_words(p, "    ");
		print_text(p, PRINT_WARN, buf_str(&text));
		print_words(p, "\n");
	}
	if (s->forecast.pairs.n > 0 && s->forecast.is_bounded)
		print_words(p, "    not all pairs of tickets were looked at\n");
}

void
show_print(struct print *p, const struct show *s)
{
	size_t n = s->history.episodes.n, lines = s->history.entries.n;
	const struct report_episode *last = show_last_end(s);

	show_head(p, s);
	if (last != NULL) {
		show_section(p, "how the last episode ended");
		show_outcome(p, s, last);
	}
	show_text(p, "description", s->record->spec.text);
	show_text(p, "question", s->question.p);
	show_text(p, "last feedback", s->feedback.p);
	show_told(p, s);
	show_conflicts(p, s);
	if (n > 0)
		show_section(p, "episodes, the last first");
	for (size_t i = n; i > 0 && i + SHOW_EPISODES > n; i--)
		show_episode(p, s, &s->history.episodes.v[i - 1]);
	if (s->refusals.n > 0)
		show_section(p, "refused signals");
	look_refusals_print(p, &s->facts, &s->refusals);
	show_section(p, "history");
	cli_history_print(p, &s->history, s->record->ticket.id,
	    lines > SHOW_HISTORY ? lines - SHOW_HISTORY : 0, false);
}
