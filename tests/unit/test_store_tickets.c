/* SPDX-License-Identifier: GPL-2.0-only */
/* The ticket files: whole or not there, old or new, and what is damaged is named. */
#include "base/base.h"
#include "store/tickets.h"

#include "test_store.h"

static size_t
count_tickets(void)
{
	_cleanup_(ticket_ids_release) struct ticket_ids ids = TICKET_IDS_INIT;

	assert_int_equal(tickets_list(&store, &ids, NULL), 0);
	return ids.n;
}

static void
check_same(const struct record *a, const struct record *b)
{
	_cleanup_(buf_release) struct buf x = BUF_INIT, y = BUF_INIT;

	ticket_text_dump(a, &x);
	ticket_text_dump(b, &y);
	assert_string_equal(x.p, y.p);
}

static void
test_create_and_read(void **state)
{
	_cleanup_(record_release) struct record rec = { 0 }, back = { 0 };
	int dir;

	(void)state;
	rec_create(&rec, 7);
	assert_int_equal(ticket_read(&store, rec.ticket.id, &back, NULL), ERR_NOTFOUND);
	assert_int_equal(ticket_open_dir(&store, rec.ticket.id, NULL), ERR_NOTFOUND);
	assert_int_equal(ticket_create(&store, &rec, NULL), 0);
	assert_int_equal(ticket_create(&store, &rec, NULL), ERR_CONFLICT);
	assert_int_equal(ticket_read(&store, rec.ticket.id, &back, NULL), 0);
	check_same(&rec, &back);
	assert_true(store_has("tickets/7/lock"));
	assert_true(store_has("tickets/7/episodes"));
	dir = ticket_open_dir(&store, rec.ticket.id, NULL);
	assert_true(dir >= 0 && file_exists(io_real(), dir, "ticket"));
	io_close(io_real(), dir);
	check_fsck_clean();
}

static void
test_list_is_sorted_and_knows_ids(void **state)
{
	_cleanup_(ticket_ids_release) struct ticket_ids ids = TICKET_IDS_INIT;
	static const char *const names[] = { "10", "9", "100", "01", "x", ".new-4", "-1", "0" };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		assert_int_equal(mkdirat(store.tickets, names[i], 0700), 0);
	assert_int_equal(tickets_list(&store, &ids, NULL), 0);
	assert_int_equal(ids.n, 3);
	assert_int_equal(ids.v[0].n, 9);
	assert_int_equal(ids.v[1].n, 10);
	assert_int_equal(ids.v[2].n, 100);
}

static void
test_read_refuses_a_file_that_is_too_long(void **state)
{
	_cleanup_(record_release) struct record rec = { 0 }, back = { 0 };
	int fd;

	(void)state;
	rec_create(&rec, 1);
	rec_put(&rec);
	fd = openat(store.tickets, "1/ticket", O_WRONLY | O_CLOEXEC);
	assert_return_code(ftruncate(fd, (off_t)TICKET_FILE_MAX + 1), 0); /* sparse */
	assert_int_equal(close(fd), 0);
	assert_int_equal(ticket_read(&store, rec.ticket.id, &back, NULL), ERR_INVALID);
}

static void
test_commit(void **state)
{
	_cleanup_(record_release) struct record rec = { 0 }, back = { 0 };

	(void)state;
	rec_create(&rec, 1);
	assert_int_equal(ticket_commit(&store, &rec, NULL, NULL), ERR_NOTFOUND);
	rec_put(&rec);
	rec_start(&rec);
	assert_int_equal(ticket_commit(&store, &rec, NULL, NULL), 0);
	assert_int_equal(ticket_read(&store, rec.ticket.id, &back, NULL), 0);
	assert_int_equal(back.ticket.rev, 2);
	check_same(&rec, &back);
}

static void
check_damaged(const char *text, const char *word)
{
	_cleanup_(record_release) struct record back = { 0 };
	struct err err = ERR_INIT;

	store_put("tickets/1/ticket", text);
	assert_int_equal(ticket_read(&store, (struct ticket_id){ 1 }, &back, &err), ERR_INVALID);
	assert_non_null(strstr(err.text, "ticket 1"));
	if (strstr(err.text, word) == NULL)
		fail_msg("no %s in: %s", word, err.text);
}

/* One damaged ticket is named; the caller goes on with the others. */
static void
test_read_refuses_damage_X_14_X_25_E_13(void **state)
{
	_cleanup_(record_release) struct record rec = { 0 }, other = { 0 }, back = { 0 };
	_cleanup_(buf_release) struct buf text = BUF_INIT, edited = BUF_INIT;
	struct err err = ERR_INIT;
	char *at;

	(void)state;
	rec_create(&rec, 1);
	rec_put(&rec);
	rec_create(&other, 2);
	rec_put(&other);
	ticket_text_dump(&rec, &text);
	check_damaged("", "");
	check_damaged("reeve-ticket 99\n", "");
	/* Torn at any byte: never half a ticket. */
	for (size_t n = 0; n < text.len; n++) {
		_cleanup_(free_charp) char *torn = xstrndup(text.p, n);

		check_damaged(torn, "");
	}
	/* Edited by hand: the history says otherwise. */
	buf_adds(&edited, text.p);
	at = strstr(edited.p, "Phase: ready");
	assert_non_null(at);
	memcpy(at, "Phase: asked", strlen("Phase: ready"));
	check_damaged(edited.p, "");
	buf_clear(&edited);
	buf_adds(&edited, text.p);
	at = strstr(edited.p, "Generation: 1");
	assert_non_null(at);
	memcpy(at, "Generation: 2", strlen("Generation: 1"));
	check_damaged(edited.p, "Generation");
	/* Another ticket's file. */
	buf_clear(&edited);
	ticket_text_dump(&other, &edited);
	check_damaged(edited.p, "ticket 2");
	assert_int_equal(unlinkat(store.dir, "tickets/1/ticket", 0), 0);
	assert_int_equal(ticket_read(&store, (struct ticket_id){ 1 }, &back, &err), ERR_INVALID);
	assert_int_equal(ticket_read(&store, (struct ticket_id){ 2 }, &back, &err), 0);
}

static int
commit_failing(void *arg)
{
	_cleanup_(record_release) struct record rec = { 0 };
	int *errnum = arg;
	int r;

	rec_create(&rec, 1);
	rec_start(&rec);
	if (kernel_refuses(SYS_fsync, *errnum) < 0)
		return 2;
	r = ticket_commit(&store, &rec, NULL, NULL);
	return r == err_code_of(*errnum) ? 0 : 1;
}

/* A sync that fails: the old revision stays, and nothing half-made beside it. */
static void
test_commit_fails_X_11_X_12(void **state)
{
	_cleanup_(record_release) struct record rec = { 0 }, back = { 0 };
	int reasons[] = { EIO, ENOSPC, EDQUOT };

	(void)state;
	rec_create(&rec, 1);
	rec_put(&rec);
	for (size_t i = 0; i < ARRAY_LEN(reasons); i++) {
		assert_int_equal(child_run(commit_failing, &reasons[i]), 0);
		assert_int_equal(ticket_read(&store, rec.ticket.id, &back, NULL), 0);
		check_same(&rec, &back);
		record_release(&back);
		check_fsck_clean();
	}
}

static int
commit_unlocked(void *arg)
{
	(void)signal(SIGABRT, SIG_DFL);
	(void)close(STDERR_FILENO);
	store.lock = -1;
	(void)ticket_commit(&store, arg, NULL, NULL);
	return 0;
}

static void
test_commit_needs_the_lock(void **state)
{
	_cleanup_(record_release) struct record rec = { 0 };

	(void)state;
	rec_create(&rec, 1);
	rec_put(&rec);
	assert_int_equal(child_run(commit_unlocked, &rec), 1000 + SIGABRT);
}

/* --- crashes --- */

static int
do_create(struct root *r, void *arg)
{
	return ticket_create(r, arg, NULL);
}

static int
do_commit(struct root *r, void *arg)
{
	return ticket_commit(r, arg, NULL, NULL);
}

static void
test_create_crash_is_one_step_E_1_E_3(void **state)
{
	_cleanup_(record_release) struct record rec = { 0 };
	struct event create = rec_event(EVENT_CREATE);
	bool is_done = false;
	uint64_t at;

	(void)state;
	rec_init(&rec, 1);
	create.want = WANT_PARK;
	rec_step(&rec, create, NULL);
	for (at = 1; !is_done; at++) {
		_cleanup_(record_release) struct record back = { 0 };

		store_renew();
		assert_true(at < 50);
		is_done = crash_at(at, do_create, &rec);
		assert_int_equal(tickets_sweep(&store, NULL), 0);
		/* Not there, or parked from the first moment on. */
		assert_true(is_done ? count_tickets() == 1 : count_tickets() <= 1);
		if (count_tickets() == 0)
			assert_int_equal(ticket_create(&store, &rec, NULL), 0);
		assert_int_equal(ticket_read(&store, rec.ticket.id, &back, NULL), 0);
		assert_int_equal(back.ticket.phase, PHASE_PARKED);
		check_same(&rec, &back);
		check_fsck_clean();
	}
	/* mkdir; create, write, sync of the ticket; create, sync of the lock; mkdir, sync of what is
	 * inside; rename, sync of what is outside */
	assert_int_equal(at - 1, 11);
}

/* The left-overs of a crash do not stand in the way when nobody swept. */
static void
test_create_after_a_crash(void **state)
{
	_cleanup_(record_release) struct record rec = { 0 };
	bool is_done = false;

	(void)state;
	rec_create(&rec, 1);
	for (uint64_t at = 1; !is_done; at++) {
		store_renew();
		assert_true(at < 50);
		is_done = crash_at(at, do_create, &rec);
		if (count_tickets() == 1)
			assert_int_equal(ticket_create(&store, &rec, NULL), ERR_CONFLICT);
		else
			assert_int_equal(ticket_create(&store, &rec, NULL), 0);
		check_fsck_clean();
	}
}

static void
test_commit_crash_is_old_or_new_X_14(void **state)
{
	_cleanup_(record_release) struct record old = { 0 }, new = { 0 };
	bool is_done = false, was_new = false;
	uint64_t at;

	(void)state;
	rec_create(&old, 1);
	rec_create(&new, 1);
	rec_start(&new);
	for (at = 1; !is_done; at++) {
		_cleanup_(record_release) struct record back = { 0 };

		store_renew();
		assert_true(at < 50);
		rec_put(&old);
		is_done = crash_at(at, do_commit, &new);
		assert_int_equal(tickets_sweep(&store, NULL), 0);
		assert_int_equal(ticket_read(&store, old.ticket.id, &back, NULL), 0);
		check_same(back.ticket.rev == 1 ? &old : &new, &back);
		assert_false(was_new && back.ticket.rev == 1);
		was_new = back.ticket.rev == 2;
		assert_true(was_new || !is_done);
		check_fsck_clean();
		assert_int_equal(ticket_commit(&store, &new, NULL, NULL), 0);
		check_fsck_clean();
	}
	assert_int_equal(at - 1, 6); /* create, write, fsync, rename, fsync: five steps */
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		in_store(test_create_and_read),
		in_store(test_list_is_sorted_and_knows_ids),
		in_store(test_read_refuses_a_file_that_is_too_long),
		in_store(test_commit),
		in_store(test_read_refuses_damage_X_14_X_25_E_13),
		in_store(test_commit_fails_X_11_X_12),
		in_store(test_commit_needs_the_lock),
		in_store(test_create_crash_is_one_step_E_1_E_3),
		in_store(test_create_after_a_crash),
		in_store(test_commit_crash_is_old_or_new_X_14),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
