/* SPDX-License-Identifier: GPL-2.0-only */
/* Filing away while the disk does not answer; and what a power cut makes of a rename. */
#include "base/base.h"
#include "store/spool.h"

#include "test_store.h"

#include <errno.h>
#include "sys/clock.h"

static struct io_ops bad_ops;
static struct io bad_io = { &bad_ops };
static int bad_dir = -1;

static int
bad_stat(struct io *io, int dir, const char *name, struct io_stat *ret)
{
	return dir == bad_dir ? -EIO : io_real()->ops->stat(io, dir, name, ret);
}

static int
bad_open(struct io *io, int dir, const char *name, unsigned how)
{
	return dir == bad_dir ? -EIO : io_real()->ops->open(io, dir, name, how);
}

static void
set_bad(int dir)
{
	bad_ops = *io_real()->ops;
	bad_ops.stat = bad_stat;
	bad_ops.open = bad_open;
	bad_dir = dir;
	store.io = &bad_io;
}

static void
set_good(void)
{
	store.io = io_real();
}

/* Another name would be one that whoever waits does not look for. */
static void
test_refuse_takes_no_other_name_when_the_disk_does_not_answer_X_35(void **state)
{
	struct refused why = { .why = REFUSAL_ILLEGAL };

	(void)state;
	store_put("spool/new/a.json", "{}");
	set_bad(store.spool_done);
	assert_true(spool_refuse(&store, "a.json", &why, NULL) < 0);
	set_good();
	assert_true(store_has("spool/new/a.json"));
	assert_false(store_has("spool/refused/a~1.json"));
	assert_int_equal(spool_refuse(&store, "a.json", &why, NULL), 0);
	assert_true(store_has("spool/refused/a.json"));
	assert_false(store_has("spool/new/a.json"));
}

static void
test_same_bytes_that_cannot_be_read_are_no_others_E_20(void **state)
{
	(void)state;
	store_put("spool/done/a.json", "{}");
	store_put("spool/new/a.json", "{}");
	assert_false(spool_is_used(&store, "a.json"));
	bad_ops = *io_real()->ops;
	bad_ops.open = bad_open;
	bad_dir = store.spool_done;
	store.io = &bad_io;
	assert_false(spool_is_used(&store, "a.json"));
	set_good();
	store_put("spool/new/a.json", "{ }");
	assert_true(spool_is_used(&store, "a.json"));
}

/* The rename into new/ survived, and so did the old name: it is no strange second name. */
static void
test_sweep_ends_a_rename_that_a_power_cut_kept_by_halves_X_35(void **state)
{
	struct io_stat st;

	(void)state;
	store_put("spool/new/a.json", "{}");
	assert_int_equal(
	    io_real()->ops->link(io_real(), store.spool_new, "a.json", store.spool_tmp, "a.1-1"),
	    0);
	assert_int_equal(spool_sweep(&store, clock_wall_ms(), NULL), 0);
	assert_false(store_has("spool/tmp/a.1-1"));
	assert_int_equal(io_real()->ops->stat(io_real(), store.spool_new, "a.json", &st), 0);
	assert_int_equal(st.links, 1);
}

static int
bad_fsync(struct io *io, int fd)
{
	return fd == bad_dir ? -EIO : io_real()->ops->fsync(io, fd);
}

/* The name in new/ goes for good before what remembers that it was decided. */
static void
test_discard_makes_sure_that_new_has_it_no_more_X_35(void **state)
{
	struct refused why = { .why = REFUSAL_ILLEGAL };

	(void)state;
	store_put("spool/new/a.json", "{}");
	assert_int_equal(spool_refuse(&store, "a.json", &why, NULL), 0);
	set_bad(store.spool_new);
	bad_ops.fsync = bad_fsync;
	assert_true(spool_discard(&store, "a.json", "a.why", NULL) < 0);
	set_good();
	assert_true(store_has("spool/refused/a.json") && store_has("spool/refused/a.why"));
	assert_int_equal(spool_discard(&store, "a.json", "a.why", NULL), 0);
	assert_false(store_has("spool/refused/a.json") || store_has("spool/refused/a.why"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		in_store(test_refuse_takes_no_other_name_when_the_disk_does_not_answer_X_35),
		in_store(test_same_bytes_that_cannot_be_read_are_no_others_E_20),
		in_store(test_sweep_ends_a_rename_that_a_power_cut_kept_by_halves_X_35),
		in_store(test_discard_makes_sure_that_new_has_it_no_more_X_35),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
