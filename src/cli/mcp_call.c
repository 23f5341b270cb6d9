/* SPDX-License-Identifier: GPL-2.0-only */
#include "base/base.h"

#include "cli/mcp_call.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clean.h"
#include "cli/cli.h"
#include "sys/file.h"
#include "sys/proc.h"

#define MCP_OUTPUT_MAX ((size_t)1024 * 1024)
#define MCP_STEP       ((size_t)16 * 1024)

static bool
call_looks(const struct mcp_call *c)
{
	return c->manner == MCP_LOOKS || c->manner == MCP_WAITS;
}

/* The text for its stdin: a file that is already at its end, so that nobody has to feed it. */
static int
call_input(struct str input, int *ret)
{
	*ret = memfd_create("reeve-mcp", MFD_CLOEXEC);
	if (*ret < 0)
		return -errno;
	while (input.len > 0) {
		ssize_t n = write(*ret, input.p, input.len);

		if (n < 0)
			return -errno;
		input = str_n(input.p + n, input.len - (size_t)n);
	}
	return lseek(*ret, 0, SEEK_SET) < 0 ? -errno : 0;
}

static int
call_pipe(int *ret_read, int *ret_write)
{
	int fds[2];

	if (pipe2(fds, O_CLOEXEC) < 0)
		return -errno;
	*ret_read = fds[0];
	*ret_write = fds[1];
	return fcntl(fds[0], F_SETFL, O_NONBLOCK) < 0 ? -errno : 0;
}

noreturn_ static void
call_exec(const struct mcp_call *c, char **argv, pid_t parent, const int fds[3])
{
	sigset_t none;

	(void)setpgid(0, 0); /* a ^C for the agent is not one for its report */
	if (call_looks(c) && (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || getppid() != parent))
		_exit(EXIT_AGAIN);
	(void)signal(SIGPIPE, SIG_DFL);
	sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
	for (int i = 0; i < 3; i++)
		if (dup2(fds[i], i) < 0)
			_exit(EXIT_AGAIN);
	(void)execv("/proc/self/exe", argv);
	_exit(EXIT_AGAIN);
}

static int
call_fork(struct mcp_call *c, const struct strvec *argv, const int fds[3])
{
	struct strvec words = STRVEC_INIT;
	pid_t parent = getpid(), pid;
	int rc = 0;

	strvec_push(&words, "reeve");
	for (size_t i = 0; i < argv->n; i++)
		strvec_push(&words, argv->v[i]);
	pid = fork();
	if (pid == 0)
		call_exec(c, words.v, parent, fds);
	if (pid < 0)
		rc = -errno;
	strvec_release(&words);
	if (rc < 0)
		return rc;
	c->pid = pid;
	c->pidfd = pidfd_open(pid, 0);
	if (c->pidfd >= 0)
		return 0;
	rc = -errno;
	(void)kill(pid, SIGKILL); /* not reaped: it is ours */
	(void)waitpid(pid, NULL, 0);
	c->pid = 0;
	return rc;
}

int
mcp_call_start(struct mcp_call *c, const struct strvec *argv, struct str input, struct err *err)
{
	_cleanup_(close_fd) int in = -1;
	_cleanup_(close_fd) int out = -1;
	_cleanup_(close_fd) int errors = -1;
	int rc;

	c->pidfd = c->out = c->errors = -1;
	rc = call_input(input, &in);
	if (rc == 0)
		rc = call_pipe(&c->out, &out);
	if (rc == 0)
		rc = call_pipe(&c->errors, &errors);
	if (rc == 0)
		rc = call_fork(c, argv, (const int[3]){ in, out, errors });
	if (rc < 0)
		return err_set(err, ERR_LIMIT,
		    "cannot start reeve %s: %s; nothing was done, call again", argv->v[0],
		    strerror(-rc));
	return 0;
}

void
mcp_call_wants(const struct mcp_call *c, struct pollfd ret[MCP_CALL_FDS])
{
	ret[0] = (struct pollfd){ .fd = c->pidfd, .events = POLLIN };
	ret[1] = (struct pollfd){ .fd = c->out, .events = POLLIN };
	ret[2] = (struct pollfd){ .fd = c->errors, .events = POLLIN };
}

/* What is there now. */
static void
call_drain(struct mcp_call *c, int *fd, struct buf *to)
{
	char step[MCP_STEP];
	ssize_t n;

	while (*fd >= 0 && ((n = read(*fd, step, sizeof step)) > 0 || (n < 0 && errno == EINTR))) {
		size_t room = MCP_OUTPUT_MAX - to->len, got = n > 0 ? (size_t)n : 0;

		buf_add(to, step, got < room ? got : room);
		c->dropped += got < room ? 0 : got - room;
	}
	if (*fd >= 0 && !(n < 0 && errno == EAGAIN))
		close_fd(fd);
}

bool
mcp_call_on_ready(struct mcp_call *c)
{
	bool is_over = proc_is_gone(c->pidfd); /* asked first: what it wrote is in the pipes then */

	call_drain(c, &c->out, &c->text);
	call_drain(c, &c->errors, &c->complaint);
	if (is_over && c->pid > 0) {
		(void)waitpid(c->pid, &c->status, 0);
		c->pid = 0;
	}
	return is_over;
}

void
mcp_call_stop(struct mcp_call *c)
{
	if (call_looks(c) && c->pid > 0)
		(void)kill(c->pid, SIGKILL); /* not reaped: it is ours */
}

static json_t *
call_content(const char *text, bool is_error)
{
	json_t *o = json_new(), *list = json_array(), *item = json_new();

	json_put_text(item, "type", "text");
	json_put_text(item, "text", text);
	json_array_append_new(list, item);
	json_object_set_new(o, "content", list);
	json_put_bool(o, "isError", is_error);
	return o;
}

/* In front of the command's own words: the model has to see at once whether it has reported. */
static const char *
call_verdict(const struct mcp_call *c)
{
	int code = WIFEXITED(c->status) ? WEXITSTATUS(c->status) : EXIT_BUG;

	if (c->manner != MCP_REPORTS)
		return "";
	if (code == EXIT_OK)
		return "Recorded.\n";
	return code == EXIT_AGAIN ? "NOT recorded yet. Call it again.\n" : "NOT recorded.\n";
}

json_t *
mcp_call_result(const struct mcp_call *c)
{
	_cleanup_(buf_release) struct buf all = BUF_INIT;
	int code = WIFEXITED(c->status) ? WEXITSTATUS(c->status) : EXIT_BUG;
	bool is_good = code == EXIT_OK || (call_looks(c) && code == EXIT_AGAIN);

	buf_adds(&all, call_verdict(c));
	clean_add(&all, buf_str(&c->text), true);
	clean_add(&all, buf_str(&c->complaint), true);
	if (c->dropped > 0)
		buf_addf(&all, "(%zu more bytes are left out)\n", c->dropped);
	if (!WIFEXITED(c->status))
		buf_addf(&all, "the command was ended by signal %d\n", WTERMSIG(c->status));
	return call_content(all.p, !is_good);
}

json_t *
mcp_call_refusal(const char *why)
{
	return call_content(why, true);
}

void
mcp_call_release(struct mcp_call *c)
{
	buf_release(&c->id);
	buf_release(&c->text);
	buf_release(&c->complaint);
	close_fd(&c->pidfd);
	close_fd(&c->out);
	close_fd(&c->errors);
}
