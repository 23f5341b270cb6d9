/* SPDX-License-Identifier: GPL-2.0-only */
/* Which repository is meant, and changes of the configuration's text that leave the rest alone. */
#include "base/base.h"

#include "cli/cli_config.h"

#include <limits.h>
#include <setjmp.h>
#include <sys/stat.h>

#include <cmocka.h>

static char *top; /* a real directory, without links in its path */

static void
make_dir(const char *name, struct buf *ret)
{
	buf_clear(ret);
	buf_addf(ret, "%s/%s", top, name);
	assert_int_equal(mkdir(ret->p, 0700), 0);
}

static void
remove_dir(const char *name)
{
	_cleanup_(buf_release) struct buf b = BUF_INIT;

	buf_addf(&b, "%s/%s", top, name);
	assert_int_equal(remove(b.p), 0);
}

static const char *
chosen(const struct config *c, const char *name, const char *below, struct err *err)
{
	_cleanup_(buf_release) struct buf b = BUF_INIT;
	const struct config_repo *r;

	buf_addf(&b, "%s%s", top, below);
	r = config_choose_repo(c, name, b.p, err);
	return r != NULL ? r->name : "none";
}

static void
test_choose_repo(void **state)
{
	_cleanup_(buf_release) struct buf b = BUF_INIT, text = BUF_INIT;
	struct config c;
	struct err err = ERR_INIT;

	(void)state;
	make_dir("app", &b);
	make_dir("app/sub", &b);
	make_dir("app/sub/deep", &b);
	make_dir("application", &b);
	buf_clear(&b);
	buf_addf(&b, "%s/link", top);
	assert_int_equal(symlink("app", b.p), 0);
	buf_addf(&text,
	    "[repo \"app\"]\npath = %s/link\nbase = main\n"
	    "[repo \"inner\"]\npath = %s/app/sub\nbase = main\n"
	    "[repo \"gone\"]\npath = %s/nowhere\nbase = main\n",
	    top, top, top);
	assert_int_equal(config_load(buf_str(&text), "config", &c, NULL), 0);

	assert_string_equal(chosen(&c, NULL, "/app", &err), "app"); /* through the link */
	assert_string_equal(chosen(&c, NULL, "/link", &err), "app");
	assert_string_equal(chosen(&c, NULL, "/app/sub", &err), "inner");
	assert_string_equal(chosen(&c, NULL, "/app/sub/deep", &err), "inner");
	assert_string_equal(chosen(&c, "gone", "/app", &err), "gone"); /* the name counts */
	assert_int_equal(err.code, 0);
	/* a name that begins alike is another directory */
	assert_string_equal(chosen(&c, NULL, "/application", &err), "none");
	assert_non_null(strstr(err.text, "reeve repo add PATH"));
	assert_non_null(strstr(err.text, "app, inner, gone"));
	assert_string_equal(chosen(&c, NULL, "", &err), "none");
	assert_string_equal(chosen(&c, "apq", "/app", &err), "none");
	assert_non_null(strstr(err.text, "\"apq\""));
	assert_string_equal(chosen(&c, NULL, "/not/there", &err), "none");

	config_release(&c);
	remove_dir("link");
	remove_dir("application");
	remove_dir("app/sub/deep");
	remove_dir("app/sub");
	remove_dir("app");
}

static void
removed(const char *text, const char *name, bool want, const char *rest)
{
	_cleanup_(buf_release) struct buf b = BUF_INIT;

	assert_int_equal(config_remove_section(str_of(text), "repo", name, &b), want);
	assert_string_equal(b.p, rest);
}

static void
test_remove_section(void **state)
{
	static const char text[] = "# mine\n"
				   "[defaults]\n"
				   "agent = sh # no comment\n"
				   "\n"
				   "[repo \"app\"]\n"
				   "\tpath = /a\n"
				   "# about base\n"
				   "\tbase = main\n"
				   "\n"
				   "# the other one\n"
				   "  [repo \"app2\"] ; x\r\n"
				   "path = /b";

	(void)state;
	removed(text, "app", true,
	    "# mine\n[defaults]\nagent = sh # no comment\n\n"
	    "\n# the other one\n  [repo \"app2\"] ; x\r\npath = /b");
	removed(text, "app2", true,
	    "# mine\n[defaults]\nagent = sh # no comment\n\n[repo \"app\"]\n\tpath = /a\n"
	    "# about base\n\tbase = main\n\n# the other one\n");
	removed(text, "ap", false, text);
	removed(text, "defaults", false, text);
	removed("[repo \"x\"]\n", "x", true, "");
	removed("[repos \"x\"]\npath = /\n", "x", false, "[repos \"x\"]\npath = /\n");
	removed("[agent \"x\"]\nstart = a\n[repo \"x\"]\npath = /x\n", "x", true,
	    "[agent \"x\"]\nstart = a\n");
	removed("", "x", false, "");
	removed("# [repo \"x\"]\n", "x", false, "# [repo \"x\"]\n");
}

static void
agent_set(const char *text, const char *want)
{
	_cleanup_(buf_release) struct buf b = BUF_INIT, again = BUF_INIT;

	config_set_agent(str_of(text), "claude", &b);
	assert_string_equal(b.p, want);
	config_set_agent(buf_str(&b), "claude", &again);
	assert_string_equal(again.p, want);
}

static void
test_set_agent(void **state)
{
	(void)state;
	agent_set("", "[defaults]\nagent = claude\n");
	agent_set("[tmux]\nsocket = x", "[tmux]\nsocket = x\n[defaults]\nagent = claude\n");
	agent_set("[defaults]\n# agent = no\nagent=sh\nslots = 2\n[agent \"sh\"]\nstart = sh\n",
	    "[defaults]\n# agent = no\nagent = claude\nslots = 2\n[agent \"sh\"]\nstart = sh\n");
	agent_set("[defaults]\nslots = 2\n", "[defaults]\nagent = claude\nslots = 2\n");
	agent_set("[defaults]", "[defaults]\nagent = claude\n");
}

static void
test_repo_name(void **state)
{
	static const char *const rows[][2] = {
		{ "/srv/app", "app" },
		{ "/srv/my app!", "my-app-" },
		{ "/srv/.hidden", "hidden" },
		{ "/srv/app.git/", "app.git" },
		{ "/", "repo" },
		{ "/srv/\xc3\xa4\xc3\xb6", "repo" },
		{ "/srv/-x", "x" },
	};
	char longest[200];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		_cleanup_(buf_release) struct buf b = BUF_INIT;

		config_repo_name(rows[i][0], &b);
		assert_string_equal(b.p, rows[i][1]);
		assert_true(id_is_name(buf_str(&b)));
	}
	memset(longest, 'x', sizeof longest);
	longest[0] = '/';
	longest[sizeof longest - 1] = '\0';
	_cleanup_(buf_release) struct buf b = BUF_INIT;
	config_repo_name(longest, &b);
	assert_true(id_is_name(buf_str(&b)));
}

/* What config_add_repo() writes, config_remove_section() takes away again. */
static void
test_add_and_remove(void **state)
{
	static const char text[] = "[defaults]\nagent = sh\n";
	char name[] = "app", path[] = "/srv/my; app", base[] = "main";
	struct config_repo repo = { .name = name, .path = path, .base = base };
	_cleanup_(buf_release) struct buf b = BUF_INIT, rest = BUF_INIT;
	struct config c;

	(void)state;
	buf_adds(&b, text);
	assert_int_equal(config_add_repo(&b, &repo, NULL), 0);
	assert_int_equal(config_load(buf_str(&b), "config", &c, NULL), 0);
	assert_string_equal(config_repo(&c, "app")->path, path);
	config_release(&c);
	assert_true(config_remove_section(buf_str(&b), "repo", "app", &rest));
	assert_int_equal(config_load(buf_str(&rest), "config", &c, NULL), 0);
	assert_null(config_repo(&c, "app"));
	assert_string_equal(c.agent, "sh");
	config_release(&c);
	assert_true(strncmp(rest.p, text, strlen(text)) == 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_choose_repo),
		cmocka_unit_test(test_remove_section),
		cmocka_unit_test(test_set_agent),
		cmocka_unit_test(test_repo_name),
		cmocka_unit_test(test_add_and_remove),
	};
	const char *tmp = getenv("TMPDIR");
	_cleanup_(buf_release) struct buf b = BUF_INIT;
	int failed;

	buf_addf(&b, "%s/rv.XXXXXX", tmp != NULL ? tmp : "/tmp");
	if (mkdtemp(b.p) == NULL || (top = realpath(b.p, NULL)) == NULL)
		return 1;
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	(void)rmdir(top);
	free(top);
	return failed;
}
