/* SPDX-License-Identifier: GPL-2.0-only */
#include "base/base.h"

#include "cli/cli_pager.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>

#include "cli/cli.h"
#include "cli/cli_git_run.h"
#include "sys/file.h"
#include "sys/proc.h"

/* Asked from a place that is in no repository, so that it is the user's. */
static void
pager_of_git(struct buf *ret)
{
	static const char *const scopes[] = { "--global", "--system" };

	for (size_t i = 0; i < ARRAY_LEN(scopes) && ret->len == 0; i++) {
		const char *words[] = { "config", scopes[i], "--get", "core.pager", NULL };

		if (git_read("/", words, ret, NULL) < 0)
			buf_clear(ret); /* not set, mostly */
	}
	if (ret->len > 0 && ret->p[ret->len - 1] == '\n')
		buf_truncate(ret, ret->len - 1);
}

void
pager_find(struct buf *ret)
{
	const char *of_git = getenv("GIT_PAGER"), *of_all = getenv("PAGER");
	_cleanup_(buf_release) struct buf path = BUF_INIT;

	if (of_git != NULL) {
		buf_adds(ret, of_git);
	} else {
		pager_of_git(ret);
		if (ret->len == 0 && of_all != NULL)
			buf_adds(ret, of_all);
		else if (ret->len == 0 &&
			 proc_find_program("less", getenv("PATH"), &path, NULL) == 0)
			buf_adds(ret, "less");
	}
	if (strcmp(ret->p, "cat") == 0)
		buf_clear(ret);
}

/* The shell that git would use, for the words of a user's own variable or configuration. */
static int
pager_spawn(const char *command, int in, pid_t *ret_pid)
{
	char *argv[] = { (char[]){ "sh" }, (char[]){ "-c" }, xstrdup(command), NULL };
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attr;
	sigset_t interrupts;
	int r;

	sigemptyset(&interrupts);
	sigaddset(&interrupts, SIGINT);
	sigaddset(&interrupts, SIGQUIT);
	sigaddset(&interrupts, SIGPIPE);
	r = posix_spawn_file_actions_init(&actions);
	if (r != 0 || posix_spawnattr_init(&attr) != 0)
		BUG("cannot prepare the start of a pager");
	r = posix_spawn_file_actions_adddup2(&actions, in, STDIN_FILENO);
	if (r == 0)
		r = posix_spawnattr_setsigdefault(&attr, &interrupts);
	if (r == 0)
		r = posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETSIGDEF);
	if (r == 0)
		r = posix_spawnp(ret_pid, "sh", &actions, &attr, argv, environ);
	(void)posix_spawn_file_actions_destroy(&actions);
	(void)posix_spawnattr_destroy(&attr);
	free(argv[2]);
	return -r;
}

/* Who leaves the pager early has seen enough. */
static void
pager_feed(int fd, struct str text)
{
	while (text.len > 0) {
		ssize_t n = write(fd, text.p, text.len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return;
		text = str_n(text.p + n, text.len - (size_t)n);
	}
}

int
pager_close(struct print *p)
{
	_cleanup_(buf_release) struct buf command = BUF_INIT;
	int fds[2], status;
	pid_t pid = 0;

	if (isatty(STDOUT_FILENO))
		pager_find(&command);
	if (command.len == 0 || pipe2(fds, O_CLOEXEC) < 0)
		return print_close(p);
	(void)setenv("LESS", "FRX", 0); /* as git does: colours, and no screen for a short text */
	(void)setenv("LV", "-c", 0);
	(void)signal(SIGINT, SIG_IGN); /* they are the pager's, until it ends */
	(void)signal(SIGQUIT, SIG_IGN);
	(void)signal(SIGPIPE, SIG_IGN);
	if (pager_spawn(command.p, fds[0], &pid) < 0) {
		close_fd(&fds[0]);
		close_fd(&fds[1]);
		return print_close(p);
	}
	close_fd(&fds[0]);
	pager_feed(fds[1], buf_str(&p->out));
	close_fd(&fds[1]);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return EXIT_OK;
}
