/* SPDX-License-Identifier: GPL-2.0-only */
/* What a person reads before a verdict: one document, from what is asked to what was changed. */
#include "base/base.h"

#include "cli/cli_review.h"

#include "codec/report_json.h"
#include "codec/stamp.h"

static void
review_line(struct print *p, const char *name, enum print_style style, const char *value)
{
	if (value == NULL || value[0] == '\0')
		return;
	print_words(p, "%-11s", name);
	print_text(p, style, str_of(value));
	print_words(p, "\n");
}

static void
review_section(struct print *p, const char *name)
{
	print_words(p, "\n");
	print_text(p, PRINT_BOLD, str_of(name));
	print_words(p, "\n");
}

static void
review_who(const struct reviewed *r, struct buf *ret)
{
	const struct ticket *t = &r->record->ticket;
	const struct history_entry *e = r->reported;

	buf_adds(ret, t->pinned.hex);
	if (e == NULL)
		return;
	if (e->event.kind == EVENT_ADOPT || e->event.kind == EVENT_AMEND)
		buf_addf(ret, " by %s (%s)", e->event.actor, event_name(e->event.kind));
	else
		buf_addf(ret, " by episode %u.%u", t->id.n, e->event.episode.n);
	buf_adds(ret, ", ");
	stamp_add_age(ret, r->facts.wall_ms - e->wall_ms);
	buf_adds(ret, " ago");
}

/* What to type, when it is a person's turn. */
static void
review_next(const struct reviewed *r, struct buf *ret)
{
	unsigned id = r->record->ticket.id.n;

	if (!r->is_waiting) {
		buf_adds(ret, r->blocker.next.p);
		return;
	}
	buf_addf(ret, "reeve pass %u, or reeve comment %u FILE:LINE -m TEXT and then reeve fail %u",
	    id, id, id);
}

static void
review_head(struct print *p, const struct reviewed *r)
{
	const struct ticket *t = &r->record->ticket;
	const struct spec *s = &r->record->spec;
	_cleanup_(buf_release) struct buf who = BUF_INIT, next = BUF_INIT, base = BUF_INIT;

	print_words(p, "%u  ", t->id.n);
	print_text(p, PRINT_BOLD, str_of(s->title));
	print_words(p, "\n");
	review_line(p, "phase", PRINT_PLAIN, phase_name(t->phase));
	review_line(p, "waits for", r->is_waiting ? PRINT_WARN : PRINT_PLAIN, r->blocker.text.p);
	if (!r->is_waiting)
		review_line(
		    p, "note", PRINT_WARN, "it does not wait for a person's verdict just now");
	review_who(r, &who);
	review_line(p, "reported", PRINT_PLAIN, who.p);
	buf_addf(&base, "%s: %s -> %s", s->repo ? s->repo : "-", s->branch ? s->branch : "-",
	    s->base ? s->base : "-");
	if (oid_is_set(r->start))
		buf_addf(&base, ", from %.12s", r->start.hex);
	review_line(p, "repository", PRINT_PLAIN, base.p);
	if (t->cycles > 0) {
		buf_clear(&base);
		buf_addf(&base, "%u of %d", t->cycles, TICKET_CYCLES_MAX);
		review_line(p, "sent back", PRINT_PLAIN, base.p);
	}
	review_next(r, &next);
	review_line(p, "next", PRINT_BOLD, next.p);
}

static void
review_feedback(struct print *p, const struct reviewed *r)
{
	bool has_heading = false;

	for (size_t i = 0; i < r->history.entries.n; i++) {
		const struct history_entry *e = &r->history.entries.v[i];
		enum event_kind kind = e->event.kind;
		_cleanup_(buf_release) struct buf text = BUF_INIT, head = BUF_INIT;

		if (kind != EVENT_FAIL && kind != EVENT_REJECT && kind != EVENT_CONFLICT &&
		    kind != EVENT_GATE_FAILED)
			continue;
		if (!has_heading)
			review_section(p, "what was said before");
		has_heading = true;
		buf_addf(
		    &head, "  revision %llu, %s: ", (unsigned long long)e->rev, e->event.actor);
		cli_history_words(e, r->record->ticket.id, &head);
		print_text(p, PRINT_PLAIN, buf_str(&head));
		print_words(p, "\n");
		history_text(e, &text);
		print_lines(p, 4, buf_str(&text));
	}
}

static void
review_comments(struct print *p, const struct reviewed *r)
{
	if (r->comments.n > 0)
		review_section(p, "comments");
	for (size_t i = 0; i < r->comments.n; i++) {
		const struct comment_at *c = &r->comments.v[i];
		_cleanup_(buf_release) struct buf head = BUF_INIT;

		buf_addf(&head, "%.*s, ", STR_FMT(c->comment.file));
		comment_add_lines(&c->comment, &head);
		buf_addf(&head, " (revision %llu, %s", (unsigned long long)c->rev, c->actor);
		if (!oid_eq(c->commit, r->record->ticket.pinned))
			buf_addf(&head, ", of the commit %.12s", c->commit.hex);
		buf_addch(&head, ')');
		print_words(p, "  ");
		print_text(p, PRINT_PLAIN, buf_str(&head));
		print_words(p, "\n");
		print_lines(p, 4, c->comment.quote);
		print_lines(p, 4, c->comment.words);
	}
}

static void
review_gates(struct print *p, const struct reviewed *r)
{
	const struct history_entry *e = r->history.gate;

	if (e != NULL) {
		_cleanup_(buf_release) struct buf said = BUF_INIT;

		buf_addf(&said, "%s (revision %llu)", e->event.reason, (unsigned long long)e->rev);
		review_section(p, e->event.kind != EVENT_GATED ? "the gate failed"
				  : e->event.is_preexisting    ? "the gate failed, and was let pass"
							       : "the gates passed");
		print_words(p, "    ");
		print_text(p, PRINT_PLAIN, buf_str(&said));
		print_words(p, "\n");
	}
	for (size_t i = 0; i < r->gates.n; i++) {
		const struct review_gate *g = &r->gates.v[i];
		_cleanup_(buf_release) struct buf head = BUF_INIT;

		buf_addf(&head, "gate log: %s%s", g->path, g->is_cut ? ", its last lines" : "");
		review_section(p, head.p);
		print_lines(p, 4, buf_str(&g->tail));
	}
}

static void
review_log(struct print *p, const struct reviewed *r)
{
	struct str rest = buf_str(&r->log), line;

	review_section(p, "commits");
	while (str_cut(&rest, '\n', &line) || line.len > 0) {
		print_words(p, line.len > 0 ? "  " : "");
		print_line(p, str_starts(line, "commit ") ? PRINT_WARN : PRINT_PLAIN, line);
	}
	if (r->is_log_cut)
		print_words(p, "  (there are more)\n");
}

/* "@@ -12,3 +12,4 @@": how many lines of each side. */
static bool
diff_read_side(struct str *rest, char mark, uint32_t *ret)
{
	struct str word, number;

	if (!str_cut(rest, ' ', &word) || word.len < 2 || word.p[0] != mark)
		return false;
	word = str_n(word.p + 1, word.len - 1);
	*ret = 1;
	return !str_cut(&word, ',', &number) || str_u32(word, ret);
}

enum diff_line
diff_read(struct diff_reader *r, struct str line)
{
	char mark = line.len > 0 ? line.p[0] : ' ';
	struct str rest = line;

	if (r->before == 0 && r->after == 0 && mark != '\\') {
		r->is_patch |= str_starts(line, "diff --git ");
		if (!r->is_patch)
			return DIFF_SAME;
		if (!str_starts(line, "@@ "))
			return DIFF_HEAD;
		rest = str_n(line.p + 3, line.len - 3);
		if (!diff_read_side(&rest, '-', &r->before) ||
		    !diff_read_side(&rest, '+', &r->after))
			r->before = r->after = 0;
		return DIFF_HUNK;
	}
	r->before -= r->before > 0 && (mark == '-' || mark == ' ');
	r->after -= r->after > 0 && (mark == '+' || mark == ' ');
	return mark == '-' ? DIFF_REMOVED : mark == '+' ? DIFF_ADDED : DIFF_SAME;
}

static void
review_diff(struct print *p, const struct reviewed *r)
{
	static const enum print_style styles[] = { [DIFF_HEAD] = PRINT_BOLD,
		[DIFF_HUNK] = PRINT_DIM,
		[DIFF_SAME] = PRINT_PLAIN,
		[DIFF_ADDED] = PRINT_GOOD,
		[DIFF_REMOVED] = PRINT_BAD };
	struct diff_reader reader = { .is_patch = false };
	struct str rest = buf_str(&r->diff), line;

	review_section(p, "changes");
	while (str_cut(&rest, '\n', &line) || line.len > 0)
		print_line(p, styles[diff_read(&reader, line)], line);
	if (r->diff.len == 0)
		print_words(p, "  none\n");
	if (r->is_diff_cut)
		print_words(p, "\n(that is not all: `reeve diff %u` shows the whole of it)\n",
		    r->record->ticket.id.n);
}

static void
review_text(struct print *p, const char *name, const char *text)
{
	if (text == NULL || text[0] == '\0')
		return;
	review_section(p, name);
	print_lines(p, 4, str_of(text));
}

void
review_print(struct print *p, const struct reviewed *r, bool is_stat)
{
	review_head(p, r);
	review_text(p, "what was asked", r->record->spec.text);
	review_text(p, "what its author says", r->summary.p);
	review_feedback(p, r);
	review_comments(p, r);
	review_gates(p, r);
	review_log(p, r);
	review_diff(p, r);
	if (is_stat)
		print_words(p, "\n(without --stat the changes follow here, line by line)\n");
}

void
review_json(struct print *p, const struct reviewed *r)
{
	const struct report_review report = {
		.ticket = { r->record, &r->blocker },
		.is_waiting = r->is_waiting,
		.start = r->start,
		.reported = r->reported,
		.summary = r->summary.p,
		.comments = &r->comments,
	};

	report_review(&report, &p->out);
}
