/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Codex: dialogs that it would wait in, and its daemon, by its config.toml (measured: 0.169.0).
 *
 * The file is not parsed but searched for the few lines that matter, as people and Codex itself write them: a table in
 * brackets on a line of its own, then `key = value`.  A file that says the same in another way (an inline table) is
 * not understood, and then nothing is claimed.
 */
#include "base/base.h"

#include "cli/cli_doctor.h"

/* A line without blanks at its ends and without a comment; a # in a string is rare here, and then nothing is found. */
static struct str
codex_line(struct str *rest)
{
	struct str line, code;

	(void)str_cut(rest, '\n', &line);
	(void)str_cut(&line, '#', &code);
	return str_trim(code);
}

/* Does [table] have key = value?  Spaces around the = may be or not. */
static bool
codex_has(struct str text, const char *table, const char *key, const char *value)
{
	bool is_in = table[0] == '\0';

	while (text.len > 0) {
		struct str line = codex_line(&text), name;

		if (str_starts(line, "["))
			is_in = line.len == strlen(table) + 2 &&
				strncmp(line.p + 1, table, line.len - 2) == 0;
		else if (is_in && str_cut(&line, '=', &name) && str_is(str_trim(name), key) &&
			 str_is(str_trim(line), value))
			return true;
	}
	return false;
}

/* The file has the form that is searched: else nothing follows from what is not found. */
static bool
codex_is_plain(struct str text, const char *word)
{
	while (text.len > 0) {
		struct str line = codex_line(&text);

		if (str_starts(line, word) && str_find(line, STR("{")) >= 0)
			return false;
	}
	return true;
}

static void
codex_trust(struct doctor *d, const struct config_agent *a, const char *path, struct str text)
{
	const struct config *c = &d->c->config;

	if (!codex_is_plain(text, "projects")) {
		doctor_say(d, DOCTOR_UNTOLD, a->name, "%s: which projects it trusts", path);
		return;
	}
	for (size_t i = 0; i < c->repos.n; i++) {
		_cleanup_(buf_release) struct buf table = BUF_INIT, single = BUF_INIT,
						  what = BUF_INIT;
		_cleanup_(free_charp) char *real = realpath(c->repos.v[i].path, NULL);

		buf_addf(&table, "projects.\"%s\"", real ? real : c->repos.v[i].path);
		buf_addf(&single, "projects.'%s'", real ? real : c->repos.v[i].path);
		if (codex_has(text, table.p, "trust_level", "\"trusted\"") ||
		    codex_has(text, table.p, "trust_level", "'trusted'") ||
		    codex_has(text, single.p, "trust_level", "\"trusted\"") ||
		    codex_has(text, single.p, "trust_level", "'trusted'"))
			continue;
		buf_addf(&what, "it has not been told to trust %s", c->repos.v[i].path);
		doctor_mend(d, a->name, what.p, "It asks in its window before anything else.",
		    "cd %s && codex, say yes, /quit: once for all its worktrees (or add [%s] "
		    "trust_level = \"trusted\" to %s)",
		    c->repos.v[i].path, table.p, path);
	}
}

/* Its hooks of everybody's are asked about, too, until they are trusted. */
static void
codex_hooks(struct doctor *d, const struct config_agent *a, struct str text)
{
	_cleanup_(buf_release) struct buf path = BUF_INIT, hooks = BUF_INIT;

	if (!doctor_path("CODEX_HOME", ".codex", "hooks.json", &path) ||
	    doctor_text(d, a->name, path.p, &hooks) != 1 ||
	    str_find(text, STR("trusted_hash")) >= 0)
		return;
	doctor_mend(d, a->name, "it has hooks of its own that nobody has trusted",
	    "It asks in its window to review them.",
	    "run codex once in a repository and answer, or move %s away", path.p);
}

/* One daemon for all windows has the environment of the first: reports of one ticket as another. */
static void
codex_daemon(struct doctor *d, const struct config_agent *a, struct str text)
{
	if (doctor_has_word(a, "--no-daemon") || doctor_has_word(a, "daemon_auto_start=false") ||
	    codex_has(text, "features", "daemon_auto_start", "false"))
		return;
	doctor_mend(d, a->name, "it may start Codex's daemon, which all windows share",
	    "Its hooks and commands would have the environment of the first ticket, and its "
	    "tickets "
	    "be mixed up.",
	    "put --no-daemon into start and resume of [agent \"%s\"] (profile = codex has it)",
	    a->name);
}

void
doctor_codex(struct doctor *d, const struct config_agent *a, bool is_first)
{
	_cleanup_(buf_release) struct buf path = BUF_INIT, text = BUF_INIT;

	if (!doctor_path("CODEX_HOME", ".codex", "config.toml", &path) ||
	    doctor_text(d, a->name, path.p, &text) < 0)
		return;
	if (is_first) {
		codex_trust(d, a, path.p, buf_str(&text));
		codex_hooks(d, a, buf_str(&text));
	}
	codex_daemon(d, a, buf_str(&text));
}
