/* SPDX-License-Identifier: GPL-2.0-only */
/* Rows of the table of commands (commands.h): deciding. */
#include "base/base.h"

#include "cli/cmds.h"
#include "cli/commands.h"

/* clang-format off */
const struct command commands_decide[] = {
	{ "answer", "Decide",
	    "answer ID [TEXT | -m TEXT | -F FILE | --choice N] [--expect REV] [--no-wait]",
	    "Answer a worker's question",
	    "A worker that still waits is ended; the next episode of the ticket has your\n"
	    "answer in its brief, in the same worktree. Without an answer, on a terminal:\n"
	    "shows the question and asks for one.\n"
	    "\n"
	    "  -m, --message TEXT   the answer\n"
	    "  -F, --file FILE      the answer, from a file; - is stdin\n"
	    "  --choice N           the N-th of the choices that the question offers\n"
	    "  --expect REV         only this question, or only if the ticket still is at\n"
	    "                       this revision\n"
	    "  --no-wait            do not wait for the decision: print \"durable ID\" and go\n"
	    "\n"
	    "Exit codes: 0 applied, 1 refused, 2 usage, 74 I/O, 75 not decided yet.\n"
	    "\n"
	    "Example:\n"
	    "  reeve answer 12 \"use the second table\"\n"
	    "  reeve answer 12 --choice 2\n",
	    cmd_answer, true },
	{ "review", "Decide",
	    "review ID [--stat] [--json] | review [-m SUMMARY | -F FILE] [--commit OID] [--wip] "
	    "[--no-wait]",
	    "Look at a delivered commit; in a worker: report one",
	    "With ID, all that a verdict needs, in your pager: what was asked, what its\n"
	    "author says, what was said of it before, comments, what the gates printed, the\n"
	    "commits and the changes. Works for every ticket with a delivered commit, and\n"
	    "says so when nobody waits for your verdict.\n"
	    "\n"
	    "  --stat   of the changes only the names of files and how much of each\n"
	    "  --json   the head of it as JSON, with the comments\n"
	    "\n"
	    "Inside a worker, without ID, it is a report, as `reeve done`: the work is\n"
	    "finished, but somebody has to pass it, even where done would be enough.\n"
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
	    "Exit codes: 0, 1 nothing is delivered, or uncommitted changes, 2 usage, 3 a\n"
	    "worker's report was NOT accepted: it says why and what to do, 74 I/O, 75 try\n"
	    "again.\n"
	    "\n"
	    "Example:\n"
	    "  reeve review 12\n",
	    cmd_review, false },
	{ "comment", "Decide",
	    "comment ID FILE[:LINE[-LINE]] -m TEXT | -F FILE [--expect REV] [--no-wait]",
	    "Say something about a file, or lines, of the work",
	    "The next start of an author has it in its brief, with the lines as they are in\n"
	    "the commit that is delivered (where none is, in the tip of the ticket's branch).\n"
	    "FILE is its path in the repository. A comment decides nothing, and ends nobody's\n"
	    "work: when you have said all, `reeve fail ID` sends the commit back with your\n"
	    "comments.\n"
	    "\n"
	    "  -m, --message TEXT   what you have to say\n"
	    "  -F, --file FILE      the same from a file; - is stdin\n"
	    "  --expect REV         only if the ticket still is at this revision\n"
	    "  --no-wait            do not wait for the decision: print \"durable ID\" and go\n"
	    "\n"
	    "Exit codes: 0 applied, 1 refused (no such file or line, too), 2 usage, 74 I/O,\n"
	    "75 not decided yet.\n"
	    "\n"
	    "Example:\n"
	    "  reeve comment 12 src/login.c:40-44 -m \"this leaks fd\"\n",
	    cmd_comment, true },
	{ "pass", "Decide",
	    "pass ID [-m TEXT | -F FILE] [--commit OID] [--expect REV] [--no-wait]",
	    "Say that a delivered commit is good",
	    "It is about the commit that is pinned now: if another one is delivered\n"
	    "meanwhile, your verdict is refused. What passed is merged, unless the ticket\n"
	    "says otherwise.\n"
	    "\n"
	    "Inside a worker this is the reviewer's PASS: without ID, and with who speaks\n"
	    "taken from the worker's environment.\n"
	    "\n"
	    "  -m, --message TEXT   why\n"
	    "  -F, --file FILE      why, from a file; - is stdin\n"
	    "  --commit OID         the commit that you looked at; else the pinned one\n"
	    "  --expect REV         only if the ticket still is at this revision\n"
	    "  --no-wait            do not wait for the decision: print \"durable ID\" and go\n"
	    "  --ticket ID, --episode N, --nonce-file FILE\n"
	    "                       a reviewer's identity, where the environment has none\n"
	    "\n"
	    "Exit codes: 0 applied, 1 refused, 2 usage, 3 a worker's signal was not accepted,\n"
	    "74 I/O, 75 not decided yet.\n"
	    "\n"
	    "Example:\n"
	    "  reeve diff 12 && reeve pass 12\n",
	    cmd_pass, false },
	{ "fail", "Decide",
	    "fail ID [-m TEXT | -F FILE] [--commit OID] [--expect REV] [--no-wait]",
	    "Send a delivered commit back to its author",
	    "The text is what the author gets to read; it may be left out when you have\n"
	    "commented on that commit (`reeve comment`). As with `reeve pass` it is about the\n"
	    "commit that is pinned now, and inside a worker it is the reviewer's FAIL.\n"
	    "\n"
	    "  -m, --message TEXT   what is wrong\n"
	    "  -F, --file FILE      what is wrong, from a file; - is stdin\n"
	    "  --commit OID         the commit that you looked at; else the pinned one\n"
	    "  --expect REV         only if the ticket still is at this revision\n"
	    "  --no-wait            do not wait for the decision: print \"durable ID\" and go\n"
	    "  --ticket ID, --episode N, --nonce-file FILE\n"
	    "                       a reviewer's identity, where the environment has none\n"
	    "\n"
	    "Exit codes: 0 applied, 1 refused, 2 usage, 3 a worker's signal was not accepted,\n"
	    "74 I/O, 75 not decided yet.\n"
	    "\n"
	    "Example:\n"
	    "  reeve fail 12 -m \"make test fails in test_login\"\n",
	    cmd_fail, false },
	{ "adopt", "Decide",
	    "adopt ID COMMIT | NAME [-m TEXT | -F FILE] [--expect REV] [--no-wait]",
	    "Say that a commit is the work of a ticket",
	    "For work that was not reported as it should: COMMIT, in any form that git knows,\n"
	    "becomes the delivered commit, on whatever branch it is; or NAME, a refused DONE\n"
	    "or REVIEW as `reeve status` shows it, is taken after all, with the commit that\n"
	    "it names (else the tip of the ticket's branch). It goes to its reviewer, or to\n"
	    "you where there is none. A worker that is on it is stopped, what it still\n"
	    "reports is refused as superseded.\n"
	    "\n"
	    "  -m, --message TEXT   why; kept in the history\n"
	    "  -F, --file FILE      the same from a file; - is stdin\n"
	    "  --expect REV         only if the ticket still is at this revision; else the\n"
	    "                       one that is there now\n"
	    "  --no-wait            do not wait for the decision: print \"durable ID\" and go\n"
	    "\n"
	    "Exit codes: 0 applied, 1 refused, 2 usage, 74 I/O, 75 not decided yet.\n"
	    "\n"
	    "Example:\n"
	    "  reeve adopt 12 reeve/12-fix-the-login\n",
	    cmd_adopt, true },
	{ "amend", "Decide",
	    "amend ID [COMMIT] [-m TEXT | -F FILE] [--expect REV] [--no-wait]",
	    "Put another commit in place of the delivered one",
	    "For small corrections of your own: commit on the ticket's branch, then amend.\n"
	    "COMMIT, in any form that git knows, else the tip of the branch, takes the place\n"
	    "of the commit that waits for its verdict or was passed. A verdict about the old\n"
	    "one is refused.\n"
	    "\n"
	    "  -m, --message TEXT   why; kept in the history\n"
	    "  -F, --file FILE      the same from a file; - is stdin\n"
	    "  --expect REV         only if the ticket still is at this revision; else the\n"
	    "                       one that is there now\n"
	    "  --no-wait            do not wait for the decision: print \"durable ID\" and go\n"
	    "\n"
	    "Exit codes: 0 applied, 1 refused, 2 usage, 74 I/O, 75 not decided yet.\n"
	    "\n"
	    "Example:\n"
	    "  reeve amend 12 && reeve pass 12\n",
	    cmd_amend, true },
	{ "merge", "Decide",
	    "merge ID [-m TEXT | -F FILE] [--expect REV] [--no-wait]",
	    "Let a passed ticket land, now",
	    "For a ticket whose merging is manual, or to try again at once.\n"
	    "\n"
	    "  -m, --message TEXT   kept in the history\n"
	    "  -F, --file FILE      the same from a file; - is stdin\n"
	    "  --expect REV         only if the ticket still is at this revision\n"
	    "  --no-wait            do not wait for the decision: print \"durable ID\" and go\n"
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
	    "  --expect REV           only if the ticket still is at this revision\n"
	    "  --no-wait              do not wait for the decision: print \"durable ID\" and go\n"
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
	    "  --expect REV         only if the ticket still is at this revision\n"
	    "  --no-wait            do not wait for the decision: print \"durable ID\" and go\n"
	    "\n"
	    "Exit codes: 0 applied, 1 refused, 2 usage, 74 I/O, 75 not decided yet.\n"
	    "\n"
	    "Example:\n"
	    "  reeve reopen 12 -m \"it fails on an empty list\"\n",
	    cmd_reopen, true },
	{ "prune", "Decide",
	    "prune [--json | --landed [--older-than AGE] | [--refs] ID... | "
	    "--transcripts [--older-than AGE | ID...]] [--expect REV] [--no-wait]",
	    "List what is left of tickets, and remove it",
	    "Without ID and --landed it only lists: worktrees, branches and refs, with their\n"
	    "size, and what is proved of each. Landed is what the target branch contains, or\n"
	    "contains in another form, asked of git now.\n"
	    "\n"
	    "With ID, of a ticket that is done or cancelled: what is nowhere else is parked\n"
	    "under refs/reeve/ID/ first, files that are not committed included (not those\n"
	    "that git ignores); then its worktree and its branch go. If it is reopened, the\n"
	    "worker begins at the base again, and its brief names what was parked. A\n"
	    "supervisor does it, in the background.\n"
	    "\n"
	    "  --landed          what is proved landed of all tickets that are over:\n"
	    "                    worktrees, branches, refs\n"
	    "  --older-than AGE  only of tickets that are over for so long: 12h, 3d\n"
	    "  --refs            the refs of these tickets below refs/reeve/, and nothing\n"
	    "                    else: commits that only they hold are lost in the end\n"
	    "  --transcripts     what terminals showed (pane.log), and nothing else: of\n"
	    "                    tickets that are over, or of these\n"
	    "  --json            the list for programs\n"
	    "  --expect REV      only if the ticket still is at this revision\n"
	    "  --no-wait         do not wait for the decision: print \"durable ID\" and go\n"
	    "\n"
	    "Exit codes: 0 done, 1 refused, or it is kept for a reason, 2 usage, 74 I/O,\n"
	    "75 not decided yet.\n"
	    "\n"
	    "Example:\n"
	    "  reeve prune && reeve prune --landed\n",
	    cmd_prune, true },
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
	{ 0 },
};
/* clang-format on */
