/* SPDX-License-Identifier: GPL-2.0-only */
/* Rows of the table of commands (commands.h): what a worker says. */
#include "base/base.h"

#include "cli/cmds.h"
#include "cli/commands.h"

/* clang-format off */
const struct command commands_worker[] = {
	{ "done", "Inside a worker",
	    "done [-m SUMMARY | -F FILE] [--commit OID] [--wip] [--no-wait]",
	    "Report: the work is done, this is the commit",
	    "Reports HEAD of the worktree. Commit everything first: with uncommitted changes\n"
	    "nothing is reported.\n"
	    "\n"
	    "  -m, --message TEXT   one or more lines about what was done\n"
	    "  -F, --file FILE      the same from a file; - is stdin\n"
	    "  --commit OID         another commit than HEAD\n"
	    "  --wip                in spite of uncommitted changes, which are not part of it\n"
	    "  --no-wait            do not wait for the decision\n"
	    "  --ticket ID, --episode N, --nonce-file FILE\n"
	    "                       who speaks, where the environment does not say (a nonce\n"
	    "                       is never an argument)\n"
	    "\n"
	    "Who speaks is taken from REEVE_TICKET, REEVE_EPISODE and REEVE_NONCE, else from\n"
	    "the reeve-run above this process. \"durable\" means: it is on disk, it will not be\n"
	    "lost, you may exit.\n"
	    "\n"
	    "Exit codes: 0 durable (and, while a supervisor runs, applied), 1 uncommitted\n"
	    "changes, 2 usage, 3 NOT accepted: it says why and what to do, 74 I/O,\n"
	    "75 try again.\n"
	    "\n"
	    "Example:\n"
	    "  git commit -qam \"fix the login\" && reeve done -m \"fixed; tests are green\"\n",
	    cmd_done, false },
	{ "question", "Inside a worker",
	    "question TEXT | -m TEXT | -F FILE [--choice TEXT]... [--no-wait]",
	    "Ask the person; the answer comes as your next prompt",
	    "Ask one thing, whole. Then end your turn: you are started again with the answer.\n"
	    "\n"
	    "  -m, --message TEXT   the question\n"
	    "  -F, --file FILE      the question, from a file; - is stdin\n"
	    "  --choice TEXT        an answer to choose from, one line; up to 9 of them.\n"
	    "                       Other words can still be the answer\n"
	    "  --no-wait            do not wait for the decision\n"
	    "  --ticket ID, --episode N, --nonce-file FILE\n"
	    "                       who speaks, where the environment does not say (a nonce\n"
	    "                       is never an argument)\n"
	    "\n"
	    "Who speaks is taken from REEVE_TICKET, REEVE_EPISODE and REEVE_NONCE, else from\n"
	    "the reeve-run above this process. \"durable\" means: it is on disk, it will not be\n"
	    "lost, you may exit.\n"
	    "\n"
	    "Exit codes: 0 durable (and, while a supervisor runs, applied), 2 usage,\n"
	    "3 NOT accepted: it says why and what to do, 74 I/O, 75 try again.\n"
	    "\n"
	    "Example:\n"
	    "  reeve question \"Which table goes?\" --choice \"the old one\" --choice both\n",
	    cmd_question, false },
	{ "note", "Inside a worker",
	    "note TEXT | -m TEXT | -F FILE [--no-wait]",
	    "Tell something that changes nothing",
	    "Kept in the ticket's history for people to read.\n"
	    "\n"
	    "  -m, --message TEXT   the note\n"
	    "  -F, --file FILE      the note, from a file; - is stdin\n"
	    "  --no-wait            do not wait for the decision\n"
	    "  --ticket ID, --episode N, --nonce-file FILE\n"
	    "                       who speaks, where the environment does not say (a nonce\n"
	    "                       is never an argument)\n"
	    "\n"
	    "Who speaks is taken from REEVE_TICKET, REEVE_EPISODE and REEVE_NONCE, else from\n"
	    "the reeve-run above this process. \"durable\" means: it is on disk, it will not be\n"
	    "lost, you may exit.\n"
	    "\n"
	    "Exit codes: 0 durable (and, while a supervisor runs, applied), 2 usage,\n"
	    "3 NOT accepted: it says why and what to do, 74 I/O, 75 try again.\n"
	    "\n"
	    "Example:\n"
	    "  reeve note \"half of the tests are ported\"\n",
	    cmd_note, false },
	{ "hook", "Inside a worker",
	    "hook [--event NAME] [--wait TIME]",
	    "What an agent's own hooks call: how its turn stands",
	    "Reads what Claude Code and Codex give their hooks on stdin, and keeps whether\n"
	    "the agent is idle, busy or asks something of its own in turn.json of its\n"
	    "episode, for people. No ticket moves by it.\n"
	    "\n"
	    "At the end of a turn (Stop) without a report the agent is told once what it\n"
	    "owes, with the command to run; it goes on with that. So it is told that messages\n"
	    "wait for it (`reeve inbox`), once for the same ones in a turn; when a session or\n"
	    "a turn begins, likewise. An agent that is no worker is told of those of\n"
	    "$REEVE_INBOX.\n"
	    "\n"
	    "  --wait TIME    at the end of a turn: when no message waits, sleep so long for\n"
	    "                 one; the time that the agent gives its hooks has to be longer\n"
	    "  --event NAME   for agents that give no JSON: SessionStart, UserPromptSubmit,\n"
	    "                 PermissionRequest, Stop, StopFailure or SessionEnd\n"
	    "\n"
	    "Exit codes: 0; 1 an option is wrong; 2 the agent is told something (on stderr,\n"
	    "as both agents want it). All other failures are told on stderr, with 0: a hook\n"
	    "that fails would be in the agent's way.\n"
	    "\n"
	    "Example:\n"
	    "  {\"hooks\":{\"Stop\":[{\"hooks\":[{\"type\":\"command\",\"command\":\"reeve hook\"}]}]}}\n",
	    cmd_hook, false },
	{ "mcp", "Inside a worker",
	    "mcp [--role author|reviewer|operator] [--inbox NAME] [--ticket ID] [--episode N] "
	    "[--nonce-file FILE]",
	    "The same as tools of an MCP server",
	    "A Model Context Protocol server on stdin and stdout (JSON-RPC 2.0, a message a\n"
	    "line), to be started by an agent. Its tools are commands: report_done,\n"
	    "report_review, ask_question and note for an author; report_verdict for a\n"
	    "reviewer; new_ticket and list_tickets for somebody who is no worker; ticket and\n"
	    "inbox for all. A report is on disk when it is answered; one that is not taken is\n"
	    "answered NOT recorded, and why.\n"
	    "\n"
	    "  --role ROLE   whose tools; else as REEVE_ROLE says, here or in the reeve-run\n"
	    "                above this process, and without: operator\n"
	    "  --inbox NAME  whose messages the tool inbox reads, and who gets those of\n"
	    "                tickets that new_ticket makes; else $REEVE_INBOX\n"
	    "  --ticket ID, --episode N, --nonce-file FILE\n"
	    "                who speaks, where the environment does not say (a nonce is\n"
	    "                never an argument)\n"
	    "\n"
	    "Exit codes: 0 the client closed it, 2 usage, 74 I/O.\n"
	    "\n"
	    "Example:\n"
	    "  claude mcp add reeve -- reeve mcp\n",
	    cmd_mcp, false },
	{ 0 },
};
/* clang-format on */
