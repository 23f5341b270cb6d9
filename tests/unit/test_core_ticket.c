/* SPDX-License-Identifier: GPL-2.0-only */
#include "base/base.h"
#include <setjmp.h> /* cmocka.h wants this one first */

#include "core/ticket.h"

#include <cmocka.h>

static struct spec
full_spec(void)
{
	return (struct spec){ .title = xstrdup("Fix login"),
		.repo = xstrdup("app"),
		.base = xstrdup("main"),
		.from = xstrdup("0123456789abcdef0123456789abcdef01234567 feature"),
		.branch = xstrdup("reeve/12-fix-login"),
		.agent = xstrdup("claude"),
		.mission = xstrdup("m1"),
		.after = xstrdup("3,4"),
		.notify = xstrdup("ann"),
		.text = xstrdup("Text.\n") };
}

static void
test_ticket_spec_copy_is_its_own(void **state)
{
	struct spec a = full_spec(), b = { .title = xstrdup("old"), .notify = xstrdup("old") };

	(void)state;
	set_charp(&a.notify, NULL);
	spec_copy(&b, &a);
	assert_ptr_not_equal(a.title, b.title);
	assert_string_equal(b.title, "Fix login");
	assert_string_equal(b.repo, "app");
	assert_string_equal(b.base, "main");
	assert_string_equal(b.branch, "reeve/12-fix-login");
	assert_string_equal(b.agent, "claude");
	assert_string_equal(b.mission, "m1");
	assert_string_equal(b.after, "3,4");
	assert_null(b.notify);
	assert_string_equal(b.text, "Text.\n");
	spec_copy(&b, &b); /* onto itself */
	assert_string_equal(b.title, "Fix login");
	spec_release(&a);
	assert_null(a.title);
	assert_null(a.text);
	assert_string_equal(b.text, "Text.\n");
	spec_release(&b);
	spec_release(&b);
}

/* What no hand may edit, and nothing else, changes the digest. */
static void
test_ticket_spec_digest_X_25(void **state)
{
	struct spec a = full_spec();
	char **fixed[] = { &a.repo, &a.base, &a.from, &a.branch, &a.agent, &a.mission, &a.after,
		&a.notify };
	char **free_ones[] = { &a.title, &a.text };
	struct digest was = spec_digest(&a), is;
	struct spec none = { 0 };

	(void)state;
	for (unsigned i = 0; i < ARRAY_LEN(fixed); i++) {
		char *kept = *fixed[i];

		*fixed[i] = xstrdup("other");
		is = spec_digest(&a);
		assert_false(digest_eq(&is, &was));
		free_charp(fixed[i]);
		*fixed[i] = NULL;
		is = spec_digest(&a);
		assert_false(digest_eq(&is, &was));
		*fixed[i] = kept;
	}
	for (unsigned i = 0; i < ARRAY_LEN(free_ones); i++) {
		set_charp(free_ones[i], "other");
		is = spec_digest(&a);
		assert_true(digest_eq(&is, &was));
	}
	is = spec_digest(&none);
	assert_true(digest_is_set(&is));
	was = digest_of(STR("\n\n\n\n\n\n\n")); /* what an older version knows is as it was there */
	assert_true(digest_eq(&is, &was));
	/* a name cannot move into its neighbour's place */
	none.repo = xstrdup("a");
	was = spec_digest(&none);
	none.base = take_charp(&none.repo);
	is = spec_digest(&none);
	assert_false(digest_eq(&is, &was));
	spec_release(&none);
	spec_release(&a);
}

static void
test_ticket_episode_and_open(void **state)
{
	struct ticket t = { .id = { 12 } };

	(void)state;
	assert_int_equal(ticket_episode(&t).n, 0);
	assert_false(ticket_is_open(&t));
	t.episode.n = 3; /* the last one, closed */
	assert_int_equal(ticket_episode(&t).n, 3);
	assert_int_equal(ticket_episode(&t).ticket.n, 12);
	assert_false(ticket_is_open(&t));
	for (unsigned s = 1; s < EPISODE_COUNT; s++) {
		t.episode.state = (enum episode_state)s;
		assert_true(ticket_is_open(&t));
	}
}

static void
check_slug(const char *title, const char *slug)
{
	_cleanup_(buf_release) struct buf b = BUF_INIT;

	ticket_slug((struct ticket_id){ 12 }, title, &b);
	assert_string_equal(b.p, slug);
}

static void
test_ticket_slug_is_a_harmless_name_X_8(void **state)
{
	_cleanup_(buf_release) struct buf b = BUF_INIT;

	(void)state;
	check_slug("Fix login", "12-fix-login");
	check_slug("#(touch pwn) ; `x`", "12-touch-pwn-x");
	check_slug("../../etc/passwd", "12-etc-passwd");
	check_slug("", "12-ticket");
	check_slug(NULL, "12-ticket");
	check_slug("\x1b[2J\n", "12-2j");
	ticket_slug((struct ticket_id){ ID_TICKET_MAX },
	    "one two three four five six seven eight nine ten eleven twelve", &b);
	assert_true(b.len <= 9 + 1 + 40);
	assert_true(b.p[b.len - 1] != '-');
}

static void
test_ticket_record_release_leaves_nothing(void **state)
{
	struct record r = { .ticket = { .id = { 12 }, .rev = 3 }, .spec = full_spec() };

	(void)state;
	buf_init(&r.history);
	buf_adds(&r.history, "1 ...\n");
	record_release(&r);
	assert_int_equal(r.ticket.rev, 0);
	assert_null(r.spec.title);
	assert_int_equal(r.history.len, 0);
	record_release(&r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ticket_spec_copy_is_its_own),
		cmocka_unit_test(test_ticket_spec_digest_X_25),
		cmocka_unit_test(test_ticket_episode_and_open),
		cmocka_unit_test(test_ticket_slug_is_a_harmless_name_X_8),
		cmocka_unit_test(test_ticket_record_release_leaves_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
