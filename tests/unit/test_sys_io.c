/* SPDX-License-Identifier: GPL-2.0-only */
#include "base/base.h"
#include "sys/io.h"

#include <sys/time.h>

#include "test_sys.h"

#define IO  io_real()
#define OPS io_real()->ops

static int
real_open(const char *name, unsigned how)
{
	return OPS->open(IO, place, name, how);
}

static void
test_io_open(void **state)
{
	_cleanup_(close_fd) int fd = real_open("new", IO_WRITE | IO_CREATE);
	struct io_stat st;

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(fcntl(fd, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
	assert_int_equal(real_open("new", IO_WRITE | IO_CREATE), -EEXIST);
	assert_int_equal(real_open("none", IO_READ), -ENOENT);
	assert_int_equal(real_open("new", IO_READ | IO_DIR), -ENOTDIR);
	assert_int_equal(OPS->write(IO, fd, "abc", 3), 3);
	assert_int_equal(OPS->fsync(IO, fd), 0);
	assert_int_equal(OPS->fstat(IO, fd, &st), 0);
	assert_int_equal(st.mode, 0600);
	assert_int_equal(st.size, 3);
	assert_int_equal(st.links, 1);
	assert_int_equal(st.uid, getuid());
	assert_true(st.is_regular && !st.is_dir && !st.is_link);
	assert_true(st.mtime_ms > 1500000000000);
	assert_int_equal(OPS->truncate(IO, fd, 1), 0);
	assert_int_equal(OPS->truncate(IO, fd, UINT64_MAX), -EFBIG);
	close_fd(&fd);
	fd = real_open("new", IO_WRITE | IO_APPEND | IO_ENSURE);
	assert_int_equal(OPS->write(IO, fd, "yz", 2), 2);
	check_file("new", "ayz");
	close_fd(&fd);
	fd = real_open("ensured", IO_READ | IO_WRITE | IO_ENSURE);
	assert_true(fd >= 0);
	assert_int_equal(OPS->close(IO, fd), 0);
	assert_int_equal(OPS->close(IO, fd), -EBADF);
	fd = -1;
}

static int
untrusted(const char *name)
{
	return real_open(name, IO_READ | IO_UNTRUSTED);
}

/* What both the kernel's and our own refusal must do. */
static int
untrusted_failures(void *arg)
{
	struct io_stat st;
	int fd;

	(void)arg;
	if (untrusted("link") >= 0 || untrusted("dangling") >= 0 || untrusted("loop") >= 0)
		return 1;
	if (untrusted("../outside") != -EXDEV || untrusted("..") != -EXDEV ||
	    untrusted("/etc/passwd") != -EXDEV)
		return 2;
	/* A FIFO opens at once though nobody writes; fstat tells what it is. */
	fd = untrusted("fifo");
	if (fd < 0 || OPS->fstat(IO, fd, &st) != 0 || st.is_regular)
		return 3;
	(void)close(fd);
	fd = untrusted("plain");
	if (fd < 0 || OPS->fstat(IO, fd, &st) != 0 || !st.is_regular)
		return 4;
	(void)close(fd);
	return 0;
}

static int
untrusted_without_openat2(void *arg)
{
	return kernel_refuses(SYS_openat2, ENOSYS) < 0 ? 9 : untrusted_failures(arg);
}

static void
test_io_untrusted_refuses_X_5(void **state)
{
	(void)state;
	put_file("plain", "x");
	assert_int_equal(symlinkat("plain", place, "link"), 0);
	assert_int_equal(symlinkat("nowhere", place, "dangling"), 0);
	assert_int_equal(symlinkat("loop", place, "loop"), 0);
	assert_int_equal(mkfifoat(place, "fifo", 0600), 0);
	assert_int_equal(untrusted_failures(NULL), 0);
	assert_int_equal(untrusted("link"), -ELOOP);
	assert_int_equal(child_run(untrusted_without_openat2, NULL), 0);
}

static int
real_rename(const char *from, const char *to, bool replace)
{
	return OPS->rename(IO, place, from, place, to, replace);
}

static int
rename_failures(void *arg)
{
	(void)arg;
	if (real_rename("a", "b", false) != -EEXIST)
		return 1;
	if (real_rename("none", "c", false) != -ENOENT)
		return 2;
	if (real_rename("a", "c", false) != 0)
		return 3;
	if (real_rename("a", "d", false) != -ENOENT || file_exists(IO, place, "d"))
		return 4;
	if (real_rename("c", "b", true) != 0 || file_exists(IO, place, "c"))
		return 5;
	return 0;
}

static int
rename_by_link(void *arg)
{
	return kernel_refuses(SYS_renameat2, EINVAL) < 0 ? 9 : rename_failures(arg);
}

/* X-32, D-31: a taken name stays taken, also on a file system without RENAME_NOREPLACE. */
static void
test_io_rename_X_32(void **state)
{
	(void)state;
	put_file("a", "A");
	put_file("b", "B");
	assert_int_equal(rename_failures(NULL), 0);
	check_file("b", "A");
	put_file("a", "A");
	put_file("b", "B");
	assert_int_equal(child_run(rename_by_link, NULL), 0);
	check_file("b", "A");
}

struct mover {
	const char *to;
	int gate;
};

static int
move_token(void *arg)
{
	struct mover *m = arg;
	char byte;

	if (kernel_refuses(SYS_renameat2, EINVAL) < 0)
		return 9;
	while (read(m->gate, &byte, 1) < 0)
		;
	return real_rename("token", m->to, false) == 0 ? 0 : 1;
}

/* D-12: claim xor revoke, even where the rename is made of link and unlink. */
static void
test_io_rename_by_link_has_one_winner_D_12(void **state)
{
	(void)state;
	for (int i = 0; i < 100; i++) {
		struct mover a = { "claimed", -1 }, b = { "revoked", -1 };
		int gate[2], winners;
		pid_t pa, pb;

		put_file("token", "");
		assert_return_code(pipe2(gate, O_CLOEXEC), 0);
		a.gate = b.gate = gate[0];
		pa = child_start(move_token, &a);
		pb = child_start(move_token, &b);
		assert_int_equal(write(gate[1], "gg", 2), 2);
		winners = (child_end(pa) == 0) + (child_end(pb) == 0);
		assert_int_equal(winners, 1);
		assert_int_equal(
		    file_exists(IO, place, "claimed") + file_exists(IO, place, "revoked"), 1);
		assert_false(file_exists(IO, place, "token"));
		(void)unlinkat(place, "claimed", 0);
		(void)unlinkat(place, "revoked", 0);
		(void)close(gate[0]);
		(void)close(gate[1]);
	}
}

static int
rename_half(void *arg)
{
	int *to = arg;

	if (kernel_refuses(SYS_renameat2, EINVAL) < 0 ||
	    kernel_refuses_on(SYS_unlinkat, place, ENOENT) < 0)
		return 9;
	return OPS->rename(IO, place, "token", *to, "claimed", false) == -ENOENT ? 0 : 1;
}

/* The loser, seen slowly: the old name was removed by somebody else, so the new one is taken back. */
static void
test_io_rename_by_link_takes_back_D_12(void **state)
{
	int to;

	(void)state;
	put_file("token", "");
	assert_int_equal(mkdirat(place, "to", 0700), 0);
	to = real_open("to", IO_READ | IO_DIR);
	assert_int_equal(child_run(rename_half, &to), 0);
	assert_false(file_exists(IO, to, "claimed"));
	(void)close(to);
}

static void
test_io_names(void **state)
{
	_cleanup_(strvec_release) struct strvec names = STRVEC_INIT;
	struct io_stat st;

	(void)state;
	assert_int_equal(OPS->mkdir(IO, place, "dir"), 0);
	assert_int_equal(OPS->mkdir(IO, place, "dir"), -EEXIST);
	assert_int_equal(OPS->stat(IO, place, "dir", &st), 0);
	assert_true(st.is_dir && st.mode == 0700);
	put_file("file", "x");
	assert_int_equal(OPS->link(IO, place, "file", place, "second"), 0);
	assert_int_equal(OPS->link(IO, place, "file", place, "second"), -EEXIST);
	assert_int_equal(OPS->stat(IO, place, "second", &st), 0);
	assert_int_equal(st.links, 2);
	assert_int_equal(symlinkat("file", place, "link"), 0);
	assert_int_equal(OPS->stat(IO, place, "link", &st), 0);
	assert_true(st.is_link && !st.is_regular);
	/* Twice: listing leaves no position behind in `dir`. */
	for (size_t i = 1; i <= 2; i++) {
		assert_int_equal(OPS->list(IO, place, &names), 0);
		assert_int_equal(names.n, i * 4);
	}
	assert_int_equal(OPS->unlink(IO, place, "dir", false), -EISDIR);
	assert_int_equal(OPS->unlink(IO, place, "dir", true), 0);
	assert_int_equal(OPS->unlink(IO, place, "file", false), 0);
	assert_int_equal(OPS->unlink(IO, place, "file", false), -ENOENT);
	assert_int_equal(OPS->list(IO, -1, &names), -EBADF);
	assert_int_equal(names.n, 8);
}

/* More names than are read at once; each comes, and once. */
static void
test_list_of_many(void **state)
{
	_cleanup_(strvec_release) struct strvec names = STRVEC_INIT;
	char name[220], tail[200];
	unsigned number;

	(void)state;
	memset(tail, 'x', sizeof tail - 1);
	tail[sizeof tail - 1] = '\0';
	for (unsigned i = 0; i < 600; i++) {
		(void)snprintf(name, sizeof name, "%04u%.*s", i, (int)(i % 199), tail);
		put_file(name, "");
	}
	assert_int_equal(OPS->list(IO, place, &names), 0);
	assert_int_equal(names.n, 600);
	strvec_sort(&names);
	for (unsigned i = 0; i < 600; i++) {
		assert_int_equal(sscanf(names.v[i], "%4u", &number), 1);
		assert_int_equal(number, i);
		assert_int_equal(strlen(names.v[i]), 4 + i % 199);
	}
}

/* Its names are gone, not its descriptor: who holds that finds nothing, and goes on. */
static void
test_list_of_a_directory_that_was_removed_X_3(void **state)
{
	_cleanup_(strvec_release) struct strvec names = STRVEC_INIT;
	_cleanup_(close_fd) int dir = -1;

	(void)state;
	assert_int_equal(mkdirat(place, "gone", 0700), 0);
	dir = openat(place, "gone", O_PATH | O_DIRECTORY | O_CLOEXEC);
	assert_true(dir >= 0);
	assert_int_equal(unlinkat(place, "gone", AT_REMOVEDIR), 0);
	assert_int_equal(OPS->list(IO, dir, &names), 0);
	assert_int_equal(names.n, 0);
}

static int
hold_lock(void *arg)
{
	int fd = real_open(arg, IO_READ | IO_WRITE | IO_ENSURE);

	return fd < 0 ? 1 : -OPS->lock(IO, fd);
}

static enum probe
probe(const char *name, int *ret_errno)
{
	*ret_errno = 0;
	return OPS->probe(IO, place, name, ret_errno);
}

/* D-23, D-69: held, free, and the errno of not knowing. */
static void
test_io_probe_is_three_valued_D_23(void **state)
{
	char name[] = "lock";
	int fd, errnum;
	pid_t pid;

	(void)state;
	assert_int_equal(probe("lock", &errnum), PROBE_UNKNOWN);
	assert_int_equal(errnum, ENOENT);
	pid = child_hold(hold_lock, name);
	assert_int_equal(probe("lock", &errnum), PROBE_HELD);
	fd = real_open("lock", IO_READ | IO_WRITE);
	assert_int_equal(OPS->lock(IO, fd), -EAGAIN);
	child_kill(pid);
	assert_int_equal(probe("lock", &errnum), PROBE_FREE);
	assert_int_equal(OPS->lock(IO, fd), 0);
	/* Our own lock is seen as well, and the probe's close does not drop it. */
	assert_int_equal(probe("lock", &errnum), PROBE_HELD);
	assert_int_equal(probe("lock", &errnum), PROBE_HELD);
	(void)close(fd);
	assert_int_equal(probe("lock", &errnum), PROBE_FREE);

	/* Something else in its place is not "free". */
	assert_int_equal(symlinkat("lock", place, "link"), 0);
	assert_int_equal(probe("link", &errnum), PROBE_UNKNOWN);
	assert_int_equal(errnum, ELOOP);
	assert_int_equal(mkdirat(place, "dir", 0700), 0);
	assert_int_equal(probe("dir", &errnum), PROBE_UNKNOWN);
	assert_int_equal(errnum, EINVAL);
	assert_int_equal(mkfifoat(place, "fifo", 0600), 0);
	assert_int_equal(probe("fifo", &errnum), PROBE_UNKNOWN);
	assert_int_equal(probe("lock/x", &errnum), PROBE_UNKNOWN);
	assert_int_equal(errnum, ENOTDIR);
}

static int
probe_for_ever(void *arg)
{
	int errnum;

	(void)arg;
	for (;;)
		(void)OPS->probe(IO, place, "lock", &errnum);
	return 0;
}

static void
test_io_probe_does_not_disturb_X_30(void **state)
{
	pid_t pid;

	(void)state;
	put_file("lock", "");
	pid = child_start(probe_for_ever, NULL);
	for (int i = 0; i < 20000; i++) {
		int fd = real_open("lock", IO_READ | IO_WRITE);

		assert_int_equal(OPS->lock(IO, fd), 0);
		assert_int_equal(close(fd), 0);
	}
	child_kill(pid);
}

static int
open_for_writing(void *arg)
{
	return real_open(arg, IO_WRITE) < 0;
}

static void
test_io_quiet_X_4(void **state)
{
	char name[] = "file";
	int fd, fifo;
	pid_t pid;

	(void)state;
	put_file(name, "half");
	fd = real_open(name, IO_READ | IO_UNTRUSTED);
	assert_int_equal(OPS->quiet(IO, fd), 0);
	pid = child_hold(open_for_writing, name);
	assert_int_equal(OPS->quiet(IO, fd), -EAGAIN);
	child_kill(pid);
	assert_int_equal(OPS->quiet(IO, fd), 0);
	assert_int_equal(fcntl(fd, F_GETLEASE), F_UNLCK);
	(void)close(fd);
	/* What knows no lease counts as quiet. */
	assert_int_equal(mkfifoat(place, "fifo", 0600), 0);
	fifo = untrusted("fifo");
	assert_int_equal(OPS->quiet(IO, fifo), 0);
	(void)close(fifo);
}

static int
open_and_close_for_ever(void *arg)
{
	for (;;) {
		int fd = real_open(arg, IO_WRITE);

		if (fd < 0)
			return 1;
		(void)close(fd);
	}
	return 0;
}

static int
quiet_often(void *arg)
{
	int fd = real_open(arg, IO_READ | IO_UNTRUSTED);

	for (int i = 0; i < 20000; i++) {
		int r = OPS->quiet(IO, fd);

		if (r != 0 && r != -EAGAIN)
			return 1;
	}
	return 0;
}

/* a writer that comes in the moment of the lease makes the kernel send a signal; it must not end
 * us (SIGIO would). */
static void
test_io_quiet_survives_writers_X_4(void **state)
{
	char name[] = "file";
	pid_t writer;

	(void)state;
	put_file(name, "x");
	writer = child_start(open_and_close_for_ever, name);
	assert_int_equal(child_run(quiet_often, name), 0);
	child_kill(writer);
}

static int alarm_fd, alarm_count;

static void
on_alarm(int sig)
{
	int saved = errno;

	(void)sig;
	if (++alarm_count == 3)
		(void)!write(alarm_fd, "x", 1);
	errno = saved;
}

static void
test_io_retries_after_a_signal(void **state)
{
	struct sigaction action = { .sa_handler = on_alarm }, old; /* no SA_RESTART */
	struct itimerval every = { { 0, 2000 }, { 0, 2000 } }, never = { { 0, 0 }, { 0, 0 } };
	int fds[2];
	char byte;

	(void)state;
	assert_return_code(pipe2(fds, O_CLOEXEC), 0);
	alarm_fd = fds[1];
	alarm_count = 0;
	assert_int_equal(sigaction(SIGALRM, &action, &old), 0);
	assert_int_equal(setitimer(ITIMER_REAL, &every, NULL), 0);
	assert_int_equal(OPS->read(IO, fds[0], &byte, 1), 1);
	assert_int_equal(setitimer(ITIMER_REAL, &never, NULL), 0);
	assert_int_equal(sigaction(SIGALRM, &old, NULL), 0);
	assert_true(alarm_count >= 3);
	(void)close(fds[0]);
	(void)close(fds[1]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		in_place(test_io_open),
		in_place(test_io_untrusted_refuses_X_5),
		in_place(test_io_rename_X_32),
		in_place(test_io_rename_by_link_has_one_winner_D_12),
		in_place(test_io_rename_by_link_takes_back_D_12),
		in_place(test_io_names),
		in_place(test_list_of_many),
		in_place(test_list_of_a_directory_that_was_removed_X_3),
		in_place(test_io_probe_is_three_valued_D_23),
		in_place(test_io_probe_does_not_disturb_X_30),
		in_place(test_io_quiet_X_4),
		in_place(test_io_quiet_survives_writers_X_4),
		in_place(test_io_retries_after_a_signal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
