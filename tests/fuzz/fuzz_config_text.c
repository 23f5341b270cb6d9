/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What is refused has one printable sentence that names a line.  What is taken keeps the rules, and a
 * repository of it that is written as a new section is read back the same.
 */
#include "base/base.h"

#include "codec/config_text.h"

#include "codec/words.h"
#include "core/id.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

static void
check_repo(const struct config *c, const struct config_repo *repo)
{
	_cleanup_(buf_release) struct buf b = BUF_INIT;
	struct err err = ERR_INIT;
	struct config again;

	if (config_repo(c, repo->name) != repo || !id_is_name(str_of(repo->name)))
		BUG("repository %s is there twice, or has a bad name", repo->name);
	if (repo->path == NULL || repo->path[0] != '/' || repo->base == NULL)
		BUG("repository %s has no path or no base", repo->name);
	if (strlen(repo->path) > 3000) /* with escapes it may be too long for a line */
		return;
	if (config_add_repo(&b, repo, &err) < 0)
		BUG("%s", err.text);
	if (config_load(buf_str(&b), "again", &again, &err) < 0)
		BUG("%s: %s", b.p, err.text);
	if (again.repos.n != 1 || strcmp(again.repos.v[0].path, repo->path) != 0 ||
	    strcmp(again.repos.v[0].base, repo->base) != 0 || again.repos.v[0].slots != repo->slots)
		BUG("another repository: %s", b.p);
	config_release(&again);
}

static void
check_agent(const struct config *c, const struct config_agent *agent)
{
	_cleanup_(strvec_release) struct strvec words = STRVEC_INIT;

	if (config_agent(c, agent->name) != agent || !id_is_name(str_of(agent->name)))
		BUG("agent %s is there twice, or has a bad name", agent->name);
	if (agent->start == NULL || words_split(str_of(agent->start), &words, NULL) < 0)
		BUG("agent %s has no command line", agent->name);
	for (size_t i = 0; i < agent->env.n; i++)
		if (strchr(agent->env.v[i], '=') == NULL)
			BUG("agent %s has the environment %s", agent->name, agent->env.v[i]);
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct err err = ERR_INIT;
	struct config c;
	int64_t ms = 0;

	if (config_duration(str_n((const char *)p, n), &ms) && (ms < 0 || ms > 86400000))
		BUG("a duration of %lld ms", (long long)ms);
	if (config_load(str_n((const char *)p, n), "config", &c, &err) < 0) {
		if (err.code != ERR_INVALID || !str_starts(str_of(err.text), "config: "))
			BUG("refused with %d, \"%s\"", err.code, err.text);
		for (const char *s = err.text; *s != '\0'; s++)
			if ((unsigned char)*s < ' ')
				BUG("byte %d in a sentence", *s);
		return 0;
	}
	if (c.slots == 0 || c.tmux_socket == NULL || c.review == REVIEW_UNSET ||
	    c.merge == MERGE_UNSET)
		BUG("a default is lost");
	for (size_t i = 0; i < c.repos.n; i++)
		check_repo(&c, &c.repos.v[i]);
	for (size_t i = 0; i < c.agents.n; i++)
		check_agent(&c, &c.agents.v[i]);
	config_release(&c);
	return 0;
}
