/* SPDX-License-Identifier: GPL-2.0-only */
/* Rows of the table of commands (commands.h): setting up, and giving work. */
#include "base/base.h"

#include "cli/cmds.h"
#include "cli/commands.h"

/* clang-format off */
const struct command commands_setup[] = {
	{ "init", "Set up",
	    "init",
	    "Make the state directory, find agents, add this repository",
	    "Makes $REEVE_STATE (else $XDG_STATE_HOME/reeve, else ~/.local/state/reeve),\n"
	    "looks for installed agents (those of `reeve agents`), and adds the git\n"
	    "repository that you stand in, as `reeve repo add .` does. Run it again at any\n"
	    "time: what is there stays as it is, what is missing is added.\n"
	    "\n"
	    "Without an agent the default is \"sh\", which runs a ticket's text as a shell\n"
	    "script: enough to try everything out:\n"
	    "  reeve new today -m 'date >today; git add .; git commit -m today; reeve done'\n"
	    "\n"
	    "Exit codes: 0 ready, 1 refused, 2 usage, 74 I/O, 75 try again.\n"
	    "\n"
	    "Example:\n"
	    "  cd ~/src/app && reeve init\n",
	    cmd_init, true },
	{ "repo", "Set up",
	    "repo add PATH [--name N] [--base B] | repo ls [--json] | repo rm NAME",
	    "Tell reeve about git repositories",
	    "add PATH    the repository at PATH. Tickets branch off its base and land there.\n"
	    "  --name N  call it N; else the last part of the path\n"
	    "  --base B  its base branch; else the one that is checked out\n"
	    "ls          name, base and path of each\n"
	    "  --json    the same as JSON: name, base, path\n"
	    "rm NAME     forget it. Its files are not touched. Refused while tickets that\n"
	    "            are not done belong to it.\n"
	    "\n"
	    "The sections [repo \"NAME\"] of the file `config` are what this edits.\n"
	    "\n"
	    "Exit codes: 0 done, 1 refused, 2 usage, 74 I/O.\n"
	    "\n"
	    "Example:\n"
	    "  reeve repo add ~/src/app --base main\n",
	    cmd_repo, true },
	{ "agents", "Set up",
	    "agents [NAME] [--json]",
	    "List the agents: the configured and the ready-made ones",
	    "One line an agent: its name, where it comes from, and whether its program is\n"
	    "installed. The one that works on tickets that name none has a *.\n"
	    "\n"
	    "  NAME      the section of one agent as it is in effect: what the configuration\n"
	    "            gives, and what its profile does. A good beginning for one's own\n"
	    "  --json    name, profile, ready_made, default, program (null: not found)\n"
	    "\n"
	    "Exit codes: 0 listed, 1 there is no such agent, 2 usage, 74 I/O.\n"
	    "\n"
	    "Example:\n"
	    "  reeve agents claude\n",
	    cmd_agents, true },
	{ "doctor", "Set up",
	    "doctor [--json]",
	    "Find what would keep agents from working here",
	    "Looks at reeve itself (state directory, supervisor, tmux, git, limits, what was\n"
	    "refused) and at each agent that is configured or installed: its version, and the\n"
	    "dialogs that it would wait in (Claude Code, Codex). What is to be mended is told\n"
	    "with the reason and the way. Nothing is changed; an agent's program is run with\n"
	    "--version only.\n"
	    "\n"
	    "  --json    a list of: kind (fine, untold, note, mend), about, what, why, mend\n"
	    "\n"
	    "Exit codes: 0 nothing to mend, 1 something, 2 usage, 74 I/O.\n"
	    "\n"
	    "Example:\n"
	    "  reeve doctor\n",
	    cmd_doctor, true },
	{ "new", "Give work",
	    "new TITLE [-m TEXT | -F FILE] [--park] [--until TIME] [--after IDS] [--mission M] "
	    "[--agent A] [--review human|none|agent] [--merge auto|manual|none] [--base B] "
	    "[--from REF] [--priority N] [--notify N] [--repo R] [--no-wait] [--json]",
	    "Make a ticket; prints its number",
	    "The ticket gets a branch, a worktree and a worker as soon as there is a free\n"
	    "slot. TITLE is one line; the text says what to do.\n"
	    "\n"
	    "  -m, --message TEXT   what to do\n"
	    "  -F, --file FILE      what to do, from a file; - is stdin\n"
	    "  --park               make it, but let nobody start (see `reeve unpark`)\n"
	    "  --until TIME         not before: +90m, +2h, +3d, 14:30 (UTC),\n"
	    "                       2026-11-21T06:23:25Z\n"
	    "  --after IDS          not before these tickets are done: 3,4\n"
	    "  --mission M          a name that groups tickets\n"
	    "  --agent A            which [agent \"A\"] of the configuration works on it\n"
	    "  --review WHO         who looks at the result: human, none or agent\n"
	    "  --merge HOW          what happens to a passed one: auto, manual or none\n"
	    "  --base B             the branch it builds on and lands in\n"
	    "  --from REF           its own branch begins at this branch, tag or commit, as\n"
	    "                       it is now, not at the tip of B; what is on it lands, too\n"
	    "  --priority N         0 to 1000; higher goes first\n"
	    "  --notify N           who gets its messages (see `reeve inbox`); else\n"
	    "                       $REEVE_INBOX; \"\": nobody\n"
	    "  --repo R             which repository; else the one that you stand in\n"
	    "  --no-wait            do not wait for the number: print \"durable ID\" and go\n"
	    "  --json               print {\"ticket\",\"rev\",\"branch\",\"signal\"}\n"
	    "\n"
	    "What is left out comes from [defaults] and [repo \"R\"] of the configuration.\n"
	    "\n"
	    "Exit codes: 0 made, 1 refused, 2 usage, 74 I/O, 75 not decided yet.\n"
	    "\n"
	    "Example:\n"
	    "  reeve new \"fix the login\" -m \"The button does nothing. Run make test.\"\n",
	    cmd_new, true },
	{ "edit", "Give work",
	    "edit ID [--title T] [-m TEXT | -F FILE] [--until TIME] [--after IDS] [--mission M] "
	    "[--agent A] [--review human|none|agent] [--merge auto|manual|none] [--base B] [--from REF] [--priority N] "
	    "[--notify N] [--expect REV] [--no-wait]",
	    "Change a ticket",
	    "A changed title, text, base or agent makes another task of it: the worker that\n"
	    "is on the old one is stopped, what it still reports is refused, and a new one\n"
	    "starts.\n"
	    "\n"
	    "  --title T            another title\n"
	    "  -m, --message TEXT   another text\n"
	    "  -F, --file FILE      another text, from a file; - is stdin\n"
	    "  --until, --after, --mission, --agent, --review, --merge, --base, --priority,\n"
	    "  --notify             as for `reeve new`\n"
	    "  --from REF           as for `reeve new`, before its first start; \"\": at its\n"
	    "                       base\n"
	    "  --expect REV         only if the ticket still is at this revision\n"
	    "  --no-wait            do not wait for the decision: print \"durable ID\" and go\n"
	    "\n"
	    "Exit codes: 0 applied, 1 refused, 2 usage, 74 I/O, 75 not decided yet.\n"
	    "\n"
	    "Example:\n"
	    "  reeve edit 12 --priority 500\n",
	    cmd_edit, true },
	{ "assign", "Give work",
	    "assign ID AGENT [-m REASON] [--expect REV] [--no-wait]",
	    "Give a ticket to another agent",
	    "The worker that is on it is stopped, and what it still reports is refused as\n"
	    "superseded. What it has committed stays on the branch; the other agent builds on\n"
	    "that. All counters of failures begin at nothing.\n"
	    "\n"
	    "  -m, --message REASON   kept in the history\n"
	    "  --expect REV           only if the ticket still is at this revision; else the\n"
	    "                         one that is there now\n"
	    "  --no-wait              do not wait for the decision: print \"durable ID\" and go\n"
	    "\n"
	    "Exit codes: 0 applied, 1 refused, 2 usage, 74 I/O, 75 not decided yet.\n"
	    "\n"
	    "Example:\n"
	    "  reeve assign 12 codex -m \"claude goes round in circles\"\n",
	    cmd_assign, true },
	{ "tell", "Give work",
	    "tell ID [TEXT | -m TEXT | -F FILE] [--expect REV] [--no-wait]",
	    "Tell whoever works on a ticket next",
	    "The text is in the brief of the next start, with all others that were told since\n"
	    "the last one. A worker that runs finds it in its inbox (`reeve inbox`), and is\n"
	    "told so by its hook when its turn ends (`reeve hook`); nothing is typed into its\n"
	    "terminal. To interrupt it: `reeve park ID`, then `reeve unpark ID`; it starts\n"
	    "anew, with the text in its brief.\n"
	    "\n"
	    "  -m, --message TEXT   the text\n"
	    "  -F, --file FILE      the text, from a file; - is stdin\n"
	    "  --expect REV         only if the ticket still is at this revision; else the\n"
	    "                       one that is there now\n"
	    "  --no-wait            do not wait for the decision: print \"durable ID\" and go\n"
	    "\n"
	    "Exit codes: 0 applied, 1 refused, 2 usage, 74 I/O, 75 not decided yet.\n"
	    "\n"
	    "Example:\n"
	    "  reeve tell 12 \"the test server is called staging-2 now\"\n",
	    cmd_tell, true },
	{ "park", "Give work",
	    "park ID... [-m REASON] [--expect REV] [--no-wait]",
	    "Take tickets out of the work",
	    "Nobody starts on a parked ticket, and a worker that is on it is stopped. What it\n"
	    "has not committed is kept. `reeve unpark` puts it back.\n"
	    "\n"
	    "  -m, --message REASON   kept in the history\n"
	    "  --expect REV           only if the ticket still is at this revision\n"
	    "  --no-wait              do not wait for the decision: print \"durable ID\" and go\n"
	    "\n"
	    "Exit codes: 0 applied, 1 refused, 2 usage, 74 I/O, 75 not decided yet.\n"
	    "\n"
	    "Example:\n"
	    "  reeve park 12 13\n",
	    cmd_park, true },
	{ "unpark", "Give work",
	    "unpark ID... [-m REASON] [--expect REV] [--no-wait]",
	    "Put parked tickets back to work",
	    "  -m, --message REASON   kept in the history\n"
	    "  --expect REV           only if the ticket still is at this revision\n"
	    "  --no-wait              do not wait for the decision: print \"durable ID\" and go\n"
	    "\n"
	    "Exit codes: 0 applied, 1 refused, 2 usage, 74 I/O, 75 not decided yet.\n"
	    "\n"
	    "Example:\n"
	    "  reeve unpark 12\n",
	    cmd_unpark, true },
	{ "cancel", "Give work",
	    "cancel ID... [-m REASON] [--expect REV] [--no-wait]",
	    "End tickets without a result",
	    "A worker that is on it is stopped. Branch and commits stay. `reeve reopen`\n"
	    "brings it back.\n"
	    "\n"
	    "  -m, --message REASON   kept in the history\n"
	    "  --expect REV           only if the ticket still is at this revision\n"
	    "  --no-wait              do not wait for the decision: print \"durable ID\" and go\n"
	    "\n"
	    "Exit codes: 0 applied, 1 refused, 2 usage, 74 I/O, 75 not decided yet.\n"
	    "\n"
	    "Example:\n"
	    "  reeve cancel 12 -m \"not needed any more\"\n",
	    cmd_cancel, true },
	{ 0 },
};
/* clang-format on */
