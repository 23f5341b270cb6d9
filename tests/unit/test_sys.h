/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * test_sys.h: what the tests of sys share: a directory of their own, children, a kernel that refuses.
 */
#ifndef UNIT_TEST_SYS_H
#define UNIT_TEST_SYS_H

#include "base/base.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <setjmp.h> /* cmocka.h wants this one first */
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <cmocka.h>

#include "sys/file.h"

/* The directory of the running test, as path and descriptor. */
static char place_path[4096];
static int place = -1;

static inline int
place_make(void **state)
{
	const char *tmp = getenv("TMPDIR");

	(void)state;
	snprintf(place_path, sizeof place_path, "%s/reeve-unit-XXXXXX", tmp != NULL ? tmp : "/tmp");
	if (mkdtemp(place_path) == NULL)
		return -1;
	place = open(place_path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return place < 0 ? -1 : 0;
}

static inline void
place_empty(int dir)
{
	_cleanup_(strvec_release) struct strvec names = STRVEC_INIT;

	if (file_list(io_real(), dir, &names, NULL) < 0)
		return;
	for (size_t i = 0; i < names.n; i++) {
		int sub = openat(dir, names.v[i], O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

		if (sub >= 0) {
			place_empty(sub);
			(void)close(sub);
		}
		(void)unlinkat(dir, names.v[i], sub >= 0 ? AT_REMOVEDIR : 0);
	}
}

static inline int
place_remove(void **state)
{
	(void)state;
	place_empty(place);
	close_fd(&place);
	return rmdir(place_path);
}

#define in_place(test) cmocka_unit_test_setup_teardown(test, place_make, place_remove)

static inline void
put_file(const char *name, const char *text)
{
	int fd = openat(place, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	assert_int_equal(close(fd), 0);
}

static inline void
check_file(const char *name, const char *text)
{
	_cleanup_(buf_release) struct buf b = BUF_INIT;

	assert_int_equal(file_read(io_real(), place, name, 1 << 20, &b, NULL), 0);
	assert_string_equal(b.p, text);
}

/* A child that runs fn and ends with its result; cmocka is not used in it (its asserts would jump). */
static inline pid_t
child_start(int (*fn)(void *), void *arg)
{
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0) {
		/* Not to outlive a test that fails. */
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		_exit(fn(arg));
	}
	return pid;
}

static inline int
child_end(pid_t pid)
{
	int status = -1;

	while (waitpid(pid, &status, 0) < 0)
		assert_int_equal(errno, EINTR);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
}

static inline int
child_run(int (*fn)(void *), void *arg)
{
	return child_end(child_start(fn, arg));
}

/* A child that is there until it is killed.  It runs fn, then says "ready" by closing its end of a
 * pipe; the caller goes on when it has. */

static inline void
child_wait_eof(int fd)
{
	char byte;

	while (read(fd, &byte, 1) < 0 && errno == EINTR)
		;
	(void)close(fd);
}

static inline pid_t
child_hold(int (*fn)(void *), void *arg)
{
	int fds[2];
	pid_t pid;

	assert_return_code(pipe2(fds, O_CLOEXEC), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (fn(arg) != 0)
			_exit(99);
		(void)close(fds[1]);
		for (;;)
			(void)pause();
	}
	(void)close(fds[1]);
	child_wait_eof(fds[0]);
	return pid;
}

static inline void
child_kill(pid_t pid)
{
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(child_end(pid), 1000 + SIGKILL);
}

/*
 * A program of another image: sh, which says that it runs and then waits until our end of its socket is
 * closed, be it by the end of this test.  In the child, after fork:
 */
static inline void
program_exec(int its_end, const char *assignment)
{
	char *argv[] = { xstrdup("sh"), xstrdup("-c"), xstrdup("echo; read x"), NULL };
	char *env[] = { xstrdup("A=b"), assignment != NULL ? xstrdup(assignment) : NULL, NULL };

	(void)dup2(its_end, STDIN_FILENO);
	(void)dup2(its_end, STDOUT_FILENO);
	(void)execve("/bin/sh", argv, env);
	_exit(127);
}

/* Its first word: what was closed by the exec is closed, the new environment is in place. */
static inline void
program_wait(int our_end)
{
	char byte;

	assert_int_equal(read(our_end, &byte, 1), 1);
}

static inline void
program_socket(int *ret_ours, int *ret_its)
{
	int fds[2];

	assert_return_code(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), 0);
	*ret_ours = fds[0];
	*ret_its = fds[1];
}

static inline int
kernel_filter(struct sock_filter *code, unsigned short n)
{
	struct sock_fprog program = { n, code };

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return -1;
	return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program);
}

/* From here on the kernel answers this system call with this error; for children only. */
static inline int
kernel_refuses(int call, int errnum)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)call, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | (uint32_t)errnum),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};

	return kernel_filter(code, ARRAY_LEN(code));
}

/* As above, but only when the first argument is this descriptor. */
static inline int
kernel_refuses_on(int call, int fd, int errnum)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)call, 0, 3),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)fd, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | (uint32_t)errnum),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};

	return kernel_filter(code, ARRAY_LEN(code));
}

#endif
