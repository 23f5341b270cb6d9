/* SPDX-License-Identifier: GPL-2.0-only */
/* What config_text.c reads, written. */
#include "base/base.h"

#include "codec/config_keys.h"
#include "codec/config_text.h"
#include "codec/config_value.h"
#include "core/id.h"

int
config_add_repo(struct buf *b, const struct config_repo *repo, struct err *err)
{
	_cleanup_(buf_release) struct buf text = BUF_INIT;
	struct config check;

	/* The file may end without a newline: begin with one. */
	buf_addf(&text, "\n[repo \"%s\"]\n\tpath = ", repo->name);
	if (!id_is_name(str_of(repo->name)))
		return err_set(err, ERR_INVALID,
		    "the name of a repository is a letter or digit, then at most 63 letters, "
		    "digits "
		    "and ._-");
	if (!config_value_add(&text, str_of(repo->path)))
		return err_set(err, ERR_INVALID,
		    "repository %s: its path holds a line break or another character that no "
		    "configuration can hold; rename the directory",
		    repo->name);
	if (repo->base != NULL) {
		buf_adds(&text, "\n\tbase = ");
		if (!config_value_add(&text, str_of(repo->base)))
			return err_set(err, ERR_INVALID,
			    "repository %s: its base is not the name of a branch", repo->name);
	}
	if (repo->slots != 0)
		buf_addf(&text, "\n\tslots = %u", repo->slots);
	buf_addch(&text, '\n');
	/* Whatever else is wrong with it is found by the one who will have to read it. */
	if (config_load(buf_str(&text), "the new section", &check, err) < 0)
		return ERR_INVALID;
	config_release(&check);
	buf_add_str(b, buf_str(&text));
	return 0;
}

static void
config_add_value(struct buf *b, const char *key, const char *value)
{
	buf_addf(b, "%s = ", key);
	if (!config_value_add(b, str_of(value)))
		BUG("config: a value that cannot be written");
	buf_addch(b, '\n');
}

void
config_add_agent(struct buf *b, const struct config_agent *agent)
{
	static const char *const prompts[] = { "argument", "file", "stdin" };

	buf_addf(b, "[agent \"%s\"]\n", agent->name);
	for (size_t i = 0; i < config_keys_count; i++) {
		const struct config_key *key = &config_keys[i];
		const void *p = (const char *)agent + key->offset;

		if (key->section != CONFIG_AGENT)
			continue;
		if (config_key_repeats(key)) {
			const struct strvec *list = p;

			for (size_t k = 0; k < list->n; k++)
				config_add_value(b, key->key, list->v[k]);
		} else if (key->type == CONFIG_PROMPT) {
			config_add_value(b, key->key, prompts[*(const uint32_t *)p]);
		} else if (key->type == CONFIG_SLOTS_OR_0) {
			buf_addf(b, "%s = %u\n", key->key, *(const uint32_t *)p);
		} else if (*(char *const *)p) {
			config_add_value(b, key->key, *(char *const *)p);
		}
	}
}
