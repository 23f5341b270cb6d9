/* SPDX-License-Identifier: GPL-2.0-only */
/* init: the state directory, the agents that are installed, the repository we stand in. */
#include "base/base.h"

#include "cli/cmds.h"

#include "cli/cli_config.h"
#include "cli/cli_options.h"
#include "cli/cli_repo.h"
#include "codec/embedded.h"
#include "sys/file.h"
#include "sys/proc.h"

static bool
init_is_installed(const char *name)
{
	_cleanup_(buf_release) struct buf path = BUF_INIT;

	return proc_find_program(name, getenv("PATH"), &path, NULL) == 0;
}

/* Which agent takes tickets that name none?  A choice that somebody made stays. */
static const char *
init_default_agent(const struct cli *c, struct str text)
{
	const struct embedded *skeleton = embedded_find("state/config");
	/* tried with the real ones, in the order of how much of reeve they can use */
	static const char *const agents[] = { "claude", "codex", "opencode", "gemini", "copilot",
		"qwen" };
	bool is_untouched = skeleton != NULL && str_eq(text, str_n(skeleton->text, skeleton->len));

	if (c->config.agent != NULL && !is_untouched)
		return NULL;
	for (size_t i = 0; i < ARRAY_LEN(agents); i++)
		if (init_is_installed(agents[i]))
			return agents[i];
	return "sh";
}

static int
init_config(struct cli *c)
{
	_cleanup_(buf_release) struct buf text = BUF_INIT, made = BUF_INIT;
	struct err err = ERR_INIT;
	const char *agent;

	if (cli_config_read(c, &text, &err) < 0)
		return cli_fail(&err);
	agent = init_default_agent(c, buf_str(&text));
	if (agent != NULL)
		config_set_agent(buf_str(&text), agent, &made);
	else
		buf_add_str(&made, buf_str(&text));
	for (size_t i = 0; i < c->config.agents.n; i++) {
		const struct config_agent *a = &c->config.agents.v[i];

		/* A profile has the name of its program. */
		if (a->profile != NULL && strcmp(a->profile, "sh") != 0 &&
		    strcmp(a->profile, a->name) == 0 && init_is_installed(a->name))
			cli_out("agent %s: installed", a->name);
	}
	if (!str_eq(buf_str(&text), buf_str(&made)) &&
	    cli_config_write(c, buf_str(&made), &err) < 0)
		return cli_fail(&err);
	if (c->config.agent != NULL)
		cli_out("default agent: %s", c->config.agent);
	return EXIT_OK;
}

/* Is the working directory inside of something that looks like a git repository? */
static bool
init_is_in_repo(void)
{
	_cleanup_(free_charp) char *cwd = getcwd(NULL, 0);

	while (cwd != NULL && cwd[0] == '/') {
		_cleanup_(buf_release) struct buf git = BUF_INIT;

		buf_addf(&git, "%s/.git", strcmp(cwd, "/") == 0 ? "" : cwd);
		if (access(git.p, F_OK) == 0)
			return true;
		if (strcmp(cwd, "/") == 0)
			break;
		*(strrchr(cwd, '/') == cwd ? cwd + 1 : strrchr(cwd, '/')) = '\0';
	}
	return false;
}

/* A line each: cli_out() writes one, and a line end in it as an escape. */
static void
init_say_next(const struct cli *c)
{
	if (c->config.repos.n == 0) {
		cli_out("next: `reeve repo add PATH`, with the path of a git repository");
	} else if (c->config.agent != NULL && strcmp(c->config.agent, "sh") == 0) {
		cli_out("next: `reeve new \"TITLE\" -m 'SHELL COMMANDS'`, then `reeve up -d`");
		cli_out("the agent sh runs the text of a ticket as a script; for another one, say");
		cli_out("agent = NAME under [defaults] of config; `reeve agents` lists them");
	} else {
		cli_out("next: `reeve new \"TITLE\" -m \"what to do\"`, then `reeve up -d`");
	}
}

int
cmd_init(struct cli *c, int argc, char **argv)
{
	_cleanup_(buf_release) struct buf path = BUF_INIT;
	struct err err = ERR_INIT;
	struct operands none;
	int status;

	if (!options_parse(argv[0], NULL, argc, argv, 0, 0, &none, &status))
		return status;
	if (root_path(&path, &err) < 0 || root_init(io_default(), path.p, &err) < 0) {
		/* whatever it is: the state directory cannot be used */
		return cli_fail(&err) == EXIT_AGAIN ? EXIT_AGAIN : EXIT_IO;
	}
	status = cli_config(c);
	if (status != EXIT_OK)
		return status;
	cli_out("state directory: %s", c->root.path);
	status = init_config(c);
	if (status == EXIT_OK && init_is_in_repo() &&
	    (status = repo_add(c, ".", NULL, NULL)) != EXIT_OK)
		cli_say("the state directory is ready, but this repository was not added");
	if (status != EXIT_OK)
		return status;
	init_say_next(c);
	return EXIT_OK;
}
