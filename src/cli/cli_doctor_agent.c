/* SPDX-License-Identifier: GPL-2.0-only */
/* The checks of the agents: is the program there, which version is it, and what would it ask a person first? */
#include "base/base.h"

#include "cli/cli_doctor.h"

#include <dirent.h>

#include "cli/cli_agent.h"

static const struct {
	const char *program;
	void (*check)(struct doctor *d, const struct config_agent *a, bool is_first);
} doctor_known[] = {
	{ "claude", doctor_claude },
	{ "codex", doctor_codex },
	{ "opencode", doctor_opencode },
	{ "gemini", NULL },
	{ "qwen", NULL },
	{ "copilot", NULL },
	{ "aider", NULL },
};

bool
doctor_has_word(const struct config_agent *a, const char *text)
{
	bool has = strstr(a->start, text) || (a->options && strstr(a->options, text)) ||
		   (a->resume && strstr(a->resume, text));

	for (size_t i = 0; i < a->common.n; i++)
		has |= strstr(a->common.v[i], text) != NULL;
	return has;
}

/* Is it asked for by tickets that name none? */
static bool
doctor_is_chosen(const struct config *c, const char *name)
{
	if (c->agent && strcmp(c->agent, name) == 0)
		return true;
	for (size_t i = 0; i < c->repos.n; i++)
		if (c->repos.v[i].agent && strcmp(c->repos.v[i].agent, name) == 0)
			return true;
	return false;
}

static const char *
doctor_base(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static bool
doctor_once(struct strvec *seen, const char *what)
{
	for (size_t i = 0; i < seen->n; i++)
		if (strcmp(seen->v[i], what) == 0)
			return false;
	strvec_push(seen, what);
	return true;
}

/* Only a program that is known to have it is run with --version. */
static void
doctor_agent(struct doctor *d, const struct config_agent *a, const char *path, struct strvec *seen)
{
	for (size_t i = 0; i < ARRAY_LEN(doctor_known); i++) {
		_cleanup_(buf_release) struct buf version = BUF_INIT;
		struct err err = ERR_INIT;
		bool is_first;

		if (strcmp(doctor_base(path), doctor_known[i].program) != 0)
			continue;
		is_first = doctor_once(seen, path);
		if (is_first && doctor_version(path, "--version", &version, &err) < 0)
			doctor_say(d, DOCTOR_UNTOLD, a->name, "its version: %s", err.text);
		else if (is_first)
			doctor_say(d, DOCTOR_FINE, a->name, "%s, %s", version.p, path);
		if (doctor_known[i].check)
			doctor_known[i].check(d, a, is_first);
		return;
	}
	if (!a->is_ready_made)
		doctor_say(d, DOCTOR_FINE, a->name, "%s", path);
}

void
doctor_agents(struct doctor *d)
{
	const struct config *c = &d->c->config;
	_cleanup_(strvec_release) struct strvec seen = STRVEC_INIT;

	for (size_t i = 0; i < c->agents.n; i++) {
		const struct config_agent *a = &c->agents.v[i];
		_cleanup_(buf_release) struct buf program = BUF_INIT, path = BUF_INIT;
		struct err err = ERR_INIT;

		agent_program(a, &program);
		if (program.p[0] != '/' && strchr(program.p, '/'))
			continue; /* in the worktree */
		if (agent_find(a, &path, &err) == 0)
			doctor_agent(d, a, path.p, &seen);
		else if (!a->is_ready_made || doctor_is_chosen(c, a->name))
			doctor_mend(d, a->name, err.text, "Its tickets cannot start.",
			    program.p[0] == '/'
				? "install %s, or correct start of this agent in the configuration"
				: "install %s, or put its directory on the PATH of the supervisor",
			    program.p);
	}
	for (size_t i = 0; i <= c->repos.n; i++) {
		const char *name = i < c->repos.n ? c->repos.v[i].agent : c->agent;

		if (name && !config_agent(c, name))
			doctor_mend(d, i < c->repos.n ? c->repos.v[i].name : "config",
			    "its default agent does not exist",
			    "A ticket that names no agent cannot be made.",
			    "reeve agents lists them; change agent = %s in %s/config", name,
			    d->c->root.path);
	}
}

/* Offline any plugin costs 72 to 92 seconds before the first turn: it installs a package for it. */
void
doctor_opencode(struct doctor *d, const struct config_agent *a, bool is_first)
{
	static const char *const dirs[] = { "plugins", "plugin" };

	for (size_t i = 0; is_first && i < ARRAY_LEN(dirs); i++) {
		_cleanup_(buf_release) struct buf path = BUF_INIT;
		DIR *dir;

		if (getenv("XDG_CONFIG_HOME"))
			buf_addf(&path, "%s/opencode/%s", getenv("XDG_CONFIG_HOME"), dirs[i]);
		else if (!doctor_path(NULL, ".config/opencode", dirs[i], &path))
			continue;
		dir = opendir(path.p);
		if (!dir)
			continue;
		(void)closedir(dir);
		doctor_say(d, DOCTOR_NOTE, a->name,
		    "%s: with a plugin it fetches a package before its first turn; without a "
		    "network that takes more than a minute each time",
		    path.p);
	}
}
