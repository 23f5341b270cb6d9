/* SPDX-License-Identifier: GPL-2.0-only */
/* The words of what lands: strangers' words stay words. */
#include "base/base.h"
#include <setjmp.h> /* cmocka.h wants this one first */

#include "codec/landing_text.h"

#include <cmocka.h>

static struct record
a_record(const char *title, const char *history)
{
	struct record r = { .history = BUF_INIT };

	r.ticket.id.n = 12;
	r.ticket.pinned_by = 3;
	assert_true(oid_parse(STR("1234567890123456789012345678901234567890"), &r.ticket.passed));
	r.spec.title = xstrdup(title);
	r.spec.repo = xstrdup("app");
	r.spec.base = xstrdup("main");
	r.spec.branch = xstrdup("reeve/12-x");
	buf_adds(&r.history, history);
	return r;
}

static void
check(const char *title, const char *history, enum landing way, const char *template,
    const char *want)
{
	_cleanup_(record_release) struct record r = a_record(title, history);
	_cleanup_(buf_release) struct buf b = BUF_INIT;

	landing_text_message(&r, way, template, &b);
	assert_string_equal(b.p, want);
}

static void
test_landing_text_without_a_template(void **state)
{
	(void)state;
	check("fix it", "", LANDING_MERGE, NULL, "Merge ticket 12: fix it\n");
	check("fix it", "", LANDING_SQUASH, NULL, "fix it\n");
	check(" ", "", LANDING_SQUASH, NULL, "Ticket 12\n");
}

static void
test_landing_text_fills_each_word(void **state)
{
	(void)state;
	check("fix it",
	    "1 2026-11-21T06:23:25Z worker DONE working>delivered 12.3 T10 "
	    "commit=1234567890123456789012345678901234567890 text=yes : old\n"
	    "2 2026-11-21T06:23:26Z worker REVIEW working>delivered 12.3 T12 "
	    "commit=1234567890123456789012345678901234567890 text=yes : did it\n"
	    "\t| did it,\n\t| all\n",
	    LANDING_SQUASH,
	    "{title} ({repo} {ticket}, {branch} to {base} by {episode})\n\n{summary}\n{commit} "
	    "{{x}\n\n",
	    "fix it (app 12, reeve/12-x to main by 12.3)\n\ndid it, "
	    "all\n1234567890123456789012345678901234567890 {x}\n");
}

static void
test_landing_text_no_title_forges_a_trailer_or_a_control_sequence(void **state)
{
	(void)state;
	check("a\n\nReeve-Commit: 1\033[31m\xe2\x80\xae", "", LANDING_MERGE, "{title}",
	    "a  Reeve-Commit: 1\\x1b[31m\\u202e\n");
	check("{ticket}", "", LANDING_MERGE, "{title}", "{ticket}\n");
}

static void
test_landing_text_unknown_words_are_told(void **state)
{
	(void)state;
	assert_null(landing_text_check("{title}\n\n{summary} {{x}"));
	assert_non_null(landing_text_check("{titel}"));
}

static void
test_landing_text_trailers(void **state)
{
	_cleanup_(record_release) struct record r = a_record("x", "");
	_cleanup_(buf_release) struct buf b = BUF_INIT;

	(void)state;
	landing_text_trailers(&r, &b);
	assert_string_equal(b.p, "Ticket: 12\nBranch: reeve/12-x\n");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_landing_text_without_a_template),
		cmocka_unit_test(test_landing_text_fills_each_word),
		cmocka_unit_test(test_landing_text_no_title_forges_a_trailer_or_a_control_sequence),
		cmocka_unit_test(test_landing_text_unknown_words_are_told),
		cmocka_unit_test(test_landing_text_trailers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
