/* SPDX-License-Identifier: GPL-2.0-only */
/* reeve ls: one line a ticket. */
#include "base/base.h"

#include "cli/cli_look.h"
#include "cli/cli_options.h"
#include "cli/cmds.h"

int
cmd_ls(struct cli *c, int argc, char **argv)
{
	_cleanup_(cli_facts_release) struct cli_facts f = CLI_FACTS_INIT;
	_cleanup_(print_release) struct print p = PRINT_INIT;
	_cleanup_(look_release) struct look rows = { 0 };
	const char *mission = NULL;
	bool is_all = false, is_json = false;
	const struct cli_option options[] = {
		{ .brief = 'a', .name = "all", .flag = &is_all },
		{ .name = "mission", .value = &mission },
		{ .name = "json", .flag = &is_json },
		{ 0 },
	};
	struct operands none;
	int status;

	if (!options_parse("ls", options, argc, argv, 0, 0, &none, &status))
		return status;
	status = cli_facts_load_brief(c, &f);
	if (status != EXIT_OK)
		return status;
	look_gather(&f, is_all, mission, &rows);
	print_open(&p);
	if (is_json) {
		struct report_ticket *v = look_reports(&rows);

		report_tickets(v, rows.n, &p.out);
		free(v);
	} else {
		look_table(&p, &f, &rows, 0);
	}
	status = print_close(&p);
	if (rows.n == 0 && !is_json && !is_all && f.records.n > 0)
		cli_say("no ticket is open%s%s; `reeve ls --all` lists those that are over",
		    mission ? " of mission " : "", mission ? mission : "");
	for (size_t i = 0; i < f.bad.n; i++)
		cli_say("ticket %u cannot be read: %s", f.bad.v[i].id.n, f.bad.v[i].why);
	return status == EXIT_OK && f.bad.n > 0 ? EXIT_IO : status;
}
