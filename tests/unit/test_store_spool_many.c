/* SPDX-License-Identifier: GPL-2.0-only */
/* Many are refused at once: each with its reason beside it, and what that costs goes by the reasons. */
#include "test_store.h"

#include <errno.h>

#define MANY 40

static struct io_ops some_ops;
static struct io some_io = { &some_ops };
static unsigned syncs, links, links_fail_at;
static int link_fails;

static int
some_fsync(struct io *io, int fd)
{
	syncs++;
	return io_real()->ops->fsync(io, fd);
}

static int
some_link(struct io *io, int dir_from, const char *from, int dir_to, const char *to)
{
	if (dir_from == dir_to && ++links >= links_fail_at && links_fail_at > 0)
		return link_fails;
	return io_real()->ops->link(io, dir_from, from, dir_to, to);
}

static struct refused group[MANY];
static char names[MANY][40], text_odd[] = "the commit aaaa is not there",
			     text_even[] = "the first report counts", kind[] = "DONE";

/* Two reasons; and of the last nobody knows the ticket. */
static size_t
group_make(size_t n)
{
	for (size_t i = 0; i < n; i++) {
		char path[60];

		(void)snprintf(names[i], sizeof names[i], "sig-%02zu.json", i);
		(void)snprintf(path, sizeof path, "spool/new/%.19s", names[i]);
		if (!store_has(path))
			store_put(path, "{}");
		group[i] = (struct refused){ .name = names[i],
			.why = i % 2 ? REFUSAL_BAD_ARTIFACT : REFUSAL_AFTER_TERMINAL,
			.ticket = { i + 1 < n ? 12 : 0 },
			.kind = kind,
			.text = i % 2 ? text_odd : text_even,
			.at_wall_ms = STORE_NOW + (int64_t)i };
	}
	return n;
}

static int
refuse(size_t n, struct err *err)
{
	int e;

	some_ops = *io_real()->ops;
	some_ops.fsync = some_fsync;
	some_ops.link = some_link;
	syncs = links = 0;
	store.io = &some_io;
	e = spool_refuse_many(&store, group, n, err);
	store.io = io_real();
	return e;
}

/* What is in refused/ has its own reason, whole; ret: how many. */
static size_t
check_reasons(size_t n)
{
	_cleanup_(refused_list_release) struct refused_list l = { 0 };

	assert_int_equal(spool_refused(&store, &l, NULL), 0);
	for (size_t k = 0; k < l.n; k++) {
		size_t i = (size_t)atoi(l.v[k].name + strlen("sig-"));

		assert_true(i < n);
		assert_string_equal(l.v[k].name, names[i]);
		assert_int_equal(l.v[k].why, group[i].why);
		assert_int_equal(l.v[k].ticket.n, group[i].ticket.n);
		assert_string_equal(l.v[k].text, group[i].text);
		assert_string_equal(l.v[k].kind, kind);
		assert_true(l.v[k].at_wall_ms > 0);
	}
	return l.n;
}

static size_t
entries(const char *name)
{
	_cleanup_(strvec_release) struct strvec found = STRVEC_INIT;
	int dir = file_open_dir(io_real(), store.dir, name, NULL);

	assert_int_equal(file_list(io_real(), dir, &found, NULL), 0);
	io_close(io_real(), dir);
	return found.n;
}

static struct io_stat
why_of(size_t i)
{
	struct io_stat st = { 0 };
	char name[40];

	(void)snprintf(name, sizeof name, "%.6s.why", names[i]);
	assert_int_equal(io_real()->ops->stat(io_real(), store.spool_refused, name, &st), 0);
	return st;
}

static void
test_refuse_many_one_sync_of_each_reason_X_26(void **state)
{
	size_t n = group_make(MANY);

	(void)state;
	assert_int_equal(refuse(n, NULL), 0);
	assert_int_equal(syncs, 3 + 2); /* three reasons; refused/ before and after */
	assert_int_equal(check_reasons(n), n);
	assert_int_equal(entries("spool/new"), 0);
	assert_int_equal(entries("spool/refused"), 2 * n);
	assert_int_equal(why_of(0).links, n / 2);
	assert_int_equal(why_of(1).links, n / 2 - 1);
	assert_int_equal(why_of(n - 1).links, 1);
	assert_int_equal(why_of(0).inode, why_of(2).inode);
	assert_int_equal(refuse(n, NULL), 0); /* again: they are there */
	assert_int_equal(syncs, 2);
	assert_int_equal(check_reasons(n), n);
	/* one that a person has seen takes nothing from the others */
	assert_int_equal(spool_discard(&store, "sig-00.json", "sig-00.why", NULL), 0);
	assert_int_equal(check_reasons(n), n - 1);
}

static void
test_refuse_many_where_there_are_no_second_names(void **state)
{
	size_t n = group_make(7);

	(void)state;
	links_fail_at = 1;
	link_fails = -EPERM;
	assert_int_equal(refuse(n, NULL), 0);
	links_fail_at = 0;
	assert_int_equal(check_reasons(n), n);
	assert_int_equal(why_of(0).links, 1);
	assert_int_equal(entries("spool/new"), 0);
	assert_int_equal(entries("spool/refused"), 2 * n);
}

/* One that gets no name stays; the others do not wait for it. */
static void
test_refuse_many_one_that_fails_is_no_other_s_B_2(void **state)
{
	struct err err = ERR_INIT;
	size_t n = group_make(9);

	(void)state;
	for (unsigned k = 1; k <= 6; k++) {
		store_renew();
		n = group_make(9);
		links_fail_at = k;
		link_fails = -EIO;
		assert_int_equal(refuse(n, &err), ERR_IO);
		assert_non_null(strstr(err.text, "spool/refused"));
		links_fail_at = 0;
		assert_true(check_reasons(n) >= 2);
		assert_int_equal(check_reasons(n) + entries("spool/new"), n);
		assert_int_equal(refuse(n, NULL), 0);
		assert_int_equal(check_reasons(n), n);
		assert_int_equal(entries("spool/new"), 0);
		assert_int_equal(entries("spool/refused"), 2 * n);
	}
}

/* The reason of an attempt before, whole or torn, is no name of somebody else. */
static void
test_refuse_many_over_a_reason_without_its_file(void **state)
{
	size_t n = group_make(5);

	(void)state;
	store_put("spool/refused/sig-00.why", "");
	store_put("spool/refused/sig-02.why", "file: si");
	store_put("spool/refused/sig-04.why",
	    "file: sig-04.json\nreason: stale\nat: 2026-11-21T06:23:25Z\n");
	assert_int_equal(refuse(n, NULL), 0);
	assert_int_equal(check_reasons(n), n);
	assert_int_equal(entries("spool/refused"), 2 * n);
}

static int
refuse_in_child(void *arg)
{
	store.io = arg;
	return spool_refuse_many(&store, group, 6, NULL) < 0;
}

static void
test_refuse_many_is_ended_at_every_step_X_35(void **state)
{
	uint64_t at = 1;

	(void)state;
	for (int code = IO_CRASH_EXIT; code == IO_CRASH_EXIT; at++) {
		size_t n;

		store_renew();
		n = group_make(6);
		code = child_run(refuse_in_child, io_crash(at));
		assert_true(code == 0 || code == IO_CRASH_EXIT);
		(void)check_reasons(n);
		for (size_t i = 0; i < n; i++)
			assert_true(file_exists(io_real(), store.spool_new, names[i]) ||
				    file_exists(io_real(), store.spool_refused, names[i]));
		assert_int_equal(spool_sweep(&store, STORE_NOW, NULL), 0);
		assert_int_equal(refuse(n, NULL), 0);
		assert_int_equal(check_reasons(n), n);
		assert_int_equal(entries("spool/new"), 0);
		assert_int_equal(entries("spool/refused"), 2 * n);
	}
	assert_true(at > 20);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		in_store(test_refuse_many_one_sync_of_each_reason_X_26),
		in_store(test_refuse_many_where_there_are_no_second_names),
		in_store(test_refuse_many_one_that_fails_is_no_other_s_B_2),
		in_store(test_refuse_many_over_a_reason_without_its_file),
		in_store(test_refuse_many_is_ended_at_every_step_X_35),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
