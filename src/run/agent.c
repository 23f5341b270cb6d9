/* SPDX-License-Identifier: GPL-2.0-only */
#include "base/base.h"
#include "run/agent.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>

#include "run/handover.h"
#include "sys/file.h"
#include "sys/git_env.h"
#include "sys/lock.h"
#include "sys/proc.h"

/* Descriptors that scripts use for themselves are below. */
#define AGENT_LOCK_FD 100

enum agent_stage {
	AGENT_READY = 1, /* `started` is written, the exec is next */
	AGENT_FAILED,
};

/* What the child says: less than PIPE_BUF, so in one piece. */
struct agent_word {
	enum agent_stage stage;
	int errnum;
	char text[600];
};

static bool
agent_has_name(const char *entry, const char *name)
{
	size_t len = strlen(name);

	return strncmp(entry, name, len) == 0 && (entry[len] == '=' || entry[len] == '\0');
}

static bool
agent_is_fixed(const char *entry)
{
	for (size_t i = 0; handover_names[i] != NULL; i++) {
		if (agent_has_name(entry, handover_names[i]))
			return true;
	}
	return false;
}

/* Agents are not to think that they may drive the tmux server they are shown in.  And a supervisor that was started in
 * a hook, or in a shell that works on some repository by git's variables, would send every worker's git there instead
 * of into its worktree. */
static bool
agent_is_dropped(const char *entry, const struct launch *l)
{
	if (agent_is_fixed(entry))
		return false;
	if (git_env_is_place(entry) || agent_has_name(entry, "TMUX") ||
	    agent_has_name(entry, "TMUX_PANE") || agent_has_name(entry, HANDOVER_MARK))
		return true;
	for (size_t i = 0; i < l->unset.n; i++) {
		if (agent_has_name(entry, l->unset.v[i]))
			return true;
	}
	return false;
}

/* Puts NAME=value in the place of the old NAME, or at the end. */
static void
agent_put(struct strvec *env, const char *entry)
{
	size_t len = strcspn(entry, "=");

	for (size_t i = 0; i < env->n; i++) {
		if (strncmp(env->v[i], entry, len) == 0 && env->v[i][len] == '=') {
			set_charp(&env->v[i], entry);
			return;
		}
	}
	strvec_push(env, entry);
}

static void
agent_put_path(struct strvec *env, const char *exe_dir)
{
	_cleanup_(buf_release) struct buf path = BUF_INIT;
	struct str rest = STR("/usr/local/bin:/usr/bin:/bin"), first;

	for (size_t i = 0; i < env->n; i++) {
		if (agent_has_name(env->v[i], "PATH"))
			rest = str_of(env->v[i] + strlen("PATH="));
	}
	buf_addf(&path, "PATH=%s:%.*s", exe_dir, STR_FMT(rest));
	(void)str_cut(&rest, ':', &first);
	if (!str_is(first, exe_dir))
		agent_put(env, path.p);
}

/* A worktree that loses its .git must not make its git climb to a repository around it: worktrees may lie below
 * the main one, or the state directory below a home that is a repository. */
static void
agent_put_ceiling(struct strvec *env, const char *worktree)
{
	_cleanup_(buf_release) struct buf ceiling = BUF_INIT;
	const char *slash = worktree ? strrchr(worktree, '/') : NULL;

	if (!slash || slash == worktree || strchr(worktree, ':') != NULL)
		return; /* a colon ends a name there */
	buf_addf(&ceiling, "GIT_CEILING_DIRECTORIES=%.*s", (int)(slash - worktree), worktree);
	for (size_t i = 0; i < env->n; i++)
		if (agent_has_name(env->v[i], "GIT_CEILING_DIRECTORIES"))
			buf_addf(&ceiling, ":%s", env->v[i] + strcspn(env->v[i], "=") + 1);
	agent_put(env, ceiling.p);
}

void
agent_environment(char *const *own, const struct launch *l, const char *exe_dir, struct strvec *ret)
{
	for (size_t i = 0; own[i] != NULL; i++) {
		if (!agent_is_dropped(own[i], l))
			strvec_push(ret, own[i]);
	}
	for (size_t i = 0; i < l->env.n; i++) {
		if (!agent_is_fixed(l->env.v[i]) && strchr(l->env.v[i], '=') != NULL)
			agent_put(ret, l->env.v[i]);
	}
	if (l->port > 0) {
		char port[32];

		(void)snprintf(port, sizeof port, "REEVE_PORT=%u", l->port);
		agent_put(ret, port);
	}
	agent_put_ceiling(ret, l->worktree);
	/* PATH cannot hold a directory with a colon in its name. */
	if (exe_dir[0] != '\0' && strchr(exe_dir, ':') == NULL)
		agent_put_path(ret, exe_dir);
}

static void
agent_say(int pipe, enum agent_stage stage, int errnum, const char *text)
{
	struct agent_word word;

	memset(&word, 0, sizeof word);
	word.stage = stage;
	word.errnum = errnum;
	snprintf(word.text, sizeof word.text, "%s", text);
	/* Nobody is there to be told when this fails: the launcher then knows only that it failed. */
	(void)!write(pipe, &word, sizeof word);
}

/* Its own group has the terminal, when we have it to give. */
static void
agent_take_terminal(void)
{
	bool is_ours = tcgetpgrp(STDIN_FILENO) == getpgrp();

	(void)setpgid(0, 0); /* fails for nobody who was just forked */
	if (is_ours)
		(void)tcsetpgrp(STDIN_FILENO, getpid()); /* SIGTTOU is ignored; no terminal: fine */
}

static void
agent_reset_signals(void)
{
	sigset_t none;

	for (int sig = 1; sig < NSIG; sig++)
		(void)signal(sig, SIG_DFL); /* two of them, and those of libc, cannot be changed */
	sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
}

/* Its prompt comes on stdin; the terminal stays its stdout. */
static int
agent_feed(struct claim *c, struct err *err)
{
	int fd = -1, r;

	if (!c->launch.feed)
		return 0;
	fd = openat(c->dir, c->launch.feed, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (fd >= 0 && dup2(fd, STDIN_FILENO) >= 0)
		return 0; /* the exec closes fd */
	r = errno;
	(void)err_sys(err, r, "cannot give the agent its prompt (%s) as stdin", c->launch.feed);
	return r;
}

/* All that can go wrong before `started`.  0, or an errno value with its sentence. */
static int
agent_prepare(struct claim *c, bool is_setup, struct err *err)
{
	_cleanup_(buf_release) struct buf note = BUF_INIT;
	int fd, r;

	if (chdir(c->launch.worktree) < 0) {
		r = errno;
		(void)err_sys(err, r, "cannot enter the worktree %s", c->launch.worktree);
		return r;
	}
	fd = fcntl(c->ticket_lock, F_DUPFD, AGENT_LOCK_FD);
	if (fd < 0)
		r = lock_inherit(c->ticket_lock, err); /* few descriptors allowed: as it is */
	else
		r = 0;
	if (is_setup)
		return r < 0 ? EIO : 0;
	if (r == 0 && (r = agent_feed(c, err)) > 0)
		return r;
	lock_note(&note);
	buf_addch(&note, '\n');
	if (r == 0)
		r = file_write_new(c->io, c->dir, CLAIM_STARTED, buf_str(&note), err);
	if (r == 0)
		r = file_sync_dir(c->io, c->dir, err);
	return r < 0 ? EIO : 0;
}

/* The bare errno does not say which of several files is missing. */
static void
agent_explain(const char *program, int errnum, struct err *err)
{
	_cleanup_(buf_release) struct buf path = BUF_INIT;

	if (proc_find_program(program, getenv("PATH"), &path, err) < 0)
		return;
	if (errnum == ENOENT)
		(void)err_set(err, ERR_NOTFOUND,
		    "cannot run %s: the interpreter that its first line names is missing", path.p);
	else
		(void)err_sys(err, errnum, "cannot run %s", path.p);
}

noreturn_ static void
agent_run(struct claim *c, bool is_setup, struct strvec *env, int pipe, pid_t launcher)
{
	const struct strvec *argv = is_setup ? &c->launch.setup : &c->launch.argv;
	struct err err = ERR_INIT;
	int errnum;

	if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || getppid() != launcher)
		_exit(RUN_NO_EXEC); /* it ended before it could be watched */
	agent_take_terminal();
	agent_reset_signals();
	errnum = agent_prepare(c, is_setup, &err);
	if (errnum == 0) {
		agent_say(pipe, AGENT_READY, 0, "");
		environ = env->v;
		(void)execvp(argv->v[0], argv->v);
		errnum = errno;
		agent_explain(argv->v[0], errnum, &err);
	}
	agent_say(pipe, AGENT_FAILED, errnum, err.text);
	_exit(errnum == ENOENT ? RUN_NO_PROGRAM : RUN_NO_EXEC);
}

static int
agent_fork(struct claim *c, bool is_setup, struct agent *ret, struct err *err)
{
	_cleanup_(strvec_release) struct strvec env = STRVEC_INIT;
	_cleanup_(buf_release) struct buf exe_dir = BUF_INIT;
	pid_t launcher = getpid(), pid;
	int fds[2];

	if (proc_exe_dir(&exe_dir, err) < 0)
		return err_prefix(err, "cannot put reeve on the PATH of the agent");
	agent_environment(environ, &c->launch, exe_dir.p, &env);
	if (pipe2(fds, O_CLOEXEC) < 0)
		return err_sys(err, errno, "cannot make a pipe");
	pid = fork();
	if (pid == 0)
		agent_run(c, is_setup, &env, fds[1], launcher);
	if (pid < 0)
		(void)err_sys(err, errno, "cannot start a process");
	(void)close(fds[1]);
	if (pid < 0) {
		(void)close(fds[0]);
		return ERR_LIMIT;
	}
	*ret = (struct agent){ pid, fds[0] };
	return 0;
}

int
agent_start(struct claim *c, struct agent *ret, struct err *err)
{
	return agent_fork(c, false, ret, err);
}

int
agent_start_setup(struct claim *c, struct agent *ret, struct err *err)
{
	return agent_fork(c, true, ret, err);
}

void
agent_report(struct agent *agent, struct exit_note *note)
{
	struct agent_word word;
	ssize_t n;

	note->has_started = false;
	note->exec_errno = ECANCELED;
	set_charp(&note->exec_error, "the process ended before it could execute the agent");
	/* The exec, or the end of the child, closes the writing end. */
	while ((n = read(agent->report, &word, sizeof word)) == (ssize_t)sizeof word ||
	       (n < 0 && errno == EINTR)) {
		if (n < 0)
			continue;
		word.text[sizeof word.text - 1] = '\0';
		note->has_started = word.stage == AGENT_READY;
		note->exec_errno = word.errnum;
		set_charp(&note->exec_error, note->has_started ? NULL : word.text);
	}
	close_fd(&agent->report);
}
