/* SPDX-License-Identifier: GPL-2.0-only */
/* help, version */
#include "base/base.h"

#include "cli/cmds.h"

#include "cli/cli_options.h"
#include "cli/cli_state.h"

static void
help_overview(void)
{
	const char *group = "";
	const struct command *c;

	(void)printf("reeve: coding agents, one ticket each, each in its own worktree and tmux "
		     "window\n"
		     "\n"
		     "usage: reeve COMMAND [ARGUMENT]...\n"
		     "       reeve help COMMAND\n");
	for (size_t i = 0; (c = command_at(i)) != NULL; i++) {
		if (strcmp(group, c->group) != 0)
			(void)printf("\n%s\n", c->group);
		group = c->group;
		(void)printf("  %-10s %s\n", c->name, c->summary);
	}
	(void)printf("\nTo begin: `reeve init` in a git repository, `reeve new TITLE -m TEXT`,\n"
		     "`reeve up -d`, `reeve status`.\n");
}

void
cli_help(const struct command *command)
{
	_cleanup_(buf_release) struct buf usage = BUF_INIT;

	if (command == NULL) {
		help_overview();
		return;
	}
	cli_add_usage(command, &usage);
	(void)printf("%s\n%s.\n\n%s", usage.p, command->summary, command->help);
}

int
cmd_help(struct cli *c, int argc, char **argv)
{
	_cleanup_(strvec_release) struct strvec near = STRVEC_INIT;
	const struct command *command;
	struct operands args;
	int status;

	(void)c;
	if (!options_parse(argv[0], NULL, argc, argv, 0, 1, &args, &status))
		return status;
	if (args.n == 0) {
		cli_help(NULL);
		return EXIT_OK;
	}
	command = command_find(args.v[0]);
	if (command == NULL) {
		command_near(args.v[0], &near);
		cli_say("there is no command \"%s\"%s%s%s", args.v[0],
		    near.n > 0 ? ". Did you mean " : "; `reeve help` lists them",
		    near.n > 0 ? near.v[0] : "", near.n > 0 ? "?" : "");
		return EXIT_USAGE;
	}
	cli_help(command);
	return EXIT_OK;
}

int
cmd_version(struct cli *c, int argc, char **argv)
{
	struct operands none;
	int status;

	(void)c;
	if (!options_parse("version", NULL, argc, argv, 0, 0, &none, &status))
		return status;
	cli_out("reeve %s", REEVE_VERSION);
	return EXIT_OK;
}
