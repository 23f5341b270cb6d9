/* SPDX-License-Identifier: GPL-2.0-only */
#include "base/base.h"

#include "codec/config_keys.h"

#include "codec/config_text.h"
#include "codec/landing_text.h"
#include "codec/ref_name.h"
#include "codec/session_id.h"
#include "codec/words.h"
#include "core/id.h"

#define CONFIG_SLOTS_MAX 10000
#define CONFIG_DAY_MS    86400000
#define CONFIG_SIZE_MAX  ((uint64_t)1 << 50)
/* Two files of at least some screens each; run/record.h. */
#define CONFIG_TRANSCRIPT_MIN ((uint64_t)64 << 10)

const struct config_key config_keys[] = {
	{ CONFIG_DEFAULTS, "agent", CONFIG_NAME, offsetof(struct config, agent) },
	{ CONFIG_DEFAULTS, "notify", CONFIG_NAME, offsetof(struct config, notify) },
	{ CONFIG_DEFAULTS, "review", CONFIG_REVIEW, offsetof(struct config, review) },
	{ CONFIG_DEFAULTS, "merge", CONFIG_MERGE, offsetof(struct config, merge) },
	{ CONFIG_DEFAULTS, "slots", CONFIG_SLOTS, offsetof(struct config, slots) },
	{ CONFIG_DEFAULTS, "drain", CONFIG_DURATION, offsetof(struct config, drain_ms) },
	{ CONFIG_DEFAULTS, "grace", CONFIG_DURATION, offsetof(struct config, grace_ms) },
	{ CONFIG_DEFAULTS, "start-deadline", CONFIG_DURATION,
	    offsetof(struct config, start_deadline_ms) },
	{ CONFIG_DEFAULTS, "remind", CONFIG_DURATION, offsetof(struct config, remind_ms) },
	{ CONFIG_DEFAULTS, "transcript", CONFIG_TRANSCRIPT, offsetof(struct config, transcript) },
	{ CONFIG_DEFAULTS, "worktrees", CONFIG_PATH, offsetof(struct config, worktrees) },
	{ CONFIG_DEFAULTS, "ports", CONFIG_PORTS, offsetof(struct config, port_first) },
	{ CONFIG_TMUX, "socket", CONFIG_SOCKET, offsetof(struct config, tmux_socket) },
	{ CONFIG_TMUX, "conf", CONFIG_PATH, offsetof(struct config, tmux_conf) },
	{ CONFIG_REPO, "path", CONFIG_PATH, offsetof(struct config_repo, path) },
	{ CONFIG_REPO, "base", CONFIG_BRANCH, offsetof(struct config_repo, base) },
	{ CONFIG_REPO, "agent", CONFIG_NAME, offsetof(struct config_repo, agent) },
	{ CONFIG_REPO, "slots", CONFIG_SLOTS_OR_0, offsetof(struct config_repo, slots) },
	{ CONFIG_REPO, "worktrees", CONFIG_PATH, offsetof(struct config_repo, worktrees) },
	{ CONFIG_REPO, "gate", CONFIG_COMMANDS, offsetof(struct config_repo, gate.commands) },
	{ CONFIG_REPO, "gate-time", CONFIG_DURATION, offsetof(struct config_repo, gate.ms) },
	{ CONFIG_REPO, "gate-memory", CONFIG_SIZE, offsetof(struct config_repo, gate.memory) },
	{ CONFIG_REPO, "gate-output", CONFIG_SIZE, offsetof(struct config_repo, gate.output) },
	{ CONFIG_REPO, "gate-at", CONFIG_GATE_AT, offsetof(struct config_repo, gate.is_early) },
	{ CONFIG_REPO, "gate-known", CONFIG_GATE_KNOWN,
	    offsetof(struct config_repo, gate.lets_known) },
	{ CONFIG_REPO, "landing", CONFIG_LANDING, offsetof(struct config_repo, landing) },
	{ CONFIG_REPO, "message", CONFIG_WORDS, offsetof(struct config_repo, message) },
	{ CONFIG_REPO, "landed", CONFIG_COMMAND, offsetof(struct config_repo, landed) },
	{ CONFIG_REPO, "setup", CONFIG_COMMAND, offsetof(struct config_repo, setup) },
	{ CONFIG_REPO, "teardown", CONFIG_COMMAND, offsetof(struct config_repo, teardown) },
	{ CONFIG_REPO, "copy", CONFIG_INSIDES, offsetof(struct config_repo, copy) },
	{ CONFIG_REPO, "link", CONFIG_INSIDES, offsetof(struct config_repo, link) },
	{ CONFIG_AGENT, "profile", CONFIG_PROFILE, offsetof(struct config_agent, profile) },
	{ CONFIG_AGENT, "start", CONFIG_COMMAND, offsetof(struct config_agent, start) },
	{ CONFIG_AGENT, "resume", CONFIG_COMMAND, offsetof(struct config_agent, resume) },
	{ CONFIG_AGENT, "session", CONFIG_SESSION, offsetof(struct config_agent, session) },
	{ CONFIG_AGENT, "reviewer", CONFIG_COMMAND, offsetof(struct config_agent, reviewer) },
	{ CONFIG_AGENT, "common", CONFIG_COMMANDS, offsetof(struct config_agent, common) },
	{ CONFIG_AGENT, "options", CONFIG_COMMAND, offsetof(struct config_agent, options) },
	{ CONFIG_AGENT, "file", CONFIG_FILES, offsetof(struct config_agent, files) },
	{ CONFIG_AGENT, "prompt", CONFIG_PROMPT, offsetof(struct config_agent, prompt) },
	{ CONFIG_AGENT, "slots", CONFIG_SLOTS_OR_0, offsetof(struct config_agent, slots) },
	{ CONFIG_AGENT, "env", CONFIG_ENV, offsetof(struct config_agent, env) },
	{ CONFIG_AGENT, "unset", CONFIG_NAMES, offsetof(struct config_agent, unset) },
};
const size_t config_keys_count = ARRAY_LEN(config_keys);

bool
config_key_repeats(const struct config_key *key)
{
	return key->type >= CONFIG_ENV;
}

void
config_key_copy(const struct config_key *key, const void *from, void *to)
{
	const void *source = (const char *)from + key->offset;
	void *target = (char *)to + key->offset;

	if (config_key_repeats(key)) {
		const struct strvec *list = source;

		strvec_release(target);
		for (size_t i = 0; i < list->n; i++)
			strvec_push(target, list->v[i]);
	} else if (key->type == CONFIG_COMMAND || key->type == CONFIG_PROFILE ||
		   key->type == CONFIG_SESSION) {
		set_charp(target, *(char *const *)source);
	} else if (key->type == CONFIG_SLOTS_OR_0 || key->type == CONFIG_PROMPT) {
		*(uint32_t *)target = *(const uint32_t *)source;
	} else {
		BUG("config: key %s cannot be copied", key->key);
	}
}

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

/* "512M": binary units, as ulimit and systemd mean them. */
static bool
config_size(struct str s, uint64_t *ret)
{
	static const char units[] = "KMG";
	const char *unit = s.len > 0 ? memchr(units, s.p[s.len - 1], sizeof units - 1) : NULL;
	unsigned shift = unit ? 10 * (unsigned)(unit - units + 1) : 0;
	uint64_t n;

	if (!str_u64(str_n(s.p, s.len - (unit != NULL)), &n) || n > CONFIG_SIZE_MAX >> shift)
		return false;
	*ret = n << shift;
	return true;
}

static const char *
config_set_transcript(uint64_t *p, struct str s)
{
	uint64_t size;

	if (!config_size(s, &size) || (size != 0 && size < CONFIG_TRANSCRIPT_MIN))
		return "a number of bytes from 64K on, such as 8M, or 0: nothing is kept";
	*p = size;
	return NULL;
}

/* "42000-42999" */
static bool
config_ports(struct str s, uint32_t *ret)
{
	uint32_t first, last;
	struct str part;

	if (!str_cut(&s, '-', &part) || !str_u32(part, &first) || !str_u32(s, &last) ||
	    first < 1024 || last < first || last > 65535)
		return false;
	ret[0] = first;
	ret[1] = last;
	return true;
}

static const char *
config_set_either(uint32_t *p, struct str s, const char *no, const char *yes, const char *must_be)
{
	if (!str_is(s, no) && !str_is(s, yes))
		return must_be;
	*p = str_is(s, yes);
	return NULL;
}

/* A path that stays in the worktree, and is not the worktree itself nor its .git. */
static bool
config_is_inside(struct str s)
{
	struct str rest = s, part;

	if (s.len == 0 || s.p[0] == '/' || s.p[s.len - 1] == '/')
		return false;
	while (str_cut(&rest, '/', &part) || part.len > 0)
		if (part.len == 0 || str_is(part, ".") || str_is(part, "..") ||
		    (part.len == 4 && strncasecmp(part.p, ".git", 4) == 0))
			return false;
	return true;
}

static const char *
config_push(struct strvec *to, const char *v, bool is_good, const char *must_be)
{
	if (!is_good)
		return must_be;
	strvec_push(to, v);
	return NULL;
}

/* A name of the environment in the first n bytes? */
static bool
config_is_variable(const char *v, size_t n)
{
	bool is_name = n > 0 && !(v[0] >= '0' && v[0] <= '9');

	for (size_t i = 0; i < n; i++)
		is_name &= v[i] == '_' || (v[i] >= 'A' && v[i] <= 'Z') ||
			   (v[i] >= 'a' && v[i] <= 'z') || (v[i] >= '0' && v[i] <= '9');
	return is_name;
}

static const char *
config_set_profile(char **p, const char *v)
{
	_cleanup_(buf_release) struct buf file = BUF_INIT;

	buf_addf(&file, "%s.ini", v);
	return config_set_string(p, v, id_is_name(str_of(v)) && config_profile_file(file.p) != NULL,
	    "one of the ready-made profiles; `reeve agents` lists them");
}

static const char *
config_set_prompt(uint32_t *p, struct str s)
{
	static const char *const words[] = { [CONFIG_PROMPT_ARGUMENT] = "argument",
		[CONFIG_PROMPT_FILE] = "file",
		[CONFIG_PROMPT_STDIN] = "stdin" };

	for (uint32_t i = 0; i < ARRAY_LEN(words); i++)
		if (str_is(s, words[i])) {
			*p = i;
			return NULL;
		}
	return "argument, file or stdin";
}

const char *
config_key_set(const struct config_key *key, void *object, const char *v)
{
	void *p = (char *)object + key->offset;
	struct str s = str_of(v);

	if (key->type != CONFIG_WORDS && strchr(v, '\n'))
		return "a value of one line";
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
	case CONFIG_LANDING:
		return landing_parse(s, p) ? NULL : "merge, squash or rebase";
	case CONFIG_GATE_AT:
		return config_set_either(p, s, "landing", "review",
		    "landing (before the merge), or review (before the review, too)");
	case CONFIG_GATE_KNOWN:
		return config_set_either(p, s, "ask", "pass",
		    "ask (a person decides), or pass (what the target fails, too, may land)");
	case CONFIG_SIZE:
		return config_size(s, p) ? NULL : "a number of bytes, such as 4G, 512M or 64K";
	case CONFIG_TRANSCRIPT:
		return config_set_transcript(p, s);
	case CONFIG_PORTS:
		return config_ports(s, p) ? NULL
					  : "two ports from 1024 to 65535, such as 42000-42999";
	case CONFIG_WORDS:
		if (s.len == 0)
			return "a text";
		return config_set_string(
		    p, v, landing_text_check(v) == NULL, landing_text_check(v));
	case CONFIG_PROFILE:
		return config_set_profile(p, v);
	case CONFIG_PROMPT:
		return config_set_prompt(p, s);
	case CONFIG_SESSION:
		return config_set_string(p, v, session_form_is_known(s),
		    "uuid7 or ses_time: how the ids of its sessions hold the time when they were "
		    "made");
	case CONFIG_ENV:
		return config_push(p, v,
		    v[strcspn(v, "=")] == '=' && config_is_variable(v, strcspn(v, "=")),
		    "NAME=value, the name of letters, digits and _");
	case CONFIG_NAMES:
		return config_push(p, v, config_is_variable(v, s.len),
		    "the name of a variable: letters, digits and _");
	case CONFIG_FILES:
		return config_push(p, v, strchr(v, '/') && config_profile_file(v) != NULL,
		    "a file of a ready-made profile, such as claude/settings.json");
	case CONFIG_COMMANDS:
		return config_push(p, v, config_is_command(v),
		    "a command line: a program and its arguments, every quote closed");
	case CONFIG_INSIDES:
		return config_push(
		    p, v, config_is_inside(s), "a path in the worktree, without .. and not .git");
	}
	BUG("config: key %s has no type", key->key);
}
