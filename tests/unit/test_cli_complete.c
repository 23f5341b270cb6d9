/* SPDX-License-Identifier: GPL-2.0-only */
/* What a command line may go on with: of every command in the table, and the forms of typing it. */
#include "base/base.h"

#include "cli/cli_complete.h"

#include <setjmp.h>

#include <cmocka.h>

static void
ask(struct complete_ask *a, const char *const *words)
{
	size_t n = 0;

	while (words[n] != NULL)
		n++;
	complete_ask(n, words, a);
}
#define ASK(a, ...) ask(a, (const char *const[]){ __VA_ARGS__, NULL })

/* The kinds of the last word. */
static unsigned
kinds(const char *const *words)
{
	struct complete_ask a;
	unsigned found;

	ask(&a, words);
	found = a.kinds;
	complete_release(&a);
	return found;
}
#define KINDS(...) kinds((const char *const[]){ __VA_ARGS__, NULL })

static void
test_places(void **state)
{
	(void)state;
	assert_int_equal(KINDS(""), COMPLETE_COMMAND);
	assert_int_equal(KINDS("sh"), COMPLETE_COMMAND);
	assert_int_equal(KINDS("nonsense", ""), 0);
	assert_int_equal(KINDS("show", ""), COMPLETE_TICKET);
	assert_int_equal(KINDS("show", "1", ""), 0);
	assert_int_equal(KINDS("park", "1", "2", ""), COMPLETE_TICKET); /* ID... */
	assert_int_equal(KINDS("attach", ""), COMPLETE_TICKET);         /* ID[.EPISODE] */
	assert_int_equal(KINDS("assign", "1", ""), COMPLETE_AGENT);
	assert_int_equal(KINDS("adopt", "1", ""), COMPLETE_REF | COMPLETE_REFUSED);
	assert_int_equal(KINDS("amend", "1", ""), COMPLETE_REF);
	assert_int_equal(KINDS("comment", "1", ""), COMPLETE_FILE);
	assert_int_equal(KINDS("new", ""), 0); /* a title */
	assert_int_equal(KINDS("prune", ""), COMPLETE_TICKET);
	assert_int_equal(KINDS("repo", ""), COMPLETE_CHOICE);
	assert_int_equal(KINDS("repo", "add", ""), COMPLETE_FILE);
	assert_int_equal(KINDS("repo", "rm", ""), COMPLETE_REPO);
	assert_int_equal(KINDS("repo", "ls", ""), 0);
	assert_int_equal(KINDS("repo", "nonsense", ""), 0);
	assert_int_equal(KINDS("completion", ""), COMPLETE_CHOICE);
	assert_int_equal(KINDS("help", ""), COMPLETE_COMMAND);
}

static void
test_values(void **state)
{
	struct complete_ask a;

	(void)state;
	assert_int_equal(KINDS("new", "x", "--agent", ""), COMPLETE_AGENT);
	assert_int_equal(KINDS("new", "--agent", "sh", "x", "--base", ""), COMPLETE_BRANCH);
	assert_int_equal(KINDS("new", "x", "--from", ""), COMPLETE_REF);
	assert_int_equal(KINDS("new", "-m", ""), 0);
	assert_int_equal(KINDS("new", "-F", ""), COMPLETE_FILE);
	assert_int_equal(KINDS("new", "--file", ""), COMPLETE_FILE);
	assert_int_equal(KINDS("new", "--park", ""), 0);
	assert_int_equal(KINDS("show", "--json", ""), COMPLETE_TICKET);
	assert_int_equal(KINDS("edit", "1", "--mission", ""), COMPLETE_MISSION);
	assert_int_equal(KINDS("edit", "1", "--notify", ""), COMPLETE_INBOX);
	assert_int_equal(KINDS("fail", "--ticket", ""), COMPLETE_TICKET);
	assert_int_equal(KINDS("new", "x", "--after=1,2"), COMPLETE_TICKET);
	assert_int_equal(KINDS("new", "x", "--nonsense=1"), 0);
	assert_int_equal(KINDS("new", "x", "--park=1"), 0);
	assert_int_equal(KINDS("show", "--", "-"), COMPLETE_TICKET);
	assert_int_equal(KINDS("show", "--nonsense", ""), COMPLETE_TICKET);
	assert_int_equal(KINDS("new", "--agent", "--", ""), 0); /* the value is "--" */
	assert_int_equal(KINDS("tail", "-f", "-n", "5", ""), COMPLETE_TICKET);
	assert_int_equal(KINDS("tail", "-fn", "5", ""), COMPLETE_TICKET);
	assert_int_equal(KINDS("tail", "-fn5", ""), COMPLETE_TICKET);
	assert_int_equal(KINDS("assign", "-mn", ""), COMPLETE_TICKET); /* the value is "n" */
	assert_int_equal(
	    KINDS("new", "x", "-F=a"), COMPLETE_OPTION); /* there is none, and no file "a" */
	assert_int_equal(KINDS("new", "x", "--after", "1,$(x)\n2,"), 0);

	ASK(&a, "new", "x", "--after=1,23");
	assert_true(str_is(a.kept, "--after=1,") && str_is(a.typed, "23"));
	complete_release(&a);
	ASK(&a, "new", "x", "--review", "h");
	assert_int_equal(a.choices.n, 3);
	assert_string_equal(a.choices.v[0], "human");
	assert_string_equal(a.choices.v[2], "agent");
	assert_true(str_is(a.kept, "") && str_is(a.typed, "h"));
	complete_release(&a);
}

/* What is there, and may be there once. */
static void
test_taken(void **state)
{
	struct complete_ask a;

	(void)state;
	ASK(&a, "park", "1", "22", "");
	assert_true(complete_is_taken(&a, STR("1")) && complete_is_taken(&a, STR("22")));
	assert_false(complete_is_taken(&a, STR("2")));
	complete_release(&a);
	ASK(&a, "assign", "1", "");
	assert_false(complete_is_taken(&a, STR("1"))); /* an agent may have the name */
	complete_release(&a);
	ASK(&a, "new", "x", "--after=1,22,2");
	assert_true(complete_is_taken(&a, STR("1")) && complete_is_taken(&a, STR("22")));
	assert_false(complete_is_taken(&a, STR("2")));
	complete_release(&a);
	ASK(&a, "new", "x", "--agent=sh", "-mtext", "--park", "--", "--json", "-");
	assert_true(complete_is_taken(&a, STR("--agent")) && complete_is_taken(&a, STR("-m")));
	assert_true(
	    complete_is_taken(&a, STR("--message")) && complete_is_taken(&a, STR("--park")));
	assert_false(complete_is_taken(&a, STR("--json")) || complete_is_taken(&a, STR("--file")));
	complete_release(&a);
	ASK(&a, "question", "x", "--choice", "a", "-");
	assert_false(complete_is_taken(&a, STR("--choice"))); /* [--choice TEXT]... */
	complete_release(&a);
}

static size_t
ways(const char *usage, const char *name)
{
	struct str rest = str_of(usage), way;
	size_t n = 0;

	while (grammar_way(&rest, name, &way)) {
		assert_true(str_starts(way, name));
		n++;
	}
	return n;
}

/* Usage lines as they may be one day. */
static void
test_grammar(void **state)
{
	struct grammar_token t;
	struct str s;

	(void)state;
	s = STR("[ID]... X");
	assert_true(grammar_token(&s, &t) && str_is(t.word, "[") && !t.repeats);
	assert_true(grammar_token(&s, &t) && str_is(t.word, "ID") && t.repeats);
	assert_true(grammar_token(&s, &t) && str_is(t.word, "]"));
	assert_true(grammar_token(&s, &t) && str_is(t.word, "X") && !t.repeats);
	assert_false(grammar_token(&s, &t));
	s = STR("ID[.EPISODE]...");
	assert_true(grammar_token(&s, &t) && str_is(t.word, "ID") && t.repeats);
	assert_false(grammar_token(&s, &t));
	s = STR("ID[.EP[X]"); /* a bracket too few */
	assert_true(grammar_token(&s, &t) && str_is(t.word, "ID") && s.len == 0);
	assert_int_equal(ways("repo", "repo"), 1);
	assert_int_equal(ways("repo add PATH | repo", "repo"), 2);
	assert_int_equal(ways("repo add X | repository | repo ls | repo", "repo"), 3);
	assert_int_equal(ways("up | up -d", "up"), 2);
}

static const struct grammar_option *
option(const struct complete_ask *a, const char *name)
{
	for (size_t i = 0; i < a->options.n; i++)
		if (str_is(a->options.v[i].name, name))
			return &a->options.v[i];
	fail_msg("no option %s", name);
	return NULL;
}

static void
test_options(void **state)
{
	struct complete_ask a;

	(void)state;
	ASK(&a, "new", "-");
	assert_int_equal(a.kinds, COMPLETE_OPTION);
	assert_true(str_is(option(&a, "-m")->value, "TEXT"));
	assert_true(str_is(option(&a, "--message")->value, "TEXT"));
	assert_true(str_is(option(&a, "--message")->about, "what to do"));
	assert_true(str_is(option(&a, "--park")->value, ""));
	assert_true(str_is(option(&a, "--review")->value, "human|none|agent"));
	assert_true(str_is(option(&a, "--priority")->about, "0 to 1000")); /* ; higher goes first */
	complete_release(&a);
	ASK(&a, "done", "-");
	assert_true(str_is(option(&a, "--episode")->value, "N"));
	assert_true(str_is(option(&a, "--nonce-file")->value, "FILE"));
	complete_release(&a);
}

/* A placeholder that is not in the list is a BUG() of the first Tab behind it. */
static void
test_every_command(void **state)
{
	const struct command *c;

	(void)state;
	for (size_t i = 0; (c = command_at(i)) != NULL; i++) {
		struct complete_ask a, of_value;

		ASK(&a, c->name, "--");
		assert_int_equal(a.kinds, COMPLETE_OPTION);
		for (size_t j = 0; j < a.options.n; j++) {
			const struct grammar_option *o = &a.options.v[j];
			char name[60];

			(void)snprintf(name, sizeof name, "%.*s", STR_FMT(o->name));
			for (const char *p = name + strspn(name, "-"); *p != '\0'; p++)
				assert_true(complete_is_word(str_n(p, 1)) && *p != ',');
			ASK(&of_value, c->name, name, "");
			complete_release(&of_value);
		}
		complete_release(&a);
		(void)KINDS(c->name, "");
		(void)KINDS(c->name, "1", "");
		(void)KINDS(c->name, "1", "2", "");
	}
}

static void
test_words(void **state)
{
	(void)state;
	assert_true(complete_is_word(str_of("feature/x-1.2_b@{")) == false);
	assert_true(complete_is_word(str_of("feature/x-1.2_b+c%d@e,f")));
	assert_false(complete_is_word(str_of("")));
	assert_false(complete_is_word(str_of("%self"))); /* fish: its pid */
	assert_false(complete_is_word(str_of("a b")));
	assert_false(complete_is_word(str_of("a\tb")));
	assert_false(complete_is_word(str_of("$(x)")));
	assert_false(complete_is_word(str_of("a'b")));
	assert_false(complete_is_word(str_of("\xc3\xa4")));
	assert_false(complete_is_word(str_n("a\0b", 3)));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_places),
		cmocka_unit_test(test_values),

		cmocka_unit_test(test_taken),
		cmocka_unit_test(test_grammar),
		cmocka_unit_test(test_options),
		cmocka_unit_test(test_every_command),
		cmocka_unit_test(test_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
