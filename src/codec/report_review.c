/* SPDX-License-Identifier: GPL-2.0-only */
/* What `reeve review --json` prints. */
#include "base/base.h"

#include "codec/report_parts.h"

#include "codec/comment.h"

static json_t *
report_comments(const struct comments *l)
{
	json_t *list = json_array();

	for (size_t i = 0; i < l->n; i++) {
		const struct comment_at *c = &l->v[i];
		json_t *o = json_object();

		report_number(o, "rev", c->rev, true);
		report_time(o, "at", c->wall_ms);
		report_text(o, "actor", c->actor);
		report_text(o, "commit", c->commit.hex);
		report_text_n(o, "file", c->comment.file);
		report_number(o, "line", c->comment.from, c->comment.from > 0);
		report_number(o, "last_line", c->comment.to, c->comment.from > 0);
		report_text_n(o, "quote", c->comment.quote);
		report_text_n(o, "text", c->comment.words);
		report_push(list, o);
	}
	return list;
}

static json_t *
report_reported(struct ticket_id id, const struct history_entry *e)
{
	json_t *o = json_object();

	report_number(o, "rev", e->rev, true);
	report_time(o, "at", e->wall_ms);
	report_text(o, "actor", e->event.actor);
	report_text(o, "event", event_name(e->event.kind));
	report_episode_id(o, "episode",
	    (struct episode_id){ id, e->event.kind == EVENT_DONE || e->event.kind == EVENT_REVIEW
					 ? e->event.episode.n
					 : 0 });
	return o;
}

void
report_review(const struct report_review *r, struct buf *ret)
{
	json_t *o;

	report_begin();
	o = report_one_ticket(&r->ticket);
	report_put(o, "waits_for_verdict", json_boolean(r->is_waiting));
	report_text(o, "start", r->start.hex);
	report_put(o, "reported",
	    r->reported != NULL ? report_reported(r->ticket.record->ticket.id, r->reported)
				: json_null());
	report_text(o, "summary", r->summary);
	report_put(o, "comments", report_comments(r->comments));
	report_dump(o, JSON_INDENT(1), ret);
	buf_addch(ret, '\n');
}
