/* SPDX-License-Identifier: GPL-2.0-only */
#include "base/base.h"

#include "codec/escape.h"
#include "codec/history_line.h"
#include "codec/ticket_text.h"

/* Whose revision it is: for a start the episode that it opens, else the open one. */
static struct episode_id
history_episode(const struct ticket *t, const struct event *e, const struct decision *d)
{
	uint32_t n = e->episode.n;

	if (e->kind == EVENT_START)
		n = d->next.episode.n;
	else if (n == 0 && !event_is_command(e->kind) && ticket_is_open(t))
		n = t->episode.n;
	return (struct episode_id){ d->next.id, n };
}

void
history_add(struct buf *history, const struct ticket *t, const struct event *e,
    const struct decision *d, const char *text)
{
	struct history_entry entry = { .rev = d->next.rev,
		.wall_ms = d->next.updated_wall_ms,
		.event = *e,
		.from = t->phase,
		.to = d->next.phase,
		.row = d->row };

	entry.event.episode = history_episode(t, e, d);
	entry.event.rule = e->rule ? e->rule : LIFECYCLE_RULE;
	if (entry.event.rule == 1)
		entry.event.rule = 0; /* as its lines are */
	history_line_add(history, &entry);
	if (text && *text)
		escape_add_text(history, "\t", str_of(text));
}

int
history_next(struct str *rest, struct history_entry *ret, struct err *err)
{
	_cleanup_(buf_release) struct buf text = BUF_INIT;
	struct history_entry entry;
	struct str after = *rest, line, next;
	bool is_first = true;

	if (rest->len == 0)
		return err_set(err, ERR_NOTFOUND, "the history ends here");
	if (!str_cut(&after, '\n', &line))
		return err_set(err, ERR_INVALID, "history: the last line is cut off");
	if (history_line_parse(line, &entry, err) < 0)
		return ERR_INVALID;
	entry.line = line;
	entry.text = str_n(after.p, 0);
	while (str_starts(after, "\t")) {
		if (!str_cut(&after, '\n', &next))
			return err_set(err, ERR_INVALID,
			    "history: the text of revision %llu is cut off",
			    (unsigned long long)entry.rev);
		if (!escape_parse_text_line(str_n(next.p + 1, next.len - 1), is_first, &text))
			return err_set(err, ERR_INVALID,
			    "history: a line of the text of revision %llu is not as reeve "
			    "writes it",
			    (unsigned long long)entry.rev);
		is_first = false;
	}
	entry.text.len = (size_t)(after.p - entry.text.p);
	if (entry.text.len > 0 && text.len == 0)
		return err_set(err, ERR_INVALID, "history: revision %llu has an empty text",
		    (unsigned long long)entry.rev);
	*rest = after;
	*ret = entry;
	return 0;
}

void
history_text(const struct history_entry *e, struct buf *ret)
{
	struct str rest = e->text, line;
	bool is_first = true;

	while (str_cut(&rest, '\n', &line)) {
		if (line.len == 0 || line.p[0] != '\t' ||
		    !escape_parse_text_line(str_n(line.p + 1, line.len - 1), is_first, ret))
			BUG("a history entry that history_next() did not make");
		is_first = false;
	}
}
