/* SPDX-License-Identifier: GPL-2.0-only */
#include "base/base.h"

#include "codec/config_keys.h"

#include "codec/config_text.h"
#include "codec/ref_name.h"
#include "codec/words.h"
#include "core/id.h"

#define CONFIG_SLOTS_MAX 10000
#define CONFIG_DAY_MS    86400000

const struct config_key config_keys[] = {
	{ CONFIG_DEFAULTS, "agent", CONFIG_NAME, offsetof(struct config, agent) },
	{ CONFIG_DEFAULTS, "review", CONFIG_REVIEW, offsetof(struct config, review) },
	{ CONFIG_DEFAULTS, "merge", CONFIG_MERGE, offsetof(struct config, merge) },
	{ CONFIG_DEFAULTS, "slots", CONFIG_SLOTS, offsetof(struct config, slots) },
	{ CONFIG_DEFAULTS, "drain", CONFIG_DURATION, offsetof(struct config, drain_ms) },
	{ CONFIG_DEFAULTS, "grace", CONFIG_DURATION, offsetof(struct config, grace_ms) },
	{ CONFIG_DEFAULTS, "start-deadline", CONFIG_DURATION,
	    offsetof(struct config, start_deadline_ms) },
	{ CONFIG_DEFAULTS, "remind", CONFIG_DURATION, offsetof(struct config, remind_ms) },
	{ CONFIG_DEFAULTS, "worktrees", CONFIG_PATH, offsetof(struct config, worktrees) },
	{ CONFIG_TMUX, "socket", CONFIG_SOCKET, offsetof(struct config, tmux_socket) },
	{ CONFIG_TMUX, "conf", CONFIG_PATH, offsetof(struct config, tmux_conf) },
	{ CONFIG_REPO, "path", CONFIG_PATH, offsetof(struct config_repo, path) },
	{ CONFIG_REPO, "base", CONFIG_BRANCH, offsetof(struct config_repo, base) },
	{ CONFIG_REPO, "slots", CONFIG_SLOTS_OR_0, offsetof(struct config_repo, slots) },
	{ CONFIG_AGENT, "start", CONFIG_COMMAND, offsetof(struct config_agent, start) },
	{ CONFIG_AGENT, "reviewer", CONFIG_COMMAND, offsetof(struct config_agent, reviewer) },
	{ CONFIG_AGENT, "slots", CONFIG_SLOTS_OR_0, offsetof(struct config_agent, slots) },
	{ CONFIG_AGENT, "env", CONFIG_ENV, offsetof(struct config_agent, env) },
};
const size_t config_keys_count = ARRAY_LEN(config_keys);

bool
config_duration(struct str s, int64_t *ret)
{
	static const struct {
		const char *unit;
		uint64_t ms;
	} units[] = { { "ms", 1 }, { "s", 1000 }, { "m", 60000 }, { "h", 3600000 } };
	size_t digits = 0;
	uint64_t n;

	while (digits < s.len && s.p[digits] >= '0' && s.p[digits] <= '9')
		digits++;
	if (!str_u64(str_n(s.p, digits), &n))
		return false;
	for (size_t i = 0; i < ARRAY_LEN(units); i++)
		if (str_is(str_n(s.p + digits, s.len - digits), units[i].unit)) {
			if (n > CONFIG_DAY_MS / units[i].ms)
				return false;
			*ret = (int64_t)(n * units[i].ms);
			return true;
		}
	return false;
}

static const char *
config_set_string(char **p, const char *v, bool is_good, const char *must_be)
{
	if (!is_good)
		return must_be;
	set_charp(p, v);
	return NULL;
}

static const char *
config_set_number(uint32_t *p, uint32_t min, const char *v)
{
	uint32_t n;

	if (!str_u32(str_of(v), &n) || n < min || n > CONFIG_SLOTS_MAX)
		return min == 0 ? "a number up to 10000 (0: no limit of its own)"
				: "a number from 1 to 10000";
	*p = n;
	return NULL;
}

static bool
config_is_command(const char *v)
{
	_cleanup_(strvec_release) struct strvec words = STRVEC_INIT;

	return words_split(str_of(v), &words, NULL) == 0;
}

static const char *
config_set_env(struct strvec *env, const char *v)
{
	size_t n = strcspn(v, "=");
	bool is_name = n > 0 && v[n] == '=' && !(v[0] >= '0' && v[0] <= '9');

	for (size_t i = 0; i < n; i++)
		is_name &= v[i] == '_' || (v[i] >= 'A' && v[i] <= 'Z') ||
			   (v[i] >= 'a' && v[i] <= 'z') || (v[i] >= '0' && v[i] <= '9');
	if (!is_name)
		return "NAME=value, the name of letters, digits and _";
	strvec_push(env, v);
	return NULL;
}

const char *
config_key_set(const struct config_key *key, void *object, const char *v)
{
	void *p = (char *)object + key->offset;
	struct str s = str_of(v);

	switch (key->type) {
	case CONFIG_NAME:
		return config_set_string(p, v, id_is_name(s),
		    "a name: a letter or digit, then at most 63 letters, digits and ._-");
	case CONFIG_SOCKET:
		return config_set_string(p, v, id_is_name(s) || v[0] == '/',
		    "the name of a tmux socket, or an absolute path");
	case CONFIG_PATH:
		return config_set_string(
		    p, v, v[0] == '/', "an absolute path: it begins with /, and ~ is not expanded");
	case CONFIG_BRANCH:
		return config_set_string(
		    p, v, ref_name_is_branch(s), "the name of a branch, such as main");
	case CONFIG_COMMAND:
		return config_set_string(p, v, config_is_command(v),
		    "a command line: a program and its arguments, every quote closed");
	case CONFIG_SLOTS:
		return config_set_number(p, 1, v);
	case CONFIG_SLOTS_OR_0:
		return config_set_number(p, 0, v);
	case CONFIG_DURATION:
		return config_duration(s, p) ? NULL : "a time up to 24h, such as 60s, 5m or 250ms";
	case CONFIG_REVIEW:
		return review_parse(s, p) ? NULL : "human, agent or none";
	case CONFIG_MERGE:
		return merge_parse(s, p) ? NULL : "auto, manual or none";
	case CONFIG_ENV:
		return config_set_env(p, v);
	}
	BUG("config: key %s has no type", key->key);
}
