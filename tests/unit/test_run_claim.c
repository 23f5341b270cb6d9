/* SPDX-License-Identifier: GPL-2.0-only */
#include "base/base.h"
#include "run/claim.h"

#include "test_run.h"

static enum run_exit
take(struct claim *c, struct io *io, struct err *err)
{
	enum run_exit r = claim_open(c, io, place_path, "12.3", err);

	return r == RUN_OK ? claim_take(c, err) : r;
}

static void
check_refused(enum run_exit want)
{
	struct claim c = CLAIM_INIT;
	struct err err = ERR_INIT;

	assert_int_equal(take(&c, io_real(), &err), want);
	assert_true(err.code < 0 && err.text[0] != '\0');
	assert_null(strchr(err.text, '\n'));
	assert_string_equal(c.nonce, "");
	claim_release(&c);
}

static void
check_unclaimed(void)
{
	check_file(TEST_EP CLAIM_TOKEN, TEST_NONCE "\n");
	assert_false(there_is(TEST_EP CLAIM_CLAIMED));
}

static void
test_claim_takes_all_X_31(void **state)
{
	struct claim c = CLAIM_INIT, other = CLAIM_INIT;
	struct err err = ERR_INIT;

	(void)state;
	assert_int_equal(take(&c, io_real(), &err), RUN_OK);
	assert_string_equal(c.nonce, TEST_NONCE);
	assert_string_equal(c.launch.argv.v[0], "true");
	assert_string_equal(c.launch.worktree, place_path);
	assert_false(there_is(TEST_EP CLAIM_TOKEN));
	check_file(TEST_EP CLAIM_CLAIMED, "");
	assert_int_equal(lock_probe("tickets/12/lock"), PROBE_HELD);
	assert_int_equal(lock_probe(TEST_EP "lock"), PROBE_HELD);
	/* Nothing that is started by chance gets them. */
	assert_int_equal(fcntl(c.ticket_lock, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
	assert_int_equal(fcntl(c.lock, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);

	put_file(TEST_EP CLAIM_TOKEN, TEST_NONCE "\n");
	assert_int_equal(take(&other, io_real(), &err), RUN_BUSY);
	claim_release(&other);
	claim_release(&c);
	assert_string_equal(c.nonce, "");
	assert_int_equal(lock_probe("tickets/12/lock"), PROBE_FREE);
	assert_int_equal(lock_probe(TEST_EP "lock"), PROBE_FREE);
	/* A token beside a claim: the claim stands. */
	check_refused(RUN_NOTHING);
	check_file(TEST_EP CLAIM_TOKEN, TEST_NONCE "\n");
	check_file(TEST_EP CLAIM_CLAIMED, "");
}

static int
hold(void *name)
{
	return lock_take(io_real(), place, name, "note", NULL, NULL) < 0;
}

static void
test_claim_is_refused_while_the_ticket_lives_D_12(void **state)
{
	char *names[] = { xstrdup("tickets/12/lock"), xstrdup(TEST_EP "lock") };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		pid_t pid = child_hold(hold, names[i]);

		check_refused(RUN_BUSY);
		check_unclaimed();
		child_kill(pid);
		free(names[i]);
	}
}

static void
test_claim_asks_the_kill_switch_C_12(void **state)
{
	(void)state;
	put_file("control/kill", "");
	check_refused(RUN_PAUSED);
	assert_int_equal(unlinkat(place, "control/kill", 0), 0);
	assert_int_equal(symlinkat("nowhere", place, "control/kill"), 0);
	check_refused(RUN_PAUSED);
	assert_int_equal(unlinkat(place, "control/kill", 0), 0);
	put_file("control/stop", "");
	check_refused(RUN_PAUSED);
	assert_int_equal(unlinkat(place, "control/stop", 0), 0);
	assert_int_equal(unlinkat(place, "control", AT_REMOVEDIR), 0);
	check_refused(RUN_PAUSED);
	put_file("control", "no directory");
	check_refused(RUN_PAUSED);
	check_unclaimed();
}

static void
test_claim_burns_no_token_for_a_bad_spec(void **state)
{
	struct claim c = CLAIM_INIT;
	struct err err = ERR_INIT;

	(void)state;
	put_file(TEST_EP CLAIM_SPEC, "{\"argv\":[");
	check_refused(RUN_BAD);
	put_spec("");
	check_refused(RUN_BAD);
	assert_int_equal(unlinkat(place, TEST_EP CLAIM_SPEC, 0), 0);
	check_refused(RUN_BAD);
	check_unclaimed();
	put_spec("true");
	assert_int_equal(take(&c, io_real(), &err), RUN_OK);
	claim_release(&c);
}

static void
test_claim_refuses_what_is_no_nonce(void **state)
{
	static const char *const bad[] = { "", "\n", TEST_NONCE, TEST_NONCE "0\n",
		TEST_NONCE "\n\n",
		"zz112233445566778899aabbccddeeff00112233445566778899aabbccddeeff\n" };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		(void)unlinkat(place, TEST_EP CLAIM_CLAIMED, 0);
		put_file(TEST_EP CLAIM_TOKEN, bad[i]);
		check_refused(RUN_BAD);
		assert_false(there_is(TEST_EP CLAIM_TOKEN));
	}
}

static void
test_claim_arguments(void **state)
{
	static const char *const bad[] = { "", "12", "12.", "12.0", "012.3", "12.3.4", "../12.3",
		"12.3 " };
	struct claim c = CLAIM_INIT;
	char slashes[sizeof place_path + 4];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		assert_int_equal(claim_open(&c, io_real(), place_path, bad[i], NULL), RUN_USAGE);
		claim_release(&c);
	}
	assert_int_equal(claim_open(&c, io_real(), "state", "12.3", NULL), RUN_USAGE);
	claim_release(&c);
	assert_int_equal(claim_open(&c, io_real(), "/nowhere/at/all", "12.3", NULL), RUN_IO);
	claim_release(&c);
	assert_int_equal(claim_open(&c, io_real(), place_path, "12.4", NULL), RUN_NOTHING);
	claim_release(&c);
	snprintf(slashes, sizeof slashes, "%s//", place_path);
	assert_int_equal(claim_open(&c, io_real(), slashes, "12.3", NULL), RUN_OK);
	assert_string_equal(c.state, place_path);
	claim_release(&c);
}

/* The kernel fails at one call. */
static int failing_fsync_errno, failing_rename_errno;

static int
fsync_fails(struct io *io, int fd)
{
	(void)io;
	return failing_fsync_errno != 0 ? -failing_fsync_errno
					: io_real()->ops->fsync(io_real(), fd);
}

static int
rename_fails(
    struct io *io, int dir_from, const char *from, int dir_to, const char *to, bool replace)
{
	(void)io;
	return failing_rename_errno != 0
		   ? -failing_rename_errno
		   : io_real()->ops->rename(io_real(), dir_from, from, dir_to, to, replace);
}

static void
test_claim_stops_at_an_io_error_X_11(void **state)
{
	struct io_ops ops = *io_real()->ops;
	struct io io = { &ops };
	struct claim c = CLAIM_INIT;
	struct err err = ERR_INIT;

	(void)state;
	ops.fsync = fsync_fails;
	ops.rename = rename_fails;
	failing_rename_errno = EIO;
	assert_int_equal(take(&c, &io, &err), RUN_IO);
	check_unclaimed();
	claim_release(&c);
	failing_rename_errno = 0;
	failing_fsync_errno = EIO;
	assert_int_equal(take(&c, &io, &err), RUN_IO);
	assert_false(there_is(TEST_EP CLAIM_TOKEN));
	assert_false(there_is(TEST_EP CLAIM_STARTED));
	claim_release(&c);
	failing_fsync_errno = 0;
}

static int
claim_up_to(void *step)
{
	struct claim c = CLAIM_INIT;

	return (int)take(&c, io_crash(*(uint64_t *)step), NULL);
}

/* Whatever step is the last: the token is there, or it is claimed and the next one is sent away. */
static void
test_claim_crash_at_each_step_D_31(void **state)
{
	bool has_claimed = false;
	uint64_t step = 1;
	int r = IO_CRASH_EXIT;

	(void)state;
	for (; r == IO_CRASH_EXIT && step < 100; step++) {
		r = child_run(claim_up_to, &step);
		assert_true(r == IO_CRASH_EXIT || r == RUN_OK);
		assert_int_equal(lock_probe("tickets/12/lock"), PROBE_FREE);
		assert_true(there_is(TEST_EP CLAIM_TOKEN) != there_is(TEST_EP CLAIM_CLAIMED));
		assert_false(there_is(TEST_EP CLAIM_STARTED));
		if (there_is(TEST_EP CLAIM_CLAIMED)) {
			has_claimed = true;
			check_refused(RUN_NOTHING);
			assert_int_equal(unlinkat(place, TEST_EP CLAIM_CLAIMED, 0), 0);
			put_file(TEST_EP CLAIM_TOKEN, TEST_NONCE "\n");
		} else {
			assert_false(has_claimed);
		}
	}
	assert_int_equal(r, RUN_OK);
	assert_true(has_claimed && step > 6);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		in_state(test_claim_takes_all_X_31),
		in_state(test_claim_is_refused_while_the_ticket_lives_D_12),
		in_state(test_claim_asks_the_kill_switch_C_12),
		in_state(test_claim_burns_no_token_for_a_bad_spec),
		in_state(test_claim_refuses_what_is_no_nonce),
		in_state(test_claim_arguments),
		in_state(test_claim_stops_at_an_io_error_X_11),
		in_state(test_claim_crash_at_each_step_D_31),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
