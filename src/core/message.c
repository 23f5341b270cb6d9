/* SPDX-License-Identifier: GPL-2.0-only */
#include "base/base.h"

#include "core/message.h"

struct message_words {
	const char *name, *text, *next;
};
#define MESSAGE_WORDS(id, name, text, next) [id] = { name, text, next },
static const struct message_words words[MESSAGE_COUNT] = { MESSAGE_LIST(MESSAGE_WORDS) };

/* Whoever comes to such a phase needs somebody, or is over. */
static const enum message_kind of_phase[PHASE_COUNT] = {
	[PHASE_ASKING] = MESSAGE_QUESTION,
	[PHASE_HUMAN_REVIEW] = MESSAGE_REVIEW,
	[PHASE_ATTENTION] = MESSAGE_ATTENTION,
	[PHASE_DONE] = MESSAGE_DONE,
	[PHASE_CANCELLED] = MESSAGE_CANCELLED,
};

const char *
message_name(enum message_kind v)
{
	return (unsigned)v < MESSAGE_COUNT && words[v].name ? words[v].name : "";
}

const char *
message_text(enum message_kind v)
{
	return (unsigned)v < MESSAGE_COUNT && words[v].text ? words[v].text : "";
}

bool
message_parse(struct str s, enum message_kind *ret)
{
	for (unsigned i = 1; i < MESSAGE_COUNT; i++)
		if (str_is(s, words[i].name)) {
			*ret = (enum message_kind)i;
			return true;
		}
	return false;
}

void
message_next(enum message_kind v, struct ticket_id id, struct buf *ret)
{
	struct str rest = str_of((unsigned)v < MESSAGE_COUNT && words[v].next ? words[v].next : "");

	for (ssize_t at; (at = str_find(rest, STR("%u"))) >= 0;) {
		buf_add(ret, rest.p, (size_t)at);
		buf_addf(ret, "%u", id.n);
		rest = str_n(rest.p + at + 2, rest.len - (size_t)at - 2);
	}
	buf_add_str(ret, rest);
}

enum message_kind
message_of(enum event_kind kind, enum phase from, const struct ticket *after)
{
	enum phase to = after->phase;

	if (to != from && phase_is_final(to))
		return of_phase[to];
	if (kind == EVENT_QUESTION) /* a second one, too */
		return MESSAGE_QUESTION;
	if (kind == EVENT_REMIND)
		return MESSAGE_REMINDER;
	if (kind == EVENT_HELD && to == PHASE_APPROVED) /* again only when about other paths */
		return MESSAGE_HELD;
	if (kind == EVENT_HOOK_FAILED) /* the last time: before that, it is tried again */
		return after->hook == HOOK_FAILED ? MESSAGE_HOOK : MESSAGE_NONE;
	if (to == from)
		return MESSAGE_NONE;
	if (to == PHASE_APPROVED)
		return after->merge == MERGE_MANUAL ? MESSAGE_APPROVED : MESSAGE_NONE;
	return to < PHASE_COUNT ? of_phase[to] : MESSAGE_NONE;
}

enum message_kind
message_of_worker(enum event_kind kind, const struct ticket *after)
{
	bool is_at_work =
	    after->episode.state == EPISODE_OPEN || after->episode.state == EPISODE_RUN;

	return kind == EVENT_TELL && is_at_work ? MESSAGE_TOLD : MESSAGE_NONE;
}
