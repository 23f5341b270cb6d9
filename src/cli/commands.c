/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The table of commands.  A row is the manual of its command: options_parse() checks that every option is
 * told of here, and `reeve help`, `--help` and the synopsis of the man page are made of nothing else.
 */
#include "base/base.h"

#include "cli/cli.h"
#include "cli/cmds.h"

/* clang-format off */
const struct command commands[] = {
	{ "init", "Set up",
	    "init",
	    "Make the state directory, find agents, add this repository",
	    "Makes $REEVE_STATE (else $XDG_STATE_HOME/reeve, else ~/.local/state/reeve), looks\n"
	    "for installed agents (claude, codex, opencode, gemini), and adds the git\n"
	    "repository that you stand in, as `reeve repo add .` does. Run it again at any\n"
	    "time: what is there stays as it is, what is missing is added.\n"
	    "\n"
	    "Without an agent the default is \"sh\", which runs a ticket's text as a shell\n"
	    "script: enough to try everything out:\n"
	    "  reeve new today -m 'date >today; git add .; git commit -m today; reeve done'\n"
	    "\n"
	    "Exit codes: 0 ready, 1 refused, 74 I/O.\n"
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
	{ "new", "Give work",
	    "new TITLE [-m TEXT | -F FILE] [--park] [--until TIME] [--after IDS] [--mission M]\n"
	    "                 [--agent A] [--review human|none|agent] [--merge auto|manual|none] [--base B]\n"
	    "                 [--priority N] [--notify N] [--repo R] [--no-wait] [--json]",
	    "Make a ticket; prints its number",
	    "The ticket gets a branch, a worktree and a worker as soon as there is a free\n"
	    "slot. TITLE is one line; the text says what to do.\n"
	    "\n"
	    "  -m, --message TEXT   what to do\n"
	    "  -F, --file FILE      what to do, from a file; - is stdin\n"
	    "  --park               make it, but let nobody start (see `reeve unpark`)\n"
	    "  --until TIME         not before: +90m, +2h, +3d, 14:30 (UTC), 2026-11-21T06:23:25Z\n"
	    "  --after IDS          not before these tickets are done: 3,4\n"
	    "  --mission M          a name that groups tickets\n"
	    "  --agent A            which [agent \"A\"] of the configuration works on it\n"
	    "  --review WHO         who looks at the result: human, none or agent\n"
	    "  --merge HOW          what happens to a passed one: auto, manual or none\n"
	    "  --base B             the branch it builds on and lands in\n"
	    "  --priority N         0 to 1000; higher goes first\n"
	    "  --notify N           a name, kept with the ticket for tools\n"
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
	    "edit ID [--title T] [-m TEXT | -F FILE] [--until TIME] [--after IDS] [--mission M]\n"
	    "                  [--agent A] [--review R] [--merge M] [--base B] [--priority N] [--notify N]\n"
	    "                  [--expect REV] [--no-wait]",
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
	    "  --expect REV      only if the ticket still is at this revision\n"
	    "  --no-wait         do not wait for the decision: print \"durable ID\" and go\n"
	    "\n"
	    "Exit codes: 0 applied, 1 refused, 2 usage, 74 I/O, 75 not decided yet.\n"
	    "\n"
	    "Example:\n"
	    "  reeve edit 12 --priority 500\n",
	    cmd_edit, true },
	{ "park", "Give work",
	    "park ID... [-m REASON] [--expect REV] [--no-wait]",
	    "Take tickets out of the work",
	    "Nobody starts on a parked ticket, and a worker that is on it is stopped. What it\n"
	    "has not committed is kept. `reeve unpark` puts it back.\n"
	    "\n"
	    "  -m, --message REASON   kept in the history\n"
	    "  --expect REV      only if the ticket still is at this revision\n"
	    "  --no-wait         do not wait for the decision: print \"durable ID\" and go\n"
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
	    "  --expect REV      only if the ticket still is at this revision\n"
	    "  --no-wait         do not wait for the decision: print \"durable ID\" and go\n"
	    "\n"
	    "Exit codes: 0 applied, 1 refused, 2 usage, 74 I/O, 75 not decided yet.\n"
	    "\n"
	    "Example:\n"
	    "  reeve unpark 12\n",
	    cmd_unpark, true },
	{ "cancel", "Give work",
	    "cancel ID... [-m REASON] [--expect REV] [--no-wait]",
	    "End tickets without a result",
	    "A worker that is on it is stopped. Branch and commits stay. `reeve reopen` brings\n"
	    "it back.\n"
	    "\n"
	    "  -m, --message REASON   kept in the history\n"
	    "  --expect REV      only if the ticket still is at this revision\n"
	    "  --no-wait         do not wait for the decision: print \"durable ID\" and go\n"
	    "\n"
	    "Exit codes: 0 applied, 1 refused, 2 usage, 74 I/O, 75 not decided yet.\n"
	    "\n"
	    "Example:\n"
	    "  reeve cancel 12 -m \"not needed any more\"\n",
	    cmd_cancel, true },
	{ "status", "Look",
	    "status [--json]",
	    "What needs you, and why everything else waits",
	    "Tickets that wait for a person come first; then one line for each other ticket\n"
	    "that is not done, with what it waits for. This is found out now, not remembered.\n"
	    "\n"
	    "  --json   the same as JSON\n"
	    "\n"
	    "Exit codes: 0 nothing waits for you, 1 something does, 74 I/O.\n"
	    "\n"
	    "Example:\n"
	    "  reeve status\n",
	    cmd_status, false },
	{ "ls", "Look",
	    "ls [--all] [--json]",
	    "List tickets",
	    "  -a, --all   also those that are done or cancelled\n"
	    "  --json      one JSON array\n"
	    "\n"
	    "Exit codes: 0, 2 usage, 74 I/O.\n"
	    "\n"
	    "Example:\n"
	    "  reeve ls --all\n",
	    cmd_ls, false },
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
	    "log ID",
	    "The history of one ticket",
	    "One line a revision: when, who, what, from which state to which.\n"
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
	    "attach ID",
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
	    "tail ID",
	    "Print the last screen of a worker",
	    "Exit codes: 0, 1 nothing to show, 2 usage, 74 I/O.\n"
	    "\n"
	    "Example:\n"
	    "  reeve tail 12\n",
	    cmd_tail, false },
	{ "answer", "Decide",
	    "answer ID [TEXT | -m TEXT | -F FILE] [--expect REV] [--no-wait]",
	    "Answer a worker's question",
	    "A worker that still waits is ended; the next episode of the ticket has your answer in its\n"
	    "brief, in the same worktree.\n"
	    "\n"
	    "  -m, --message TEXT   the answer\n"
	    "  -F, --file FILE      the answer, from a file; - is stdin\n"
	    "  --expect REV      only if the ticket still is at this revision\n"
	    "  --no-wait         do not wait for the decision: print \"durable ID\" and go\n"
	    "\n"
	    "Exit codes: 0 applied, 1 refused, 2 usage, 74 I/O, 75 not decided yet.\n"
	    "\n"
	    "Example:\n"
	    "  reeve answer 12 \"use the second table\"\n",
	    cmd_answer, true },
	{ "pass", "Decide",
	    "pass ID [-m TEXT | -F FILE] [--commit OID] [--expect REV] [--no-wait]",
	    "Say that a delivered commit is good",
	    "It is about the commit that is pinned now: if another one is delivered meanwhile,\n"
	    "your verdict is refused. What passed is merged, unless the ticket says otherwise.\n"
	    "\n"
	    "Inside a worker this is the reviewer's PASS: without ID, and with who speaks taken\n"
	    "from the worker's environment.\n"
	    "\n"
	    "  -m, --message TEXT   why\n"
	    "  -F, --file FILE      why, from a file; - is stdin\n"
	    "  --commit OID         the commit that you looked at; else the pinned one\n"
	    "  --expect REV      only if the ticket still is at this revision\n"
	    "  --no-wait         do not wait for the decision: print \"durable ID\" and go\n"
	    "  --ticket ID, --episode N, --nonce-file FILE\n"
	    "                    a reviewer's identity, where the environment has none\n"
	    "\n"
	    "Exit codes: 0 applied, 1 refused, 2 usage, 3 a worker's signal was not accepted,\n"
	    "74 I/O, 75 not decided yet.\n"
	    "\n"
	    "Example:\n"
	    "  reeve diff 12 && reeve pass 12\n",
	    cmd_pass, false },
	{ "fail", "Decide",
	    "fail ID -m TEXT | -F FILE [--commit OID] [--expect REV] [--no-wait]",
	    "Send a delivered commit back to its author",
	    "The text is what the author gets to read. As with `reeve pass` it is about the\n"
	    "commit that is pinned now, and inside a worker it is the reviewer's FAIL.\n"
	    "\n"
	    "  -m, --message TEXT   what is wrong\n"
	    "  -F, --file FILE      what is wrong, from a file; - is stdin\n"
	    "  --commit OID         the commit that you looked at; else the pinned one\n"
	    "  --expect REV      only if the ticket still is at this revision\n"
	    "  --no-wait         do not wait for the decision: print \"durable ID\" and go\n"
	    "  --ticket ID, --episode N, --nonce-file FILE\n"
	    "                    a reviewer's identity, where the environment has none\n"
	    "\n"
	    "Exit codes: 0 applied, 1 refused, 2 usage, 3 a worker's signal was not accepted,\n"
	    "74 I/O, 75 not decided yet.\n"
	    "\n"
	    "Example:\n"
	    "  reeve fail 12 -m \"make test fails in test_login\"\n",
	    cmd_fail, false },
	{ "merge", "Decide",
	    "merge ID [-m TEXT | -F FILE] [--expect REV] [--no-wait]",
	    "Let a passed ticket land, now",
	    "For a ticket whose merging is manual, or to try again at once.\n"
	    "\n"
	    "  -m, --message TEXT   kept in the history\n"
	    "  -F, --file FILE      the same from a file; - is stdin\n"
	    "  --expect REV      only if the ticket still is at this revision\n"
	    "  --no-wait         do not wait for the decision: print \"durable ID\" and go\n"
	    "\n"
	    "Exit codes: 0 applied, 1 refused, 2 usage, 74 I/O, 75 not decided yet.\n"
	    "\n"
	    "Example:\n"
	    "  reeve merge 12\n",
	    cmd_merge, true },
	{ "retry", "Decide",
	    "retry ID... [-m REASON] [--expect REV] [--no-wait]",
	    "Try again what needed attention",
	    "All counters of failures begin at nothing again, and no pause is kept.\n"
	    "\n"
	    "  -m, --message REASON   kept in the history\n"
	    "  --expect REV      only if the ticket still is at this revision\n"
	    "  --no-wait         do not wait for the decision: print \"durable ID\" and go\n"
	    "\n"
	    "Exit codes: 0 applied, 1 refused, 2 usage, 74 I/O, 75 not decided yet.\n"
	    "\n"
	    "Example:\n"
	    "  reeve retry 12\n",
	    cmd_retry, true },
	{ "reopen", "Decide",
	    "reopen ID -m TEXT | -F FILE [--expect REV] [--no-wait]",
	    "Go on with a ticket that was done or cancelled",
	    "  -m, --message TEXT   why; the worker gets to read it\n"
	    "  -F, --file FILE      the same from a file; - is stdin\n"
	    "  --expect REV      only if the ticket still is at this revision\n"
	    "  --no-wait         do not wait for the decision: print \"durable ID\" and go\n"
	    "\n"
	    "Exit codes: 0 applied, 1 refused, 2 usage, 74 I/O, 75 not decided yet.\n"
	    "\n"
	    "Example:\n"
	    "  reeve reopen 12 -m \"it fails on an empty list\"\n",
	    cmd_reopen, true },
	{ "discard", "Decide",
	    "discard NAME...",
	    "Throw a refused signal away",
	    "Refused signals are kept, with the reason, and `reeve status` shows them until\n"
	    "you have seen them. NAME is what it shows.\n"
	    "\n"
	    "Exit codes: 0 removed, 1 there is none, 2 usage, 74 I/O.\n"
	    "\n"
	    "Example:\n"
	    "  reeve discard 20261121T062325Z.12.3.4711.0f1e2d3c4b5a6978.json\n",
	    cmd_discard, true },
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
	    "Returns when no signal waits and the supervisor has carried out what follows. For\n"
	    "scripts, instead of sleeping.\n"
	    "\n"
	    "Exit codes: 0, 2 usage, 74 I/O, 75 not at rest.\n"
	    "\n"
	    "Example:\n"
	    "  reeve new hello --park && reeve sync\n",
	    cmd_sync, false },
	{ "fsck", "Run",
	    "fsck [--live] [--git] [--json]",
	    "Check the state directory; changes nothing",
	    "Each finding: the invariant that does not hold, what is wrong, and what to do next.\n"
	    "\n"
	    "  --live   also processes and locks: who runs, and whether what is shown is so.\n"
	    "           (What the one turn of a running supervisor can explain is no fault.)\n"
	    "  --git    also the repositories: pinned commits, what landed, worktrees, branches\n"
	    "  --json   a list of findings\n"
	    "\n"
	    "Exit codes: 0 all is well, 1 something is wrong, 2 usage, 74 not all of it could be\n"
	    "checked.\n"
	    "\n"
	    "Example:\n"
	    "  reeve fsck --live --git\n",
	    cmd_fsck, false },
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
	{ "review", "Inside a worker",
	    "review [-m SUMMARY | -F FILE] [--commit OID] [--wip] [--no-wait]",
	    "Report: the work is done, and wants to be looked at",
	    "As `reeve done`, but somebody has to pass it, even where done would be enough.\n"
	    "\n"
	    "  -m, --message TEXT   what to look at\n"
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
	    "  reeve review -m \"please look at the new lock order\"\n",
	    cmd_review, false },
	{ "question", "Inside a worker",
	    "question TEXT | -m TEXT | -F FILE [--no-wait]",
	    "Ask the person; the answer comes as your next prompt",
	    "Ask one thing, whole. Then end your turn: you are started again with the answer.\n"
	    "\n"
	    "  -m, --message TEXT   the question\n"
	    "  -F, --file FILE      the question, from a file; - is stdin\n"
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
	    "  reeve question \"May I drop the old table?\"\n",
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
