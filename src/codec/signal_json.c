/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One table says which key belongs to which kind; one function a group of keys reads the values.  A
 * wrong form (not JSON, unknown key, wrong type) is REFUSAL_MALFORMED, a value that cannot be used is
 * REFUSAL_INVALID.  No sentence repeats a nonce.
 */
#include "base/base.h"

#include "codec/signal_json.h"

#include "base/clean.h"
#include "codec/signal_reading.h"
#include "codec/stamp.h"

enum {
	IN_REPORT = 1 << 0,
	IN_CREATE = 1 << 1,
	IN_EDIT = 1 << 2,
	IN_ASSIGN = 1 << 3,
	IN_ADOPT = 1 << 4,
	IN_PRUNE = 1 << 5,
	IN_OTHER = 1 << 6, /* the other commands */
	IN_QUESTION = 1 << 7,
	IN_TASK = IN_CREATE | IN_EDIT,
	IN_CHANGE = IN_EDIT | IN_ASSIGN | IN_ADOPT | IN_PRUNE | IN_OTHER,
	IN_COMMAND = IN_CREATE | IN_CHANGE,
};

static const struct {
	const char *key;
	unsigned in;
} signal_keys[] = {
	{ "reeve", IN_REPORT | IN_COMMAND },
	{ "kind", IN_REPORT | IN_COMMAND },
	{ "ticket", IN_REPORT | IN_CHANGE },
	{ "nonce", IN_REPORT },
	{ "episode", IN_REPORT },
	{ "summary", IN_REPORT },
	{ "commit", IN_REPORT | IN_ADOPT | IN_OTHER },
	{ "adopts", IN_ADOPT },
	{ "prune", IN_PRUNE },
	{ "body", IN_REPORT | IN_CHANGE },
	{ "choices", IN_QUESTION },
	{ "actor", IN_COMMAND },
	{ "expect", IN_CHANGE },
	{ "title", IN_TASK },
	{ "text", IN_TASK },
	{ "repo", IN_CREATE },
	{ "base", IN_TASK },
	{ "from", IN_TASK },
	{ "agent", IN_TASK | IN_ASSIGN },
	{ "mission", IN_TASK },
	{ "after", IN_TASK },
	{ "notify", IN_TASK },
	{ "review", IN_TASK },
	{ "merge", IN_TASK },
	{ "want", IN_TASK },
	{ "priority", IN_TASK },
	{ "not_before", IN_TASK },
};

static unsigned
signal_in(enum event_kind kind)
{
	if (kind == EVENT_QUESTION)
		return IN_REPORT | IN_QUESTION;
	if (event_is_report(kind))
		return IN_REPORT;
	if (kind == EVENT_CREATE)
		return IN_CREATE;
	if (kind == EVENT_EDIT)
		return IN_EDIT;
	if (kind == EVENT_ADOPT)
		return IN_ADOPT;
	if (kind == EVENT_PRUNE)
		return IN_PRUNE;
	return kind == EVENT_ASSIGN ? IN_ASSIGN : IN_OTHER;
}

static int
signal_read_kind(struct signal_reading *r)
{
	struct event *e = &r->s->event;
	_cleanup_(buf_release) struct buf shown = BUF_INIT;
	struct str kind;

	if (json_get_str(r->o, "kind", &kind, r->err) < 0)
		return ERR_INVALID;
	if (kind.p == NULL)
		return err_set(r->err, ERR_INVALID, "key \"kind\" is missing");
	clean_add_line(&shown, kind, 40);
	if (!event_parse(kind, &e->kind))
		return err_set(r->err, ERR_INVALID,
		    "kind \"%s\" is not known; agents say DONE, REVIEW, QUESTION, PASS, FAIL or "
		    "NOTE, in upper case",
		    shown.p);
	if (event_is_fact(e->kind))
		return err_set(r->err, ERR_INVALID,
		    "kind \"%s\" is a fact, which only the supervisor establishes; nobody can "
		    "signal it",
		    shown.p);
	return 0;
}

static int
signal_check_keys(struct signal_reading *r)
{
	enum event_kind kind = r->s->event.kind;
	unsigned in = signal_in(kind);

	for (void *at = json_object_iter(r->o); at != NULL; at = json_object_iter_next(r->o, at)) {
		const char *key = json_object_iter_key(at);
		_cleanup_(buf_release) struct buf shown = BUF_INIT;
		size_t i = 0;

		if (str_starts(str_of(key), "x_"))
			continue;
		while (i < ARRAY_LEN(signal_keys) && strcmp(signal_keys[i].key, key) != 0)
			i++;
		if (i < ARRAY_LEN(signal_keys) && (signal_keys[i].in & in) != 0)
			continue;
		clean_add_line(&shown, str_of(key), 40);
		if (i < ARRAY_LEN(signal_keys))
			return err_set(r->err, ERR_INVALID,
			    "key \"%s\" has no meaning with kind %s", shown.p, event_name(kind));
		return err_set(r->err, ERR_INVALID,
		    "key \"%s\" is not known; keys of your own begin with \"x_\"", shown.p);
	}
	return 0;
}

static int
signal_read_version(struct signal_reading *r)
{
	const json_t *v = json_object_get(r->o, "reeve");

	if (v != NULL && (!json_is_integer(v) || json_integer_value(v) != 1))
		return err_set(r->err, ERR_INVALID,
		    "key \"reeve\" must be 1: it is the version of the form, and no other is "
		    "known");
	return 0;
}

/* 0 also when the key is not there: then the id is none. */
static int
signal_read_ticket(struct signal_reading *r, struct ticket_id *ret)
{
	const json_t *v = json_object_get(r->o, "ticket");
	json_int_t n = json_integer_value(v);

	if (v == NULL)
		return 0;
	if (!json_is_string(v) && !json_is_integer(v))
		return err_set(r->err, ERR_INVALID, "key \"ticket\" must be a string or a number");
	if (json_is_integer(v) && n >= 1 && n <= ID_TICKET_MAX) {
		ret->n = (uint32_t)n;
		return 0;
	}
	if (!json_is_string(v) || !ticket_id_parse(str_of(json_string_value(v)), ret))
		return signal_invalid(r,
		    "key \"ticket\" must be the number of a ticket, from 1 to %u, such as \"12\"",
		    ID_TICKET_MAX);
	return 0;
}

static int
signal_read_texts(struct signal_reading *r)
{
	struct event *e = &r->s->event;
	bool is_end = e->kind == EVENT_DONE || e->kind == EVENT_REVIEW;

	if (signal_read_text(r, "summary", TICKET_TEXT_MAX, &r->s->summary) < 0 ||
	    signal_read_text(r, "body", TICKET_TEXT_MAX, &r->s->body) < 0)
		return ERR_INVALID;
	e->has_text = signal_is_visible(str_of(is_end ? r->s->summary : r->s->body));
	return 0;
}

static int
signal_read_commit(struct signal_reading *r)
{
	struct str s;

	if (json_get_str(r->o, "commit", &s, r->err) < 0)
		return ERR_INVALID;
	if (s.p != NULL && !oid_parse(s, &r->s->event.commit))
		return signal_invalid(r,
		    "key \"commit\" must be a whole commit id, 40 or 64 hex digits, as `git "
		    "rev-parse HEAD` prints it");
	return 0;
}

/* The refused report that is taken after all. */
static int
signal_read_adopts(struct signal_reading *r)
{
	struct str s;

	if (json_get_str(r->o, "adopts", &s, r->err) < 0)
		return ERR_INVALID;
	if (s.p != NULL && !signal_id_parse(s, &r->s->event.adopts))
		return signal_invalid(r,
		    "key \"adopts\" must be the id of a refused signal: its name in refused/, "
		    "without .json");
	return 0;
}

/* What is to go. */
static int
signal_read_prune(struct signal_reading *r)
{
	struct event *e = &r->s->event;
	struct str s;

	if (json_get_str(r->o, "prune", &s, r->err) < 0)
		return ERR_INVALID;
	if (s.p == NULL && e->kind == EVENT_PRUNE)
		return err_set(r->err, ERR_INVALID, "key \"prune\" is missing: what is to go?");
	if (s.p != NULL && !prune_parse(s, &e->prune))
		return signal_invalid(r, "key \"prune\" must be landed, work or refs");
	return 0;
}

static int
signal_read_report(struct signal_reading *r)
{
	struct event *e = &r->s->event;
	struct nonce nonce;
	struct str s;

	if (json_get_str(r->o, "nonce", &s, r->err) < 0)
		return ERR_INVALID;
	if (s.p == NULL)
		return err_set(r->err, ERR_INVALID,
		    "key \"nonce\" is missing: a worker's report carries its REEVE_NONCE");
	if (!nonce_parse(s, &nonce))
		return signal_invalid(r, "key \"nonce\" must be 64 hex digits: REEVE_NONCE");
	e->nonce = nonce_digest(&nonce);
	e->has_nonce = true;
	nonce_wipe(&nonce);
	if (json_get_str(r->o, "episode", &s, r->err) < 0)
		return ERR_INVALID;
	if (s.p != NULL && !episode_id_parse(s, &e->episode))
		return signal_invalid(r,
		    "key \"episode\" must be REEVE_EPISODE, such as \"12.3\"; it may be left out");
	return 0;
}

/* What a history line holds without escapes.  "worker" and "reeve" are nobody's to claim. */
static bool
signal_is_actor(struct str s)
{
	if (s.len == 0 || s.len >= EVENT_ACTOR_MAX || str_is(s, "worker") || str_is(s, "reeve"))
		return false;
	for (size_t i = 0; i < s.len; i++) {
		char c = s.p[i];

		if (!((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
			(c != '\0' && strchr("._/+:@,-", c) != NULL)))
			return false;
	}
	return true;
}

static int
signal_read_command(struct signal_reading *r)
{
	struct event *e = &r->s->event;
	int64_t expect = 0;
	struct str s;
	bool has;

	if (json_get_int(r->o, "expect", 0, INT64_MAX, &has, &expect, r->err) < 0 ||
	    json_get_str(r->o, "actor", &s, r->err) < 0)
		return ERR_INVALID;
	e->expect_rev = (uint64_t)expect;
	if (s.p == NULL)
		return 0;
	if (!signal_is_actor(s))
		return signal_invalid(r,
		    "key \"actor\" must say who wants it, such as \"person:ann\": at most %d "
		    "letters, digits and ._/+:@,-",
		    EVENT_ACTOR_MAX - 1);
	memcpy(e->actor, s.p, s.len);
	return 0;
}

static int
signal_read(struct signal_reading *r, struct ticket_id *ret_ticket)
{
	struct event *e = &r->s->event;
	struct err first = ERR_INIT, *err = r->err;
	enum refusal why;

	/* The ticket first, so that whatever else is wrong can be shown there. */
	r->err = &first;
	if (signal_read_ticket(r, &e->ticket) == 0 && ret_ticket != NULL)
		*ret_ticket = e->ticket;
	why = r->why;
	r->why = REFUSAL_MALFORMED;
	r->err = err;
	if (signal_read_version(r) < 0 || signal_read_kind(r) < 0 || signal_check_keys(r) < 0)
		return ERR_INVALID;
	if (first.code != 0) {
		r->why = why;
		return err_set(err, first.code, "%s", first.text);
	}
	if (e->kind != EVENT_CREATE && e->ticket.n == 0)
		return err_set(err, ERR_INVALID, "key \"ticket\" is missing");
	if ((event_is_report(e->kind) ? signal_read_report(r) : signal_read_command(r)) < 0)
		return ERR_INVALID;
	if (signal_read_adopts(r) < 0 || signal_read_prune(r) < 0 || signal_read_commit(r) < 0 ||
	    signal_read_texts(r) < 0 || signal_read_choices(r) < 0 || signal_read_spec(r) < 0)
		return ERR_INVALID;
	return signal_read_policy(r);
}

int
signal_json_parse(struct str bytes, struct signal *ret, enum refusal *ret_why,
    struct ticket_id *ret_ticket, struct err *err)
{
	_cleanup_(json_drop) json_t *o = NULL;
	struct signal s = { .event = { .kind = EVENT_UNSET } };
	struct signal_reading r = { .s = &s, .why = REFUSAL_MALFORMED, .err = err };

	if (ret_ticket != NULL)
		*ret_ticket = (struct ticket_id){ 0 };
	*ret_why = REFUSAL_MALFORMED;
	if (bytes.len > SIGNAL_BYTES_MAX)
		return err_set(err, ERR_INVALID, "it has %zu bytes; a signal has at most %u",
		    bytes.len, SIGNAL_BYTES_MAX);
	if (json_open(bytes, SIGNAL_DEPTH, &o, err) < 0)
		return ERR_INVALID;
	r.o = o;
	if (signal_read(&r, ret_ticket) < 0) {
		signal_release(&s);
		*ret_why = r.why;
		return ERR_INVALID;
	}
	s.event.sig_hash = digest_of(bytes);
	*ret_why = REFUSAL_NONE;
	*ret = s;
	return 0;
}

static void
signal_put_id(json_t *o, const char *key, struct episode_id ep)
{
	char id[32];

	if (ep.ticket.n == 0)
		return;
	if (ep.n != 0)
		(void)snprintf(id, sizeof id, "%u.%u", ep.ticket.n, ep.n); /* two numbers fit */
	else
		(void)snprintf(id, sizeof id, "%u", ep.ticket.n);
	json_put_text(o, key, id);
}

/* NULL for "": the key is left out. */
static const char *
signal_or_null(const char *s)
{
	return s[0] != '\0' ? s : NULL;
}

static void
signal_put_task(json_t *o, const struct signal *s)
{
	const struct event *e = &s->event;

	json_put_text(o, "title", s->spec.title);
	json_put_text(o, "text", s->spec.text);
	json_put_text(o, "repo", s->spec.repo);
	json_put_text(o, "base", s->spec.base);
	json_put_text(o, "from", s->spec.from);
	json_put_text(o, "agent", s->spec.agent);
	json_put_text(o, "mission", s->spec.mission);
	json_put_text(o, "after", s->spec.after);
	json_put_text(o, "notify", s->spec.notify);
	json_put_text(o, "review", signal_or_null(review_name(e->review)));
	json_put_text(o, "merge", signal_or_null(merge_name(e->merge_policy)));
	json_put_text(o, "want", signal_or_null(want_name(e->want)));
	if (e->has_priority)
		json_put_int(o, "priority", e->priority);
	if (e->has_not_before) {
		_cleanup_(buf_release) struct buf stamp = BUF_INIT;

		stamp_add(&stamp, e->not_before_wall_ms);
		json_put_text(o, "not_before", stamp.p);
	}
}

void
signal_json_dump(const struct signal *s, const struct nonce *nonce, struct buf *ret)
{
	_cleanup_(json_drop) json_t *o = json_new();
	_cleanup_(buf_release) struct buf hex = BUF_INIT;
	const struct event *e = &s->event;

	json_put_int(o, "reeve", 1);
	if (e->kind != EVENT_CREATE)
		signal_put_id(o, "ticket", (struct episode_id){ e->ticket, 0 });
	if (nonce != NULL) {
		nonce_add_hex(&hex, nonce);
		json_put_text(o, "nonce", hex.p);
	}
	json_put_text(o, "kind", event_name(e->kind));
	if (event_is_report(e->kind) && e->episode.n != 0)
		signal_put_id(o, "episode", e->episode);
	if (event_is_command(e->kind)) {
		if (e->expect_rev != 0)
			json_put_int(o, "expect", (int64_t)e->expect_rev);
		json_put_text(o, "actor", signal_or_null(e->actor));
	}
	json_put_text(o, "commit", signal_or_null(e->commit.hex));
	json_put_text(o, "adopts", signal_or_null(e->adopts.s));
	json_put_text(o, "prune", signal_or_null(prune_name(e->prune)));
	signal_put_task(o, s);
	json_put_text(o, "summary", s->summary);
	json_put_text(o, "body", s->body);
	if (s->choices.n > 0)
		json_put_list(o, "choices", &s->choices);
	json_add(o, true, ret);
}
