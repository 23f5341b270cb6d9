/* SPDX-License-Identifier: GPL-2.0-only */
#include "base/base.h"

#include "sys/git_env.h"

static const char *const git_env_places[] = { "GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE",
	"GIT_COMMON_DIR", "GIT_OBJECT_DIRECTORY", "GIT_ALTERNATE_OBJECT_DIRECTORIES", "GIT_PREFIX",
	"GIT_INTERNAL_SUPER_PREFIX", "GIT_NAMESPACE", "GIT_QUARANTINE_PATH",
	"GIT_IMPLICIT_WORK_TREE", "GIT_GRAFT_FILE", "GIT_SHALLOW_FILE", "GIT_CONFIG" };

static const char *const git_env_options[] = { "GIT_CONFIG_PARAMETERS", "GIT_CONFIG_COUNT",
	"GIT_REPLACE_REF_BASE", "GIT_NO_REPLACE_OBJECTS", "GIT_ATTR_SOURCE", "GIT_EXTERNAL_DIFF",
	"GIT_DIFF_OPTS", "GIT_LITERAL_PATHSPECS", "GIT_GLOB_PATHSPECS", "GIT_NOGLOB_PATHSPECS",
	"GIT_ICASE_PATHSPECS" };

bool
git_env_is_place(const char *entry)
{
	for (size_t i = 0; i < ARRAY_LEN(git_env_places); i++) {
		size_t n = strlen(git_env_places[i]);

		if (strncmp(entry, git_env_places[i], n) == 0 &&
		    (entry[n] == '=' || entry[n] == '\0'))
			return true;
	}
	return false;
}

void
git_env_forget(void)
{
	for (size_t i = 0; i < ARRAY_LEN(git_env_places); i++)
		(void)unsetenv(git_env_places[i]); /* EINVAL is impossible */
	for (size_t i = 0; i < ARRAY_LEN(git_env_options); i++)
		(void)unsetenv(git_env_options[i]);
}
