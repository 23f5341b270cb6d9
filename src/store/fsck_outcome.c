/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * fsck_outcome.c: the record of an ended episode: eight fields and what they are, nothing else (but the version
 * and the episode that it is of), in agreement with the history, and what it names is there.  I16.
 */
#include "base/base.h"

#include "store/fsck_parts.h"

#include "codec/json.h"
#include "sys/file.h"

#define FSCK_OUTCOME_MAX   ((size_t)1024 * 1024)
#define FSCK_OUTCOME_DEPTH 16

enum outcome_type { OUTCOME_TEXT, OUTCOME_BOOL, OUTCOME_LIST };
static const struct outcome_key {
	const char *name;
	enum outcome_type type;
} outcome_keys[] = {
	{ "status", OUTCOME_TEXT },
	{ "summary", OUTCOME_TEXT },
	{ "root_cause", OUTCOME_TEXT },
	{ "safe_retry", OUTCOME_BOOL },
	{ "stop_condition", OUTCOME_TEXT },
	{ "human_input_required", OUTCOME_TEXT },
	{ "next_actions", OUTCOME_LIST },
	{ "artifacts", OUTCOME_LIST },
};

#define OUTCOME_SAY(f, ep, ...)                                                                    \
	fsck_add((f)->found, "I16", (ep).ticket.n, fsck_episode_path(ep, EPISODE_OUTCOME).s,       \
	    __VA_ARGS__)

static bool
outcome_has(const json_t *o, const struct outcome_key *key, struct err *err)
{
	_cleanup_(strvec_release) struct strvec list = STRVEC_INIT;
	struct str text = { NULL, 0 };
	bool has = true, is;
	int e = 0;

	switch (key->type) {
	case OUTCOME_TEXT:
		e = json_get_str(o, key->name, &text, err);
		has = text.p != NULL;
		break;
	case OUTCOME_BOOL:
		e = json_get_bool(o, key->name, &has, &is, err);
		break;
	case OUTCOME_LIST:
		e = json_get_list(o, key->name, &list, err);
		has = json_has(o, key->name);
		break;
	}
	if (e == 0 && !has)
		(void)err_set(err, ERR_INVALID, "it has no \"%s\"", key->name);
	return e == 0 && has;
}

static bool
outcome_is_known(const char *name)
{
	if (strcmp(name, "reeve") == 0 || strcmp(name, "episode") == 0 ||
	    str_starts(str_of(name), "x_"))
		return true;
	for (size_t i = 0; i < ARRAY_LEN(outcome_keys); i++)
		if (strcmp(outcome_keys[i].name, name) == 0)
			return true;
	return false;
}

/* True: it can be read further. */
static bool
outcome_keys_are_good(struct fsck *f, struct episode_id ep, const json_t *o)
{
	_cleanup_(strvec_release) struct strvec names = STRVEC_INIT;
	bool is_good = true;

	for (size_t i = 0; i < ARRAY_LEN(outcome_keys); i++) {
		struct err why = ERR_INIT;

		if (outcome_has(o, &outcome_keys[i], &why))
			continue;
		OUTCOME_SAY(f, ep, "episode %u.%u: outcome.json: %s", ep.ticket.n, ep.n, why.text);
		is_good = false;
	}
	json_names(o, &names);
	for (size_t i = 0; i < names.n; i++)
		if (!outcome_is_known(names.v[i]))
			OUTCOME_SAY(f, ep,
			    "episode %u.%u: outcome.json has \"%s\", which is none of its eight "
			    "fields",
			    ep.ticket.n, ep.n, names.v[i]);
	return is_good;
}

/* A result is never changed afterwards: it says what the history says. */
static void
outcome_agrees(struct fsck *f, struct episode_id ep, const json_t *o, const struct fsck_end *end)
{
	const char *word;
	struct str status;

	if (end == NULL || json_get_str(o, "status", &status, NULL) < 0)
		return;
	word = ending_status(end->was, end->phase, end->ending);
	if (str_is(status, word))
		return;
	OUTCOME_SAY(f, ep,
	    "episode %u.%u: outcome.json says that it ended as '%.*s', its history says '%s'",
	    ep.ticket.n, ep.n, STR_FMT(status), word);
}

/* Names of files are below the episode's directory; refs are git's, checked with the repository. */
static void
outcome_artifacts(struct fsck *f, struct episode_id ep, const json_t *o)
{
	_cleanup_(strvec_release) struct strvec list = STRVEC_INIT;

	if (json_get_list(o, "artifacts", &list, NULL) < 0)
		return;
	for (size_t i = 0; i < list.n; i++) {
		struct str name = str_of(list.v[i]);

		if (str_starts(name, "refs/") || str_starts(name, "pruned:"))
			continue;
		if (name.len == 0 || name.len > 100 || name.p[0] == '.' ||
		    memchr(name.p, '/', name.len) != NULL)
			OUTCOME_SAY(f, ep,
			    "episode %u.%u: outcome.json names \"%s\", which is no file of the "
			    "episode and no ref",
			    ep.ticket.n, ep.n, list.v[i]);
		else if (!file_exists(f->r->io, f->r->dir, fsck_episode_path(ep, list.v[i]).s))
			OUTCOME_SAY(f, ep,
			    "episode %u.%u: outcome.json names %s, which is not there (and not "
			    "marked \"pruned:\")",
			    ep.ticket.n, ep.n, list.v[i]);
	}
}

static void
outcome_is_of(struct fsck *f, struct episode_id ep, const json_t *o)
{
	struct episode_id says;
	struct str text;

	if (json_get_str(o, "episode", &text, NULL) < 0 || text.p == NULL)
		return;
	if (!episode_id_parse(text, &says) || !episode_id_eq(says, ep))
		OUTCOME_SAY(f, ep, "episode %u.%u: outcome.json says that it is of episode %.*s",
		    ep.ticket.n, ep.n, STR_FMT(text));
}

void
fsck_outcome(struct fsck *f, struct episode_id ep, const struct fsck_end *end)
{
	_cleanup_(buf_release) struct buf text = BUF_INIT;
	_cleanup_(json_drop) json_t *o = NULL;
	struct err why = ERR_INIT;

	if (episode_read(f->r, ep, EPISODE_OUTCOME, FSCK_OUTCOME_MAX, &text, &why) < 0 ||
	    json_open(buf_str(&text), FSCK_OUTCOME_DEPTH, &o, &why) < 0) {
		OUTCOME_SAY(f, ep,
		    "episode %u.%u is closed, but its outcome.json cannot be read: %s", ep.ticket.n,
		    ep.n, why.text);
		return;
	}
	if (!outcome_keys_are_good(f, ep, o))
		return;
	outcome_is_of(f, ep, o);
	outcome_agrees(f, ep, o, end);
	outcome_artifacts(f, ep, o);
}
