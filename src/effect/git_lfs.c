/* SPDX-License-Identifier: GPL-2.0-only */
#include "base/base.h"

#include "effect/git_lfs.h"

static bool
git_lfs_value(struct str *text, const char *key, struct str *ret)
{
	if (!str_cut(text, '\n', ret) || !str_starts(*ret, key))
		return false;
	ret->p += strlen(key);
	ret->len -= strlen(key);
	return true;
}

bool
git_lfs_parse(struct str blob, struct git_lfs *ret)
{
	struct git_lfs found;
	struct str version, oid, size;

	if (blob.len > GIT_LFS_POINTER_MAX || !git_lfs_value(&blob, "version ", &version) ||
	    !str_is(version, "https://git-lfs.github.com/spec/v1") ||
	    !git_lfs_value(&blob, "oid sha256:", &oid) || oid.len != 64 ||
	    !git_lfs_value(&blob, "size ", &size) || !str_u64(size, &found.size) || blob.len > 0)
		return false;
	for (size_t i = 0; i < oid.len; i++)
		if (!strchr("0123456789abcdef", oid.p[i]) || oid.p[i] == '\0')
			return false;
	memcpy(found.oid, oid.p, 64);
	found.oid[64] = '\0';
	*ret = found;
	return true;
}

void
git_lfs_path(git_repository *repo, const struct git_lfs *pointer, struct buf *ret)
{
	AUTO_GIT(git_config) *config = NULL;
	const char *store = "lfs";

	if (git_repository_config_snapshot(&config, repo) < 0 ||
	    git_config_get_string(&store, config, "lfs.storage") < 0 || *store == '\0')
		store = "lfs";
	if (store[0] == '/') {
		buf_clear(ret);
		buf_adds(ret, store);
	} else {
		git_util_common_path(repo, store, ret);
	}
	buf_addf(ret, "/objects/%.2s/%.2s/%s", pointer->oid, pointer->oid + 2, pointer->oid);
}
