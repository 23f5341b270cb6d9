/* SPDX-License-Identifier: GPL-2.0-only */
#include "base/base.h"

#include "codec/turn_json.h"

#include "codec/json.h"
#include "codec/stamp.h"

#define TURN_NEWS_DEPTH 64 /* tool inputs are in it, of any shape */
#define TURN_DEPTH      2

#define TURN_NAME(id, name) [id] = name,
static const char *const turn_event_names[TURN_ON_COUNT] = { TURN_EVENT_LIST(TURN_NAME) };
static const char *const turn_names[TURN_COUNT] = { TURN_LIST(TURN_NAME) };

const char *
turn_event_name(enum turn_event v)
{
	return v < TURN_ON_COUNT && turn_event_names[v] ? turn_event_names[v] : "";
}

const char *
turn_state_name(enum turn_state v)
{
	return v < TURN_COUNT && turn_names[v] ? turn_names[v] : "";
}

bool
turn_state_parse(struct str s, enum turn_state *ret)
{
	for (unsigned i = 1; i < TURN_COUNT; i++)
		if (str_is(s, turn_names[i])) {
			*ret = (enum turn_state)i;
			return true;
		}
	return false;
}

static enum turn_event
turn_event_of(struct str s)
{
	for (unsigned i = 1; i < TURN_ON_COUNT; i++)
		if (str_is(s, turn_event_names[i]))
			return (enum turn_event)i;
	return TURN_ON_OTHER;
}

void
turn_news_release(struct turn_news *h)
{
	free(h->cwd);
	h->cwd = NULL;
}

/* It may become a word of a command line: nothing but what ids are made of. */
static void
turn_take_session(struct str s, char ret[TURN_SESSION_MAX])
{
	bool is_good = s.len > 0 && s.len < TURN_SESSION_MAX && s.p[0] != '-' && s.p[0] != '.';

	for (size_t i = 0; i < s.len && is_good; i++) {
		char c = s.p[i];

		is_good = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
			  (c >= 'A' && c <= 'Z') || c == '.' || c == '_' || c == '-';
	}
	ret[0] = '\0';
	if (is_good)
		(void)snprintf(ret, TURN_SESSION_MAX, "%.*s", STR_FMT(s));
}

/* A background task that runs will wake the agent by itself. */
static bool
turn_has_background(const json_t *o)
{
	const json_t *list = json_object_get(o, "background_tasks");

	for (size_t i = 0; i < json_array_size(list); i++) {
		struct str status;

		if (json_get_str(json_array_get(list, i), "status", &status, NULL) == 0 &&
		    str_is(status, "running"))
			return true;
	}
	return false;
}

int
turn_news_load(struct str bytes, struct turn_news *ret, struct err *err)
{
	_cleanup_(json_drop) json_t *o = NULL;
	struct str event, session, cwd, kind;
	struct turn_news h = { 0 };
	bool has;

	if (json_open(bytes, TURN_NEWS_DEPTH, &o, err) < 0 ||
	    json_get_str(o, "hook_event_name", &event, err) < 0 ||
	    json_get_str(o, "session_id", &session, err) < 0 ||
	    json_get_str(o, "cwd", &cwd, err) < 0 ||
	    json_get_str(o, "notification_type", &kind, err) < 0 ||
	    json_get_bool(o, "stop_hook_active", &has, &h.is_again, err) < 0)
		return err_prefix(err, "what the agent's hook was given");
	h.event = turn_event_of(event);
	h.has_background = turn_has_background(o);
	h.is_idle_notice = str_is(kind, "idle_prompt");
	h.is_asking_notice = str_is(kind, "permission_prompt");
	turn_take_session(session, h.session);
	if (cwd.p)
		h.cwd = xstrndup(cwd.p, cwd.len);
	*ret = h;
	return 0;
}

void
turn_dump(const struct turn *t, struct buf *ret)
{
	_cleanup_(buf_release) struct buf since = BUF_INIT;
	_cleanup_(json_drop) json_t *o = json_new();

	stamp_add(&since, t->since_wall_ms);
	json_put_text(o, "state", turn_state_name(t->state));
	json_put_text(o, "since", since.p);
	json_put_text(o, "event", t->event);
	json_put_text(o, "session", t->session);
	json_put_bool(o, "told", t->is_told);
	if (digest_is_set(&t->inbox)) {
		_cleanup_(buf_release) struct buf hex = BUF_INIT;

		digest_add_hex(&hex, &t->inbox);
		json_put_text(o, "inbox", hex.p);
	}
	json_add(o, true, ret);
}

int
turn_load(struct str bytes, struct turn *ret, struct err *err)
{
	_cleanup_(json_drop) json_t *o = NULL;
	struct str state, since, event, session, inbox;
	struct turn t = { 0 };
	bool has;

	if (json_open(bytes, TURN_DEPTH, &o, err) < 0 ||
	    json_get_str(o, "state", &state, err) < 0 ||
	    json_get_str(o, "since", &since, err) < 0 ||
	    json_get_str(o, "event", &event, err) < 0 ||
	    json_get_str(o, "session", &session, err) < 0 ||
	    json_get_str(o, "inbox", &inbox, err) < 0 ||
	    json_get_bool(o, "told", &has, &t.is_told, err) < 0)
		return ERR_INVALID;
	if (inbox.p && !digest_parse(inbox, &t.inbox))
		return err_set(err, ERR_INVALID, "\"inbox\" is no SHA-256");
	if (!turn_state_parse(state, &t.state) || !stamp_parse(since, &t.since_wall_ms))
		return err_set(err, ERR_INVALID, "it names no state of a turn");
	turn_take_session(session, t.session);
	(void)snprintf(t.event, sizeof t.event, "%s", turn_event_name(turn_event_of(event)));
	*ret = t;
	return 0;
}

/* TURN_UNSET: it says nothing about that. */
static enum turn_state
turn_after(const struct turn_news *h)
{
	switch (h->event) {
	case TURN_ON_SESSION_START:
	case TURN_ON_STOP_FAILURE:
		return TURN_IDLE;
	case TURN_ON_STOP:
		return h->has_background ? TURN_BUSY : TURN_IDLE;
	case TURN_ON_PROMPT:
	case TURN_ON_TOOL:
	case TURN_ON_TOOL_END:
		return TURN_BUSY;
	case TURN_ON_PERMISSION:
		return TURN_ASKING;
	case TURN_ON_NOTIFICATION:
		return h->is_idle_notice     ? TURN_IDLE
		       : h->is_asking_notice ? TURN_ASKING
					     : TURN_UNSET;
	case TURN_ON_SESSION_END:
		return TURN_OVER;
	case TURN_ON_OTHER:
	case TURN_ON_UNSET:
	case TURN_ON_COUNT:
		break;
	}
	return TURN_UNSET;
}

struct turn
turn_step(const struct turn *t, const struct turn_news *h, int64_t now_wall_ms)
{
	enum turn_state state = turn_after(h);
	struct turn next = *t;

	if (h->session[0] != '\0')
		(void)snprintf(next.session, sizeof next.session, "%s", h->session);
	if (h->event == TURN_ON_PROMPT) { /* a new turn */
		next.is_told = false;
		next.inbox = (struct digest){ { 0 } };
	}
	if (state != TURN_UNSET && state != t->state) {
		next.state = state;
		next.since_wall_ms = now_wall_ms;
		(void)snprintf(next.event, sizeof next.event, "%s", turn_event_name(h->event));
	}
	return next;
}
