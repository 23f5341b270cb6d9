/* SPDX-License-Identifier: GPL-2.0-only */
/* new: a ticket. */
#include "base/base.h"

#include "cli/cmds.h"

#include <errno.h>

#include "cli/cli_config.h"
#include "cli/cli_from.h"
#include "cli/cli_inbox.h"
#include "cli/cli_mutate.h"
#include "cli/cli_task.h"
#include "codec/json.h"
#include "store/tickets.h"

/* Repository, base, agent and policies: what was not said comes from the configuration. */
static bool
new_defaults(
    struct cli *c, const char *command, const char *repo_name, struct signal *s, int *ret_status)
{
	_cleanup_(free_charp) char *cwd = getcwd(NULL, 0);
	const struct config_repo *repo;
	const struct config_agent *agent;
	struct err err = ERR_INIT;

	if (cwd == NULL && repo_name == NULL) {
		(void)err_sys(&err, errno,
		    "cannot tell the current directory; name a repository with --repo");
		*ret_status = cli_fail(&err);
		return false;
	}
	repo = config_choose_repo(&c->config, repo_name, cwd, &err);
	if (repo == NULL) {
		*ret_status = cli_fail(&err);
		return false;
	}
	set_charp(&s->spec.repo, repo->name);
	if (s->spec.base == NULL)
		set_charp(&s->spec.base, repo->base);
	if (s->spec.agent == NULL) {
		const char *name = config_default_agent(&c->config, repo);

		agent = name != NULL ? config_agent(&c->config, name) : NULL;
		if (agent == NULL && name != NULL)
			cli_say(
			    "%s: the default agent \"%s\" is neither in %s/config nor ready-made; "
			    "`reeve agents` lists them",
			    command, name, c->root.path);
		else if (agent == NULL)
			cli_say("%s: no agent is chosen. Name one with --agent, or set agent = "
				"NAME under "
				"[defaults] in %s/config (`reeve init` does)",
			    command, c->root.path);
		if (agent == NULL) {
			*ret_status = EXIT_REFUSED;
			return false;
		}
		task_warn_agent(agent);
		set_charp(&s->spec.agent, agent->name);
	}
	if (s->event.review == REVIEW_UNSET)
		s->event.review = c->config.review;
	if (s->event.merge_policy == MERGE_UNSET)
		s->event.merge_policy = c->config.merge;
	return true;
}

/* Who gets its messages: as said ("" for nobody), else whoever this is done for, else as configured. */
static bool
new_notify(struct cli *c, const char *command, struct signal *s, int *ret_status)
{
	const char *own = getenv(INBOX_VARIABLE);

	if (s->spec.notify != NULL) {
		if (s->spec.notify[0] == '\0')
			set_charp(&s->spec.notify, NULL);
		return true;
	}
	if (own != NULL && own[0] != '\0' && !id_is_name(str_of(own))) {
		*ret_status = cli_usage(command,
		    "$" INBOX_VARIABLE " is a letter or digit, then at most 63 letters, digits and "
		    "._-; not \"%s\"",
		    own);
		return false;
	}
	set_charp(&s->spec.notify, cli_inbox_own() ? cli_inbox_own() : c->config.notify);
	return true;
}

static void
new_print_json(struct cli *c, const struct signal *s, const struct publish_result *r)
{
	_cleanup_(record_release) struct record rec = { .history = BUF_INIT };
	_cleanup_(json_drop) json_t *o = json_new();
	_cleanup_(buf_release) struct buf b = BUF_INIT;
	bool has_ticket = r->outcome == PUBLISH_APPLIED;

	if (has_ticket) {
		json_put_int(o, "ticket", r->ticket.n);
		json_put_int(o, "rev", (int64_t)r->rev);
	}
	if (has_ticket && ticket_read(&c->root, r->ticket, &rec, NULL) == 0)
		json_put_text(o, "branch", rec.spec.branch);
	json_put_text(o, "signal", s->event.sig.s);
	json_add(o, true, &b);
	(void)fputs(b.p, stdout); /* main() checks stdout */
}

static bool
new_publish(struct cli *c, struct mutation *m, const struct task_options *task, struct signal *s,
    struct publish_result *ret, int *ret_status)
{
	if (!mutate_publish(c, m, s, ret, ret_status))
		return false;
	if (task->base != NULL && (m->is_hasty || ret->outcome == PUBLISH_APPLIED))
		from_warn_base(c, s->spec.repo, s->spec.base);
	return true;
}

int
cmd_new(struct cli *c, int argc, char **argv)
{
	_cleanup_(signal_release) struct signal s = { 0 };
	struct mutation m = { .command = argv[0] };
	struct publish_result result = { 0 };
	struct task_options task = { 0 };
	const char *repo = NULL;
	bool is_parked = false, is_json = false;
	const struct cli_option options[] = {
		TASK_OPTIONS(task),
		{ 0, "park", .flag = &is_parked },
		{ 0, "repo", .value = &repo },
		{ 0, "json", .flag = &is_json },
		{ 0, "no-wait", .flag = &m.is_hasty },
		{ 0 },
	};
	struct operands title;
	int status;

	if (!options_parse(argv[0], options, argc, argv, 1, 1, &title, &status))
		return status;
	if (str_trim(str_of(title.v[0])).len == 0)
		return cli_usage(argv[0], "the title is empty");
	s.event.kind = EVENT_CREATE;
	s.event.want = is_parked ? WANT_PARK : WANT_RUN;
	set_charp(&s.spec.title, title.v[0]);
	status = cli_config(c);
	if (status != EXIT_OK || !task_fill(c, argv[0], &task, &s, &status) ||
	    !new_defaults(c, argv[0], repo, &s, &status) || !new_notify(c, argv[0], &s, &status) ||
	    (task.from != NULL && !from_resolve(c, argv[0], s.spec.repo, s.spec.base, task.from,
				      &s.spec.from, &status)) ||
	    !new_publish(c, &m, &task, &s, &result, &status))
		return status;
	if (is_json && (m.is_hasty || result.outcome == PUBLISH_APPLIED))
		new_print_json(c, &s, &result);
	else if (m.is_hasty)
		cli_out("durable %s", s.event.sig.s);
	else if (result.outcome == PUBLISH_APPLIED)
		cli_out("%u", result.ticket.n);
	if (m.is_hasty)
		return EXIT_OK;
	mutate_forget(c, &s, &result);
	return cli_publish_report(&result, "", true);
}
