/* SPDX-License-Identifier: GPL-2.0-only */
#include "base/base.h"

#include "core/state.h"

#define STATE_NAME(id, name) [id] = name,

static const char *const phase_names[PHASE_COUNT] = { PHASE_LIST(STATE_NAME) };
static const char *const episode_names[EPISODE_COUNT] = { EPISODE_LIST(STATE_NAME) };
static const char *const role_names[ROLE_COUNT] = { ROLE_LIST(STATE_NAME) };
static const char *const want_names[WANT_COUNT] = { WANT_LIST(STATE_NAME) };
static const char *const review_names[REVIEW_COUNT] = { REVIEW_LIST(STATE_NAME) };
static const char *const merge_names[MERGE_COUNT] = { MERGE_LIST(STATE_NAME) };
static const char *const landing_names[LANDING_COUNT] = { LANDING_LIST(STATE_NAME) };
static const char *const hook_names[HOOK_COUNT] = { HOOK_LIST(STATE_NAME) };
static const char *const prune_names[PRUNE_COUNT] = { PRUNE_LIST(STATE_NAME) };
static const char *const blame_names[BLAME_COUNT] = { BLAME_LIST(STATE_NAME) };
static const char *const event_names[EVENT_COUNT] = { EVENT_LIST(STATE_NAME) };

static const char *
state_name(const char *const *names, unsigned count, unsigned v)
{
	return v < count && names[v] ? names[v] : "";
}

/* 0: no such word. */
static unsigned
state_parse(const char *const *names, unsigned count, struct str s)
{
	for (unsigned i = 1; i < count; i++)
		if (str_is(s, names[i]))
			return i;
	return 0;
}

#define STATE_FUNCTIONS(prefix, type, names, count)                                                \
	const char *prefix##_name(type v)                                                          \
	{                                                                                          \
		return state_name(names, count, (unsigned)v);                                      \
	}                                                                                          \
	bool prefix##_parse(struct str s, type *ret)                                               \
	{                                                                                          \
		unsigned v = state_parse(names, count, s);                                         \
		if (v == 0)                                                                        \
			return false;                                                              \
		*ret = (type)v;                                                                    \
		return true;                                                                       \
	}

STATE_FUNCTIONS(phase, enum phase, phase_names, PHASE_COUNT)
STATE_FUNCTIONS(episode_state, enum episode_state, episode_names, EPISODE_COUNT)
STATE_FUNCTIONS(role, enum role, role_names, ROLE_COUNT)
STATE_FUNCTIONS(want, enum want, want_names, WANT_COUNT)
STATE_FUNCTIONS(review, enum review, review_names, REVIEW_COUNT)
STATE_FUNCTIONS(merge, enum merge, merge_names, MERGE_COUNT)
STATE_FUNCTIONS(landing, enum landing, landing_names, LANDING_COUNT)
STATE_FUNCTIONS(hook, enum hook, hook_names, HOOK_COUNT)
STATE_FUNCTIONS(prune, enum prune, prune_names, PRUNE_COUNT)
STATE_FUNCTIONS(blame, enum blame, blame_names, BLAME_COUNT)
STATE_FUNCTIONS(event, enum event_kind, event_names, EVENT_COUNT)

bool
event_is_report(enum event_kind v)
{
	return v > EVENT_UNSET && v <= EVENT_LAST_REPORT;
}

bool
event_is_command(enum event_kind v)
{
	return v >= EVENT_FIRST_COMMAND && v < EVENT_COUNT;
}

bool
event_is_fact(enum event_kind v)
{
	return v > EVENT_LAST_REPORT && v < EVENT_FIRST_COMMAND;
}

bool
phase_is_final(enum phase v)
{
	return v == PHASE_DONE || v == PHASE_CANCELLED;
}
