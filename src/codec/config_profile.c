/* SPDX-License-Identifier: GPL-2.0-only */
#include "base/base.h"

#include "codec/config_profile.h"

#include "codec/config_keys.h"
#include "codec/embedded.h"

#define PROFILE_DIR "templates/agents/"

const struct embedded *
config_profile_file(const char *name)
{
	_cleanup_(buf_release) struct buf path = BUF_INIT;

	buf_addf(&path, PROFILE_DIR "%s", name);
	return embedded_find(path.p);
}

void
config_profile_choose(struct config_agent *a)
{
	_cleanup_(buf_release) struct buf file = BUF_INIT;

	if (a->profile)
		return;
	buf_addf(&file, "%s.ini", a->name);
	if (config_profile_file(file.p))
		a->profile = xstrdup(a->name);
}

/* With another start, what belongs to the profile's start does not fit: other permissions, no session.  `session` stays:
 * it says what an id has to prove, and can only refuse one. */
static bool
profile_goes_with_start(const struct config_key *key)
{
	return strcmp(key->key, "resume") == 0 || strcmp(key->key, "reviewer") == 0;
}

static void
profile_fill(const struct config_agent *profile, struct config_agent *a)
{
	bool has_start = a->start != NULL;

	a->starts_profile = !has_start;
	for (size_t i = 0; i < config_keys_count; i++) {
		const struct config_key *key = &config_keys[i];

		if (key->section != CONFIG_AGENT || key->type == CONFIG_PROFILE ||
		    (a->given & (uint64_t)1 << i) != 0 ||
		    (has_start && profile_goes_with_start(key)))
			continue;
		config_key_copy(key, profile, a);
	}
}

/* The agents whose profile this is get it; nobody has its name: it is one itself. */
static void
profile_apply(struct config *c, const struct config_agent *profile)
{
	struct config_agent *own;

	for (size_t i = 0; i < c->agents.n; i++)
		if (c->agents.v[i].profile && !c->agents.v[i].is_ready_made &&
		    strcmp(c->agents.v[i].profile, profile->name) == 0)
			profile_fill(profile, &c->agents.v[i]);
	if (config_agent(c, profile->name))
		return;
	own = VEC_PUSH(&c->agents);
	*own = (struct config_agent){ .name = xstrdup(profile->name), .is_ready_made = true };
	set_charp(&own->profile, profile->profile);
	profile_fill(profile, own);
	own->given = profile->given;
}

static bool
profile_is_one(struct str name)
{
	struct str end = STR(".ini");

	return str_starts(name, PROFILE_DIR) && name.len > end.len &&
	       str_eq(str_n(name.p + name.len - end.len, end.len), end);
}

/* Compiled in, so the same each time: read once in the life of a process, and never freed. */
static const struct config *
profiles_load(void)
{
	static struct config all;
	static bool is_loaded;

	if (is_loaded)
		return &all;
	for (size_t i = 0; i < embedded_count; i++) {
		const struct embedded *f = &embedded_files[i];
		struct err err = ERR_INIT;
		struct config p;

		if (!profile_is_one(str_of(f->name)))
			continue;
		if (config_load_bare(str_n(f->text, f->len), f->name, &p, &err) < 0)
			BUG("%s", err.text);
		if (p.agents.n != 1)
			BUG("%s: a profile is one section [agent \"NAME\"]", f->name);
		*VEC_PUSH(&all.agents) = p.agents.v[0];
		p.agents.v[0] = (struct config_agent){ .name = NULL }; /* moved */
		config_release(&p);
	}
	is_loaded = true;
	return &all;
}

void
config_profiles_apply(struct config *c)
{
	const struct config *all = profiles_load();

	for (size_t i = 0; i < all->agents.n; i++)
		profile_apply(c, &all->agents.v[i]);
}
