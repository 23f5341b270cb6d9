/* SPDX-License-Identifier: GPL-2.0-only */
/* The io that ends the process, and what a crash at each step leaves of the durable writes. */
#include "base/base.h"
#include "sys/file.h"

#include "test_sys.h"

struct crash {
	uint64_t at;
	bool is_create;
	char name[20];
};

/* Every kind of step once: create, write, fsync, truncate, link, rename, unlink, mkdir. */
static int
all_steps(void *arg)
{
	struct crash *c = arg;
	struct io *io = io_crash(c->at);
	struct strvec names = STRVEC_INIT;
	struct io_stat st;
	int fd = io->ops->open(io, place, "a", IO_WRITE | IO_CREATE), errnum;

	(void)io->ops->write(io, fd, "text", 4);
	(void)io->ops->fsync(io, fd);
	(void)io->ops->truncate(io, fd, 2);
	(void)io->ops->link(io, place, "a", place, "b");
	(void)io->ops->rename(io, place, "a", place, "c", false);
	(void)io->ops->unlink(io, place, "b", false);
	(void)io->ops->mkdir(io, place, "d");
	/* No step: these change nothing. */
	(void)io->ops->fstat(io, fd, &st);
	(void)io->ops->stat(io, place, "c", &st);
	(void)io->ops->lock(io, fd);
	(void)io->ops->quiet(io, fd);
	(void)io->ops->probe(io, place, "c", &errnum);
	(void)io->ops->list(io, place, &names);
	(void)io->ops->close(io, fd);
	fd = io->ops->open(io, place, "c", IO_READ);
	(void)io->ops->read(io, fd, &st, 2);
	(void)io->ops->close(io, fd);
	strvec_release(&names);
	return io_crash_steps() == 8 ? 0 : 1;
}

static bool
there(const char *name)
{
	return file_exists(io_real(), place, name);
}

static void
test_crash_counts_and_ends_at_each_step(void **state)
{
	struct crash c = { 0, false, "" };

	(void)state;
	assert_int_equal(child_run(all_steps, &c), 0);
	place_empty(place);
	c.at = 9;
	assert_int_equal(child_run(all_steps, &c), 0);
	for (c.at = 1; c.at <= 8; c.at++) {
		struct io_stat st = { 0 };

		place_empty(place);
		assert_int_equal(child_run(all_steps, &c), IO_CRASH_EXIT);
		/* What came before step n is done, step n and what follows is not. */
		assert_int_equal(there("a"), c.at > 1 && c.at <= 6);
		assert_int_equal(there("b"), c.at > 5 && c.at <= 7);
		assert_int_equal(there("c"), c.at > 6);
		assert_false(there("d"));
		if (c.at > 1)
			(void)io_real()->ops->stat(io_real(), place, c.at <= 6 ? "a" : "c", &st);
		assert_int_equal(st.size, c.at <= 2 ? 0 : c.at <= 4 ? 4 : 2);
	}
}

static int
publish(void *arg)
{
	struct crash *c = arg;
	struct io *io = io_crash(c->at);

	if (c->is_create)
		return file_create(io, place, c->name, STR("new text"), NULL) == 0 ? 0 : 1;
	return file_replace(io, place, c->name, STR("new text"), NULL) == 0 ? 0 : 1;
}

/* All else that a crash may leave are temporary files, which are known by their names. */
static void
check_left_overs(const char *name)
{
	_cleanup_(strvec_release) struct strvec names = STRVEC_INIT;

	assert_int_equal(file_list(io_real(), place, &names, NULL), 0);
	for (size_t i = 0; i < names.n; i++) {
		if (strcmp(names.v[i], name) != 0)
			assert_true(str_starts(str_of(names.v[i]), FILE_TMP_PREFIX));
	}
}

/* C-9, D-88: whatever the moment, a reader finds the old text or the new one, whole. */
static void
test_crash_replace_leaves_old_or_new(void **state)
{
	struct crash c = { 0, false, "t" };
	bool was_new = false;
	int end;

	(void)state;
	for (c.at = 1; c.at < 50; c.at++) {
		_cleanup_(buf_release) struct buf text = BUF_INIT;

		put_file("t", "old text");
		end = child_run(publish, &c);
		assert_true(end == IO_CRASH_EXIT || end == 0);
		assert_int_equal(file_read(io_real(), place, "t", 100, &text, NULL), 0);
		if (!str_is(buf_str(&text), "new text")) {
			assert_string_equal(text.p, "old text");
			assert_false(was_new); /* never back again at a later step */
			assert_int_equal(end, IO_CRASH_EXIT);
		} else {
			was_new = true;
		}
		check_left_overs("t");
		if (end == 0)
			break;
	}
	/* create, write, fsync, rename, fsync of the directory */
	assert_int_equal(c.at, 6);
}

static void
test_crash_create_leaves_nothing_or_all(void **state)
{
	struct crash c = { 0, true, "t" };
	int end = -1;

	(void)state;
	for (c.at = 1; end != 0 && c.at < 50; c.at++) {
		(void)unlinkat(place, "t", 0);
		end = child_run(publish, &c);
		assert_true(end == IO_CRASH_EXIT || end == 0);
		if (there("t"))
			check_file("t", "new text");
		else
			assert_int_equal(end, IO_CRASH_EXIT);
		check_left_overs("t");
		/* After the crash the same can be done again. */
		if (end != 0 && !there("t"))
			assert_int_equal(file_create(io_real(), place, "t", STR("again"), NULL), 0);
	}
	assert_int_equal(c.at, 7);
}

static int
use_default(void *arg)
{
	struct io *io;

	if (setenv("REEVE_CRASH_AT", arg, 1) < 0)
		return 1;
	io = io_default();
#ifndef REEVE_TEST_HOOKS
	return io == io_real() ? 0 : 2;
#endif
	if (file_replace(io, place, "t", STR("x"), NULL) < 0)
		return 3;
	/* Asked again, it goes on counting. */
	if (file_replace(io_default(), place, "t", STR("y"), NULL) < 0)
		return 4;
	return io_crash_steps() == 10 ? 0 : 5;
}

static int
use_default_unset(void *arg)
{
	(void)arg;
	(void)unsetenv("REEVE_CRASH_AT");
	return io_default() == io_real() ? 0 : 1;
}

static int
use_default_typo(void *arg)
{
	(void)signal(SIGABRT, SIG_DFL);
	(void)close(STDERR_FILENO);
	return use_default(arg);
}

static void
test_crash_default(void **state)
{
	char zero[] = "0", seven[] = "7", typo[] = "7x";

	(void)state;
	assert_int_equal(child_run(use_default_unset, NULL), 0);
	assert_int_equal(child_run(use_default, zero), 0);
#ifdef REEVE_TEST_HOOKS
	assert_int_equal(child_run(use_default, seven), IO_CRASH_EXIT);
	check_file("t", "x");
	assert_int_equal(child_run(use_default_typo, typo), 1000 + SIGABRT);
#else
	assert_int_equal(child_run(use_default, seven), 0);
	assert_int_equal(child_run(use_default_typo, typo), 0);
#endif
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		in_place(test_crash_counts_and_ends_at_each_step),
		in_place(test_crash_replace_leaves_old_or_new),
		in_place(test_crash_create_leaves_nothing_or_all),
		in_place(test_crash_default),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
