/* SPDX-License-Identifier: GPL-2.0-only */
/* reeve: every command that a person or an agent types. */
#include "base/base.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "cli/cli_state.h"
#include "cli/cmds.h"

/* A descriptor 0, 1 or 2 that is closed would be given to a file of the store, and printed into. */
static bool
main_open_standard(void)
{
	for (int fd = 0; fd <= 2; fd++)
		if (fcntl(fd, F_GETFD) < 0 &&
		    open("/dev/null", fd == 0 ? O_RDONLY : O_WRONLY) != fd)
			return false;
	return true;
}

static int
main_unknown(const char *name)
{
	_cleanup_(strvec_release) struct strvec near = STRVEC_INIT;
	_cleanup_(buf_release) struct buf b = BUF_INIT;

	command_near(name, &near);
	for (size_t i = 0; i < near.n; i++)
		buf_addf(&b, "%s%s", i == 0 ? "" : i + 1 < near.n ? ", " : " or ", near.v[i]);
	if (near.n > 0)
		cli_say("there is no command \"%s\". Did you mean %s?", name, b.p);
	else
		cli_say("there is no command \"%s\". `reeve help` lists them", name);
	return EXIT_USAGE;
}

static int
main_run(struct cli *c, int argc, char **argv)
{
	const struct command *command;

	if (argc < 2 || strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0) {
		cli_help(NULL);
		return EXIT_OK;
	}
	if (strcmp(argv[1], "--version") == 0)
		return cmd_version(c, 1, argv + 1);
	if (argv[1][0] == '-') {
		cli_say("there is no option \"%s\" before the command. See `reeve help`", argv[1]);
		return EXIT_USAGE;
	}
	command = command_find(argv[1]);
	if (command == NULL)
		return main_unknown(argv[1]);
	if (argc == 3 && (strcmp(argv[2], "--help") == 0 || strcmp(argv[2], "-h") == 0)) {
		cli_help(command);
		return EXIT_OK;
	}
	if (command->is_operator && cli_is_worker())
		return cli_refuse_worker(command->name);
	return command->run(c, argc - 1, argv + 1);
}

int
main(int argc, char **argv)
{
	struct cli c = { .root = ROOT_INIT };
	int status;

	if (!main_open_standard())
		return EXIT_IO;
	(void)umask(077); /* what is published must be readable by us, whatever the worker's is */
	status = main_run(&c, argc, argv);
	cli_release(&c);
	if (fflush(stdout) != 0 || ferror(stdout)) {
		cli_say("cannot write the output: %s", strerror(errno));
		return EXIT_IO;
	}
	return status;
}
