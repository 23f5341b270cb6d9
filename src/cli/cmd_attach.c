/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * reeve attach: the terminal of a worker, to work in.
 *
 *	outside of tmux		a session of our own over the same windows, with this one in front, so that
 *				several people can look at different workers; it goes when it is left
 *	inside another tmux	the same in a popup of that one
 *	inside our own server	the client is moved to such a session
 *	the episode is over	what its screen showed last, and how it ended
 */
#include "base/base.h"

#include "cli/cmds.h"

#include <errno.h>
#include <signal.h>
#include <sys/wait.h>

#include "cli/cli_options.h"
#include "cli/cli_pane.h"
#include "cli/cli_window.h"
#include "sys/proc.h"

#define ATTACH_FILE_MAX  (4u << 20)
#define ATTACH_ANSWER_MS 5000

static int
attach_exec(const struct strvec *argv)
{
	(void)execvp(argv->v[0], argv->v);
	cli_say("cannot run tmux: %s", strerror(errno));
	return EXIT_IO;
}

static void
attach_words(struct strvec *argv, const char *words)
{
	struct str rest = str_of(words), word;

	while (str_cut(&rest, ' ', &word) || word.len > 0)
		strvec_push_str(argv, word);
}

/* The command of tmux that ends a session of ours; its windows are others' too, and stay. */
static void
attach_end_session(struct cli *c, const char *name)
{
	_cleanup_(strvec_release) struct strvec argv = STRVEC_INIT;
	_cleanup_(buf_release) struct buf words = BUF_INIT;

	window_argv(c, &argv);
	buf_addf(&words, "kill-session -t =%s", name);
	attach_words(&argv, words.p);
	(void)proc_run(&argv, NULL, ATTACH_ANSWER_MS, 0, NULL, NULL, NULL); /* gone is fine */
}

/* Sessions of ours that nobody looks at any more: their client was moved elsewhere, or we were killed. */
static void
attach_sweep(struct cli *c)
{
	_cleanup_(strvec_release) struct strvec argv = STRVEC_INIT;
	_cleanup_(buf_release) struct buf out = BUF_INIT;
	struct str rest, line;

	window_argv(c, &argv);
	strvec_push(&argv, "list-sessions");
	strvec_push(&argv, "-F");
	strvec_push(&argv, "#{session_attached} #{session_name}");
	if (proc_run(&argv, NULL, ATTACH_ANSWER_MS, ATTACH_FILE_MAX, &out, NULL, NULL) < 0)
		return;
	rest = buf_str(&out);
	while (str_cut(&rest, '\n', &line) || line.len > 0) {
		_cleanup_(free_charp) char *name = NULL;

		if (!str_starts(line, "0 ") ||
		    !window_is_own_session(str_n(line.p + 2, line.len - 2)))
			continue;
		name = xstrndup(line.p + 2, line.len - 2);
		attach_end_session(c, name);
	}
}

/* Runs tmux on this terminal and waits for its end.  Signals of the terminal are tmux's to deal with. */
static int
attach_run(const struct strvec *argv)
{
	static const int signals[] = { SIGINT, SIGQUIT, SIGTERM, SIGHUP };
	int status = 0;
	pid_t pid = fork();

	if (pid == 0)
		_exit(attach_exec(argv));
	if (pid < 0) {
		cli_say("cannot run tmux: %s", strerror(errno));
		return EXIT_AGAIN;
	}
	for (size_t i = 0; i < ARRAY_LEN(signals); i++)
		(void)signal(signals[i], SIG_IGN);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? EXIT_OK : EXIT_IO;
}

/*
 * A session over the same windows, with this window in front; it is ended by us when its client has gone.
 * Not by tmux: with destroy-unattached, tmux 3.3a now and then dies of a detach (seen in 2 of 8), and every
 * worker with it.
 */
static int
attach_outside(struct cli *c, const char *window)
{
	_cleanup_(strvec_release) struct strvec argv = STRVEC_INIT;
	_cleanup_(buf_release) struct buf words = BUF_INIT;
	char name[64];
	int status;

	snprintf(name, sizeof name, WINDOW_OWN "%d", (int)getpid());
	window_argv(c, &argv);
	buf_addf(&words, "new-session -t =" WINDOW_SESSION " -s %s ; select-window -t =%s:%s", name,
	    name, window);
	attach_words(&argv, words.p);
	status = attach_run(&argv);
	attach_end_session(c, name);
	return status;
}

/* Our own server: move the client.  A session of ours that it is in already serves again. */
static int
attach_same_server(struct cli *c, const struct strvec *here, const char *window)
{
	_cleanup_(strvec_release) struct strvec argv = STRVEC_INIT;
	_cleanup_(buf_release) struct buf words = BUF_INIT, session = BUF_INIT;
	int pid = (int)getpid();

	window_argv(c, &argv);
	if (window_ask(here, "#{session_name}", &session, NULL) == 0 &&
	    window_is_own_session(buf_str(&session)))
		buf_addf(&words, "select-window -t =%s:%s", session.p, window);
	else
		buf_addf(&words,
		    "new-session -d -t =" WINDOW_SESSION " -s " WINDOW_OWN "%d ;"
		    " select-window -t =" WINDOW_OWN "%d:%s ;"
		    " switch-client -t =" WINDOW_OWN "%d",
		    pid, pid, window, pid);
	attach_words(&argv, words.p);
	return attach_exec(&argv);
}

/* Another tmux: this program once more, in a popup, where it is outside of tmux.  Nobody looks at that
 * tmux just now (it has no client): nested, in this pane. */
static int
attach_popup(struct cli *c, const char *id, const struct strvec *here, const char *window)
{
	_cleanup_(buf_release) struct buf clients = BUF_INIT;
	_cleanup_(strvec_release) struct strvec argv = STRVEC_INIT;
	_cleanup_(buf_release) struct buf program = BUF_INIT, state = BUF_INIT;

	if (window_ask(here, "#{session_attached}", &clients, NULL) == 0 &&
	    str_is(buf_str(&clients), "0")) {
		(void)unsetenv("TMUX");
		(void)unsetenv("TMUX_PANE");
		return attach_outside(c, window);
	}
	cli_program("reeve", &program);
	buf_addf(&state, "REEVE_STATE=%s", c->root.path);
	attach_words(&argv, "tmux display-popup -E -w 95% -h 95% -- env -u TMUX -u TMUX_PANE");
	window_word(&argv, state.p);
	window_word(&argv, program.p);
	strvec_push(&argv, "attach");
	strvec_push(&argv, id);
	return attach_exec(&argv);
}

static int
attach_window(struct cli *c, struct ticket_id id, const char *window)
{
	_cleanup_(strvec_release) struct strvec here = STRVEC_INIT, ours = STRVEC_INIT;
	_cleanup_(buf_release) struct buf a = BUF_INIT, b = BUF_INIT;
	const char *tmux = getenv("TMUX");
	char number[16];

	if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO)) {
		cli_say("attach needs a terminal; `reeve tail %u` prints what the worker's shows",
		    id.n);
		return EXIT_REFUSED;
	}
	attach_sweep(c);
	if (tmux == NULL || tmux[0] == '\0')
		return attach_outside(c, window);
	window_argv(c, &ours);
	strvec_push(&here, "tmux"); /* $TMUX says which */
	if (window_ask(&here, "#{pid}", &a, NULL) == 0 &&
	    window_ask(&ours, "#{pid}", &b, NULL) == 0 && str_eq(buf_str(&a), buf_str(&b)))
		return attach_same_server(c, &here, window);
	snprintf(number, sizeof number, "%u", id.n);
	return attach_popup(c, number, &here, window);
}

int
cmd_attach(struct cli *c, int argc, char **argv)
{
	_cleanup_(record_release) struct record r = { .history = BUF_INIT };
	_cleanup_(print_release) struct print p = PRINT_INIT;
	_cleanup_(buf_release) struct buf window = BUF_INIT;
	struct episode_id ep;
	struct operands id;
	int status;

	if (!options_parse("attach", NULL, argc, argv, 1, 1, &id, &status))
		return status;
	status = pane_find(c, id.v[0], &r, &ep, &window);
	if (status != EXIT_OK)
		return status;
	if (window.len > 0)
		return attach_window(c, r.ticket.id, window.p);
	print_open(&p);
	return pane_show_kept(c, &r.ticket, ep, 0, &p);
}
