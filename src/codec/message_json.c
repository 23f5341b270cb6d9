/* SPDX-License-Identifier: GPL-2.0-only */
#include "base/base.h"

#include "codec/message_json.h"

#include "codec/report_parts.h"
#include "codec/stamp.h"

#define MESSAGE_DEPTH   2
#define MESSAGE_REFUSED "refused."

void
message_release(struct message *m)
{
	free(m->to);
	free(m->mission);
	free(m->title);
	free(m->summary);
	free(m->next);
	*m = (struct message){ NULL };
}

/* Whole characters of it. */
static void
message_put_cut(json_t *o, const char *key, const char *s)
{
	_cleanup_(buf_release) struct buf b = BUF_INIT;
	size_t n = MESSAGE_TEXT_MAX;

	if (s == NULL || strlen(s) <= n) {
		json_put_text(o, key, s);
		return;
	}
	while (n > 0 && (s[n] & 0xc0) == 0x80)
		n--;
	buf_add(&b, s, n);
	buf_adds(&b, "...");
	json_put_text(o, key, b.p);
}

void
message_dump(const struct message *m, struct buf *ret)
{
	_cleanup_(buf_release) struct buf time = BUF_INIT;
	_cleanup_(json_drop) json_t *o = json_new();

	stamp_add(&time, m->wall_ms);
	json_put_int(o, "reeve", 1);
	json_put_text(o, "to", m->to);
	json_put_int(o, "ticket", m->ticket.n);
	if (m->rev > 0)
		json_put_int(o, "rev", (int64_t)m->rev);
	json_put_text(o, "event", message_name(m->kind));
	if (m->signal.s[0]) {
		json_put_text(o, "signal", m->signal.s);
		json_put_text(o, "why", refusal_name(m->why));
	}
	json_put_text(o, "phase", phase_name(m->phase));
	json_put_text(o, "mission", m->mission);
	message_put_cut(o, "title", m->title);
	message_put_cut(o, "summary", m->summary);
	json_put_text(o, "next", m->next);
	json_put_text(o, "time", time.p);
	json_add(o, true, ret);
}

static int
message_take_text(const json_t *o, const char *key, char **ret, struct err *err)
{
	struct str s;

	if (json_get_str(o, key, &s, err) < 0)
		return ERR_INVALID;
	if (s.p != NULL)
		*ret = xstrndup(s.p, s.len);
	return 0;
}

static int
message_take(const json_t *o, struct message *m, struct err *err)
{
	int64_t version = 0, ticket = 0, rev = 0;
	struct str event, phase, time, signal, why;
	bool has_version, has_ticket, has_rev;

	if (json_get_int(o, "reeve", 1, 1, &has_version, &version, err) < 0 ||
	    json_get_int(o, "ticket", 1, ID_TICKET_MAX, &has_ticket, &ticket, err) < 0 ||
	    json_get_int(o, "rev", 1, INT64_MAX, &has_rev, &rev, err) < 0 ||
	    json_get_str(o, "event", &event, err) < 0 ||
	    json_get_str(o, "phase", &phase, err) < 0 || json_get_str(o, "time", &time, err) < 0 ||
	    json_get_str(o, "signal", &signal, err) < 0 || json_get_str(o, "why", &why, err) < 0 ||
	    message_take_text(o, "to", &m->to, err) < 0 ||
	    message_take_text(o, "mission", &m->mission, err) < 0 ||
	    message_take_text(o, "title", &m->title, err) < 0 ||
	    message_take_text(o, "summary", &m->summary, err) < 0 ||
	    message_take_text(o, "next", &m->next, err) < 0)
		return ERR_INVALID;
	if (!has_version || !has_ticket || !message_parse(event, &m->kind) ||
	    !phase_parse(phase, &m->phase) || !stamp_parse(time, &m->wall_ms) ||
	    (signal.p != NULL && !signal_id_parse(signal, &m->signal)) ||
	    (signal.p != NULL && !refusal_parse(why, &m->why)) || has_rev == (signal.p != NULL))
		return err_set(err, ERR_INVALID,
		    "it lacks reeve, ticket, rev, event, phase or time, or one is no such thing");
	m->ticket.n = (uint32_t)ticket;
	m->rev = (uint64_t)rev;
	return 0;
}

int
message_load(struct str bytes, struct message *ret, struct err *err)
{
	_cleanup_(json_drop) json_t *o = NULL;
	struct message m = { NULL };

	if (json_open(bytes, MESSAGE_DEPTH, &o, err) < 0 || message_take(o, &m, err) < 0) {
		message_release(&m);
		return ERR_INVALID;
	}
	*ret = m;
	return 0;
}

void
message_file(const struct message *m, char ret[MESSAGE_NAME_MAX])
{
	if (m->rev > 0)
		(void)snprintf(
		    ret, MESSAGE_NAME_MAX, "%u.%llu.json", m->ticket.n, (unsigned long long)m->rev);
	else
		(void)snprintf(ret, MESSAGE_NAME_MAX, "%u." MESSAGE_REFUSED "%s.json", m->ticket.n,
		    m->signal.s);
}

bool
message_file_parse(struct str name, struct ticket_id *ret, uint64_t *ret_rev)
{
	struct str rest = name, ticket;
	struct signal_id id;

	*ret_rev = 0;
	if (name.len < 6 || !str_eq(str_n(name.p + name.len - 5, 5), STR(".json")))
		return false;
	rest.len -= 5;
	if (!str_cut(&rest, '.', &ticket) || !ticket_id_parse(ticket, ret))
		return false;
	if (str_starts(rest, MESSAGE_REFUSED))
		return signal_id_parse(str_n(rest.p + sizeof MESSAGE_REFUSED - 1,
					   rest.len - (sizeof MESSAGE_REFUSED - 1)),
		    &id);
	return rest.len > 0 && rest.p[0] != '0' && str_u64(rest, ret_rev);
}

static json_t *
message_report_one(const struct message *m)
{
	json_t *o;
	char name[MESSAGE_NAME_MAX];

	message_file(m, name);
	name[strlen(name) - strlen(".json")] = '\0';
	o = json_new();
	report_text(o, "name", name);
	report_text(o, "to", m->to);
	report_number(o, "ticket", m->ticket.n, true);
	report_number(o, "rev", m->rev, m->rev > 0);
	report_text(o, "event", message_name(m->kind));
	report_text(o, "signal", m->signal.s);
	report_text(o, "why", refusal_name(m->why));
	report_text(o, "phase", phase_name(m->phase));
	report_text(o, "mission", m->mission);
	report_text(o, "title", m->title);
	report_text(o, "summary", m->summary);
	report_text(o, "next", m->next);
	report_time(o, "time", m->wall_ms);
	return o;
}

void
message_report(const struct message *v, size_t n, struct buf *ret)
{
	report_begin();
	buf_adds(ret, "[");
	for (size_t i = 0; i < n; i++) {
		buf_adds(ret, i > 0 ? ",\n" : "\n");
		report_dump(message_report_one(&v[i]), JSON_COMPACT, ret);
	}
	buf_adds(ret, n > 0 ? "\n]\n" : "]\n");
}
