/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * test_store_fsck.h: a store with a bit of everything.  Ticket 1 landed after one death and one delivery; 2 has
 * a worker; 3 waits; two signals are done, one is refused.
 */
#ifndef UNIT_TEST_STORE_FSCK_H
#define UNIT_TEST_STORE_FSCK_H

#include "test_store.h"

static struct record one, two, three;

/* ticket, number, status, artifacts */
#define OUTCOME_OF                                                                                 \
	"{\"reeve\":1,\"episode\":\"%u.%u\",\"status\":\"%s\",\"summary\":\"\","                   \
	"\"root_cause\":\"\",\"safe_retry\":true,\"stop_condition\":\"\","                         \
	"\"human_input_required\":\"\",\"next_actions\":[],\"artifacts\":[%s]}\n"

/* status NULL: it is open */
static inline void
put_episode(uint32_t ticket, uint32_t n, const char *end, const char *status)
{
	_cleanup_(buf_release) struct buf outcome = BUF_INIT;
	struct episode_id ep = { { ticket }, n };

	assert_int_equal(episode_prepare(&store, ep, STR("{}\n"), STR("do it\n"), NULL), 0);
	if (end != NULL)
		assert_int_equal(episode_write(&store, ep, end, STR(""), NULL), 0);
	if (status == NULL)
		return;
	buf_addf(&outcome, OUTCOME_OF, ticket, n, status, "");
	assert_int_equal(episode_write(&store, ep, EPISODE_OUTCOME, buf_str(&outcome), NULL), 0);
}

static inline void
make_one(void)
{
	struct event create = rec_event(EVENT_CREATE), done = rec_event(EVENT_DONE),
		     closed = rec_event(EVENT_CLOSED), intent = rec_event(EVENT_INTENT);

	closed.ending = ENDING_DIED;
	done.artifact = ARTIFACT_GOOD;
	assert_true(oid_parse(str_of(STORE_OID_A), &done.commit));
	assert_true(oid_parse(str_of(STORE_OID_A), &intent.from));
	assert_true(oid_parse(str_of(STORE_OID_B), &intent.merge));
	rec_sign(&create, "s.create", "create\n");
	rec_sign(&done, "s.done", "done\n");
	rec_init(&one, 1);
	rec_step(&one, create, NULL);
	rec_start(&one);
	rec_step(&one, rec_event(EVENT_CLAIMED), NULL);
	rec_step(&one, closed, NULL);
	rec_start(&one);
	rec_step(&one, rec_event(EVENT_CLAIMED), NULL);
	rec_step(&one, done, NULL);
	rec_step(&one, closed, NULL);
	rec_step(&one, rec_event(EVENT_ROUTE), NULL);
	rec_step(&one, rec_event(EVENT_ACCEPT), NULL);
	rec_step(&one, intent, NULL);
	rec_step(&one, rec_event(EVENT_MERGED), NULL);
	rec_put(&one);
	put_episode(1, 1, EPISODE_CLAIMED, "died");
	put_episode(1, 2, EPISODE_CLAIMED, "reported");
	store_put("spool/done/s.create.json", "create\n");
	store_put("spool/done/s.done.json", "done\n");
}

static inline int
full_make(void **state)
{
	static char text[] = "no", kind[] = "DONE";
	const struct refused why = { .why = REFUSAL_STALE, .text = text, .kind = kind };

	if (store_make(state) < 0)
		return -1;
	make_one();
	rec_create(&two, 2);
	rec_start(&two);
	rec_step(&two, rec_event(EVENT_CLAIMED), NULL);
	rec_put(&two);
	put_episode(2, 1, EPISODE_CLAIMED, NULL);
	rec_create(&three, 3);
	rec_put(&three);
	store_put("spool/new/s.bad.json", "bad\n");
	return spool_refuse(&store, "s.bad.json", &why, NULL);
}

static inline int
full_remove(void **state)
{
	record_release(&one);
	record_release(&two);
	record_release(&three);
	return store_remove(state);
}

#define in_full(test) cmocka_unit_test_setup_teardown(test, full_make, full_remove)

/* The findings are these, each named by its first word and a word of its text; in this order. */
struct expected {
	const char *invariant, *word;
};

static inline void
check_found(bool live, const struct expected *expected, size_t n)
{
	_cleanup_(strvec_release) struct strvec found = STRVEC_INIT;

	assert_int_equal(fsck_run(&store, live, &found, NULL), 0);
	if (found.n != n)
		for (size_t i = 0; i < found.n; i++)
			print_error("%s\n", found.v[i]);
	assert_int_equal(found.n, n);
	for (size_t i = 0; i < n; i++) {
		struct str text = str_of(found.v[i]), head;

		(void)str_cut(&text, ' ', &head);
		if (!str_is(head, expected[i].invariant) ||
		    strstr(found.v[i], expected[i].word) == NULL)
			fail_msg(
			    "not %s %s: %s", expected[i].invariant, expected[i].word, found.v[i]);
	}
}

static inline void
check_one(const char *invariant, const char *word)
{
	struct expected e = { invariant, word };

	check_found(false, &e, 1);
}

static inline void
check_two(const char *a, const char *word_a, const char *b, const char *word_b)
{
	struct expected e[] = { { a, word_a }, { b, word_b } };

	check_found(false, e, 2);
}

#endif
