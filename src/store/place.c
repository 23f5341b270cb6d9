/* SPDX-License-Identifier: GPL-2.0-only */
#include "base/base.h"

#include "store/place.h"

#include "store/episode.h"

#define PLACE_SPEC_MAX ((size_t)4 << 20)

int
place_last_launch(struct root *r, const struct ticket *t, struct launch *ret)
{
	for (uint32_t n = t->episode.n; n > 0; n--) {
		struct episode_id ep = { t->id, n };
		_cleanup_(buf_release) struct buf bytes = BUF_INIT;

		/* one that was never prepared, or pruned, says nothing */
		if (episode_read(r, ep, EPISODE_SPEC, PLACE_SPEC_MAX, &bytes, NULL) == 0 &&
		    launch_load(buf_str(&bytes), ret, NULL) == 0)
			return 0;
	}
	return ERR_NOTFOUND;
}

uint32_t
place_port(struct root *r, const struct ticket *t)
{
	_cleanup_(launch_release) struct launch l = { .grace_ms = 0 };

	return place_last_launch(r, t, &l) == 0 ? l.port : 0;
}

static bool
place_is_there(struct root *r, const char *path)
{
	struct io_stat st;

	return r->io->ops->stat(r->io, IO_CWD, path, &st) == 0 && st.is_dir;
}

/* Cheap, and asked of every finished ticket: git has no worktree of this name.  False also when that cannot be
 * told: a .git that is a file names another place. */
static bool
place_is_unknown(struct root *r, const struct config *c, const char *repo_name, const char *slug)
{
	const struct config_repo *repo = config_repo(c, repo_name);
	_cleanup_(buf_release) struct buf path = BUF_INIT;

	if (repo == NULL)
		return false;
	buf_addf(&path, "%s/.git/worktrees/%s", repo->path, slug);
	if (place_is_there(r, path.p))
		return false;
	buf_clear(&path);
	buf_addf(&path, "%s/.git", repo->path);
	return place_is_there(r, path.p);
}

/* The author's worktree, from the one that an episode had, which may be a reviewer's.  False: it is of another
 * name than the branch, and nothing that we made. */
static bool
place_of_author(char *path, const char *slug)
{
	char *name = strrchr(path, '/'), *end;
	size_t len = strlen(slug);

	if (name == NULL || strncmp(name + 1, slug, len) != 0)
		return false;
	end = name + 1 + len;
	if (*end != '\0' && strncmp(end, PLACE_REVIEW, strlen(PLACE_REVIEW)) != 0)
		return false;
	*end = '\0';
	return true;
}

void
place_worktree(struct root *r, const struct config *c, const struct record *rec, struct buf *ret)
{
	const char *branch = rec->spec.branch ? rec->spec.branch : "";
	const char *repo = rec->spec.repo ? rec->spec.repo : "";
	const char *slash = strchr(branch, '/'), *slug = slash ? slash + 1 : branch;
	_cleanup_(launch_release) struct launch l = { .grace_ms = 0 };
	_cleanup_(buf_release) struct buf path = BUF_INIT;

	config_worktree(c, r->path, repo, branch, &path);
	if (rec->ticket.episode.n > 0 && slug[0] != '\0' && !place_is_there(r, path.p) &&
	    !place_is_unknown(r, c, repo, slug) && place_last_launch(r, &rec->ticket, &l) == 0 &&
	    place_of_author(l.worktree, slug) && place_is_there(r, l.worktree))
		buf_adds(ret, l.worktree);
	else
		buf_add_str(ret, buf_str(&path));
}
