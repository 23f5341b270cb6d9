/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * reeve-run: the launcher, the only thing that reeve has tmux start (PROTOCOLS P3).
 *
 *	L0	arguments, directories			run/claim.h
 *	L1 L2	the ticket's lock, the episode's lock
 *	L3	the kill switch
 *	L4 L5	token -> claimed; the nonce is taken out of it
 *		the setup of the repository		run/setup.h
 *		the launcher executes itself anew	run/handover.h
 *	L6	fork, `started`, exec of the agent	run/agent.h
 *	L7	its end, and that of what it left	run/reap.h
 *	L8	tail.txt, exit.json, exit		run/finish.h
 *
 * It never gives up a lock itself: the kernel frees both when it ends, however it ends.
 */
#include "base/base.h"

#include <errno.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "run/agent.h"
#include "run/claim.h"
#include "run/finish.h"
#include "run/handover.h"
#include "run/reap.h"
#include "run/record.h"
#include "run/say.h"
#include "run/setup.h"
#include "sys/clock.h"
#include "sys/file.h"

static const char usage[] = "usage: reeve-run STATE EPISODE\n"
			    "       reeve-run --record STATE EPISODE BYTES [TTY]\n"
			    "       reeve-run --keeper | --help | --version\n";
static const char help[] =
    "\n"
    "Starts the agent of one episode (such as 12.3) of the state directory STATE,\n"
    "once, and waits for its end.  reeved has tmux run this; run by hand it does the\n"
    "same.\n"
    "\n"
    "  --keeper   only wait: the window that keeps the tmux server\n"
    "  --record   keep what comes on standard input, the output of the worker's pane,\n"
    "             in its pane.log\n"
    "\n"
    "Exit status: the agent's own (128 + signal when a signal ended it); or, when\n"
    "nothing was started, 2 usage, 70 unusable files, 74 input/output error, 75 the\n"
    "ticket still lives, 76 nothing to start, 77 the kill switch is set, 78 the setup\n"
    "of the repository failed, 126 and 127 the agent cannot be executed.\n";

/* Waits for the end of the agent that was started, and fills note. */
static int
wait_for_agent(struct claim *c, struct agent *agent, struct exit_note *note)
{
	_cleanup_(buf_release) struct buf tag = BUF_INIT;
	struct err err = ERR_INIT;
	struct reaped end;

	agent_report(agent, note);
	if (note->exec_errno == 0 &&
	    file_write_new(c->io, c->dir, CLAIM_RUNNING, STR(""), &err) < 0)
		say(c, "%s", err.text); /* a hint is lost */
	buf_addf(&tag, "REEVE_NONCE=%s", c->nonce);
	if (reap_wait(agent->pid, tag.p, c->launch.grace_ms, &end, &err) < 0)
		say(c, "cannot look for what the agent left behind: %s", err.text);
	for (size_t i = 0; i < end.stuck.n; i++)
		say(c, "process %d cannot be killed; the ticket stays locked until it ends",
		    (int)end.stuck.v[i]);
	pids_release(&end.stuck);
	note->leftovers = end.leftovers;
	if (WIFSIGNALED(end.status)) {
		note->exit_code = -1;
		note->exit_signal = WTERMSIG(end.status);
		return 128 + note->exit_signal;
	}
	note->exit_code = WEXITSTATUS(end.status);
	return note->exit_code;
}

/* L8 */
static void
finish(struct claim *c, struct exit_note *note)
{
	_cleanup_(buf_release) struct buf words = BUF_INIT;
	struct err err = ERR_INIT;

	note->ended_wall_ms = clock_wall_ms();
	exit_note_words(note, &words);
	if (finish_tail(c, getenv("TMUX_PANE"), &err) < 0)
		say(c, "%s", err.text);
	if (finish_note(c, note, &err) < 0)
		say(c, "cannot write down how the agent ended: %s", err.text);
	say(c, "%s", words.p);
}

/* Between the claim and the agent.  Not RUN_OK: the agent is not started, and all is said and written. */
static int
make_ready(struct claim *c)
{
	_cleanup_(exit_note_release) struct exit_note note = { .exit_code = -1 };
	struct err err = ERR_INIT;
	int r;

	note.started_wall_ms = clock_wall_ms();
	setup_show(c);
	r = setup_run(c, &note, &err);
	if (r != RUN_OK)
		finish(c, &note);
	return r;
}

/* L6 to L8, from the second image of this process. */
static int
run_agent(struct claim *c)
{
	_cleanup_(exit_note_release) struct exit_note note = { .exit_code = -1 };
	struct err err = ERR_INIT;
	struct agent agent;
	int status;

	note.started_wall_ms = clock_wall_ms();
	status = handover_take(c, &err);
	if (status == RUN_OK && (reap_prepare(&err) < 0 || agent_start(c, &agent, &err) < 0))
		status = RUN_IO;
	if (status == RUN_OK) {
		status = wait_for_agent(c, &agent, &note);
		/* Only what it had from us: we may be a background job of somebody's shell. */
		if (tcgetpgrp(STDIN_FILENO) == agent.pid)
			(void)tcsetpgrp(STDIN_FILENO, getpgrp());
	} else {
		note.exec_errno = ECANCELED;
		note.exec_error = xstrdup(err.text);
	}
	finish(c, &note);
	return status;
}

noreturn_ static void
run_keeper(void)
{
	static const char line[] = "reeve: this window keeps the tmux server; see `reeve ls`\n";

	/* Keys do not end it; SIGHUP (the window is closed) and SIGTERM do. */
	(void)signal(SIGINT, SIG_IGN);
	(void)signal(SIGQUIT, SIG_IGN);
	(void)signal(SIGTSTP, SIG_IGN);
	(void)signal(SIGHUP, SIG_DFL);
	(void)signal(SIGTERM, SIG_DFL);
	(void)!write(STDOUT_FILENO, line, sizeof line - 1); /* nobody need read it */
	for (;;)
		(void)pause();
}

int
main(int argc, char **argv)
{
	struct claim c = CLAIM_INIT;
	struct err err = ERR_INIT;
	int r;

	if (argc == 2 && strcmp(argv[1], "--keeper") == 0)
		run_keeper();
	if (argc == 2 && strcmp(argv[1], "--version") == 0)
		return puts("reeve-run " REEVE_VERSION) < 0 || fflush(stdout) != 0 ? RUN_IO : 0;
	if (argc == 2 && strcmp(argv[1], "--help") == 0)
		return printf("%s%s", usage, help) < 0 || fflush(stdout) != 0 ? RUN_IO : 0;
	if (argc >= 2 && strcmp(argv[1], "--record") == 0) {
		r = record_main(argc - 2, argv + 2, &err);
		if (r != RUN_OK)
			say(&c, "%s", err.text);
		return r;
	}
	if (argc != 3 || argv[1][0] == '-') {
		fputs(usage, stderr);
		return RUN_USAGE;
	}
	r = claim_open(&c, io_default(), argv[1], argv[2], &err);
	if (r == RUN_OK && handover_is_due()) {
		(void)prctl(
		    PR_SET_NAME, "reeve-run"); /* else ps says "exe", by how it was executed */
		r = run_agent(&c);
		claim_release(&c);
		return r;
	}
	if (r == RUN_OK)
		r = claim_take(&c, &err);
	if (r == RUN_OK && (r = make_ready(&c)) != RUN_OK) {
		claim_release(&c);
		return r;
	}
	if (r == RUN_OK)
		r = handover_exec(&c, argv, &err);
	say(&c, "%s", err.text);
	claim_release(&c);
	return r;
}
