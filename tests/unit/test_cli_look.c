/* SPDX-License-Identifier: GPL-2.0-only */
/* What is shown, and in which order. */
#include "base/base.h"
#include "cli/cli_look.h"

#include "test_cli.h"

static void
test_order_people_first_then_priority(void **state)
{
	static const uint32_t expected[] = { 4, 3, 1, 2 };
	_cleanup_(record_release) struct record asks = put_ticket(4, "four"), high, over;
	_cleanup_(cli_facts_release) struct cli_facts f = CLI_FACTS_INIT;
	_cleanup_(look_release) struct look l = { 0 };
	_cleanup_(cli_release) struct cli c;
	struct event e = rec_event(EVENT_QUESTION);

	(void)state;
	add_ticket(1, "one");
	add_ticket(2, "two");
	rec_init(&high, 3);
	{
		struct event create = rec_event(EVENT_CREATE);

		create.priority = 7;
		create.has_priority = true;
		rec_step(&high, create, NULL);
	}
	rec_put(&high);
	over = put_ticket(5, "five");
	rec_step(&over, rec_event(EVENT_CANCEL), NULL);
	rec_put(&over);
	put_running(&asks);
	e.has_text = true;
	rec_sign(&e, "q1", "x");
	rec_step(&asks, e, "which one?");
	rec_put(&asks);

	open_cli(&c, NULL);
	assert_int_equal(cli_facts_load(&c, &f), EXIT_OK);
	look_gather(&f, false, NULL, &l);
	assert_int_equal(l.n, ARRAY_LEN(expected));
	for (size_t i = 0; i < l.n; i++)
		assert_int_equal(l.v[i].record->ticket.id.n, expected[i]);
	assert_int_equal(l.n_person, 1);
	look_release(&l);
	look_gather(&f, true, NULL, &l);
	assert_int_equal(l.n, 5);
	assert_int_equal(l.v[4].record->ticket.id.n, 5);
	assert_int_equal(l.n_person, 1);
}

/* A signal in refused/, of ticket 1. */
static void
put_refused(const char *name, const char *kind, enum refusal why)
{
	_cleanup_(buf_release) struct buf path = BUF_INIT, text = BUF_INIT;
	char word[8];
	struct refused r = { .why = why, .ticket = { 1 }, .kind = word };

	(void)snprintf(word, sizeof word, "%s", kind);
	r.text = word;
	buf_addf(&path, "spool/new/%s.json", name);
	buf_addf(&text, "{\"ticket\":\"1\",\"kind\":\"%s\",\"commit\":\"%s\",\"nonce\":\"%064d\"}",
	    kind, STORE_OID_B, 0);
	store_put(path.p, text.p);
	buf_clear(&path);
	buf_addf(&path, "%s.json", name);
	assert_int_equal(spool_refuse(&store, path.p, &r, NULL), 0);
}

/* The same by brief facts, as of `status`, and by whole ones, as of `show`. */
static void
check_adoption(int (*load)(struct cli *c, struct cli_facts *ret))
{
	_cleanup_(cli_facts_release) struct cli_facts f = CLI_FACTS_INIT, g = CLI_FACTS_INIT;
	_cleanup_(look_refusals_release) struct look_refusals open = { 0 }, all = { 0 };
	_cleanup_(refused_list_release) struct refused_list list = { 0 };
	_cleanup_(record_release) struct record r = put_ticket(1, "one");
	_cleanup_(cli_release) struct cli c;
	struct event adopt = rec_event(EVENT_ADOPT);

	put_refused("a-done", "DONE", REFUSAL_UNAUTHENTICATED);
	put_refused("b-pass", "PASS", REFUSAL_UNAUTHENTICATED);
	open_cli(&c, NULL);
	assert_int_equal(load(&c, &f), EXIT_OK);
	assert_int_equal(spool_refused(&store, &list, NULL), 0);
	look_refusals_gather(&f, &list, 0, &open);
	assert_int_equal(open.n, 2);
	for (size_t i = 0; i < open.n; i++) {
		bool is_done = strcmp(open.v[i].refused->name, "a-done.json") == 0;

		assert_int_equal(open.v[i].is_adoptable, is_done);
		assert_string_equal(open.v[i].commit.hex, is_done ? STORE_OID_B : "");
		assert_int_equal(open.v[i].adopted_rev, 0);
	}
	look_refusals_release(&open);

	assert_true(signal_id_parse(STR("a-done"), &adopt.adopts));
	assert_true(oid_parse(STR(STORE_OID_B), &adopt.commit));
	adopt.artifact = ARTIFACT_GOOD;
	rec_sign(&adopt, "cmd1", "x");
	rec_step(&r, adopt, NULL);
	rec_put(&r);
	assert_int_equal(load(&c, &g), EXIT_OK);
	look_refusals_gather(&g, &list, 0, &open);
	assert_int_equal(open.n, 1);
	assert_string_equal(open.v[0].refused->name, "b-pass.json");
	look_refusals_gather(&g, &list, 1, &all);
	assert_int_equal(all.n, 2);
	for (size_t i = 0; i < all.n; i++)
		if (strcmp(all.v[i].refused->name, "a-done.json") == 0)
			assert_int_equal(all.v[i].adopted_rev, r.ticket.rev);
}

static void
test_refused_reports_can_be_adopted_and_wait_for_nobody_then_E_17(void **state)
{
	(void)state;
	check_adoption(cli_facts_load);
}

static void
test_a_listing_knows_what_was_adopted_E_17(void **state)
{
	(void)state;
	check_adoption(cli_facts_load_brief);
}

static void
put_after(uint32_t id, const char *after, const char *mission)
{
	_cleanup_(record_release) struct record r;

	rec_init(&r, id);
	set_charp(&r.spec.after, after);
	set_charp(&r.spec.mission, mission);
	rec_step(&r, rec_event(EVENT_CREATE), NULL);
	rec_put(&r);
}

/* None before what it comes after, whatever their numbers; a circle, which only a hand can make, ends. */
static void
test_a_mission_in_the_order_of_its_dependencies_D_97(void **state)
{
	static const uint32_t expected[] = { 3, 5, 1, 4, 2 };
	_cleanup_(cli_facts_release) struct cli_facts f = CLI_FACTS_INIT;
	_cleanup_(look_release) struct look l = { 0 }, circle = { 0 };
	_cleanup_(cli_release) struct cli c;

	(void)state;
	put_after(1, "5", "m");
	put_after(2, "1,3", "m");
	put_after(3, NULL, "m");
	put_after(4, "3, 9", "m");
	put_after(5, "6", "m"); /* which is of another one */
	put_after(6, "2", "other");
	put_after(7, "8", "circle");
	put_after(8, "7", "circle");
	put_after(9, NULL, NULL);
	open_cli(&c, NULL);
	assert_int_equal(cli_facts_load(&c, &f), EXIT_OK);
	look_gather(&f, true, "m", &l);
	look_order_after(&l);
	assert_int_equal(l.n, ARRAY_LEN(expected));
	for (size_t i = 0; i < l.n; i++)
		assert_int_equal(l.v[i].record->ticket.id.n, expected[i]);
	look_gather(&f, true, "circle", &circle);
	look_order_after(&circle);
	assert_int_equal(circle.n, 2);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		in_store(test_order_people_first_then_priority),
		in_store(test_refused_reports_can_be_adopted_and_wait_for_nobody_then_E_17),
		in_store(test_a_listing_knows_what_was_adopted_E_17),
		in_store(test_a_mission_in_the_order_of_its_dependencies_D_97),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
