/* SPDX-License-Identifier: GPL-2.0-only */
/* Rows of the table of commands (commands.h): looking. */
#include "base/base.h"

#include "cli/cmds.h"
#include "cli/commands.h"

/* clang-format off */
const struct command commands_look[] = {
	{ "status", "Look",
	    "status [--json | --line]",
	    "What needs you, and why everything else waits",
	    "What failed three times in a row comes first: nothing that needs it is tried for\n"
	    "now. Then tickets that wait for a person; then one line for each other ticket\n"
	    "that is not done, with what it waits for. Which of them will conflict with each\n"
	    "other is told, too. This is found out now, not remembered.\n"
	    "\n"
	    "  --json   the same as JSON\n"
	    "  --line   one line, for a status line: how much waits, and is at work\n"
	    "\n"
	    "Exit codes: 0 nothing waits for you, 1 something does, 2 usage, 74 I/O.\n"
	    "\n"
	    "Example:\n"
	    "  reeve status\n",
	    cmd_status, false },
	{ "ls", "Look",
	    "ls [--all] [--mission M] [--json]",
	    "List tickets",
	    "  -a, --all     also those that are done or cancelled\n"
	    "  --mission M   only those of this mission\n"
	    "  --json        one JSON array\n"
	    "\n"
	    "Exit codes: 0, 2 usage, 74 I/O.\n"
	    "\n"
	    "Example:\n"
	    "  reeve ls --all\n",
	    cmd_ls, false },
	{ "wait", "Look",
	    "wait ID... [--any] [--timeout TIME] [--json]",
	    "Sleep until tickets are over, or need somebody",
	    "Ends when each of these tickets is done or cancelled or waits for a person: for\n"
	    "a verdict, an answer or a decision. Then prints them as `reeve ls` does.\n"
	    "\n"
	    "  --any            end when one of them does\n"
	    "  --timeout TIME   not longer than this: 90s, 5m, 24h; then prints those that\n"
	    "                   have come\n"
	    "  --json           one JSON array, as `reeve ls --json`\n"
	    "\n"
	    "Exit codes: 0, 1 no such ticket, 2 usage, 74 I/O, 75 the time is over.\n"
	    "\n"
	    "Example:\n"
	    "  reeve wait 3 4 5 --any --timeout 10m --json\n",
	    cmd_wait, false },
	{ "watch", "Look",
	    "watch [-n LINES] [--json]",
	    "What happens, as it happens",
	    "A line for each change of a ticket, until you end it.\n"
	    "\n"
	    "  -n, --lines N   begin with the last N of them; default 10\n"
	    "  --json          the lines of events.jsonl as they are\n"
	    "\n"
	    "Exit codes: 0, 2 usage, 74 I/O.\n"
	    "\n"
	    "Example:\n"
	    "  reeve watch --json | jq -r 'select(.to == \"attention\").ticket'\n",
	    cmd_watch, false },
	{ "inbox", "Look",
	    "inbox [NAME] [--peek] [--read NAMES] [--wait] [--timeout TIME] [--json]",
	    "Read the messages that wait for a name",
	    "A ticket that names somebody (`reeve new --notify NAME`) tells that name when it\n"
	    "asks, needs a verdict or a decision, or is over. This prints what is not read\n"
	    "yet, and then marks it as read. Without NAME: that of $REEVE_INBOX, else of\n"
	    "notify under [defaults]; for a worker always its own, with what `reeve tell`\n"
	    "told it.\n"
	    "\n"
	    "  --peek           do not mark them as read\n"
	    "  --read NAMES     mark these as read first: 12.41,13.7, as they were printed\n"
	    "  --wait           when there is none, sleep until there is one\n"
	    "  --timeout TIME   the same, not longer than this: 90s, 5m, 24h\n"
	    "  --json           one JSON array; see Messages in reeve-state(5)\n"
	    "\n"
	    "Exit codes: 0, 1 one cannot be read or named, 2 usage, 74 I/O, 75 the time is\n"
	    "over.\n"
	    "\n"
	    "Example:\n"
	    "  reeve inbox boss --wait --json\n",
	    cmd_inbox, false },
	{ "mission", "Look",
	    "mission [NAME] [--json]",
	    "How far the tickets of a mission are",
	    "A mission is a name that tickets share (`reeve new --mission NAME`). Tells how\n"
	    "many are done, then each ticket in one line, with what it waits for; none stands\n"
	    "before one that it comes after. Without NAME: all missions. Counted now, kept\n"
	    "nowhere.\n"
	    "\n"
	    "  --json   the same as JSON\n"
	    "\n"
	    "Exit codes: 0, 1 no such mission, 2 usage, 74 I/O.\n"
	    "\n"
	    "Example:\n"
	    "  reeve mission login\n",
	    cmd_mission, false },
	{ "show", "Look",
	    "show ID [--json]",
	    "Everything about one ticket",
	    "  --json   the same as JSON\n"
	    "\n"
	    "Exit codes: 0, 1 no such ticket, 2 usage, 74 I/O.\n"
	    "\n"
	    "Example:\n"
	    "  reeve show 12\n",
	    cmd_show, false },
	{ "log", "Look",
	    "log ID [--full]",
	    "The history of one ticket",
	    "One line a revision: when, who, what, from which state to which.\n"
	    "\n"
	    "  --full   in your pager: and what each worker was told (its brief), and what\n"
	    "           its terminal showed last\n"
	    "\n"
	    "Exit codes: 0, 1 no such ticket, 2 usage, 74 I/O.\n"
	    "\n"
	    "Example:\n"
	    "  reeve log 12\n",
	    cmd_log, false },
	{ "diff", "Look",
	    "diff ID [--stat]",
	    "What a ticket's branch changes",
	    "Shows it with `git diff`, against the base that the work began at.\n"
	    "\n"
	    "  --stat   only the names of files and how much of each\n"
	    "\n"
	    "Exit codes: 0, 1 nothing to show, 2 usage, 74 I/O.\n"
	    "\n"
	    "Example:\n"
	    "  reeve diff 12 --stat\n",
	    cmd_diff, false },
	{ "attach", "Look",
	    "attach ID[.EPISODE]",
	    "Look at a worker's terminal, and type into it",
	    "Works from outside tmux, and from inside another tmux. Of a worker that has\n"
	    "ended, its last screen is shown.\n"
	    "\n"
	    "Exit codes: 0, 1 no worker, 2 usage, 74 I/O.\n"
	    "\n"
	    "Example:\n"
	    "  reeve attach 12\n",
	    cmd_attach, true },
	{ "tail", "Look",
	    "tail ID[.EPISODE] [-f] [-n LINES] [--raw]",
	    "What a worker's terminal shows, as text",
	    "The screen of a worker that runs, else the last one that was kept. 12 means the\n"
	    "last episode of ticket 12, 12.3 its third.\n"
	    "\n"
	    "  -f, --follow   the last lines, then what comes, until the episode ends. What\n"
	    "                 is drawn over again and again is told when it stays.\n"
	    "  -n, --lines N  the last N lines; default with -f: 20\n"
	    "  --raw          the bytes as they were recorded, escape sequences and all\n"
	    "\n"
	    "Exit codes: 0, 1 nothing to show, 2 usage, 74 I/O.\n"
	    "\n"
	    "Example:\n"
	    "  reeve tail 12 -n 200\n"
	    "  reeve tail -f 12\n",
	    cmd_tail, false },
	{ 0 },
};
/* clang-format on */
