/* SPDX-License-Identifier: GPL-2.0-only */
/* What runs, against the tickets: each stranger, each double and each sleeper has exactly its finding. */
#include "base/base.h"
#include "store/fsck.h"

#include "sys/lock.h"
#include "test_store_fsck.h"

#define LONG_AGO ((int64_t)1000000000000) /* 2001 */

static void
check_processes(const struct config *config, const char *invariant, const char *word)
{
	_cleanup_(fsck_list_release) struct fsck_list found = { NULL, 0, 0 };
	struct err err = ERR_INIT;

	if (fsck_processes(&store, config, &found, &err) < 0)
		fail_msg("%s", err.text);
	if (found.n != (invariant != NULL ? 1 : 0))
		for (size_t i = 0; i < found.n; i++)
			print_error("%s %s\n", found.v[i].invariant, found.v[i].text);
	assert_int_equal(found.n, invariant != NULL ? 1 : 0);
	if (invariant != NULL &&
	    (strcmp(found.v[0].invariant, invariant) != 0 || strstr(found.v[0].text, word) == NULL))
		fail_msg(
		    "not %s %s: %s %s", invariant, word, found.v[0].invariant, found.v[0].text);
}

static void
check_at_rest(void)
{
	check_processes(NULL, NULL, NULL);
}

static int
nothing(void *arg)
{
	(void)arg;
	return 0;
}

static int
lock_it(void *arg)
{
	return lock_take(io_real(), store.tickets, arg, "", NULL, NULL) < 0;
}

/* As a launcher: its own lock with its name in it, and that of the ticket. */
static int
launch(void *arg)
{
	_cleanup_(buf_release) struct buf note = BUF_INIT;

	(void)arg;
	lock_note(&note);
	if (lock_take(io_real(), store.tickets, "2/episodes/1/lock", note.p, NULL, NULL) < 0)
		return 1;
	return lock_take(io_real(), store.tickets, "2/lock", "", NULL, NULL) < 0;
}

/* --- I5 --- */

static void
test_I5_worker_of_the_open_episode(void **state)
{
	pid_t pid;

	(void)state;
	check_at_rest();
	pid = child_hold(launch, NULL);
	check_at_rest();
	child_kill(pid);
	check_at_rest();
}

static void
test_I5_stranger_holds_the_ticket(void **state)
{
	static char name[] = "2/lock";
	pid_t pid = child_hold(lock_it, name);

	(void)state;
	check_processes(NULL, "I5", "holds the lock of ticket 2, and is no process of episode 2.1");
	child_kill(pid);
	check_at_rest();
}

static void
test_I5_closed_episode_has_no_launcher(void **state)
{
	static char name[] = "1/episodes/2/lock";
	pid_t pid = child_hold(lock_it, name);

	(void)state;
	check_processes(NULL, "I5", "1.2 is closed, and its launcher lives");
	child_kill(pid);
	check_at_rest();
}

struct tagged {
	int its;
	char *tag;
};

static int
run_tagged(void *arg)
{
	struct tagged *t = arg;

	program_exec(t->its, t->tag);
	return 1;
}

static void
check_tagged(const char *uuid, const char *episode, const char *invariant, const char *word)
{
	char tag[120];
	struct tagged t = { -1, tag };
	int ours;
	pid_t pid;

	(void)snprintf(tag, sizeof tag, "REEVE_TAG=%s.%s", uuid, episode);
	program_socket(&ours, &t.its);
	pid = child_start(run_tagged, &t);
	(void)close(t.its);
	program_wait(ours);
	check_processes(NULL, invariant, word);
	(void)close(ours);
	assert_true(child_end(pid) < 1000);
}

static void
test_I5_nobody_is_of_a_closed_episode_X_19(void **state)
{
	(void)state;
	check_tagged(store.uuid, "2.1", NULL, NULL);
	check_tagged(store.uuid, "1.1", "I5", "is of episode 1.1, which is not open");
	check_tagged(store.uuid, "3.1", "I5", "is of episode 3.1, which is not open");
	check_tagged(store.uuid, "77.1", "I5", "is of episode 77.1, which is not open");
	/* Of another store. */
	check_tagged("0f8fad5b-d9cb-469f-a165-70867728950e", "1.1", NULL, NULL);
}

/* --- I7 --- */

static void
set_time(const char *name, int64_t wall_ms)
{
	struct timespec when[2] = { { .tv_sec = wall_ms / 1000 }, { .tv_sec = wall_ms / 1000 } };

	assert_int_equal(utimensat(store.dir, name, when, 0), 0);
}

static void
test_I7_no_more_workers_than_slots(void **state)
{
	struct config config;

	(void)state;
	config_init(&config);
	config.slots = 1;
	set_time("config", LONG_AGO);
	check_processes(&config, NULL, NULL);
	rec_start(&three);
	rec_step(&three, rec_event(EVENT_CLAIMED), NULL);
	rec_put(&three);
	put_episode(3, 1, EPISODE_CLAIMED, NULL);
	check_processes(&config, "I7", "2 workers have a slot; slots = 1");
	/* Whoever lowers the limit stops nobody. */
	set_time("tickets/2/episodes/1/spec.json", LONG_AGO - 1000);
	set_time("tickets/3/episodes/1/spec.json", LONG_AGO - 1000);
	check_processes(&config, NULL, NULL);
	config.slots = 2;
	set_time("tickets/3/episodes/1/spec.json", LONG_AGO + 1000);
	check_processes(&config, NULL, NULL);
	config_release(&config);
}

/* --- I8 --- */

static void
test_I8_one_writer(void **state)
{
	pid_t pid = child_hold(nothing, NULL); /* has LOCK from us, as a helper process has */

	(void)state;
	check_at_rest();
	/* Somebody removes LOCK: another writer gets a new one. */
	assert_int_equal(unlinkat(store.dir, "LOCK", 0), 0);
	store_reopen();
	check_processes(NULL, "I8", "holds a LOCK that was removed");
	child_kill(pid);
	check_at_rest();
}

/* --- I21 --- */

static void
step_long_ago(struct record *rec, struct event e)
{
	struct decision d;

	e.ticket = rec->ticket.id;
	e.spec = spec_digest(&rec->spec);
	d = lifecycle_step(&rec->ticket, &e, LONG_AGO);
	assert_int_equal(d.verdict, VERDICT_APPLY);
	history_add(&rec->history, &rec->ticket, &e, &d, NULL);
	rec->ticket = d.next;
}

/* A supervisor (this test has its lock) that does not see what lies before it. */
static void
test_I21_nothing_is_left_to_be_recorded(void **state)
{
	struct event start = rec_event(EVENT_START);
	struct nonce nonce = { { 1 } };
	struct record four;

	(void)state;
	start.fresh = nonce_digest(&nonce);
	rec_init(&four, 4);
	step_long_ago(&four, rec_event(EVENT_CREATE));
	step_long_ago(&four, start);
	rec_put(&four);
	put_episode(4, 1, EPISODE_CLAIMED, NULL);
	check_at_rest(); /* claimed just now */
	set_time("tickets/4/episodes/1/claimed", LONG_AGO);
	check_processes(NULL, "I21", "ticket 4: 'claimed' is due since");
	step_long_ago(&four, rec_event(EVENT_CLAIMED));
	rec_put(&four);
	check_at_rest();
	record_release(&four);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		in_full(test_I5_worker_of_the_open_episode),
		in_full(test_I5_stranger_holds_the_ticket),
		in_full(test_I5_closed_episode_has_no_launcher),
		in_full(test_I5_nobody_is_of_a_closed_episode_X_19),
		in_full(test_I7_no_more_workers_than_slots),
		in_full(test_I8_one_writer),
		in_full(test_I21_nothing_is_left_to_be_recorded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
