/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The patterns are matched by libgit2, as the ignore rules of a repository that is only in memory.  It drops
 * a rule that begins with "!" and has no wildcard when, by its lights, no earlier rule is undone by it; for
 * git such a rule always counts.  So the first letter of one is written as a class: !a/b is ![a]/b.
 */
#include "base/base.h"

#include "effect/git_sparse.h"

#include <errno.h>
#include <git2/sys/repository.h>
#include <unistd.h>

#define GIT_SPARSE_MAX (16u << 20)

static bool
git_sparse_is_alnum(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

/* One pattern, as libgit2 is to be given it. */
static void
git_sparse_rule(struct str line, struct buf *ret)
{
	bool is_done = line.len == 0 || line.p[0] != '!' || memchr(line.p, '\\', line.len) != NULL;

	for (size_t i = 0; i < line.len; i++) {
		if (!is_done && git_sparse_is_alnum(line.p[i])) {
			is_done = true;
			buf_addf(ret, "[%c]", line.p[i]);
		} else {
			buf_addch(ret, line.p[i]);
		}
	}
	buf_addch(ret, '\n');
}

bool
git_sparse_open(struct git_sparse *s, git_repository *repo)
{
	AUTO_GIT(git_config) *config = NULL;
	_cleanup_(buf_release) struct buf path = BUF_INIT, text = BUF_INIT, rules = BUF_INIT;
	struct str rest, line;
	int is_on = 0;
	bool more;

	s->rules = NULL;
	if (git_repository_config_snapshot(&config, repo) < 0 ||
	    git_config_get_bool(&is_on, config, "core.sparseCheckout") < 0 || is_on == 0)
		return true;
	buf_addf(&path, "%sinfo/sparse-checkout", git_repository_path(repo));
	if (access(path.p, F_OK) < 0 && errno == ENOENT)
		return true; /* as in git */
	if (!git_util_read(path.p, GIT_SPARSE_MAX, &text))
		return false;
	rest = buf_str(&text);
	do {
		more = str_cut(&rest, '\n', &line);
		git_sparse_rule(line, &rules);
	} while (more);
	if (git_repository_new(&s->rules) == 0 && git_ignore_add_rule(s->rules, rules.p) == 0)
		return true;
	git_sparse_release(s);
	return false;
}

void
git_sparse_release(struct git_sparse *s)
{
	git_repository_free(s->rules);
	s->rules = NULL;
}

bool
git_sparse_leaves_out(const struct git_sparse *s, const char *path)
{
	int is_in = 1;

	return s->rules && git_ignore_path_is_ignored(&is_in, s->rules, path) == 0 && is_in == 0;
}
