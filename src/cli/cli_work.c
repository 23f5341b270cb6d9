/* SPDX-License-Identifier: GPL-2.0-only */
#include "base/base.h"

#include "cli/cli_work.h"

#include <errno.h>

int
work_repo(struct cli *c, const struct record *r, const struct config_repo **ret)
{
	const char *name = r->spec.repo ? r->spec.repo : "";
	int status = cli_config(c);

	if (status != EXIT_OK)
		return status;
	*ret = config_repo(&c->config, name);
	if (*ret == NULL) {
		cli_say("ticket %u belongs to the repository \"%s\", which is not in the "
			"configuration (any more); see `reeve repo ls`",
		    r->ticket.id.n, name);
		return EXIT_REFUSED;
	}
	if (access((*ret)->path, X_OK) == 0)
		return EXIT_OK;
	cli_say("cannot look into %s, the repository of ticket %u: %s. Put it back, or name its "
		"new place (path of [repo \"%s\"] in %s/config)",
	    (*ret)->path, r->ticket.id.n, strerror(errno), name, c->root.path);
	return EXIT_IO;
}

int
work_commit(const struct config_repo *repo, const struct record *r, struct oid *ret)
{
	_cleanup_(buf_release) struct buf ref = BUF_INIT;
	struct err err = ERR_INIT;
	int e;

	*ret = r->ticket.pinned;
	if (oid_is_set(*ret))
		return EXIT_OK;
	if (r->ticket.episode.n == 0) {
		cli_say("ticket %u has no work yet: no worker was ever started", r->ticket.id.n);
		return EXIT_REFUSED;
	}
	buf_addf(&ref, "refs/heads/%s", r->spec.branch ? r->spec.branch : "");
	e = git_read_ref(repo->path, ref.p, ret, &err);
	if (e == ERR_EXTERNAL) {
		cli_say("ticket %u has no work yet: nothing is reported, and there is no branch "
			"\"%s\" in %s",
		    r->ticket.id.n, r->spec.branch ? r->spec.branch : "", repo->path);
		return EXIT_REFUSED;
	}
	return e < 0 ? cli_fail(&err) : EXIT_OK;
}

/* "MODE TYPE OID\tPATH" ended by a NUL. */
static bool
work_entry(struct str out, const char *path, struct oid *ret, bool *ret_is_file)
{
	struct str entry, mode, type, hex;

	if (!str_cut(&out, '\0', &entry) || out.len > 0 || !str_cut(&entry, ' ', &mode) ||
	    !str_cut(&entry, ' ', &type) || !str_cut(&entry, '\t', &hex))
		return false;
	*ret_is_file = str_is(type, "blob");
	return str_is(entry, path) && oid_parse(hex, ret);
}

int
work_file(
    const struct git_view *v, struct oid commit, const char *path, struct buf *ret, struct err *err)
{
	const char *list[] = { "--literal-pathspecs", "ls-tree", "-z", commit.hex, "--", path,
		NULL };
	const char *words[] = { "cat-file", "blob", NULL, NULL };
	_cleanup_(buf_release) struct buf out = BUF_INIT;
	bool is_file = false;
	size_t before = ret != NULL ? ret->len : 0;
	struct oid blob;
	int e = git_view_read(v, 0, list, &out, err);

	if (e < 0 && e != ERR_EXTERNAL)
		return e;
	/* No entry; or git says that it is outside of the repository, or no path at all. */
	if (e < 0 || !work_entry(buf_str(&out), path, &blob, &is_file))
		return err_set(
		    err, ERR_NOTFOUND, "the commit %.12s has no file \"%s\"", commit.hex, path);
	if (!is_file)
		return err_set(
		    err, ERR_NOTFOUND, "\"%s\" is no file in the commit %.12s", path, commit.hex);
	if (ret == NULL)
		return 0;
	words[2] = blob.hex;
	e = git_view_read(v, WORK_FILE_MAX + 1, words, ret, err);
	if (e == 0 && ret->len - before > WORK_FILE_MAX)
		e = err_set(err, ERR_INVALID, "\"%s\" is larger than can be looked at", path);
	return e;
}
