/* SPDX-License-Identifier: GPL-2.0-only */
#include "base/base.h"
#include "sys/lock.h"

#include <poll.h>
#include <sched.h>
#include <unistd.h>

#include "sys/clock.h"
#include "sys/lock_end.h"
#include "sys/proc.h"
#include "test_sys.h"

#define IO io_real()

static enum probe
probe(const char *name)
{
	int errnum;

	return IO->ops->probe(IO, place, name, &errnum);
}

/* Keeps the descriptor: it belongs to the child that holds the lock. */
static int
take_lock(void *arg)
{
	return lock_take(IO, place, arg, "the note of a child", NULL, NULL) < 0;
}

static void
test_lock_take_X_20(void **state)
{
	_cleanup_(buf_release) struct buf owner = BUF_INIT;
	struct err err = ERR_INIT;
	char name[] = "LOCK";
	pid_t pid = child_hold(take_lock, name);
	int fd;

	(void)state;
	check_file("LOCK", "the note of a child\n");
	assert_int_equal(lock_take(IO, place, "LOCK", "mine", &owner, &err), ERR_BUSY);
	assert_string_equal(owner.p, "the note of a child");
	assert_non_null(strstr(err.text, "the note of a child"));
	assert_int_equal(lock_take(IO, place, "LOCK", "mine", NULL, NULL), ERR_BUSY);
	check_file("LOCK", "the note of a child\n");

	/* A stopped owner still owns: there is no expiry. */
	assert_int_equal(kill(pid, SIGSTOP), 0);
	assert_int_equal(waitpid(pid, NULL, WUNTRACED), pid);
	assert_int_equal(lock_take(IO, place, "LOCK", "mine", NULL, NULL), ERR_BUSY);

	child_kill(pid); /* no chance to clean up: the kernel frees the lock */
	assert_int_equal(probe("LOCK"), PROBE_FREE);
	fd = lock_take(IO, place, "LOCK", "m", NULL, &err);
	assert_true(fd >= 0);
	assert_int_equal(fcntl(fd, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
	check_file("LOCK", "m\n"); /* shorter than the old note: nothing of it stays */
	assert_int_equal(lock_take(IO, place, "LOCK", "again", NULL, NULL), ERR_BUSY);
	close_fd(&fd);
	assert_int_equal(probe("LOCK"), PROBE_FREE);
}

/* the note may come from anybody. */
static void
test_lock_owner_is_shown_cleaned_X_10(void **state)
{
	_cleanup_(buf_release) struct buf owner = BUF_INIT;
	struct err err = ERR_INIT;
	int fd = lock_take(IO, place, "LOCK", "\x1b[2Jpid 1\nsecond", NULL, NULL);

	(void)state;
	assert_int_equal(lock_take(IO, place, "LOCK", "x", &owner, &err), ERR_BUSY);
	assert_null(strchr(err.text, '\x1b'));
	assert_null(strstr(err.text, "second"));
	assert_non_null(strstr(err.text, "\\x1b[2Jpid 1"));
	close_fd(&fd);
}

static void
test_lock_refuses_links(void **state)
{
	struct err err = ERR_INIT;

	(void)state;
	put_file("target", "precious");
	assert_int_equal(symlinkat("target", place, "LOCK"), 0);
	assert_int_equal(lock_take(IO, place, "LOCK", "x", NULL, &err), ERR_INVALID);
	check_file("target", "precious");
	assert_int_equal(mkdirat(place, "dir", 0700), 0);
	assert_true(lock_take(IO, place, "dir", "x", NULL, &err) < 0);
	assert_int_equal(lock_take(IO, place, "none/LOCK", "x", NULL, &err), ERR_NOTFOUND);
}

/* Between open and lock, somebody else replaces the file: the lock must be on the one in place. */
static int replace_count;

static int
replacing_lock(struct io *io, int fd)
{
	(void)io;
	if (replace_count > 0) {
		replace_count--;
		assert_int_equal(unlinkat(place, "LOCK", 0), 0);
		if (replace_count % 2 == 0)
			put_file("LOCK", "");
	}
	return IO->ops->lock(IO, fd);
}

static void
test_lock_is_on_the_file_in_place(void **state)
{
	struct io_ops ops = *IO->ops;
	struct io io = { &ops };
	int fd;

	(void)state;
	ops.lock = replacing_lock;
	replace_count = 4;
	fd = lock_take(&io, place, "LOCK", "x", NULL, NULL);
	assert_true(fd >= 0);
	assert_int_equal(replace_count, 0);
	assert_int_equal(probe("LOCK"), PROBE_HELD);
	check_file("LOCK", "x\n");
	close_fd(&fd);
	replace_count = 100000;
	assert_int_equal(lock_take(&io, place, "LOCK", "x", NULL, NULL), ERR_BUSY);
}

struct starter {
	bool inherit;
	pid_t worker;
	int ours, its; /* the worker's socket */
	int pid_out;
};

/* Takes the lock, starts a worker by fork and exec, and ends at once. */
static int
start_worker(void *arg)
{
	struct starter *s = arg;
	int fd = lock_take(IO, place, "LOCK", "launcher", NULL, NULL);
	pid_t pid;

	if (fd < 0 || (s->inherit && lock_inherit(fd, NULL) < 0))
		return 1;
	pid = fork();
	if (pid < 0)
		return 2;
	if (pid == 0)
		program_exec(s->its, NULL);
	return write(s->pid_out, &pid, sizeof pid) == sizeof pid ? 0 : 3;
}

static void
run_starter(struct starter *s)
{
	int fds[2];

	program_socket(&s->ours, &s->its);
	assert_return_code(pipe2(fds, O_CLOEXEC), 0);
	s->pid_out = fds[1];
	assert_int_equal(child_run(start_worker, s), 0);
	assert_int_equal(read(fds[0], &s->worker, sizeof s->worker), sizeof s->worker);
	(void)close(fds[0]);
	(void)close(fds[1]);
	(void)close(s->its);
	program_wait(s->ours);
}

/* The worker is nobody's child here, so its end is seen through a pidfd. */
static void
kill_worker(const struct starter *s)
{
	int fd = proc_open(s->worker, proc_start_time(s->worker), NULL);

	assert_true(fd >= 0);
	assert_int_equal(proc_signal(fd, SIGKILL, NULL), 0);
	while (!proc_is_gone(fd))
		(void)sched_yield();
	(void)close(fd);
	(void)close(s->ours);
}

static void
test_lock_lives_through_exec_when_asked_X_19(void **state)
{
	struct starter heir = { .inherit = true }, stranger = { .inherit = false };

	(void)state;
	run_starter(&heir);
	assert_int_equal(probe("LOCK"), PROBE_HELD);
	assert_int_equal(lock_take(IO, place, "LOCK", "x", NULL, NULL), ERR_BUSY);
	kill_worker(&heir);
	assert_int_equal(probe("LOCK"), PROBE_FREE);

	run_starter(&stranger);
	assert_int_equal(probe("LOCK"), PROBE_FREE);
	kill_worker(&stranger);
	assert_int_equal(lock_inherit(-1, NULL), ERR_IO);
}

static bool
parse(const char *note)
{
	pid_t pid = -7;
	uint64_t start = 7;
	bool ok = lock_note_parse(str_of(note), &pid, &start);

	if (!ok)
		assert_true(pid == -7 && start == 7); /* untouched */
	return ok;
}

static void
test_lock_note_X_16(void **state)
{
	_cleanup_(buf_release) struct buf note = BUF_INIT;
	uint64_t start = 0;
	pid_t pid = 0;
	char text[300];

	(void)state;
	lock_note(&note);
	assert_true(lock_note_parse(buf_str(&note), &pid, &start));
	assert_int_equal(pid, getpid());
	assert_int_equal(start, proc_start_time(getpid()));
	buf_addch(&note, '\n');
	assert_true(parse(note.p));
	assert_non_null(strstr(note.p, "Z\n"));

	snprintf(text, sizeof text, "pid 5 start 6 boot %s", clock_boot_id());
	assert_true(parse(text));
	/* Another boot: the same pid and start time say nothing. */
	assert_false(parse("pid 5 start 6 boot 00000000-0000-0000-0000-000000000000 time x"));
	assert_false(parse("pid 5 start 6 boot unknown time x"));
	assert_false(parse("pid 5 start 6"));
	assert_false(parse("pid 5 start 6 boot "));
	assert_false(parse(""));
	assert_false(parse("hello"));
	snprintf(text, sizeof text, "pid 0 start 6 boot %s time x", clock_boot_id());
	assert_false(parse(text));
	snprintf(text, sizeof text, "pid 4294967297 start 6 boot %s time x", clock_boot_id());
	assert_false(parse(text));
	snprintf(text, sizeof text, "pid -1 start 6 boot %s time x", clock_boot_id());
	assert_false(parse(text));
	snprintf(text, sizeof text, "pid 5 start 0 boot %s time x", clock_boot_id());
	assert_false(parse(text));
}

static void
test_lock_await(void **state)
{
	char name[] = "LOCK";
	pid_t pid;

	(void)state;
	assert_false(lock_await(IO, place, "LOCK", 1000));
	pid = child_hold(take_lock, name);
	assert_false(lock_await(IO, place, "LOCK", 20));
	assert_int_equal(kill(pid, SIGKILL), 0); /* while it is waited for, or before */
	assert_true(lock_await(IO, place, "LOCK", 60000));
	assert_int_equal(probe("LOCK"), PROBE_FREE);
	(void)child_end(pid);
}

/* Is it readable within this time? */
static bool
is_told(int fd, int ms)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	return poll(&p, 1, ms) == 1;
}

static void
test_lock_end_is_told_whoever_looked_first(void **state)
{
	char name[] = "LOCK";
	pid_t pid;
	int fd;

	(void)state;
	assert_int_equal(lock_end_open(IO, place, "LOCK"), -1);
	pid = child_hold(take_lock, name);
	fd = lock_end_open(IO, place, "LOCK");
	assert_true(fd >= 0);
	assert_false(is_told(fd, 0));
	/* a second one, given up before its end: harms nothing */
	assert_int_equal(close(lock_end_open(IO, place, "LOCK")), 0);
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_true(is_told(fd, -1)); /* for ever, if it is not */
	assert_int_equal(probe("LOCK"), PROBE_FREE);
	(void)close(fd);
	(void)child_end(pid);
	assert_int_equal(mkdirat(place, "DIR", 0700), 0);
	assert_int_equal(lock_end_open(IO, place, "DIR"), -1); /* nobody would ever hold it */
	fd = lock_end_open(IO, place, "LOCK");                 /* free already: told at once */
	assert_true(is_told(fd, -1));
	(void)close(fd);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		in_place(test_lock_take_X_20),
		in_place(test_lock_owner_is_shown_cleaned_X_10),
		in_place(test_lock_refuses_links),
		in_place(test_lock_is_on_the_file_in_place),
		in_place(test_lock_lives_through_exec_when_asked_X_19),
		in_place(test_lock_note_X_16),
		in_place(test_lock_await),
		in_place(test_lock_end_is_told_whoever_looked_first),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
