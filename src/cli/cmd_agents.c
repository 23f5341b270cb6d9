/* SPDX-License-Identifier: GPL-2.0-only */
/* reeve agents: which agents there are, and what each of them is in effect. */
#include "base/base.h"

#include "cli/cmds.h"

#include "cli/cli_agent.h"
#include "cli/cli_options.h"
#include "cli/cli_print.h"
#include "cli/cli_state.h"
#include "codec/json.h"

static bool
agents_is_default(const struct cli *c, const struct config_agent *a)
{
	return c->config.agent != NULL && strcmp(c->config.agent, a->name) == 0;
}

static void
agents_json(const struct cli *c, struct buf *ret)
{
	for (size_t i = 0; i < c->config.agents.n; i++) {
		const struct config_agent *a = &c->config.agents.v[i];
		_cleanup_(json_drop) json_t *o = json_new();
		_cleanup_(buf_release) struct buf program = BUF_INIT;

		json_put_text(o, "name", a->name);
		json_put_known(o, "profile", a->profile);
		json_put_bool(o, "ready_made", a->is_ready_made);
		json_put_bool(o, "default", agents_is_default(c, a));
		json_put_known(o, "program", agent_find(a, &program, NULL) == 0 ? program.p : NULL);
		if (ret->len > 0)
			ret->p[ret->len - 1] = ','; /* in the place of the newline */
		json_add(o, true, ret);
	}
}

static void
agents_table(const struct cli *c, struct print *p)
{
	static const struct print_column columns[] = { { .title = "AGENT" }, { .title = "FROM" },
		{ .title = "PROGRAM", .is_flexible = true } };
	_cleanup_(print_table_release) struct print_table t = { 0 };

	print_table_init(&t, columns, ARRAY_LEN(columns));
	for (size_t i = 0; i < c->config.agents.n; i++) {
		const struct config_agent *a = &c->config.agents.v[i];
		_cleanup_(buf_release) struct buf program = BUF_INIT;
		bool is_there = agent_find(a, &program, NULL) == 0;

		print_table_addf(
		    &t, PRINT_PLAIN, "%s%s", a->name, agents_is_default(c, a) ? " *" : "");
		print_table_addf(&t, PRINT_PLAIN, "%s%s%s",
		    a->is_ready_made ? "ready-made" : "config",
		    a->is_ready_made || !a->profile ? "" : ", over ",
		    a->is_ready_made || !a->profile ? "" : a->profile);
		print_table_addf(&t, is_there ? PRINT_PLAIN : PRINT_DIM, "%s",
		    is_there ? program.p : "not installed");
	}
	print_table_show(p, &t, true);
}

int
cmd_agents(struct cli *c, int argc, char **argv)
{
	_cleanup_(print_release) struct print p = PRINT_INIT;
	_cleanup_(buf_release) struct buf b = BUF_INIT;
	bool is_json = false;
	const struct cli_option options[] = { { 0, "json", .flag = &is_json }, { 0 } };
	const struct config_agent *a = NULL;
	struct operands name;
	int status;

	if (!options_parse("agents", options, argc, argv, 0, 1, &name, &status))
		return status;
	status = cli_config(c);
	if (status != EXIT_OK)
		return status;
	if (name.n > 0 && is_json)
		return cli_usage("agents", "--json lists all of them; name none");
	if (name.n > 0 && (a = config_agent(&c->config, name.v[0])) == NULL) {
		cli_say("agents: there is no agent \"%s\"; `reeve agents` lists them", name.v[0]);
		return EXIT_REFUSED;
	}
	print_open(&p);
	if (a != NULL) {
		config_add_agent(&b, a);
		print_lines(&p, 0, buf_str(&b));
	} else if (is_json) {
		agents_json(c, &b);
		print_words(&p, "[%s%s]\n", b.len > 0 ? "\n" : "", b.p);
	} else {
		agents_table(c, &p);
	}
	return print_close(&p);
}
