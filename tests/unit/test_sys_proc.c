/* SPDX-License-Identifier: GPL-2.0-only */
#include "base/base.h"
#include "sys/lock.h"
#include "sys/proc.h"

#include <pthread.h>
#include <sched.h>

#include "sys/clock.h"
#include "test_sys.h"

/* An assignment that nobody else on this machine has, not even the same test beside us. */
static char tag[64];

static int
make_tag(void **state)
{
	(void)state;
	snprintf(
	    tag, sizeof tag, "REEVE_UNIT_TAG=%d.%lld", (int)getpid(), (long long)clock_wall_ms());
	return 0;
}

static int
nothing(void *arg)
{
	(void)arg;
	return 0;
}

static bool
has_pid(const struct pids *pids, pid_t pid)
{
	for (size_t i = 0; i < pids->n; i++) {
		if (pids->v[i] == pid)
			return true;
	}
	return false;
}

static void
test_proc_open_checks_the_start_time_X_16(void **state)
{
	struct err err = ERR_INIT;
	pid_t pid = child_hold(nothing, NULL);
	uint64_t start = proc_start_time(pid);
	int fd;

	(void)state;
	assert_true(start > 0);
	assert_true(start >= proc_start_time(getpid()));
	fd = proc_open(pid, start, &err);
	assert_true(fd >= 0);
	assert_int_equal(fcntl(fd, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
	/* The pid of another: its start time differs. */
	assert_int_equal(proc_open(pid, start + 1, &err), ERR_NOTFOUND);
	assert_int_equal(proc_open(pid, start - 1, &err), ERR_NOTFOUND);
	assert_int_equal(proc_open(pid, 0, &err), ERR_NOTFOUND);
	assert_int_equal(proc_open(0, start, &err), ERR_NOTFOUND);
	assert_int_equal(proc_open(-1, start, &err), ERR_NOTFOUND);

	assert_false(proc_is_gone(fd));
	assert_int_equal(proc_signal(fd, 0, &err), 0);
	assert_int_equal(proc_signal(fd, SIGKILL, &err), 0);
	assert_int_equal(child_end(pid), 1000 + SIGKILL);
	assert_true(proc_is_gone(fd));
	assert_int_equal(proc_signal(fd, SIGKILL, &err), ERR_NOTFOUND);
	assert_int_equal(proc_start_time(pid), 0);
	assert_int_equal(proc_open(pid, start, &err), ERR_NOTFOUND);
	(void)close(fd);
}

/* A zombie has ended, though its pid is still taken. */
static void
test_proc_zombie_is_gone_D_23(void **state)
{
	pid_t pid = child_hold(nothing, NULL);
	int fd = proc_open(pid, proc_start_time(pid), NULL);
	siginfo_t info;

	(void)state;
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT), 0);
	assert_true(proc_is_gone(fd));
	assert_true(proc_start_time(pid) > 0);
	assert_int_equal(child_end(pid), 1000 + SIGKILL);
	(void)close(fd);
}

static int
open_it(void *arg)
{
	return openat(place, arg, O_RDONLY | O_CLOEXEC) < 0;
}

static int
lock_it(void *arg)
{
	return lock_take(io_real(), place, arg, "", NULL, NULL) < 0;
}

static struct io_stat
stat_of(const char *name)
{
	struct io_stat st;

	assert_int_equal(io_real()->ops->stat(io_real(), place, name, &st), 0);
	return st;
}

static void
test_proc_holders_X_19(void **state)
{
	char name[] = "lock", other[] = "other";
	struct pids pids = { NULL, 0, 0 };
	struct io_stat st;
	pid_t a, b, c, d;
	size_t hidden = 77;
	int mine;

	(void)state;
	put_file(name, "");
	put_file(other, "");
	st = stat_of(name);
	c = child_hold(open_it, name); /* has it open, and holds nothing */
	d = child_hold(open_it, other);
	mine = lock_take(io_real(), place, name, "", NULL, NULL);
	assert_true(mine >= 0);
	a = child_hold(nothing, NULL); /* these inherit it */
	b = child_hold(nothing, NULL);
	assert_int_equal(proc_holders(st.dev, st.inode, &pids, &hidden, NULL), 0);
	assert_int_equal(pids.n, 2); /* not this process */
	assert_true(has_pid(&pids, a) && has_pid(&pids, b));
	assert_true(hidden != 77);
	/* A name may go, the open file is the same. */
	assert_int_equal(unlinkat(place, name, 0), 0);
	pids_release(&pids);
	assert_int_equal(proc_holders(st.dev, st.inode, &pids, NULL, NULL), 0);
	assert_int_equal(pids.n, 2);
	pids_release(&pids);

	assert_int_equal(proc_kill_holders(st.dev, st.inode, SIGKILL, &pids, NULL), 2);
	assert_int_equal(pids.n, 2);
	assert_true(has_pid(&pids, a) && has_pid(&pids, b));
	assert_int_equal(child_end(a), 1000 + SIGKILL);
	assert_int_equal(child_end(b), 1000 + SIGKILL);
	assert_int_equal(kill(c, 0), 0);
	assert_int_equal(waitpid(c, NULL, WNOHANG), 0);
	pids_release(&pids);
	assert_int_equal(proc_kill_holders(st.dev, st.inode, SIGKILL, &pids, NULL), 0);
	assert_int_equal(pids.n, 0);
	child_kill(c);
	child_kill(d);
	(void)close(mine);
}

/* Zombies hold nothing. */
static void
test_proc_holders_leave_zombies_out(void **state)
{
	struct pids pids = { NULL, 0, 0 };
	char name[] = "lock";
	struct io_stat st;
	siginfo_t info;
	pid_t pid;

	(void)state;
	put_file(name, "");
	st = stat_of(name);
	pid = child_hold(lock_it, name);
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT), 0);
	assert_int_equal(proc_holders(st.dev, st.inode, &pids, NULL, NULL), 0);
	assert_int_equal(pids.n, 0);
	assert_int_equal(child_end(pid), 1000 + SIGKILL);
	pids_release(&pids);
}

struct relay {
	pthread_t first;
	int out;
};

static void *
outlive_main(void *arg)
{
	struct relay *relay = arg;

	(void)pthread_join(relay->first, NULL);
	(void)close(relay->out);
	for (;;)
		(void)pause();
	return NULL;
}

/* the first thread is gone (and looks like a zombie), another holds the file. */
static void
test_proc_holders_see_threads_X_19(void **state)
{
	static struct relay relay;
	struct pids pids = { NULL, 0, 0 };
	struct io_stat st;
	int fds[2];
	pid_t pid;

	(void)state;
	put_file("lock", "");
	st = stat_of("lock");
	assert_return_code(pipe2(fds, O_CLOEXEC), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		pthread_t second;

		(void)prctl(PR_SET_PDEATHSIG, 0);
		relay.first = pthread_self();
		relay.out = fds[1];
		if (lock_take(io_real(), place, "lock", "", NULL, NULL) < 0 ||
		    pthread_create(&second, NULL, outlive_main, &relay) != 0)
			_exit(1);
		pthread_exit(NULL);
	}
	(void)close(fds[1]);
	child_wait_eof(fds[0]);
	assert_int_equal(proc_kill_holders(st.dev, st.inode, SIGKILL, &pids, NULL), 1);
	assert_true(has_pid(&pids, pid));
	assert_int_equal(child_end(pid), 1000 + SIGKILL);
	pids_release(&pids);
}

/* root sees everything, so root steps down: to a user that has no other process, if there may be one. */
static int
step_down(const uid_t *uid)
{
	return geteuid() != 0 || setuid(*uid) == 0 || setuid(65534) == 0 ? 0 : -1;
}

static int
hide(void *arg)
{
	if (step_down(arg) < 0)
		return 1;
	if (prctl(PR_SET_DUMPABLE, 0) < 0)
		return 2;
	return 0;
}

struct counter {
	uid_t uid;
	int ask, answer;
};

static int
count_hidden(void *arg)
{
	struct pids pids = { NULL, 0, 0 };
	size_t before = 0, after = 0;
	struct counter *c = arg;
	char byte;

	if (step_down(&c->uid) < 0)
		return 1;
	if (proc_holders(1, 1, &pids, &before, NULL) < 0)
		return 2;
	/* Has the parent end the hidden one, and waits for that. */
	if (write(c->ask, "x", 1) != 1 || read(c->answer, &byte, 1) != 1)
		return 3;
	if (proc_holders(1, 1, &pids, &after, NULL) < 0)
		return 4;
	pids_release(&pids);
	return before > after ? 0 : 5;
}

/* D-69: "I may not look" is counted, so that "nobody" is not believed. */
static void
test_proc_holders_count_the_hidden_D_69(void **state)
{
	struct counter c = { .uid = 1000000u + (uid_t)getpid() };
	int ask[2], answer[2];
	pid_t hidden, counter;
	char byte;

	(void)state;
	assert_return_code(pipe2(ask, O_CLOEXEC), 0);
	assert_return_code(pipe2(answer, O_CLOEXEC), 0);
	c.ask = ask[1];
	c.answer = answer[0];
	hidden = child_hold(hide, &c.uid);
	counter = child_start(count_hidden, &c);
	(void)close(ask[1]);
	assert_int_equal(read(ask[0], &byte, 1), 1);
	child_kill(hidden);
	assert_int_equal(write(answer[1], "x", 1), 1);
	assert_int_equal(child_end(counter), 0);
	(void)close(answer[1]);
	(void)close(ask[0]);
	(void)close(answer[0]);
}

static int
look_without_proc(void *arg)
{
	struct pids pids = { NULL, 0, 0 };
	struct err err = ERR_INIT;

	(void)arg;
	if (kernel_refuses(SYS_getdents64, EIO) < 0)
		return 9;
	if (proc_holders(1, 1, &pids, NULL, &err) != ERR_IO || err.text[0] == '\0')
		return 1;
	if (proc_tagged(tag, &pids, &err) != ERR_IO)
		return 2;
	if (proc_kill_tagged(tag, SIGKILL, &pids, &err) != ERR_IO)
		return 3;
	if (proc_descendants(getpid(), &pids, &err) != ERR_IO)
		return 4;
	return pids.n == 0 ? 0 : 5;
}

static void
test_proc_unreadable_is_an_error_D_23(void **state)
{
	(void)state;
	assert_int_equal(child_run(look_without_proc, NULL), 0);
}

struct program {
	pid_t pid;
	int fd;
};

/* A program with this environment; back when it runs. */
static struct program
start_with(const char *assignment, const char *more)
{
	struct program p;
	char text[100];
	int its;

	snprintf(text, sizeof text, "%s%s", assignment, more);
	program_socket(&p.fd, &its);
	p.pid = fork();
	assert_true(p.pid >= 0);
	if (p.pid == 0)
		program_exec(its, text);
	(void)close(its);
	program_wait(p.fd);
	return p;
}

static void
end_program(struct program *p)
{
	(void)close(p->fd);
	assert_true(child_end(p->pid) < 1000); /* by itself, not by a signal */
}

static void
test_proc_tagged_exactly(void **state)
{
	struct pids pids = { NULL, 0, 0 };
	struct program a = start_with(tag, ""), b = start_with(tag, "4"), c = start_with("X", tag);

	(void)state;
	assert_int_equal(proc_tagged(tag, &pids, NULL), 0);
	assert_int_equal(pids.n, 1);
	assert_int_equal(pids.v[0], a.pid);
	pids_release(&pids);
	assert_int_equal(proc_kill_tagged(tag, SIGTERM, &pids, NULL), 1);
	assert_int_equal(child_end(a.pid), 1000 + SIGTERM);
	assert_int_equal(proc_kill_tagged(tag, SIGTERM, NULL, NULL), 0);
	end_program(&b);
	end_program(&c);
	(void)close(a.fd);
	pids_release(&pids);
}

/* Forks twice, leaves session and descriptors behind, and is nobody's child any more. */
static int
daemonize(void *arg)
{
	int *its = arg;
	pid_t pid = fork();

	if (pid != 0)
		return pid < 0;
	(void)setsid();
	pid = fork();
	if (pid != 0)
		_exit(0);
	(void)dup2(*its, STDIN_FILENO);
	if (close_range(STDERR_FILENO, ~0U, 0) < 0)
		_exit(1);
	program_exec(STDIN_FILENO, tag);
	return 127;
}

static void
test_proc_tag_finds_daemons_X_19(void **state)
{
	struct pids pids = { NULL, 0, 0 };
	int ours, its, pidfd;

	(void)state;
	program_socket(&ours, &its);
	assert_int_equal(child_run(daemonize, &its), 0);
	(void)close(its);
	program_wait(ours);
	assert_int_equal(proc_tagged(tag, &pids, NULL), 0);
	assert_int_equal(pids.n, 1);
	pidfd = proc_open(pids.v[0], proc_start_time(pids.v[0]), NULL);
	assert_true(pidfd >= 0);
	assert_int_equal(proc_kill_tagged(tag, SIGKILL, NULL, NULL), 1);
	while (!proc_is_gone(pidfd))
		(void)sched_yield();
	pids_release(&pids);
	assert_int_equal(proc_tagged(tag, &pids, NULL), 0);
	assert_int_equal(pids.n, 0);
	(void)close(pidfd);
	(void)close(ours);
	pids_release(&pids);
}

/* Execs for ever: in the moment of an exec a process has no environment to show. */
static int
exec_for_ever(void *arg)
{
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	(void)arg;
	(void)execle("/bin/sh", "sh", "-c", "exec sh -c \"$0\" \"$0\"",
	    "test $PPID = 1 && exit 1; exec sh -c \"$0\" \"$0\"", (char *)NULL,
	    (char *[]){ tag, NULL });
	return 127;
}

static void
test_proc_tagged_during_exec_X_19(void **state)
{
	struct program first = start_with(tag, "");
	pid_t pid;

	(void)state;
	pid = child_start(exec_for_ever, NULL);
	/* From the first time on that it is seen, it is always seen. */
	for (int i = 0, since = 0; since < 200; i++) {
		struct pids pids = { NULL, 0, 0 };

		assert_int_equal(proc_tagged(tag, &pids, NULL), 0);
		assert_true(has_pid(&pids, first.pid));
		if (since > 0)
			assert_true(has_pid(&pids, pid));
		since += has_pid(&pids, pid);
		pids_release(&pids);
	}
	child_kill(pid);
	end_program(&first);
}

/* child -> grandchild -> great-grandchild; each says its pid on the pipe. */
static int
make_line(void *arg)
{
	int *out = arg;

	for (int i = 0; i < 2; i++) {
		pid_t pid = fork();

		if (pid < 0)
			return 1;
		if (pid > 0)
			return write(*out, &pid, sizeof pid) == sizeof pid ? 0 : 1;
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	}
	/* The pipe of child_hold closes when the last of the line does so too. */
	return 0;
}

static void
test_proc_descendants(void **state)
{
	struct pids pids = { NULL, 0, 0 };
	pid_t top, line[2];
	siginfo_t info;
	int fds[2];

	(void)state;
	assert_return_code(pipe2(fds, O_CLOEXEC), 0);
	top = child_hold(make_line, &fds[1]);
	assert_int_equal(read(fds[0], line, sizeof line), sizeof line);
	if (line[1] < line[0] && getpid() < line[1]) {
		/* written in either order */
		pid_t swap = line[0];

		line[0] = line[1];
		line[1] = swap;
	}
	assert_int_equal(proc_descendants(top, &pids, NULL), 0);
	assert_int_equal(pids.n, 2);
	assert_true(has_pid(&pids, line[0]) && has_pid(&pids, line[1]));
	pids_release(&pids);
	assert_int_equal(proc_descendants(getpid(), &pids, NULL), 0);
	assert_int_equal(pids.n, 3);
	assert_int_equal(pids.v[0], top); /* parents first */
	pids_release(&pids);
	/* A zombie is no living descendant. */
	assert_int_equal(kill(top, SIGKILL), 0);
	assert_int_equal(waitid(P_PID, (id_t)top, &info, WEXITED | WNOWAIT), 0);
	assert_int_equal(proc_descendants(getpid(), &pids, NULL), 0);
	assert_false(has_pid(&pids, top));
	assert_int_equal(child_end(top), 1000 + SIGKILL);
	(void)close(fds[0]);
	(void)close(fds[1]);
	pids_release(&pids);
}

static const char *
own_name(char *path, size_t size)
{
	ssize_t n = readlink("/proc/self/exe", path, size - 1);

	assert_true(n > 0);
	path[n] = '\0';
	return strrchr(path, '/') + 1;
}

static int
ask_ancestor(void *arg)
{
	_cleanup_(buf_release) struct buf b = BUF_INIT;
	struct err err = ERR_INIT;

	/* What a process sets later is not seen; the environment it was started with is. */
	if (setenv("PATH", "/changed", 1) < 0)
		return 1;
	if (proc_ancestor_env(arg, "PATH", &b, &err) < 0)
		return 2;
	if (strcmp(b.p, "/changed") == 0 || b.len == 0)
		return 3;
	if (proc_ancestor_env(arg, "PAT", &b, &err) != ERR_NOTFOUND)
		return 4;
	if (proc_ancestor_env(arg, "REEVE_UNIT_NONE", &b, &err) != ERR_NOTFOUND)
		return 5;
	if (proc_ancestor_env("no-such-program", "PATH", &b, &err) != ERR_NOTFOUND)
		return 6;
	return 0;
}

static int
ask_grandfather(void *arg)
{
	return child_end(child_start(ask_ancestor, arg));
}

static void
test_proc_ancestor_env(void **state)
{
	char path[4096], name[256];

	(void)state;
	snprintf(name, sizeof name, "%s", own_name(path, sizeof path));
	assert_int_equal(child_run(ask_ancestor, name), 0);
	assert_int_equal(child_run(ask_grandfather, name), 0);
}

static void
test_proc_exe_dir(void **state)
{
	_cleanup_(buf_release) struct buf b = BUF_INIT;
	char path[4096];
	const char *name = own_name(path, sizeof path);

	(void)state;
	assert_int_equal(proc_exe_dir(&b, NULL), 0);
	buf_addf(&b, "/%s", name);
	assert_string_equal(b.p, path);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		in_place(test_proc_open_checks_the_start_time_X_16),
		in_place(test_proc_zombie_is_gone_D_23),
		in_place(test_proc_holders_X_19),
		in_place(test_proc_holders_leave_zombies_out),
		in_place(test_proc_holders_see_threads_X_19),
		in_place(test_proc_holders_count_the_hidden_D_69),
		in_place(test_proc_unreadable_is_an_error_D_23),
		in_place(test_proc_tagged_exactly),
		in_place(test_proc_tag_finds_daemons_X_19),
		in_place(test_proc_tagged_during_exec_X_19),
		in_place(test_proc_descendants),
		in_place(test_proc_ancestor_env),
		in_place(test_proc_exe_dir),
	};

	return cmocka_run_group_tests(tests, make_tag, NULL);
}
