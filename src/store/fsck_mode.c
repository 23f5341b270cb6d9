/* SPDX-License-Identifier: GPL-2.0-only */
#include "base/base.h"

#include "store/fsck_parts.h"

#include "store/episode.h"
#include "sys/file.h"

/* True: it is a directory. */
static bool
fsck_mode(
    struct fsck *f, uint32_t ticket, int dir, const char *name, const char *shown, unsigned how)
{
	struct io_stat st;

	if (f->r->io->ops->stat(f->r->io, dir, name, &st) < 0)
		return false; /* gone meanwhile, or never there: said elsewhere where it matters */
	if ((how & FSCK_PLAIN) && !st.is_regular && !st.is_dir)
		fsck_add(f->found, "I19", ticket, shown,
		    "%s is neither a plain file nor a directory", shown);
	else if ((how & FSCK_KNOWN) && !st.is_regular && !st.is_dir && !st.is_link)
		fsck_add(
		    f->found, "I19", ticket, shown, "%s is a socket, a pipe or a device", shown);
	else if (st.uid != geteuid())
		fsck_add(f->found, "I19", ticket, shown, "%s belongs to user %llu", shown,
		    (unsigned long long)st.uid);
	else if (st.is_regular && (st.mode & 06000))
		fsck_add(f->found, "I19", ticket, shown,
		    "%s has mode %04o: it would run with another identity", shown,
		    (unsigned)st.mode);
	else if ((how & FSCK_PRIVATE) && !st.is_link && (st.mode & 077))
		fsck_add(f->found, "I19", ticket, shown,
		    "%s has mode %04o: others may look into it; run chmod %s", shown,
		    (unsigned)st.mode, st.is_dir ? "700" : "600");
	return st.is_dir;
}

void
fsck_mode_dir(struct fsck *f, uint32_t ticket, int dir, const char *path, unsigned how)
{
	_cleanup_(strvec_release) struct strvec names = STRVEC_INIT;
	_cleanup_(buf_release) struct buf shown = BUF_INIT;

	/* That it is not there, is said elsewhere. */
	if (dir >= 0 && file_list(f->r->io, dir, &names, NULL) == 0) {
		for (size_t i = 0; i < names.n; i++) {
			buf_clear(&shown);
			buf_addf(&shown, "%s/%s", path, names.v[i]);
			(void)fsck_mode(f, ticket, dir, names.v[i], shown.p, how);
		}
	}
}

void
fsck_mode_list(struct fsck *f, uint32_t ticket, const char *path, unsigned how)
{
	int dir = file_open_dir(f->r->io, f->r->dir, path, NULL);

	fsck_mode_dir(f, ticket, dir, path, how);
	io_close(f->r->io, dir);
}

static const char *const ours[] = { ".", "VERSION", "LOCK", "config", "README", "events.jsonl",
	"fsck.json", "control", "tickets", "inbox", "worktrees", "spool", "spool/tmp", "spool/new",
	"spool/done", "spool/refused" };

static bool
fsck_is_ours(const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(ours); i++)
		if (strcmp(ours[i], name) == 0)
			return true;
	return false;
}

void
fsck_root_modes(struct fsck *f)
{
	for (size_t i = 0; i < ARRAY_LEN(ours); i++)
		(void)fsck_mode(f, 0, f->r->dir, ours[i], ours[i], FSCK_PRIVATE | FSCK_PLAIN);
}

void
fsck_modes(struct fsck *f)
{
	_cleanup_(strvec_release) struct strvec names = STRVEC_INIT;

	fsck_root_modes(f);
	if (file_list(f->r->io, f->r->dir, &names, NULL) == 0)
		for (size_t i = 0; i < names.n; i++)
			if (!fsck_is_ours(names.v[i]))
				(void)fsck_mode(
				    f, 0, f->r->dir, names.v[i], names.v[i], FSCK_KNOWN);
	/* Others write there, with a mask of their own; the directory keeps strangers out. */
	fsck_mode_list(f, 0, "control", FSCK_KNOWN);
	fsck_mode_list(f, 0, "spool/done", FSCK_PLAIN);
	fsck_mode_list(f, 0, "spool/refused", 0);
}

static void
fsck_episode_modes(struct fsck *f, uint32_t ticket, const char *path)
{
	_cleanup_(strvec_release) struct strvec names = STRVEC_INIT;
	_cleanup_(buf_release) struct buf shown = BUF_INIT;
	int dir = file_open_dir(f->r->io, f->r->dir, path, NULL);

	if (dir >= 0 && file_list(f->r->io, dir, &names, NULL) == 0) {
		for (size_t i = 0; i < names.n; i++) {
			buf_clear(&shown);
			buf_addf(&shown, "%s/%s", path, names.v[i]);
			(void)fsck_mode(
			    f, ticket, dir, names.v[i], shown.p, FSCK_PLAIN | FSCK_PRIVATE);
		}
	}
	io_close(f->r->io, dir);
}

void
fsck_ticket_modes(struct fsck *f, struct ticket_id id)
{
	_cleanup_(strvec_release) struct strvec names = STRVEC_INIT;
	_cleanup_(buf_release) struct buf path = BUF_INIT, gates = BUF_INIT;
	int dir;

	buf_addf(&path, "tickets/%u", id.n);
	(void)fsck_mode(f, id.n, f->r->dir, path.p, path.p, FSCK_PRIVATE | FSCK_PLAIN);
	fsck_mode_list(f, id.n, path.p, FSCK_PRIVATE | FSCK_PLAIN);
	buf_addf(&gates, "%s/gates", path.p);
	fsck_mode_list(f, id.n, gates.p, FSCK_PRIVATE | FSCK_PLAIN);
	buf_adds(&path, "/episodes");
	fsck_mode_list(f, id.n, path.p, FSCK_PRIVATE | FSCK_PLAIN);
	dir = file_open_dir(f->r->io, f->r->dir, path.p, NULL);
	if (dir >= 0 && file_list(f->r->io, dir, &names, NULL) == 0) {
		for (size_t i = 0; i < names.n; i++) {
			_cleanup_(buf_release) struct buf sub = BUF_INIT;

			buf_addf(&sub, "%s/%s", path.p, names.v[i]);
			fsck_episode_modes(f, id.n, sub.p);
		}
	}
	io_close(f->r->io, dir);
}
