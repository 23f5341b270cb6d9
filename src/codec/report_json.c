/* SPDX-License-Identifier: GPL-2.0-only */
#include "base/base.h"

#include "codec/report_json.h"

#include "base/clean.h"
#include "codec/choice.h"
#include "codec/report_parts.h"
#include "codec/stamp.h"

/* jansson's allocations die as ours do. */
void
report_begin(void)
{
	json_set_alloc_funcs(xmalloc, free);
}

void
report_put(json_t *o, const char *key, json_t *v)
{
	if (v == NULL || json_object_set_new(o, key, v) < 0)
		BUG("report: key %s cannot be set", key);
}

void
report_push(json_t *list, json_t *v)
{
	if (v == NULL || json_array_append_new(list, v) < 0)
		BUG("report: a list cannot grow");
}

/* "" and NULL are both "not known". */
void
report_text_n(json_t *o, const char *key, struct str s)
{
	_cleanup_(buf_release) struct buf clean = BUF_INIT;

	if (s.p == NULL || s.len == 0) {
		report_put(o, key, json_null());
		return;
	}
	if (!str_is_utf8(s) || memchr(s.p, '\0', s.len) != NULL) {
		clean_add(&clean, s, true);
		s = buf_str(&clean);
	}
	report_put(o, key, json_stringn(s.p, s.len));
}

void
report_text(json_t *o, const char *key, const char *s)
{
	report_text_n(o, key, str_of(s));
}

void
report_time(json_t *o, const char *key, int64_t wall_ms)
{
	_cleanup_(buf_release) struct buf b = BUF_INIT;

	if (wall_ms > 0)
		stamp_add(&b, wall_ms);
	report_text_n(o, key, buf_str(&b));
}

void
report_number(json_t *o, const char *key, uint64_t n, bool is_known)
{
	report_put(o, key, is_known ? json_integer((json_int_t)n) : json_null());
}

void
report_episode_id(json_t *o, const char *key, struct episode_id ep)
{
	char text[32] = "";

	if (ep.n != 0)
		snprintf(text, sizeof text, "%u.%u", ep.ticket.n, ep.n);
	report_text(o, key, text);
}

void
report_strings(json_t *o, const char *key, const struct strvec *list)
{
	json_t *v = json_array();

	for (size_t i = 0; i < list->n; i++) {
		_cleanup_(buf_release) struct buf clean = BUF_INIT;
		const char *s = list->v[i];

		if (!str_is_utf8(str_of(s))) {
			clean_add(&clean, str_of(s), true);
			s = clean.p;
		}
		report_push(v, json_string(s));
	}
	report_put(o, key, v);
}

static json_t *
report_blocker(const struct blocker *b)
{
	json_t *o = json_object();

	report_text(o, "owner", b->owner);
	report_put(o, "needs_person", json_boolean(b->needs_person));
	report_put(o, "global", json_boolean(b->is_global));
	report_text_n(o, "text", buf_str(&b->text));
	report_text_n(o, "next", buf_str(&b->next));
	report_time(o, "since", b->text.len > 0 ? b->since_wall_ms : 0);
	return o;
}

json_t *
report_one_ticket(const struct report_ticket *rt)
{
	const struct ticket *t = &rt->record->ticket;
	const struct spec *s = &rt->record->spec;
	_cleanup_(strvec_release) struct strvec choices = STRVEC_INIT;
	json_t *o = json_object();

	report_number(o, "id", t->id.n, true);
	report_number(o, "rev", t->rev, true);
	report_text(o, "phase", phase_name(t->phase));
	report_text(o, "want", want_name(t->want));
	report_text(o, "title", s->title);
	report_text(o, "repo", s->repo);
	report_text(o, "base", s->base);
	report_text(o, "from", s->from);
	report_text(o, "branch", s->branch);
	report_text(o, "agent", s->agent);
	report_text(o, "review", review_name(t->review));
	report_text(o, "merge", merge_name(t->merge));
	report_number(o, "priority", t->priority, true);
	report_text(o, "mission", s->mission);
	report_text(o, "after", s->after);
	report_time(o, "not_before", t->not_before_wall_ms);
	report_episode_id(o, "episode", ticket_episode(t));
	report_text(o, "episode_state", episode_state_name(t->episode.state));
	report_text(o, "role", ticket_is_open(t) ? role_name(t->episode.role) : NULL);
	report_text(o, "pinned", t->pinned.hex);
	report_text(o, "passed", t->passed.hex);
	report_text(o, "merge_commit", t->merge_commit.hex);
	report_number(o, "deaths", t->deaths, true);
	report_number(o, "cycles", t->cycles, true);
	report_text(o, "cause", t->cause);
	report_time(o, "created", t->created_wall_ms);
	report_time(o, "updated", t->updated_wall_ms);
	report_put(o, "blocker", report_blocker(rt->blocker));
	(void)choices_open(rt->record, NULL, &choices);
	report_strings(o, "choices", &choices);
	return o;
}

static json_t *
report_one_outcome(const struct report_outcome *oc)
{
	json_t *o = json_object();

	report_text(o, "status", oc->status);
	report_text(o, "summary", oc->summary);
	report_text(o, "root_cause", oc->root_cause);
	report_put(o, "safe_retry", json_boolean(oc->safe_retry));
	report_text(o, "stop_condition", oc->stop_condition);
	report_text(o, "human_input_required", oc->human_input);
	report_strings(o, "next_actions", &oc->next_actions);
	report_strings(o, "artifacts", &oc->artifacts);
	return o;
}

static json_t *
report_episodes(struct ticket_id id, const struct report_episode *v, size_t n)
{
	json_t *list = json_array();

	for (size_t i = 0; i < n; i++) {
		json_t *o = json_object();

		report_episode_id(o, "id", (struct episode_id){ id, v[i].n });
		report_text(o, "role", role_name(v[i].role));
		report_text(o, "state",
		    v[i].state == EPISODE_NONE ? "closed" : episode_state_name(v[i].state));
		report_time(o, "opened", v[i].opened_wall_ms);
		report_time(o, "closed", v[i].closed_wall_ms);
		report_text(o, "ending", ending_name(v[i].ending));
		report_text_n(o, "reason", v[i].reason);
		report_text(o, "exit", v[i].exit);
		report_text(o, "agent", v[i].agent);
		report_text(o, "session", v[i].session);
		report_text(o, "continues", v[i].continues);
		report_put(o, "outcome",
		    v[i].outcome != NULL ? report_one_outcome(v[i].outcome) : json_null());
		report_push(list, o);
	}
	return list;
}

json_t *
report_refusals(const struct report_refused *v, size_t n)
{
	json_t *list = json_array();

	for (size_t i = 0; i < n; i++) {
		json_t *o = json_object();

		report_text(o, "name", v[i].name);
		report_number(o, "ticket", v[i].ticket.n, v[i].ticket.n != 0);
		report_text(o, "kind", v[i].kind);
		report_text(o, "reason", refusal_name(v[i].why));
		report_text(o, "text", v[i].text);
		report_text(o, "from", v[i].from);
		report_time(o, "at", v[i].at_wall_ms);
		report_text(o, "commit", v[i].commit.hex);
		report_number(o, "adopted", v[i].adopted_rev, v[i].adopted_rev != 0);
		report_push(list, o);
	}
	return list;
}

static json_t *
report_entries(const struct report_history *h)
{
	json_t *list = json_array();

	for (size_t i = 0; i < h->n; i++) {
		_cleanup_(buf_release) struct buf text = BUF_INIT;
		const struct history_entry *e = &h->v[i];
		json_t *o = json_object();

		history_text(e, &text);
		report_number(o, "rev", e->rev, true);
		report_time(o, "at", e->wall_ms);
		report_text(o, "actor", e->event.actor);
		report_text(o, "event", event_name(e->event.kind));
		report_text(o, "from", phase_name(e->from));
		report_text(o, "to", phase_name(e->to));
		report_episode_id(o, "episode", e->event.episode);
		report_text(o, "signal", e->event.sig.s);
		report_text(o, "commit", e->event.commit.hex);
		report_text(o, "reason", e->event.reason);
		report_text_n(o, "text", buf_str(&text));
		report_push(list, o);
	}
	return list;
}

/* jansson leaves DEL as it is.  It can only be inside of a string. */
static int
report_append(const char *p, size_t n, void *buf)
{
	struct str rest = str_n(p, n), head;

	while (str_cut(&rest, '\x7f', &head)) {
		buf_add_str(buf, head);
		buf_adds(buf, "\\u007f");
	}
	buf_add_str(buf, head);
	return 0;
}

/* Takes v. */
void
report_dump(json_t *v, size_t flags, struct buf *ret)
{
	if (json_dump_callback(v, report_append, ret, flags | JSON_ENSURE_ASCII) < 0)
		BUG("report: a document of ours cannot be written");
	json_decref(v);
}

void
report_tickets(const struct report_ticket *v, size_t n, struct buf *ret)
{
	report_begin();
	buf_addch(ret, '[');
	for (size_t i = 0; i < n; i++) {
		buf_adds(ret, i == 0 ? "\n" : ",\n");
		report_dump(report_one_ticket(&v[i]), JSON_COMPACT, ret);
	}
	buf_adds(ret, n == 0 ? "]\n" : "\n]\n");
}

/* result: passed, failed; known: as the target does without it.  Both may be. */
static json_t *
report_gate(const struct report_show *s)
{
	const struct event *e;
	json_t *o;

	if (s->gate == NULL)
		return json_null();
	e = &s->gate->event;
	o = json_object();
	report_text(o, "result", e->kind == EVENT_GATED ? "passed" : "failed");
	report_put(o, "known", json_boolean(e->is_preexisting));
	report_time(o, "at", s->gate->wall_ms);
	report_text(o, "commit", e->merge.hex);
	report_text(o, "tree", e->tree.hex);
	report_text(o, "reason", e->reason);
	report_strings(o, "logs", s->gate_logs);
	return o;
}

void
report_show(const struct report_show *s, struct buf *ret)
{
	json_t *o;

	report_begin();
	o = report_one_ticket(&s->ticket);
	report_text(o, "description", s->ticket.record->spec.text);
	report_text(o, "worktree", s->worktree);
	report_put(o, "worktree_exists", json_boolean(s->has_worktree));
	report_number(o, "port", s->port, s->port > 0);
	if (s->prepared)
		report_strings(o, "prepared", s->prepared);
	report_text(o, "question", s->question);
	report_text(o, "feedback", s->feedback);
	report_put(o, "gate", report_gate(s));
	report_put(o, "episodes",
	    report_episodes(s->ticket.record->ticket.id, s->episodes, s->n_episodes));
	report_put(o, "refused", report_refusals(s->refused, s->n_refused));
	report_put(o, "history", report_entries(s->history));
	report_dump(o, JSON_INDENT(1), ret);
	buf_addch(ret, '\n');
}

void
report_findings(const struct report_finding *v, size_t n, struct buf *ret)
{
	report_begin();
	buf_addch(ret, '[');
	for (size_t i = 0; i < n; i++) {
		json_t *o = json_object();

		report_text(o, "invariant", v[i].invariant);
		report_number(o, "ticket", v[i].ticket, v[i].ticket != 0);
		report_text(o, "path", v[i].path);
		report_text(o, "text", v[i].text);
		report_text(o, "next", v[i].next);
		buf_adds(ret, i == 0 ? "\n" : ",\n");
		report_dump(o, JSON_COMPACT, ret);
	}
	buf_adds(ret, n == 0 ? "]\n" : "\n]\n");
}

void
report_left(const struct report_left *v, size_t n, struct buf *ret)
{
	report_begin();
	buf_addch(ret, '[');
	for (size_t i = 0; i < n; i++) {
		json_t *o = json_object();

		report_text(o, "repo", v[i].repo);
		report_number(o, "ticket", v[i].ticket.n, v[i].ticket.n != 0);
		report_text(o, "phase", v[i].phase ? phase_name(v[i].phase) : NULL);
		report_text(o, "kind", v[i].kind);
		report_text(o, "name", v[i].name);
		report_text(o, "commit", oid_is_set(v[i].commit) ? v[i].commit.hex : NULL);
		report_number(o, "bytes", v[i].bytes, v[i].bytes >= 0);
		report_put(o, "bytes_partial", json_boolean(v[i].is_partial));
		report_number(o, "changes", v[i].changes, v[i].changes >= 0);
		report_number(o, "commits", v[i].commits, v[i].commits >= 0);
		report_time(o, "since", v[i].since_wall_ms);
		report_put(o, "landed", json_boolean(v[i].is_landed));
		report_text(o, "why", v[i].why);
		buf_adds(ret, i == 0 ? "\n" : ",\n");
		report_dump(o, JSON_COMPACT, ret);
	}
	buf_adds(ret, n == 0 ? "]\n" : "\n]\n");
}

static json_t *
report_mission_keys(const struct report_mission *m)
{
	json_t *o = json_object();

	report_text(o, "mission", m->name);
	report_number(o, "done", m->done, true);
	report_number(o, "total", m->total, true);
	report_number(o, "cancelled", m->cancelled, true);
	report_number(o, "live", m->live, true);
	report_number(o, "waiting", m->waiting, true);
	return o;
}

void
report_missions(const struct report_mission *v, size_t n, struct buf *ret)
{
	json_t *list;

	report_begin();
	list = json_array();
	for (size_t i = 0; i < n; i++)
		report_push(list, report_mission_keys(&v[i]));
	report_dump(list, JSON_INDENT(1), ret);
	buf_addch(ret, '\n');
}

void
report_mission(
    const struct report_mission *m, const struct report_ticket *tickets, size_t n, struct buf *ret)
{
	json_t *o, *list;

	report_begin();
	o = report_mission_keys(m);
	list = json_array();
	for (size_t i = 0; i < n; i++)
		report_push(list, report_one_ticket(&tickets[i]));
	report_put(o, "tickets", list);
	report_dump(o, JSON_INDENT(1), ret);
	buf_addch(ret, '\n');
}
