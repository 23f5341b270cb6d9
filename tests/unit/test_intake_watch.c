/* SPDX-License-Identifier: GPL-2.0-only */
#include "base/base.h"
#include "intake/watch.h"

#include <poll.h>
#include <sys/inotify.h>
#include <sys/resource.h>

#include "test_sys.h"

/* What the library leaks by itself (a directory under two names, one that went away) is not ours to find. */
const char *__lsan_default_suppressions(void);
const char *
__lsan_default_suppressions(void)
{
	return "leak:create_watch\n";
}

static char dir_path[8192];

static const char *
path_of(const char *name)
{
	snprintf(dir_path, sizeof dir_path, "%s/%s", place_path, name);
	return dir_path;
}

static int
watch_make(void **state)
{
	if (place_make(state) < 0 || mkdirat(place, "new", 0700) < 0 ||
	    mkdirat(place, "tmp", 0700) < 0)
		return -1;
	return watch_open(NULL);
}

static int
watch_unmake(void **state)
{
	watch_close();
	return place_remove(state);
}

#define in_watch(test) cmocka_unit_test_setup_teardown(test, watch_make, watch_unmake)

/* inotify tells at once: what was done before is there to be read. */
static bool
is_readable(void)
{
	struct pollfd p = { .fd = watch_fd(), .events = POLLIN };

	return poll(&p, 1, 0) == 1;
}

static void
check_news(bool any, bool lost)
{
	struct watch_news news;

	assert_int_equal(is_readable(), any);
	news = watch_drain();
	assert_int_equal(news.any, any);
	assert_int_equal(news.lost, lost);
	/* Nothing stays behind, neither in the kernel nor in the library. */
	assert_false(is_readable());
	news = watch_drain();
	assert_false(news.any || news.lost);
}

static void
check_quiet(void)
{
	check_news(false, false);
}

/* Something was queued, but nothing that matters. */
static void
check_no_news(void)
{
	struct watch_news news = watch_drain();

	assert_false(news.any || news.lost);
	check_quiet();
}

static void
rename_into(const char *from, const char *to)
{
	put_file(from, "{}");
	assert_int_equal(renameat(place, from, place, to), 0);
}

static void
test_watch_sees_entries(void **state)
{
	int fd;

	(void)state;
	check_quiet();
	assert_int_equal(watch_add(path_of("new"), NULL), 0);
	check_quiet();
	rename_into("tmp/a", "new/a");
	check_news(true, false);
	put_file("new/b", "{}"); /* written in place, and closed */
	check_news(true, false);
	fd = openat(place, "new/b", O_WRONLY | O_APPEND | O_CLOEXEC);
	check_quiet(); /* a writer that goes on is no news; its end is */
	assert_int_equal(write(fd, "x", 1), 1);
	check_quiet();
	assert_int_equal(close(fd), 0);
	check_news(true, false);
	assert_int_equal(linkat(place, "new/b", place, "new/c", 0), 0);
	check_news(true, false);
	assert_int_equal(mkdirat(place, "new/d", 0700), 0);
	check_news(true, false);
	assert_int_equal(unlinkat(place, "new/a", 0), 0);
	check_news(true, false);
	assert_int_equal(renameat(place, "new/b", place, "tmp/b"), 0);
	check_news(true, false);
	fd = openat(place, "new/c", O_RDONLY | O_CLOEXEC); /* readers are no news */
	assert_int_equal(close(fd), 0);
	rename_into("tmp/x", "tmp/y"); /* nor is another directory */
	check_quiet();
}

/* Names of any bytes are events like others. */
static void
test_watch_odd_names_X_7(void **state)
{
	static const char *const odd[] = { "new/\n", "new/%f%n", "new/\xff", "new/ " };

	(void)state;
	assert_int_equal(watch_add(path_of("new"), NULL), 0);
	for (size_t i = 0; i < ARRAY_LEN(odd); i++) {
		put_file(odd[i], "");
		check_news(true, false);
	}
}

static void
test_watch_adding_again_is_no_error(void **state)
{
	(void)state;
	for (int i = 0; i < 1000; i++)
		assert_int_equal(watch_add(path_of("new"), NULL), 0);
	check_quiet();
	put_file("new/a", "");
	check_news(true, false);
	watch_remove(path_of("new"));
	put_file("new/b", "");
	check_no_news();
	watch_remove(path_of("new"));
	assert_int_equal(watch_add(path_of("new"), NULL), 0);
	put_file("new/c", "");
	check_news(true, false);
}

static void
test_watch_removed_and_made_anew_X_3(void **state)
{
	(void)state;
	assert_int_equal(watch_add(path_of("new"), NULL), 0);
	for (int i = 0; i < 50; i++) {
		assert_int_equal(unlinkat(place, "new", AT_REMOVEDIR), 0);
		check_news(true, true);
		assert_int_equal(watch_add(path_of("new"), NULL), ERR_NOTFOUND);
		assert_int_equal(mkdirat(place, "new", 0700), 0);
		check_quiet(); /* deaf until it is added again */
		assert_int_equal(watch_add(path_of("new"), NULL), 0);
		put_file("new/a", "");
		check_news(true, false);
		assert_int_equal(unlinkat(place, "new/a", 0), 0);
		check_news(true, false);
	}
	/* Made anew before we look: the same path, perhaps even the same inode. */
	assert_int_equal(unlinkat(place, "new", AT_REMOVEDIR), 0);
	assert_int_equal(mkdirat(place, "new", 0700), 0);
	check_news(true, true);
	assert_int_equal(watch_add(path_of("new"), NULL), 0);
	put_file("new/a", "");
	check_news(true, false);
}

static void
test_watch_renamed_away_X_3(void **state)
{
	(void)state;
	assert_int_equal(watch_add(path_of("new"), NULL), 0);
	assert_int_equal(renameat(place, "new", place, "old"), 0);
	check_news(true, true);
	put_file("old/a", ""); /* not ours any more */
	check_no_news();
	assert_int_equal(watch_add(path_of("new"), NULL), ERR_NOTFOUND);
	assert_int_equal(mkdirat(place, "new", 0700), 0);
	assert_int_equal(watch_add(path_of("new"), NULL), 0);
	put_file("old/b", "");
	check_quiet();
	put_file("new/a", "");
	check_news(true, false);
}

/* A parent is renamed, and another one put there: the kernel tells nobody, adding again finds out. */
static void
test_watch_parent_replaced_X_3(void **state)
{
	(void)state;
	assert_int_equal(mkdirat(place, "p", 0700), 0);
	assert_int_equal(mkdirat(place, "p/new", 0700), 0);
	assert_int_equal(watch_add(path_of("p/new"), NULL), 0);
	assert_int_equal(renameat(place, "p", place, "q"), 0);
	assert_int_equal(mkdirat(place, "p", 0700), 0);
	assert_int_equal(mkdirat(place, "p/new", 0700), 0);
	check_quiet();
	assert_int_equal(watch_add(path_of("p/new"), NULL), 0);
	put_file("q/new/a", "");
	check_no_news();
	put_file("p/new/a", "");
	check_news(true, false);
}

static void
test_watch_one_directory_two_names(void **state)
{
	(void)state;
	assert_int_equal(symlinkat("new", place, "link"), 0);
	assert_int_equal(watch_add(path_of("new"), NULL), 0);
	assert_int_equal(watch_add(path_of("link"), NULL), 0);
	watch_remove(path_of("link"));
	put_file("new/a", "");
	check_news(true, false);
	watch_remove(path_of("new"));
	put_file("new/b", "");
	check_no_news();
}

static void
test_watch_errors(void **state)
{
	struct err err = ERR_INIT;

	(void)state;
	assert_int_equal(watch_add(path_of("none"), &err), ERR_NOTFOUND);
	assert_non_null(strstr(err.text, "none"));
	put_file("file", "");
	assert_int_equal(watch_add(path_of("file"), &err), ERR_NOTFOUND);
	watch_remove(path_of("none"));
	check_quiet();
}

/* Agents and helpers do not get it; they would take our events. */
static void
test_watch_descriptor(void **state)
{
	(void)state;
	assert_true(watch_fd() >= 0);
	assert_int_equal(fcntl(watch_fd(), F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
	assert_int_equal(fcntl(watch_fd(), F_GETFL) & O_NONBLOCK, O_NONBLOCK);
}

static void
test_watch_open_again_is_clean(void **state)
{
	(void)state;
	assert_int_equal(watch_add(path_of("new"), NULL), 0);
	for (int i = 0; i < 100; i++) {
		put_file("new/a", "");
		assert_int_equal(unlinkat(place, "new/a", 0), 0);
	}
	watch_close();
	watch_close();
	assert_int_equal(watch_fd(), -1);
	assert_false(watch_drain().any);
	assert_int_equal(watch_open(NULL), 0);
	check_quiet();
	assert_int_equal(watch_add(path_of("tmp"), NULL), 0);
	check_quiet(); /* no events of the former life */
	put_file("new/a", "");
	check_quiet();
	put_file("tmp/a", "");
	check_news(true, false);
}

static void
test_watch_thousand_directories(void **state)
{
	char name[64];

	(void)state;
	for (int i = 0; i < 1000; i++) {
		snprintf(name, sizeof name, "d%d", i);
		assert_int_equal(mkdirat(place, name, 0700), 0);
		assert_int_equal(watch_add(path_of(name), NULL), 0);
	}
	for (int i = 0; i < 1000; i += 7) {
		snprintf(name, sizeof name, "d%d/a", i);
		put_file(name, "");
		check_news(true, false);
	}
	for (int i = 0; i < 1000; i += 2) {
		snprintf(name, sizeof name, "d%d", i);
		watch_remove(path_of(name));
	}
	check_no_news();
	for (int i = 0; i < 1000; i++) {
		snprintf(name, sizeof name, "d%d/b", i);
		put_file(name, "");
		if (i % 2 == 0)
			check_quiet();
		else
			check_news(true, false);
	}
}

/* More than the kernel keeps: some events are lost for good, and that is said. */
static void
test_watch_overflow_X_1(void **state)
{
	_cleanup_(buf_release) struct buf text = BUF_INIT;
	struct str line, rest;
	uint64_t max = 0;

	(void)state;
	assert_int_equal(
	    file_read(io_real(), IO_CWD, "/proc/sys/fs/inotify/max_queued_events", 64, &text, NULL),
	    0);
	rest = buf_str(&text);
	(void)str_cut(&rest, '\n', &line);
	assert_true(str_u64(line, &max));
	if (max > 200000)
		skip();
	assert_int_equal(watch_add(path_of("new"), NULL), 0);
	put_file("new/a", "");
	for (uint64_t i = 0; i <= max / 2; i++) {
		const char *from = i % 2 == 0 ? "new/a" : "new/b";

		assert_int_equal(renameat(place, from, place, i % 2 == 0 ? "new/b" : "new/a"), 0);
	}
	check_news(true, true);
	/* The watches themselves are still good. */
	assert_int_equal(watch_add(path_of("new"), NULL), 0);
	put_file("new/c", "");
	check_news(true, false);
}

static void
test_watch_what_events_mean_X_1_X_3(void **state)
{
	static const struct {
		uint32_t mask;
		bool any, lost;
	} cases[] = {
		{ IN_MOVED_TO, true, false },
		{ IN_CLOSE_WRITE, true, false },
		{ IN_CREATE, true, false },
		{ IN_CREATE | IN_ISDIR, true, false },
		{ IN_DELETE, true, false },
		{ IN_MOVED_FROM, true, false },
		{ IN_Q_OVERFLOW, true, true },
		{ IN_IGNORED, true, true },
		{ IN_UNMOUNT, true, true },
		{ IN_DELETE_SELF, true, true },
		{ IN_MOVE_SELF, true, true },
		{ IN_DELETE_SELF | IN_ISDIR, true, true },
		{ IN_ACCESS, false, false },
		{ IN_OPEN, false, false },
		{ IN_CLOSE_NOWRITE, false, false },
		{ 0, false, false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct watch_news news = watch_news_of(cases[i].mask);

		assert_int_equal(news.any, cases[i].any);
		assert_int_equal(news.lost, cases[i].lost);
	}
}

static void
test_watch_sees_a_file_grow(void **state)
{
	int fd;

	(void)state;
	put_file("new/log", "");
	assert_int_equal(watch_add_growing(path_of("new"), NULL), 0);
	fd = openat(place, "new/log", O_WRONLY | O_APPEND | O_CLOEXEC);
	check_quiet();
	assert_int_equal(write(fd, "x", 1), 1);
	check_news(true, false);
	assert_int_equal(write(fd, "x", 1), 1);
	check_news(true, false);
	assert_int_equal(close(fd), 0);
	check_news(true, false);
}

/* --- in children: limits of the user --- */

static int
no_instances(void *arg)
{
	struct err err = ERR_INIT;

	(void)arg;
	if (kernel_refuses(SYS_inotify_init1, EMFILE) < 0)
		return 1;
#ifdef SYS_inotify_init
	if (kernel_refuses(SYS_inotify_init, EMFILE) < 0)
		return 2;
#endif
	if (watch_open(&err) != ERR_LIMIT)
		return 3;
	return strstr(err.text, "fs.inotify.max_user_instances") != NULL ? 0 : 4;
}

static int
no_watches(void *arg)
{
	struct err err = ERR_INIT;

	(void)arg;
	if (watch_open(NULL) < 0 || kernel_refuses(SYS_inotify_add_watch, ENOSPC) < 0)
		return 1;
	if (watch_add(place_path, &err) != ERR_LIMIT)
		return 2;
	return strstr(err.text, "fs.inotify.max_user_watches") != NULL ? 0 : 3;
}

/* select() cannot take such a descriptor: refused, not aborted. */
static int
many_files(void *arg)
{
	struct rlimit limit = { 2048, 2048 };
	struct err err = ERR_INIT;

	(void)arg;
	if (setrlimit(RLIMIT_NOFILE, &limit) < 0)
		return 77; /* not allowed here */
	for (int fd = 0; fd < 1024;) {
		fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
		if (fd < 0)
			return 1;
	}
	return watch_open(&err) == ERR_LIMIT ? 0 : 2;
}

static void
test_watch_limits_X_13(void **state)
{
	int r;

	(void)state;
	assert_int_equal(child_run(no_instances, NULL), 0);
	assert_int_equal(child_run(no_watches, NULL), 0);
	r = child_run(many_files, NULL);
	assert_true(r == 0 || r == 77);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		in_watch(test_watch_sees_entries),
		in_watch(test_watch_sees_a_file_grow),
		in_watch(test_watch_odd_names_X_7),
		in_watch(test_watch_adding_again_is_no_error),
		in_watch(test_watch_removed_and_made_anew_X_3),
		in_watch(test_watch_renamed_away_X_3),
		in_watch(test_watch_parent_replaced_X_3),
		in_watch(test_watch_one_directory_two_names),
		in_watch(test_watch_errors),
		in_watch(test_watch_descriptor),
		in_watch(test_watch_open_again_is_clean),
		in_watch(test_watch_thousand_directories),
		in_watch(test_watch_overflow_X_1),
		cmocka_unit_test(test_watch_what_events_mean_X_1_X_3),
		in_place(test_watch_limits_X_13),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
