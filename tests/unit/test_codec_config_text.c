/* SPDX-License-Identifier: GPL-2.0-only */
/* The configuration: what is read, as git reads it; and that nothing is cut, joined or left out in silence. */
#include "base/base.h"

#include "codec/config_text.h"

#include <setjmp.h>

#include <cmocka.h>

static void
load(struct str text, struct config *c)
{
	struct err err = ERR_INIT;

	if (config_load(text, "config", c, &err) < 0)
		fail_msg("%.*s: %s", STR_FMT(text), err.text);
}

static void
refused(struct str text, const char *want)
{
	struct config c = { .slots = 77 };
	struct err err = ERR_INIT;

	assert_int_equal(config_load(text, "config", &c, &err), ERR_INVALID);
	if (strstr(err.text, want) == NULL || !str_starts(str_of(err.text), "config: "))
		fail_msg("%.*s: \"%s\" does not say \"%s\"", STR_FMT(text), err.text, want);
	assert_int_equal(c.slots, 77);
	assert_null(strchr(err.text, '\x1b'));
	assert_int_equal(config_load(text, "config", &c, NULL), ERR_INVALID);
}

static void
test_defaults(void **state)
{
	static const struct str empty[] = { { "", 0 }, { "\n", 1 }, { "# c\n; c\n  # c", 13 },
		{ "[defaults]", 10 }, { "[tmux]\n\n[defaults] # c\r\n", 24 } };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(empty); i++) {
		struct config c;

		load(empty[i], &c);
		assert_null(c.agent);
		assert_int_equal(c.review, REVIEW_HUMAN);
		assert_int_equal(c.merge, MERGE_AUTO);
		assert_int_equal(c.slots, 4);
		assert_int_equal(c.drain_ms, 60000);
		assert_int_equal(c.grace_ms, 5000);
		assert_int_equal(c.start_deadline_ms, 60000);
		assert_null(c.worktrees);
		assert_string_equal(c.tmux_socket, "reeve");
		assert_null(c.tmux_conf);
		assert_int_equal(c.repos.n, 0);
		for (size_t k = 0; k < c.agents.n; k++)
			assert_true(c.agents.v[k].is_ready_made);
		config_release(&c);
		config_release(&c);
	}
}

static void
test_everything(void **state)
{
	const struct config_agent *agent;
	const struct config_repo *repo;
	struct config c;

	(void)state;
	load(STR("[defaults]\nagent = sh\nreview=none\nmerge = manual  # c\n  slots = 7\ndrain = "
		 "250ms\n"
		 "grace = 0s\nstart-deadline = 24h\nworktrees = /w/t\n"
		 "[tmux]\nsocket = t1\nconf = /dev/null\n"
		 "[repo \"app\"]\n\tpath = /x\n\tbase = release/1\n\tslots = 2\n"
		 "[repo \"b.2\"]\r\npath = \"/a b;#\\\"\\\\\\tc\"\r\n"
		 "[agent \"sh\"]\nstart = sh -c {text}\n"
		 "env = A=1\nenv = B=x=y\nenv = C=\n"
		 "[agent \"two\"]\nstart = two \\\"a b\\\" c=d ; comment\n"
		 "[defaults]\n"),
	    &c);
	assert_string_equal(c.agent, "sh");
	assert_int_equal(c.review, REVIEW_NONE);
	assert_int_equal(c.merge, MERGE_MANUAL);
	assert_int_equal(c.slots, 7);
	assert_int_equal(c.drain_ms, 250);
	assert_int_equal(c.grace_ms, 0);
	assert_int_equal(c.start_deadline_ms, 86400000);
	assert_string_equal(c.worktrees, "/w/t");
	assert_string_equal(c.tmux_socket, "t1");
	assert_string_equal(c.tmux_conf, "/dev/null");
	repo = config_repo(&c, "app");
	assert_string_equal(repo->path, "/x");
	assert_string_equal(repo->base, "release/1");
	assert_int_equal(repo->slots, 2);
	repo = config_repo(&c, "b.2");
	assert_string_equal(repo->path, "/a b;#\"\\\tc");
	assert_string_equal(repo->base, "main");
	assert_int_equal(repo->slots, 0);
	assert_null(config_repo(&c, "sh"));
	agent = config_agent(&c, "sh");
	assert_string_equal(agent->start, "sh -c {text}");
	assert_int_equal(agent->env.n, 3);
	assert_string_equal(agent->env.v[1], "B=x=y");
	assert_string_equal(agent->env.v[2], "C=");
	agent = config_agent(&c, "two");
	assert_string_equal(agent->start, "two \"a b\" c=d");
	assert_null(config_agent(&c, "app"));
	config_release(&c);
}

/* As a library default inih cuts at 199 bytes, and a section at 49. */
static void
test_long_lines_and_names(void **state)
{
	_cleanup_(buf_release) struct buf b = BUF_INIT, name = BUF_INIT;
	struct config c;

	(void)state;
	for (int i = 0; i < 64; i++)
		buf_addch(&name, 'n');
	for (size_t n = 150; n < 8192; n += n < 250 ? 1 : 397) {
		buf_clear(&b);
		buf_addf(&b, "[repo \"%s\"]\npath = /", name.p);
		for (size_t i = 8; i < n; i++)
			buf_addch(&b, 'x');
		buf_adds(&b, "\nbase = last");
		load(buf_str(&b), &c);
		assert_int_equal(strlen(config_repo(&c, name.p)->path), n - 7);
		assert_string_equal(c.repos.v[0].base, "last");
		config_release(&c);
	}
	buf_clear(&b);
	buf_adds(&b, "[defaults]\n\n# ");
	for (int i = 0; i < 8190; i++)
		buf_addch(&b, 'x');
	refused(buf_str(&b), "line 3: it has 8192 bytes; a line can have 8191");
	for (int i = 0; i < 300 * 1024; i++)
		buf_addch(&b, 'x');
	refused(buf_str(&b), "line 3: it has");
	for (int i = 0; i < 1024 * 1024; i++)
		buf_addch(&b, '\n');
	refused(buf_str(&b), "config: it has");
}

static void
test_refuses(void **state)
{
	const struct {
		struct str text;
		const char *want;
	} rows[] = {
		{ STR("agent = sh"), "line 1: key \"agent\" stands before the first [section]" },
		{ STR("\n[nope]"), "line 2: this section is not known" },
		{ STR("[nope]\nx = 1"), "line 1: this section is not known" },
		{ STR("[defaults \"x\"]"), "line 1: this section is not known" },
		{ STR("[Defaults]"), "line 1: this section is not known" },
		{ STR("[]"), "line 1: this section is not known" },
		{ STR("[defaults"), "line 1: the [ of this section is not closed" },
		{ STR("[defaults] agent = sh"), "line 1: put what follows the ]" },
		{ STR("[repo]\npath = /x"), "line 1: it needs a name" },
		{ STR("[repo app]\npath = /x"), "line 1: a section is [word]" },
		{ STR("[repo \"app]\npath = /x"), "line 1: a section is [word]" },
		{ STR("[repo \"../app\"]\npath = /x"), "line 1: it needs a name" },
		{ STR("[repo \"a b\"]\npath = /x"), "line 1: it needs a name" },
		{ STR("[repo \"\"]\npath = /x"), "line 1: it needs a name" },
		{ STR("[repo.app]\npath = /x"), "line 1: this section is not known" },
		{ STR("# c\n[repo \"app\"]\n\n"), "line 2: this section has no \"path\"" },
		{ STR("[repo \"app\"]\n[tmux]\n"), "line 1: this section has no \"path\"" },
		{ STR("[agent \"a\"]\nenv = A=x\n"), "line 1: this section has no \"start\"" },
		{ STR("[repo \"a\"]\npath=/x\n[repo \"a\"]\npath=/y"),
		    "line 3: [repo \"a\"] stands here a second" },
		{ STR("[agent \"a\"]\nstart=x\n[agent \"a\"]"),
		    "line 3: [agent \"a\"] stands here a second" },
		{ STR("[defaults]\n\nagnet = sh\n"), "line 3: key \"agnet\" is not known" },
		{ STR("[defaults]\n\x1b[2J = sh\n"), "line 2: it holds a control character" },
		{ STR("[defaults]\n= sh\n"), "line 2: key \"\" is not known" },
		{ STR("[agent \"a\"]\ntitle = x\n"),
		    "line 2: key \"title\" is not known in this "
		    "section; there are: profile start resume session reviewer common" },
		{ STR("[defaults]\nagent = a\nslots = 1\nagent = b\n"),
		    "line 4: key \"agent\" is set twice" },
		{ STR("[tmux]\nsocket = a\n[defaults]\n[tmux]\nsocket = b\n"),
		    "line 5: key \"socket\" is set twice" },
		{ STR("[defaults]\nagent sh\n"), "line 2: it is neither" },
		{ STR("[defaults]\nagent\nslots = x\n"), "line 2: it is neither" },
		{ STR("[defaults]\nagent: sh\n"), "line 2: write key = value" },
		{ STR("[defaults]\nslots = 0\n"), "line 2: \"slots\" must be a number from 1" },
		{ STR("[defaults]\nslots = 10001\n"), "line 2: \"slots\"" },
		{ STR("[defaults]\nslots = -1\n"), "line 2: \"slots\"" },
		{ STR("[defaults]\nslots =\n"), "line 2: \"slots\"" },
		{ STR("[defaults]\nreview = robot\n"),
		    "line 2: \"review\" must be human, agent or none" },
		{ STR("[defaults]\nmerge = AUTO\n"), "line 2: \"merge\" must be auto" },
		{ STR("[defaults]\ndrain = 60\n"), "line 2: \"drain\" must be a time" },
		{ STR("[defaults]\ngrace = 25h\n"), "line 2: \"grace\" must be a time" },
		{ STR("[defaults]\nagent = ../x\n"), "line 2: \"agent\" must be a name" },
		{ STR("[defaults]\nworktrees = ~/w\n"),
		    "line 2: \"worktrees\" must be an absolute path" },
		{ STR("[tmux]\nsocket = a b\n"), "line 2: \"socket\" must be the name" },
		{ STR("[tmux]\nconf = x\n"), "line 2: \"conf\" must be an absolute path" },
		{ STR("[repo \"a\"]\npath = x\n"), "line 2: \"path\" must be an absolute path" },
		{ STR("[repo \"a\"]\npath = /x\nbase = -D\n"),
		    "line 3: \"base\" must be the name of a branch" },
		{ STR("[agent \"a\"]\nstart = sh -c 'x\n"),
		    "line 2: \"start\" must be a command line" },
		{ STR("[agent \"a\"]\nstart =\n"), "line 2: \"start\" must be a command line" },
		{ STR("[agent \"a\"]\nstart = x\nenv = A\n"),
		    "line 3: \"env\" must be NAME=value" },
		{ STR("[agent \"a\"]\nstart = x\nenv = =1\n"),
		    "line 3: \"env\" must be NAME=value" },
		{ STR("[agent \"a\"]\nstart = x\nenv = 1A=1\n"),
		    "line 3: \"env\" must be NAME=value" },
		{ STR("[agent \"a\"]\nstart = x\nenv = A B=1\n"),
		    "line 3: \"env\" must be NAME=value" },
		{ STR("\xef\xbb\xbf[defaults]\n"), "line 1: it begins with a byte order mark" },
		{ STR("[defaults]\n# \0\nagent = sh\n"), "line 2: it holds a control character" },
		{ STR("[defaults]\nagent = s\0h\n"), "line 2: it holds a control character" },
		{ STR("[defaults]\nagent = \xff\n"),
		    "line 2: it holds a control character, or is not UTF-8" },
		{ STR("[defaults]\nagent = a\rslots = 2\n"),
		    "line 2: it holds a control character" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		refused(rows[i].text, rows[i].want);
}

/* The value alone; NULL: refused with these words. */
static void
test_values(void **state)
{
	static const struct {
		const char *raw, *want, *wrong;
	} rows[] = {
		{ "a b  c", "a b  c", NULL },
		{ "\"a b\"", "a b", NULL },
		{ "\"a ; b # c\"", "a ; b # c", NULL },
		{ "\"a\" # c", "a", NULL },
		{ "a ; b", "a", NULL },
		{ "a\t# b", "a", NULL },
		{ "a \\\"b\\\" \\\\", "a \"b\" \\", NULL },
		{ "\"a \\\"b\\\" \\\\\\t\"", "a \"b\" \\\t", NULL },
		{ "sh -c 'a b'", "sh -c 'a b'", NULL },
		{ "\"sh -c 'a; b'\"", "sh -c 'a; b'", NULL },
		{ "a=b=c:d", "a=b=c:d", NULL },
		{ "a;b", NULL, "git would begin a comment" },
		{ "a#b", NULL, "git would begin a comment" },
		{ "sh -c 'a; b'", NULL, "git would begin a comment" },
		{ "sh -c 'a ; b'", NULL, "git would begin a comment" },
		{ "sh -c \"a b\"", NULL, "git would drop the double quote" },
		{ "\"sh\" -c", NULL, "something follows the closing double quote" },
		{ "\"sh", NULL, "is not closed" },
		{ "\"sh\\\"", NULL, "is not closed" },
		{ "a \\b b", NULL, "as an escape" },
		{ "a\\", NULL, "as an escape" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		_cleanup_(buf_release) struct buf b = BUF_INIT;
		struct config c;

		buf_addf(&b, "[agent \"a\"]\nstart = x\nenv = A=%s\n", rows[i].raw);
		if (rows[i].raw[0] == '"') { /* the quotes are around the whole value */
			buf_clear(&b);
			buf_addf(&b, "[agent \"a\"]\nstart = x\nenv = \"A=%s\n", rows[i].raw + 1);
		}
		if (rows[i].want == NULL) {
			refused(buf_str(&b), "line 3: the value of \"env\": ");
			refused(buf_str(&b), rows[i].wrong);
		} else {
			load(buf_str(&b), &c);
			assert_string_equal(c.agents.v[0].env.v[0] + 2, rows[i].want);
			config_release(&c);
		}
	}
}

static void
test_duration(void **state)
{
	static const struct {
		const char *text;
		int64_t want; /* -1: none */
	} rows[] = {
		{ "0s", 0 },
		{ "250ms", 250 },
		{ "60s", 60000 },
		{ "5m", 300000 },
		{ "24h", 86400000 },
		{ "86400000ms", 86400000 },
		{ "25h", -1 },
		{ "1441m", -1 },
		{ "60", -1 },
		{ "s", -1 },
		{ "", -1 },
		{ "-1s", -1 },
		{ "1 s", -1 },
		{ "1d", -1 },
		{ "1.5s", -1 },
		{ "18446744073709551616s", -1 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		int64_t ms = -1;

		assert_int_equal(config_duration(str_of(rows[i].text), &ms), rows[i].want >= 0);
		assert_int_equal(ms, rows[i].want);
	}
}

/* What is appended is read back, also behind a file without a newline at its end. */
static void
test_add_repo_round_trip(void **state)
{
	static const char *const bits[] = { "a", " ", "\"", "\\", "\t", "#", ";", "'", "=", "[",
		"]", "\xc3\xa4", "$(x)" };

	(void)state;
	srandom(5);
	for (int round = 0; round < 1000; round++) {
		_cleanup_(buf_release) struct buf path = BUF_INIT, b = BUF_INIT;
		char name[] = "r-1", base[] = "a/b#c;d'e";
		struct config_repo repo = { .name = name };
		struct err err = ERR_INIT;
		struct config c;

		buf_addch(&path, '/');
		for (long n = random() % 12; n > 0; n--)
			buf_adds(&path, bits[(size_t)random() % ARRAY_LEN(bits)]);
		repo.path = path.p;
		repo.base = round % 2 ? base : NULL;
		repo.slots = (uint32_t)(round % 3);
		buf_adds(&b, "[defaults]\nslots = 3");
		assert_int_equal(config_add_repo(&b, &repo, &err), 0);
		load(buf_str(&b), &c);
		assert_int_equal(c.slots, 3);
		assert_string_equal(c.repos.v[0].path, path.p);
		assert_string_equal(c.repos.v[0].base, round % 2 ? base : "main");
		assert_int_equal(c.repos.v[0].slots, repo.slots);
		config_release(&c);
	}
}

static void
test_add_repo_refuses_X_7(void **state)
{
	static const struct {
		const char *name, *path, *base, *want;
	} rows[] = {
		{ "../a", "/x", NULL, "the name of a repository" },
		{ "a\"]", "/x", NULL, "the name of a repository" },
		{ "a", "/x\nslots = 3", NULL, "its path holds a line break" },
		{ "a", "/x\r", NULL, "its path holds a line break" },
		{ "a", "/x\xff", NULL, "its path holds a line break" },
		{ "a", "x", NULL, "\"path\" must be an absolute path" },
		{ "a", "", NULL, "\"path\" must be an absolute path" },
		{ "a", "/x", "a\nb", "not the name of a branch" },
		{ "a", "/x", "a..b", "\"base\" must be the name of a branch" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		_cleanup_(free_charp) char *name = xstrdup(rows[i].name);
		_cleanup_(free_charp) char *path = xstrdup(rows[i].path);
		_cleanup_(free_charp) char *base = xstrdup(rows[i].base ? rows[i].base : "main");
		_cleanup_(buf_release) struct buf b = BUF_INIT;
		struct config_repo repo = { .name = name, .path = path, .base = base };
		struct err err = ERR_INIT;

		assert_int_equal(config_add_repo(&b, &repo, &err), ERR_INVALID);
		if (strstr(err.text, rows[i].want) == NULL)
			fail_msg("\"%s\" does not say \"%s\"", err.text, rows[i].want);
		assert_int_equal(b.len, 0);
	}
}

static void
test_repo_keys(void **state)
{
	const struct config_repo *r;
	struct config c;

	(void)state;
	load(STR("[defaults]\nports = 5000-5009\n[repo \"a\"]\npath = /a\n[repo \"b\"]\npath = /b\n"
		 "worktrees = /w\ngate = make test\ngate = sh -c 'a && b'\ngate-time = 90s\n"
		 "gate-memory = 4G\ngate-output = 64K\ngate-at = review\ngate-known = pass\n"
		 "landing = squash\nmessage = {title} ({ticket})\nlanded = push\nsetup = npm ci\n"
		 "teardown = npm stop\ncopy = .env\ncopy = a/b\nlink = node_modules\n"),
	    &c);
	assert_int_equal(c.port_first, 5000);
	assert_int_equal(c.port_last, 5009);
	r = config_repo(&c, "a");
	assert_int_equal(r->gate.commands.n, 0);
	assert_int_equal(r->gate.ms, 1800000);
	assert_int_equal(r->gate.output, 1 << 20);
	assert_int_equal(r->gate.memory + r->gate.is_early + r->gate.lets_known, 0);
	assert_int_equal(r->landing, LANDING_MERGE);
	assert_null(r->message);
	r = config_repo(&c, "b");
	assert_string_equal(r->worktrees, "/w");
	assert_int_equal(r->gate.commands.n, 2);
	assert_string_equal(r->gate.commands.v[1], "sh -c 'a && b'");
	assert_int_equal(r->gate.ms, 90000);
	assert_int_equal(r->gate.memory, (uint64_t)4 << 30);
	assert_int_equal(r->gate.output, 64 << 10);
	assert_int_equal(r->gate.is_early, 1);
	assert_int_equal(r->gate.lets_known, 1);
	assert_int_equal(r->landing, LANDING_SQUASH);
	assert_string_equal(r->message, "{title} ({ticket})");
	assert_string_equal(r->landed, "push");
	assert_string_equal(r->setup, "npm ci");
	assert_string_equal(r->teardown, "npm stop");
	assert_int_equal(r->copy.n, 2);
	assert_string_equal(r->copy.v[1], "a/b");
	assert_string_equal(r->link.v[0], "node_modules");
	config_release(&c);
}

static void
test_bad_repo_keys(void **state)
{
	static const char *const bad[][2] = { { "copy = /etc", "a path in the worktree" },
		{ "copy = ../x", "a path in the worktree" }, { "link = a/../b", "a path in" },
		{ "copy = .git/hooks", "not .git" }, { "link = a/.GIT", "not .git" },
		{ "copy = a/", "a path in" }, { "copy = a//b", "a path in" },
		{ "gate = make 'x", "every quote closed" },
		{ "gate-memory = 4T", "number of bytes" }, { "gate-memory = G", "number of bytes" },
		{ "gate-memory = 99999999999G", "number of" },
		{ "gate-at = merge", "landing (before" }, { "gate-known = no", "ask (a person" },
		{ "landing = octopus", "merge, squash or rebase" }, { "gate-time = 2d", "a time" },
		{ "setup = a\nsetup = b", "set twice" }, { "worktrees = w", "an absolute path" } };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		_cleanup_(buf_release) struct buf b = BUF_INIT;

		buf_addf(&b, "[repo \"a\"]\npath = /a\n%s\n", bad[i][0]);
		refused(buf_str(&b), bad[i][1]);
	}
	refused(STR("[defaults]\nports = 80-90\n"), "two ports");
	refused(STR("[defaults]\nports = 5000\n"), "two ports");
	refused(STR("[defaults]\nports = 5009-5000\n"), "two ports");
	refused(STR("[defaults]\nports = 5000-65536\n"), "two ports");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_defaults),
		cmocka_unit_test(test_repo_keys),
		cmocka_unit_test(test_bad_repo_keys),
		cmocka_unit_test(test_everything),
		cmocka_unit_test(test_long_lines_and_names),
		cmocka_unit_test(test_refuses),
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_duration),
		cmocka_unit_test(test_add_repo_round_trip),
		cmocka_unit_test(test_add_repo_refuses_X_7),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
