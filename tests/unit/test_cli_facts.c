/* SPDX-License-Identifier: GPL-2.0-only */
/* The facts behind a blocker: made from files, locks and clocks of this moment, and from nothing else. */
#include "base/base.h"
#include "cli/cli_facts.h"

#include "test_cli.h"

#include "sys/clock.h"
#include "sys/lock.h"

static void
let_go_of_lock(void)
{
	io_close(io_real(), store.lock);
	store.lock = -1;
}

/* The words of the blocker of ticket id; *ret_person. */
static void
blocker_words(struct cli *c, uint32_t id, struct buf *ret, bool *ret_person)
{
	_cleanup_(cli_facts_release) struct cli_facts f = CLI_FACTS_INIT, one = CLI_FACTS_INIT;
	_cleanup_(cli_facts_release) struct cli_facts brief = CLI_FACTS_INIT;
	_cleanup_(blocker_release) struct blocker b = BLOCKER_INIT, again = BLOCKER_INIT;
	const struct record *r;
	char arg[16];

	assert_int_equal(cli_facts_load(c, &f), EXIT_OK);
	r = cli_facts_find(&f, (struct ticket_id){ id });
	assert_non_null(r);
	cli_facts_blocker(&f, r, &b);
	buf_clear(ret);
	buf_add_str(ret, buf_str(&b.text));
	*ret_person = b.needs_person;

	/* Alone, it says the same. */
	snprintf(arg, sizeof arg, "#%u", id);
	assert_int_equal(cli_facts_load_one(c, arg, &one, &r), EXIT_OK);
	cli_facts_blocker(&one, r, &again);
	assert_string_equal(again.text.p, b.text.p);

	/* So it does in a listing. */
	assert_int_equal(cli_facts_load_brief(c, &brief), EXIT_OK);
	assert_int_equal(brief.records.n, f.records.n);
	r = cli_facts_find(&brief, (struct ticket_id){ id });
	cli_facts_blocker(&brief, r, &again);
	assert_string_equal(again.text.p, b.text.p);
}

static void
check_blocker(struct cli *c, uint32_t id, const char *words, bool needs_person)
{
	_cleanup_(buf_release) struct buf b = BUF_INIT;
	bool is_person;

	blocker_words(c, id, &b, &is_person);
	if (strstr(b.p, words) == NULL)
		fail_msg("\"%s\" is not in \"%s\"", words, b.p);
	assert_int_equal(is_person, needs_person);
}

static void
test_no_supervisor_is_a_blocker(void **state)
{
	_cleanup_(cli_release) struct cli c;

	(void)state;
	add_ticket(1, "one");
	open_cli(&c, NULL);
	check_blocker(&c, 1, "about to start", false); /* this test holds LOCK */
	let_go_of_lock();
	check_blocker(&c, 1, "no supervisor", true);
}

static void
test_kill_switch_C_12_C_15(void **state)
{
	_cleanup_(cli_release) struct cli c;

	(void)state;
	add_ticket(1, "one");
	open_cli(&c, NULL);
	store_put("control/stop", "");
	check_blocker(&c, 1, "kill switch is on", true);
	store_put("control/kill", "");
	check_blocker(&c, 1, "kill switch is on", true);
	assert_int_equal(unlinkat(store.control, "kill", 0), 0);
	assert_int_equal(unlinkat(store.control, "stop", 0), 0);
	check_blocker(&c, 1, "about to start", false);
	/* What cannot be looked at is on, and the reason is told. */
	assert_int_equal(renameat(store.dir, "control", store.dir, "away"), 0);
	check_blocker(&c, 1, "cannot be read", true);
	assert_int_equal(renameat(store.dir, "away", store.dir, "control"), 0);
}

static void
test_dependencies_are_named_D_77_D_96(void **state)
{
	_cleanup_(record_release) struct record b = put_ticket(2, "two");
	_cleanup_(record_release) struct record c3;
	_cleanup_(cli_release) struct cli c;

	(void)state;
	add_ticket(1, "one");
	rec_init(&c3, 3);
	set_charp(&c3.spec.after, "1,2,9");
	rec_step(&c3, rec_event(EVENT_CREATE), NULL);
	rec_put(&c3);
	open_cli(&c, NULL);
	check_blocker(&c, 3, "comes after 1 (ready), 2 (ready), 9 (cannot be read)", true);
	rec_step(&b, rec_event(EVENT_CANCEL), NULL);
	rec_put(&b);
	check_blocker(&c, 3, "2 (cancelled)", true);
}

static void
test_slots_count_open_episodes(void **state)
{
	_cleanup_(record_release) struct record a = put_ticket(1, "one");
	_cleanup_(cli_release) struct cli c;

	(void)state;
	add_ticket(2, "two");
	put_running(&a);
	open_cli(&c, "[defaults]\nslots = 1\n");
	check_blocker(&c, 2, "1 of 1 slots", false);
	cli_release(&c);
	open_cli(
	    &c, "[defaults]\nslots = 4\n[repo \"app\"]\npath = /nowhere\nbase = main\nslots = 1\n");
	check_blocker(&c, 2, "1 of 1 slots", false);
	cli_release(&c);
	open_cli(
	    &c, "[defaults]\nslots = 4\n[repo \"app\"]\npath = /nowhere\nbase = main\nslots = 2\n");
	check_blocker(&c, 2, "about to start", false);
}

/* One that waits for an answer does not count: nothing works. */
static void
test_slots_without_those_who_ask(void **state)
{
	_cleanup_(record_release) struct record a = put_ticket(1, "one");
	_cleanup_(cli_release) struct cli c;
	struct event e = rec_event(EVENT_QUESTION);

	(void)state;
	add_ticket(2, "two");
	put_running(&a);
	e.has_text = true;
	rec_sign(&e, "q1", "x");
	rec_step(&a, e, "which one?");
	rec_put(&a);
	open_cli(&c, "[defaults]\nslots = 1\n");
	check_blocker(&c, 2, "about to start", false);
}

static void
test_slots_of_an_agent(void **state)
{
	_cleanup_(record_release) struct record a = put_ticket(1, "one"), other;
	_cleanup_(cli_release) struct cli c;

	(void)state;
	add_ticket(2, "two");
	rec_init(&other, 3);
	set_charp(&other.spec.agent, "other");
	rec_step(&other, rec_event(EVENT_CREATE), NULL);
	rec_put(&other);
	put_running(&a);
	open_cli(&c, "[agent \"sh\"]\nstart = sh -c {text}\nslots = 1\n"
		     "[agent \"other\"]\nstart = sh -c {text}\nslots = 1\n");
	check_blocker(&c, 2, "1 of 1 slots", false);
	check_blocker(&c, 3, "about to start", false);
}

static void
put_delivered(struct record *r, uint32_t id, enum review review)
{
	struct event create = rec_event(EVENT_CREATE), done = rec_event(EVENT_DONE),
		     closed = rec_event(EVENT_CLOSED);

	rec_init(r, id);
	create.review = review;
	rec_step(r, create, NULL);
	put_running(r);
	assert_true(oid_parse(str_of(STORE_OID_B), &done.commit));
	done.artifact = ARTIFACT_GOOD;
	done.has_text = true;
	rec_sign(&done, "d1", "x");
	rec_step(r, done, "made it");
	closed.ending = ENDING_EXITED;
	rec_step(r, closed, NULL);
	rec_put(r);
}

static void
test_a_reviewer_needs_a_slot(void **state)
{
	_cleanup_(record_release) struct record a = put_ticket(1, "one"), b;
	_cleanup_(cli_release) struct cli c;

	(void)state;
	put_running(&a);
	put_delivered(&b, 2, REVIEW_AGENT);
	open_cli(&c, "[defaults]\nslots = 1\n");
	check_blocker(&c, 2, "1 of 1 slots", false);
	cli_release(&c);
	open_cli(&c, "[defaults]\nslots = 2\n");
	check_blocker(&c, 2, "its reviewer is about to start", false);
}

/* Failed n times in a row for this. */
static void
put_failed(uint32_t id, uint32_t n, enum blame blame)
{
	_cleanup_(record_release) struct record r = put_ticket(id, "failed");
	struct event e = rec_event(EVENT_ENV_FAILED);

	e.blame = blame;
	e.streak = n - 1;
	(void)snprintf(e.reason, sizeof e.reason, "it is not there");
	rec_step(&r, e, NULL);
	rec_put(&r);
}

static void
test_an_open_breaker_is_the_blocker_of_all_that_need_the_same_D_56(void **state)
{
	_cleanup_(cli_facts_release) struct cli_facts f = CLI_FACTS_INIT, g = CLI_FACTS_INIT;
	_cleanup_(record_release) struct record other;
	_cleanup_(cli_release) struct cli c;
	struct facts_breaker *v;
	size_t n;

	(void)state;
	put_failed(1, 1, BLAME_AGENT);
	put_failed(2, 2, BLAME_AGENT);
	add_ticket(4, "has not failed");
	rec_init(&other, 5);
	set_charp(&other.spec.agent, "other");
	rec_step(&other, rec_event(EVENT_CREATE), NULL);
	rec_put(&other);
	open_cli(&c, NULL);
	check_blocker(&c, 4, "about to start", false);
	assert_int_equal(cli_facts_load(&c, &f), EXIT_OK);
	free(cli_facts_breakers(&f, &n));
	assert_int_equal(n, 0);

	put_failed(3, 3, BLAME_AGENT);
	check_blocker(
	    &c, 4, "agent sh failed 3 times: it is not there", false); /* said once, for all */
	check_blocker(&c, 1, "agent sh failed 3 times", false);
	check_blocker(&c, 5, "about to start", false);
	assert_int_equal(cli_facts_load(&c, &g), EXIT_OK);
	v = cli_facts_breakers(&g, &n);
	assert_int_equal(n, 1);
	assert_int_equal(v[0].blame, BLAME_AGENT);
	assert_string_equal(v[0].name, "sh");
	assert_int_equal(v[0].breaker.failures, 3);
	assert_int_equal(v[0].breaker.last->ticket.id.n, 3);
	free(v);
}

/* The lock says whether a worker lives, whatever its files say. */
static void
test_worker_lives_while_its_lock_is_held_D_24(void **state)
{
	_cleanup_(record_release) struct record r = put_ticket(1, "one");
	_cleanup_(buf_release) struct buf path = BUF_INIT;
	_cleanup_(cli_release) struct cli c;
	int fd;

	(void)state;
	put_running(&r);
	episode_path(&store, ticket_episode(&r.ticket), EPISODE_LOCK, &path);
	open_cli(&c, NULL);
	check_blocker(&c, 1, "has ended; it will be judged", false);
	fd = lock_take(io_real(), IO_CWD, path.p, "me", NULL, NULL);
	assert_true(fd >= 0);
	check_blocker(&c, 1, "episode 1.1 works", false);
	let_go_of_lock();
	check_blocker(&c, 1, "episode 1.1 works", false); /* no supervisor is needed for that */
	io_close(io_real(), fd);
	check_blocker(&c, 1, "no supervisor", true);
}

/* Its end can never be judged then: not "soon", but a person's business. */
static void
test_worker_without_its_directory_is_a_persons_business_D_67(void **state)
{
	_cleanup_(record_release) struct record r = put_ticket(1, "one");
	_cleanup_(cli_release) struct cli c;

	(void)state;
	put_running(&r);
	open_cli(&c, NULL);
	check_blocker(&c, 1, "has ended; it will be judged", false);
	assert_int_equal(renameat(store.tickets, "1/episodes/1", store.tickets, "1/gone"), 0);
	check_blocker(&c, 1, "the directory of its episode is gone", true);
	assert_int_equal(renameat(store.tickets, "1/gone", store.tickets, "1/episodes/1"), 0);
	check_blocker(&c, 1, "has ended; it will be judged", false);
}

/* Stopped before its directory was made: nothing is gone, nobody has to look. */
static void
test_worker_that_never_began_has_no_directory_D_44(void **state)
{
	_cleanup_(record_release) struct record r = put_ticket(1, "one");
	_cleanup_(cli_release) struct cli c;

	(void)state;
	rec_start(&r);
	rec_step(&r, rec_event(EVENT_PARK), NULL);
	rec_put(&r);
	open_cli(&c, NULL);
	check_blocker(&c, 1, "has ended; it will be closed", false);
}

static void
test_damaged_ticket_is_set_aside_X_25(void **state)
{
	_cleanup_(cli_facts_release) struct cli_facts f = CLI_FACTS_INIT;
	_cleanup_(cli_release) struct cli c;

	(void)state;
	add_ticket(1, "one");
	add_ticket(2, "two");
	store_put("tickets/1/ticket", "reeve-ticket 1\nId: 1\n");
	open_cli(&c, NULL);
	assert_int_equal(cli_facts_load(&c, &f), EXIT_OK);
	assert_int_equal(f.records.n, 1);
	assert_int_equal(f.records.v[0].ticket.id.n, 2);
	assert_int_equal(f.bad.n, 1);
	assert_int_equal(f.bad.v[0].id.n, 1);
	assert_true(f.bad.v[0].why[0] != '\0');
}

/* What a listing leaves out, it has judged before: a header that its history does not lead to, is none. */
static void
test_a_listing_sees_the_same_damage_X_25_I_10(void **state)
{
	static const char *const damage[][2] = { { "Phase: ready", "Phase: done" },
		{ "Generation: 1", "Generation: 2" }, { "none>ready", "none>parked" },
		{ "reeve-ticket 1", "reeve-ticket 9" }, { "Title: ", "Title:  " },
		{ "\nend\n", "\nend" } };
	_cleanup_(buf_release) struct buf good = BUF_INIT;
	_cleanup_(cli_release) struct cli c;

	(void)state;
	add_ticket(1, "one");
	add_ticket(2, "two");
	assert_int_equal(ticket_read_bytes(&store, (struct ticket_id){ 1 }, &good, NULL), 0);
	open_cli(&c, NULL);
	for (size_t i = 0; i < ARRAY_LEN(damage); i++) {
		_cleanup_(cli_facts_release) struct cli_facts f = CLI_FACTS_INIT;
		_cleanup_(cli_facts_release) struct cli_facts brief = CLI_FACTS_INIT;
		_cleanup_(buf_release) struct buf bad = BUF_INIT;
		ssize_t at = str_find(buf_str(&good), str_of(damage[i][0]));

		assert_true(at >= 0);
		buf_add(&bad, good.p, (size_t)at);
		buf_adds(&bad, damage[i][1]);
		buf_adds(&bad, good.p + at + strlen(damage[i][0]));
		store_put("tickets/1/ticket", bad.p);
		assert_int_equal(cli_facts_load(&c, &f), EXIT_OK);
		assert_int_equal(cli_facts_load_brief(&c, &brief), EXIT_OK);
		assert_int_equal(f.bad.n, 1);
		assert_int_equal(brief.bad.n, 1);
		assert_string_equal(f.bad.v[0].why, brief.bad.v[0].why);
		assert_int_equal(brief.records.n, 1);
		assert_int_equal(brief.records.v[0].ticket.id.n, 2);
		assert_int_equal(brief.records.v[0].history.len, 0);
		assert_string_equal(brief.records.v[0].spec.title, "two");
	}
}

static void
test_broken_configuration_is_no_reason_not_to_look(void **state)
{
	_cleanup_(cli_release) struct cli c;

	(void)state;
	add_ticket(1, "one");
	open_cli(&c, "[nonsense]\nx = y\n");
	check_blocker(&c, 1, "about to start", false);
}

static void
test_worktree_path(void **state)
{
	_cleanup_(cli_facts_release) struct cli_facts f = CLI_FACTS_INIT, g = CLI_FACTS_INIT;
	_cleanup_(buf_release) struct buf b = BUF_INIT, expected = BUF_INIT;
	_cleanup_(cli_release) struct cli c;

	(void)state;
	add_ticket(1, "one");
	open_cli(&c, NULL);
	assert_int_equal(cli_facts_load(&c, &f), EXIT_OK);
	cli_facts_worktree(&f, &f.records.v[0], &b);
	buf_addf(&expected, "%s/worktrees/app/1-fix-the-login", store.path);
	assert_string_equal(b.p, expected.p);
	cli_release(&c);
	open_cli(&c, "[defaults]\nworktrees = /else/where\n");
	assert_int_equal(cli_facts_load(&c, &g), EXIT_OK);
	buf_clear(&b);
	cli_facts_worktree(&g, &g.records.v[0], &b);
	assert_string_equal(b.p, "/else/where/app/1-fix-the-login");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		in_store(test_no_supervisor_is_a_blocker),
		in_store(test_kill_switch_C_12_C_15),
		in_store(test_dependencies_are_named_D_77_D_96),
		in_store(test_slots_count_open_episodes),
		in_store(test_slots_without_those_who_ask),
		in_store(test_slots_of_an_agent),
		in_store(test_a_reviewer_needs_a_slot),
		in_store(test_an_open_breaker_is_the_blocker_of_all_that_need_the_same_D_56),
		in_store(test_worker_lives_while_its_lock_is_held_D_24),
		in_store(test_worker_without_its_directory_is_a_persons_business_D_67),
		in_store(test_worker_that_never_began_has_no_directory_D_44),
		in_store(test_damaged_ticket_is_set_aside_X_25),
		in_store(test_a_listing_sees_the_same_damage_X_25_I_10),
		in_store(test_broken_configuration_is_no_reason_not_to_look),
		in_store(test_worktree_path),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
