/* SPDX-License-Identifier: GPL-2.0-only */
/* Signals on their way in, and out to done/ or refused/. */
#include "base/base.h"
#include "store/spool.h"

#include "test_store.h"

#include "sys/clock.h"

static struct signal_id
id_of(const char *s)
{
	struct signal_id id;

	assert_true(signal_id_parse(str_of(s), &id));
	return id;
}

static size_t
count_in(const char *path)
{
	_cleanup_(strvec_release) struct strvec names = STRVEC_INIT;
	int dir = file_open_dir(io_real(), store.dir, path, NULL);

	assert_true(dir >= 0);
	assert_int_equal(file_list(io_real(), dir, &names, NULL), 0);
	io_close(io_real(), dir);
	return names.n;
}

static void
test_new_ids_X_32(void **state)
{
	struct signal_id a, b, c;

	(void)state;
	spool_new_id((struct episode_id){ { 12 }, 3 }, &a);
	spool_new_id((struct episode_id){ { 12 }, 3 }, &b);
	spool_new_id((struct episode_id){ { 0 }, 0 }, &c);
	assert_false(signal_id_eq(&a, &b));
	assert_non_null(strstr(a.s, "Z.12.3."));
	assert_non_null(strstr(c.s, "Z.cmd."));
	spool_new_id((struct episode_id){ { ID_TICKET_MAX }, UINT32_MAX }, &a);
}

static void
test_publish(void **state)
{
	struct signal_id id = id_of("a.1");
	_cleanup_(free_charp) char *big = xcalloc(300000, 1);
	struct io_stat st;

	(void)state;
	assert_int_equal(spool_find(&store, &id), SPOOL_NOWHERE);
	assert_int_equal(spool_publish(&store, &id, STR("text\n"), NULL), 0);
	store_check("spool/new/a.1.json", "text\n");
	assert_int_equal(io_real()->ops->stat(io_real(), store.spool_new, "a.1.json", &st), 0);
	assert_int_equal(st.mode, 0600);
	assert_int_equal(spool_find(&store, &id), SPOOL_NEW);
	/* Never over another. */
	assert_int_equal(spool_publish(&store, &id, STR("other\n"), NULL), ERR_CONFLICT);
	store_check("spool/new/a.1.json", "text\n");
	assert_int_equal(count_in("spool/tmp"), 0);
	id = id_of("b");
	assert_int_equal(spool_publish(&store, &id, str_n(big, 300000), NULL), ERR_INVALID);
}

static int
publish_on_full_disk(void *arg)
{
	struct signal_id id = id_of("a");

	(void)arg;
	if (kernel_refuses(SYS_write, ENOSPC) < 0)
		return 2;
	return spool_publish(&store, &id, STR("text\n"), NULL) == ERR_LIMIT ? 0 : 1;
}

static void
test_publish_without_room_X_12(void **state)
{
	(void)state;
	assert_int_equal(child_run(publish_on_full_disk, NULL), 0);
	assert_int_equal(count_in("spool/tmp"), 0);
	assert_int_equal(count_in("spool/new"), 0);
}

static void
test_done(void **state)
{
	struct signal_id id = id_of("a");

	(void)state;
	assert_int_equal(spool_done(&store, "a.json", NULL), ERR_NOTFOUND);
	assert_int_equal(spool_done(&store, "../a.json", NULL), ERR_INVALID);
	assert_int_equal(spool_done(&store, "a.why", NULL), ERR_INVALID);
	assert_int_equal(spool_publish(&store, &id, STR("text\n"), NULL), 0);
	assert_int_equal(spool_done(&store, "a.json", NULL), 0);
	assert_int_equal(spool_done(&store, "a.json", NULL), 0);
	assert_int_equal(spool_find(&store, &id), SPOOL_DONE);
	store_check("spool/done/a.json", "text\n");
	assert_int_equal(count_in("spool/new"), 0);
	/* Said twice: the same bytes are filed away, others are not. */
	assert_int_equal(spool_publish(&store, &id, STR("text\n"), NULL), 0);
	assert_int_equal(spool_done(&store, "a.json", NULL), 0);
	assert_int_equal(count_in("spool/new"), 0);
	assert_int_equal(spool_publish(&store, &id, STR("other\n"), NULL), 0);
	assert_int_equal(spool_done(&store, "a.json", NULL), ERR_CONFLICT);
	store_check("spool/new/a.json", "other\n");
	store_check("spool/done/a.json", "text\n");
}

static void
test_done_many(void **state)
{
	const char *const names[] = { "a.json", "missing.json", "b.json" };

	(void)state;
	store_put("spool/new/a.json", "a");
	store_put("spool/new/b.json", "b");
	/* One that fails does not keep the others. */
	assert_int_equal(spool_done_many(&store, names, 3, NULL), ERR_NOTFOUND);
	assert_int_equal(count_in("spool/new"), 0);
	assert_int_equal(count_in("spool/done"), 2);
	assert_int_equal(spool_done_many(&store, names, 0, NULL), 0);
}

static int
done_without(void *arg)
{
	const int *call = arg;
	int r;

	/* EPERM: the kernel's protection of others' files, or a file system without second names */
	if (kernel_refuses(*call, *call == SYS_linkat ? EPERM : EIO) < 0)
		return 2;
	r = spool_done(&store, "a.json", NULL);
	return r == (*call == SYS_linkat ? 0 : ERR_IO) ? 0 : 1;
}

static void
test_done_when_the_kernel_refuses_X_35(void **state)
{
	int call = SYS_fsync;

	(void)state;
	store_put("spool/new/a.json", "a");
	assert_int_equal(child_run(done_without, &call), 0);
	/* Not synced: not removed. */
	assert_true(store_has("spool/new/a.json"));
	assert_true(spool_is_filed(&store, "a.json"));
	assert_int_equal(spool_done(&store, "a.json", NULL), 0);
	assert_int_equal(count_in("spool/new"), 0);
	call = SYS_linkat;
	assert_int_equal(unlinkat(store.spool_done, "a.json", 0), 0);
	store_put("spool/new/a.json", "a");
	assert_int_equal(child_run(done_without, &call), 0);
	assert_int_equal(count_in("spool/new"), 0);
	store_check("spool/done/a.json", "a");
}

/* --- refused --- */

static char bad_text[] = "not\nof \x1b[31m this ticket", bad_kind[] = "DONE", bad_from[] = "worker";
static const struct refused because = { .why = REFUSAL_STALE,
	.ticket = { 12 },
	.kind = bad_kind,
	.text = bad_text,
	.from = bad_from,
	.at_wall_ms = STORE_NOW };

static void
test_refuse_B_2(void **state)
{
	_cleanup_(refused_list_release) struct refused_list list = { 0 };
	struct signal_id id = id_of("a");

	(void)state;
	assert_int_equal(spool_publish(&store, &id, STR("text\n"), NULL), 0);
	assert_int_equal(spool_refuse(&store, "a.json", &because, NULL), 0);
	assert_int_equal(spool_refuse(&store, "a.json", &because, NULL), 0);
	assert_int_equal(spool_refuse(&store, "b.json", &because, NULL), ERR_NOTFOUND);
	assert_int_equal(spool_find(&store, &id), SPOOL_REFUSED);
	assert_int_equal(count_in("spool/new"), 0);
	store_check("spool/refused/a.json", "text\n");
	store_check("spool/refused/a.why",
	    "file: a.json\nreason: stale\ntext: not\\nof \\x1b[31m this ticket\nticket: 12\n"
	    "kind: DONE\nfrom: worker\nat: 2026-11-21T06:23:25Z\n");
	assert_int_equal(spool_refused(&store, &list, NULL), 0);
	assert_int_equal(list.n, 1);
	assert_string_equal(list.v[0].name, "a.json");
	assert_int_equal(list.v[0].why, REFUSAL_STALE);
	assert_int_equal(list.v[0].ticket.n, 12);
	assert_string_equal(list.v[0].kind, "DONE");
	assert_string_equal(list.v[0].text, "not\\nof \\x1b[31m this ticket");
	assert_string_equal(list.v[0].from, "worker");
	assert_int_equal(list.v[0].at_wall_ms, STORE_NOW);
	check_fsck_clean();
}

/* Whatever readdir(3) gave: moved, never read, under a name that is one. */
static void
test_refuse_anything_X_5_X_7(void **state)
{
	_cleanup_(refused_list_release) struct refused_list list = { 0 };
	char longest[256];
	struct io_stat st;

	(void)state;
	memset(longest, ';', 255);
	longest[255] = '\0';
	store_put("spool/new/%41 b\xff\n", "x");
	assert_int_equal(renameat(store.spool_new, "%41 b\xff\n", store.spool_new, longest), 0);
	store_put("spool/new/%41 b\xff\n", "x");
	store_put("spool/new/.hidden", "x");
	store_put("spool/new/a.why", "x");
	assert_int_equal(mkdirat(store.spool_new, "dir", 0700), 0);
	store_put("spool/new/dir/inside", "x");
	assert_int_equal(symlinkat("/etc/passwd", store.spool_new, "link.json"), 0);
	assert_int_equal(mkfifoat(store.spool_new, "pipe", 0600), 0);
	assert_int_equal(linkat(store.dir, "VERSION", store.spool_new, "hard", 0), 0);
	assert_int_equal(spool_refuse(&store, longest, &because, NULL), 0);
	assert_int_equal(spool_refuse(&store, "%41 b\xff\n", &because, NULL), 0);
	assert_int_equal(spool_refuse(&store, ".hidden", &because, NULL), 0);
	assert_int_equal(spool_refuse(&store, "a.why", &because, NULL), 0);
	assert_int_equal(spool_refuse(&store, "dir", &because, NULL), 0);
	assert_int_equal(spool_refuse(&store, "link.json", &because, NULL), 0);
	assert_int_equal(spool_refuse(&store, "pipe", &because, NULL), 0);
	assert_int_equal(spool_refuse(&store, "hard", &because, NULL), 0);
	assert_int_equal(count_in("spool/new"), 0);
	assert_true(store_has("spool/refused/%2541%20b%FF%0A"));
	assert_true(store_has("spool/refused/%2541%20b%FF%0A.why"));
	assert_true(store_has("spool/refused/%2Ehidden"));
	assert_true(store_has("spool/refused/a%2Ewhy.why"));
	assert_true(store_has("spool/refused/dir/inside"));
	assert_int_equal(io_real()->ops->stat(io_real(), store.spool_refused, "link.json", &st), 0);
	assert_true(st.is_link);
	assert_int_equal(spool_refused(&store, &list, NULL), 0);
	assert_int_equal(list.n, 8);
	for (size_t i = 0; i < list.n; i++)
		assert_int_equal(list.v[i].why, REFUSAL_STALE);
	check_fsck_clean();
}

/* Two of one name are two; "a" and "a.json" do not share a reason. */
static void
test_refuse_collisions(void **state)
{
	_cleanup_(refused_list_release) struct refused_list list = { 0 };

	(void)state;
	for (int i = 0; i < 3; i++) {
		store_put("spool/new/a.json", "x");
		assert_int_equal(spool_refuse(&store, "a.json", &because, NULL), 0);
		store_put("spool/new/a", "x");
		assert_int_equal(spool_refuse(&store, "a", &because, NULL), 0);
	}
	assert_true(store_has("spool/refused/a~1"));
	assert_true(store_has("spool/refused/a~2.json"));
	assert_true(store_has("spool/refused/a~4.json"));
	/* Found again behind the others, after a crash. */
	assert_int_equal(linkat(store.spool_refused, "a~4.json", store.spool_new, "a.json", 0), 0);
	assert_true(spool_is_filed(&store, "a.json"));
	assert_int_equal(spool_refuse(&store, "a.json", &because, NULL), 0);
	/* An id that was applied before, with other bytes. */
	store_put("spool/done/b.json", "x");
	store_put("spool/new/b.json", "y");
	assert_int_equal(spool_refuse(&store, "b.json", &because, NULL), 0);
	store_check("spool/refused/b~1.json", "y");
	/* The applied file itself. */
	assert_int_equal(linkat(store.spool_done, "b.json", store.spool_new, "b.json", 0), 0);
	assert_int_equal(spool_refuse(&store, "b.json", &because, NULL), ERR_CONFLICT);
	assert_int_equal(spool_refused(&store, &list, NULL), 0);
	assert_int_equal(list.n, 7);
	for (size_t i = 0; i < list.n; i++)
		assert_int_equal(list.v[i].why, REFUSAL_STALE);
}

static void
test_refused_list_tells_of_damage_B_9(void **state)
{
	_cleanup_(refused_list_release) struct refused_list list = { 0 };
	struct refused late = because;

	(void)state;
	late.at_wall_ms += 5000;
	store_put("spool/new/late.json", "x");
	assert_int_equal(spool_refuse(&store, "late.json", &late, NULL), 0);
	store_put("spool/new/early.json", "x");
	assert_int_equal(spool_refuse(&store, "early.json", &because, NULL), 0);
	store_put("spool/refused/bare.json", "x");
	store_put("spool/refused/torn.json", "x");
	store_put("spool/refused/torn.why", "file: torn.json\nreason: stale\ntext: it wa");
	store_put("spool/refused/alone.why", "file: alone.json\nreason: stale\n");
	assert_int_equal(spool_refused(&store, &list, NULL), 0);
	assert_int_equal(list.n, 4);
	for (size_t i = 0; i < list.n; i++) {
		bool is_whole = strcmp(list.v[i].name, "early.json") == 0 ||
				strcmp(list.v[i].name, "late.json") == 0;

		assert_int_equal(list.v[i].why != REFUSAL_NONE, is_whole);
		assert_non_null(list.v[i].text);
		if (strcmp(list.v[i].name, "early.json") == 0 && i + 1 < list.n)
			assert_string_equal(list.v[i + 1].name, "late.json");
	}
	assert_int_equal(spool_sweep(&store, clock_wall_ms(), NULL), 0);
	assert_false(store_has("spool/refused/alone.why"));
	assert_true(store_has("spool/refused/torn.why"));
}

static void
test_sweep(void **state)
{
	struct timespec old[2] = { { .tv_sec = clock_wall_ms() / 1000 - 37 * 3600 } };

	(void)state;
	old[1] = old[0];
	store_put("spool/tmp/old", "x");
	store_put("spool/tmp/fresh", "x");
	store_put("spool/new/old.json", "x");
	store_put("control/.tmp-1-0-kill", "x");
	store_put("control/kill", "x");
	assert_int_equal(utimensat(store.control, ".tmp-1-0-kill", old, 0), 0);
	assert_int_equal(utimensat(store.control, "kill", old, 0), 0);
	assert_int_equal(utimensat(store.spool_tmp, "old", old, 0), 0);
	assert_int_equal(utimensat(store.spool_new, "old.json", old, 0), 0);
	assert_int_equal(spool_sweep(&store, clock_wall_ms(), NULL), 0);
	assert_false(store_has("spool/tmp/old"));
	assert_true(store_has("spool/tmp/fresh"));
	assert_true(store_has("spool/new/old.json"));
	assert_false(store_has("control/.tmp-1-0-kill"));
	assert_true(store_has("control/kill"));
}

/* --- crashes --- */

static int
do_publish(struct root *r, void *arg)
{
	struct signal_id id = id_of("a");

	(void)arg;
	return spool_publish(r, &id, STR("text\n"), NULL);
}

static void
test_publish_crash_leaves_all_or_nothing(void **state)
{
	struct signal_id id = id_of("a");
	bool is_done = false;
	uint64_t at;

	(void)state;
	for (at = 1; !is_done; at++) {
		store_renew();
		assert_true(at < 50);
		is_done = crash_at(at, do_publish, NULL);
		/* There and whole, or not there; acknowledged means there. */
		if (spool_find(&store, &id) == SPOOL_NEW)
			store_check("spool/new/a.json", "text\n");
		else
			assert_false(is_done);
		if (spool_find(&store, &id) == SPOOL_NOWHERE)
			assert_int_equal(do_publish(&store, NULL), 0);
		assert_int_equal(spool_sweep(&store, clock_wall_ms() + 40 * 3600 * 1000, NULL), 0);
		assert_int_equal(count_in("spool/tmp"), 0);
		assert_int_equal(count_in("spool/new"), 1);
		check_fsck_clean();
	}
	assert_int_equal(at - 1, 6); /* create, write, fsync, rename, fsync: five steps */
}

/* A ticket that names the signal a, as it is before that is filed away. */
static void
put_applied(void)
{
	_cleanup_(record_release) struct record rec = { 0 };
	struct event e = rec_event(EVENT_CREATE);

	rec_init(&rec, 1);
	rec_sign(&e, "a", "text\n");
	rec_step(&rec, e, NULL);
	rec_put(&rec);
	assert_int_equal(do_publish(&store, NULL), 0);
}

static int
do_done(struct root *r, void *arg)
{
	(void)arg;
	return spool_done(r, "a.json", NULL);
}

static int
do_refuse(struct root *r, void *arg)
{
	return spool_refuse(r, arg, &because, NULL);
}

/* In one of both places at every moment, whole; a sweep or a repetition ends what was begun. */
static void
crash_filing(bool is_refusal, bool repeat)
{
	const char *to = is_refusal ? "spool/refused/a.json" : "spool/done/a.json";
	char name[] = "a.json";
	bool is_done = false;
	uint64_t at;

	for (at = 1; !is_done; at++) {
		store_renew();
		assert_true(at < 50);
		if (is_refusal)
			assert_int_equal(do_publish(&store, NULL), 0);
		else
			put_applied();
		is_done = crash_at(at, is_refusal ? do_refuse : do_done, name);
		assert_true(store_has("spool/new/a.json") || store_has(to));
		store_check(store_has(to) ? to : "spool/new/a.json", "text\n");
		if (is_refusal && store_has(to))
			assert_true(store_has("spool/refused/a.why"));
		check_fsck_clean();
		assert_int_equal(store_has("spool/new/a.json") && store_has(to),
		    spool_is_filed(&store, "a.json"));
		if (!repeat) {
			assert_int_equal(spool_sweep(&store, clock_wall_ms(), NULL), 0);
			assert_int_not_equal(store_has("spool/new/a.json"), store_has(to));
		}
		if (repeat || !store_has(to))
			assert_int_equal(
			    is_refusal ? do_refuse(&store, name) : do_done(&store, NULL), 0);
		assert_false(store_has("spool/new/a.json"));
		store_check(to, "text\n");
		if (is_refusal)
			assert_true(store_has("spool/refused/a.why"));
		check_fsck_clean();
	}
	/* link, sync, unlink; before them the five of the reason */
	assert_int_equal(at - 1, is_refusal ? 9 : 4);
}

static void
test_done_crash_never_in_neither_place_X_35(void **state)
{
	(void)state;
	crash_filing(false, true);
	crash_filing(false, false);
}

static void
test_refuse_crash_never_in_neither_place_X_35(void **state)
{
	(void)state;
	crash_filing(true, true);
	crash_filing(true, false);
}

/* A directory can only be renamed: in one place, and its reason was there first. */
static void
test_refuse_crash_directory(void **state)
{
	char name[] = "dir";
	bool is_done = false;

	(void)state;
	for (uint64_t at = 1; !is_done; at++) {
		store_renew();
		assert_true(at < 50);
		assert_int_equal(mkdirat(store.spool_new, name, 0700), 0);
		is_done = crash_at(at, do_refuse, name);
		assert_int_not_equal(store_has("spool/new/dir"), store_has("spool/refused/dir"));
		assert_int_equal(do_refuse(&store, name), 0);
		assert_true(store_has("spool/refused/dir"));
		assert_true(store_has("spool/refused/dir.why"));
		assert_int_equal(spool_sweep(&store, clock_wall_ms(), NULL), 0);
		assert_int_equal(count_in("spool/refused"), 2);
		check_fsck_clean();
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_new_ids_X_32),
		in_store(test_publish),
		in_store(test_publish_without_room_X_12),
		in_store(test_done),
		in_store(test_done_many),
		in_store(test_done_when_the_kernel_refuses_X_35),
		in_store(test_refuse_B_2),
		in_store(test_refuse_anything_X_5_X_7),
		in_store(test_refuse_collisions),
		in_store(test_refused_list_tells_of_damage_B_9),
		in_store(test_sweep),
		in_store(test_publish_crash_leaves_all_or_nothing),
		in_store(test_done_crash_never_in_neither_place_X_35),
		in_store(test_refuse_crash_never_in_neither_place_X_35),
		in_store(test_refuse_crash_directory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
