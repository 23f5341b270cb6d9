/* SPDX-License-Identifier: GPL-2.0-only */
/* Rows of the table of commands (commands.h): help. */
#include "base/base.h"

#include "cli/cmds.h"
#include "cli/commands.h"

/* clang-format off */
const struct command commands_other[] = {
	{ "help", "Other",
	    "help [COMMAND]",
	    "This list, or all about one command",
	    "`reeve COMMAND --help` is the same.\n"
	    "\n"
	    "Exit codes: 0, 2 no such command.\n"
	    "\n"
	    "Example:\n"
	    "  reeve help new\n",
	    cmd_help, false },
	{ "version", "Other",
	    "version",
	    "Print the version",
	    "`reeve --version` is the same.\n"
	    "\n"
	    "Exit codes: 0.\n"
	    "\n"
	    "Example:\n"
	    "  reeve version\n",
	    cmd_version, false },
	{ 0 },
};
/* clang-format on */
