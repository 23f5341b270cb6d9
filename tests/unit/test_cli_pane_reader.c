/* SPDX-License-Identifier: GPL-2.0-only */
/* A follower of a record, and a recorder that turns the files at the worst moment. */
#include "base/base.h"

#include "test_cli.h"

#include "cli/cli_pane_reader.h"
#include "sys/file.h"

/* The kernel, but for what the test says. */
static struct {
	struct io io;
	struct io_ops ops;
	int log;        /* the recorder's, locked */
	unsigned turns; /* still to come, each while a probe has pane.log open */
} kernel;

/* A new file, locked. */
static int
new_log(struct io *io, int dir, const char *name)
{
	int fd = io->ops->open(io, dir, name, IO_WRITE | IO_CREATE);

	assert_true(fd >= 0);
	assert_int_equal(io->ops->lock(io, fd), 0);
	return fd;
}

/* As record_turn() does it: the new file is locked when it gets the name, and the old one is given up then. */
static void
turn(struct io *io, int dir)
{
	int next = new_log(io, dir, "pane.log.new");

	assert_int_equal(io->ops->rename(io, dir, "pane.log.new", dir, EPISODE_LOG, true), 0);
	io_close(io, kernel.log);
	kernel.log = next;
}

/* What was opened has been given up by the time that its lock is asked for. */
static enum probe
probe_late(struct io *io, int dir, const char *name, int *ret_errnum)
{
	if (kernel.turns == 0)
		return io_real()->ops->probe(io, dir, name, ret_errnum);
	kernel.turns--;
	turn(io, dir);
	return PROBE_FREE;
}

static void
test_files_that_are_turned_are_no_end_of_a_record_E_16(void **state)
{
	struct record r = put_ticket(1, "x");
	struct pane_reader reader;
	struct episode_id ep;
	char bytes[16];
	int dir;

	(void)state;
	put_running(&r);
	ep = ticket_episode(&r.ticket);
	kernel.ops = *io_real()->ops;
	kernel.ops.probe = probe_late;
	kernel.io.ops = &kernel.ops;
	store.io = &kernel.io;
	assert_int_equal(pane_reader_open(&store, ep, &reader, NULL), 0);
	dir = reader.dir;
	assert_int_equal(pane_record_probe(&kernel.io, dir), PROBE_UNKNOWN);
	kernel.log = new_log(&kernel.io, dir, EPISODE_LOG);
	assert_int_equal(pane_reader_read(&reader, bytes, sizeof bytes), 0);
	for (unsigned n = 1; n < 4; n++) {
		kernel.turns = n;
		assert_false(pane_reader_is_over(&reader));
		assert_int_equal(kernel.turns, 0);
	}
	kernel.turns = 1000; /* it writes faster than we look */
	assert_false(pane_reader_is_over(&reader));
	kernel.turns = 0;
	io_close(&kernel.io, kernel.log);
	assert_true(pane_reader_is_over(&reader));
	pane_reader_close(&reader);
	store.io = io_real();
	record_release(&r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		in_store(test_files_that_are_turned_are_no_end_of_a_record_E_16),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
