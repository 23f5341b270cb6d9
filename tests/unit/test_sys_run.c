/* SPDX-License-Identifier: GPL-2.0-only */
/* proc_run and proc_find_program. */
#include "base/base.h"
#include "sys/proc.h"

#include "sys/clock.h"
#include "test_sys.h"

#define LONG_MS 60000 /* never reached, unless the machine stands still */

struct result {
	int r, status;
	struct buf out;
	struct err err;
};

static void
run_release(struct result *res)
{
	buf_release(&res->out);
}

/* Runs sh -c script. */
static struct result
run_script(const char *script, const char *cwd, int64_t timeout_ms, size_t max)
{
	_cleanup_(strvec_release) struct strvec argv = STRVEC_INIT;
	struct result res = { -99, -99, BUF_INIT, ERR_INIT };

	strvec_push(&argv, "sh");
	strvec_push(&argv, "-c");
	strvec_push(&argv, script);
	buf_adds(&res.out, ">");
	res.r = proc_run(&argv, cwd, timeout_ms, max, &res.out, &res.status, &res.err);
	return res;
}

static size_t
open_descriptors(void)
{
	_cleanup_(strvec_release) struct strvec names = STRVEC_INIT;
	_cleanup_(close_fd) int fd = open("/proc/self/fd", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	assert_int_equal(io_real()->ops->list(io_real(), fd, &names), 0);
	return names.n;
}

static void
check_no_child(void)
{
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
	assert_int_equal(errno, ECHILD);
}

/* More than a pipe holds, and a program that reads nothing of it. */
static void
test_run_reads_its_input(void **state)
{
	_cleanup_(strvec_release) struct strvec argv = STRVEC_INIT;
	_cleanup_(buf_release) struct buf in = BUF_INIT, out = BUF_INIT;
	size_t before = open_descriptors();
	struct err err = ERR_INIT;
	int status = -1;

	(void)state;
	while (in.len < 300000)
		buf_adds(&in, "0123456789\n");
	strvec_push(&argv, "cat");
	assert_int_equal(
	    proc_run_input(&argv, NULL, buf_str(&in), LONG_MS, SIZE_MAX, &out, &status, &err), 0);
	assert_int_equal(status, 0);
	assert_true(str_eq(buf_str(&in), buf_str(&out)));
	strvec_release(&argv);
	strvec_push(&argv, "true");
	assert_int_equal(
	    proc_run_input(&argv, NULL, buf_str(&in), LONG_MS, 10, NULL, &status, &err), 0);
	assert_int_equal(status, 0);
	strvec_release(&argv);
	strvec_push(&argv, "no-such-program");
	assert_int_equal(
	    proc_run_input(&argv, NULL, STR(""), LONG_MS, 10, NULL, &status, &err), ERR_NOTFOUND);
	assert_int_equal(open_descriptors(), before);
	check_no_child();
}

static void
test_run_collects(void **state)
{
	size_t before = open_descriptors();
	_cleanup_(run_release) struct result res =
	    run_script("echo one; echo two >&2; printf three", NULL, LONG_MS, 1000);

	(void)state;
	assert_int_equal(res.r, 0);
	assert_int_equal(res.status, 0);
	assert_string_equal(res.out.p, ">one\nthree");
	assert_int_equal(res.err.code, 0); /* untouched */
	assert_int_equal(open_descriptors(), before);
	check_no_child();
}

static void
test_run_explains_a_failure(void **state)
{
	_cleanup_(run_release) struct result a = run_script(
	    "echo first >&2; printf 'fatal: \\033[1mbad\\n\\n  \\n' >&2; exit 3", NULL, LONG_MS, 9);
	_cleanup_(run_release) struct result b = run_script("kill -9 $$", NULL, LONG_MS, 9);

	(void)state;
	assert_int_equal(a.r, 0);
	assert_true(WIFEXITED(a.status) && WEXITSTATUS(a.status) == 3);
	assert_int_equal(a.err.code, ERR_EXTERNAL);
	assert_string_equal(a.err.text, "sh: exit status 3: fatal: \\x1b[1mbad"); /* */
	assert_int_equal(b.r, 0);
	assert_true(WIFSIGNALED(b.status) && WTERMSIG(b.status) == SIGKILL);
	assert_string_equal(b.err.text, "sh: ended by signal 9");
}

static void
test_run_not_there(void **state)
{
	_cleanup_(strvec_release) struct strvec argv = STRVEC_INIT;
	_cleanup_(buf_release) struct buf out = BUF_INIT;
	struct err err = ERR_INIT;
	char path[5000];
	int status = -7;

	(void)state;
	strvec_push(&argv, "no-such-program-anywhere");
	assert_int_equal(proc_run(&argv, NULL, LONG_MS, 10, &out, &status, &err), ERR_NOTFOUND);
	assert_non_null(strstr(err.text, "no-such-program-anywhere"));
	assert_int_equal(status, -7);
	strvec_release(&argv);
	snprintf(path, sizeof path, "%s/script", place_path);
	put_file("script", "#!/no/such/interpreter\n");
	strvec_push(&argv, path);
	assert_int_equal(proc_run(&argv, NULL, LONG_MS, 10, &out, &status, &err), ERR_INVALID);
	assert_int_equal(fchmodat(place, "script", 0700, 0), 0);
	assert_int_equal(proc_run(&argv, NULL, LONG_MS, 10, &out, &status, &err), ERR_NOTFOUND);
	assert_non_null(strstr(err.text, "interpreter"));
	strvec_release(&argv);
	strvec_push(&argv, "true");
	assert_int_equal(
	    proc_run(&argv, "/no/such/dir", LONG_MS, 10, &out, &status, &err), ERR_NOTFOUND);
	assert_non_null(strstr(err.text, "/no/such/dir"));
	assert_int_equal(proc_run(&argv, NULL, LONG_MS, 10, NULL, NULL, &err), 0);
	check_no_child();
}

static void
test_run_in_a_directory(void **state)
{
	_cleanup_(run_release) struct result res = run_script("pwd -P", place_path, LONG_MS, 5000);
	char real[4096];

	(void)state;
	assert_non_null(realpath(place_path, real));
	assert_int_equal(res.r, 0);
	assert_int_equal(res.out.len, strlen(real) + 2);
	assert_memory_equal(res.out.p + 1, real, strlen(real));
}

/* More than a pipe holds on both ends: neither blocks the program, and what is too much is dropped. */
static void
test_run_drains_both_pipes(void **state)
{
	_cleanup_(run_release) struct result res = run_script(
	    "i=0; while [ $i -lt 3000 ]; do i=$((i+1)); "
	    "printf '%0100d\\n' $i; printf '%0100d\\n' $i >&2; done; echo end >&2; exit 1",
	    NULL, LONG_MS, 1000);

	(void)state;
	assert_int_equal(res.r, 0);
	assert_int_equal(res.out.len, 1001);
	assert_string_equal(res.err.text, "sh: exit status 1: end");
}

static void
test_run_has_no_input(void **state)
{
	_cleanup_(run_release) struct result res =
	    run_script("cat; readlink /proc/self/fd/0", NULL, LONG_MS, 1000);

	(void)state;
	assert_string_equal(res.out.p, ">/dev/null\n");
}

/* D-46: a program that hangs ends with its time, and with it what it started. */
static void
test_run_deadline_D_46(void **state)
{
	_cleanup_(buf_release) struct buf script = BUF_INIT;
	struct pids pids = { NULL, 0, 0 };
	struct io_stat st;
	int64_t start_ms = clock_boot_ms();

	(void)state;
	put_file("held", "");
	buf_addf(
	    &script, "exec 9<'%s/held'; echo some; sleep infinity & sleep infinity", place_path);
	{
		_cleanup_(run_release) struct result res = run_script(script.p, NULL, 300, 1000);

		assert_int_equal(res.r, ERR_EXTERNAL);
		assert_int_equal(res.status, -99);
		assert_string_equal(res.out.p, ">"); /* as it was */
		assert_non_null(strstr(res.err.text, "300 ms"));
	}
	assert_true(clock_boot_ms() - start_ms >= 300);
	check_no_child();
	assert_int_equal(io_real()->ops->stat(io_real(), place, "held", &st), 0);
	/* Killed, not necessarily gone yet: the grandchild is reaped by init. */
	do {
		pids_release(&pids);
		assert_int_equal(proc_holders(st.dev, st.inode, &pids, NULL, NULL), 0);
	} while (pids.n > 0);
	pids_release(&pids);
}

static void
test_run_deadline_of_a_stopped_program_D_46(void **state)
{
	_cleanup_(run_release) struct result res = run_script("kill -STOP $$", NULL, 200, 1000);
	_cleanup_(run_release) struct result deaf =
	    run_script("trap '' TERM INT HUP; exec >&- 2>&-; sleep infinity", NULL, 200, 1000);

	(void)state;
	assert_int_equal(res.r, ERR_EXTERNAL);
	assert_int_equal(deaf.r, ERR_EXTERNAL);
	check_no_child();
}

/* A daemon left behind keeps the pipes open; we do not wait for it. */
static void
test_run_does_not_wait_for_daemons(void **state)
{
	_cleanup_(run_release) struct result res =
	    run_script("setsid sleep infinity & echo $!", NULL, LONG_MS, 1000);
	uint64_t pid = 0;

	(void)state;
	assert_int_equal(res.r, 0);
	assert_true(res.out.len > 2);
	assert_true(str_u64(str_n(res.out.p + 1, res.out.len - 2), &pid) && pid > 1);
	assert_int_equal(kill((pid_t)pid, SIGKILL), 0);
}

/* Our own signal settings are not the program's. */
static void
test_run_resets_signals(void **state)
{
	unsigned long long blocked = 1, ignored = 1;
	struct result res;
	sigset_t set, old;

	(void)state;
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGCHLD);
	assert_int_equal(sigprocmask(SIG_BLOCK, &set, &old), 0);
	(void)signal(SIGPIPE, SIG_IGN);
	res = run_script("grep -E '^Sig(Blk|Ign)' /proc/self/status", NULL, LONG_MS, 1000);
	(void)signal(SIGPIPE, SIG_DFL);
	assert_int_equal(sigprocmask(SIG_SETMASK, &old, NULL), 0);
	assert_int_equal(sscanf(res.out.p, ">SigBlk: %llx SigIgn: %llx", &blocked, &ignored), 2);
	assert_int_equal(blocked, 0);
	/* 32 and 33 belong to the C library, which touches them for nobody. */
	assert_int_equal(ignored & ~0x180000000ULL, 0);
	run_release(&res);
}

static int
run_without_descriptors(void *arg)
{
	struct result res;

	(void)arg;
	(void)close(0);
	(void)close(1);
	(void)close(2);
	res = run_script("echo out; echo err >&2; exit 1", NULL, LONG_MS, 100);
	return strcmp(res.out.p, ">out\n") == 0 &&
		       strcmp(res.err.text, "sh: exit status 1: err") == 0
		   ? 0
		   : 1;
}

static void
test_run_with_closed_descriptors(void **state)
{
	(void)state;
	assert_int_equal(child_run(run_without_descriptors, NULL), 0);
}

/* Nothing of ours leaks into the program. */
static void
test_run_passes_no_descriptors(void **state)
{
	_cleanup_(run_release) struct result res = { .out = BUF_INIT };
	_cleanup_(strvec_release) struct strvec argv = STRVEC_INIT;
	int mine = io_real()->ops->open(io_real(), place, "mine", IO_WRITE | IO_CREATE);

	(void)state;
	strvec_push(&argv, "find");
	strvec_push(&argv, "/proc/self/fd");
	strvec_push(&argv, "-lname");
	strvec_push(&argv, "*/mine");
	assert_int_equal(proc_run(&argv, NULL, LONG_MS, 1000, &res.out, NULL, &res.err), 0);
	assert_string_equal(res.out.p, "");
	(void)close(mine);
}

static void
put_program(const char *name, mode_t mode)
{
	put_file(name, "#!/bin/sh\n");
	assert_int_equal(fchmodat(place, name, mode, 0), 0);
}

static int
find(const char *name, const char *path, const char *expect)
{
	_cleanup_(buf_release) struct buf b = BUF_INIT, want = BUF_INIT;
	struct err err = ERR_INIT;
	int r = proc_find_program(name, path, &b, &err);

	if (r == 0) {
		buf_addf(&want, "%s/%s", place_path, expect);
		assert_string_equal(b.p, want.p);
	} else {
		assert_true(err.text[0] != '\0');
		assert_int_equal(b.len, 0);
	}
	return r;
}

static void
test_find_program(void **state)
{
	_cleanup_(buf_release) struct buf path = BUF_INIT, full = BUF_INIT, sh = BUF_INIT;

	(void)state;
	assert_int_equal(mkdirat(place, "a", 0700), 0);
	assert_int_equal(mkdirat(place, "b", 0700), 0);
	assert_int_equal(mkdirat(place, "a/dir", 0700), 0);
	put_program("a/data", 0600);
	put_program("b/prog", 0700);
	put_program("a/both", 0600);
	put_program("b/both", 0700);
	buf_addf(&path, "/none:%s/a:%s/b", place_path, place_path);
	assert_int_equal(find("prog", path.p, "b/prog"), 0);
	assert_int_equal(find("both", path.p, "b/both"), 0); /* execvp goes on as well */
	assert_int_equal(find("data", path.p, ""), ERR_INVALID);
	assert_int_equal(find("dir", path.p, ""), ERR_INVALID);
	assert_int_equal(find("none", path.p, ""), ERR_NOTFOUND);
	assert_int_equal(find("none", "", ""), ERR_NOTFOUND);
	assert_int_equal(find("", path.p, ""), ERR_INVALID);
	buf_addf(&full, "%s/b/prog", place_path);
	assert_int_equal(find(full.p, "", "b/prog"), 0);
	buf_adds(&full, "x");
	assert_int_equal(find(full.p, path.p, ""), ERR_NOTFOUND);
	assert_int_equal(proc_find_program("sh", NULL, &sh, NULL), 0);
	assert_string_equal(sh.p, "/bin/sh");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		in_place(test_run_collects),
		in_place(test_run_explains_a_failure),
		in_place(test_run_not_there),
		in_place(test_run_in_a_directory),
		in_place(test_run_drains_both_pipes),
		in_place(test_run_has_no_input),
		in_place(test_run_reads_its_input),
		in_place(test_run_deadline_D_46),
		in_place(test_run_deadline_of_a_stopped_program_D_46),
		in_place(test_run_does_not_wait_for_daemons),
		in_place(test_run_resets_signals),
		in_place(test_run_with_closed_descriptors),
		in_place(test_run_passes_no_descriptors),
		in_place(test_find_program),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
