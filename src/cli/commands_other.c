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
	{ "completion", "Other",
	    "completion bash|zsh|fish | completion --words [WORD]...",
	    "For your shell: Tab completes commands, tickets and names",
	    "Prints the script of that shell. `make install` puts them where shells look;\n"
	    "else, in ~/.bashrc:   eval \"$(reeve completion bash)\"\n"
	    "in ~/.zshrc, behind compinit:   eval \"$(reeve completion zsh)\"\n"
	    "in fish: reeve completion fish >~/.config/fish/completions/reeve.fish\n"
	    "\n"
	    "  --words   what the scripts call, with -- and the words behind reeve up to the\n"
	    "            cursor, of which the last may be begun or empty: prints what it may\n"
	    "            become, one a line, and behind a tab what that is. Nothing that a\n"
	    "            shell would not take as a plain word is offered\n"
	    "\n"
	    "Exit codes: 0, 1 with --words: names of files fit there, too, 2 usage.\n"
	    "\n"
	    "Example:\n"
	    "  reeve completion --words -- show ''\n",
	    cmd_completion, false },
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
