/* SPDX-License-Identifier: GPL-2.0-only */
/* The state directory: where it is, how it is made and opened, who writes, and the kill switch. */
#include "base/base.h"
#include "store/root.h"

#include "test_store.h"

#include "codec/embedded.h"
#include "sys/clock.h"
#include "sys/proc.h"

static void
check_path(const char *expected)
{
	_cleanup_(buf_release) struct buf path = BUF_INIT;

	assert_int_equal(root_path(&path, NULL), 0);
	assert_string_equal(path.p, expected);
}

static void
test_path(void **state)
{
	_cleanup_(free_charp) char *cwd = getcwd(NULL, 0);
	_cleanup_(buf_release) struct buf none = BUF_INIT, expected = BUF_INIT;

	(void)state;
	(void)setenv("HOME", "/nowhere/ann", 1);
	(void)unsetenv("REEVE_STATE");
	(void)unsetenv("XDG_STATE_HOME");
	check_path("/nowhere/ann/.local/state/reeve");
	(void)setenv("XDG_STATE_HOME", "relative/is/ignored", 1);
	check_path("/nowhere/ann/.local/state/reeve");
	(void)setenv("XDG_STATE_HOME", "/xdg/", 1);
	check_path("/xdg//reeve");
	(void)setenv("REEVE_STATE", "", 1);
	check_path("/xdg//reeve");
	(void)setenv("REEVE_STATE", "/s/t//", 1);
	check_path("/s/t");
	(void)setenv("REEVE_STATE", "here", 1);
	buf_addf(&expected, "%s/here", cwd);
	check_path(expected.p);
	(void)unsetenv("REEVE_STATE");
	(void)unsetenv("XDG_STATE_HOME");
	(void)unsetenv("HOME");
	assert_int_equal(root_path(&none, NULL), ERR_INVALID);
}

static void
check_mode(const char *name, unsigned mode)
{
	struct io_stat st;

	assert_int_equal(io_real()->ops->stat(io_real(), store.dir, name, &st), 0);
	assert_int_equal(st.mode, mode);
}

static void
test_init_makes_the_skeleton(void **state)
{
	static const char *const dirs[] = { ".", "control", "tickets", "spool/tmp", "spool/new",
		"spool/done", "spool/refused", "inbox", "worktrees" };
	static const char *const files[] = { "README", "config", "VERSION", "LOCK" };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(dirs); i++)
		check_mode(dirs[i], 0700);
	for (size_t i = 0; i < ARRAY_LEN(files); i++)
		check_mode(files[i], 0600);
	store_check("README", embedded_find("state/README")->text);
	store_check("config", embedded_find("state/config")->text);
	assert_int_equal(strlen(store.uuid), 36);
	assert_int_equal(store.uuid[14], '4');
	check_fsck_clean();
}

static void
test_init_again_keeps_what_is_there(void **state)
{
	char uuid[37];

	(void)state;
	memcpy(uuid, store.uuid, sizeof uuid);
	store_put("config", "[defaults]\nslots = 9\n");
	store_put("README", "old\n");
	assert_int_equal(unlinkat(store.dir, "spool/refused", AT_REMOVEDIR), 0);
	assert_int_equal(root_init(io_real(), store.path, NULL), 0);
	store_reopen();
	assert_string_equal(store.uuid, uuid);
	store_check("config", "[defaults]\nslots = 9\n");
	store_check("README", embedded_find("state/README")->text);
	assert_true(store_has("spool/refused"));
}

static void
test_init_refuses_strange_places(void **state)
{
	_cleanup_(buf_release) struct buf path = BUF_INIT;
	struct err err = ERR_INIT;

	(void)state;
	buf_addf(&path, "%s/other", place_path);
	assert_int_equal(mkdirat(place, "other", 0700), 0);
	put_file("other/thesis.tex", "years");
	assert_int_equal(root_init(io_real(), path.p, &err), ERR_CONFLICT);
	assert_false(file_exists(io_real(), place, "other/VERSION"));
	assert_int_equal(unlinkat(place, "other/thesis.tex", 0), 0);
	assert_int_equal(chmod(path.p, 0755), 0);
	assert_int_equal(root_init(io_real(), path.p, &err), ERR_INVALID);
	assert_non_null(strstr(err.text, "chmod 700"));
	put_file("file", "");
	buf_clear(&path);
	buf_addf(&path, "%s/file", place_path);
	assert_int_equal(root_init(io_real(), path.p, &err), ERR_INVALID);
}

/* Only the request for a lock: fcntl(2) is needed for more. */
static int
no_ofd_locks(void)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_fcntl, 0, 3),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[1])),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, F_OFD_SETLK, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOLCK),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};

	return kernel_filter(code, ARRAY_LEN(code));
}

static int
init_without(void *arg)
{
	_cleanup_(buf_release) struct buf path = BUF_INIT;
	struct err err = ERR_INIT;
	const int *call = arg;

	buf_addf(&path, "%s/weak", place_path);
	if (*call == SYS_fcntl ? no_ofd_locks() < 0 : kernel_refuses(*call, EINVAL) < 0)
		return 2;
	if (*call == SYS_linkat && kernel_refuses(SYS_renameat2, EINVAL) < 0)
		return 3;
	if (root_init(io_real(), path.p, &err) == ERR_EXTERNAL && strstr(err.text, "file system"))
		return 0;
	print_error("call %d: %s\n", *call, err.text);
	return 1;
}

/* A file system (or sandbox) that lacks what the store stands on is refused at init. */
static void
test_init_tests_the_file_system_X_24(void **state)
{
	int calls[] = { SYS_fcntl, SYS_linkat, SYS_fsync };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(calls); i++) {
		assert_int_equal(child_run(init_without, &calls[i]), 0);
		assert_false(file_exists(io_real(), place, "weak/VERSION"));
	}
}

static int
do_init(struct root *r, void *arg)
{
	return root_init(r->io, arg, NULL);
}

static void
test_init_crash_at_every_step_X_34(void **state)
{
	_cleanup_(buf_release) struct buf path = BUF_INIT;
	bool is_done = false;
	uint64_t at;

	(void)state;
	for (at = 1; !is_done; at++) {
		struct root r = ROOT_INIT;
		int e;

		assert_true(at < 200);
		buf_clear(&path);
		buf_addf(&path, "%s/deep/er/%u", place_path, (unsigned)at);
		is_done = crash_at(at, do_init, path.p);
		/* No store, or a whole one. */
		e = root_open(io_real(), path.p, &r, NULL);
		assert_true(e == 0 || e == ERR_NOTFOUND || e == ERR_INVALID);
		root_release(&r);
		assert_int_equal(root_init(io_real(), path.p, NULL), 0);
		assert_int_equal(root_open(io_real(), path.p, &r, NULL), 0);
		root_release(&r);
	}
	assert_true(at > 20);
}

static void
test_open_refuses(void **state)
{
	_cleanup_(buf_release) struct buf path = BUF_INIT;
	struct root r = ROOT_INIT;
	struct err err = ERR_INIT;
	static const char *const bad[] = { "", "1\n", "x\n",
		"1 0f8fad5b-d9cb-469f-a165-70867728950e", /* torn */
		"1 0f8fad5b-d9cb-469f-a165-70867728950\n",
		"1 0F8fad5b-d9cb-469f-a165-70867728950e\n",
		"2 0f8fad5b-d9cb-469f-a165-70867728950e\n" };

	(void)state;
	buf_addf(&path, "%s/none", place_path);
	assert_int_equal(root_open(io_real(), path.p, &r, &err), ERR_NOTFOUND);
	assert_non_null(strstr(err.text, "reeve init"));
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		store_put("VERSION", bad[i]);
		assert_int_equal(root_open(io_real(), store.path, &r, &err), ERR_INVALID);
	}
	store_put("VERSION", "1 0f8fad5b-d9cb-469f-a165-70867728950e\n");
	assert_int_equal(root_open(io_real(), store.path, &r, &err), 0);
	root_release(&r);
	assert_int_equal(fchmod(store.dir, 0750), 0);
	assert_int_equal(root_open(io_real(), store.path, &r, &err), ERR_INVALID);
	assert_non_null(strstr(err.text, "chmod 700"));
	assert_int_equal(fchmod(store.dir, 0700), 0);
	assert_int_equal(unlinkat(store.dir, "spool/new", AT_REMOVEDIR), 0);
	assert_int_equal(root_open(io_real(), store.path, &r, &err), ERR_INVALID);
	assert_non_null(strstr(err.text, "spool/new"));
}

/* A newer version is refused as a whole: nothing is read or written. */
static void
test_open_refuses_another_version_X_27(void **state)
{
	struct root r = ROOT_INIT;
	struct err err = ERR_INIT;

	(void)state;
	store_put("VERSION", "2 0f8fad5b-d9cb-469f-a165-70867728950e\n");
	assert_int_equal(root_open(io_real(), store.path, &r, &err), ERR_INVALID);
	assert_non_null(strstr(err.text, "version"));
	assert_int_equal(r.dir, -1);
}

static int
lock_it(void *arg)
{
	struct root *r = arg;

	return root_lock(r, false, NULL) == 0 ? 0 : 1;
}

static void
test_one_writer_C_1_X_20(void **state)
{
	_cleanup_(buf_release) struct buf note = BUF_INIT;
	struct root a = ROOT_INIT, b = ROOT_INIT;
	struct err err = ERR_INIT;
	char pid_text[40];
	pid_t pid;

	(void)state;
	assert_int_equal(root_open(io_real(), store.path, &a, NULL), 0);
	assert_int_equal(root_open(io_real(), store.path, &b, NULL), 0);
	root_release(&store);
	assert_int_equal(root_owner(&a, NULL), PROBE_FREE);
	pid = child_hold(lock_it, &a);
	(void)snprintf(pid_text, sizeof pid_text, "pid %d", (int)pid);
	/* Stopped, it still owns: there is no expiry. */
	assert_int_equal(kill(pid, SIGSTOP), 0);
	assert_int_equal(root_lock(&b, false, &err), ERR_BUSY);
	assert_non_null(strstr(err.text, pid_text));
	assert_int_equal(root_owner(&b, &note), PROBE_HELD);
	assert_non_null(strstr(note.p, pid_text));
	child_kill(pid);
	assert_int_equal(root_owner(&b, NULL), PROBE_FREE);
	assert_int_equal(root_lock(&b, false, &err), 0);
	root_release(&a);
	root_release(&b);
}

/* How long who finds this text in LOCK, which somebody holds all the time, waits of so many ms. */
static int64_t
awaited(struct root *r, int64_t ms, const char *note)
{
	_cleanup_(close_fd) int fd = openat(r->dir, "LOCK", O_WRONLY | O_TRUNC | O_CLOEXEC);
	int64_t start = clock_boot_ms();

	assert_true(fd >= 0);
	assert_int_equal(write(fd, note, strlen(note)), strlen(note));
	assert_false(root_await(r, ms));
	return clock_boot_ms() - start;
}

static void
note_of(pid_t pid, const char *more, struct buf *ret)
{
	buf_clear(ret);
	buf_addf(ret, "pid %d start %llu boot %s time now%s\n", (int)pid,
	    (unsigned long long)proc_start_time(pid), clock_boot_id(), more);
}

static int
end_at_once(void *arg)
{
	(void)arg;
	return 0;
}

/* Who will keep it is told of at once; whoever is gone in a moment is waited for. */
static void
test_await_by_the_text_X_20(void **state)
{
	_cleanup_(buf_release) struct buf text = BUF_INIT;
	struct root a = ROOT_INIT, b = ROOT_INIT;
	pid_t keeper, zombie;
	siginfo_t info;

	(void)state;
	assert_int_equal(root_open(io_real(), store.path, &a, NULL), 0);
	assert_int_equal(root_open(io_real(), store.path, &b, NULL), 0);
	root_release(&store);
	assert_true(root_await(&b, 0));
	keeper = child_hold(lock_it, &a);
	root_release(&a);
	note_of(keeper, "", &text);
	assert_true(awaited(&b, 60000, text.p) < 30000);
	note_of(keeper, " once", &text);
	assert_true(awaited(&b, 300, text.p) >= 300);
	assert_true(awaited(&b, 60000, "who? once\n") < 30000);
	assert_true(awaited(&b, 60000, "pid 1 start 2 boot long-ago time now once\n") < 30000);
	assert_true(awaited(&b, 300, "") >= 300); /* it was taken just now */
	zombie = child_start(end_at_once, NULL);
	assert_int_equal(waitid(P_PID, (id_t)zombie, &info, WEXITED | WNOWAIT), 0);
	note_of(zombie, "", &text);
	assert_true(awaited(&b, 300, text.p) >= 300);
	assert_int_equal(child_end(zombie), 0);
	assert_true(awaited(&b, 300, text.p) >= 300);
	child_kill(keeper);
	assert_true(root_await(&b, 0));
	root_release(&b);
}

static int probes;

static enum probe
held_twice(struct io *io, int dir, const char *name, int *ret_errno)
{
	(void)io;
	(void)dir;
	(void)name;
	(void)ret_errno;
	return probes++ < 2 ? PROBE_HELD : PROBE_FREE;
}

/* It is let go while its text is looked at. */
static void
test_await_is_told_of_an_end_C_1(void **state)
{
	struct io_ops ops = *io_real()->ops;
	struct root r = ROOT_INIT;
	struct io io = { &ops };

	(void)state;
	assert_int_equal(root_open(io_real(), store.path, &r, NULL), 0);
	root_release(&store);
	assert_int_equal(child_run(lock_it, &r), 0); /* its text is of one who is gone */
	ops.probe = held_twice;
	r.io = &io;
	probes = 0;
	assert_true(root_await(&r, 60000));
	r.io = io_real();
	root_release(&r);
}

static int
settle_fails(void *arg)
{
	(void)arg;
	if (kernel_refuses(SYS_syncfs, EIO) < 0)
		return 2;
	return root_settle(&store, NULL) == ERR_IO ? 0 : 1;
}

static void
test_settle_before_acting_X_38(void **state)
{
	(void)state;
	assert_int_equal(root_settle(&store, NULL), 0);
	assert_int_equal(child_run(settle_fails, NULL), 0);
}

static int
control_fails(void *arg)
{
	int errnum = 0;

	if (kernel_refuses(SYS_newfstatat, *(int *)arg) < 0)
		return 2;
	return root_control(&store, "kill", &errnum) == 1 && errnum == *(int *)arg ? 0 : 1;
}

/* Engaged in every state but a clear "it is not there". */
static void
test_kill_switch_predicate_C_12(void **state)
{
	int errnum = 99, reasons[] = { EACCES, EIO };

	(void)state;
	assert_int_equal(root_control(&store, "kill", &errnum), 0);
	assert_int_equal(errnum, 0);
	store_put("control/kill", "");
	assert_int_equal(root_control(&store, "kill", &errnum), 1);
	assert_int_equal(root_control(&store, "stop", NULL), 0);
	assert_int_equal(unlinkat(store.dir, "control/kill", 0), 0);
	assert_int_equal(mkdirat(store.dir, "control/kill", 0700), 0);
	assert_int_equal(root_control(&store, "kill", NULL), 1);
	assert_int_equal(unlinkat(store.dir, "control/kill", AT_REMOVEDIR), 0);
	assert_int_equal(symlinkat("nowhere", store.dir, "control/kill"), 0);
	assert_int_equal(root_control(&store, "kill", NULL), 1);
	assert_int_equal(unlinkat(store.dir, "control/kill", 0), 0);
	for (size_t i = 0; i < ARRAY_LEN(reasons); i++)
		assert_int_equal(child_run(control_fails, &reasons[i]), 0);
	assert_int_equal(unlinkat(store.dir, "control", AT_REMOVEDIR), 0);
	assert_int_equal(root_control(&store, "kill", &errnum), 1);
	assert_int_equal(errnum, ENOENT);
	store_put("control", "a file");
	assert_int_equal(root_control(&store, "kill", &errnum), 1);
	assert_int_equal(errnum, ENOTDIR);
}

/* `touch` by its path counts at once, also when the directory was swapped under us. */
static void
test_kill_switch_by_touch_C_15(void **state)
{
	(void)state;
	assert_int_equal(renameat(store.dir, "control", store.dir, "control.old"), 0);
	assert_int_equal(mkdirat(store.dir, "control", 0700), 0);
	assert_int_equal(root_control(&store, "kill", NULL), 0);
	store_put("control/kill", "");
	assert_int_equal(root_control(&store, "kill", NULL), 1);
}

static int
set_on_full_disk(void *arg)
{
	(void)arg;
	if (kernel_refuses(SYS_write, ENOSPC) < 0)
		return 2;
	return root_set_control(&store, "kill", "ann", NULL) == 0 ? 0 : 1;
}

static void
test_set_and_clear_control(void **state)
{
	_cleanup_(buf_release) struct buf text = BUF_INIT;

	(void)state;
	assert_int_equal(root_set_control(&store, "kill", "ann\nsays\x1b so", NULL), 0);
	assert_int_equal(root_set_control(&store, "kill", "bob", NULL), 0);
	assert_int_equal(root_control(&store, "kill", NULL), 1);
	assert_int_equal(file_read(io_real(), store.dir, "control/kill", 200, &text, NULL), 0);
	assert_int_equal(text.p[text.len - 1], '\n');
	assert_non_null(strstr(text.p, "Z bob"));
	assert_int_equal(root_clear_control(&store, "kill", NULL), 0);
	assert_int_equal(root_clear_control(&store, "kill", NULL), 0);
	assert_int_equal(root_control(&store, "kill", NULL), 0);
	assert_int_equal(child_run(set_on_full_disk, NULL), 0);
	assert_int_equal(root_control(&store, "kill", NULL), 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_path),
		in_store(test_init_makes_the_skeleton),
		in_store(test_init_again_keeps_what_is_there),
		in_store(test_init_refuses_strange_places),
		in_store(test_init_tests_the_file_system_X_24),
		in_store(test_init_crash_at_every_step_X_34),
		in_store(test_open_refuses),
		in_store(test_open_refuses_another_version_X_27),
		in_store(test_one_writer_C_1_X_20),
		in_store(test_await_by_the_text_X_20),
		in_store(test_await_is_told_of_an_end_C_1),
		in_store(test_settle_before_acting_X_38),
		in_store(test_kill_switch_predicate_C_12),
		in_store(test_kill_switch_by_touch_C_15),
		in_store(test_set_and_clear_control),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
