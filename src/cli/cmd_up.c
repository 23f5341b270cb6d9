/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * reeve up, reeve down: the supervisor, in the foreground or on its own.
 *
 * `up -d` starts it in a session of its own, with its log in reeved.log of the state directory, and is over
 * when it says that it is ready, or when it has failed; the reason is then the last thing it logged.
 */
#include "base/base.h"

#include "cli/cmds.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>

#include "base/clean.h"
#include "cli/cli_facts.h"
#include "cli/cli_options.h"
#include "store/episode.h"
#include "sys/clock.h"
#include "sys/file.h"
#include "sys/lock.h"
#include "sys/proc.h"

#define UP_LOG       "reeved.log"
#define UP_READY_MS  60000
#define UP_AWAIT_MS  10000
#define DOWN_MS      30000
#define UP_LOG_MAX   65536
#define UP_LINE_COLS 400

/* Who holds LOCK: of "pid 12 start 34 boot ... time ..." a person wants the process. */
static int
up_say_owner(struct cli *c)
{
	_cleanup_(buf_release) struct buf note = BUF_INIT;
	ssize_t at;

	(void)root_owner(&c->root, &note);
	at = str_find(buf_str(&note), STR(" start "));
	if (at >= 0)
		buf_truncate(&note, (size_t)at);
	cli_say("another supervisor runs, or a command that decides without one: %s",
	    note.len > 0 ? note.p : "its text does not say who");
	return EXIT_AGAIN;
}

static void
up_argv(struct cli *c, int ready_fd, struct strvec *ret)
{
	_cleanup_(buf_release) struct buf program = BUF_INIT;
	char number[16];

	cli_program("reeved", &program);
	strvec_push(ret, program.p);
	strvec_push(ret, "--state");
	strvec_push(ret, c->root.path);
	if (ready_fd >= 0) {
		snprintf(number, sizeof number, "%d", ready_fd);
		strvec_push(ret, "--ready-fd");
		strvec_push(ret, number);
	}
}

/* In the child.  Only what may be called after fork. */
noreturn_ static void
up_child(char **argv, int log_fd, int ready_fd)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	(void)setsid();
	if (null >= 0 && dup2(null, STDIN_FILENO) >= 0 && dup2(log_fd, STDOUT_FILENO) >= 0 &&
	    dup2(log_fd, STDERR_FILENO) >= 0 && fcntl(ready_fd, F_SETFD, 0) >= 0)
		(void)execvp(argv[0], argv);
	dprintf(STDERR_FILENO, "cannot run %s: %s\n", argv[0], strerrordesc_np(errno));
	_exit(127);
}

/* The last line that was logged after `from`. */
static void
up_last_line(struct cli *c, int64_t from, struct buf *ret)
{
	_cleanup_(close_fd) int fd = openat(c->root.dir, UP_LOG, O_RDONLY | O_CLOEXEC);
	_cleanup_(buf_release) struct buf text = BUF_INIT;
	struct str rest, line, last = STR("");
	off_t end = fd >= 0 ? lseek(fd, 0, SEEK_END) : 0;

	if (end - from > UP_LOG_MAX)
		from = end - UP_LOG_MAX;
	if (fd < 0 || lseek(fd, from, SEEK_SET) < 0)
		return;
	(void)file_read_fd(io_real(), fd, UP_LOG_MAX, &text, NULL);
	rest = buf_str(&text);
	while (str_cut(&rest, '\n', &line) || line.len > 0)
		if (str_trim(line).len > 0)
			last = line;
	clean_add_line(ret, last, UP_LINE_COLS);
}

/* True: it has said "ready".  False: the pipe was closed, or it takes too long (*ret_late). */
static bool
up_wait_ready(int fd, bool *ret_late)
{
	int64_t deadline = clock_boot_ms() + UP_READY_MS;
	char text[16];
	size_t n = 0;

	for (;;) {
		struct pollfd p = { .fd = fd, .events = POLLIN };
		int64_t left = deadline - clock_boot_ms();
		ssize_t got;

		*ret_late = left <= 0;
		if (*ret_late)
			return false;
		if (poll(&p, 1, (int)left) <= 0)
			continue;
		got = read(fd, text + n, sizeof text - n);
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return false;
		n += (size_t)got;
		if (n >= 6 && memcmp(text, "ready\n", 6) == 0)
			return true;
		if (n == sizeof text)
			return false;
	}
}

static int
up_failed(struct cli *c, pid_t pid, int64_t log_from)
{
	_cleanup_(buf_release) struct buf line = BUF_INIT;
	int status = 0;

	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	if (WIFEXITED(status) && WEXITSTATUS(status) == EXIT_AGAIN &&
	    root_owner(&c->root, NULL) == PROBE_HELD)
		return up_say_owner(c);
	up_last_line(c, log_from, &line);
	cli_say("the supervisor did not start: %s", line.len > 0 ? line.p : "it logged nothing");
	cli_say("see %s/%s", c->root.path, UP_LOG);
	return WIFEXITED(status) && WEXITSTATUS(status) == EXIT_AGAIN ? EXIT_AGAIN : EXIT_IO;
}

static int
up_detached(struct cli *c)
{
	_cleanup_(close_fd) int log_fd = -1, ready = -1, its_end = -1;
	_cleanup_(strvec_release) struct strvec argv = STRVEC_INIT;
	int64_t log_from;
	int fds[2];
	bool is_late;
	pid_t pid;

	log_fd = openat(
	    c->root.dir, UP_LOG, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (log_fd < 0 || pipe2(fds, O_CLOEXEC) < 0) {
		cli_say("cannot start the supervisor: %s/%s: %s", c->root.path, UP_LOG,
		    strerror(errno));
		return EXIT_IO;
	}
	ready = fds[0];
	its_end = fds[1];
	log_from = lseek(log_fd, 0, SEEK_END);
	up_argv(c, its_end, &argv);
	pid = fork();
	if (pid == 0)
		up_child(argv.v, log_fd, its_end);
	if (pid < 0) {
		cli_say("cannot start the supervisor: %s", strerror(errno));
		return EXIT_AGAIN;
	}
	close_fd(&its_end);
	if (up_wait_ready(ready, &is_late)) {
		cli_out("supervisor runs: pid %d", (int)pid);
		return EXIT_OK;
	}
	if (!is_late)
		return up_failed(c, pid, log_from);
	cli_say("the supervisor (pid %d) is not ready after %d s, and goes on starting; see %s/%s",
	    (int)pid, UP_READY_MS / 1000, c->root.path, UP_LOG);
	return EXIT_AGAIN;
}

int
cmd_up(struct cli *c, int argc, char **argv)
{
	_cleanup_(strvec_release) struct strvec args = STRVEC_INIT;
	bool is_detached = false;
	const struct cli_option options[] = {
		{ .brief = 'd', .name = "detach", .flag = &is_detached },
		{ 0 },
	};
	struct operands none;
	int status;

	if (!options_parse("up", options, argc, argv, 0, 0, &none, &status))
		return status;
	status = cli_config(c); /* a mistake in it is better seen now than in a log */
	if (status != EXIT_OK)
		return status;
	if (!root_await(&c->root, UP_AWAIT_MS))
		return up_say_owner(c);
	if (is_detached)
		return up_detached(c);
	up_argv(c, -1, &args);
	(void)execvp(args.v[0], args.v);
	cli_say("cannot run %s: %s", args.v[0], strerror(errno));
	return EXIT_IO;
}

/* Workers that live, by their locks. */
static unsigned
down_workers(struct cli *c)
{
	_cleanup_(cli_facts_release) struct cli_facts f = CLI_FACTS_INIT;
	unsigned n = 0;

	if (cli_facts_load(c, &f) != EXIT_OK)
		return 0;
	for (size_t i = 0; i < f.records.n; i++) {
		const struct ticket *t = &f.records.v[i].ticket;
		struct episode_seen seen = { 0 };

		if (!ticket_is_open(t))
			continue;
		episode_look(&c->root, ticket_episode(t), &seen);
		n += seen.launcher == PROBE_HELD;
	}
	return n;
}

static int
down_wait(int pidfd)
{
	int64_t deadline = clock_boot_ms() + DOWN_MS;

	while (!proc_is_gone(pidfd)) {
		struct pollfd p = { .fd = pidfd, .events = POLLIN };
		int64_t left = deadline - clock_boot_ms();

		if (left <= 0)
			return -1;
		(void)poll(&p, 1, (int)left);
	}
	return 0;
}

int
cmd_down(struct cli *c, int argc, char **argv)
{
	_cleanup_(buf_release) struct buf note = BUF_INIT;
	_cleanup_(close_fd) int pidfd = -1;
	struct err err = ERR_INIT;
	struct operands none;
	uint64_t start;
	unsigned workers;
	pid_t pid;
	int status;

	if (!options_parse("down", NULL, argc, argv, 0, 0, &none, &status))
		return status;
	status = cli_root(c);
	if (status != EXIT_OK)
		return status;
	if (root_owner(&c->root, &note) == PROBE_FREE) {
		cli_say("no supervisor is running");
		return EXIT_REFUSED;
	}
	if (!lock_note_parse(buf_str(&note), &pid, &start)) {
		cli_say("somebody holds %s/LOCK, but its text does not say who: %s", c->root.path,
		    note.p);
		return EXIT_AGAIN;
	}
	if (root_is_passing(buf_str(&note))) {
		cli_say("no supervisor is running; what holds LOCK, for a moment, is of pid %d",
		    (int)pid);
		return EXIT_REFUSED;
	}
	pidfd = proc_open(pid, start, &err);
	if (pidfd < 0 || proc_signal(pidfd, SIGTERM, &err) < 0) {
		if (err.code != ERR_NOTFOUND)
			return cli_fail(&err);
		cli_say("no supervisor is running (any more)");
		return EXIT_REFUSED;
	}
	if (down_wait(pidfd) < 0) {
		cli_say("the supervisor (pid %d) was told to end and has not after %d s; is it "
			"stopped? `kill -CONT %d`",
		    (int)pid, DOWN_MS / 1000, (int)pid);
		return EXIT_AGAIN;
	}
	cli_out("supervisor has ended: pid %d", (int)pid);
	workers = down_workers(c);
	if (workers > 0)
		cli_out("%u worker%s on; `reeve up -d` takes %s up again", workers,
		    workers == 1 ? " goes" : "s go", workers == 1 ? "it" : "them");
	return EXIT_OK;
}
