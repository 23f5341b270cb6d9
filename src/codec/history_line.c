/* SPDX-License-Identifier: GPL-2.0-only */
/*
 *	rev time actor event from>to episode Trow key=value ... : reason
 *
 * Reading takes the words apart, writes the line again and compares, so that each entry has one form;
 * keys that begin with x_ belong to later versions: they are passed over, and left out of the comparison.
 */
#include "base/base.h"

#include "codec/history_line.h"

#include "base/clean.h"
#include "codec/escape.h"
#include "codec/field.h"
#include "codec/stamp.h"

#define KEY(name, kind, member)                                                                    \
	{                                                                                          \
		name, kind, offsetof(struct event, member), sizeof(((struct event *)0)->member)    \
	}
#define KEY_HAS(name, kind, member, has)                                                           \
	{                                                                                          \
		name, kind, offsetof(struct event, member), sizeof(((struct event *)0)->member),   \
		    offsetof(struct event, has)                                                    \
	}

/* "sig" goes before these.  What is not here decides nothing, or is known otherwise: see history_replay. */
static const struct field keys[] = {
	KEY("commit", FIELD_OID, commit), KEY("text", FIELD_FLAG, has_text),
	KEY("choices", FIELD_U32, choices), KEY("nonce", FIELD_DIGEST, fresh),
	KEY("base", FIELD_OID, base), KEY("boot", FIELD_CHARS, boot),
	KEY("boot-ms", FIELD_MS, boot_ms), KEY("agent", FIELD_CHARS, agent),
	KEY("session", FIELD_CHARS, session), KEY("continues", FIELD_U32, continues),
	KEY("ending", FIELD_ENDING, ending), KEY("merge-from", FIELD_OID, from),
	KEY("merge-commit", FIELD_OID, merge), KEY("landing", FIELD_LANDING, landing),
	KEY("tree", FIELD_OID, tree), KEY("gates", FIELD_DIGEST, gates),
	KEY("salvage", FIELD_OID, salvage), KEY("blame", FIELD_BLAME, blame),
	KEY("streak", FIELD_U32, streak), KEY("hook", FIELD_FLAG, owes_hook),
	KEY("preexisting", FIELD_FLAG, is_preexisting), KEY("adopts", FIELD_SIGNAL, adopts),
	KEY("prune", FIELD_PRUNE, prune), KEY("review", FIELD_REVIEW, review),
	KEY("merge", FIELD_MERGE, merge_policy), KEY("want", FIELD_WANT, want),
	KEY_HAS("priority", FIELD_U32, priority, has_priority),
	KEY_HAS("not-before", FIELD_WALL, not_before_wall_ms, has_not_before),
	KEY("new-task", FIELD_FLAG, has_spec), KEY("spec", FIELD_DIGEST, spec),
	KEY("words", FIELD_DIGEST, words), KEY("unsent", FIELD_U64, unsent),
	KEY("rule", FIELD_U32, rule), /* none: an early one, see ticket_text.h */
};

static void
history_add_phase(struct buf *b, enum phase v)
{
	buf_adds(b, v == PHASE_UNBORN ? "none" : phase_name(v));
}

void
history_line_add(struct buf *b, const struct history_entry *entry)
{
	const struct event *e = &entry->event;
	struct str text;

	buf_add_number(b, entry->rev);
	buf_addch(b, ' ');
	stamp_add(b, entry->wall_ms);
	buf_addch(b, ' ');
	escape_add_token(b, str_of(e->actor));
	buf_addch(b, ' ');
	buf_adds(b, event_name(e->kind));
	buf_addch(b, ' ');
	history_add_phase(b, entry->from);
	buf_addch(b, '>');
	history_add_phase(b, entry->to);
	if (e->episode.n > 0)
		buf_addf(b, " %u.%u", e->episode.ticket.n, e->episode.n);
	else
		buf_adds(b, " -");
	buf_addf(b, " T%02u", entry->row);
	if (e->sig.s[0] != '\0') {
		buf_adds(b, " sig=");
		buf_adds(b, e->sig.s);
		buf_addch(b, ':');
		digest_add_hex(b, &e->sig_hash);
	}
	for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
		if (!field_is_set(&keys[i], e))
			continue;
		buf_addch(b, ' ');
		buf_adds(b, keys[i].name);
		buf_addch(b, '=');
		if (field_view(&keys[i], e, &text))
			escape_add_token(b, text);
		else
			field_add(&keys[i], e, b);
	}
	if (e->reason[0] != '\0') {
		buf_adds(b, " : ");
		escape_add_line(b, str_of(e->reason));
	}
	buf_addch(b, '\n');
}

static int
history_bad(struct err *err, const char *what, struct str s)
{
	_cleanup_(buf_release) struct buf shown = BUF_INIT;

	clean_add_line(&shown, s, 60);
	return err_set(err, ERR_INVALID, "history: %s: '%s'", what, shown.p);
}

/* Into a char[size]. */
static bool
history_set_chars(char *to, size_t size, struct str s)
{
	if (s.len >= size || (s.len > 0 && memchr(s.p, '\0', s.len)))
		return false;
	memset(to, 0, size);
	memcpy(to, s.p, s.len);
	return true;
}

static bool
history_parse_actor(struct str s, struct event *e)
{
	_cleanup_(buf_release) struct buf hold = BUF_INIT;
	struct str raw;

	return escape_view_token(s, &hold, &raw) &&
	       history_set_chars(e->actor, sizeof e->actor, raw);
}

static bool
history_parse_reason(struct str s, struct event *e)
{
	_cleanup_(buf_release) struct buf hold = BUF_INIT;
	struct str raw;

	return escape_view_line(s, &hold, &raw) &&
	       history_set_chars(e->reason, sizeof e->reason, raw);
}

static bool
history_parse_phase(struct str s, enum phase *ret)
{
	*ret = PHASE_UNBORN;
	return str_is(s, "none") || phase_parse(s, ret);
}

static bool
history_parse_phases(struct str s, struct history_entry *ret)
{
	struct str from;

	return str_cut(&s, '>', &from) && history_parse_phase(from, &ret->from) &&
	       history_parse_phase(s, &ret->to);
}

static bool
history_parse_row(struct str s, unsigned *ret)
{
	uint32_t n;

	if (!str_starts(s, "T") || !str_u32(str_n(s.p + 1, s.len - 1), &n))
		return false;
	*ret = n;
	return true;
}

/* The words before the keys. */
static int
history_parse_fixed(struct str *rest, struct history_entry *ret, struct err *err)
{
	static const char *const names[] = { "revision", "time", "actor", "event", "phases",
		"episode", "row" };
	struct event *e = &ret->event;
	struct str word;

	for (unsigned i = 0; i < ARRAY_LEN(names); i++) {
		bool ok = false;

		(void)str_cut(rest, ' ', &word); /* the last word ends the line */
		switch (i) {
		case 0:
			ok = str_u64(word, &ret->rev);
			break;
		case 1:
			ok = stamp_parse(word, &ret->wall_ms);
			break;
		case 2:
			ok = history_parse_actor(word, e);
			break;
		case 3:
			ok = event_parse(word, &e->kind);
			break;
		case 4:
			ok = history_parse_phases(word, ret);
			break;
		case 5:
			ok = str_is(word, "-") || episode_id_parse(word, &e->episode);
			break;
		default:
			ok = history_parse_row(word, &ret->row);
			break;
		}
		if (!ok) {
			_cleanup_(buf_release) struct buf what = BUF_INIT;

			buf_addf(&what, "no %s", names[i]);
			return history_bad(err, what.p, word);
		}
	}
	return 0;
}

static bool
history_parse_sig(struct str value, struct event *e)
{
	struct str id;

	return str_cut(&value, ':', &id) && signal_id_parse(id, &e->sig) &&
	       digest_parse(value, &e->sig_hash);
}

/* They come in their order: the next one is looked for at *next. */
static const struct field *
history_find_key(struct str name, size_t *next)
{
	for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
		size_t at = (*next + i) % ARRAY_LEN(keys);

		if (str_is(name, keys[at].name)) {
			*next = at + 1;
			return &keys[at];
		}
	}
	return NULL;
}

static int
history_parse_key(struct str word, size_t *next, struct event *e, struct err *err)
{
	_cleanup_(buf_release) struct buf hold = BUF_INIT;
	struct str name, value = word, raw;
	const struct field *f;

	if (!str_cut(&value, '=', &name))
		return history_bad(err, "not of the form key=value", word);
	if (!escape_view_token(value, &hold, &raw))
		return history_bad(err, "a value that cannot be used", word);
	if (str_starts(name, "x_"))
		return escape_view_token(name, &hold, &raw) ? 0 : history_bad(err, "no key", name);
	if (str_is(name, "sig"))
		return history_parse_sig(value, e) ? 0 : history_bad(err, "no signal", word);
	f = history_find_key(name, next);
	if (f == NULL)
		return history_bad(err, "unknown key", name);
	return field_parse(f, raw, e) ? 0 : history_bad(err, "a value that cannot be used", word);
}

/* Keys and reason.  seen: the line without the words that are passed over. */
static int
history_parse_keys(struct str rest, struct event *e, struct buf *seen, struct err *err)
{
	size_t next = 0;

	while (rest.len > 0) {
		struct str all = rest, word;

		(void)str_cut(&rest, ' ', &word);
		if (str_is(word, ":")) {
			buf_addch(seen, ' ');
			buf_add_str(seen, all);
			return history_parse_reason(rest, e) ? 0 : history_bad(err, "reason", rest);
		}
		if (history_parse_key(word, &next, e, err) < 0)
			return ERR_INVALID;
		if (!str_starts(word, "x_")) {
			buf_addch(seen, ' ');
			buf_add_str(seen, word);
		}
	}
	return 0;
}

int
history_line_parse(struct str line, struct history_entry *ret, struct err *err)
{
	_cleanup_(buf_release) struct buf seen = BUF_INIT;
	_cleanup_(buf_release) struct buf again = BUF_INIT;
	struct history_entry entry = { 0 };
	struct str rest = line;

	if (history_parse_fixed(&rest, &entry, err) < 0)
		return ERR_INVALID;
	buf_grow(&seen, line.len + 1);
	buf_grow(&again, line.len + 1);
	buf_add(&seen, line.p, (size_t)(rest.p - line.p) - (rest.len > 0));
	if (history_parse_keys(rest, &entry.event, &seen, err) < 0)
		return ERR_INVALID;
	buf_addch(&seen, '\n');
	history_line_add(&again, &entry);
	if (!str_eq(buf_str(&seen), buf_str(&again)) || line.p[line.len - 1] == ' ')
		return history_bad(err, "not as reeve writes it", line);
	if (entry.event.rule == 1)
		return history_bad(
		    err, "rule=1 is no key of a line: those of rule 1 name none", line);
	if (entry.event.rule > LIFECYCLE_RULE)
		return err_set(err, ERR_INVALID,
		    "history: revision %llu is reckoned by rule %u, and this reeve knows rules up "
		    "to %d: a newer one has written it; use that, or the ticket file of before",
		    (unsigned long long)entry.rev, entry.event.rule, LIFECYCLE_RULE);
	/* Only what had passed the check was committed. */
	if (entry.event.kind == EVENT_DONE || entry.event.kind == EVENT_REVIEW ||
	    entry.event.kind == EVENT_ADOPT || entry.event.kind == EVENT_AMEND)
		entry.event.artifact = ARTIFACT_GOOD;
	*ret = entry;
	return 0;
}
