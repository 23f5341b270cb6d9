/* SPDX-License-Identifier: GPL-2.0-only */
/* Rows of the table of commands (commands.h): running it. */
#include "base/base.h"

#include "cli/cmds.h"
#include "cli/commands.h"

/* clang-format off */
const struct command commands_run[] = {
	{ "up", "Run",
	    "up [-d]",
	    "Start the supervisor",
	    "  -d, --detach   in the background; without it, it runs here and logs to stderr\n"
	    "\n"
	    "Exit codes: 0, 2 usage, 74 I/O, 75 one runs already.\n"
	    "\n"
	    "Example:\n"
	    "  reeve up -d\n",
	    cmd_up, true },
	{ "down", "Run",
	    "down",
	    "Stop the supervisor; workers go on",
	    "What workers report meanwhile is kept and applied at the next `reeve up`.\n"
	    "\n"
	    "Exit codes: 0, 1 none runs, 2 usage, 74 I/O.\n"
	    "\n"
	    "Example:\n"
	    "  reeve down\n",
	    cmd_down, true },
	{ "halt", "Run",
	    "halt [-m REASON] [--stop]",
	    "Kill switch: nothing starts, merges or retries by itself",
	    "The same as `touch control/kill` in the state directory. Running workers go on,\n"
	    "their reports are taken. `reeve resume` ends it.\n"
	    "\n"
	    "  -m, --message REASON   shown by `reeve status`\n"
	    "  --stop                 also stop the workers (control/stop)\n"
	    "\n"
	    "Exit codes: 0, 2 usage, 74 I/O.\n"
	    "\n"
	    "Example:\n"
	    "  reeve halt -m \"disk is being replaced\"\n",
	    cmd_halt, true },
	{ "resume", "Run",
	    "resume",
	    "End the halt",
	    "Exit codes: 0, 2 usage, 74 I/O.\n"
	    "\n"
	    "Example:\n"
	    "  reeve resume\n",
	    cmd_resume, true },
	{ "sync", "Run",
	    "sync",
	    "Wait until everything that was said is decided",
	    "Returns when no signal waits and the supervisor has carried out what follows.\n"
	    "For scripts, instead of sleeping.\n"
	    "\n"
	    "Exit codes: 0, 2 usage, 74 I/O, 75 not at rest.\n"
	    "\n"
	    "Example:\n"
	    "  reeve new hello --park && reeve sync\n",
	    cmd_sync, false },
	{ "fsck", "Run",
	    "fsck [--live] [--git] [--json]",
	    "Check the state directory; changes nothing",
	    "Each finding: the invariant that does not hold, what is wrong, and what to do\n"
	    "next.\n"
	    "\n"
	    "  --live   also processes and locks: who runs, and whether what is shown is so.\n"
	    "           (What the one turn of a running supervisor can explain is no fault.)\n"
	    "  --git    also the repositories: pinned commits, what landed, worktrees,\n"
	    "           branches\n"
	    "  --json   a list of findings\n"
	    "\n"
	    "Exit codes: 0 all is well, 1 something is wrong, 2 usage, 74 not all of it could\n"
	    "be checked.\n"
	    "\n"
	    "Example:\n"
	    "  reeve fsck --live --git\n",
	    cmd_fsck, false },
	{ 0 },
};
/* clang-format on */
