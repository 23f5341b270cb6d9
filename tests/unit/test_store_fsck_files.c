/* SPDX-License-Identifier: GPL-2.0-only */
/* Each damage of the episodes' files, of names and of modes has exactly its finding. */
#include "base/base.h"
#include "store/fsck.h"

#include "test_store_fsck.h"

static void
test_I6_phase_and_episode(void **state)
{
	(void)state;
	two.ticket.phase = PHASE_DELIVERED;
	rec_put(&two);
	check_two("I10", "Phase", "I6", "'delivered' with an episode 'run'");
}

static void
test_I6_running_was_claimed(void **state)
{
	(void)state;
	assert_int_equal(unlinkat(store.tickets, "2/episodes/1/claimed", 0), 0);
	check_one("I6", "2.1 is 'run', but was never claimed");
}

static void
test_I6_open_has_a_token(void **state)
{
	(void)state;
	rec_start(&three);
	rec_put(&three);
	check_found(false, NULL, 0); /* directly after its start there is none yet */
	rec_step(&three, rec_event(EVENT_EDIT), NULL);
	rec_put(&three);
	check_one("I6", "3.1 is open, but has no token");
	check_found(true, NULL, 0);
	put_episode(3, 1, EPISODE_TOKEN, NULL);
	check_found(false, NULL, 0);
}

static void
test_I7_claimed_or_revoked(void **state)
{
	(void)state;
	store_put("tickets/2/episodes/1/revoked", "");
	check_one("I7", "2.1 is both claimed and revoked");
	assert_int_equal(unlinkat(store.tickets, "2/episodes/1/revoked", 0), 0);
	store_put("tickets/2/episodes/1/token", "");
	check_one("I7", "2.1 has a token beside `claimed`");
}

static void
test_I7_closed_has_no_token(void **state)
{
	(void)state;
	assert_int_equal(
	    renameat(store.tickets, "1/episodes/1/claimed", store.tickets, "1/episodes/1/token"),
	    0);
	check_one("I7", "1.1 is closed and has a token");
}

static void
test_I7_claimed_has_a_record(void **state)
{
	(void)state;
	put_episode(3, 1, EPISODE_CLAIMED, NULL);
	check_one("I7", "3.1 has a directory, but no revision opened it");
}

static void
test_I16_closed_has_an_outcome_E_22(void **state)
{
	(void)state;
	assert_int_equal(unlinkat(store.tickets, "1/episodes/2/outcome.json", 0), 0);
	check_one("I16", "1.2 is closed, but its outcome.json");
	check_found(true, NULL, 0); /* the last one: it may be about to be written */
	store_put("tickets/1/episodes/2/outcome.json", "{\"status\":\"died\"");
	check_one("I16", "1.2 is closed, but its outcome.json");
	store_put("tickets/1/episodes/2/outcome.json",
	    "{\"status\":\"died\",\"summary\":\"\",\"root_cause\":\"\",\"safe_retry\":true,"
	    "\"stop_condition\":\"\",\"next_actions\":[],\"artifacts\":[]}\n");
	check_one("I16", "human_input_required");
}

/* --- the rest --- */

static void
test_I18_version(void **state)
{
	(void)state;
	store_put("VERSION", "2 0f8fad5b-d9cb-469f-a165-70867728950e\n");
	check_one("I18", "version");
	store_put("VERSION", "1 0f8fad5b-d9cb-469f-a165-70867728950e\n");
	check_one("I18", "another store");
}

static void
test_I18_names(void **state)
{
	(void)state;
	assert_int_equal(mkdirat(store.tickets, "01", 0700), 0);
	check_one("I18", "tickets/01");
	assert_int_equal(unlinkat(store.tickets, "01", AT_REMOVEDIR), 0);
	assert_int_equal(mkdirat(store.tickets, "1/episodes/x\x1b", 0700), 0);
	check_one("I18", "x\\x1b");
	assert_int_equal(unlinkat(store.tickets, "1/episodes/x\x1b", AT_REMOVEDIR), 0);
	store_put("spool/done/no name", "x");
	check_one("I18", "no name");
}

static void
test_I18_tickets_can_be_read(void **state)
{
	_cleanup_(buf_release) struct buf text = BUF_INIT;

	(void)state;
	store_put("tickets/3/ticket", "reeve-ticket 2\n");
	check_one("I18", "ticket 3 cannot be read");
	ticket_text_dump(&two, &text);
	store_put("tickets/3/ticket", text.p);
	check_one("I18", "says that it is ticket 2");
	assert_int_equal(unlinkat(store.tickets, "3/ticket", 0), 0);
	check_one("I18", "ticket 3 cannot be read");
	store_put("tickets/3/ticket", "x");
	/* What the unreadable one names is not known: no false alarm about done/. */
	store_put("tickets/1/ticket", "x");
	check_two("I18", "ticket 1", "I18", "ticket 3");
}

static void
test_I19_modes(void **state)
{
	(void)state;
	assert_int_equal(fchmodat(store.tickets, "3/ticket", 0644, 0), 0);
	check_one("I19", "tickets/3/ticket has mode 0644");
	assert_int_equal(fchmodat(store.tickets, "3/ticket", 0600, 0), 0);
	assert_int_equal(fchmodat(store.tickets, "2/episodes/1", 0711, 0), 0);
	check_one("I19", "tickets/2/episodes/1 has mode 0711");
	assert_int_equal(fchmodat(store.tickets, "2/episodes/1", 0700, 0), 0);
	assert_int_equal(fchmodat(store.tickets, "2/episodes/1/spec.json", 0640, 0), 0);
	check_one("I19", "spec.json has mode 0640");
	assert_int_equal(fchmodat(store.tickets, "2/episodes/1/spec.json", 0600, 0), 0);
	store_put("tickets/2/episodes/1/pane.log", "words");
	assert_int_equal(fchmodat(store.tickets, "2/episodes/1/pane.log", 0644, 0), 0);
	check_one("I19", "pane.log has mode 0644");
	assert_int_equal(fchmodat(store.tickets, "2/episodes/1/pane.log", 0600, 0), 0);
	assert_int_equal(fchmodat(store.spool_done, "s.done.json", 04700, 0), 0);
	check_one("I19", "s.done.json has mode 4700");
	/* Written by a client with a mask of its own: the directory keeps strangers out. */
	assert_int_equal(fchmodat(store.spool_done, "s.done.json", 0644, 0), 0);
	store_put("control/kill", "");
	assert_int_equal(fchmodat(store.control, "kill", 0644, 0), 0);
	assert_int_equal(unlinkat(store.control, "kill", 0), 0);
	check_found(false, NULL, 0);
	assert_int_equal(fchmodat(store.dir, "config", 0644, 0), 0);
	check_one("I19", "config");
}

static void
test_I19_kinds(void **state)
{
	(void)state;
	assert_int_equal(mkfifoat(store.tickets, "2/episodes/1/pipe", 0600), 0);
	check_one("I19", "2/episodes/1/pipe is neither");
	assert_int_equal(unlinkat(store.tickets, "2/episodes/1/pipe", 0), 0);
	assert_int_equal(unlinkat(store.tickets, "2/episodes/1/brief.md", 0), 0);
	assert_int_equal(symlinkat("/etc/passwd", store.tickets, "2/episodes/1/brief.md"), 0);
	check_one("I19", "brief.md is neither");
}

struct named_list {
	size_t n;
	char names[4000][60];
};

static void
list_tree(int dir, const char *path, struct named_list *ret)
{
	_cleanup_(strvec_release) struct strvec names = STRVEC_INIT;

	assert_int_equal(file_list(io_real(), dir, &names, NULL), 0);
	for (size_t i = 0; i < names.n; i++) {
		_cleanup_(buf_release) struct buf sub = BUF_INIT;
		struct io_stat st;
		int fd;

		assert_int_equal(io_real()->ops->stat(io_real(), dir, names.v[i], &st), 0);
		assert_true(ret->n < ARRAY_LEN(ret->names));
		(void)snprintf(ret->names[ret->n++], sizeof ret->names[0], "%.20s %llu %lld",
		    names.v[i], (unsigned long long)st.inode, (long long)st.mtime_ms);
		buf_addf(&sub, "%s/%s", path, names.v[i]);
		if (!st.is_dir)
			continue;
		fd = file_open_dir(io_real(), dir, names.v[i], NULL);
		list_tree(fd, sub.p, ret);
		io_close(io_real(), fd);
	}
}

static int
count_steps(struct root *r, void *arg)
{
	_cleanup_(strvec_release) struct strvec found = STRVEC_INIT;

	(void)arg;
	return fsck_run(r, false, &found, NULL) < 0 || io_crash_steps() != 0;
}

/* Read-only, also in a damaged store: not one step that changes anything. */
static void
test_changes_nothing(void **state)
{
	static struct named_list before, after;

	(void)state;
	store_put("tickets/3/ticket", "x");
	store_put("tickets/2/.tmp-1", "x");
	before.n = after.n = 0;
	list_tree(store.dir, ".", &before);
	assert_true(crash_at(0, count_steps, NULL));
	list_tree(store.dir, ".", &after);
	assert_int_equal(before.n, after.n);
	for (size_t i = 0; i < before.n; i++)
		if (strncmp(before.names[i], "LOCK ", 5) != 0) /* taken again by the test */
			assert_string_equal(before.names[i], after.names[i]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		in_full(test_I6_phase_and_episode),
		in_full(test_I6_running_was_claimed),
		in_full(test_I6_open_has_a_token),
		in_full(test_I7_claimed_or_revoked),
		in_full(test_I7_closed_has_no_token),
		in_full(test_I7_claimed_has_a_record),
		in_full(test_I16_closed_has_an_outcome_E_22),
		in_full(test_I18_version),
		in_full(test_I18_names),
		in_full(test_I18_tickets_can_be_read),
		in_full(test_I19_modes),
		in_full(test_I19_kinds),
		in_full(test_changes_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
