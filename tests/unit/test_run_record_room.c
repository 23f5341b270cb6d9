/* SPDX-License-Identifier: GPL-2.0-only */
/* No room: what is kept stays, nothing grows, and what is missing is told to the byte. */
#include "base/base.h"

#include "test_record.h"

#define MAX ((uint64_t)65536)

static int
room_make(void **state)
{
	disk_init();
	return state_make(state);
}
#define in_room(test) cmocka_unit_test_setup_teardown(test, room_make, place_remove)

static void
remove_files(void)
{
	static const char *const names[] = { RECORD_LOG, RECORD_OLDER, RECORD_NEXT, RECORD_SPARE };

	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		char path[64];

		snprintf(path, sizeof path, TEST_EP "%s", names[i]);
		(void)unlinkat(place, path, 0);
	}
}

/* There is room, and there is none, by turns. */
static void
come_and_go(uint32_t step)
{
	static const uint64_t rooms[] = { 0, 0, 0, 1, 50, 90, 200, 5000, 20000, 300000 };

	if (step > 3 && random() % 8 == 0)
		disk.limit = disk_used() + rooms[(size_t)random() % ARRAY_LEN(rooms)];
}

static void
test_what_is_missing_is_told_to_the_byte_X_12(void **state)
{
	unsigned told = 0;

	(void)state;
	for (unsigned seed = 1; seed <= 100; seed++) {
		_cleanup_(buf_release) struct buf all = BUF_INIT;
		uint64_t came = 1000 + seed * 4000;
		struct stat st;

		disk_init();
		disk.before = come_and_go;
		srandom(seed);
		assert_int_equal(stream_record(&disk.io, 0, came, seed % 3 ? MAX : 16 * MAX,
				     seed % 2 ? 700 : RECORD_STEP, seed),
		    RUN_OK);
		assert_int_equal(fstatat(place, TEST_EP RECORD_LOG, &st, 0), 0);
		stream_read(&all);
		/* In so few bytes there may be no room to tell of those behind them. */
		if (st.st_size >= RECORD_MARK) {
			uint64_t first = stream_check(buf_str(&all), came);

			assert_true(first == 0 || there_is(TEST_EP RECORD_OLDER));
			told++;
		}
		remove_files();
	}
	assert_true(told > 60);
}

static struct stat older;

static void
full_after_some(uint32_t step)
{
	if (disk.limit == UINT64_MAX && disk_used() > MAX - 8000 && step > 0) {
		disk.limit = disk_used();
		(void)fstatat(place, TEST_EP RECORD_OLDER, &older, 0);
	}
}

static void
test_a_full_disk_takes_nothing_away_X_12(void **state)
{
	_cleanup_(buf_release) struct buf all = BUF_INIT;
	struct stat now;
	uint64_t first;

	(void)state;
	disk.before = full_after_some;
	assert_int_equal(stream_record(&disk.io, 0, 1 << 20, MAX, 3000, 1), RUN_OK);
	assert_true(disk.limit < UINT64_MAX && older.st_size > 20000);
	assert_int_equal(fstatat(place, TEST_EP RECORD_OLDER, &now, 0), 0);
	assert_true(now.st_ino == older.st_ino && now.st_size == older.st_size);
	stream_read(&all);
	assert_true(all.len > disk.limit - RECORD_MARK);
	first = stream_check(buf_str(&all), 1 << 20);
	assert_true(first < 100000); /* nothing went since */
	assert_false(there_is(TEST_EP RECORD_NEXT) || there_is(TEST_EP RECORD_SPARE));
}

/* One that goes on behind another's bytes, and finds no room from its first byte on. */
static void
test_a_second_recorder_without_room_tells_it_X_12(void **state)
{
	_cleanup_(buf_release) struct buf all = BUF_INIT;

	(void)state;
	assert_int_equal(stream_record(&disk.io, 0, 4000, MAX, 700, 1), RUN_OK);
	disk.limit = disk_used();
	assert_int_equal(stream_record(&disk.io, 4000, 8000, MAX, 700, 1), RUN_OK);
	stream_read(&all);
	assert_true(str_find(buf_str(&all), STR(STREAM_REST)) > 0);
}

/* What came before is there at any moment, and once there is a pane.log.1, that is, too. */
static bool has_older;

static void
keep_looking(uint32_t step)
{
	has_older |= there_is(TEST_EP RECORD_OLDER);
	assert_true(step < 4 || there_is(TEST_EP RECORD_LOG));
	assert_int_equal(has_older, there_is(TEST_EP RECORD_OLDER));
}

/* Each change once; and everything that needs room from each of them on. */
static void
test_each_step_may_fail_X_12(void **state)
{
	const uint64_t came = 130000;
	uint32_t steps;

	(void)state;
	assert_int_equal(stream_record(&disk.io, 0, came, MAX, 9000, 1), RUN_OK);
	steps = disk.steps;
	assert_true(steps > 40);
	for (uint32_t i = 4; i <= 2 * steps; i++) { /* before it has no file there is RUN_IO */
		_cleanup_(buf_release) struct buf all = BUF_INIT;
		uint64_t first;

		remove_files();
		disk_init();
		has_older = false;
		disk.before = keep_looking;
		disk.fail = i <= steps ? i : 0;
		disk.fail_new = i > steps ? i - steps : 0;
		if (disk.fail_new > 0 && disk.fail_new < 5)
			continue; /* nothing is in the file, and can be */
		assert_int_equal(stream_record(&disk.io, 0, came, MAX, 9000, 1), RUN_OK);
		stream_read(&all);
		if (disk.fail_new > 0) {
			assert_true(all.len >= 100);
			continue; /* nor the word of it */
		}
		first = stream_check(buf_str(&all), came);
		assert_true(first <= came - MAX / 2 + RECORD_STEP);
		assert_false(there_is(TEST_EP RECORD_SPARE));
	}
}

/* Puts something in the way when the first bytes are there. */
static const char *in_the_way;
static char kind;

static void
put_in_the_way(uint32_t step)
{
	struct sockaddr_un { /* <sys/un.h> has nothing else */
		sa_family_t family;
		char path[108];
	} name = { .family = AF_UNIX };
	char path[200];
	int fd;

	(void)step;
	if (kind == '\0' || !there_is(TEST_EP RECORD_LOG))
		return;
	snprintf(path, sizeof path, "%s/inside", in_the_way);
	if (kind == 'd')
		assert_true(
		    mkdirat(place, in_the_way, 0700) == 0 && mkdirat(place, path, 0700) == 0);
	if (kind == 'p')
		assert_int_equal(mkfifoat(place, in_the_way, 0600), 0);
	if (kind == 'l')
		assert_int_equal(symlinkat("../../lock", place, in_the_way), 0);
	if (kind == 'h')
		assert_int_equal(linkat(place, "foreign", place, in_the_way, 0), 0);
	if (kind == 's') {
		snprintf(name.path, sizeof name.path, "/proc/self/fd/%d/%s", place, in_the_way);
		fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
		assert_int_equal(bind(fd, (struct sockaddr *)&name, sizeof name), 0);
		(void)close(fd);
	}
	kind = '\0';
}

static void
check_in_the_way(const char *name, char what)
{
	_cleanup_(buf_release) struct buf all = BUF_INIT;
	char path[200];
	struct stat st;
	uint64_t first;

	remove_files();
	disk_init();
	in_the_way = name;
	kind = what;
	disk.before = put_in_the_way;
	assert_int_equal(stream_record(&disk.io, 0, 300000, MAX, 5000, 1), RUN_OK);
	if (what == 'd') { /* it stays, and what came first, too */
		snprintf(path, sizeof path, "%s/inside", name);
		assert_int_equal(unlinkat(place, path, AT_REMOVEDIR), 0);
		assert_int_equal(unlinkat(place, name, AT_REMOVEDIR), 0);
	}
	assert_int_equal(fstatat(place, TEST_EP RECORD_LOG, &st, 0), 0);
	assert_true(st.st_size > 20000 && st.st_size <= (off_t)MAX / 2);
	stream_read(&all);
	first = stream_check(buf_str(&all), 300000);
	if (what == 'd')
		assert_int_equal(first, 0);
	else
		assert_true(all.len > 40000);
	check_file("foreign", "not yours");
	check_file("tickets/12/lock", "");
}

static void
test_nothing_in_the_way_makes_it_grow_X_5(void **state)
{
	static const char *const names[] = { TEST_EP RECORD_NEXT, TEST_EP RECORD_OLDER,
		TEST_EP RECORD_SPARE };

	(void)state;
	put_file("foreign", "not yours");
	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		for (const char *what = "dplhs"; *what; what++)
			check_in_the_way(names[i], *what);
}

/* From when that lies there. */
static void
see_the_same_log(uint32_t step)
{
	static ino_t seen;
	struct stat st;

	put_in_the_way(step);
	if (kind != '\0' || fstatat(place, TEST_EP RECORD_LOG, &st, 0) < 0)
		return;
	if (step == 1 || seen == 0)
		seen = st.st_ino;
	assert_int_equal(st.st_ino, seen);
}

/* A follower reads on in whatever is pane.log: one that comes and goes would be followed by what it has read already. */
static void
test_what_no_rename_replaces_lets_no_new_record_come_and_go_E_16(void **state)
{
	(void)state;
	in_the_way = TEST_EP RECORD_OLDER;
	kind = 'd';
	disk.before = see_the_same_log;
	assert_int_equal(stream_record(&disk.io, 0, 300000, MAX, 5000, 1), RUN_OK);
	assert_true(disk.steps > 20);
	assert_true(unlinkat(place, TEST_EP RECORD_OLDER "/inside", AT_REMOVEDIR) == 0 &&
		    unlinkat(place, TEST_EP RECORD_OLDER, AT_REMOVEDIR) == 0);
}

static void
clear_the_way(uint32_t step)
{
	put_in_the_way(step);
	if (step == 100)
		assert_true(unlinkat(place, TEST_EP RECORD_NEXT "/inside", AT_REMOVEDIR) == 0 &&
			    unlinkat(place, TEST_EP RECORD_NEXT, AT_REMOVEDIR) == 0);
}

static void
test_when_the_way_is_clear_it_goes_on(void **state)
{
	_cleanup_(buf_release) struct buf all = BUF_INIT;

	(void)state;
	in_the_way = TEST_EP RECORD_NEXT;
	kind = 'd';
	disk.before = clear_the_way;
	assert_int_equal(stream_record(&disk.io, 0, 300000, MAX, 5000, 1), RUN_OK);
	assert_true(disk.steps > 100);
	stream_read(&all);
	(void)stream_check(buf_str(&all), 300000);
	assert_true(all.len > 40000);
	assert_int_equal(all.p[all.len - 1], stream_at(299999));
}

/* pane.log itself was taken away, or is something else now: its place is taken only when nothing lies there. */
static void
take_away(uint32_t step)
{
	if (step != 6)
		return;
	assert_int_equal(unlinkat(place, TEST_EP RECORD_LOG, 0), 0);
	if (kind == 'h')
		assert_int_equal(linkat(place, "foreign", place, TEST_EP RECORD_LOG, 0), 0);
}

static void
test_a_record_that_is_taken_away(void **state)
{
	_cleanup_(buf_release) struct buf all = BUF_INIT;

	(void)state;
	put_file("foreign", "not yours");
	kind = '\0';
	disk.before = take_away;
	assert_int_equal(stream_record(&disk.io, 0, 300000, MAX, 5000, 1), RUN_OK);
	stream_read(&all);
	(void)stream_check(buf_str(&all), 300000);
	assert_true(all.len > 40000);
	remove_files();
	disk_init();
	kind = 'h';
	disk.before = take_away;
	assert_int_equal(stream_record(&disk.io, 0, 300000, MAX, 5000, 1), RUN_OK);
	check_file("foreign", "not yours");
	check_file(TEST_EP RECORD_LOG, "not yours");
	assert_false(there_is(TEST_EP RECORD_OLDER));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		in_room(test_what_is_missing_is_told_to_the_byte_X_12),
		in_room(test_a_full_disk_takes_nothing_away_X_12),
		in_room(test_a_second_recorder_without_room_tells_it_X_12),
		in_room(test_each_step_may_fail_X_12),
		in_room(test_nothing_in_the_way_makes_it_grow_X_5),
		in_room(test_what_no_rename_replaces_lets_no_new_record_come_and_go_E_16),
		in_room(test_when_the_way_is_clear_it_goes_on),
		in_room(test_a_record_that_is_taken_away),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
