/* SPDX-License-Identifier: GPL-2.0-only */
#include "base/base.h"

#include "core/event.h"

#define EVENT_NAME(id, name) [id] = name,
static const char *const ending_names[ENDING_COUNT] = { ENDING_LIST(EVENT_NAME) };

const char *
ending_name(enum ending v)
{
	return (unsigned)v < ENDING_COUNT && ending_names[v] ? ending_names[v] : "";
}

bool
ending_parse(struct str s, enum ending *ret)
{
	for (unsigned i = 1; i < ENDING_COUNT; i++)
		if (str_is(s, ending_names[i])) {
			*ret = (enum ending)i;
			return true;
		}
	return false;
}

void
signal_release(struct signal *s)
{
	spec_release(&s->spec);
	set_charp(&s->summary, NULL);
	set_charp(&s->body, NULL);
	strvec_release(&s->choices);
	memset(&s->event, 0, sizeof s->event);
}

const char *
ending_status(enum episode_state was, enum phase phase, enum ending ending)
{
	switch (was) {
	case EPISODE_TERM:
		return "reported";
	case EPISODE_STOP:
		return "stopped";
	case EPISODE_RUN:
		return phase == PHASE_ASKING ? "asked" : ending_name(ending);
	case EPISODE_NONE:
	case EPISODE_OPEN:
	case EPISODE_COUNT:
		break;
	}
	return "never-started";
}
