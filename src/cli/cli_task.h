/* SPDX-License-Identifier: GPL-2.0-only */
/* cli_task.h: the options that say what a task is; for new and edit. */
#ifndef CLI_CLI_TASK_H
#define CLI_CLI_TASK_H

#include "cli/cli_options.h"
#include "cli/cli_state.h"

struct task_options { /* as typed; NULL: not given */
	const char *message, *file, *until, *after, *mission, *agent, *review, *merge, *base, *from,
	    *priority, *notify;
};
#define TASK_OPTIONS(t)                                                                            \
	{ 'm', "message", .value = &(t).message }, { 'F', "file", .value = &(t).file },            \
	    { 0, "until", .value = &(t).until }, { 0, "after", .value = &(t).after },              \
	    { 0, "mission", .value = &(t).mission }, { 0, "agent", .value = &(t).agent },          \
	    { 0, "review", .value = &(t).review }, { 0, "merge", .value = &(t).merge },            \
	    { 0, "base", .value = &(t).base }, { 0, "from", .value = &(t).from },                  \
	    { 0, "priority", .value = &(t).priority },                                             \
	{                                                                                          \
		0, "notify", .value = &(t).notify                                                  \
	}

bool task_is_any(const struct task_options *t);

/* --from is not in it: it is about a repository, see cli_from.h.
 * Checks the values and puts them into s->spec and s->event.  False: it has printed, *ret_status is the
 * exit code.  An agent must be in the configuration; one whose program is not there is only a warning. */
bool task_fill(struct cli *c, const char *command, const struct task_options *t, struct signal *s,
    int *ret_status);

/* Warns on stderr when the agent's program is not on PATH. */
void task_warn_agent(const struct config_agent *a);

#endif
