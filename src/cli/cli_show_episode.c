/* SPDX-License-Identifier: GPL-2.0-only */
#include "base/base.h"

#include "cli/cli_show.h"

#include "codec/stamp.h"
#include "store/episode.h"

/* A field of an outcome, under its episode. */
static void
show_field(struct print *p, const char *name, const char *value)
{
	if (value == NULL || value[0] == '\0')
		return;
	print_words(p, "    %s: ", name);
	print_text(p, PRINT_PLAIN, str_of(value));
	print_words(p, "\n");
}

static void
show_fields(struct print *p, const char *name, const struct strvec *values)
{
	for (size_t i = 0; i < values->n; i++)
		show_field(p, name, values->v[i]);
}

static void
show_artifacts(
    struct print *p, const struct show *s, const struct report_episode *re, const struct strvec *v)
{
	for (size_t i = 0; i < v->n; i++) {
		_cleanup_(buf_release) struct buf b = BUF_INIT;

		buf_adds(&b, v->v[i]);
		if (strcmp(v->v[i], EPISODE_TAIL) == 0)
			buf_addf(&b, " (reeve tail %u.%u)", s->record->ticket.id.n, re->n);
		show_field(p, "artifact", b.p);
	}
}

void
show_outcome(struct print *p, const struct show *s, const struct report_episode *re)
{
	const struct report_outcome *oc = re->outcome;
	const struct {
		const char *name, *value;
	} fields[] = {
		{ "status", oc->status },
		{ "summary", oc->summary },
		{ "root cause", oc->root_cause },
		{ "safe to retry", oc->safe_retry ? "yes" : "no" },
		{ "stop condition", oc->stop_condition },
		{ "needs from a person", oc->human_input },
	};

	for (size_t i = 0; i < ARRAY_LEN(fields); i++)
		show_field(p, fields[i].name, fields[i].value ? fields[i].value : "-");
	if (oc->next_actions.n == 0)
		show_field(p, "next", "-");
	show_fields(p, "next", &oc->next_actions);
	if (oc->artifacts.n == 0)
		show_field(p, "artifact", "-");
	show_artifacts(p, s, re, &oc->artifacts);
}

const struct report_episode *
show_last_end(const struct show *s)
{
	const struct ticket *t = &s->record->ticket;

	if (t->phase != PHASE_ATTENTION &&
	    !(t->phase == PHASE_HUMAN_REVIEW && t->reviewer_deaths > 0) &&
	    !(t->phase == PHASE_DELIVERED && t->reviewer_deaths > 0) &&
	    !(t->phase == PHASE_READY && t->deaths > 0))
		return NULL;
	for (size_t i = s->history.episodes.n; i-- > 0;)
		if (s->history.episodes.v[i].state == EPISODE_NONE)
			return s->history.episodes.v[i].outcome ? &s->history.episodes.v[i] : NULL;
	return NULL;
}

/* Of the agent's own, where one is known. */
static void
show_session(struct print *p, const struct report_episode *re)
{
	_cleanup_(buf_release) struct buf b = BUF_INIT;

	if (!re->session)
		return;
	buf_addf(&b, "%s%s%s%s%s", re->agent ? re->agent : "", re->agent ? " " : "", re->session,
	    re->continues ? ", as " : "", re->continues ? re->continues : "");
	show_field(p, "session", b.p);
}

void
show_episode(struct print *p, const struct show *s, const struct report_episode *re)
{
	const struct report_outcome *oc = re->outcome;
	_cleanup_(buf_release) struct buf b = BUF_INIT;

	buf_addf(&b, "%u.%u %s, opened ", s->record->ticket.id.n, re->n, role_name(re->role));
	stamp_add(&b, re->opened_wall_ms);
	if (re->closed_wall_ms != 0) {
		buf_adds(&b, ", closed ");
		stamp_add(&b, re->closed_wall_ms);
	} else if (re->state != EPISODE_NONE) {
		buf_addf(&b, ", %s", episode_state_name(re->state));
	}
	if (re->ending != ENDING_UNSET)
		buf_addf(&b, ": %s", re->has_asked ? "asked" : ending_name(re->ending));
	if (re->exit != NULL && re->exit[0] != '\0')
		buf_addf(&b, ", %s", re->exit);
	print_words(p, "  ");
	print_text(p, PRINT_PLAIN, buf_str(&b));
	print_words(p, "\n");
	show_session(p, re);
	if (oc == NULL) {
		_cleanup_(free_charp) char *reason = xstrndup(re->reason.p, re->reason.len);

		show_field(p, "reason", reason);
		return;
	}
	if (re == show_last_end(s)) { /* it has been told in full */
		show_field(p, "status", oc->status);
		return;
	}
	show_field(p, "status", oc->status);
	show_field(p, "summary", oc->summary);
	show_field(p, "root cause", oc->root_cause);
	show_field(p, "safe to retry", oc->safe_retry ? "yes" : "no");
	show_field(p, "stop condition", oc->stop_condition);
	show_field(p, "needs from a person", oc->human_input);
	show_artifacts(p, s, re, &oc->artifacts); /* what was to be done next then is past */
}
