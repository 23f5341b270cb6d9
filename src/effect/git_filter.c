/* SPDX-License-Identifier: GPL-2.0-only */
#include "base/base.h"

#include "effect/git_filter.h"

#include <strings.h>

static const char filter_name[] = "filter";
static const char filter_encoding[] = "working-tree-encoding";

static bool
git_filter_has_program(git_config *config, const char *driver)
{
	static const char *const suffixes[] = { "smudge", "clean", "process" };

	for (size_t i = 0; i < ARRAY_LEN(suffixes); i++) {
		_cleanup_(buf_release) struct buf key = BUF_INIT;
		git_config_entry *entry = NULL;

		buf_addf(&key, "filter.%s.%s", driver, suffixes[i]);
		if (git_config_get_entry(&entry, config, key.p) == 0) {
			git_config_entry_free(entry);
			return true;
		}
	}
	return false;
}

/* The value of an attribute that has one; else NULL. */
static const char *
git_filter_value(git_repository *repo, git_attr_options *opts, const char *path, const char *name)
{
	const char *value = NULL;

	if (git_attr_get_ext(&value, repo, opts, path, name) < 0 ||
	    git_attr_value(value) != GIT_ATTR_VALUE_STRING)
		return NULL;
	return value;
}

bool
git_filter_needs(git_repository *repo, git_config *config, git_attr_options *opts, const char *path,
    struct buf *why)
{
	const char *value = git_filter_value(repo, opts, path, filter_encoding);

	/* UTF-8 is how git stores text */
	if (value && strcasecmp(value, "UTF-8") != 0 && strcasecmp(value, "UTF8") != 0) {
		if (why)
			buf_addf(why, "the encoding \"%s\"", value);
		return true;
	}
	value = git_filter_value(repo, opts, path, filter_name);
	if (!value || !git_filter_has_program(config, value))
		return false;
	if (why)
		buf_addf(why, "the filter program \"%s\"", value);
	return true;
}

void
git_filter_at(const git_oid *commit, git_attr_options *ret)
{
	git_attr_options opts = GIT_ATTR_OPTIONS_INIT;

	opts.flags = GIT_ATTR_CHECK_INDEX_ONLY | GIT_ATTR_CHECK_INCLUDE_COMMIT;
	git_oid_cpy(&opts.attr_commit_id, commit);
	*ret = opts;
}
