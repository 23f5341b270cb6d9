/* SPDX-License-Identifier: GPL-2.0-only */
/* Claude Code: dialogs that it would wait in, by its ~/.claude.json and ~/.claude/settings.json (measured: 2.1.329). */
#include "base/base.h"

#include "cli/cli_doctor.h"

#include <unistd.h>

#define CLAUDE_KEY_TAIL 20 /* of a longer key it keeps the end only */

static bool
claude_is_true(const json_t *o, const char *key)
{
	return json_is_true(json_object_get(o, key));
}

/* It asks once for a repository, and all its worktrees; a directory above it counts, too. */
static bool
claude_trusts(const json_t *o, const char *path)
{
	const json_t *projects = json_object_get(o, "projects");
	_cleanup_(free_charp) char *at = realpath(path, NULL);

	while (at) {
		char *slash = strrchr(at, '/');

		if (claude_is_true(json_object_get(projects, at), "hasTrustDialogAccepted"))
			return true;
		if (strcmp(at, "/") == 0)
			break;
		slash[slash == at] = '\0';
	}
	return false;
}

static bool
claude_has_key(const json_t *o, const char *key)
{
	const json_t *list =
	    json_object_get(json_object_get(o, "customApiKeyResponses"), "approved");
	size_t n = strlen(key);
	const char *tail = n > CLAUDE_KEY_TAIL ? key + n - CLAUDE_KEY_TAIL : key;

	for (size_t i = 0; i < json_array_size(list); i++) {
		const char *one = json_string_value(json_array_get(list, i));

		if (one && (strcmp(one, key) == 0 || strcmp(one, tail) == 0))
			return true;
	}
	return false;
}

static void
claude_state(struct doctor *d, const struct config_agent *a, const char *path, const json_t *o)
{
	const struct config *c = &d->c->config;
	const char *key = getenv("ANTHROPIC_API_KEY");

	if (!claude_is_true(o, "hasCompletedOnboarding"))
		doctor_mend(d, a->name, "Claude Code has not been set up for this user",
		    "It asks for a theme and a login in its window first.",
		    "run claude once, and answer (or set \"hasCompletedOnboarding\": true in %s)",
		    path);
	for (size_t i = 0; i < c->repos.n; i++) {
		_cleanup_(buf_release) struct buf what = BUF_INIT;

		if (claude_trusts(o, c->repos.v[i].path))
			continue;
		buf_addf(&what, "it has not been told to trust %s", c->repos.v[i].path);
		doctor_mend(d, a->name, what.p,
		    "It asks in its window before anything else, and \"No, exit\" is what Enter "
		    "means.",
		    "cd %s && claude, say yes, /exit: once for all its worktrees",
		    c->repos.v[i].path);
	}
	if (key && key[0] && !claude_has_key(o, key))
		doctor_mend(d, a->name,
		    "ANTHROPIC_API_KEY is set, and Claude Code has not been told to use it",
		    "It asks in its window, and \"No\" is what Enter means.",
		    "run claude once and say yes, or use ANTHROPIC_AUTH_TOKEN");
}

static bool
claude_has_env(const struct config_agent *a, const char *name)
{
	size_t n = strlen(name);

	for (size_t i = 0; i < a->env.n; i++)
		if (strncmp(a->env.v[i], name, n) == 0 && a->env.v[i][n] == '=')
			return true;
	return getenv(name) != NULL;
}

/* Only an agent that is started so is asked about it. */
static void
claude_bypass(struct doctor *d, const struct config_agent *a)
{
	_cleanup_(json_drop) json_t *o = NULL;
	_cleanup_(buf_release) struct buf path = BUF_INIT;

	if (!doctor_has_word(a, "--dangerously-skip-permissions") &&
	    !doctor_has_word(a, "bypassPermissions"))
		return;
	if (geteuid() == 0 && !claude_has_env(a, "IS_SANDBOX"))
		doctor_mend(d, a->name, "it is to skip permissions, as root",
		    "Claude Code ends at once: it does not do that as root.",
		    "run reeve as another user; or, where this machine is a sandbox: env = "
		    "IS_SANDBOX=1 in [agent \"%s\"]",
		    a->name);
	if (!doctor_path("CLAUDE_CONFIG_DIR", ".claude", "settings.json", &path) ||
	    doctor_json(d, a->name, path.p, &o) < 0)
		return;
	if (!claude_is_true(o, "skipDangerousModePermissionPrompt"))
		doctor_mend(d, a->name, "it is to skip permissions, and nobody has agreed to that",
		    "It asks in its window, and \"No, exit\" is what Enter means.",
		    "claude --dangerously-skip-permissions once, say yes (or set "
		    "\"skipDangerousModePermissionPrompt\": true in %s)",
		    path.p);
}

void
doctor_claude(struct doctor *d, const struct config_agent *a, bool is_first)
{
	_cleanup_(json_drop) json_t *o = NULL;
	_cleanup_(buf_release) struct buf path = BUF_INIT;

	if (is_first && doctor_path("CLAUDE_CONFIG_DIR", "", ".claude.json", &path) &&
	    doctor_json(d, a->name, path.p, &o) >= 0)
		claude_state(d, a, path.p, o);
	claude_bypass(d, a);
}
