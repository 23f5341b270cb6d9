/* SPDX-License-Identifier: GPL-2.0-only */
/* The option parser; the names that are offered for a command that is not there. */
#include "base/base.h"

#include "cli/cli_options.h"

#include <setjmp.h>

#include <cmocka.h>

#include "cli/cli.h"

struct given {
	const char *message, *file;
	bool json, wip;
	struct operands args;
	int status;
};

/* A command that the table does not know: its help is not asked for. */
static bool
parse(struct given *g, const char *const *words, int min, int max)
{
	const struct cli_option options[] = {
		{ 'm', "message", .value = &g->message },
		{ 'F', NULL, .value = &g->file },
		{ 'j', "json", .flag = &g->json },
		{ 0, "wip", .flag = &g->wip },
		{ 0 },
	};
	static char store[20][60], *argv[20]; /* the operands are views of it */
	int argc = 0;

	*g = (struct given){ .status = -7 };
	for (; argc < 20 && words[argc] != NULL; argc++) {
		(void)snprintf(store[argc], sizeof store[argc], "%s", words[argc]);
		argv[argc] = store[argc];
	}
	return options_parse("test", options, argc, argv, min, max, &g->args, &g->status);
}
#define PARSE(g, min, max, ...)                                                                    \
	parse(g, (const char *const[]){ "test", __VA_ARGS__, NULL }, min, max)

static void
test_forms(void **state)
{
	struct given g;

	(void)state;
	assert_true(PARSE(&g, 0, 0, "-m", "text", "-F", "-", "--json", "--wip"));
	assert_string_equal(g.message, "text");
	assert_string_equal(g.file, "-");
	assert_true(g.json && g.wip);
	assert_true(PARSE(&g, 0, 0, "-mtext", "--message=text", "-j") == false); /* twice */
	assert_true(PARSE(&g, 0, 0, "-jm=x"));
	assert_string_equal(g.message, "=x");
	assert_true(g.json);
	assert_true(PARSE(&g, 0, 0, "--message="));
	assert_string_equal(g.message, "");
	assert_true(PARSE(&g, 0, 0, "--message", "--json"));
	assert_string_equal(g.message, "--json");
	assert_false(g.json);
}

static void
test_operands(void **state)
{
	struct given g;

	(void)state;
	assert_true(PARSE(&g, 1, 3, "12", "-m", "x", "13", "--", "--json"));
	assert_int_equal(g.args.n, 3);
	assert_string_equal(g.args.v[0], "12");
	assert_string_equal(g.args.v[1], "13");
	assert_string_equal(g.args.v[2], "--json");
	assert_false(g.json);
	assert_true(PARSE(&g, 1, 1, "-"));
	assert_string_equal(g.args.v[0], "-");
	assert_true(PARSE(&g, 1, 1, ""));
	assert_string_equal(g.args.v[0], "");
}

static void
test_refuses(void **state)
{
	static const char *const rows[][4] = {
		{ "test", "--nothing" },
		{ "test", "--mess", "x" }, /* no guessing */
		{ "test", "-x" },
		{ "test", "-m" },
		{ "test", "--message" },
		{ "test", "--json=yes" },
		{ "test", "-j", "--json" },
		{ "test", "12" }, /* too many */
		{ "test", "--=x" },
	};
	struct given g;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		assert_false(parse(&g, rows[i], 0, 0));
		assert_int_equal(g.status, EXIT_USAGE);
	}
	assert_false(PARSE(&g, 2, 2, "12"));
	assert_int_equal(g.status, EXIT_USAGE);
}

static void
test_help_is_no_failure(void **state)
{
	struct given g;

	(void)state;
	assert_false(PARSE(&g, 1, 1, "--help"));
	assert_int_equal(g.status, EXIT_OK);
	assert_false(PARSE(&g, 1, 1, "12", "-h"));
	assert_int_equal(g.status, EXIT_OK);
}

static void
test_number(void **state)
{
	uint64_t n = 5;
	int status = 0;

	(void)state;
	assert_true(options_number("test", "--n", "1000", 1000, &n, &status));
	assert_int_equal(n, 1000);
	for (const char *const *bad =
		 (const char *const[]){ "1001", "-1", "+1", "1 ", "", "0x1", NULL };
	     *bad != NULL; bad++) {
		assert_false(options_number("test", "--n", *bad, 1000, &n, &status));
		assert_int_equal(status, EXIT_USAGE);
	}
	assert_int_equal(n, 1000);
}

/* Every row is whole, and rows of one group stand together.  A-16: what can be said is a row. */
static void
test_table_A_16(void **state)
{
	const struct command *c, *before = NULL;

	(void)state;
	for (size_t i = 0; (c = command_at(i)) != NULL; before = c, i++) {
		assert_ptr_equal(command_find(c->name), c);
		assert_non_null(c->run);
		assert_true(strncmp(c->usage, c->name, strlen(c->name)) == 0);
		assert_non_null(strstr(c->help, "Exit codes: "));
		assert_non_null(strstr(c->help, "Example:\n  "));
		for (size_t j = 0; before && strcmp(before->group, c->group) != 0 && j < i; j++)
			assert_string_not_equal(command_at(j)->group, c->group);
	}
	assert_null(command_find("destroy"));
	assert_null(command_find(""));
}

static void
near_is(const char *typed, const char *want)
{
	_cleanup_(strvec_release) struct strvec near = STRVEC_INIT;
	_cleanup_(buf_release) struct buf b = BUF_INIT;

	command_near(typed, &near);
	for (size_t i = 0; i < near.n; i++)
		buf_addf(&b, "%s ", near.v[i]);
	assert_string_equal(b.p, want);
}

static void
test_near(void **state)
{
	(void)state;
	near_is("prak", "park ");
	near_is("stauts", "status ");
	near_is("answ", "answer ");
	near_is("re", "repo review retry ");
	near_is("mrege", "merge ");
	near_is("zzzzzz", "");
	near_is("", "");
	near_is("a-word-that-is-longer-than-any-command", "");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_forms),
		cmocka_unit_test(test_operands),
		cmocka_unit_test(test_refuses),
		cmocka_unit_test(test_help_is_no_failure),
		cmocka_unit_test(test_number),
		cmocka_unit_test(test_table_A_16),
		cmocka_unit_test(test_near),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
