/* SPDX-License-Identifier: GPL-2.0-only */
/* reeve log: the history of a ticket, readable. */
#include "base/base.h"

#include "cli/cli_facts.h"
#include "cli/cli_history.h"
#include "cli/cli_options.h"
#include "cli/cmds.h"

int
cmd_log(struct cli *c, int argc, char **argv)
{
	_cleanup_(cli_history_release) struct cli_history h = { 0 };
	_cleanup_(record_release) struct record r = { .history = BUF_INIT };
	_cleanup_(print_release) struct print p = PRINT_INIT;
	struct err err = ERR_INIT;
	struct operands id;
	int status;

	if (!options_parse("log", NULL, argc, argv, 1, 1, &id, &status))
		return status;
	status = cli_ticket(c, id.v[0], &r);
	if (status != EXIT_OK)
		return status;
	if (cli_history_load(&h, &r, &err) < 0)
		return cli_fail(&err);
	print_open(&p);
	cli_history_print(&p, &h, r.ticket.id, 0, true);
	return print_close(&p);
}
