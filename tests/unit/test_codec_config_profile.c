/* SPDX-License-Identifier: GPL-2.0-only */
/* Agents in layers: a ready-made profile, and over it what the configuration gives. */
#include "base/base.h"

#include "codec/config_text.h"

#include "codec/config_keys.h"
#include "codec/embedded.h"
#include "codec/json.h"
#include "codec/words.h"
#include "core/digest.h"

#include <setjmp.h>

#include <cmocka.h>

static void
load(const char *text, struct config *ret)
{
	struct err err = ERR_INIT;

	if (config_load(str_of(text), "config", ret, &err) < 0)
		fail_msg("%s", err.text);
}

/* All words of all command lines of an agent. */
static void
all_words(const struct config_agent *a, struct strvec *ret)
{
	const char *const lines[] = { a->start, a->resume, a->reviewer, a->options };

	for (size_t i = 0; i < ARRAY_LEN(lines); i++)
		if (lines[i])
			assert_int_equal(words_split(str_of(lines[i]), ret, NULL), 0);
	for (size_t i = 0; i < a->common.n; i++)
		assert_int_equal(words_split(str_of(a->common.v[i]), ret, NULL), 0);
}

static void
test_one_line_is_enough(void **state)
{
	static const char *const names[] = { "sh", "claude", "codex", "opencode", "gemini", "qwen",
		"copilot", "aider" };
	const struct config_agent *a;
	struct config c;

	(void)state;
	load("[defaults]\nagent = claude\n", &c);
	assert_int_equal(c.agents.n, ARRAY_LEN(names));
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		a = config_agent(&c, names[i]);
		assert_non_null(a);
		assert_true(a->is_ready_made);
		assert_string_equal(a->profile, names[i]);
	}
	a = config_agent(&c, config_default_agent(&c, NULL));
	assert_true(str_starts(str_of(a->start), "claude --session-id {session} "));
	assert_true(str_starts(str_of(a->resume), "claude --resume {session} "));
	assert_int_equal(a->files.n, 2);
	config_release(&c);
}

static void
test_keys_that_are_given_replace_those_of_the_profile(void **state)
{
	const struct config_agent *a;
	struct config c;

	(void)state;
	load("[agent \"claude\"]\noptions = --model x\nslots = 3\n"
	     "[agent \"strict\"]\nprofile = claude\nenv = A=1\nenv = B=2\nfile = claude/mcp.json\n"
	     "[agent \"mine\"]\nprofile = claude\nstart = claude -p {prompt}\n"
	     "[agent \"both\"]\nprofile = codex\nstart = c {prompt}\nresume = r {session}\n"
	     "[agent \"other\"]\nstart = other\n"
	     "[repo \"app\"]\npath = /x\nagent = strict\n[repo \"b\"]\npath = /y\n"
	     "[defaults]\nagent = other\n",
	    &c);
	a = config_agent(&c, "claude");
	assert_false(a->is_ready_made);
	assert_string_equal(a->options, "--model x");
	assert_int_equal(a->slots, 3);
	assert_true(str_starts(str_of(a->resume), "claude --resume"));
	a = config_agent(&c, "strict");
	assert_true(str_starts(str_of(a->start), "claude --session-id"));
	assert_int_equal(a->env.n, 2);
	assert_int_equal(a->files.n, 1);
	assert_int_equal(a->common.n, 1);
	/* another start is not resumed with the profile's, which may have other permissions */
	a = config_agent(&c, "mine");
	assert_null(a->resume);
	assert_int_equal(a->files.n, 2);
	assert_string_equal(config_agent(&c, "both")->resume, "r {session}");
	assert_string_equal(config_agent(&c, "both")->session, "uuid7"); /* it can only refuse */
	assert_null(config_agent(&c, "claude")->session);
	assert_string_equal(config_agent(&c, "codex")->session, "uuid7");
	assert_string_equal(config_agent(&c, "opencode")->session, "ses_time");
	a = config_agent(&c, "other");
	assert_null(a->profile);
	assert_int_equal(a->files.n + a->common.n + a->env.n, 0);
	assert_string_equal(config_default_agent(&c, config_repo(&c, "app")), "strict");
	assert_string_equal(config_default_agent(&c, config_repo(&c, "b")), "other");
	config_release(&c);
}

static void
test_refuses(void **state)
{
	static const struct {
		const char *text, *want;
	} rows[] = {
		{ "[agent \"x\"]\nprofile = nobody\n", "line 2: \"profile\" must be one of" },
		{ "[agent \"x\"]\nprofile = ../agents/sh\n", "line 2: \"profile\" must be" },
		{ "[agent \"x\"]\nslots = 1\n", "line 1: this section has no \"start\"" },
		{ "[agent \"x\"]\nstart = x\nprompt = typed\n", "argument, file or stdin" },
		{ "[agent \"x\"]\nstart = x\nfile = /etc/passwd\n", "line 3: \"file\" must be" },
		{ "[agent \"x\"]\nstart = x\nfile = claude.ini\n", "line 3: \"file\" must be" },
		{ "[agent \"x\"]\nstart = x\nunset = A=1\n", "the name of a variable" },
		{ "[agent \"x\"]\nstart = x\noptions = 'a\n", "every quote closed" },
		{ "[agent \"x\"]\nstart = x\nsession = ses_*\n", "uuid7 or ses_time" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct err err = ERR_INIT;
		struct config c;

		assert_int_equal(
		    config_load(str_of(rows[i].text), "config", &c, &err), ERR_INVALID);
		if (!strstr(err.text, rows[i].want))
			fail_msg("\"%s\" does not say \"%s\"", err.text, rows[i].want);
	}
}

/* What `reeve agents NAME` prints is the configuration of that agent: read again, it is the same. */
static void
test_section_in_effect_round_trip(void **state)
{
	struct config c;

	(void)state;
	load("[agent \"strict\"]\nprofile = codex\nprompt = stdin\nslots = 2\nunset = X\n"
	     "options = --model 'a b'\nenv = \"A= \\\"x\\\" # y\"\n",
	    &c);
	for (size_t i = 0; i < c.agents.n; i++) {
		_cleanup_(buf_release) struct buf one = BUF_INIT, two = BUF_INIT;
		struct config again;

		config_add_agent(&one, &c.agents.v[i]);
		load(one.p, &again);
		config_add_agent(&two, config_agent(&again, c.agents.v[i].name));
		assert_string_equal(one.p, two.p);
		config_release(&again);
	}
	config_release(&c);
}

/* A name of a placeholder that plan.c does not know would be found only when somebody starts it. */
static void
test_words_of_profiles(void **state)
{
	static const char *const known[] = { "common", "options", "session", "prompt", "brief",
		"files", "text" };
	struct config c;

	(void)state;
	load("", &c);
	for (size_t i = 0; i < c.agents.n; i++) {
		const struct config_agent *a = &c.agents.v[i];
		_cleanup_(strvec_release) struct strvec words = STRVEC_INIT;
		struct words_value values[ARRAY_LEN(known) + 1] = { { NULL, NULL } };
		struct err err = ERR_INIT;
		const struct strvec none = STRVEC_INIT;

		for (size_t k = 0; k < ARRAY_LEN(known); k++)
			values[k] = (struct words_value){ known[k], "x" };
		all_words(a, &words);
		for (size_t k = 0; k < a->env.n; k++)
			strvec_push(&words, a->env.v[k]);
		words_splice(&words, "{common}", &none);
		words_splice(&words, "{options}", &none);
		assert_false(words_have(&words, "{common}"));
		if (words_fill(&words, values, &err) < 0)
			fail_msg("%s: %s", a->name, err.text);
		/* a session is chosen, or its hooks tell which: by a way that the profile has */
		if (a->resume)
			assert_non_null(strstr(a->resume, "{session}"));
	}
	config_release(&c);
}

/* Every file is an object that a strict reader takes; no secret and no path of anybody is in it. */
static void
test_files_are_json(void **state)
{
	size_t n = 0;

	(void)state;
	for (size_t i = 0; i < embedded_count; i++) {
		const struct embedded *f = &embedded_files[i];
		_cleanup_(json_drop) json_t *o = NULL;
		struct err err = ERR_INIT;

		if (!strstr(f->name, "templates/agents/") || !strstr(f->name, ".json"))
			continue;
		if (json_open(str_n(f->text, f->len), 16, &o, &err) < 0)
			fail_msg("%s: %s", f->name, err.text);
		assert_null(strstr(f->text, "NONCE"));
		n++;
	}
	assert_true(n >= 4);
}

/* --- Codex --- */

/* Codex's name of an event in its keys: PostToolUse is post_tool_use. */
static void
codex_event(struct str name, struct buf *ret)
{
	for (size_t i = 0; i < name.len; i++) {
		bool is_big = name.p[i] >= 'A' && name.p[i] <= 'Z';

		if (is_big && i > 0)
			buf_addch(ret, '_');
		buf_addch(ret, is_big ? (char)(name.p[i] - 'A' + 'a') : name.p[i]);
	}
}

/* Codex runs no hook that nobody has trusted: by the SHA-256 of the hook as compact JSON, its keys sorted.  Every hook
 * of the profile has the right one beside it. */
static void
test_codex_trusts_its_hooks(void **state)
{
	_cleanup_(strvec_release) struct strvec words = STRVEC_INIT;
	const char *trust = NULL;
	struct config c;
	size_t n = 0;

	(void)state;
	load("", &c);
	all_words(config_agent(&c, "codex"), &words);
	for (size_t i = 0; i < words.n; i++)
		if (str_starts(str_of(words.v[i]), "hooks.state="))
			trust = words.v[i];
	assert_non_null(trust);
	for (size_t i = 0; i < words.n; i++) {
		_cleanup_(buf_release) struct buf event = BUF_INIT, hook = BUF_INIT,
						  want = BUF_INIT;
		struct str rest = str_of(words.v[i]), name;
		struct digest d;
		unsigned timeout;
		char command[40];

		if (!str_starts(rest, "hooks.") || words.v[i] == trust)
			continue;
		assert_true(str_cut(&rest, '=', &name));
		codex_event(str_n(name.p + 6, name.len - 6), &event);
		assert_int_equal(
		    sscanf(rest.p, "[{hooks=[{type='command',command='%39[^']',timeout=%u}]}]",
			command, &timeout),
		    2);
		assert_string_equal(command, "reeve hook");
		buf_addf(&hook,
		    "{\"event_name\":\"%s\",\"hooks\":[{\"async\":false,\"command\":\"%s\","
		    "\"timeout\":%u,\"type\":\"command\"}]}",
		    event.p, command, timeout);
		d = digest_of(buf_str(&hook));
		buf_addf(
		    &want, "'/<session-flags>/config.toml:%s:0:0'={trusted_hash='sha256:", event.p);
		digest_add_hex(&want, &d);
		buf_adds(&want, "'}");
		if (!strstr(trust, want.p))
			fail_msg("%s: the hash is wrong: %s", event.p, want.p);
		n++;
	}
	assert_int_equal(n, 6);
	config_release(&c);
}

/* The nonce goes by the environment: a command line is for everybody to read. */
static void
test_no_secret_in_a_command_line_X_31(void **state)
{
	struct config c;

	(void)state;
	load("", &c);
	for (size_t i = 0; i < c.agents.n; i++) {
		_cleanup_(strvec_release) struct strvec words = STRVEC_INIT;

		all_words(&c.agents.v[i], &words);
		assert_false(words_have(&words, "{nonce}"));
		assert_false(words_have(&words, "$REEVE_NONCE"));
	}
	config_release(&c);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_one_line_is_enough),
		cmocka_unit_test(test_keys_that_are_given_replace_those_of_the_profile),
		cmocka_unit_test(test_refuses),
		cmocka_unit_test(test_section_in_effect_round_trip),
		cmocka_unit_test(test_words_of_profiles),
		cmocka_unit_test(test_files_are_json),
		cmocka_unit_test(test_codex_trusts_its_hooks),
		cmocka_unit_test(test_no_secret_in_a_command_line_X_31),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
