/* SPDX-License-Identifier: GPL-2.0-only */
/* config_keys.h: every key of the configuration, what it may hold and where it goes; for config_text.c. */
#ifndef CODEC_CONFIG_KEYS_H
#define CODEC_CONFIG_KEYS_H

#include "base/base.h"

enum config_section { CONFIG_NOWHERE, CONFIG_DEFAULTS, CONFIG_TMUX, CONFIG_REPO, CONFIG_AGENT };

enum config_type {
	CONFIG_NAME,
	CONFIG_SOCKET,
	CONFIG_PATH,
	CONFIG_BRANCH,
	CONFIG_COMMAND,
	CONFIG_SLOTS,
	CONFIG_SLOTS_OR_0,
	CONFIG_DURATION,
	CONFIG_REVIEW,
	CONFIG_MERGE,
	CONFIG_LANDING,
	CONFIG_GATE_AT,
	CONFIG_GATE_KNOWN,
	CONFIG_SIZE,
	CONFIG_TRANSCRIPT, /* a size, and not too small a one */
	CONFIG_PORTS,      /* two fields, the first is at offset */
	CONFIG_WORDS,      /* a text with {words} */
	CONFIG_PROFILE,
	CONFIG_PROMPT,
	CONFIG_SESSION, /* see session_id.h */

	/* may be repeated */
	CONFIG_ENV,
	CONFIG_COMMANDS,
	CONFIG_INSIDES, /* paths in a worktree */
	CONFIG_NAMES,   /* of variables */
	CONFIG_FILES,   /* of a profile */
};

struct config_key {
	enum config_section section;
	const char *key;
	enum config_type type;
	size_t offset; /* of the field, in struct config, config_repo or config_agent */
};
extern const struct config_key config_keys[]; /* fewer than 64 */
extern const size_t config_keys_count;

bool config_key_repeats(const struct config_key *key);

/* Copies the field of an agent; what the target had is freed. */
void config_key_copy(const struct config_key *key, const void *from, void *to);

/* Sets the field of object.  NULL; or what the value must be. */
const char *config_key_set(const struct config_key *key, void *object, const char *v);

#endif
