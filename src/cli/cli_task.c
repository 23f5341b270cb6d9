/* SPDX-License-Identifier: GPL-2.0-only */
#include "base/base.h"

#include "cli/cli_task.h"

#include "cli/cli_mutate.h"
#include "codec/stamp.h"
#include "codec/words.h"
#include "sys/clock.h"
#include "sys/file.h"
#include "sys/proc.h"

bool
task_is_any(const struct task_options *t)
{
	return t->message || t->file || t->until || t->after || t->mission || t->agent ||
	       t->review || t->merge || t->base || t->from || t->priority || t->notify;
}

/* "3, #4" becomes "3,4"; every one of them must exist. */
static int
task_after(struct cli *c, const char *command, const char *value, char **ret)
{
	_cleanup_(buf_release) struct buf b = BUF_INIT;
	struct str rest = str_of(value), one;
	bool more = rest.len > 0;

	while (more) {
		_cleanup_(buf_release) struct buf name = BUF_INIT;
		struct ticket_id id;

		more = str_cut(&rest, ',', &one);
		one = str_trim(one);
		if (str_starts(one, "#"))
			one = str_n(one.p + 1, one.len - 1);
		if (!ticket_id_parse(one, &id))
			return cli_usage(command,
			    "--after takes numbers of tickets, such as 3,4; not \"%s\"", value);
		buf_addf(&name, "%u", id.n);
		if (!file_exists(c->root.io, c->root.tickets, name.p)) {
			cli_say("%s: --after: there is no ticket %u; `reeve ls` lists them",
			    command, id.n);
			return EXIT_REFUSED;
		}
		buf_addf(&b, "%s%u", b.len > 0 ? "," : "", id.n);
	}
	*ret = buf_take(&b);
	return EXIT_OK;
}

void
task_warn_agent(const struct config_agent *a)
{
	_cleanup_(strvec_release) struct strvec words = STRVEC_INIT;
	_cleanup_(buf_release) struct buf path = BUF_INIT;
	struct err err = ERR_INIT;

	if (words_split(str_of(a->start), &words, NULL) < 0 || words.n == 0)
		return; /* the configuration would not have loaded */
	if (proc_find_program(words.v[0], getenv("PATH"), &path, &err) < 0)
		cli_say("warning: agent %s cannot start here: %s", a->name, err.text);
}

static bool
task_policy(const char *command, const struct task_options *t, struct event *e, int *ret_status)
{
	uint64_t priority = 0;

	*ret_status = EXIT_USAGE;
	if (t->review != NULL && !review_parse(str_of(t->review), &e->review)) {
		(void)cli_usage(command, "--review is human, agent or none");
		return false;
	}
	if (t->merge != NULL && !merge_parse(str_of(t->merge), &e->merge_policy)) {
		(void)cli_usage(command, "--merge is auto, manual or none");
		return false;
	}
	if (t->priority != NULL && !options_number(command, "--priority", t->priority,
				       TICKET_PRIO_MAX, &priority, ret_status))
		return false;
	e->has_priority = t->priority != NULL;
	e->priority = (uint32_t)priority;
	if (t->until != NULL &&
	    !stamp_parse_until(str_of(t->until), clock_wall_ms(), &e->not_before_wall_ms)) {
		(void)cli_usage(command,
		    "--until is +90m, +2h, +3d, 14:30 (UTC) or 2026-11-21T06:23:25Z; not \"%s\"",
		    t->until);
		return false;
	}
	e->has_not_before = t->until != NULL;
	return true;
}

static bool
task_agent(struct cli *c, const char *command, const char *name, int *ret_status)
{
	_cleanup_(buf_release) struct buf known = BUF_INIT;
	const struct config_agent *a;

	*ret_status = cli_config(c);
	if (*ret_status != EXIT_OK)
		return false;
	a = config_agent(&c->config, name);
	if (a != NULL) {
		task_warn_agent(a);
		return true;
	}
	for (size_t i = 0; i < c->config.agents.n; i++)
		buf_addf(&known, "%s%s", i > 0 ? ", " : "", c->config.agents.v[i].name);
	cli_say("%s: there is no agent \"%s\" (there are: %s). Add [agent \"%s\"] to %s/config",
	    command, name, known.len > 0 ? known.p : "none", name, c->root.path);
	*ret_status = EXIT_REFUSED;
	return false;
}

bool
task_fill(struct cli *c, const char *command, const struct task_options *t, struct signal *s,
    int *ret_status)
{
	if (!task_policy(command, t, &s->event, ret_status))
		return false;
	if (t->agent != NULL && !task_agent(c, command, t->agent, ret_status))
		return false;
	*ret_status = cli_root(c);
	if (*ret_status != EXIT_OK)
		return false;
	if (t->after != NULL) {
		*ret_status = task_after(c, command, t->after, &s->spec.after);
		if (*ret_status != EXIT_OK)
			return false;
	}
	*ret_status = cli_text(command, t->message, t->file, &s->spec.text);
	if (*ret_status != EXIT_OK)
		return false;
	set_charp(&s->spec.mission, t->mission);
	set_charp(&s->spec.agent, t->agent);
	set_charp(&s->spec.base, t->base);
	set_charp(&s->spec.notify, t->notify);
	return true;
}
