/* SPDX-License-Identifier: GPL-2.0-only */
/* What `reeve status --json` prints. */
#include "base/base.h"

#include "codec/report_parts.h"

static json_t *
report_breakers(const struct report_breaker *v, size_t n)
{
	json_t *list = json_array();

	for (size_t i = 0; i < n; i++) {
		json_t *o = json_object();

		report_text(o, "blame", blame_name(v[i].blame));
		report_text(o, "name", v[i].name);
		report_number(o, "failures", v[i].failures, true);
		report_number(o, "ticket", v[i].ticket.n, v[i].ticket.n != 0);
		report_text(o, "cause", v[i].cause);
		report_time(o, "next_try", v[i].next_wall_ms);
		report_push(list, o);
	}
	return list;
}

static void
report_conflicts(json_t *o, const struct report_conflict *v, size_t n, bool is_partial)
{
	json_t *list = json_array();

	for (size_t i = 0; i < n; i++) {
		json_t *c = json_object(), *tickets = json_array();

		report_push(tickets, json_integer(v[i].first.n));
		report_push(tickets, json_integer(v[i].second.n));
		report_put(c, "tickets", tickets);
		report_text(c, "repo", v[i].repo);
		report_strings(c, "paths", &v[i].paths);
		report_number(c, "more", v[i].n_more, true);
		report_push(list, c);
	}
	report_put(o, "conflicts", list);
	report_put(o, "conflicts_complete", json_boolean(!is_partial));
}

static json_t *
report_unread(const struct report_unread *v, size_t n)
{
	json_t *list = json_array();

	for (size_t i = 0; i < n; i++) {
		json_t *o = json_object();

		report_text(o, "to", v[i].to);
		report_put(o, "worker", json_boolean(v[i].is_worker));
		report_number(o, "unread", v[i].n, true);
		report_time(o, "since", v[i].since_wall_ms);
		report_push(list, o);
	}
	return list;
}

void
report_status(const struct report_status *s, struct buf *ret)
{
	json_t *o, *supervisor, *tickets, *bad, *check;

	report_begin();
	o = json_object();
	supervisor = json_object();
	tickets = json_array();
	bad = json_array();
	report_put(supervisor, "running", json_boolean(s->has_supervisor));
	report_number(supervisor, "pid", (uint64_t)s->supervisor_pid, s->supervisor_pid > 0);
	report_put(o, "supervisor", supervisor);
	report_put(o, "kill", json_boolean(s->is_killed));
	report_put(o, "stop", json_boolean(s->is_stopped));
	report_number(o, "waiting", s->waiting, true);
	for (size_t i = 0; i < s->n_tickets; i++)
		report_push(tickets, report_one_ticket(&s->tickets[i]));
	report_put(o, "tickets", tickets);
	report_put(o, "refused", report_refusals(s->refused, s->n_refused));
	for (size_t i = 0; i < s->n_bad; i++) {
		json_t *b = json_object();

		report_number(b, "ticket", s->bad[i].ticket.n, true);
		report_text(b, "why", s->bad[i].why);
		report_push(bad, b);
	}
	report_put(o, "unreadable", bad);
	check = json_object();
	report_time(check, "at", s->checked_wall_ms);
	report_number(check, "findings", s->check_findings, s->checked_wall_ms > 0);
	report_put(o, "check", check);
	report_put(o, "breakers", report_breakers(s->breakers, s->n_breakers));
	report_conflicts(o, s->conflicts, s->n_conflicts, s->is_partial);
	report_put(o, "unread", report_unread(s->unread, s->n_unread));
	report_dump(o, JSON_INDENT(1), ret);
	buf_addch(ret, '\n');
}
