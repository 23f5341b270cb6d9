/* SPDX-License-Identifier: GPL-2.0-only */
#include "base/base.h"
#include "sys/file.h"

#include <sys/resource.h>

#include "test_sys.h"

#define IO io_real()

static void
test_file_read(void **state)
{
	_cleanup_(buf_release) struct buf b = BUF_INIT, big = BUF_INIT;
	struct err err = ERR_INIT;

	(void)state;
	put_file("five", "12345");
	buf_adds(&b, ">");
	assert_int_equal(file_read(IO, place, "five", 5, &b, &err), 0);
	assert_string_equal(b.p, ">12345");
	assert_int_equal(err.code, 0); /* untouched on success */
	assert_int_equal(file_read(IO, place, "five", 4, &b, &err), ERR_LIMIT);
	assert_string_equal(b.p, ">12345");
	assert_non_null(strstr(err.text, "five"));
	assert_int_equal(file_read(IO, place, "five", 4, &b, NULL), ERR_LIMIT);
	assert_int_equal(file_read(IO, place, "none", 5, &b, &err), ERR_NOTFOUND);
	assert_int_equal(file_read(IO, place, ".", 5, &b, &err), ERR_IO);
	put_file("empty", "");
	assert_int_equal(file_read(IO, place, "empty", 0, &b, &err), 0);
	assert_int_equal(file_read(IO, place, "five", SIZE_MAX, &b, &err), 0);
	assert_string_equal(b.p, ">1234512345");

	for (int i = 0; i < 200000; i++)
		buf_addf(&big, "%d,", i);
	put_file("big", big.p);
	buf_clear(&b);
	assert_int_equal(file_read(IO, place, "big", big.len, &b, &err), 0);
	assert_true(str_eq(buf_str(&b), buf_str(&big)));
	buf_clear(&b);
	assert_int_equal(file_read(IO, place, "big", big.len - 1, &b, &err), ERR_LIMIT);
	assert_int_equal(b.len, 0);
}

/* What its size was, is a hint: longer, shorter or beyond the limit by now, it is read to its end. */
static void
test_file_read_fd_sized(void **state)
{
	static const uint64_t sizes[] = { 0, 1, 4, 5, 6, 700, 5000, UINT64_MAX };
	_cleanup_(buf_release) struct buf big = BUF_INIT;
	struct err err = ERR_INIT;

	(void)state;
	for (int i = 0; i < 40000; i++)
		buf_addf(&big, "%d,", i);
	put_file("five", "12345");
	put_file("big", big.p);
	for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
		_cleanup_(buf_release) struct buf b = BUF_INIT;
		_cleanup_(close_fd) int five = openat(place, "five", O_RDONLY | O_CLOEXEC);
		_cleanup_(close_fd) int large = openat(place, "big", O_RDONLY | O_CLOEXEC);

		buf_adds(&b, ">");
		assert_int_equal(file_read_fd_sized(IO, five, sizes[i], 5, &b, &err), 0);
		assert_string_equal(b.p, ">12345");
		assert_int_equal(lseek(five, 0, SEEK_SET), 0);
		assert_int_equal(file_read_fd_sized(IO, five, sizes[i], 4, &b, NULL), ERR_LIMIT);
		assert_string_equal(b.p, ">12345");
		buf_clear(&b);
		assert_int_equal(file_read_fd_sized(IO, large, sizes[i], big.len, &b, &err), 0);
		assert_true(str_eq(buf_str(&b), buf_str(&big)));
	}
	assert_int_equal(err.code, 0);
}

/* a sparse file of a terabyte costs no more than the limit. */
static void
test_file_read_stops_at_the_limit_X_5(void **state)
{
	_cleanup_(buf_release) struct buf b = BUF_INIT;
	int fd = openat(place, "huge", O_RDWR | O_CREAT | O_CLOEXEC, 0600);

	(void)state;
	assert_int_equal(ftruncate(fd, (off_t)1 << 40), 0);
	(void)close(fd);
	assert_int_equal(file_read(IO, place, "huge", 256 * 1024, &b, NULL), ERR_LIMIT);
	assert_true(b.cap < 1024 * 1024);
}

static size_t
count_names(void)
{
	_cleanup_(strvec_release) struct strvec names = STRVEC_INIT;

	assert_int_equal(file_list(IO, place, &names, NULL), 0);
	return names.n;
}

static void
test_file_read_last(void **state)
{
	_cleanup_(buf_release) struct buf b = BUF_INIT;
	struct err err = ERR_INIT;

	(void)state;
	buf_adds(&b, "> ");
	put_file("f", "0123456789");
	assert_int_equal(file_read_last(io_real(), place, "f", 99, &b, &err), 0);
	assert_string_equal(b.p, "> 0123456789");
	assert_int_equal(file_read_last(io_real(), place, "f", 3, &b, &err), 0);
	assert_string_equal(b.p, "> 0123456789789");
	assert_int_equal(file_read_last(io_real(), place, "f", 0, &b, &err), 0);
	assert_int_equal(file_read_last(io_real(), place, "none", 3, &b, &err), ERR_NOTFOUND);
	assert_int_equal(mkfifoat(place, "fifo", 0600), 0);
	assert_true(file_read_last(io_real(), place, "fifo", 3, &b, &err) < 0);
	assert_string_equal(b.p, "> 0123456789789");
}

static void
test_file_replace_and_create(void **state)
{
	struct err err = ERR_INIT;
	struct io_stat st;

	(void)state;
	assert_int_equal(file_create(IO, place, "t", STR("one"), &err), 0);
	check_file("t", "one");
	assert_int_equal(IO->ops->stat(IO, place, "t", &st), 0);
	assert_int_equal(st.mode, 0600);
	assert_int_equal(st.links, 1);
	assert_int_equal(file_create(IO, place, "t", STR("two"), &err), ERR_CONFLICT);
	check_file("t", "one");
	assert_int_equal(file_replace(IO, place, "t", STR("three"), &err), 0);
	check_file("t", "three");
	assert_int_equal(file_replace(IO, place, "u", STR(""), &err), 0);
	check_file("u", "");
	assert_int_equal(symlinkat("t", place, "link"), 0);
	assert_int_equal(file_replace(IO, place, "link", STR("own"), &err), 0);
	check_file("link", "own");
	check_file("t", "three"); /* the link was replaced, not followed */
	assert_int_equal(mkdirat(place, "dir", 0700), 0);
	assert_int_equal(file_replace(IO, place, "dir", STR("x"), &err), ERR_IO);
	assert_int_equal(file_create(IO, place, "dir", STR("x"), &err), ERR_CONFLICT);
	assert_int_equal(file_replace(IO, place, "dir/in", STR("deep"), &err), 0);
	check_file("dir/in", "deep");
	assert_int_equal(file_replace(IO, place, "none/in", STR("x"), &err), ERR_NOTFOUND);
	assert_int_equal(count_names(), 4); /* t u link dir: no temporary file stays */
}

static void
test_file_replace_of_a_longest_name(void **state)
{
	char name[256];

	(void)state;
	memset(name, 'n', 255);
	name[255] = '\0';
	assert_int_equal(file_replace(IO, place, name, STR("x"), NULL), 0);
	check_file(name, "x");
}

/* A left-over temporary file of an earlier process of the same pid is not in the way. */
static void
test_file_replace_passes_left_overs(void **state)
{
	char name[100];

	(void)state;
	for (unsigned i = 0; i < 500; i++) {
		snprintf(name, sizeof name, FILE_TMP_PREFIX "%d-%u-t", (int)getpid(), i);
		put_file(name, "torn");
	}
	assert_int_equal(file_replace(IO, place, "t", STR("whole"), NULL), 0);
	check_file("t", "whole");
	assert_int_equal(count_names(), 501);
}

static void
test_file_write_new(void **state)
{
	struct err err = ERR_INIT;

	(void)state;
	assert_int_equal(file_write_new(IO, place, "n", STR("text"), &err), 0);
	check_file("n", "text");
	assert_int_equal(file_write_new(IO, place, "n", STR("other"), &err), ERR_CONFLICT);
	check_file("n", "text"); /* not removed: it is not ours */
	assert_int_equal(file_write_new(IO, place, "none/n", STR("x"), &err), ERR_NOTFOUND);
}

static int
write_over_the_limit(void *arg)
{
	struct rlimit limit = { 5000, 5000 };
	char text[9000];

	(void)arg;
	memset(text, 'x', sizeof text);
	(void)signal(SIGXFSZ, SIG_IGN);
	if (setrlimit(RLIMIT_FSIZE, &limit) < 0)
		return 1;
	if (file_write_new(IO, place, "n", str_n(text, sizeof text), NULL) != ERR_LIMIT)
		return 2;
	if (file_replace(IO, place, "t", str_n(text, sizeof text), NULL) != ERR_LIMIT)
		return 3;
	if (file_append(IO, place, "a", str_n(text, sizeof text), NULL) != ERR_LIMIT)
		return 4;
	return 0;
}

/* what does not fit leaves the old file, and no piece of the new one. */
static void
test_file_no_space_X_12(void **state)
{
	(void)state;
	put_file("t", "old");
	assert_int_equal(child_run(write_over_the_limit, NULL), 0);
	check_file("t", "old");
	assert_int_equal(count_names(), 2); /* t, and what could be appended to a */
}

/* A kernel whose fsync fails, or that takes writes in small pieces. */
static int sync_count, sync_fail_at;
static size_t write_most;

static int
odd_fsync(struct io *io, int fd)
{
	(void)io;
	if (++sync_count == sync_fail_at)
		return -EIO;
	return IO->ops->fsync(IO, fd);
}

static ssize_t
odd_write(struct io *io, int fd, const void *p, size_t n)
{
	(void)io;
	return IO->ops->write(IO, fd, p, n < write_most ? n : write_most);
}

static struct io *
odd_io(int fail_at, size_t most)
{
	static struct io_ops ops;
	static struct io io = { &ops };

	ops = *IO->ops;
	ops.fsync = odd_fsync;
	ops.write = odd_write;
	sync_count = 0;
	sync_fail_at = fail_at;
	write_most = most;
	return &io;
}

static void
test_file_failed_fsync_is_not_repeated_X_11(void **state)
{
	struct err err = ERR_INIT;

	(void)state;
	put_file("t", "old");
	assert_int_equal(file_replace(odd_io(1, SIZE_MAX), place, "t", STR("new"), &err), ERR_IO);
	assert_int_equal(sync_count, 1);
	check_file("t", "old");
	assert_int_equal(count_names(), 1);
	/* The directory's sync fails: the caller hears of it, nothing is tried again. */
	assert_int_equal(file_replace(odd_io(2, SIZE_MAX), place, "t", STR("new"), &err), ERR_IO);
	assert_int_equal(sync_count, 2);
	check_file("t", "new");
}

static void
test_file_short_writes(void **state)
{
	(void)state;
	assert_int_equal(file_replace(odd_io(0, 3), place, "t", STR("1234567890"), NULL), 0);
	check_file("t", "1234567890");
	assert_int_equal(sync_count, 2);
	assert_int_equal(file_append(odd_io(0, 3), place, "t", STR("abcdef"), NULL), ERR_LIMIT);
	assert_int_equal(file_replace(odd_io(0, 0), place, "t", STR("x"), NULL), ERR_IO);
}

static void
test_file_append(void **state)
{
	(void)state;
	assert_int_equal(file_append(IO, place, "log", STR("one\n"), NULL), 0);
	assert_int_equal(file_append(IO, place, "log", STR("two\n"), NULL), 0);
	check_file("log", "one\ntwo\n");
	assert_int_equal(file_append(IO, place, "none/log", STR("x"), NULL), ERR_NOTFOUND);
}

static void
test_file_names(void **state)
{
	_cleanup_(strvec_release) struct strvec names = STRVEC_INIT;
	struct err err = ERR_INIT;
	int fd;

	(void)state;
	assert_int_equal(file_ensure_dir(IO, place, "dir", &err), 0);
	assert_int_equal(file_ensure_dir(IO, place, "dir", &err), 0);
	assert_int_equal(symlinkat("dir", place, "link"), 0);
	assert_int_equal(file_ensure_dir(IO, place, "link", &err), 0);
	put_file("file", "x");
	assert_int_equal(file_ensure_dir(IO, place, "file", &err), ERR_CONFLICT);
	assert_int_equal(file_ensure_dir(IO, place, "none/dir", &err), ERR_NOTFOUND);
	fd = file_open_dir(IO, place, "dir", &err);
	assert_true(fd >= 0);
	assert_int_equal(file_sync_dir(IO, fd, &err), 0);
	io_close(IO, fd);
	io_close(IO, -1);
	assert_int_equal(file_open_dir(IO, place, "none", &err), ERR_NOTFOUND);
	assert_int_equal(file_open_dir(IO, place, "file", &err), ERR_IO);
	assert_int_equal(file_sync_dir(IO, IO_CWD, &err), 0);

	put_file("B", "");
	put_file("10", "");
	put_file("9", "");
	strvec_push(&names, "first");
	assert_int_equal(file_list(IO, place, &names, &err), 0);
	assert_int_equal(names.n, 7);
	assert_string_equal(names.v[0], "first");
	assert_string_equal(names.v[1], "10");
	assert_string_equal(names.v[2], "9");
	assert_string_equal(names.v[3], "B");
	assert_string_equal(names.v[6], "link");

	assert_int_equal(file_rename(IO, place, "9", place, "10", false, &err), ERR_CONFLICT);
	assert_int_equal(file_rename(IO, place, "9", place, "10", true, &err), 0);
	assert_int_equal(file_rename(IO, place, "9", place, "10", true, &err), ERR_NOTFOUND);
	assert_int_equal(file_unlink(IO, place, "10", &err), 0);
	assert_int_equal(file_unlink(IO, place, "10", &err), ERR_NOTFOUND);
	assert_non_null(strstr(err.text, "10"));
}

/* C-12: only a clear "no" is a no: a kill file that cannot be looked at counts as there. */
static void
test_file_exists_C_12(void **state)
{
	(void)state;
	assert_false(file_exists(IO, place, "kill"));
	put_file("kill", "");
	assert_true(file_exists(IO, place, "kill"));
	assert_true(file_exists(IO, place, "kill/x")); /* ENOTDIR */
	assert_int_equal(symlinkat("nowhere", place, "dangling"), 0);
	assert_true(file_exists(IO, place, "dangling"));
	assert_true(file_exists(IO, -1, "kill")); /* EBADF */
	assert_int_equal(mkdirat(place, "dir", 0700), 0);
	assert_true(file_exists(IO, place, "dir"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		in_place(test_file_read),
		in_place(test_file_read_fd_sized),
		in_place(test_file_read_stops_at_the_limit_X_5),
		in_place(test_file_read_last),
		in_place(test_file_replace_and_create),
		in_place(test_file_replace_of_a_longest_name),
		in_place(test_file_replace_passes_left_overs),
		in_place(test_file_write_new),
		in_place(test_file_no_space_X_12),
		in_place(test_file_failed_fsync_is_not_repeated_X_11),
		in_place(test_file_short_writes),
		in_place(test_file_append),
		in_place(test_file_names),
		in_place(test_file_exists_C_12),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
