/* SPDX-License-Identifier: GPL-2.0-only */
/* Each damage of an inbox has exactly its finding. */
#include "test_store_fsck.h"

#include "codec/message_json.h"
#include "store/inbox.h"

static struct inbox_place boss, worker;

/* A message, as if it were about that ticket and revision. */
static void
put(const struct inbox_place *to, const char *name, uint32_t ticket, uint64_t rev)
{
	_cleanup_(buf_release) struct buf bytes = BUF_INIT;
	struct message m = { .ticket = { ticket },
		.rev = rev,
		.kind = MESSAGE_QUESTION,
		.phase = PHASE_ASKING,
		.wall_ms = STORE_NOW };
	struct err err = ERR_INIT;

	message_dump(&m, &bytes);
	if (inbox_put(&store, to, name, buf_str(&bytes), &err) < 0)
		fail_msg("%s", err.text);
}

static int
boss_make(void **state)
{
	if (full_make(state) < 0)
		return -1;
	boss = inbox_of_name("boss");
	worker = inbox_of_episode((struct episode_id){ { 2 }, 1 });
	put(&boss, "1.3.json", 1, 3);
	put(&worker, "2.2.json", 2, 2);
	return 0;
}

#define in_boss(test) cmocka_unit_test_setup_teardown(test, boss_make, full_remove)

static void
test_inbox_nothing_is_wrong(void **state)
{
	struct inbox b = INBOX_INIT;

	(void)state;
	check_found(false, NULL, 0);
	assert_int_equal(inbox_open(&store, &boss, &b, NULL), 0);
	assert_int_equal(inbox_take(&b, "1.3.json", NULL), 0);
	inbox_close(&b);
	store_put("inbox/boss/" INBOX_TURN, "{}\n");
	check_found(false, NULL, 0);
}

static void
test_I18_message_of_what_there_is_not(void **state)
{
	(void)state;
	put(&boss, "2.99.json", 2, 99);
	check_one("I18", "inbox/boss/new/2.99.json is about a revision that ticket 2 has not");
	put(&boss, "77.1.json", 77, 1);
	check_two(
	    "I18", "2.99.json", "I18", "77.1.json is about a revision that ticket 77 has not");
}

static void
test_I18_message_says_another_thing(void **state)
{
	(void)state;
	put(&boss, "1.4.json", 1, 5);
	check_one("I18", "inbox/boss/new/1.4.json is 1.5.json, by what it says");
}

static void
test_I18_message_of_another_ticket(void **state)
{
	(void)state;
	put(&worker, "1.4.json", 1, 4);
	check_one("I18", "inbox/new/1.4.json is about another ticket");
}

static void
test_I18_message_no_message_and_no_name(void **state)
{
	(void)state;
	store_put("inbox/boss/read/1.2.json", "{}\n");
	store_put("inbox/boss/new/todo", "x");
	check_two("I18", "new/todo: the name is no message's", "I18", "1.2.json is no message");
}

static void
test_I18_inbox_of_no_name(void **state)
{
	(void)state;
	assert_int_equal(mkdirat(store.dir, "inbox/a b", 0700), 0);
	check_one("I18", "the name is no inbox's");
}

static void
test_I19_message_modes_and_kinds_X_5(void **state)
{
	(void)state;
	assert_int_equal(fchmodat(store.dir, "inbox/boss/new/1.3.json", 0644, 0), 0);
	check_one("I19", "inbox/boss/new/1.3.json has mode 0644");
	assert_int_equal(fchmodat(store.dir, "inbox/boss/new/1.3.json", 0600, 0), 0);
	assert_int_equal(fchmodat(store.dir, "tickets/2/episodes/1/inbox", 0755, 0), 0);
	check_one("I19", "tickets/2/episodes/1/inbox has mode 0755");
	assert_int_equal(fchmodat(store.dir, "tickets/2/episodes/1/inbox", 0700, 0), 0);
	assert_int_equal(mkfifoat(store.dir, "inbox/boss/new/1.5.json", 0600), 0);
	check_two("I18", "1.5.json cannot be read", "I19", "neither a plain file nor a directory");
}

/* What a worker put there is said, and nothing is read through it. */
static void
test_I18_inbox_of_a_worker_is_a_link_X_5(void **state)
{
	(void)state;
	assert_int_equal(
	    renameat(store.dir, "tickets/2/episodes/1/inbox", store.dir, "inbox/ann"), 0);
	assert_int_equal(symlinkat("/", store.dir, "tickets/2/episodes/1/inbox"), 0);
	check_two("I18", "inbox: cannot use the directory inbox: a link or something else", "I19",
	    "inbox is neither a plain file nor a directory");
	assert_int_equal(unlinkat(store.dir, "tickets/2/episodes/1/inbox", 0), 0);
	assert_int_equal(mkdirat(store.dir, "tickets/2/episodes/1/inbox", 0700), 0);
	assert_int_equal(symlinkat("/", store.dir, "tickets/2/episodes/1/inbox/new"), 0);
	check_two("I18", "inbox/new: cannot use the directory new: a link or something else", "I19",
	    "inbox/new is neither a plain file nor a directory");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		in_boss(test_inbox_nothing_is_wrong),
		in_boss(test_I18_message_of_what_there_is_not),
		in_boss(test_I18_message_says_another_thing),
		in_boss(test_I18_message_of_another_ticket),
		in_boss(test_I18_message_no_message_and_no_name),
		in_boss(test_I18_inbox_of_no_name),
		in_boss(test_I19_message_modes_and_kinds_X_5),
		in_boss(test_I18_inbox_of_a_worker_is_a_link_X_5),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
